/* SPDX-License-Identifier: Apache-2.0
 *
 * text_message: what SIP and RTSP took over from HTTP: a start line, headers, an empty line, a body
 * of a length that a header tells. Of a continued value (a blank in front of the next line) the
 * first line that is not empty is read.
 */
#ifndef SUPPORT_TEXT_MESSAGE_H
#define SUPPORT_TEXT_MESSAGE_H

#include "base/cursor.h"

enum { TEXT_LINE_MOST = 8192 };

/* How far the lines of a head that is not here whole were looked through. What waits comes again
 * from its beginning, and is not looked through again. Zero it when a message was read or lost. */
struct text_head {
    uint32_t line; /* where the first line that has no end yet begins */
    uint32_t seen; /* no line ends before this */
    bool whole;
};

struct text_start {
    struct span line;
    bool answer;
    struct span method, target, version; /* of a request */
    unsigned status;                     /* of an answer */
    struct span reason;
};

/* Is the head here, up to its empty line? If not: SHORT, or BAD when its start line is not of the
 * protocol or a line is too long. Moves nothing. */
bool text_head_is_whole(struct text_head *, struct cursor *, struct span protocol);

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
