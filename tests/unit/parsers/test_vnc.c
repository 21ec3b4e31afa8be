/* SPDX-License-Identifier: Apache-2.0
 *
 * VNC: the opening in all three versions, refusals, VeNCrypt, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define V33   "RFB 003.003\n"
#define V37   "RFB 003.007\n"
#define V38   "RFB 003.008\n"
#define NONCE "0123456789abcdef"
#define INIT  "\x04\0\x03\0" NONCE "\0\0\0\4desk"

#define VERSIONS(minor)                                                                            \
    "server_protocol_version.major=3 server_protocol_version.minor=" minor                         \
    " client_protocol_version.major=3 client_protocol_version.minor=" minor

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_8(void **state)
{
    (void)state;
    speaks(
        TURNS(SERVER(V38), CLIENT(V38), SERVER("\2\1\2"), CLIENT("\2"), SERVER(NONCE),
              CLIENT(NONCE), SERVER("\0\0\0\0"), CLIENT("\1"), SERVER(INIT), SERVER("pixels")),
        LINES(
            "app vnc", "proof certain",
            "tx vnc " VERSIONS(
                "8") " authentication.security_type=2 "
                     "authentication.security_result=ok screen_shared=true framebuffer.width=1024 "
                     "framebuffer.height=768 framebuffer.name=desk",
            "!note *"));
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\1\1"), CLIENT("\1"), SERVER("\0\0\0\0"),
                 CLIENT("\0"), SERVER(INIT)),
           LINES("tx vnc " VERSIONS(
               "8") " authentication.security_type=1 "
                    "authentication.security_result=ok screen_shared=false framebuffer.width=1024 "
                    "framebuffer.height=768 framebuffer.name=desk"));
}

static void reads_older_versions(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(V33), CLIENT(V33), SERVER("\0\0\0\2" NONCE), CLIENT(NONCE),
                 SERVER("\0\0\0\0"), CLIENT("\1"), SERVER(INIT)),
           LINES("tx vnc " VERSIONS(
               "3") " authentication.security_type=2 "
                    "authentication.security_result=ok screen_shared=true framebuffer.width=1024 "
                    "framebuffer.height=768 framebuffer.name=desk"));
    speaks(TURNS(SERVER(V37), CLIENT(V37), SERVER("\1\1"), CLIENT("\1\1"), SERVER(INIT)),
           LINES("tx vnc " VERSIONS(
               "7") " authentication.security_type=1 screen_shared=true "
                    "framebuffer.width=1024 framebuffer.height=768 framebuffer.name=desk"));
}

static void tells_refusals(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\1\2"), CLIENT("\2"), SERVER(NONCE),
                 CLIENT(NONCE), SERVER("\0\0\0\1\0\0\0\2no")),
           LINES("tx vnc " VERSIONS(
                     "8") " authentication.security_type=2 "
                          "server_security_failure_reason=no authentication.security_result=failed",
                 "note VNC server refuses access: no"));
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\0\0\0\0\4full")),
           LINES("note VNC server refuses access: full"));
    speaks(TURNS(SERVER(V33), CLIENT(V33), SERVER("\0\0\0\0\0\0\0\4full")),
           LINES("note VNC server refuses access: full"));
    speaks(TURNS(SERVER(V37), CLIENT(V37), SERVER("\1\2"), CLIENT("\2"), SERVER(NONCE),
                 CLIENT(NONCE), SERVER("\0\0\0\1")),
           LINES("note VNC server refuses access"));
}

static void goes_on_with_tls(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\2\x13\2"), CLIENT("\x13"), SERVER("\0\2"),
                 CLIENT("\0\2"), SERVER("\0\2\0\0\1\2\0\0\1\4"), CLIENT("\0\0\1\4"), SERVER("\1"),
                 CLIENT("*1\r\n$4\r\nPING\r\n"), SERVER("+PONG\r\n")),
           LINES("app redis", "protocols vnc,redis",
                 "tx vnc " VERSIONS("8") " authentication.security_type=19"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(V38)), LINES("app vnc", "proof strong"));
    speaks(TURNS(SERVER(V38), SERVER("\1\1")), LINES("app vnc", "proof strong"));
    speaks(TURNS(SERVER(V38), SERVER("\1\1"), SERVER("\0\0\0\0"), SERVER(INIT), SERVER("pixels")),
           LINES("app vnc", "proof strong", "!note *"));
    speaks(TURNS(CLIENT(V38), CLIENT("\2"), CLIENT(NONCE), CLIENT("\1")),
           LINES("app vnc", "proof strong",
                 "tx vnc client_protocol_version.major=3 client_protocol_version.minor=8 "
                 "authentication.security_type=2 screen_shared=true"));
    /* Version 3.3: the client does not choose. */
    speaks(TURNS(CLIENT(V33), CLIENT("\1"), CLIENT("keys")),
           LINES("app vnc",
                 "tx vnc client_protocol_version.major=3 "
                 "client_protocol_version.minor=3",
                 "!note *"));
}

static void keeps_the_name_after_a_hole(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\1\1"), CLIENT_LOST(1), SERVER("\0\0\0\0"),
                 SERVER(INIT), CLIENT("keys")),
           LINES("app vnc", "proof certain", "!note *"));
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER_LOST(2), CLIENT("\1\1keys"), SERVER("pixels")),
           LINES("app vnc", "proof certain", "!note *"));
}

static void reads_odd_versions(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("RFB 003.889\n"), CLIENT("RFB 003.889\n"), SERVER("\1\x1e"), CLIENT("\x1e"),
                 SERVER("key")),
           LINES("app vnc", "proof certain",
                 "tx vnc " VERSIONS("889") " authentication.security_type=30", "!note *"));
    speaks(TURNS(SERVER(V38), CLIENT(V33), SERVER("\0\0\0\1"), CLIENT("\1"), SERVER(INIT)),
           LINES("app vnc", "proof certain", "!note *"));
    /* Refused although nothing was asked. */
    speaks(
        TURNS(SERVER(V38), CLIENT(V38), SERVER("\1\1"), CLIENT("\1"), SERVER("\0\0\0\1\0\0\0\2no")),
        LINES("note VNC server refuses access: no"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        SERVER("RFB 003.00x\n"), SERVER("RFB 003.008\r"),   SERVER("RFB 009.008\n"),
        SERVER("RFB 003 008\n"), SERVER("RFB hello\n\n\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

static void bears_nonsense_behind(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\0\xff\xff\xff\xff more")),
           LINES("app vnc", "proof certain"));
    speaks(TURNS(SERVER(V38), CLIENT(V38), SERVER("\1\1"), CLIENT("\1"), SERVER("\0\0\0\7")),
           LINES("app vnc", "proof certain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_8),       cmocka_unit_test(reads_older_versions),
        cmocka_unit_test(tells_refusals),        cmocka_unit_test(goes_on_with_tls),
        cmocka_unit_test(believes_one_side),     cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(bears_nonsense_behind), cmocka_unit_test(keeps_the_name_after_a_hole),
        cmocka_unit_test(reads_odd_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
