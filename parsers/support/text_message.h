/* SPDX-License-Identifier: Apache-2.0
 *
 * text_message: what SIP and RTSP took over from HTTP: a start line, headers, an empty line, a body
 * of a length that a header tells. Continued lines (a blank in front) are read as one value's end.
 */
#ifndef SUPPORT_TEXT_MESSAGE_H
#define SUPPORT_TEXT_MESSAGE_H

#include "base/cursor.h"

enum { TEXT_LINE_MOST = 8192, TEXT_HEADERS_MOST = 256 };

struct text_start {
    struct span line;
    bool answer;
    struct span method, target, version; /* of a request */
    unsigned status;                     /* of an answer */
    struct span reason;
};

/* Reads the start line. `protocol`: "SIP/" or "RTSP/"; BAD when it is not of that. */
struct text_start text_start_read(struct cursor *, struct span protocol);

/* The next header line; an empty name is the end of the headers. */
struct text_header {
    struct span name, value;
};
struct text_header text_header_read(struct cursor *);

/* A whole number at the beginning of a value; UINT64_MAX: none. */
uint64_t text_number(struct span value);

#endif
