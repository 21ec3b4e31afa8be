/* SPDX-License-Identifier: Apache-2.0
 *
 * One parser, fed through the engine: the one that the program is called after, fuzz_parser_NAME.
 *
 *   byte 0    bit 0 over UDP where the parser can, bit 1 joined in mid-stream, bit 2 on a port that
 *             is not the protocol's; bits 4-7: in how small pieces the second time
 *   chunks    1 byte: bit 0 from the server, bit 1 as many bytes are lost instead, bit 2 a second
 *             passes before; 2 bytes: length; the bytes
 *
 * Every chunk is a segment or datagram in an allocation of its own, exact size. Over TCP all is
 * played a second time in smaller segments. When both times the application was found and nobody
 * complained about malformed bytes, the transactions must be the same.
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "event_text.h"
#include "tcp_script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PARSER(name) extern const struct parser parser_##name;
#include "registry.def"
PARSER(websocket) /* only another parser leads to it */
#undef PARSER

static const struct {
    const char *name;
    const struct parser *parser;
} known[] = {
#define PARSER(name) {#name, &parser_##name},
#include "registry.def"
    PARSER(websocket)
#undef PARSER
};

static const struct parser *table[2];

static void choose_parser(void)
{
    static const char prefix[] = "fuzz_parser_";
    const char *name = program_invocation_short_name;

    if (strncmp(name, prefix, sizeof prefix - 1) == 0) {
        name += sizeof prefix - 1;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (strcmp(known[i].name, name) == 0)
                table[0] = known[i].parser;
    }
    if (table[0])
        return;
    fprintf(stderr, "%s: no parser of that name\n", name);
    exit(2);
}

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

/* `most` bytes a segment; 0 = as they are. */
static void say(struct tcp_script *s, enum dir from, struct span bytes, size_t most)
{
    while (most && bytes.n > most) {
        tcp_send(s, from, span_first(bytes, most));
        bytes = span_from(bytes, most);
    }
    if (bytes.n)
        tcp_send(s, from, bytes);
}

static void write_chunks(struct tcp_script *s, struct cursor in, bool udp, size_t most)
{
    while (cur_left(&in)) {
        uint8_t how = cur_u8(&in);
        size_t n = cur_be16(&in);
        enum dir from = how & 1 ? DIR_SERVER : DIR_CLIENT;
        struct span bytes = cur_span(&in, n < cur_left(&in) ? n : cur_left(&in));

        if (how & 4)
            tcp_wait(s, 1000);
        if (udp)
            datagram(s, from, bytes);
        else if (how & 2)
            lose(s, from, n);
        else
            say(s, from, bytes, most);
    }
}

/* Was the stream seen from its start to its end? */
static bool is_complete(struct cursor in, uint8_t how)
{
    bool complete = !(how & 2);

    while (cur_left(&in)) {
        complete &= !(cur_u8(&in) & 2);
        cur_skip(&in, cur_be16(&in));
    }
    return complete;
}

/* Deadlines in packets and seconds would make the outcome depend on the cut, as they are meant to.
 * What events may tell they do. */
static void prepare(struct snapshot *s)
{
    s->limits.decide_packets = 1u << 30;
    s->limits.decide_seconds = 1u << 30;
    s->http.headers = 1 << DIR_CLIENT | 1 << DIR_SERVER;
    s->http.body = s->http.client_ip = true;
}

/* Application and transactions, or NULL when there is nothing to hold on to: the application was
 * not found, or something was malformed, and then it matters where the segments end. */
static char *outcome(const struct engine_fixture *f)
{
    struct text t = {0};
    bool clear = fixture_counter(f, COUNTER_APP_BROKEN) == 0;

    text_add(&t, "%s", "");
    for (size_t i = 0; i < f->event_count; i++) {
        const struct event_record *e = &f->events[i];

        if (e->type == EVENT_FLOW) {
            text_add(&t, "%s %s\n", app_label(e->session.app), e->session.host);
            clear &= e->session.app != APP_UNKNOWN;
        } else if (e->type == EVENT_TX)
            text_add(&t, "%s\n", e->text);
        else
            clear = false;
    }
    if (clear)
        return t.at;
    free(t.at);
    return NULL;
}

static char *play(struct cursor in, uint8_t how, size_t most)
{
    const struct fixture_options options = {.parsers = table,
                                            .mode = ENGINE_TAP,
                                            .wants_tx = true,
                                            .wants_buffers = true,
                                            .own = true,
                                            .adjust = prepare};
    struct engine_fixture *f = fuzz_fixture(&options);
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    s.step_us = 10;
    s.ends[DIR_SERVER].port = pick_port(how);
    if (!use_udp(how) && !(how & 2))
        tcp_open(&s);
    write_chunks(&s, in, use_udp(how), most);
    fuzz_play(f, &frames, ENGINE_TAP);
    frame_list_free(&frames);
    return outcome(f);
}

static void play_in_pieces(struct cursor in, uint8_t how, const char *whole)
{
    char *pieces = play(in, how, 1 + (how >> 4));

    if (pieces && strcmp(whole, pieces) != 0) {
        fprintf(stderr, "the outcome depends on the cut:\n%s--- in pieces of %d:\n%s", whole,
                1 + (how >> 4), pieces);
        abort();
    }
    free(pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    uint8_t how = cur_u8(&in);
    char *whole;

    if (table[0] == NULL)
        choose_parser();
    whole = play(in, how, 0);
    if (whole && !use_udp(how) && is_complete(in, how))
        play_in_pieces(in, how, whole);
    free(whole);
    return 0;
}
