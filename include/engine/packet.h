/* SPDX-License-Identifier: Apache-2.0
 *
 * packet: one frame under inspection. Lives on the worker's batch for one call; never stored.
 * Decoding fills it; stages read it and add their verdict. Not cleared as a whole: packet_begin()
 * sets what every stage may rely on, decoding sets the rest for the protocols it found.
 */
#ifndef ENGINE_PACKET_H
#define ENGINE_PACKET_H

#include "base/ipaddr.h"
#include "base/span.h"
#include "engine/session_key.h"
#include "engine/verdict.h"
#include "wire/threats.h"

/* The link types we decode; values of our own. */
enum link_type {
    LINK_ETHERNET,
    LINK_RAW_IP, /* version nibble decides */
    LINK_COOKED, /* Linux cooked v1 */
    LINK_COOKED2,
    LINK_NULL, /* BSD loopback, host byte order of the writer */
    LINK_LOOP, /* OpenBSD loopback, network byte order */
    LINK_PPP,
    LINK_UNKNOWN,
};

enum checksum_status {
    CSUM_UNCHECKED, /* verify it */
    CSUM_VALID,     /* the kernel says so */
    CSUM_PARTIAL,   /* not computed yet: offloaded, cannot be verified */
};

/* What a capture backend hands over; its bytes stay valid until the verdict. */
struct frame {
    const uint8_t *bytes;
    uint32_t captured;
    uint32_t length;      /* on the wire; larger than captured: snapped */
    uint64_t time_us;     /* capture time */
    uint64_t token;       /* the backend's own; names the frame when a held one is released */
    uint64_t number;      /* 1.. within its input */
    const uint8_t *owner; /* MAC address of the workload whose port it comes from; NULL: the frame's
                             own addresses tell whose it is */
    uint32_t mark;        /* of the kernel, on a queued packet */
    uint32_t conntrack;   /* id of its connection in the kernel's tracking; 0: not told */
    uint16_t device;
    uint8_t link;     /* enum link_type */
    uint8_t checksum; /* enum checksum_status */
    bool known_only;  /* what is no workload's is not inspected */
    bool gso;         /* may be larger than the IP length field can say */
    /* filled by the engine */
    uint8_t verdict; /* enum verdict */
    uint8_t reason;  /* enum reason */
};

enum tcp_flags {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
};

enum packet_kind {
    PACKET_OTHER,    /* not IP, or undecodable: no session */
    PACKET_IP,       /* has a session key */
    PACKET_FRAGMENT, /* goes to the reassembler first */
    PACKET_BAD,      /* malformed: verdict by setting */
};

enum packet_flag {
    PKT_SNAPPED = 1 << 0,    /* the capture cut it: payload is shorter than on the wire */
    PKT_CSUM_BAD = 1 << 1,   /* a checksum was verified and is wrong */
    PKT_CSUM_GOOD = 1 << 2,  /* a transport checksum was verified and is right */
    PKT_ICMP_ERROR = 1 << 3, /* carries an embedded packet: `key` is the embedded one's */
    PKT_TUNNELLED = 1 << 4,
    PKT_REASSEMBLED = 1 << 5, /* from IP fragments */
    PKT_TRACED = 1 << 6,
    PKT_TS = 1 << 7, /* TCP timestamp option present */
    PKT_ND = 1 << 8, /* neighbour discovery and the like */
    PKT_MULTICAST = 1 << 9,
    PKT_NEW_SESSION = 1 << 10,
};

struct tcp_header {
    uint32_t seq, ack;
    uint32_t ts_value;
    uint16_t window, urgent, mss;
    uint8_t flags;  /* enum tcp_flags */
    uint8_t wscale; /* 0xff = no option */
};

struct fragment_header {
    uint32_t id;
    uint32_t offset; /* bytes */
    bool more;
    const uint8_t *header; /* the IP header in front of the fragment's payload */
    uint16_t header_len;   /* unfragmentable part */
    uint16_t next_at;      /* IPv6: where in it the next-header byte to patch is */
};

struct packet {
    struct frame *frame;
    const uint8_t *l3; /* IP header */
    const uint8_t *l4;
    const uint8_t *payload; /* of the transport */
    uint32_t l3_len;        /* IP header and all behind it, as announced, not beyond captured */
    uint32_t l4_len;
    uint32_t payload_len;  /* captured */
    uint32_t payload_wire; /* announced */
    uint32_t hash;
    uint16_t flags; /* enum packet_flag */
    uint8_t kind;   /* enum packet_kind */
    uint8_t side;   /* which end of the key sent it: 0 or 1 */
    uint8_t proto;
    uint8_t ttl;
    uint8_t tunnels; /* depth */
    uint8_t vlans;
    uint8_t verdict; /* strongest so far */
    uint8_t reason;
    uint8_t threat;
    uint8_t ingress; /* towards the workload */
    uint8_t icmp_type, icmp_code;
    uint8_t outer_kind; /* of the innermost tunnel, for the trace */
    const char *bad;    /* why it is malformed; a constant */
    struct session *session;
    const struct workload *workload;
    struct frag_queue *train; /* with PKT_REASSEMBLED: its fragments wait for this verdict */
    struct session_key key;
    union {
        struct tcp_header tcp;
        struct fragment_header frag;
    };
};

/* The strongest verdict wins; the first reason of that strength stays. */
static inline void packet_verdict(struct packet *p, enum verdict v, enum reason r)
{
    if (v > p->verdict) {
        p->verdict = (uint8_t)v;
        p->reason = (uint8_t)r;
    }
}

/* What is done about a threat by default, and whether it is raised at all. */
enum verdict threat_verdict(enum threat);
bool threat_default(enum threat);

#endif
