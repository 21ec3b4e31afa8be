/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_frame: the frame header of HTTP/2 (RFC 9113 section 4.1) and what each type must look like.
 */
#ifndef SUPPORT_H2_FRAME_H
#define SUPPORT_H2_FRAME_H

#include "base/cursor.h"

enum h2_type {
    H2_DATA = 0,
    H2_HEADERS = 1,
    H2_PRIORITY = 2,
    H2_RST_STREAM = 3,
    H2_SETTINGS = 4,
    H2_PUSH_PROMISE = 5,
    H2_PING = 6,
    H2_GOAWAY = 7,
    H2_WINDOW_UPDATE = 8,
    H2_CONTINUATION = 9,
    H2_ALTSVC = 10,
    H2_ORIGIN = 12,
    H2_PRIORITY_UPDATE = 16,
};

enum h2_flag {
    H2_END_STREAM = 0x01,
    H2_ACK = 0x01,
    H2_END_HEADERS = 0x04,
    H2_PADDED = 0x08,
    H2_HAS_PRIORITY = 0x20,
};

enum { H2_FRAME_HEAD = 9, H2_FRAME_USUAL = 16384 };

#define H2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

struct h2_frame {
    uint32_t length;
    uint32_t stream;
    uint8_t type;
    uint8_t flags;
};

/* Reads the nine bytes; no judgement. */
static inline struct h2_frame h2_frame_read(struct cursor *c)
{
    struct h2_frame f = {.length = cur_be24(c)};

    f.type = cur_u8(c);
    f.flags = cur_u8(c);
    f.stream = cur_be32(c);
    return f;
}

/* Does a frame of this type look so? Unknown types are allowed (section 5.5), but not believed. */
bool h2_frame_valid(const struct h2_frame *);
/* ... and may it be taken as a sign of HTTP/2? */
bool h2_frame_known(const struct h2_frame *);
/* Bytes of the payload that stand before fragment or data: pad length, priority, promised stream.
 */
uint32_t h2_frame_extra(const struct h2_frame *);
/* How many frames, each as believable as its type allows, stand one behind the other at the
 * beginning of these bytes? 0: something else stands among them. A last one may be incomplete. */
unsigned h2_chain(struct cursor);
/* "CANCEL" for 8 (section 7). */
const char *h2_error_name(uint32_t code);
/* Does it say that the other side has broken a rule? */
bool h2_error_blames(uint32_t code);
/* Are these `length` bytes settings that exist, or that are there to be ignored (RFC 8701)? */
bool h2_settings_known(struct cursor, uint32_t length);

#endif
