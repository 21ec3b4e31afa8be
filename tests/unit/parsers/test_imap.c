/* SPDX-License-Identifier: Apache-2.0
 *
 * IMAP: tags, literals, logins, mail that is fetched and appended, STARTTLS, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define UNKNOWN  "app failed"
#define GREET    SERVER("* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n")
#define LOGIN    CLIENT("a1 LOGIN amy secret\r\n"), SERVER("a1 OK Logged in\r\n")
#define TX_LOGIN "tx imap command=LOGIN user=amy status=OK"
#define REFUSED  "note IMAP server refuses the login: amy"

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
    speaks(TURNS(GREET, LOGIN, CLIENT("a2 SELECT \"in \\\"box\"\r\n"),
                 SERVER("* 3 EXISTS\r\n* FLAGS (\\Seen)\r\na2 OK [READ-WRITE] done\r\n"),
                 CLIENT("a3 UID FETCH 1 (UID BODY.PEEK[])\r\n"),
                 SERVER("* 1 FETCH (UID 7 BODY[] {39}\r\n"
                        "Subject: hi\r\nFrom: b@b.example\r\n\r\nx\r\na3 FLAGS (\\Seen) "
                        "BODY[TEXT] {6}\r\nx: y\r\n)\r\na3 OK done\r\n"),
                 CLIENT("a4 NOPE\r\na5 LOGOUT\r\n"),
                 SERVER("a4 BAD what\r\n* BYE\r\na5 OK bye\r\n")),
           LINES("app imap", "proof certain", "!note *", TX_LOGIN,
                 "tx imap command=SELECT mailbox=in \\\\\"box status=OK",
                 "tx imap command=UID FETCH email.subject=hi email.from=b@b.example status=OK",
                 "tx imap command=NOPE status=BAD text=what", "tx imap command=LOGOUT status=OK",
                 "buffer body x\\r\\na3", "buffer body x: y\\r\\n"));
}

static void reads_literals(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("a1 LOGIN {3}\r\n"), SERVER("+ go\r\n"), CLIENT("amy {6}\r\n"),
                 SERVER("+ go\r\n"), CLIENT("secret\r\n"), SERVER("a1 OK Logged in\r\n"),
                 CLIENT("a2 CREATE {5+}\r\nb o x\r\n"), SERVER("a2 NO [ALREADYEXISTS] no\r\n"),
                 CLIENT("a3 APPEND box (\\Seen) {17+}\r\nSubject: a\r\n\r\nbcd\r\na4 NOOP\r\n"),
                 SERVER("a3 OK\r\na4 OK\r\n")),
           LINES(TX_LOGIN,
                 "tx imap command=CREATE mailbox=b o x status=NO"
                 " text=[ALREADYEXISTS] no",
                 "tx imap command=APPEND mailbox=box email.subject=a status=OK",
                 "tx imap command=NOOP status=OK", "buffer body bcd", "!note *"));
}

static void passes_long_literals(void **state)
{
    static char text[60000];
    int head = snprintf(text, sizeof(text), "* 1 FETCH (BODY[2] {%zu}\r\n", sizeof(text) - 100);

    (void)state;
    memset(text + head, 'a', sizeof(text) - (size_t)head);
    speaks_once(TURNS(GREET, LOGIN, CLIENT("a2 FETCH 1 BODY[2]\r\n"),
                      SERVER_BYTES(text, (size_t)head + sizeof(text) - 100),
                      SERVER(")\r\na2 OK done\r\n"), CLIENT("a3 SEARCH TEXT {50000}\r\n"),
                      CLIENT_BYTES(text, 50000), CLIENT("\r\na4 NOOP\r\n"),
                      SERVER("a3 OK\r\na4 OK\r\n")),
                LINES("tx imap command=FETCH status=OK", "tx imap command=SEARCH status=OK",
                      "tx imap command=NOOP status=OK"));
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("a1 LOGIN \"amy\" \"secret\"\r\n"),
                 SERVER("a1 NO [AUTHENTICATIONFAILED] no\r\n"), CLIENT("a2 AUTHENTICATE PLAIN\r\n"),
                 SERVER("+ \r\n"), CLIENT("AGFteQBzZWNyZXQ=\r\n"), SERVER("a2 NO no\r\n"),
                 CLIENT("a3 authenticate plain AGFteQBzZWNyZXQ=\r\n"), SERVER("a3 OK\r\n")),
           LINES("tx imap command=LOGIN user=amy status=NO text=[AUTHENTICATIONFAILED] no",
                 "tx imap command=AUTHENTICATE mechanism=PLAIN user=amy status=NO text=no",
                 "tx imap command=authenticate mechanism=plain user=amy status=OK", REFUSED));
}

static void pairs_by_tags(void **state)
{
    (void)state;
    speaks(TURNS(GREET, LOGIN, CLIENT("a NOOP\r\nb SELECT x\r\nc IDLE\r\n"),
                 SERVER("b NO x\r\nz OK what\r\n+ idling\r\n* 4 EXISTS\r\n"), CLIENT("DONE\r\n"),
                 SERVER("c OK\r\n")),
           LINES("tx imap command=NOOP", "tx imap command=SELECT mailbox=x status=NO text=x",
                 "tx imap command=IDLE status=OK"));
    speaks(TURNS(GREET, LOGIN, CLIENT("a SEARCH ALL\r\nb NOOP\r\n"), SERVER("b OK\r\na NO x\r\n")),
           LINES("tx imap command=NOOP status=OK", "tx imap command=SEARCH status=NO text=x"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(GREET, CLIENT("a1 STARTTLS\r\n"), SERVER("a1 OK go\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols imap,http", "!note *", "tx imap command=STARTTLS status=OK"));
    speaks(TURNS(GREET, CLIENT("a1 STARTTLS\r\na2 LOGIN amy secret\r\n"), SERVER("a1 OK go\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols imap,http", "note IMAP commands in plain text behind STARTTLS"));
    speaks(TURNS(GREET, CLIENT("a1 STARTTLS\r\n"), SERVER("a1 NO no\r\n"), LOGIN),
           LINES("app imap", TX_LOGIN, "!note *"));
}

static void stops_at_compression(void **state)
{
    (void)state;
    speaks(TURNS(GREET, LOGIN, CLIENT("a2 COMPRESS DEFLATE\r\n"), SERVER("a2 OK\r\n"),
                 CLIENT("\x72\x34\x54\xf0")),
           LINES("app imap", "tx imap command=COMPRESS status=OK"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(GREET), LINES("app imap", "proof fair"));
    speaks(TURNS(SERVER("* OK hello\r\na1 OK done\r\n")), LINES("app imap", "proof strong"));
    speaks(TURNS(SERVER("* OK hello\r\n")), LINES(UNKNOWN));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(
        TURNS(GREET, LOGIN, CLIENT("a2 FETCH 1 BODY[]\r\n"),
              SERVER("* 1 FETCH (BODY[] {1000}\r\nSubject: a\r\n\r\n"), SERVER_LOST(900),
              SERVER("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "aaaaaaaaaaaaaaaa)\r\na2 OK done\r\n")),
        LINES("tx imap command=FETCH email.subject=a status=OK"));
    speaks_once(TURNS(GREET, LOGIN, SERVER_LOST(10), SERVER("abc\r\n"), CLIENT("a2 NOOP\r\n"),
                      SERVER("a2 OK\r\n")),
                LINES("app imap", "tx imap command=NOOP status=OK"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("+OK pop\r\n"), CLIENT("CAPA\r\n")), LINES("!app imap"));
    speaks(TURNS(CLIENT("get id\r\n"), SERVER("END\r\n")), LINES("!app imap"));
    speaks(TURNS(SERVER("* OK hi\r\n"), CLIENT("what is this\r\n")), LINES("!app imap"));
    speaks(TURNS(SERVER("* OK hi\r\nno tag here\r\n")), LINES("!app imap"));
    speaks(TURNS(SERVER("*1\r\n$4\r\nPING\r\n")), LINES("!app imap"));
    speaks(TURNS(SERVER("* OK hi\r\n"), CLIENT("(a LOGIN b c\r\n")), LINES("!app imap"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(reads_literals),
        cmocka_unit_test(passes_long_literals),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(pairs_by_tags),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(stops_at_compression),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
