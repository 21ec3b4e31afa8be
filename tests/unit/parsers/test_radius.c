/* SPDX-License-Identifier: Apache-2.0
 *
 * RADIUS: questions and answers over both transports, refusals, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define AUTH "0123456789abcdef"
#define SIGN "\x50\x12" AUTH /* Message-Authenticator */

#define ASK "\1\7\0\x3e" AUTH "\1\5joe\2\x12" AUTH "\4\6\x0a\1\1\1\x20\4ap\6\6\0\0\0\2\x1f\3c"
#define TX_ASK                                                                                     \
    "tx radius code=Access-Request id=7 user=joe nas_ip=10.1.1.1 nas_identifier=ap "               \
    "service_type=2 calling_station=c"
#define ACCEPT      "\2\7\0\x2c" AUTH "\x08\6\x0a\2\2\2" SIGN
#define ACCEPT_BARE "\2\7\0\x1a" AUTH "\x08\6\x0a\2\2\2"
#define REJECT      "\3\7\0\x18" AUTH "\x12\4no"

static void speaks(uint8_t transport, uint16_t port, const struct turn *turns,
                   const char *const *expect)
{
    const struct conversation c = {
        .transport = transport, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_questions_and_answers(void **state)
{
    (void)state;
    for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
        speaks(transport, 40000, TURNS(CLIENT(ASK), SERVER(ACCEPT)),
               LINES("app radius", "proof certain", "!note *",
                     TX_ASK " reply_code=Access-Accept framed_ip=10.2.2.2"));
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT(ASK "\1\x08\0\x17" AUTH "\1\3x"), SERVER(ACCEPT "\3\x08\0\x14" AUTH)),
           LINES(TX_ASK " reply_code=Access-Accept framed_ip=10.2.2.2",
                 "tx radius code=Access-Request id=8 user=x reply_code=Access-Reject"));
    /* answers as they come */
    speaks(OVER_UDP, 1812,
           TURNS(CLIENT("\1\1\0\x17" AUTH "\1\3x"), CLIENT(ASK), SERVER(REJECT),
                 SERVER("\3\1\0\x14" AUTH)),
           LINES("tx radius code=Access-Request id=1 user=x reply_code=Access-Reject",
                 TX_ASK " reply_code=Access-Reject reply=no"));
    speaks(OVER_UDP, 1813,
           TURNS(CLIENT("\4\1\0\x1a" AUTH "\x28\6\0\0\0\1"), SERVER("\5\1\0\x14" AUTH)),
           LINES("proof certain", "tx radius code=Accounting-Request id=1 accounting_status=1 "
                                  "reply_code=Accounting-Response"));
    speaks(OVER_UDP, 1812,
           TURNS(CLIENT("\1\2\0\x1f" AUTH "\1\3x\x4f\x08\2\0\0\6\1x"),
                 SERVER("\x0b\2\0\x1d" AUTH "\x4f\x09\1\1\0\7\4xy")),
           LINES("tx radius code=Access-Request id=2 user=x eap_type=1 "
                 "reply_code=Access-Challenge eap_type=4"));
}

static void tells_refusals(void **state)
{
    (void)state;
    speaks(OVER_UDP, 1812, TURNS(CLIENT(ASK), SERVER(REJECT)),
           LINES("note RADIUS access rejected: joe"));
    /* Several want in at once: each is told by name. */
    speaks(OVER_UDP, 1812,
           TURNS(CLIENT(ASK), CLIENT("\1\x08\0\x18" AUTH "\1\4al"), SERVER(REJECT),
                 SERVER("\3\x08\0\x14" AUTH)),
           LINES("note RADIUS access rejected: joe", "note RADIUS access rejected: al"));
    speaks(OVER_UDP, 1812, TURNS(SERVER("\3\7\0\x18" AUTH "\1\4al")),
           LINES("note RADIUS access rejected: al"));
    speaks(OVER_UDP, 1812, TURNS(SERVER(REJECT)), LINES("note RADIUS access rejected"));
    /* Too short to be one. */
    speaks(OVER_UDP, 1812, TURNS(CLIENT(ASK), SERVER("\2\7\0\x16" AUTH "\x50\2")),
           LINES("note RADIUS accept without Message-Authenticator"));
    speaks(OVER_UDP, 1812, TURNS(CLIENT(ASK), SERVER(ACCEPT_BARE)),
           LINES("note RADIUS accept without Message-Authenticator"));
    /* How a server is asks for no such thing. */
    speaks(OVER_UDP, 1812, TURNS(CLIENT("\x0c\7\0\x26" AUTH SIGN), SERVER("\2\7\0\x14" AUTH)),
           LINES("proof certain", "tx radius code=Status-Server id=7 reply_code=Access-Accept",
                 "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(OVER_UDP, 1812, TURNS(CLIENT(ASK)), LINES("app radius", "proof strong"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(ASK)), LINES("app radius", "proof fair"));
    speaks(OVER_UDP, 1812, TURNS(SERVER(ACCEPT)), LINES("app radius", "proof strong"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(ASK), SERVER("\2\x08\0\x1a" AUTH "\x08\6\x0a\2\2\2")),
           LINES("!proof certain"));
}

/* A packet of EAP that fills two attributes; an address of version 6; a name in the answer. */
static void reads_rarer_attributes(void **state)
{
    (void)state;
    speaks(OVER_UDP, 1812,
           TURNS(CLIENT("\1\2\0\x3d" AUTH "\1\3x\x4f\x08\2\0\0\6\x0dx\x4f\x0c"
                        "0123456789"
                        "\x5f\x12" AUTH),
                 SERVER("\2\2\0\x29" AUTH SIGN "\1\3y")),
           LINES("tx radius code=Access-Request id=2 user=x eap_type=13 "
                 "nas_ip=3031:3233:3435:3637:3839:6162:6364:6566 reply_code=Access-Accept user=y",
                 "!note *"));
}

static void pads_when_known(void **state)
{
    (void)state;
    speaks(OVER_UDP, 1812, TURNS(CLIENT(ASK), SERVER(ACCEPT "\0\0\0")),
           LINES(TX_ASK " reply_code=Access-Accept framed_ip=10.2.2.2", "proof certain"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(ASK "\0")), LINES("app failed"));
}

/* Who asks does not answer himself. */
static void tells_sides_apart(void **state)
{
    (void)state;
    speaks(OVER_UDP, 40000, TURNS(CLIENT(ASK), CLIENT(ACCEPT)), LINES("app radius", "proof fair"));
    speaks(OVER_TCP, 40000, TURNS(CLIENT(ASK ACCEPT)), LINES("app radius", "proof fair"));
    /* Servers may ask, too (RFC 5176). */
    speaks(OVER_UDP, 40000, TURNS(SERVER("\x28\1\0\x17" AUTH "\1\3x"), CLIENT("\x2a\1\0\x14" AUTH)),
           LINES("proof certain",
                 "tx radius code=Disconnect-Request id=1 user=x reply_code=Disconnect-NAK"));
}

/* One that is answered the second time it is asked. */
static void counts_repetitions_once(void **state)
{
    (void)state;
    speaks(OVER_UDP, 40000, TURNS(CLIENT(ASK), CLIENT(ASK), CLIENT(ASK), SERVER(ACCEPT)),
           LINES("proof certain", TX_ASK, TX_ASK " reply_code=Access-Accept framed_ip=10.2.2.2"));
}

#define REST                                                                                       \
    "\1\2"                                                                                         \
    "\1\2"                                                                                         \
    "\1\2"                                                                                         \
    "\1\2"                                                                                         \
    "\1\2"                                                                                         \
    "\1\2"                                                                                         \
    "\1\2"                                                                                         \
    "\1\2"
#define REST_128 REST REST REST REST REST REST REST REST
#define REST_1K  REST_128 REST_128 REST_128 REST_128 REST_128 REST_128 REST_128 REST_128

/* 2038 attributes, as long as a message may be; one byte more is none. */
static void reads_the_longest(void **state)
{
    (void)state;
    for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
        speaks(transport, 1812,
               TURNS(CLIENT("\1\7\x10\0" AUTH REST_1K REST_1K REST_1K REST_128 REST_128 REST_128
                                REST_128 REST_128 REST_128 REST_128 REST REST REST REST REST REST
                            "\1\2\1\2\1\2\1\2\1\2\1\2")),
               LINES("app radius", "tx radius code=Access-Request id=7*"));
    speaks(OVER_TCP, 1812, TURNS(CLIENT("\1\7\x10\1" AUTH REST_1K REST_1K REST_1K REST_1K)),
           LINES("app failed"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER("end of it"), CLIENT(ASK), SERVER(ACCEPT)),
        .expect = LINES("app radius", "proof certain",
                        TX_ASK " reply_code=Access-Accept framed_ip=10.2.2.2", "!note *")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void goes_on_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 1812,
        .turns = TURNS(CLIENT(ASK), SERVER(ACCEPT), CLIENT_LOST(30), CLIENT("rest of it"),
                       CLIENT("\1\x08\0\x17" AUTH "\1\3x"), SERVER_LOST(10),
                       SERVER("\3\x08\0\x14" AUTH)),
        .expect = LINES("app radius",
                        "tx radius code=Access-Request id=8 user=x reply_code=Access-Reject",
                        "note RADIUS access rejected: x", "!note the application's*")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\6\7\0\x14" AUTH),        CLIENT("\1\7\0\x15" AUTH "\1"),
        CLIENT("\1\7\0\x16" AUTH "\1\1"), CLIENT("\1\7\0\x16" AUTH "\1\3"),
        CLIENT("\1\7\0\x13" AUTH),        CLIENT("\1\7\x10\1" AUTH),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        speaks(OVER_UDP, 40000, TURNS(bad[i]), LINES("app failed", "!tx *"));
        speaks(OVER_TCP, 1812, TURNS(bad[i]), LINES("app failed", "!tx *"));
    }
    /* At home the length alone says much. */
    speaks(OVER_UDP, 1812, TURNS(CLIENT("\1\7\0\x16" AUTH "\1\1")),
           LINES("app radius", "proof fair", "!tx *", "note RADIUS attributes are malformed"));
    speaks(OVER_UDP, 1812, TURNS(CLIENT("\1\7\0\x14" AUTH "x")), LINES("app failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_questions_and_answers),
        cmocka_unit_test(tells_refusals),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(reads_rarer_attributes),
        cmocka_unit_test(pads_when_known),
        cmocka_unit_test(tells_sides_apart),
        cmocka_unit_test(counts_repetitions_once),
        cmocka_unit_test(reads_the_longest),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
