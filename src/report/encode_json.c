/* SPDX-License-Identifier: Apache-2.0
 *
 * The file that events go to, and the counters.
 */
#include "report/encode_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 16 };

struct encode_json *encode_json_new(const char *path, struct err *err)
{
    struct encode_json *e = calloc(1, sizeof *e);

    if (e == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    e->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
                                   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (e->fd < 0) {
        err_set(err, NULL, "cannot be written (%s): check the path and its permissions",
                strerror(errno));
        encode_json_free(e);
        return NULL;
    }
    return e;
}

struct encode_json *encode_json_new_sink(encode_sink *sink, void *arg, struct err *err)
{
    struct encode_json *e = calloc(1, sizeof *e);

    if (e == NULL)
        err_set(err, NULL, "no memory");
    else
        *e = (struct encode_json){.fd = -1, .sink = sink, .sink_arg = arg};
    return e;
}

void encode_json_free(struct encode_json *e)
{
    if (e == NULL)
        return;
    if (e->fd > STDERR_FILENO)
        close(e->fd);
    json_out_fini(&e->out);
    tx_tree_fini(&e->tree);
    free(e);
}

void encode_json_input(struct encode_json *e, const char *path)
{
    e->input = path;
}

void encode_json_flush(struct encode_json *e)
{
    size_t done = 0;

    if (e->sink != NULL && e->out.used > 0)
        e->sink(e->sink_arg, span_of(e->out.text, e->out.used));
    while (e->sink == NULL && done < e->out.used && e->error == 0) {
        ssize_t n = write(e->fd, e->out.text + done, e->out.used - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            e->error = errno;
    }
    e->out.used = 0;
}

bool encode_json_finish(struct encode_json *e, struct err *err)
{
    encode_json_flush(e);
    if (e->error != 0)
        return err_set(err, NULL, "could not be written as a whole (%s): make room and run again",
                       strerror(e->error));
    if (e->lost > 0)
        return err_set(err, NULL, "%llu events are missing for lack of memory",
                       (unsigned long long)e->lost);
    return true;
}

void encode_line_end(struct encode_json *e)
{
    if (!json_line_end(&e->out))
        e->lost++;
    if (e->out.used >= FLUSH_AT || e->sink != NULL)
        encode_json_flush(e);
}

void encode_json_event(struct encode_json *e, const struct event *ev)
{
    switch (ev->type) {
    case EVENT_FLOW:
        return encode_flow(e, ev);
    case EVENT_TX:
        return encode_tx(e, ev);
    case EVENT_THREAT:
        if (ev->threat.threat == THREAT_NONE)
            return encode_note(e, ev);
        return encode_alert(e, ev);
    }
}

static struct span counter_group(enum counter c)
{
    struct span key = span_text(counter_key(c));

    return span_first(key, span_index(key, '.'));
}

static bool counter_group_seen(enum counter c)
{
    for (enum counter before = 0; before < c; before++)
        if (span_equal(counter_group(before), counter_group(c)))
            return true;
    return false;
}

static void put_counter_group(struct json_out *out, const struct counters *counters,
                              enum counter first)
{
    struct span group = counter_group(first);

    json_key(out, group);
    json_open(out, '{');
    for (enum counter c = first; c < COUNTER_COUNT; c++) {
        if (!span_equal(counter_group(c), group))
            continue;
        json_key(out, span_from(span_text(counter_key(c)), group.n + 1));
        json_uint(out, counters->value[c]);
    }
    json_close(out, '}');
}

void encode_json_trace(struct encode_json *e, const struct packet *p, const char *stage,
                       const char *text)
{
    struct event ev = {.type = EVENT_THREAT, .time_us = p->frame->time_us, .packet = p};

    encode_head(e, &ev, "trace");
    json_put_object(&e->out, "sluice");
    json_put_string(&e->out, "stage", stage);
    json_put_string(&e->out, "text", text);
    json_close(&e->out, '}');
    encode_line_end(e);
}

/* The names that Suricata has for the first two. */
static void put_frames(struct json_out *out, const struct capture_counts *frames)
{
    json_put_object(out, "capture");
    json_put_uint(out, "kernel_packets", frames->received);
    json_put_uint(out, "kernel_drops", frames->lost);
    json_put_uint(out, "sent", frames->sent);
    json_put_uint(out, "not_sent", frames->not_sent);
    json_close(out, '}');
}

void encode_json_stats(struct encode_json *e, const struct stats_line *line)
{
    struct json_out *out = &e->out;

    json_line_begin(out);
    json_put_time(out, "timestamp", line->time_us);
    json_put_string(out, "event_type", "stats");
    json_put_object(out, "stats");
    json_put_uint(out, "uptime", line->uptime_s);
    if (line->frames != NULL)
        put_frames(out, line->frames);
    for (enum counter c = 0; c < COUNTER_COUNT; c++)
        if (!counter_group_seen(c))
            put_counter_group(out, line->counters, c);
    json_close(out, '}');
    encode_line_end(e);
}
