/* SPDX-License-Identifier: Apache-2.0
 *
 * Remote desktop: request, choice, TLS behind it, the old security, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define NEG_REQUEST       "\1\0\x08\0\x0b\0\0\0"
#define COOKIE            "Cookie: mstshash=joe\r\n" /* 22 bytes */
#define ASK               "\3\0\0\x29\x24\xe0\0\0\0\0\0" COOKIE NEG_REQUEST
#define ASK_BARE          "\3\0\0\x0b\6\xe0\0\0\0\0\0"
#define ASK_PLAIN         "\3\0\0\x21\x1c\xe0\0\0\0\0\0" COOKIE
#define TELL(kind, value) "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0" kind "\0\x08\0" value "\0\0\0"
#define TELL_OLD          "\3\0\0\x0b\6\xd0\0\0\x12\x34\0"
#define REDIS             CLIENT("*1\r\n$4\r\nPING\r\n"), SERVER("+PONG\r\n")

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_request_and_choice(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(TELL("\2", "\2")), REDIS),
           LINES("app redis", "protocols rdp,redis",
                 "tx rdp cookie=joe requested_protocols=11 protocol=hybrid"));
    speaks(
        TURNS(CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0" NEG_REQUEST), SERVER(TELL("\2", "\1")), REDIS),
        LINES("protocols rdp,redis", "tx rdp requested_protocols=11 protocol=ssl"));
    speaks(
        TURNS(CLIENT(ASK), SERVER(TELL("\3", "\5"))),
        LINES("app rdp", "proof certain", "tx rdp cookie=joe requested_protocols=11 error_code=5"));
}

#define U(c) c "\0"
/* Core: version 5, 1024x768, depth, sequence, keyboard, build 2600, name: 56 bytes. */
#define CORE                                                                                       \
    "\x01\xc0\x38\0\4\0\x08\0\0\4\0\3\1\xca\3\xaa\x09\4\0\0\x28\x0a\0\0" U("P") U("C")             \
        U("1") "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define USER  "\0\5\0\x14\x7c\0\1\x46\0\x08\0\x10\0\1\xc0\0Duca\x38" CORE
#define SEQ   "\x30\3\2\1\0"
#define FIRST "\x7f\x65\x67\4\1\1\4\1\1\1\1\xff" SEQ SEQ SEQ "\4\x4d" USER
#define BLANK "01234567890123456789012345678901234567890123456789ab"
#define CONNECT_WITH(blocks)                                                                       \
    "\3\0\0\x71\2\xf0\x80\x7f\x65\x67\4\1\1\4\1\1\1\1\xff" SEQ SEQ SEQ                             \
    "\4\x4d\0\5\0\x14\x7c\0\1\x46\0\x08\0\x10\0\1\xc0\0Duca\x38" blocks
#define CONNECT "\3\0\0\x71\2\xf0\x80" FIRST

static void reads_what_the_old_security_shows(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK_PLAIN), SERVER(TELL_OLD), CLIENT(CONNECT), SERVER("whatever")),
           LINES("app rdp", "proof certain",
                 "tx rdp cookie=joe requested_protocols=0 protocol=rdp client.version=5 or later "
                 "client.desktop_width=1024 client.desktop_height=768 client.build=2600 "
                 "client.client_name=PC1"));
    /* Nothing in the request says what it is: the settings do. */
    speaks(TURNS(CLIENT(ASK_BARE), SERVER(TELL_OLD), CLIENT(CONNECT)),
           LINES("app rdp", "proof certain", "tx rdp requested_protocols=0 protocol=rdp client.*"));
    speaks(
        TURNS(CLIENT(ASK), SERVER(TELL("\2", "\0")), SERVER("\3\0\0\x09\2\xf0\x80xy"),
              CLIENT(CONNECT)),
        LINES("app rdp", "proof certain", "tx rdp cookie=joe requested_protocols=11 *", "!note *"));
}

static void bears_strange_settings(void **state)
{
    (void)state;
    /* A block of length 0, a core that ends early. */
    speaks(
        TURNS(CLIENT(ASK_PLAIN), SERVER(TELL_OLD), CLIENT(CONNECT_WITH("\x01\xc0\0\0" BLANK))),
        LINES("app rdp", "proof certain", "tx rdp cookie=joe requested_protocols=0 protocol=rdp"));
    speaks(
        TURNS(CLIENT(ASK_PLAIN), SERVER(TELL_OLD), CLIENT(CONNECT_WITH("\x01\xc0\xff\xff" BLANK))),
        LINES("app rdp", "tx rdp cookie=joe requested_protocols=0 protocol=rdp"));
    /* Lengths inside that are not true. */
    speaks(TURNS(CLIENT(ASK_PLAIN), SERVER(TELL_OLD), CLIENT("\3\0\0\x09\2\xf0\x80\x7f\x65")),
           LINES("app rdp", "tx rdp cookie=joe requested_protocols=0 protocol=rdp"));
}

static void keeps_the_name_after_a_hole(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER_LOST(19), SERVER("whatever"), CLIENT("more")),
           LINES("app rdp", "proof strong"));
    speaks(TURNS(CLIENT_LOST(41), SERVER(TELL("\2", "\2")), REDIS), LINES("protocols rdp,redis"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK)), LINES("app rdp", "proof strong"));
    speaks(TURNS(SERVER(TELL("\2", "\0"))), LINES("app rdp", "proof strong"));
    speaks(TURNS(SERVER(TELL("\2", "\0")), SERVER("\3\0\0\x09\2\xf0\x80xy")),
           LINES("app rdp", "proof strong", "!note *"));
    speaks(TURNS(CLIENT(ASK_BARE)), LINES("app failed"));
    speaks(TURNS(SERVER(TELL_OLD)), LINES("app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(ASK_BARE), /* any ISO transport */
        CLIENT("\3\0\0\x16\x11\xe0\0\0\0\0\0" NEG_REQUEST "123"),
        CLIENT("\3\0\0\x13\x0d\xe0\0\0\0\0\0" NEG_REQUEST),
        CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\2\0\x08\0\x0b\0\0\0"),
        CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x09\0\x0b\0\0\0"),
        CLIENT("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\x0b\0\0\1"),
        CLIENT("\3\0\0\2\x0e\xe0\0\0\0\0\0"),
        SERVER("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\1\0\x08\0\1\0\0\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_request_and_choice),
        cmocka_unit_test(reads_what_the_old_security_shows),
        cmocka_unit_test(bears_strange_settings),
        cmocka_unit_test(keeps_the_name_after_a_hole),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
