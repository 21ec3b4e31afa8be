/* SPDX-License-Identifier: Apache-2.0
 *
 * sasl: who logs in, out of what a client says in an authentication exchange (RFC 4422). Only the
 * name is taken; secrets and proofs are not looked at.
 */
#ifndef SUPPORT_SASL_H
#define SUPPORT_SASL_H

#include "support/dialogue.h"

enum sasl_mechanism {
    SASL_NONE,
    SASL_PLAIN,
    SASL_LOGIN,
    SASL_CRAM_MD5,
    SASL_DIGEST_MD5,
    SASL_SCRAM,
    SASL_OAUTH,
    SASL_OTHER,
};

struct sasl {
    uint8_t mechanism; /* enum sasl_mechanism; SASL_NONE: no exchange */
    uint8_t responses; /* seen */
};

void sasl_begin(struct sasl *, struct span mechanism);
/* A response as it is; the name, when it is in there, goes to `user`. */
void sasl_response(struct sasl *, struct span response, struct dialogue_text *user);
/* The same in base64, as mail protocols write it. */
void sasl_response64(struct sasl *, struct span line, struct dialogue_text *user);
/* Could this line be a response at all? After as many as the mechanism has: no. */
bool sasl_awaits(const struct sasl *, struct span line);

#endif
