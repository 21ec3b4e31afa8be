/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached and Couchbase: text and binary, pairing, values, logins, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

#define SET    "set user:1 0 100 5\r\nhello\r\n"
#define GET    "get user:1\r\n"
#define HIT    "VALUE user:1 0 5\r\nhello\r\nEND\r\n"
#define TX_SET "tx memcached operation=set key=user:1 status=STORED"
#define TX_GET "tx memcached operation=get key=user:1 status=VALUE"

/* magic(1) operation(1) keylen(2) extras(1) datatype(1) status(2) body(4) opaque(4), then cas */
#define HEAD(magic, op, key, extras, type, status, body, opaque)                                   \
    magic op key extras type status body opaque "\0\0\0\0\0\0\0\0"
#define ASK(op, key, extras, body, opaque) HEAD("\x80", op, key, extras, "\0", "\0\0", body, opaque)
#define ANSWER(op, status, body, opaque)   HEAD("\x81", op, "\0\0", "\0", "\0", status, body, opaque)
#define BIN_GET                            ASK("\0", "\0\3", "\0", "\0\0\0\3", "\0\0\0\7") "foo"
#define BIN_HIT                                                                                    \
    HEAD("\x81", "\0", "\0\0", "\4", "\0", "\0\0", "\0\0\0\7", "\0\0\0\7")                         \
    "\xde\xad\xbe\xef"                                                                             \
    "bar"
#define BIN_NOOP "\x80\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define BIN_DONE "\x81\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 11211, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_classic_commands(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SET), SERVER("STORED\r\n"), CLIENT(GET "get no\r\n"), SERVER(HIT "END\r\n"),
                 CLIENT("delete user:1\r\n"), SERVER("DELETED\r\n"), CLIENT("incr n 5\r\n"),
                 SERVER("12\r\n"), CLIENT("decr n 1 noreply\r\n"), CLIENT("version\r\n"),
                 SERVER("VERSION 1.6.18\r\n"), CLIENT("bogus\r\n"), SERVER("ERROR\r\n")),
           LINES("app memcached", "proof certain", TX_SET, TX_GET,
                 "tx memcached operation=get key=no status=END",
                 "tx memcached operation=delete key=user:1 status=DELETED",
                 "tx memcached operation=incr key=n", "tx memcached operation=decr key=n",
                 "tx memcached operation=version status=VERSION version=1.6.18",
                 "tx memcached operation=unknown status=ERROR", "buffer body hello", "!note *"));
}

static void reads_all_shapes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("cas k 1 0 2 77\r\nhi\r\ngats 10 a b\r\ntouch k 9\r\nappend k 0 0 0\r\n\r\n"
                        "set k 0 0 1 noreply\r\nx\r\nreplace k 0 0 1\r\ny\r\nset k 0 0 9\r\n"
                        "123456789\r\nflush_all 10\r\nverbosity 1\r\ngets a\r\n"),
                 SERVER("EXISTS\r\nVALUE a 0 1 5\r\nA\r\nVALUE b 0 0 6\r\n\r\nEND\r\n"
                        "TOUCHED\r\nSTORED\r\nNOT_STORED\r\nSERVER_ERROR out of memory\r\n"
                        "OK\r\nOK\r\nEND\r\n")),
           LINES("proof certain", "tx memcached operation=cas key=k status=EXISTS",
                 "tx memcached operation=gats key=a status=VALUE",
                 "tx memcached operation=touch key=k status=TOUCHED",
                 "tx memcached operation=append key=k status=STORED",
                 "tx memcached operation=set key=k",
                 "tx memcached operation=replace key=k status=NOT_STORED",
                 "tx memcached operation=set key=k status=SERVER_ERROR error=out of memory",
                 "tx memcached operation=flush_all status=OK",
                 "tx memcached operation=verbosity status=OK",
                 "tx memcached operation=gets key=a status=END",
                 "note memcached flush of all items"));
}

static void reads_statistics(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("stats\r\n"), SERVER("STAT pid 1\r\nSTAT uptime 2\r\nEND\r\n"),
                 CLIENT("stats reset\r\n"), SERVER("RESET\r\n"), CLIENT(GET), SERVER(HIT)),
           LINES("proof certain", "tx memcached operation=stats status=STAT",
                 "tx memcached operation=stats status=RESET", TX_GET,
                 "note memcached statistics are asked for"));
}

static void reads_meta_commands(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("ms foo 3 T90\r\nabc\r\nmg foo v t\r\nmg none v\r\nmd foo\r\nmn\r\n"),
                 SERVER("HD\r\nVA 3 t90\r\nabc\r\nEN\r\nNF\r\nMN\r\n")),
           LINES("app memcached", "proof certain", "tx memcached operation=ms key=foo status=HD",
                 "tx memcached operation=mg key=foo status=VA",
                 "tx memcached operation=mg key=none status=EN",
                 "tx memcached operation=md key=foo status=NF",
                 "tx memcached operation=mn status=MN", "buffer body abc"));
}

/* Nobody answers a quiet command that finds nothing. */
static void passes_quiet_commands(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("mg a v q\r\nmg b v q\r\nmg c v q\r\nmn\r\n" GET),
                 SERVER("VA 1\r\nA\r\nMN\r\n" HIT)),
           LINES("tx memcached operation=mg key=a status=VA", "tx memcached operation=mg key=b",
                 "tx memcached operation=mg key=c", "tx memcached operation=mn status=MN", TX_GET));
}

static void reads_binary(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(BIN_GET), SERVER(BIN_HIT),
                 CLIENT(ASK("\1", "\0\1", "\10", "\0\0\0\14", "\0\0\0\10") "\0\0\0\0\0\0\0\0"
                                                                           "kxyz"),
                 SERVER(ANSWER("\1", "\0\2", "\0\0\0\0", "\0\0\0\10")),
                 CLIENT(ASK("\x0b", "\0\0", "\0", "\0\0\0\0", "\0\0\0\0")),
                 SERVER(ANSWER("\x0b", "\0\0", "\0\0\0\6", "\0\0\0\0") "1.6.18"),
                 CLIENT(ASK("\x08", "\0\0", "\0", "\0\0\0\0", "\0\0\0\0")),
                 SERVER(ANSWER("\x08", "\0\x86", "\0\0\0\0", "\0\0\0\0"))),
           LINES("app memcached", "proof certain",
                 "tx memcached operation=get key=foo status=success",
                 "tx memcached operation=set key=k status=key_exists",
                 "tx memcached operation=version version=1.6.18 status=success",
                 "tx memcached operation=flush status=temporary_failure", "buffer body xyz",
                 "buffer body bar", "note memcached flush of all items"));
}

static void pairs_quiet_operations(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK("\x0d", "\0\1", "\0", "\0\0\0\1", "\0\0\0\1") "a" ASK(
                     "\x0d", "\0\1", "\0", "\0\0\0\1", "\0\0\0\2") "b" BIN_NOOP),
                 SERVER(HEAD("\x81", "\x0d", "\0\1", "\4", "\0", "\0\0", "\0\0\0\6",
                             "\0\0\0\2") "\0\0\0\0b1" BIN_DONE)),
           LINES("proof certain", "tx memcached operation=getkq key=a",
                 "tx memcached operation=getkq key=b status=success",
                 "tx memcached operation=noop status=success"));
}

/* All but the last answer have a key. */
static void reads_binary_statistics(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK("\x10", "\0\0", "\0", "\0\0\0\0", "\0\0\0\1") BIN_NOOP),
                 SERVER(HEAD("\x81", "\x10", "\0\3", "\0", "\0", "\0\0", "\0\0\0\4",
                             "\0\0\0\1") "pid7" ANSWER("\x10", "\0\0", "\0\0\0\0", "\0\0\0\1")
                            BIN_DONE)),
           LINES("tx memcached operation=stat status=success",
                 "tx memcached operation=noop status=success"));
}

static void reads_a_binary_login(void **state)
{
    const struct conversation c = {
        .server_port = 11211,
        .turns = TURNS(CLIENT(ASK("\x20", "\0\0", "\0", "\0\0\0\0", "\0\0\0\0")),
                       SERVER(ANSWER("\x20", "\0\0", "\0\0\0\5", "\0\0\0\0") "PLAIN"),
                       CLIENT(ASK("\x21", "\0\5", "\0", "\0\0\0\22", "\0\0\0\0") "PLAIN"
                                                                                 "\0alice\0secret"),
                       SERVER(ANSWER("\x21", "\0\x20", "\0\0\0\0", "\0\0\0\0"))),
        .expect = LINES("app memcached", "proof certain",
                        "tx memcached operation=sasl_auth mechanism=PLAIN user=alice "
                        "status=auth_error",
                        "note memcached refuses the login: alice")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
}

#define HELLO_ANSWER                                                                               \
    HEAD("\x81", "\x1f", "\0\0", "\0", "\0", "\0\0", "\0\0\0\4", "\0\0\0\1") "\0\3\0\x12"

static void reads_couchbase(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(ASK("\x1f", "\0\31", "\0", "\0\0\0\35",
                         "\0\0\0\1") "{\"a\":\"lcb/3.3\",\"i\":\"0/"
                                     "1\"}\0\3\0\x12" ASK("\x21", "\0\14", "\0", "\0\0\0\40",
                                                          "\0\0\0\2") "SCRAM-SHA512"
                                                                      "n,,n=bob,r="
                                                                      "abcdefghi"),
              SERVER(HELLO_ANSWER ANSWER("\x21", "\0\x21", "\0\0\0\0", "\0\0\0\2")),
              CLIENT(ASK("\x89", "\0\3", "\0", "\0\0\0\3", "\0\0\0\3") "b-1"),
              SERVER(ANSWER("\x89", "\0\x24", "\0\0\0\0", "\0\0\0\3")),
              CLIENT(HEAD("\x08", "\0", "\1\4", "\0", "\0", "\0\1", "\0\0\0\5", "\0\0\0\4") "\x10"
                                                                                            "\x81\1"
                                                                                            "ab"),
              SERVER(HEAD("\x18", "\0", "\3\0", "\4", "\1", "\0\0", "\0\0\0\11",
                          "\0\0\0\4") "\x02\0\1\0\0\0\0{}")),
        LINES("app couchbase", "server couchbase", "proof certain",
              "tx couchbase operation=hello user_agent=lcb/3.3 status=success",
              "tx couchbase operation=sasl_auth mechanism=SCRAM-SHA512 user=bob "
              "status=auth_continue",
              "tx couchbase operation=select_bucket bucket=b-1 status=no_access",
              "tx couchbase operation=get key=ab status=success", "buffer body {}",
              "note Couchbase refuses a right: bob"));
    speaks(TURNS(CLIENT(ASK("\xb5", "\0\0", "\0", "\0\0\0\0", "\0\0\0\1"))),
           LINES("app couchbase", "proof fair"));
}

/* On a DCP connection the server asks. */
static void follows_dcp(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK("\x50", "\0\1", "\10", "\0\0\0\11", "\0\0\0\1") "\0\0\0\0\0\0\0\1s"),
                 SERVER(ANSWER("\x50", "\0\0", "\0\0\0\0", "\0\0\0\1")
                            ASK("\x5c", "\0\0", "\0", "\0\0\0\0", "\0\0\0\11")),
                 CLIENT(ANSWER("\x5c", "\0\0", "\0\0\0\0", "\0\0\0\11") BIN_NOOP),
                 SERVER(BIN_DONE)),
           LINES("app couchbase", "tx couchbase operation=dcp_open key=s status=success",
                 "tx couchbase operation=noop status=success"));
}

static void passes_long_values(void **state)
{
    enum { VALUE = 300000 };
    static char set[VALUE + 64], hit[VALUE + 64];
    int head = snprintf(set, sizeof(set), "set k 0 0 %d\r\n", VALUE);
    int n = snprintf(hit, sizeof(hit), "VALUE k 0 %d\r\n", VALUE);

    (void)state;
    memset(set + head, 'v', VALUE);
    memset(hit + n, 'v', VALUE);
    speaks_once(TURNS(CLIENT_BYTES(set, (size_t)head + VALUE), CLIENT("\r\nget k\r\n"),
                      SERVER("STORED\r\n"), SERVER_BYTES(hit, (size_t)n + VALUE),
                      SERVER("\r\nEND\r\n"), CLIENT(GET), SERVER(HIT)),
                LINES("proof certain", "tx memcached operation=set key=k status=STORED",
                      "tx memcached operation=get key=k status=VALUE", TX_GET));
}

static void pairs_long_pipelines(void **state)
{
    enum { COMMANDS = 500 };
    static char ask[COMMANDS * 16], say[COMMANDS * 16];
    size_t a = 0, r = 0;

    (void)state;
    for (int i = 0; i < COMMANDS; i++) {
        a += (size_t)snprintf(ask + a, sizeof(ask) - a, "get k%d\r\n", i);
        r += (size_t)snprintf(say + r, sizeof(say) - r, "END\r\n");
    }
    speaks_once(TURNS(CLIENT_BYTES(ask, a), SERVER_BYTES(say, r), CLIENT(GET), SERVER(HIT)),
                LINES("tx memcached operation=get key=k63 status=END",
                      "tx memcached operation=get key=k499", TX_GET));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(SET), SERVER("STORED\r\n"), CLIENT("set a 0 0 4"), CLIENT_LOST(6),
                      CLIENT("xx\r\n"), CLIENT(GET), SERVER(HIT)),
                LINES("app memcached", TX_SET, "tx memcached operation=get key=user:1"));
    speaks_once(TURNS(CLIENT(BIN_GET), SERVER(BIN_HIT), SERVER_LOST(10), SERVER("half a value"),
                      CLIENT(BIN_NOOP), SERVER(BIN_DONE)),
                LINES("app memcached", "tx memcached operation=noop status=success"));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(SERVER("part of a value\r\nEND\r\n"), CLIENT(GET), SERVER(HIT)),
                     LINES("app memcached", "proof certain", TX_GET));
    speaks_midstream(TURNS(CLIENT(BIN_GET), SERVER(BIN_HIT)),
                     LINES("app memcached", "proof certain"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SET)), LINES("app memcached", "proof fair"));
    speaks(TURNS(CLIENT(GET)), LINES(UNKNOWN));
    speaks(TURNS(SERVER(HIT)), LINES("app memcached", "proof fair"));
    speaks(TURNS(SERVER("STAT pid 1\r\n")), LINES("app memcached", "proof fair"));
    speaks(TURNS(SERVER("STORED\r\nEND\r\n")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT(BIN_GET)), LINES("app memcached", "proof fair"));
    speaks(TURNS(SERVER(BIN_HIT)), LINES("app memcached", "proof fair"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("get k\r\n"), SERVER("$1\r\nv\r\n")), LINES("!app memcached"));
    speaks(TURNS(CLIENT("get k\r\n"), SERVER("STORED\r\n")), LINES("!app memcached"));
    speaks(TURNS(SERVER("+OK POP3\r\n"), CLIENT("quit\r\n"), SERVER("+OK\r\n")),
           LINES("!app memcached"));
    speaks(TURNS(SERVER("220 mail\r\n"), CLIENT("quit\r\n"), SERVER("221 bye\r\n")),
           LINES("!app memcached"));
    speaks(TURNS(CLIENT("version\r\n"), SERVER("OK\r\n")), LINES("!app memcached"));
    speaks(TURNS(CLIENT("set x 1\r\n"), SERVER("ERROR\r\n")), LINES("!app memcached"));
    speaks(TURNS(CLIENT("stats please\r\n"), SERVER("hello\r\n")), LINES("!app memcached"));
    speaks(TURNS(CLIENT("get / HTTP/1.0\r\n\r\n"), SERVER("HTTP/1.0 200 OK\r\n\r\n")),
           LINES("app http"));
}

static void refuses_broken_messages(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(HEAD("\x80", "\0", "\0\4", "\0", "\0", "\0\0", "\0\0\0\3", "\0\0\0\7") "foo")),
        LINES(UNKNOWN));
    speaks(TURNS(CLIENT(
               HEAD("\x80", "\0", "\0\3", "\0", "\x9", "\0\0", "\0\0\0\3", "\0\0\0\7") "foo")),
           LINES(UNKNOWN));
    speaks(
        TURNS(CLIENT(HEAD("\x80", "\0", "\0\3", "\0", "\0", "\0\0", "\7\0\0\3", "\0\0\0\7") "foo")),
        LINES(UNKNOWN));
    speaks(TURNS(CLIENT(
               HEAD("\x80", "\x77", "\0\3", "\0", "\0", "\0\0", "\0\0\0\3", "\0\0\0\7") "foo")),
           LINES(UNKNOWN));
    speaks(TURNS(CLIENT("set k 0 0 3\r\nhello\r\n")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("VALUE k 0 x\r\n")), LINES(UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_classic_commands),
        cmocka_unit_test(reads_all_shapes),
        cmocka_unit_test(reads_statistics),
        cmocka_unit_test(reads_meta_commands),
        cmocka_unit_test(passes_quiet_commands),
        cmocka_unit_test(reads_binary),
        cmocka_unit_test(pairs_quiet_operations),
        cmocka_unit_test(reads_binary_statistics),
        cmocka_unit_test(reads_a_binary_login),
        cmocka_unit_test(reads_couchbase),
        cmocka_unit_test(follows_dcp),
        cmocka_unit_test(passes_long_values),
        cmocka_unit_test(pairs_long_pipelines),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(joins_midstream),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(refuses_broken_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
