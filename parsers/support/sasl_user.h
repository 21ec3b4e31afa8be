/* SPDX-License-Identifier: Apache-2.0
 *
 * sasl_user: who logs in, out of the first token of a SASL mechanism. The password is not touched.
 */
#ifndef SUPPORT_SASL_USER_H
#define SUPPORT_SASL_USER_H

#include "base/span.h"

enum sasl_kind { SASL_NONE, SASL_PLAIN, SASL_SCRAM, SASL_OTHER };

static inline enum sasl_kind sasl_kind_of(struct span mechanism)
{
    if (span_equal(mechanism, SPAN("PLAIN")))
        return SASL_PLAIN;
    return span_starts(mechanism, SPAN("SCRAM-")) ? SASL_SCRAM : SASL_OTHER;
}

/* RFC 4616: [authorization identity] NUL user NUL password. */
static inline struct span sasl_plain_user(struct span token)
{
    struct span user = span_from(token, span_index(token, 0) + 1);
    size_t n = span_index(user, 0);

    return n < user.n ? span_first(user, n) : span_of(token.p, 0);
}

/* RFC 5802 section 7: gs2-header "n=" user ",r=" nonce. A later token has no user. */
static inline struct span sasl_scram_user(struct span token)
{
    struct span rest = token;

    if (token.n == 0 || (token.p[0] != 'n' && token.p[0] != 'y' && token.p[0] != 'p'))
        return span_of(token.p, 0);
    for (int comma = 0; comma < 2; comma++)
        rest = span_from(rest, span_index(rest, ',') + 1);
    if (!span_starts(rest, SPAN("n=")))
        return span_of(token.p, 0);
    rest = span_from(rest, 2);
    return span_first(rest, span_index(rest, ','));
}

static inline struct span sasl_user(enum sasl_kind kind, struct span token)
{
    if (kind == SASL_PLAIN)
        return sasl_plain_user(token);
    if (kind == SASL_SCRAM)
        return sasl_scram_user(token);
    return span_of(token.p, 0);
}

#endif
