/* SPDX-License-Identifier: Apache-2.0
 *
 * Slow requests. A timer runs only while one is under way: most arrive at once.
 */
#include "support/http_machine.h"

enum {
    LOOK = 2,          /* seconds between two looks */
    HEAD_SECONDS = 10, /* for the head of a request */
    HEAD_GRACE = 2,    /* from then on it has to come at */
    RATE = 500,        /* bytes a second, as a body has to after */
    BODY_GRACE = 20,
    BODY_SECONDS = 30, /* to the first byte of a body */
};

static bool in_head(const struct http_side *s)
{
    return s->step == AT_START || s->step == AT_HEADER || s->step == AT_LINE_TAIL;
}

static bool in_body(const struct http_side *s)
{
    return s->step >= AT_BODY && s->step <= AT_TRAILER;
}

void http_watch(struct parse *p, struct http_side *s, size_t left)
{
    s->held = (uint32_t)left;
    if (!in_body(s) && (!in_head(s) || (s->step == AT_START && left == 0))) {
        s->began = 0;
        return;
    }
    if (s->began == 0) {
        s->began = p->time_us;
        s->head_read = 0;
        parse_wake(p, LOOK);
    }
    if (in_body(s) && s->head_read == 0)
        s->head_read = p->time_us;
}

static uint64_t seconds_since(const struct parse *p, uint64_t then)
{
    return p->time_us > then ? (p->time_us - then) / 1000000 : 0;
}

/* Has no request the right to be so slow? */
static bool head_slow(const struct parse *p, const struct http_side *s)
{
    uint64_t seconds = seconds_since(p, s->began), bytes = (uint64_t)s->block + s->held;

    return seconds >= HEAD_SECONDS || (seconds > HEAD_GRACE && bytes < seconds * RATE);
}

static bool body_slow(const struct parse *p, const struct http_side *s)
{
    uint64_t seconds = seconds_since(p, s->head_read);
    uint64_t waits = s->left + parse_skipping(p, DIR_CLIENT);
    uint64_t bytes = s->body > waits ? s->body - waits : 0;

    if (bytes == 0)
        return seconds >= BODY_SECONDS;
    return seconds >= BODY_GRACE && bytes < seconds * RATE;
}

void http_watch_tick(struct parse *p, struct http_side *s)
{
    if (s->began == 0)
        return;
    if (s->head_read ? body_slow(p, s) : head_slow(p, s)) {
        http_note(p, s, s->head_read ? NOTE_SLOW_BODY : NOTE_SLOW_HEAD);
        s->began = 0; /* it has been told */
        return;
    }
    parse_wake(p, LOOK);
}
