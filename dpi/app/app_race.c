/* SPDX-License-Identifier: Apache-2.0
 *
 * The race: which of the candidates does an undecided session belong to?
 */
#include "app/app_run.h"
#include "engine_state.h"
#include "session/session_report.h"

/* A stream joined in the middle, and datagrams, may begin with bytes that say nothing. */
#define RACE_TRIES 8
/* So many first bytes tell enough. */
#define RACE_FIRST 16
/* Up to here they are probed again as they grow. */
#define RACE_BEGINNING 64

static void ready(const struct lane *l)
{
    struct session *s = l->s;

    if (s->flags & SESSION_APP_READY)
        return;
    s->flags |= SESSION_APP_READY;
    engine_count(l->e, s->app_id ? COUNTER_APP_FOUND : COUNTER_APP_UNKNOWN);
    engine_trace(l->e, l->p, "app", "%s", s->app_id ? app_label((enum app)s->app_id) : "unknown");
    session_report_begin(l->e, s);
}

void app_race_remove(struct engine *e, struct session_app *app, int i)
{
    app_run_free(e, app->runs[i]);
    app->run_count--;
    memmove(&app->runs[i], &app->runs[i + 1], (size_t)(app->run_count - i) * sizeof app->runs[0]);
}

static void race_lose(const struct lane *l)
{
    ready(l);
    app_stop(l->e, l->s);
}

/* What the winner has consumed of the kept bytes is dropped; what it skipped beyond them is owed.
 */
static void settle(struct engine *e, struct session_app *app, struct app_run *run)
{
    for (int dir = 0; dir < 2; dir++) {
        struct app_side *side = &app->side[dir];
        uint64_t at = run->at[dir];

        side->skip = at > side->used ? at - side->used : 0;
        app_side_drop(e, side, at > side->used ? side->used : (size_t)at);
        run->at[dir] = 0;
    }
}

/* The labels of the winner stand behind those that the session has already. */
static void race_name(const struct engine *e, struct session *s, struct app_run *run)
{
    struct session_app *app = s->app;

    if (run->app == APP_QUIC && !e->snapshot->quic_as_tls)
        run->app = APP_QUIC_OTHER;
    if (app->depth >= SESSION_LABELS)
        app->depth = SESSION_LABELS - 1;
    memset(&s->labels[app->depth], 0, SESSION_LABELS - (size_t)app->depth);
    s->labels[app->depth] = s->app_id = run->app;
    for (int i = 0; i < run->inner_count && app->depth + 1 < SESSION_LABELS; i++)
        s->labels[++app->depth] = s->app_id = run->inner[i];
    s->proof = run->proof & 0xfu;
    if (run->product)
        app_product_set(&app->product, (enum product)run->product);
}

void app_race_win(const struct lane *l, struct app_run *run)
{
    struct session *s = l->s;
    struct session_app *app = s->app;

    for (int i = app->run_count - 1; i >= 0; i--)
        if (app->runs[i] != run)
            app_race_remove(l->e, app, i);
    app->decided = true;
    settle(l->e, app, run);
    race_name(l->e, s, run);
    app_tx_emit_done(l->e, l->p, s, run);
    for (int i = 0; i < run->note_count; i++)
        app_note_tell(l->e, l->p, s, &run->notes[i]);
    run->note_count = 0;
    app_buffer_release(l->e, l->p, s, run);
    ready(l);
    engine_learn_port(l->e, s);
}

/* No memory to inspect with: the setting says what becomes of the packet. */
static void starved(const struct lane *l)
{
    if (l->p)
        engine_apply_exception(l->e, l->p, EXCEPTION_APP_BUDGET, REASON_APP_BUDGET);
}

static bool is_running(const struct session_app *app, const struct parser *parser)
{
    for (int i = 0; i < app->run_count; i++)
        if (app->runs[i]->parser == parser)
            return true;
    return false;
}

/* Need the next bytes not be the beginning of anything? True for a stream joined in the middle or
 * with a hole, and for datagrams. */
static bool anywhere(const struct lane *l)
{
    return (l->s->flags & SESSION_MIDSTREAM) || l->s->app->resync || l->s->key.proto != 6;
}

/* Where messages may begin anywhere a candidate begins behind what is kept, else with it. */
static bool race_add(const struct lane *l, const struct parser *parser)
{
    struct session_app *app = l->s->app;
    struct app_run *run = app_run_new(l->e, l->s, parser);

    if (run == NULL) {
        engine_count(l->e, COUNTER_APP_BUDGET);
        starved(l);
        return false;
    }
    for (int dir = 0; dir < 2 && anywhere(l); dir++)
        run->at[dir] = app->side[dir].used;
    app->runs[app->run_count++] = run;
    engine_count(l->e, COUNTER_APP_CANDIDATES);
    return true;
}

/* Candidates enter; those whose port it is come first. */
static void race_enter(const struct lane *l, struct app_set chosen)
{
    struct session_app *app = l->s->app;
    int i;

    for (int hinted = 1; hinted >= 0; hinted--) {
        struct app_set left = chosen;

        while (app->run_count < APP_RACE && (i = app_set_take(&left)) >= 0) {
            const struct parser *parser = l->e->app.parsers[i];

            if (app_is_hinted(parser, l->s) == (bool)hinted && !is_running(app, parser) &&
                !race_add(l, parser))
                return;
        }
    }
}

/* A byte or two fit more than can be tried: wait for the next ones. */
static bool too_many(const struct lane *l, const struct app_set *chosen, struct span first)
{
    unsigned n = 0;

    for (unsigned w = 0; w < APP_PARSERS / 64; w++)
        n += (unsigned)__builtin_popcountll(chosen->word[w]);
    return n > APP_RACE && first.n < RACE_FIRST && !anywhere(l);
}

/* The other direction waits with its first bytes: now they have to do. */
static void race_wait_over(const struct lane *l, enum dir dir)
{
    struct app_side *side = &l->s->app->side[dir];

    if (side->probed || side->used == 0)
        return;
    race_enter(l, app_candidates(&l->e->app, l->s, dir, span_of(side->bytes, side->used)));
    side->probed = true;
    l->s->app->waiting = false;
}

/* The first bytes of a direction choose candidates, or, when the other direction has spoken
 * already, cross out those whose answers do not begin so. Where messages may begin anywhere, every
 * segment may bring new ones. False: the direction waits for more bytes. */
static bool race_probe(const struct lane *l, struct span first)
{
    struct session_app *app = l->s->app;
    bool begins = !app->side[l->dir].probed;

    if (!begins && (!anywhere(l) || app->packets > RACE_TRIES))
        return true;
    race_wait_over(l, 1 - l->dir);
    if (!app->side[1 - l->dir].probed || anywhere(l)) {
        struct app_set chosen = app_candidates(&l->e->app, l->s, l->dir, first);

        if (too_many(l, &chosen, first))
            return false;
        app->side[l->dir].probed = true;
        race_enter(l, chosen);
        return true;
    }
    app->side[l->dir].probed = true;
    for (int i = app->run_count - 1; i >= 0; i--)
        if (!app->runs[i]->matched && !app->runs[i]->parser->probe(l->dir, first))
            app_race_remove(l->e, app, i);
    return true;
}

struct app_run *app_race_best(const struct session_app *app)
{
    struct app_run *best = NULL;

    for (int i = 0; i < app->run_count; i++) {
        hot_assert(app->runs[i] != NULL);
        if (app->runs[i]->matched && (best == NULL || app->runs[i]->proof > best->proof))
            best = app->runs[i];
    }
    return best;
}

/* Calls one candidate on what is new to it. */
static enum parse_result race_call(const struct lane *l, struct app_run *run, struct span whole)
{
    struct outcome out = {.result = PARSE_MORE, .skipped = true};

    while (out.skipped && run->at[l->dir] < whole.n && !(run->dead >> l->dir & 1)) {
        struct span fresh = span_from(whole, (size_t)run->at[l->dir]);

        if (run->need[l->dir] > fresh.n)
            break;
        out = app_run_call(l, run, fresh);
        run->at[l->dir] += out.consumed;
        if (out.result == PARSE_REJECT || out.result == PARSE_DONE || out.consumed == 0)
            break;
    }
    return out.result;
}

/* Calls every candidate. `whole`: all kept bytes and the new ones. Returns the one that said DONE.
 */
static struct app_run *race_round(const struct lane *l, struct span whole)
{
    struct session_app *app = l->s->app;

    for (int i = 0; i < app->run_count; i++) {
        switch (race_call(l, app->runs[i], whole)) {
        case PARSE_REJECT:
            app_race_remove(l->e, app, i--);
            break;
        case PARSE_DONE:
            return app->runs[i];
        case PARSE_MORE:
        case PARSE_MATCH:
            break;
        }
    }
    return NULL;
}

/* ---- judging ---- */

static bool deadline_passed(const struct engine *e, const struct session_app *app)
{
    const struct limits *limits = &e->snapshot->limits;

    return app->side[0].total >= limits->decide_bytes ||
           app->side[1].total >= limits->decide_bytes || app->packets >= limits->decide_packets ||
           e->now_us - app->first_us >= (uint64_t)limits->decide_seconds * 1000000;
}

/* The most that a candidate still waiting may want to see. */
static size_t appetite(const struct session_app *app)
{
    size_t most = 0;

    for (int i = 0; i < app->run_count; i++)
        if (app->runs[i]->parser->max_pending > most)
            most = app->runs[i]->parser->max_pending;
    return most;
}

/* Alone, fair is sure enough. */
static bool is_enough(const struct session_app *app, const struct app_run *run)
{
    return run->proof >= PROOF_STRONG || (run->proof >= PROOF_FAIR && app->run_count == 1);
}

/* Nobody recognises these bytes. Where they need not be the beginning of anything, the next ones
 * get their chance. */
static void nobody_left(const struct lane *l)
{
    struct session_app *app = l->s->app;

    if (!anywhere(l) || app->packets >= RACE_TRIES) {
        race_lose(l);
        return;
    }
    for (int dir = 0; dir < 2; dir++) {
        app_side_free(l->e, &app->side[dir]);
        app->side[dir].probed = false;
    }
}

void app_race_judge(const struct lane *l)
{
    struct session_app *app = l->s->app;
    struct app_run *best = app_race_best(app);

    for (enum dir dir = DIR_CLIENT; dir <= DIR_SERVER && deadline_passed(l->e, app); dir++)
        race_wait_over(l, dir);
    if (app->run_count == 0 && !app->waiting) {
        nobody_left(l);
        return;
    }
    if (best && is_enough(app, best)) {
        app_race_win(l, best);
        return;
    }
    if (!deadline_passed(l->e, app)) {
        session_wake(l->e, l->s,
                     (uint32_t)(app->first_us / 1000000) + l->e->snapshot->limits.decide_seconds +
                         1);
        return;
    }
    if (best && best->proof >= PROOF_FAIR) {
        app_race_win(l, best);
        return;
    }
    ready(l); /* unknown; a late proof still counts */
    app->late = true;
    if (app->side[0].total > appetite(app) || app->side[1].total > appetite(app))
        race_lose(l);
}

/* More of the first bytes are here: who came in on fewer of them may have to go. So the candidates
 * do not depend on how the beginning is cut. */
static void race_probe_again(const struct lane *l, struct span whole, size_t before)
{
    struct session_app *app = l->s->app;

    if (before >= RACE_BEGINNING || anywhere(l))
        return;
    for (int i = app->run_count - 1; i >= 0; i--)
        if (!app->runs[i]->matched && !app->runs[i]->parser->probe(l->dir, whole))
            app_race_remove(l->e, app, i);
}

/* Nobody knows how this session begins: who needs no sign in the bytes may try. */
static bool race_fall_back(const struct lane *l, struct span whole)
{
    struct session_app *app = l->s->app;

    if (app->run_count || app->fallen || app->waiting || anywhere(l) ||
        app->side[1 - l->dir].probed || app->side[1 - l->dir].used)
        return false;
    app->fallen = true;
    race_enter(l, app_fallbacks(&l->e->app, l->s, l->dir, whole));
    return app->run_count > 0;
}

static void count_payload(const struct lane *l, size_t n)
{
    struct session_app *app = l->s->app;
    struct app_side *side = &app->side[l->dir];

    if (app->first_us == 0)
        app->first_us = l->e->now_us;
    side->total = n > UINT32_MAX - side->total ? UINT32_MAX : side->total + (uint32_t)n;
    if (app->packets < UINT16_MAX)
        app->packets++;
}

void app_race_feed(const struct lane *l, struct span bytes)
{
    struct session_app *app = l->s->app;
    struct app_side *side = &app->side[l->dir];
    struct span whole = bytes;
    bool kept = side->used != 0;
    struct app_run *done;

    count_payload(l, bytes.n);
    for (int i = 0; i < app->run_count; i++)
        app_buffer_arrived(l->e, l->p, l->s, app->runs[i], l->dir, bytes);
    if (anywhere(l))
        (void)race_probe(l, bytes);
    if (kept) {
        if (!app_side_append(l->e, side, bytes)) {
            starved(l);
            race_lose(l);
            return;
        }
        whole = span_of(side->bytes, side->used);
        race_probe_again(l, whole, side->used - bytes.n);
    }
    if (!anywhere(l))
        app->waiting = !race_probe(l, side->probed ? bytes : whole);
    done = race_round(l, whole);
    if (race_fall_back(l, whole))
        done = race_round(l, whole);
    if (kept && app->run_count == 0 && anywhere(l)) {
        /* Who began in an earlier segment was wrong: perhaps somebody begins in this one. */
        app_side_free(l->e, side);
        kept = false;
        whole = bytes;
        (void)race_probe(l, bytes);
        done = race_round(l, whole);
    }
    if (!kept && app->run_count == 1 && app->runs[0]->matched &&
        app->runs[0]->at[l->dir] >= whole.n &&
        app->runs[0]->at[1 - l->dir] >= app->side[1 - l->dir].used)
        app->runs[0]->at[l->dir] -= whole.n; /* the usual case: decided at once, nothing to keep */
    else if (!kept && (app->run_count || app->waiting) && !app_side_append(l->e, side, bytes)) {
        starved(l);
        race_lose(l);
        return;
    }
    if (done) {
        app_race_win(l, done);
        app_finished(l, done);
        return;
    }
    app_race_judge(l);
}

void app_race_datagram(const struct lane *l, struct span bytes)
{
    struct session_app *app = l->s->app;
    struct app_run *done;

    count_payload(l, bytes.n);
    (void)race_probe(l, bytes);
    done = race_round(l, bytes);
    for (int i = 0; i < app->run_count; i++)
        app->runs[i]->at[l->dir] = app->runs[i]->need[l->dir] = 0;
    if (done) {
        app_race_win(l, done);
        app_finished(l, done);
        return;
    }
    app_race_judge(l);
}
