/* SPDX-License-Identifier: Apache-2.0
 *
 * Erlang's port mapper: each question with its answer, names, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

/* port 25672, a normal node, protocol 0, versions 6 to 5 */
#define NODE(len, name) "\x64\x48\x4d\0\0\6\0\5" len name "\0\0"
#define ALIVE           "\0\x13x" NODE("\0\6", "rabbit")
#define ASK             "\0\7zrabbit"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_registrations(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ALIVE), SERVER("v\0\x12\x34\x56\x78")),
           LINES("app epmd", "proof certain", "server rabbitmq",
                 "tx epmd request=alive node=rabbit port=25672 result=0"));
    speaks(TURNS(CLIENT("\0\x11x" NODE("\0\4", "n_42")), SERVER("y\1\0\1")),
           LINES("app epmd", "proof certain", "!server *",
                 "tx epmd request=alive node=n_42 port=25672 result=1"));
}

static void reads_questions(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER("w\0" NODE("\0\6", "rabbit"))),
           LINES("app epmd", "proof certain", "server rabbitmq",
                 "tx epmd request=port node=rabbit result=0 port=25672"));
    speaks(TURNS(CLIENT("\0\5zns_1"), SERVER("w\1")),
           LINES("app epmd", "proof certain", "server couchbase",
                 "tx epmd request=port node=ns_1 result=1"));
}

static void reads_lists(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\0\1n"), SERVER("\0\0\x11\x11"
                                         "name a at port 4000\nname couchdb at port 5000\n")),
           LINES("app epmd", "proof certain", "server couchdb",
                 "tx epmd request=names nodes[]=a nodes[]=couchdb"));
    speaks(TURNS(CLIENT("\0\1d"), SERVER("\0\0\x11\x11"
                                         "active name     <a> at port 4000, fd = 3\n")),
           LINES("app epmd", "proof certain", "tx epmd request=dump nodes[]=a"));
    speaks(TURNS(CLIENT("\0\1n"), SERVER("\0\0\x11\x11")),
           LINES("app epmd", "proof certain", "tx epmd request=names"));
}

static void reads_orders(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\0\1k"), SERVER("OK")),
           LINES("app epmd", "proof certain", "tx epmd request=kill",
                 "note Erlang port mapper is told to stop"));
    speaks(TURNS(CLIENT("\0\4sfoo"), SERVER("STOPPED")),
           LINES("app epmd", "proof certain", "tx epmd request=stop node=foo"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ALIVE)), LINES("app epmd", "proof strong"));
    speaks(TURNS(CLIENT(ASK)), LINES("app epmd", "proof fair"));
    speaks(TURNS(CLIENT("\0\1n")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("w\0" NODE("\0\6", "rabbit"))), LINES("app epmd", "proof strong"));
    speaks(TURNS(SERVER("\0\0\x11\x11name rabbit at port 25672\n")),
           LINES("app epmd", "proof strong", "server rabbitmq"));
    speaks(TURNS(SERVER("v\0\0\0\0\1")), LINES(UNKNOWN));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\0x"),
        CLIENT("\0\2nn"),
        CLIENT("\0\1q"),
        CLIENT("\0\1z"),
        CLIENT("\0\4zab\1"),
        CLIENT("\0\x12x" NODE("\0\6", "rabbit")),
        CLIENT("\0\x13x" NODE("\0\7", "rabbit")),
        CLIENT("\0\x13x\x64\x48\x4e\0\0\6\0\5\0\6rabbit\0\0"),
        CLIENT("\5\1zrabbit"),
        SERVER("\0\1\x11\x11name rabbit at port 25672\n"),
        SERVER("\0\0\x11\x11nobody at port 25672\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
    speaks(TURNS(CLIENT("\0\1n"), SERVER("no names here")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\1k"), SERVER("NO")), LINES(UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_registrations), cmocka_unit_test(reads_questions),
        cmocka_unit_test(reads_lists),         cmocka_unit_test(reads_orders),
        cmocka_unit_test(believes_one_side),   cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
