/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 and gRPC: streams beside each other, header blocks in pieces, bodies, resets, pushes,
 * joined in the middle, bytes lost, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
/* length, type, flags, stream */
#define FRAME(n, type, flags, stream) "\0\0" n type flags "\0\0\0" stream
#define SETTINGS                      FRAME("\6", "\4", "\0", "\0") "\0\3\0\0\0\x64"
#define ACK                           FRAME("\0", "\4", "\1", "\0")
#define HELLO                         PREFACE SETTINGS

/* GET http / a.org: 3 indexed fields and one that enters the table */
#define GET_BLOCK          "\x82\x86\x84\x41\5a.org" /* 10 bytes */
#define GET(flags, stream) FRAME("\x0a", "\1", flags, stream) GET_BLOCK
/* the same, with the name out of the table */
#define AGAIN(flags, stream)          FRAME("\4", "\1", flags, stream) "\x82\x86\x84\xbe"
#define OK(flags, stream)             FRAME("\1", "\1", flags, stream) "\x88"
#define DATA(n, flags, stream, bytes) FRAME(n, "\0", flags, stream) bytes

#define TX(stream) "tx http2 stream_id=" stream " http_method=GET url=/ hostname=a.org status=200"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_a_request(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(HELLO), SERVER(SETTINGS ACK), CLIENT(ACK GET("\5", "\1")),
              SERVER(OK("\4", "\1") DATA("\5", "\1", "\1", "hello"))),
        LINES("app http2", "proof certain", "host a.org", TX("1"), "buffer body hello", "!note *"));
}

static void keeps_streams_apart(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\4", "\1") AGAIN("\5", "\3") DATA("\2", "\1", "\1", "up")),
                 SERVER(SETTINGS OK("\5", "\3") OK("\4", "\1") DATA("\4", "\0", "\1", "down")
                            DATA("\0", "\1", "\1", ""))),
           LINES(TX("3"), TX("1"), "buffer body up"));
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
           LINES(TX("1"), TX("3"), "!note *"));
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
           LINES(TX("1"), "buffer body abcd ..."));
}

static void tells_resets_and_pushes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")), SERVER(SETTINGS),
                 CLIENT(FRAME("\4", "\3", "\0", "\1") "\0\0\0\x08")),
           LINES("tx http2 stream_id=1 http_method=GET url=/ hostname=a.org error_code=8"));
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1")),
                 SERVER(SETTINGS FRAME("\x0e", "\5", "\4", "\1") "\0\0\0\2" GET_BLOCK OK("\5", "\1")
                            OK("\5", "\2"))),
           LINES(TX("1"), TX("2")));
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
              "request_content_type=application/grpc grpc.service=pkg.Svc grpc.method=M "
              "status=200 http_content_type=application/grpc grpc.status=0 "
              "grpc.request.messages=2 grpc.request.bytes=5 grpc.response.messages=1 "
              "grpc.response.bytes=1",
              "buffer body abc ...", "!note *"));
    speaks(TURNS(CLIENT(HELLO CALL("\x21", GRPC_PATH, "\1")), SERVER(SETTINGS STATUS("\1", "7"))),
           LINES("note gRPC call refused: /pkg.Svc/M"));
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
                 "request_content_type=application/grpc grpc.service=etcdserverpb.KV "
                 "grpc.method=Put etcd.key=foo status=200*"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO GET("\5", "\1"))), LINES("app http2", "proof strong", "host a.org"));
    speaks(TURNS(SERVER(SETTINGS OK("\5", "\1"))),
           LINES("app http2", "proof strong", "tx http2 stream_id=1 status=200"));
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

static void goes_on_behind_a_hole(void **state)
{
    (void)state;
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(HELLO GET("\5", "\1")), SERVER(SETTINGS), CLIENT_LOST(30),
                       CLIENT(AGAIN("\5", "\3")), SERVER(OK("\5", "\1") OK("\5", "\3"))),
        .expect = LINES("app http2", TX("1"), "tx http2 stream_id=3 status=200", "!note *"),
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
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
