/* SPDX-License-Identifier: Apache-2.0
 *
 * Buffers: what parsers hand to detection. While several candidates read the same bytes nobody
 * knows whose buffers are true: they are withheld until one has won.
 */
#include "app/app_run.h"
#include "app/app_sql.h"
#include "engine_state.h"

struct early_head {
    uint64_t message;
    uint32_t n;
    uint8_t buffer, part, dir;
};

static void hand_on(const struct lane *l, struct app_run *run, const struct early_head *head,
                    const uint8_t *bytes)
{
    struct inspect i = {.session = l->s,
                        .packet = l->p,
                        .dir = l->dir,
                        .buffer = (enum buffer)head->buffer,
                        .message = head->message,
                        .begins = (head->part & BUFFER_BEGINS) != 0,
                        .ends = (head->part & BUFFER_ENDS) != 0,
                        .bytes = span_of(bytes, head->n)};

    if (head->buffer == BUFFER_SQL && l->dir == DIR_CLIENT)
        app_sql_see(l, run, head->part, i.bytes);
    if (!(l->e->app.wants_buffers >> head->buffer & 1))
        return;
    engine_count(l->e, COUNTER_BUFFERS);
    l->e->ops.inspect(l->e->ops.arg, &i);
}

static bool early_room(struct engine *e, struct app_hold *h, size_t more)
{
    size_t want = h->used + more, room = h->room ? h->room : 512;
    uint8_t *moved;

    if (want > APP_EARLY)
        return false;
    while (room < want)
        room *= 2;
    if (room == h->room)
        return true;
    moved = h->bytes ? budget_resize(&e->app.memory, h->bytes, h->room, room)
                     : budget_alloc(&e->app.memory, room);
    if (moved == NULL)
        return false;
    h->bytes = moved;
    h->room = (uint32_t)room;
    return true;
}

/* Many small pieces of one buffer, lines of headers, take no more room than a large one. */
static bool goes_on(const struct early_head *last, const struct early_head *head)
{
    return last->buffer == head->buffer && last->dir == head->dir &&
           last->message == head->message && !(last->part & BUFFER_ENDS) &&
           !(head->part & BUFFER_BEGINS);
}

static void withhold(struct engine *e, struct app_run *run, struct early_head head,
                     const uint8_t *bytes)
{
    struct app_hold *h = &run->early;
    struct early_head last;
    bool joins = false;
    uint32_t n = head.n;

    if (h->used) {
        memcpy(&last, h->bytes + run->early_last, sizeof last);
        joins = goes_on(&last, &head);
    }
    if (!early_room(e, h, joins ? n : sizeof head + n)) {
        engine_count(e, COUNTER_APP_BUDGET);
        return;
    }
    if (joins) {
        head.n += last.n;
        head.part |= last.part;
    } else {
        run->early_last = h->used;
        h->used += (uint32_t)sizeof head;
    }
    memcpy(h->bytes + run->early_last, &head, sizeof head);
    if (n)
        memcpy(h->bytes + h->used, bytes, n);
    h->used += n;
}

static void give(const struct lane *l, struct app_run *run, enum buffer buffer, unsigned part,
                 struct span bytes)
{
    struct early_head head = {.message = run->message[l->dir],
                              .n = (uint32_t)bytes.n,
                              .buffer = (uint8_t)buffer,
                              .part = (uint8_t)part,
                              .dir = (uint8_t)l->dir};

    if (l->s->app->decided)
        hand_on(l, run, &head, bytes.p);
    else
        withhold(l->e, run, head, bytes.p);
}

void app_buffer_release(struct engine *e, struct packet *p, struct session *s, struct app_run *run)
{
    struct app_hold *h = &run->early;
    struct early_head head;

    for (size_t at = 0; at < h->used; at += sizeof head + head.n) {
        memcpy(&head, h->bytes + at, sizeof head);
        hand_on(&(struct lane){e, p, s, (enum dir)head.dir}, run, &head,
                h->bytes + at + sizeof head);
    }
    budget_free(&e->app.memory, h->bytes, h->room);
    *h = (struct app_hold){0};
}

void app_buffer_arrived(struct engine *e, struct packet *p, struct session *s, struct app_run *run,
                        enum dir dir, struct span bytes)
{
    struct app_pass *pass = &run->pass[dir];
    unsigned part = pass->part;

    if (pass->left == 0 || bytes.n == 0)
        return;
    if (bytes.n < pass->left)
        part &= (unsigned)~BUFFER_ENDS;
    else
        bytes = span_first(bytes, (size_t)pass->left);
    give(&(struct lane){e, p, s, dir}, run, (enum buffer)pass->buffer, part, bytes);
    pass->part &= (uint8_t)~BUFFER_BEGINS;
    pass->left -= bytes.n;
}

void app_buffer_lost(struct app_run *run, enum dir dir, uint32_t missing)
{
    struct app_pass *pass = &run->pass[dir];

    pass->left -= missing < pass->left ? missing : pass->left;
}

void parse_buffer_store(struct parse *p, enum buffer buffer, unsigned part, struct span piece)
{
    struct app_call *c = p->call;

    give(&(struct lane){c->engine, c->packet, c->session, p->dir}, c->run, buffer, part, piece);
}

void parse_message_number(struct parse *p, uint64_t number)
{
    p->call->run->message[p->dir] = number;
}

void parse_pass(struct parse *p, uint64_t n, enum buffer buffer, unsigned part)
{
    if (parse_wants(p, buffer))
        p->call->run->pass[p->dir] =
            (struct app_pass){.left = n, .buffer = (uint8_t)buffer, .part = (uint8_t)part};
    parse_skip(p, n);
}
