/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include "base/log.h"
#include "capture/pcapfile.h"
#include "parser/parser.h"
#include "report/progress.h"

#include <string.h>
#include <time.h>

enum { CLOCK_EVERY = 256 }; /* batches between two looks at the clock */

struct replay {
    const struct replay_setup *setup;
    struct engine *engine;
    struct pcapfile *file;
    struct progress progress;
    struct tally tally; /* of the present capture */
    size_t input;
    uint64_t bytes_done; /* of the captures before it */
    uint64_t now_us;     /* capture time of the last frame */
    struct frame frames[ENGINE_BATCH];
};

static uint64_t clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void on_event(void *arg, const struct event *event)
{
    struct replay *r = arg;

    tally_event(&r->tally, event);
    if (r->setup->json != NULL)
        encode_json_event(r->setup->json, event);
}

static bool forwards(enum verdict verdict)
{
    return verdict == VERDICT_PASS || verdict == VERDICT_BYPASS;
}

static void count_verdict(struct replay *r, enum verdict verdict)
{
    if (forwards(verdict))
        r->tally.forwarded++;
    else if (verdict != VERDICT_HOLD)
        r->tally.dropped++;
}

static void on_release(void *arg, uint64_t token, enum verdict verdict, enum reason reason)
{
    struct replay *r = arg;

    (void)reason;
    count_verdict(r, verdict);
    if (r->setup->write != NULL)
        pcapwrite_release(r->setup->write, token, verdict);
}

static void on_inject(void *arg, const uint8_t *bytes, size_t n, uint16_t device,
                      enum link_type link)
{
    struct replay *r = arg;

    (void)device;
    if (r->setup->write != NULL)
        pcapwrite_inject(r->setup->write, bytes, n, link, r->now_us);
}

static bool on_trace_wants(void *arg, const struct packet *packet)
{
    const struct replay *r = arg;

    return trace_wants(r->setup->trace, packet);
}

static void on_trace(void *arg, const struct packet *packet, const char *stage, const char *text)
{
    const struct replay *r = arg;

    trace_line(r->setup->trace, packet, stage, text);
}

static struct engine *engine_make(struct replay *r, struct err *err)
{
    const struct replay_setup *s = r->setup;
    struct engine_config config = {
        .prefault = true,
        .mode = s->mode,
        .parsers = parser_registry,
        .snapshot = s->snapshot,
        .ops = {.arg = r, .emit = on_event, .wants_tx = s->json != NULL},
    };

    if (s->trace != NULL) {
        config.ops.trace = on_trace;
        config.ops.trace_wants = on_trace_wants;
    }
    if (s->mode == ENGINE_INLINE) {
        config.ops.release = on_release;
        config.ops.inject = on_inject;
    }
    return engine_new(&config, err);
}

/* What comes out of an inline engine keeps its order only if it is told one frame at a time. */
static size_t batch_size(const struct replay *r)
{
    return r->setup->write != NULL ? 1 : ENGINE_BATCH;
}

static void batch_decided(struct replay *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        count_verdict(r, r->frames[i].verdict);
        if (r->setup->write != NULL)
            pcapwrite_frame(r->setup->write, &r->frames[i]);
    }
}

/* Frames until the file ends, or somebody wants us to stop. */
static void replay_frames(struct replay *r)
{
    size_t batch = batch_size(r), n;

    for (size_t turn = 1; !*r->setup->stop; turn++) {
        n = pcapfile_read(r->file, r->frames, batch);
        if (n == 0)
            return;
        r->now_us = r->frames[n - 1].time_us;
        engine_input(r->engine, r->frames, n);
        if (r->setup->mode == ENGINE_INLINE)
            batch_decided(r, n);
        if (turn % CLOCK_EVERY == 0)
            progress_show(&r->progress, r->input + 1, r->bytes_done + pcapfile_offset(r->file),
                          clock_us());
        /* A short batch: the next read may have to wait for a pipe. */
        if (n < batch && r->setup->json != NULL)
            encode_json_flush(r->setup->json);
    }
}

static void input_begin(struct replay *r, const char *path)
{
    r->tally = (struct tally){0};
    if (r->setup->json != NULL)
        encode_json_input(r->setup->json, path);
    if (r->setup->trace != NULL)
        trace_input(r->setup->trace, path);
}

static void input_end(struct replay *r, const char *path, struct replay_result *result)
{
    if (r->setup->write != NULL)
        pcapwrite_forget(r->setup->write);
    progress_clear(&r->progress);
    if (r->setup->table != NULL)
        table_row(r->setup->table, path, &r->tally);
    tally_add(&result->total, &r->tally);
    result->done++;
}

static void input_refused(struct replay *r, const char *path, const struct err *why,
                          struct replay_result *result)
{
    progress_clear(&r->progress);
    log_error("%s: %s", path, why->text);
    result->damaged++;
}

static void replay_input(struct replay *r, const char *path, struct replay_result *result)
{
    static const struct err no_frames = {.text = "holds no packets: record it again"};
    struct counters before = *engine_counters(r->engine);
    uint64_t begin = clock_us();
    const struct err *damage;
    struct err err;

    if (!pcapfile_open(r->file, path, &err))
        return input_refused(r, path, &err, result);
    input_begin(r, path);
    replay_frames(r);
    engine_flush(r->engine);
    tally_counters(&r->tally, &before, engine_counters(r->engine));
    r->tally.seconds = (double)(clock_us() - begin) / 1e6;
    if (!*r->setup->stop) {
        damage = pcapfile_damage(r->file);
        if (damage == NULL && r->tally.packets == 0)
            damage = &no_frames;
        if (damage != NULL)
            input_refused(r, path, damage, result);
    }
    input_end(r, path, result);
}

bool replay_run(const struct replay_setup *setup, struct replay_result *result, struct err *err)
{
    const struct inputs *inputs = setup->inputs;
    struct replay r = {.setup = setup};
    uint64_t begin = clock_us();

    *result = (struct replay_result){0};
    r.file = pcapfile_new();
    r.engine = engine_make(&r, err);
    if (r.file == NULL || r.engine == NULL) {
        if (r.file == NULL)
            err_set(err, NULL, "no memory");
        engine_free(r.engine);
        pcapfile_free(r.file);
        return false;
    }
    progress_init(&r.progress, inputs->count, inputs->size, begin);
    for (r.input = 0; r.input < inputs->count && !*setup->stop; r.input++) {
        replay_input(&r, inputs->list[r.input].path, result);
        r.bytes_done += inputs->list[r.input].size;
    }
    progress_clear(&r.progress);
    if (setup->json != NULL)
        encode_json_stats(setup->json, &(struct stats_line){
                                           .counters = engine_counters(r.engine),
                                           .time_us = result->total.last_us,
                                           .uptime_s = (clock_us() - begin) / 1000000,
                                       });
    engine_free(r.engine);
    pcapfile_free(r.file);
    return true;
}
