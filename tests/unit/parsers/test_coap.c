/* SPDX-License-Identifier: Apache-2.0
 *
 * CoAP: requests, answers at once and later, observation, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* CON GET /sensors/temp?unit=c of host "a.b", token 1234 */
#define GET                                                                                        \
    "\x42\1\x01\x02\x12\x34"                                                                       \
    "\x33"                                                                                         \
    "a.b"                                                                                          \
    "\x87sensors"                                                                                  \
    "\4temp"                                                                                       \
    "\x46unit=c"
#define TX_GET                                                                                     \
    "tx coap type=CON method=GET id=258 token=12:34 host=a.b path=/sensors/temp query=unit=c"
#define CONTENT                                                                                    \
    "\x62\x45\x01\x02\x12\x34\xc1\x32\xff"                                                         \
    "21.5"
#define TX_CONTENT "tx coap type=ACK code=2.05 id=258 token=12:34 content_format=50"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_requests_and_answers(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(GET), SERVER(CONTENT)),
              LINES("app coap", "proof certain", "host a.b", TX_GET, TX_CONTENT, "buffer body 21.5",
                    "!note *"));
    /* acknowledged first, answered later, acknowledged */
    datagrams(40000,
              TURNS(CLIENT(GET), SERVER("\x60\0\x01\x02"),
                    SERVER("\x42\x45\x77\x01\x12\x34\xff"
                           "x"),
                    CLIENT("\x60\0\x77\x01")),
              LINES("app coap", "proof certain", TX_GET, "tx coap type=ACK method=EMPTY id=258",
                    "tx coap type=CON code=2.05 id=30465 token=12:34"));
    /* a server that asks back, and is refused */
    datagrams(5683, TURNS(CLIENT(GET), SERVER("\x41\2\0\1z\xb1s"), CLIENT("\x70\0\0\1")),
              LINES("tx coap type=CON method=POST id=1 token=7a path=/s",
                    "tx coap type=RST method=EMPTY id=1"));
    datagrams(5683,
              TURNS(CLIENT("\x51\1\0\2"
                           "o\x60\x51t"),
                    SERVER("\x51\x45\0\x09o\x61\1\xff"
                           "1")),
              LINES("tx coap type=NON method=GET id=2 token=6f path=/t observe=true",
                    "tx coap type=NON code=2.05 id=9 token=6f observe=true"));
}

static void believes_one_side(void **state)
{
    (void)state;
    datagrams(5683, TURNS(CLIENT(GET)), LINES("app coap", "proof strong"));
    datagrams(40000, TURNS(CLIENT(GET)), LINES("app coap", "proof fair"));
    datagrams(5683, TURNS(SERVER(CONTENT)), LINES("app coap", "proof fair"));
    datagrams(40000, TURNS(SERVER(CONTENT)), LINES("app failed"));
    /* four bytes are little */
    datagrams(40000, TURNS(CLIENT("\x40\1\0\1")), LINES("app failed"));
}

static void reads_long_options(void **state)
{
    (void)state;
    /* a path of 20 bytes, then Size1 (60) by an extended delta */
    datagrams(5683,
              TURNS(CLIENT("\x40\3\0\1\xbd\7"
                           "0123456789abcdefghij"
                           "\xd1\x24\x08\xff"
                           "x")),
              LINES("app coap", "tx coap type=CON method=PUT id=1 path=/0123456789abcdefghij",
                    "buffer body x"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x82\1\0\1\xb1s"), /* another version */
        CLIENT("\x49\1\0\1"
               "123456789\xb1s"),    /* a token of 9 */
        CLIENT("\x40\x08\0\1\xb1s"), /* no such method */
        CLIENT("\x60\1\0\1\xb1s"),   /* an acknowledgement that asks */
        CLIENT("\x40\1\0\1\xbfs"),   /* a reserved length */
        CLIENT("\x40\1\0\1\xf1s"),
        CLIENT("\x40\1\0\1\xb2s"),     /* beyond the end */
        CLIENT("\x40\1\0\1\xb1s\xff"), /* no payload behind its mark */
        CLIENT("\x40\1\0\1\xd1\x1cs"), /* a critical option that nobody knows: 41 */
        CLIENT("\x41\0\0\1x"),         /* empty and yet not */
        CLIENT("\x50\0\0\1"),
        CLIENT("\x40\1\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(5683, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_requests_and_answers),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(reads_long_options),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
