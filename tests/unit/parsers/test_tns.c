/* SPDX-License-Identifier: Apache-2.0
 *
 * Oracle: the way to a service, calls of old and new clients, statements in chunks and packets,
 * look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

enum { CONNECT = 1, ACCEPT = 2, REFUSE = 4, REDIRECT = 5, DATA = 6, RESEND = 11, MARKER = 12 };
enum width { NARROW, WIDE };
enum place { HERE, NEXT_PACKET };

/* ---- bytes in the making ---- */

struct bytes {
    uint8_t at[120000];
    size_t n;
};

static void put(struct bytes *b, const void *bytes, size_t n)
{
    assert_true(b->n + n <= sizeof(b->at));
    memcpy(b->at + b->n, bytes, n);
    b->n += n;
}

#define PUT(b, literal) put((b), (literal), sizeof(literal) - 1)

static void put8(struct bytes *b, unsigned v)
{
    put(b, (const uint8_t[]){(uint8_t)v}, 1);
}

static void put16(struct bytes *b, unsigned v)
{
    put8(b, v >> 8 & 0xff);
    put8(b, v & 0xff);
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

static void put_packet(struct bytes *b, enum width width, unsigned type, struct span body)
{
    unsigned n = (unsigned)body.n + 8;

    put16(b, width == WIDE ? n >> 16 : n);
    put16(b, width == WIDE ? n : 0);
    put8(b, type);
    put8(b, 0);
    put16(b, 0);
    put(b, body.p, body.n);
}

static struct turn packet(enum turn_who who, enum width width, unsigned type, struct span body)
{
    static struct bytes b;

    b.n = 0;
    put_packet(&b, width, type, body);
    return keep(who, &b);
}

/* Behind the login all is wide, and DATA has its flags. */
static struct turn payload(enum turn_who who, const void *bytes, size_t n)
{
    static struct bytes b;

    b.n = 0;
    put16(&b, 0);
    put(&b, bytes, n);
    return packet(who, WIDE, DATA, span_of(b.at, b.n));
}

#define CALLS(literal)   payload(TURN_CLIENT, (literal), sizeof(literal) - 1)
#define RETURNS(literal) payload(TURN_SERVER, (literal), sizeof(literal) - 1)

#define DESCRIPTOR                                                                                 \
    "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=shop)(CID=(PROGRAM=sqlplus)(HOST=web1)(USER=joe)))"  \
    "(ADDRESS=(PROTOCOL=tcp)(HOST=db.example)(PORT=1521)))"

static struct bytes connect(const char *text, unsigned version, unsigned offset, enum place place)
{
    struct bytes b = {.n = 0};

    put16(&b, version);
    put16(&b, 300);
    PUT(&b, "\0\0\x20\0\x7f\xff\x4f\x98\0\0\0\1");
    put16(&b, (unsigned)strlen(text));
    put16(&b, offset);
    while (b.n < offset - 8)
        put8(&b, 0);
    if (place == HERE)
        put(&b, text, strlen(text));
    return b;
}

static struct turn connects(void)
{
    struct bytes b = connect(DESCRIPTOR, 319, 74, HERE);

    return packet(TURN_CLIENT, NARROW, CONNECT, span_of(b.at, b.n));
}

#define ACCEPT_BODY(version) version "\0\0\x20\0\xff\xff\1\0\0\0\0\x20\x41\1\0\0\0\0\0\0\0\0"
#define ACCEPTS              packet(TURN_SERVER, NARROW, ACCEPT, SPAN(ACCEPT_BODY("\1\x3f")))
#define OPENING              connects(), ACCEPTS
#define TX_CONNECT                                                                                 \
    "tx tns version=319 sdu=8192 service=shop client.program=sqlplus client.host=web1 "            \
    "client.user=joe"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

/* ---- tests ---- */

static void reads_the_way_to_a_service(void **state)
{
    struct bytes old =
        connect("(DESCRIPTION = (CONNECT_DATA = (SID = \"ORCL\")(CID=(USER=)) ))", 310, 34, HERE);
    struct bytes listener = connect("(CONNECT_DATA=(COMMAND=version))", 300, 58, HERE);

    (void)state;
    speaks(TURNS(connects(), packet(TURN_SERVER, NARROW, RESEND, SPAN("")), connects(), ACCEPTS),
           LINES("app tns", "proof certain", "!note *"));
    speaks(TURNS(OPENING),
           LINES("app tns", "proof certain", TX_CONNECT " server.version=319", "!note *"));
    speaks(TURNS(packet(TURN_CLIENT, NARROW, CONNECT, span_of(old.at, old.n))),
           LINES("app tns", "proof strong", "tx tns version=310 sdu=8192 sid=ORCL client.user="));
    speaks(TURNS(packet(TURN_CLIENT, NARROW, CONNECT, span_of(listener.at, listener.n))),
           LINES("app tns", "tx tns version=300 sdu=8192 listener_command=version"));
}

/* There is room for 230 bytes in the packet. */
static void reads_long_descriptors(void **state)
{
    struct bytes b = connect(DESCRIPTOR, 319, 74, NEXT_PACKET);

    (void)state;
    speaks(TURNS(packet(TURN_CLIENT, NARROW, CONNECT, span_of(b.at, b.n)),
                 packet(TURN_CLIENT, NARROW, DATA, SPAN("\0\0" DESCRIPTOR)), ACCEPTS),
           LINES("app tns", "proof certain", TX_CONNECT " server.version=319"));
    speaks(TURNS(packet(TURN_CLIENT, NARROW, CONNECT, span_of(b.at, b.n)),
                 packet(TURN_CLIENT, NARROW, DATA, SPAN("\0\0" DESCRIPTOR))),
           LINES("app tns", "proof strong"));
}

static void tells_refusals(void **state)
{
    (void)state;
    speaks(TURNS(connects(), packet(TURN_SERVER, NARROW, REFUSE,
                                    SPAN("\x22\0\0\x22(DESCRIPTION=(VSNNUM=1)(ERR=12514))"))),
           LINES("proof certain",
                 TX_CONNECT " error.code=12514 "
                            "error.message=(DESCRIPTION=(VSNNUM=1)(ERR=12514)",
                 "note Oracle's listener knows no such service"));
    speaks(
        TURNS(connects(), packet(TURN_SERVER, NARROW, REDIRECT,
                                 SPAN("\0\x2e(ADDRESS=(PROTOCOL=tcp)(HOST=10.1.1.3)(PORT=99))"))),
        LINES("proof certain", TX_CONNECT " redirect[]=10.1.1.3 redirect[]=99", "!note *"));
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(TURNS(OPENING, CALLS("\1\6\0client\0"), RETURNS("\1\6\0x86_64/Linux 2.4.xx\0more"),
                 CALLS("\3\x76\1\1\1\5\2\1\1\1\1\5\1\1\5alice\1\x0d\x0d"
                       "AUTH_TERMINAL\1\4\4pts0\0"),
                 RETURNS("\x08\1\2key"),
                 CALLS("\3\x73\2\1\1\5\2\1\1\1\1\5\1\1\5alice\1\x0d\x0d"
                       "AUTH_PASSWORD\1\4\4abcd\0"),
                 RETURNS("\4\1\1\2\3\xf9\0\0\x33ORA-01017: invalid username/password; logon "
                         "denied\n\x1d")),
           LINES("tx tns server.platform=x86_64/Linux 2.4.xx",
                 "tx tns command=session key user=alice",
                 "tx tns command=authenticate user=alice error.code=1017 "
                 "error.message=ORA-01017: invalid username/password; logon denied",
                 "note Oracle refuses the login: alice", "!buffer *"));
    speaks(TURNS(OPENING,
                 CALLS("\3\x76\2\xfe\xff\xff\xff\xff\xff\xff\xff\x09\0\0\0\x21\0\0\0"
                       "\xfe\xff\xff\xff\xff\xff\xff\xff\5\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff"
                       "\xfe\xff\xff\xff\xff\xff\xff\xff\3sys\x0d\0\0\0\x0d"
                       "AUTH_TERMINAL\5")),
           LINES("tx tns command=session key user=sys"));
}

static void reads_statements(void **state)
{
    (void)state;
    speaks(TURNS(OPENING,
                 CALLS("\3\x5e\4\2\x80\x61\0\1\1\x1d\1\1\x0d\0\0\0\0\4\x7f\xff\xff\xff\0\0"
                       "\x1dSELECT * FROM items WHERE a=1\1\1\1values"),
                 RETURNS("\x10\x17rows of them"),
                 CALLS("\x11\x69\5\1\1\1\1\3\x5e\6\1\2\x15  (select 1 from dual)"),
                 RETURNS("\4\1\1\2\3\xae\0\0\x2dORA-00942: table or view does not exist here\n"),
                 CALLS("\3\x0e\7"), RETURNS("\x09\1"), CALLS("\3\x05\x08\1\2\3"),
                 CALLS("\3\x5e\x09\1\1")),
           LINES("tx tns command=execute statement=SELECT * FROM items WHERE a=1",
                 "tx tns command=execute statement=  (select 1 from dual error.code=942 "
                 "error.message=ORA-00942: table or view does not exist here",
                 "tx tns command=commit", "tx tns command=fetch", "tx tns command=execute",
                 "buffer sql SELECT * FROM items WHERE a=1", "buffer body \\x01\\x01\\x01values",
                 "buffer sql   (select 1 from dual", "!note *"));
}

static void tells_of_injection(void **state)
{
    (void)state;
    speaks(TURNS(OPENING, CALLS("\3\x5e\1\1\2\x21select a from t where b='' or 1=1\1\1\1values")),
           LINES("threat 2022 SQL injection, Oracle: a condition always true: or 1=1"));
    speaks(TURNS(OPENING, CALLS("\3\x5e\1\1\2\xfe\x10select a from t "
                                "\x11where b='' or 1=1\0")),
           LINES("threat 2022 SQL injection, Oracle: a condition always true: or 1=1"));
}

/* Chunks with lengths of one byte (old clients), and with lengths of numbers (new ones). */
static void joins_chunks(void **state)
{
    (void)state;
    speaks(TURNS(OPENING,
                 CALLS("\3\x5e\1\1\2\xfe\x09"
                       "SELECT 1 \x09"
                       "FROM dual\0and more"),
                 RETURNS("\4\0"),
                 CALLS("\3\x5e\2\1\2\xfe\1\x08"
                       "UPDATE t\2\0\x08 SET a=1\0")),
           LINES("tx tns command=execute statement=SELECT 1 FROM dual",
                 "tx tns command=execute statement=UPDATE t SET a=1",
                 "buffer sql SELECT 1 FROM dual", "buffer body and more",
                 "buffer sql UPDATE t SET a=1"));
}

/* Packets end inside of chunks, and inside of their lengths. */
static void joins_packets(void **state)
{
    enum { CHUNK = 11500 };
    static struct bytes call;

    (void)state;
    call.n = 0;
    PUT(&call, "\3\x5e\1\1\2\xfe");
    for (int i = 0; i < 3; i++) {
        put8(&call, 2);
        put16(&call, CHUNK);
        put(&call, i ? "........" : "SELECT x", 8);
        memset(call.at + call.n, 'a' + i, CHUNK - 8);
        call.n += CHUNK - 8;
    }
    PUT(&call, "\0bind");
    for (size_t most = 8181; most < 8185; most++) {
        static struct bytes stream;

        stream.n = 0;
        for (struct span left = span_of(call.at, call.n); left.n; left = span_from(left, most)) {
            static struct bytes one;

            one.n = 0;
            put16(&one, 0);
            put(&one, left.p, left.n < most ? left.n : most);
            put_packet(&stream, WIDE, DATA, span_of(one.at, one.n));
        }
        const struct conversation c = {
            .turns = TURNS(OPENING, keep(TURN_CLIENT, &stream), CALLS("\3\x0e\7")),
            .expect =
                LINES("tx tns command=execute statement=SELECT xaaaa*", "buffer sql SELECT xaaaa*",
                      "buffer body bind", "tx tns command=commit"),
        };

        conversation_check_once(&c, CUT_TURNS);
    }
    const struct conversation wide = {
        .turns = TURNS(OPENING, payload(TURN_CLIENT, call.at, call.n), CALLS("\3\x0e\7")),
        .expect = LINES("buffer sql SELECT xaaaa*", "tx tns command=commit"),
    };

    conversation_check_once(&wide, CUT_TURNS);
    conversation_check_once(&wide, CUT_BYTES);
}

/* Native encryption: what follows cannot be read. */
static void stops_at_encryption(void **state)
{
    (void)state;
    speaks(TURNS(OPENING,
                 RETURNS("\xde\xad\xbe\xef\0\x20\0\0\0\0\0\1\0"
                         "\0\2\0\2\0\0\0\0\0\4\0\5\x0c\x10\2\0\0\1\0\2\x11"),
                 CALLS("\3\x5e garbage")),
           LINES("app tns", "tx tns encrypted=true", "!tx tns command*"));
    speaks(TURNS(OPENING,
                 RETURNS("\xde\xad\xbe\xef\0\x20\0\0\0\0\0\1\0"
                         "\0\2\0\2\0\0\0\0\0\4\0\5\x0c\x10\2\0\0\1\0\2\0"),
                 CALLS("\3\x0e\1")),
           LINES("tx tns command=commit"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(connects()), LINES("app tns", "proof strong", TX_CONNECT));
    speaks(TURNS(ACCEPTS), LINES("app tns", "proof fair", "tx tns server.version=319"));
    speaks(TURNS(packet(TURN_SERVER, NARROW, REFUSE, SPAN("\4\0\0\x18(DESCRIPTION=(ERR=12505))"))),
           LINES("app tns", "proof strong"));
    speaks(TURNS(packet(TURN_SERVER, NARROW, RESEND, SPAN(""))), LINES(UNKNOWN));
}

static void finds_its_way_after_a_loss(void **state)
{
    const struct conversation c = {
        .turns = TURNS(OPENING, CALLS("\3\x5e\1\1\2\xfe\2\x10\0SELECT and so on"), CLIENT_LOST(99),
                       CLIENT("rest of a packet"), CALLS("\3\x5e\1\1\2\x08SELECT 2"),
                       SERVER_LOST(70), RETURNS("\4\1\x0eORA-00001: x\n\1")),
        .expect = LINES("tx tns command=execute statement=SELECT and so on",
                        "tx tns command=execute statement=SELECT 2 error.code=1 "
                        "error.message=ORA-00001: x"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void leaves_others_alone(void **state)
{
    static const char other[] = "(SOMETHING=(ELSE=1))";
    struct bytes word = connect(other, 319, 74, HERE);
    struct bytes version = connect(DESCRIPTOR, 331, 74, HERE);
    struct bytes offset = connect(DESCRIPTOR, 319, 75, HERE);
    struct bytes length = connect(DESCRIPTOR, 319, 74, HERE);
    struct bytes old = connect(DESCRIPTOR, 299, 74, HERE);

    (void)state;
    length.n--;
    const struct bytes *const bad[] = {&word, &version, &offset, &length, &old};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(packet(TURN_CLIENT, NARROW, CONNECT, span_of(bad[i]->at, bad[i]->n))),
               LINES(UNKNOWN, "!tx *"));
    speaks(TURNS(packet(TURN_CLIENT, NARROW, DATA, SPAN("\0\0\3\x5e\1\x08SELECT 1"))),
           LINES(UNKNOWN));
    speaks(TURNS(packet(TURN_CLIENT, WIDE, DATA, SPAN("\0\0\3\x5e\1\x08SELECT 1"))),
           LINES(UNKNOWN));
    speaks(TURNS(packet(TURN_CLIENT, NARROW, 16, SPAN("anything"))), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\7\0\0\1\0\0\0")), LINES(UNKNOWN));
}

static void survives_hostile_descriptors(void **state)
{
    static char deep[8000];
    struct bytes b;

    (void)state;
    memcpy(deep, "(DESCRIPTION=", 13);
    for (size_t i = 13; i + 3 < sizeof(deep); i += 3)
        memcpy(deep + i, "(a=", 3);
    deep[sizeof(deep) - 1] = '\0';
    b = connect(deep, 319, 74, HERE);
    speaks(TURNS(packet(TURN_CLIENT, NARROW, CONNECT, span_of(b.at, b.n))),
           LINES("app tns", "tx tns version=319 sdu=8192"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_way_to_a_service),
        cmocka_unit_test(reads_long_descriptors),
        cmocka_unit_test(tells_refusals),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(reads_statements),
        cmocka_unit_test(tells_of_injection),
        cmocka_unit_test(joins_chunks),
        cmocka_unit_test(joins_packets),
        cmocka_unit_test(stops_at_encryption),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(survives_hostile_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
