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

#define KEYS_SIZE (APP_TX_KEYS * sizeof(struct tx *))

_Static_assert(sizeof(struct field_head) == FIELD_HEAD, "encoded as is");

static size_t tx_size(uint32_t room)
{
    return sizeof(struct tx) + room;
}

static void list_push(struct tx_list *l, struct tx *tx)
{
    if (l->first == NULL)
        l->last = &l->first;
    tx->next = NULL;
    tx->link = l->last;
    *l->last = tx;
    l->last = &tx->next;
    l->count++;
}

/* Who points at it points at what stands there now. */
static void list_relink(struct tx_list *l, struct tx *tx)
{
    *tx->link = tx;
    if (tx->next)
        tx->next->link = &tx->next;
    else
        l->last = &tx->next;
}

static void list_unlink(struct tx_list *l, struct tx *tx)
{
    *tx->link = tx->next;
    if (tx->next)
        tx->next->link = tx->link;
    else
        l->last = tx->link;
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

void app_tx_free(struct engine *e, struct app_run *run)
{
    list_free(e, &run->open);
    list_free(e, &run->done);
    budget_free(&e->app.memory, run->keys, KEYS_SIZE);
    run->keys = NULL;
    run->current[0] = run->current[1] = NULL;
}

/* ---- those with a key ---- */

static struct tx **bucket_of(const struct app_call *c, uint64_t key)
{
    return &c->run->keys[hash_bytes(&c->engine->hash_key, &key, sizeof key) % APP_TX_KEYS];
}

static struct tx *key_find(const struct app_call *c, uint64_t key)
{
    struct tx *tx = c->run->keys ? *bucket_of(c, key) : NULL;

    while (tx && tx->key != key)
        tx = tx->chain;
    return tx;
}

/* What points at it in its bucket. */
static struct tx **key_link(const struct app_call *c, const struct tx *tx)
{
    struct tx **link = bucket_of(c, tx->key);

    while (*link != tx)
        link = &(*link)->chain;
    return link;
}

static bool key_room(struct app_call *c)
{
    struct app_run *run = c->run;

    if (run->keys)
        return true;
    run->keys = budget_alloc(&c->engine->app.memory, KEYS_SIZE);
    if (run->keys == NULL) {
        engine_count(c->engine, COUNTER_APP_BUDGET);
        return false;
    }
    memset(run->keys, 0, KEYS_SIZE);
    return true;
}

static void key_add(struct app_call *c, struct tx *tx, uint64_t key)
{
    struct tx **bucket = bucket_of(c, key);

    tx->keyed = true;
    tx->key = key;
    tx->chain = *bucket;
    *bucket = tx;
}

/* ---- their life ---- */

/* Nothing more is to come. */
static void tx_end(struct app_call *c, struct tx *tx)
{
    struct app_run *run = c->run;

    for (int d = 0; d < 2; d++)
        if (run->current[d] == tx)
            run->current[d] = NULL;
    if (tx->keyed)
        *key_link(c, tx) = tx->chain;
    list_unlink(&run->open, tx);
    list_push(&run->done, tx);
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
        hot_assert(run->open.first != NULL);
        tx_end(c, run->open.first);
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

static struct tx *tx_new_keyed(struct app_call *c, uint64_t key)
{
    struct tx *tx = key_room(c) ? tx_new(c) : NULL;

    if (tx)
        key_add(c, tx, key);
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
    if (tx == NULL)
        return;
    tx->end_us = c->engine->now_us;
    tx->app = c->run->app;
    tx_end(c, tx);
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

void parse_tx_key_step(struct parse *p, enum tx_step step, uint64_t key)
{
    struct app_call *c = p->call;
    struct app_run *run = c->run;
    struct tx *tx = key_find(c, key);

    if (step == TX_DONE) {
        tx_done(c, tx);
        return;
    }
    if (tx && step == TX_REQUEST) { /* the number is used again: what it was before is over */
        tx_end(c, tx);
        tx = NULL;
    }
    if (tx == NULL)
        tx = tx_new_keyed(c, key);
    if (tx && step == TX_REPLY)
        tx->answered = true;
    run->current[p->dir] = tx;
}

/* The block may move: whoever points at it follows. */
static struct tx *tx_grow(struct app_call *c, struct tx *tx, uint32_t more)
{
    struct app_run *run = c->run;
    struct budget *memory = &c->engine->app.memory;
    uint32_t room = tx->room;
    bool current[2] = {run->current[0] == tx, run->current[1] == tx};
    struct tx **link = tx->keyed ? key_link(c, tx) : NULL;
    struct tx *moved;

    if (tx->used + more > APP_TX_BYTES)
        return NULL;
    while (room < tx->used + more)
        room *= 2;
    moved = budget_resize(memory, tx, tx_size(tx->room), tx_size(room));
    if (moved == NULL) {
        engine_count(c->engine, COUNTER_APP_BUDGET);
        return NULL;
    }
    moved->room = room;
    list_relink(&run->open, moved);
    if (link)
        *link = moved;
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
        tx = tx_grow(p->call, tx, size);
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
    engine_emit(e, &event);
}

void app_tx_emit_list(struct engine *e, struct packet *p, struct session *s, struct app_run *run)
{
    for (struct tx *tx = run->done.first; tx; tx = tx->next)
        tx_emit(e, p, s, tx, run->parser->event);
    list_free(e, &run->done);
}

void app_tx_close_open(struct app_run *run)
{
    if (run->keys)
        memset(run->keys, 0, KEYS_SIZE);
    while (run->open.first) {
        struct tx *tx = run->open.first;

        list_unlink(&run->open, tx);
        tx->app = run->app;
        list_push(&run->done, tx);
    }
    run->current[0] = run->current[1] = NULL;
}
