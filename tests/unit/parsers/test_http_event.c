/* SPDX-License-Identifier: Apache-2.0
 *
 * What events of HTTP tell of messages as a whole: framing, anomalies, sizes, header lines, bodies.
 */
#include "engine/snapshot.h"
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define TX_GET  "tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=a "
#define TX_POST "tx http http_method=POST url=/ protocol=HTTP/1.1 hostname=a "
/* SHA-256 of "Host", of "Host,Content-Length", and of what the tests name. */
#define HOST        "sluice.request.header_order=4a823118b9ba"
#define HOST_LENGTH "sluice.request.header_order=13f82037755a"
#define NO_CONTENT  "HTTP/1.1 204 No Content\r\n\r\n"

static void speaks_with(void (*adjust)(struct snapshot *), const struct turn *turns,
                        const char *const *expect)
{
    const struct conversation c = {
        .server_port = 80, .turns = turns, .expect = expect, .adjust = adjust, .own = true};

    conversation_check(&c);
}

static void order_of_headers(void **state)
{
    (void)state;
    speaks_with(NULL,
                TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                             "GET / HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\nReferer: d\r\n\r\n"
                             "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: b\r\nAccept: c\r\n\r\n"),
                      SERVER(NO_CONTENT NO_CONTENT NO_CONTENT)),
                LINES(TX_GET HOST " status=204 length=0",
                      TX_GET "http_refer=d " HOST " status=204 length=0",
                      TX_GET
                      "http_user_agent=b sluice.request.header_order=fe444ad14866 status=204 "
                      "length=0"));
}

static void framing_and_notes(void **state)
{
    (void)state;
    speaks_with(NULL,
                TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
                             "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                      SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "2\r\nok\r\n0x1\r\n!\r\n0\r\n\r\n"
                             "HTTP/1.0 200\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n")),
                LINES(TX_POST HOST_LENGTH " sluice.request.length=2 status=200 "
                                          "sluice.response.framing[]=chunked "
                                          "sluice.notes[]=HTTP chunk size with 0x length=3",
                      TX_GET HOST " status=200 sluice.notes[]=repeated HTTP content length "
                                  "sluice.response.framing[]=length-again length=0"));
}

/* "hello " 20 times, through gzip. */
#define GZIP                                                                                       \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\xa0\x3b\x09"             \
    "\x00\x2f\xfa\xf8\x48\x78\x00\x00\x00"

static void decoded_sizes(void **state)
{
    (void)state;
    speaks_with(NULL,
                TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                      SERVER("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                             "Content-Length: 29\r\n\r\n" GZIP)),
                LINES(TX_GET HOST " status=200 sluice.response.decoded_length=120 length=29",
                      "buffer body hello hello hello*"));
}

static void show_headers(struct snapshot *s)
{
    conversation_settings(s);
    s->http.headers = 1 << DIR_CLIENT | 1 << DIR_SERVER;
}

static void header_lines(void **state)
{
    (void)state;
    speaks_with(
        show_headers,
        TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\n\r\n"),
              SERVER("HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"
                     "HTTP/1.1 204 No Content\r\nSet-Cookie: a=b; Path=/\r\n\r\n")),
        LINES("tx http http_method=GET url=/ protocol=HTTP/1.1 request_headers[].name=Host "
              "request_headers[].value=a hostname=a request_headers[].name=Authorization "
              "request_headers[].value=Basic **** sluice.request.header_order=93d127511841 "
              "status=204 "
              "response_headers[].name=Set-Cookie response_headers[].value=a=*; Path=/ length=0"));
}

static void show_bodies(struct snapshot *s)
{
    conversation_settings(s);
    s->http.body = true;
}

static void request_bodies(void **state)
{
    (void)state;
    speaks_with(show_bodies,
                TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\npass=x&n=12"
                             "\n"),
                      SERVER(NO_CONTENT)),
                LINES(TX_POST HOST_LENGTH
                      " sluice.request.length=12 "
                      "http_request_body_printable=pass=*&n=**\\n status=204 length=0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_headers), cmocka_unit_test(framing_and_notes),
        cmocka_unit_test(decoded_sizes),    cmocka_unit_test(header_lines),
        cmocka_unit_test(request_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
