/* SPDX-License-Identifier: Apache-2.0
 *
 * FTP: commands and replies, data connections, bounces, AUTH TLS, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define UNKNOWN "app failed"
#define GREET   SERVER("220 (vsFTPd 3.0.3)\r\n")
#define LOGIN                                                                                      \
    CLIENT("USER amy\r\n"), SERVER("331 Please specify the password.\r\n"),                        \
        CLIENT("PASS secret\r\n"), SERVER("230 Login successful.\r\n")
#define START    GREET, LOGIN
#define TX_GREET "tx ftp reply[]=(vsFTPd 3.0.3) completion_code[]=220"
#define TX_USER                                                                                    \
    "tx ftp command=USER command_data=amy user=amy reply[]=Please specify the password."           \
    " completion_code[]=331"
#define TX_PASS "tx ftp command=PASS reply[]=Login successful. completion_code[]=230"
#define BOUNCE  "note FTP client names another address for data"

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

static void reads_commands_and_replies(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("SYST\r\n"), SERVER("215 UNIX Type: L8\r\n"), CLIENT("FEAT\r\n"),
                 SERVER("211-Features:\r\n EPRT\r\n 211 is not the end\r\n211 End\r\n"),
                 CLIENT("NOPE x\r\n"), SERVER("500 Unknown command.\r\n"), CLIENT("QUIT\r\n"),
                 SERVER("221 Goodbye.\r\n")),
           LINES("app ftp", "proof certain", "!note *", TX_GREET, TX_USER, TX_PASS,
                 "tx ftp command=SYST reply[]=UNIX Type: L8 completion_code[]=215",
                 "tx ftp command=FEAT reply[]=Features: reply[]=EPRT reply[]=211 is not the end"
                 " reply[]=End completion_code[]=211",
                 "tx ftp command=NOPE command_data=x reply[]=Unknown command."
                 " completion_code[]=500",
                 "tx ftp command=QUIT reply[]=Goodbye. completion_code[]=221"));
}

static void expects_passive_data(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("PASV\r\n"),
                 SERVER("227 Entering Passive Mode (10,1,1,9,160,10).\r\n"),
                 CLIENT("RETR a.txt\r\n"), SERVER("150 Opening.\r\n226 Done.\r\n"),
                 CLIENT("EPSV\r\n"), SERVER("229 Entering Extended Passive Mode (|||40971|)\r\n"),
                 CLIENT("STOR b.txt\r\n"), SERVER("150 Ok.\r\n"), SERVER("226 Done.\r\n")),
           LINES("app ftp", "!note *",
                 "tx ftp command=PASV reply[]=Entering Passive Mode (10,1,1,9,160,10)."
                 " completion_code[]=227 dynamic_port=40970 mode=passive",
                 "tx ftp command=RETR command_data=a.txt reply[]=Opening. completion_code[]=150"
                 " reply[]=Done. completion_code[]=226",
                 "tx ftp command=STOR command_data=b.txt reply[]=Ok. completion_code[]=150"
                 " reply[]=Done. completion_code[]=226"));
}

static void expects_active_data(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("PORT 10,1,1,2,4,1\r\n"), SERVER("200 ok\r\n"),
                 CLIENT("EPRT |1|10.1.1.2|1026|\r\n"), SERVER("200 ok\r\n")),
           LINES("!note *",
                 "tx ftp command=PORT command_data=10,1,1,2,4,1 dynamic_port=1025 mode=active"
                 " reply[]=ok completion_code[]=200",
                 "tx ftp command=EPRT command_data=|1|10.1.1.2|1026| dynamic_port=1026 mode=active"
                 " reply[]=ok completion_code[]=200"));
}

static void notes_bounces(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("PORT 10,9,9,9,0,22\r\n"), SERVER("500 Illegal PORT command.\r\n")),
           LINES(BOUNCE ": 10.9.9.9"));
    speaks(TURNS(START, CLIENT("EPRT |2|fd00::9|22|\r\n"), SERVER("200 ok\r\n")),
           LINES(BOUNCE ": fd00::9"));
    speaks(TURNS(START, CLIENT("PASV\r\n"), SERVER("227 ok 10,9,9,9,4,1\r\n")),
           LINES("note FTP server names another address for data: 10.9.9.9"));
}

static void passes_nonsense_about_addresses(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("PORT 10,1,1,2,256,1\r\nPORT 1,2,3\r\nPORT\r\n"),
                 CLIENT("EPRT |1|10.1.1.2|70000|\r\nEPRT |1|nonsense|1|\r\nEPRT\r\n"),
                 CLIENT("PASV\r\n"),
                 SERVER("200 a\r\n200 b\r\n200 c\r\n200 d\r\n200 e\r\n200 f\r\n"
                        "227 (10,1,1,9,0,0)\r\n")),
           LINES("app ftp", "!note *", "tx ftp command=PORT reply[]=c completion_code[]=200"));
}

static void notes_refused_logins(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("USER amy\r\n"), SERVER("331 ok\r\n"), CLIENT("PASS secret\r\n"),
                 SERVER("530 Login incorrect.\r\n")),
           LINES("note FTP server refuses the login: amy",
                 "tx ftp command=PASS reply[]=Login incorrect. completion_code[]=530"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("AUTH TLS\r\n"), SERVER("234 Proceed.\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols ftp,http", "!note *"));
    speaks(TURNS(GREET, CLIENT("AUTH TLS\r\nUSER eve\r\n"), SERVER("234 Proceed.\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols ftp,http", "note FTP commands in plain text behind AUTH"));
    speaks(TURNS(GREET, CLIENT("AUTH TLS\r\n"), SERVER("500 no\r\n"), LOGIN),
           LINES("app ftp", TX_USER, TX_PASS, "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("USER amy\r\nPASS x\r\nSYST\r\nPASV\r\n")),
           LINES("app ftp", "proof strong", "tx ftp command=SYST"));
    speaks(TURNS(GREET, SERVER("331 ok\r\n230 ok\r\n")), LINES("app ftp", "proof strong"));
    speaks(TURNS(SERVER("220 hi\r\n"), SERVER("331 ok\r\n")), LINES("app ftp", "proof strong"));
    speaks(TURNS(SERVER("220 hi\r\n")), LINES(UNKNOWN));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 21,
        .midstream = true,
        .turns = TURNS(CLIENT("TYPE I\r\n"), SERVER("200 ok\r\n"), CLIENT("PASV\r\n"),
                       SERVER("227 ok (10,1,1,9,4,1)\r\n")),
        .expect = LINES("app ftp", "proof certain",
                        "tx ftp command=PASV reply[]=ok (10,1,1,9,4,1) completion_code[]=227"
                        " dynamic_port=1025 mode=passive"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(START, SERVER_LOST(20), SERVER("abc\r\n"), CLIENT("SYST\r\n"),
                      SERVER("215 UNIX\r\n"), CLIENT_LOST(5), CLIENT("x\r\nPWD\r\n")),
                LINES("app ftp", "tx ftp command=SYST", "tx ftp command=PWD"));
}

static void passes_long_lines(void **state)
{
    static char text[20000];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "CWD ", 4);
    memcpy(text + sizeof(text) - 2, "\r\n", 2);
    speaks_once(TURNS(START, CLIENT_BYTES(text, sizeof(text)), SERVER("550 no\r\n"),
                      CLIENT("\xff\xf4\xff\xf2PWD\r\n"), SERVER("257 /\r\n")),
                LINES("tx ftp command=PWD reply[]=/ completion_code[]=257"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("220 mx ESMTP\r\n"), CLIENT("EHLO a\r\n"), SERVER("250 ok\r\n")),
           LINES("!app ftp"));
    speaks(TURNS(SERVER("+OK\r\n"), CLIENT("USER a\r\n"), SERVER("+OK\r\n")), LINES("!app ftp"));
    speaks(TURNS(CLIENT("USER a\r\nPASS b\r\nRETR 1\r\nQUIT\r\n")), LINES("!app ftp"));
    speaks(TURNS(CLIENT("PASS x\r\nNICK y\r\nUSER z 0 * :z\r\n")), LINES("!app ftp"));
    speaks(TURNS(CLIENT("QUIT\r\n")), LINES("!app ftp"));
    speaks(TURNS(SERVER("200 news\r\n"), CLIENT("LIST\r\n"), SERVER("215 list\r\n.\r\n")),
           LINES("!app ftp"));
    speaks(TURNS(SERVER("220 hi\r\n"), CLIENT("what\r\n")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("220 hi\r\nand more\r\n"), CLIENT("NOOP\r\n")), LINES("!app ftp"));
}

static void takes_the_port_for_a_hint(void **state)
{
    const struct conversation c = {
        .server_port = 21, .turns = TURNS(CLIENT("QUIT\r\n")), .expect = LINES("proof fair")};

    (void)state;
    conversation_check(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_commands_and_replies),
        cmocka_unit_test(expects_passive_data),
        cmocka_unit_test(expects_active_data),
        cmocka_unit_test(notes_bounces),
        cmocka_unit_test(passes_nonsense_about_addresses),
        cmocka_unit_test(notes_refused_logins),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(passes_long_lines),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(takes_the_port_for_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
