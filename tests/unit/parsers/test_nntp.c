/* SPDX-License-Identifier: Apache-2.0
 *
 * NNTP: groups and articles, logins, STARTTLS, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GREET SERVER("200 news.example ready\r\n")
#define MODE  CLIENT("MODE READER\r\n"), SERVER("201 no posting\r\n")

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_articles(void **state)
{
    (void)state;
    speaks(TURNS(GREET, MODE, CLIENT("GROUP misc.test\r\n"), SERVER("211 2 1 2 misc.test\r\n"),
                 CLIENT("LISTGROUP misc.test\r\nARTICLE 1\r\nBODY 1\r\nSTAT 9\r\n"),
                 SERVER("211 2 1 2 list\r\n1\r\n2\r\n.\r\n220 1 <a@b>\r\nSubject: hi\r\n\r\nx\r\n"
                        ".\r\n222 1 <a@b>\r\ny\r\n.\r\n423 no\r\n"),
                 CLIENT("POST\r\n"), SERVER("340 go\r\n"), CLIENT("Subject: my\r\n\r\nz\r\n.\r\n"),
                 SERVER("240 ok\r\n"), CLIENT("QUIT\r\n"), SERVER("205 bye\r\n")),
           LINES("app nntp", "proof certain", "!note *",
                 "tx nntp command=GROUP argument=misc.test completion_code=211"
                 " reply=2 1 2 misc.test",
                 "tx nntp command=ARTICLE argument=1 completion_code=220 reply=1 <a@b>"
                 " email.subject=hi",
                 "tx nntp command=STAT argument=9 completion_code=423 reply=no",
                 "tx nntp command=QUIT completion_code=205 reply=bye", "buffer body z\\r\\n",
                 "buffer body x\\r\\n", "buffer body y\\r\\n"));
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("AUTHINFO USER amy\r\n"), SERVER("381 more\r\n"),
                 CLIENT("AUTHINFO PASS secret\r\n"), SERVER("481 no\r\n"), CLIENT("NEXT\r\n"),
                 SERVER("480 log in\r\n")),
           LINES("tx nntp command=AUTHINFO argument=USER user=amy completion_code=381 reply=more",
                 "tx nntp command=AUTHINFO argument=PASS completion_code=481 reply=no",
                 "note NNTP server refuses the login: amy",
                 "note NNTP server refuses access: amy"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("CAPABILITIES\r\n"), SERVER("101 list\r\nSTARTTLS\r\n.\r\n"),
                 CLIENT("STARTTLS\r\n"), SERVER("382 go\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols nntp,http", "!note *"));
    speaks(TURNS(GREET, MODE, CLIENT("GROUP a\r\n"), SERVER("411 no\r\n"),
                 CLIENT("STARTTLS\r\nPOST\r\n"), SERVER("382 go\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols nntp,http", "note NNTP commands in plain text behind STARTTLS"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("HEAD / HTTP/1.1\r\n")), LINES("!app nntp"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\n")), LINES("!app nntp"));
    speaks(TURNS(SERVER("200 hello\r\n"), CLIENT("HELP\r\n"), SERVER("200 help\r\n")),
           LINES("!app nntp"));
    speaks(TURNS(SERVER("220 mx\r\n"), CLIENT("GROUP a\r\n")), LINES("!app nntp"));
    speaks(TURNS(SERVER("200 hi\r\nwhat\r\n"), CLIENT("LIST\r\n")), LINES("!app nntp"));
    speaks(TURNS(SERVER("200 hi\r\n"), CLIENT("login me\r\n")), LINES("!app nntp"));
}

static void finds_its_way_after_a_loss(void **state)
{
    const struct conversation c = {.server_port = 119,
                                   .turns = TURNS(GREET, CLIENT("GROUP a\r\n"), SERVER("211 a\r\n"),
                                                  SERVER_LOST(10), SERVER("x\r\n"),
                                                  CLIENT("NEXT\r\n"), SERVER("421 no\r\n")),
                                   .expect = LINES("app nntp", "tx nntp command=NEXT")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_articles),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(finds_its_way_after_a_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
