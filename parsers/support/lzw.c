/* SPDX-License-Identifier: Apache-2.0 */
#include "support/lzw.h"

enum {
    CLEAR = 256,
    END = 257,
    BITS_MOST = 12,
    CODES = 1 << BITS_MOST,
    NONE = CODES,
};

/* A code stands for the string of its prefix and one byte more. */
struct lzw {
    struct cursor in;
    uint32_t bits; /* read and not used */
    unsigned bits_n;
    unsigned width; /* of the next code */
    unsigned next;  /* code that the next string defines */
    unsigned last;  /* code before, or NONE */
    bool full;      /* nothing is defined any more until the table is cleared */
    uint8_t *out;
    size_t n, most;
    uint16_t prefix[CODES];
    uint8_t suffix[CODES];
    uint16_t length[CODES];
};

static void clear(struct lzw *z)
{
    z->width = 9;
    z->next = END; /* the first string defines none */
    z->last = NONE;
    z->full = false;
}

static unsigned read_code(struct lzw *z)
{
    unsigned code;

    while (z->bits_n < z->width && z->in.state == CUR_OK) {
        z->bits |= (uint32_t)cur_u8(&z->in) << z->bits_n;
        z->bits_n += 8;
    }
    code = z->bits & ((1u << z->width) - 1);
    z->bits >>= z->width;
    z->bits_n -= z->width;
    return z->in.state == CUR_OK ? code : END;
}

static size_t length_of(const struct lzw *z, unsigned code)
{
    return code < CLEAR ? 1 : z->length[code];
}

/* Writes the string from its end; what does not fit is left out. Returns its first byte. */
static uint8_t write_string(struct lzw *z, unsigned code)
{
    size_t n = length_of(z, code);

    for (size_t i = n; i-- > 0;) {
        uint8_t byte = code < CLEAR ? (uint8_t)code : z->suffix[code];

        if (i < z->most - z->n)
            z->out[z->n + i] = byte;
        if (code < CLEAR)
            break;
        code = z->prefix[code];
    }
    z->n += n < z->most - z->n ? n : z->most - z->n;
    return (uint8_t)code;
}

static uint8_t first_of(const struct lzw *z, unsigned code)
{
    while (code >= CLEAR)
        code = z->prefix[code];
    return (uint8_t)code;
}

static void define(struct lzw *z, uint8_t byte)
{
    if (z->last == NONE)
        return;
    z->prefix[z->next] = (uint16_t)z->last;
    z->suffix[z->next] = byte;
    z->length[z->next] = (uint16_t)(length_of(z, z->last) + 1);
}

static void advance(struct lzw *z, unsigned code)
{
    z->last = z->full ? NONE : code;
    if (z->full || ++z->next < 1u << z->width)
        return;
    if (z->width < BITS_MOST) {
        z->width++;
        return;
    }
    z->full = true;
    z->last = NONE;
}

static bool step(struct lzw *z)
{
    unsigned code = read_code(z);

    if (code == CLEAR) {
        clear(z);
        return true;
    }
    if (code == END || z->n == z->most || code > z->next || (code == z->next && z->last == NONE))
        return false;
    /* The code about to be defined: the string before, and its first byte again. */
    if (code == z->next) {
        define(z, first_of(z, z->last));
        (void)write_string(z, code);
    } else {
        define(z, write_string(z, code));
    }
    advance(z, code);
    return true;
}

struct span unpack_lzw(struct parse *p, struct span packed, size_t most)
{
    struct lzw *z = parse_alloc(p, sizeof *z);
    uint8_t *out = z ? parse_alloc(p, most) : NULL;
    size_t n = 0;

    if (out) {
        z->in = cur_of(packed);
        z->bits = 0;
        z->bits_n = 0;
        z->out = out;
        z->n = 0;
        z->most = most;
        clear(z);
        while (step(z))
            ;
        n = z->n;
    }
    parse_free(p, z);
    if (n == 0) {
        parse_free(p, out);
        out = NULL;
    }
    return span_of(out, n);
}
