/* SPDX-License-Identifier: Apache-2.0
 *
 * ws_frame: heads of WebSocket frames (RFC 6455 section 5.2), and streams of them that were joined
 * in the middle: what follows one another so, masked by one side only, is nothing else.
 */
#ifndef SUPPORT_WS_FRAME_H
#define SUPPORT_WS_FRAME_H

#include "parser/parser.h"

enum ws_limit { WS_CONTROL_MOST = 125, WS_CHAIN_LOOK = 512 };

enum ws_opcode {
    WS_MORE = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

struct ws_frame {
    uint64_t length;
    uint8_t opcode;
    bool ends, compressed, masked;
    uint8_t key[4];
};

/* Reads a head; BAD when it cannot be one. */
struct ws_frame ws_frame_read(struct cursor *);

/* What one side has shown: frames, and how unlikely they were by chance, in bits. */
struct ws_shown {
    uint8_t frames, bits;
    uint8_t message; /* of the data frame before: does it go on? */
    uint8_t key[4];  /* of the frame before */
    bool other;      /* not all were text */
};

struct ws_chain {
    struct ws_shown side[2];
};

/* The next frame of p->dir; BAD when this is no stream of frames. Returns how many bytes behind the
 * cursor belong to it, too, which nobody has to read. */
uint64_t ws_chain_frame(const struct parse *, struct ws_chain *, struct cursor *);
/* What all frames together prove. */
enum proof ws_chain_proof(const struct ws_chain *);

#endif
