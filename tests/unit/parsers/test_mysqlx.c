/* SPDX-License-Identifier: Apache-2.0
 *
 * The X protocol of MySQL: capabilities, TLS, logins, statements, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* clang-format off */
#define HELLO "\5\0\0\0\x0b" "\x08\5\x1a\0"
#define GET_CAPABILITIES "\1\0\0\0\1"
#define WANT_TLS "\x10\0\0\0\2" "\x0a\x0d" "\x0a\x0b" "\x0a\x03" "tls" "\x12\4\x08\1\x12\0"
#define WANT_OTHER "\x18\0\0\0\2" "\x0a\x15" "\x0a\x13" "\x0a\x0b" "doc.formats" "\x12\4\x08\1\x12\0"
#define CAPABILITIES "\x2f\0\0\0\2" "\x0a\x0b" "\x0a\x03" "tls" "\x12\4\x08\1\x12\0" "\x0a\x1f" "\x0a\x19" "authentication.mechanisms" "\x12\2\x08\3"
#define OK "\1\0\0\0\0"
#define ERROR "\6\0\0\0\1" "\x08\0\x10\x88\x27"
#define AUTH_START "\x0a\0\0\0\4" "\x0a\x07" "MYSQL41"
#define AUTH_MORE "\7\0\0\0\3" "\x0a\x04" "salt"
#define AUTH_USER "\x12\0\0\0\5" "\x0a\x0f" "shop\0bob\0secret"
#define AUTH_PLAIN "\x16\0\0\0\4" "\x0a\x05" "PLAIN" "\x12\x0c" "\0bob\0secret!"
#define AUTH_OK "\1\0\0\0\4"
#define DENIED "\x14\0\0\0\1" "\x08\1" "\x10\x95\x08" "\x22\4" "2800" "\x1a\6" "denied"
#define SELECT "\x10\0\0\0\x0c" "\x0a\x08" "select 1" "\x1a\3" "sql"
#define ROW "\5\0\0\0\x0d" "\x0a\2" "\2\0"
#define DONE "\1\0\0\0\x11"
#define PREPARE "\x13\0\0\0\x28" "\x08\1" "\x12\x0e" "\x08\4" "\x32\x0a" "\x0a\x08" "select ?"
#define RESET "\1\0\0\0\6"
#define FIND "\3\0\0\0\x11" "\x18\1"
#define NO_TABLE "\x0e\0\0\0\1" "\x10\xfa\x08" "\x1a\x08" "no table"
#define BAD_MECHANISM "\x0a\0\0\0\4" "\x0a\x07" "UNKNOWN"
#define BAD_CAPABILITY "\x0a\0\0\0\2" "\x0a\x07" "\x0a\x05" "\x0a\x03" "t\1s"
#define BAD_LENGTH "\6\0\0\0\2" "\x0a\x7f" "tls"
/* clang-format on */

#define GET     CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
#define GOT     SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
#define UNKNOWN LINES("app failed")

/* Both sides on a port that says nothing, in every cut. */
static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void needs_both_sides(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(HELLO), CLIENT(GET_CAPABILITIES), SERVER(CAPABILITIES)),
           LINES("app mysql", "proof certain", "!note *"));
    speaks(TURNS(CLIENT(GET_CAPABILITIES), SERVER(HELLO CAPABILITIES)),
           LINES("app mysql", "proof certain"));
    speaks(TURNS(CLIENT(WANT_OTHER), SERVER(ERROR)), LINES("app mysql", "proof certain"));
    speaks(TURNS(CLIENT(GET_CAPABILITIES), SERVER(OK)), UNKNOWN);
    speaks(TURNS(CLIENT(GET_CAPABILITIES)), UNKNOWN);
    speaks(TURNS(CLIENT(WANT_TLS)), LINES("app mysql", "proof fair"));
    speaks(TURNS(SERVER(CAPABILITIES)), LINES("app mysql", "proof fair"));
    speaks(TURNS(SERVER(HELLO)), LINES("app mysql", "proof fair"));
}

static void hands_over_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET_CAPABILITIES), SERVER(CAPABILITIES), CLIENT(WANT_TLS), SERVER(HELLO OK),
                 GET, GOT),
           LINES("protocols mysql,http"));
    speaks(TURNS(SERVER(HELLO), CLIENT(WANT_TLS), SERVER(ERROR), CLIENT(WANT_OTHER), SERVER(OK)),
           LINES("app mysql", "!protocols *"));
}

static void reads_a_session(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns =
            TURNS(SERVER(HELLO), CLIENT(GET_CAPABILITIES), SERVER(CAPABILITIES), CLIENT(AUTH_START),
                  SERVER(AUTH_MORE), CLIENT(AUTH_USER), SERVER(AUTH_OK), CLIENT(SELECT),
                  SERVER(ROW DONE), CLIENT(PREPARE RESET FIND), SERVER(OK OK NO_TABLE)),
        .expect = LINES("app mysql", "proof certain",
                        "tx mysql auth_plugin=MYSQL41 user=bob database=shop",
                        "tx mysql command=query statement=select 1",
                        "tx mysql command=prepare statement=select ?",
                        "tx mysql command=find error.code=1146 error.message=no table",
                        "buffer sql select 1", "buffer sql select ?", "!note *")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
}

static void tells_who_is_refused(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(AUTH_PLAIN), SERVER(DENIED)),
           LINES("app mysql", "proof certain",
                 "tx mysql auth_plugin=PLAIN user=bob error.code=1045 error.message=denied",
                 "threat 2018 MySQL refuses the login: bob"));
}

static void hands_on_long_statements(void **state)
{
    enum { TEXT = 200000 };
    static char message[TEXT + 16], line[TEXT + 16];
    static const char head[] = "\x47\x0d\3\0\x0c"
                               "\x0a\xc0\x9a\x0c"; /* TEXT + 7 */

    (void)state;
    memset(message, 'x', sizeof(message));
    memset(line, 'x', sizeof(line));
    memcpy(message, head, sizeof(head) - 1);
    memcpy(line, "buffer sql ", 11);
    line[11 + TEXT] = '\0';
    conversation_check_once(
        &(struct conversation){.turns = TURNS(CLIENT(AUTH_PLAIN), SERVER(AUTH_OK),
                                              CLIENT_BYTES(message, sizeof(head) - 1 + TEXT),
                                              CLIENT("\x18\0" SELECT), SERVER(DONE DONE)),
                               .expect = LINES(line, "buffer sql select 1", "!note *")},
        CUT_TURNS);
}

static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(BAD_MECHANISM), SERVER(OK)), UNKNOWN);
    speaks(TURNS(CLIENT(BAD_CAPABILITY), SERVER(OK)), UNKNOWN);
    speaks(TURNS(CLIENT(BAD_LENGTH), SERVER(OK)), UNKNOWN);
    speaks(TURNS(CLIENT("\2\0\0\0\1x"), SERVER(OK)), UNKNOWN);
    speaks(TURNS(CLIENT("\0\0\0\0\1"), SERVER(OK)), UNKNOWN);
    speaks(TURNS(CLIENT("\0\x50\0\0\2\x0a"), SERVER(OK)), UNKNOWN);
    speaks(TURNS(SERVER("\5\0\0\0\x0b\x08\1\x1a\0")), UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_both_sides),         cmocka_unit_test(hands_over_to_tls),
        cmocka_unit_test(reads_a_session),          cmocka_unit_test(tells_who_is_refused),
        cmocka_unit_test(hands_on_long_statements), cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
