/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_hello: the two hello messages of TLS (RFC 8446 section 4.1, RFC 5246 section 7.4.1) and those
 * of SSL 2, read to their end. Pure functions; spans and cursors point into the message.
 */
#ifndef SUPPORT_TLS_HELLO_H
#define SUPPORT_TLS_HELLO_H

#include "base/cursor.h"

/* What the hello travels in: versions of datagrams are written differently (RFC 9147 section 5.1).
 */
enum tls_carrier { TLS_STREAM, TLS_DATAGRAM, TLS_QUIC };

enum hello_flag {
    HELLO_ALPN = 1 << 0,
    HELLO_VERSION_13 = 1 << 1, /* the client offers, or the server chose, TLS 1.3 */
    HELLO_PSK = 1 << 2,
    HELLO_ECH = 1 << 3,       /* encrypted_client_hello: the SNI is the outer one */
    HELLO_SNI_AGAIN = 1 << 4, /* several host names */
    HELLO_BAD_EXTENSION = 1 << 5,
    HELLO_RETRY = 1 << 6,     /* HelloRetryRequest */
    HELLO_DOWNGRADE = 1 << 7, /* the server marks that it speaks a higher version than chosen */
    HELLO_SNI = 1 << 8,       /* there is a server_name, perhaps an unreadable one */
};

struct tls_hello {
    uint16_t legacy;          /* the version of the fixed part */
    uint16_t version;         /* negotiated, of a server's; as legacy, of a client's */
    uint16_t cipher;          /* of a server's */
    uint16_t group;           /* of a server's key share; 0 when there is none */
    uint16_t flags;           /* enum hello_flag */
    struct span suites;       /* of a client's */
    struct span sni;          /* first host name; empty when there is none */
    struct cursor alpn;       /* see tls_alpn_next */
    struct cursor extensions; /* all of them, well-formed: type, length, body */
};

/* The body of the message, which must end with it. */
bool tls_client_hello(struct cursor *, enum tls_carrier, struct tls_hello *);
bool tls_server_hello(struct cursor *, enum tls_carrier, struct tls_hello *);
/* Empty when the list is used up. */
struct span tls_alpn_next(struct cursor *alpn);

/* SSL 2 records, from their two-byte header on. SHORT when not all is here. */
void tls_v2_client_hello(struct cursor *, uint16_t *version);
/* Says one that its ciphers are longer than it is itself? Old servers believed that. */
bool tls_v2_hello_overflows(const struct cursor *);
void tls_v2_server_hello(struct cursor *, struct span *certificate);

#endif
