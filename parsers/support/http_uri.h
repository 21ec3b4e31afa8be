/* SPDX-License-Identifier: Apache-2.0
 *
 * http_uri: a request target as the servers behind read it, which do not agree. Pure functions;
 * what they write goes into memory of the caller, HTTP_URI_ROOM bytes a view.
 *
 *   normal    percent-decoded once, '+' in the query a blank, without fragment; the path with
 * forward slashes, one at a time, and without "." and ".."; scheme and host in lower case cut the
 * same of what stands before the first NUL, where a text in C ends unicode   %uXXXX and overlong
 * UTF-8 read as well twice     percent-decoded twice
 */
#ifndef SUPPORT_HTTP_URI_H
#define SUPPORT_HTTP_URI_H

#include "base/span.h"

/* An absolute URI may lack the slash that every server reads into it. */
#define HTTP_URI_ROOM(n) ((n) + 1)

enum http_uri_form {
    HTTP_URI_PATH,
    HTTP_URI_ABSOLUTE,  /* scheme://authority, then a path */
    HTTP_URI_AUTHORITY, /* host:port */
    HTTP_URI_ASTERISK,
};

/* What is worth a note, found by http_uri_normal(). */
enum http_uri_flag {
    HTTP_URI_DOUBLE = 1 << 0,      /* decoding once leaves %XX: there is a twice decoded view */
    HTTP_URI_ABOVE_ROOT = 1 << 1,  /* ".." leads out of the tree */
    HTTP_URI_NUL = 1 << 2,         /* there is a cut view */
    HTTP_URI_UNICODE = 1 << 3,     /* %uXXXX */
    HTTP_URI_OVERLONG = 1 << 4,    /* UTF-8 longer than need be; with either a unicode view */
    HTTP_URI_BAD_PERCENT = 1 << 5, /* '%' that begins nothing */
    HTTP_URI_BACKSLASH = 1 << 6,   /* in the path */
    HTTP_URI_CONTROL = 1 << 7,     /* a control byte other than NUL */
};

struct http_uri {
    struct span raw;
    struct span scheme, authority, path, query; /* pieces of it, as written */
    struct span normal;                         /* what http_uri_normal() gave */
    size_t nul;                                 /* of raw, where the first NUL is; raw.n = none */
    uint16_t flags;                             /* enum http_uri_flag */
    uint8_t form;                               /* enum http_uri_form */
    bool asks;                                  /* there is a query, though it may be empty */
};

struct http_uri_view {
    struct span text;
    size_t path;  /* where it begins: from here on it is what a server looks up */
    size_t query; /* where it begins, behind its '?'; text.n when there is none */
};

struct http_uri http_uri_split(struct span target);

/* Each writes HTTP_URI_ROOM(raw.n) bytes at most. The normal view is the raw target itself when
 * that needs no change, and then usually nothing is written. The others ask for it first; false:
 * there is no such view, or it would be the normal one. */
struct http_uri_view http_uri_normal(struct http_uri *, uint8_t *out);
bool http_uri_cut(const struct http_uri *, uint8_t *out, struct http_uri_view *);
bool http_uri_unicode(const struct http_uri *, uint8_t *out, struct http_uri_view *);
bool http_uri_twice(const struct http_uri *, uint8_t *out, struct http_uri_view *);

enum http_plus { HTTP_PLUS_KEPT, HTTP_PLUS_BLANK };

/* %XX, once; what is invalid is kept. Writes at most text.n bytes, also where the text itself is;
 * returns the text when there is nothing to decode. */
struct span http_percent_decode(struct span text, enum http_plus, uint8_t *out);

/* The arguments of a query or of a form, as written. Beyond the limits they are cut and the flags
 * say so: the rest is in the raw view only. */
enum { HTTP_ARGS_MOST = 1000, HTTP_ARG_NAME = 256, HTTP_ARG_VALUE = 64 * 1024 };

enum http_args_flag {
    HTTP_ARGS_MANY = 1 << 0,
    HTTP_ARGS_NAME_LONG = 1 << 1,
    HTTP_ARGS_VALUE_LONG = 1 << 2,
};

struct http_args {
    struct span left;
    uint16_t count;
    uint8_t flags; /* enum http_args_flag */
};

struct http_arg {
    struct span name, value;
};

struct http_args http_args_of(struct span query);
/* False when there are no more. */
bool http_args_next(struct http_args *, struct http_arg *);

#endif
