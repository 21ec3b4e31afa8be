/* SPDX-License-Identifier: Apache-2.0
 *
 * encode_json: events as JSON lines in the EVE format; what that format has no place for goes
 * under one object, "sluice". One owner thread; writes its file when the buffer is full.
 */
#ifndef REPORT_ENCODE_JSON_H
#define REPORT_ENCODE_JSON_H

#include "base/err.h"
#include "capture/capture.h"
#include "engine/counter.h"
#include "engine/event.h"

struct encode_json;

/* "-" is standard output. NULL and err: the file cannot be made. */
struct encode_json *encode_json_new(const char *path, struct err *);
/* Each line goes to `sink` as soon as it is made, with its newline, borrowed; no file is written.
 * NULL and err: no memory. */
typedef void encode_sink(void *arg, struct span line);
struct encode_json *encode_json_new_sink(encode_sink *, void *arg, struct err *err);
void encode_json_free(struct encode_json *);

/* Which capture the next events come from; borrowed until the next call. */
void encode_json_input(struct encode_json *, const char *path);

void encode_json_event(struct encode_json *, const struct event *);
struct stats_line {
    const struct counters *counters;
    const struct capture_counts *frames; /* NULL: of files there are none */
    uint64_t time_us, uptime_s;
};

/* All counters. */
void encode_json_stats(struct encode_json *, const struct stats_line *);

/* A line of a packet's story. */
void encode_json_trace(struct encode_json *, const struct packet *, const char *stage,
                       const char *text);

/* Writes what waits in the buffer. */
void encode_json_flush(struct encode_json *);
/* Flushes. False and err: not everything could be written. */
bool encode_json_finish(struct encode_json *, struct err *);

#endif
