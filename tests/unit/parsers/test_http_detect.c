/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.x: what detection reads of it, however the bytes arrive.
 */
#include "support/conversation.h"
#include "support/engine_fixture.h"
#include "support/tcp_script.h"

#include "engine/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_heads(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX-Y:  z\r\nContent-Length: 3\r\n"
                        "\r\nxyz"),
                 SERVER("HTTP/1.1 404 Not Found\r\nServer: me\r\nContent-Length: 0\r\n\r\n")),
           LINES("buffer request_line POST /a%20b?c=d HTTP/1.1", "buffer method POST",
                 "buffer url_raw /a%20b?c=d",
                 "buffer header Host: a\\r\\nX-Y:  z\\r\\nContent-Length: 3\\r\\n",
                 "buffer body xyz", "buffer status_line HTTP/1.1 404 Not Found",
                 "buffer header Server: me\\r\\nContent-Length: 0\\r\\n"));
}

static void unfolds_lines_and_appends_trailers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET),
                 SERVER("HTTP/1.1 200 OK\r\nA: b\r\n \t c\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nT: u\r\nV: w\r\n\r\n")),
           LINES("buffer header A: b c\\r\\nTransfer-Encoding: chunked\\r\\nT: u\\r\\n"
                 "V: w\\r\\n",
                 "buffer body abcde"));
}

static void reads_every_message_of_a_connection(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n2" GET),
                 SERVER(OK_2 "HTTP/1.1 204 No\r\n\r\n"
                             "HTTP/1.1 200 OK\r\n\r\nto the end")),
           LINES("buffer url_raw /", "buffer url_raw /2", "buffer body 2", "buffer body ok",
                 "buffer status_line HTTP/1.1 204 No", "buffer body to the end"));
}

static void reads_targets(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET /a/%2e%2e/b%2525?c=%41+b&d=e HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("buffer url_raw /a/%2e%2e/b%2525?c=%41+b&d=e", "buffer url /b%25?c=A b&d=e",
                 "buffer url_view /b%?c=A b&d=e", "buffer args c=A b", "buffer args d=e",
                 "note HTTP target encoded twice"));
    speaks(TURNS(CLIENT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("buffer url_raw /x", "buffer url /x", "!buffer url_view*", "!buffer args*",
                 "!note *"));
    speaks(TURNS(CLIENT("GET /%c0%ae./a%00b%u0063 HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("note NUL in HTTP target", "note %u escape in HTTP target",
                 "note overlong UTF-8 in HTTP target", "buffer url_view /a\\x00bc"));
}

static void reads_heads_behind_odd_versions(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET /a HTTP/1.1x\r\nHost: a\r\n\r\n" GET)),
           LINES("app http", "host a", "buffer url_raw /a", "buffer header Host: a\\r\\n",
                 "note HTTP version is neither 1.0 nor 1.1"));
    speaks(TURNS(CLIENT("GET /a http/1,1\r\nHost: b\r\n\r\n" GET)),
           LINES("app http", "buffer url_raw /a", "buffer header Host: b\\r\\n"));
}

static void reads_forms(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        "Content-Type: application/X-www-form-urlencoded; charset=x\r\n\r\n"
                        "4\r\na=%4\r\na\r\n1+b&&c=%u0\r\n6\r\n065&d=\r\n0\r\n\r\n" GET)),
           LINES("buffer body a=%41+b&&c=%u0065&d=", "buffer body_view a=A b",
                 "buffer body_view c=e", "buffer body_view d="));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                        "Content-Type: text/plain\r\n\r\na=%41")),
           LINES("buffer body a=%41", "!buffer body_view*"));
}

#define STRUTS "<m class=\"java.lang.ProcessBuilder\"><command><string>id</string></command></m>"

static void reads_charsets(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n\xff\xfeh\0i\0")),
           LINES("buffer body \\xff\\xfeh\\x00i\\x00", "buffer body_view hi", "!note *"));
    /* The name is false: most servers take the bytes as they are. */
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n"
                        "Content-Type: application/x-www-form-urlencoded; charset=utf-16\r\n\r\n"
                        "a=%41&bc")),
           LINES("buffer body a=%41&bc", "buffer body_view a=A",
                 "note character set of HTTP body announced and not there"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 80\r\n"
                        "Content-Type: application/xml; charset=utf-16\r\n\r\n" STRUTS "12")),
           LINES("threat 2023 a command for Struts in an XML body"));
}

static void sees_commands_for_struts(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 80\r\n"
                        "Content-Type: Application/XML;charset=utf-8\r\n\r\n" STRUTS "12")),
           LINES("threat 2023 a command for Struts in an XML body"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "4e\r\n" STRUTS "\r\n0\r\n\r\n" GET)),
           LINES("threat 2023 a command for Struts in an XML body", "buffer url_raw /"));
    speaks(TURNS(CLIENT(GET), SERVER("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" STRUTS)),
           LINES("!threat *"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 82\r\n"
                        "Content-Type: text/plain\r\n\r\nxy" STRUTS "12")),
           LINES("!threat *"));
}

/* ---- answers that only clients understand ---- */

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void body_is(const char *answer, size_t n, const char *line)
{
    speaks((const struct turn[]){CLIENT(GET), SERVER_BYTES(answer, n), {0}},
           (const char *const[]){"app http", line, NULL});
}

#define BODY_IS(answer, text) body_is(answer, sizeof(answer) - 1, "buffer body " text)

static void reads_odd_chunk_sizes(void **state)
{
    (void)state;
    BODY_IS(CHUNKED "\n3\r\nabc\r\n\r\n\x0c"
                    "2\r\nde\r\n0\r\n\r\n",
            "abcde");
    BODY_IS(CHUNKED "\r3,\r\nabc\r\n2\0\r\nde\r\n0\r\n\r\n", "abcde");
    BODY_IS(CHUNKED "0003 ; x=y\nabc\n 2\nde\n0\n\n", "abcde");
}

static void reads_bodies_that_are_not_in_chunks(void **state)
{
    (void)state;
    BODY_IS(CHUNKED "X5O!P%", "X5O!P%");
    BODY_IS(CHUNKED "EICAR", "EICAR");
    BODY_IS("HTTP/1.0 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\ndata"
            "HTTP/1.1 200 OK\r\n\r\n",
            "data");
    BODY_IS("HTTP/1.1 200 OK\r\n\0Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nyyyy",
            "yyyy");
}

static void reads_odd_header_lines(void **state)
{
    (void)state;
    BODY_IS("HTTP/1.1 200 OK\r\nA: b\rTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "abc");
    BODY_IS("HTTP/1.1 200 OK\r\nA: b\r\n Transfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n0\r\n\r\n",
            "abc");
    BODY_IS("HTTP/1.1 200 OK\r\nTransfer-Encoding\r\n : chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "abc");
    BODY_IS("HTTP/1.1 200 OK\r\nTransfer\0-encod\1ing: chu\0nked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "abc");
    BODY_IS("HTTP/1.1 200 OK\r\nA: b\r\n\r\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n0\r\n\r\n",
            "abc");
    BODY_IS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\n\r\r\n3\r\nabc\r\n0\r\n\r\n", "abc");
    BODY_IS("HTTP/1.1 200 OK\r\nContent-Length: 6\n\t\nX5!P%@", "X5!P%@");
}

static void finds_the_status_line(void **state)
{
    (void)state;
    BODY_IS(" \t\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc");
    BODY_IS("foo\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc");
    BODY_IS("SIP/2.0 200 ok\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc");
    BODY_IS("\rHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc");
    BODY_IS("1\n2\n3\n4\n5\n6", "1\\n2\\n3\\n4\\n5\\n6");
    speaks(TURNS(CLIENT(GET), SERVER("foo\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
                 CLIENT(GET), SERVER(OK_2)),
           LINES("tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=a status=200 length=3",
                 "tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=a status=200 length=2",
                 "note bytes before HTTP status line"));
}

/* ---- requests that two servers read differently ---- */

#define SMUGGLED      "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(headers) "POST / HTTP/1.1\r\nHost: a\r\n" headers "\r\n\r\n"

static void smuggles(const char *bytes, size_t n, const char *threat)
{
    speaks((const struct turn[]){CLIENT_BYTES(bytes, n), {0}},
           (const char *const[]){threat, "buffer url_raw /smuggled", "app http", NULL});
}

#define SMUGGLES(bytes, threat) smuggles(bytes, sizeof(bytes) - 1, "threat 2014 " threat)

static void reads_ambiguous_requests_twice(void **state)
{
    (void)state;
    /* read by its chunks, the request ends before; by its length, inside */
    SMUGGLES(POST("Content-Length: 4\r\nTransfer-Encoding: chunked") "2d\r\n" SMUGGLED
                                                                     "12345\r\n0\r\n\r\n",
             "HTTP length and chunked");
    SMUGGLES(POST("Content-Length: 6\r\nTransfer-Encoding: chunked") "0\r\n\r\n" SMUGGLED,
             "HTTP length and chunked");
    SMUGGLES(POST("Content-Length: 45\r\nContent-Length: 2") "ab" SMUGGLED "123",
             "different HTTP content lengths");
    SMUGGLES(POST("Transfer-Encoding: xchunked\r\nContent-Length: 0") SMUGGLED,
             "disguised HTTP transfer coding");
    SMUGGLES("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 42\r\n\r\n" SMUGGLED "12",
             "a request inside of an HTTP request, for some servers");
    SMUGGLES(POST("Content-Length: +0") SMUGGLED, "invalid HTTP content length");
}

/* A body that is a request: nobody disagrees about its length, but a server may not read it. */
static void reads_requests_in_bodies(void **state)
{
    static const char *const note = "note HTTP request body that is a request";

    (void)state;
    speaks(TURNS(CLIENT(POST("Content-Length: 40") SMUGGLED "")),
           LINES("!threat *", note, "buffer url_raw /smuggled"));
    speaks(TURNS(CLIENT(POST("Content-Length: 40")), CLIENT(SMUGGLED "")),
           LINES("!threat *", note, "buffer url_raw /smuggled"));
    /* What its line lacks must not come from the request behind it. */
    speaks(TURNS(CLIENT(POST("Content-Length: 4") "GET " GET)), LINES("!threat *", "!note *"));
    speaks(TURNS(CLIENT(POST("Content-Length: 12") "GET it done\n" GET)), LINES("!note *"));
}

static void reads_ordinary_requests_once(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(POST("Content-Length: 5") "a=b&c" GET)), LINES("!threat *", "!note *"));
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n<x>" GET)),
           LINES("!threat *", "note HTTP request body where none is usual"));
    speaks(TURNS(CLIENT(POST("Content-Length: 5\r\nTransfer-Encoding: chunked") "0\r\n\r\n" GET)),
           LINES("!threat 2014 a request*", "threat 2014 HTTP length and chunked"));
}

#define RANGE(list) CLIENT("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=" list "\r\n\r\n")
#define FOUR(at)    at "0-" at "1," at "2-" at "3," at "4-" at "5," at "6-" at "7,"

static void tells_ranges(void **state)
{
    static const char *const note = "note more than 16, or overlapping, HTTP ranges";

    (void)state;
    speaks(TURNS(RANGE("0-")), LINES("!note *"));
    speaks(TURNS(RANGE("0-99, 200-299,-50")), LINES("!note *"));
    speaks(TURNS(RANGE(FOUR("1") FOUR("2") FOUR("3") FOUR("4"))), LINES("!note *"));
    speaks(TURNS(RANGE(FOUR("1") FOUR("2") FOUR("3") FOUR("4") "90-91")), LINES(note));
    speaks(TURNS(RANGE("0-,0-1")), LINES(note));
    speaks(TURNS(RANGE("5-10,10-20")), LINES(note));
    speaks(TURNS(RANGE("-5,-6")), LINES(note));
}

/* ---- requests that take their time ---- */

static void waits(const struct turn *turns, const char *line)
{
    const struct conversation c = {
        .server_port = 40000, .turns = turns, .expect = LINES("app http", line)};

    conversation_check_once(&c, CUT_TURNS);
}

static void tells_slow_requests(void **state)
{
    (void)state;
    waits(TURNS(CLIENT(GET), SERVER(OK_2), CLIENT("GET / HT"), PAUSE(6000), CLIENT("TP/1.1\r\n"),
                PAUSE(6000), CLIENT("A: b\r\n\r\n")),
          "note head of HTTP request takes too long");
    waits(TURNS(CLIENT("GET / HTTP/1.1\r\nA: b\r\n"), PAUSE(5000), CLIENT("\r\n")),
          "note head of HTTP request takes too long");
    waits(TURNS(CLIENT(POST("Content-Length: 1000")), PAUSE(35000), CLIENT("x")),
          "note body of HTTP request takes too long");
    waits(TURNS(CLIENT(POST("Content-Length: 100000")), CLIENT("abc"), PAUSE(10000), CLIENT("d"),
                PAUSE(10000), CLIENT("e"), PAUSE(4000), CLIENT("f")),
          "note body of HTTP request takes too long");
    waits(TURNS(CLIENT(POST("Content-Length: 4")), PAUSE(15000), CLIENT("abcd"), PAUSE(60000),
                CLIENT(GET)),
          "!note *");
    waits(TURNS(CLIENT(GET), PAUSE(60000), SERVER(OK_2), PAUSE(60000), CLIENT(GET)), "!note *");
}

/* Where two servers could disagree on the end, the request that one of them finds is read too. */
static void reads_what_disguises_hide(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\n"
                        "Transfer-Encoding: \rchunked\r\n\r\n"
                        "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
                 SERVER(OK_2)),
           LINES("buffer url_raw /hidden", "threat 2014 disguised HTTP transfer coding"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 33\r\n\r\n"
                        "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
                 SERVER(OK_2)),
           LINES("buffer url_raw /hidden"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 33\r\n\r\n"
                        "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
                 SERVER(OK_2)),
           LINES("buffer url_raw /hidden"));
}

/* Beyond the limits arguments are in the raw view only, and that is told. */
static void arguments_have_limits(void **state)
{
    static const struct {
        size_t count, name;
        const char *note;
    } rows[] = {
        {1000, 1, "!note *"},
        {1001, 1, "note more than 1000 HTTP arguments"},
        {1, 256, "!note *"},
        {1, 257, "note name of an HTTP argument over 256 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[8192] = "GET /?", name[512] = "";
        struct turn turns[] = {{0}, {0}};
        struct conversation c = {
            .server_port = 40000, .turns = turns, .expect = LINES("app http", rows[i].note)};

        memset(name, 'a', rows[i].name);
        for (size_t k = 0; k < rows[i].count; k++)
            strcat(strcat(text, k ? "&" : ""), name);
        strcat(text, "=b HTTP/1.1\r\nHost: a\r\n\r\n");
        turns[0] = (struct turn)CLIENT_BYTES(text, strlen(text));
        conversation_check_once(&c, CUT_WHOLE);
    }
}

static void slow_ones_are_stopped(struct snapshot *s)
{
    snapshot_set_threat(s, THREAT_HTTP_SLOW);
}

/* Time alone shows it; the next packet pays. A workload that is only watched goes on. */
static void resets_slow_requests(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        struct frame_list frames = {0};
        struct engine_fixture f;
        struct tcp_script s;

        fixture_open(&f, &(struct fixture_options){.mode = mode ? ENGINE_INLINE : ENGINE_TAP,
                                                   .adjust = slow_ones_are_stopped});
        tcp_script_init(&s, &frames);
        tcp_open(&s);
        tcp_send(&s, DIR_CLIENT, SPAN("GET / HTTP/1.1\r\nHost: a\r\n"));
        fixture_feed(&f, &frames);
        fixture_tick(&f, f.now_us + 60 * UINT64_C(1000000));
        assert_int_equal(fixture_threats(&f, THREAT_HTTP_SLOW), 1);
        assert_int_equal(f.injected.count, 0);
        tcp_wait(&s, 60000);
        tcp_send(&s, DIR_CLIENT, SPAN("A: b\r\n"));
        fixture_feed(&f,
                     &(struct frame_list){.frames = frames.frames + frames.count - 1, .count = 1});
        assert_int_equal(fixture_passed(&f, f.frame_count - 1), !mode);
        assert_int_equal(f.injected.count, mode ? 2 : 0);
        fixture_close(&f);
        frame_list_free(&frames);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_heads),
        cmocka_unit_test(unfolds_lines_and_appends_trailers),
        cmocka_unit_test(reads_every_message_of_a_connection),
        cmocka_unit_test(reads_targets),
        cmocka_unit_test(reads_heads_behind_odd_versions),
        cmocka_unit_test(reads_forms),
        cmocka_unit_test(reads_charsets),
        cmocka_unit_test(sees_commands_for_struts),
        cmocka_unit_test(reads_odd_chunk_sizes),
        cmocka_unit_test(reads_bodies_that_are_not_in_chunks),
        cmocka_unit_test(reads_odd_header_lines),
        cmocka_unit_test(finds_the_status_line),
        cmocka_unit_test(reads_what_disguises_hide),
        cmocka_unit_test(reads_ambiguous_requests_twice),
        cmocka_unit_test(reads_requests_in_bodies),
        cmocka_unit_test(reads_ordinary_requests_once),
        cmocka_unit_test(tells_ranges),
        cmocka_unit_test(arguments_have_limits),
        cmocka_unit_test(tells_slow_requests),
        cmocka_unit_test(resets_slow_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
