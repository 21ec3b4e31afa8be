/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of Initial packets, header protection, AES-128-GCM.
 */
#include "support/quic_crypto.h"

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>

enum {
    KEY = 16,
    NONCE = 12,
    SAMPLE_SKIP = 4, /* header protection is made of 16 bytes behind the longest packet number */
    SHORTEST = SAMPLE_SKIP + 16,
    LABEL_MAX = 48,
};

static void hmac(struct span key, struct span text, uint8_t *out, size_t n)
{
    struct hmac_sha256_ctx mac;

    hmac_sha256_set_key(&mac, key.n, key.p);
    hmac_sha256_update(&mac, text.n, text.p);
    hmac_sha256_digest(&mac, n, out);
}

/* HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context; one block is enough here. */
static void expand(struct span secret, const char *prefix, const char *name, uint8_t *out, size_t n)
{
    uint8_t text[LABEL_MAX] = {0, (uint8_t)n, 0, 't', 'l', 's', '1', '3', ' '};
    size_t used = 9;

    for (const char *at = prefix; *at; at++)
        text[used++] = (uint8_t)*at;
    for (const char *at = name; *at; at++)
        text[used++] = (uint8_t)*at;
    text[2] = (uint8_t)(used - 3);
    text[used++] = 0;
    text[used++] = 1;
    hmac(secret, span_of(text, used), out, n);
}

struct keys {
    uint8_t key[KEY];
    uint8_t nonce[NONCE];
    uint8_t header[KEY];
};

static void keys_make(const struct quic_version *v, enum dir sender, struct span id,
                      struct keys *keys)
{
    uint8_t first[SHA256_DIGEST_SIZE], second[SHA256_DIGEST_SIZE];
    struct span initial = span_of(first, sizeof first), secret = span_of(second, sizeof second);

    hmac(span_of(v->salt, sizeof v->salt), id, first, sizeof first);
    expand(initial, sender == DIR_CLIENT ? "client" : "server", " in", second, sizeof second);
    expand(secret, v->label, " key", keys->key, sizeof keys->key);
    expand(secret, v->label, " iv", keys->nonce, sizeof keys->nonce);
    expand(secret, v->label, " hp", keys->header, sizeof keys->header);
}

/* Takes the protection off a copy of the header, mixes the packet number into the nonce. Returns
 * the length of the header. RFC 9001 sections 5.3, 5.4 */
static size_t header_open(struct keys *keys, const struct quic_packet *q, uint8_t *header)
{
    uint8_t mask[AES_BLOCK_SIZE];
    struct aes128_ctx aes;
    unsigned digits;

    aes128_set_encrypt_key(&aes, keys->header);
    aes128_encrypt(&aes, sizeof mask, mask, q->whole.p + q->number + SAMPLE_SKIP);
    header[0] ^= mask[0] & 0x0f;
    digits = (header[0] & 3u) + 1;
    for (unsigned i = 0; i < digits; i++) {
        header[q->number + i] ^= mask[1 + i];
        keys->nonce[NONCE - digits + i] ^= header[q->number + i];
    }
    return q->number + digits;
}

static bool body_open(const struct keys *keys, struct span header, struct span body, uint8_t *out)
{
    uint8_t tag[GCM_DIGEST_SIZE];
    struct gcm_aes128_ctx gcm;
    size_t n = body.n - sizeof tag;

    gcm_aes128_set_key(&gcm, keys->key);
    gcm_aes128_set_iv(&gcm, sizeof keys->nonce, keys->nonce);
    gcm_aes128_update(&gcm, header.n, header.p);
    gcm_aes128_decrypt(&gcm, n, out, body.p);
    gcm_aes128_digest(&gcm, sizeof tag, tag);
    return memcmp(tag, body.p + n, sizeof tag) == 0;
}

struct quic_plain quic_open(struct parse *p, const struct quic_packet *q, enum dir sender,
                            struct span id)
{
    struct quic_plain plain = {0};
    struct keys keys;
    uint8_t *copy;
    size_t head;

    if (!q->known || q->type != QUIC_INITIAL || q->whole.n - q->number < SHORTEST)
        return plain;
    keys_make(q->known, sender, id, &keys);
    copy = parse_alloc(p, q->whole.n);
    if (!copy)
        return plain;
    memcpy(copy, q->whole.p, q->number + SAMPLE_SKIP);
    head = header_open(&keys, q, copy);
    if (!body_open(&keys, span_of(copy, head), span_from(q->whole, head), copy + head)) {
        parse_free(p, copy);
        return plain;
    }
    plain.memory = copy;
    plain.frames = span_of(copy + head, q->whole.n - head - GCM_DIGEST_SIZE);
    return plain;
}
