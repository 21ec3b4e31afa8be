/* SPDX-License-Identifier: Apache-2.0 */
#include "support/charset.h"

#include "support/utf8.h"

enum { OUT = 1024 };

/* ---- names ---- */

static const struct {
    const char *name;
    enum charset is;
} names[] = {
    {"utf-16", CHARSET_UTF16},
    {"utf16", CHARSET_UTF16},
    {"ucs-2", CHARSET_UTF16},
    {"iso-10646-ucs-2", CHARSET_UTF16},
    {"unicode", CHARSET_UTF16},
    {"csunicode", CHARSET_UTF16},
    {"utf-16le", CHARSET_UTF16_LE},
    {"utf16le", CHARSET_UTF16_LE},
    {"utf-16be", CHARSET_UTF16_BE},
    {"utf16be", CHARSET_UTF16_BE},
    {"unicodefffe", CHARSET_UTF16_BE},
    {"unicodefeff", CHARSET_UTF16_LE},
    {"utf-32", CHARSET_UTF32},
    {"utf32", CHARSET_UTF32},
    {"ucs-4", CHARSET_UTF32},
    {"iso-10646-ucs-4", CHARSET_UTF32},
    {"utf-32le", CHARSET_UTF32_LE},
    {"utf-32be", CHARSET_UTF32_BE},
    {"utf-7", CHARSET_UTF7},
    {"utf7", CHARSET_UTF7},
    {"unicode-1-1-utf-7", CHARSET_UTF7},
    {"csunicode11utf7", CHARSET_UTF7},
    {"ibm037", CHARSET_EBCDIC},
    {"cp037", CHARSET_EBCDIC},
    {"ibm-037", CHARSET_EBCDIC},
    {"ebcdic-cp-us", CHARSET_EBCDIC},
    {"ebcdic-cp-ca", CHARSET_EBCDIC},
    {"csibm037", CHARSET_EBCDIC},
    {"ibm500", CHARSET_EBCDIC},
    {"cp500", CHARSET_EBCDIC},
    {"ibm1047", CHARSET_EBCDIC},
    {"cp1047", CHARSET_EBCDIC},
    {"ibm-1047", CHARSET_EBCDIC},
    {"ibm01140", CHARSET_EBCDIC},
    {"cp01140", CHARSET_EBCDIC},
    {"cp1140", CHARSET_EBCDIC},
};

/* Beginnings of names of sets in which ASCII stands as itself. */
static const char *const plain[] = {
    "utf-8",          "utf8",      "us-ascii", "ascii",        "ansi",   "iso-8859",
    "iso8859",        "iso_8859",  "latin",    "l1",           "l2",     "windows-",
    "cp12",           "cp8",       "ibm8",     "cp9",          "gb",     "x-gbk",
    "big5",           "hz-gb",     "euc-",     "x-euc",        "shift",  "sjis",
    "x-sjis",         "ms932",     "ms_kanji", "iso-2022",     "ks_c",   "koi8",
    "tis-",           "macintosh", "x-mac",    "mac",          "viscii", "binary",
    "x-user-defined", "identity",  "none",     "unknown-8bit",
};

bool charset_by_name(struct span name, enum charset *is)
{
    name = span_trim(name);
    while (name.n && (name.p[0] == '"' || name.p[0] == '\''))
        name = span_trim(span_from(name, 1));
    while (name.n &&
           (name.p[name.n - 1] == '"' || name.p[name.n - 1] == '\'' || name.p[name.n - 1] <= ' '))
        name.n--;
    *is = CHARSET_AS_IS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_equal_nocase(name, span_text(names[i].name))) {
            *is = names[i].is;
            return true;
        }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (span_starts_nocase(name, span_text(plain[i])))
            return true;
    return name.n == 0;
}

/* ---- what comes out ---- */

struct writer {
    uint8_t out[OUT];
    size_t n;
    out_fn *to;
    void *arg;
};

static void flush(struct writer *w)
{
    if (w->n)
        w->to(w->arg, span_of(w->out, w->n));
    w->n = 0;
}

static void put(struct writer *w, uint32_t c)
{
    if (w->n > OUT - UTF8_ROOM)
        flush(w);
    w->n += utf8_put(w->out + w->n, c > UTF8_LAST ? (uint32_t)UTF8_REPLACEMENT : c);
}

static void half_over(struct charset_reader *r, struct writer *w)
{
    if (r->high)
        put(w, UTF8_REPLACEMENT);
    r->high = 0;
}

static void put_unit(struct charset_reader *r, struct writer *w, uint32_t unit)
{
    if (utf16_is_low(unit) && r->high) {
        put(w, utf16_pair(r->high, unit));
        r->high = 0;
        return;
    }
    half_over(r, w);
    if (utf16_is_high(unit))
        r->high = unit;
    else
        put(w, utf16_is_low(unit) ? (uint32_t)UTF8_REPLACEMENT : unit);
}

/* ---- UTF-7 ---- */

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void shifted(struct charset_reader *r, struct writer *w, uint8_t c)
{
    int value = base64_value(c);

    if (value < 0) {
        half_over(r, w);
        if (c != '-')
            put(w, c);
        else if (r->bits_n == 0 && r->bits == 1) /* nothing between: the sign itself */
            put(w, '+');
        r->shifted = false;
        return;
    }
    r->bits = (r->bits_n ? r->bits : 0) << 6 | (uint32_t)value;
    r->bits_n = (uint8_t)(r->bits_n + 6);
    if (r->bits_n >= 16) {
        r->bits_n = (uint8_t)(r->bits_n - 16);
        put_unit(r, w, r->bits >> r->bits_n & 0xffff);
        r->bits &= (1u << r->bits_n) - 1;
    }
}

static void utf7(struct charset_reader *r, struct writer *w, uint8_t c)
{
    if (r->shifted) {
        shifted(r, w, c);
    } else if (c == '+') {
        r->shifted = true;
        r->bits_n = 0;
        r->bits = 1; /* no digit yet */
    } else {
        put(w, c);
    }
}

/* ---- EBCDIC ---- */

/* IBM037 as ISO 8859-1, by rows of sixteen. */
static const uint8_t ebcdic[256] =
    "\x00\x01\x02\x03\x9c\x09\x86\x7f\x97\x8d\x8e\x0b\x0c\x0d\x0e\x0f"
    "\x10\x11\x12\x13\x9d\x0a\x08\x87\x18\x19\x92\x8f\x1c\x1d\x1e\x1f"
    "\x80\x81\x82\x83\x84\x0a\x17\x1b\x88\x89\x8a\x8b\x8c\x05\x06\x07"
    "\x90\x91\x16\x93\x94\x95\x96\x04\x98\x99\x9a\x9b\x14\x15\x9e\x1a"
    "\x20\xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xa2\x2e\x3c\x28\x2b\x7c"
    "\x26\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\x21\x24\x2a\x29\x3b\xac"
    "\x2d\x2f\xc2\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6\x2c\x25\x5f\x3e\x3f"
    "\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\x60\x3a\x23\x40\x27\x3d\x22"
    "\xd8\x61\x62\x63\x64\x65\x66\x67\x68\x69\xab\xbb\xf0\xfd\xfe\xb1"
    "\xb0\x6a\x6b\x6c\x6d\x6e\x6f\x70\x71\x72\xaa\xba\xe6\xb8\xc6\xa4"
    "\xb5\x7e\x73\x74\x75\x76\x77\x78\x79\x7a\xa1\xbf\xd0\xdd\xde\xae"
    "\x5e\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\x5b\x5d\xaf\xa8\xb4\xd7"
    "\x7b\x41\x42\x43\x44\x45\x46\x47\x48\x49\xad\xf4\xf6\xf2\xf3\xf5"
    "\x7d\x4a\x4b\x4c\x4d\x4e\x4f\x50\x51\x52\xb9\xfb\xfc\xf9\xfa\xff"
    "\x5c\xf7\x53\x54\x55\x56\x57\x58\x59\x5a\xb2\xd4\xd6\xd2\xd3\xd5"
    "\x30\x31\x32\x33\x34\x35\x36\x37\x38\x39\xb3\xdb\xdc\xd9\xda\x9f";

/* ---- reading ---- */

static size_t unit_size(enum charset is)
{
    return is >= CHARSET_UTF32 && is <= CHARSET_UTF32_BE   ? 4
           : is >= CHARSET_UTF16 && is <= CHARSET_UTF16_BE ? 2
                                                           : 1;
}

static void put_bytes(struct charset_reader *r, struct writer *w, const uint8_t *p)
{
    switch ((enum charset)r->is) {
    case CHARSET_UTF16:
    case CHARSET_UTF16_LE:
        put_unit(r, w, (uint32_t)(p[0] | p[1] << 8));
        break;
    case CHARSET_UTF16_BE:
        put_unit(r, w, (uint32_t)(p[0] << 8 | p[1]));
        break;
    case CHARSET_UTF32:
    case CHARSET_UTF32_LE:
        put(w, p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        break;
    case CHARSET_UTF32_BE:
        put(w, (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
        break;
    case CHARSET_UTF7:
        utf7(r, w, p[0]);
        break;
    case CHARSET_EBCDIC:
        put(w, ebcdic[p[0]]);
        break;
    case CHARSET_AS_IS:
        break;
    }
}

static void read(struct charset_reader *r, struct writer *w, struct span piece)
{
    size_t size = unit_size((enum charset)r->is);

    while (r->held_n && piece.n) {
        r->held[r->held_n++] = piece.p[0];
        piece = span_from(piece, 1);
        if (r->held_n == size) {
            put_bytes(r, w, r->held);
            r->held_n = 0;
        }
    }
    for (; piece.n >= size; piece = span_from(piece, size))
        put_bytes(r, w, piece.p);
    for (; piece.n; piece = span_from(piece, 1))
        r->held[r->held_n++] = piece.p[0];
}

/* ---- which it is ---- */

static const struct {
    uint8_t bytes[4];
    uint8_t n;
    enum charset is;
} marks[] = {
    {{0xff, 0xfe, 0, 0}, 4, CHARSET_UTF32_LE}, {{0, 0, 0xfe, 0xff}, 4, CHARSET_UTF32_BE},
    {{0xff, 0xfe}, 2, CHARSET_UTF16_LE},       {{0xfe, 0xff}, 2, CHARSET_UTF16_BE},
    {{0xef, 0xbb, 0xbf}, 3, CHARSET_AS_IS},
};

static bool is_ascii(uint8_t c)
{
    return (c >= ' ' && c < 0x7f) || (c >= '\t' && c <= '\r');
}

/* Are all units letters of ASCII between zeros, the letter at this place in each? */
static bool is_wide(struct span s, size_t size, size_t place)
{
    if (s.n < 2 * size)
        return false;
    for (size_t i = 0; i + size <= s.n; i++)
        if (i % size == place ? !is_ascii(s.p[i]) : s.p[i] != 0)
            return false;
    return true;
}

static enum charset by_letters(struct span s)
{
    if (is_wide(s, 2, 0))
        return CHARSET_UTF16_LE;
    if (is_wide(s, 2, 1))
        return CHARSET_UTF16_BE;
    if (is_wide(s, 4, 0))
        return CHARSET_UTF32_LE;
    if (is_wide(s, 4, 3))
        return CHARSET_UTF32_BE;
    return span_starts(s, SPAN("\x4c\x6f\xa7\x94")) ? CHARSET_EBCDIC : CHARSET_AS_IS;
}

static bool is_all_ascii(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_ascii(s.p[i]))
            return false;
    return s.n > 0;
}

/* Returns how many bytes the mark has. A name that the bytes belie does not count. */
static size_t decide(struct charset_reader *r, struct span s)
{
    enum charset shown = by_letters(s);

    r->decided = true;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (span_starts(s, span_of(marks[i].bytes, marks[i].n))) {
            r->is = (uint8_t)marks[i].is;
            return marks[i].n;
        }
    if (shown != CHARSET_AS_IS)
        r->is = (uint8_t)shown;
    else if (r->is != CHARSET_AS_IS && r->is != CHARSET_UTF7)
        r->belied = is_all_ascii(s);
    return 0;
}

static void begin(struct charset_reader *r, struct writer *w)
{
    uint8_t first[CHARSET_LOOK];
    struct span s = span_of(first, r->held_n);

    memcpy(first, r->held, r->held_n);
    r->held_n = 0;
    s = span_from(s, decide(r, s));
    if (r->is != CHARSET_AS_IS)
        read(r, w, s);
}

void charset_feed(struct charset_reader *r, struct span piece, out_fn *to, void *arg)
{
    struct writer w;

    if (!charset_reads(r))
        return;
    w.n = 0;
    w.to = to;
    w.arg = arg;
    while (!r->decided && piece.n) {
        r->held[r->held_n++] = piece.p[0];
        piece = span_from(piece, 1);
        if (r->held_n == CHARSET_LOOK)
            begin(r, &w);
    }
    if (r->decided && r->is != CHARSET_AS_IS)
        read(r, &w, piece);
    flush(&w);
}

void charset_end(struct charset_reader *r, out_fn *to, void *arg)
{
    struct writer w;

    w.n = 0;
    w.to = to;
    w.arg = arg;
    if (!r->decided)
        begin(r, &w);
    if (r->is != CHARSET_AS_IS) {
        half_over(r, &w);
        if (r->held_n)
            put(&w, UTF8_REPLACEMENT);
    }
    r->held_n = 0;
    flush(&w);
}
