/* SPDX-License-Identifier: Apache-2.0
 *
 * Hazelcast: clients of both kinds, members, logins refused, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define LOGIN                                                                                      \
    "CP2("                                                                                         \
    "\x00\x00\x00\x00\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00\x00\x00\x00"     \
    "dev\x09\x00\x00\x00\x00\x00"                                                                  \
    "amy\x0c\x00\x00\x00\x00\x00secret\x09\x00\x00\x00\x00\x00NJS\x0b\x00\x00\x00\x00\x00"         \
    "5.3.0\x11\x00\x00\x00\x00\x00hz.client_0\x06\x00\x00\x00\x00\x10\x06\x00\x00\x00\x00("
#define LOGIN_PLAIN                                                                                \
    "CP2("                                                                                         \
    "\x00\x00\x00\x00\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00\x00\x00\x00"     \
    "dev\x06\x00\x00\x00\x00\x04\x06\x00\x00\x00\x00\x04\x09\x00\x00\x00\x00\x00NJS\x0b\x00\x00"   \
    "\x00\x00\x00"                                                                                 \
    "5.3.0\x11\x00\x00\x00\x00\x00hz.client_0\x06\x00\x00\x00\x00\x10\x06\x00\x00\x00\x00("
#define LOGIN_CUSTOM                                                                               \
    "CP2("                                                                                         \
    "\x00\x00\x00\x00\xc0\x00\x02\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00\x00\x00\x00"     \
    "dev\x0c\x00\x00\x00\x00\x00secret\x09\x00\x00\x00\x00\x00NJS\x0b\x00\x00\x00\x00\x00"         \
    "5.3.0\x11\x00\x00\x00\x00\x00hz.client_0\x06\x00\x00\x00\x00\x10\x06\x00\x00\x00\x00("
#define ANSWER                                                                                     \
    "<\x00\x00\x00\x00\xc0\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x10\x0a\x00\x00" \
    "\x00\x00\x00"                                                                                 \
    "E\x16\x00\x00\x0e\x00\x00\x00\x00\x00"                                                        \
    "10.0.0.1\x06\x00\x00\x00\x00\x08\x0b\x00\x00\x00\x00 5.3.1"
#define REFUSED                                                                                    \
    "<\x00\x00\x00\x00\xc0\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x10\x0a\x00\x00" \
    "\x00\x00\x00"                                                                                 \
    "E\x16\x00\x00\x0e\x00\x00\x00\x00\x00"                                                        \
    "10.0.0.1\x06\x00\x00\x00\x00\x08\x0b\x00\x00\x00\x00 5.3.1"
#define NO_MEMBER                                                                                  \
    "<\x00\x00\x00\x00\xc0\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x10\x0a\x00\x00" \
    "\x00\x00\x00"                                                                                 \
    "E\x16\x00\x00\x0e\x00\x00\x00\x00\x00"                                                        \
    "10.0.0.1\x06\x00\x00\x00\x00\x08\x0b\x00\x00\x00\x00 5.3.1"
#define ANSWER_CUSTOM                                                                              \
    "<\x00\x00\x00\x00\xc0\x01\x02\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x10\x0a\x00\x00" \
    "\x00\x00\x00"                                                                                 \
    "E\x16\x00\x00\x0e\x00\x00\x00\x00\x00"                                                        \
    "10.0.0.1\x06\x00\x00\x00\x00\x08\x0b\x00\x00\x00\x00 5.3.1"
#define ANSWER_LONG                                                                                \
    "<\x00\x00\x00\x00\xc0\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x10\x0a\x00\x00" \
    "\x00\x00\x00"                                                                                 \
    "E\x16\x00\x00\x0e\x00\x00\x00\x00\x00"                                                        \
    "10.0.0.1\x06\x00\x00\x00\x00\x08\x0b\x00\x00\x00\x00\x00"                                     \
    "5.3."                                                                                         \
    "1\x06\x00\x00\x00\x00\x10\x0c\x00\x00\x00\x00\x00member\x0c\x00\x00\x00\x00\x00member\x0c"    \
    "\x00\x00\x00\x00\x00member\x06\x00\x00\x00\x00("
#define PUT                                                                                        \
    "&\x00\x00\x00\x00\xc0\x00\x01\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x00\x00\x00prices"   \
    "\x0b\x00\x00\x00\x00\x00"                                                                     \
    "apple\x0a\x00\x00\x00\x00 0.50"
#define OLD_LOGIN                                                                                  \
    "CB2<"                                                                                         \
    "\x00\x00\x00\x01\xc0\x02\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x16\x00\x03\x00" \
    "\x00\x00"                                                                                     \
    "amy\x06\x00\x00\x00secret\x01\x01\x01\x03\x00\x00\x00NJS\x01\x06\x00\x00\x00"                 \
    "3.12.1"
#define OLD_ANSWER                                                                                 \
    "#\x00\x00\x00\x01\xc0k\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x16\x00\x00\x01"   \
    "\x01\x01\x01\x04\x00\x00\x00"                                                                 \
    "3.12"
#define OLD_REFUSED                                                                                \
    "#\x00\x00\x00\x01\xc0k\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x16\x00\x01\x01"   \
    "\x01\x01\x01\x04\x00\x00\x00"                                                                 \
    "3.12"
#define OLD_PUT                                                                                    \
    ")\x00\x00\x00\x01\xc0\x01\x01\x06\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x16\x00\x06"    \
    "\x00\x00\x00prices\x05\x00\x00\x00"                                                           \
    "apple"
#define BIND                                                                                       \
    "HZC\x04\x00"                                                                                  \
    "0\xff\xff\xff\xff\x00\x00\x00\x0d\x00\x00\x00\x00\xff\xff\xff\xfehello"
#define OPERATION "\x04\x00\x01\x00\x00\x00\x03\x00\x00\x00\x0c\x00\x00\x00\x00\xff\xff\xff\xfework"

#define TX_LOGIN                                                                                   \
    "tx hazelcast protocol=client cluster=dev user=amy client.type=NJS client.version=5.3.0 "      \
    "client.name=hz.client_0"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_clients(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN), SERVER(ANSWER), CLIENT(PUT), SERVER(PUT)),
           LINES("app hazelcast", "proof certain",
                 TX_LOGIN " server.version=5.3.1 status=AUTHENTICATED", "buffer body prices",
                 "buffer body apple", "buffer body 0.50", "!note *"));
    speaks(TURNS(CLIENT(LOGIN_CUSTOM), SERVER(ANSWER_CUSTOM)),
           LINES("proof certain", "tx hazelcast protocol=client cluster=dev client.type=NJS "
                                  "client.version=5.3.0 client.name=hz.client_0 "
                                  "server.version=5.3.1 status=AUTHENTICATED"));
    speaks(
        TURNS(CLIENT(LOGIN), SERVER(ANSWER_LONG PUT)),
        LINES("proof certain", TX_LOGIN " server.version=5.3.1 status=AUTHENTICATED", "!note *"));
}

static void tells_refusals(void **state)
{
    const struct conversation c = {
        .server_port = 5701,
        .turns = TURNS(CLIENT(LOGIN), SERVER(REFUSED)),
        .expect = LINES("app hazelcast", TX_LOGIN " server.version=5.3.1 status=CREDENTIALS_FAILED",
                        "note Hazelcast refuses the login: amy"),
    };
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    speaks(TURNS(CLIENT(LOGIN_PLAIN), SERVER(NO_MEMBER)),
           LINES("tx hazelcast protocol=client cluster=dev client.type=NJS client.version=5.3.0 "
                 "client.name=hz.client_0 server.version=5.3.1 status=NOT_ALLOWED_IN_CLUSTER",
                 "note Hazelcast refuses the login: dev"));
    speaks(TURNS(CLIENT(OLD_LOGIN), SERVER(OLD_REFUSED)),
           LINES("note Hazelcast refuses the login: amy"));
}

static void reads_clients_of_version_3(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(OLD_LOGIN), SERVER(OLD_ANSWER), CLIENT(OLD_PUT), SERVER(OLD_PUT)),
           LINES("app hazelcast", "proof certain",
                 "tx hazelcast protocol=client 3.x client.type=NJS client.version=3.12.1 "
                 "user=amy status=AUTHENTICATED",
                 "!note *"));
}

static void reads_members(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(BIND), SERVER(BIND), CLIENT(OPERATION), SERVER(OPERATION)),
           LINES("app hazelcast", "proof certain", "tx hazelcast protocol=member", "!note *"));
    speaks(TURNS(CLIENT("HZC\4\0\x30\xff\xff\xff\xff\0\1\0\0"
                        "01234567")),
           LINES("app hazelcast", "proof strong"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN PUT)), LINES("app hazelcast", "proof strong", TX_LOGIN));
    speaks(TURNS(SERVER(ANSWER PUT)),
           LINES("app hazelcast", "proof strong",
                 "tx hazelcast protocol=client server.version=5.3.1 status=AUTHENTICATED"));
    speaks(TURNS(CLIENT(OLD_LOGIN)), LINES("app hazelcast", "proof strong"));
    speaks(TURNS(CLIENT(BIND)), LINES("app hazelcast", "proof strong"));
    speaks(TURNS(SERVER(BIND)), LINES("app hazelcast", "proof strong"));
    /* nothing in these tells */
    speaks(TURNS(SERVER(OLD_ANSWER)), LINES("app failed"));
    speaks(TURNS(SERVER(PUT)), LINES("app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        /* not a login */
        CLIENT("CP2" PUT),
        /* another type */
        CLIENT(
            "CP2("
            "\x00\x00\x00\x00\xc0\x00\x03\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
            "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00"
            "\x00\x00\x00"
            "dev\x09\x00\x00\x00\x00\x00"
            "amy\x0c\x00\x00\x00\x00\x00secret\x09\x00\x00\x00\x00\x00NJS\x0b\x00\x00\x00\x00\x00"
            "5.3.0\x11\x00\x00\x00\x00\x00hz.client_"
            "0\x06\x00\x00\x00\x00\x10\x06\x00\x00\x00\x00("),
        /* shorter than its head */
        CLIENT("CP2\x05\x00\x00\x00\x00\xc0"),
        /* too long */
        CLIENT("CP2\xff\xff\xff\xff\x00\xc0"),
        /* a piece of a message */
        CLIENT("CP2\x16\x00\x00\x00\x00\xa0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff"
               "\xff\xff"),
        /* nothing behind its head */
        CLIENT("CP2\x16\x00\x00\x00\x00\xe0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff"
               "\xff\xff"),
        /* a head that is too short */
        CLIENT("CP2\x0a\x00\x00\x00\x00\xe0\x00\x01\x00\x00"),
        /* ends what has not begun */
        CLIENT("CP2\x16\x00\x00\x00\x00\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff"
               "\xff\xff\x06\x00\x00\x00\x00\x08"),
        /* no such flag */
        CLIENT("CP2\x16\x00\x00\x00\x01\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff"
               "\xff\xff"),
        /* another type */
        CLIENT("CB2\x16\x00\x00\x00\x01\xc0\x04\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
               "\x16\x00"),
        /* a text longer than all */
        CLIENT("CB2!"
               "\x00\x00\x00\x01\xc0\x02\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x16"
               "\x00\x03\x00\x00\x00"
               "amy\xff\xff\xff\xff"),
        /* a piece of a message */
        CLIENT("CB2\x1d\x00\x00\x00\x01\x80\x02\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
               "\x16\x00\x03\x00\x00\x00"
               "amy"),
        /* shorter than its head */
        CLIENT("CB2\x15\x00\x00\x00\x01\xc0\x02\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
               "\x16\x00"),
        /* too small */
        CLIENT("HZC\x04\x00"
               "0\xff\xff\xff\xff\x00\x00\x00\x04"
               "1234"),
        /* another version */
        CLIENT("HZC\x05\x00"
               "0\xff\xff\xff\xff\x00\x00\x00\x0d\x00\x00\x00\x00\xff\xff\xff\xfehello"),
        /* no kind */
        CLIENT("HZC\x04\x00\x00\xff\xff\xff\xff\x00\x00\x00\x08"
               "12345678"),
        /* no such flag */
        CLIENT("HZC\x04\x01\x00\xff\xff\xff\xff\x00\x00\x00\x08"
               "12345678"),
        /* nothing behind */
        CLIENT("HZC"),
        /* nothing behind */
        CLIENT("CP2"),
        /* other letters */
        CLIENT(
            "CP1("
            "\x00\x00\x00\x00\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
            "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00"
            "\x00\x00\x00"
            "dev\x09\x00\x00\x00\x00\x00"
            "amy\x0c\x00\x00\x00\x00\x00secret\x09\x00\x00\x00\x00\x00NJS\x0b\x00\x00\x00\x00\x00"
            "5.3.0\x11\x00\x00\x00\x00\x00hz.client_"
            "0\x06\x00\x00\x00\x00\x10\x06\x00\x00\x00\x00("),
        /* no end */
        CLIENT(
            "CP2("
            "\x00\x00\x00\x00\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
            "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00"
            "\x00\x00\x00"
            "dev\x09\x00\x00\x00\x00\x00"
            "amy\x0c\x00\x00\x00\x00\x00secret\x09\x00\x00\x00\x00\x00NJS\x0b\x00\x00\x00\x00\x00"
            "5.3.0\x11\x00\x00\x00\x00\x00hz.client_0\x06\x00\x00\x00\x00\x10"),
        /* no end */
        CLIENT("HZC\x04\x00"
               "0\xff\xff\xff\xff\x00\x00\x00\x0d\x00\x00\x00\x00\xff\xff\xff\xfehell"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!proof *"));
}

/* Frames that only begin further ones. */
static void survives_nesting(void **state)
{
    static const char frame[] = "\6\0\0\0\0\x10";
    static char bytes[18025] = "CP2\x16\x00\x00\x00\x00\xc0\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00"
                               "\x00\x00\xff\xff\xff\xff";
    const struct conversation c = {
        .server_port = 5701,
        .turns = TURNS(CLIENT_BYTES(bytes, sizeof(bytes))),
        .expect = LINES("app failed", "!proof *"),
    };

    (void)state;
    for (size_t at = 25; at < sizeof(bytes); at += sizeof(frame) - 1)
        memcpy(bytes + at, frame, sizeof(frame) - 1);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

/* Long values are passed over; the name stays when frames break. */
static void passes_over_values(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(LOGIN), SERVER(ANSWER),
                 CLIENT("\x26\0\0\0\0\0"
                        "0123456789"),
                 CLIENT_LOST(10), CLIENT("0123456789ab" PUT)),
           LINES("proof certain", "buffer body prices", "!note *"));
    speaks(TURNS(CLIENT(LOGIN), SERVER(ANSWER), CLIENT("\5\0\0\0\0\0")), LINES("app hazelcast"));
    speaks(TURNS(CLIENT(BIND), SERVER(BIND), CLIENT("\x09\0\0\0")), LINES("app hazelcast"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_clients),
        cmocka_unit_test(tells_refusals),
        cmocka_unit_test(reads_clients_of_version_3),
        cmocka_unit_test(reads_members),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_nesting),
        cmocka_unit_test(passes_over_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
