/* SPDX-License-Identifier: Apache-2.0
 *
 * base64, quoted-printable, uuencode.
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

/* ---- quoted-printable ---- */

enum quoted_at {
    AT_TEXT,
    AT_EQUALS,
    AT_DIGIT,  /* "=X" */
    AT_BLANKS, /* "=" and blanks, which mail on its way may have put there */
    AT_CR,     /* "=" and CR: the LF behind them is of the same line end */
};

enum { BLANKS_MOST = 64 };

/* What was held is text after all. */
static size_t put_held(struct quoted *q, uint8_t *out)
{
    size_t n = 0;

    if (q->at != AT_TEXT && q->at != AT_CR)
        out[n++] = '=';
    if (q->at == AT_DIGIT)
        out[n++] = q->digit;
    for (; q->at == AT_BLANKS && q->blanks; q->blanks--)
        out[n++] = ' ';
    q->at = AT_TEXT;
    return n;
}

static size_t put_text(struct quoted *q, uint8_t c, uint8_t *out)
{
    if (c == '=') {
        *q = (struct quoted){.at = AT_EQUALS};
        return 0;
    }
    out[0] = c;
    return 1;
}

/* Behind "=", or "=" and blanks. True: the byte is taken. */
static bool take_behind(struct quoted *q, uint8_t c)
{
    if (c == '\n') {
        q->at = AT_TEXT;
    } else if (c == '\r') {
        q->at = AT_CR;
    } else if ((c == ' ' || c == '\t') && q->blanks < BLANKS_MOST) {
        q->at = AT_BLANKS;
        q->blanks++;
    } else if (q->at == AT_EQUALS && digit16(c) >= 0) {
        q->at = AT_DIGIT;
        q->digit = c;
    } else {
        return false;
    }
    return true;
}

static size_t take_coded(struct quoted *q, uint8_t c, uint8_t *out)
{
    size_t n;

    if (q->at == AT_CR && c == '\n') {
        q->at = AT_TEXT;
        return 0;
    }
    if (q->at == AT_DIGIT && digit16(c) >= 0) {
        out[0] = (uint8_t)((unsigned)digit16(q->digit) << 4 | (unsigned)digit16(c));
        q->at = AT_TEXT;
        return 1;
    }
    if ((q->at == AT_EQUALS || q->at == AT_BLANKS) && take_behind(q, c))
        return 0;
    n = put_held(q, out);
    return n + put_text(q, c, out + n);
}

size_t quoted_feed(struct quoted *q, struct span piece, uint8_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < piece.n; i++)
        n += q->at == AT_TEXT ? put_text(q, piece.p[i], out + n)
                              : take_coded(q, piece.p[i], out + n);
    return n;
}

/* "=" at the very end is the end of a line that would go on. */
size_t quoted_end(struct quoted *q, uint8_t *out)
{
    if (q->at == AT_EQUALS || q->at == AT_BLANKS)
        q->at = AT_TEXT;
    return put_held(q, out);
}

size_t quoted_decode(struct span line, uint8_t *out)
{
    struct quoted q = {0};
    size_t n = quoted_feed(&q, line, out);

    return n + quoted_end(&q, out + n);
}

/* ---- either ---- */

size_t transfer_feed(struct transfer *t, struct span piece, uint8_t *out)
{
    if (t->as == TRANSFER_BASE64)
        return base64_decode(&t->base64, piece, out);
    if (t->as == TRANSFER_QUOTED)
        return quoted_feed(&t->quoted, piece, out);
    if (piece.n)
        memcpy(out, piece.p, piece.n);
    return piece.n;
}

size_t transfer_end(struct transfer *t, uint8_t *out)
{
    if (t->as == TRANSFER_BASE64)
        return group_end(&t->base64, out);
    return t->as == TRANSFER_QUOTED ? quoted_end(&t->quoted, out) : 0;
}

/* ---- uuencode ---- */

static unsigned uu_digit(struct span line, size_t i)
{
    return i < line.n ? (line.p[i] - 32u) & 63 : 0;
}

size_t uu_decode(struct span line, uint8_t *out)
{
    size_t said, n = 0;

    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    said = uu_digit(line, 0);
    for (size_t i = 1; n < said && i < line.n; i += 4) {
        uint32_t bits = uu_digit(line, i) << 18 | uu_digit(line, i + 1) << 12 |
                        uu_digit(line, i + 2) << 6 | uu_digit(line, i + 3);

        for (int shift = 16; shift >= 0 && n < said && n < line.n; shift -= 8)
            out[n++] = (uint8_t)(bits >> shift);
    }
    return n;
}
