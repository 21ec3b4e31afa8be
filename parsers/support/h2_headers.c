/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_headers.h"

#include <nghttp2/nghttp2.h>

struct h2_inflater {
    nghttp2_hd_inflater *inflater;
    nghttp2_mem memory;
    uint32_t table_size;
};

static void *take(size_t n, void *p)
{
    return parse_alloc(p, n);
}

static void *take_clear(size_t count, size_t size, void *p)
{
    uint8_t *memory = size && count > SIZE_MAX / size ? NULL : parse_alloc(p, count * size);

    for (size_t i = 0; memory && i < count * size; i++)
        memory[i] = 0;
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

struct h2_inflater *h2_inflater_new(struct parse *p)
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
        .table_size = 4096, /* RFC 9113 section 6.5.2 */
    };
    if (nghttp2_hd_inflate_new2(&h->inflater, &h->memory) != 0) {
        parse_free(p, h);
        return NULL;
    }
    return h;
}

/* Only ever larger: the sender may not have heard yet that it shall use less, and says itself when
 * it does. */
bool h2_inflater_allow(struct h2_inflater *h, uint32_t table_size)
{
    if (table_size > H2_TABLE_MOST)
        return false;
    if (table_size <= h->table_size)
        return true;
    h->table_size = table_size;
    return nghttp2_hd_inflate_change_table_size(h->inflater, table_size) == 0;
}

enum h2_inflated h2_inflate(struct h2_inflater *h, struct span block, h2_field *tell, void *arg)
{
    size_t fields = 0, decoded = 0;

    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(h->inflater, &nv, &flags, block.p, block.n, 1);

        if (used < 0)
            return H2_LOST;
        block = span_from(block, (size_t)used);
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            fields++;
            decoded += nv.namelen + nv.valuelen + 32;
            if (fields <= H2_FIELDS_MOST && decoded <= H2_DECODED_MOST)
                tell(arg, span_of(nv.name, nv.namelen), span_of(nv.value, nv.valuelen));
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
        if (used == 0 && !(flags & NGHTTP2_HD_INFLATE_EMIT))
            return H2_LOST;
    }
    nghttp2_hd_inflate_end_headers(h->inflater);
    return fields > H2_FIELDS_MOST || decoded > H2_DECODED_MOST ? H2_TOO_MUCH : H2_INFLATED;
}
