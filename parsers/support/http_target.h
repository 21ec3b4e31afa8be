/* SPDX-License-Identifier: Apache-2.0
 *
 * http_target: a request target as the servers behind read it, which do not agree. Pure functions;
 * what they write goes into memory of the caller, HTTP_TARGET_ROOM bytes a view.
 *
 * normal    percent-decoded once, '+' in the query a blank, no fragment; the path with single
 *           forward slashes and without "." and ".."; scheme and host in lower case
 *
 * cut       the same of what stands before the first NUL, where a text in C ends
 *
 * unicode   %uXXXX and overlong UTF-8 read as well
 *
 * twice     percent-decoded twice
 */
#ifndef SUPPORT_HTTP_TARGET_H
#define SUPPORT_HTTP_TARGET_H

#include "base/span.h"

/* An absolute URI may lack the slash that every server reads into it. */
#define HTTP_TARGET_ROOM(n) ((n) + 1)

enum http_target_form {
    HTTP_TARGET_PATH,
    HTTP_TARGET_ABSOLUTE,  /* scheme://authority, then a path */
    HTTP_TARGET_AUTHORITY, /* host:port */
    HTTP_TARGET_ASTERISK,
};

/* What is worth a note, found by http_target_normal(). */
enum http_target_flag {
    HTTP_TARGET_DOUBLE = 1 << 0,      /* decoding once leaves %XX: there is a twice decoded view */
    HTTP_TARGET_ABOVE_ROOT = 1 << 1,  /* ".." leads out of the tree */
    HTTP_TARGET_NUL = 1 << 2,         /* there is a cut view */
    HTTP_TARGET_UNICODE = 1 << 3,     /* %uXXXX */
    HTTP_TARGET_OVERLONG = 1 << 4,    /* UTF-8 longer than need be; with either a unicode view */
    HTTP_TARGET_BAD_PERCENT = 1 << 5, /* '%' that begins nothing */
    HTTP_TARGET_BACKSLASH = 1 << 6,   /* in the path */
    HTTP_TARGET_CONTROL = 1 << 7,     /* a control byte other than NUL */
};

struct http_target {
    struct span raw;
    struct span scheme, authority, path, query; /* pieces of it, as written */
    struct span normal;                         /* what http_target_normal() gave */
    size_t nul;                                 /* of raw, where the first NUL is; raw.n = none */
    uint16_t flags;                             /* enum http_target_flag */
    uint8_t form;                               /* enum http_target_form */
    bool asks;                                  /* there is a query, though it may be empty */
};

struct http_target_view {
    struct span text;
    size_t path;  /* where it begins: from here on it is what a server looks up */
    size_t query; /* where it begins, behind its '?'; text.n when there is none */
};

/* A path of which all views are what is written. */
bool http_target_is_plain(struct span target);
/* One in which nothing is odd: at most a '+' in its query is to be read otherwise. */
bool http_target_is_even(struct span target);

struct http_target http_target_split(struct span target);

/* Each writes HTTP_TARGET_ROOM(raw.n) bytes at most. The normal view is the raw target itself when
 * that needs no change, and then usually nothing is written. The others ask for it first; false:
 * there is no such view, or it would be the normal one. */
struct http_target_view http_target_normal(struct http_target *, uint8_t *out);
bool http_target_cut(const struct http_target *, uint8_t *out, struct http_target_view *);
bool http_target_unicode(const struct http_target *, uint8_t *out, struct http_target_view *);
bool http_target_twice(const struct http_target *, uint8_t *out, struct http_target_view *);

enum http_plus { HTTP_PLUS_KEPT, HTTP_PLUS_BLANK };

/* %XX, once; what is invalid is kept. Writes at most text.n bytes, also where the text itself is;
 * returns the text when there is nothing to decode. */
struct span http_percent_decode(struct span text, enum http_plus, uint8_t *out);

/* The same with '+' as a blank, %uXXXX and overlong UTF-8: an argument as the loosest server reads
 * it. Sets HTTP_TARGET_DOUBLE in *flags when that leaves %XX. */
struct span http_argument_decode(struct span text, uint8_t *out, uint16_t *flags);

/* The arguments of a query or of a form, as written. Beyond the limits they are cut and the flags
 * say so: the rest is in the raw view only. */
enum { HTTP_ARGUMENTS_MOST = 1000, HTTP_ARGUMENT_NAME = 256, HTTP_ARGUMENT_VALUE = 64 * 1024 };

enum http_arguments_flag {
    HTTP_ARGUMENTS_MANY = 1 << 0,
    HTTP_ARGUMENTS_NAME_LONG = 1 << 1,
    HTTP_ARGUMENTS_VALUE_LONG = 1 << 2,
};

struct http_arguments {
    struct span left;
    uint16_t count;
    uint8_t flags; /* enum http_arguments_flag */
};

struct http_argument {
    struct span name, value;
    struct span text; /* both of them, with what is between */
};

struct http_arguments http_arguments_of(struct span query);
/* False when there are no more. */
bool http_arguments_next(struct http_arguments *, struct http_argument *);

#endif
