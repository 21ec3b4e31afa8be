/* SPDX-License-Identifier: Apache-2.0
 *
 * Erlang's distribution: the handshake in both versions, refusals, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

#define DIGEST "0123456789abcdef"
#define HELLO_5                                                                                    \
    "\0\x11n\0\5\0\7\x4f\xbd"                                                                      \
    "rabbit@one"
#define HELLO_6                                                                                    \
    "\0\x18N\0\0\0\x0d\xff\xff\xff\xff\0\0\0\1\0\11"                                               \
    "a@example"
#define ASK_5                                                                                      \
    "\0\x15n\0\5\0\7\x4f\xbd"                                                                      \
    "1234"                                                                                         \
    "rabbit@two"
#define ASK_6                                                                                      \
    "\0\x18N\0\0\0\x0d\xff\xff\xff\xff"                                                            \
    "1234"                                                                                         \
    "\0\0\0\2\0\5"                                                                                 \
    "b@two"
#define OK "\0\3sok"
#define REPLY                                                                                      \
    "\0\x15r"                                                                                      \
    "5678" DIGEST
#define ACK                                                                                        \
    "\0\x11"                                                                                       \
    "a" DIGEST

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_both_handshakes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO_5), SERVER(OK ASK_5), CLIENT(REPLY), SERVER(ACK), CLIENT("\0\0\0\0"),
                 SERVER("\0\0\0\5pabcd")),
           LINES("app erlang", "proof certain", "server rabbitmq",
                 "tx erlang version=5 client_node=rabbit@one status=ok server_node=rabbit@two"));
    speaks(TURNS(CLIENT(HELLO_6), SERVER(OK ASK_6), CLIENT("\0\11c\0\0\0\1\0\0\0\1" REPLY),
                 SERVER(ACK)),
           LINES("app erlang", "proof certain", "!server *",
                 "tx erlang version=6 client_node=a@example status=ok server_node=b@two"));
}

static void reads_other_ends(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO_5), SERVER("\0\x0csnot_allowed")),
           LINES("app erlang", "proof certain",
                 "tx erlang version=5 client_node=rabbit@one "
                 "status=not_allowed",
                 "note Erlang node refuses the connection: rabbit@one"));
    speaks(TURNS(CLIENT(HELLO_5), SERVER("\0\6salive"), CLIENT("\0\5strue"), SERVER(ASK_5),
                 CLIENT(REPLY), SERVER(ACK)),
           LINES("tx erlang version=5 client_node=rabbit@one status=alive server_node=rabbit@two",
                 "!note *"));
    speaks(TURNS(CLIENT(HELLO_6), SERVER("\0\4snok")), LINES("tx erlang*", "!note *"));
}

static void knows_couchbase(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\0\x12n\0\5\0\7\x4f\xbd"
                        "ns_1@host12")),
           LINES("app erlang", "server couchbase"));
    speaks(TURNS(CLIENT("\0\x10n\0\5\0\7\x4f\xbd"
                        "couchdb@h")),
           LINES("app erlang", "server couchdb"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO_5 REPLY)), LINES("app erlang", "proof strong"));
    speaks(TURNS(SERVER(OK ASK_6 ACK)), LINES("app erlang", "proof strong"));
    speaks(TURNS(SERVER(OK)), LINES(UNKNOWN));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\x11n\0\4\0\7\x4f\xbd"
               "rabbit@one"),
        CLIENT("\0\x11n\0\5\0\7\x4f\xb8"
               "rabbit@one"),
        CLIENT("\0\x11n\0\5\0\7\x4f\xbd"
               "rabbit\1one"),
        CLIENT("\0\x17N\0\0\0\x0d\xff\xff\xff\xff\0\0\0\1\0\11"
               "a@example"),
        CLIENT("\0\x18N\0\0\0\x0d\xff\xff\xff\xff\0\0\0\1\0\12"
               "a@example"),
        CLIENT("\7\x18N\0\0\0\x0d\xff\xff\xff\xff\0\0\0\1\0\11"
               "a@example"),
        CLIENT(REPLY),
        SERVER(ACK),
        SERVER("\0\5swhat"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_handshakes), cmocka_unit_test(reads_other_ends),
        cmocka_unit_test(knows_couchbase),       cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
