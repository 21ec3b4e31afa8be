/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_fingerprint: JA3, JA3S and JA4, which tell TLS software by what its hello offers. Reported as
 * fields of the transaction; nothing is computed when nobody listens.
 */
#ifndef SUPPORT_TLS_FINGERPRINT_H
#define SUPPORT_TLS_FINGERPRINT_H

#include "parser/parser.h"
#include "support/tls_hello.h"

void tls_fingerprint_client(struct parse *, const struct tls_hello *, enum tls_carrier);
void tls_fingerprint_server(struct parse *, const struct tls_hello *);

#endif
