/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_builder: frames written down layer by layer, outside in.
 *
 *     build_begin(&b);
 *     build_ethernet(&b);
 *     build_vlan(&b, 0x8100, 7);
 *     build_ip(&b, "10.1.1.1", "10.1.1.2");
 *     build_udp(&b, 5000, 53);
 *     build_bytes(&b, query, sizeof query);
 *     build_finish(&b);
 *
 * build_finish() fills in what depends on the rest: types of the next layer, lengths, checksums. A
 * field that is not zero by then stays as it is: write it through build_last() to make it wrong.
 */
#ifndef TESTS_PACKET_BUILDER_H
#define TESTS_PACKET_BUILDER_H

#include "base/ipaddr.h"
#include "base/span.h"
#include "frame_list.h"

/* More than an IP packet may have: fragments of a datagram that is too large. */
#define BUILD_ROOM   80000
#define BUILD_LAYERS 32

enum build_layer_kind {
    LAYER_ETHERNET,
    LAYER_COOKED,
    LAYER_COOKED2,
    LAYER_LOOPBACK,
    LAYER_PPP,
    LAYER_VLAN,
    LAYER_PPPOE,
    LAYER_MPLS,
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_EXTENSION,
    LAYER_TCP,
    LAYER_UDP,
    LAYER_ICMP,
    LAYER_ICMPV6,
    LAYER_SCTP,
    LAYER_GRE,
    LAYER_VXLAN,
    LAYER_GENEVE,
    LAYER_GTPU,
    LAYER_BYTES,
};

enum build_checksum { SUM_RIGHT, SUM_WRONG, SUM_NONE };

struct build_layer {
    uint8_t kind;     /* enum build_layer_kind */
    uint8_t checksum; /* enum build_checksum */
    uint16_t type;    /* the number by which the layer in front announces it; 0 = by kind */
    size_t at;
};

struct packet_builder {
    size_t n;
    size_t layer_count;
    uint8_t link; /* enum link_type */
    struct build_layer layers[BUILD_LAYERS];
    uint8_t bytes[BUILD_ROOM];
};

void build_begin(struct packet_builder *);
void build_finish(struct packet_builder *);

/* ---- links ---- */

void build_ethernet(struct packet_builder *);
void build_ethernet_macs(struct packet_builder *, const uint8_t dst[6], const uint8_t src[6]);
/* Any link type; for LINK_RAW_IP nothing is written. */
void build_link(struct packet_builder *, enum link_type);
void build_vlan(struct packet_builder *, uint16_t ether_type, uint16_t id);
void build_pppoe(struct packet_builder *, uint16_t session);
void build_mpls(struct packet_builder *, uint32_t label);

/* ---- network ---- */

struct ip_spec {
    const char *src, *dst;
    uint8_t ttl;         /* 0 = 64 */
    uint8_t proto;       /* 0 = of the next layer */
    uint16_t id;         /* IPv4 */
    uint16_t flags;      /* IPv4: the 16 bits of flags and offset */
    struct span options; /* IPv4; padded to four bytes */
};

/* The family is that of the text. */
void build_ip(struct packet_builder *, const char *src, const char *dst);
void build_ip_spec(struct packet_builder *, const struct ip_spec *);
/* An IPv6 extension header: `body` follows its two first bytes and is padded. */
void build_ipv6_extension(struct packet_builder *, uint8_t type, struct span body);

/* ---- transport ---- */

struct tcp_spec {
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint8_t flags;  /* enum tcp_flags */
    uint8_t wscale; /* option; 0 = none */
    uint16_t window, urgent;
    uint16_t mss; /* option; 0 = none */
    bool timestamps;
    uint32_t ts_value, ts_echo;
    struct span options; /* further ones as they are; all is padded to four bytes */
};

void build_tcp(struct packet_builder *, const struct tcp_spec *);
void build_udp(struct packet_builder *, uint16_t sport, uint16_t dport);
/* `rest` is the second word: identifier and sequence, MTU, gateway, pointer. */
void build_icmp(struct packet_builder *, uint8_t type, uint8_t code, uint32_t rest);
void build_icmpv6(struct packet_builder *, uint8_t type, uint8_t code, uint32_t rest);
/* Common header and one DATA chunk head, or with `chunk` another chunk type. */
void build_sctp(struct packet_builder *, uint16_t sport, uint16_t dport, uint8_t chunk);

/* ---- tunnels: behind one of these an Ethernet or IP layer follows ---- */

void build_gre(struct packet_builder *, uint32_t key);    /* 0 = without a key */
void build_vxlan(struct packet_builder *, uint32_t vni);  /* UDP 4789 included */
void build_geneve(struct packet_builder *, uint32_t vni); /* UDP 6081 included */
void build_gtpu(struct packet_builder *, uint32_t teid);  /* UDP 2152 included */
void build_teredo(struct packet_builder *);               /* UDP 3544 */

/* ---- content ---- */

void build_bytes(struct packet_builder *, const void *bytes, size_t n);
void build_fill(struct packet_builder *, uint8_t byte, size_t n);
/* Bytes behind the packet that no length counts; after build_finish(). */
void build_trailer(struct packet_builder *, size_t n);

/* How the checksum of the layer last begun shall be. */
void build_checksum(struct packet_builder *, enum build_checksum);
/* The header of the layer last begun. */
uint8_t *build_last(struct packet_builder *);

/* Finishes it and adds it to the list. */
struct listed_frame *build_add(struct packet_builder *, struct frame_list *, uint64_t time_us);

/* ---- fragments ---- */

struct fragment_spec {
    uint32_t id;
    size_t offset; /* into what follows the last IP header (IPv6: the unfragmentable part) */
    size_t n;
    bool more;
};

/* The length of what can be fragmented. */
size_t build_fragmentable(const struct packet_builder *whole);
/* One fragment of a finished packet, finished itself. */
void build_fragment(struct packet_builder *out, const struct packet_builder *whole,
                    const struct fragment_spec *);
/* All fragments of it, `each` bytes (a multiple of eight) but the last, in order. */
void build_fragments(const struct packet_builder *whole, uint32_t id, size_t each,
                     struct frame_list *, uint64_t time_us);

/* ---- numbers ---- */

uint16_t build_sum(struct span, uint32_t start);
void build_put16(uint8_t *, uint32_t);
void build_put32(uint8_t *, uint32_t);

#endif
