/* SPDX-License-Identifier: Apache-2.0
 *
 * Nobody can keep a session undecided: for every parser of the registry, beginnings that its own
 * probe takes for its own, then silence, then bytes that mean nothing.
 */
#include "engine_fixture.h"
#include "tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND     UINT64_C(1000000)
#define LONGEST    20
#define NONSENSE   (20u << 10)
#define BEGINNINGS 2 /* of each parser and direction */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Bytes that this parser would go on reading, as many as can be found. */
static size_t beginning(const struct parser *parser, enum dir from, uint32_t *seed,
                        uint8_t bytes[LONGEST])
{
    size_t n = 0;

    while (n < LONGEST) {
        unsigned start = next_random(seed), tried = 0;

        do
            bytes[n] = (uint8_t)(start + tried);
        while (!parser->probe(from, span_of(bytes, n + 1)) && ++tried < 256);
        if (tried == 256)
            break;
        n++;
    }
    return n;
}

static bool look(void *arg, const struct session *s)
{
    *(struct session_record *)arg =
        (struct session_record){.flags = s->flags, .app = (enum app)s->app_id};
    return true;
}

static bool is_ready(const struct engine_fixture *f)
{
    struct session_record s = {0};

    engine_sessions(f->engine, look, &s);
    return s.flags & SESSION_APP_READY;
}

static void feed(struct engine_fixture *f, struct frame_list *frames)
{
    fixture_feed(f, frames);
    frame_list_free(frames);
}

static void stall(struct engine_fixture *f, const struct parser *parser, enum dir from,
                  struct span first, uint32_t *seed)
{
    static uint8_t nonsense[NONSENSE];
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, from, first);
    tcp_ack(&s, 1 - from);
    feed(f, &frames);
    fixture_tick(f, s.time_us + 12 * SECOND);
    if (!is_ready(f))
        fail_msg("%s waits for ever behind %zu bytes", parser->name, first.n);
    tcp_wait(&s, 12000);
    for (size_t i = 0; i < NONSENSE; i++)
        nonsense[i] = (uint8_t)next_random(seed);
    tcp_send(&s, from, span_of(nonsense, NONSENSE));
    tcp_ack(&s, 1 - from);
    feed(f, &frames);
    assert_true(is_ready(f));
    fixture_flush(f);
    fixture_forget(f);
}

/* In one go, without silence: the bytes alone decide. */
static void flood(struct engine_fixture *f, const struct parser *parser, enum dir from,
                  struct span first, uint32_t *seed)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    uint8_t some[1000];

    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, from, first);
    for (size_t sent = 0; sent < NONSENSE; sent += sizeof some) {
        for (size_t i = 0; i < sizeof some; i++)
            some[i] = (uint8_t)next_random(seed);
        tcp_send(&s, from, span_of(some, sizeof some));
        tcp_ack(&s, 1 - from);
    }
    feed(f, &frames);
    if (!is_ready(f))
        fail_msg("%s is not decided after %u bytes", parser->name, NONSENSE);
    fixture_flush(f);
    fixture_forget(f);
}

static void every_beginning_is_decided(void **state)
{
    struct engine_fixture f;
    uint32_t seed = 7;

    (void)state;
    fixture_open(&f, &(struct fixture_options){.wants_tx = true, .wants_buffers = true});
    for (size_t i = 0; parser_registry[i]; i++)
        for (int dir = 0; dir < 2 && (parser_registry[i]->transports & OVER_TCP); dir++)
            for (int b = 0; b < BEGINNINGS; b++) {
                uint8_t bytes[LONGEST];
                size_t n = beginning(parser_registry[i], (enum dir)dir, &seed, bytes);

                for (size_t cut = 1; cut <= n; cut++) {
                    stall(&f, parser_registry[i], (enum dir)dir, span_of(bytes, cut), &seed);
                    flood(&f, parser_registry[i], (enum dir)dir, span_of(bytes, cut), &seed);
                }
            }
    fixture_close(&f);
}

static void add_datagram(struct frame_list *frames, struct span bytes, uint64_t time_us)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_udp(&b, 41000, 40000);
    build_bytes(&b, bytes.p, bytes.n);
    build_add(&b, frames, time_us);
}

/* Datagrams that stay incomplete are not a match, and do not pile up. */
static void datagrams_too(void **state)
{
    struct engine_fixture f;
    uint32_t seed = 9;

    (void)state;
    fixture_open(&f, &(struct fixture_options){.wants_tx = true, .wants_buffers = true});
    for (size_t i = 0; parser_registry[i]; i++)
        for (int b = 0; b < BEGINNINGS && (parser_registry[i]->transports & OVER_UDP); b++) {
            struct frame_list frames = {0};
            uint8_t bytes[LONGEST];
            size_t n = beginning(parser_registry[i], DIR_CLIENT, &seed, bytes);

            for (size_t cut = 1; cut <= n; cut++)
                for (int packet = 0; packet < 40; packet++)
                    add_datagram(&frames, span_of(bytes, cut), cut * 100 + (unsigned)packet);
            feed(&f, &frames);
            if (!is_ready(&f))
                fail_msg("%s is not decided after 40 datagrams", parser_registry[i]->name);
            fixture_flush(&f);
            fixture_forget(&f);
        }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_beginning_is_decided),
        cmocka_unit_test(datagrams_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
