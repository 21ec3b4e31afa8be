/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as detection reads them, through the protocols that bring them, cut anywhere.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

enum { MESSAGE_MOST = 8000 };

/* Text that is made here. */
#define CLIENT_TEXT(text) CLIENT_BYTES(text, strlen(text))
#define SERVER_TEXT(text) SERVER_BYTES(text, strlen(text))

#define MIXED    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define BASE64   "Content-Transfer-Encoding: base64\r\n"
#define QUOTED   "Content-Transfer-Encoding: quoted-printable\r\n"
#define ATTACHED "Content-Disposition: attachment"

struct row {
    const char *name, *mail;
    const char *expect[8]; /* up to NULL */
};

static const struct row rows[] = {
    {"padding that is missing", BASE64 "\r\nQUJDREU\r\n", {"buffer body ABCDE"}},
    {"padding inside", BASE64 "\r\nQQ==\r\nQUI=\r\nQUJD\r\n", {"buffer body AABABC"}},
    {"a soft line end of CR", QUOTED "\r\na=\rb=41=", {"buffer body abA"}},
    {"CR ends lines",
     "Content-Type: multipart/mixed;\r boundary=b\r\r--b\r" BASE64 "\r\rQUJD\r--b--\r\n",
     {"buffer body ABC"}},
    {"CRs in front of LF", "Subject: x\r\r\n" BASE64 "\r\r\nQUJD\r\r\n", {"buffer body ABC"}},
    {"preamble and epilogue",
     MIXED "pre\r\n--b\r\n\r\none\r\n--b--\r\npost\r\n",
     {"buffer body pre\\r\\n", "buffer body one\\r\\n", "buffer body post\\r\\n"}},
    {"a part behind the last boundary",
     MIXED "--b--\r\n--b\r\n" BASE64 "\r\nQUJD\r\n",
     {"buffer body ABC"}},
    {"a blank and a comment behind the boundary's name",
     "Content-Type: (x) multipart/mixed; boundary=b (c)\r\n\r\n--b \r\n" BASE64
     "\r\nQUJD\r\n--b-- \r\n",
     {"buffer body ABC"}},
    {"nobody names the boundary",
     "Content-Type: multipart/mixed\r\n\r\n--\r\n--q\r\n" BASE64 "\r\nQUJD\r\n--q--\r\n",
     {"buffer body --\\r\\n", "buffer body ABC"}},
    {"two types",
     "Content-Type: multipart/mixed; boundary=a\r\nContent-Type: multipart/mixed;"
     " boundary=b\r\n\r\n--a\r\n\r\n1\r\n--b\r\n" BASE64 "\r\nQUJD\r\n--a--\r\n",
     {"buffer body 1\\r\\n", "buffer body ABC"}},
    {"two encodings",
     BASE64 "Content-Transfer-Encoding: 7bit\r\n\r\nQUJD\r\n",
     {"buffer body ABC", "buffer body_view QUJD\\r\\n",
      "note part of a mail with two transfer encodings"}},
    {"an encoding said twice", BASE64 BASE64 "\r\nQUJD\r\n", {"buffer body ABC", "!note *"}},
    {"an encoded multipart",
     BASE64 MIXED "QUJD\r\n--b\r\n\r\n1\r\n",
     {"buffer body ABC", "buffer body_view QUJD\\r\\n", "buffer body 1\\r\\n", "!note *"}},
    {"a message that is encoded",
     BASE64 "Content-Type: message/rfc822\r\n\r\nYTpiDQoNCmM=\r\n",
     {"buffer body a:b\\r\\n\\r\\nc"}},
    {"a digest",
     "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n" BASE64
     "\r\nQUJD\r\n--b\r\nContent-Type: text/plain\r\n\r\na: b\r\n--b--\r\n",
     {"buffer body ABC", "buffer body a: b\\r\\n"}},
    {"UTF-16",
     "Content-Type: text/plain; charset=\"utf-16le\"\r\n" BASE64 "\r\nQQBCAEMA\r\nRAA=\r\n",
     {"buffer body A\\x00B\\x00C\\x00D\\x00", "buffer body_view ABCD"}},
    {"UTF-7",
     "Content-Type: text/plain; charset=utf-7\r\n\r\na+AEE-b\r\n",
     {"buffer body a+AEE-b\\r\\n", "buffer body_view aAb\\r\\n"}},
    {"uuencode",
     "\r\nsee\r\nbegin 644 a b.txt\r\n#0V%T\r\n`\r\nend\r\nthat\r\n",
     {"buffer body see\\r\\nbegin 644 a b.txt\\r\\n#0V%T\\r\\n`\\r\\nend\\r\\nthat\\r\\n",
      "buffer body_view Cat", "buffer filename a b.txt"}},
    {"what only looks like uuencode",
     "\r\nbegin 64 x\r\nbegin it\r\n",
     {"buffer body begin 64 x\\r\\nbegin it\\r\\n", "!buffer filename*", "!buffer body_view*"}},
    {"names",
     MIXED "--b\r\n" ATTACHED "; filename*0=\"a\";\r\n filename*1*=%62\r\n\r\nx\r\n--b\r\n"
           "Content-Type: a/b; name=\"=?utf-8?q?c=64?=\"\r\n\r\n",
     {"buffer filename ab", "buffer filename =?utf-8?q?c=64?=", "buffer filename cd"}},
    {"deeper than is read",
     "Content-Type: "
     "multipart/x;boundary=1\r\n\r\n--1\r\nContent-Type:multipart/x;boundary=2\r\n\r\n"
     "--2\r\nContent-Type:multipart/x;boundary=3\r\n\r\n--3\r\nContent-Type:multipart/x;boundary=4"
     "\r\n\r\n--4\r\nContent-Type:multipart/x;boundary=5\r\n\r\n--5\r\nContent-Type:multipart/x;"
     "boundary=6\r\n\r\n--6\r\nContent-Type:multipart/x;boundary=7\r\n\r\n--7\r\n"
     "Content-Type:multipart/x;boundary=8\r\n\r\n--8\r\nContent-Type:multipart/x;boundary=9\r\n\r\n"
     "--9\r\nContent-Type:multipart/x;boundary=a\r\n\r\n--a\r\nContent-Type:multipart/x;boundary=b"
     "\r\n\r\n--b\r\nContent-Type:multipart/x;boundary=c\r\n\r\n--c\r\nContent-Type:multipart/x;"
     "boundary=d\r\n\r\n--d\r\nContent-Type:multipart/x;boundary=e\r\n\r\n--e\r\n"
     "Content-Type:multipart/x;boundary=f\r\n\r\n--f\r\nContent-Type:multipart/x;boundary=g\r\n\r\n"
     "--g\r\nContent-Type:multipart/x;boundary=h\r\n\r\n--h\r\n" BASE64 "\r\nQUJD\r\n--2\r\n" BASE64
     "\r\nREVG\r\n",
     {"note parts of a mail deeper inside of each other than is read", "buffer body --h*",
      "buffer body DEF"}},
};

static void plays(const struct row *row, const struct turn *turns)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = row->expect};

    print_message("%s\n", row->name);
    conversation_check(&c);
}

/* As a message that its length ends, or a dot. */
static void with_end(char *room, const char *mail, const char *end)
{
    size_t n = strlen(mail);
    bool line = n >= 2 && strcmp(mail + n - 2, "\r\n") == 0;

    (void)snprintf(room, MESSAGE_MOST, "%s%s%s", mail, line ? "" : "\r\n", end);
}

#define SMTP_START                                                                                 \
    SERVER("220 mx.example ESMTP\r\n"), CLIENT("EHLO a.example\r\n"), SERVER("250 CHUNKING\r\n"),  \
        CLIENT("MAIL FROM:<a@a.example>\r\n"), SERVER("250 Ok\r\n")

static void through_smtp(void **state)
{
    char mail[MESSAGE_MOST];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_end(mail, rows[i].mail, ".\r\n");
        plays(rows + i, TURNS(SMTP_START, CLIENT("DATA\r\n"), SERVER("354 go\r\n"),
                              CLIENT_TEXT(mail), SERVER("250 Ok\r\n")));
    }
}

static void through_pop3(void **state)
{
    char mail[MESSAGE_MOST];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_end(mail, rows[i].mail, ".\r\n");
        plays(rows + i, TURNS(SERVER("+OK POP3 ready\r\n"), CLIENT("RETR 1\r\n"), SERVER("+OK\r\n"),
                              SERVER_TEXT(mail)));
    }
}

#define IMAP_START                                                                                 \
    SERVER("* OK IMAP4rev1 ready\r\n"), CLIENT("a1 LOGIN a b\r\n"), SERVER("a1 OK done\r\n")

static void through_imap(void **state)
{
    char mail[MESSAGE_MOST], head[100];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_end(mail, rows[i].mail, "");
        (void)snprintf(head, sizeof head, "* 1 FETCH (BODY[] {%zu}\r\n", strlen(mail));
        plays(rows + i, TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[]\r\n"), SERVER_TEXT(head),
                              SERVER_TEXT(mail), SERVER(")\r\na2 OK done\r\n")));
        (void)snprintf(head, sizeof head, "a2 APPEND INBOX {%zu+}\r\n", strlen(mail));
        plays(rows + i, TURNS(IMAP_START, CLIENT_TEXT(head), CLIENT_TEXT(mail), CLIENT("\r\n"),
                              SERVER("a2 OK done\r\n")));
    }
}

/* Chunks of SMTP may end anywhere, in a boundary as well. */
static void in_chunks(void **state)
{
    static char said[20 * MESSAGE_MOST];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t size = 1; size < 40; size += 1 + size / 4) {
            char mail[MESSAGE_MOST];
            size_t n = 0;

            with_end(mail, rows[i].mail, "");
            for (size_t at = 0; at < strlen(mail); at += size) {
                size_t here = strlen(mail + at) < size ? strlen(mail + at) : size;

                n += (size_t)snprintf(said + n, sizeof said - n, "BDAT %zu%s\r\n%.*s", here,
                                      mail[at + here] ? "" : " LAST", (int)here, mail + at);
            }
            conversation_check_once(
                &(struct conversation){.server_port = 40000,
                                       .turns = TURNS(SMTP_START, CLIENT_TEXT(said)),
                                       .expect = rows[i].expect},
                CUT_TURNS);
        }
}

/* What is fetched without a header shows its encoding itself. */
static void sections_of_imap(void **state)
{
    static const struct row base64 = {
        .name = "base64", .expect = {"buffer body QUJDREVG\\r\\n", "buffer body_view ABCDEF"}};
    static const struct row quoted = {
        .name = "quoted", .expect = {"buffer body a=b\\r\\n=41\\r\\n", "buffer body_view A\\r\\n"}};
    static const struct row text = {.name = "text",
                                    .expect = {"buffer body --b\\r\\n\\r\\nx\\r\\n*"}};
    static const struct row whole = {.name = "whole",
                                     .expect = {"buffer body pre\\r\\n", "buffer body ABC"}};
    static const struct row pieces = {.name = "pieces", .expect = {"buffer body ABCDEFGHI"}};

    (void)state;
    plays(&base64, TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[1]\r\n"),
                         SERVER("* 1 FETCH (BODY[1] {10}\r\nQUJDREVG\r\n)\r\na2 OK done\r\n")));
    plays(&quoted, TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[1]\r\n"),
                         SERVER("* 1 FETCH (BODY[1] {10}\r\na=b\r\n=41\r\n)\r\na2 OK done\r\n")));
    plays(&text, TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[1]\r\n"),
                       SERVER("* 1 FETCH (BODY[1] {10}\r\n--b\r\n\r\nx\r\n)\r\na2 OK done\r\n")));
    plays(&whole, TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[TEXT]\r\n"),
                        SERVER("* 1 FETCH (BODY[TEXT] {60}\r\npre\r\n--b\r\n" BASE64
                               "\r\nQUJD\r\n--b--\r\n)\r\na2 OK done\r\n")));
    plays(&pieces,
          TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[]<0.40>\r\n"),
                SERVER("* 1 FETCH (BODY[]<0> {40}\r\n" BASE64 "\r\nQUJ)\r\na2 OK done\r\n"),
                CLIENT("a3 FETCH 1 BODY[]<40.40>\r\n"),
                SERVER("* 1 FETCH (BODY[]<40> {11}\r\nDREVG\r\nR0hJ)\r\na3 OK done\r\n"
                       "* 2 FETCH (BODY[] {3}\r\n\r\nx)\r\n")));
}

/* Short ones may be strings; both sides may be in a message at once. */
static void strings_of_imap(void **state)
{
    static const struct row strings = {
        .name = "strings",
        .expect = {"buffer body one", "buffer body_view A", "buffer body two", "!buffer body x*"}};
    static const struct row both = {.name = "both", .expect = {"buffer body ABC"}};

    (void)state;
    plays(&strings,
          TURNS(IMAP_START, CLIENT("a2 FETCH 1 ALL\r\n"),
                SERVER("* OK [x] \"x\"\r\n* 1 FETCH (ENVELOPE (\"x\") BODY[1] \"one\" BODY[2] "
                       "\"=41\" X[2] \"x\" BODY[]<0> {5}\r\n\r\ntwo BODY[TEXT] \"\")\r\n"
                       "* 2 FETCH (BODY[] \"Subject: x\")\r\na2 OK done\r\n")));
    plays(&both, TURNS(IMAP_START, CLIENT("a2 FETCH 1 BODY[]\r\na3 APPEND INBOX {99+}\r\nx"),
                       SERVER("* 1 FETCH (BODY[] {43}\r\n" BASE64 "\r\nQUJD\r\n)\r\n")));
}

static void several_are_appended(void **state)
{
    static const struct row row = {.name = "append",
                                   .expect = {"buffer body ABC", "buffer body DEF", "!note *"}};

    (void)state;
    plays(&row, TURNS(IMAP_START,
                      CLIENT("a2 APPEND {5+}\r\nINBOX (\\Seen) {43+}\r\n" BASE64 "\r\nQUJD\r\n"
                             " {43+}\r\n" BASE64 "\r\nREVG\r\n\r\n"),
                      SERVER("a2 OK done\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(through_smtp),     cmocka_unit_test(through_pop3),
        cmocka_unit_test(through_imap),     cmocka_unit_test(in_chunks),
        cmocka_unit_test(sections_of_imap), cmocka_unit_test(several_are_appended),
        cmocka_unit_test(strings_of_imap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
