/* SPDX-License-Identifier: Apache-2.0
 *
 * QUIC packets for tests, encrypted as RFC 9001 wants it.
 */
#ifndef TESTS_QUIC_BYTES_H
#define TESTS_QUIC_BYTES_H

#include "tls_messages.h"

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>

struct dialect {
    uint32_t version;
    const char *salt;
    const char *label; /* of its keys */
    uint8_t initial;   /* first byte */
};

#define SALT_1    "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"
#define SALT_2    "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"
#define SALT_29   "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"
#define SALT_Q050 "\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45"

static const struct dialect dialect_1 = {1, SALT_1, "quic", 0xc0};
static const struct dialect dialect_2 = {0x6b3343cf, SALT_2, "quicv2", 0xd0};
static const struct dialect dialect_29 = {0xff00001d, SALT_29, "quic", 0xc0};
static const struct dialect dialect_q050 = {0x51303530, SALT_Q050, "quic", 0xc0};

/* An Initial packet to be. Ids with their length in front. */
struct plan {
    const struct dialect *dialect;
    const char *key_id; /* the destination of the client's first packet */
    const char *to, *from;
    const char *token; /* with its length */
    const char *side;  /* "client in" or "server in" */
    uint8_t number;
};

static inline void quic_hmac(const uint8_t *key, size_t key_n, const struct bytes *text,
                             uint8_t *out, size_t n)
{
    struct hmac_sha256_ctx mac;

    hmac_sha256_set_key(&mac, key_n, key);
    hmac_sha256_update(&mac, text->n, text->at);
    hmac_sha256_digest(&mac, n, out);
}

static inline void quic_expand(const uint8_t secret[32], const char *prefix, const char *name,
                               uint8_t *out, size_t n)
{
    static struct bytes text;
    uint8_t head[3] = {0, (uint8_t)n, (uint8_t)(6 + strlen(prefix) + strlen(name))};

    put(fresh(&text), head, 3);
    PUT(&text, "tls13 ");
    put(&text, prefix, strlen(prefix));
    put(&text, name, strlen(name));
    PUT(&text, "\0\1");
    quic_hmac(secret, 32, &text, out, n);
}

static inline void quic_id(struct bytes *b, const char *id)
{
    put(b, id, 1 + (size_t)(uint8_t)id[0]);
}

/* The header up to the packet number (of one byte), which is returned's place. */
static inline size_t quic_head(struct bytes *b, const struct plan *plan, size_t payload)
{
    const uint32_t v = plan->dialect->version;
    const uint8_t head[5] = {plan->dialect->initial, (uint8_t)(v >> 24), (uint8_t)(v >> 16),
                             (uint8_t)(v >> 8), (uint8_t)v};
    const size_t length = 1 + payload + GCM_DIGEST_SIZE;
    const uint8_t size[2] = {(uint8_t)(0x40 | length >> 8), (uint8_t)length};

    put(b, head, 5);
    quic_id(b, plan->to);
    quic_id(b, plan->from);
    quic_id(b, plan->token ? plan->token : "\0");
    put(b, size, 2);
    put(b, &plan->number, 1);
    return b->n - 1;
}

static inline void quic_initial(struct bytes *b, const struct plan *plan,
                                const struct bytes *frames)
{
    static struct bytes id;
    uint8_t initial[32], secret[32], key[16], nonce[12], header[16], mask[16];
    const size_t start = b->n, number = quic_head(b, plan, frames->n);
    struct gcm_aes128_ctx gcm;
    struct aes128_ctx aes;

    put(fresh(&id), plan->key_id + 1, (size_t)(uint8_t)plan->key_id[0]);
    quic_hmac((const uint8_t *)plan->dialect->salt, 20, &id, initial, sizeof initial);
    quic_expand(initial, plan->side, "", secret, sizeof secret);
    quic_expand(secret, plan->dialect->label, " key", key, sizeof key);
    quic_expand(secret, plan->dialect->label, " iv", nonce, sizeof nonce);
    quic_expand(secret, plan->dialect->label, " hp", header, sizeof header);
    nonce[11] ^= plan->number;
    gcm_aes128_set_key(&gcm, key);
    gcm_aes128_set_iv(&gcm, sizeof nonce, nonce);
    gcm_aes128_update(&gcm, b->n - start, b->at + start);
    assert_true(b->n + frames->n + GCM_DIGEST_SIZE <= sizeof b->at);
    gcm_aes128_encrypt(&gcm, frames->n, b->at + b->n, frames->at);
    gcm_aes128_digest(&gcm, GCM_DIGEST_SIZE, b->at + b->n + frames->n);
    b->n += frames->n + GCM_DIGEST_SIZE;
    aes128_set_encrypt_key(&aes, header);
    aes128_encrypt(&aes, sizeof mask, mask, b->at + number + 4);
    b->at[start] ^= mask[0] & 0x0f;
    b->at[number] ^= mask[1];
}

/* Bytes [from, to) of the stream of hellos. */
static inline void crypto_frame(struct bytes *b, const struct bytes *hello, size_t from, size_t to)
{
    const uint8_t head[5] = {6, (uint8_t)(0x40 | from >> 8), (uint8_t)from,
                             (uint8_t)(0x40 | (to - from) >> 8), (uint8_t)(to - from)};

    put(b, head, 5);
    put(b, hello->at + from, to - from);
}

static inline void padding_frames(struct bytes *b, size_t to)
{
    while (b->n < to)
        PUT(b, "\0");
}

#endif
