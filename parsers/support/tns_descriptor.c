/* SPDX-License-Identifier: Apache-2.0
 *
 * tns_descriptor: see tns_descriptor.h.
 */
#include "support/tns_descriptor.h"

enum { FIRST_LOOK = 256 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0;
}

static void blanks_skip(struct cursor *c)
{
    while (cur_left(c) && is_blank(cur_peek(c)))
        cur_skip(c, 1);
}

/* Up to one of the two, which stays. */
static struct span word_read(struct cursor *c, uint8_t one, uint8_t other)
{
    struct span look = cur_look(c);
    size_t n = 0;

    while (n < look.n && look.p[n] != one && look.p[n] != other)
        n++;
    cur_skip(c, n);
    look = span_first(look, n);
    while (look.n && is_blank(look.p[look.n - 1]))
        look.n--;
    return look;
}

struct tns_descriptor tns_descriptor_open(struct span text)
{
    return (struct tns_descriptor){.at = cur_of(text), .depth = 0};
}

static struct span value_read(struct cursor *c)
{
    struct span look = cur_look(c);
    size_t n;

    if (cur_peek(c) != '"')
        return word_read(c, ')', '(');
    look = span_from(look, 1);
    n = span_index(look, '"');
    cur_skip(c, n + 1 + (n < look.n));
    return span_first(look, n);
}

static void deeper(struct tns_descriptor *d)
{
    if (d->depth < TNS_DEPTH)
        d->around[d->depth] = d->name;
    d->depth++;
}

bool tns_descriptor_next(struct tns_descriptor *d)
{
    while (cur_left(&d->at)) {
        uint8_t c = cur_u8(&d->at);

        if (c == ')' && d->depth)
            d->depth--;
        if (c != '(')
            continue;
        blanks_skip(&d->at);
        d->name = word_read(&d->at, '=', '(');
        cur_skip(&d->at, cur_peek(&d->at) == '=');
        blanks_skip(&d->at);
        if (cur_peek(&d->at) == '(') {
            deeper(d);
            continue;
        }
        d->value = value_read(&d->at);
        blanks_skip(&d->at);
        cur_skip(&d->at, cur_peek(&d->at) == ')');
        return true;
    }
    return false;
}

bool tns_descriptor_is(const struct tns_descriptor *d, const char *around, const char *name)
{
    struct span outer = {NULL, 0};

    if (d->depth)
        outer = d->around[d->depth > TNS_DEPTH ? TNS_DEPTH - 1 : d->depth - 1];
    return span_equal_nocase(d->name, span_text(name)) &&
           (around == NULL || span_equal_nocase(outer, span_text(around)));
}

bool tns_descriptor_test(struct span text)
{
    struct span look = span_first(text, FIRST_LOOK);

    if (look.n == 0 || look.p[0] != '(')
        return false;
    for (; look.n; look = span_from(look, 1))
        if (span_starts_nocase(look, SPAN("DESCRIPTION")) ||
            span_starts_nocase(look, SPAN("CONNECT_DATA")))
            return true;
    return false;
}
