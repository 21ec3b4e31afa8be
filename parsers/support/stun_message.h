/* SPDX-License-Identifier: Apache-2.0
 *
 * stun_message: messages of STUN and TURN (RFC 8489, 8656; RFC 3489 before there was a cookie).
 * Pure functions but for stun_report(); spans point into the message.
 */
#ifndef SUPPORT_STUN_MESSAGE_H
#define SUPPORT_STUN_MESSAGE_H

#include "parser/parser.h"

enum { STUN_HEAD = 20, STUN_COOKIE = 0x2112a442 };

enum stun_class { STUN_REQUEST, STUN_INDICATION, STUN_SUCCESS, STUN_ERROR };

enum stun_method { STUN_BINDING = 1, STUN_ALLOCATE = 3, STUN_CONNECTION_BIND = 11 };

struct stun_message {
    uint16_t method;
    enum stun_class class;
    bool classic;  /* without cookie */
    bool checked;  /* its fingerprint is right */
    bool familiar; /* attributes, and all of them are in RFC 3489 */
    uint16_t error;
    struct span id; /* of the transaction; with the cookie where there is none */
    struct span user;
    struct span payload; /* DATA: what is relayed */
    struct cursor attributes;
    struct span whole;
};

/* Could these be the first bytes of a message with a cookie? */
bool stun_begins(struct span);
/* The next message; SHORT when it is not all here. */
void stun_read(struct cursor *, struct stun_message *);
/* All that a message tells, as a transaction of its own. */
void stun_report(struct parse *, const struct stun_message *);

#endif
