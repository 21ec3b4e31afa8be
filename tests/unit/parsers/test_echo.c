/* SPDX-License-Identifier: Apache-2.0
 *
 * Echo: at home and abroad, over both transports, and what only looks like it.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define HALF "} 0123456789 of no known protocol"

static void speaks(uint8_t transport, uint16_t port, const struct turn *turns,
                   const char *const *expect)
{
    const struct conversation c = {
        .transport = transport, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void is_known_at_home(void **state)
{
    (void)state;
    speaks(OVER_TCP, 7, TURNS(CLIENT("12345678"), SERVER("12345678"), CLIENT("more")),
           LINES("app echo", "proof certain"));
    speaks(OVER_UDP, 7, TURNS(CLIENT("12345678"), SERVER("12345678")),
           LINES("app echo", "proof certain"));
    speaks(OVER_UDP, 7,
           TURNS(CLIENT("1234"), SERVER("1234"), CLIENT("56789012"), SERVER("56789012")),
           LINES("app echo", "proof certain"));
}

static void is_known_abroad_by_much(void **state)
{
    (void)state;
    speaks(OVER_TCP, 40000, TURNS(CLIENT(HALF), SERVER(HALF), CLIENT(HALF), SERVER(HALF)),
           LINES("app echo", "proof fair"));
    speaks(OVER_TCP, 40000, TURNS(CLIENT(HALF HALF), SERVER(HALF HALF)), LINES("app failed"));
    speaks(OVER_TCP, 40000, TURNS(CLIENT(HALF), SERVER(HALF)), LINES("app failed"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(HALF), SERVER(HALF), CLIENT(HALF HALF), SERVER(HALF HALF)),
           LINES("app failed"));
}

static void bears_much_at_once(void **state)
{
    (void)state;
    speaks(OVER_UDP, 7, TURNS(CLIENT("12345678"), CLIENT("abcdefgh"), SERVER("12345678")),
           LINES("app echo", "proof certain"));
    speaks(OVER_UDP, 7, TURNS(CLIENT("1234"), CLIENT("abcd"), SERVER("abcd"), SERVER("1234")),
           LINES("app echo", "proof certain"));
    speaks(OVER_UDP, 7, TURNS(CLIENT("1234"), SERVER("1234"), SERVER("1234")), LINES("app failed"));
    /* More than is remembered: the second exchange is compared as well. */
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT(HALF HALF HALF HALF HALF), SERVER(HALF HALF HALF HALF HALF), CLIENT(HALF),
                 SERVER("something else")),
           LINES("app failed"));
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT(HALF HALF HALF HALF HALF), SERVER(HALF HALF HALF HALF HALF), CLIENT(HALF),
                 SERVER(HALF)),
           LINES("app echo", "proof fair"));
    speaks(OVER_TCP, 7, TURNS(CLIENT("1234567"), SERVER("12345678")), LINES("app failed"));
}

static void is_not_guessed(void **state)
{
    (void)state;
    speaks(OVER_TCP, 7, TURNS(CLIENT("12345678"), CLIENT_LOST(8), SERVER("12345678")),
           LINES("app echo"));
    speaks(OVER_TCP, 7, TURNS(CLIENT("1234"), SERVER_LOST(4), CLIENT("5678"), SERVER("5678")),
           LINES("app failed"));
    speaks(OVER_UDP, 7, TURNS(SERVER("12345678")), LINES("app failed"));
}

static void refuses_other_answers(void **state)
{
    (void)state;
    speaks(OVER_TCP, 7, TURNS(CLIENT("12345678"), SERVER("12345679")), LINES("app failed"));
    speaks(OVER_TCP, 7, TURNS(CLIENT("1234567"), SERVER("1234567x")), LINES("app failed"));
    speaks(OVER_TCP, 7, TURNS(SERVER("12345678"), CLIENT("12345678")), LINES("app failed"));
    speaks(OVER_UDP, 7, TURNS(CLIENT("12345678"), SERVER("1234567")), LINES("app failed"));
    speaks(OVER_UDP, 7, TURNS(CLIENT("12345678"), SERVER("12345678x")), LINES("app failed"));
    speaks(OVER_TCP, 7, TURNS(CLIENT("12345678")), LINES("app failed"));
}

static void leaves_the_known_to_others(void **state)
{
    (void)state;
    speaks(OVER_TCP, 40000, TURNS(CLIENT("*1\r\n$4\r\nPING\r\n"), SERVER("+PONG\r\n")),
           LINES("app redis"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_known_at_home),      cmocka_unit_test(is_known_abroad_by_much),
        cmocka_unit_test(refuses_other_answers), cmocka_unit_test(bears_much_at_once),
        cmocka_unit_test(is_not_guessed),        cmocka_unit_test(leaves_the_known_to_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
