/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_report: parts of a TLS handshake as fields of the transaction.
 */
#ifndef SUPPORT_TLS_REPORT_H
#define SUPPORT_TLS_REPORT_H

#include "parser/parser.h"
#include "support/tls_hello.h"

enum { TLS_CHAIN_MAX = 10 };

/* Certificates of one message, the sender's own first. */
struct tls_chain {
    struct span at[TLS_CHAIN_MAX];
    unsigned count;
};

/* All that a client's hello tells; the server name also becomes the session's. Returns what the
 * offered protocols have in common, for tls_report_inner(). */
unsigned tls_report_client(struct parse *, const struct tls_hello *, enum tls_carrier);
/* The version is its own field: QUIC has another one. */
void tls_report_server(struct parse *, const struct tls_hello *, unsigned offered);

/* The body of a Certificate message up to TLS 1.2. False: malformed. Longer chains are cut. */
bool tls_chain_read(struct cursor *message, struct tls_chain *);
void tls_report_chain(struct parse *, enum dir owner, const struct tls_chain *);
/* The body of a ServerKeyExchange message: its named curve, if it has one. */
void tls_report_key_exchange(struct parse *, struct cursor *message);

#endif
