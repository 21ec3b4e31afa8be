/* SPDX-License-Identifier: Apache-2.0
 *
 * Thrift: binary and compact, framed or not, calls and answers, structures of all kinds, Jaeger's
 * spans, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* add(1: i32 = 1, 2: i32 = 2), sequence 7 */
#define ADD                                                                                        \
    "\x80\1\0\1\0\0\0\3"                                                                           \
    "add\0\0\0\7\x08\0\1\0\0\0\1\x08\0\2\0\0\0\2\0"
#define SUM                                                                                        \
    "\x80\1\0\2\0\0\0\3"                                                                           \
    "add\0\0\0\7\x08\0\0\0\0\0\3\0"
#define TX_ADD "tx thrift protocol=binary type=call method=add seq=7"

/* Calc:echo(1: string), and what it answers */
#define C_ECHO                                                                                     \
    "\x82\x21\7\x09"                                                                               \
    "Calc:echo\x18\5hello\0"
#define C_ECHOED                                                                                   \
    "\x82\x41\7\x09"                                                                               \
    "Calc:echo\x08\0\5hello\0"
#define TX_C_ECHO "tx thrift protocol=compact type=call service=Calc method=echo seq=7"

#define EMIT                                                                                       \
    "\x82\x81\1\x09"                                                                               \
    "emitBatch\x1c\x1c\x18\4shop\x19\x1c\x18\4host\x15\0\x18\1h\0\0\x19\x1c\x16\2\x16\4\x18\1x\0"  \
    "\0\0"
#define TX_EMIT "tx thrift protocol=compact type=oneway method=emitBatch seq=1 client=shop"

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void joins(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 9090, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_calls_and_answers(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(ADD), SERVER(SUM), CLIENT(ADD ADD), SERVER(SUM)),
           LINES("app thrift", "proof certain", TX_ADD, "!note *"));
    speaks(40000, TURNS(CLIENT(C_ECHO), SERVER(C_ECHOED)),
           LINES("app thrift", "proof certain", TX_C_ECHO, "buffer body hello"));
    speaks(40000, TURNS(CLIENT("\0\0\0\x1e" ADD), SERVER("\0\0\0\x17" SUM)),
           LINES("app thrift", "proof certain",
                 "tx thrift protocol=binary framed=true type=call method=add seq=7"));
    speaks(
        40000, TURNS(CLIENT("\0\0\0\x15" C_ECHO), SERVER("\0\0\0\x16" C_ECHOED)),
        LINES("app thrift", "proof certain",
              "tx thrift protocol=compact framed=true type=call service=Calc method=echo seq=7"));
}

static void tells_exceptions(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT(ADD), SERVER("\x80\1\0\3\0\0\0\3"
                                     "add\0\0\0\7\x0b\0\1\0\0\0\4oops\x08\0\2\0\0\0\1\0")),
           LINES("proof certain", TX_ADD " error=oops"));
    speaks(40000,
           TURNS(CLIENT(ADD), SERVER("\x80\1\0\2\0\0\0\3"
                                     "add\0\0\0\7\x0c\0\1\x0b\0\1\0\0\0\4oops\0\0")),
           LINES("proof certain", TX_ADD " exception=true", "buffer body oops"));
}

static void walks_all_structures(void **state)
{
    (void)state;
    /* bool, byte, double, i16, i64, empty list, list of strings, set of i32, map of string to
     * struct, map of i32 to i64, empty map, list of lists of bool, uuid */
    speaks(
        40000,
        TURNS(CLIENT("\x80\1\0\4\0\0\0\3"
                     "all\0\0\0\1"
                     "\x02\0\1\1\x03\0\2\x7f\x04\0\3\0\0\0\0\0\0\0\0\x06\0\4\0\1"
                     "\x0a\0\5\0\0\0\0\0\0\0\1\x0f\0\6\x0b\0\0\0\0"
                     "\x0f\0\7\x0b\0\0\0\2\0\0\0\1a\0\0\0\1b\x0e\0\x08\x08\0\0\0\2\0\0\0\1\0\0\0\2"
                     "\x0d\0\x09\x0b\x0c\0\0\0\1\0\0\0\1k\x08\0\1\0\0\0\1\0"
                     "\x0d\0\x0a\x08\x0a\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\2\x0d\0\x0b\0\0\0\0\0\0"
                     "\x0f\0\x0c\x0f\0\0\0\2\x02\0\0\0\2\1\0\x02\0\0\0\0"
                     "\x10\0\x0d"
                     "0123456789abcdef\0" ADD),
              SERVER(SUM)),
        LINES("proof certain", "tx thrift protocol=binary type=oneway method=all seq=1", TX_ADD,
              "buffer body a", "buffer body k"));
    speaks(40000,
           TURNS(CLIENT("\x82\x81\1\3"
                        "all"
                        "\x11\x12\x13\x7f\x17\0\0\0\0\0\0\0\0\x14\x82\1\x15\1\x16\1\x19\x08"
                        "\x19\x28\1a\1b\x1a\x25\1\x82\1\x1b\1\x8c\1k\x15\2\0\x1b\1\x56\2\4\x1b\0"
                        "\x19\x29\x21\1\2\x01\x1d"
                        "0123456789abcdef\x05\xc8\1\1\x19\xf3\x10"
                        "0123456789abcdef\0" C_ECHO),
                 SERVER(C_ECHOED)),
           LINES("proof certain", "tx thrift protocol=compact type=oneway method=all seq=1",
                 TX_C_ECHO, "buffer body b", "buffer body k"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(ADD)), LINES("app thrift", "proof strong", TX_ADD));
    speaks(40000, TURNS(SERVER(SUM)),
           LINES("app thrift", "proof strong", "tx thrift protocol=binary method=add seq=7"));
    speaks(40000, TURNS(CLIENT(C_ECHO C_ECHO)), LINES("app thrift", "proof strong", TX_C_ECHO));
    speaks(40000, TURNS(CLIENT("\x82\x21\0\2ab\0")), LINES("app thrift", "proof fair"));
}

static void joins_in_the_middle(void **state)
{
    (void)state;
    joins(TURNS(SERVER(SUM), CLIENT(ADD), SERVER(SUM)),
          LINES("app thrift", "proof certain", TX_ADD));
    joins(TURNS(CLIENT(C_ECHO)), LINES("app thrift", TX_C_ECHO));
    joins(TURNS(CLIENT("\3" ADD)), LINES("app failed"));
}

static void goes_on_after_a_loss(void **state)
{
    (void)state;
    joins(TURNS(CLIENT(ADD), SERVER(SUM), CLIENT_LOST(30), CLIENT("rest of it"), CLIENT(C_ECHO),
                CLIENT("\x80\1\0\1\0\0\0\3"
                       "sub\0\0\0\x08\0"),
                SERVER(SUM)),
          LINES("app thrift", TX_ADD, "tx thrift protocol=binary type=call method=sub seq=8",
                "!" TX_C_ECHO, "!note *"));
    /* bytes of a long string are not missed */
    joins(TURNS(CLIENT("\x80\1\0\1\0\0\0\3"
                       "put\0\0\0\1\x0b\0\1\0\0\0\x20"
                       "0123"),
                CLIENT_LOST(24), CLIENT("4567\0" ADD), SERVER(SUM)),
          LINES("app thrift", "tx thrift protocol=binary type=call method=put seq=1", TX_ADD));
}

static void reads_spans_of_jaeger(void **state)
{
    (void)state;
    datagrams(6831, TURNS(CLIENT(EMIT), CLIENT(EMIT)),
              LINES("app thrift", "proof strong", "server jaeger", TX_EMIT, "!note *"));
    datagrams(40000, TURNS(CLIENT(EMIT)), LINES("app thrift", TX_EMIT));
    datagrams(
        6832,
        TURNS(CLIENT("\x80\1\0\4\0\0\0\x09"
                     "emitBatch\0\0\0\0\x0c\0\1\x0c\0\1\x0b\0\1\0\0\0\4shop\0\x0f\0\2\x0c\0\0\0\0\0"
                     "\0")),
        LINES("app thrift", "server jaeger",
              "tx thrift protocol=binary type=oneway method=emitBatch seq=0 client=shop"));
    /* something behind it, or too little */
    datagrams(6831, TURNS(CLIENT(EMIT "\0")), LINES("app failed"));
    datagrams(6831,
              TURNS(CLIENT("\x82\x81\1\x09"
                           "emitBatch\x1c\x1c\x18\4shop")),
              LINES("app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x80\1\0\5\0\0\0\3"
               "add\0\0\0\7\0"), /* no such type */
        CLIENT("\x80\1\0\2\0\0\0\3"
               "add\0\0\0\7\0"), /* an answer of the client's */
        SERVER(ADD),
        CLIENT("\x80\1\0\1\0\0\0\0\0\0\0\7\0"), /* no name */
        CLIENT("\x80\1\0\1\0\0\0\3"
               "a d\0\0\0\7\0"),
        CLIENT("\x80\1\0\1\0\1\0\0"
               "add\0\0\0\7\0"),
        CLIENT("\x80\1\0\1\xff\xff\xff\xff"
               "add\0\0\0\7\0"),
        CLIENT("\x80\1\0\1\0\0\0\3"
               "add\0\0\0\7\x05\0\1"), /* no such type of field */
        CLIENT("\x80\1\0\1\0\0\0\3"
               "add\0\0\0\7\x0b\0\1\xff\xff\xff\xff"), /* a string of a negative length */
        CLIENT("\x80\1\0\1\0\0\0\3"
               "add\0\0\0\7\x0f\0\1\0\0\0\0\1"), /* elements of no type */
        CLIENT("\0\0\0\x1c" ADD ADD),            /* ends behind its frame */
        CLIENT("\0\0\0\x1f" ADD ADD),            /* ends before */
        CLIENT("\0\0\0\4" ADD),
        CLIENT("\x82\x22\7\4"
               "echo\0"), /* another version */
        CLIENT("\x82\x21\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\4"
               "echo\0"),
        CLIENT("\x82\x21\7\4"
               "echo\x1e\0"),
        CLIENT("\x82\x21\7\4"
               "echo\x10"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(9090, TURNS(bad[i]), LINES("app failed", "!proof *"));
    /* unfinished */
    speaks(9090,
           TURNS(CLIENT("\x80\1\0\1\0\0\0\3"
                        "add\0\0\0\7\x08\0\1\0\0\0\1")),
           LINES("app failed"));
}

#define DEEP "\x0c\0\1\x0c\0\1\x0c\0\1\x0c\0\1\x0c\0\1\x0c\0\1\x0c\0\1\x0c\0\1"

static void survives_hostile_ones(void **state)
{
    (void)state;
    /* nested deeper than is followed: in a frame the next message is found */
    speaks(40000,
           TURNS(CLIENT("\0\0\0\x1e" ADD "\0\0\0\x4f"
                        "\x80\1\0\1\0\0\0\3"
                        "add\0\0\0\x08" DEEP DEEP "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                        "\0\0\0\x1e" ADD),
                 SERVER("\0\0\0\x17" SUM)),
           LINES("app thrift", "proof certain", "!note *"));
    speaks(40000,
           TURNS(CLIENT(ADD "\x80\1\0\1\0\0\0\3"
                            "add\0\0\0\x08" DEEP DEEP DEEP),
                 SERVER(SUM)),
           LINES("app thrift", "proof certain", TX_ADD));
    speaks(40000,
           TURNS(CLIENT("\x80\1\0\1\0\0\0\3"
                        "add\0\0\0\x08" DEEP DEEP DEEP)),
           LINES("app failed"));
    /* a hundred million structures that do not come */
    speaks(40000,
           TURNS(CLIENT("\x80\1\0\1\0\0\0\3"
                        "add\0\0\0\x08\x0f\0\1\x0c\6\0\0\0\0\0\0\0\0\0\0\0")),
           LINES("app failed"));
    /* a long text of an exception is not taken whole */
    speaks(40000,
           TURNS(SERVER("\x80\1\0\3\0\0\0\3"
                        "add\0\0\0\7\x0b\0\1\0\0\x04\0oops")),
           LINES("app failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_calls_and_answers), cmocka_unit_test(tells_exceptions),
        cmocka_unit_test(walks_all_structures),    cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),     cmocka_unit_test(goes_on_after_a_loss),
        cmocka_unit_test(reads_spans_of_jaeger),   cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_hostile_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
