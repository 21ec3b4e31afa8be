/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions of no known application, ICMP, malformed frames, what the engine itself calls a threat.
 */
#include "engine_cases.h"

#define START (UINT64_C(1700000000) * 1000000)

static void write_unknown(struct frame_list *frames)
{
    struct packet_builder b;
    struct tcp_script s;

    tcp_script_init(&s, frames);
    s.ends[DIR_SERVER].port = 7100;
    tcp_open(&s);
    for (uint8_t i = 0; i < 20; i++) {
        uint8_t bytes[64];

        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)(0x9b ^ (i * 29 + k * k * 17));
        tcp_send(&s, i % 2 ? DIR_SERVER : DIR_CLIENT, span_of(bytes, sizeof bytes));
    }
    tcp_close(&s, DIR_CLIENT);
    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "fd00:1::1", "fd00:1::2");
    build_udp(&b, 5000, 7101);
    build_bytes(&b, "\x9c\x01\xd2\xf0\x33", 5);
    build_add(&b, frames, s.time_us);
}

static void write_silent(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    tcp_open(&s);
    tcp_close(&s, DIR_CLIENT);
}

static void write_refused(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    s.ends[DIR_SERVER].port = 81;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    s.ends[DIR_CLIENT].next++;
    s.ends[DIR_SERVER].next = 0;
    tcp_reset(&s, DIR_SERVER);
}

static void add_echo(struct packet_builder *b, struct frame_list *frames, bool answer)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, answer ? "10.1.1.2" : "10.1.1.1", answer ? "10.1.1.1" : "10.1.1.2");
    build_icmp(b, answer ? 0 : 8, 0, 0x12340001);
    build_fill(b, 'a', 56);
    build_add(b, frames, START);
    build_begin(b);
    build_ethernet(b);
    build_ip(b, answer ? "fd00:1::2" : "fd00:1::1", answer ? "fd00:1::1" : "fd00:1::2");
    build_icmpv6(b, answer ? 129 : 128, 0, 0x12340001);
    build_fill(b, 'a', 56);
    build_add(b, frames, START);
}

static void write_icmp(struct frame_list *frames)
{
    struct packet_builder b;

    add_echo(&b, frames, false);
    add_echo(&b, frames, true);
}

/* A datagram, and the answer that nobody listens there. */
static void write_unreachable(struct frame_list *frames)
{
    struct packet_builder b;
    const struct listed_frame *asked;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_udp(&b, 5000, 7101);
    build_bytes(&b, "anybody?", 8);
    asked = build_add(&b, frames, START);
    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.2", "10.1.1.1");
    build_icmp(&b, 3, 3, 0);
    build_bytes(&b, asked->bytes + 14, 28);
    build_add(&b, frames, START + 100);
}

static void write_sctp(struct frame_list *frames)
{
    struct packet_builder b;

    for (int i = 0; i < 2; i++) {
        build_begin(&b);
        build_ethernet(&b);
        build_ip(&b, i ? "10.1.1.2" : "10.1.1.1", i ? "10.1.1.1" : "10.1.1.2");
        build_sctp(&b, i ? 3868 : 5000, i ? 5000 : 3868, i ? 2 : 1);
        build_add(&b, frames, START + (uint64_t)i * 100);
    }
}

static void write_bad_headers(struct frame_list *frames)
{
    struct packet_builder b;
    struct tcp_script s;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_udp(&b, 5000, 7101);
    build_last(&b)[5] = 4; /* a length below the header's own */
    build_bytes(&b, "text", 4);
    build_add(&b, frames, START);
    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_last(&b)[0] = 0x42; /* header of eight bytes */
    build_udp(&b, 5000, 7102);
    build_add(&b, frames, START + 1);
    tcp_script_init(&s, frames);
    s.time_us = START + 2;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN | TCP_FIN});
}

static void write_small_mss(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.flags = TCP_SYN, .mss = 40, .options = SPAN("\4\2")});
}

static void write_split_handshake(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    s.ends[DIR_CLIENT].next++;
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    s.ends[DIR_SERVER].next++;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK, .seq_offset = -1});
    tcp_ack(&s, DIR_SERVER);
    tcp_send(&s, DIR_CLIENT, http_request("split"));
    tcp_send(&s, DIR_SERVER, http_answer());
    tcp_close(&s, DIR_CLIENT);
}

/* As tcpdump -s 96 leaves them. */
static void write_snapped(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    http_exchange(&s, "a-name-long-enough-to-be-cut-off");
    for (size_t i = 0; i < frames->count; i++)
        if (frames->frames[i].n > 96)
            frames->frames[i].n = 96;
}

static void write_not_ip(struct frame_list *frames)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_put16(build_last(&b) + 12, 0x0806);
    build_bytes(&b, "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\x0a\1\1\1\0\0\0\0\0\0\x0a\1\1\2", 28);
    build_add(&b, frames, START);
}

const struct engine_case other_cases[] = {
    {"unknown", "Bytes of no known protocol over TCP, and one datagram of them over UDP.",
     .write = write_unknown},
    {"silent", "A connection that carries nothing.", .write = write_silent},
    {"refused", "A connection that is refused with a reset.", .write = write_refused},
    {"icmp", "Echo over IPv4 and IPv6.", .write = write_icmp},
    {"unreachable", "A datagram and the ICMP error about it, which belongs to its session.",
     .write = write_unreachable},
    {"sctp", "Two chunks of SCTP.", .write = write_sctp},
    {"bad-headers", "Lengths and flags that no sender makes: reported, dropped inline.",
     .write = write_bad_headers},
    {"small-mss", "A SYN with an absurd segment size.", .write = write_small_mss},
    {"split-handshake", "The server answers a SYN with a SYN; an exchange follows.",
     .write = write_split_handshake},
    {"snapped", "A capture that holds only the first 96 bytes of every frame.",
     .write = write_snapped},
    {"not-ip", "An ARP request: no session.", .write = write_not_ip},
    {0},
};
