/* SPDX-License-Identifier: Apache-2.0
 *
 * ManageSieve: scripts, logins, STARTTLS, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GREET                                                                                      \
    SERVER("\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SASL\" \"PLAIN\"\r\n\"STARTTLS\"\r\n"   \
           "OK \"ready\"\r\n")
#define OK SERVER("OK\r\n")

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void manages_scripts(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("AUTHENTICATE \"PLAIN\" \"AGFteQBzZWNyZXQ=\"\r\n"), OK,
                 CLIENT("PUTSCRIPT \"my script\" {6+}\r\nkeep;\n\r\nSETACTIVE \"x\"\r\n"), OK,
                 SERVER("NO (NONEXISTENT) \"no\"\r\n"), CLIENT("GETSCRIPT \"x\"\r\n"),
                 SERVER("{6}\r\nstop;\n\r\nOK\r\n"), CLIENT("LOGOUT\r\n"), OK),
           LINES("app sieve", "proof certain", "tx sieve implementation=Dovecot Pigeonhole",
                 "tx sieve command=AUTHENTICATE mechanism=PLAIN user=amy status=OK",
                 "tx sieve command=PUTSCRIPT script=my script status=OK",
                 "tx sieve command=SETACTIVE script=x status=NO",
                 "tx sieve command=GETSCRIPT script=x status=OK", "buffer body keep;\\n",
                 "buffer body stop;\\n", "!note *"));
}

static void notes_refused_logins(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("AUTHENTICATE \"PLAIN\"\r\n"), SERVER("{0}\r\n\r\n"),
                 CLIENT("\"AGFteQBzZWNyZXQ=\"\r\n"), SERVER("NO \"no\"\r\n")),
           LINES("tx sieve command=AUTHENTICATE mechanism=PLAIN user=amy status=NO",
                 "note Sieve server refuses the login: amy"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("STARTTLS\r\n"), OK, CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols sieve,http", "!note *"));
    speaks(TURNS(GREET, CLIENT("STARTTLS\r\nNOOP\r\n"), OK,
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols sieve,http", "note Sieve commands in plain text behind STARTTLS"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(GREET), LINES("app sieve", "proof strong"));
    speaks(TURNS(SERVER("\"SOMETHING\" \"else\"\r\n")), LINES("!app sieve"));
    speaks(TURNS(SERVER("* OK hi\r\n"), CLIENT("a CAPABILITY\r\n")), LINES("!app sieve"));
}

static void finds_its_way_after_a_loss(void **state)
{
    const struct conversation c = {.server_port = 4190,
                                   .turns = TURNS(GREET, CLIENT("NOOP\r\n"), SERVER_LOST(10),
                                                  SERVER("x\r\n"), CLIENT("LOGOUT\r\n"), OK),
                                   .expect = LINES("app sieve", "tx sieve command=LOGOUT")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manages_scripts),
        cmocka_unit_test(notes_refused_logins),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(finds_its_way_after_a_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
