/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_answers: which addresses a name stands for, by the answer to a question for them. Aliases
 * (CNAME) are followed in the order in which they stand; what the answer says of other names is
 * nobody's question and is not believed.
 */
#ifndef SUPPORT_DNS_ANSWERS_H
#define SUPPORT_DNS_ANSWERS_H

#include "parser/parser.h"
#include "support/dns_message.h"

enum { DNS_ANSWERS_MOST = 64 }; /* addresses of one message */

/* A message that answers an open question of the client: told through parse_named(). */
void dns_answers(struct parse *, const struct dns_message *);

#endif
