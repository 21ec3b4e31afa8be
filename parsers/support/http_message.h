/* SPDX-License-Identifier: Apache-2.0
 *
 * http_message: what the HTTP parser remembers of a connection, and what it makes of header lines.
 */
#ifndef SUPPORT_HTTP_MESSAGE_H
#define SUPPORT_HTTP_MESSAGE_H

#include "parser/parser.h"
#include "support/http_body.h"
#include "support/http_client.h"
#include "support/http_detect.h"
#include "support/http_event.h"
#include "support/http_framing.h"
#include "support/http_line.h"
#include "support/http_lines.h"
#include "support/http_product.h"
#include "support/http_shadow.h"
#include "support/ws_handshake.h"

/* What an anomaly of a message is: odd, or one on whose meaning two servers could disagree (2014):
 * in requests; in both; where it is common. A length below zero is 2013, slowness 2015. */
enum http_kind {
    HTTP_ODD,
    HTTP_REQUEST,
    HTTP_SMUGGLE,
    HTTP_BESIDE,
    HTTP_NEGATIVE,
    HTTP_SLOW,
};

#define HTTP_NOTES(NOTE)                                                                           \
    NOTE(VERSION, ODD, "HTTP version is neither 1.0 nor 1.1")                                      \
    NOTE(NO_VERSION, ODD, "HTTP request without version")                                          \
    NOTE(TARGET_BYTE, ODD, "space or control byte in HTTP request target")                         \
    NOTE(TARGET_USER, ODD, "user information in HTTP request target")                              \
    NOTE(STATUS, ODD, "malformed HTTP status line")                                                \
    NOTE(PREAMBLE, ODD, "bytes before HTTP status line")                                           \
    NOTE(NO_STATUS, ODD, "HTTP answer without status line")                                        \
    NOTE(BLANK, ODD, "too many empty lines before HTTP message")                                   \
    NOTE(LINE_LONG, ODD, "HTTP line over 16 KiB")                                                  \
    NOTE(BLOCK_LONG, ODD, "HTTP header block over 64 KiB")                                         \
    NOTE(MANY, ODD, "more than 1024 HTTP headers")                                                 \
    NOTE(REPEATED, ODD, "one HTTP header more than 64 times")                                      \
    NOTE(TRAILERS, ODD, "HTTP trailers over 8 KiB")                                                \
    NOTE(NAME_BLANK, ODD, "space before colon of HTTP header")                                     \
    NOTE(NAME_BAD, ODD, "invalid HTTP header name")                                                \
    NOTE(NO_COLON, ODD, "HTTP header without colon")                                               \
    NOTE(FOLDED, ODD, "folded HTTP header")                                                        \
    NOTE(CR, ODD, "CR inside HTTP header line")                                                    \
    NOTE(CR_ONLY, ODD, "HTTP lines that end with CR alone")                                        \
    NOTE(HOST_MISSING, ODD, "HTTP/1.1 request without Host")                                       \
    NOTE(HOST_AGAIN, ODD, "several Host headers")                                                  \
    NOTE(HOST_BAD, ODD, "invalid HTTP host")                                                       \
    NOTE(HOST_DIFFERS, ODD, "ambiguous HTTP host")                                                 \
    NOTE(LENGTH_AND_CHUNKED, BESIDE, "HTTP length and chunked")                                    \
    NOTE(NOT_CHUNKED, REQUEST, "last HTTP transfer coding is not chunked")                         \
    NOTE(CHUNKED_TWICE, REQUEST, "HTTP transfer coding chunked more than once")                    \
    NOTE(DISGUISED, REQUEST, "disguised HTTP transfer coding")                                     \
    NOTE(IDENTITY, ODD, "obsolete HTTP transfer coding identity")                                  \
    NOTE(CHUNKED_OLD, ODD, "HTTP/1.0 message with transfer coding")                                \
    NOTE(LENGTH_AGAIN, ODD, "repeated HTTP content length")                                        \
    NOTE(LENGTH_DIFFERS, SMUGGLE, "different HTTP content lengths")                                \
    NOTE(LENGTH_MINUS, NEGATIVE, "negative HTTP content length")                                   \
    NOTE(LENGTH_BAD, SMUGGLE, "invalid HTTP content length")                                       \
    NOTE(BODY, ODD, "HTTP request body where none is usual")                                       \
    NOTE(SIZE_BAD, REQUEST, "invalid HTTP chunk size")                                             \
    NOTE(SIZE_MINUS, NEGATIVE, "HTTP chunk size over 2^31")                                        \
    NOTE(SIZE_PREFIX, ODD, "HTTP chunk size with 0x")                                              \
    NOTE(SIZE_LEAD, ODD, "blanks before HTTP chunk size")                                          \
    NOTE(NO_CHUNKS, ODD, "HTTP body announced as chunked is not")                                  \
    NOTE(SIZE_TAIL, ODD, "garbage behind HTTP chunk size")                                         \
    NOTE(SIZE_LONG, ODD, "HTTP chunk size line over 256 bytes")                                    \
    NOTE(CHUNK_END, ODD, "no line end behind HTTP chunk")                                          \
    NOTE(STRAY, ODD, "bytes that are no HTTP message")                                             \
    NOTE(SMUGGLED, SMUGGLE, "a request inside of an HTTP request, for some servers")               \
    NOTE(INNER, ODD, "HTTP request body that is a request")                                        \
    NOTE(RANGES, ODD, "more than 16, or overlapping, HTTP ranges")                                 \
    NOTE(SLOW_HEAD, SLOW, "head of HTTP request takes too long")                                   \
    NOTE(SLOW_BODY, SLOW, "body of HTTP request takes too long")                                   \
    NOTE(ACCEPT, ODD, "WebSocket answer does not fit the key")                                     \
    NOTE(FORWARDED_MANY, ODD, HTTP_CLIENT_MANY_TEXT)                                               \
    NOTE(FORWARDED_INSIDE, ODD, HTTP_CLIENT_INSIDE_TEXT)                                           \
    NOTE(QUEUE, ODD, "more than 512 open HTTP requests")

enum http_note {
#define NOTE(name, kind, text) NOTE_##name,
    HTTP_NOTES(NOTE)
#undef NOTE
        NOTE_COUNT
};

_Static_assert(NOTE_COUNT <= 64, "one bit each in side.noted");

enum { HTTP_HOST_KEPT = 47 };
enum { HTTP_NAMES = 32, HTTP_AGAIN_MAX = 64 };
enum { HTTP_OPEN_MAX = 512 }; /* requests that wait for their answer */

enum asked { ASKED_OTHER, ASKED_HEAD, ASKED_CONNECT, ASKED_BARE };

/* What a folded line goes on with. */
enum header {
    HEADER_OTHER,
    HEADER_LENGTH,
    HEADER_CODING,
    HEADER_CONTENT,     /* Content-Encoding */
    HEADER_CODING_BARE, /* a line that is nothing but such a name: its colon may follow */
    HEADER_CONTENT_BARE,
};

enum side_flag {
    SIDE_STARTED = 1 << 0,
    SIDE_PROVED = 1 << 1,
    SIDE_OLD = 1 << 2,      /* the message is HTTP/1.0 */
    SIDE_QUIET = 1 << 3,    /* an interim answer: no transaction */
    SIDE_HOST = 1 << 4,     /* Host has been seen */
    SIDE_TARGET = 1 << 5,   /* the target names a host, which counts more than Host */
    SIDE_SOCKET = 1 << 6,   /* Upgrade: websocket */
    SIDE_BODYLESS = 1 << 7, /* a method that usually has no body */
    SIDE_OPEN = 1 << 8,     /* a reply whose transaction is not yet complete */
    SIDE_RTSP = 1 << 9,     /* the body is of another protocol, and goes on as long as it likes */
    SIDE_H2C = 1 << 10,     /* Upgrade: h2c */
    SIDE_KEY = 1 << 11,     /* a WebSocket key; an answer that fits it */
    SIDE_EARLY = 1 << 16,   /* the answer was complete before its request: so is the event, then */
    SIDE_BARE = 1 << 13,    /* an answer has begun without its first line */
    SIDE_FIRST = 1 << 15,   /* and is the first one */
    SIDE_WHITE = 1 << 14,   /* the last header line was nothing but blanks */
    SIDE_CR = 1 << 17,      /* its lines end with CR alone */
    SIDE_CHUNKED = 1 << 12, /* the size of a chunk has been read */
};

/* One sender. From `noted` on it is about the message at hand and begins anew with each. */
struct http_side {
    uint8_t step;
    uint8_t blank;
    uint8_t header; /* enum header: what a folded line goes on with */
    uint8_t asked;  /* of the request; of the one that is being answered */
    uint32_t flags; /* enum side_flag */
    uint16_t status;
    uint16_t headers;
    uint8_t again[HTTP_NAMES]; /* headers so far, by a digest of their names */
    uint32_t block;
    uint64_t noted;
    uint64_t left;  /* of the body or chunk */
    uint32_t chunk; /* its size */
    struct http_lines lines;
    struct http_body *content; /* NULL: nobody reads the body */
    bool watched;              /* its bytes are read a second time: none may be skipped */
    uint32_t held;             /* seen and not consumed */
    uint32_t looked;           /* of a line, without having found its end */
    uint64_t began;            /* microseconds; 0: no request is under way */
    uint64_t head_read;        /* when its head was complete; 0: not yet */
    uint64_t body;
    struct framing framing;
};

struct http {
    struct http_side side[2];
    struct http_shadow *shadow;
    bool shadow_usual;        /* nothing was odd about the length: a body may hold a request */
    const uint8_t *shadow_at; /* during a call: what it has not seen of the cursor */
    struct http_product product;
    struct http_event *event;             /* NULL: nothing to tell yet */
    struct http_client *client;           /* NULL: no proxy has said for whom it asks */
    uint8_t socket_digest[WS_DIGEST];     /* of the client's key */
    uint32_t socket_agreed;               /* enum ws_agreed, by the answer */
    uint64_t h2_agreed;                   /* HTTP2-Settings; 0: have not been seen */
    uint32_t target_hash;                 /* of the host in the request target */
    uint8_t host_n, host[HTTP_HOST_KEPT]; /* the Host header that was told last */
    uint32_t requests;                    /* so far */
    uint16_t first, open;                 /* of the queue */
    uint8_t proof;
    uint8_t answered;                 /* the server has sent a status line */
    uint8_t asked[HTTP_OPEN_MAX / 4]; /* two bits each */
};

/* One event for each anomaly of a message. */
void http_note(struct parse *, struct http_side *, enum http_note);
/* This sender has proved HTTP, alone to this level. */
void http_prove(struct parse *, struct http *, struct http_side *, enum proof);

uint32_t http_host_hash(struct span name);
void http_host_found(struct parse *, struct http_side *, const struct http_host *);

/* Lengths of the header names that matter, as bits, by whether there are transactions and by the
 * first letter. */
extern const uint32_t http_header_lengths[2][26];

enum http_line_kind {
    HTTP_LINE_ODD,
    HTTP_LINE_PLAIN, /* it has a name, of which first and last byte are in order */
    HTTP_LINE_DULL,  /* as well, and nobody asks for it */
};

/* Of a header line that is not empty. `colon`: the index of the first, or anything from its length
 * on. */
static inline enum http_line_kind http_line_kind(const struct parse *p, struct span line,
                                                 size_t colon)
{
    unsigned letter = (unsigned)(line.p[0] | 0x20) - 'a';

    if (colon - 1 >= line.n - 1 || letter >= 26 || line.p[colon - 1] <= ' ' ||
        line.p[colon - 1] >= 0x7f)
        return HTTP_LINE_ODD;
    if (colon <= 31 && http_header_lengths[p->wants_tx][letter] >> colon & 1 &&
        (letter != 'x' - 'a' || http_client_begins(line)))
        return HTTP_LINE_PLAIN;
    return HTTP_LINE_DULL;
}

/* A line of the second kind. */
void http_header_plain(struct parse *, struct http *, struct http_side *, struct span line,
                       size_t colon);
/* May a line of a header begin so? Behind a line of blanks, which some take for the end. */
bool http_header_begins(struct span first);
/* A header line of the message of p->dir, without its end; not empty. `colon` as above. */
void http_header_line(struct parse *, struct http *, struct http_side *, struct span line,
                      size_t colon);
/* The same for one with a CR inside, which some take for the end of the line. */
void http_header_lines(struct parse *, struct http *, struct http_side *, struct span line);
/* All lines are read: tell what is wrong with the framing. */
void http_framing_notes(struct parse *, struct http_side *);

/* What was asked and not yet answered: the queue of requests. */
void http_asked_push(struct parse *, struct http *, struct http_side *);
enum asked http_asked_pop(struct http *);

#endif
