/* SPDX-License-Identifier: Apache-2.0
 *
 * SMTP: envelopes, messages and their parts, logins, pipelining, STARTTLS, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define UNKNOWN "app failed"
#define GREET   SERVER("220 mx.example ESMTP Postfix\r\n")
#define EHLO    CLIENT("EHLO client.example\r\n")
#define HELLO   SERVER("250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n")
#define OK      SERVER("250 2.0.0 Ok\r\n")
#define START   GREET, EHLO, HELLO
#define FROM_TO                                                                                    \
    CLIENT("MAIL FROM:<amy@a.example> SIZE=100\r\n"), OK, CLIENT("RCPT TO:<bob@b.example>\r\n"), OK
#define DATA     CLIENT("DATA\r\n"), SERVER("354 End data with <CR><LF>.<CR><LF>\r\n")
#define QUEUED   SERVER("250 2.0.0 Ok: queued as 4F1\r\n")
#define TX_HEAD  "tx smtp helo=client.example mail_from=amy@a.example rcpt_to[]=bob@b.example"
#define TX_REPLY " reply_code=250 reply=2.0.0 Ok: queued as 4F1"

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

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 25, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_a_mail(void **state)
{
    (void)state;
    speaks(TURNS(START, FROM_TO, CLIENT("RCPT TO: <carl@b.example>\r\n"), OK, DATA,
                 CLIENT("From: Amy <amy@a.example>\r\nTo: \"Bob, B\" <bob@b.example>,\r\n"
                        "\tcarl@b.example\r\nCc: dora@d.example\r\nSubject: one\r\n two\r\n"
                        "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@a.example>\r\n"
                        "X-Mailer: mutt\r\n\r\nHello,\r\n..\r\n..dots\r\n.\r\n"),
                 QUEUED, CLIENT("QUIT\r\n"), SERVER("221 2.0.0 Bye\r\n")),
           LINES("app smtp", "proof certain", "!note *",
                 TX_HEAD " rcpt_to[]=carl@b.example email.from=Amy <amy@a.example>"
                         " email.to[]=\"Bob, B\" <bob@b.example> email.to[]=carl@b.example"
                         " email.cc[]=dora@d.example email.subject=one two"
                         " email.date=Mon, 1 Jan 2024 00:00:00 +0000"
                         " email.message_id=<1@a.example> email.x_mailer=mutt" TX_REPLY,
                 "buffer body Hello,\\r\\n.\\r\\n.dots\\r\\n"));
}

static void decodes_the_parts(void **state)
{
    (void)state;
    speaks(TURNS(START, FROM_TO, DATA,
                 CLIENT("Content-Type: multipart/mixed;\r\n boundary=\"b1\"\r\n\r\n"
                        "--b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n"
                        "--b2\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                        "caf=C3=A9 =\r\nau lait=3D=\r\n\r\n"
                        "--b2--\r\n"
                        "--b1\r\nContent-Type: text/plain; name=\"a.txt\"\r\n"
                        "Content-Disposition: attachment; filename=b.txt\r\n"
                        "Content-Transfer-Encoding: BASE64\r\n\r\n"
                        "c2Vjc\r\nmV0IHdvcmQ=\r\n"
                        "--b1\r\nContent-Type: message/rfc822\r\n\r\n"
                        "Subject: inner\r\nContent-Transfer-Encoding: base64\r\n\r\naW5uZXI=\r\n"
                        "--b1--\r\n.\r\n"),
                 QUEUED),
           LINES(TX_HEAD " email.attachment[]=a.txt" TX_REPLY,
                 "buffer body caf\\xc3\\xa9 au lait=\\r\\n", "buffer body secret word",
                 "buffer body inner"));
}

static void is_lenient_with_headers(void **state)
{
    (void)state;
    speaks(
        TURNS(START, FROM_TO, DATA, CLIENT("Subject: x\r\nno field\r\nSubject: y\r\n.\r\n"),
              QUEUED),
        LINES(TX_HEAD " email.subject=x" TX_REPLY, "buffer body no field\\r\\nSubject: y\\r\\n"));
    speaks(TURNS(START, FROM_TO, DATA, CLIENT(".\r\n"), QUEUED), LINES(TX_HEAD TX_REPLY));
}

static void passes_long_lines(void **state)
{
    static char text[20000];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "Subject: ", 9);
    memcpy(text + 9990, "\r\n\r\n", 4);
    memcpy(text + sizeof(text) - 7, "\r\n.\r\n", 5);
    speaks_once(TURNS(START, FROM_TO, DATA, CLIENT_BYTES(text, sizeof(text) - 2), QUEUED),
                LINES("app smtp", TX_HEAD "*"));
    memset(text, 'a', sizeof(text));
    memcpy(text, "HELP ", 5);
    memcpy(text + sizeof(text) - 2, "\r\n", 2);
    speaks_once(TURNS(START, CLIENT_BYTES(text, sizeof(text)), OK, FROM_TO, DATA,
                      CLIENT("\r\nx\r\n.\r\n"), QUEUED),
                LINES("app smtp", TX_HEAD TX_REPLY));
}

static void reads_several_mails(void **state)
{
    (void)state;
    speaks(TURNS(START, FROM_TO, DATA, CLIENT("\r\none\r\n.\r\n"), QUEUED, CLIENT("RSET\r\n"), OK,
                 CLIENT("MAIL FROM:<>\r\n"), OK, CLIENT("RSET\r\n"), OK, FROM_TO, DATA,
                 CLIENT("\r\ntwo\r\n.\r\n"), SERVER("554 5.6.0 refused\r\n")),
           LINES(TX_HEAD TX_REPLY, "tx smtp helo=client.example mail_from=",
                 TX_HEAD " reply_code=554 reply=5.6.0 refused", "buffer body one\\r\\n",
                 "buffer body two\\r\\n"));
}

static void reads_pipelined_commands(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("MAIL FROM:<amy@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"),
                 SERVER("250 ok\r\n250 ok\r\n354 go\r\n"),
                 CLIENT("\r\nx\r\n.\r\nMAIL FROM:<eve@e.example>\r\nRCPT TO:<bob@b.example>\r\n"
                        "DATA\r\n"),
                 SERVER("250 2.0.0 Ok: queued as 4F1\r\n250 ok\r\n550 5.7.1 no relay\r\n"
                        "503 5.5.1 no recipients\r\n"),
                 CLIENT("QUIT\r\n"), SERVER("221 bye\r\n")),
           LINES("proof certain", TX_HEAD TX_REPLY,
                 "tx smtp helo=client.example mail_from=eve@e.example rcpt_to[]=bob@b.example",
                 "note SMTP server refuses to relay", "buffer body x\\r\\n"));
}

static void reads_chunks(void **state)
{
    (void)state;
    speaks(TURNS(START, FROM_TO,
                 CLIENT("BDAT 15\r\nSubject: a\r\n\r\n1BDAT 5 LAST\r\n2\r\n.\nRSET\r\n"),
                 SERVER("250 ok\r\n250 2.0.0 Ok: queued as 4F1\r\n250 ok\r\n"),
                 CLIENT("BDAT x\r\n"), SERVER("501 no\r\n"), CLIENT("BDAT 0 LAST\r\n"),
                 SERVER("503 no\r\n")),
           LINES(TX_HEAD " email.subject=a" TX_REPLY, "buffer body 12\\r\\n.\\n",
                 "tx smtp helo=client.example reply_code=503 reply=no"));
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("AUTH PLAIN AGFteQBzZWNyZXQ=\r\n"), SERVER("235 ok\r\n"), FROM_TO,
                 CLIENT("QUIT\r\n")),
           LINES("tx smtp helo=client.example auth.mechanism=PLAIN auth.user=amy"
                 " mail_from=amy@a.example rcpt_to[]=bob@b.example",
                 "!note *"));
    speaks(TURNS(START, CLIENT("AUTH LOGIN\r\n"), SERVER("334 VXNlcm5hbWU6\r\n"),
                 CLIENT("YW15\r\n"), SERVER("334 UGFzc3dvcmQ6\r\n"), CLIENT("c2VjcmV0\r\n"),
                 SERVER("535 5.7.8 no\r\n"), FROM_TO, CLIENT("QUIT\r\n")),
           LINES("tx smtp helo=client.example auth.mechanism=LOGIN auth.user=amy"
                 " mail_from=amy@a.example rcpt_to[]=bob@b.example",
                 "note SMTP server refuses the login: amy"));
    speaks(TURNS(START, CLIENT("AUTH CRAM-MD5\r\n"), SERVER("334 PDE+\r\n"),
                 CLIENT("YW15IDEyMzQ=\r\n"), SERVER("535 no\r\n"), CLIENT("QUIT\r\n")),
           LINES("tx smtp helo=client.example auth.mechanism=CRAM-MD5 auth.user=amy"));
    speaks(
        TURNS(START, CLIENT("AUTH LOGIN\r\n"), SERVER("504 no\r\n"), FROM_TO, CLIENT("QUIT\r\n")),
        LINES("tx smtp helo=client.example auth.mechanism=LOGIN"
              " mail_from=amy@a.example rcpt_to[]=bob@b.example"));
}

/* A ServerHello would be next: whatever comes is not SMTP. */
static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(START, CLIENT("STARTTLS\r\n"), SERVER("220 2.0.0 Ready to start TLS\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols smtp,http", "tx smtp helo=client.example", "!note *"));
    speaks(TURNS(START, CLIENT("STARTTLS\r\nMAIL FROM:<eve@e.example>\r\n"),
                 SERVER("220 2.0.0 Ready to start TLS\r\n"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols smtp,http", "note SMTP commands in plain text behind STARTTLS",
                 "tx smtp helo=client.example mail_from=eve@e.example"));
    speaks(TURNS(START, CLIENT("STARTTLS\r\n"), SERVER("454 no\r\n"), FROM_TO, CLIENT("QUIT\r\n")),
           LINES("app smtp", TX_HEAD, "!note *"));
}

static void notes_smuggling(void **state)
{
    (void)state;
    speaks(TURNS(START, FROM_TO, DATA, CLIENT("\r\nx\n.\r\n"), QUEUED),
           LINES("note SMTP message ended by a bare line feed", TX_HEAD TX_REPLY));
    speaks(TURNS(START, FROM_TO, DATA, CLIENT("\r\nx\r\n.\n"), QUEUED),
           LINES("note SMTP message ended by a bare line feed", TX_HEAD TX_REPLY));
}

static void proves_itself(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("220 hi\r\n"), CLIENT("HELO a\r\n"), SERVER("250 hi\r\n")),
           LINES("app smtp", "proof certain"));
    speaks(TURNS(SERVER("220-hi\r\n220 there\r\n"), CLIENT("rset\r\nhelo a\r\n"),
                 SERVER("250 ok\r\n250 hi\r\n")),
           LINES("app smtp", "proof certain"));
    speaks(TURNS(CLIENT("EHLO\n"), SERVER("250\n"), CLIENT("rset\nstaRttLs\n"),
                 SERVER("250\n220\n"), CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols smtp,http"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(EHLO, CLIENT("MAIL FROM:<amy@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n"
                              "Subject: a\r\n\r\nx\r\n.\r\nQUIT\r\n")),
           LINES("app smtp", "proof strong", TX_HEAD " email.subject=a", "buffer body x\\r\\n"));
    speaks(TURNS(EHLO), LINES(UNKNOWN)); /* at the wrong door, perhaps */
    speaks(TURNS(GREET, SERVER("250-mx.example\r\n250-SIZE 100\r\n250 DSN\r\n250 ok\r\n")),
           LINES("app smtp", "proof strong"));
    speaks(TURNS(GREET), LINES("app smtp", "proof fair"));
    speaks(TURNS(SERVER("220 hi\r\n")), LINES(UNKNOWN));
}

static void joins_in_the_middle(void **state)
{
    (void)state;
    speaks_midstream(TURNS(SERVER("250 ok\r\n"), CLIENT("MAIL FROM:<amy@a.example>\r\n"), OK,
                           CLIENT("RCPT TO:<bob@b.example>\r\n"), OK, DATA,
                           CLIENT("\r\nx\r\n.\r\n"), QUEUED),
                     LINES("app smtp", "proof strong",
                           "tx smtp mail_from=amy@a.example rcpt_to[]=bob@b.example" TX_REPLY));
    speaks_midstream(TURNS(CLIENT("some text\r\n.\r\n"), SERVER("250 ok\r\n")), LINES("!app smtp"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(START, FROM_TO, DATA, CLIENT("Subject: a\r\n\r\none\r\n"), CLIENT_LOST(100),
                      CLIENT("half\r\ntwo\r\n.\r\n"), QUEUED, CLIENT("MAIL FROM:<b@b>\r\n"), OK,
                      CLIENT("QUIT\r\n")),
                LINES("app smtp", TX_HEAD " email.subject=a*",
                      "tx smtp helo=client.example mail_from=b@b"));
    speaks_once(TURNS(START, CLIENT_LOST(10), CLIENT("x\r\n"), OK, FROM_TO, DATA,
                      CLIENT("\r\nx\r\n.\r\n"), SERVER_LOST(12), SERVER("\r\n"),
                      CLIENT("QUIT\r\n")),
                LINES("app smtp", TX_HEAD));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("220 ftp\r\n"), CLIENT("USER a\r\n"), SERVER("331 password\r\n")),
           LINES("!app smtp"));
    speaks(TURNS(SERVER("220 x\r\n"), SERVER("331 password\r\n")), LINES("!app smtp"));
    speaks(TURNS(SERVER("200 news\r\n"), CLIENT("MODE READER\r\n")), LINES("!app smtp"));
    speaks(TURNS(SERVER("+OK\r\n"), CLIENT("AUTH PLAIN\r\n")), LINES("!app smtp"));
    speaks(TURNS(CLIENT("QUIT\r\n")), LINES("!app smtp"));
    speaks(TURNS(CLIENT("MAIL\r\n")), LINES("!app smtp"));
    speaks(TURNS(CLIENT("HELPING hands\r\n")), LINES("!app smtp"));
    speaks(TURNS(SERVER("220 x\r\n"), CLIENT("hello\r\n")), LINES("!app smtp"));
    speaks(TURNS(SERVER("2200 x\r\n"), CLIENT("EHLO a\r\n")), LINES("!proof certain"));
    speaks(TURNS(SERVER("220 x\r\n"), CLIENT("BDAT 99999999999999999999999\r\n")),
           LINES("!app smtp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_mail),
        cmocka_unit_test(decodes_the_parts),
        cmocka_unit_test(is_lenient_with_headers),
        cmocka_unit_test(passes_long_lines),
        cmocka_unit_test(reads_several_mails),
        cmocka_unit_test(reads_pipelined_commands),
        cmocka_unit_test(reads_chunks),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(notes_smuggling),
        cmocka_unit_test(proves_itself),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
