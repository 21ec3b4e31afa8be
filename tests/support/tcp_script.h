/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_script: a TCP connection written down as what its two ends send.
 *
 *     tcp_script_init(&s, &frames);
 *     tcp_open(&s);
 *     tcp_at(&s, DIR_CLIENT, 4, SPAN("late"));       ahead of a hole of four bytes
 *     tcp_send(&s, DIR_CLIENT, SPAN("hole"));
 *     tcp_advance(&s, DIR_CLIENT, 4);
 *     tcp_close(&s);
 *
 * tcp_open, tcp_send, tcp_close and tcp_advance move the sender's place; tcp_at, tcp_emit, tcp_ack
 * and tcp_reset do not.
 */
#ifndef TESTS_TCP_SCRIPT_H
#define TESTS_TCP_SCRIPT_H

#include "packet_builder.h"
#include "parser/parser.h"

/* Most bytes that tcp_send() puts into one segment. */
#define TCP_SCRIPT_SEGMENT 60000u

struct tcp_end {
    const char *addr;
    uint16_t port;
    uint16_t window; /* as in the header */
    uint8_t wscale;  /* offered in the SYN; 0 = not */
    uint32_t isn;
    uint32_t next; /* of the next byte it sends */
};

struct tcp_script {
    struct frame_list *out;
    uint64_t time_us; /* of the next frame */
    uint64_t step_us;
    bool timestamps;                        /* milliseconds of time_us */
    struct tcp_end ends[2];                 /* by enum dir */
    void (*carry)(struct packet_builder *); /* writes what is in front of IP; NULL: Ethernet */
};

/* One segment; zeros are the usual. */
struct tcp_segment {
    struct span bytes;
    uint8_t flags;      /* enum tcp_flags; 0 = ACK, and PSH with bytes */
    int32_t seq_offset; /* from the sender's place */
    int32_t ack_offset; /* from the other end's place */
    uint16_t urgent;
    uint16_t mss;
    uint16_t window;
    bool window_closed;
    bool no_timestamp;
    int32_t ts_offset; /* from the script's time */
    uint8_t ttl;
    uint8_t checksum; /* enum build_checksum */
    struct span options;
};

/* Client 10.1.1.1:40000, server 10.1.1.2:80. */
void tcp_script_init(struct tcp_script *, struct frame_list *out);

void tcp_open(struct tcp_script *);
void tcp_send(struct tcp_script *, enum dir from, struct span bytes);
/* Bytes at an offset from the sender's place. */
void tcp_at(struct tcp_script *, enum dir from, int32_t offset, struct span bytes);
void tcp_ack(struct tcp_script *, enum dir from);
/* FIN, FIN, ACK; `from` begins. */
void tcp_close(struct tcp_script *, enum dir from);
void tcp_reset(struct tcp_script *, enum dir from);
void tcp_advance(struct tcp_script *, enum dir from, size_t n);
void tcp_wait(struct tcp_script *, uint64_t milliseconds);
/* Any segment; the frame can be adjusted. */
struct listed_frame *tcp_emit(struct tcp_script *, enum dir from, const struct tcp_segment *);

#endif
