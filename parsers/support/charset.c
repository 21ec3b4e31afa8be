/* SPDX-License-Identifier: Apache-2.0
 *
 * charset: see charset.h. One byte of input brings at most two characters.
 */
#include "support/charset.h"

#include "support/charset_table.h"
#include "support/mime_param.h"
#include "support/transfer.h"
#include "support/utf8.h"

enum { PIECE = 1024, FIRST = 4, PATTERN = 16 };

/* ---- names ---- */

static const struct {
    const char *name;
    enum charset is;
    uint32_t odd;
} names[] = {
    {"utf-16", CHARSET_UTF16, 0},
    {"utf16", CHARSET_UTF16, 0},
    {"ucs-2", CHARSET_UTF16, 0},
    {"iso-10646-ucs-2", CHARSET_UTF16, 0},
    {"csunicode", CHARSET_UTF16, 0},
    {"unicode", CHARSET_UTF16, 0},
    {"utf-16le", CHARSET_UTF16_LE, 0},
    {"utf16le", CHARSET_UTF16_LE, 0},
    {"unicodefeff", CHARSET_UTF16_LE, 0},
    {"utf-16be", CHARSET_UTF16_BE, 0},
    {"utf16be", CHARSET_UTF16_BE, 0},
    {"unicodefffe", CHARSET_UTF16_BE, 0},
    {"utf-32", CHARSET_UTF32, CHARSET_ODD_RARE},
    {"utf32", CHARSET_UTF32, CHARSET_ODD_RARE},
    {"ucs-4", CHARSET_UTF32, CHARSET_ODD_RARE},
    {"iso-10646-ucs-4", CHARSET_UTF32, CHARSET_ODD_RARE},
    {"utf-32le", CHARSET_UTF32_LE, CHARSET_ODD_RARE},
    {"utf-32be", CHARSET_UTF32_BE, CHARSET_ODD_RARE},
    {"utf-7", CHARSET_UTF7, CHARSET_ODD_RARE},
    {"utf7", CHARSET_UTF7, CHARSET_ODD_RARE},
    {"unicode-1-1-utf-7", CHARSET_UTF7, CHARSET_ODD_RARE},
    {"ibm037", CHARSET_EBCDIC, CHARSET_ODD_RARE},
    {"ibm-037", CHARSET_EBCDIC, CHARSET_ODD_RARE},
    {"ibm-37", CHARSET_EBCDIC, CHARSET_ODD_RARE},
    {"cp037", CHARSET_EBCDIC, CHARSET_ODD_RARE},
    {"cp37", CHARSET_EBCDIC, CHARSET_ODD_RARE},
    {"csibm037", CHARSET_EBCDIC, CHARSET_ODD_RARE},
    {"ebcdic-cp-us", CHARSET_EBCDIC, CHARSET_ODD_RARE},
};

/* Letters and digits of ASCII lie elsewhere in these, but where IBM037 has them. */
static const char *const related[] = {
    "ibm500", "cp500",   "ibm-500",  "ibm1047",  "cp1047",  "ibm-1047",   "ibm01047", "ibm1140",
    "cp1140", "ibm0114", "ibm-1140", "ibm01140", "ibm273",  "cp273",      "ibm277",   "ibm278",
    "ibm280", "ibm284",  "ibm285",   "ibm297",   "ibm871",  "ibm870",     "cp870",    "ibm1026",
    "cp1026", "cp875",   "ibm424",   "ibm420",   "ibm0104", "ebcdic-cp-", "ebcdic-",  "x-ebcdic",
};

/* How the names of those begin that hold ASCII where it is. */
static const char *const plain[] = {
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "ansi",
    "iso-8859",
    "iso8859",
    "iso_8859",
    "latin",
    "l1",
    "windows-",
    "cp125",
    "x-cp125",
    "win",
    "koi8",
    "koi",
    "gb",
    "big5",
    "euc-",
    "shift_jis",
    "shift-j",
    "sjis",
    "x-sjis",
    "ms",
    "mac",
    "x-mac",
    "x-user-",
    "tis-620",
    "ks_c_56",
    "ksc",
    "korean",
    "chinese",
    "iso-2022",
    "iso-ir-",
    "hz-gb",
    "cp8",
    "cp9",
    "ibm866",
    "cp437",
    "ibm437",
    "ibm85",
    "x-gbk",
    "x-x-big5",
    "unicode-1-1-utf-8",
    "unicode20utf8",
    "x-unicode20utf8",
    "dos-",
    "csisolatin",
    "cswindows",
    "binary",
    "none",
    "x-euc",
    "hebrew",
    "arabic",
    "cyrillic",
    "greek",
    "logical",
    "visual",
};

static struct span bare(struct span s)
{
    s = span_trim(s);
    while (s.n && (s.p[0] == '"' || s.p[0] == '\''))
        s = span_trim(span_from(s, 1));
    while (s.n && (s.p[s.n - 1] == '"' || s.p[s.n - 1] == '\''))
        s.n--;
    return span_trim(s);
}

enum charset charset_by_name(struct span name, uint32_t *odd)
{
    name = bare(name);
    if (name.n == 0)
        return CHARSET_AS_IS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_equal_nocase(name, span_text(names[i].name))) {
            *odd |= names[i].odd;
            return names[i].is;
        }
    for (size_t i = 0; i < sizeof related / sizeof related[0]; i++)
        if (span_starts_nocase(name, span_text(related[i]))) {
            *odd |= CHARSET_ODD_RARE | CHARSET_ODD_RELATED;
            return CHARSET_EBCDIC;
        }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (span_starts_nocase(name, span_text(plain[i])))
            return CHARSET_AS_IS;
    *odd |= CHARSET_ODD_UNKNOWN;
    return CHARSET_AS_IS;
}

/* Of several the one that has to be read: who takes another one reads the bytes as they are. */
enum charset charset_of_type(struct span type, uint32_t *odd)
{
    enum charset is = CHARSET_AS_IS;
    struct mime_param param;

    while (is == CHARSET_AS_IS && mime_param_next(&type, &param))
        if (span_equal_nocase(param.name, SPAN("charset")))
            is = charset_by_name(param.value, odd);
    return is;
}

/* ---- characters ---- */

struct writer {
    struct charset_reader *c;
    out_fn *fn;
    void *arg;
    size_t n;
    uint8_t out[PIECE];
};

static void pass(const struct writer *w, struct span piece)
{
    if (piece.n)
        w->fn(w->arg, piece);
}

static void write_out(struct writer *w)
{
    pass(w, span_of(w->out, w->n));
    w->n = 0;
}

static void put(struct writer *w, uint32_t c)
{
    if (c > UTF8_LAST || utf16_is_high(c) || utf16_is_low(c)) {
        w->c->odd |= CHARSET_ODD_MALFORMED;
        c = UTF8_REPLACEMENT;
    }
    if (w->n + UTF8_ROOM > PIECE)
        write_out(w);
    w->n += utf8_put(w->out + w->n, c);
}

static void unit16(struct writer *w, uint32_t unit)
{
    uint32_t high = w->c->high;

    w->c->high = 0;
    if (high && utf16_is_low(unit)) {
        put(w, utf16_pair(high, unit));
        return;
    }
    if (high)
        put(w, high);
    if (utf16_is_high(unit))
        w->c->high = unit;
    else
        put(w, unit);
}

/* A byte order mark is none of the text. */
static void unit_of(struct writer *w)
{
    struct charset_reader *c = w->c;
    const uint8_t *h = c->held;

    switch (c->is) {
    case CHARSET_UTF16_LE:
        unit16(w, (uint32_t)(h[1] << 8 | h[0]));
        break;
    case CHARSET_UTF16_BE:
        unit16(w, (uint32_t)(h[0] << 8 | h[1]));
        break;
    case CHARSET_UTF32_LE:
        put(w, (uint32_t)h[3] << 24 | (uint32_t)(h[2] << 16 | h[1] << 8 | h[0]));
        break;
    default:
        put(w, (uint32_t)h[0] << 24 | (uint32_t)(h[1] << 16 | h[2] << 8 | h[3]));
        break;
    }
    c->held_n = 0;
}

static void shift_end(struct writer *w)
{
    struct charset_reader *c = w->c;

    if (c->high)
        put(w, c->high);
    c->high = 0;
    c->shifted = false;
    c->bits = c->bits_n = 0;
}

/* RFC 2152: "+" begins base64 of UTF-16, "-" or what is no digit ends it. */
static void byte_utf7(struct writer *w, uint8_t byte)
{
    struct charset_reader *c = w->c;
    int digit = c->shifted ? base64_digit(byte) : -1;

    if (digit >= 0) {
        c->empty = false;
        c->bits = c->bits << 6 | (uint32_t)digit;
        c->bits_n += 6;
        if (c->bits_n >= 16) {
            c->bits_n -= 16;
            unit16(w, c->bits >> c->bits_n & 0xffff);
            c->bits &= (1u << c->bits_n) - 1;
        }
        return;
    }
    if (c->shifted) {
        bool empty = c->empty;

        shift_end(w);
        if (byte == '-') {
            if (empty)
                put(w, '+');
            return;
        }
        if (empty)
            c->odd |= CHARSET_ODD_MALFORMED;
    }
    if (byte == '+')
        c->shifted = c->empty = true;
    else
        put(w, byte); /* what has its highest bit set is no UTF-7: ISO 8859-1 then */
}

static void decode(struct writer *w, struct span in)
{
    struct charset_reader *c = w->c;
    size_t unit = c->is == CHARSET_UTF16_LE || c->is == CHARSET_UTF16_BE ? 2 : 4;

    if (c->is == CHARSET_AS_IS) {
        pass(w, in);
        return;
    }
    for (size_t i = 0; i < in.n; i++) {
        if (c->is == CHARSET_UTF7) {
            byte_utf7(w, in.p[i]);
        } else if (c->is == CHARSET_EBCDIC) {
            put(w, charset_ibm037[in.p[i]]);
        } else {
            c->held[c->held_n++] = in.p[i];
            if (c->held_n == unit)
                unit_of(w);
        }
    }
}

/* ---- which one it is ---- */

static bool is_text(uint8_t byte)
{
    return (byte >= ' ' && byte < 0x7f) || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Units whose `at`th byte is a letter and whose others are zeros. */
static bool has_zeros(struct span s, size_t unit, size_t at)
{
    for (size_t i = 0; i < s.n; i++)
        if (i % unit == at ? !is_text(s.p[i]) : s.p[i] != 0)
            return false;
    return s.n >= unit;
}

static enum charset by_zeros(struct span s)
{
    s = span_first(s, PATTERN);
    if (has_zeros(s, 4, 0))
        return CHARSET_UTF32_LE;
    if (has_zeros(s, 4, 3))
        return CHARSET_UTF32_BE;
    if (s.n >= FIRST && has_zeros(s, 2, 0))
        return CHARSET_UTF16_LE;
    if (s.n >= FIRST && has_zeros(s, 2, 1))
        return CHARSET_UTF16_BE;
    return CHARSET_AS_IS;
}

/* Returns how long the mark is. */
static size_t by_mark(struct span s, enum charset *is)
{
    static const struct {
        char mark[4];
        uint8_t n;
        enum charset is;
    } marks[] = {
        {"\xff\xfe\0\0", 4, CHARSET_UTF32_LE}, {"\0\0\xfe\xff", 4, CHARSET_UTF32_BE},
        {"\xff\xfe", 2, CHARSET_UTF16_LE},     {"\xfe\xff", 2, CHARSET_UTF16_BE},
        {"\xef\xbb\xbf", 3, CHARSET_AS_IS},
    };

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (span_starts(s, span_of(marks[i].mark, marks[i].n))) {
            *is = marks[i].is;
            return marks[i].n;
        }
    return 0;
}

/* The encoding of an XML declaration. What can be read up to there is ASCII, so that it cannot be
 * one with longer units. */
static enum charset by_declaration(struct span s, uint32_t *odd)
{
    struct span rest = span_first(s, span_index(s, '>'));
    size_t equals;
    enum charset is;

    while (rest.n && !span_starts(rest, SPAN("encoding")))
        rest = span_from(rest, 1);
    equals = span_index(rest, '=');
    rest = span_from(rest, equals + 1);
    while (rest.n && (rest.p[rest.n - 1] == '?' || rest.p[rest.n - 1] == ' '))
        rest.n--;
    rest = span_trim(rest);
    if (rest.n > 1)
        rest = span_first(rest, 1 + span_index(span_from(rest, 1), rest.p[0]));
    is = charset_by_name(rest, odd);
    return is == CHARSET_UTF7 ? is : CHARSET_AS_IS;
}

static bool is_plain_start(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_text(s.p[i]))
            return false;
    return s.n > 0;
}

static enum charset in_order(enum charset named, struct span s)
{
    enum charset seen = by_zeros(s);

    if (named == CHARSET_UTF16)
        return seen == CHARSET_UTF16_BE ? seen : CHARSET_UTF16_LE;
    if (named == CHARSET_UTF32)
        return seen == CHARSET_UTF32_BE ? seen : CHARSET_UTF32_LE;
    return named;
}

static const uint8_t ebcdic_xml[] = {0x4c, 0x6f, 0xa7, 0x94, 0x93}; /* "<?xml" */

/* More is needed to decide. */
static bool wants_more(const struct charset_reader *c)
{
    struct span s = span_of(c->held, c->held_n);

    if (s.n < FIRST)
        return true;
    if (memchr(s.p, 0, FIRST))
        return s.n < PATTERN;
    return span_starts(s, SPAN("<?xm")) && memchr(s.p, '>', s.n) == NULL && s.n < CHARSET_LOOK;
}

static enum charset guess(struct charset_reader *c, struct span s)
{
    enum charset is = by_zeros(s);

    if (is == CHARSET_AS_IS && span_starts(s, span_of(ebcdic_xml, FIRST)))
        is = CHARSET_EBCDIC;
    if (is == CHARSET_AS_IS && span_starts(s, SPAN("<?xml")))
        return by_declaration(s, &c->odd);
    if (is != CHARSET_AS_IS)
        c->odd |= CHARSET_ODD_SILENT;
    return is;
}

/* What was held is read now. */
static void decide(struct writer *w)
{
    struct charset_reader *c = w->c;
    uint8_t held[CHARSET_LOOK];
    struct span s = span_of(held, c->held_n);
    enum charset named = c->is, is;
    size_t mark;

    memcpy(held, c->held, sizeof held);
    c->decided = true;
    c->held_n = 0;
    mark = by_mark(s, &is);
    if (mark == 0 && named != CHARSET_AS_IS) {
        is = in_order(named, s);
        if (is != CHARSET_UTF7 && is_plain_start(s))
            c->odd |= CHARSET_ODD_PLAIN;
    } else if (mark == 0) {
        is = guess(c, s);
    }
    c->is = is;
    /* The mark of UTF-8 has always been part of what is read. */
    decode(w, is == CHARSET_AS_IS ? s : span_from(s, mark));
}

void charset_begin(struct charset_reader *c, enum charset named, uint32_t odd)
{
    *c = (struct charset_reader){.is = named, .odd = odd};
}

void charset_feed(struct charset_reader *c, struct span piece, out_fn *fn, void *arg)
{
    struct writer w;

    w.c = c;
    w.fn = fn;
    w.arg = arg;
    w.n = 0;
    while (!c->decided && piece.n) {
        c->held[c->held_n++] = piece.p[0];
        piece = span_from(piece, 1);
        if (!wants_more(c))
            decide(&w);
    }
    if (c->decided)
        decode(&w, piece);
    write_out(&w);
}

void charset_end(struct charset_reader *c, out_fn *fn, void *arg)
{
    struct writer w;

    w.c = c;
    w.fn = fn;
    w.arg = arg;
    w.n = 0;
    if (!c->decided)
        decide(&w);
    if (c->held_n || c->high)
        c->odd |= CHARSET_ODD_TRUNCATED;
    if (c->high)
        put(&w, c->high);
    c->high = 0;
    c->held_n = 0;
    write_out(&w);
}
