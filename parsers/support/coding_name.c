/* SPDX-License-Identifier: Apache-2.0
 *
 * Which coding it is: by name, by the bytes at the beginning, and by both.
 */
#include "support/coding_choice.h"

#include "base/cursor.h"

enum { NAME_MOST = 16, ZLIB_WINDOWS = 0x70, LZMA_PROPERTIES = 225, LZMA_FIXED = 5 };

static const struct magic {
    uint8_t n;
    uint8_t mask; /* of the first byte */
    uint8_t bytes[CODING_MAGIC];
    const struct coding_decoder *decoder;
} magics[] = {
    {3, 0xff, {0x1f, 0x8b, 0x08}, &coding_gzip},
    {4, 0xff, {0x28, 0xb5, 0x2f, 0xfd}, &coding_zstd},
    {4, 0xf0, {0x50, 0x2a, 0x4d, 0x18}, &coding_zstd}, /* a frame to be skipped */
    {6, 0xff, {0xfd, '7', 'z', 'X', 'Z', 0}, &coding_xz},
    {2, 0xff, {0x78, 0x01}, &coding_zlib},
    {2, 0xff, {0x78, 0x5e}, &coding_zlib},
    {2, 0xff, {0x78, 0x9c}, &coding_zlib},
    {2, 0xff, {0x78, 0xda}, &coding_zlib},
    {2, 0xff, {0x1f, 0x9d}, &coding_compress},
    {3, 0xff, {0x5d, 0x00, 0x00}, &coding_lzma},
};

enum { MAGICS = sizeof magics / sizeof *magics };

/* Bytes that one client or another overlooks in a name: control bytes, quotes, a hard space. */
static bool is_blank(uint8_t c)
{
    return c <= ' ' || c >= 0x7f || c == '"' || c == '\'';
}

/* The name, without what is overlooked and what stands behind it. */
static struct span name_of(struct span s, uint8_t name[NAME_MOST])
{
    size_t n = 0, at = 0;

    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '"' || s.p[at] == '\''))
        at++;
    for (; at < s.n && n < NAME_MOST && s.p[at] != ';'; at++) {
        if (n && (s.p[at] == ' ' || s.p[at] == '\t'))
            break;
        if (!is_blank(s.p[at]))
            name[n++] = s.p[at];
    }
    return span_of(name, n);
}

enum coding coding_by_name(struct span token)
{
    static const struct {
        struct span name;
        enum coding coding;
    } names[] = {
        {{(const uint8_t *)"", 0}, CODING_NONE},
        {{(const uint8_t *)"identity", 8}, CODING_NONE},
        {{(const uint8_t *)"gzip", 4}, CODING_GZIP},
        {{(const uint8_t *)"x-gzip", 6}, CODING_GZIP},
        {{(const uint8_t *)"deflate", 7}, CODING_DEFLATE},
        {{(const uint8_t *)"x-deflate", 9}, CODING_DEFLATE},
        {{(const uint8_t *)"br", 2}, CODING_BR},
        {{(const uint8_t *)"zstd", 4}, CODING_ZSTD},
        {{(const uint8_t *)"compress", 8}, CODING_COMPRESS},
        {{(const uint8_t *)"x-compress", 10}, CODING_COMPRESS},
        {{(const uint8_t *)"lzma", 4}, CODING_LZMA},
        {{(const uint8_t *)"xz", 2}, CODING_LZMA},
    };
    uint8_t name[NAME_MOST];
    struct span word = name_of(token, name);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_equal_nocase(word, names[i].name))
            return names[i].coding;
    return CODING_UNKNOWN;
}

static enum coding_match match(const struct magic *m, struct span first)
{
    for (size_t i = 0; i < first.n && i < m->n; i++)
        if ((i == 0 ? first.p[i] & m->mask : first.p[i]) != m->bytes[i])
            return CODING_NO;
    return first.n < m->n ? CODING_MAYBE : CODING_YES;
}

static const struct magic *find(struct span first)
{
    for (size_t i = 0; i < MAGICS; i++)
        if (match(&magics[i], first) == CODING_YES)
            return &magics[i];
    return NULL;
}

enum coding coding_by_magic(struct span first)
{
    const struct magic *m = find(first);

    return m ? m->decoder->coding : CODING_NONE;
}

enum coding_match coding_begins(const struct coding_decoder *decoder, struct span first)
{
    enum coding_match best = CODING_NO;

    for (size_t i = 0; i < MAGICS; i++) {
        enum coding_match here =
            magics[i].decoder == decoder ? match(&magics[i], first) : CODING_NO;

        best = here > best ? here : best;
    }
    return best;
}

bool coding_open(enum coding named, struct span first)
{
    if (first.n >= CODING_MAGIC)
        return false;
    if ((named == CODING_DEFLATE && first.n < 2) || (named == CODING_LZMA && first.n < LZMA_FIXED))
        return true;
    for (size_t i = 0; i < MAGICS; i++)
        if (match(&magics[i], first) == CODING_MAYBE)
            return true;
    return false;
}

/* Any header that RFC 1950 allows, without a dictionary. */
static bool is_zlib(struct span first)
{
    return first.n >= 2 && (first.p[0] & 15) == 8 && first.p[0] <= (ZLIB_WINDOWS | 8) &&
           be16_at(first.p) % 31 == 0 && !(first.p[1] & 32);
}

/* Text does not look like this: its dictionary would be too large. */
static bool is_lzma(struct span first)
{
    return first.n >= LZMA_FIXED && first.p[0] < LZMA_PROPERTIES &&
           le32_at(first.p + 1) <= 1u << CODING_ZSTD_WINDOW_LOG;
}

void coding_choose(enum coding named, struct span first, const struct coding_decoder *tries[2])
{
    const struct magic *m = find(first);

    tries[0] = m ? m->decoder : NULL;
    tries[1] = NULL;
    if (named == CODING_DEFLATE) {
        if (is_zlib(first))
            tries[0] = &coding_zlib;
        tries[tries[0] ? 1 : 0] = &coding_raw_deflate;
    } else if (named == CODING_BR) {
        tries[m && !m->decoder->strong ? 1 : 0] = tries[0];
        tries[m && m->decoder->strong ? 1 : 0] = &coding_br;
    } else if (named == CODING_LZMA && is_lzma(first) && tries[0] != &coding_lzma) {
        tries[tries[0] ? 1 : 0] = &coding_lzma;
    }
}
