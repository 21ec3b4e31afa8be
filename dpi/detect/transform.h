/* SPDX-License-Identifier: Apache-2.0
 *
 * transform: the transformations of rules, by the names and with the meaning they have in
 * ModSecurity, and chains of them. Pure: bytes in, bytes out, into memory of the caller. Any
 * thread.
 */
#ifndef DETECT_TRANSFORM_H
#define DETECT_TRANSFORM_H

#include "base/span.h"

/*   name               written as              */
#define TRANSFORMS(T)                                                                              \
    T(LOWERCASE, "lowercase")                                                                      \
    T(URL_DECODE_UNI, "urlDecodeUni")                                                              \
    T(UTF8_TO_UNICODE, "utf8toUnicode")                                                            \
    T(HTML_ENTITY_DECODE, "htmlEntityDecode")                                                      \
    T(JS_DECODE, "jsDecode")                                                                       \
    T(CSS_DECODE, "cssDecode")                                                                     \
    T(ESCAPE_SEQ_DECODE, "escapeSeqDecode")                                                        \
    T(BASE64_DECODE, "base64Decode")                                                               \
    T(HEX_ENCODE, "hexEncode")                                                                     \
    T(REMOVE_NULLS, "removeNulls")                                                                 \
    T(REMOVE_WHITESPACE, "removeWhitespace")                                                       \
    T(COMPRESS_WHITESPACE, "compressWhitespace")                                                   \
    T(REPLACE_COMMENTS, "replaceComments")                                                         \
    T(REMOVE_COMMENTS_CHAR, "removeCommentsChar")                                                  \
    T(CMD_LINE, "cmdLine")                                                                         \
    T(NORMALIZE_PATH, "normalizePath")                                                             \
    T(NORMALIZE_PATH_WIN, "normalizePathWin")                                                      \
    T(SHA1, "sha1")                                                                                \
    T(LENGTH, "length")

enum transform {
#define TRANSFORM(name, text) TRANSFORM_##name,
    TRANSFORMS(TRANSFORM)
#undef TRANSFORM
        TRANSFORM_COUNT
};

enum { TRANSFORM_STEPS = 16 }; /* of one chain */

/* A value; what is behind the last step is zero. */
struct transform_chain {
    uint8_t steps;
    uint8_t step[TRANSFORM_STEPS]; /* enum transform */
};

/* Two buffers of `room` bytes each, which may not overlap. */
struct transform_scratch {
    uint8_t *buffer[2];
    size_t room;
};

/* By its name, letters of either case; also by the British spelling that ModSecurity accepts. */
bool transform_find(struct span name, enum transform *);
const char *transform_name(enum transform);

/* The most bytes that come out when N go in. */
size_t transform_room(enum transform, size_t n);
/* Never writes a byte before it has read it: `out` may be where `in` begins. */
bool transform_in_place(enum transform);

/* Writes at most transform_room() bytes. What it leaves unchanged comes back as `in` itself, and
 * then usually nothing has been written. */
struct span transform_run(enum transform, struct span in, uint8_t *out);

/* One more step; "none" takes back all before it. False when the name is unknown or the chain full.
 */
bool transform_chain_add(struct transform_chain *, struct span name);
bool transform_chain_equal(const struct transform_chain *, const struct transform_chain *);

/* The room with which a chain can never fail for N bytes. It is the worst case; texts need about
 * their own length. */
size_t transform_chain_room(const struct transform_chain *, size_t n);

/* The steps in order. *out lies in one of the buffers, or is `in` itself when no step changed it.
 * False, and *out the last result that had room, when a step could need more than there is. */
bool transform_chain_run(const struct transform_chain *, struct span in,
                         const struct transform_scratch *, struct span *out);

#endif
