/* SPDX-License-Identifier: Apache-2.0
 *
 * Cassandra: frames of all versions, segments, statements of any length, nodes, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

enum {
    FAILS = 0,
    STARTUP = 1,
    READY = 2,
    AUTHENTICATE = 3,
    CREDENTIALS = 4,
    OPTIONS = 5,
    SUPPORTED = 6,
    QUERY = 7,
    RESULT = 8,
    PREPARE = 9,
    EXECUTE = 10,
    REGISTER = 11,
    EVENT = 12,
    BATCH = 13,
    CHALLENGE = 14,
    RESPONSE = 15,
    SUCCESS = 16,
};

/* ---- bytes in the making ---- */

struct bytes {
    uint8_t at[300000];
    size_t n;
};

static void put(struct bytes *b, const void *bytes, size_t n)
{
    assert_true(b->n + n <= sizeof(b->at));
    memcpy(b->at + b->n, bytes, n);
    b->n += n;
}

static void put8(struct bytes *b, unsigned v)
{
    put(b, (const uint8_t[]){(uint8_t)v}, 1);
}

static void put16(struct bytes *b, unsigned v)
{
    put8(b, v >> 8 & 0xff);
    put8(b, v & 0xff);
}

static void put32(struct bytes *b, uint32_t v)
{
    put16(b, v >> 16);
    put16(b, v & 0xffff);
}

static struct turn keep(enum turn_who who, const struct bytes *b)
{
    static struct bytes kept[24];
    static unsigned next;
    struct bytes *k = &kept[next++ % 24];

    k->n = b->n;
    memcpy(k->at, b->at, b->n);
    return (struct turn){who, (const char *)k->at, k->n, 0};
}

static void put_frame(struct bytes *b, unsigned version, unsigned flags, unsigned stream,
                      unsigned opcode, struct span body)
{
    put8(b, version);
    put8(b, flags);
    if ((version & 0x7f) <= 2)
        put8(b, stream & 0xff);
    else
        put16(b, stream & 0xffff);
    put8(b, opcode);
    put32(b, (uint32_t)body.n);
    put(b, body.p, body.n);
}

static struct turn frame(enum turn_who who, unsigned version, unsigned flags, unsigned stream,
                         unsigned opcode, struct span body)
{
    static struct bytes b;

    b.n = 0;
    put_frame(&b, version | (who == TURN_SERVER ? 0x80 : 0), flags, stream, opcode, body);
    return keep(who, &b);
}

#define ASKS(version, stream, opcode, body)                                                        \
    frame(TURN_CLIENT, (version), 0, (stream), (opcode), SPAN(body))
#define SAYS(version, stream, opcode, body)                                                        \
    frame(TURN_SERVER, (version), 0, (stream), (opcode), SPAN(body))

#define STARTUP_BODY                                                                               \
    "\0\2\0\x0b\x43QL_VERSION\0\5"                                                                 \
    "3.4.5\0\x0b\x44RIVER_NAME\0\6python"
#define TX_OPTIONS "tx cassandra command=options"
#define TX_STARTUP(v)                                                                              \
    "tx cassandra command=startup version=" v " cql_version=3.4.5 client.driver=python"
#define SUPPORTED_BODY                                                                             \
    "\0\2\0\x0b\x43OMPRESSION\0\2\0\6snappy\0\3lz4\0\x0b\x43QL_VERSION\0\1\0\5"                    \
    "3.4.5"
#define QUERY_BODY "\0\0\0\x0fSELECT * FROM t\0\1\0"
#define TX_QUERY   "tx cassandra command=query statement=SELECT * FROM t consistency=one"

#define HANDSHAKE(v)                                                                               \
    ASKS(v, 0, OPTIONS, ""), SAYS(v, 0, SUPPORTED, SUPPORTED_BODY),                                \
        ASKS(v, 1, STARTUP, STARTUP_BODY), SAYS(v, 1, READY, "")

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

/* ---- segments of version 5 ---- */

static uint32_t crc24(const uint8_t *p, size_t n)
{
    uint32_t crc = 0x875060;

    while (n--) {
        crc ^= (uint32_t)*p++ << 16;
        for (int i = 0; i < 8; i++)
            crc = crc << 1 ^ (crc & 0x800000 ? 0x1974f0b : 0);
    }
    return crc & 0xffffff;
}

static void put_little(struct bytes *b, uint64_t v, unsigned n)
{
    for (; n; n--, v >>= 8)
        put8(b, v & 0xff);
}

static void put_segment_tail(struct bytes *b, struct span payload)
{
    uLong sum = crc32(0, (const Bytef *)"\xfa\x2d\x55\xca", 4);

    put(b, payload.p, payload.n);
    put_little(b, crc32(sum, payload.p, (uInt)payload.n), 4);
}

static void put_segment(struct bytes *b, struct span payload, unsigned whole)
{
    size_t at = b->n;

    put_little(b, payload.n | whole << 17, 3);
    put_little(b, crc24(b->at + at, 3), 3);
    put_segment_tail(b, payload);
}

static void put_packed_segment(struct bytes *b, struct span payload, uint64_t plain)
{
    size_t at = b->n;

    put_little(b, payload.n | plain << 17 | 1ull << 34, 5);
    put_little(b, crc24(b->at + at, 5), 3);
    put_segment_tail(b, payload);
}

static struct turn segment(enum turn_who who, unsigned stream, unsigned opcode, struct span body)
{
    static struct bytes b, f;

    b.n = f.n = 0;
    put_frame(&f, who == TURN_SERVER ? 0x85 : 5, 0, stream, opcode, body);
    put_segment(&b, span_of(f.at, f.n), 1);
    return keep(who, &b);
}

/* ---- tests ---- */

static void reads_a_handshake(void **state)
{
    (void)state;
    for (unsigned v = 1; v <= 4; v++) {
        char startup[128];

        snprintf(startup, sizeof(startup), TX_STARTUP("%u"), v);
        speaks(TURNS(HANDSHAKE(v), ASKS(v, 2, REGISTER, "\0\1\0\x0dSTATUS_CHANGE"),
                     SAYS(v, 2, READY, ""), SAYS(v, 0xffff, EVENT, "\0\1x")),
               LINES("app cassandra", "proof certain", TX_OPTIONS, startup,
                     "tx cassandra command=register", "!note *"));
    }
}

static void reads_queries(void **state)
{
    (void)state;
    speaks(TURNS(HANDSHAKE(4), ASKS(4, 2, QUERY, QUERY_BODY),
                 SAYS(4, 2, RESULT, "\0\0\0\2rows of text"),
                 ASKS(4, 3, QUERY, "\0\0\0\5USE k\0\x0a\0"), SAYS(4, 3, RESULT, "\0\0\0\3\0\1k"),
                 ASKS(4, 4, PREPARE, "\0\0\0\x08SELECT ?"), SAYS(4, 4, RESULT, "\0\0\0\4\0\2id"),
                 ASKS(4, 5, EXECUTE, "\0\2id\0\6\1\0\1\0\0\0\5value"),
                 SAYS(4, 5, FAILS, "\0\0\x12\0\0\7timeout")),
           LINES("proof certain", TX_QUERY,
                 "tx cassandra command=query statement=USE k consistency=local one keyspace=k",
                 "tx cassandra command=prepare statement=SELECT ?",
                 "tx cassandra command=execute consistency=local quorum error.code=4608 "
                 "error.message=timeout",
                 "buffer sql SELECT * FROM t", "buffer sql USE k", "buffer sql SELECT ?",
                 "buffer body rows of text", "!note *"));
}

static void reads_batches(void **state)
{
    (void)state;
    speaks(TURNS(HANDSHAKE(4),
                 ASKS(4, 2, BATCH,
                      "\0\0\3"
                      "\0\0\0\0\x06INSERT\0\1\0\0\0\3abc"
                      "\1\0\2id\0\2\xff\xff\xff\xff\0\0\0\1x"
                      "\0\0\0\0\x06UPDATE\0\0"
                      "\0\4\0"),
                 SAYS(4, 2, RESULT, "\0\0\0\1")),
           LINES("tx cassandra command=batch batch[]=INSERT batch[]=UPDATE consistency=quorum",
                 "buffer sql INSERT", "buffer sql UPDATE", "buffer body abc"));
}

static void reads_logins(void **state)
{
    const struct conversation c = {
        .turns = TURNS(ASKS(4, 1, STARTUP, STARTUP_BODY),
                       SAYS(4, 1, AUTHENTICATE, "\0\x19org.PasswordAuthenticator"),
                       ASKS(4, 2, RESPONSE, "\0\0\0\x0d\0alice\0secret"),
                       SAYS(4, 2, FAILS, "\0\0\1\0\0\3bad"), ASKS(4, 3, QUERY, QUERY_BODY),
                       SAYS(4, 3, FAILS, "\0\0\x21\0\0\2no")),
        .expect = LINES("proof certain", TX_STARTUP("4") " authenticator=org.PasswordAuthenticator",
                        "tx cassandra command=auth response user=alice error.code=256 "
                        "error.message=bad",
                        "note Cassandra refuses the login: alice",
                        TX_QUERY " error.code=8448 error.message=no",
                        "note Cassandra refuses a right: alice")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    speaks(TURNS(ASKS(1, 1, STARTUP, STARTUP_BODY), SAYS(1, 1, AUTHENTICATE, "\0\3o.A"),
                 ASKS(1, 2, CREDENTIALS, "\0\2\0\x08username\0\3bob\0\x08password\0\3pwd"),
                 SAYS(1, 2, READY, "")),
           LINES("tx cassandra command=credentials user=bob"));
}

static void reads_what_stands_before_bodies(void **state)
{
    (void)state;
    speaks(TURNS(HANDSHAKE(4),
                 frame(TURN_CLIENT, 4, 6, 2, QUERY, SPAN("\0\1\0\1k\0\0\0\1v" QUERY_BODY)),
                 frame(TURN_SERVER, 4, 0x0e, 2, FAILS,
                       SPAN("0123456789abcdef\0\1\0\4warn\0\1\0\1k\xff\xff\xff\xff"
                            "\0\0\x22\0\0\1x")),
                 frame(TURN_CLIENT, 4, 1, 3, QUERY, SPAN("packed"))),
           LINES(TX_QUERY " error.code=8704 error.message=x",
                 "tx cassandra command=query compressed=true"));
}

static void answers_out_of_turn(void **state)
{
    (void)state;
    speaks(TURNS(HANDSHAKE(3), ASKS(3, 2, QUERY, QUERY_BODY), ASKS(3, 3, QUERY, QUERY_BODY),
                 SAYS(3, 3, FAILS, "\0\0\x20\0\0\1c"), SAYS(3, 2, FAILS, "\0\0\x20\0\0\1b")),
           LINES(TX_QUERY " error.code=8192 error.message=b",
                 TX_QUERY " error.code=8192 error.message=c"));
}

/* A server that does not know the client's version answers in its own. */
static void downgrades(void **state)
{
    (void)state;
    speaks(TURNS(ASKS(0x42, 0, OPTIONS, ""), SAYS(4, 0, FAILS, "\0\0\0\x0a\0\3old"), HANDSHAKE(4)),
           LINES("app cassandra", "proof certain", TX_OPTIONS " error.code=10 error.message=old",
                 TX_STARTUP("4")));
}

static void reads_segments(void **state)
{
    static struct bytes two, many;

    (void)state;
    two.n = many.n = 0;
    put_frame(&two, 5, 0, 3, QUERY, SPAN(QUERY_BODY));
    put_frame(&two, 5, 0, 4, PREPARE, SPAN("\0\0\0\1x\0\0\0\0"));
    put_segment(&many, span_of(two.at, two.n), 1);
    speaks(TURNS(HANDSHAKE(5), segment(TURN_CLIENT, 2, RESPONSE, SPAN("\0\0\0\x08\0bob\0pwd")),
                 segment(TURN_SERVER, 2, SUCCESS, SPAN("\xff\xff\xff\xff")),
                 keep(TURN_CLIENT, &many), segment(TURN_SERVER, 3, RESULT, SPAN("\0\0\0\1")),
                 segment(TURN_SERVER, 4, FAILS, SPAN("\0\0\x20\0\0\1b"))),
           LINES("proof certain", TX_STARTUP("5"), "tx cassandra command=auth response user=bob",
                 TX_QUERY,
                 "tx cassandra command=prepare statement=x error.code=8192 "
                 "error.message=b"));
}

static void passes_packed_segments(void **state)
{
    static struct bytes packed, plain, f;

    (void)state;
    packed.n = plain.n = f.n = 0;
    put_packed_segment(&packed, SPAN("not understood"), 100);
    put_frame(&f, 5, 0, 3, QUERY, SPAN(QUERY_BODY));
    put_packed_segment(&plain, span_of(f.at, f.n), 0);
    speaks(TURNS(HANDSHAKE(5), keep(TURN_CLIENT, &packed), keep(TURN_CLIENT, &plain),
                 keep(TURN_SERVER, &packed)),
           LINES("app cassandra", TX_QUERY, "!note *"));
}

/* One frame in three segments, its statement all over them. */
static void reads_frames_in_many_segments(void **state)
{
    enum { TEXT = 200000, MOST = 90000 };
    static struct bytes f, b, body;
    struct span left;

    (void)state;
    f.n = b.n = body.n = 0;
    put32(&body, TEXT);
    memset(body.at + 4, 'a', TEXT);
    body.n += TEXT;
    put(&body, "\0\1\0\0\0\0", 6);
    put_frame(&f, 5, 0, 3, QUERY, span_of(body.at, body.n));
    for (left = span_of(f.at, f.n); left.n; left = span_from(left, MOST))
        put_segment(&b, span_first(left, MOST), 0);
    speaks_once(TURNS(HANDSHAKE(5), keep(TURN_CLIENT, &b),
                      segment(TURN_CLIENT, 4, OPTIONS, SPAN("")),
                      segment(TURN_SERVER, 3, FAILS, SPAN("\0\0\x20\0\0\1b")),
                      segment(TURN_SERVER, 4, SUPPORTED, SPAN(SUPPORTED_BODY))),
                LINES("proof certain", "tx cassandra command=query statement=aaaa*", TX_OPTIONS,
                      "buffer sql aaaa*", "!note *"));
}

static void reads_long_statements(void **state)
{
    enum { TEXT = 100000 };
    static struct bytes body, rows;

    (void)state;
    body.n = rows.n = 0;
    put32(&body, TEXT);
    memset(body.at + 4, 'b', TEXT);
    body.n += TEXT;
    put(&body, "\0\1\0", 3);
    put32(&rows, 2);
    memset(rows.at + 4, 'r', TEXT);
    rows.n += TEXT;
    speaks_once(TURNS(HANDSHAKE(4), frame(TURN_CLIENT, 4, 0, 3, QUERY, span_of(body.at, body.n)),
                      frame(TURN_SERVER, 4, 0, 3, RESULT, span_of(rows.at, rows.n)),
                      ASKS(4, 4, QUERY, QUERY_BODY), SAYS(4, 4, FAILS, "\0\0\x20\0\0\1b")),
                LINES("proof certain", "buffer sql bbbb*", "buffer body rrrr*",
                      TX_QUERY " error.code=8192 error.message=b", "!note *"));
}

static void reads_nodes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\xca\x55\x2d\xfa\x0c\x0a\x0c\x11\x06\xc6\x12\0\2\x1b\x58\xf3\xcb\x19\xb3"),
                 SERVER("\0\0\0\x0c\0\0\0\x0c\1\2\3\4")),
           LINES("app cassandra", "proof certain", "tx cassandra command=internode version=12"));
    speaks(
        TURNS(CLIENT("\xca\x55\x2d\xfa\x0c\x0a\x0c\x11\x06\xc6\x12\0\2\x1b\x58\xf3\xcb\x19\xb3")),
        LINES("app cassandra", "proof strong"));
    speaks(TURNS(CLIENT("\xca\x55\x2d\xfa\0\0\x0a\0"), SERVER("\0\0\0\x0a"), CLIENT("and on")),
           LINES("app cassandra", "proof certain", "tx cassandra command=internode version=10"));
    speaks(TURNS(CLIENT("\xca\x55\x2d\xfa\0\0\x0a\0")), LINES(UNKNOWN));
    speaks(
        TURNS(CLIENT("\xca\x55\x2d\xfa\x0c\x0a\x0c\x11\x06\xc6\x12\0\2\x1b\x58\xf3\xcb\x19\xb4")),
        LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\xca\x55\x2d\xfb\0\0\x0a\0")), LINES(UNKNOWN));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(ASKS(4, 0, OPTIONS, "")), LINES("app cassandra", "proof strong"));
    speaks(TURNS(ASKS(4, 0, STARTUP, STARTUP_BODY), ASKS(4, 1, QUERY, QUERY_BODY)),
           LINES("proof strong", TX_STARTUP("4"), TX_QUERY));
    speaks(TURNS(SAYS(4, 0, SUPPORTED, SUPPORTED_BODY)), LINES("app cassandra", "proof strong"));
    speaks(TURNS(SAYS(4, 0, AUTHENTICATE, "\0\x0aorg.apache")),
           LINES("app cassandra", "proof fair"));
    speaks(TURNS(SAYS(4, 0, READY, "")), LINES(UNKNOWN));
    speaks(
        TURNS(ASKS(5, 0, STARTUP, STARTUP_BODY), segment(TURN_CLIENT, 1, QUERY, SPAN(QUERY_BODY))),
        LINES("proof strong", TX_QUERY));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(HANDSHAKE(4), ASKS(4, 2, QUERY, QUERY_BODY), SERVER_LOST(20),
                      SERVER("the rest of it"), ASKS(4, 3, QUERY, QUERY_BODY),
                      SAYS(4, 3, FAILS, "\0\0\x20\0\0\1b"), CLIENT_LOST(30),
                      ASKS(4, 4, QUERY, QUERY_BODY), SAYS(4, 4, FAILS, "\0\0\x20\0\0\1c")),
                LINES(TX_QUERY, TX_QUERY " error.code=8192 error.message=b",
                      TX_QUERY " error.code=8192 error.message=c"));
    speaks_once(TURNS(HANDSHAKE(5), segment(TURN_CLIENT, 2, QUERY, SPAN(QUERY_BODY)),
                      CLIENT_LOST(30), CLIENT("the rest"),
                      segment(TURN_CLIENT, 4, QUERY, SPAN(QUERY_BODY)),
                      segment(TURN_SERVER, 4, FAILS, SPAN("\0\0\x20\0\0\1c"))),
                LINES(TX_QUERY, TX_QUERY " error.code=8192 error.message=c"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(ASKS(7, 0, OPTIONS, "")), LINES(UNKNOWN));
    speaks(TURNS(ASKS(4, 0, OPTIONS, "x")), LINES(UNKNOWN));
    speaks(TURNS(ASKS(4, 0, QUERY, QUERY_BODY)), LINES(UNKNOWN));
    speaks(TURNS(frame(TURN_CLIENT, 4, 0x20, 0, OPTIONS, SPAN(""))), LINES(UNKNOWN));
    speaks(TURNS(ASKS(4, 0, STARTUP,
                      "\0\1\0\x0b\x43QL_VERSIOM\0\5"
                      "3.4.5")),
           LINES(UNKNOWN));
    speaks(TURNS(ASKS(4, 0, STARTUP,
                      "\0\2\0\x0b\x43QL_VERSION\0\5"
                      "3.4.5")),
           LINES(UNKNOWN));
    speaks(TURNS(ASKS(4, 0, STARTUP,
                      "\xff\xff\0\x0b\x43QL_VERSION\0\5"
                      "3.4.5")),
           LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\4\0\0\0\1\x20\0\0\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\1\0\0\0\1\0\0\0\x08\x08")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0")),
           LINES("!app cassandra"));
}

static void goes_on_after_nonsense(void **state)
{
    (void)state;
    speaks_once(TURNS(HANDSHAKE(4), CLIENT("nonsense that is long enough"),
                      ASKS(4, 4, QUERY, QUERY_BODY), SAYS(4, 4, FAILS, "\0\0\x20\0\0\1c")),
                LINES("app cassandra", TX_QUERY " error.code=8192 error.message=c"));
    speaks_once(TURNS(HANDSHAKE(5), segment(TURN_CLIENT, 2, 99, SPAN("nonsense")),
                      segment(TURN_CLIENT, 4, QUERY, SPAN(QUERY_BODY))),
                LINES("app cassandra", TX_QUERY, "!note *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_handshake),
        cmocka_unit_test(reads_queries),
        cmocka_unit_test(reads_batches),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(reads_what_stands_before_bodies),
        cmocka_unit_test(answers_out_of_turn),
        cmocka_unit_test(downgrades),
        cmocka_unit_test(reads_segments),
        cmocka_unit_test(passes_packed_segments),
        cmocka_unit_test(reads_frames_in_many_segments),
        cmocka_unit_test(reads_long_statements),
        cmocka_unit_test(reads_nodes),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(goes_on_after_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
