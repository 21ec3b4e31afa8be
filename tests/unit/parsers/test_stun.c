/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN and TURN: messages with and without cookie, over UDP and TCP, framed, what travels beside.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define NO_NOTE    "!note *"

#define COOKIE "\x21\x12\xa4\x42"
#define ID_1   "transaction1"
#define ID_2   "transaction2"
#define ID_3   "transaction3"

#define ASK     "\x00\x01\x00\x00" COOKIE ID_1
#define MASK    "\x00\x20\x00\x08\x00\x01\xbe\xa9\x2b\x12\xa6\x42" /* 10.0.2.0 port 40891 */
#define TELL    "\x01\x01\x00\x0c" COOKIE ID_1 MASK
#define TX_ASK  "tx stun method=binding class=request"
#define TX_TELL "tx stun method=binding class=success mapped.address=10.0.2.0 mapped.port=40891"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void stream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_bindings(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(TELL)),
              LINES("app stun", "proof certain", TX_ASK, TX_TELL, NO_NOTE));
    datagrams(40000, TURNS(CLIENT(ASK)), LINES("app stun", "proof strong", TX_ASK));
    datagrams(40000, TURNS(SERVER(TELL)), LINES("app stun", "proof strong", TX_TELL));
    datagrams(3478, TURNS(CLIENT(ASK), SERVER("\x01\x01\x00\x00" COOKIE ID_2)),
              LINES("app stun", "proof strong"));
}

/* The checksum of the whole message makes sure. */
static void checks_fingerprint(void **state)
{
    (void)state;
    datagrams(40000,
              TURNS(CLIENT("\x00\x01\x00\x08" COOKIE ID_1 "\x80\x28\x00\x04\xbb\x05\x05\x69")),
              LINES("app stun", "proof certain"));
    datagrams(40000, TURNS(CLIENT("\x00\x01\x00\x08" COOKIE ID_1 "\x80\x28\x00\x04\0\0\0\0")),
              LINES("app stun", "proof strong"));
}

#define LOGIN                                                                                      \
    "\x00\x03\x00\x20" COOKIE ID_2 "\x00\x06\x00\x05robot\0\0\0\x00\x14\x00\x04shop"               \
    "\x00\x08\x00\x08"                                                                             \
    "mac mac "

static void reads_allocations(void **state)
{
    (void)state;
    datagrams(
        3478,
        TURNS(CLIENT("\x00\x03\x00\x08" COOKIE ID_1 "\x00\x19\x00\x04\x11\0\0\0"),
              SERVER("\x01\x13\x00\x1c" COOKIE ID_1 "\x00\x09\x00\x10\0\0\x04\x01Unauthorized"
                     "\x80\x22\x00\x04turn"),
              CLIENT(LOGIN),
              SERVER("\x01\x03\x00\x2c" COOKIE ID_2 "\x00\x16\x00\x14\x00\x02\x21\x13" COOKIE ID_2
                     "\x00\x20\x00\x08\x00\x01\xbe\xa9\x2b\x12\xa6\x42"
                     "\x00\x0d\x00\x04\0\0\x02\x58")),
        LINES("app stun", "proof certain", NO_NOTE, "tx stun method=allocate class=request",
              "tx stun method=allocate class=error error.code=401 error.reason=Unauthorized"
              " software=turn",
              "tx stun method=allocate class=request username=robot realm=shop",
              "tx stun method=allocate class=success relayed.address=:: relayed.port=1"
              " mapped.address=10.0.2.0 mapped.port=40891 lifetime=600"));
}

static void tells_refusals(void **state)
{
    (void)state;
    datagrams(3478,
              TURNS(CLIENT(LOGIN),
                    SERVER("\x01\x13\x00\x08" COOKIE ID_2 "\x00\x09\x00\x04\0\0\4\1"),
                    CLIENT("\x00\x08\x00\x0c" COOKIE ID_3
                           "\x00\x12\x00\x08\x00\x01\xbe\xa9\x2b\x12\xa6\x42"),
                    SERVER("\x01\x18\x00\x08" COOKIE ID_3 "\x00\x09\x00\x04\0\0\4\3")),
              LINES("note TURN login refused: robot", "note TURN request forbidden",
                    "tx stun method=create_permission class=request peers[].address=10.0.2.0"
                    " peers[].port=40891"));
}

#define RTP  "\x80\x60\x00\x01\x00\x00\x00\x01ssrcvoice"
#define RTCP "\x80\xc8\x00\x01ssrc"
#define DTLS "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\1x"

static void names_what_travels_beside(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(TELL), CLIENT(DTLS), SERVER(RTP)),
              LINES("app rtp", "protocols stun,dtls,rtp", NO_NOTE));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(TELL), CLIENT("\x40\x01\x00\x08" RTCP)),
              LINES("protocols stun,rtcp"));
    datagrams(40000, TURNS(CLIENT("\x00\x16\x00\x18" COOKIE ID_1 "\x00\x13\x00\x11" RTP "\0\0\0")),
              LINES("protocols stun,rtp"));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER("text of any kind")), LINES("app stun", NO_NOTE));
}

/* RFC 3489 has no cookie: its port, or a pair, has to speak for it. */
static void reads_classic(void **state)
{
    (void)state;
    datagrams(3478, TURNS(CLIENT("\x00\x01\x00\x00sixteen_bytes_id")),
              LINES("app stun", "proof fair"));
    datagrams(3478, TURNS(CLIENT("\x00\x01\x00\x08sixteen_bytes_id\x00\x03\x00\x04\0\0\0\6")),
              LINES("app stun", "proof strong", TX_ASK));
    datagrams(40000, TURNS(CLIENT("\x00\x01\x00\x08sixteen_bytes_id\x00\x03\x00\x04\0\0\0\6")),
              LINES("app failed"));
    datagrams(
        40000,
        TURNS(CLIENT("\x00\x01\x00\x08sixteen_bytes_id\x00\x03\x00\x04\0\0\0\6"),
              SERVER("\x01\x01\x00\x0csixteen_bytes_id\x00\x01\x00\x08\x00\x01\x9f\xbb\x0a\0\2"
                     "\0")),
        LINES("app stun", "proof certain", TX_TELL));
}

static void forgives_padding(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT("\x00\x03\x00\x05" COOKIE ID_1 "\x40\x00\x00\x01x")),
              LINES("app stun", "proof strong"));
}

static void reads_streams(void **state)
{
    (void)state;
    stream(TURNS(CLIENT(ASK),
                 SERVER(TELL "\x40\x01\x00\x05"
                             "12345\0\0\0"),
                 CLIENT(LOGIN ASK)),
           LINES("app stun", "proof certain", TX_ASK, TX_TELL, NO_NOTE));
    stream(TURNS(CLIENT("\x00\x14" ASK), SERVER("\x00\x20" TELL),
                 CLIENT("\x00\x11" RTP "\x00\x14" ASK)),
           LINES("app rtp", "proof certain", "protocols stun,rtp", TX_ASK, TX_TELL, NO_NOTE));
    stream(TURNS(SERVER("\x00\x20" TELL)), LINES("app stun", "proof strong"));
}

/* After ConnectionBind the connection is that of the peer. */
static void hands_connections_over(void **state)
{
    (void)state;
    stream(TURNS(CLIENT("\x00\x0b\x00\x00" COOKIE ID_1), SERVER("\x01\x0b\x00\x00" COOKIE ID_1),
                 SERVER("SSH-2.0-OpenSSH_9.2\r\n"), CLIENT("SSH-2.0-Client\r\n")),
           LINES("app ssh", "protocols stun,ssh"));
}

static void survives_gaps(void **state)
{
    const struct conversation c = {
        .server_port = 3478,
        .midstream = true,
        .turns = TURNS(CLIENT(ASK), SERVER(TELL), CLIENT_LOST(100), CLIENT("rest of it"),
                       CLIENT("\x00\x03\x00\x00" COOKIE ID_3)),
        .expect = LINES("app stun", "proof certain", "tx stun method=allocate class=request")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void leaves_others_alone(void **state)
{
    static const struct turn firsts[] = {
        CLIENT("\x00\x01\x00\x04" COOKIE ID_1),     /* too short */
        CLIENT("\x00\x01\x00\x00" COOKIE ID_1 "x"), /* too long */
        CLIENT("\x00\x01\x00\x04" COOKIE ID_1 "\x00\x20\x00\x08"),
        CLIENT("\x00\x01\x00\x00\x21\x12\xa4\x43" ID_1), /* no cookie */
        CLIENT("\xc0\x01\x00\x00" COOKIE ID_1),
        CLIENT("\x00\x10\x00\x00" COOKIE ID_1), /* no method */
        CLIENT("\x40\x01\x00\x08" RTCP),
        CLIENT(RTP),
    };

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        datagrams(3479, TURNS(firsts[i]), LINES("!app stun", "!tx *"));
    stream(TURNS(CLIENT("\x00\x01\x00\x04" COOKIE ID_1 "\x00\x20\x00\x08")), LINES("!app stun"));
    stream(TURNS(CLIENT("\x00\x14\x00\x01\x00\x04" COOKIE ID_1)), LINES("!app stun"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_bindings),
        cmocka_unit_test(checks_fingerprint),
        cmocka_unit_test(reads_allocations),
        cmocka_unit_test(tells_refusals),
        cmocka_unit_test(names_what_travels_beside),
        cmocka_unit_test(reads_classic),
        cmocka_unit_test(forgives_padding),
        cmocka_unit_test(reads_streams),
        cmocka_unit_test(hands_connections_over),
        cmocka_unit_test(survives_gaps),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
