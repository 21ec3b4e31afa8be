/* SPDX-License-Identifier: Apache-2.0
 *
 * SOCKS: versions 4, 4a and 5, logins, refusals, what follows, datagrams, look-alikes.
 */
#include "support/conversation.h"
#include "support/engine_fixture.h"
#include "support/tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define PING     CLIENT("*1\r\n$4\r\nPING\r\n")
#define PONG     SERVER("+PONG\r\n")
#define TEXT_64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT_256 TEXT_64 TEXT_64 TEXT_64 TEXT_64
#define REDIS    "protocols socks,redis"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_4(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\4\1\0\x50\x0a\1\1\1joe\0"), SERVER("\0\x5a\0\x50\x0a\1\1\1"), PING, PONG),
           LINES(REDIS, "tx socks version=4 command=connect address=10.1.1.1 port=80 user=joe"));
    speaks(TURNS(CLIENT("\4\1\0\x50\0\0\0\1\0a.org\0"), SERVER("\0\x5a\0\0\0\0\0\0"), PING, PONG),
           LINES(REDIS, "host a.org", "tx socks version=4 command=connect host=a.org port=80"));
    speaks(TURNS(CLIENT("\4\1\0\x50\x0a\1\1\1\0"), SERVER("\0\x5b\0\0\0\0\0\0")),
           LINES("app socks", "proof certain",
                 "tx socks version=4 command=connect address=10.1.1.1 port=80 code=91"));
    speaks(TURNS(CLIENT("\4\2\0\x50\x0a\1\1\1\0"), SERVER("\0\x5a\0\0\0\0\0\0"),
                 SERVER("\0\x5a\0\0\0\0\0\0"), PING, PONG),
           LINES(REDIS, "tx socks version=4 command=bind address=10.1.1.1 port=80"));
}

static void reads_version_5(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\0"), CLIENT("\5\1\0\3\5a.org\1\xbb"),
                 SERVER("\5\0\0\1\x0a\1\1\1\1\2"), PING, PONG),
           LINES(REDIS, "host a.org", "tx socks version=5 command=connect host=a.org port=443"));
    speaks(TURNS(CLIENT("\5\2\0\2"), SERVER("\5\2"), CLIENT("\1\3joe\6secret"), SERVER("\1\0"),
                 CLIENT("\5\1\0\4\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\1\xbb"),
                 SERVER("\5\0\0\3\5a.org\1\2"), PING, PONG),
           LINES(REDIS, "tx socks user=joe version=5 command=connect address=fd00::1 port=443"));
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\0"), CLIENT("\5\3\0\1\0\0\0\0\0\0"),
                 SERVER("\5\0\0\1\x0a\1\1\1\1\2")),
           LINES("app socks", "tx socks version=5 command=udp_associate address=0.0.0.0 port=0"));
}

static void tells_refusals(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\xff")), LINES("app socks", "tx socks code=255"));
    speaks(TURNS(CLIENT("\5\1\2"), SERVER("\5\2"), CLIENT("\1\3joe\6secret"), SERVER("\1\1")),
           LINES("app socks", "tx socks user=joe code=1", "note SOCKS login refused"));
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\0"), CLIENT("\5\1\0\1\x0a\1\1\1\0\x50"),
                 SERVER("\5\5\0\1\0\0\0\0\0\0")),
           LINES("tx socks version=5 command=connect address=10.1.1.1 port=80 code=5"));
}

static void leaves_other_methods_alone(void **state)
{
    (void)state;
    /* GSS-API: 1, kind, length(2), token. */
    speaks(TURNS(CLIENT("\5\2\1\2"), SERVER("\5\1"), CLIENT("\1\1\0\4abcd"), SERVER("\1\1\0\1a")),
           LINES("app socks", "proof certain", "!tx *", "!note *"));
    speaks(TURNS(CLIENT("\5\2\0\1"), CLIENT("\1\1\0\4abcd\1\1")),
           LINES("app socks", "proof fair", "!tx *", "!note *"));
}

static void bears_hostile_lengths(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\5\1\0\5\1\0\3\0\0\x50"),         /* a name of no letters */
        CLIENT("\5\1\0\5\1\0\2\x0a\1\1\1\0\x50"), /* no such kind of address */
        CLIENT("\5\1\0\5\4\0\1\x0a\1\1\1\0\x50"), /* nor command */
        CLIENT("\5\1\0\5\1\1\1\x0a\1\1\1\0\x50"),
        CLIENT("\4\1\0\0\x0a\1\1\1\0"),
        CLIENT("\4\1\0\x50\x0a\1\1\1" TEXT_256 "\0"),
        CLIENT("\4\1\0\x50\0\0\0\1joe\0" TEXT_256 "\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("!proof strong", "!proof certain", "!tx *"));
    /* Longer than they are: waited for, and nothing is told. */
    speaks(TURNS(CLIENT("\5\1\2"), SERVER("\5\2"), CLIENT("\1\xffjoe")),
           LINES("app socks", "proof certain", "!tx *"));
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\0"),
                 CLIENT("\5\1\0\3\xff"
                        "a.org")),
           LINES("app socks", "proof certain", "!host *", "!tx *"));
}

static void keeps_the_name_after_a_hole(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\0"), CLIENT_LOST(10),
                 SERVER("\5\0\0\1\x0a\1\1\1\1\2"), PING, PONG),
           LINES("protocols socks*"));
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\0"), SERVER_LOST(10),
                 CLIENT("\5\1\0\1\x0a\1\1\1\0\x50")),
           LINES("app socks", "proof certain"));
}

/* ---- datagrams ---- */

struct letter {
    enum dir from;
    struct span bytes;
};

#define UDP_PORT 1033 /* 4 9 */
#define QUERY    "\0\1\1\0\0\1\0\0\0\0\0\0\1a\3org\0\0\1\0\1"
#define ANSWER   "\0\1\x81\x80\0\1\0\1\0\0\0\0\1a\3org\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4"
#define TO_DNS   "\0\0\0\1\x0a\1\1\5\0\x35"
#define TX_TO    "version=5 command=udp_datagram address=10.1.1.5 port=53"

/* Asks for an association, and sends the datagrams through it. */
static void associate(struct engine_fixture *f, const struct letter *letters, size_t n)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    fixture_open(f, &(struct fixture_options){.mode = ENGINE_TAP, .wants_tx = true});
    tcp_script_init(&s, &frames);
    s.ends[DIR_SERVER].port = 1080;
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("\5\1\0"));
    tcp_send(&s, DIR_SERVER, SPAN("\5\0"));
    tcp_send(&s, DIR_CLIENT, SPAN("\5\3\0\1\0\0\0\0\0\0"));
    tcp_send(&s, DIR_SERVER, SPAN("\5\0\0\1\x0a\1\1\2\4\x09"));
    for (size_t i = 0; i < n; i++) {
        const struct tcp_end *from = &s.ends[letters[i].from], *to = &s.ends[1 - letters[i].from];
        struct packet_builder b;

        build_begin(&b);
        build_ethernet(&b);
        build_ip(&b, from->addr, to->addr);
        build_udp(&b, letters[i].from == DIR_CLIENT ? 5000 : UDP_PORT,
                  letters[i].from == DIR_CLIENT ? UDP_PORT : 5000);
        build_bytes(&b, letters[i].bytes.p, letters[i].bytes.n);
        build_add(&b, &frames, s.time_us += 10);
    }
    fixture_feed(f, &frames);
    fixture_flush(f);
    frame_list_free(&frames);
}

static const struct session_record *datagrams_of(const struct engine_fixture *f)
{
    const struct event_record *e;

    for (size_t i = 0; (e = fixture_event(f, EVENT_FLOW, i)) != NULL; i++)
        if (e->session.proto == 17)
            return &e->session;
    return NULL;
}

static size_t count_tx(const struct engine_fixture *f, const char *part)
{
    const struct event_record *e;
    size_t n = 0;

    for (size_t i = 0; (e = fixture_event(f, EVENT_TX, i)) != NULL; i++)
        n += strstr(e->text, part) != NULL;
    return n;
}

static void looks_into_datagrams(void **state)
{
    const struct letter letters[] = {
        {DIR_CLIENT, SPAN("\0\0\1\1\x0a\1\1\5\0\x35" QUERY)}, /* a fragment */
        {DIR_CLIENT, SPAN(TO_DNS QUERY)},
        {DIR_SERVER, SPAN(TO_DNS ANSWER)},
        {DIR_CLIENT, SPAN(TO_DNS QUERY)},
    };
    struct engine_fixture f;
    const struct session_record *s;

    (void)state;
    associate(&f, letters, 4);
    s = datagrams_of(&f);
    assert_non_null(s);
    assert_int_equal(s->label_count, 2);
    assert_int_equal(s->labels[0], APP_SOCKS);
    assert_int_equal(s->labels[1], APP_DNS);
    assert_int_equal(s->app, APP_DNS);
    assert_int_equal(count_tx(&f, TX_TO), 1);
    assert_int_equal(count_tx(&f, "rrname=a.org"), 3);
    fixture_close(&f);
}

static void tells_where_datagrams_go(void **state)
{
    const struct letter letters[] = {
        {DIR_CLIENT, SPAN("\0\0\0\3\5a.org\0\x09"
                          "12345")},
        {DIR_CLIENT, SPAN("\0\0\0\3\5a.org\0\x09"
                          "67890")},
        {DIR_CLIENT, SPAN("\0\0\0\3\5b.org\0\x09"
                          "")},
        {DIR_CLIENT, SPAN("\0\1\0\3\5c.org\0\x09"
                          "not of it")},
        {DIR_CLIENT, SPAN("\0\0\0\3\xff"
                          "a.org")},
        {DIR_CLIENT, SPAN("\0\0\0\7\5a.org\0\x09")},
        {DIR_CLIENT, SPAN("\0")},
    };
    struct engine_fixture f;

    (void)state;
    associate(&f, letters, 7);
    assert_int_equal(datagrams_of(&f)->app, APP_SOCKS);
    assert_string_equal(datagrams_of(&f)->host, "b.org");
    assert_int_equal(count_tx(&f, "command=udp_datagram host=a.org port=9"), 1);
    assert_int_equal(count_tx(&f, "command=udp_datagram host=b.org port=9"), 1);
    assert_int_equal(count_tx(&f, "udp_datagram"), 2);
    fixture_close(&f);
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\5\1\0")), LINES("app socks", "proof fair"));
    speaks(TURNS(CLIENT("\5\1\0"), CLIENT("\5\1\0\1\x0a\1\1\1\0\x50")), LINES("app socks"));
    speaks(TURNS(CLIENT("\4\1\0\x50\x0a\1\1\1\0")), LINES("app socks", "proof fair"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\4\3\0\x50\x0a\1\1\1\0"),
        CLIENT("\4\1\0\x50\x0a\1\1\1\1\0"),
        CLIENT("\4\1\0\x50\0\0\0\1\0a b\0"),
        CLIENT("\5\0"),
        CLIENT("\5\1\x40"),
        CLIENT("\5\x20"),
        CLIENT("\6\1\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("\5\2")), LINES("!proof certain"));
    speaks(TURNS(CLIENT("\5\1\0"), SERVER("hello")), LINES("!proof certain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_4),       cmocka_unit_test(reads_version_5),
        cmocka_unit_test(tells_refusals),        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(looks_into_datagrams),  cmocka_unit_test(tells_where_datagrams_go),
        cmocka_unit_test(refuses_look_alikes),   cmocka_unit_test(leaves_other_methods_alone),
        cmocka_unit_test(bears_hostile_lengths), cmocka_unit_test(keeps_the_name_after_a_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
