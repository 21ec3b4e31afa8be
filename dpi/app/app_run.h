/* SPDX-License-Identifier: Apache-2.0
 *
 * app_run: one parser on one session: memory, calls, endings. For app_race.c and app_feed.c.
 */
#ifndef APP_APP_RUN_H
#define APP_APP_RUN_H

#include "app/app_layer.h"

/* Where bytes come from: every step of their way needs all of it. */
struct lane {
    struct engine *e;
    struct packet *p; /* may be NULL */
    struct session *s;
    enum dir dir;
};

/* What one call brought. */
struct outcome {
    enum parse_result result;
    bool skipped;      /* parse_skip was called: there may be more behind it */
    uint64_t consumed; /* of the bytes given, and beyond them when the parser skips */
};

struct app_run *app_run_new(struct engine *, const struct session *, const struct parser *);
void app_run_free(struct engine *, struct app_run *);
struct outcome app_run_call(const struct lane *, struct app_run *, struct span);

/* Tells it of lost bytes; only for parsers that have a gap function. */
void app_run_gap(const struct lane *, struct app_run *, uint64_t missing);

/* Calls one of its functions that are not about bytes: tick, close. */
void app_run_tell(const struct lane *, struct app_run *, void (*)(struct parse *));

bool app_side_append(struct engine *, struct app_side *, struct span);
void app_side_drop(struct engine *, struct app_side *, size_t n);
void app_side_free(struct engine *, struct app_side *);

/* Nobody reads this session's bytes any more. Names and the host stay. */
void app_stop(struct engine *, struct session *);
/* The parser is content: nothing more to learn, or something else begins. */
void app_finished(const struct lane *, struct app_run *);

/* No race: the parser has the session, under this name. */
void app_succeed(const struct lane *, const struct parser *, enum app name);
void app_block_free(struct engine *, struct app_block *);

/* Undecided sessions. */
void app_race_feed(const struct lane *, struct span);
void app_race_datagram(const struct lane *, struct span);
/* Has somebody won, is nobody left, is it too late? */
void app_race_judge(const struct lane *);
void app_race_win(const struct lane *, struct app_run *);
/* The surest that has matched, or NULL. */
struct app_run *app_race_best(const struct session_app *);
void app_race_remove(struct engine *, struct session_app *, int i);

#endif
