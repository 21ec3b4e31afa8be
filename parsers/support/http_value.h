/* SPDX-License-Identifier: Apache-2.0
 *
 * http_value: what the values of header lines mean behind their notations. Pure functions; each
 * writes at most as many bytes as the value has, and returns the value itself, without a copy, when
 * there is nothing to undo. Percent-encoding alone: http_percent_decode().
 */
#ifndef SUPPORT_HTTP_VALUE_H
#define SUPPORT_HTTP_VALUE_H

#include "base/span.h"

/* One line: each line end with the blanks around it becomes a space (RFC 9112 5.2); trimmed. */
struct span http_value_unfold(struct span value, uint8_t *out);

/* Encoded words (RFC 2047) as the bytes they stand for, in whatever character set. */
struct span http_value_words(struct span value, uint8_t *out);

/* Parameters of RFC 8187: name*=charset'language'text becomes name=text. */
struct span http_value_extended(struct span value, uint8_t *out);

/* A cookie as it is written, without blanks and quotes around its value. */
struct http_cookie {
    struct span name, value;
};

/* The next of a Cookie header (RFC 6265 4.2), or of Set-Cookie, where the first is the cookie and
 * the others its attributes. False when there are no more. */
bool http_cookie_next(struct span *left, struct http_cookie *);

#endif
