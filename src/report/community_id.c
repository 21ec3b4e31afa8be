/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-1 over seed, both addresses, protocol, a zero byte and both ports, all in network order, the
 * lower end first. ICMP counts as ports a type and the type that answers it; a type that nothing
 * answers makes a one-way flow, whose ends keep their places.
 */
#include "report/community_id.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct community_id {
    EVP_MD *sha1;
    EVP_MD_CTX *hash;
};

struct community_id *community_id_new(void)
{
    struct community_id *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    c->hash = EVP_MD_CTX_new();
    if (c->sha1 == NULL || c->hash == NULL) {
        community_id_free(c);
        return NULL;
    }
    return c;
}

void community_id_free(struct community_id *c)
{
    if (c == NULL)
        return;
    EVP_MD_CTX_free(c->hash);
    EVP_MD_free(c->sha1);
    free(c);
}

enum { NO_ANSWER = -1 };

static int icmp_answer(uint8_t proto, uint16_t type)
{
    static const struct {
        uint8_t proto, one, other;
    } pairs[] = {
        {IPPROTO_ICMP, 8, 0},       {IPPROTO_ICMP, 13, 14},     {IPPROTO_ICMP, 15, 16},
        {IPPROTO_ICMP, 10, 9},      {IPPROTO_ICMP, 17, 18},     {IPPROTO_ICMPV6, 128, 129},
        {IPPROTO_ICMPV6, 133, 134}, {IPPROTO_ICMPV6, 135, 136}, {IPPROTO_ICMPV6, 130, 131},
        {IPPROTO_ICMPV6, 139, 140}, {IPPROTO_ICMPV6, 144, 145},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].proto != proto)
            continue;
        if (pairs[i].one == type)
            return pairs[i].other;
        if (pairs[i].other == type)
            return pairs[i].one;
    }
    return NO_ANSWER;
}

static bool has_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
           proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static bool in_order(const struct community_flow *f)
{
    int compared = memcmp(f->source.bytes, f->dest.bytes, sizeof f->source.bytes);

    return compared < 0 || (compared == 0 && f->source_port < f->dest_port);
}

static size_t put_end(uint8_t *at, const struct ipaddr *a)
{
    size_t n = a->family == 4 ? 4 : 16;

    memcpy(at, a->bytes, n);
    return n;
}

static size_t put_port(uint8_t *at, uint16_t port)
{
    at[0] = (uint8_t)(port >> 8);
    at[1] = (uint8_t)port;
    return 2;
}

/* Returns how many bytes are to be hashed. */
static size_t flow_bytes(struct community_flow f, uint8_t bytes[40])
{
    bool icmp = f.proto == IPPROTO_ICMP || f.proto == IPPROTO_ICMPV6;
    int answer = icmp ? icmp_answer(f.proto, f.source_port) : NO_ANSWER;
    bool one_way = icmp && answer == NO_ANSWER;
    size_t n = 2; /* the seed */

    bytes[0] = bytes[1] = 0;
    if (answer != NO_ANSWER)
        f.dest_port = (uint16_t)answer;
    if (!one_way && !in_order(&f)) {
        struct community_flow swapped = {f.dest, f.source, f.dest_port, f.source_port, f.proto};

        f = swapped;
    }
    n += put_end(bytes + n, &f.source);
    n += put_end(bytes + n, &f.dest);
    bytes[n++] = f.proto;
    bytes[n++] = 0;
    if (has_ports(f.proto)) {
        n += put_port(bytes + n, f.source_port);
        n += put_port(bytes + n, f.dest_port);
    }
    return n;
}

size_t community_id_text(struct community_id *c, const struct community_flow *f,
                         char text[COMMUNITY_ID_TEXT])
{
    uint8_t bytes[40], digest[20];
    size_t n = flow_bytes(*f, bytes);

    memcpy(text, "1:", 3);
    if (EVP_DigestInit_ex2(c->hash, c->sha1, NULL) != 1 ||
        EVP_DigestUpdate(c->hash, bytes, n) != 1 || EVP_DigestFinal_ex(c->hash, digest, NULL) != 1)
        return 2;
    return 2 + (size_t)EVP_EncodeBlock((unsigned char *)text + 2, digest, sizeof digest);
}
