/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql_frames: the compressed protocol of MySQL.
 *
 *     size(3 LE) number(1) size before(3 LE), then a zlib stream or a zstd frame; as it is when the
 *     size before is 0
 *
 * Packets lie in what the frames hold, without regard to where a frame ends. But the client begins
 * a command with a frame of number 0, and the server answers with the number behind the client's
 * last: there packets begin.
 */
#ifndef SUPPORT_MYSQL_FRAMES_H
#define SUPPORT_MYSQL_FRAMES_H

#include "support/unpack.h"
#include "support/walk.h"

struct mysql_frames {
    struct unpack *unpack;
    uint64_t owed;      /* what the last step of the client's packets answered */
    uint32_t left;      /* bytes to come of the client's frame */
    uint32_t allowance; /* unpacked bytes that will still be looked at */
    uint8_t answer;     /* number of the frame in which the server answers */
    bool awaited;       /* it was not seen yet */
    bool plain;         /* the client's frame is not packed */
    bool broken;        /* up to the next command nothing can be read */
};

/* A piece of a frame of the client; its packets are given to `step`. As a step of walk.h. */
uint64_t mysql_frames_client(struct parse *, struct mysql_frames *, struct cursor *, walk_step *);

/* A frame of the server. True: it begins an answer, and the beginning of it is *packets, in memory
 * that is to be freed when *owned. *rest is what follows and nobody needs. */
struct mysql_answer {
    struct span packets;
    void *owned;
    uint64_t rest;
    bool begins;
};

void mysql_frames_server(struct parse *, struct mysql_frames *, struct cursor *,
                         struct mysql_answer *);
/* The answer goes on in the next frame. */
void mysql_frames_await(struct mysql_frames *);

#endif
