/* SPDX-License-Identifier: Apache-2.0
 *
 * Graphite: lines over TCP and UDP, and lines of others that look like them.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define LOAD  "till.load.short 0.25 1700000000\n"
#define APPLE "shop.fruit.apple 50 1700000060\n"

static void talk(uint8_t over, uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = over, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_lines(void **state)
{
    (void)state;
    talk(OVER_TCP, 2003,
         TURNS(CLIENT(LOAD "disk;host=till;mount=/var -1.5e+3 1700000000.25\r\n"
                           "bare NaN 1700000000 \n\nnow 1 -1\n")),
         LINES("app graphite", "proof strong",
               "tx graphite path=till.load.short value=0.25 time=1700000000",
               "tx graphite path=disk tags=host=till;mount=/var value=-1.5e+3 time=1700000000.25",
               "tx graphite path=bare value=NaN time=1700000000", "tx graphite path=now value=1 *",
               "buffer body till.load.short 0.25 1700000000"));
    talk(OVER_TCP, 40000, TURNS(CLIENT(LOAD APPLE)),
         LINES("app graphite", "proof strong",
               "tx graphite path=shop.fruit.apple value=50 time=1700000060"));
}

static void reads_datagrams(void **state)
{
    (void)state;
    talk(OVER_UDP, 2003, TURNS(CLIENT("a.b 1 1700000000"), CLIENT(LOAD APPLE)),
         LINES("app graphite", "proof strong", "tx graphite path=a.b value=1 time=1700000000",
               "tx graphite path=shop.fruit.apple value=50 time=1700000060"));
    talk(OVER_UDP, 40000, TURNS(CLIENT(LOAD)), LINES("app graphite", "proof fair"));
    talk(OVER_UDP, 40000, TURNS(CLIENT(LOAD "and more\n")), LINES("app failed", "!tx *"));
}

static void wants_more_away_from_home(void **state)
{
    (void)state;
    talk(OVER_TCP, 40000, TURNS(CLIENT(LOAD)), LINES("app graphite", "proof fair"));
    talk(OVER_TCP, 40000, TURNS(CLIENT("load 1 1700000000\n")), LINES("app failed"));
    talk(OVER_TCP, 40000, TURNS(CLIENT("till.load 1 -1\n")), LINES("app failed"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 2003,
        .midstream = true,
        .turns = TURNS(CLIENT(LOAD), CLIENT_LOST(20), CLIENT("25 1700000000\n" APPLE)),
        .expect = LINES("app graphite", "proof strong",
                        "tx graphite path=shop.fruit.apple value=50 time=1700000060"),
    };

    (void)state;
    conversation_check(&c);
}

#define X_64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X_512 X_64 X_64 X_64 X_64 X_64 X_64 X_64 X_64

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("GET /a.b HTTP/1.1\r\nHost: a\r\n\r\n"),
        CLIENT("put sys.cpu 1700000000 42 host=a\n"), /* OpenTSDB */
        CLIENT("cpu.load,host=a value=1 1700000000000000000\n"),
        CLIENT("set a.b 0 1700000000 5\r\n"),
        CLIENT("expireat a.b 1700000000\r\n"),
        CLIENT("till.load 1 1700000000000\n"),
        CLIENT("till.load 1 17\n"),
        CLIENT("till.load one 1700000000\n"),
        CLIENT("till.load 1.2.3 1700000000\n"),
        CLIENT("till.load 1e 1700000000\n"),
        CLIENT("till.load 1 1700000000 more\n"),
        CLIENT("till.load 1\n"),
        CLIENT(".load.x 1 1700000000\n"),
        CLIENT("1.2.3.4 1 1700000000\n"),
        CLIENT("till.\"load 1 1700000000\n"),
        CLIENT("till.load:1|c\n"),
        CLIENT("\n" LOAD),
        CLIENT("a." X_512 X_512 " 1 1700000000\n"),
        SERVER(LOAD LOAD),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        talk(OVER_TCP, 2003, TURNS(bad[i]), LINES("!app graphite", "!tx graphite*"));
    talk(OVER_TCP, 2003, TURNS(CLIENT("till.load 1 170000")), LINES("app failed"));
}

/* Nobody answers metrics; the name stays where it was proven. */
static void knows_no_answers(void **state)
{
    const struct conversation early = {
        .server_port = 2003,
        .turns = TURNS(CLIENT("till.load 1 1700000"), SERVER("500 what?\r\n"), CLIENT("000\n")),
        .expect = LINES("app failed"),
    };

    (void)state;
    conversation_check_once(&early, CUT_TURNS);
    talk(OVER_TCP, 2003, TURNS(CLIENT(LOAD APPLE), SERVER("thanks\n"), CLIENT(APPLE)),
         LINES("app graphite", "proof strong"));
    talk(OVER_TCP, 2003, TURNS(CLIENT(LOAD APPLE), CLIENT("garbage\n")),
         LINES("app graphite", "proof strong"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(reads_datagrams),
        cmocka_unit_test(wants_more_away_from_home),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(knows_no_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
