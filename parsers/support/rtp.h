/* SPDX-License-Identifier: Apache-2.0
 *
 * rtp: how another protocol announces media streams (RFC 3550).
 */
#ifndef SUPPORT_RTP_H
#define SUPPORT_RTP_H

#include "parser/parser.h"

extern const struct parser parser_rtp;

/* `whose` has said that media come to this port, and what belongs to them to the next one. */
void rtp_announce(struct parse *, enum dir whose, uint16_t port);

#endif
