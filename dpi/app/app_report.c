/* SPDX-License-Identifier: Apache-2.0
 *
 * What a parser calls. All but transactions (app_tx.c).
 */
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

void parse_proof(struct parse *p, enum proof proof)
{
    struct app_run *run = p->call->run;

    if (proof > run->proof)
        run->proof = (uint8_t)proof;
}

void parse_app(struct parse *p, enum app app)
{
    struct app_call *c = p->call;
    struct session *s = c->session;

    c->run->app = (uint8_t)app;
    if (!s->app->decided || s->app_id == app)
        return;
    /* After the match it is what the session went on to, inside what it was. */
    if (s->app->depth + 1u < SESSION_LABELS)
        s->app->depth++;
    s->labels[s->app->depth] = s->app_id = (uint8_t)app;
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
}

void parse_expect(struct parse *p, unsigned seconds)
{
    struct app_call *c = p->call;

    session_expect(c->engine, c->session, (enum app)c->run->app, c->run->parser, seconds);
}

void parse_note(struct parse *p, const char *text)
{
    struct app_call *c = p->call;

    struct app_run *run = c->run;

    /* Only a parser that has the session speaks for it. */
    if (c->session->app->decided)
        engine_threat(c->engine, c->packet, c->session, THREAT_NONE, text);
    else if (run->note_count < APP_NOTES)
        run->notes[run->note_count++] = text;
}
