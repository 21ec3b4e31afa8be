/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns what the ends of a TCP connection send into frames.
 */
#include "tcp_script.h"

static enum dir other(enum dir d)
{
    return d == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
}

void tcp_script_init(struct tcp_script *s, struct frame_list *out)
{
    *s = (struct tcp_script){
        .out = out,
        .time_us = 1700000000u * UINT64_C(1000000),
        .step_us = 1000,
        .ends[DIR_CLIENT] = {.addr = "10.1.1.1", .port = 40000, .isn = 0x10000000},
        .ends[DIR_SERVER] = {.addr = "10.1.1.2", .port = 80, .isn = 0x50000000},
    };
    for (int i = 0; i < 2; i++) {
        s->ends[i].next = s->ends[i].isn;
        s->ends[i].window = 64240;
        s->ends[i].wscale = 7;
    }
}

static uint8_t default_flags(const struct tcp_segment *g)
{
    return g->bytes.n ? TCP_ACK | TCP_PSH : TCP_ACK;
}

struct listed_frame *tcp_emit(struct tcp_script *s, enum dir from, const struct tcp_segment *g)
{
    const struct tcp_end *me = &s->ends[from], *peer = &s->ends[other(from)];
    struct ip_spec ip = {.src = me->addr, .dst = peer->addr, .ttl = g->ttl};
    struct tcp_spec tcp = {
        .sport = me->port,
        .dport = peer->port,
        .flags = g->flags ? g->flags : default_flags(g),
        .seq = me->next + (uint32_t)g->seq_offset,
        .window = g->window ? g->window : me->window,
        .urgent = g->urgent,
        .mss = g->mss,
        .timestamps = s->timestamps && !g->no_timestamp,
        .ts_value = (uint32_t)(s->time_us / 1000) + (uint32_t)g->ts_offset,
        .ts_echo = (uint32_t)(s->time_us / 1000) | 1, /* both zero would be malformed */
        .options = g->options,
    };
    struct packet_builder b;
    struct listed_frame *f;

    if (tcp.flags & TCP_ACK)
        tcp.ack = peer->next + (uint32_t)g->ack_offset;
    if (tcp.flags & TCP_SYN)
        tcp.wscale = me->wscale;
    if (g->window_closed)
        tcp.window = 0;
    build_begin(&b);
    if (s->carry)
        s->carry(&b);
    else
        build_ethernet(&b);
    build_ip_spec(&b, &ip);
    build_tcp(&b, &tcp);
    build_checksum(&b, (enum build_checksum)g->checksum);
    build_bytes(&b, g->bytes.p, g->bytes.n);
    f = build_add(&b, s->out, s->time_us);
    s->time_us += s->step_us;
    return f;
}

void tcp_open(struct tcp_script *s)
{
    tcp_emit(s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    s->ends[DIR_CLIENT].next++;
    tcp_emit(s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK, .mss = 1460});
    s->ends[DIR_SERVER].next++;
    tcp_ack(s, DIR_CLIENT);
}

void tcp_send(struct tcp_script *s, enum dir from, struct span bytes)
{
    do {
        struct span piece = span_first(bytes, TCP_SCRIPT_SEGMENT);

        tcp_at(s, from, 0, piece);
        tcp_advance(s, from, piece.n);
        bytes = span_from(bytes, piece.n);
    } while (bytes.n);
}

void tcp_at(struct tcp_script *s, enum dir from, int32_t offset, struct span bytes)
{
    tcp_emit(s, from, &(struct tcp_segment){.bytes = bytes, .seq_offset = offset});
}

void tcp_ack(struct tcp_script *s, enum dir from)
{
    tcp_emit(s, from, &(struct tcp_segment){0});
}

void tcp_close(struct tcp_script *s, enum dir from)
{
    tcp_emit(s, from, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
    s->ends[from].next++;
    tcp_emit(s, other(from), &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
    s->ends[other(from)].next++;
    tcp_ack(s, from);
}

void tcp_reset(struct tcp_script *s, enum dir from)
{
    tcp_emit(s, from, &(struct tcp_segment){.flags = TCP_RST | TCP_ACK});
}

void tcp_advance(struct tcp_script *s, enum dir from, size_t n)
{
    s->ends[from].next += (uint32_t)n;
}

void tcp_wait(struct tcp_script *s, uint64_t milliseconds)
{
    s->time_us += milliseconds * 1000;
}
