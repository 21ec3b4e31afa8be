/* SPDX-License-Identifier: Apache-2.0
 *
 * ws_payload: what the messages of a WebSocket carry, by the beginning of the first of each side.
 */
#ifndef SUPPORT_WS_PAYLOAD_H
#define SUPPORT_WS_PAYLOAD_H

#include "parser/parser.h"

enum { WS_LOOK = 64 };

struct ws_look {
    const char *says; /* what it is, when there is no label for it */
    uint8_t n;
    bool done;
    bool text;
    uint8_t bytes[WS_LOOK];
};

/* A piece of the first message. */
void ws_look(struct parse *, struct ws_look *, bool text, struct span piece);
/* The message has ended: what there is has to do. */
void ws_look_end(struct parse *, struct ws_look *);

/* Socket.IO says what a message is in front of its JSON: 42["event",{}], 40/chat,{}. */
enum ws_front { WS_FRONT_NONE, WS_FRONT_BEGINS, WS_FRONT_NUMBER, WS_FRONT_SPACE };

/* What of a message's bytes stands behind that; `state` (enum ws_front) is BEGINS at its first. */
struct span ws_behind_front(uint8_t *state, struct span bytes);

#endif
