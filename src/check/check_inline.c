/* SPDX-License-Identifier: Apache-2.0
 *
 * Inline ports: what passes goes out as it came in, what is dropped does not.
 */
#include "check/checks.h"

#include "capture/afpacket.h"
#include "check/netlab.h"
#include "check/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CAPTURES = 2 };

/* Ports at the near ends, somebody at the far ones. */
struct site {
    struct capture *ports[CAPTURES];
    int far[NETLAB_CABLES];
};

static bool sockets_open(struct site *s, struct netlab *lab, struct err *err)
{
    for (enum netlab_cable c = NETLAB_OUTER; c < NETLAB_CABLES; c++) {
        s->far[c] = probe_socket(lab, NETLAB_FAR, netlab_interface(c, NETLAB_FAR), err);
        if (s->far[c] < 0)
            return false;
    }
    return true;
}

static struct afpacket_place near_place(const struct netlab *lab, enum netlab_cable cable)
{
    return (struct afpacket_place){.netns = lab->paths[NETLAB_NEAR],
                                   .interface = netlab_interface(cable, NETLAB_NEAR)};
}

static bool service_open(struct site *s, struct netlab *lab, struct err *err)
{
    struct afpacket_place at = near_place(lab, NETLAB_OUTER);

    s->ports[0] = afpacket_service(&at, err);
    return s->ports[0] != NULL;
}

static bool pair_open(struct site *s, struct netlab *lab, struct err *err)
{
    struct afpacket_place outer = near_place(lab, NETLAB_OUTER);
    struct afpacket_place inner = near_place(lab, NETLAB_INNER);
    uint8_t mac[6];

    netlab_mac(NETLAB_INNER, NETLAB_FAR, mac);
    return afpacket_pair(&outer, &inner, mac, s->ports, err);
}

static bool site_init(struct site *s, struct netlab *lab,
                      bool (*open_ports)(struct site *, struct netlab *, struct err *),
                      struct check_result *r)
{
    struct err err = {0};

    *s = (struct site){.far = {-1, -1}};
    if (!netlab_has_cables(lab, r))
        return false;
    if (sockets_open(s, lab, &err) && open_ports(s, lab, &err))
        return true;
    check_refuse(r, CHECK_MISSING, "no packet socket", &err);
    return false;
}

static void site_fini(struct site *s)
{
    for (int i = 0; i < CAPTURES; i++)
        if (s->ports[i] != NULL)
            capture_free(s->ports[i]);
    for (int i = 0; i < NETLAB_CABLES; i++)
        if (s->far[i] >= 0)
            close(s->far[i]);
}

/* ---- one frame stays, one passes ---- */

/* A way through ports. */
struct way {
    int from, to; /* sockets */
    struct capture *port;
    struct probe_ends ends;
};

static bool goes(struct netlab *lab, const struct way *way, enum verdict verdict, struct probe *p,
                 struct check_result *r)
{
    struct sighting seen;
    struct err err = {0};

    probe_make(lab, p, &way->ends, 0);
    if (!probe_send(way->from, p, &err))
        check_refuse(r, CHECK_BROKEN, "nothing to be forwarded", &err);
    else if (!probe_decide(lab, way->port, p, verdict, &seen))
        check_say(r, CHECK_BROKEN, "a frame does not come to an inline port");
    else
        return true;
    return false;
}

static bool is_way_good(struct netlab *lab, const struct way *way, struct check_result *r)
{
    struct probe dropped, passed;
    struct sighting seen;

    if (!goes(lab, way, VERDICT_DROP, &dropped, r) || !goes(lab, way, VERDICT_PASS, &passed, r))
        return false;
    if (!probe_arrives(lab, way->to, &passed, &seen))
        check_say(r, CHECK_BROKEN, "a frame that may pass does not come out");
    else if (!probe_equals(&passed, &seen))
        check_say(r, CHECK_BROKEN, "a frame is changed on its way: %zu bytes became %u", passed.n,
                  seen.n);
    else if (seen.others > 0)
        check_say(r, CHECK_BROKEN, "a frame that was dropped comes out");
    else
        return true;
    return false;
}

void check_service(struct netlab *lab, struct check_result *r)
{
    struct site site;

    if (site_init(&site, lab, service_open, r)) {
        struct way way = {
            .from = site.far[NETLAB_OUTER], .to = site.far[NETLAB_OUTER], .port = site.ports[0]};

        netlab_mac(NETLAB_OUTER, NETLAB_NEAR, way.ends.to);
        netlab_mac(NETLAB_OUTER, NETLAB_FAR, way.ends.from);
        if (is_way_good(lab, &way, r))
            check_say(r, CHECK_OK, "a service port sends back what may pass, and nothing else");
    }
    site_fini(&site);
}

void check_pair(struct netlab *lab, struct check_result *r)
{
    struct site site;

    if (site_init(&site, lab, pair_open, r)) {
        int outer = site.far[NETLAB_OUTER], inner = site.far[NETLAB_INNER];
        struct way in = {.from = outer, .to = inner, .port = site.ports[0]};
        struct way out = {.from = inner, .to = outer, .port = site.ports[1]};

        netlab_mac(NETLAB_INNER, NETLAB_FAR, in.ends.to);
        netlab_mac(NETLAB_OUTER, NETLAB_FAR, in.ends.from);
        netlab_mac(NETLAB_OUTER, NETLAB_FAR, out.ends.to);
        netlab_mac(NETLAB_INNER, NETLAB_FAR, out.ends.from);
        if (is_way_good(lab, &in, r) && is_way_good(lab, &out, r))
            check_say(r, CHECK_OK,
                      "a pair of ports forwards in both directions what may pass, nothing else");
    }
    site_fini(&site);
}

/* ---- large segments ---- */

enum {
    LARGE_PAYLOAD = 7000, /* several segments, one frame */
    SEGMENT = 1400,
    HEADERS = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr),
};

static uint16_t sum_of(const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)(b[i] << 8 | b[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)(sum + (sum >> 16));
}

/* TCP over IPv4, between addresses for documentation. The checksum has only what the card adds the
 * rest to: addresses, protocol, length (RFC 9293, 3.1). */
static void put_headers(uint8_t *at)
{
    struct iphdr ip = {
        .ihl = 5,
        .version = 4,
        .tot_len = htons(sizeof ip + sizeof(struct tcphdr) + LARGE_PAYLOAD),
        .ttl = 64,
        .protocol = IPPROTO_TCP,
        .saddr = htonl(0xc6336401),
        .daddr = htonl(0xc6336402),
    };
    struct tcphdr tcp = {.th_sport = htons(40000),
                         .th_dport = htons(9),
                         .th_off = 5,
                         .th_flags = TH_ACK,
                         .th_win = htons(1000)};
    uint16_t pseudo[6] = {[4] = htons(IPPROTO_TCP), [5] = htons(sizeof tcp + LARGE_PAYLOAD)};

    memcpy(at, &ip, sizeof ip);
    ip.check = htons((uint16_t)~sum_of(at, sizeof ip));
    memcpy(at, &ip, sizeof ip);
    memcpy(pseudo, &ip.saddr, 4);
    memcpy(pseudo + 2, &ip.daddr, 4);
    tcp.th_sum = htons(sum_of(pseudo, sizeof pseudo));
    memcpy(at + sizeof ip, &tcp, sizeof tcp);
}

/* What offloads have left to be done, then the frame. */
static void large_make(struct netlab *lab, struct probe *p, const struct probe_ends *ends)
{
    struct virtio_net_hdr todo = {
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
        .hdr_len = HEADERS,
        .gso_size = SEGMENT,
        .csum_start = ETH_HLEN + sizeof(struct iphdr),
        .csum_offset = 16,
    };
    uint8_t *frame = p->bytes + sizeof todo;
    uint16_t type = htons(ETHERTYPE_IP);

    memset(p, 0, sizeof *p);
    memcpy(p->bytes, &todo, sizeof todo);
    memcpy(frame, ends->to, 6);
    memcpy(frame + 6, ends->from, 6);
    memcpy(frame + 12, &type, sizeof type);
    put_headers(frame + ETH_HLEN);
    probe_mark(lab, p, frame + HEADERS);
    p->n = sizeof todo + HEADERS + LARGE_PAYLOAD;
}

static bool is_still_large(const struct probe *p, const struct sighting *s)
{
    struct virtio_net_hdr todo;

    memcpy(&todo, s->bytes, sizeof todo);
    return s->n == p->n && todo.gso_type == VIRTIO_NET_HDR_GSO_TCPV4 && todo.gso_size == SEGMENT &&
           memcmp(p->bytes + sizeof todo, s->bytes + sizeof todo, p->n - sizeof todo) == 0;
}

static void large_passes(struct netlab *lab, const struct site *site, struct check_result *r)
{
    int far = site->far[NETLAB_OUTER];
    struct probe_ends ends;
    struct probe probe;
    struct sighting seen;
    struct err err = {0};

    netlab_mac(NETLAB_OUTER, NETLAB_NEAR, ends.to);
    netlab_mac(NETLAB_OUTER, NETLAB_FAR, ends.from);
    large_make(lab, &probe, &ends);
    if (!probe_send(far, &probe, &err))
        check_refuse(r, CHECK_BROKEN, "no large segments", &err);
    else if (!probe_decide(lab, site->ports[0], &probe, VERDICT_PASS, &seen))
        check_say(r, CHECK_BROKEN, "a large segment does not come to an inline port");
    else if (!probe_arrives(lab, far, &probe, &seen))
        check_say(r, CHECK_BROKEN,
                  "a large segment does not come out of an inline port: switch segmentation "
                  "offload off where workloads send (ethtool -K IFACE tso off gso off)");
    else if (!is_still_large(&probe, &seen))
        check_say(r, CHECK_BROKEN, "a large segment comes out changed: %zu bytes became %u",
                  probe.n, seen.n);
    else
        check_say(r, CHECK_OK, "a segment of %d bytes passes in one piece (PACKET_VNET_HDR)",
                  LARGE_PAYLOAD);
}

void check_large(struct netlab *lab, struct check_result *r)
{
    struct site site;

    if (site_init(&site, lab, service_open, r)) {
        int on = 1;

        if (setsockopt(site.far[NETLAB_OUTER], SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) == 0)
            large_passes(lab, &site, r);
        else
            check_say(r, CHECK_MISSING, "PACKET_VNET_HDR: %s: inline ports cannot work",
                      strerror(errno));
    }
    site_fini(&site);
}
