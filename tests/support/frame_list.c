/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of owned frames and its capture file.
 */
#include "frame_list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct listed_frame *frame_list_add(struct frame_list *l, const void *bytes, size_t n,
                                    uint64_t time_us)
{
    struct listed_frame *f;

    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 16;
        l->frames = realloc(l->frames, l->room * sizeof *l->frames);
        assert(l->frames);
    }
    f = &l->frames[l->count++];
    *f = (struct listed_frame){
        .bytes = malloc(n ? n : 1),
        .n = (uint32_t)n,
        .wire = (uint32_t)n,
        .time_us = time_us,
        .link = LINK_ETHERNET,
    };
    assert(f->bytes);
    if (n)
        memcpy(f->bytes, bytes, n);
    return f;
}

void frame_list_add_all(struct frame_list *l, const struct frame_list *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct listed_frame *f = &from->frames[i];
        struct listed_frame *copy = frame_list_add(l, f->bytes, f->n, f->time_us);

        copy->wire = f->wire;
        copy->link = f->link;
        copy->checksum = f->checksum;
        copy->gso = f->gso;
    }
}

void frame_list_free(struct frame_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->frames[i].bytes);
    free(l->frames);
    *l = (struct frame_list){0};
}

void frame_list_reorder(struct frame_list *l, size_t first, const size_t *order, size_t count)
{
    struct listed_frame *moved = calloc(count, sizeof *moved);

    assert(moved && first + count <= l->count);
    for (size_t i = 0; i < count; i++) {
        uint64_t time_us = l->frames[first + i].time_us;

        moved[i] = l->frames[first + order[i]];
        moved[i].time_us = time_us;
    }
    for (size_t i = 0; i < count; i++)
        l->frames[first + i] = moved[i];
    free(moved);
}

/* The file format's own numbers, by enum link_type. */
static uint32_t file_link(uint8_t link)
{
    static const uint32_t numbers[] = {
        [LINK_ETHERNET] = 1, [LINK_RAW_IP] = 101, [LINK_COOKED] = 113, [LINK_COOKED2] = 276,
        [LINK_NULL] = 0,     [LINK_LOOP] = 108,   [LINK_PPP] = 9,      [LINK_UNKNOWN] = 147,
    };

    return numbers[link];
}

bool frame_list_save(const struct frame_list *l, const char *path)
{
    FILE *file = fopen(path, "wb");
    uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 0};
    bool good;

    if (file == NULL)
        return false;
    head[5] = l->count ? file_link(l->frames[0].link) : 1;
    good = fwrite(head, sizeof head, 1, file) == 1;
    for (size_t i = 0; i < l->count && good; i++) {
        const struct listed_frame *f = &l->frames[i];
        uint32_t record[4] = {(uint32_t)(f->time_us / 1000000), (uint32_t)(f->time_us % 1000000),
                              f->n, f->wire};

        good = fwrite(record, sizeof record, 1, file) == 1 &&
               (f->n == 0 || fwrite(f->bytes, f->n, 1, file) == 1);
    }
    return fclose(file) == 0 && good;
}
