/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-1 over seed, both addresses, protocol, a zero byte and both ports, all in network order, the
 * lower end first. ICMP counts as ports a type and the type that answers it; a type that nothing
 * answers makes a one-way flow, whose ends keep their places.
 */
#include "report/community_id.h"

#include <netinet/in.h>
#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

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

size_t community_id_text(const struct community_flow *f, char text[COMMUNITY_ID_TEXT])
{
    uint8_t bytes[40], digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx hash;

    sha1_init(&hash);
    sha1_update(&hash, flow_bytes(*f, bytes), bytes);
    sha1_digest(&hash, sizeof digest, digest);
    memcpy(text, "1:", 2);
    base64_encode_raw(text + 2, sizeof digest, digest);
    text[COMMUNITY_ID_TEXT - 1] = 0;
    return COMMUNITY_ID_TEXT - 1;
}

static bool flow_equal(const struct community_flow *a, const struct community_flow *b)
{
    return a->source_port == b->source_port && a->dest_port == b->dest_port &&
           a->proto == b->proto && ipaddr_equal(&a->source, &b->source) &&
           ipaddr_equal(&a->dest, &b->dest);
}

const char *community_id_again(struct community_ids *ids, const struct community_flow *f)
{
    unsigned mixed = f->source_port ^ f->dest_port ^ f->source.bytes[3] ^ f->dest.bytes[3];
    size_t at = (mixed ^ mixed >> 8) % (sizeof ids->slots / sizeof ids->slots[0]);

    if (ids->slots[at].text[0] == 0 || !flow_equal(&ids->slots[at].flow, f)) {
        ids->slots[at].flow = *f;
        community_id_text(f, ids->slots[at].text);
    }
    return ids->slots[at].text;
}
