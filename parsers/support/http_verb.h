/* SPDX-License-Identifier: Apache-2.0
 *
 * http_verb: the methods of HTTP that an API gives a meaning to.
 */
#ifndef SUPPORT_HTTP_VERB_H
#define SUPPORT_HTTP_VERB_H

#include "base/span.h"

enum http_verb {
    VERB_OTHER,
    VERB_GET,
    VERB_HEAD,
    VERB_POST,
    VERB_PUT,
    VERB_PATCH,
    VERB_DELETE,
};

static inline enum http_verb http_verb_of(struct span method)
{
    static const char *const names[] = {"", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

    for (unsigned i = VERB_GET; i <= VERB_DELETE; i++)
        if (span_equal(method, span_text(names[i])))
            return (enum http_verb)i;
    return VERB_OTHER;
}

#endif
