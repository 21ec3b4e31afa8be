/* SPDX-License-Identifier: Apache-2.0
 *
 * WireGuard: handshakes, cookies, data that goes on, forks with longer messages, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define B16    "sixteen bytes..."
#define B32    B16 B16
#define NO_MAC "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

#define INIT_BODY       B32 B32 B16 "twenty-eight bytes of cipher" B16
#define INIT(index)     "\1\0\0\0" index INIT_BODY NO_MAC
#define ANSWER(me, you) "\2\0\0\0" me you B32 B16 B16 NO_MAC
#define COOKIE(you)     "\3\0\0\0" you B16 "24-16=8." B32
#define DATA(you, n)    "\4\0\0\0" you n "\0\0\0\0\0\0\0" B32

#define A "\x01\x02\x03\x04"
#define B "\x05\x06\x07\x08"

static void datagrams(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_handshakes(void **state)
{
    (void)state;
    datagrams(TURNS(CLIENT(INIT(A)), SERVER(ANSWER(B, A)), CLIENT(DATA(B, "\0")),
                    SERVER(DATA(A, "\0")), SERVER(INIT(A)), CLIENT(ANSWER(B, A))),
              LINES("app wireguard", "proof certain", "note WireGuard tunnel",
                    "tx wireguard initiator_index=67305985 responder_index=134678021 handshake=1"));
    datagrams(TURNS(CLIENT(INIT(A)), CLIENT(INIT(A)), SERVER(COOKIE(A))),
              LINES("app wireguard", "proof certain",
                    "tx wireguard initiator_index=67305985 cookie=true"));
}

static void believes_one_side(void **state)
{
    (void)state;
    datagrams(TURNS(CLIENT(INIT(A))), LINES("app wireguard", "proof strong"));
    datagrams(TURNS(CLIENT("\1\0\0\0" A INIT_BODY B16)), LINES("app wireguard", "proof fair"));
    datagrams(TURNS(SERVER(ANSWER(B, A))), LINES("app wireguard", "proof strong"));
    datagrams(TURNS(SERVER(COOKIE(A))), LINES("app wireguard", "proof fair"));
}

static void follows_data(void **state)
{
    (void)state;
    datagrams(TURNS(CLIENT(DATA(B, "\7")), CLIENT(DATA(B, "\x08"))),
              LINES("app wireguard", "proof strong", "!tx *"));
    datagrams(TURNS(CLIENT(DATA(B, "\7")), CLIENT(DATA(B, "\7"))), LINES("app failed"));
    datagrams(TURNS(CLIENT(DATA(B, "\7")), CLIENT(DATA(A, "\x08"))), LINES("app failed"));
}

/* Longer messages are believed in pairs only. */
static void knows_forks(void **state)
{
    (void)state;
    datagrams(TURNS(CLIENT(INIT(A) B16 "more"), SERVER(ANSWER(B, A) "bytes")),
              LINES("app wireguard", "proof certain"));
    datagrams(TURNS(CLIENT(INIT(A) B16 "more")), LINES("app failed"));
    datagrams(TURNS(CLIENT(INIT(A) B16 "more"), SERVER(ANSWER(B, B) "bytes")), LINES("app failed"));
}

static void knows_tailscale(void **state)
{
    (void)state;
    datagrams(
        TURNS(CLIENT("TS\xf0\x9f\x92\xac" B32 B32 B16), CLIENT(INIT(A)), SERVER(ANSWER(B, A))),
        LINES("app tailscale", "proof certain", "note WireGuard tunnel"));
    datagrams(TURNS(CLIENT(INIT(A)), CLIENT("TS\xf0\x9f\x92\xac" B32 B32 B16)),
              LINES("app tailscale", "proof certain"));
    datagrams(TURNS(CLIENT("TS\xf0\x9f\x92\xac" B32)), LINES("app failed"));
}

static void leaves_others_alone(void **state)
{
    static const struct turn firsts[] = {
        CLIENT("\1\0\0\0" A INIT_BODY "fifteen bytes.."),
        CLIENT("\1\0\1\0" A INIT_BODY NO_MAC),
        CLIENT("\5\0\0\0" A INIT_BODY NO_MAC),
        CLIENT("\2\0\0\0" A B "short"),
        CLIENT("\3\0\0\0" A B32 "short"),
        CLIENT("\4\0\0\0" A "\0\0\0\0\0\0\0\0" B16 "no multiple"),
        CLIENT("\4\0\0\0" A),
    };

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        datagrams(TURNS(firsts[i]), LINES("!app wireguard", "!tx *"));
    datagrams(TURNS(CLIENT(INIT(A)), SERVER("something else")), LINES("app wireguard"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_handshakes), cmocka_unit_test(believes_one_side),
        cmocka_unit_test(follows_data),     cmocka_unit_test(knows_forks),
        cmocka_unit_test(knows_tailscale),  cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
