/* SPDX-License-Identifier: Apache-2.0
 *
 * Handshake messages for tests: hellos with any extensions, chains of certificates.
 */
#ifndef TESTS_TLS_MESSAGES_H
#define TESTS_TLS_MESSAGES_H

#include "tls_bytes.h"

#define RANDOM "0123456789abcdef0123456789abcdef"
#define RETRY_RANDOM                                                                               \
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb"     \
    "\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
#define SNI       "\x00\x12\x00\x00\x0fWWW.Example.ORG"
#define ALPN      "\x00\x0c\x02h2\x08http/1.1"
#define OFFERS_13 "\x04\x03\x04\x03\x03"

typedef void extensions(struct bytes *);

/* add == NULL: without the block of extensions. */
static inline void extension_block(struct bytes *b, extensions *add)
{
    size_t list;

    if (!add)
        return;
    list = block(b, 2);
    add(b);
    block_end(b, list, 2);
}

/* Without message header. The cookie is that of DTLS, with its length; NULL: none. */
static inline void client_hello_body(struct bytes *b, const char version[2], const char *cookie,
                                     extensions *add)
{
    put(b, version, 2);
    PUT(b, RANDOM "\x00");
    if (cookie)
        put(b, cookie, 1 + (size_t)(uint8_t)cookie[0]);
    PUT(b, "\x00\x04\xc0\x2f\x13\x01\x01\x00");
    extension_block(b, add);
}

static inline void server_hello_body(struct bytes *b, const char version[2], const char random[32],
                                     extensions *add)
{
    put(b, version, 2);
    put(b, random, 32);
    PUT(b, "\x04sess\xc0\x2f\x00");
    extension_block(b, add);
}

static inline void client_hello(struct bytes *b, extensions *add)
{
    size_t message;

    PUT(b, "\x01");
    message = block(b, 3);
    client_hello_body(b, "\x03\x03", NULL, add);
    block_end(b, message, 3);
}

static inline void server_hello(struct bytes *b, const char version[2], const char random[32],
                                extensions *add)
{
    size_t message;

    PUT(b, "\x02");
    message = block(b, 3);
    server_hello_body(b, version, random, add);
    block_end(b, message, 3);
}

static inline void usual_extensions(struct bytes *b)
{
    EXTENSION(b, 0, SNI);
    EXTENSION(b, 23, "");
    EXTENSION(b, 16, ALPN);
    EXTENSION(b, 43, OFFERS_13);
}

static inline void chain_of(struct bytes *b, const struct bytes *certificates, size_t n)
{
    size_t message, chain, one;

    PUT(b, "\x0b");
    message = block(b, 3);
    chain = block(b, 3);
    for (size_t i = 0; i < n; i++) {
        one = block(b, 3);
        put(b, certificates[i].at, certificates[i].n);
        block_end(b, one, 3);
    }
    block_end(b, chain, 3);
    block_end(b, message, 3);
}

#endif
