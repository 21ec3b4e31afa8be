/* SPDX-License-Identifier: Apache-2.0
 *
 * MongoDB: messages of all kinds, pairing by number, compression, documents, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define LINES(...)     ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...)     ((const struct turn[]){__VA_ARGS__, {0}})
#define SAYS_CLIENT(m) say(TURN_CLIENT, (m))
#define SAYS_SERVER(m) say(TURN_SERVER, (m))
#define UNKNOWN        "app failed"

enum {
    REPLY = 1,
    UPDATE = 2001,
    INSERT = 2002,
    QUERY = 2004,
    GET_MORE = 2005,
    DELETE = 2006,
    KILL = 2007,
    COMMAND = 2010,
    COMMAND_REPLY = 2011,
    COMPRESSED = 2012,
    MSG = 2013,
};

/* ---- a message, built front to back; sizes are filled in at the end of what they count ---- */

struct message {
    uint8_t bytes[4096];
    size_t n;
    size_t open[16];
    unsigned depth;
};

/* A turn's bytes have to stay where they are while a conversation is played. */
static struct turn say(enum turn_who who, struct message m)
{
    static struct message kept[32];
    static unsigned next;
    struct message *k = &kept[next++ % 32];

    *k = m;
    return (struct turn){who, (const char *)k->bytes, k->n, 0};
}

static void put(struct message *m, const void *bytes, size_t n)
{
    assert_true(m->n + n <= sizeof(m->bytes));
    memcpy(m->bytes + m->n, bytes, n);
    m->n += n;
}

static void put32(struct message *m, uint32_t v)
{
    put(m, (const uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)},
        4);
}

static void put_name(struct message *m, const char *name)
{
    put(m, name, strlen(name) + 1);
}

static void size_begin(struct message *m)
{
    m->open[m->depth++] = m->n;
    put32(m, 0);
}

static void size_end(struct message *m)
{
    size_t at = m->open[--m->depth], n = m->n - at;

    for (unsigned i = 0; i < 4; i++)
        m->bytes[at + i] = (uint8_t)(n >> 8 * i);
}

static void element(struct message *m, uint8_t type, const char *name)
{
    put(m, &type, 1);
    put_name(m, name);
}

static void text(struct message *m, const char *name, const char *value)
{
    element(m, 2, name);
    put32(m, (uint32_t)strlen(value) + 1);
    put_name(m, value);
}

static void binary(struct message *m, const char *name, const char *value, size_t n)
{
    element(m, 5, name);
    put32(m, (uint32_t)n);
    put(m, "", 1);
    put(m, value, n);
}

static void number(struct message *m, const char *name, uint32_t value)
{
    element(m, 16, name);
    put32(m, value);
}

static void real(struct message *m, const char *name, const char *bytes)
{
    element(m, 1, name);
    put(m, bytes, 8);
}

#define ZERO "\0\0\0\0\0\0\0\0"
#define ONE  "\0\0\0\0\0\0\xf0\x3f"

static void inner(struct message *m, uint8_t type, const char *name)
{
    element(m, type, name);
    size_begin(m);
}

static void end(struct message *m)
{
    put(m, "", 1);
    size_end(m);
}

static struct message head(uint32_t opcode, uint32_t id, uint32_t answers)
{
    struct message m = {.n = 0};

    size_begin(&m);
    put32(&m, id);
    put32(&m, answers);
    put32(&m, opcode);
    return m;
}

static struct message msg(uint32_t id, uint32_t answers, uint32_t flags)
{
    struct message m = head(MSG, id, answers);

    put32(&m, flags);
    put(&m, "", 1);
    size_begin(&m);
    return m;
}

static struct message query(uint32_t id, const char *collection)
{
    struct message m = head(QUERY, id, 0);

    put32(&m, 4);
    put_name(&m, collection);
    put32(&m, 0);
    put32(&m, UINT32_MAX);
    size_begin(&m);
    return m;
}

static struct message reply(uint32_t id, uint32_t answers)
{
    struct message m = head(REPLY, id, answers);

    put32(&m, 8);
    put32(&m, 0);
    put32(&m, 0);
    put32(&m, 0);
    put32(&m, 1);
    size_begin(&m);
    return m;
}

static struct message done(struct message m)
{
    end(&m);
    while (m.depth)
        size_end(&m);
    return m;
}

/* ---- messages in use ---- */

static struct message ping(uint32_t id)
{
    struct message m = msg(id, 0, 0);

    number(&m, "ping", 1);
    text(&m, "$db", "admin");
    return done(m);
}

static struct message ok(uint32_t id, uint32_t answers)
{
    struct message m = msg(id, answers, 0);

    real(&m, "ok", ONE);
    return done(m);
}

static struct message failure(uint32_t answers, uint32_t code, const char *name)
{
    struct message m = msg(900, answers, 0);

    real(&m, "ok", ZERO);
    text(&m, "errmsg", "no");
    number(&m, "code", code);
    text(&m, "codeName", name);
    return done(m);
}

static struct message find(uint32_t id)
{
    struct message m = msg(id, 0, 0);

    text(&m, "find", "items");
    inner(&m, 3, "filter");
    text(&m, "name", "shoe");
    end(&m);
    text(&m, "$db", "shop");
    return done(m);
}

#define TX_PING "tx mongodb command=ping database=admin"
#define TX_FIND "tx mongodb command=find collection=items database=shop"

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

/* ---- tests ---- */

static void hello_end(struct message *m)
{
    inner(m, 3, "client");
    inner(m, 3, "application");
    text(m, "name", "shop");
    end(m);
    inner(m, 3, "driver");
    text(m, "name", "PyMongo");
    text(m, "version", "3.11.0");
    end(m);
    inner(m, 3, "os");
    text(m, "name", "Linux");
    end(m);
    end(m);
    inner(m, 3, "speculativeAuthenticate");
    number(m, "saslStart", 1);
    text(m, "mechanism", "SCRAM-SHA-256");
    binary(m, "payload", "n,,n=alice,r=abcdef", 19);
    end(m);
}

#define HELLO                                                                                      \
    " client.application=shop client.driver=PyMongo client.driver_version=3.11.0 "                 \
    "auth.mechanism=SCRAM-SHA-256 auth.user=alice server.max_wire_version=21"

static void reads_a_handshake(void **state)
{
    struct message asks = query(1, "admin.$cmd"), says = reply(2, 1);
    struct message asks2 = msg(3, 0, 0), says2 = msg(4, 3, 0);

    (void)state;
    number(&asks, "isMaster", 1);
    hello_end(&asks);
    asks = done(asks);
    number(&says, "maxWireVersion", 21);
    real(&says, "ok", ONE);
    says = done(says);
    number(&asks2, "hello", 1);
    text(&asks2, "$db", "admin");
    hello_end(&asks2);
    asks2 = done(asks2);
    number(&says2, "maxWireVersion", 21);
    real(&says2, "ok", ONE);
    says2 = done(says2);
    speaks(TURNS(SAYS_CLIENT(asks), SAYS_SERVER(says)),
           LINES("app mongodb", "proof certain", "tx mongodb database=admin command=isMaster" HELLO,
                 "buffer body shop\\nPyMongo\\n3.11.0\\nLinux\\nSCRAM-SHA-256\\n", "!note *"));
    speaks(TURNS(SAYS_CLIENT(asks2), SAYS_SERVER(says2)),
           LINES("app mongodb", "proof certain", "tx mongodb command=hello database=admin" HELLO));
}

static void reads_sections(void **state)
{
    struct message m = msg(11, 0, 1);

    (void)state;
    text(&m, "insert", "items");
    text(&m, "$db", "shop");
    end(&m);
    put(&m, "\1", 1);
    size_begin(&m);
    put_name(&m, "documents");
    size_begin(&m);
    text(&m, "name", "hat");
    end(&m);
    size_end(&m);
    put(&m, "crc!", 4);
    size_end(&m);
    speaks(TURNS(SAYS_CLIENT(m), SAYS_SERVER(ok(20, 11))),
           LINES("proof certain", "tx mongodb command=insert collection=items database=shop",
                 "buffer body items\\nshop\\nhat\\n"));
}

static void reads_commands(void **state)
{
    struct message more = msg(12, 0, 0), asks = msg(13, 0, 0), says = msg(14, 13, 0);
    struct message wrote = msg(15, 16, 0);

    (void)state;
    number(&more, "getMore", 7);
    text(&more, "collection", "items");
    text(&more, "$db", "shop");
    more = done(more);
    number(&asks, "buildInfo", 1);
    text(&asks, "$db", "admin");
    asks = done(asks);
    text(&says, "version", "7.0.5");
    real(&says, "ok", ONE);
    says = done(says);
    inner(&wrote, 4, "writeErrors");
    inner(&wrote, 3, "0");
    number(&wrote, "index", 0);
    number(&wrote, "code", 11000);
    end(&wrote);
    end(&wrote);
    real(&wrote, "ok", ONE);
    wrote = done(wrote);
    speaks(TURNS(SAYS_CLIENT(more), SAYS_SERVER(failure(12, 43, "CursorNotFound")),
                 SAYS_CLIENT(asks), SAYS_SERVER(says), SAYS_CLIENT(find(16)), SAYS_SERVER(wrote)),
           LINES("proof certain",
                 "tx mongodb command=getMore collection=items database=shop error.code=43 "
                 "error.name=CursorNotFound",
                 "tx mongodb command=buildInfo database=admin server.version=7.0.5",
                 TX_FIND " error.code=11000", "!note *"));
}

/* What no client of today sends. */
static void reads_old_messages(void **state)
{
    struct message update = head(UPDATE, 1, 0), insert = head(INSERT, 2, 0);
    struct message remove = head(DELETE, 4, 0), more = head(GET_MORE, 5, 0);
    struct message kill = head(KILL, 6, 0), command = head(COMMAND, 7, UINT32_MAX);
    struct message asks = query(8, "shop.items"), answer = head(COMMAND_REPLY, 9, 7);
    struct message found = done(reply(20, 8)), further = done(reply(21, 5));

    (void)state;
    put32(&update, 0);
    put_name(&update, "shop.items");
    put32(&update, 1);
    size_begin(&update);
    end(&update);
    size_begin(&update);
    text(&update, "a", "b");
    update = done(update);
    put32(&insert, 0);
    put_name(&insert, "shop.items");
    size_begin(&insert);
    text(&insert, "name", "sock");
    insert = done(insert);
    put32(&remove, 0);
    put_name(&remove, "shop.items");
    put32(&remove, 0);
    size_begin(&remove);
    remove = done(remove);
    put32(&more, 0);
    put_name(&more, "shop.items");
    put(&more, "\1\0\0\0\1\2\3\4\5\6\7\10", 12);
    size_end(&more);
    put32(&kill, 0);
    put(&kill, "\1\0\0\0\1\2\3\4\5\6\7\10", 12);
    size_end(&kill);
    put_name(&command, "shop");
    put_name(&command, "ping");
    size_begin(&command);
    number(&command, "ping", 1);
    command = done(command);
    size_begin(&answer);
    text(&answer, "meta", "x");
    end(&answer);
    size_begin(&answer);
    real(&answer, "ok", ZERO);
    number(&answer, "code", 7);
    answer = done(answer);
    text(&asks, "name", "hat");
    asks = done(asks);
    speaks(TURNS(SAYS_CLIENT(update), SAYS_CLIENT(insert), SAYS_CLIENT(remove), SAYS_CLIENT(kill),
                 SAYS_CLIENT(asks), SAYS_SERVER(found), SAYS_CLIENT(more), SAYS_SERVER(further),
                 SAYS_CLIENT(command), SAYS_SERVER(answer)),
           LINES("proof certain", "tx mongodb database=shop command=update collection=items",
                 "tx mongodb database=shop command=insert collection=items",
                 "tx mongodb database=shop command=query collection=items",
                 "tx mongodb database=shop command=delete collection=items",
                 "tx mongodb database=shop command=getMore collection=items",
                 "tx mongodb command=killCursors",
                 "tx mongodb database=shop command=ping error.code=7"));
}

static void reads_wrapped_commands(void **state)
{
    struct message m = query(3, "shop.$cmd");

    (void)state;
    inner(&m, 3, "$query");
    text(&m, "count", "items");
    end(&m);
    inner(&m, 3, "$readPreference");
    text(&m, "mode", "nearest");
    end(&m);
    m = done(m);
    speaks(TURNS(SAYS_CLIENT(m)), LINES("app mongodb", "proof strong",
                                        "tx mongodb database=shop command=count collection=items"));
}

static void pairs_by_number(void **state)
{
    struct message silent = msg(4, 0, 2);

    (void)state;
    text(&silent, "insert", "log");
    silent = done(silent);
    speaks(TURNS(SAYS_CLIENT(ping(1)), SAYS_CLIENT(find(2)), SAYS_CLIENT(ping(3)),
                 SAYS_CLIENT(silent), SAYS_SERVER(failure(2, 59, "CommandNotFound")),
                 SAYS_SERVER(failure(3, 8, "Odd")), SAYS_SERVER(failure(1, 9, "Late")),
                 SAYS_SERVER(ok(5, 777))),
           LINES(TX_FIND " error.code=59 error.name=CommandNotFound",
                 TX_PING " error.code=8 error.name=Odd", TX_PING " error.code=9 error.name=Late",
                 "tx mongodb command=insert collection=log"));
}

static void tells_refusals(void **state)
{
    struct message login = msg(1, 0, 0);

    (void)state;
    number(&login, "saslStart", 1);
    text(&login, "mechanism", "PLAIN");
    binary(&login, "payload", "\0bob\0hunter2", 12);
    text(&login, "$db", "$external");
    login = done(login);
    {
        const struct conversation c = {
            .turns = TURNS(SAYS_CLIENT(login), SAYS_SERVER(failure(1, 18, "AuthenticationFailed")),
                           SAYS_CLIENT(find(2)), SAYS_SERVER(failure(2, 13, "Unauthorized"))),
            .expect = LINES("tx mongodb command=saslStart auth.mechanism=PLAIN auth.user=bob "
                            "database=$external error.code=18 error.name=AuthenticationFailed",
                            "note MongoDB refuses the login: bob",
                            TX_FIND " error.code=13 error.name=Unauthorized",
                            "note MongoDB refuses a right: bob"),
        };
        char *outcome = conversation_play(&c, CUT_TURNS, 0);

        assert_null(strstr(outcome, "hunter2"));
        free(outcome);
        conversation_check(&c);
    }
}

static void keeps_passwords_from_buffers(void **state)
{
    struct message m = msg(1, 0, 0);

    (void)state;
    text(&m, "createUser", "amy");
    text(&m, "pwd", "hunter2");
    text(&m, "$db", "shop");
    m = done(m);
    speaks(TURNS(SAYS_CLIENT(m)), LINES("buffer body amy\\nshop\\n"));
}

static void notes_scripts(void **state)
{
    struct message where = msg(1, 0, 0), reduce = msg(2, 0, 0), data = msg(3, 0, 0);

    (void)state;
    text(&where, "find", "items");
    inner(&where, 3, "filter");
    element(&where, 13, "$where");
    put32(&where, 9);
    put_name(&where, "sleep(1)");
    end(&where);
    where = done(where);
    text(&reduce, "mapReduce", "items");
    reduce = done(reduce);
    number(&data, "$where", 1);
    data = done(data);
    speaks(TURNS(SAYS_CLIENT(where), SAYS_CLIENT(reduce)),
           LINES("note MongoDB is to run a script: $where",
                 "note MongoDB is to run a script: mapReduce", "buffer body items\\nsleep(1)\\n"));
    speaks(TURNS(SAYS_CLIENT(data)), LINES("!note *"));
}

/* ---- compression ---- */

static struct message packed(const struct message *m, uint8_t how, uint32_t id, uint32_t answers)
{
    struct message out = head(COMPRESSED, id, answers);
    uLongf n = sizeof(out.bytes) - 25;

    put(&out, m->bytes + 12, 4);
    put32(&out, (uint32_t)m->n - 16);
    put(&out, &how, 1);
    if (how == 2)
        assert_int_equal(compress(out.bytes + 25, &n, m->bytes + 16, m->n - 16), Z_OK);
    else if (how == 3)
        n = ZSTD_compress(out.bytes + 25, n, m->bytes + 16, m->n - 16, 3);
    else
        memcpy(out.bytes + 25, m->bytes + 16, n = m->n - 16);
    out.n += n;
    size_end(&out);
    return out;
}

static void unpacks_messages(void **state)
{
    struct message a = find(1), b = failure(1, 59, "CommandNotFound"), c = find(2), d = ok(9, 2),
                   e = find(3), f = find(4);

    (void)state;
    a = packed(&a, 2, 1, 0);
    b = packed(&b, 3, 9, 1);
    c = packed(&c, 3, 2, 0);
    d = packed(&d, 0, 9, 2);
    e = packed(&e, 0, 3, 0);
    f = packed(&f, 1, 4, 0);
    speaks(TURNS(SAYS_CLIENT(a), SAYS_SERVER(b), SAYS_CLIENT(c), SAYS_SERVER(d), SAYS_CLIENT(e),
                 SAYS_CLIENT(f)),
           LINES("app mongodb", "proof certain",
                 "tx mongodb compression=zlib command=find collection=items database=shop "
                 "error.code=59 error.name=CommandNotFound",
                 "tx mongodb compression=zstd command=find collection=items database=shop",
                 "tx mongodb compression=none command=find collection=items database=shop",
                 "tx mongodb compression=snappy"));
}

/* Bytes that no packer wrote, and few that say they hold many. */
static void survives_bad_packing(void **state)
{
    struct message a = find(1), b = find(2), c = find(3);

    (void)state;
    a = packed(&a, 2, 1, 0);
    b = packed(&b, 3, 2, 0);
    c = packed(&c, 2, 3, 0);
    memset(a.bytes + 30, 0x55, a.n - 30);
    memset(b.bytes + 25, 0x55, b.n - 25);
    memcpy(c.bytes + 20, "\0\x6c\xdc\x02", 4);
    speaks(TURNS(SAYS_CLIENT(a), SAYS_CLIENT(b), SAYS_CLIENT(c), SAYS_CLIENT(ping(4))),
           LINES("app mongodb", TX_PING,
                 "tx mongodb compression=zlib command=find collection=items database=shop"));
}

/* ---- size ---- */

static void passes_long_messages(void **state)
{
    enum { BODY = 3000000 };
    static uint8_t body[BODY];
    struct message m = msg(1, 0, 0);
    size_t first;

    (void)state;
    text(&m, "insert", "items");
    text(&m, "$db", "shop");
    end(&m);
    put(&m, "\1", 1);
    size_begin(&m);
    put_name(&m, "documents");
    first = m.n;
    m.bytes[first - 14] = 0;
    memset(body, 'x', sizeof(body));
    memcpy(body, m.bytes, m.n);
    memcpy(body, "\xc0\xc6\x2d\x00", 4);
    speaks_once(TURNS(CLIENT_BYTES(body, BODY), SAYS_CLIENT(ping(2)), SAYS_SERVER(ok(8, 1)),
                      SAYS_SERVER(failure(2, 7, "Seven"))),
                LINES("proof certain", "tx mongodb command=insert collection=items database=shop",
                      TX_PING " error.code=7 error.name=Seven"));
}

static void reads_hostile_documents(void **state)
{
    static struct message deep, sizes;

    (void)state;
    deep = msg(1, 0, 0);
    text(&deep, "find", "items");
    for (int i = 0; i < 300; i++) {
        put(&deep, "\3a\0\xff\xff\xff\x7f", 7);
    }
    deep = done(deep);
    sizes = msg(2, 0, 0);
    text(&sizes, "find", "items");
    put(&sizes, "\2a\0\xff\xff\xff\xff", 7);
    put(&sizes, "\3b\0\0\0\0\0", 7);
    put(&sizes, "\x0f\x63\0\1\0\0\0", 7);
    sizes = done(sizes);
    speaks(TURNS(SAYS_CLIENT(deep), SAYS_CLIENT(sizes), SAYS_CLIENT(ping(3))),
           LINES("app mongodb", "tx mongodb command=find collection=items", TX_PING));
}

/* ---- one side, the middle, losses ---- */

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(SAYS_CLIENT(find(1))), LINES("app mongodb", "proof strong", TX_FIND));
    speaks(TURNS(SAYS_SERVER(ok(1, 9))), LINES("app mongodb", "proof strong", "!tx *"));
    speaks(TURNS(SAYS_SERVER(failure(9, 13, "Unauthorized"))),
           LINES("app mongodb", "tx mongodb error.code=13 error.name=Unauthorized",
                 "note MongoDB refuses a right"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 27017,
        .midstream = true,
        .turns = TURNS(CLIENT("half a document that ends here\0"), SAYS_SERVER(ok(5, 4)),
                       SAYS_CLIENT(find(6)), SAYS_SERVER(failure(6, 1, "One"))),
        .expect = LINES("app mongodb", "proof certain", TX_FIND " error.code=1 error.name=One"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(SAYS_CLIENT(ping(1)), SAYS_CLIENT(ping(2)), SERVER_LOST(100),
                      SERVER("rest of it"), SAYS_SERVER(failure(2, 2, "Two")), CLIENT_LOST(50),
                      SAYS_CLIENT(find(3)), SAYS_SERVER(failure(3, 3, "Three"))),
                LINES("app mongodb", TX_PING, TX_PING " error.code=2 error.name=Two",
                      TX_FIND " error.code=3 error.name=Three"));
}

/* ---- others ---- */

static void leaves_others_alone(void **state)
{
    struct message flags = ping(1), opcode = ping(1), size = ping(1), kind = ping(1);
    struct message answers = ping(1), empty = done(msg(1, 0, 0)), name = msg(1, 0, 0);
    struct message length = ping(1), space = query(1, "");

    (void)state;
    flags.bytes[16] = 4;
    opcode.bytes[12] = 0xd0;
    size.bytes[21]++;
    size.bytes[22]++;
    kind.bytes[20] = 2;
    answers.bytes[8] = 1;
    number(&name, "\1\2", 1);
    name = done(name);
    number(&space, "ping", 1);
    space = done(space);
    memcpy(length.bytes, "\x0f\0\0\0", 4);
    const struct message *const bad[] = {&flags, &opcode, &size,   &kind, &answers,
                                         &empty, &name,   &length, &space};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(CLIENT_BYTES(bad[i]->bytes, bad[i]->n)), LINES(UNKNOWN, "!tx *"));
    speaks(TURNS(CLIENT("\x3a\0\0\0\1\0\0\0\0\0\0\0\xd4\7\0\0 is not BSON, is it? No.....")),
           LINES(UNKNOWN));
}

static void goes_on_after_nonsense(void **state)
{
    (void)state;
    speaks_once(TURNS(SAYS_CLIENT(ping(1)), SAYS_SERVER(ok(7, 1)), CLIENT("nonsense that is long"),
                      SAYS_CLIENT(find(2)), SAYS_SERVER(ok(8, 2))),
                LINES("app mongodb", TX_PING, TX_FIND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_handshake),       cmocka_unit_test(reads_sections),
        cmocka_unit_test(reads_commands),          cmocka_unit_test(reads_old_messages),
        cmocka_unit_test(reads_wrapped_commands),  cmocka_unit_test(pairs_by_number),
        cmocka_unit_test(tells_refusals),          cmocka_unit_test(keeps_passwords_from_buffers),
        cmocka_unit_test(notes_scripts),           cmocka_unit_test(unpacks_messages),
        cmocka_unit_test(survives_bad_packing),    cmocka_unit_test(passes_long_messages),
        cmocka_unit_test(reads_hostile_documents), cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),     cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),     cmocka_unit_test(goes_on_after_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
