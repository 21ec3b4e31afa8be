/* SPDX-License-Identifier: Apache-2.0
 *
 * Consul's servers: calls, calls in streams, Raft, snapshots, what it leads to.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define NO_NOTE    "!note *"

#define GET                                                                                        \
    "\x82\xa3Seq\x00\xadServiceMethod\xa7KVS.Get\x84\xaa"                                          \
    "AllowStale\xc2\xaa"                                                                           \
    "Datacenter\xa5paris\xa3Key\xaashop/price\xa5Token\xa6secret"
#define GOT                                                                                        \
    "\x83\xa5"                                                                                     \
    "Error\xa0\xa3Seq\x00\xadServiceMethod\xa7KVS.Get\x82\xa7"                                     \
    "Entries\x91\x82\xa3Key\xaashop/price\xa5Value\xa2"                                            \
    "20\xa5Index\x07"
#define PUT                                                                                        \
    "\x82\xa3Seq\x01\xadServiceMethod\xa9KVS.Apply\x83\xaa"                                        \
    "Datacenter\xa5paris\xa6"                                                                      \
    "DirEnt\x83\xa5"                                                                               \
    "Flags\x00\xa3Key\xaashop/price\xa5Value\xa2"                                                  \
    "21\xa2Op\xa3set"
#define DENIED                                                                                     \
    "\x83\xa5"                                                                                     \
    "Error\xda\x00(rpc error making call: Permission "                                             \
    "denied\xa3Seq\x01\xadServiceMethod\xa9KVS.Apply\x80"
#define REGISTER                                                                                   \
    "\x82\xa3Seq\x02\xadServiceMethod\xb0"                                                         \
    "Catalog.Register\x84\xa7"                                                                     \
    "Address\xa8"                                                                                  \
    "10.0.0.1\xaa"                                                                                 \
    "Datacenter\xa5paris\xa4Node\xa5web-1\xa7Service\x82\xa2ID\xa1x\xa7Service\xa4shop"
#define RAFT_APPEND                                                                                \
    "\x00\x89\xa4"                                                                                 \
    "Addr\xad"                                                                                     \
    "10.0.0.1:8300\xa7"                                                                            \
    "Entries\x91\x82\xa4"                                                                          \
    "Data\xa5xxxxx\xa5Index\x02\xa2ID\xa2id\xa6Leader\xad"                                         \
    "10.0.0.1:"                                                                                    \
    "8300\xb1LeaderCommitIndex\x01\xacPrevLogEntry\x01\xabPrevLogTerm\x01\xafProtocolVersion\x03"  \
    "\xa4Term\x04"
#define RAFT_OK "\xa0\x83\xa7LastLog\x02\xa7Success\xc3\xa4Term\x04"
#define RAFT_INSTALL                                                                               \
    "\x02\x86\xacLastLogIndex\x09\xabLastLogTerm\x01\xa6Leader\xad"                                \
    "10.0.0.1:8300\xafProtocolVersion\x03\xa4Size\x06\xa4Term\x04"                                 \
    "bytes!"
#define SNAPSHOT                                                                                   \
    "\x84\xaa"                                                                                     \
    "AllowStale\xc2\xaa"                                                                           \
    "Datacenter\xa5paris\xa2Op\x00\xa5Token\xa6secret"

#define TX_GET    "tx consul type=call method=KVS.Get sequence=0 datacenter=paris key=shop/price"
#define TX_PUT    "tx consul type=call method=KVS.Apply sequence=1 datacenter=paris key=shop/price "
#define TX_DENIED TX_PUT "error=rpc error making call: Permission denied"
#define TX_REGISTER                                                                                \
    "tx consul type=call method=Catalog.Register sequence=2 datacenter=paris node=web-1 "          \
    "service=shop"
#define REFUSED "note Consul refuses a call: KVS.Apply"

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_calls(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT("\0" GET), SERVER(GOT), CLIENT(PUT REGISTER), SERVER(DENIED)),
           LINES("app consul", "proof certain", TX_GET, TX_DENIED, TX_REGISTER, REFUSED,
                 "buffer body 21"));
    speaks(8300, TURNS(CLIENT("\0" GET)), LINES("app consul", "proof certain", TX_GET, NO_NOTE));
    speaks(8300, TURNS(SERVER(GOT DENIED)), LINES("app consul", "proof certain", REFUSED));
}

/* yamux: a stream opens, data, the answer, windows, a ping, the end. */
#define DATA(stream, n) "\0\0\0\0\0\0\0" stream "\0\0\0" n
#define OPEN            "\0\1\0\1\0\0\0\1\0\0\0\0"
#define ACCEPT          "\0\1\0\2\0\0\0\1\0\0\0\0"
#define PING            "\0\2\0\1\0\0\0\0\0\0\0\7"

static void reads_streams(void **state)
{
    (void)state;
    speaks(
        40000,
        TURNS(CLIENT("\4" OPEN), SERVER(ACCEPT),
              CLIENT(DATA("\1", "\x56") GET DATA("\3", "\x5e") PUT PING),
              SERVER(DATA("\3", "\x50") DENIED DATA("\1", "\x4d") GOT "\0\3\0\0\0\0\0\0\0\0\0\0")),
        LINES("app consul", "proof certain", TX_GET, TX_DENIED, REFUSED));
    speaks(40000, TURNS(CLIENT("\4" OPEN), SERVER(ACCEPT)), LINES("app consul", "proof strong"));
    speaks(40000, TURNS(SERVER(ACCEPT DATA("\1", "\x4d") GOT)),
           LINES("app consul", "proof certain"));
}

static void reads_raft(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT("\1" RAFT_APPEND), SERVER(RAFT_OK), CLIENT(RAFT_INSTALL RAFT_APPEND),
                 SERVER(RAFT_OK RAFT_OK)),
           LINES("app consul", "proof certain",
                 "tx consul type=raft method=append-entries term=4 leader=10.0.0.1:8300",
                 "tx consul type=raft method=install-snapshot term=4 leader=10.0.0.1:8300",
                 NO_NOTE));
    speaks(40000, TURNS(CLIENT("\1" RAFT_APPEND)), LINES("app consul", "proof strong"));
}

static void reads_snapshots(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT("\5" SNAPSHOT), SERVER("\x80 and an archive")),
           LINES("app consul", "proof strong",
                 "tx consul type=snapshot method=save datacenter=paris", NO_NOTE));
}

static void leads_on(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT("\x08PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
                 SERVER("\0\0\0\4\0\0\0\0\0")),
           LINES("app http2", "protocols consul,http2"));
    speaks(8300, TURNS(CLIENT("\x06\x06\x83\xa4Join\xc3\xa5Nodes\x00\xacUserStateLen\x00")),
           LINES("app consul", "tx consul type=push-pull node_count=0 join=true"));
}

/* Arguments longer than what is looked at: their beginning is told, their end is found. */
static void passes_over_long_arguments(void **state)
{
    static char bytes[20000];
    static const char head[] = "\0\x82\xa3Seq\x00\xadServiceMethod\xa9KVS.Apply"
                               "\x82\xaa"
                               "Datacenter\xa5paris\xa5Value\xda\x40\x00";
    static const char next[] = REGISTER;
    const struct turn turns[] = {CLIENT_BYTES(bytes, sizeof head - 1 + 0x4000 + sizeof next - 1),
                                 {0}};
    const struct conversation c = {
        .server_port = 40000,
        .turns = turns,
        .expect =
            LINES("app consul", "tx consul type=call method=KVS.Apply sequence=0 datacenter=paris",
                  TX_REGISTER, NO_NOTE),
    };

    (void)state;
    memset(bytes, 'v', sizeof bytes);
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + sizeof head - 1 + 0x4000, next, sizeof next - 1);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
    for (size_t at = 1; at < 20000; at += 997) {
        char *outcome = conversation_play(&c, CUT_AT, at);

        assert_non_null(strstr(outcome, TX_REGISTER));
        free(outcome);
    }
}

static void keeps_its_name_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 8300,
        .turns = TURNS(CLIENT("\0" GET), CLIENT_LOST(30), CLIENT("else" PUT), SERVER(GOT)),
        .expect = LINES("app consul", TX_GET, NO_NOTE),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\x82\xa3Seq\x00\xadServiceMethod\xa3"
               "get"),                                    /* no method */
        CLIENT("\0\x82\xa3Seq\x00\xa6Method\xa7KVS.Get"), /* another key */
        CLIENT("\0\x83\xa5"
               "Error\xa0\xa3Seq\x00\xadServiceMethod\xa7KVS.Get"), /* an answer */
        CLIENT("\0\x8f\xa3Seq\x00\xadServiceMethod\xa7KVS.Get"),    /* too many pairs */
        CLIENT("\2\x82\xa3Seq\x00\xadServiceMethod\xa7KVS.Get"),    /* no such kind */
        CLIENT("\4\0\4\0\1\0\0\0\1\0\0\0\0"),                       /* no such frame */
        CLIENT("\4\0\1\0\1\0\0\0\0\0\0\0\0"),                       /* a window of no stream */
        CLIENT("\4\0\2\0\1\0\0\0\1\0\0\0\0"),                       /* a ping in a stream */
        CLIENT("\1\5\x81\xa4Term\1"),                               /* no such message */
        CLIENT("\1\0\x81\xa4Tern\1"),                               /* nothing of Raft's */
        CLIENT("\5\x81\xaa"
               "Datacenter\xa5paris"), /* no operation */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(8300, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_calls),
        cmocka_unit_test(reads_streams),
        cmocka_unit_test(reads_raft),
        cmocka_unit_test(reads_snapshots),
        cmocka_unit_test(leads_on),
        cmocka_unit_test(passes_over_long_arguments),
        cmocka_unit_test(keeps_its_name_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
