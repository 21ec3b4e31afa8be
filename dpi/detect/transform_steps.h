/* SPDX-License-Identifier: Apache-2.0
 *
 * transform_steps: one function a transformation. Each returns how many bytes it wrote; `out` may
 * be where `in` begins, except where the list says how much more can come out than went in.
 */
#ifndef DETECT_TRANSFORM_STEPS_H
#define DETECT_TRANSFORM_STEPS_H

#include "base/span.h"

#include <nettle/sha1.h>

enum {
    UTF8_GROWTH = 3, /* two bytes become six; three become six, four eight */
    HEX_GROWTH = 2,
    LENGTH_ROOM = 20, /* digits of the largest size */
};

typedef size_t transform_step_fn(struct span in, uint8_t *out);

/* transform_decode.c */
transform_step_fn step_url_decode_uni;
transform_step_fn step_utf8_to_unicode; /* UTF8_GROWTH times */
transform_step_fn step_html_entity_decode;
transform_step_fn step_js_decode;
transform_step_fn step_css_decode;
transform_step_fn step_escape_seq_decode;
transform_step_fn step_base64_decode;

/* transform_text.c */
transform_step_fn step_lowercase;
transform_step_fn step_remove_nulls;
transform_step_fn step_remove_whitespace;
transform_step_fn step_compress_whitespace;
transform_step_fn step_replace_comments;
transform_step_fn step_remove_comments_char;
transform_step_fn step_cmd_line;
transform_step_fn step_normalize_path;
transform_step_fn step_normalize_path_win;
transform_step_fn step_hex_encode; /* HEX_GROWTH times */
transform_step_fn step_sha1;       /* SHA1_DIGEST_SIZE, whatever went in */
transform_step_fn step_length;     /* at most LENGTH_ROOM */

static inline bool transform_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Also the no-break space of Latin-1. */
static inline bool transform_space(uint8_t c)
{
    return transform_blank(c) || c == 0xa0;
}

#endif
