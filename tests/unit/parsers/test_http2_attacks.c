/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 that is not meant well: fields that mean something else to HTTP/1, bodies of another
 * length, streams taken back, floods, bombs, shut windows.
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

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
/* length, type, flags, stream */
#define FRAME(n, type, flags, stream) "\0\0" n type flags "\0\0\0" stream
#define SETTINGS                      FRAME("\6", "\4", "\0", "\0") "\0\3\0\0\0\x64"
#define HELLO                         PREFACE SETTINGS
/* GET / POST http / a.org, authority not kept in the table: 10 bytes */
#define GET_BLOCK  "\x82\x86\x84\x01\5a.org"
#define POST_BLOCK "\x83\x86\x84\x01\5a.org"
#define OK(stream) FRAME("\1", "\1", "\5", stream) "\x88"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

/* One request whose block goes on with these bytes. */
static void asks(const char *more, size_t n, const char *line)
{
    char frame[256];
    struct turn turns[] = {CLIENT(HELLO), CLIENT(""), SERVER(SETTINGS OK("\1")), {0}};

    memcpy(frame, FRAME("\0", "\1", "\5", "\1") GET_BLOCK, 19);
    frame[2] = (char)(10 + n);
    memcpy(frame + 19, more, n);
    turns[1].bytes = frame;
    turns[1].n = 19 + n;
    speaks(turns, (const char *const[]){"app http2", line, NULL});
}

#define ASKS(more, line) asks(more, sizeof(more) - 1, line)

static void finds_forbidden_fields(void **state)
{
    (void)state;
    ASKS("", "!note *");
    ASKS("\0\2te\x08trailers", "!note *");
    ASKS("\0\1A\1b", "threat 2014 upper-case letter in HTTP/2 header name");
    ASKS("\0\3a:b\1c", "threat 2014 invalid byte in HTTP/2 header name");
    ASKS("\0\3a b\1c", "threat 2014 invalid byte in HTTP/2 header name");
    ASKS("\0\1a\4b\r\nc", "threat 2014 line end or NUL in HTTP/2 header value");
    ASKS("\0\1a\3b\0c", "threat 2014 line end or NUL in HTTP/2 header value");
    ASKS("\0\x11transfer-encoding\7chunked", "threat 2014 transfer coding in HTTP/2");
    ASKS("\0\x0a"
         "connection\5close",
         "threat 2014 header of HTTP/1 connections in HTTP/2");
    ASKS("\0\2te\4gzip", "threat 2014 header of HTTP/1 connections in HTTP/2");
    ASKS("\0\x0e"
         "content-length\2+5",
         "threat 2014 invalid content length in HTTP/2");
    ASKS("\0\x0dgrpc-encoding\6snappy", "note gRPC messages in an unknown compression: snappy");
    ASKS("\0\4host\5b.org", "note HTTP/2 authority and host differ");
    ASKS("\0\4host\5a.org", "!note *");
    ASKS("\x84", "note HTTP/2 pseudo header more than once");
    ASKS("\0\1a\1b\0\x09:protocol\1x", "note HTTP/2 pseudo header behind others");
    ASKS("\0\2:x\1y", "note unknown HTTP/2 pseudo header");
}

/* Requests whose own line is odd. */
static void finds_odd_lines(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO FRAME("\x14", "\1", "\5", "\1") "\2\5GET /\x86\x84\1\7a.org:1"),
                 SERVER(SETTINGS OK("\1"))),
           LINES("threat 2014 invalid byte in HTTP/2 method"));
    speaks(TURNS(CLIENT(HELLO FRAME("\x11", "\1", "\5", "\1") "\x82\6\4ht:/\x84\1\5a.org\xbf"),
                 SERVER(SETTINGS OK("\1"))),
           LINES("threat 2014 invalid byte in HTTP/2 scheme"));
    speaks(TURNS(CLIENT(HELLO FRAME("\x0e", "\1", "\5", "\1") "\x82\x86\4\3/ x\1\5a.org"),
                 SERVER(SETTINGS OK("\1"))),
           LINES("note space or control byte in HTTP/2 path"));
    speaks(TURNS(CLIENT(HELLO FRAME("\x0a", "\1", "\5", "\1") "\x82\x86\x84\1\5a org"),
                 SERVER(SETTINGS OK("\1"))),
           LINES("note invalid HTTP host"));
}

/* What is promised is nobody's request, whatever stands in it. */
static void keeps_promises_apart(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(HELLO FRAME("\x0a", "\1", "\5", "\1") GET_BLOCK),
              SERVER(SETTINGS FRAME("\x18", "\5", "\4", "\1") "\0\0\0\2"
                                                              "\x82\x86\x84\1\5b.org"
                                                              "\0\1A\5b\r\ncd" OK("\1") OK("\2"))),
        LINES("app http2", "host a.org", "note upper-case letter in HTTP/2 header name",
              "note line end or NUL in HTTP/2 header value", "!threat *"));
}

static void finds_odd_frames(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(PREFACE FRAME("\x0a", "\1", "\5", "\1") GET_BLOCK), SERVER(SETTINGS OK("\1"))),
        LINES("app http2", "note HTTP/2 does not begin with SETTINGS"));
    speaks(TURNS(CLIENT(HELLO FRAME("\x0a", "\1", "\5", "\1") GET_BLOCK), SERVER(SETTINGS OK("\1")),
                 CLIENT(FRAME("\x0a", "\1", "\5", "\1") GET_BLOCK)),
           LINES("note number of an HTTP/2 stream used again"));
}

#define LENGTH(digit)                                                                              \
    "\0\x0e"                                                                                       \
    "content-length\1" digit /* 18 bytes */
#define POST(flags, digit)    FRAME("\x1c", "\1", flags, "\1") POST_BLOCK LENGTH(digit)
#define DATA(n, flags, bytes) FRAME(n, "\0", flags, "\1") bytes

static void measures_bodies(void **state)
{
    static const char *const wrong = "threat 2014 HTTP/2 body is not as long as its content length";

    (void)state;
    speaks(TURNS(CLIENT(HELLO POST("\4", "3") DATA("\3", "\1", "abc")), SERVER(SETTINGS OK("\1"))),
           LINES("app http2", "!threat *"));
    speaks(TURNS(CLIENT(HELLO POST("\4", "3") DATA("\2", "\0", "ab") DATA("\1", "\1", "c")),
                 SERVER(SETTINGS OK("\1"))),
           LINES("app http2", "!threat *"));
    speaks(TURNS(CLIENT(HELLO POST("\5", "0")), SERVER(SETTINGS OK("\1"))),
           LINES("app http2", "!threat *"));
    speaks(TURNS(CLIENT(HELLO POST("\4", "0") DATA("\3", "\1", "abc")), SERVER(SETTINGS OK("\1"))),
           LINES(wrong));
    speaks(TURNS(CLIENT(HELLO POST("\4", "2") DATA("\3", "\0", "abc"))), LINES(wrong));
    speaks(TURNS(CLIENT(HELLO POST("\4", "5") DATA("\3", "\1", "abc")), SERVER(SETTINGS OK("\1"))),
           LINES(wrong));
    speaks(TURNS(CLIENT(HELLO POST("\5", "5")), SERVER(SETTINGS OK("\1"))), LINES(wrong));
}

/* The order of buffers depends on the segments. */
static void smuggles(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

/* A server behind a proxy may take the rest of a body for the next request. */
static void finds_requests_in_bodies(void **state)
{
    static const char *const inside =
        "threat 2014 a request inside of an HTTP request, for some servers";

    (void)state;
    smuggles(TURNS(CLIENT(HELLO POST("\4", "2") DATA("\x15", "\1", "abGET /x HTTP/1.1\r\n\r\n"))),
             LINES("threat 2014 HTTP/2 body is not as long as its content length", inside,
                   "buffer request_line GET /x HTTP/1.1"));
    smuggles(TURNS(CLIENT(HELLO POST("\4", "2") DATA("\1", "\0", "G")
                              DATA("\x15", "\1", "EGET /x HTTP/1.1\r\n\r\na"))),
             LINES(inside, "buffer request_line GET /x HTTP/1.1"));
    smuggles(TURNS(CLIENT(HELLO FRAME("\x25", "\1", "\4", "\1") POST_BLOCK
                          "\0\x11transfer-encoding\7chunked" DATA(
                              "\x18", "\1", "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"))),
             LINES("threat 2014 transfer coding in HTTP/2", inside,
                   "buffer request_line GET /x HTTP/1.1"));
    smuggles(TURNS(CLIENT(HELLO FRAME("\x0a", "\1", "\4", "\1")
                              POST_BLOCK DATA("\x13", "\1", "GET /x HTTP/1.1\r\n\r\n"))),
             LINES("note HTTP request body that is a request",
                   "buffer request_line GET /x HTTP/1.1", "!threat *"));
}

/* 200, Content-Length: 3 */
#define ANSWER(flags) FRAME("\x13", "\1", flags, "\1") "\x88" LENGTH("3")

static void measures_answers(void **state)
{
    static const char *const wrong = "note HTTP/2 body is not as long as its content length";

    (void)state;
    speaks(
        TURNS(CLIENT(HELLO POST("\5", "0")), SERVER(SETTINGS ANSWER("\4") DATA("\3", "\1", "abc"))),
        LINES("app http2", "!note *", "!threat *"));
    speaks(TURNS(CLIENT(HELLO POST("\5", "0")), SERVER(SETTINGS ANSWER("\5"))),
           LINES("app http2", "!note *", "!threat *"));
    speaks(TURNS(CLIENT(HELLO POST("\5", "0")),
                 SERVER(SETTINGS ANSWER("\4") DATA("\4", "\1", "abcd"))),
           LINES(wrong, "!threat *"));
    speaks(
        TURNS(CLIENT(HELLO POST("\5", "0")), SERVER(SETTINGS ANSWER("\4") DATA("\2", "\1", "ab"))),
        LINES(wrong, "!threat *"));
}

/* ---- much of the same ---- */

struct flood {
    uint8_t *bytes;
    size_t n;
};

static void put(struct flood *f, const void *bytes, size_t n)
{
    f->bytes = realloc(f->bytes, f->n + n);
    assert_non_null(f->bytes);
    memcpy(f->bytes + f->n, bytes, n);
    f->n += n;
}

static void put_frame(struct flood *f, uint8_t type, uint8_t flags, uint32_t stream,
                      struct span payload)
{
    const uint8_t head[] = {(uint8_t)(payload.n >> 16),
                            (uint8_t)(payload.n >> 8),
                            (uint8_t)payload.n,
                            type,
                            flags,
                            (uint8_t)(stream >> 24),
                            (uint8_t)(stream >> 16),
                            (uint8_t)(stream >> 8),
                            (uint8_t)stream};

    put(f, head, sizeof head);
    if (payload.n)
        put(f, payload.p, payload.n);
}

/* Does the connection with these bytes of the client raise the note? Then the server's. */
static bool raises(const struct flood *client, const struct flood *server, unsigned seconds,
                   const char *note)
{
    const struct fixture_options options = {.mode = ENGINE_TAP};
    struct engine_fixture f;
    struct frame_list frames = {0};
    struct tcp_script s;
    bool found = false;

    fixture_open(&f, &options);
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    for (size_t at = 0; at < client->n; at += 1400)
        tcp_send(&s, DIR_CLIENT,
                 span_first(span_from(span_of(client->bytes, client->n), at), 1400));
    for (size_t at = 0; server && at < server->n; at += 1400)
        tcp_send(&s, DIR_SERVER,
                 span_first(span_from(span_of(server->bytes, server->n), at), 1400));
    fixture_feed(&f, &frames);
    if (seconds)
        fixture_tick(&f, f.now_us + seconds * UINT64_C(1000000));
    for (size_t i = 0; i < f.event_count; i++)
        found |= f.events[i].type == EVENT_THREAT && strstr(f.events[i].text, note) != NULL;
    fixture_flush(&f);
    fixture_close(&f);
    frame_list_free(&frames);
    return found;
}

static void begin(struct flood *f)
{
    *f = (struct flood){0};
    put(f, HELLO, sizeof(HELLO) - 1);
}

static void requests(struct flood *f, unsigned n, bool taken_back)
{
    for (unsigned i = 0; i < n; i++) {
        put_frame(f, 1, 5, 1 + 2 * i, SPAN(GET_BLOCK));
        if (taken_back)
            put_frame(f, 3, 0, 1 + 2 * i, SPAN("\0\0\0\x08"));
    }
}

static void counts_resets(void **state)
{
    static const char rapid[] = "taken back in a second", share[] = "more than half";
    struct flood f, server = {0};

    (void)state;
    begin(&f);
    requests(&f, 100, true);
    assert_false(raises(&f, NULL, 0, rapid));
    assert_false(raises(&f, NULL, 0, share));
    free(f.bytes);
    begin(&f);
    requests(&f, 101, true);
    assert_true(raises(&f, NULL, 0, rapid));
    free(f.bytes);
    begin(&f);
    requests(&f, 200, true);
    assert_true(raises(&f, NULL, 0, share));
    free(f.bytes);
    begin(&f);
    requests(&f, 150, false);
    put(&server, SETTINGS, sizeof(SETTINGS) - 1);
    for (unsigned i = 0; i < 101; i++)
        put_frame(&server, 3, 0, 1 + 2 * i, SPAN("\0\0\0\1"));
    assert_true(raises(&f, &server, 0, "ended by the server"));
    server.n = 0; /* what is nobody's fault */
    put(&server, SETTINGS, sizeof(SETTINGS) - 1);
    for (unsigned i = 0; i < 101; i++)
        put_frame(&server, 3, 0, 1 + 2 * i, SPAN("\0\0\0\0"));
    assert_false(raises(&f, &server, 0, "ended by the server"));
    free(f.bytes);
    free(server.bytes);
}

static void counts_floods(void **state)
{
    static const struct {
        uint8_t type;
        struct span payload;
        const char *note;
    } rows[] = {
        {4, {(const uint8_t *)"", 0}, "SETTINGS frames"},
        {6, {(const uint8_t *)"12345678", 8}, "PING frames"},
        {2, {(const uint8_t *)"\0\0\0\0\1", 5}, "PRIORITY frames"},
        {0, {(const uint8_t *)"", 0}, "empty HTTP/2 frames"},
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) { /* what is said because somebody asks */
        struct flood f;

        begin(&f);
        for (unsigned k = 0; k < 1010; k++)
            put_frame(&f, rows[i].type, 1, 0, rows[i].payload);
        assert_false(raises(&f, NULL, 0, rows[i].note));
        free(f.bytes);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned n = 990; n <= 1010; n += 20) {
            struct flood f;

            begin(&f);
            put_frame(&f, 1, 4, 1, SPAN(GET_BLOCK));
            for (unsigned k = 0; k < n; k++)
                put_frame(&f, rows[i].type, 0,
                          rows[i].type % 4 ? 0
                          : rows[i].type   ? 0
                                           : 1,
                          rows[i].payload);
            if (rows[i].type == 2)
                for (size_t at = f.n - (size_t)n * 14; at < f.n; at += 14)
                    f.bytes[at + 8] = 1;
            assert_int_equal(raises(&f, NULL, 0, rows[i].note), n > 1000);
            free(f.bytes);
        }
}

static void tells_of_bombs(void **state)
{
    static uint8_t block[10 + 70 + 700];
    struct flood f;
    size_t n = 10;

    (void)state;
    memcpy(block, GET_BLOCK, n);
    memcpy(block + n, "\x40\1n\x3f", 4); /* a value of 63 bytes enters the table */
    memset(block + n + 4, 'v', 63);
    n += 67;
    memset(block + n, 0xbe, 700); /* and comes 700 times */
    n += 700;
    begin(&f);
    put_frame(&f, 1, 5, 1, span_of(block, n));
    assert_false(raises(&f, NULL, 0, "hundredfold")); /* 96 bytes for one */
    free(f.bytes);
    begin(&f);
    block[13] = 0x7f;
    memcpy(block + 10, "\x40\1n\x7f\x40", 5); /* 191 bytes */
    f.n = 0;
    put(&f, HELLO, sizeof(HELLO) - 1);
    {
        uint8_t large[10 + 5 + 191 + 2000];

        memcpy(large, block, 15);
        memset(large + 15, 'v', 191);
        memset(large + 206, 0xbe, 2000);
        put_frame(&f, 1, 5, 1, span_of(large, sizeof large));
    }
    assert_true(raises(&f, NULL, 0, "hundredfold"));
    free(f.bytes);
}

static void tells_of_large_frames_and_many_streams(void **state)
{
    static const uint8_t large[16385];
    struct flood f, server = {0};

    (void)state;
    begin(&f);
    put_frame(&f, 1, 4, 1, SPAN(GET_BLOCK));
    put_frame(&f, 0, 1, 1, span_of(large, sizeof large));
    put(&server, SETTINGS, sizeof(SETTINGS) - 1);
    assert_false(raises(&f, NULL, 0, "larger than its receiver")); /* who knows what it takes? */
    put_frame(&server, 1, 4, 1, SPAN("\x88"));
    put_frame(&server, 0, 1, 1, span_of(large, sizeof large));
    assert_true(raises(&f, &server, 0, "larger than its receiver"));
    free(f.bytes);
    begin(&f);
    put_frame(&f, 4, 0, 0, SPAN("\0\5\0\0\x80\0"));
    assert_false(raises(&f, &server, 0, "larger than its receiver"));
    free(f.bytes);
    begin(&f);
    requests(&f, 512, false);
    assert_false(raises(&f, NULL, 0, "more than 512"));
    put_frame(&f, 1, 5, 2001, SPAN(GET_BLOCK));
    assert_true(raises(&f, NULL, 0, "more than 512"));
    free(f.bytes);
    free(server.bytes);
}

static void tells_of_numbers_and_windows(void **state)
{
    static const char shut[] = "window shut";
    struct flood f;

    (void)state;
    begin(&f);
    put_frame(&f, 1, 5, 2, SPAN(GET_BLOCK));
    assert_true(raises(&f, NULL, 0, "even number"));
    free(f.bytes);
    begin(&f);
    put_frame(&f, 1, 5, 3, SPAN(GET_BLOCK));
    put_frame(&f, 3, 0, 3, SPAN("\0\0\0\x08"));
    put_frame(&f, 1, 5, 3, SPAN(GET_BLOCK));
    assert_true(raises(&f, NULL, 0, "used again"));
    free(f.bytes);
    begin(&f);
    put_frame(&f, 4, 0, 0, SPAN("\0\4\0\0\0\0"));
    put_frame(&f, 1, 5, 1, SPAN(GET_BLOCK));
    assert_false(raises(&f, NULL, 20, shut));
    assert_true(raises(&f, NULL, 40, shut));
    put_frame(&f, 8, 0, 0, SPAN("\0\0\1\0"));
    assert_false(raises(&f, NULL, 40, shut));
    free(f.bytes);
}

/* All that may be sent is sent, and the client does not take it. */
static void tells_of_what_is_not_taken(void **state)
{
    static const char shut[] = "window shut";
    static const uint8_t bytes[16384];
    struct flood f, server = {0};

    (void)state;
    begin(&f);
    put_frame(&f, 4, 0, 0, SPAN("\0\4\0\0\x40\0"));
    put_frame(&f, 1, 5, 1, SPAN(GET_BLOCK));
    put(&server, SETTINGS, sizeof(SETTINGS) - 1);
    put_frame(&server, 1, 4, 1, SPAN("\x88"));
    put_frame(&server, 0, 0, 1, span_of(bytes, 16383));
    assert_false(raises(&f, &server, 40, shut));
    put_frame(&server, 0, 0, 1, span_of(bytes, 1));
    assert_false(raises(&f, &server, 20, shut));
    assert_true(raises(&f, &server, 40, shut));
    put_frame(&f, 8, 0, 1, SPAN("\0\0\1\0")); /* seen before, it counts as well */
    assert_false(raises(&f, &server, 40, shut));
    free(server.bytes);
    server = (struct flood){0};
    put(&server, SETTINGS, sizeof(SETTINGS) - 1);
    put_frame(&server, 1, 4, 1, SPAN("\x88"));
    put_frame(&server, 0, 1, 1, span_of(bytes, sizeof bytes)); /* nothing more comes */
    assert_false(raises(&f, &server, 40, shut));
    free(server.bytes);
    free(f.bytes);
}

/* The connection's window is another one. */
static void tells_of_a_full_connection(void **state)
{
    static const char shut[] = "window shut";
    static const uint8_t bytes[16384];
    struct flood f, server = {0};

    (void)state;
    begin(&f);
    put_frame(&f, 4, 0, 0, SPAN("\0\4\0\1\0\0"));
    put_frame(&f, 1, 5, 1, SPAN(GET_BLOCK));
    put_frame(&f, 1, 5, 3, SPAN(GET_BLOCK));
    put(&server, SETTINGS, sizeof(SETTINGS) - 1);
    put_frame(&server, 1, 4, 1, SPAN("\x88"));
    put_frame(&server, 1, 4, 3, SPAN("\x88"));
    for (unsigned i = 0; i < 3; i++)
        put_frame(&server, 0, 0, 1, span_of(bytes, sizeof bytes));
    assert_false(raises(&f, &server, 40, shut));
    put_frame(&server, 0, 0, 3, span_of(bytes, sizeof bytes - 1));
    assert_true(raises(&f, &server, 40, shut));
    free(server.bytes);
    free(f.bytes);
}

static void attacks_stop(struct snapshot *s)
{
    s->http.stop_attacks = true;
}

/* What becomes of the segment behind a flood. */
static void a_flood_may_be_stopped(void **state)
{
    static void (*const adjusts[])(struct snapshot *) = {NULL, attacks_stop};

    (void)state;
    for (int stops = 0; stops < 2; stops++) {
        struct frame_list frames = {0};
        struct engine_fixture f;
        struct tcp_script s;
        struct flood flood;

        begin(&flood);
        for (unsigned k = 0; k < 1010; k++)
            put_frame(&flood, 6, 0, 0, SPAN("12345678"));
        fixture_open(&f,
                     &(struct fixture_options){.mode = ENGINE_INLINE, .adjust = adjusts[stops]});
        tcp_script_init(&s, &frames);
        tcp_open(&s);
        tcp_send(&s, DIR_CLIENT, span_of(flood.bytes, flood.n));
        tcp_send(&s, DIR_CLIENT, SPAN("x"));
        fixture_feed(&f, &frames);
        assert_int_equal(fixture_passed(&f, f.frame_count - 2), !stops);
        assert_int_equal(fixture_passed(&f, f.frame_count - 1), !stops);
        assert_int_equal(f.injected.count, stops ? 2 : 0);
        fixture_close(&f);
        frame_list_free(&frames);
        free(flood.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_may_be_stopped),
        cmocka_unit_test(finds_forbidden_fields),
        cmocka_unit_test(measures_bodies),
        cmocka_unit_test(finds_odd_lines),
        cmocka_unit_test(keeps_promises_apart),
        cmocka_unit_test(finds_requests_in_bodies),
        cmocka_unit_test(finds_odd_frames),
        cmocka_unit_test(measures_answers),
        cmocka_unit_test(tells_of_what_is_not_taken),
        cmocka_unit_test(tells_of_a_full_connection),
        cmocka_unit_test(tells_of_large_frames_and_many_streams),
        cmocka_unit_test(counts_resets),
        cmocka_unit_test(counts_floods),
        cmocka_unit_test(tells_of_bombs),
        cmocka_unit_test(tells_of_numbers_and_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
