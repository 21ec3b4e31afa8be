/* SPDX-License-Identifier: Apache-2.0
 *
 * metric_lines: metrics that are lines of text, in datagrams or in a stream, and never answered
 * (Graphite, StatsD). Nothing announces them, so every line must be right to its end.
 */
#ifndef SUPPORT_METRIC_LINES_H
#define SUPPORT_METRIC_LINES_H

#include "parser/parser.h"

enum { METRIC_LINE_MOST = 4096, METRIC_NUMBER_MOST = 40 };

/* The first member of a parser's state. */
struct metric_lines {
    uint8_t lines; /* saturates */
    bool matched;
    bool lost;
};

struct metric_kind {
    /* OK: a whole line. SHORT: the beginning of one. BAD: neither. */
    enum cur_state (*check)(const struct parse *, struct span line);
    /* Of a line that was checked. */
    void (*tell)(struct parse *, struct span line);
};

/* One line proves fairly, two strongly. */
enum parse_result metric_walk(struct parse *, struct cursor *, const struct metric_kind *);
void metric_gap(struct parse *, uint64_t missing);

/* The bytes up to the first one that is none of these. */
static inline struct span metric_take(struct cursor *in, bool (*is)(uint8_t))
{
    struct span look = cur_look(in);
    size_t n = 0;

    while (n < look.n && is(look.p[n]))
        n++;
    return cur_span(in, n);
}

static inline bool metric_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool metric_letter(uint8_t byte)
{
    byte |= 0x20;
    return byte >= 'a' && byte <= 'z';
}

/* What numbers are written with. */
bool metric_number_byte(uint8_t byte);
/* -1.5e+3 */
bool metric_number(struct span text);

#endif
