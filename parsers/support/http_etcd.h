/* SPDX-License-Identifier: Apache-2.0
 *
 * http_etcd: etcd's version 3 through JSON: POST /v3/kv/range and its like.
 */
#ifndef SUPPORT_HTTP_ETCD_H
#define SUPPORT_HTTP_ETCD_H

#include "parser/parser.h"
#include "support/http_words.h"

bool etcd_call_known(struct span target);
void etcd_call_tell(struct parse *, struct span target);
/* A string of the body of p->dir, behind this name. */
void etcd_call_value(struct parse *, struct span target, enum word name, struct span value);

#endif
