/* SPDX-License-Identifier: Apache-2.0
 *
 * http_words: the strings near the beginning of a JSON body, in pieces as they come: a member's
 * name and its value tell who has written it.
 */
#ifndef SUPPORT_HTTP_WORDS_H
#define SUPPORT_HTTP_WORDS_H

#include "base/span.h"

enum { WORDS_BYTES = 1024, WORDS_TEXT = 64 };

enum word {
    WORD_NONE,
    WORD_CLUSTER_NAME,
    WORD_LUCENE,
    WORD_DISTRIBUTION,
    WORD_OPENSEARCH,
    WORD_KIND,
    WORD_API_VERSION,
    WORD_STATUS,
    WORD_ETCD_SERVER,
    WORD_ETCD_CLUSTER,
    WORD_MIN_API_VERSION,
    WORD_CLUSTER_ID,
    WORD_MEMBER_ID,
    WORD_KEY,
    WORD_LEASE,
    WORD_NAME,
    WORD_GIT_VERSION,
    WORD_GIT_STATE,
    WORD_SHARDS,
    WORD_INDEX,
    WORD_TIMED_OUT,
    WORD_ROOT_CAUSE,
    WORD_SCRIPT,
    WORD_SCRIPT_ARGS,
    WORD_ARGS,
    WORD_SCRIPT_OF_CHECK,
    WORD_KUBELET_CONFIG,
    WORD_POD_REF,
    WORD_COUNT
};

struct http_words {
    uint16_t bytes; /* looked at */
    uint32_t found; /* bit per word */
    uint8_t last;   /* the string before the one at hand */
    uint8_t n;      /* bytes of the string at hand */
    bool inside;    /* a string */
    bool escaped;
    bool over; /* no JSON object, or far enough */
    uint8_t text[WORDS_TEXT];
};

_Static_assert(WORD_COUNT <= 32, "one bit each in found");

/* Reads up to the end of the next string, which is then `text`, cut; false: none ends here. */
bool words_next(struct http_words *, struct span *piece);
/* To be asked for each string: which word it is, also added to `found` and `last`. */
enum word words_know(struct http_words *);

static inline bool words_found(const struct http_words *w, enum word word)
{
    return w->found >> word & 1;
}

#endif
