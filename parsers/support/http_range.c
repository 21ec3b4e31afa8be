/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_range.h"

/* RFC 9110 section 14.2: "-n" and "n-" end where the whole does. */
struct range {
    uint64_t first, last;
};

static struct span range_number(struct span text, uint64_t *n)
{
    for (*n = 0; text.n && text.p[0] >= '0' && text.p[0] <= '9'; text = span_from(text, 1))
        *n = *n > UINT64_MAX / 16 ? *n : *n * 10 + text.p[0] - '0';
    return text;
}

static bool range_read(struct span text, struct range *r)
{
    struct span rest = range_number(span_trim(text), &r->first);
    bool open = rest.n == span_trim(text).n; /* no number before the hyphen */

    if (!span_starts(rest, SPAN("-")))
        return false;
    if (rest.n == 1)
        r->last = UINT64_MAX;
    else
        range_number(span_from(rest, 1), &r->last);
    if (open) { /* the last so many */
        r->first = UINT64_MAX - r->last;
        r->last = UINT64_MAX;
    }
    return r->first <= r->last;
}

bool http_ranges_are_odd(struct span value)
{
    struct range ranges[HTTP_RANGES_MOST];
    size_t n = 0;

    value = span_from(value, span_index(value, '=') + 1);
    for (size_t comma; value.n; value = span_from(value, comma + 1)) {
        struct range r;

        comma = span_index(value, ',');
        if (!range_read(span_first(value, comma), &r))
            continue;
        for (size_t i = 0; i < n; i++)
            if (r.first <= ranges[i].last && ranges[i].first <= r.last)
                return true;
        if (n == HTTP_RANGES_MOST)
            return true;
        ranges[n++] = r;
    }
    return false;
}
