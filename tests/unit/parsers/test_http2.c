/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 and gRPC: streams beside each other, header blocks in pieces, bodies, resets, pushes,
 * joined in the middle, bytes lost, look-alikes.
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

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
/* length, type, flags, stream */
#define FRAME(n, type, flags, stream) "\0\0" n type flags "\0\0\0" stream
#define SETTINGS                      FRAME("\6", "\4", "\0", "\0") "\0\3\0\0\0\x64"
#define EMPTY                         FRAME("\0", "\4", "\0", "\0")
#define ACK                           FRAME("\0", "\4", "\1", "\0")
#define HELLO                         PREFACE SETTINGS

/* GET http / a.org: 3 indexed fields and one that enters the table */
#define GET_BLOCK          "\x82\x86\x84\x41\5a.org" /* 10 bytes */
#define GET(flags, stream) FRAME("\x0a", "\1", flags, stream) GET_BLOCK
/* the same, with the name out of the table */
#define AGAIN(flags, stream)          FRAME("\4", "\1", flags, stream) "\x82\x86\x84\xbe"
#define OK(flags, stream)             FRAME("\1", "\1", flags, stream) "\x88"
#define DATA(n, flags, stream, bytes) FRAME(n, "\0", flags, stream) bytes

#define TX_ASKED(stream)   "tx http2 stream_id=" stream " http_method=GET url=/ hostname=a.org"
#define TX(stream, length) TX_ASKED(stream) " status=200 length=" length

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_a_request(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO), SERVER(SETTINGS ACK), CLIENT(ACK GET("\5", "\1")),
                 SERVER(OK("\4", "\1") DATA("\5", "\1", "\1", "hello"))),
           LINES("app http2", "proof certain", "host a.org", TX("1", "5"), "buffer body hello",
                 "!note *"));
}

static void keeps_streams_apart(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\4", "\1") AGAIN("\5", "\3") DATA("\2", "\1", "\1", "up")),
                 SERVER(SETTINGS OK("\5", "\3") OK("\4", "\1") DATA("\4", "\0", "\1", "down")
                            DATA("\0", "\1", "\1", ""))),
           LINES(TX("3", "0"), TX("1", "4"), "buffer body up", "buffer body down"));
}

static void joins_header_blocks(void **state)
{
    (void)state;
    /* padded and with a priority, then in three frames */
    speaks(TURNS(CLIENT(HELLO FRAME("\x12", "\1", "\x2d", "\1") "\2\0\0\0\0\x10" GET_BLOCK "\0\0"),
                 SERVER(SETTINGS OK("\5", "\1")),
                 CLIENT(FRAME("\1", "\1", "\1", "\3") "\x82" FRAME(
                     "\2", "\x09", "\0", "\3") "\x86\x84" FRAME("\1", "\x09", "\4", "\3") "\xbe"),
                 SERVER(OK("\5", "\3"))),
           LINES(TX("1", "0"), TX("3", "0"), "!note *"));
    speaks(TURNS(CLIENT(HELLO FRAME("\1", "\1", "\1", "\1") "\x82" FRAME(
                     "\4", "\x08", "\0", "\0") "\0\0\0\1" AGAIN("\5", "\3")),
                 SERVER(SETTINGS OK("\5", "\1"))),
           LINES("app http2", "note HTTP/2 frame inside a header block"));
    speaks(TURNS(CLIENT(HELLO FRAME("\2", "\1", "\5", "\1") "\xff\x7f"), SERVER(SETTINGS)),
           LINES("app http2", "note HTTP/2 header block cannot be read"));
}

static void passes_padding(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\4", "\1") DATA("\x08", "\x08", "\1", "\3abcd\0\0\0")
                            DATA("\3", "\x09", "\1", "\2\0\0")),
                 SERVER(SETTINGS OK("\5", "\1"))),
           LINES(TX("1", "0"), "buffer body abcd"));
}

static void tells_resets_and_pushes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")), SERVER(SETTINGS),
                 CLIENT(FRAME("\4", "\3", "\0", "\1") "\0\0\0\x08")),
           LINES(TX_ASKED("1") " error_code=CANCEL"));
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")),
                 SERVER(SETTINGS FRAME("\x0e", "\5", "\4", "\1") "\0\0\0\2" GET_BLOCK OK("\5", "\1")
                            OK("\5", "\2"))),
           LINES(TX("1", "0"), TX("2", "0")));
}

/* POST http, path and type as literals that stay out of the table */
#define GRPC_PATH "\4\x0a/pkg.Svc/M" /* 12 bytes */
#define GRPC_TYPE                                                                                  \
    "\x0f\x10\x10"                                                                                 \
    "application/grpc" /* 19 bytes */
#define CALL(n, path, stream) FRAME(n, "\1", "\4", stream) "\x83\x86" path GRPC_TYPE
#define ANSWER(stream)        FRAME("\x14", "\1", "\4", stream) "\x88" GRPC_TYPE
#define STATUS(stream, code)  FRAME("\x0f", "\1", "\5", stream) "\0\x0bgrpc-status\1" code

static void reads_grpc(void **state)
{
    (void)state;
    speaks(
        TURNS(
            CLIENT(HELLO CALL("\x21", GRPC_PATH, "\1") DATA("\x08", "\0", "\1", "\0\0\0\0\3abc")
                       DATA("\3", "\0", "\1", "\0\0\0") DATA("\4", "\1", "\1", "\0\2de")),
            SERVER(SETTINGS ANSWER("\1") DATA("\6", "\0", "\1", "\0\0\0\0\1x") STATUS("\1", "0"))),
        LINES("app grpc", "protocols http2,grpc", "proof certain",
              "tx http2 stream_id=1 http_method=POST url=/pkg.Svc/M "
              "request_content_type=application/grpc sluice.grpc.service=pkg.Svc "
              "sluice.grpc.method=M "
              "status=200 http_content_type=application/grpc sluice.grpc.status=0 length=6 "
              "sluice.grpc.request.messages=2 sluice.grpc.request.bytes=5 "
              "sluice.grpc.response.messages=1 "
              "sluice.grpc.response.bytes=1",
              "buffer body abc", "buffer body de", "buffer body x", "!note *"));
}

#define MESSAGE "\0\x0cgrpc-message\2no" /* 17 bytes */

static void notes_refused_calls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO CALL("\x21", GRPC_PATH, "\1") CALL("\x21", GRPC_PATH, "\3")),
                 SERVER(SETTINGS STATUS("\1", "7")
                            FRAME("\x35", "\1", "\5", "\3") "\x88" GRPC_TYPE "\0\x0bgrpc-status\2"
                                                            "16" MESSAGE)),
           LINES("note gRPC call not permitted", "note gRPC call without valid credentials: no",
                 "tx http2 stream_id=1*", "tx http2 stream_id=3*"));
    speaks(
        TURNS(CLIENT(HELLO CALL("\x2e", "\4\x17/grpc.reflection.v1.X/M", "\1")), SERVER(SETTINGS)),
        LINES("note gRPC services are being listed (reflection)"));
}

#define ETCD_PATH "\4\x14/etcdserverpb.KV/Put" /* 22 bytes */

static void knows_etcd(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO CALL("\x2b", ETCD_PATH, "\1")
                            DATA("\x0d", "\1", "\1", "\0\0\0\0\x08\x0a\3foo\x12\1x")),
                 SERVER(SETTINGS ANSWER("\1") STATUS("\1", "0"))),
           LINES("app etcd", "protocols http2,grpc,etcd", "server etcd",
                 "tx http2 stream_id=1 http_method=POST url=/etcdserverpb.KV/Put "
                 "request_content_type=application/grpc sluice.grpc.service=etcdserverpb.KV "
                 "sluice.grpc.method=Put etcd.key=foo status=200*"));
    /* watch: the key is one message further in; the answer names cluster and member */
    speaks(TURNS(CLIENT(HELLO CALL("\x30", "\4\x19/etcdserverpb.Watch/Watch", "\1")
                            DATA("\x0c", "\1", "\1", "\0\0\0\0\7\x0a\5\x0a\3foo")),
                 SERVER(SETTINGS ANSWER("\1") DATA(
                     "\x0b", "\0", "\1", "\0\0\0\0\6\x0a\4\x08\7\x10\x09") STATUS("\1", "0"))),
           LINES("app etcd",
                 "tx http2 stream_id=1 http_method=POST url=/etcdserverpb.Watch/Watch "
                 "request_content_type=application/grpc sluice.grpc.service=etcdserverpb.Watch "
                 "sluice.grpc.method=Watch etcd.key=foo status=200 "
                 "http_content_type=application/grpc etcd.cluster_id=7 "
                 "etcd.member_id=9 sluice.grpc.status=0*"));
    speaks(TURNS(CLIENT(HELLO CALL("\x36", "\4\x1f/etcdserverpb.Auth/Authenticate", "\1")
                            DATA("\x0e", "\1", "\1", "\0\0\0\0\x09\x0a\3joe\x12\2pw")),
                 SERVER(SETTINGS)),
           LINES("app etcd", "note etcd accounts are being used*", "!tx *pw*"));
    speaks(TURNS(CLIENT(HELLO CALL("\x36", "\4\x1f/etcdserverpb.Auth/Authenticate", "\1")),
                 SERVER(SETTINGS STATUS("\1", "3"))),
           LINES("note etcd refuses a login"));
}

/* Bodies of two streams take turns: each piece is a buffer, none holds bytes of both. */
static void never_mixes_bodies(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1") AGAIN("\5", "\3")),
                 SERVER(SETTINGS OK("\4", "\1") OK("\4", "\3") DATA("\2", "\0", "\1", "ab")
                            DATA("\2", "\0", "\3", "xy") DATA("\2", "\0", "\1", "cd")
                                DATA("\2", "\1", "\3", "z!") DATA("\0", "\1", "\1", ""))),
           LINES(TX("3", "4"), TX("1", "4"), "buffer body abcd", "buffer body xyz!"));
    /* messages of gRPC too */
    speaks(TURNS(CLIENT(HELLO CALL("\x21", GRPC_PATH, "\1") CALL("\x21", GRPC_PATH, "\3") DATA(
                     "\7", "\0", "\1", "\0\0\0\0\4ab") DATA("\7", "\1", "\3", "\0\0\0\0\2xy")
                            DATA("\2", "\1", "\1", "cd")),
                 SERVER(SETTINGS STATUS("\1", "0") STATUS("\3", "0"))),
           LINES("buffer body abcd", "buffer body xy", "tx http2 stream_id=1*",
                 "tx http2 stream_id=3*"));
}

static void knows_the_server(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")),
                 SERVER(SETTINGS FRAME("\x0e", "\1", "\5", "\1") "\x88\x0f\x27\x0anginx/1.22")),
           LINES("server nginx", TX_ASKED("1") " status=200 server=nginx/1.22 length=0"));
}

static void waits_for_the_real_answer(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")),
                 SERVER(SETTINGS FRAME("\5", "\1", "\4", "\1") "\x08\3"
                                                               "103" OK("\5", "\1"))),
           LINES(TX("1", "0")));
}

/* By way of HTTP/1: the first request was asked there. */
static void follows_an_upgrade(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a.org\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"),
                 SERVER("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
                        "h2c\r\n\r\n"),
                 CLIENT(HELLO GET("\5", "\x0d")),
                 SERVER(SETTINGS OK("\4", "\1") DATA("\2", "\1", "\1", "ab") OK("\5", "\x0d"))),
           LINES("app http2", "proof certain", "protocols http,http2",
                 "tx http2 stream_id=1 status=200 length=2", TX("13", "0"), "!note *"));
}

static void forgets_what_was_reset(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")
                            FRAME("\4", "\3", "\0", "\1") "\0\0\0\x08" AGAIN("\5", "\3")),
                 SERVER(SETTINGS OK("\4", "\1") DATA("\2", "\1", "\1", "ab") OK("\5", "\3"))),
           LINES(TX_ASKED("1") " error_code=CANCEL", TX("3", "0"),
                 "!tx http2 stream_id=1 status=200*"));
}

static void notes_the_end_of_a_connection(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO), SERVER(SETTINGS FRAME("\x0b", "\7", "\0", "\0") "\0\0\0\1\0\0\0\x0b"
                                                                                "bye")),
           LINES("app http2", "note HTTP/2 connection given up: ENHANCE_YOUR_CALM"));
    speaks(TURNS(CLIENT(HELLO FRAME("\6", "\4", "\0", "\0") "\0\1\0\2\0\0"), SERVER(SETTINGS)),
           LINES("app http2", "note HTTP/2 header table over 64 KiB"));
}

/* ---- at length ---- */

struct text {
    char bytes[1 << 17];
    size_t n;
};

static void put(struct text *t, const char *bytes, size_t n)
{
    assert_true(t->n + n <= sizeof t->bytes);
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
}

#define PUT(t, literal) put(t, literal, sizeof(literal) - 1)

static void put_frame(struct text *t, size_t length, char type, char flags, size_t stream)
{
    const char head[] = {(char)(length >> 16), (char)(length >> 8), (char)length, type, flags, 0, 0,
                         (char)(stream >> 8),  (char)stream};

    put(t, head, sizeof head);
}

/* A client's bytes, all at once and in small pieces; the server only greets. */
static void client_says(const struct text *t, const char *const *expect)
{
    const struct turn turns[] = {SERVER(SETTINGS), CLIENT_BYTES(t->bytes, t->n), {0}};
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void bounds_header_blocks(void **state)
{
    static struct text t;

    (void)state;
    t.n = 0;
    PUT(&t, HELLO);
    put_frame(&t, 10, 1, 1, 1);
    PUT(&t, GET_BLOCK);
    for (int i = 0; i < 300; i++)
        put_frame(&t, 0, 9, 0, 1);
    put_frame(&t, 1, 9, 4, 1);
    PUT(&t, "\x82" AGAIN("\5", "\3"));
    client_says(&t, LINES("note HTTP/2 header block over 128 KiB or 64 frames", TX_ASKED("1"),
                          TX_ASKED("3"), "!note HTTP/2 frame*"));

    t.n = 0;
    PUT(&t, HELLO);
    put_frame(&t, 2010, 1, 5, 1);
    PUT(&t, GET_BLOCK);
    for (int i = 0; i < 2000; i++)
        PUT(&t, "\x90");
    PUT(&t, AGAIN("\5", "\3"));
    client_says(&t, LINES("note HTTP/2 header block over 64 KiB or 1024 fields", TX_ASKED("1"),
                          TX_ASKED("3")));
}

static void reads_long_strings(void **state)
{
    static struct text t;

    (void)state;
    t.n = 0;
    PUT(&t, HELLO);
    put_frame(&t, 16384, 1, 0, 1);
    PUT(&t, GET_BLOCK "\0\1x\x7f\xa1\x9b\1"); /* 20,000 bytes: more than the frame has */
    while (t.n < sizeof(HELLO) - 1 + 9 + 16384)
        PUT(&t, "v");
    put_frame(&t, 20000 + 10 + 7 - 16384, 9, 4, 1);
    for (int i = 0; i < 20000 + 10 + 7 - 16384; i++)
        PUT(&t, "v");
    PUT(&t, AGAIN("\5", "\3"));
    client_says(&t, LINES("app http2", TX_ASKED("1"), TX_ASKED("3"), "!note *"));
}

static void bears_many_streams(void **state)
{
    static struct text t;

    (void)state;
    t.n = 0;
    PUT(&t, HELLO GET("\5", "\1"));
    for (size_t i = 1; i < 2000; i++) {
        put_frame(&t, 4, 1, 4, 2 * i + 1);
        PUT(&t, "\x82\x86\x84\xbe");
        put_frame(&t, 2, 0, 0, 1 + i % 700);
        PUT(&t, "ab");
    }
    client_says(&t, LINES("app http2", TX_ASKED("1"), TX_ASKED("3999"), "!note *"));
}

static void passes_large_bodies(void **state)
{
    static struct text t;

    (void)state;
    t.n = 0;
    PUT(&t, HELLO GET("\4", "\1"));
    put_frame(&t, 70000, 0, 1, 1);
    while (t.n < sizeof(HELLO GET("\4", "\1")) - 1 + 9 + 70000)
        PUT(&t, "b");
    PUT(&t, AGAIN("\5", "\3"));
    client_says(&t, LINES("app http2", TX_ASKED("1"), TX_ASKED("3"), "buffer body bbbb*"));
}

/* ---- with little memory ---- */

static size_t memory;

static void allow_memory(struct snapshot *s)
{
    s->limits.app_bytes = memory;
}

/* However little there is: the name is found as soon as there is room for the parser, and nothing
 * breaks where the rest does not fit. */
static void degrades_without_memory(void **state)
{
    const struct fixture_options options = {
        .mode = ENGINE_TAP, .wants_tx = true, .adjust = allow_memory};

    (void)state;
    for (memory = 5000; memory < 9400; memory += 100) {
        struct engine_fixture f;
        struct frame_list frames = {0};
        struct tcp_script s;

        fixture_open(&f, &options);
        tcp_script_init(&s, &frames);
        tcp_open(&s);
        tcp_send(&s, DIR_CLIENT, SPAN(HELLO GET("\5", "\1")));
        tcp_send(&s, DIR_SERVER, SPAN(SETTINGS OK("\4", "\1") DATA("\2", "\1", "\1", "ab")));
        tcp_send(&s, DIR_CLIENT, SPAN(AGAIN("\5", "\3") AGAIN("\5", "\5") AGAIN("\5", "\7")));
        tcp_close(&s, DIR_CLIENT);
        fixture_feed(&f, &frames);
        fixture_flush(&f);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.app, APP_HTTP2);
        assert_true(memory > 5200 || fixture_counter(&f, COUNTER_APP_BUDGET) > 0);
        assert_true(memory < 9300 || fixture_counter(&f, COUNTER_APP_BUDGET) == 0);
        fixture_close(&f);
        frame_list_free(&frames);
    }
}

/* ---- parts of it ---- */

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1"))), LINES("app http2", "proof strong", "host a.org"));
    speaks(TURNS(SERVER(SETTINGS OK("\5", "\1"))),
           LINES("app http2", "proof strong", "tx http2 stream_id=1 status=200 length=0"));
    speaks(TURNS(SERVER(SETTINGS ANSWER("\1") DATA("\6", "\0", "\1", "\0\0\0\0\1x")
                            STATUS("\1", "0"))),
           LINES("app grpc", "protocols http2,grpc", "proof strong",
                 "tx http2 stream_id=1 status=200 http_content_type=application/grpc "
                 "sluice.grpc.status=0 "
                 "length=6 sluice.grpc.request.messages=0 sluice.grpc.request.bytes=0 "
                 "sluice.grpc.response.messages=1 "
                 "sluice.grpc.response.bytes=1"));
    /* settings without any say little by themselves */
    speaks(TURNS(SERVER(EMPTY)), LINES("app http2", "proof fair"));
    speaks(TURNS(SERVER(EMPTY ACK)), LINES("app http2", "proof strong"));
    /* of a server of gRPC, which greets before it is spoken to */
    speaks(TURNS(SERVER(FRAME("\x0c", "\4", "\0", "\0") "\0\4\0\0\xff\xff\xfe\3\0\0\0\1"),
                 CLIENT(HELLO GET("\5", "\1")), SERVER(OK("\5", "\1"))),
           LINES("proof certain", TX("1", "0")));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(CLIENT(AGAIN("\5", "\x21") AGAIN("\5", "\x23")
                                  FRAME("\4", "\x08", "\0", "\0") "\0\0\0\1"),
                       SERVER(OK("\5", "\x21"))),
        .expect = LINES("app http2", "proof strong", "!proof certain", "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

/* Names that entered the table before are not known; those that enter now are. */
static void learns_the_table_anew(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(
            CLIENT(FRAME("\x0e", "\1", "\5", "\x21") "\x82\xc1\x86\x44\4/one\x7f\x11\1w\x84" FRAME(
                "\7", "\1", "\5",
                "\x23") "\x82\xbf\x86\x41\2"
                        "ab" FRAME("\4", "\1", "\5", "\x25") "\x82\x86\xbe\xc0" FRAME(
                            "\4", "\x08", "\0", "\0") "\0\0\0"
                                                      "\1")),
        .expect = LINES("app http2", "proof strong", "host ab",
                        "tx http2 stream_id=33 http_method=GET url=/one url=/",
                        "tx http2 stream_id=35 http_method=GET url=/one hostname=ab",
                        "tx http2 stream_id=37 http_method=GET hostname=ab url=/one", "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
}

static void bears_holes_in_bodies(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(HELLO GET("\5", "\1") AGAIN("\5", "\3")),
                       SERVER(SETTINGS OK("\4", "\1") FRAME("\x64", "\0", "\1", "\1") "begin"),
                       SERVER_LOST(90),
                       SERVER("enden" FRAME("\x14", "\1", "\5", "\3") "\x88" GRPC_TYPE)),
        .expect = LINES("app grpc", TX("1", "100"),
                        TX_ASKED("3") " status=200 http_content_type=application/grpc length=0*",
                        "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void goes_on_behind_a_hole(void **state)
{
    (void)state;
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(HELLO GET("\5", "\1")), SERVER(SETTINGS), CLIENT_LOST(30),
                       CLIENT(AGAIN("\5", "\3")), SERVER(OK("\5", "\1") OK("\5", "\3"))),
        .expect =
            LINES("app http2", TX("1", "0"),
                  "tx http2 stream_id=3 http_method=GET url=/ status=200 length=0", "!note *"),
    };
    conversation_check_once(&c, CUT_TURNS);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r" SETTINGS),
        CLIENT(SETTINGS),
        SERVER(FRAME("\5", "\4", "\0", "\0") "\0\3\0\0\0"),
        SERVER(FRAME("\6", "\4", "\0", "\0") "\0\x40\0\0\0\x64"),
        SERVER(FRAME("\6", "\4", "\0", "\1") "\0\3\0\0\0\x64"),
        SERVER(FRAME("\4", "\x08", "\0", "\0") "\0\0\0\1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_request),
        cmocka_unit_test(keeps_streams_apart),
        cmocka_unit_test(joins_header_blocks),
        cmocka_unit_test(passes_padding),
        cmocka_unit_test(tells_resets_and_pushes),
        cmocka_unit_test(reads_grpc),
        cmocka_unit_test(knows_etcd),
        cmocka_unit_test(notes_refused_calls),
        cmocka_unit_test(never_mixes_bodies),
        cmocka_unit_test(knows_the_server),
        cmocka_unit_test(waits_for_the_real_answer),
        cmocka_unit_test(follows_an_upgrade),
        cmocka_unit_test(forgets_what_was_reset),
        cmocka_unit_test(notes_the_end_of_a_connection),
        cmocka_unit_test(bounds_header_blocks),
        cmocka_unit_test(reads_long_strings),
        cmocka_unit_test(bears_many_streams),
        cmocka_unit_test(passes_large_bodies),
        cmocka_unit_test(degrades_without_memory),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(learns_the_table_anew),
        cmocka_unit_test(bears_holes_in_bodies),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
