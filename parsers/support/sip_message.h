/* SPDX-License-Identifier: Apache-2.0
 *
 * sip_message: one message of SIP (RFC 3261), read. Spans point into the bytes it was read from.
 */
#ifndef SUPPORT_SIP_MESSAGE_H
#define SUPPORT_SIP_MESSAGE_H

#include "parser/parser.h"
#include "support/text_message.h"

/* What every message has. */
enum sip_must {
    SIP_HAS_VIA = 1,
    SIP_HAS_FROM = 2,
    SIP_HAS_TO = 4,
    SIP_HAS_CALL = 8,
    SIP_HAS_CSEQ = 16,
    SIP_HAS_ALL = 31,
};

struct sip_message {
    struct text_start start;
    struct span via, from, to, call, cseq, agent, server, type;
    struct span authorization;
    uint64_t length;
    unsigned must;
    struct span body;
    uint64_t pass; /* or a body that is only passed on */
};

/* The next message, of any method; over UDP the datagram's only one, perhaps cut short on the way.
 */
struct sip_message sip_message_read(const struct parse *, struct cursor *, struct text_head *);

/* "1 REGISTER": is the method this one? */
bool sip_is_about(const struct sip_message *, struct span method);

bool sip_is_description(const struct sip_message *);

/* Could these bytes begin a message with one of the methods everybody knows? True when they are too
 * few to tell. */
bool sip_message_begins(struct span first);

#endif
