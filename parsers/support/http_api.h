/* SPDX-License-Identifier: Apache-2.0
 *
 * http_api: requests to programs that are spoken to by paths: Kubernetes, Docker, etcd, Consul,
 * Elasticsearch, gRPC-Web.
 * A path that only one of them has is told at once; one that others may have, too, when a header
 * or the body of the answer has said who answers.
 */
#ifndef SUPPORT_HTTP_API_H
#define SUPPORT_HTTP_API_H

#include "parser/parser.h"
#include "support/http_verb.h"
#include "support/http_words.h"

enum { HTTP_API_TARGET = 255 };

/* The request that was last seen, of all that may be one of these. */
struct http_api {
    uint8_t ask; /* enum http_ask, in http_api.c */
    uint8_t verb;
    uint8_t known;  /* enum product that has shown itself; 0: none */
    uint8_t n;      /* of the target */
    bool told;      /* its fields */
    bool trusted;   /* has credentials */
    bool denied;    /* refused; by whom, the body has to say */
    bool script;    /* its body names one */
    uint8_t name_n; /* of the cluster's name, not told yet */
    uint8_t name[WORDS_TEXT];
    uint16_t status; /* of its answer */
    uint32_t stream; /* HTTP/2: of the request */
    uint32_t values; /* bit per word: what stands behind it has been seen */
    struct http_words words;
    uint8_t target[HTTP_API_TARGET];
};

/* In HTTP/2 gRPC has been recognised already. */
enum http_api_over { HTTP_API_OVER_1, HTTP_API_OVER_2 };

struct http_api_line {
    enum http_api_over over;
    enum http_verb verb;
    uint32_t stream; /* HTTP/2 */
    struct span target;
};

/* A request; `*api` is made when there is something to remember. */
void http_api_request(struct parse *, struct http_api **api, const struct http_api_line *);
/* A header of it. */
void http_api_field(struct parse *, struct http_api *, struct span name, struct span value);
/* A header of the answer that says something about the call. */
void http_api_answer_field(struct parse *, struct http_api *, struct span name, struct span value);
/* The program behind has shown itself. */
void http_api_known(struct parse *, struct http_api *, enum product);
/* The answer at hand may be of another request. */
void http_api_forget(struct http_api *);
/* The headers of the answer are complete. */
void http_api_answer(struct parse *, struct http_api *, unsigned status);
/* A piece of the body of the message of p->dir. */
void http_api_body(struct parse *, struct http_api *, struct span piece);
/* Is there anything to be learnt from the bytes to come? */
static inline bool http_api_reads(const struct http_api *a)
{
    return a && a->ask && !a->words.over;
}

#endif
