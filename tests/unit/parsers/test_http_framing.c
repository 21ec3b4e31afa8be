/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.x: where a body ends, as a table of every way in which that can be said: what is read as
 * the body, what comes behind it, and what is told (RFC 9112 section 6.3).
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MOST = 6, TEXT = 4096 };

/* Headers and what stands behind them, and lines that must (or with '!' must not) be told. */
struct row {
    const char *headers;
    const char *rest;
    const char *expect[LINES_MOST];
};

#define NEXT      "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
#define SEES_NEXT "buffer url_raw /next"
#define QUIET     "!note *", "!threat *"
#define CHUNKS    "3\r\nabc\r\n0\r\n\r\n"

static const struct row requests[] = {
    /* chunked, in any spelling */
    {"Transfer-Encoding: chunked\r\n", CHUNKS NEXT, {"buffer body abc", SEES_NEXT, QUIET}},
    {"transfer-encoding:CHUNKED\r\n", CHUNKS NEXT, {"buffer body abc", SEES_NEXT, QUIET}},
    {"Transfer-Encoding: gzip, chunked\r\n", CHUNKS NEXT, {"buffer body abc", SEES_NEXT}},
    {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
     CHUNKS NEXT,
     {"buffer body abc", SEES_NEXT, "!threat *"}},
    /* and a length, in either order */
    {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
     CHUNKS NEXT,
     {"buffer body abc", SEES_NEXT, "threat 2014 HTTP length and chunked"}},
    {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
     CHUNKS NEXT,
     {"buffer body abc", SEES_NEXT, "threat 2014 HTTP length and chunked"}},
    /* the last coding is another: to the end, which a request has not */
    {"Transfer-Encoding: gzip\r\n",
     "abc",
     {"buffer body abc", "threat 2014 last HTTP transfer coding is not chunked"}},
    {"Transfer-Encoding: chunked, gzip\r\n",
     CHUNKS NEXT,
     {"threat 2014 last HTTP transfer coding is not chunked", SEES_NEXT}},
    {"Transfer-Encoding: unknown\r\n",
     "abc",
     {"buffer body abc", "threat 2014 last HTTP transfer coding is not chunked"}},
    /* chunked for some servers only */
    {"Transfer-Encoding: chunked, chunked\r\n",
     CHUNKS NEXT,
     {"buffer body abc", SEES_NEXT, "threat 2014 HTTP transfer coding chunked more than once"}},
    {"Transfer-Encoding: xchunked\r\n", CHUNKS NEXT, {"threat 2014*", SEES_NEXT}},
    {"Transfer-Encoding: chunked;x\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    {"Transfer-Encoding: \"chunked\"\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    {"Transfer-Encoding:\vchunked\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    {"Transfer-Encoding:\fchunked\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    {"Transfer-Encoding : chunked\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    {"Transfer-Encoding:\r\n chunked\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    {"Transfer_Encoding: chunked\r\n",
     CHUNKS NEXT,
     {"threat 2014 disguised HTTP transfer coding", SEES_NEXT}},
    /* lengths */
    {"Content-Length: 3\r\n", "abc" NEXT, {"buffer body abc", SEES_NEXT, QUIET}},
    {"Content-Length: 3\r\nContent-Length: 3\r\n",
     "abc" NEXT,
     {"buffer body abc", SEES_NEXT, "note*", "!threat *"}},
    {"Content-Length: 3\r\nContent-Length: 4\r\n",
     "abc" NEXT,
     {SEES_NEXT, "threat 2014 different HTTP content lengths"}},
    {"Content-Length: 3, 4\r\n",
     "abc" NEXT,
     {SEES_NEXT, "threat 2014 different HTTP content lengths"}},
    {"Content-Length: -3\r\n",
     "abc",
     {"buffer body abc", "threat 2013 negative HTTP content length"}},
    {"Content-Length: +3\r\n",
     "abc",
     {"buffer body abc", "threat 2014 invalid HTTP content length"}},
    {"Content-Length: 0x3\r\n",
     "abc",
     {"buffer body abc", "threat 2014 invalid HTTP content length"}},
    {"Content-Length: 3 0\r\n",
     "abc",
     {"buffer body abc", "threat 2014 invalid HTTP content length"}},
    {"Content-Length: three\r\n",
     "abc",
     {"buffer body abc", "threat 2014 invalid HTTP content length"}},
    {"Content-Length: 9223372036854775808\r\n",
     "abc",
     {"buffer body abc", "threat 2014 invalid HTTP content length"}},
    /* neither */
    {"", NEXT, {SEES_NEXT, "!buffer body*", QUIET}},
    {"", "body=like&bytes", {"note bytes that are no HTTP message", "buffer body body=like&bytes"}},
    /* sizes of chunks */
    {"Transfer-Encoding: chunked\r\n",
     "0003\r\nabc\r\n0\r\n\r\n" NEXT,
     {"buffer body abc", SEES_NEXT, "!threat *"}},
    {"Transfer-Encoding: chunked\r\n",
     "3;a=b\r\nabc\r\n0\r\n\r\n" NEXT,
     {"buffer body abc", SEES_NEXT, "!threat *"}},
    {"Transfer-Encoding: chunked\r\n",
     "3 \r\nabc\r\n0\r\n\r\n" NEXT,
     {"buffer body abc", SEES_NEXT, "!threat 2013*"}},
    {"Transfer-Encoding: chunked\r\n",
     "3\t\r\nabc\r\n0\r\n\r\n" NEXT,
     {"buffer body abc", SEES_NEXT, "!threat 2013*"}},
    {"Transfer-Encoding: chunked\r\n",
     "3\nabc\n0\n\n" NEXT,
     {"buffer body abc", SEES_NEXT, "!threat 2013*"}},
    {"Transfer-Encoding: chunked\r\n",
     "3\r\nabc0\r\n\r\n" NEXT,
     {"buffer body abc*", SEES_NEXT, "note*"}},
    {"Transfer-Encoding: chunked\r\n",
     "0x3\r\nabc\r\n0\r\n\r\n" NEXT,
     {"buffer body abc*", SEES_NEXT, "note*"}},
    {"Transfer-Encoding: chunked\r\n",
     "C\r\nabcdefghijkl\r\n0\r\n\r\n" NEXT,
     {"buffer body abcdefghijkl", SEES_NEXT, QUIET}},
    {"Transfer-Encoding: chunked\r\n",
     "c\r\nabcdefghijkl\r\n0\r\n\r\n" NEXT,
     {"buffer body abcdefghijkl", SEES_NEXT, QUIET}},
};

/* The place is lost: what is found behind it depends on where segments begin. */
static const struct row lost[] = {
    {"Transfer-Encoding: chunked\r\n", "ffffffff\r\nabc", {"threat 2013*"}},
    {"Transfer-Encoding: chunked\r\n",
     "00000000000000003\r\nabc\r\n0\r\n\r\n" NEXT,
     {"threat 2014*"}},
    {"Transfer-Encoding: chunked\r\n", "xyz\r\nabc\r\n0\r\n\r\n", {"threat 2014*"}},
};

#define OK_2      "HTTP/1.1 202 Next\r\nContent-Length: 2\r\n\r\nok"
#define SEES_OK_2 "buffer status_line HTTP/1.1 202 Next"

static const struct row answers[] = {
    {"Transfer-Encoding: chunked\r\n", CHUNKS OK_2, {"buffer body abc", SEES_OK_2, QUIET}},
    {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
     CHUNKS OK_2,
     {"buffer body abc", SEES_OK_2, "threat 2014 HTTP length and chunked"}},
    /* to the end: a note, and no threat */
    {"Transfer-Encoding: gzip\r\n", "abc", {"buffer body abc", "note*", "!threat *"}},
    {"Content-Length: 3\r\n", "abc" OK_2, {"buffer body abc", SEES_OK_2, QUIET}},
    {"Content-Length: 3\r\nContent-Length: 3\r\n",
     "abc" OK_2,
     {"buffer body abc", SEES_OK_2, "note*"}},
    {"Content-Length: 3, 4\r\n", "abc" OK_2, {"threat 2014 different HTTP content lengths"}},
    {"Content-Length: -3\r\n", "abc", {"buffer body abc", "threat 2013*"}},
    {"Content-Length: +3\r\n", "abc", {"buffer body abc", "threat 2014*"}},
    {"", "to the end", {"buffer body to the end", QUIET}},
};

static void text_of(char *to, const char *first, const struct row *r)
{
    assert_in_range(snprintf(to, TEXT, "%s%s\r\n%s", first, r->headers, r->rest), 1, TEXT - 1);
}

static void check_row(const struct turn *turns, const struct row *r)
{
    const char *expect[LINES_MOST + 1] = {NULL};
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    for (size_t i = 0; i < LINES_MOST; i++)
        expect[i] = r->expect[i];
    conversation_check(&c);
}

static void bodies_of_requests(void **state)
{
    char text[TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        text_of(text, "POST / HTTP/1.1\r\nHost: a\r\n", &requests[i]);
        const struct turn turns[] = {CLIENT_BYTES(text, strlen(text)), {0}};

        check_row(turns, &requests[i]);
    }
}

static void sizes_that_are_none(void **state)
{
    char text[TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        const char *expect[] = {lost[i].expect[0], "buffer body *", NULL};

        text_of(text, "POST / HTTP/1.1\r\nHost: a\r\n", &lost[i]);
        const struct turn turns[] = {CLIENT_BYTES(text, strlen(text)), {0}};
        const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

        conversation_check_once(&c, CUT_TURNS);
        conversation_check_once(&c, CUT_BYTES);
    }
}

static void bodies_of_answers(void **state)
{
    char text[TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        text_of(text, "HTTP/1.1 200 OK\r\n", &answers[i]);
        const struct turn turns[] = {CLIENT(NEXT NEXT), SERVER_BYTES(text, strlen(text)), {0}};

        check_row(turns, &answers[i]);
    }
}

/* A body where there cannot be one is the next message, and is inspected as a body. */
static void answers_that_have_none(void **state)
{
    static const struct {
        const char *request, *status;
    } rows[] = {
        {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK"},
        {NEXT, "204 No Content"},
        {NEXT, "304 Not Modified"},
        {NEXT, "199 Early"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const struct row next = {.expect = {SEES_OK_2}};
        static const struct row body = {.expect = {"buffer body abc", "note*"}};
        char text[TEXT];

        snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 3\r\n\r\n" OK_2,
                 rows[i].status);
        const struct turn quiet[] = {CLIENT_BYTES(rows[i].request, strlen(rows[i].request)),
                                     SERVER_BYTES(text, strlen(text)),
                                     {0}};

        check_row(quiet, &next);
        snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 3\r\n\r\nabc", rows[i].status);
        const struct turn loud[] = {CLIENT_BYTES(rows[i].request, strlen(rows[i].request)),
                                    SERVER_BYTES(text, strlen(text)),
                                    {0}};

        check_row(loud, &body);
    }
}

/* HTTP/1.0 knows no chunks; those who send them mean them. */
static void chunks_of_old_versions(void **state)
{
    static const struct row row = {.expect = {"buffer body abc", "note*", "!threat *"}};
    static const struct turn request[] = {
        CLIENT("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" CHUNKS), {0}};
    static const struct turn answer[] = {
        CLIENT(NEXT), SERVER("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" CHUNKS), {0}};

    (void)state;
    check_row(request, &row);
    check_row(answer, &row);
}

/* GET, HEAD and DELETE may have a body, which is told and no more. */
static void bodies_where_none_are_usual(void **state)
{
    static const char *const methods[] = {"GET", "HEAD", "DELETE"};
    static const struct row row = {.expect = {"buffer body abc", SEES_NEXT,
                                              "note HTTP request body where none is usual",
                                              "!threat *"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char text[TEXT];

        snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" NEXT,
                 methods[i]);
        const struct turn turns[] = {CLIENT_BYTES(text, strlen(text)), {0}};

        check_row(turns, &row);
    }
}

/* Some servers take a CR for the end of a line. */
static void lines_that_end_with_cr(void **state)
{
    static const struct row request = {
        .expect = {"buffer header Host: b\\r\\nContent-Length: 3\\r\\n", "buffer body abc",
                   SEES_NEXT, "note HTTP lines that end with CR alone"}};
    static const struct row answer = {.expect = {"buffer header Content-Length: 3\\r\\n",
                                                 "buffer body abc", SEES_NEXT,
                                                 "buffer status_line HTTP/1.1 200 OK"}};
    static const struct row first = {.expect = {"host a", SEES_NEXT}};
    static const struct turn requests_cr[] = {
        CLIENT("POST / HTTP/1.1\rHost: b\rContent-Length: 3\r\rabc" NEXT), {0}};
    static const struct turn answers_cr[] = {
        CLIENT(NEXT NEXT), SERVER("HTTP/1.1 200 OK\rContent-Length: 3\r\rabc" OK_2), {0}};
    static const struct turn mixed[] = {CLIENT("GET / HTTP/1.1\rX: y\r\nHost: a\r\n\r\n" NEXT),
                                        {0}};

    (void)state;
    check_row(requests_cr, &request);
    check_row(answers_cr, &answer);
    check_row(mixed, &first);
}

/* 64 headers of one name are enough; as many of different names are nothing. */
static void names_that_repeat(void **state)
{
    static const struct row many = {.expect = {"note one HTTP header more than 64 times"}};
    static const struct row few = {.expect = {"!note *"}};

    (void)state;
    for (int count = 64; count <= 66; count++)
        for (int same = 0; same < 2; same++) {
            char text[TEXT];
            size_t n = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n");

            for (int i = 0; i < count; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "x-%d%s: y\r\n", same ? 1 : i,
                                      &"abcdef"[i % (same ? 1 : 6)]);
            snprintf(text + n, sizeof text - n, "\r\n");
            const struct turn turns[] = {CLIENT_BYTES(text, strlen(text)), {0}};

            check_row(turns, same && count > 64 ? &many : &few);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_of_requests),     cmocka_unit_test(sizes_that_are_none),
        cmocka_unit_test(bodies_of_answers),      cmocka_unit_test(answers_that_have_none),
        cmocka_unit_test(chunks_of_old_versions), cmocka_unit_test(bodies_where_none_are_usual),
        cmocka_unit_test(names_that_repeat),      cmocka_unit_test(lines_that_end_with_cr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
