/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenVPN: plain, signed and encrypted resets, over UDP and TCP, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define SID_C "\x11\x22\x33\x44\x55\x66\x77\x88"
#define SID_S "\xaa\xbb\xcc\xdd\xee\xff\1\2"
#define IDS   "client_session=11:22:33:44:55:66:77:88 server_session=aa:bb:cc:dd:ee:ff:01:02"
#define ZERO  "\0\0\0\0"

#define RESET  "\x38" SID_C "\0" ZERO
#define ANSWER "\x40" SID_S "\1" ZERO SID_C ZERO
#define HMAC   "0123456789abcdefghij"

#define SIGNED        "\x38" SID_C HMAC "\0\0\0\1time\0" ZERO
#define SIGNED_ANSWER "\x40" SID_S HMAC "\0\0\0\1time\1" ZERO SID_C ZERO

#define CODE          "0123456789abcdef0123456789abcdef"
#define SEALED        "\x38" SID_C "\0\0\0\1time" CODE "12345"
#define SEALED_ANSWER "\x40" SID_S "\0\0\0\1time" CODE "12345678901234567"
#define SEALED_NEXT   "\x28" SID_C "\0\0\0\2time" CODE "123456789"
#define SEALED_V3     "\x50" SID_C "\x0f\0\0\1time" CODE "12345the client's wrapped key\0\x17"

static void speaks(uint8_t transport, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = transport, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_plain_resets(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(RESET), CLIENT(RESET), SERVER(ANSWER), CLIENT("\x48whatever")),
           LINES("app openvpn", "proof certain", "tx openvpn " IDS " tls_auth=false"));
    speaks(OVER_TCP,
           TURNS(CLIENT("\0\x0e" RESET), SERVER("\0\x1a" ANSWER),
                 CLIENT("\0\x03"
                        "abc"),
                 SERVER("more")),
           LINES("app openvpn", "proof certain", "tx openvpn " IDS " tls_auth=false"));
}

static void reads_signed_resets(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(SIGNED), SERVER(SIGNED_ANSWER)),
           LINES("app openvpn", "proof certain", "tx openvpn " IDS " tls_auth=true"));
}

static void follows_encrypted_ones(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(SEALED), SERVER(SEALED_ANSWER), CLIENT(SEALED_NEXT)),
           LINES("app openvpn", "proof certain", "tx openvpn " IDS " tls_auth=true"));
    speaks(OVER_UDP, TURNS(CLIENT(SEALED_V3), SERVER(SEALED_ANSWER), CLIENT(SEALED_NEXT)),
           LINES("app openvpn", "proof certain"));
    speaks(OVER_UDP,
           TURNS(CLIENT(SEALED_V3), SERVER(SEALED_ANSWER), CLIENT("\x58" SID_C "and the key")),
           LINES("app openvpn", "proof certain"));
    speaks(OVER_UDP, TURNS(CLIENT(SEALED), SERVER(SEALED_ANSWER)), LINES("app failed", "!tx *"));
    speaks(OVER_UDP, TURNS(CLIENT(SEALED), SERVER(SEALED_ANSWER), CLIENT("\x28" SID_S "whatever!")),
           LINES("app failed", "!tx *"));
}

static void believes_a_plain_client(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(RESET)), LINES("app openvpn", "proof fair", "!tx *"));
    speaks(OVER_UDP, TURNS(SERVER(ANSWER)), LINES("app failed"));
    speaks(OVER_UDP,
           TURNS(CLIENT(RESET), CLIENT("\x28" SID_C "\1" ZERO SID_S), CLIENT("\x48\0\0\0datadata")),
           LINES("app openvpn", "proof fair", "!tx *", "!note *"));
    speaks(OVER_TCP,
           TURNS(CLIENT("\0\x0e" RESET), CLIENT("\0\x17\x28" SID_C "\1" ZERO SID_S "\0"),
                 CLIENT("\0\x0e\x48\0\0\0datadata12")),
           LINES("app openvpn", "proof fair", "!tx *", "!note *"));
}

static void believes_a_client_that_goes_on(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(SIGNED)), LINES("app failed"));
    speaks(OVER_UDP, TURNS(CLIENT(SEALED), CLIENT(SEALED_NEXT)),
           LINES("app openvpn", "proof fair", "!tx *"));
    speaks(OVER_UDP, TURNS(CLIENT(SEALED), CLIENT("\x28" SID_S "whatever!")), LINES("app failed"));
    speaks(OVER_UDP, TURNS(SERVER(SEALED_ANSWER), SERVER("\x28" SID_S "whatever!")),
           LINES("app failed"));
}

static void bears_hostile_lengths(void **state)
{
    const struct conversation behind = {
        .server_port = 40000,
        .turns = TURNS(CLIENT("\0\x0e" RESET "\0\0")),
        .expect = LINES("app openvpn", "proof fair", "!tx *"),
    };

    (void)state;
    speaks(OVER_TCP, TURNS(CLIENT("\5\x79" RESET)), LINES("app failed"));   /* not all here */
    speaks(OVER_TCP, TURNS(CLIENT("\xff\xff" RESET)), LINES("app failed")); /* too long */
    speaks(OVER_TCP, TURNS(CLIENT("\0\0" RESET)), LINES("app failed"));
    conversation_check_once(&behind, CUT_WHOLE);
    speaks(OVER_TCP,
           TURNS(CLIENT("\0\x0e" RESET), SERVER_LOST(28), SERVER("more"), CLIENT("\0\x16")),
           LINES("app openvpn", "proof fair", "!tx *"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x39" SID_C "\0" ZERO), CLIENT("\x38" SID_C "\0" ZERO "x"),
        CLIENT("\x38" SID_C "\1" ZERO), CLIENT("\x38" SID_C "\0" ZERO "0123456789"),
        CLIENT("\x38" SID_C "\0\0\0"),  CLIENT("\x38" SID_C HMAC "\0\0\0\1time\1" ZERO),
        CLIENT("\x30" SID_C "\0" ZERO), CLIENT("\x40" SID_C "\0" ZERO),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        speaks(OVER_UDP, TURNS(bad[i]), LINES("app failed"));
        speaks(OVER_TCP, TURNS(CLIENT("\0\x0d"), bad[i]), LINES("app failed"));
    }
    speaks(OVER_UDP, TURNS(CLIENT(RESET), SERVER("\x40" SID_S "\1" ZERO SID_S ZERO)),
           LINES("!proof certain", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_resets),     cmocka_unit_test(reads_signed_resets),
        cmocka_unit_test(follows_encrypted_ones), cmocka_unit_test(believes_a_plain_client),
        cmocka_unit_test(refuses_look_alikes),    cmocka_unit_test(believes_a_client_that_goes_on),
        cmocka_unit_test(bears_hostile_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
