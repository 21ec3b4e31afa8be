/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_handshake: the messages of a handshake, whatever carries them: TLS records, DTLS records,
 * QUIC. The carrier puts them together; here they are understood and reported.
 */
#ifndef SUPPORT_TLS_HANDSHAKE_H
#define SUPPORT_TLS_HANDSHAKE_H

#include "parser/parser.h"
#include "support/tls_hello.h"

enum tls_message {
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_VERIFY_REQUEST = 3, /* of DTLS */
    TLS_CERTIFICATE = 11,
    TLS_SERVER_KEY = 12,
    TLS_CERTIFICATE_REQUEST = 13,
    TLS_HELLO_DONE = 14,
};

enum tls_fact {
    TLS_HELLO_OF_CLIENT = 1 << DIR_CLIENT, /* has been seen */
    TLS_HELLO_OF_SERVER = 1 << DIR_SERVER,
    TLS_OPEN = 1 << 2,   /* the transaction has begun */
    TLS_OFFERS = 1 << 3, /* the client offers 1.3 */
    TLS_IS_13 = 1 << 4,  /* and the server took it */
    TLS_FULL = 1 << 5,   /* the server has shown more than an abbreviated handshake would */
    TLS_RETRIED = 1 << 6,
    TLS_CLIENT_CHAIN = 1 << 7,
    TLS_SERVER_CHAIN = 1 << 8,
    TLS_SSL_2 = 1 << 9, /* told: it is SSL 2 */
};

/* A part of the parser's state, zero at the start. */
struct tls_handshake {
    uint16_t facts; /* enum tls_fact */
    uint8_t proof;
    uint8_t offered; /* see tls_report_client() */
    uint8_t swapped; /* the server's datagrams came first: it passes for the client */
};

/* Which end of the handshake sends these bytes. */
static inline enum dir tls_role(const struct parse *p, const struct tls_handshake *h)
{
    return h->swapped ? 1 - p->dir : p->dir;
}

static inline bool tls_hello_seen(const struct tls_handshake *h, enum dir dir)
{
    return h->facts >> dir & 1;
}

void tls_prove(struct parse *, struct tls_handshake *, enum proof);
void tls_open(struct parse *, struct tls_handshake *);
/* A message without its header. False: malformed. */
bool tls_message_read(struct parse *, struct tls_handshake *, enum tls_carrier, uint8_t type,
                      struct cursor *body);

#endif
