/* SPDX-License-Identifier: Apache-2.0 */
#include "app/app_run.h"

#include "app/app_sql.h"
#include "engine_state.h"

#define PENDING_FIRST 512u

struct app_run *app_run_new(struct engine *e, const struct session *s, const struct parser *parser)
{
    struct app_run *run = slab_alloc(&e->app.runs);

    if (run == NULL)
        return NULL;
    memset(run, 0, sizeof *run);
    run->parser = parser;
    run->app = (uint8_t)parser->app;
    if (parser->state_size) {
        run->view.state = budget_alloc(&e->app.memory, parser->state_size);
        if (run->view.state == NULL) {
            slab_free(&e->app.runs, run);
            return NULL;
        }
        memset(run->view.state, 0, parser->state_size);
    }
    run->view.transport = s->key.proto == 17 ? OVER_UDP : OVER_TCP;
    run->view.wants_names = e->app.wants_names && s->key.zone != 0;
    run->view.wants_tx = e->app.wants_tx && !snapshot_event_off(e->snapshot, parser->app);
    run->view.wants_buffers =
        e->app.wants_buffers | (app_sql_speaks(parser) ? 1u << BUFFER_SQL : 0);
    run->view.strict_smuggling = e->snapshot->smuggling_strict;
    run->view.client_port = s->key.port[s->client];
    run->view.server_port = s->key.port[1 - s->client];
    return run;
}

void app_run_free(struct engine *e, struct app_run *run)
{
    app_tx_free(e, run);
    for (int dir = 0; dir < 2; dir++)
        budget_free(&e->app.memory, run->hold[dir].bytes, run->hold[dir].room);
    budget_free(&e->app.memory, run->early.bytes, run->early.room);
    sqli_stream_clear(&run->statement, &e->app.memory);
    while (run->blocks)
        app_block_free(e, run->blocks);
    budget_free(&e->app.memory, run->view.state, run->parser->state_size);
    slab_free(&e->app.runs, run);
}

void app_side_free(struct engine *e, struct app_side *side)
{
    budget_free(&e->app.memory, side->bytes, side->room);
    side->bytes = NULL;
    side->used = side->room = 0;
}

bool app_side_append(struct engine *e, struct app_side *side, struct span bytes)
{
    size_t want = side->used + bytes.n;
    uint32_t room = side->room ? side->room : PENDING_FIRST;

    while (room < want)
        room *= 2;
    if (room != side->room) {
        uint8_t *moved = side->bytes ? budget_resize(&e->app.memory, side->bytes, side->room, room)
                                     : budget_alloc(&e->app.memory, room);

        if (moved == NULL) {
            engine_count(e, COUNTER_APP_BUDGET);
            return false;
        }
        side->bytes = moved;
        side->room = room;
    }
    memcpy(side->bytes + side->used, bytes.p, bytes.n);
    side->used = (uint32_t)want;
    return true;
}

void app_side_drop(struct engine *e, struct app_side *side, size_t n)
{
    if (n >= side->used) {
        app_side_free(e, side);
        return;
    }
    if (n == 0)
        return;
    memmove(side->bytes, side->bytes + n, side->used - n);
    side->used -= (uint32_t)n;
}

static struct parse *view_for(const struct lane *l, struct app_run *run, struct app_call *c)
{
    struct parse *view = &run->view;

    view->dir = l->dir;
    view->midstream = (l->s->flags & SESSION_MIDSTREAM) || l->s->app->resync;
    view->expected = (l->s->flags & SESSION_EXPECTED) != 0;
    view->time_us = l->e->now_us;
    view->http = &l->e->snapshot->http;
    view->call = c;
    return view;
}

void app_run_gap(const struct lane *l, struct app_run *run, uint64_t missing)
{
    struct app_call c = {.engine = l->e, .packet = l->p, .session = l->s, .run = run};
    struct parse *view = view_for(l, run, &c);

    run->at[l->dir] = run->need[l->dir] = 0;
    run->hold[l->dir].used = 0;
    run->pass[l->dir].left = 0;
    run->parser->gap(view, missing);
    if (l->s->app->decided)
        app_tx_emit_done(l->e, l->p, l->s, run);
}

void app_run_tell(const struct lane *l, struct app_run *run, void (*tell)(struct parse *))
{
    struct app_call c = {.engine = l->e, .packet = l->p, .session = l->s, .run = run};

    tell(view_for(l, run, &c));
    app_tx_emit_done(l->e, l->p, l->s, run);
}

struct outcome app_run_call(const struct lane *l, struct app_run *run, struct span bytes)
{
    struct app_call c = {
        .engine = l->e, .packet = l->p, .session = l->s, .run = run, .start = bytes.p};
    struct cursor in = cur_of(bytes);
    struct outcome out;

    engine_count(l->e, COUNTER_APP_CALLS);
    out.result = run->parser->parse(view_for(l, run, &c), &in);
    hot_assert(c.committed <= bytes.n);
    out.skipped = c.stale;
    out.consumed = c.committed + c.skip;
    if (run->pass[l->dir].left && c.stale)
        app_buffer_arrived(l->e, l->p, l->s, run, l->dir, span_from(bytes, c.committed));
    /* From now on `need` is how many uncommitted bytes must be there for another call. */
    run->need[l->dir] = 0;
    if (!c.stale && in.state == CUR_SHORT && in.need < UINT32_MAX - bytes.n)
        run->need[l->dir] = (uint32_t)(bytes.n - c.committed) + in.need;
    /* What was read to a commit stands, whatever comes behind it: the next call will stumble over
     * that alone, as it would have done had the bytes come one by one. */
    if (out.result == PARSE_REJECT && c.committed && !run->matched && run->proof >= PROOF_STRONG)
        out.result = PARSE_MATCH;
    if (out.result == PARSE_MATCH || out.result == PARSE_DONE) {
        if (run->proof == PROOF_NONE)
            run->proof = PROOF_STRONG;
        run->matched = true;
    }
    return out;
}

void app_stop(struct engine *e, struct session *s)
{
    struct session_app *app = s->app;

    for (int i = 0; i < app->run_count; i++)
        app_run_free(e, app->runs[i]);
    app->run_count = 0;
    if (app->envelope)
        app_run_free(e, app->envelope);
    app->envelope = NULL;
    app_side_free(e, &app->side[0]);
    app_side_free(e, &app->side[1]);
    s->stages &= (uint8_t)~STAGE_APP;
}

void app_succeed(const struct lane *l, const struct parser *parser, enum app name)
{
    struct app_run *run = app_run_new(l->e, l->s, parser);

    if (run == NULL)
        return;
    run->app = (uint8_t)name;
    run->matched = true;
    run->proof = PROOF_CERTAIN;
    l->s->app->runs[0] = run;
    l->s->app->run_count = 1;
    app_race_win(l, run);
}

/* The outer protocol is done with; from here on the streams are searched anew. */
static void upgrade(const struct lane *l, struct app_run *run)
{
    struct session_app *app = l->s->app;
    const struct parser *successor = run->successor;
    uint64_t agreed = run->agreed;

    app_run_free(l->e, run);
    app->run_count = 0;
    app->decided = app->late = false;
    app->depth++;
    app->packets = 0;
    app->first_us = 0;
    struct app_side rest[2] = {app->side[DIR_CLIENT], app->side[DIR_SERVER]};

    for (int dir = 0; dir < 2; dir++)
        app->side[dir] = (struct app_side){.skip = rest[dir].skip};
    if (successor)
        app_succeed(l, successor, successor->app);
    if (app->run_count)
        app->runs[0]->view.agreed = agreed;
    for (enum dir dir = DIR_CLIENT; dir <= DIR_SERVER; dir++) {
        if (rest[dir].used && (l->s->stages & STAGE_APP))
            app_feed(l->e, l->p, l->s, dir, span_of(rest[dir].bytes, rest[dir].used));
        app_side_free(l->e, &rest[dir]);
    }
}

void app_finished(const struct lane *l, struct app_run *run)
{
    app_tx_close_open(run);
    app_tx_emit_done(l->e, l->p, l->s, run);
    if (run->upgrade && l->s->app->depth + 1u < SESSION_LABELS)
        upgrade(l, run);
    else
        app_stop(l->e, l->s);
}
