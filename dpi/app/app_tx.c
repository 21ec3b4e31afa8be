/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions: fields are encoded one behind the other as {field 2, flags 1, 0 1, length 4, bytes}
 * in the machine's byte order; they never leave the process in this form.
 */
#include "engine_state.h"

#define TX_FIRST_ROOM 256
#define FIELD_HEAD    8

struct field_head {
    uint16_t field;
    uint16_t cut;
    uint32_t n;
};

_Static_assert(sizeof(struct field_head) == FIELD_HEAD, "encoded as is");

static size_t tx_size(uint32_t room)
{
    return sizeof(struct tx) + room;
}

static void list_push(struct tx_list *l, struct tx *tx)
{
    tx->next = NULL;
    if (l->first == NULL)
        l->last = &l->first;
    *l->last = tx;
    l->last = &tx->next;
    l->count++;
}

static void list_unlink(struct tx_list *l, struct tx *tx)
{
    struct tx **link = &l->first;

    while (*link != tx)
        link = &(*link)->next;
    *link = tx->next;
    if (tx->next == NULL)
        l->last = link;
    l->count--;
}

static void list_free(struct engine *e, struct tx_list *l)
{
    while (l->first) {
        struct tx *tx = l->first;

        l->first = tx->next;
        budget_free(&e->app.memory, tx, tx_size(tx->room));
    }
    l->last = NULL;
    l->count = 0;
}

/* Where a transaction with this key is found. Keys of streams grow by two or one: neighbours do not
 * collide. */
static struct tx **index_place(struct app_run *run, uint64_t key)
{
    return &run->index[(key >> 1 ^ key << 6) % APP_TX_KEYED];
}

static void index_forget(struct app_run *run, const struct tx *tx)
{
    if (tx->keyed && *index_place(run, tx->key) == tx)
        *index_place(run, tx->key) = NULL;
}

void app_tx_free(struct engine *e, struct app_run *run)
{
    if (run->index)
        memset(run->index, 0, APP_TX_KEYED * sizeof *run->index);
    list_free(e, &run->open);
    list_free(e, &run->done);
    run->current[0] = run->current[1] = NULL;
}

static struct tx *tx_new(struct app_call *c)
{
    struct app_run *run = c->run;
    struct engine *e = c->engine;
    struct tx *tx;

    if (run->tx_number >= e->snapshot->limits.tx_per_session) {
        engine_count(e, COUNTER_TX_OVER);
        return NULL;
    }
    if (run->open.count >= APP_TX_OPEN) { /* the oldest will not be answered any more */
        struct tx *oldest = run->open.first;

        hot_assert(oldest != NULL);
        list_unlink(&run->open, oldest);
        index_forget(run, oldest);
        for (int dir = 0; dir < 2; dir++)
            if (run->current[dir] == oldest)
                run->current[dir] = NULL;
        list_push(&run->done, oldest);
    }
    tx = budget_alloc(&e->app.memory, tx_size(TX_FIRST_ROOM));
    if (tx == NULL) {
        engine_count(e, COUNTER_APP_BUDGET);
        return NULL;
    }
    *tx = (struct tx){.room = TX_FIRST_ROOM,
                      .number = run->tx_number++,
                      .app = run->app,
                      .start_us = e->now_us,
                      .end_us = e->now_us};
    list_push(&run->open, tx);
    return tx;
}

static struct tx *first_unanswered(const struct app_run *run)
{
    struct tx *tx = run->open.first;

    while (tx && tx->answered)
        tx = tx->next;
    return tx;
}

static void tx_done(struct app_call *c, struct tx *tx)
{
    struct app_run *run = c->run;

    if (tx == NULL)
        return;
    index_forget(run, tx);
    for (int d = 0; d < 2; d++)
        if (run->current[d] == tx)
            run->current[d] = NULL;
    list_unlink(&run->open, tx);
    tx->end_us = c->engine->now_us;
    tx->app = run->app;
    list_push(&run->done, tx);
}

void parse_tx_step(struct parse *p, enum tx_step step)
{
    struct app_call *c = p->call;
    struct app_run *run = c->run;
    struct tx *tx;

    switch (step) {
    case TX_REQUEST:
        run->current[p->dir] = tx_new(c);
        break;
    case TX_REPLY:
        tx = first_unanswered(run);
        if (tx == NULL)
            tx = tx_new(c);
        if (tx)
            tx->answered = true;
        run->current[p->dir] = tx;
        break;
    case TX_BOTH:
        run->current[p->dir] = run->open.first ? run->open.first : tx_new(c);
        break;
    case TX_DONE:
        tx_done(c, run->current[p->dir]);
        break;
    }
}

static bool index_make(struct app_call *c)
{
    struct app_run *run = c->run;

    if (run->index)
        return true;
    run->index = budget_alloc(&c->engine->app.memory, APP_TX_KEYED * sizeof *run->index);
    if (run->index == NULL) {
        engine_count(c->engine, COUNTER_APP_BUDGET);
        return false;
    }
    memset(run->index, 0, APP_TX_KEYED * sizeof *run->index);
    return true;
}

/* Whoever had the place has been open too long. */
static struct tx *tx_new_keyed(struct app_call *c, uint64_t key)
{
    struct tx **place = index_place(c->run, key);
    struct tx *tx;

    tx_done(c, *place);
    tx = tx_new(c);
    if (tx == NULL)
        return NULL;
    tx->key = key;
    tx->keyed = true;
    *place = tx;
    return tx;
}

void parse_tx_key_step(struct parse *p, enum tx_step step, uint64_t key)
{
    struct app_call *c = p->call;
    struct app_run *run = c->run;
    struct tx *tx;

    run->current[p->dir] = NULL;
    if (!index_make(c))
        return;
    tx = *index_place(run, key);
    if (tx && tx->key != key)
        tx = NULL;
    if (step == TX_DONE) {
        tx_done(c, tx);
        return;
    }
    if (tx == NULL || step == TX_REQUEST)
        tx = tx_new_keyed(c, key);
    if (tx && step == TX_REPLY)
        tx->answered = true;
    run->current[p->dir] = tx;
}

/* The block may move: whoever points at it follows. */
static struct tx *tx_grow(struct engine *e, struct app_run *run, struct tx *tx, uint32_t more)
{
    uint32_t room = tx->room;
    struct tx *moved;
    bool current[2] = {run->current[0] == tx, run->current[1] == tx};
    struct tx **place = tx->keyed ? index_place(run, tx->key) : NULL;
    bool indexed = place && *place == tx;
    struct tx **link = &run->open.first;

    if (tx->used + more > APP_TX_BYTES)
        return NULL;
    while (room < tx->used + more)
        room *= 2;
    while (*link != tx)
        link = &(*link)->next;
    moved = budget_resize(&e->app.memory, tx, tx_size(tx->room), tx_size(room));
    if (moved == NULL) {
        engine_count(e, COUNTER_APP_BUDGET);
        return NULL;
    }
    moved->room = room;
    *link = moved;
    if (indexed)
        *place = moved;
    if (moved->next == NULL)
        run->open.last = &moved->next;
    for (int dir = 0; dir < 2; dir++)
        if (current[dir])
            run->current[dir] = moved;
    return moved;
}

void parse_field_store(struct parse *p, enum field field, struct span value)
{
    struct app_run *run = p->call->run;
    struct tx *tx = run->current[p->dir];
    struct field_head head = {.field = (uint16_t)field, .cut = value.n > APP_FIELD_BYTES};

    if (tx == NULL)
        return;
    value = span_first(value, APP_FIELD_BYTES);
    head.n = (uint32_t)value.n;

    uint32_t size = FIELD_HEAD + ((head.n + 7) & ~7u);

    if (tx->used + size > tx->room)
        tx = tx_grow(p->call->engine, run, tx, size);
    if (tx == NULL)
        return;
    memcpy(tx->bytes + tx->used, &head, sizeof head);
    if (value.n)
        memcpy(tx->bytes + tx->used + FIELD_HEAD, value.p, value.n);
    tx->used += size;
}

void parse_uint_store(struct parse *p, enum field field, uint64_t value)
{
    parse_field_store(p, field, span_of(&value, sizeof value));
}

bool tx_view_next(const struct tx_view *v, size_t *at, struct tx_field *field)
{
    struct field_head head;

    if (*at >= v->n)
        return false;
    memcpy(&head, v->bytes + *at, sizeof head);
    field->field = (enum field)head.field;
    field->cut = head.cut != 0;
    field->value = span_of(v->bytes + *at + FIELD_HEAD, head.n);
    *at += FIELD_HEAD + ((head.n + 7) & ~7u);
    return true;
}

static void tx_emit(struct engine *e, struct packet *p, struct session *s, const struct tx *tx,
                    const char *event_type)
{
    struct event event = {
        .type = EVENT_TX,
        .time_us = tx->end_us,
        .session = s,
        .packet = p,
        .tx = {.app = (enum app)tx->app,
               .event = event_type ? event_type : app_label((enum app)tx->app),
               .number = tx->number,
               .start_us = tx->start_us,
               .end_us = tx->end_us,
               .bytes = tx->bytes,
               .n = tx->used},
    };

    engine_count(e, COUNTER_TX);
    if (e->ops.emit)
        e->ops.emit(e->ops.arg, &event);
}

void app_tx_emit_list(struct engine *e, struct packet *p, struct session *s, struct app_run *run)
{
    for (struct tx *tx = run->done.first; tx; tx = tx->next)
        tx_emit(e, p, s, tx, run->parser->event);
    list_free(e, &run->done);
}

void app_tx_close_open(struct app_run *run)
{
    if (run->index)
        memset(run->index, 0, APP_TX_KEYED * sizeof *run->index);
    while (run->open.first) {
        struct tx *tx = run->open.first;

        list_unlink(&run->open, tx);
        tx->app = run->app;
        list_push(&run->done, tx);
    }
    run->current[0] = run->current[1] = NULL;
}
