/* SPDX-License-Identifier: Apache-2.0
 *
 * VoltDB: logins of both versions, calls, statements, refusals, look-alikes.
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

#define HASH_20 "0123456789abcdefghij"
#define LOGIN                                                                                      \
    "\0\0\0\x2a\0\0\0\0\x08"                                                                       \
    "database"                                                                                     \
    "\0\0\0\5"                                                                                     \
    "alice" HASH_20
#define LOGIN_1                                                                                    \
    "\0\0\0\x37\1\1\0\0\0\x08"                                                                     \
    "database"                                                                                     \
    "\0\0\0\5"                                                                                     \
    "alice" HASH_20 "0123456789ab"
#define WELCOME                                                                                    \
    "\0\0\0\x26\0\0\0\0\0\1\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\x08"                                     \
    "\x0a\0\0\1\0\0\0\x08"                                                                         \
    "volt_9.0"
#define TX_LOGIN "tx voltdb user=alice status=0 build=volt_9.0"
#define PING     "\0\0\0\x14\0\0\0\0\5@Ping\0\0\0\0\0\0\0\1\0\0"
#define PONG     "\0\0\0\x0e\0\0\0\0\0\0\0\0\1\0\1\x80\0\0"
#define TX_PING  "tx voltdb procedure=@Ping"

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

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN), SERVER(WELCOME), CLIENT(PING), SERVER(PONG),
                 CLIENT("\0\0\0\x24\0\0\0\0\6@AdHoc\0\0\0\0\0\0\0\2\0\1\x09\0\0\0\x0aSELECT * F"),
                 SERVER("\0\0\0\x13\0\0\0\0\0\0\0\0\2\x20\xfe\0\0\0\4oops"), CLIENT(PING)),
           LINES("app voltdb", "proof certain", TX_LOGIN, TX_PING,
                 "tx voltdb procedure=@AdHoc statement=SELECT * F status=254 error=oops",
                 "buffer sql SELECT * F", "!note *"));
}

static void reads_calls_of_all_versions(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN_1), SERVER(WELCOME),
                 CLIENT("\0\0\0\x19\1\1\0\0\x10\0\0\0\0\5@Ping\0\0\0\0\0\0\0\1\0\0"
                        "\0\0\0\x1b\2\0\0\0\3foo\0\0\0\0\0\0\0\2\1\1\4\0\0\0\7\0\1\6\0\0")),
           LINES("app voltdb", "proof certain", TX_LOGIN, TX_PING, "tx voltdb procedure=foo"));
}

static void notes_refusals(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN), SERVER("\0\0\0\2\0\xff")),
           LINES("app voltdb", "tx voltdb user=alice status=255",
                 "note VoltDB refuses the login: alice"));
}

static void passes_long_statements(void **state)
{
    enum { TEXT = 200000 };
    static char call[TEXT + 64];
    static const char head[] = "\0\3\x0d\x5a\0\0\0\0\6@AdHoc\0\0\0\0\0\0\0\2\0\1\x09\0\3\x0d\x40";

    (void)state;
    memset(call, 'x', sizeof(call));
    memcpy(call, head, sizeof(head) - 1);
    speaks_once(TURNS(CLIENT(LOGIN), SERVER(WELCOME), CLIENT_BYTES(call, sizeof(head) - 1 + TEXT),
                      CLIENT(PING), SERVER(PONG)),
                LINES("tx voltdb procedure=@AdHoc statement=xxxx*", TX_PING, "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN)), LINES("app voltdb", "proof certain"));
    speaks(TURNS(SERVER(WELCOME)), LINES("app voltdb", "proof fair"));
    speaks(TURNS(SERVER("\0\0\0\2\0\xff")), LINES(UNKNOWN));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\0\0\x2a\2\0\0\0\x08"
               "database"
               "\0\0\0\5"
               "alice" HASH_20),
        CLIENT("\0\0\0\x2a\0\0\0\0\x08"
               "databose"
               "\0\0\0\5"
               "alice" HASH_20),
        CLIENT("\0\0\0\x2b\0\0\0\0\x08"
               "database"
               "\0\0\0\5"
               "alice" HASH_20 "x"),
        CLIENT("\0\0\0\x2a\0\0\0\0\x08"
               "database"
               "\0\0\1\5"
               "alice" HASH_20),
        CLIENT(PING),
        SERVER(PONG),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),   cmocka_unit_test(reads_calls_of_all_versions),
        cmocka_unit_test(notes_refusals),    cmocka_unit_test(passes_long_statements),
        cmocka_unit_test(believes_one_side), cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
