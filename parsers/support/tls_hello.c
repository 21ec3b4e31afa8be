/* SPDX-License-Identifier: Apache-2.0
 *
 * Hello messages of TLS 1.0 to 1.3, SSL 3 and SSL 2.
 */
#include "support/tls_hello.h"

enum extension {
    EXT_SERVER_NAME = 0,
    EXT_ALPN = 16,
    EXT_PSK = 41,
    EXT_VERSIONS = 43,
    EXT_KEY_SHARE = 51,
    EXT_ECH = 0xfe0d,
};

/* SHA-256 of "HelloRetryRequest" in the place of the random (RFC 8446 section 4.1.3). */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* Drafts of TLS 1.3 that are in the field. */
static bool is_draft(uint16_t version)
{
    return version >> 8 == 0x7f || version >> 8 == 0xfb;
}

static bool is_13(uint16_t version)
{
    return version == 0x0304 || version == 0xfefc || is_draft(version);
}

static bool major_fits(uint16_t version, enum tls_carrier carrier)
{
    if (carrier == TLS_DATAGRAM)
        return version >> 8 == 0xfe || version == 0x0100; /* OpenSSL before RFC 4347 */
    return version >> 8 == 3;
}

static void server_name(struct cursor *body, struct tls_hello *h)
{
    struct cursor list = cur_sub(body, cur_be16(body));

    h->flags |= HELLO_SNI;
    while (cur_left(&list)) {
        uint8_t type = cur_u8(&list);
        struct span name = cur_span(&list, cur_be16(&list));

        if (type != 0 || list.state != CUR_OK)
            continue;
        if (h->sni.n)
            h->flags |= HELLO_SNI_AGAIN;
        else
            h->sni = name;
        if (!name.n)
            cur_fail(&list);
    }
    cur_join(body, &list);
}

static void versions_offered(struct cursor *body, struct tls_hello *h)
{
    struct cursor list = cur_sub(body, cur_u8(body));

    while (cur_left(&list))
        if (is_13(cur_be16(&list)))
            h->flags |= HELLO_VERSION_13;
    cur_join(body, &list);
}

static void version_chosen(struct cursor *body, struct tls_hello *h)
{
    h->version = cur_be16(body);
}

/* What the two sides write differently. */
struct dialect {
    void (*versions)(struct cursor *body, struct tls_hello *);
    void (*key_share)(struct cursor *body, struct tls_hello *);
};

static void key_offers(struct cursor *body, struct tls_hello *h)
{
    (void)body;
    (void)h;
}

/* Drafts wrote nothing but a group here, as HelloRetryRequest does. */
static void key_chosen(struct cursor *body, struct tls_hello *h)
{
    h->group = cur_be16(body);
}

static const struct dialect of_client = {versions_offered, key_offers};
static const struct dialect of_server = {version_chosen, key_chosen};

static void extension_read(uint16_t type, struct cursor *body, struct tls_hello *h,
                           const struct dialect *dialect)
{
    switch (type) {
    case EXT_SERVER_NAME:
        /* A server acknowledges with nothing in it. */
        if (cur_left(body))
            server_name(body, h);
        break;
    case EXT_ALPN:
        h->flags |= HELLO_ALPN;
        h->alpn = cur_sub(body, cur_be16(body));
        break;
    case EXT_VERSIONS:
        dialect->versions(body, h);
        break;
    case EXT_KEY_SHARE:
        dialect->key_share(body, h);
        return;
    case EXT_PSK:
        h->flags |= HELLO_PSK;
        return;
    case EXT_ECH:
        h->flags |= HELLO_ECH;
        return;
    default:
        return;
    }
    if (!cur_done(body))
        h->flags |= HELLO_BAD_EXTENSION;
}

/* What follows the fixed part up to the end of the message: nothing, or a block of extensions. */
static bool extensions_read(struct cursor *message, struct tls_hello *h,
                            const struct dialect *dialect)
{
    struct cursor block;

    if (cur_done(message))
        return true;
    block = cur_sub(message, cur_be16(message));
    h->extensions = block;
    while (cur_left(&block)) {
        uint16_t type = cur_be16(&block);
        struct cursor body = cur_sub(&block, cur_be16(&block));

        if (block.state == CUR_OK)
            extension_read(type, &body, h, dialect);
    }
    cur_join(message, &block);
    return cur_done(message);
}

bool tls_client_hello(struct cursor *message, enum tls_carrier carrier, struct tls_hello *h)
{
    struct span session, compression;

    *h = (struct tls_hello){.legacy = cur_be16(message)};
    h->version = h->legacy;
    cur_skip(message, 32);
    session = cur_span(message, cur_u8(message));
    if (carrier == TLS_DATAGRAM)
        cur_skip(message, cur_u8(message)); /* cookie, RFC 6347 section 4.2.1 */
    h->suites = cur_span(message, cur_be16(message));
    compression = cur_span(message, cur_u8(message));
    if (!major_fits(h->legacy, carrier) || session.n > 32 || h->suites.n < 2 || h->suites.n % 2 ||
        !compression.n)
        cur_fail(message);
    return extensions_read(message, h, &of_client);
}

static void judge_random(struct span random, struct tls_hello *h)
{
    struct span tail = span_from(random, 24);

    if (span_equal(random, span_of(retry_random, sizeof retry_random)))
        h->flags |= HELLO_RETRY;
    if (span_equal(tail, SPAN("DOWNGRD\x01")) || span_equal(tail, SPAN("DOWNGRD\x00")))
        h->flags |= HELLO_DOWNGRADE;
}

bool tls_server_hello(struct cursor *message, enum tls_carrier carrier, struct tls_hello *h)
{
    struct span session;

    *h = (struct tls_hello){.legacy = cur_be16(message)};
    h->version = h->legacy;
    judge_random(cur_span(message, 32), h);
    /* Drafts before 22 said their version here, and had neither session nor compression. */
    if (!is_draft(h->version)) {
        session = cur_span(message, cur_u8(message));
        h->cipher = cur_be16(message);
        cur_skip(message, 1);
        if (!major_fits(h->version, carrier) || session.n > 32)
            cur_fail(message);
    } else {
        h->cipher = cur_be16(message);
    }
    if (!extensions_read(message, h, &of_server))
        return false;
    if (is_13(h->version)) {
        h->flags |= HELLO_VERSION_13;
        h->flags &= (uint16_t)~HELLO_DOWNGRADE;
    }
    return true;
}

struct span tls_alpn_next(struct cursor *alpn)
{
    return cur_span(alpn, cur_u8(alpn));
}

void tls_v2_client_hello(struct cursor *c, uint16_t *version)
{
    uint16_t length = cur_be16(c) & 0x7fff;
    struct cursor hello = cur_sub(c, length);
    uint8_t type = cur_u8(&hello);
    uint16_t ciphers, session, challenge;

    *version = cur_be16(&hello);
    ciphers = cur_be16(&hello);
    session = cur_be16(&hello);
    challenge = cur_be16(&hello);
    if (c->state != CUR_OK)
        return;
    if (type != 1 || (*version != 2 && *version >> 8 != 3) || !ciphers || ciphers % 3)
        cur_fail(c);
    if ((session != 0 && session != 16) || challenge < 16 || challenge > 32)
        cur_fail(c);
    cur_skip(&hello, (size_t)ciphers + session + challenge);
    if (!cur_done(&hello))
        cur_fail(c);
}

bool tls_v2_hello_overflows(const struct cursor *at)
{
    struct cursor c = *at;
    uint16_t length = cur_be16(&c) & 0x7fff;
    struct cursor hello = cur_sub(&c, length);
    uint8_t type = cur_u8(&hello);
    uint16_t version = cur_be16(&hello), ciphers = cur_be16(&hello);
    uint16_t session = cur_be16(&hello), challenge = cur_be16(&hello);

    if (c.state != CUR_OK || hello.state != CUR_OK)
        return false;
    return type == 1 && (version == 2 || (version >= 0x300 && version <= 0x303)) &&
           (session == 0 || session == 16) && challenge >= 16 && challenge <= 32 &&
           ciphers % 3 == 0 && (size_t)ciphers + session + challenge > cur_left(&hello);
}

void tls_v2_server_hello(struct cursor *c, struct span *certificate)
{
    uint16_t length = cur_be16(c) & 0x7fff;
    struct cursor hello = cur_sub(c, length);
    uint8_t type = cur_u8(&hello);
    uint8_t hit = cur_u8(&hello);
    uint8_t kind = cur_u8(&hello);
    uint16_t version = cur_be16(&hello);
    uint16_t size = cur_be16(&hello);
    uint16_t ciphers = cur_be16(&hello);
    uint16_t connection = cur_be16(&hello);

    if (c->state != CUR_OK)
        return;
    *certificate = cur_span(&hello, size);
    if (type != 4 || hit > 1 || kind > 1 || version != 2 || ciphers % 3 || connection > 32)
        cur_fail(c);
    cur_skip(&hello, (size_t)ciphers + connection);
    if (!cur_done(&hello))
        cur_fail(c);
}
