/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dns_tunnel.h"

#include "base/cursor.h"

enum { MINUTE = 60 * 1000 * 1000, TYPE_CNAME = 5, TYPE_NULL = 10, TYPE_MX = 15, TYPE_TXT = 16 };

/* Letters of either case are one: resolvers mix them. */
static uint32_t hash_of(uint32_t hash, struct span bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        hash = (hash ^ span_lower(bytes.p[i])) * 16777619u;
    return hash ? hash : 1;
}

/* Logarithms to the base of two, times 256; of 0 none is asked. */
static const uint16_t logarithms[64] = {
    0,    0,    256,  406,  512,  594,  662,  719,  768,  812,  850,  886,  918,  947,  975,  1000,
    1024, 1046, 1068, 1087, 1106, 1124, 1142, 1158, 1174, 1189, 1203, 1217, 1231, 1244, 1256, 1268,
    1280, 1291, 1302, 1313, 1324, 1334, 1343, 1353, 1362, 1372, 1380, 1389, 1398, 1406, 1414, 1422,
    1430, 1437, 1445, 1452, 1459, 1466, 1473, 1480, 1487, 1493, 1500, 1506, 1512, 1518, 1524, 1530,
};

unsigned dns_tunnel_entropy(struct span label)
{
    uint8_t counts[256] = {0};
    uint32_t sum = 0;

    label = span_first(label, 63);
    if (label.n == 0)
        return 0;
    for (size_t i = 0; i < label.n; i++)
        counts[label.p[i]]++;
    for (size_t i = 0; i < label.n; i++)
        sum += logarithms[counts[label.p[i]]];
    return (unsigned)((logarithms[label.n] - sum / label.n) * 10 / 256);
}

static bool is_roomy(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_NULL || type == TYPE_MX || type == TYPE_TXT;
}

static void begin(struct dns_tunnel *t, uint32_t domain, uint64_t now_us)
{
    t->since_us = now_us;
    t->domain = domain;
    t->bytes = t->length = t->entropy = 0;
    t->count = t->roomy = 0;
}

static void count_label(struct dns_tunnel *t, struct span label)
{
    uint32_t hash = hash_of(2166136261u, label);

    if (t->count == DNS_TUNNEL_LABELS)
        return;
    for (unsigned i = 0; i < t->count; i++)
        if (t->labels[i] == hash)
            return;
    t->labels[t->count++] = hash;
    t->length += (uint32_t)label.n;
    t->entropy += dns_tunnel_entropy(label);
}

static const char *judge(const struct dns_tunnel *t)
{
    if (t->bytes > DNS_TUNNEL_BYTES)
        return "names of many bytes below one domain";
    if (t->count < DNS_TUNNEL_LABELS || t->roomy < DNS_TUNNEL_LABELS)
        return NULL;
    if (t->length >= (uint32_t)DNS_TUNNEL_LENGTH * t->count)
        return "many long names below one domain";
    if (t->entropy >= (uint32_t)DNS_TUNNEL_ENTROPY * t->count)
        return "many names like noise below one domain";
    return NULL;
}

const char *dns_tunnel_ask(struct dns_tunnel *t, struct span question, uint64_t now_us)
{
    struct cursor c = cur_of(question);
    struct span first = span_of("", 0), last[2] = {first, first};
    unsigned labels = 0;
    uint32_t domain;

    while (cur_peek(&c) >= 1 && cur_peek(&c) <= 63) {
        last[0] = last[1];
        last[1] = cur_span(&c, cur_u8(&c));
        if (labels++ == 0)
            first = last[1];
    }
    cur_skip(&c, 1);
    if (labels < 3 || c.state != CUR_OK)
        return NULL; /* nothing stands below the domain */
    domain = hash_of(hash_of(2166136261u, last[0]) + 1, last[1]);
    if (domain != t->domain || now_us - t->since_us > MINUTE)
        begin(t, domain, now_us);
    t->bytes += (uint32_t)question.n;
    if (is_roomy(cur_be16(&c)) && t->roomy < UINT8_MAX)
        t->roomy++;
    count_label(t, first);
    return judge(t);
}
