/* SPDX-License-Identifier: Apache-2.0
 *
 * Pulsar: logins, producers, subscriptions, messages passed over, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define CONNECT                                                                                    \
    "\x00\x00\x00#\x00\x00\x00\x1f\x08\x02\x12\x1b\x0a\x08shop-1.0\x1a\x06secret \x13*\x05token"
#define CONNECTED                                                                                  \
    "\x00\x00\x00\x1e\x00\x00\x00\x1a\x08\x03\x1a\x16\x0a\x0dPulsar "                              \
    "Server\x10\x13\x18\x80\x80\xc0\x02"
#define META                                                                                       \
    "\x00\x00\x00/\x00\x00\x00+\x08\x15\xaa\x01&\x0a\x22persistent://public/default/"              \
    "orders\x10\x00"
#define META_OK "\x00\x00\x00\x0f\x00\x00\x00\x0b\x08\x16\xb2\x01\x06\x08\x03\x10\x00\x18\x00"
#define LOOKUP                                                                                     \
    "\x00\x00\x00/\x00\x00\x00+\x08\x17\xba\x01&\x0a\x22persistent://public/default/"              \
    "orders\x10\x01"
#define LOOKUP_OK                                                                                  \
    "\x00\x00\x00\x1e\x00\x00\x00\x1a\x08\x18\xc2\x01\x15\x0a\x0fpulsar://b:6650\x18\x01 \x01"
#define PRODUCER                                                                                   \
    "\x00\x00\x00"                                                                                 \
    "0\x00\x00\x00,\x08\x05*(\x0a\x22persistent://public/default/orders\x10\x00\x18\x02"
#define PRODUCER_OK "\x00\x00\x00\x10\x00\x00\x00\x0c\x08\x11\x8a\x01\x07\x08\x02\x12\x03p-0"
#define SUBSCRIBE                                                                                  \
    "\x00\x00\x00;\x00\x00\x00"                                                                    \
    "7\x08\x04\x22"                                                                                \
    "3\x0a\x22persistent://public/default/orders\x12\x04till\x18\x01 \x00(\x03"                    \
    "2\x01"                                                                                        \
    "c"
#define SUCCESS3    "\x00\x00\x00\x0a\x00\x00\x00\x06\x08\x0dj\x02\x08\x03"
#define NOT_ALLOWED "\x00\x00\x00\x10\x00\x00\x00\x0c\x08\x0er\x08\x08\x03\x10\x04\x1a\x02no"
#define REFUSED                                                                                    \
    "\x00\x00\x00 "                                                                                \
    "\x00\x00\x00\x1c\x08\x0er\x18\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x03\x1a\x09"    \
    "bad token"
#define PING "\x00\x00\x00\x09\x00\x00\x00\x05\x08\x12\x92\x01\x00"
#define PONG "\x00\x00\x00\x09\x00\x00\x00\x05\x08\x13\x9a\x01\x00"
#define SEND                                                                                       \
    "\x00\x00\x00'\x00\x00\x00\x08\x08\x06"                                                        \
    "2\x04\x08\x00\x10\x00\x0e\x01"                                                                \
    "CRC!\x00\x00\x00\x07\x0a\x01p\x10\x00\x18\x01two apples"
#define MESSAGE                                                                                    \
    "\x00\x00\x00"                                                                                 \
    "3\x00\x00\x00\x0c\x08\x09J\x08\x08\x00\x12\x04\x08\x01\x10\x01\x0e\x02\x00\x00\x00\x02\x08"   \
    "\x05\x0e\x01"                                                                                 \
    "CRC!\x00\x00\x00\x07\x0a\x01p\x10\x00\x18\x01two apples"
#define PLAIN_SEND                                                                                 \
    "\x00\x00\x00\x17\x00\x00\x00\x08\x08\x06"                                                     \
    "2\x04\x08\x00\x10\x00no checksum"

#define TOPIC "topic=persistent://public/default/orders"
#define TX_CONNECT                                                                                 \
    "tx pulsar command=CONNECT client_version=shop-1.0 protocol_version=19 auth_method=token "     \
    "server_version=Pulsar Server"
#define TX_PRODUCER "tx pulsar command=PRODUCER " TOPIC " producer=p-0"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void joins(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 6650, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT(META LOOKUP), SERVER(META_OK LOOKUP_OK),
                 CLIENT(PRODUCER), SERVER(PRODUCER_OK PING), CLIENT(PONG SEND PLAIN_SEND)),
           LINES("app pulsar", "proof certain", TX_CONNECT,
                 "tx pulsar command=PARTITIONED_METADATA " TOPIC " partitions=3",
                 "tx pulsar command=LOOKUP " TOPIC " broker=pulsar://b:6650", TX_PRODUCER,
                 "buffer body two apples", "buffer body no checksum", "!note *"));
    speaks(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT(SUBSCRIBE), SERVER(SUCCESS3 MESSAGE)),
           LINES("tx pulsar command=SUBSCRIBE " TOPIC " subscription=till consumer=c",
                 "buffer body two apples"));
}

static void tells_refusals(void **state)
{
    const struct conversation c = {
        .server_port = 6650,
        .turns = TURNS(CLIENT(CONNECT), SERVER(REFUSED)),
        .expect = LINES("app pulsar", "proof certain", "note Pulsar refuses the login: token",
                        "tx pulsar command=CONNECT client_version=shop-1.0 protocol_version=19 "
                        "auth_method=token message=bad token error=AuthenticationError"),
    };
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    speaks(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT(SUBSCRIBE), SERVER(NOT_ALLOWED)),
           LINES("note Pulsar refuses access",
                 "tx pulsar command=SUBSCRIBE " TOPIC
                 " subscription=till consumer=c message=no error=AuthorizationError"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT PRODUCER SEND)), LINES("app pulsar", "proof strong"));
    speaks(TURNS(SERVER(CONNECTED PING MESSAGE)), LINES("app pulsar", "proof strong"));
    speaks(TURNS(SERVER(REFUSED)), LINES("app failed"));
}

static void joins_in_the_middle(void **state)
{
    (void)state;
    joins(TURNS(CLIENT(PONG), CLIENT(PRODUCER), SERVER(PRODUCER_OK)),
          LINES("app pulsar", "proof certain", TX_PRODUCER));
    joins(TURNS(CLIENT(SEND)), LINES("app pulsar", "proof strong"));
    joins(TURNS(SERVER(MESSAGE)), LINES("app pulsar", "proof strong"));
    joins(TURNS(CLIENT(PING), SERVER(PONG)), LINES("app failed"));
    joins(TURNS(CLIENT(PLAIN_SEND)), LINES("app failed"));
}

static void goes_on_after_a_loss(void **state)
{
    (void)state;
    joins(TURNS(CLIENT(PRODUCER), SERVER(PRODUCER_OK), CLIENT_LOST(40), CLIENT("rest of a frame"),
                CLIENT(SUBSCRIBE), SERVER(SUCCESS3)),
          LINES("app pulsar", TX_PRODUCER,
                "tx pulsar command=SUBSCRIBE " TOPIC " subscription=till consumer=c", "!note *"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        /* total smaller than its command */
        CLIENT("\x00\x00\x00\x09\x00\x00\x00\x08\x08\x02\x12\x04\x0a\x02"
               "ab"),
        /* another type than field */
        CLIENT("\x00\x00\x00\x0c\x00\x00\x00\x08\x08\x02\x1a\x04\x0a\x02"
               "ab"),
        /* no type */
        CLIENT("\x00\x00\x00\x0a\x00\x00\x00\x06\x12\x04\x0a\x02"
               "ab"),
        /* a field longer than the command */
        CLIENT("\x00\x00\x00\x0c\x00\x00\x00\x08\x08\x02\x12\x05\x0a\x02"
               "ab"),
        /* broken inside */
        CLIENT("\x00\x00\x00\x0c\x00\x00\x00\x08\x08\x02\x12\x04\x0a\x09"
               "ab"),
        /* no version */
        CLIENT("\x00\x00\x00\x0a\x00\x00\x00\x06\x08\x02\x12\x02 \x13"),
        /* a message behind CONNECT */
        CLIENT("\x00\x00\x00\x0e\x00\x00\x00\x07\x08\x02\x12\x03\x0a\x01xabc"),
        /* not a login */
        CLIENT(PRODUCER),
        /* too long */
        CLIENT("\x09\x00\x00\x00\x00\x00\x00\x08\x08\x02\x12\x04\x0a\x02"
               "ab"),
        SERVER(SUCCESS3),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!proof *"));
}

/* The name stays; the rest is not read. */
static void survives_broken_frames(void **state)
{
    static const struct turn bad[] = {
        /* unknown lengths */
        CLIENT("\x00\x00\x00\x04\x00\x00\x00\x04"),
        /* another field */
        CLIENT("\x00\x00\x00\x08\x00\x00\x00\x04\x08\x12\x12\x00"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), bad[i]), LINES("app pulsar"));
}

/* A command of 20 KB, and a message that says it has much metadata. */
static void passes_over_what_is_long(void **state)
{
    static char big[20058 + sizeof(PRODUCER) - 1] =
        "\x00\x00NV\x00\x00NR\x08\x05*\xcc\x9c\x01\x0a\x22persistent://public/default/"
        "orders\x10\x00\x18\x09\x22\xa0\x9c\x01xx";
    static const char meta[] = "\x00\x00\x00\x19\x00\x00\x00\x08\x08\x06"
                               "2\x04\x08\x00\x10\x00\x0e\x01"
                               "CRC!\x7f\xff\xff\xff"
                               "abc";

    (void)state;
    memset(big + 60, 'x', sizeof(big) - 60);
    memcpy(big + 20058, PRODUCER, sizeof(PRODUCER) - 1);
    joins(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT_BYTES(big, sizeof(big)),
                SERVER(PRODUCER_OK)),
          LINES("app pulsar", TX_PRODUCER, "!note *"));
    joins(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT_BYTES(meta, sizeof(meta) - 1),
                CLIENT(PRODUCER), SERVER(PRODUCER_OK)),
          LINES("app pulsar", TX_PRODUCER, "!note *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),        cmocka_unit_test(tells_refusals),
        cmocka_unit_test(believes_one_side),      cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(goes_on_after_a_loss),   cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_broken_frames), cmocka_unit_test(passes_over_what_is_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
