/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.x: messages, framing, pairing, switches of protocol, look-alikes.
 */
#include "support/conversation.h"
#include "support/engine_fixture.h"
#include "support/tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GET      "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_B    "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK_2     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define TX_GET   "tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=a"
#define TX_GET_B "tx http http_method=GET url=/b protocol=HTTP/1.1 hostname=a"
#define TX_POST  "tx http http_method=POST url=/ protocol=HTTP/1.1 hostname=a"
#define NO_NOTE  "!note *"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 80, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_all_fields(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST /form?x=1 HTTP/1.1\r\n"
                        "Host: Shop.Example.ORG:8080\r\n"
                        "User-Agent: curl/8.1 (x)\r\n"
                        "X-Unknown: 1\r\n"
                        "Referer: http://ref.example/\r\n"
                        "Content-Type: application/json; charset=utf-8\r\n"
                        "Content-Length: 5\r\n\r\nhello"),
                 SERVER("HTTP/1.1 302 Found\r\n"
                        "Server: nginx/1.25\r\n"
                        "Content-Type: text/html;charset=x\r\n"
                        "Location: /next\r\n"
                        "Content-Length: 3\r\n\r\nbye")),
           LINES("app http", "proof certain", "host shop.example.org", NO_NOTE,
                 "tx http http_method=POST url=/form?x=1 protocol=HTTP/1.1 "
                 "hostname=shop.example.org http_port=8080 http_user_agent=curl/8.1 (x) "
                 "http_refer=http://ref.example/ request_content_type=application/json status=302 "
                 "server=nginx/1.25 http_content_type=text/html redirect=/next length=3"));
}

static void pairs_pipelined_messages(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(GET "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n" GET_B "DELETE /d HTTP/1.0\r\n\r\n"),
              SERVER(OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
                          "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"
                          "HTTP/1.0 204 No Content\r\n\r\n")),
        LINES("proof certain", NO_NOTE, TX_GET " status=200 length=2",
              "tx http http_method=HEAD url=/h protocol=HTTP/1.1 hostname=a status=200 length=0",
              TX_GET_B " status=304 length=0",
              "tx http http_method=DELETE url=/d protocol=HTTP/1.0 status=204 length=0"));
}

static void follows_keep_alive(void **state)
{
    enum { ROUNDS = 300 };
    static struct turn turns[2 * ROUNDS + 3];
    const struct conversation c = {.server_port = 40000,
                                   .turns = turns,
                                   .expect = LINES("proof certain", NO_NOTE,
                                                   TX_GET " status=200 length=2",
                                                   TX_GET_B " status=200 length=2")};

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        turns[2 * i] = (struct turn)CLIENT(GET);
        turns[2 * i + 1] = (struct turn)SERVER(OK_2);
    }
    turns[2 * ROUNDS] = (struct turn)CLIENT(GET_B);
    turns[2 * ROUNDS + 1] = (struct turn)SERVER(OK_2);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void reads_chunks(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n"
                        "Transfer-Encoding: Chunked\r\n\r\n"
                        "5;name=value\r\nhello\r\n00A \t\r\n0123456789\r\n0\r\n"
                        "X-Trailer: 1\r\n\r\n" GET_B),
                 SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\nabc\n10\r\n0123456789abcdef\r\n0\r\n\r\n" OK_2)),
           LINES("proof certain", "note HTTP content coding announced and not there",
                 TX_POST " status=200 length=19", TX_GET_B " status=200 length=2"));
}

static void tolerates_odd_chunks(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET GET_B), SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                           "0x3\r\nabc2 x\r\nde\r\n0\r\n\r\n" OK_2)),
           LINES(TX_GET " status=200 length=5", TX_GET_B " status=200 length=2",
                 "note HTTP chunk size with 0x", "note garbage behind HTTP chunk size",
                 "note no line end behind HTTP chunk"));
}

static void passes_long_chunk_extensions(void **state)
{
    static const char blanks[] = "                                                            ";

    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;"),
                 CLIENT(blanks), CLIENT(blanks), CLIENT(blanks), CLIENT(blanks), CLIENT(blanks),
                 CLIENT("\r\nabc\r\n0\r\n\r\n" GET_B), SERVER(OK_2 OK_2)),
           LINES(TX_POST " status=200 length=2", TX_GET_B " status=200 length=2",
                 "note HTTP chunk size line over 256 bytes", "!note bytes*"));
}

static void loses_a_bad_chunk_only(void **state)
{
    (void)state;
    speaks_midstream(
        TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "80000000\r\nabc"),
              CLIENT("filler GET / HTTP/1.1\r\n"), CLIENT(GET_B), SERVER(OK_2)),
        LINES("threat 2014 invalid HTTP chunk size", "tx http http_method=GET url=/b*"));
}

static void chunked_wins_over_length(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        "Content-Length: 4\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET_B),
                 SERVER(OK_2 OK_2)),
           LINES("threat 2014 HTTP length and chunked", TX_POST " status=200 length=2",
                 TX_GET_B " status=200 length=2"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET_B),
                 SERVER(OK_2 OK_2)),
           LINES("threat 2014 HTTP length and chunked", TX_GET_B " status=200 length=2"));
}

/* Every form here frames by chunks, and says so. */
static void sees_through_disguises(void **state)
{
    static const char *const forms[] = {
        "Transfer-Encoding: xchunked\r\n",    "Transfer-Encoding: chunked;x\r\n",
        "Transfer-Encoding: \"chunked\"\r\n", "Transfer-Encoding: \vchunked\r\n",
        "Transfer-Encoding:\fchunked\r\n",    "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n", "Transfer_Encoding: chunked\r\n",
        "\vTransfer-Encoding: chunked\r\n",   "Transfer-Encoding: gzip\r\n\tchunked\r\n",
        "Transfer-Encoding: chunked\x01\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\n"),
                     CLIENT_BYTES(forms[i], strlen(forms[i])),
                     CLIENT("\r\n1\r\nx\r\n0\r\n\r\n" GET_B), SERVER(OK_2 OK_2)),
               LINES("threat 2014 disguised HTTP transfer coding", "!note bytes*",
                     TX_GET_B " status=200 length=2"));
}

static void names_bad_codings(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"
                        "0\r\n\r\n" GET_B),
                 SERVER(OK_2)),
           LINES("threat 2014 HTTP transfer coding chunked more than once", TX_GET_B));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" GET_B),
                 SERVER(OK_2)),
           LINES("threat 2014 last HTTP transfer coding is not chunked", "!" TX_GET_B,
                 TX_POST " status=200 length=2"));
    speaks(TURNS(CLIENT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET_B),
                 SERVER(OK_2)),
           LINES("note HTTP/1.0 message with transfer coding", TX_GET_B));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n"
                        "Content-Length: 1\r\n\r\nx" GET_B),
                 SERVER(OK_2)),
           LINES("note obsolete HTTP transfer coding identity", TX_GET_B));
}

struct length_case {
    const char *value;
    const char *note;
    bool framed; /* by the first number, 5 */
};

static void judges_lengths(void **state)
{
    static const struct length_case cases[] = {
        {"5, 5", "note repeated HTTP content length", true},
        {"5, 6", "threat 2014 different HTTP content lengths", true},
        {"5\r\nContent-Length: 5", "note repeated HTTP content length", true},
        {"5\r\nContent-Length: 6", "threat 2014 different HTTP content lengths", true},
        {"\r\n 5", "note folded HTTP header", true},
        {"005", "!note *", true},
        {"-5", "threat 2013 negative HTTP content length", false},
        {"+5", "threat 2014 invalid HTTP content length", false},
        {"0x5", "threat 2014 invalid HTTP content length", false},
        {"5 0", "threat 2014 invalid HTTP content length", false},
        {"", "threat 2014 invalid HTTP content length", false},
        {"9223372036854775808", "threat 2014 invalid HTTP content length", false},
        {"99999999999999999999999999", "threat 2014 invalid HTTP content length", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "),
                     CLIENT_BYTES(cases[i].value, strlen(cases[i].value)),
                     CLIENT("\r\n\r\nhello" GET_B), SERVER(OK_2)),
               LINES("proof certain", cases[i].note, cases[i].framed ? TX_GET_B : "!" TX_GET_B));
}

static void reads_the_longest_length(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n"
                        "hello"),
                 SERVER("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")),
           LINES("proof certain", NO_NOTE,
                 "tx http http_method=PUT url=/ protocol=HTTP/1.1 hostname=a status=413 length=0"));
}

static void waits_for_interim_answers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        "Content-Length: 5\r\n\r\n"),
                 SERVER("HTTP/1.1 100 Continue\r\nServer: early\r\n\r\n"), CLIENT("hello"),
                 SERVER("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK_2)),
           LINES("proof certain", NO_NOTE, TX_POST " status=200 length=2"));
}

static void body_lasts_until_the_end(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET), SERVER("HTTP/1.0 200 OK\r\nServer: x\r\n\r\n"),
                 SERVER("HTTP/1.1 404 in the body\r\n\r\n")),
           LINES("proof certain", NO_NOTE, TX_GET " status=200 server=x length=28"));
}

static void becomes_websocket(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
                        "Upgrade: websocket\r\n\r\n"),
                 SERVER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
                        "Connection: Upgrade\r\n\r\n\x81\x02hi"),
                 CLIENT("\x81\x82\x01\x02\x03\x04ik")),
           LINES("app websocket", "proof certain", "protocols http,websocket", NO_NOTE,
                 "tx http http_method=GET url=/chat protocol=HTTP/1.1 hostname=a status=101 "
                 "upgrade=WebSocket length=0"));
}

/* Behind both switches HTTP begins anew: the inner requests are seen as a protocol of their own. */
static void opens_tunnels(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("CONNECT Inner.example:443 HTTP/1.1\r\nHost: inner.example:443\r\n\r\n"),
                 SERVER("HTTP/1.1 200 Connection established\r\n\r\n"), CLIENT(GET_B),
                 SERVER(OK_2)),
           LINES("proof certain", NO_NOTE,
                 "tx http http_method=CONNECT url=Inner.example:443 protocol=HTTP/1.1 "
                 "hostname=inner.example http_port=443 status=200 length=0",
                 TX_GET_B " status=200 length=2"));
    speaks(TURNS(CLIENT("OPTIONS * HTTP/1.1\r\nHost: a\r\nUpgrade: TLS/1.0\r\n\r\n"),
                 SERVER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0\r\n\r\n"),
                 CLIENT(GET_B), SERVER(OK_2)),
           LINES("tx http http_method=OPTIONS url=* protocol=HTTP/1.1 hostname=a status=101 "
                 "upgrade=TLS/1.0 length=0",
                 TX_GET_B " status=200 length=2"));
    speaks(TURNS(SERVER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0\r\n\r\n" OK_2)),
           LINES("tx http protocol=HTTP/1.1 status=101 upgrade=TLS/1.0 length=0",
                 "tx http protocol=HTTP/1.1 status=200 length=2"));
}

/* The server is not to be seen: what is sent behind CONNECT is searched all the same. */
static void enters_tunnels_from_one_side(void **state)
{
    static char text[5000];
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"),
                       CLIENT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"),
                       CLIENT_BYTES(text, sizeof text), CLIENT(GET_B)),
        .expect = LINES("tx http http_method=CONNECT*", TX_POST, TX_GET_B, NO_NOTE)};

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void refused_tunnel_stays_http(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"),
                 SERVER("HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n\r\nno"), CLIENT(GET),
                 SERVER(OK_2)),
           LINES("app http", TX_GET " status=200 length=2", NO_NOTE));
}

static void finds_the_host(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET http://u:p@Target.example.:81/x HTTP/1.1\r\nHost: other\r\n\r\n"),
                 SERVER(OK_2)),
           LINES("host target.example", "note user information in HTTP request target",
                 "note ambiguous HTTP host",
                 "tx http http_method=GET url=http://u:p@Target.example.:81/x protocol=HTTP/1.1 "
                 "hostname=target.example http_port=81 status=200 length=2"));
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nhOsT:\t[2001:DB8::1]:8443 \r\n\r\n"), SERVER(OK_2)),
           LINES("host [2001:db8::1]", NO_NOTE,
                 "tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=[2001:db8::1] "
                 "http_port=8443 status=200 length=2"));
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), SERVER(OK_2)),
           LINES("host a", "note several Host headers"));
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), SERVER(OK_2)),
           LINES("note invalid HTTP host"));
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nAccept: x\r\n\r\n"), SERVER(OK_2)),
           LINES("note HTTP/1.1 request without Host", "!host *"));
}

static void reads_lenient_lines(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT("\r\n\n\r\nGET / HTTP/1.1\nHost: a\n\nGET\t/b \t HTTP/1.1\r\nHost: a\r\n\r\n"),
              SERVER("HTTP/1.1 200\nContent-Length: 2\n\nok" OK_2)),
        LINES("proof certain", NO_NOTE, TX_GET " status=200 length=2",
              TX_GET_B " status=200 length=2"));
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\n: empty\r\nno colon\r\nAccept : x\r\nHost: a\r\n\r\n"),
                 SERVER(OK_2)),
           LINES(TX_GET " status=200 length=2", "note invalid HTTP header name",
                 "note HTTP header without colon", "note space before colon of HTTP header"));
    speaks(TURNS(CLIENT("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), SERVER(OK_2)),
           LINES("note space or control byte in HTTP request target",
                 "tx http http_method=GET url=/a b protocol=HTTP/1.1 hostname=a status=200 "
                 "length=2"));
    speaks(TURNS(CLIENT("GET / http/1.1\r\nHost: a\r\n\r\nFROB /x HTTP/1.7\r\nHost: a\r\n\r\n"),
                 SERVER(OK_2 OK_2)),
           LINES("proof certain", "note HTTP version is neither 1.0 nor 1.1",
                 "tx http http_method=GET url=/ protocol=http/1.1 hostname=a status=200 length=2",
                 "tx http http_method=FROB url=/x protocol=HTTP/1.7 hostname=a status=200 "
                 "length=2"));
}

static void reads_lenient_status_lines(void **state)
{
    static const char *const lines[] = {
        "HTTP/1.1 abc", "http/1.1 200 OK",  "HTTP 200 OK",
        "HTTP/2.0 200", " HTTP/1.1 200 OK", "HTTP/1.1",
        "HTTP/1.1 20",  "HTTP/1.1 2000 OK", "\tHTTP/1.01 200 OK",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        speaks(TURNS(CLIENT(GET GET_B), SERVER_BYTES(lines[i], strlen(lines[i])),
                     SERVER("\r\nContent-Length: 2\r\n\r\nok" OK_2)),
               LINES("proof certain", "note malformed HTTP status line",
                     TX_GET_B " status=200 length=2"));
}

static void speaks_version_0_9(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET /index.html\r\n"), SERVER("<html>HTTP/1.1 200 OK\r\n\r\n</html>")),
           LINES("app http", "proof fair", "note HTTP request without version",
                 "tx http http_method=GET url=/index.html length=32"));
    speaks(TURNS(CLIENT("GET /\r\n"), SERVER("HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno")),
           LINES("proof certain", "tx http http_method=GET url=/ status=400 length=2"));
}

static void answers_without_status_line(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET), SERVER("<html>hello</html>\r\n")),
           LINES("app http", "proof strong", "note HTTP answer without status line", TX_GET));
}

static void one_side_is_enough(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET GET_B)), LINES("app http", "proof strong", TX_GET, TX_GET_B, NO_NOTE));
    speaks(TURNS(SERVER(OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")),
           LINES("app http", "proof strong", "tx http protocol=HTTP/1.1 status=200 length=2",
                 "tx http protocol=HTTP/1.1 status=200 length=3", NO_NOTE));
    speaks(TURNS(SERVER("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")),
           LINES("app http", "proof strong", "tx http protocol=HTTP/1.1 status=408 length=0"));
}

static void joins_in_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT("end of some body\r\n"), SERVER("\x01\x02 binary"),
                           CLIENT("x=1&y=2"), CLIENT(GET_B), SERVER("HTTP/1.1 "),
                           SERVER("200 OK\r\n\r\n")),
                     LINES("app http", "proof certain", TX_GET_B " status=200 length=0"));
    speaks_midstream(TURNS(SERVER("tail"), SERVER(OK_2 OK_2)), LINES("app http", "proof strong"));
    speaks_midstream(TURNS(CLIENT("tail"), SERVER("tail"), CLIENT("more")), LINES("app failed"));
}

static void survives_gaps(void **state)
{
    (void)state;
    /* In a body: nothing is missed. */
    speaks_midstream(
        TURNS(CLIENT(GET GET_B), SERVER("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"),
              SERVER_LOST(996), SERVER("z" OK_2)),
        LINES(TX_GET " status=200 length=1000", TX_GET_B " status=200 length=2", NO_NOTE));
    speaks_midstream(
        TURNS(CLIENT(GET GET_B), SERVER("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"),
              SERVER_LOST(997), SERVER(OK_2)),
        LINES(TX_GET " status=200 length=1000", TX_GET_B " status=200 length=2", NO_NOTE));
    speaks_midstream(TURNS(CLIENT(GET),
                           SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"),
                           SERVER_LOST(252), SERVER("\r\n0\r\n\r\n")),
                     LINES(TX_GET " status=200 length=255", NO_NOTE));
    /* In a header: that message is lost, the next one is found. */
    speaks_midstream(TURNS(CLIENT("GET /a HTTP/1.1\r\nHo"), CLIENT_LOST(10), CLIENT("\r\n\r\n"),
                           CLIENT(GET_B), SERVER(OK_2), SERVER(OK_2)),
                     LINES("tx http http_method=GET url=/b protocol=HTTP/1.1 hostname=a*"));
    speaks_midstream(TURNS(CLIENT(GET), SERVER("HTTP/1.1 200 OK\r\nContent-"), SERVER_LOST(10),
                           SERVER("\r\nleft over"), CLIENT(GET_B), SERVER(OK_2)),
                     LINES(TX_GET " status=200", TX_GET_B " status=200 length=2"));
}

static void finds_the_way_back(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT(GET), SERVER(OK_2), CLIENT("body nobody announced\n"),
                           CLIENT(GET_B), SERVER(OK_2)),
                     LINES("note bytes that are no HTTP message", TX_GET_B " status=200 length=2"));
    speaks_midstream(TURNS(CLIENT("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
                           SERVER("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"), SERVER("body"),
                           CLIENT(GET_B), SERVER(OK_2)),
                     LINES("note bytes that are no HTTP message", TX_GET_B " status=200 length=2"));
}

static struct turn filler(char *buffer, size_t n)
{
    memset(buffer, 'f', n);
    return (struct turn)CLIENT_BYTES(buffer, n);
}

static void passes_oversized_lines(void **state)
{
    static char buffer[17000];
    const struct turn fill = filler(buffer, sizeof buffer);
    const struct turn *turns =
        TURNS(CLIENT("GET /"), fill, CLIENT(" HTTP/1.1\r\nHost: a\r\nX: "), fill,
              CLIENT("\r\nHost: again\r\n\r\n" GET_B), SERVER(OK_2 OK_2));
    const struct conversation c = {.server_port = 40000,
                                   .turns = turns,
                                   .expect = LINES("proof certain", "note HTTP line over 16 KiB",
                                                   "note several Host headers",
                                                   TX_GET_B " status=200 length=2")};

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void counts_headers(void **state)
{
    static struct turn turns[1200];
    static char buffer[60];
    size_t n = 0;

    (void)state;
    turns[n++] = (struct turn)CLIENT("GET / HTTP/1.1\r\n");
    memset(buffer, 'f', sizeof buffer);
    memcpy(buffer, "X-Filler: ", 10);
    memcpy(buffer + sizeof buffer - 2, "\r\n", 2);
    while (n < 1190)
        turns[n++] = (struct turn)CLIENT_BYTES(buffer, sizeof buffer);
    turns[n++] = (struct turn)CLIENT("Host: a\r\n\r\n" GET_B);
    turns[n++] = (struct turn)SERVER(OK_2 OK_2);

    const struct conversation c = {
        .server_port = 80,
        .turns = turns,
        .expect = LINES("proof certain", "note more than 1024 HTTP headers",
                        "note HTTP header block over 64 KiB", TX_GET " status=200 length=2",
                        TX_GET_B " status=200 length=2")};

    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void limits_open_requests(void **state)
{
    static struct turn turns[700];
    size_t n = 0;

    (void)state;
    turns[n++] = (struct turn)CLIENT(GET);
    turns[n++] = (struct turn)SERVER(OK_2);
    while (n < 600)
        turns[n++] = (struct turn)CLIENT(GET_B);
    turns[n++] = (struct turn)SERVER(OK_2);

    const struct conversation c = {.server_port = 80,
                                   .turns = turns,
                                   .expect = LINES("proof certain",
                                                   "note more than 512 open HTTP requests",
                                                   TX_GET_B " status=200 length=2")};

    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_TURNS);
}

static void leaves_others_alone(void **state)
{
    static const char *const firsts[] = {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "OPTIONS rtsp://a/ RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n",
        "REQMOD icap://a/x ICAP/1.0\r\nHost: a\r\n\r\n",
        "SOURCE /m ICE/1.0\r\n\r\n",
        "GNUTELLA CONNECT/0.6\r\n\r\n",
        "GET key\r\n",
        "get key\r\n",
        "POST /x\r\n",
        "GET / HTTPS/1.1\r\n\r\n",
        "GET / HTTP\r\n\r\n",
        "GET HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "USER anonymous\r\n",
        "*1\r\n$4\r\nPING\r\n",
        "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "averyveryveryverylongmethod / HTTP/1.1\r\n\r\n",
        "FROB /\x01 HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    };
    static const char *const answers[] = {
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "RTSP/1.0 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",      "220 ready\r\n",       "HTTP/1.1\t2x0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        speaks(TURNS(CLIENT_BYTES(firsts[i], strlen(firsts[i]))), LINES("!app http"));
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        speaks(TURNS(SERVER_BYTES(answers[i], strlen(answers[i]))), LINES("!app http"));
}

/* Whoever wants no transactions still needs the host of the last request. */
static void tells_the_last_host(void **state)
{
    static const struct {
        const char *requests, *host;
    } rows[] = {
        {GET GET "GET / HTTP/1.1\r\nHost: B:80\r\n\r\n", "b"},
        {GET "GET / HTTP/1.1\r\nHost: b\r\n\r\n" GET, "a"},
        {GET "GET http://c/ HTTP/1.1\r\nHost: a\r\n\r\n", "c"},
        {GET "GET http://c/ HTTP/1.1\r\nHost: a\r\n\r\n" GET, "a"},
        {GET "GET / HTTP/1.1\r\nHost: \r\n\r\n" GET, "a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct engine_fixture f;
        struct frame_list frames = {0};
        struct tcp_script s;

        fixture_open(&f, &(struct fixture_options){.mode = ENGINE_TAP});
        tcp_script_init(&s, &frames);
        tcp_open(&s);
        tcp_send(&s, DIR_CLIENT, span_text(rows[i].requests));
        tcp_close(&s, DIR_CLIENT);
        fixture_feed(&f, &frames);
        fixture_flush(&f);
        assert_string_equal(fixture_event(&f, EVENT_FLOW, 0)->session.host, rows[i].host);
        fixture_close(&f);
        frame_list_free(&frames);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(pairs_pipelined_messages),
        cmocka_unit_test(follows_keep_alive),
        cmocka_unit_test(reads_chunks),
        cmocka_unit_test(tolerates_odd_chunks),
        cmocka_unit_test(passes_long_chunk_extensions),
        cmocka_unit_test(loses_a_bad_chunk_only),
        cmocka_unit_test(chunked_wins_over_length),
        cmocka_unit_test(sees_through_disguises),
        cmocka_unit_test(names_bad_codings),
        cmocka_unit_test(judges_lengths),
        cmocka_unit_test(reads_the_longest_length),
        cmocka_unit_test(waits_for_interim_answers),
        cmocka_unit_test(body_lasts_until_the_end),
        cmocka_unit_test(becomes_websocket),
        cmocka_unit_test(opens_tunnels),
        cmocka_unit_test(enters_tunnels_from_one_side),
        cmocka_unit_test(refused_tunnel_stays_http),
        cmocka_unit_test(finds_the_host),
        cmocka_unit_test(reads_lenient_lines),
        cmocka_unit_test(reads_lenient_status_lines),
        cmocka_unit_test(speaks_version_0_9),
        cmocka_unit_test(answers_without_status_line),
        cmocka_unit_test(one_side_is_enough),
        cmocka_unit_test(joins_in_midstream),
        cmocka_unit_test(survives_gaps),
        cmocka_unit_test(finds_the_way_back),
        cmocka_unit_test(passes_oversized_lines),
        cmocka_unit_test(counts_headers),
        cmocka_unit_test(limits_open_requests),
        cmocka_unit_test(tells_the_last_host),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
