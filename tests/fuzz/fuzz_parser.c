/* SPDX-License-Identifier: Apache-2.0
 *
 * One parser, fed through the engine. Built once per registry line with FUZZ_PARSER=name.
 *
 *   byte 0    bit 0 over UDP where the parser can, bit 1 joined in mid-stream, bit 2 on a port that
 *             is not the protocol's
 *   chunks    1 byte: bit 0 from the server, bit 1 as many bytes are lost instead, bit 2 a second
 *             passes before; 2 bytes: length; the bytes
 *
 * Every chunk is a segment or datagram in an allocation of its own, exact size.
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "tcp_script.h"

#include <stdlib.h>

#define JOIN(a, b)      a##b
#define PARSER_OF(name) JOIN(parser_, name)

extern const struct parser PARSER_OF(FUZZ_PARSER);

static const struct parser *const table[] = {&PARSER_OF(FUZZ_PARSER), NULL};

static uint16_t pick_port(uint8_t options)
{
    if ((options & 4) || table[0]->ports == NULL)
        return 8888;
    return table[0]->ports[0];
}

static bool use_udp(uint8_t options)
{
    if (!(table[0]->transports & OVER_TCP))
        return true;
    return (table[0]->transports & OVER_UDP) && (options & 1);
}

static void datagram(struct tcp_script *s, enum dir from, struct span bytes)
{
    const struct tcp_end *me = &s->ends[from], *peer = &s->ends[from == DIR_CLIENT];
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, me->addr, peer->addr);
    build_udp(&b, me->port, peer->port);
    build_bytes(&b, bytes.p, bytes.n);
    build_add(&b, s->out, s->time_us);
    s->time_us += s->step_us;
}

/* Bytes that the other side has and we have not. */
static void lose(struct tcp_script *s, enum dir from, size_t n)
{
    tcp_advance(s, from, n);
    tcp_ack(s, from == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT);
}

static void write_frames(struct tcp_script *s, struct cursor *in, bool udp)
{
    while (cur_left(in)) {
        uint8_t how = cur_u8(in);
        size_t n = cur_be16(in);
        enum dir from = how & 1 ? DIR_SERVER : DIR_CLIENT;
        struct span bytes = cur_span(in, n < cur_left(in) ? n : cur_left(in));

        if (how & 4)
            tcp_wait(s, 1000);
        if (udp)
            datagram(s, from, bytes);
        else if (how & 2)
            lose(s, from, n);
        else if (bytes.n)
            tcp_send(s, from, bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fixture_options options = {.parsers = table, .mode = ENGINE_TAP, .wants_tx = true};
    struct cursor in = cur_of(span_of(data, size));
    uint8_t how = cur_u8(&in);
    bool udp = use_udp(how);
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    s.step_us = 10;
    s.ends[DIR_SERVER].port = pick_port(how);
    if (!udp && !(how & 2))
        tcp_open(&s);
    write_frames(&s, &in, udp);
    fuzz_play(fuzz_fixture(&options), &frames, ENGINE_TAP);
    frame_list_free(&frames);
    return 0;
}
