/* SPDX-License-Identifier: Apache-2.0
 *
 * What a parser calls. All but transactions (app_tx.c).
 */
#include "app/app_run.h"
#include "engine_state.h"

void parse_commit(struct parse *p, const struct cursor *in)
{
    struct app_call *c = p->call;

    hot_assert(!c->stale);
    c->committed = (size_t)(in->pos - c->start);
}

void parse_skip(struct parse *p, uint64_t n)
{
    struct app_call *c = p->call;

    c->skip = n > UINT64_MAX / 2 ? UINT64_MAX / 2 : n;
    c->stale = true;
}

uint64_t parse_skipping(const struct parse *p, enum dir dir)
{
    return p->call->session->app->side[dir].skip;
}

void parse_proof(struct parse *p, enum proof proof)
{
    struct app_run *run = p->call->run;

    if (proof > run->proof)
        run->proof = (uint8_t)proof;
}

/* One more label behind those that the session has. */
static void add_label(struct session *s, enum app app)
{
    struct session_app *sa = s->app;

    for (unsigned i = 0; i <= sa->depth && i < SESSION_LABELS; i++)
        if (s->labels[i] == app)
            return;
    if (sa->depth + 1u < SESSION_LABELS)
        sa->depth++;
    s->labels[sa->depth] = s->app_id = (uint8_t)app;
}

void parse_app(struct parse *p, enum app app)
{
    struct app_call *c = p->call;
    struct session *s = c->session;
    uint8_t old = c->run->app;

    c->run->app = (uint8_t)app;
    if (!s->app->decided || old == app)
        return;
    for (unsigned i = 0; i < SESSION_LABELS; i++)
        if (s->labels[i] == old)
            s->labels[i] = (uint8_t)app;
    if (s->app_id == old)
        s->app_id = (uint8_t)app;
}

void parse_inner(struct parse *p, enum app app)
{
    struct app_call *c = p->call;
    struct app_run *run = c->run;

    if (c->session->app->decided) {
        add_label(c->session, app);
        return;
    }
    for (int i = 0; i < run->inner_count; i++)
        if (run->inner[i] == app)
            return;
    if (run->inner_count < SESSION_LABELS - 1)
        run->inner[run->inner_count++] = (uint8_t)app;
}

void parse_product(struct parse *p, enum product product)
{
    struct app_call *c = p->call;

    uint8_t before = c->session->app->product;

    app_product_set(&c->run->product, product);
    if (!c->session->app->decided)
        return;
    app_product_set(&c->session->app->product, product);
    if (c->session->app->product != before)
        engine_learn_port(c->engine, c->session);
}

void parse_host(struct parse *p, struct span name)
{
    struct app_call *c = p->call;
    struct session_app *app = c->session->app;

    name = span_first(name, APP_HOST);
    if (app->host == NULL || name.n > app->host_room) {
        struct budget *memory = &c->engine->app.memory;

        budget_free(memory, app->host, app->host_room);
        app->host = budget_alloc(memory, name.n);
        app->host_room = app->host ? (uint8_t)name.n : 0;
        app->host_len = 0;
    }
    if (app->host == NULL) {
        if (name.n)
            engine_count(c->engine, COUNTER_APP_BUDGET);
        return;
    }
    for (size_t i = 0; i < name.n; i++)
        app->host[i] = (char)span_lower(name.p[i]);
    app->host_len = (uint8_t)name.n;
}

void parse_named(struct parse *p, struct span name, const struct ipaddr *addr, uint32_t ttl)
{
    struct app_call *c = p->call;
    struct named_address named = {session_zone(c->session), name, *addr, ttl, c->engine->now_us};

    if (p->wants_names)
        c->engine->ops.named(c->engine->ops.arg, &named);
}

/* Requests of a connection tell it again and again; only what is new makes work. */
void parse_forwarded(struct parse *p, const struct ipaddr *addr, uint16_t port, enum app app)
{
    struct app_call *c = p->call;
    struct session_app *sa = c->session->app;
    struct session_forwarded now = {.addr = *addr, .port = port, .application = app_number(app)};

    if (!(c->session->flags & SESSION_INGRESS))
        return;
    if (sa->forwarded == NULL) {
        sa->forwarded = budget_alloc(&c->engine->app.memory, sizeof *sa->forwarded);
        if (sa->forwarded == NULL) {
            engine_count(c->engine, COUNTER_APP_BUDGET);
            return;
        }
        *sa->forwarded = (struct session_forwarded){0};
    }
    now.changes = sa->forwarded->changes;
    if (now.changes && ipaddr_equal(&now.addr, &sa->forwarded->addr) &&
        now.port == sa->forwarded->port && now.application == sa->forwarded->application)
        return;
    now.changes++;
    *sa->forwarded = now;
}

const struct session_forwarded *session_forwarded(const struct session *s)
{
    return s->app ? s->app->forwarded : NULL;
}

struct span session_host(const struct session *s)
{
    if (s->app == NULL || s->app->host == NULL)
        return span_of("", 0);
    return span_of(s->app->host, s->app->host_len);
}

struct span parse_held(struct parse *p)
{
    struct app_hold *h = &p->call->run->hold[p->dir];

    return span_of(h->bytes, h->used);
}

struct span parse_hold(struct parse *p, struct span piece, size_t max)
{
    struct app_hold *h = &p->call->run->hold[p->dir];
    struct budget *memory = &p->call->engine->app.memory;
    size_t want = h->used + piece.n;
    uint32_t room = h->room ? h->room : 512;

    if (want > max || want > UINT32_MAX / 2)
        return span_of(NULL, 0);
    while (room < want)
        room *= 2;
    if (room != h->room) {
        uint8_t *moved =
            h->bytes ? budget_resize(memory, h->bytes, h->room, room) : budget_alloc(memory, room);

        if (moved == NULL) {
            engine_count(p->call->engine, COUNTER_APP_BUDGET);
            return span_of(NULL, 0);
        }
        h->bytes = moved;
        h->room = room;
    }
    if (piece.n)
        memcpy(h->bytes + h->used, piece.p, piece.n);
    h->used += (uint32_t)piece.n;
    return span_of(h->bytes, h->used);
}

void parse_unhold(struct parse *p, size_t n)
{
    struct app_hold *h = &p->call->run->hold[p->dir];

    if (n >= h->used) {
        h->used = 0;
        return;
    }
    memmove(h->bytes, h->bytes + n, h->used - n);
    h->used -= (uint32_t)n;
}

void parse_upgrade(struct parse *p)
{
    p->call->run->upgrade = true;
    p->call->run->successor = NULL;
}

void parse_envelope(struct parse *p)
{
    p->call->run->envelope = true;
}

void parse_upgrade_with(struct parse *p, const struct parser *parser, uint64_t agreed)
{
    p->call->run->upgrade = true;
    p->call->run->successor = parser;
    p->call->run->agreed = agreed;
}

void parse_expect(struct parse *p, const struct announce *a)
{
    session_expect(p->call->engine, p->call->session, a);
}

struct ipaddr parse_addr(const struct parse *p, enum dir whose)
{
    const struct session *s = p->call->session;

    return whose == DIR_CLIENT ? session_end_client(s).addr : session_end_server(s).addr;
}

bool parse_addr_internal(const struct parse *p, enum dir whose)
{
    const struct networks *n = p->call->engine->snapshot->networks;
    struct ipaddr addr = parse_addr(p, whose);

    for (size_t i = 0; i < n->internal_count; i++)
        if (ipprefix_has(&n->internal[i], &addr))
            return true;
    return false;
}

bool parse_from_workload(const struct parse *p)
{
    const struct packet *packet = p->call->packet;

    return packet && packet->workload && !packet->ingress;
}

/* ---- notes ---- */

void app_note_tell(struct engine *e, struct packet *p, struct session *s,
                   const struct app_note *note)
{
    enum threat threat = (enum threat)note->threat;

    if (threat && snapshot_threat(e->snapshot, threat) && note->told)
        engine_tell(e, p, s, threat, note->text, VERDICT_PASS);
    else if (threat && snapshot_threat(e->snapshot, threat))
        engine_threat_value(e, p, s, threat, note->text, span_of(note->value, note->n));
    else
        engine_note(e, p, s, note->text, span_of(note->value, note->n), note->refused);
    if (note->stops)
        engine_stop(e, p, s, VERDICT_RESET, REASON_SETTING);
}

static void note(struct parse *p, struct app_note n, struct span value)
{
    struct app_call *c = p->call;
    struct app_run *run = c->run;

    n.n = (uint8_t)(value.n < APP_NOTE_VALUE ? value.n : APP_NOTE_VALUE);
    if (n.n)
        memcpy(n.value, value.p, n.n);
    /* Only a parser that has the session speaks for it. */
    if (c->session->app->decided) {
        app_note_tell(c->engine, c->packet, c->session, &n);
        return;
    }
    if (run->notes == NULL)
        run->notes = parse_alloc(p, APP_NOTES * sizeof *run->notes);
    if (run->notes && run->note_count < APP_NOTES)
        run->notes[run->note_count++] = n;
}

void parse_note_value(struct parse *p, const char *text, struct span value)
{
    note(p, (struct app_note){.text = text}, value);
}

void parse_note_stops(struct parse *p, const char *text)
{
    note(p, (struct app_note){.text = text, .stops = true}, span_of("", 0));
}

void parse_refused(struct parse *p, const char *text, struct span who)
{
    note(p, (struct app_note){.text = text, .refused = true}, who);
}

void parse_threat_value(struct parse *p, enum threat threat, const char *text, struct span value)
{
    note(p, (struct app_note){.text = text, .threat = (uint8_t)threat}, value);
}

void parse_threat_told(struct parse *p, enum threat threat, const char *text)
{
    note(p, (struct app_note){.text = text, .threat = (uint8_t)threat, .told = true},
         span_of("", 0));
}

/* ---- time ---- */

void parse_wake(struct parse *p, unsigned seconds)
{
    struct engine *e = p->call->engine;
    struct session *s = p->call->session;

    s->app->tick = seconds ? e->now_s + seconds : 0;
    if (seconds)
        session_wake(e, s, s->app->tick);
}

/* ---- memory ---- */

static struct app_block *block_of(void *memory)
{
    return (struct app_block *)(void *)((uint8_t *)memory - offsetof(struct app_block, bytes));
}

static void block_link(struct app_run *run, struct app_block *b)
{
    b->next = run->blocks;
    b->link = &run->blocks;
    if (b->next)
        b->next->link = &b->next;
    run->blocks = b;
}

void app_block_free(struct engine *e, struct app_block *b)
{
    *b->link = b->next;
    if (b->next)
        b->next->link = b->link;
    budget_free(&e->app.memory, b, sizeof *b + b->n);
}

void *parse_alloc(struct parse *p, size_t n)
{
    struct app_call *c = p->call;
    struct app_block *b =
        n < APP_BLOCK ? budget_alloc(&c->engine->app.memory, sizeof *b + n) : NULL;

    if (b == NULL) {
        engine_count(c->engine, COUNTER_APP_BUDGET);
        return NULL;
    }
    b->n = n;
    block_link(c->run, b);
    return b->bytes;
}

void *parse_resize(struct parse *p, void *memory, size_t n)
{
    struct app_block *b, *moved;
    struct app_call *c = p->call;

    if (memory == NULL)
        return parse_alloc(p, n);
    b = block_of(memory);
    moved = n < APP_BLOCK
                ? budget_resize(&c->engine->app.memory, b, sizeof *b + b->n, sizeof *b + n)
                : NULL;
    if (moved == NULL) {
        engine_count(c->engine, COUNTER_APP_BUDGET);
        return NULL;
    }
    moved->n = n;
    *moved->link = moved;
    if (moved->next)
        moved->next->link = &moved->next;
    return moved->bytes;
}

void parse_free(struct parse *p, void *memory)
{
    if (memory)
        app_block_free(p->call->engine, block_of(memory));
}
