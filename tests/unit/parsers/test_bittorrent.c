/* SPDX-License-Identifier: Apache-2.0
 *
 * BitTorrent: peers over TCP and uTP, trackers over UDP, the search in the local network.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define NO_NOTE    "!note *"

#define HASH     "abcdefghijklmnopqrst"
#define HASH_HEX "6162636465666768696a6b6c6d6e6f7071727374"
#define HELLO(peer)                                                                                \
    "\x13"                                                                                         \
    "BitTorrent protocol"                                                                          \
    "\0\0\0\0\0\x10\0\5" HASH peer "randomrandom"
#define EXTENDED                                                                                   \
    "\0\0\0\x1a\x14\0"                                                                             \
    "d1:md1:ai1ee1:v6:Seed 1e"
#define EXTENDED_2                                                                                 \
    "\0\0\0\x0f\x14\0"                                                                             \
    "d1:v6:Leech2e"
#define PEER_TX "tx bittorrent type=peer info_hash=" HASH_HEX " client.peer_id=-SD1000-"

static void stream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void datagrams(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void shakes_hands(void **state)
{
    (void)state;
    stream(TURNS(CLIENT(HELLO("-SD1000-")), SERVER(HELLO("-LE2000-")), CLIENT(EXTENDED),
                 SERVER(EXTENDED_2 "\0\0\0\0\0\0\0\1\1\0\0\0\5\4\0\0\0\1"),
                 CLIENT("\0\0\0\x0d\6\0\0\0\0\0\0\0\0\0\0\x40\0")),
           LINES("app bittorrent", "proof certain", NO_NOTE,
                 PEER_TX " server.peer_id=-LE2000- client.version=Seed 1 server.version=Leech2"));
}

static void believes_one_side(void **state)
{
    (void)state;
    stream(TURNS(CLIENT(HELLO("-SD1000-"))), LINES("app bittorrent", "proof certain", PEER_TX));
    stream(TURNS(SERVER(HELLO("-SD1000-"))), LINES("app bittorrent", "proof certain"));
    stream(TURNS(CLIENT("\x13"
                        "BitTorrent protocol")),
           LINES("app bittorrent"));
    stream(TURNS(CLIENT(HELLO("\x01\x02 binary")), SERVER("MSE, encrypted")),
           LINES("app bittorrent", "tx bittorrent type=peer info_hash=" HASH_HEX));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {.server_port = 40000,
                                   .midstream = true,
                                   .turns = TURNS(CLIENT(HELLO("-SD1000-")), CLIENT_LOST(500),
                                                  CLIENT("piece"), SERVER(HELLO("-LE2000-"))),
                                   .expect = LINES("app bittorrent", "proof certain")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

#define CONNECT "\0\0\4\x17\x27\x10\x19\x80\0\0\0\0tid1"
#define ANNOUNCE                                                                                   \
    "connect!\0\0\0\1tid2" HASH "-SD1000-randomrandom"                                             \
    "downloadleft....uploaded"                                                                     \
    "\0\0\0\2"                                                                                     \
    "\0\0\0\0"                                                                                     \
    "key!"                                                                                         \
    "\xff\xff\xff\xff"                                                                             \
    "\x1a\xe1"
#define TX_ANNOUNCE                                                                                \
    "tx bittorrent type=announce info_hash=" HASH_HEX                                              \
    " client.peer_id=-SD1000- event=started port=6881"

static void asks_trackers(void **state)
{
    (void)state;
    datagrams(TURNS(CLIENT(CONNECT), SERVER("\0\0\0\0tid1connect!"), CLIENT(ANNOUNCE),
                    SERVER("\0\0\0\1tid2\0\0\7\x08\0\0\0\3\0\0\0\4"
                           "\x0a\0\0\1\x1a\xe1")),
              LINES("app bittorrent", "proof certain", TX_ANNOUNCE " leechers=3 seeders=4"));
    datagrams(TURNS(CLIENT(CONNECT), SERVER("\0\0\0\0tid1connect!"),
                    CLIENT("connect!\0\0\0\2tid2" HASH), SERVER("\0\0\0\3tid2not here")),
              LINES("tx bittorrent type=scrape info_hash=" HASH_HEX " error=not here"));
    datagrams(TURNS(CLIENT(CONNECT)), LINES("app bittorrent", "proof certain"));
    datagrams(TURNS(CLIENT(ANNOUNCE)), LINES("app failed"));
}

/* First byte, connection, time stamp, sequence, acknowledged. */
#define UTP(first, connection, stamp, sequence, acknowledged)                                      \
    first "\0" connection stamp "\0\0\0\1"                                                         \
          "\0\x10\0\0" sequence acknowledged

static void follows_utp(void **state)
{
    (void)state;
    datagrams(
        TURNS(CLIENT(UTP("\x41", "\x12\x34", "\0\0\0\1", "\0\1", "\0\0")),
              SERVER(UTP("\x21", "\x12\x34", "\1\0\0\0", "\x50\0", "\0\1")),
              CLIENT(UTP("\x01", "\x12\x35", "\0\0\1\1", "\0\2", "\x50\0") HELLO("-SD1000-"))),
        LINES("app bittorrent", "proof certain", PEER_TX));
    datagrams(TURNS(SERVER(UTP("\x21", "\x12\x34", "\1\0\0\0", "\x50\0", "\0\1")),
                    SERVER(UTP("\x21", "\x12\x34", "\1\0\0\x40", "\x50\0", "\0\2"))),
              LINES("app bittorrent", "proof strong"));
    datagrams(TURNS(SERVER(UTP("\x21", "\x12\x34", "\1\0\0\0", "\x50\0", "\0\1")),
                    SERVER(UTP("\x21", "\x12\x34", "\5\0\0\x40", "\x50\0", "\0\2"))),
              LINES("app failed")); /* a minute later, says its clock */
    datagrams(TURNS(SERVER(UTP("\x21", "\x12\x34", "\1\0\0\0", "\x50\0", "\0\1")),
                    SERVER(UTP("\x21", "\x12\x36", "\1\0\0\x40", "\x50\0", "\0\2"))),
              LINES("app failed"));
    datagrams(TURNS(CLIENT(UTP("\x41", "\x12\x34", "\0\0\0\1", "\0\1", "\0\0"))),
              LINES("app failed"));
}

static void hears_searches(void **state)
{
    (void)state;
    datagrams(
        TURNS(CLIENT("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\n"
                     "Infohash: " HASH_HEX "\r\n\r\n\r\n")),
        LINES("app bittorrent", "proof certain", "tx bittorrent type=search info_hash=" HASH_HEX));
    datagrams(TURNS(CLIENT("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n\r\n")),
              LINES("!app bittorrent"));
}

static void leaves_others_alone(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x13"
               "BitTorrent protocoI"
               "\0\0\0\0\0\0\0\0"),
        CLIENT("BitTorrent protocol"),
        CLIENT("\0\0\4\x17\x27\x10\x19\x81\0\0\0\0tid1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        stream(TURNS(bad[i]), LINES("!app bittorrent"));
        datagrams(TURNS(bad[i]), LINES("!app bittorrent"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shakes_hands),        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle), cmocka_unit_test(asks_trackers),
        cmocka_unit_test(follows_utp),         cmocka_unit_test(hears_searches),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
