/* SPDX-License-Identifier: Apache-2.0
 *
 * What undoes a notation: URLs, UTF-8, HTML, JavaScript, CSS, C, base64. A sequence that breaks off
 * or is invalid stays as it is, unless the notation itself says what it means.
 */
#include "base/hex.h"
#include "transform_steps.h"

/* What an escape sequence stands for. */
struct unit {
    size_t used; /* bytes of the sequence, 0 = it is none */
    bool silent; /* it stands for nothing */
    uint8_t byte;
};

/* The sequence at AT, where the byte that begins one is. */
typedef struct unit unit_fn(struct span in, size_t at);

static bool is_octal(struct span in, size_t at)
{
    return at < in.n && in.p[at] >= '0' && in.p[at] <= '7';
}

static uint8_t byte_at(struct span in, size_t at)
{
    return at < in.n ? in.p[at] : 0;
}

static struct unit unit_of(size_t used, int byte)
{
    return (struct unit){.used = used, .byte = (uint8_t)byte};
}

/* Everything of which LEAD does not begin a sequence is copied. */
static size_t decode(struct span in, uint8_t *out, uint8_t lead, unit_fn *read)
{
    size_t at = 0, n = 0;

    while (at < in.n) {
        size_t plain = span_index(span_from(in, at), lead);
        struct unit unit;

        memmove(out + n, in.p + at, plain);
        at += plain;
        n += plain;
        if (at == in.n)
            break;
        unit = read(in, at);
        if (unit.used == 0)
            unit = unit_of(1, lead);
        if (!unit.silent)
            out[n++] = unit.byte;
        at += unit.used;
    }
    return n;
}

/* %XX, %uXXXX and the plus sign. */
static struct unit url_unit(struct span in, size_t at)
{
    int value = hex_pair(in, at + 1);

    if (in.p[at] == '+')
        return unit_of(1, ' ');
    if (in.p[at] != '%')
        return unit_of(1, in.p[at]);
    if (value != HEX_NONE)
        return unit_of(3, value);
    value = (byte_at(in, at + 1) | 0x20) == 'u' ? hex_quad(in, at + 2) : HEX_NONE;
    return value == HEX_NONE ? unit_of(1, '%') : unit_of(6, hex_narrow(value));
}

size_t step_url_decode_uni(struct span in, uint8_t *out)
{
    size_t n = 0;

    for (size_t at = 0; at < in.n;) {
        struct unit unit = url_unit(in, at);

        out[n++] = unit.byte;
        at += unit.used;
    }
    return n;
}

/* How long the sequence is that this byte begins; 0 when none begins with it. */
static size_t utf8_length(uint8_t lead)
{
    if ((lead & 0xe0) == 0xc0)
        return 2;
    if ((lead & 0xf0) == 0xe0)
        return 3;
    return (lead & 0xf8) == 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* Overlong forms and surrogates are what an attacker writes: they count as what they mean. */
static size_t utf8_read(struct span in, size_t at, uint32_t *code)
{
    size_t length = utf8_length(in.p[at]);

    if (length == 0 || in.n - at < length)
        return 0;
    *code = in.p[at] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((in.p[at + i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (in.p[at + i] & 0x3f);
    }
    return length;
}

/* "%u" and four digits at least. */
static size_t put_unicode(uint8_t *out, uint32_t code)
{
    unsigned digits = code > 0xfffff ? 6 : code > 0xffff ? 5 : 4;
    size_t n = 0;

    out[n++] = '%';
    out[n++] = 'u';
    while (digits--)
        out[n++] = (uint8_t) "0123456789abcdef"[code >> (4 * digits) & 15];
    return n;
}

size_t step_utf8_to_unicode(struct span in, uint8_t *out)
{
    size_t n = 0;

    for (size_t at = 0; at < in.n;) {
        uint32_t code = 0;
        size_t used = utf8_read(in, at, &code);

        if (used == 0)
            out[n++] = in.p[at++];
        else
            n += put_unicode(out + n, code);
        at += used;
    }
    return n;
}

/* &#DD; &#xHH; the semicolon may be missing. The low byte counts, of numbers without end 0xff. */
static struct unit html_number(struct span in, size_t at)
{
    bool is_hex = (byte_at(in, at + 2) | 0x20) == 'x';
    size_t first = at + (is_hex ? 3 : 2), end = first;
    const uint64_t base = is_hex ? 16 : 10;
    uint64_t code = 0;

    for (; end < in.n; end++) {
        int digit = hex_value(in.p[end]);

        if (digit == HEX_NONE || (uint64_t)digit >= base)
            break;
        code = code * base + (uint64_t)digit;
        if (code > INT64_MAX)
            code = INT64_MAX;
    }
    if (end == first)
        return unit_of(0, 0);
    return unit_of(end - at + (byte_at(in, end) == ';'), (uint8_t)code);
}

static bool is_alnum(struct span in, size_t at)
{
    uint8_t c = span_lower(byte_at(in, at));

    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static struct unit html_name(struct span in, size_t at)
{
    static const struct {
        const char *name;
        uint8_t byte;
    } entities[] = {{"lt", '<'},   {"gt", '>'},    {"amp", '&'},
                    {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xa0}};
    enum { SHORTEST = 2, LONGEST = 4 };
    struct span name = span_first(span_from(in, at + 1), 0);

    while (name.n <= LONGEST && is_alnum(in, at + 1 + name.n))
        name.n++;
    if (name.n < SHORTEST)
        return unit_of(0, 0);
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (span_equal_nocase(name, span_text(entities[i].name)))
            return unit_of(1 + name.n + (byte_at(in, at + 1 + name.n) == ';'), entities[i].byte);
    return unit_of(0, 0);
}

static struct unit html_unit(struct span in, size_t at)
{
    return byte_at(in, at + 1) == '#' ? html_number(in, at) : html_name(in, at);
}

size_t step_html_entity_decode(struct span in, uint8_t *out)
{
    return decode(in, out, '&', html_unit);
}

/* The control character that a letter behind a backslash stands for, or the byte itself. */
static uint8_t control_letter(uint8_t c)
{
    switch (c) {
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return c;
    }
}

/* One to three octal digits behind the backslash at AT. */
static struct unit octal_unit(struct span in, size_t at, size_t most)
{
    size_t digits = 0;
    int value = 0;

    for (; digits < most && is_octal(in, at + 1 + digits); digits++)
        value = value * 8 + in.p[at + 1 + digits] - '0';
    return unit_of(1 + digits, value);
}

/* \uHHHH \xHH \OOO up to \377, letters; any other character means itself. */
static struct unit js_unit(struct span in, size_t at)
{
    uint8_t kind = byte_at(in, at + 1);
    int value = kind == 'u' ? hex_quad(in, at + 2) : HEX_NONE;

    if (value != HEX_NONE)
        return unit_of(6, hex_narrow(value));
    value = kind == 'x' ? hex_pair(in, at + 2) : HEX_NONE;
    if (value != HEX_NONE)
        return unit_of(4, value);
    if (is_octal(in, at + 1))
        return octal_unit(in, at, kind > '3' ? 2 : 3);
    return at + 1 < in.n ? unit_of(2, control_letter(kind)) : unit_of(0, 0);
}

size_t step_js_decode(struct span in, uint8_t *out)
{
    return decode(in, out, '\\', js_unit);
}

/* \xHH \OOO of which a byte remains, letters; any other character means itself. */
static struct unit escape_unit(struct span in, size_t at)
{
    uint8_t kind = byte_at(in, at + 1);
    int value = (kind | 0x20) == 'x' ? hex_pair(in, at + 2) : HEX_NONE;

    if (value != HEX_NONE)
        return unit_of(4, value);
    if (is_octal(in, at + 1))
        return octal_unit(in, at, 3);
    return at + 1 < in.n ? unit_of(2, control_letter(kind)) : unit_of(0, 0);
}

size_t step_escape_seq_decode(struct span in, uint8_t *out)
{
    return decode(in, out, '\\', escape_unit);
}

/* CSS 2.1, 4.1.3: up to six digits, of which the last two count, and one blank behind them; a line
 * end behind the backslash goes with it, and so does a backslash at the end. */
static struct unit css_unit(struct span in, size_t at)
{
    size_t digits = 0;
    int value = 0;

    while (digits < 6 && hex_value(byte_at(in, at + 1 + digits)) != HEX_NONE) {
        value = value * 16 + hex_value(in.p[at + 1 + digits]);
        digits++;
    }
    if (digits)
        return unit_of(1 + digits + transform_blank(byte_at(in, at + 1 + digits)),
                       hex_narrow(value));
    if (at + 1 == in.n || in.p[at + 1] == '\n')
        return (struct unit){.used = at + 1 == in.n ? 1 : 2, .silent = true};
    return unit_of(2, in.p[at + 1]);
}

size_t step_css_decode(struct span in, uint8_t *out)
{
    return decode(in, out, '\\', css_unit);
}

/* 0 to 63, or -1. */
static int base64_value(uint8_t c)
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

/* Line ends are passed over; whatever else is not of the alphabet is the end, padding or not. */
size_t step_base64_decode(struct span in, uint8_t *out)
{
    unsigned bits = 0, held = 0;
    size_t n = 0;

    for (size_t at = 0; at < in.n; at++) {
        int value = base64_value(in.p[at]);

        if (value < 0 && (in.p[at] == '\r' || in.p[at] == '\n'))
            continue;
        if (value < 0)
            break;
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        out[n++] = (uint8_t)(bits >> held);
    }
    return n;
}
