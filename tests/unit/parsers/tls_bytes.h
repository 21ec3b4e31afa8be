/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes with lengths inside them, put together piece by piece: TLS records and DER certificates.
 */
#ifndef TESTS_TLS_BYTES_H
#define TESTS_TLS_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bytes {
    uint8_t at[80000];
    size_t n;
};

static inline void put(struct bytes *b, const void *from, size_t n)
{
    assert_true(b->n + n <= sizeof b->at);
    memcpy(b->at + b->n, from, n);
    b->n += n;
}

#define PUT(b, literal) put(b, literal, sizeof(literal) - 1)

/* A length field of `width` bytes; what is put until block_end() is what it counts. */
static inline size_t block(struct bytes *b, size_t width)
{
    put(b, "\0\0\0\0", width);
    return b->n;
}

static inline void block_end(struct bytes *b, size_t start, size_t width)
{
    size_t length = b->n - start;

    for (size_t i = 0; i < width; i++, length >>= 8)
        b->at[start - 1 - i] = (uint8_t)length;
}

static inline void extension(struct bytes *b, uint16_t type, const void *body, size_t n)
{
    uint8_t head[4] = {(uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(n >> 8), (uint8_t)n};

    put(b, head, sizeof head);
    put(b, body, n);
}

#define EXTENSION(b, type, literal) extension(b, type, literal, sizeof(literal) - 1)
static inline void record(struct bytes *b, uint8_t type, const void *body, size_t n)
{
    uint8_t head[5] = {type, 3, 3, (uint8_t)(n >> 8), (uint8_t)n};

    put(b, head, sizeof head);
    put(b, body, n);
}

#define RECORD(b, type, literal) record(b, type, literal, sizeof(literal) - 1)

/* The handshake bytes in records of at most `most` bytes. */
static inline void records(struct bytes *b, const struct bytes *handshake, size_t most)
{
    for (size_t at = 0; at < handshake->n; at += most) {
        size_t left = handshake->n - at;

        record(b, 22, handshake->at + at, left < most ? left : most);
    }
}

static inline struct bytes *fresh(struct bytes *b)
{
    b->n = 0;
    return b;
}

/* ---- certificates ---- */

static inline size_t der(struct bytes *b, uint8_t tag)
{
    put(b, &tag, 1);
    PUT(b, "\x82");
    return block(b, 2);
}

static inline void der_end(struct bytes *b, size_t start)
{
    block_end(b, start, 2);
}

static inline void der_value(struct bytes *b, uint8_t tag, const void *value, size_t n)
{
    size_t element = der(b, tag);

    put(b, value, n);
    der_end(b, element);
}

#define DER(b, tag, literal) der_value(b, tag, literal, sizeof(literal) - 1)

static inline void attribute(struct bytes *b, const char *oid, uint8_t tag, const char *text,
                             size_t n)
{
    size_t set = der(b, 0x31), pair = der(b, 0x30);

    der_value(b, 6, oid, strlen(oid));
    der_value(b, tag, text, n);
    der_end(b, pair);
    der_end(b, set);
}

#define ATTRIBUTE(b, oid, tag, text) attribute(b, oid, tag, text, sizeof(text) - 1)

static inline void names(struct bytes *b)
{
    size_t issuer = der(b, 0x30), validity, subject;

    ATTRIBUTE(b, "\x55\x04\x06", 0x13, "US");
    ATTRIBUTE(b, "\x55\x04\x0a", 0x0c, "Foo, Inc.");
    ATTRIBUTE(b, "\x53\x8f\x04", 0x0c, "odd");
    der_end(b, issuer);
    validity = der(b, 0x30);
    DER(b, 0x17, "991231235959Z");
    DER(b, 0x18, "20510203040506Z");
    der_end(b, validity);
    subject = der(b, 0x30);
    ATTRIBUTE(b, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 0x16, "org");
    ATTRIBUTE(b, "\x55\x04\x03", 0x1e, "\x00W\x00\xe4\x20\xac");
    der_end(b, subject);
}

static inline void alt_names(struct bytes *b)
{
    size_t list = der(b, 0x30), extension_at, octets, alts;

    extension_at = der(b, 0x30);
    DER(b, 6, "\x55\x1d\x0f");
    DER(b, 1, "\xff");
    DER(b, 4, "\x03\x02\x05\xa0");
    der_end(b, extension_at);
    extension_at = der(b, 0x30);
    DER(b, 6, "\x55\x1d\x11");
    octets = der(b, 4);
    alts = der(b, 0x30);
    DER(b, 0x82, "www.example.org");
    DER(b, 0x81, "a@b.c");
    DER(b, 0x82, "*.example.org");
    DER(b, 0x87, "\xc0\x00\x02\x07");
    DER(b, 0x87, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07");
    DER(b, 0x86, "spiffe://c/ns/a");
    der_end(b, alts);
    der_end(b, octets);
    der_end(b, extension_at);
    der_end(b, list);
}

static inline void certificate(struct bytes *b)
{
    size_t all = der(b, 0x30), body = der(b, 0x30), wrapped;

    DER(b, 0xa0, "\x02\x01\x02");
    DER(b, 2, "\x00\x8a\x01");
    DER(b, 0x30, "\x06\x03\x2b\x65\x70");
    names(b);
    DER(b, 0x30, "\x30\x05\x06\x03\x2b\x65\x70\x03\x01\x00");
    wrapped = der(b, 0xa3);
    alt_names(b);
    der_end(b, wrapped);
    der_end(b, body);
    DER(b, 0x30, "\x06\x03\x2b\x65\x70");
    DER(b, 3, "\x00");
    der_end(b, all);
}

#endif
