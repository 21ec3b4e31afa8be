/* SPDX-License-Identifier: Apache-2.0
 *
 * frame_list: frames with their times, in the order in which they are seen. Every frame has its own
 * exact allocation, so that a sanitizer sees each byte read beyond it.
 */
#ifndef TESTS_FRAME_LIST_H
#define TESTS_FRAME_LIST_H

#include "engine/packet.h"

struct listed_frame {
    uint8_t *bytes;
    uint32_t n;
    uint32_t wire; /* length on the wire; larger than n: the capture cut it */
    uint64_t time_us;
    uint8_t link;     /* enum link_type */
    uint8_t checksum; /* enum checksum_status */
    bool gso;
};

struct frame_list {
    struct listed_frame *frames;
    size_t count;
    size_t room;
};

/* Copies the bytes. The frame can be adjusted (link, wire, checksum) until the next call. */
struct listed_frame *frame_list_add(struct frame_list *, const void *bytes, size_t n,
                                    uint64_t time_us);
void frame_list_add_all(struct frame_list *, const struct frame_list *from);
/* The list is empty afterwards and can be used again. */
void frame_list_free(struct frame_list *);

/* Puts the frames of [first, first + count) into the order given by indices relative to `first`. */
void frame_list_reorder(struct frame_list *, size_t first, const size_t *order, size_t count);

/* A classic capture file. Its link type is that of the first frame. */
bool frame_list_save(const struct frame_list *, const char *path);

#endif
