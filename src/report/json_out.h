/* SPDX-License-Identifier: Apache-2.0
 *
 * json_out: JSON text written straight into one buffer, for events. (Documents that are read use
 * the JSON library; an event is only written, and often.) One owner.
 *
 * Values and keys come in document order; commas are put where they belong. After a refused
 * allocation everything is a no-op until json_line_begin().
 */
#ifndef REPORT_JSON_OUT_H
#define REPORT_JSON_OUT_H

#include "base/span.h"

struct json_out {
    char *text;
    size_t used, room;
    size_t line; /* where the present line begins */
    bool failed; /* the present line found no memory */
};

void json_out_fini(struct json_out *);

/* A line is one object. json_line_end() is false, and the line gone, when memory was short. */
void json_line_begin(struct json_out *);
bool json_line_end(struct json_out *);

/* A key, one of ours: it needs no escapes. One value, object or list must follow. */
void json_key(struct json_out *, struct span key);
void json_open(struct json_out *, char bracket);  /* '{' or '[' */
void json_close(struct json_out *, char bracket); /* '}' or ']' */

/* Bytes that are not UTF-8 appear as \xNN (that is, "\\xNN" in JSON). */
void json_text(struct json_out *, struct span);
void json_uint(struct json_out *, uint64_t);
/* Lower-case hex, bytes separated by colons. */
void json_hex(struct json_out *, struct span);
void json_truth(struct json_out *, uint64_t); /* zero is false */

/* Key and value. */
void json_put_object(struct json_out *, const char *key);
void json_put_list(struct json_out *, const char *key);
void json_put_text(struct json_out *, const char *key, struct span);
void json_put_string(struct json_out *, const char *key, const char *);
void json_put_uint(struct json_out *, const char *key, uint64_t);
void json_put_truth(struct json_out *, const char *key, uint64_t);
void json_put_time(struct json_out *, const char *key, uint64_t us);

#endif
