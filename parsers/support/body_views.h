/* SPDX-License-Identifier: Apache-2.0
 *
 * body_views: what else there is to read in a body: its text in UTF-8 when it is in another
 * character set, and the pieces it is made of, each a buffer of its own: arguments of a form, parts
 * and names of files, names and values of JSON, text and attributes of XML. Pieces are those of the
 * beginning of the body.
 *
 * One for each body, in place, begins as zeroes; body_views_end() gives its memory back.
 */
#ifndef SUPPORT_BODY_VIEWS_H
#define SUPPORT_BODY_VIEWS_H

#include "parser/parser.h"
#include "support/charset.h"

enum { BODY_KEPT_MOST = 128 << 10, BODY_TYPE_MOST = 250 };

enum body_kind {
    BODY_UNKNOWN,
    BODY_FORM, /* application/x-www-form-urlencoded */
    BODY_MULTIPART,
    BODY_JSON,
    BODY_XML,
    BODY_PROTOBUF, /* a message of gRPC: its strings are arguments */
};

struct body_views {
    uint8_t kind;    /* enum body_kind, as said */
    bool odd;        /* a character set that nobody knows, or that browsers never send */
    bool opened;     /* the body has begun */
    bool keeps;      /* its beginning */
    bool judged;     /* whether that is worth it */
    bool converted;  /* the buffer of its text has begun */
    uint8_t value_n; /* the boundaries of Content-Type, cut */
    uint32_t kept_n, kept_room;
    uint8_t *kept;
    struct charset_reader charset;
    uint8_t value[BODY_TYPE_MOST];
};

/* A Content-Type (RFC 9110 section 8.3). */
void body_views_type(struct body_views *, struct span value);

/* Decoded bytes of the body. `text` gets them as UTF-8 when they are something else. */
void body_views_feed(struct parse *, struct body_views *, struct span piece, out_fn *text,
                     void *arg);
/* Does it have to see the bytes to come? */
bool body_views_looks(const struct parse *, const struct body_views *);
/* No more comes: shows the pieces. */
void body_views_end(struct parse *, struct body_views *, out_fn *text, void *arg);

#endif
