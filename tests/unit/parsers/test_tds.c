/* SPDX-License-Identifier: Apache-2.0
 *
 * TDS: logins old and new, statements and calls in many packets, rows, errors, streams, encryption,
 * the browser, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uchar.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

enum { ENDS = 1, GOES_ON = 0 };

/* ---- bytes in the making ---- */

struct bytes {
    uint8_t at[40000];
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
    put8(b, v & 0xff);
    put8(b, v >> 8 & 0xff);
}

static void put32(struct bytes *b, uint32_t v)
{
    put16(b, v & 0xffff);
    put16(b, v >> 16);
}

static void put_be16(struct bytes *b, unsigned v)
{
    put8(b, v >> 8 & 0xff);
    put8(b, v & 0xff);
}

static size_t length16(const char16_t *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

static void put_text(struct bytes *b, const char16_t *text)
{
    put(b, text, 2 * length16(text));
}

/* With a length of characters in front, of one byte or two. */
static void put_text8(struct bytes *b, const char16_t *text)
{
    put8(b, (unsigned)length16(text));
    put_text(b, text);
}

static void put_text16(struct bytes *b, const char16_t *text)
{
    put16(b, (unsigned)length16(text));
    put_text(b, text);
}

/* A turn's bytes have to stay where they are while a conversation is played. */
static struct turn say(enum turn_who who, const struct bytes *b)
{
    static struct bytes kept[24];
    static unsigned next;
    struct bytes *k = &kept[next++ % 24];

    *k = *b;
    return (struct turn){who, (const char *)k->at, k->n, 0};
}

static void packet(struct bytes *out, unsigned type, unsigned status, unsigned number,
                   struct span payload)
{
    put8(out, type);
    put8(out, status);
    put_be16(out, (unsigned)payload.n + 8);
    put_be16(out, 0);
    put8(out, number);
    put8(out, 0);
    put(out, payload.p, payload.n);
}

/* A message, cut into packets of `most` bytes; 0 = one. */
static struct turn message_cut(enum turn_who who, unsigned type, const struct bytes *b, size_t most)
{
    struct bytes out = {.n = 0};
    struct span left = span_of(b->at, b->n);
    unsigned number = 1;

    while (most && left.n > most) {
        packet(&out, type, GOES_ON, number++, span_first(left, most));
        left = span_from(left, most);
    }
    packet(&out, type, ENDS, number, left);
    return say(who, &out);
}

static struct turn asks(unsigned type, const struct bytes *b)
{
    return message_cut(TURN_CLIENT, type, b, 0);
}

static struct turn answers(const struct bytes *b)
{
    return message_cut(TURN_SERVER, 4, b, 0);
}

/* ---- what is said ---- */

static struct bytes prelogin(uint8_t major, uint8_t encryption)
{
    struct bytes b = {.n = 0};

    PUT(&b, "\0\0\x1a\0\6\1\0\x20\0\1\2\0\x21\0\3\3\0\x24\0\4\4\0\x28\0\1\xff");
    put8(&b, major);
    PUT(&b, "\0\x07\xd0\0\0");
    put8(&b, encryption);
    PUT(&b, "db\0\1\2\3\4\1");
    return b;
}

static struct bytes login7(uint32_t version)
{
    static const char16_t *const texts[9] = {u"web1", u"sa",   u"p", u"shop",  u"db.example",
                                             u"",     u"ODBC", u"",  u"orders"};
    struct bytes b = {.n = 0}, data = {.n = 0};

    put32(&b, version);
    PUT(&b, "\0\x10\0\0\0\0\0\7\1\0\0\0\0\0\0\0\xe0\3\0\0\0\0\0\0\x09\4\0\0");
    for (int i = 0; i < 9; i++) {
        put16(&b, (unsigned)(94 + data.n));
        put16(&b, (unsigned)length16(texts[i]));
        put_text(&data, texts[i]);
    }
    PUT(&b, "\1\2\3\4\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    put(&b, data.at, data.n);
    struct bytes out = {.n = 0};

    put32(&out, (uint32_t)b.n + 4);
    put(&out, b.at, b.n);
    return out;
}

static void headers(struct bytes *b)
{
    PUT(b, "\x16\0\0\0\x12\0\0\0\2\0\1\0\0\0\0\0\0\0\1\0\0\0");
}

static struct bytes batch(const char16_t *text)
{
    struct bytes b = {.n = 0};

    headers(&b);
    put_text(&b, text);
    return b;
}

static void put_done(struct bytes *b, unsigned status, uint32_t rows)
{
    put8(b, 0xfd);
    put16(b, status);
    put16(b, 0xc1);
    put32(b, rows);
    put32(b, 0);
}

static struct bytes done(uint32_t rows)
{
    struct bytes b = {.n = 0};

    put_done(&b, 0x10, rows);
    return b;
}

static void put_error(struct bytes *b, uint8_t token, uint32_t number, uint8_t class,
                      const char16_t *text)
{
    struct bytes body = {.n = 0};

    put32(&body, number);
    put8(&body, 1);
    put8(&body, class);
    put_text16(&body, text);
    put_text8(&body, u"DB");
    put_text8(&body, u"");
    put32(&body, 1);
    put8(b, token);
    put16(b, (unsigned)body.n);
    put(b, body.at, body.n);
}

static struct bytes failure(uint32_t number, const char16_t *text)
{
    struct bytes b = {.n = 0};

    put_error(&b, 0xaa, number, 14, text);
    put_done(&b, 2, 0);
    return b;
}

static struct bytes login_answer(void)
{
    struct bytes b = {.n = 0};

    PUT(&b, "\xe3\x0f\0\1\6o\0r\0d\0e\0r\0s\0\0");
    put_error(&b, 0xab, 5701, 10, u"Changed database context");
    PUT(&b, "\xad\x32\0\1\x74\0\0\4");
    put_text8(&b, u"Microsoft SQL Server");
    PUT(&b, "\x0f\0\7\xd0");
    PUT(&b, "\xae\1\1\0\0\0\0\xff");
    put_done(&b, 0, 0);
    return b;
}

#define LOGIN                                                                                      \
    "tx tds client.library_version=15.0.2000 server.instance=db server.version=16.0.2000 "         \
    "encryption=not supported mars=true "
#define LOGIN7                                                                                     \
    "tds_version=7.4 client.host=web1 user=sa server.name=db.example client.application=shop "     \
    "client.library=ODBC database=orders"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 40000, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

/* ---- tests ---- */

static void reads_a_login(void **state)
{
    struct bytes hello = prelogin(15, 2), reply = prelogin(16, 2), login = login7(0x74000004);
    struct bytes accepted = login_answer(), refused = failure(18456, u"Login failed for 'sa'.");

    (void)state;
    speaks(TURNS(asks(18, &hello), answers(&reply), asks(16, &login), answers(&accepted)),
           LINES("app tds", "proof certain", LOGIN LOGIN7 " server.program=Microsoft SQL Server",
                 "!note *"));
    speaks(TURNS(asks(18, &hello), answers(&reply), message_cut(TURN_CLIENT, 16, &login, 100),
                 answers(&refused)),
           LINES("proof certain",
                 LOGIN LOGIN7 " error.number=18456 error.state=1 error.class=14 "
                              "error.message=Login failed for 'sa'.",
                 "note SQL Server refuses the login: sa"));
}

static void knows_all_versions(void **state)
{
    static const uint32_t versions[] = {0x70000000, 0x71000001, 0x72090002,
                                        0x730a0003, 0x730b0003, 0x74000004};

    (void)state;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct bytes login = login7(versions[i]);
        char line[64];

        snprintf(line, sizeof(line), "tx tds tds_version=7.%u client.host=web1*",
                 versions[i] >> 24 & 15);
        speaks(TURNS(asks(16, &login)), LINES("app tds", "proof strong", line));
    }
}

#define OPENING asks(18, &hello), answers(&reply), asks(16, &login), answers(&accepted)
#define OPENING_BYTES                                                                              \
    struct bytes hello = prelogin(15, 2), reply = prelogin(16, 2), login = login7(0x74000004);     \
    struct bytes accepted = login_answer()

static void reads_batches(void **state)
{
    OPENING_BYTES;
    struct bytes select = batch(u"SELECT 'gr\u00fc\u00df \u20ac \U0001f600' FROM t");
    struct bytes wrong = batch(u"SELECT * FROM salaries");
    struct bytes three = done(3), denied = failure(229, u"denied");

    (void)state;
    speaks(TURNS(OPENING, asks(1, &select), answers(&three), asks(1, &wrong), answers(&denied)),
           LINES("tx tds command=batch statement=SELECT 'gr\\xc3\\xbc\\xc3\\x9f \\xe2\\x82\\xac "
                 "\\xf0\\x9f\\x98\\x80' FROM t rows=3",
                 "tx tds command=batch statement=SELECT * FROM salaries error.number=229 "
                 "error.state=1 error.class=14 error.message=denied",
                 "note SQL Server refuses a right: sa",
                 "buffer sql SELECT 'gr\\xc3\\xbc\\xc3\\x9f \\xe2\\x82\\xac \\xf0\\x9f\\x98\\x80' "
                 "FROM t",
                 "buffer sql SELECT * FROM salaries"));
}

/* Pairs of surrogates and units fall on both sides of packets. */
static void joins_batches_of_many_packets(void **state)
{
    OPENING_BYTES;
    struct bytes text = batch(u"SELECT '\U0001f600' ; EXEC master..xp_CmdShell 'dir'");
    struct bytes two = done(2);

    (void)state;
    for (size_t most = 24; most < 60; most += 5)
        speaks(TURNS(OPENING, message_cut(TURN_CLIENT, 1, &text, most), answers(&two)),
               LINES("tx tds command=batch statement=SELECT '\\xf0\\x9f\\x98\\x80' ; EXEC "
                     "master..xp_CmdShell 'dir' rows=2",
                     "note SQL Server statement reaches for the system: xp_cmdshell",
                     "buffer sql SELECT '\\xf0\\x9f\\x98\\x80' ; EXEC master..xp_CmdShell 'dir'"));
}

static void inspects_long_batches_to_their_end(void **state)
{
    OPENING_BYTES;
    static struct bytes text;
    struct bytes one = done(1);

    (void)state;
    text = batch(u"SELECT 1 --");
    while (text.n < 36000)
        put_text(&text, u"comment ");
    put_text(&text, u" EXEC sp_OACreate 'x'");
    speaks(TURNS(OPENING, message_cut(TURN_CLIENT, 1, &text, 4088), answers(&one)),
           LINES("note SQL Server statement reaches for the system: sp_oacreate"));
}

static void put_parameter(struct bytes *b, const char16_t *name, const char16_t *text)
{
    put_text8(b, name);
    PUT(b, "\0\xe7\x40\x1f\x09\4\xd0\0\x34");
    put16(b, (unsigned)length16(text) * 2);
    put_text(b, text);
}

static void put_long_parameter(struct bytes *b, const char16_t *text, size_t chunk)
{
    struct span left = span_of(text, length16(text) * 2);

    PUT(b, "\0\0\xe7\xff\xff\x09\4\xd0\0\x34\xfe\xff\xff\xff\xff\xff\xff\xff");
    for (; left.n; left = span_from(left, chunk)) {
        struct span piece = span_first(left, chunk);

        put32(b, (uint32_t)piece.n);
        put(b, piece.p, piece.n);
    }
    put32(b, 0);
}

static void reads_calls(void **state)
{
    OPENING_BYTES;
    struct bytes execute = {.n = 0}, prepare = {.n = 0}, named = {.n = 0}, long_one = {.n = 0};
    struct bytes one = done(1);

    (void)state;
    headers(&execute);
    PUT(&execute, "\xff\xff\x0a\0\0\0");
    put_parameter(&execute, u"", u"SELECT * FROM t WHERE a = @a");
    put_parameter(&execute, u"", u"@a nvarchar(10)");
    put_parameter(&execute, u"@a", u"secret shoe");
    headers(&prepare);
    PUT(&prepare, "\xff\xff\x0b\0\0\0\0\1\x26\4\0");
    put_parameter(&prepare, u"", u"@a int");
    put_parameter(&prepare, u"", u"UPDATE t SET a = @a");
    PUT(&prepare, "\0\0\x26\4\4\1\0\0\0");
    headers(&named);
    put_text16(&named, u"shop.dbo.report");
    PUT(&named, "\2\0");
    PUT(&named, "\3@\0i\0d\0\0\x38\7\0\0\0");
    PUT(&named, "\0\0\xa7\x0a\0\x09\4\xd0\0\x34\3\0abc");
    PUT(&named, "\0\0\x6d\x8\x8\1\2\3\4\5\6\7\x8");
    PUT(&named, "\0\0\x6a\x11\x12\2\5\1\1\2\3\4");
    PUT(&named, "\xff\xff\xff\x0a\0\0\0");
    put_parameter(&named, u"", u"SELECT 2");
    headers(&long_one);
    put_text16(&long_one, u"sp_executesql");
    PUT(&long_one, "\0\0");
    put_long_parameter(&long_one, u"DELETE FROM t WHERE name = 'x'", 7);
    put_parameter(&long_one, u"", u"");
    speaks(TURNS(OPENING, asks(3, &execute), answers(&one), asks(3, &prepare), answers(&one),
                 message_cut(TURN_CLIENT, 3, &named, 30), answers(&one), asks(3, &long_one),
                 answers(&one)),
           LINES("tx tds command=rpc procedure=sp_executesql statement=SELECT * FROM t WHERE a = "
                 "@a rows=1",
                 "buffer sql SELECT * FROM t WHERE a = @a\\n",
                 "buffer body @a nvarchar(10)\\nsecret shoe\\n",
                 "tx tds command=rpc procedure=sp_prepare statement=UPDATE t SET a = @a rows=1",
                 "tx tds command=rpc procedure=shop.dbo.report statement=SELECT 2 rows=1",
                 "buffer body abc\\n", "buffer sql DELETE FROM t WHERE name = 'x'\\n"));
}

/* A statement that does not fit into what is held of a message. */
static void follows_long_statements_of_calls(void **state)
{
    OPENING_BYTES;
    static struct bytes call;
    static char16_t text[17000];
    struct bytes one = done(1);

    (void)state;
    for (int i = 0; i < 16990; i++)
        text[i] = (char16_t)(i % 50 ? 'a' + i % 26 : ' ');
    memcpy(text + 16000, u" xp_cmdshell ", 26);
    for (size_t chunk = 4000; chunk < 4008; chunk++) {
        call.n = 0;
        headers(&call);
        PUT(&call, "\xff\xff\x0a\0\0\0");
        put_long_parameter(&call, text, chunk);
        put_parameter(&call, u"", u"@a int");
        const struct conversation c = {
            .turns = TURNS(OPENING, message_cut(TURN_CLIENT, 3, &call, 4088), answers(&one)),
            .expect = LINES("note SQL Server statement reaches for the system: xp_cmdshell",
                            "tx tds command=rpc procedure=sp_executesql statement=*")};

        conversation_check_once(&c, CUT_TURNS);
    }
}

static void notes_dangerous_procedures(void **state)
{
    OPENING_BYTES;
    struct bytes call = {.n = 0}, one = done(0);

    (void)state;
    headers(&call);
    put_text16(&call, u"master..xp_cmdshell");
    PUT(&call, "\0\0");
    put_parameter(&call, u"", u"dir c:");
    speaks(TURNS(OPENING, asks(3, &call), answers(&one)),
           LINES("tx tds command=rpc procedure=master..xp_cmdshell rows=0",
                 "note SQL Server statement reaches for the system: xp_cmdshell",
                 "buffer body dir c:\\n"));
}

static struct bytes rows(void)
{
    struct bytes b = {.n = 0};

    PUT(&b, "\x81\4\0");
    PUT(&b, "\0\0\0\0\x08\0\x38");
    put_text8(&b, u"id");
    PUT(&b, "\0\0\0\0\x09\0\xe7\x64\0\x09\4\xd0\0\x34");
    put_text8(&b, u"name");
    PUT(&b, "\0\0\0\0\x09\0\x63\xff\xff\xff\x7f\x09\4\xd0\0\x34\1\1\0t\0");
    put_text8(&b, u"note");
    PUT(&b, "\0\0\0\0\x09\0\xa7\xff\xff\x09\4\xd0\0\x34");
    put_text8(&b, u"code");
    PUT(&b, "\xd1\1\0\0\0\x08\0s\0h\0o\0e\0\4PPPP12345678\4\0\0\0h\0i\0"
            "\5\0\0\0\0\0\0\0\3\0\0\0abc\2\0\0\0de\0\0\0\0");
    PUT(&b, "\xd2\x0e\2\0\0\0");
    PUT(&b, "\xd1\3\0\0\0\xff\xff\0\xff\xff\xff\xff\xff\xff\xff\xff");
    PUT(&b, "\xac\0\0\2@\0a\0\1\0\0\0\0\0\0\xe7\x64\0\x09\4\xd0\0\x34\4\0o\0k\0");
    PUT(&b, "\x79\0\0\0\0\xa9\2\0\1\0");
    put_done(&b, 0x11, 3);
    put_done(&b, 0x10, 4);
    return b;
}

static void tells_of_injection(void **state)
{
    OPENING_BYTES;
    struct bytes text = batch(u"select a from t where b='' or 1=1"), call = {.n = 0}, one = done(1);

    (void)state;
    headers(&call);
    put_text16(&call, u"sp_executesql");
    PUT(&call, "\0\0");
    put_parameter(&call, u"", u"select a from t where b='' or 1=1");
    speaks(TURNS(OPENING, asks(1, &text), answers(&one)),
           LINES("threat 2022 SQL injection, SQL Server: a condition always true: or 1=1"));
    speaks(TURNS(OPENING, asks(3, &call), answers(&one)),
           LINES("threat 2022 SQL injection, SQL Server: a condition always true: or 1=1\\n"));
}

static void reads_rows(void **state)
{
    OPENING_BYTES;
    struct bytes select = batch(u"SELECT 1"), table = rows();

    (void)state;
    for (size_t most = 0; most < 60; most = most ? most + 19 : 20)
        speaks(TURNS(OPENING, asks(1, &select), message_cut(TURN_SERVER, 4, &table, most)),
               LINES("tx tds command=batch statement=SELECT 1 rows=7",
                     "buffer body shoe\\nhi\\nabcde\\nok\\n"));
}

/* What is not understood is handed on without its zeros, and the next answer is read again. */
static void survives_unknown_tokens(void **state)
{
    OPENING_BYTES;
    struct bytes select = batch(u"SELECT 1"), odd = {.n = 0}, one = done(1);

    (void)state;
    PUT(&odd, "\x81\1\0\0\0\0\0\0\0\x99h\0e\0l\0l\0o\0");
    speaks(TURNS(OPENING, asks(1, &select), answers(&odd), asks(1, &select), answers(&one)),
           LINES("tx tds command=batch statement=SELECT 1",
                 "tx tds command=batch statement=SELECT 1 rows=1"));
}

static void reads_other_requests(void **state)
{
    OPENING_BYTES;
    struct bytes begin = {.n = 0}, bulk = {.n = 0}, nothing = {.n = 0}, one = done(0);

    (void)state;
    headers(&begin);
    PUT(&begin, "\5\0\0\0");
    PUT(&bulk, "\x81\1\0h\0i\0");
    speaks(TURNS(OPENING, asks(14, &begin), answers(&one), asks(7, &bulk), answers(&one),
                 asks(6, &nothing), answers(&one)),
           LINES("tx tds command=transaction statement=begin rows=0", "tx tds command=bulk rows=0",
                 "!tx tds command=batch*"));
}

/* ---- TDS 5 and 4 ---- */

static struct bytes old_login(const char *version)
{
    struct bytes b = {.n = 0};

    memset(b.at, 0, 570);
    b.n = 570;
    memcpy(b.at, "web1", b.at[30] = 4);
    memcpy(b.at + 31, "sa", b.at[61] = 2);
    memcpy(b.at + 62, "secret", b.at[92] = 6);
    memcpy(b.at + 140, "isql", b.at[170] = 4);
    memcpy(b.at + 171, "SYBASE", b.at[201] = 6);
    memcpy(b.at + 458, version, 4);
    memcpy(b.at + 462, "CT-Library", b.at[472] = 10);
    return b;
}

static void reads_sybase(void **state)
{
    struct bytes login = old_login("\5\0\0\0"), accepted = {.n = 0}, ask = {.n = 0};
    struct bytes refused = {.n = 0}, call = {.n = 0};

    (void)state;
    PUT(&accepted, "\xad\x0e\0\5\5\0\0\0\4ASE \x0f\7\0\0\xe2\2\0\1\2\xfd\0\0\0\0\0\0\0\0");
    PUT(&ask, "\x21\x09\0\0\0\0select 1");
    PUT(&refused, "\xe5\x1a\0\x0d\1\0\0\1\x10\5ZZZZZ\0\0\0\3\0bad\0\0\1\0\xfd\2\0\0\0\0\0\0\0");
    PUT(&call, "\xe6\x0a\0\7sp_help\0\0");
    speaks(TURNS(message_cut(TURN_CLIENT, 2, &login, 504), answers(&accepted), asks(15, &ask),
                 answers(&refused), asks(15, &call)),
           LINES("app tds", "proof certain",
                 "tx tds tds_version=5.0 client.host=web1 user=sa server.name=SYBASE "
                 "client.application=isql client.library=CT-Library server.program=ASE ",
                 "tx tds command=language statement=select 1 error.number=269 error.state=1 "
                 "error.class=16 error.message=bad",
                 "tx tds command=language procedure=sp_help", "buffer sql select 1"));
}

static void reads_tds4(void **state)
{
    struct bytes login = old_login("\4\2\0\0"), ask = {.n = 0};

    (void)state;
    PUT(&ask, "select 1");
    speaks(TURNS(message_cut(TURN_CLIENT, 2, &login, 504), asks(1, &ask)),
           LINES("proof strong", "tx tds command=batch statement=select 1"));
}

/* ---- encryption ---- */

static void stops_at_encryption(void **state)
{
    struct bytes hello = prelogin(15, 1), reply = prelogin(16, 1), tls = {.n = 0};

    (void)state;
    PUT(&tls, "\x16\3\1\0\5abcde");
    speaks(TURNS(asks(18, &hello), answers(&reply), asks(18, &tls),
                 message_cut(TURN_SERVER, 18, &tls, 0), CLIENT("\x17\3\3\0\5abcde"),
                 SERVER("\x17\3\3\0\5abcdeand so on")),
           LINES("app tds", "proof certain",
                 "tx tds client.library_version=15.0.2000 server.instance=db "
                 "server.version=16.0.2000 encryption=on mars=true",
                 "!note *"));
}

/* Only the login is encrypted; what follows is not. */
static void passes_encrypted_logins(void **state)
{
    struct bytes hello = prelogin(15, 0), reply = prelogin(16, 0), tls = {.n = 0};
    struct bytes accepted = login_answer(), select = batch(u"SELECT 1"), one = done(1);

    (void)state;
    PUT(&tls, "\x16\3\1\0\5abcde");
    speaks(TURNS(asks(18, &hello), answers(&reply), asks(18, &tls), answers(&tls),
                 CLIENT("\x17\3\3\0\5abcde\x17\3\3\0\2ab"), answers(&accepted), asks(1, &select),
                 answers(&one)),
           LINES("proof certain",
                 "tx tds client.library_version=15.0.2000 server.instance=db "
                 "server.version=16.0.2000 encryption=login mars=true "
                 "server.program=Microsoft SQL Server",
                 "tx tds command=batch statement=SELECT 1 rows=1"));
}

/* ---- streams ---- */

static void frame(struct bytes *b, unsigned flags, unsigned stream, struct span inside)
{
    put8(b, 0x53);
    put8(b, flags);
    put16(b, stream);
    put32(b, 16 + (uint32_t)inside.n);
    put32(b, 1);
    put32(b, 4);
    put(b, inside.p, inside.n);
}

static struct turn framed(enum turn_who who, unsigned stream, unsigned type,
                          const struct bytes *payload)
{
    struct bytes one = {.n = 0}, out = {.n = 0};

    packet(&one, type, ENDS, 1, span_of(payload->at, payload->n));
    frame(&out, 8, stream, span_of(one.at, one.n));
    return say(who, &out);
}

static void reads_streams(void **state)
{
    OPENING_BYTES;
    struct bytes syn = {.n = 0}, a = batch(u"SELECT 'a'"), b = batch(u"SELECT 'b'");
    struct bytes one = done(1), two = done(2), ack = {.n = 0};

    (void)state;
    frame(&syn, 1, 0, span_of("", 0));
    frame(&syn, 1, 1, span_of("", 0));
    frame(&ack, 2, 1, span_of("", 0));
    speaks(TURNS(OPENING, say(TURN_CLIENT, &syn), framed(TURN_CLIENT, 0, 1, &a),
                 framed(TURN_CLIENT, 1, 1, &b), framed(TURN_SERVER, 1, 4, &two),
                 say(TURN_SERVER, &ack), framed(TURN_SERVER, 0, 4, &one)),
           LINES("tx tds command=batch statement=SELECT 'a' rows=1",
                 "tx tds command=batch statement=SELECT 'b' rows=2", "!note *"));
}

/* ---- one side, the middle, losses ---- */

static void believes_one_side(void **state)
{
    struct bytes hello = prelogin(15, 0), reply = prelogin(16, 0);

    (void)state;
    speaks(TURNS(asks(18, &hello)), LINES("app tds", "proof strong"));
    speaks(TURNS(answers(&reply)),
           LINES("app tds", "proof strong",
                 "tx tds server.version=16.0.2000 encryption=login mars=true"));
}

static void joins_in_the_middle(void **state)
{
    struct bytes select = batch(u"SELECT 1"), call = {.n = 0}, table = rows(), old = {.n = 0};
    struct bytes plain = {.n = 0};

    (void)state;
    put_text(&plain, u"COMMIT TRANSACTION");
    PUT(&old, "\xfd\0\0\xd5\0\0\0\0\0");
    put_text16(&call, u"sp_executesql");
    PUT(&call, "\0\0");
    put_parameter(&call, u"", u"SELECT 3");
    speaks_midstream(TURNS(asks(1, &select)),
                     LINES("app tds", "proof strong", "tx tds command=batch statement=SELECT 1"));
    speaks_midstream(TURNS(asks(1, &plain), answers(&old)),
                     LINES("proof certain", "tx tds command=batch statement=COMMIT TRANSACTION"));
    speaks_midstream(TURNS(asks(3, &call)),
                     LINES("app tds", "tx tds command=rpc procedure=sp_executesql "
                                      "statement=SELECT 3"));
    speaks_midstream(TURNS(answers(&table)),
                     LINES("app tds", "proof strong", "buffer body shoe\\nhi\\nabcde\\nok\\n"));
    speaks_midstream(TURNS(CLIENT("rest of something"), answers(&old), asks(3, &call)),
                     LINES("app tds"));
}

static void finds_its_way_after_a_loss(void **state)
{
    OPENING_BYTES;
    struct bytes a = batch(u"SELECT 1"), b = batch(u"SELECT 2"), one = done(1), torn = {.n = 0};
    struct bytes c = batch(u"SELECT 3");

    (void)state;
    packet(&torn, 1, GOES_ON, 2, SPAN("s\0o\0m\0e\0"));
    packet(&torn, 1, ENDS, 3, SPAN("r\0e\0s\0t\0"));
    const struct conversation lossy = {
        .turns =
            TURNS(OPENING, asks(1, &a), SERVER_LOST(50), answers(&one), CLIENT_LOST(80),
                  say(TURN_CLIENT, &torn), asks(1, &b), answers(&one), asks(1, &c), answers(&one)),
        .expect = LINES("app tds", "tx tds command=batch statement=SELECT 1*",
                        "tx tds command=batch statement=SELECT 2 rows=1",
                        "tx tds command=batch statement=SELECT 3 rows=1",
                        "!tx tds command=batch statement=rest*")};

    conversation_check_once(&lossy, CUT_TURNS);
}

/* ---- others ---- */

static void leaves_others_alone(void **state)
{
    struct bytes hello = prelogin(15, 0), far = prelogin(15, 0), login = login7(0x74000004);
    struct bytes version = login7(0x75000004), length = login7(0x74000004);
    struct bytes select = batch(u"SELECT 1"), empty = {.n = 0};

    (void)state;
    hello.at[0] = 1;
    far.at[2] = 200;
    length.at[0]++;
    login.at[36 + 16]++;
    login.at[36 + 17] += 10;
    speaks(TURNS(asks(18, &hello)), LINES(UNKNOWN));
    speaks(TURNS(asks(18, &far)), LINES(UNKNOWN));
    speaks(TURNS(asks(16, &version)), LINES(UNKNOWN));
    speaks(TURNS(asks(16, &length)), LINES(UNKNOWN));
    speaks(TURNS(asks(16, &login)), LINES(UNKNOWN));
    speaks(TURNS(asks(1, &select)), LINES(UNKNOWN));
    speaks(TURNS(asks(18, &empty)), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\x12\1\0\7\0\0\0\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\x12\x21\0\x10\0\0\0\0\0\0\0\0\0\0\0\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0"),
                 SERVER("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x0f\x08\0\2\0\0\0")),
           LINES("!app tds"));
    speaks_midstream(TURNS(CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0")),
                     LINES("!app tds"));
}

static void asks_the_browser(void **state)
{
    const struct conversation c = {
        .transport = OVER_UDP,
        .server_port = 1434,
        .turns = TURNS(CLIENT("\3"),
                       SERVER("\5\x5e\0ServerName;DB1;InstanceName;SHOP;IsClustered;No;Version;"
                              "16.0.1000.6;tcp;1433;np;\\\\DB1\\pipe\\a;;")),
        .expect = LINES("app tds", "proof certain",
                        "tx tds command=browse server.name=DB1 server.instance=SHOP "
                        "server.version=16.0.1000.6 server.port=1433"),
    };
    const struct conversation named = {
        .transport = OVER_UDP,
        .server_port = 1434,
        .turns = TURNS(CLIENT("\4SHOP\0"), SERVER("\5\6\0\1\x99\5")),
        .expect = LINES("app tds", "tx tds command=browse server.instance=SHOP"),
    };
    const struct conversation silent = {
        .transport = OVER_UDP,
        .server_port = 1434,
        .turns = TURNS(CLIENT("\2")),
        .expect = LINES(UNKNOWN),
    };
    const struct conversation longer = {
        .transport = OVER_UDP,
        .server_port = 5000,
        .turns = TURNS(SERVER("\5\x0c\0ServerName;")),
        .expect = LINES(UNKNOWN),
    };

    (void)state;
    conversation_check(&c);
    conversation_check(&named);
    conversation_check(&silent);
    conversation_check(&longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_login),
        cmocka_unit_test(knows_all_versions),
        cmocka_unit_test(reads_batches),
        cmocka_unit_test(joins_batches_of_many_packets),
        cmocka_unit_test(inspects_long_batches_to_their_end),
        cmocka_unit_test(reads_calls),
        cmocka_unit_test(follows_long_statements_of_calls),
        cmocka_unit_test(notes_dangerous_procedures),
        cmocka_unit_test(tells_of_injection),
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(survives_unknown_tokens),
        cmocka_unit_test(reads_other_requests),
        cmocka_unit_test(reads_sybase),
        cmocka_unit_test(reads_tds4),
        cmocka_unit_test(stops_at_encryption),
        cmocka_unit_test(passes_encrypted_logins),
        cmocka_unit_test(reads_streams),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(asks_the_browser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
