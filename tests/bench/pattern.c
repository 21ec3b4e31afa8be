/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include "base/cursor.h"
#include "packet_builder.h"

#include <assert.h>
#include <stdlib.h>

#define CLIENTS    65536u
#define CLIENT_NET 0x0a800000u /* 10.128.0.0/16, then other ports */
#define SERVERS    61u
#define SERVER_NET 0x0a400001u
#define FIRST_PORT 1024u

static uint32_t sum_words(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (; n > 1; n -= 2, p += 2)
        sum += be16_at(p);
    return n ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* Takes the addresses and the client's port out, and remembers the sums of what is left. */
static void packet_prepare(struct pattern_packet *p)
{
    uint8_t *ip = p->bytes + p->ip_at;
    size_t total = be16_at(ip + 2), header = (size_t)(ip[0] & 15) * 4;
    bool first = (be16_at(ip + 6) & 0x1fff) == 0, whole = (be16_at(ip + 6) & 0x3fff) == 0;

    p->proto = ip[9];
    build_put16(ip + 10, 0);
    memset(ip + 12, 0, 8);
    p->ip_sum = sum_words(ip, header);
    if (!first || (p->proto != 6 && p->proto != 17))
        return;
    p->l4_at = (uint16_t)(p->ip_at + header);
    build_put16(p->bytes + p->l4_at + (p->from_server ? 2 : 0), 0);
    p->sum_at = (uint16_t)(p->l4_at + (p->proto == 6 ? 16 : 6));
    if (!whole || (p->proto == 17 && be16_at(p->bytes + p->sum_at) == 0)) {
        build_put16(p->bytes + p->sum_at, 0);
        p->sum_at = 0; /* UDP may go without */
        return;
    }
    build_put16(p->bytes + p->sum_at, 0);
    p->l4_sum =
        sum_words(p->bytes + p->l4_at, total - header) + p->proto + (uint32_t)(total - header);
}

static void pattern_add(struct pattern *t, const struct listed_frame *f, uint8_t from_server)
{
    struct pattern_packet *p;

    assert(f->n <= PATTERN_FRAME);
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 16;
        t->packets = realloc(t->packets, t->room * sizeof *t->packets);
        assert(t->packets);
    }
    p = &t->packets[t->count++];
    *p = (struct pattern_packet){.bytes = malloc(f->n), .n = f->n, .from_server = from_server};
    assert(p->bytes);
    memcpy(p->bytes, f->bytes, f->n);
    if (f->n >= 34 && be16_at(f->bytes + 12) == 0x0800) {
        p->ip_at = 14;
        packet_prepare(p);
    }
}

/* Addresses, protocol and ports of a frame; the sender's first. */
struct ends {
    uint8_t bytes[13];
};

static bool ends_of(const struct listed_frame *f, struct ends *e)
{
    const uint8_t *ip = f->bytes + 14;
    size_t header;

    if (f->n < 34 || be16_at(f->bytes + 12) != 0x0800)
        return false;
    header = (size_t)(ip[0] & 15) * 4;
    if ((ip[9] != 6 && ip[9] != 17) || f->n < 14 + header + 8)
        return false;
    memcpy(e->bytes, ip + 12, 4);
    memcpy(e->bytes + 4, ip + header, 2);
    memcpy(e->bytes + 6, ip + 16, 4);
    memcpy(e->bytes + 10, ip + header + 2, 2);
    e->bytes[12] = ip[9];
    return true;
}

static struct ends ends_reverse(const struct ends *e)
{
    struct ends r = *e;

    memcpy(r.bytes, e->bytes + 6, 6);
    memcpy(r.bytes + 6, e->bytes, 6);
    return r;
}

static void opening_set(struct pattern_set *set)
{
    const struct pattern_packet *first = &set->list[0].packets[0];

    set->opening = first->proto == 6 && (first->bytes[first->l4_at + 13] & TCP_SYN) ? 3 : 1;
}

void patterns_split(struct pattern_set *set, const struct frame_list *frames, size_t cap)
{
    struct ends *known = calloc(frames->count + 1, sizeof *known);

    *set = (struct pattern_set){.list = calloc(frames->count + 1, sizeof *set->list)};
    assert(known && set->list);
    for (size_t i = 0; i < frames->count; i++) {
        struct ends here, back;
        uint8_t from_server = 0;
        size_t k = 0;

        if (frames->frames[i].n > PATTERN_FRAME || !ends_of(&frames->frames[i], &here))
            continue;
        back = ends_reverse(&here);
        for (; k < set->count; k++) {
            from_server = memcmp(&known[k], &back, sizeof back) == 0;
            if (from_server || memcmp(&known[k], &here, sizeof here) == 0)
                break;
        }
        if (k == set->count)
            known[set->count++] = here;
        if (cap == 0 || set->list[k].count < cap)
            pattern_add(&set->list[k], &frames->frames[i], from_server);
    }
    free(known);
    if (set->count > 0)
        opening_set(set);
}

void patterns_one(struct pattern_set *set, const struct frame_list *frames)
{
    *set = (struct pattern_set){.list = calloc(1, sizeof *set->list), .count = 1};
    assert(set->list && frames->count > 0);
    for (size_t i = 0; i < frames->count; i++)
        pattern_add(&set->list[0], &frames->frames[i],
                    memcmp(frames->frames[i].bytes + 26, frames->frames[0].bytes + 26, 4) != 0);
    opening_set(set);
}

void patterns_free(struct pattern_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        for (size_t k = 0; k < set->list[i].count; k++)
            free(set->list[i].packets[k].bytes);
        free(set->list[i].packets);
    }
    free(set->list);
    *set = (struct pattern_set){0};
}

uint32_t pattern_write(const struct pattern_packet *p, uint64_t i, uint8_t out[PATTERN_FRAME])
{
    uint32_t client = CLIENT_NET + (uint32_t)(i % CLIENTS);
    uint32_t server = SERVER_NET + (uint32_t)(i % SERVERS);
    uint32_t port = FIRST_PORT + (uint32_t)(i / CLIENTS);
    uint32_t words = (client >> 16) + (client & 0xffff) + (server >> 16) + (server & 0xffff);
    uint8_t *ip = out + p->ip_at;

    memcpy(out, p->bytes, p->n);
    if (p->ip_at == 0)
        return p->n;
    build_put32(ip + 12, p->from_server ? server : client);
    build_put32(ip + 16, p->from_server ? client : server);
    build_put16(ip + 10, fold(p->ip_sum + words));
    if (p->l4_at)
        build_put16(out + p->l4_at + (p->from_server ? 2 : 0), port);
    if (p->sum_at)
        build_put16(out + p->sum_at, fold(p->l4_sum + words + port) ^ p->wrong_sum);
    return p->n;
}
