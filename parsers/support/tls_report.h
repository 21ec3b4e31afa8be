/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_report: parts of a TLS handshake as fields of the transaction.
 */
#ifndef SUPPORT_TLS_REPORT_H
#define SUPPORT_TLS_REPORT_H

#include "parser/parser.h"
#include "support/tls_hello.h"

void tls_report_sni(struct parse *, const struct tls_hello *);
/* The first names of the list, at most so many. */
void tls_report_alpn(struct parse *, enum field, struct cursor list, unsigned most);
void tls_report_certificate(struct parse *, struct span certificate);

#endif
