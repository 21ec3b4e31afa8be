/* SPDX-License-Identifier: Apache-2.0
 *
 * MySQL and MariaDB: greetings, logins, commands and their responses, losses, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* clang-format off */
#define GREETING "\x4a\0\0\0" "\x0a" "8.0.36\0" "thr." "saltsalt" "\0" "\xff\xff" "\x2d" "\2\0" "\xff\xdf" "\x15" "\0\0\0\0\0\0\0\0\0\0" "saltsaltsalt\0" "caching_sha2_password\0"
#define GREETING_MARIA "\x59\0\0\0" "\x0a" "5.5.5-10.11.6-MariaDB\0" "thr." "saltsalt" "\0" "\xfe\xf7" "\x2d" "\2\0" "\xff\x81" "\x15" "\0\0\0\0\0\0" "\x1d\0\0\0" "saltsaltsalt\0" "mysql_native_password\0"
#define GREETING_OLD "\x34\0\0\0" "\x0a" "4.1.22\0" "thr." "saltsalt" "\0" "\x2c\xa2" "\x08" "\2\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0" "saltsaltsalt\0"
#define GREETING_SHORT "\x18\0\0\0" "\x0a" "3.23.58\0" "thr." "saltsalt" "\0" "\x2c\0"
#define GREETING_9 "\x16\0\0\0" "\x09" "3.20.32\0" "thr." "saltsalt\0"
#define GREETING_LONG_SALT "\x61\0\0\0" "\x0a" "9.1.0-long-name-of-a-build.el9\0" "thr." "saltsalt" "\0" "\xff\xff" "\x2d" "\2\0" "\xff\xdf" "\x28" "\0\0\0\0\0\0\0\0\0\0" "saltsaltsaltsaltsaltsaltsaltsalt" "x\0"
#define GREETING_NO_NUL "\x48\0\0\0" "\x0a" "5.5.8\0" "thr." "saltsalt" "\0" "\xff\xff" "\x2d" "\2\0" "\x0f\0" "\x15" "\0\0\0\0\0\0\0\0\0\0" "saltsaltsalt\0" "mysql_native_password"
#define LOGIN "\x6e\0\0\1" "\x0d\x82\x38\0" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\x04" "hash" "shop\0" "caching_sha2_password\0" "\x29" "\x0c" "_client_name" "\x08" "libmysql" "\x0c" "program_name" "\x05" "mysql"
#define LOGIN_PLAIN "\x29\0\0\1" "\5\x82\0\0" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\4" "hash"
#define LOGIN_NO_SECURE "\x2e\0\0\1" "\x0d\2\0\0" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "hash\0" "shop\0"
#define LOGIN_320 "\x12\0\0\1" "\x0d\0" "\0\0\1" "bob\0" "hash\0" "shop"
#define LOGIN_CUT "\x29\0\0\1" "\x0d\x82\x38\0" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\4" "hash"
#define LOGIN_ATTRIBUTES "\x29\0\0\1" "\5\x82\0\x08" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\4" "hash"
#define LOGIN_COMPRESSED "\x29\0\0\1" "\x25\x82\0\0" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\4" "hash"
#define LOGIN_ZSTD "\x2a\0\0\1" "\5\x82\0\4" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\4" "hash" "\3"
#define LOGIN_DIRTY "\x29\0\0\1" "\5\x82\0\0" "\0\0\0\1" "\x2d" "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "bob\0" "\4" "hash"
#define SSL_REQUEST "\x20\0\0\1" "\5\x8a\0\0" "\0\0\0\1" "\x2d" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define SSL_REQUEST_320 "\5\0\0\1" "\5\x08" "\0\0\1"
#define LOGIN_OK "\7\0\0\2" "\0\0\0\2\0\0\0"
#define FAST_OK "\2\0\0\2" "\1\3"
#define FULL_AUTH "\2\0\0\2" "\1\4"
#define SWITCH "\x2c\0\0\2" "\xfe" "mysql_native_password\0" "saltsaltsaltsaltsalt\0"
#define SWITCH_OLD "\1\0\0\2" "\xfe"
#define NEXT_FACTOR "\x16\0\0\2" "\2" "authentication_fido\0" "x"
#define AUTH_DATA "\x09\0\0\3" "password\0"
#define AUTH_OK_3 "\7\0\0\3" "\0\0\0\2\0\0\0"
#define AUTH_OK_4 "\7\0\0\4" "\0\0\0\2\0\0\0"
#define LOGIN_DENIED "\x16\0\0\2" "\xff\x15\4" "#28000" "Access denied"
#define TOO_MANY "\x17\0\0\0" "\xff\x10\4" "Too many connections"
#define QUERY "\x09\0\0\0" "\3" "select 1"
#define UPDATE "\x09\0\0\0" "\3" "update t"
#define BAD "\x09\0\0\0" "\3" "select x"
#define PREPARE "\x09\0\0\0" "\x16" "select ?"
#define EXECUTE "\x0a\0\0\0" "\x17" "\1\0\0\0\0\1\0\0\0"
#define CLOSE "\5\0\0\0" "\x19" "\1\0\0\0"
#define PING "\1\0\0\0" "\x0e"
#define QUIT "\1\0\0\0" "\1"
#define INIT_DB "\5\0\0\0" "\2" "shop"
#define CHANGE_USER "\x11\0\0\0" "\x11" "ann\0" "\4" "hash" "test\0" "\x2d\0"
#define DUMP "\x0e\0\0\0" "\x12" "\4\0\0\0\0\0\1\0\0\0" "bin"
#define REGISTER "\x12\0\0\0" "\x15" "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define OK "\7\0\0\1" "\0\0\0\2\0\0\0"
#define OK_5 "\7\0\0\1" "\0\5\0\2\0\0\0"
#define OK_500 "\x09\0\0\1" "\0\xfc\xf4\1\0\2\0\0\0"
#define ERROR "\x16\0\0\1" "\xff\x7a\4" "#42S02" "no such table"
#define PREPARED "\x0c\0\0\1" "\0\1\0\0\0\1\0\1\0\0\0\0"
#define ROWS "\1\0\0\1" "\1" "\5\0\0\2" "\3" "def\0" "\5\0\0\3" "\xfe\0\0\2\0" "\2\0\0\4" "\1" "1" "\5\0\0\5" "\xfe\0\0\2\0"
#define QUERY_ATTR "\x1e\0\0\0" "\3" "\2\1" "\2" "\1" "\x08\0" "\2" "id" "\xfe\0" "\1" "n" "\1\2\3\4\5\6\7\x08" "select 1"
#define QUERY_NO_ATTR "\x0b\0\0\0" "\3" "\0\1" "select 1"
#define FILE_WANTED "\x0c\0\0\1" "\xfb" "/etc/passwd"
#define FILE_DATA "\x08\0\0\2" "root:x:0"
#define FILE_END "\0\0\0\3"
#define FILE_OK "\7\0\0\4" "\0\2\0\2\0\0\0"
#define PROGRESS "\x0d\0\0\1" "\xff\xff\xff\1\2\1\0\0\0" "\3" "abc"
#define OK_AFTER "\7\0\0\2" "\0\7\0\2\0\0\0"
#define INJECTED "select a from t where b='' or 1=1"
#define CU_SWITCH "\x1c\0\0\1" "\xfe" "mysql_native_password\0" "salt\0"
#define CU_DATA "\4\0\0\2" "hash"
#define CU_OK "\7\0\0\3" "\0\0\0\2\0\0\0"
/* clang-format on */

#define FRAME                                                                                      \
    "\x0a\0\0\0\0\0\0"                                                                             \
    "0123456789"
#define PLAIN     SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER(LOGIN_OK)
#define TX_PLAIN  "tx mysql version=8.0.36 user=bob"
#define TX_QUERY  "tx mysql command=query statement=select 1"
#define TX_UPDATE "tx mysql command=query statement=update t"
#define TX_BAD    "tx mysql command=query statement=select x"
#define NO_TABLE  " error.code=1146 error.message=no such table"
#define UNKNOWN   "app failed"

/* Both sides on a port that says nothing, in every cut. */
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

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN), SERVER(LOGIN_OK), CLIENT(QUERY), SERVER(ROWS),
                 CLIENT(UPDATE), SERVER(OK_5), CLIENT(BAD), SERVER(ERROR), CLIENT(PING), SERVER(OK),
                 CLIENT(INIT_DB), SERVER(OK), CLIENT(QUIT)),
           LINES("app mysql", "proof certain", "!note *",
                 "tx mysql version=8.0.36 user=bob database=shop client_name=libmysql "
                 "program_name=mysql auth_plugin=caching_sha2_password",
                 TX_QUERY, TX_UPDATE " affected_rows=5", TX_BAD NO_TABLE, "tx mysql command=ping",
                 "tx mysql command=init_db database=shop", "tx mysql command=quit"));
}

static void reads_all_greetings(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING_MARIA), CLIENT(LOGIN_PLAIN), SERVER(LOGIN_OK)),
           LINES("proof certain", "tx mysql version=5.5.5-10.11.6-MariaDB user=bob"));
    speaks(TURNS(SERVER(GREETING_OLD), CLIENT(LOGIN_PLAIN), SERVER(LOGIN_OK)),
           LINES("proof certain", "tx mysql version=4.1.22 user=bob"));
    speaks(TURNS(SERVER(GREETING_SHORT), CLIENT(LOGIN_320), SERVER(LOGIN_OK)),
           LINES("proof certain", "tx mysql version=3.23.58 user=bob database=shop"));
    speaks(TURNS(SERVER(GREETING_9), CLIENT(LOGIN_320), SERVER(LOGIN_OK)),
           LINES("proof certain", "tx mysql version=3.20.32 user=bob database=shop"));
    speaks(TURNS(SERVER(GREETING_LONG_SALT), CLIENT(LOGIN_PLAIN), SERVER(LOGIN_OK)),
           LINES("proof certain", "tx mysql version=9.1.0-long-name-of-a-build.el9 user=bob"));
    speaks(TURNS(SERVER(GREETING_NO_NUL), CLIENT(LOGIN_NO_SECURE), SERVER(LOGIN_OK)),
           LINES("proof certain", "tx mysql version=5.5.8 user=bob database=shop"));
}

static void is_as_lenient_as_the_server(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_CUT), SERVER(LOGIN_OK)),
           LINES("proof certain", TX_PLAIN));
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_DIRTY), SERVER(LOGIN_OK)),
           LINES("proof certain", TX_PLAIN));
}

/* MariaDB does not wait for what a balancer has to say. */
static void passes_a_late_proxy_header(void **state)
{
    static const struct turn headers[] = {
        CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 3306\r\n"),
        CLIENT("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x0a\1\1\1\x0a\1\1\2\xc3\x50\x0c\xea"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        speaks(TURNS(SERVER(GREETING), headers[i], CLIENT(LOGIN_PLAIN), SERVER(LOGIN_OK),
                     CLIENT(QUERY)),
               LINES("app mysql", "proof certain", "!note *", TX_QUERY,
                     "tx mysql version=8.0.36 proxy.src_ip=10.1.1.1 proxy.src_port=50000 "
                     "user=bob*"));
    speaks(TURNS(SERVER(GREETING), CLIENT("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0" LOGIN_PLAIN),
                 SERVER(LOGIN_OK)),
           LINES("proof certain", TX_PLAIN));
    speaks(TURNS(SERVER(GREETING), CLIENT("PROXY TCP4 nobody\r\n" LOGIN_PLAIN)),
           LINES("app mysql", "!tx mysql version=8.0.36 user=*"));
}

static void reads_refusals(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(TOO_MANY)),
           LINES("app mysql", "proof strong",
                 "tx mysql error.code=1040 error.message=Too many connections"));
    speaks(TURNS(SERVER("\x0a\0\0\0\xff\x6a\4verh\xc3\xbct")), LINES("app mysql", "proof strong"));
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER(LOGIN_DENIED)),
           LINES("proof certain", TX_PLAIN " error.code=1045 error.message=Access denied"));
}

static void follows_authentication(void **state)
{
    const struct conversation c = {.turns = TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN),
                                                  SERVER(FULL_AUTH), CLIENT(AUTH_DATA),
                                                  SERVER(AUTH_OK_4), CLIENT(QUERY), SERVER(ROWS)),
                                   .expect = LINES(TX_PLAIN, TX_QUERY)};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "password"));
    free(outcome);
    conversation_check(&c);
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN), SERVER(SWITCH), CLIENT(AUTH_DATA),
                 SERVER(AUTH_OK_4), CLIENT(QUERY), SERVER(ROWS)),
           LINES("tx mysql version=8.0.36 user=bob database=shop client_name=libmysql "
                 "program_name=mysql auth_plugin=mysql_native_password",
                 TX_QUERY));
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER(SWITCH_OLD), CLIENT(AUTH_DATA),
                 SERVER(AUTH_OK_4)),
           LINES(TX_PLAIN " auth_plugin=mysql_old_password"));
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER(NEXT_FACTOR), CLIENT(AUTH_DATA),
                 SERVER(AUTH_OK_4)),
           LINES(TX_PLAIN " auth_plugin=authentication_fido"));
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER(FAST_OK AUTH_OK_3), CLIENT(QUERY),
                 SERVER(ROWS)),
           LINES(TX_PLAIN, TX_QUERY));
    speaks(TURNS(PLAIN, CLIENT(CHANGE_USER), SERVER(CU_SWITCH), CLIENT(CU_DATA), SERVER(CU_OK),
                 CLIENT(BAD), SERVER(ERROR)),
           LINES(TX_PLAIN, "tx mysql command=change_user user=ann database=test", TX_BAD NO_TABLE));
}

static void hands_over_to_tls(void **state)
{
    (void)state;
    speaks_once(TURNS(SERVER(GREETING), CLIENT(SSL_REQUEST),
                      CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                      SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
                LINES("protocols mysql,http", "tx mysql version=8.0.36 tls=true"));
    speaks(TURNS(SERVER(GREETING), CLIENT(SSL_REQUEST)),
           LINES("proof certain", "tx mysql version=8.0.36 tls=true"));
    speaks(TURNS(SERVER(GREETING_OLD), CLIENT(SSL_REQUEST_320)),
           LINES("proof certain", "tx mysql version=4.1.22 tls=true"));
}

static void follows_prepared_statements(void **state)
{
    (void)state;
    speaks(TURNS(PLAIN, CLIENT(PREPARE), SERVER(PREPARED), CLIENT(EXECUTE), SERVER(OK_500),
                 CLIENT(CLOSE BAD), SERVER(ERROR)),
           LINES("tx mysql command=prepare statement=select ?",
                 "tx mysql command=execute affected_rows=500", "tx mysql command=close",
                 TX_BAD NO_TABLE));
    speaks(TURNS(PLAIN, CLIENT(PREPARE EXECUTE BAD PING), SERVER(PREPARED OK_500 ERROR OK)),
           LINES("tx mysql command=prepare statement=select ?",
                 "tx mysql command=execute affected_rows=500", TX_BAD NO_TABLE,
                 "tx mysql command=ping"));
}

static void reads_behind_attributes(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_ATTRIBUTES), SERVER(LOGIN_OK), CLIENT(QUERY_ATTR),
                 SERVER(OK), CLIENT(QUERY_NO_ATTR), SERVER(ERROR)),
           LINES(TX_QUERY " affected_rows=0", TX_QUERY NO_TABLE));
}

static void follows_a_file(void **state)
{
    (void)state;
    speaks(TURNS(PLAIN, CLIENT(QUERY), SERVER(FILE_WANTED), CLIENT(FILE_DATA FILE_END),
                 SERVER(FILE_OK), CLIENT(BAD), SERVER(ERROR)),
           LINES(TX_QUERY " affected_rows=2", TX_BAD NO_TABLE,
                 "note MySQL server asks for a file of the client: /etc/passwd"));
}

static void waits_behind_progress(void **state)
{
    (void)state;
    speaks(TURNS(PLAIN, CLIENT(UPDATE), SERVER(PROGRESS OK_AFTER)),
           LINES(TX_UPDATE " affected_rows=7"));
}

static void notes_a_stolen_binlog(void **state)
{
    (void)state;
    speaks(TURNS(PLAIN, CLIENT(DUMP), SERVER(OK)),
           LINES("tx mysql command=binlog_dump",
                 "note MySQL binlog dump by a client that is no replica"));
    speaks(TURNS(PLAIN, CLIENT(REGISTER), SERVER(OK), CLIENT(DUMP), SERVER(OK)),
           LINES("tx mysql command=binlog_dump", "!note *"));
}

/* The numbers of a long result begin again after 255. */
static void passes_long_results(void **state)
{
    enum { PACKETS = 1000, EVEN = 256 };
    static char rows[PACKETS * 6];

    (void)state;
    for (size_t i = 0; i < PACKETS; i++)
        memcpy(rows + i * 6, (const char[6]){2, 0, 0, (char)(i + 1), 1, '1'}, 6);
    speaks(
        TURNS(PLAIN, CLIENT(QUERY), SERVER_BYTES(rows, sizeof(rows)), CLIENT(BAD), SERVER(ERROR)),
        LINES(TX_QUERY, TX_BAD NO_TABLE));
    speaks_once(TURNS(PLAIN, CLIENT(QUERY), SERVER_BYTES(rows, EVEN * 6), CLIENT(BAD),
                      SERVER(ERROR), CLIENT(UPDATE), SERVER(OK_5)),
                LINES(TX_QUERY, TX_BAD NO_TABLE, TX_UPDATE " affected_rows=5"));
}

static void passes_long_packets(void **state)
{
    enum { FULL = 0xffffff };
    static char text[FULL + 4];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "\xff\xff\xff\0\3", 5);
    speaks_once(TURNS(PLAIN, CLIENT_BYTES(text, sizeof(text)), CLIENT("\4\0\0\1xxxx"),
                      SERVER("\7\0\0\2\0\5\0\2\0\0\0"), CLIENT(QUERY), SERVER("\xff\xff\xff\1"),
                      SERVER_BYTES(text, FULL), SERVER("\3\0\0\2xxx"), CLIENT(BAD), SERVER(ERROR)),
                LINES("proof certain", "tx mysql command=query statement=xxxx*", TX_QUERY,
                      TX_BAD NO_TABLE));
}

static void passes_compressed_frames(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_COMPRESSED), SERVER(LOGIN_OK), CLIENT(FRAME FRAME),
                 SERVER(FRAME)),
           LINES("app mysql", "proof certain", TX_PLAIN, "!note *"));
}

static void hands_on_statements(void **state)
{
    enum { FULL = 0xffffff, TEXT = FULL - 1 + 4 };
    static char text[FULL + 4], line[TEXT + 16];

    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_ATTRIBUTES), SERVER(LOGIN_OK), CLIENT(QUERY_ATTR),
                 SERVER(ROWS), CLIENT(PREPARE), SERVER(PREPARED), CLIENT(PING), SERVER(OK)),
           LINES("buffer sql select 1", "buffer sql select ?"));
    memset(text, 'x', sizeof(text));
    memcpy(text, "\xff\xff\xff\0\3", 5);
    memset(line, 'x', sizeof(line));
    memcpy(line, "buffer sql ", 11);
    line[11 + TEXT] = '\0';
    speaks_once(TURNS(PLAIN, CLIENT_BYTES(text, sizeof(text)), CLIENT("\4\0\0\1xxxx"),
                      SERVER("\7\0\0\2\0\5\0\2\0\0\0"), CLIENT(QUERY), SERVER(OK)),
                LINES(line, "buffer sql select 1"));
}

enum packing { PLAIN_FRAME, ZLIB_FRAME, ZSTD_FRAME };

/* Puts packets into a frame of the compressed protocol. */
static size_t pack(char *to, size_t room, enum packing how, uint8_t number, const char *packets,
                   size_t n)
{
    uLongf zlib_n = room - 7;
    size_t size = n;

    if (how == PLAIN_FRAME) {
        memcpy(to + 7, packets, n);
    } else if (how == ZLIB_FRAME) {
        assert_int_equal(compress((Bytef *)to + 7, &zlib_n, (const Bytef *)packets, n), Z_OK);
        size = zlib_n;
    } else {
        size = ZSTD_compress(to + 7, room - 7, packets, n, 3);
        assert_false(ZSTD_isError(size));
    }
    for (unsigned i = 0; i < 3; i++) {
        to[i] = (char)(size >> i * 8);
        to[4 + i] = (char)((how == PLAIN_FRAME ? 0 : n) >> i * 8);
    }
    to[3] = (char)number;
    return size + 7;
}

#define PACK(to, how, number, text) pack(to, sizeof(to), how, number, text, sizeof(text) - 1)

static void reads_compressed(enum packing how, struct turn login)
{
    static char query[64], update[64], error[64], ok[64], first[64], second[64], rows[128];
    size_t q = PACK(query, how, 0, QUERY), u = PACK(update, PLAIN_FRAME, 0, UPDATE);
    size_t e = PACK(error, how, 2, ERROR), o = PACK(ok, PLAIN_FRAME, 1, OK_5);
    size_t f = PACK(first, how, 0, "\x09\0\0\0\3sel"), s = PACK(second, how, 1, "ect x");
    size_t r = PACK(rows, how, 1, ROWS);

    speaks(TURNS(SERVER(GREETING), login, SERVER(LOGIN_OK), CLIENT_BYTES(query, q),
                 SERVER_BYTES(rows, r), CLIENT_BYTES(update, u), SERVER_BYTES(ok, o),
                 CLIENT_BYTES(first, f), CLIENT_BYTES(second, s), SERVER_BYTES(error, e)),
           LINES("app mysql", TX_QUERY, TX_UPDATE " affected_rows=5", TX_BAD NO_TABLE,
                 "buffer sql select 1", "buffer sql update t", "buffer sql select x", "!note *"));
}

static void reads_compressed_sessions(void **state)
{
    (void)state;
    reads_compressed(ZLIB_FRAME, (struct turn)CLIENT(LOGIN_COMPRESSED));
    reads_compressed(ZSTD_FRAME, (struct turn)CLIENT(LOGIN_ZSTD));
}

/* A statement over several frames, larger than anything that is held, which packs well; then one
 * that packs so well that nobody can mean it. */
static void reads_long_compressed_statements(void **state)
{
    enum { TEXT = 500000, BOMB = 4000000 };
    static char packets[BOMB + 5], frame[BOMB], again[BOMB], line[TEXT + 16], query[64];
    size_t n, m, q = PACK(query, ZLIB_FRAME, 0, QUERY);

    (void)state;
    for (size_t i = 0; i < TEXT; i++)
        packets[5 + i] = (char)('a' + i * i % 7 + i / 1000 % 3);
    memcpy(packets, "\x21\xa1\7\0\3", 5); /* TEXT + 1 */
    memcpy(line, "buffer sql ", 11);
    memcpy(line + 11, packets + 5, TEXT);
    n = pack(frame, sizeof(frame), ZLIB_FRAME, 0, packets, 300000);
    m = pack(again, sizeof(again), ZLIB_FRAME, 1, packets + 300000, TEXT + 5 - 300000);
    speaks_once(TURNS(SERVER(GREETING), CLIENT(LOGIN_COMPRESSED), SERVER(LOGIN_OK),
                      CLIENT_BYTES(frame, n), CLIENT_BYTES(again, m), CLIENT_BYTES(query, q)),
                LINES(line, TX_QUERY, "buffer sql select 1"));
    memset(packets, 'x', sizeof(packets));
    memcpy(packets, "\1\x09\x3d\0\3", 5);
    n = pack(frame, sizeof(frame), ZLIB_FRAME, 0, packets, sizeof(packets));
    speaks_once(TURNS(SERVER(GREETING), CLIENT(LOGIN_COMPRESSED), SERVER(LOGIN_OK),
                      CLIENT_BYTES(frame, n), CLIENT_BYTES(query, q)),
                LINES(TX_QUERY, "!note *"));
}

static void tells_of_injection(void **state)
{
    (void)state;
    speaks(TURNS(PLAIN, CLIENT("\x22\0\0\0\3" INJECTED), SERVER(OK)),
           LINES("threat 2022 SQL injection, MySQL: a condition always true: or 1=1"));
    speaks(TURNS(PLAIN, CLIENT("\x22\0\0\0\x16" INJECTED), SERVER(PREPARED)),
           LINES("threat 2022 SQL injection, MySQL: a condition always true: or 1=1"));
    speaks(TURNS(PLAIN, CLIENT(QUERY), SERVER(ROWS)), LINES("!threat *"));
}

static void tells_who_is_refused(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER(LOGIN_DENIED)),
           LINES("threat 2018 MySQL refuses the login: bob"));
    speaks(TURNS(PLAIN, CLIENT(CHANGE_USER),
                 SERVER("\x16\0\0\1"
                        "\xff\x15\4"
                        "#28000"
                        "Access denied")),
           LINES("threat 2018 MySQL refuses the login: ann"));
    speaks(TURNS(PLAIN, CLIENT(QUERY),
                 SERVER("\x16\0\0\1"
                        "\xff\x76\4"
                        "#42000"
                        "Access denied")),
           LINES("note MySQL refuses a right: bob"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(PLAIN, CLIENT(QUERY), SERVER("\1\0\0\1\1"), SERVER_LOST(10),
                      SERVER("half a row"), CLIENT(BAD), SERVER(ERROR)),
                LINES(TX_QUERY, TX_BAD NO_TABLE, "!note *"));
    speaks_once(TURNS(PLAIN, CLIENT(QUERY), SERVER_LOST(30), CLIENT(BAD), SERVER(ERROR)),
                LINES(TX_QUERY, TX_BAD NO_TABLE, "!note *"));
    speaks_once(TURNS(PLAIN, CLIENT(QUERY), SERVER(OK), CLIENT_LOST(10), CLIENT("lf a query"),
                      SERVER(OK), CLIENT(BAD), SERVER(ERROR)),
                LINES(TX_QUERY " affected_rows=0", TX_BAD NO_TABLE, "!note *"));
    speaks_once(
        TURNS(SERVER(GREETING), CLIENT(LOGIN_PLAIN), SERVER_LOST(11), CLIENT(BAD), SERVER(ERROR)),
        LINES(TX_PLAIN, TX_BAD NO_TABLE));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING)), LINES("app mysql", "proof strong", "tx mysql version=8.0.36"));
    speaks(TURNS(SERVER(GREETING LOGIN_OK ROWS)),
           LINES("app mysql", "proof strong", "tx mysql version=8.0.36", "!note *"));
    speaks(TURNS(SERVER(GREETING "\x16\3\3\0\5abcde")), LINES("proof strong", "!note *"));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("220 mail ESMTP\r\n")), LINES("!app mysql"));
    speaks(TURNS(SERVER("SSH-2.0-x\r\n")), LINES("!app mysql"));
    speaks(TURNS(CLIENT(LOGIN_PLAIN), SERVER(GREETING)), LINES("!app mysql"));
    speaks(TURNS(SERVER("\x4a\0\0\1\x0a"
                        "8.0.36")),
           LINES(UNKNOWN));
    speaks(TURNS(SERVER("\x0a\0\0\0\x0a"
                        "8.0.36\0aa")),
           LINES(UNKNOWN));
    speaks(TURNS(SERVER("\x0a\0\0\0\x0a"
                        "x.0.36\0aa")),
           LINES(UNKNOWN));
    speaks(TURNS(SERVER("\x17\0\0\0\xff\1\0Too many connections")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("\0\x10\0\0\x0a"
                        "8.0.36")),
           LINES(UNKNOWN));
}

static void ends_with_broken_messages(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(GREETING), CLIENT("\x04\0\0\1abcd")), LINES("app mysql", "proof strong"));
    speaks(TURNS(SERVER(GREETING), CLIENT("\xff\xff\xff\1abcd")),
           LINES("app mysql", "proof strong"));
    speaks(TURNS(PLAIN, CLIENT("\1\0\0\0\xee"), SERVER(ERROR)),
           LINES(TX_PLAIN, "tx mysql command=unknown" NO_TABLE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(reads_all_greetings),
        cmocka_unit_test(is_as_lenient_as_the_server),
        cmocka_unit_test(passes_a_late_proxy_header),
        cmocka_unit_test(reads_refusals),
        cmocka_unit_test(follows_authentication),
        cmocka_unit_test(hands_over_to_tls),
        cmocka_unit_test(follows_prepared_statements),
        cmocka_unit_test(reads_behind_attributes),
        cmocka_unit_test(follows_a_file),
        cmocka_unit_test(waits_behind_progress),
        cmocka_unit_test(notes_a_stolen_binlog),
        cmocka_unit_test(passes_long_results),
        cmocka_unit_test(passes_long_packets),
        cmocka_unit_test(passes_compressed_frames),
        cmocka_unit_test(hands_on_statements),
        cmocka_unit_test(reads_compressed_sessions),
        cmocka_unit_test(reads_long_compressed_statements),
        cmocka_unit_test(tells_of_injection),
        cmocka_unit_test(tells_who_is_refused),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(ends_with_broken_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
