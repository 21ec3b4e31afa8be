/* SPDX-License-Identifier: Apache-2.0
 *
 * rtsp_tunnel: what a client sends behind the head of a POST that carries RTSP: its messages, each
 * in base64. The server's answers come through another connection, as they are. HTTP hands the
 * session over; this parser is not in the registry.
 */
#ifndef SUPPORT_RTSP_TUNNEL_H
#define SUPPORT_RTSP_TUNNEL_H

#include "parser/parser.h"

extern const struct parser parser_rtsp;
extern const struct parser parser_rtsp_tunnel;

#endif
