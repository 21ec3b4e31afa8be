/* SPDX-License-Identifier: Apache-2.0
 *
 * PostgreSQL: login, statements and their answers, requests for encryption, losses, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* clang-format off */
#define STARTUP "\0\0\0\x36" "\0\3\0\0" "user\0bob\0" "database\0shop\0" "application_name\0cart\0" "\0"
#define STARTUP_32 "\0\0\0\x1b" "\0\3\0\2" "user\0bob\0" "_pq_.x\0" "1\0" "\0"
#define SSL_REQUEST "\0\0\0\x08\4\xd2\x16\x2f"
#define GSS_REQUEST "\0\0\0\x08\4\xd2\x16\x30"
#define CANCEL "\0\0\0\x10\4\xd2\x16\x2e\0\0\1\2\1\2\3\4"
#define AUTH_OK "R\0\0\0\x08" "\0\0\0\0"
#define AUTH_CLEAR "R\0\0\0\x08" "\0\0\0\3"
#define AUTH_MD5 "R\0\0\0\x0c" "\0\0\0\5" "salt"
#define AUTH_GSS "R\0\0\0\x08" "\0\0\0\7"
#define AUTH_SSPI "R\0\0\0\x08" "\0\0\0\x09"
#define AUTH_KRB5 "R\0\0\0\x08" "\0\0\0\2"
#define AUTH_SASL "R\0\0\0\x17" "\0\0\0\x0a" "SCRAM-SHA-256\0\0"
#define AUTH_SASL_MORE "R\0\0\0\x0b" "\0\0\0\x0b" "r=x"
#define AUTH_SASL_END "R\0\0\0\x0b" "\0\0\0\x0c" "v=x"
#define PASSWORD "p\0\0\0\x0b" "secret\0"
#define VERSION "S\0\0\0\x18" "server_version\0" "15.1\0"
#define ENCODING "S\0\0\0\x19" "client_encoding\0UTF8\0"
#define KEY "K\0\0\0\x0c" "\0\0\1\2\1\2\3\4"
#define READY "Z\0\0\0\5" "I"
#define READY_FAILED "Z\0\0\0\5" "E"
#define NEGOTIATE "v\0\0\0\x0c" "\0\3\0\0\0\0\0\0"
#define SELECT_1 "Q\0\0\0\x0d" "select 1\0"
#define SELECT_2 "Q\0\0\0\x0d" "select 2\0"
#define SELECT_BOTH "Q\0\0\0\x17" "select 1; select 2\0"
#define COLUMNS "T\0\0\0\x1a" "\0\1" "a\0" "\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"
#define ROW "D\0\0\0\x0b" "\0\1\0\0\0\1" "1"
#define TAG_SELECT "C\0\0\0\x0d" "SELECT 1\0"
#define TAG_INSERT "C\0\0\0\x0f" "INSERT 0 1\0"
#define EMPTY "I\0\0\0\4"
#define NOTICE "N\0\0\0\x1a" "SNOTICE\0C00000\0Mwell\0\0"
#define ERROR_TABLE "E\0\0\0\x2a" "SFEHLER\0VERROR\0C42P01\0Mno such table\0\0"
#define ERROR_RIGHT "E\0\0\0\x1b" "SERROR\0C42501\0Mdenied\0\0"
#define ERROR_LOGIN "E\0\0\0\x28" "SFATAL\0VFATAL\0C28P01\0Mbad password\0\0"
#define PARSE_1 "P\0\0\0\x11" "\0insert $1\0" "\0\0"
#define PARSE_2 "P\0\0\0\x17" "s2\0insert $2\0" "\0\1\0\0\0\x17"
#define BIND "B\0\0\0\x0c" "\0\0" "\0\0\0\0\0\0"
#define DESCRIBE "D\0\0\0\6" "S\0"
#define EXECUTE "E\0\0\0\x09" "\0" "\0\0\0\0"
#define SYNC "S\0\0\0\4"
#define FLUSH "H\0\0\0\4"
#define CALL "F\0\0\0\x0e" "\0\0\2\xfd" "\0\0\0\0\0\0"
#define CALL_RESULT "V\0\0\0\x08" "\xff\xff\xff\xff"
#define PARSED "1\0\0\0\4"
#define BOUND "2\0\0\0\4"
#define NO_ROWS "n\0\0\0\4"
#define SUSPENDED "s\0\0\0\4"
#define COPY_IN "Q\0\0\0\x16" "copy t from stdin\0"
#define COPY_PROGRAM "Q\0\0\0\x1b" "COPY t TO PROGRAM 'sh'\0"
#define READ_FILE "Q\0\0\0\x20" "select a_b, PG_read_file(x)\0"
#define COPY_BEGIN "G\0\0\0\7" "\0\0\0"
#define COPY_DATA "d\0\0\0\x08" "1\t2\n"
#define COPY_DONE "c\0\0\0\4"
#define TAG_COPY "C\0\0\0\x0b" "COPY 2\0"
#define INJECTED_QUERY "Q\0\0\0\x26" "select a from t where b='' or 1=1\0"
#define INJECTED_PARSE "P\0\0\0\x29" "\0select a from t where b='' or 1=1\0" "\0\0"
#define TERMINATE "X\0\0\0\4"
/* clang-format on */

#define WELCOME  AUTH_OK VERSION ENCODING KEY READY
#define ANSWER_1 COLUMNS ROW TAG_SELECT READY
#define TX_LOGIN                                                                                   \
    "tx postgresql user=bob database=shop application_name=cart authentication=ok "                \
    "server_version=15.1"
#define TX_1     "tx postgresql statement=select 1"
#define TX_2     "tx postgresql statement=select 2"
#define TX_TABLE " error.severity=ERROR error.sqlstate=42P01 error.message=no such table"
#define UNKNOWN  "app failed"

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
    speaks(TURNS(CLIENT(STARTUP), SERVER(AUTH_MD5), CLIENT(PASSWORD), SERVER(WELCOME),
                 CLIENT(SELECT_1), SERVER(ANSWER_1), CLIENT(SELECT_2),
                 SERVER(NOTICE ERROR_TABLE READY), CLIENT(TERMINATE)),
           LINES("app postgresql", "proof certain",
                 "tx postgresql user=bob database=shop application_name=cart authentication=md5 "
                 "server_version=15.1",
                 TX_1 " command_tag=SELECT 1", TX_2 TX_TABLE, "!note *"));
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME ERROR_TABLE)),
           LINES(TX_LOGIN, "tx postgresql" TX_TABLE));
}

static void names_the_authentication(void **state)
{
    static const struct {
        struct turn request;
        const char *line;
    } methods[] = {
        {SERVER(AUTH_CLEAR), "tx postgresql user=bob authentication=cleartext"},
        {SERVER(AUTH_KRB5), "tx postgresql user=bob authentication=kerberos"},
        {SERVER(AUTH_GSS), "tx postgresql user=bob authentication=gss"},
        {SERVER(AUTH_SSPI), "tx postgresql user=bob authentication=sspi"},
        {SERVER(AUTH_SASL), "tx postgresql user=bob authentication=sasl"},
        {SERVER(AUTH_OK), "tx postgresql user=bob authentication=ok"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        speaks(TURNS(CLIENT(STARTUP_32), SERVER(NEGOTIATE), methods[i].request, CLIENT(PASSWORD),
                     SERVER(AUTH_SASL_MORE AUTH_SASL_END AUTH_OK READY)),
               LINES("proof certain", methods[i].line));
}

static void reads_a_refused_login(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(AUTH_CLEAR), CLIENT(PASSWORD), SERVER(ERROR_LOGIN)),
           LINES("proof certain", "note PostgreSQL refuses the login: bob",
                 "tx postgresql user=bob database=shop application_name=cart "
                 "authentication=cleartext error.severity=FATAL error.sqlstate=28P01 "
                 "error.message=bad password"));
    speaks(TURNS(CLIENT(STARTUP), SERVER(ERROR_LOGIN)),
           LINES("proof certain", "note PostgreSQL refuses the login: bob"));
}

static void never_tells_a_password(void **state)
{
    const struct conversation c = {
        .turns = TURNS(CLIENT(STARTUP), SERVER(AUTH_CLEAR), CLIENT(PASSWORD), SERVER(WELCOME))};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
}

static void follows_prepared_statements(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(PARSE_1 BIND DESCRIBE EXECUTE SYNC),
                 SERVER(PARSED BOUND NO_ROWS TAG_INSERT READY), CLIENT(PARSE_2 SYNC),
                 SERVER(PARSED READY), CLIENT(BIND EXECUTE BIND EXECUTE SYNC),
                 SERVER(BOUND TAG_INSERT BOUND TAG_INSERT READY), CLIENT(BIND EXECUTE SYNC),
                 SERVER(ERROR_TABLE READY)),
           LINES(TX_LOGIN, "tx postgresql statement=insert $1 command_tag=INSERT 0 1",
                 "tx postgresql statement=insert $2", "tx postgresql" TX_TABLE));
}

static void follows_pipelines(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(STARTUP), SERVER(WELCOME),
              CLIENT(BIND EXECUTE PARSE_1 BIND EXECUTE PARSE_2 BIND EXECUTE SYNC SELECT_1 SELECT_2),
              SERVER(BOUND TAG_SELECT PARSED BOUND TAG_INSERT PARSED BOUND SUSPENDED READY ANSWER_1
                         ERROR_TABLE READY)),
        LINES("tx postgresql statement=insert $1 command_tag=INSERT 0 1",
              "tx postgresql statement=insert $2", TX_1 " command_tag=SELECT 1", TX_2 TX_TABLE));
    /* After an error the server passes over all up to the Sync. */
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME),
                 CLIENT(PARSE_1 PARSE_2 BIND EXECUTE SYNC SELECT_1),
                 SERVER(ERROR_TABLE READY ANSWER_1)),
           LINES("tx postgresql statement=insert $1" TX_TABLE, "tx postgresql statement=insert $2",
                 TX_1 " command_tag=SELECT 1"));
    /* Answers without a Sync. */
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(PARSE_1 FLUSH), SERVER(PARSED),
                 CLIENT(BIND EXECUTE FLUSH), SERVER(BOUND TAG_INSERT), CLIENT(SYNC SELECT_1),
                 SERVER(READY ANSWER_1)),
           LINES("tx postgresql statement=insert $1 command_tag=INSERT 0 1",
                 TX_1 " command_tag=SELECT 1"));
}

/* A result of its own for each of several statements in one query: the first, and an error. */
static void reads_several_results(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_BOTH SELECT_1),
              SERVER(TAG_INSERT TAG_SELECT ERROR_TABLE READY EMPTY READY)),
        LINES("tx postgresql statement=select 1; select 2 command_tag=INSERT 0 1" TX_TABLE, TX_1));
}

static void keeps_long_pipelines_apart(void **state)
{
    enum { QUERIES = 1000 };
    static char queries[QUERIES * 14], answers[QUERIES * 20];

    (void)state;
    for (size_t i = 0; i < QUERIES; i++) {
        memcpy(queries + i * 14, SELECT_1, 14);
        memcpy(answers + i * 20, TAG_SELECT READY, 20);
    }
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT_BYTES(queries, sizeof(queries)),
                      SERVER_BYTES(answers, sizeof(answers)), CLIENT(SELECT_2),
                      SERVER(ERROR_TABLE READY)),
                LINES(TX_1 " command_tag=SELECT 1", TX_1, TX_2 TX_TABLE));
}

static void passes_copied_data(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(COPY_IN), SERVER(COPY_BEGIN),
                 CLIENT(COPY_DATA COPY_DATA), CLIENT(COPY_DONE), SERVER(TAG_COPY READY),
                 CLIENT(SELECT_1), SERVER(ANSWER_1)),
           LINES("tx postgresql statement=copy t from stdin command_tag=COPY 2",
                 TX_1 " command_tag=SELECT 1"));
}

static void reads_function_calls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(CALL), SERVER(CALL_RESULT READY),
                 CLIENT(CALL), SERVER(ERROR_RIGHT READY)),
           LINES("tx postgresql function=765", "note PostgreSQL refuses a right: bob",
                 "tx postgresql function=765 error.severity=ERROR error.sqlstate=42501 "
                 "error.message=denied"));
}

static void notes_files_and_programs(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(COPY_PROGRAM), SERVER(TAG_COPY READY)),
           LINES("note PostgreSQL statement reaches for files or programs: COPY PROGRAM"));
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(READ_FILE), SERVER(ANSWER_1)),
           LINES("note PostgreSQL statement reaches for files or programs: pg_read_file"));
}

static void hands_on_statements(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), SERVER(ANSWER_1),
                 CLIENT(PARSE_1 PARSE_2 SYNC), SERVER(PARSED PARSED READY)),
           LINES("buffer sql select 1", "buffer sql insert $1", "buffer sql insert $2"));
}

/* Whole, in pieces, and the message behind is found. */
static void hands_on_long_statements(void **state)
{
    enum { LONG = 200000 };
    static char query[LONG + 16], line[LONG + 16];
    static const char head[] = "Q\0\3\x0d\x45"; /* 4 + LONG + 1 */

    (void)state;
    memset(query, 'q', sizeof(query));
    memset(line, 'q', sizeof(line));
    memcpy(query, head, sizeof(head) - 1);
    memcpy(line, "buffer sql ", 11);
    query[5 + LONG] = '\0';
    line[11 + LONG] = '\0';
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT_BYTES(query, 5 + LONG + 1),
                      SERVER(ANSWER_1), CLIENT(SELECT_2), SERVER(ANSWER_1)),
                LINES(line, "buffer sql select 2",
                      "tx postgresql statement=select 2 command_tag=SELECT 1", "!note *"));
}

static void passes_long_messages(void **state)
{
    enum { LONG = 200000 };
    static char text[LONG + 6], row[LONG];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "Q\0\3\x0d\x45", 5);
    text[LONG + 5] = '\0';
    memset(row, 'Z', sizeof(row));
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT_BYTES(text, sizeof(text)),
                      SERVER("D\0\3\x0d\x44"), SERVER_BYTES(row, sizeof(row)),
                      SERVER(TAG_SELECT READY), CLIENT(SELECT_2), SERVER(ERROR_TABLE READY)),
                LINES("proof certain", "tx postgresql statement=xxxx*", TX_2 TX_TABLE));
}

static void hands_over_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SSL_REQUEST), SERVER("S"), CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                 SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
           LINES("protocols postgresql,http"));
    speaks(TURNS(CLIENT(SSL_REQUEST), SERVER("N"), CLIENT(STARTUP), SERVER(WELCOME)),
           LINES("app postgresql", "proof certain", TX_LOGIN));
    speaks(TURNS(CLIENT(GSS_REQUEST), SERVER("N"), CLIENT(SSL_REQUEST), SERVER("N"),
                 CLIENT(STARTUP), SERVER(WELCOME)),
           LINES("proof certain", TX_LOGIN));
    speaks(TURNS(CLIENT(GSS_REQUEST), SERVER("G"), CLIENT("\0\0\0\x04oops")),
           LINES("app postgresql", "proof certain", "!note *"));
    speaks(TURNS(CLIENT(SSL_REQUEST), SERVER(ERROR_TABLE)), LINES("proof certain"));
    speaks(TURNS(CLIENT(SSL_REQUEST)), LINES("proof strong"));
    speaks(TURNS(CLIENT(CANCEL)), LINES("app postgresql", "proof strong"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), SERVER(COLUMNS),
                      SERVER_LOST(12), SERVER("half a row"), SERVER(ROW TAG_SELECT READY),
                      CLIENT(SELECT_2), SERVER(ERROR_TABLE READY)),
                LINES(TX_LOGIN, TX_1 " command_tag=SELECT 1", TX_2 TX_TABLE, "!note *"));
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), SERVER_LOST(30),
                      CLIENT(SELECT_2), SERVER(ERROR_TABLE READY), CLIENT(PARSE_1 SYNC),
                      SERVER(ERROR_RIGHT READY)),
                LINES(TX_1, TX_2, "tx postgresql statement=insert $1 error.severity=ERROR*"));
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), SERVER_LOST(30),
                      SERVER(NOTICE), CLIENT(SELECT_2), SERVER(ERROR_TABLE READY),
                      CLIENT(PARSE_1 SYNC), SERVER(ERROR_RIGHT READY)),
                LINES(TX_1, TX_2, "tx postgresql statement=insert $1 error.severity=ERROR*"));
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), CLIENT_LOST(14),
                      CLIENT("half a statement"), SERVER(ANSWER_1 ANSWER_1), CLIENT(SELECT_2),
                      SERVER(ERROR_TABLE READY), CLIENT(SELECT_1), SERVER(ANSWER_1)),
                LINES(TX_LOGIN, TX_1 " command_tag=SELECT 1", TX_2 TX_TABLE, "!note *"));
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), SERVER("D\0\0\3\xe8"),
                      SERVER_LOST(996), SERVER(TAG_SELECT READY)),
                LINES(TX_1 " command_tag=SELECT 1"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP PASSWORD SELECT_1)),
           LINES("app postgresql", "proof strong",
                 "tx postgresql user=bob database=shop application_name=cart", TX_1));
    speaks(TURNS(SERVER(WELCOME ANSWER_1)),
           LINES("app postgresql", "proof strong",
                 "tx postgresql authentication=ok server_version=15.1"));
    speaks(TURNS(SERVER("N" AUTH_MD5)), LINES("app postgresql", "proof fair"));
    speaks(TURNS(SERVER(ERROR_LOGIN)), LINES("app postgresql", "proof strong"));
    speaks(TURNS(SERVER("S")), LINES(UNKNOWN));
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\0\0\0\x10\0\3\0\0name\0bob\0\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\0\0\x14\0\3\0\0user\0bob\0\0xx")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\0\0\x12\0\4\0\0user\0bob\0\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\0\0\x09\4\xd2\x16\x2fx")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\0\x60\0\0\3\0\0user\0")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("R\0\0\0\x09\0\0\0\0x")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("E\0\0\0\x0dSome text")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("RFB 003.008\n"), CLIENT("RFB 003.008\n")), LINES("app vnc"));
}

static void ends_with_broken_messages(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(SELECT_1), SERVER("!\0\0\0\4"),
                      SERVER(ANSWER_1), CLIENT(SELECT_2), SERVER(ERROR_TABLE READY)),
                LINES("app postgresql", TX_1 " command_tag=SELECT 1", TX_2 TX_TABLE));
    speaks_once(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT("Q\xff\xff\xff\xff"),
                      CLIENT(SELECT_2), SERVER(ERROR_TABLE READY)),
                LINES("app postgresql", TX_2 "*"));
}

static void tells_of_injection(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(INJECTED_QUERY)),
           LINES("threat 2022 SQL injection, PostgreSQL: a condition always true: or 1=1"));
    speaks(TURNS(CLIENT(STARTUP), SERVER(WELCOME), CLIENT(INJECTED_PARSE SYNC)),
           LINES("threat 2022 SQL injection, PostgreSQL: a condition always true: or 1=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(names_the_authentication),
        cmocka_unit_test(reads_a_refused_login),
        cmocka_unit_test(never_tells_a_password),
        cmocka_unit_test(follows_prepared_statements),
        cmocka_unit_test(follows_pipelines),
        cmocka_unit_test(reads_several_results),
        cmocka_unit_test(keeps_long_pipelines_apart),
        cmocka_unit_test(passes_copied_data),
        cmocka_unit_test(reads_function_calls),
        cmocka_unit_test(notes_files_and_programs),
        cmocka_unit_test(hands_on_statements),
        cmocka_unit_test(hands_on_long_statements),
        cmocka_unit_test(passes_long_messages),
        cmocka_unit_test(hands_over_to_tls),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(tells_of_injection),
        cmocka_unit_test(ends_with_broken_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
