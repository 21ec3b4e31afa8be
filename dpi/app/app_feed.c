/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes meet parsers.
 *
 * While a session is undecided every candidate sees the stream from its start, each at its own
 * position; whatever is not yet consumed by all is kept. The first that proves itself strongly
 * enough wins. From then on bytes go straight from the frame to the one parser, and only the tail
 * of an incomplete message is copied. app_race.c holds the race, this file the rest.
 */
#include "app/app_run.h"
#include "engine_state.h"

/* ---- decided ---- */

static void broken(const struct lane *l, struct app_run *run)
{
    engine_count(l->e, COUNTER_APP_BROKEN);
    app_side_free(l->e, &l->s->app->side[l->dir]);
    if (++run->breaks >= 3 || run->parser->gap == NULL) {
        l->s->flags |= SESSION_UNREADABLE;
        engine_threat(l->e, l->p, l->s, THREAT_NONE,
                      "the application's bytes cannot be read any more");
        run->upgrade = false;
        app_finished(l, run);
        return;
    }
    app_run_gap(l, run, 0);
}

/* Gives bytes to the decided parser; again while it skips and there is more behind. Returns how
 * many were consumed. */
static size_t run_feed(const struct lane *l, struct app_run *run, struct span bytes,
                       enum parse_result *last)
{
    struct app_side *side = &l->s->app->side[l->dir];
    size_t at = 0;
    struct outcome out;

    do {
        size_t left = bytes.n - at;

        out = app_run_call(l, run, span_from(bytes, at));
        if (out.consumed > left) {
            side->skip = out.consumed - left;
            at = bytes.n;
        } else
            at += (size_t)out.consumed;
        if (out.result == PARSE_MATCH)
            run->breaks = 0;
    } while (out.skipped && at < bytes.n && out.consumed && out.result != PARSE_DONE &&
             out.result != PARSE_REJECT);
    app_tx_emit_done(l->e, l->p, l->s, run);
    if (run->proof > l->s->proof)
        l->s->proof = run->proof & 0xfu;
    *last = out.result;
    return at;
}

/* Bytes of an incomplete message wait for the rest. */
static void keep_rest(const struct lane *l, struct app_run *run, struct span rest)
{
    if (rest.n == 0)
        return;
    if (rest.n > run->parser->max_pending || !app_side_append(l->e, &l->s->app->side[l->dir], rest))
        broken(l, run);
}

/* True: the run has ended or lost its place; `rest` goes where it must. */
static bool run_over(const struct lane *l, struct app_run *run, enum parse_result last,
                     struct span rest)
{
    struct app_side *side = &l->s->app->side[l->dir];

    if (last == PARSE_REJECT) {
        broken(l, run);
        return true;
    }
    if (last != PARSE_DONE)
        return false;
    if (run->upgrade && rest.n)
        (void)app_side_append(l->e, side, rest);
    app_finished(l, run);
    return true;
}

/* Bytes behind an incomplete message: joined with it, not beyond what the parser may hold. */
static void feed_joined(const struct lane *l, struct app_run *run, struct span bytes)
{
    struct app_side *side = &l->s->app->side[l->dir];

    while (bytes.n) {
        size_t most = run->parser->max_pending;
        struct span part = span_first(bytes, most > side->used ? most - side->used : 0);
        enum parse_result last;
        size_t used;

        if (part.n == 0 || !app_side_append(l->e, side, part)) {
            broken(l, run);
            return;
        }
        bytes = span_from(bytes, part.n);
        if (run->need[l->dir] > side->used)
            continue;
        used = run_feed(l, run, span_of(side->bytes, side->used), &last);
        app_side_drop(l->e, side, used);
        if (run_over(l, run, last, bytes))
            return;
        if (side->used == 0 && bytes.n) { /* on a boundary again: no more copying */
            app_feed(l->e, l->p, l->s, l->dir, bytes);
            return;
        }
    }
}

static void run_input(const struct lane *l, struct span bytes)
{
    struct app_run *run = l->s->app->runs[0];
    enum parse_result last;
    size_t used;

    if (run->dead >> l->dir & 1)
        return;
    if (l->s->app->side[l->dir].used) {
        feed_joined(l, run, bytes);
        return;
    }
    used = run_feed(l, run, bytes, &last);
    if (last == PARSE_MATCH && used == bytes.n)
        return;
    if (!run_over(l, run, last, span_from(bytes, used)))
        keep_rest(l, run, span_from(bytes, used));
}

/* ---- from outside ---- */

struct session_app *app_of(struct engine *e, struct session *s)
{
    if (s->app)
        return s->app;
    s->app = slab_alloc(&e->app.apps);
    if (s->app == NULL) {
        engine_count(e, COUNTER_APP_BUDGET);
        return NULL;
    }
    memset(s->app, 0, sizeof *s->app);
    s->app->product_counts = e->snapshot->http_product_in_session;
    return s->app;
}

/* No memory: the session goes on without this stage. */
static void no_memory(struct engine *e, struct packet *p, struct session *s)
{
    s->stages &= (uint8_t)~STAGE_APP;
    if (p)
        engine_apply_exception(e, p, EXCEPTION_APP_BUDGET, REASON_APP_BUDGET);
}

void app_feed(struct engine *e, struct packet *p, struct session *s, enum dir dir,
              struct span bytes)
{
    struct lane l = {e, p, s, dir};
    struct session_app *app = app_of(e, s);

    if (app == NULL) {
        no_memory(e, p, s);
        return;
    }
    struct app_side *side = &app->side[dir];

    if (side->skip) {
        uint64_t n = side->skip < bytes.n ? side->skip : bytes.n;

        side->skip -= n;
        if (app->run_count && app->decided && app->runs[0]->pass[dir].left)
            app_buffer_arrived(e, p, s, app->runs[0], dir, span_first(bytes, (size_t)n));
        bytes = span_from(bytes, (size_t)n);
        if (bytes.n == 0)
            return;
    }
    if (app->decided)
        run_input(&l, bytes);
    else
        app_race_feed(&l, bytes);
}

/* The one that has read the datagram goes on to do so; the protocol inside is searched for. */
static void enclose(const struct lane *l, struct app_run *run)
{
    struct session_app *app = l->s->app;

    app->envelope = run;
    app->run_count = 0;
    app->decided = app->late = false;
    app->depth++;
    app->packets = 0;
    app->first_us = 0;
}

/* What is inside of the datagram; nothing when it is not to be read. */
static struct span open_envelope(const struct lane *l, struct span bytes)
{
    struct app_run *run = l->s->app->envelope;
    struct outcome out = app_run_call(l, run, bytes);

    app_tx_emit_done(l->e, l->p, l->s, run);
    return span_from(bytes, out.result == PARSE_MATCH ? (size_t)out.consumed : bytes.n);
}

static void datagram_decided(const struct lane *l, struct span bytes)
{
    struct session_app *app = l->s->app;
    struct app_run *run = app->runs[0];
    struct outcome out = app_run_call(l, run, bytes);

    app_tx_emit_done(l->e, l->p, l->s, run);
    if (run->proof > l->s->proof)
        l->s->proof = run->proof & 0xfu;
    if (out.result == PARSE_DONE)
        app_finished(l, run);
    if (out.result != PARSE_MATCH || !run->envelope || app->depth + 1u >= SESSION_LABELS)
        return;
    enclose(l, run);
    bytes = span_from(bytes, (size_t)out.consumed);
    if (bytes.n)
        app_race_datagram(l, bytes);
}

void app_datagram(struct engine *e, struct packet *p, struct session *s, enum dir dir,
                  struct span bytes)
{
    struct lane l = {e, p, s, dir};
    struct session_app *app = app_of(e, s);

    if (app == NULL) {
        no_memory(e, p, s);
        return;
    }
    if (app->envelope)
        bytes = open_envelope(&l, bytes);
    if (bytes.n == 0)
        return;
    if (app->decided)
        datagram_decided(&l, bytes);
    else
        app_race_datagram(&l, bytes);
}

bool app_skips(struct session *s, enum dir dir, size_t n)
{
    struct session_app *app = s->app;

    if (app == NULL || app->side[dir].skip < n || (app->run_count && app->runs[0]->pass[dir].left))
        return false;
    app->side[dir].skip -= n;
    return true;
}

/* What a run does about lost bytes. False: it leaves the race. */
static bool run_gap(const struct lane *l, struct app_run *run, uint32_t missing)
{
    if (run->parser->gap) {
        app_run_gap(l, run, missing);
        return true;
    }
    run->at[l->dir] = run->need[l->dir] = 0;
    run->hold[l->dir].used = 0;
    run->dead |= (uint8_t)(1u << l->dir);
    return run->matched;
}

/* Lost bytes among those that need nobody do no harm. Otherwise what waits is useless; the parser
 * finds its way again, or keeps its name and reads this direction no more. */
void app_gap(struct engine *e, struct packet *p, struct session *s, enum dir dir, uint32_t missing)
{
    struct lane l = {e, p, s, dir};
    struct session_app *app = app_of(e, s);

    if (app == NULL) {
        no_memory(e, p, s);
        return;
    }
    for (int i = 0; i < app->run_count; i++)
        app_buffer_lost(app->runs[i], dir, missing);
    if (app->side[dir].skip >= missing) {
        app->side[dir].skip -= missing;
        return;
    }
    missing -= (uint32_t)app->side[dir].skip;
    app->side[dir].skip = 0;
    engine_count(e, COUNTER_APP_GAPS);
    app_side_free(e, &app->side[dir]);
    for (int i = app->run_count - 1; i >= 0; i--)
        if (!run_gap(&l, app->runs[i], missing) && !app->decided)
            app_race_remove(e, app, i);
    if (!app->decided) { /* what follows need not be the start of a message */
        app->resync = true;
        if (app->run_count == 0)
            app->side[0].probed = app->side[1].probed = false;
    }
}

void app_deadline(struct engine *e, struct session *s)
{
    struct lane l = {e, NULL, s, DIR_CLIENT};
    struct session_app *app = s->app;

    if (app && !app->decided && app->first_us && (s->stages & STAGE_APP))
        app_race_judge(&l);
}

void app_tick(struct engine *e, struct session *s)
{
    struct lane l = {e, NULL, s, DIR_CLIENT};
    struct session_app *app = s->app;

    if (app->tick > e->now_s)
        return;
    app->tick = 0;
    if (app->run_count == 0)
        return;
    if (!app->decided)
        app->tick = e->now_s + 1; /* whose it is will be known then */
    else if (app->runs[0]->parser->tick)
        app_run_tell(&l, app->runs[0], app->runs[0]->parser->tick);
}

void app_expect(struct engine *e, struct session *s, enum app name, const struct parser *parser)
{
    struct lane l = {e, NULL, s, DIR_CLIENT};

    if (app_of(e, s) == NULL)
        return;
    s->flags |= SESSION_EXPECTED;
    engine_count(e, COUNTER_EXPECTED);
    app_succeed(&l, parser, name);
}

void app_close(struct engine *e, struct session *s, enum app_close how)
{
    struct lane l = {e, NULL, s, DIR_CLIENT};
    struct session_app *app = s->app;

    if (app == NULL)
        return;
    if (how == APP_CLOSE_TELL && !app->decided && app->run_count) {
        struct app_run *best = app_race_best(app);

        if (best && best->proof >= PROOF_FAIR)
            app_race_win(&l, best);
    }
    if (how == APP_CLOSE_TELL && app->decided && app->run_count) {
        if (app->runs[0]->parser->close)
            app_run_tell(&l, app->runs[0], app->runs[0]->parser->close);
        app_tx_close_open(app->runs[0]);
        app_tx_emit_done(e, NULL, s, app->runs[0]);
    }
    if (how == APP_CLOSE_TELL && app->envelope) {
        app_tx_close_open(app->envelope);
        app_tx_emit_done(e, NULL, s, app->envelope);
    }
    app_stop(e, s);
}

void app_restart(struct engine *e, struct session *s)
{
    struct session_app *app = s->app;

    if (app == NULL)
        return;
    app_stop(e, s);
    *app = (struct session_app){.host = app->host,
                                .host_len = app->host_len,
                                .host_room = app->host_room,
                                .forwarded = app->forwarded,
                                .product = app->product,
                                .mesh_server = app->mesh_server,
                                .mesh_port = app->mesh_port};
}

void app_free(struct engine *e, struct session *s)
{
    if (s->app == NULL)
        return;
    budget_free(&e->app.memory, s->app->host, s->app->host_room);
    budget_free(&e->app.memory, s->app->forwarded, sizeof *s->app->forwarded);
    slab_free(&e->app.apps, s->app);
    s->app = NULL;
}
