/* SPDX-License-Identifier: Apache-2.0
 *
 * Ceph: banners of both versions, who is who, a user's name, a refusal, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define Z4  "\0\0\0\0"
#define Z8  Z4 Z4
#define Z16 Z8 Z8
#define Z32 Z16 Z16

#define OLD        "ceph v027"
#define ADDRESS    Z32 Z32 Z32 Z32 Z8
#define OLD_SERVER OLD ADDRESS ADDRESS "\1" Z8 Z16 "\1"
#define OLD_CLIENT OLD ADDRESS Z8 "\x08\0\0\0" Z16 Z4 "\0"

#define NEW "ceph v2\n\x10\0" Z16
#define FRAME(tag, n)                                                                              \
    tag "\1" n "\0\0\0\x08\0" Z8 Z8 "\0\0"                                                         \
        "\0\0" Z4
#define HELLO(kind) FRAME("\1", "\5") kind Z4 Z4
#define AUTH                                                                                       \
    FRAME("\2", "\x22")                                                                            \
    "\2\0\0\0\1\0\0\0\2\0\0\0\x12\0\0\0\x0a\x08\0\0\0\5\0\0\0admin" Z4 Z4

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_1(void **state)
{
    (void)state;
    speaks(40000, TURNS(SERVER(OLD_SERVER), CLIENT(OLD_CLIENT), SERVER("more"), CLIENT("more")),
           LINES("app ceph", "proof certain", "tx ceph version=1 client_type=client", "!note *"));
    speaks(40000, TURNS(CLIENT(OLD_CLIENT)), LINES("app ceph", "proof strong"));
    speaks(40000, TURNS(SERVER(OLD_SERVER)), LINES("app ceph", "proof strong"));
}

static void reads_version_2(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT(NEW), SERVER(NEW HELLO("\1")), CLIENT(HELLO("\x08") AUTH),
                 SERVER(FRAME("\4", "\0") Z4 "sealed from here on"), CLIENT("sealed")),
           LINES("app ceph", "proof certain",
                 "tx ceph version=2 server_type=mon client_type=client user=admin", "!note *"));
    speaks(3300,
           TURNS(CLIENT(NEW), SERVER(NEW HELLO("\1")), CLIENT(HELLO("\x08") AUTH),
                 SERVER(FRAME("\3", "\0") Z4)),
           LINES("note Ceph refuses the authentication"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("ceph v02x"),
        CLIENT("ceph v3\n\x10\0" Z16),
        CLIENT("ceph v2\r\n"),
        CLIENT("cephalopod"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(6789, TURNS(bad[i]), LINES("!app ceph", "!tx ceph*"));
    speaks(6789, TURNS(CLIENT(OLD_CLIENT), SERVER(NEW)), LINES("app ceph", "proof strong"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_1),
        cmocka_unit_test(reads_version_2),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
