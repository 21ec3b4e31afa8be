/* SPDX-License-Identifier: Apache-2.0 */
#include "report/threat_book.h"

#include "engine/session.h"
#include "report/event_ends.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLACES = 2 * THREAT_BOOK_MOST,
    /* Beyond this many, peers are not told apart any more: somebody makes them up. */
    PEERS_MOST = THREAT_BOOK_MOST * 3 / 4,
    PACKET_BYTES = 2048,
    ETHERNET_BYTES = 14,
};

_Static_assert((PLACES & (PLACES - 1)) == 0, "places are found with a mask");

enum flag { FLAG_INGRESS = 1, FLAG_SESSION_INGRESS = 2, FLAG_TAP = 4 };

/* What makes two threats one entry; hashed and compared as bytes. */
struct key {
    uint8_t mac[6];
    uint8_t threat; /* enum threat */
    uint8_t flags;  /* enum flag */
    uint8_t peer[16];
};

_Static_assert(sizeof(struct key) == 24, "no padding: it is hashed as bytes");

struct threat_entry {
    struct key key;
    uint32_t due;     /* to be told now; 0: nothing */
    uint32_t pending; /* to be told later */
    uint64_t told_us, last_us;
    /* of the newest */
    struct message_threat message;
    char text[64];
    uint8_t packet[PACKET_BYTES];
};

void threat_book_init(struct threat_book *b)
{
    *b = (struct threat_book){0};
    hash_init(&b->hash_key);
}

void threat_book_fini(struct threat_book *b)
{
    free(b->list);
    free(b->places);
    b->list = NULL;
    b->places = NULL;
    b->count = 0;
}

/* ---- entries ---- */

static uint16_t *place_of(const struct threat_book *b, const struct key *k)
{
    size_t at = hash_bytes(&b->hash_key, k, sizeof *k) & (PLACES - 1);

    while (b->places[at] != 0 && memcmp(&b->list[b->places[at] - 1].key, k, sizeof *k) != 0)
        at = (at + 1) & (PLACES - 1);
    return &b->places[at];
}

static bool has_memory(struct threat_book *b)
{
    if (b->list == NULL)
        b->list = calloc(THREAT_BOOK_MOST, sizeof *b->list);
    if (b->places == NULL)
        b->places = calloc(PLACES, sizeof *b->places);
    return b->list != NULL && b->places != NULL;
}

/* NULL: there is no room. */
static struct threat_entry *entry_of(struct threat_book *b, struct key *k)
{
    uint16_t *place;

    if (!has_memory(b))
        return NULL;
    place = place_of(b, k);
    if (*place == 0 && b->count >= PEERS_MOST) {
        memset(k->peer, 0, sizeof k->peer);
        place = place_of(b, k);
    }
    if (*place == 0) {
        if (b->count == THREAT_BOOK_MOST)
            return NULL;
        b->list[b->count] = (struct threat_entry){.key = *k};
        *place = (uint16_t)++b->count;
    }
    return &b->list[*place - 1];
}

/* ---- what an event says ---- */

static uint8_t action_of(enum verdict v)
{
    static const uint8_t numbers[] = {
        [VERDICT_PASS] = 1, [VERDICT_BYPASS] = 4, [VERDICT_HOLD] = 1,
        [VERDICT_DROP] = 2, [VERDICT_RESET] = 3,  [VERDICT_BLOCK] = 5,
    };

    return numbers[v];
}

/* The evidence is in the server's answer, the actor is the client. */
static bool is_flipped(enum threat t)
{
    return t == THREAT_MYSQL_DENIED;
}

static uint8_t flags_of(const struct event *ev, const struct workload *w)
{
    const struct packet *p = ev->packet;
    bool session = ev->session != NULL && (ev->session->flags & SESSION_INGRESS) != 0;
    bool ingress = p != NULL ? p->ingress : session;
    unsigned flags = session ? FLAG_SESSION_INGRESS : 0;

    if (ingress != is_flipped(ev->threat.threat))
        flags |= FLAG_INGRESS;
    if (w->tap)
        flags |= FLAG_TAP;
    return (uint8_t)flags;
}

static uint16_t put_ethernet(const struct event *ev, const struct workload *w, uint8_t *to)
{
    const struct packet *p = ev->packet;
    bool six = p->key.family == 6;

    if (p->frame->link == LINK_ETHERNET) {
        memcpy(to, p->frame->bytes, ETHERNET_BYTES);
        for (size_t at = 0; at < 12; at += 6)
            if (memcmp(to + at, w->id.unicast, 6) == 0)
                memcpy(to + at, w->id.mac, 6);
    } else {
        memset(to, 0, ETHERNET_BYTES);
        memcpy(to + (p->ingress ? 0 : 6), w->id.mac, 6);
        to[12] = six ? 0x86 : 0x08;
        to[13] = six ? 0xdd : 0x00;
    }
    return ETHERNET_BYTES;
}

/* What stands behind the Ethernet header: of a datagram that came in fragments the whole. */
static struct span network_part(const struct packet *p)
{
    struct span frame = span_of(p->frame->bytes, p->frame->captured);

    if (p->flags & PKT_REASSEMBLED)
        return span_of(p->l3, p->l3_len);
    return p->frame->link == LINK_ETHERNET ? span_from(frame, ETHERNET_BYTES) : frame;
}

static void put_packet(struct threat_entry *e, const struct event *ev, const struct workload *w)
{
    const struct packet *p = ev->packet;
    struct span rest;
    size_t n;

    e->message.packet_bytes = e->message.captured_bytes = 0;
    e->message.packet = span_of(e->packet, 0);
    if (p == NULL || ev->threat.count > 0 || /* one of many */
        (p->frame->link == LINK_ETHERNET && p->frame->captured < ETHERNET_BYTES))
        return;
    n = put_ethernet(ev, w, e->packet);
    rest = network_part(p);
    e->message.captured_bytes = (uint16_t)(rest.n + n > UINT16_MAX ? UINT16_MAX : rest.n + n);
    rest = span_first(rest, PACKET_BYTES - n);
    memcpy(e->packet + n, rest.p, rest.n);
    e->message.packet_bytes = (uint16_t)(n + rest.n);
    e->message.packet = span_of(e->packet, n + rest.n);
}

static void put_ends(struct message_threat *m, const struct event *ev)
{
    struct event_ends ends;
    bool flip = is_flipped(ev->threat.threat);

    if (!event_ends(ev, &ends))
        return;
    m->ip_proto = ends.proto;
    m->ether_type = ends.source.addr.family == 6 ? 0x86dd : 0x0800;
    m->src_ip = flip ? ends.dest.addr : ends.source.addr;
    m->dst_ip = flip ? ends.source.addr : ends.dest.addr;
    if (ends.proto == 6 || ends.proto == 17) {
        m->src_port = flip ? ends.dest.port : ends.source.port;
        m->dst_port = flip ? ends.source.port : ends.dest.port;
    } else {
        m->icmp_type = ends.icmp_type;
        m->icmp_code = ends.icmp_code;
    }
}

static uint16_t application_of(const struct session *s)
{
    uint16_t product = s != NULL ? product_number(session_product(s)) : 0;

    return product != 0 ? product : s != NULL ? session_application(s) : 0;
}

static void fill(struct threat_entry *e, const struct event *ev, const struct workload *w)
{
    struct message_threat *m = &e->message;

    *m = (struct message_threat){
        .threat = threat_number(ev->threat.threat),
        .reported_at = (uint32_t)(ev->time_us / 1000000),
        .action = action_of(ev->threat.verdict),
        .severity = threat_severity(ev->threat.threat),
        .flags = e->key.flags,
        .application = application_of(ev->session),
    };
    memcpy(m->mac.bytes, w->id.mac, sizeof m->mac.bytes);
    put_ends(m, ev);
    m->text = span_first(span_text(ev->threat.text), sizeof e->text - 1);
    memcpy(e->text, m->text.p, m->text.n);
    m->text.p = (const uint8_t *)e->text;
    put_packet(e, ev, w);
}

/* ---- in and out ---- */

static const struct workload *owner_of(const struct event *ev)
{
    if (ev->workload != NULL || ev->packet == NULL)
        return ev->workload;
    return ev->packet->workload;
}

static struct key key_of(const struct event *ev, const struct workload *w)
{
    struct key k = {.threat = (uint8_t)ev->threat.threat, .flags = flags_of(ev, w)};
    struct event_ends ends;

    memcpy(k.mac, w->id.mac, sizeof k.mac);
    if (event_ends(ev, &ends)) {
        bool inwards =
            ev->packet != NULL ? ev->packet->ingress : (k.flags & FLAG_SESSION_INGRESS) != 0;

        memcpy(k.peer, inwards ? ends.source.addr.bytes : ends.dest.addr.bytes, sizeof k.peer);
    }
    return k;
}

/* These come in bursts: they are told when it is quiet again. */
static uint64_t every_us(enum threat t)
{
    if (t == THREAT_SYN_FLOOD || t == THREAT_ICMP_FLOOD || t == THREAT_SESSION_LIMIT)
        return 0; /* told at intervals of their own */
    return t == THREAT_PING_DEATH ? UINT64_MAX : THREAT_EVERY_US;
}

static uint32_t occurrences(const struct event *ev)
{
    return ev->threat.count > 0 ? ev->threat.count : 1;
}

bool threat_book_add(struct threat_book *b, const struct event *ev)
{
    const struct workload *w = owner_of(ev);
    struct threat_entry *e;
    struct key k;

    if (w == NULL || !w->agents)
        return false;
    k = key_of(ev, w);
    e = entry_of(b, &k);
    if (e == NULL) {
        b->lost++;
        return false;
    }
    fill(e, ev, w);
    e->last_us = ev->time_us;
    if (e->told_us != 0 && ev->time_us - e->told_us < every_us(ev->threat.threat)) {
        e->pending += occurrences(ev);
        return false;
    }
    e->due += e->pending + occurrences(ev);
    e->pending = 0;
    e->told_us = ev->time_us;
    return true;
}

static void tell(struct threat_book *b, struct threat_entry *e, uint32_t count,
                 struct wire_datagram *to)
{
    e->message.count = count;
    wire_begin(to, MESSAGE_THREAT);
    wire_put_threat(to, &e->message);
    (void)wire_end(to, WIRE_LAST);
    b->told++;
}

/* Others move up; everybody's place is found again. */
static void forget(struct threat_book *b, uint64_t now_us)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->count; i++) {
        struct threat_entry *e = &b->list[i];

        if (e->due == 0 && e->pending == 0 && now_us - e->last_us >= THREAT_QUIET_US)
            continue;
        if (kept != i) {
            b->list[kept] = *e;
            b->list[kept].message.text.p = (const uint8_t *)b->list[kept].text;
            b->list[kept].message.packet.p = b->list[kept].packet;
        }
        kept++;
    }
    if (kept == b->count)
        return;
    b->count = kept;
    memset(b->places, 0, PLACES * sizeof *b->places);
    for (size_t i = 0; i < kept; i++)
        *place_of(b, &b->list[i].key) = (uint16_t)(i + 1);
}

size_t threat_book_take(struct threat_book *b, uint64_t now_us, struct wire_datagram *to,
                        size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count && n < most; i++) {
        struct threat_entry *e = &b->list[i];

        if (e->due == 0 && e->pending > 0 && now_us - e->last_us >= THREAT_QUIET_US) {
            e->due = e->pending;
            e->pending = 0;
        }
        if (e->due == 0)
            continue;
        tell(b, e, e->due, &to[n++]);
        e->due = 0;
    }
    if (n < most && b->count > 0)
        forget(b, now_us);
    return n;
}
