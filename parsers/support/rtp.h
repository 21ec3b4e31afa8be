/* SPDX-License-Identifier: Apache-2.0
 *
 * rtp: media streams (RFC 3550) that another protocol has announced. They prove nothing by
 * themselves, so this parser is not in the registry.
 */
#ifndef SUPPORT_RTP_H
#define SUPPORT_RTP_H

#include "parser/parser.h"

extern const struct parser parser_rtp;

/* `whose` has said that media come to this port, and what belongs to them to the next one. */
void rtp_announce(struct parse *, enum dir whose, uint16_t port);

#endif
