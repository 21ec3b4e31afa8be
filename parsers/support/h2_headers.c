/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_headers.h"

#include <nghttp2/nghttp2.h>

enum {
    FIELD_COST = 32,  /* as RFC 9113 section 6.5.2 counts */
    BEYOND_TIMES = 8, /* what is told of a block over the limit, for each byte of it */
};

struct h2_inflater {
    nghttp2_hd_inflater *hd;
    nghttp2_mem memory; /* the library keeps a pointer to it */
    enum h2_table table;
    uint64_t wire, unpacked; /* bytes of the block at hand */
    uint32_t fields;
    bool over;     /* it is too much */
    bool was_over; /* the one before */
    uint64_t was_unpacked;
};

/* Whom fields are told to. */
struct listener {
    h2_field *tell;
    void *arg;
};

/* ---- memory ---- */

static void *take(size_t n, void *p)
{
    return parse_alloc(p, n);
}

static void *take_clear(size_t count, size_t size, void *p)
{
    uint8_t *memory = size && count > SIZE_MAX / size ? NULL : parse_alloc(p, count * size);

    if (memory)
        memset(memory, 0, count * size);
    return memory;
}

static void *resize(void *memory, size_t n, void *p)
{
    return parse_resize(p, memory, n);
}

static void give_back(void *memory, void *p)
{
    parse_free(p, memory);
}

/* How large a table the receiver allows is not followed: whoever uses a larger one says so in front
 * of a block, and may do it before we have heard that it was allowed. */
struct h2_inflater *h2_inflater_new(struct parse *p, enum h2_table table)
{
    struct h2_inflater *h = parse_alloc(p, sizeof *h);

    if (h == NULL)
        return NULL;
    *h = (struct h2_inflater){
        .memory = {.mem_user_data = p,
                   .malloc = take,
                   .free = give_back,
                   .calloc = take_clear,
                   .realloc = resize},
        .table = table,
    };
    if (nghttp2_hd_inflate_new2(&h->hd, &h->memory) != 0) {
        parse_free(p, h);
        return NULL;
    }
    if (nghttp2_hd_inflate_change_table_size(h->hd, H2_TABLE_MOST) != 0) {
        h2_inflater_free(p, h);
        return NULL;
    }
    return h;
}

void h2_inflater_free(struct parse *p, struct h2_inflater *h)
{
    if (h == NULL)
        return;
    nghttp2_hd_inflate_del(h->hd);
    parse_free(p, h);
}

/* ---- with libnghttp2 ---- */

static void tell_field(struct h2_inflater *h, const nghttp2_nv *nv, const struct listener *who)
{
    h->unpacked += nv->namelen + nv->valuelen + FIELD_COST;
    h->over = h->over || ++h->fields > H2_FIELDS_MOST || h->unpacked > H2_DECODED_MOST;
    if (h->unpacked > H2_DECODED_MOST + BEYOND_TIMES * h->wire)
        return; /* a few bytes have become very many */
    who->tell(who->arg, span_of(nv->name, nv->namelen), span_of(nv->value, nv->valuelen));
}

static bool feed(struct h2_inflater *h, struct span bytes, enum h2_end end,
                 const struct listener *who)
{
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(h->hd, &nv, &flags, bytes.p, bytes.n, end == H2_ENDS);

        if (used < 0)
            return false;
        bytes = span_from(bytes, (size_t)used);
        h->wire += (size_t)used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            tell_field(h, &nv, who);
        else if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
        else if (used == 0)
            return bytes.n == 0;
    }
    nghttp2_hd_inflate_end_headers(h->hd);
    return true;
}

/* ---- while the table is unknown ---- */

/* RFC 7541 section 5.1, with what is left of the first byte. */
static uint32_t read_integer(struct cursor *c, uint8_t first, unsigned bits)
{
    uint32_t most = (1u << bits) - 1, value = first & most;

    if (value < most)
        return value;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint8_t byte = cur_u8(c);

        value += (uint32_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    cur_fail(c);
    return 0;
}

static void pass_string(struct cursor *c)
{
    uint32_t n = read_integer(c, cur_u8(c), 7);

    if (n > H2_STRING_MOST)
        cur_fail(c);
    cur_skip(c, n);
}

/* One field, or the size of the table (RFC 7541 section 6). */
struct coded {
    struct cursor end; /* behind it */
    const uint8_t *value;
    uint32_t index;
    bool is_literal, enters;
};

static struct coded read_field(const struct cursor *in)
{
    struct coded f = {.end = *in};
    uint8_t first = cur_u8(&f.end);
    bool size = first >> 5 == 1;

    f.enters = first >> 6 == 1;
    f.is_literal = !(first & 0x80) && !size;
    f.index = read_integer(&f.end, first, first & 0x80 ? 7 : f.enters ? 6 : size ? 5 : 4);
    if (size)
        f.index = 0;
    if (f.is_literal && f.index == 0)
        pass_string(&f.end);
    f.value = f.end.pos;
    if (f.is_literal)
        pass_string(&f.end);
    return f;
}

/* A name from before our time: only the place it takes in the table counts. */
static bool feed_nameless(struct h2_inflater *h, struct span value, const struct listener *who)
{
    return feed(h, SPAN("\x40\x01?"), H2_GOES_ON, who) && feed(h, value, H2_ENDS, who);
}

static void feed_field(struct h2_inflater *h, struct cursor *in, const struct listener *who)
{
    struct coded f = read_field(in);
    struct span bytes = span_of(in->pos, (size_t)(f.end.pos - in->pos));
    bool good = true;

    if (f.end.state != CUR_OK) {
        *in = (struct cursor){in->pos, in->end, f.end.state, f.end.need};
        return;
    }
    if (f.index <= nghttp2_hd_inflate_get_num_table_entries(h->hd))
        good = feed(h, bytes, H2_ENDS, who);
    else if (f.enters)
        good = feed_nameless(h, span_of(f.value, (size_t)(f.end.pos - f.value)), who);
    in->pos = f.end.pos;
    if (!good)
        cur_fail(in);
}

/* ---- ---- */

void h2_inflate(struct h2_inflater *h, struct cursor *piece, enum h2_end end, h2_field *tell,
                void *arg)
{
    const struct listener who = {tell, arg};

    if (h->table == H2_TABLE_EMPTY && !feed(h, cur_rest(piece), end, &who))
        cur_fail(piece);
    while (h->table == H2_TABLE_UNKNOWN && cur_left(piece))
        feed_field(h, piece, &who);
    if (end == H2_GOES_ON || piece->state != CUR_OK)
        return;
    h->was_over = h->over;
    h->was_unpacked = h->unpacked;
    h->over = false;
    h->wire = h->unpacked = h->fields = 0;
}

uint64_t h2_inflater_unpacked(const struct h2_inflater *h)
{
    return h->was_unpacked;
}

bool h2_inflater_is_over(const struct h2_inflater *h)
{
    return h->over;
}

bool h2_inflater_was_over(const struct h2_inflater *h)
{
    return h->was_over;
}
