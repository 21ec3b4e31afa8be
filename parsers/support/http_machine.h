/* SPDX-License-Identifier: Apache-2.0
 *
 * http_machine: what the parts of the HTTP/1 parser share: where a sender stands, and how a step
 * ends. http.c reads first lines and headers, http_transfer.c bodies.
 */
#ifndef SUPPORT_HTTP_MACHINE_H
#define SUPPORT_HTTP_MACHINE_H

#include "support/http_message.h"

enum http_limit {
    HTTP_LINE_MAX = 16384, /* of a request, status or header line */
    HTTP_BLOCK_MAX = 65536,
    HTTP_HEADERS_MAX = 1024,
    HTTP_TRAILERS_MAX = 8192,
    HTTP_SIZE_LINE_MAX = 256,
    HTTP_PREAMBLE_MAX = 4, /* lines that are looked through for the first one of an answer */
};

enum step {
    AT_START, /* between two messages */
    AT_HEADER,
    AT_LINE_TAIL, /* what the first line or a header has beyond its limit */
    AT_BODY,
    AT_SIZE,
    AT_SIZE_TAIL,
    AT_CHUNK,
    AT_CHUNK_END,
    AT_TRAILER,
    AT_ANSWER, /* the client's next bytes mean what the answer to CONNECT says */
    AT_LOST,   /* looking for a message at the start of a segment */
    AT_END,    /* a body as long as the connection */
    AT_BARE,   /* lines where an answer's first one should be */
};

enum flow {
    FLOW_ON,
    FLOW_WAIT, /* for more bytes */
    FLOW_SKIP, /* committed, and the engine drops what follows */
    FLOW_DONE, /* committed */
    FLOW_REJECT,
};

/* The next line, cut at its limit; `cut` says that the rest of it still has to be passed over. */
struct span http_line_take(struct cursor *, bool *cut);
/* The same for a first line, which a CR alone may end: *cr says so. */
struct span http_line_first(struct cursor *, bool *cut, bool *cr);
/* Up to and with the next line end, as far as it is here. True when it is. */
bool http_line_pass(struct cursor *);

void http_reply_begin(struct parse *, struct http_side *);
void http_reply_end(struct parse *, struct http_side *);
enum flow http_message_end(struct parse *, struct http_side *);
/* AT_END, and the connection has ended. */
void http_endless_end(struct parse *, struct http_side *);

enum http_head {
    HTTP_HEAD_GOES_ON,
    HTTP_HEAD_ENDS,  /* the empty line has been read */
    HTTP_HEAD_WAITS, /* for the end of a line */
    HTTP_HEAD_CUT,   /* behind HTTP_LINE_MAX bytes of a line that goes on */
};

/* Reads the header lines ahead; `*used`: how many bytes are done with. Never GOES_ON. */
enum http_head http_head_lines(struct parse *, struct http *, struct http_side *, struct span ahead,
                               size_t *used);

/* The head of a message is read: what comes behind it. */
enum flow http_head_end(struct parse *, struct http *, struct http_side *, struct cursor *);
enum flow http_body_begin(struct parse *, struct http_side *, struct cursor *, enum frame);
/* AT_BODY to AT_TRAILER, and AT_END. */
enum flow http_body_step(struct parse *, struct http_side *, struct cursor *);

/* ---- slowness: requests that take their time to keep a server busy ---- */

/* The client is in the middle of something; `left` bytes of it wait for more. */
void http_watch(struct parse *, struct http_side *, size_t left);
void http_watch_tick(struct parse *, struct http_side *);

#endif
