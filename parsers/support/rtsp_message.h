/* SPDX-License-Identifier: Apache-2.0
 *
 * rtsp_message: one message of RTSP 1.0 (RFC 2326) or 2.0 (RFC 7826) without its body. Spans point
 * into the bytes it was read from.
 */
#ifndef SUPPORT_RTSP_MESSAGE_H
#define SUPPORT_RTSP_MESSAGE_H

#include "parser/parser.h"
#include "support/text_message.h"

/* In front of media inside the connection. */
enum { RTSP_MEDIA = '$' };

struct rtsp_message {
    struct text_start start;
    struct span agent, server, session, transport, type;
    uint64_t sequence; /* UINT64_MAX: none */
    uint64_t length;
};

/* Of any method. */
struct rtsp_message rtsp_message_read(struct cursor *);

/* Could these bytes begin a request with one of the methods everybody knows, or a status line? True
 * when they are too few to tell. */
bool rtsp_message_begins(struct span first);

/* What it is a transaction of. */
uint64_t rtsp_message_key(const struct parse *, const struct rtsp_message *);
void rtsp_message_report(struct parse *, const struct rtsp_message *);

#endif
