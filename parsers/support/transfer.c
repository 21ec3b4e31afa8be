/* SPDX-License-Identifier: Apache-2.0
 *
 * base64 and quoted-printable.
 */
#include "support/transfer.h"

/* The value of a digit, or -1. */
static int digit64(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* An unfinished group: 2 digits are one byte, 3 are two. */
static size_t group_end(struct base64 *b, uint8_t *out)
{
    size_t n = b->count > 1 ? b->count - 1u : 0;

    if (n)
        out[0] = (uint8_t)(b->count == 2 ? b->bits >> 4 : b->bits >> 10);
    if (n > 1)
        out[1] = (uint8_t)(b->bits >> 2);
    b->bits = b->count = 0;
    return n;
}

size_t base64_decode(struct base64 *b, struct span digits, uint8_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < digits.n; i++) {
        int value = digit64(digits.p[i]);

        if (digits.p[i] == '=')
            n += group_end(b, out + n);
        if (value < 0)
            continue;
        b->bits = b->bits << 6 | (uint32_t)value;
        if (++b->count < 4)
            continue;
        out[n++] = (uint8_t)(b->bits >> 16);
        out[n++] = (uint8_t)(b->bits >> 8);
        out[n++] = (uint8_t)b->bits;
        b->bits = b->count = 0;
    }
    return n;
}

bool base64_is(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (digit64(text.p[i]) < 0 && text.p[i] != '=')
            return false;
    return true;
}

static int digit16(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = span_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "=" at the end of a line: the line goes on. */
static bool is_soft(struct span rest)
{
    return rest.n == 0 || rest.p[0] == '\n' || (rest.n > 1 && rest.p[0] == '\r');
}

size_t quoted_decode(struct span line, uint8_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < line.n; i++) {
        struct span rest = span_from(line, i + 1);

        if (line.p[i] != '=') {
            out[n++] = line.p[i];
            continue;
        }
        if (is_soft(rest))
            break;
        if (rest.n > 1 && digit16(rest.p[0]) >= 0 && digit16(rest.p[1]) >= 0) {
            out[n++] = (uint8_t)(digit16(rest.p[0]) << 4 | digit16(rest.p[1]));
            i += 2;
        } else {
            out[n++] = '=';
        }
    }
    return n;
}
