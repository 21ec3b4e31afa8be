/* SPDX-License-Identifier: Apache-2.0
 *
 * ClickHouse: hellos of several revisions, queries, exceptions, the way behind data, look-alikes.
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

#define REVISION_54459 "\xbb\xa9\3"
#define REVISION_54429 "\x9d\xa9\3"
#define HELLO(revision)                                                                            \
    "\0\x11"                                                                                       \
    "ClickHouse client"                                                                            \
    "\x17\x08" revision "\2db"                                                                     \
    "\5alice"                                                                                      \
    "\6secret"
#define WELCOME                                                                                    \
    "\0\x0a"                                                                                       \
    "ClickHouse"                                                                                   \
    "\x17\x08" REVISION_54459 "\3UTC"                                                              \
    "\4host"                                                                                       \
    "\7"
#define ADDENDUM   "\0"
#define TX_HELLO   "tx clickhouse client_name=ClickHouse client user=alice database=db "
#define TX_WELCOME TX_HELLO "server_version=23.8.7"
#define ORIGIN_54459                                                                               \
    "\1"                                                                                           \
    "\0"                                                                                           \
    "\0"                                                                                           \
    "\x09"                                                                                         \
    "0.0.0.0:0"                                                                                    \
    "\0\0\0\0\0\0\0\0"                                                                             \
    "\1"                                                                                           \
    "\1u"                                                                                          \
    "\1h"                                                                                          \
    "\2ch"                                                                                         \
    "\x17\x08" REVISION_54459 "\0"                                                                 \
    "\0"                                                                                           \
    "\7"                                                                                           \
    "\0"                                                                                           \
    "\0\0\0"
#define ORIGIN_54429                                                                               \
    "\1"                                                                                           \
    "\0"                                                                                           \
    "\0"                                                                                           \
    "\x09"                                                                                         \
    "0.0.0.0:0"                                                                                    \
    "\1"                                                                                           \
    "\1u"                                                                                          \
    "\1h"                                                                                          \
    "\2ch"                                                                                         \
    "\x17\x08" REVISION_54429 "\0"                                                                 \
    "\0"
#define EMPTY                                                                                      \
    "\2\0"                                                                                         \
    "\1\0\2\xff\xff\xff\xff\0"                                                                     \
    "\0\0"
#define QUERY(id, text)                                                                            \
    "\1" id ORIGIN_54459 "\x0amax_memory"                                                          \
    "\0"                                                                                           \
    "\0011"                                                                                        \
    "\0"                                                                                           \
    "\0"                                                                                           \
    "\2\0" text "\0" EMPTY
#define SELECT    QUERY("\4id-1", "\x08SELECT 1")
#define TX_SELECT "tx clickhouse query_id=id-1 statement=SELECT 1"
#define HEADER                                                                                     \
    "\1\0"                                                                                         \
    "\1\0\2\xff\xff\xff\xff\0"                                                                     \
    "\1\0"                                                                                         \
    "\1a"                                                                                          \
    "\5UInt8"                                                                                      \
    "\0"
#define DATA                                                                                       \
    "\1\0"                                                                                         \
    "\1\0\2\xff\xff\xff\xff\0"                                                                     \
    "\1\1"                                                                                         \
    "\1a"                                                                                          \
    "\5UInt8"                                                                                      \
    "\0"                                                                                           \
    "\1"
#define PROGRESS "\3\1\1\0\0\0"
#define END      "\5"
#define ERROR(code, text)                                                                          \
    "\2" code "\0\0"                                                                               \
    "\x0d"                                                                                         \
    "DB::Exception" text "\5stack"                                                                 \
    "\0"

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
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(HELLO(REVISION_54459)), SERVER(WELCOME), CLIENT(ADDENDUM SELECT),
                       SERVER(HEADER PROGRESS "\6\1\1\1\0\0\0" END), CLIENT("\4"), SERVER("\4"),
                       CLIENT(QUERY("\0", "\4oops")), SERVER(ERROR("\x2f\0", "\7unknown"))),
        .expect = LINES("app clickhouse", "proof certain", TX_WELCOME, TX_SELECT,
                        "tx clickhouse statement=oops error.code=47 error.message=unknown",
                        "buffer sql SELECT 1", "!note *")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
}

static void reads_older_revisions(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(HELLO(REVISION_54429)), SERVER(WELCOME),
              CLIENT("\1\0" ORIGIN_54429 "\0"
                     "\2\0"
                     "\x08SELECT 2" EMPTY),
              SERVER("\3\1\1\0\0\0" END)),
        LINES("app clickhouse", "proof certain", TX_WELCOME, "tx clickhouse statement=SELECT 2"));
}

static void notes_refusals(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO(REVISION_54459)), SERVER(ERROR("\4\2", "\2no"))),
           LINES("app clickhouse", "proof certain", TX_HELLO "error.code=516 error.message=no",
                 "note ClickHouse refuses the login: alice"));
    speaks(TURNS(CLIENT(HELLO(REVISION_54459)), SERVER(WELCOME), CLIENT(ADDENDUM SELECT),
                 SERVER(ERROR("\xf1\1", "\2no"))),
           LINES(TX_SELECT " error.code=497 error.message=no",
                 "note ClickHouse refuses a right: alice"));
}

/* Nothing says where a block ends. */
static void finds_its_way_behind_data(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(HELLO(REVISION_54459)), SERVER(WELCOME), CLIENT(ADDENDUM SELECT),
                      SERVER(DATA), SERVER("\x14\x15\x16"), SERVER(END),
                      CLIENT(QUERY("\2i2", "\x0dINSERT INTO t")), CLIENT(DATA "\5\6\7\x08"),
                      CLIENT("more data"), SERVER(END), CLIENT(QUERY("\2i3", "\4oops")),
                      SERVER(DATA), SERVER(ERROR("\x2f\0", "\7unknown"))),
                LINES(TX_SELECT, "tx clickhouse query_id=i2 statement=INSERT INTO t",
                      "tx clickhouse query_id=i3 statement=oops error.code=47 "
                      "error.message=unknown",
                      "!note *"));
}

static void passes_long_statements(void **state)
{
    enum { TEXT = 200000 };
    static char query[TEXT + 256];
    static const char head[] = "\1\0" ORIGIN_54459 "\0"
                               "\0"
                               "\2\0"
                               "\xc0\x9a\x0c";

    (void)state;
    memset(query, 'x', sizeof(query));
    memcpy(query, head, sizeof(head) - 1);
    speaks_once(TURNS(CLIENT(HELLO(REVISION_54459)), SERVER(WELCOME), CLIENT(ADDENDUM),
                      CLIENT_BYTES(query, sizeof(head) - 1 + TEXT), CLIENT("\0" EMPTY), SERVER(END),
                      CLIENT(SELECT), SERVER(END)),
                LINES("tx clickhouse statement=xxx*", TX_SELECT, "!note *"));
}

static void survives_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(HELLO(REVISION_54459)), SERVER(WELCOME), CLIENT(ADDENDUM),
                      CLIENT_LOST(50), CLIENT("T 1"), CLIENT(SELECT), SERVER(END)),
                LINES("app clickhouse", TX_SELECT, "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HELLO(REVISION_54459) ADDENDUM SELECT)),
           LINES("app clickhouse", "proof strong", TX_SELECT));
    speaks(TURNS(SERVER(WELCOME)), LINES("app clickhouse", "proof strong"));
    speaks(TURNS(SERVER(ERROR("\4\2", "\2no"))), LINES("app clickhouse", "proof strong"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\x11"
               "ClickHouse client"
               "\x17\x08"
               "\1"
               "\2db"
               "\5alice"
               "\0"),
        CLIENT("\0\x11"
               "ClickHouse\1client"
               "\x17\x08" REVISION_54459 "\0\0\0"),
        CLIENT("\0\x11"
               "ClickHouse client"
               "\x7f\x08" REVISION_54459 "\0\0\0"),
        CLIENT("\0\1"
               "C"
               "\x17\x08" REVISION_54459 "\0\0\0"),
        SERVER("\0\x0b"
               "ClickHousey"
               "\x17\x08" REVISION_54459 "\3UTC"
               "\4host"
               "\7"),
        SERVER("\2\x2f\0\0\0"
               "\x0d"
               "XX::Exception"
               "\2no"
               "\0"
               "\0"),
        SERVER(END),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),        cmocka_unit_test(reads_older_revisions),
        cmocka_unit_test(notes_refusals),         cmocka_unit_test(finds_its_way_behind_data),
        cmocka_unit_test(passes_long_statements), cmocka_unit_test(survives_a_loss),
        cmocka_unit_test(believes_one_side),      cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
