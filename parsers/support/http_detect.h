/* SPDX-License-Identifier: Apache-2.0
 *
 * http_detect: what detection reads of the heads of messages. All of it costs nothing when nobody
 * reads it.
 */
#ifndef SUPPORT_HTTP_DETECT_H
#define SUPPORT_HTTP_DETECT_H

#include "parser/parser.h"

/* A request: its line as it was sent, its method and its target. */
void http_detect_request(struct parse *, struct span line, struct span method, struct span target);
void http_detect_status(struct parse *, struct span line);
/* The same of HTTP/2, which has no lines. */
void http_detect_request2(struct parse *, struct span method, struct span path);
void http_detect_status2(struct parse *, struct span code);
/* The target alone. */
void http_detect_target(struct parse *, struct span target);
/* The arguments of a query or of a form, one by one; `room`: text.n bytes. */
void http_detect_arguments(struct parse *, enum buffer, struct span text, uint8_t *room);

#endif
