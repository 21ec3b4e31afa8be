/* SPDX-License-Identifier: Apache-2.0
 *
 * POP3: logins, mail that is fetched, lists, STLS, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define UNKNOWN "app failed"
#define GREET   SERVER("+OK Dovecot ready.\r\n")
#define OK      SERVER("+OK\r\n")
#define LOGIN   CLIENT("USER amy\r\n"), OK, CLIENT("PASS secret\r\n"), SERVER("+OK Logged in.\r\n")
#define TX_USER                                                                                    \
    "tx pop3 request.command=USER request.args=amy user=amy response.success=true"                 \
    " response.status=OK"
#define TX_PASS                                                                                    \
    "tx pop3 request.command=PASS response.success=true response.status=OK"                        \
    " response.header=Logged in."
#define REFUSED "note POP3 server refuses the login: amy"

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

static void fetches_mail(void **state)
{
    (void)state;
    speaks(TURNS(GREET, LOGIN, CLIENT("LIST\r\n"),
                 SERVER("+OK 2 messages:\r\n1 10\r\n-ERR is no status here\r\n.\r\n"),
                 CLIENT("LIST 1\r\n"), SERVER("+OK 1 10\r\n"), CLIENT("RETR 1\r\nTOP 1 0\r\n"),
                 SERVER("+OK 10 octets\r\nSubject: hi\r\nFrom: bob@b.example\r\n\r\n..x\r\n.\r\n"
                        "+OK\r\nSubject: hi\r\n\r\n.\r\n"),
                 CLIENT("DELE 2\r\n"), SERVER("-ERR none\r\n"), CLIENT("QUIT\r\n"), OK),
           LINES("app pop3", "proof certain", "!note *", TX_USER, TX_PASS,
                 "tx pop3 request.command=LIST response.success=true response.status=OK"
                 " response.header=2 messages:",
                 "tx pop3 request.command=LIST request.args=1 response.success=true"
                 " response.status=OK response.header=1 10",
                 "tx pop3 request.command=RETR request.args=1 response.success=true"
                 " response.status=OK response.header=10 octets email.subject=hi"
                 " email.from=bob@b.example",
                 "tx pop3 request.command=DELE request.args=2 response.success=false"
                 " response.status=ERR response.header=none",
                 "buffer body .x\\r\\n"));
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("+OK <1896.697@a.example>\r\n"),
                 CLIENT("APOP amy c4c9334bac560ecc979e58001b3e22fb\r\n"), SERVER("-ERR no\r\n")),
           LINES("tx pop3 request.command=APOP request.args=amy user=amy response.success=false"
                 " response.status=ERR response.header=no",
                 REFUSED));
    speaks(TURNS(GREET, CLIENT("AUTH PLAIN\r\n"), SERVER("+ \r\n"), CLIENT("AGFteQBzZWNyZXQ=\r\n"),
                 SERVER("-ERR [AUTH] no\r\n"), CLIENT("AUTH\r\n"), SERVER("+OK\r\nPLAIN\r\n.\r\n")),
           LINES("tx pop3 request.command=AUTH request.args=PLAIN user=amy response.success=false"
                 " response.status=ERR response.header=[AUTH] no",
                 "tx pop3 request.command=AUTH response.success=true response.status=OK", REFUSED));
    speaks(TURNS(GREET, CLIENT("AUTH PLAIN AGFteQBzZWNyZXQ=\r\n"), OK, CLIENT("STAT\r\n"), OK),
           LINES("tx pop3 request.command=AUTH request.args=PLAIN user=amy response.success=true"
                 " response.status=OK",
                 "tx pop3 request.command=STAT response.success=true response.status=OK"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("STLS\r\n"), OK, CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols pop3,http", "!note *"));
    speaks(TURNS(GREET, CLIENT("STLS\r\nUSER eve\r\n"), OK,
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols pop3,http", "note POP3 commands in plain text behind STLS"));
    speaks(TURNS(GREET, CLIENT("STLS\r\n"), SERVER("-ERR no\r\n"), LOGIN),
           LINES("app pop3", TX_USER, TX_PASS, "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("+OK POP3 ready\r\n"), SERVER("+OK\r\n")), LINES("app pop3", "proof fair"));
    speaks(TURNS(SERVER("+OK\r\n+OK\r\n")), LINES(UNKNOWN));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(GREET, LOGIN, CLIENT("RETR 1\r\n"), SERVER("+OK\r\nSubject: a\r\n\r\nx"),
                      SERVER_LOST(1000), SERVER("y\r\n.\r\n"), CLIENT("STAT\r\n"),
                      SERVER("+OK 1\r\n")),
                LINES("tx pop3 request.command=RETR request.args=1*",
                      "tx pop3 request.command=STAT response.success=true response.status=OK"
                      " response.header=1"));
    speaks_once(TURNS(GREET, LOGIN, SERVER_LOST(10), SERVER("abc\r\n"), CLIENT("STAT\r\n"),
                      SERVER("+OK 1\r\n")),
                LINES("app pop3", "tx pop3 request.command=STAT*"));
}

static void passes_long_lines(void **state)
{
    static char text[20000];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "USER ", 5);
    memcpy(text + sizeof(text) - 2, "\r\n", 2);
    speaks_once(TURNS(GREET, CLIENT_BYTES(text, sizeof(text)), SERVER("-ERR\r\n"), LOGIN),
                LINES("app pop3", TX_USER, TX_PASS));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("USER a\r\n"), SERVER("+OK\r\n")), LINES("!app pop3"));
    speaks(TURNS(CLIENT("QUIT\r\n"), SERVER("+OK\r\n")), LINES("!app pop3"));
    speaks(TURNS(SERVER("220 ftp\r\n"), CLIENT("USER a\r\n"), SERVER("331 x\r\n")),
           LINES("!app pop3"));
    speaks(TURNS(SERVER("+OK\r\n"), CLIENT("hello\r\n")), LINES("!app pop3"));
    speaks(TURNS(SERVER("+OK\r\nnonsense\r\n"), CLIENT("STAT\r\n")), LINES("!proof certain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches_mail),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(passes_long_lines),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
