/* SPDX-License-Identifier: Apache-2.0
 *
 * span: a borrowed run of bytes. Owner and lifetime are those of what it points into.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *p;
    size_t n;
};

static inline struct span span_of(const void *p, size_t n)
{
    return (struct span){.p = p, .n = n};
}

/* A string literal (or array) without its terminating NUL. */
#define SPAN(literal) span_of((literal), sizeof(literal) - 1)

static inline struct span span_text(const char *text)
{
    return span_of(text, strlen(text));
}

static inline struct span span_first(struct span s, size_t n)
{
    return span_of(s.p, s.n < n ? s.n : n);
}

static inline struct span span_from(struct span s, size_t skip)
{
    return skip >= s.n ? span_of(s.p, 0) : span_of(s.p + skip, s.n - skip);
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_starts(struct span s, struct span prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline uint8_t span_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* ASCII letters compare without case. */
static inline bool span_equal_nocase(struct span a, struct span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (span_lower(a.p[i]) != span_lower(b.p[i]))
            return false;
    return true;
}

static inline bool span_starts_nocase(struct span s, struct span prefix)
{
    return s.n >= prefix.n && span_equal_nocase(span_first(s, prefix.n), prefix);
}

/* Index of the first BYTE, or s.n. */
static inline size_t span_index(struct span s, uint8_t byte)
{
    const uint8_t *hit = s.n ? memchr(s.p, byte, s.n) : NULL;

    return hit ? (size_t)(hit - s.p) : s.n;
}

/* Without leading and trailing SP and HTAB. */
static inline struct span span_trim(struct span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = span_from(s, 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Every byte is printable ASCII (0x20..0x7e). True for the empty span. */
static inline bool span_printable(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e)
            return false;
    return true;
}

#endif
