/* SPDX-License-Identifier: Apache-2.0
 *
 * Gossip of memberlist: messages alone, in one, packed, checked, in streams; whose cluster it is.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define NO_NOTE    "!note *"

#define PING                                                                                       \
    "\x00\x82\xa4"                                                                                 \
    "Node\xa5"                                                                                     \
    "alpha\xa5SeqNo\x07"
#define ACK                                                                                        \
    "\x02\x82\xa7"                                                                                 \
    "Payload\xa0\xa5SeqNo\x07"
#define ADDR "\xa4\x0a\x14\x00\x01"
#define DEAD                                                                                       \
    "\x05\x83\xa4"                                                                                 \
    "From\xa4"                                                                                     \
    "beta\xabIncarnation\x02\xa4Node\xa5"                                                          \
    "gamma"
/* Its tags: 255, {"role": "consul", "dc": "paris", "build": "1.15.2"} */
#define TAGS                                                                                       \
    "\xda\x00\x24\xff\x83\xa4role\xa6"                                                             \
    "consul\xa2"                                                                                   \
    "dc\xa5paris\xa5"                                                                              \
    "build\xa6"                                                                                    \
    "1.15.2"
#define ALIVE(meta)                                                                                \
    "\x04\x85\xa4"                                                                                 \
    "Addr" ADDR "\xabIncarnation\xcd\x01\x00\xa4Meta" meta "\xa4Node\xa5"                          \
    "alpha\xa4Port\xcd\x20\x6d"
#define EVENT                                                                                      \
    "\x08\x03\x83\xa2"                                                                             \
    "CC\xc2\xa5LTime\x01\xa4Name\xa6"                                                              \
    "deploy"

#define TX_PING  "tx memberlist type=ping sequence=7 node=alpha"
#define TX_ACK   "tx memberlist type=ack sequence=7"
#define TX_DEAD  "tx memberlist type=dead node=gamma from=beta incarnation=2"
#define TX_EVENT "tx memberlist type=user-event event=deploy"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void stream(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_messages(void **state)
{
    (void)state;
    datagrams(
        40000, TURNS(CLIENT(PING), SERVER(ACK), CLIENT(DEAD), CLIENT(EVENT)),
        LINES("app memberlist", "proof certain", TX_PING, TX_ACK, TX_DEAD, TX_EVENT, NO_NOTE));
    datagrams(40000,
              TURNS(CLIENT("\x03\x83\xa4"
                           "From\xa1"
                           "a\xabIncarnation\x01\xa4Node\xa1"
                           "b"),
                    CLIENT("\x01\x83\xa4Node\xa1"
                           "b\xa5SeqNo\x01\xa6Target" ADDR),
                    CLIENT("\x0b\x81\xa5SeqNo\x01")),
              LINES("app memberlist", "proof fair",
                    "tx memberlist type=suspect node=b from=a incarnation=1",
                    "tx memberlist type=indirect-ping sequence=1 node=b address=10.20.0.1",
                    "tx memberlist type=nack sequence=1"));
}

static void reads_several_in_one(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT("\x07\x03\x00\x14\x00\x24\x00\x1a" PING DEAD EVENT)),
              LINES("app memberlist", "proof fair", TX_PING, TX_DEAD, TX_EVENT));
    datagrams(40000, TURNS(CLIENT("\xf4\x04shop" PING)), LINES("app memberlist", TX_PING));
}

/* From a capture of Serf: checksum, packed, two messages in one. */
#define PACKED                                                                                     \
    "\x0c\x18\xda\x52\x07\x09\x82\xa4"                                                             \
    "Algo\x00\xa3"                                                                                 \
    "Buf\xda\x00\x97\x00\x0f\x0c\x00\x80\x04\xc0\x11\x00\x14\x08\x18\x22\x15\x84\x0c\x19\x39\xa4"  \
    "\x14\x50\x00\x10\x60\x55\x12\x37\x63\xc2\xc8\x71\x13\x86\x4e\x9a\x37\x6e\x02\x90\x6a\x52\x86" \
    "\x4e\x98\x55\xff\x02\x91\x92\xf3\x86\x4d\x99\x51\x77\xca\x88\x21\xe5\xe4\x0d\x99\x32\xa5\xc2" \
    "\xb0\x81\x83\x26\x0c\x29\x28\x6f\xe4\xd0\x69\xf6\x41\xc1\x28\x2b\x73\xdc\x98\x0a\x50\x40\x80" \
    "\x80\x02\x05\x14\x32\x74\x08\x51\x22\x00\x01\x16\x31\x6a\xe4\xe8\x11\xa4\x48\x92\x26\x51\xaa" \
    "\x64\xe9\x12\xa6\x4c\x9a\x36\xcb\x90\x12\x53\xd2\x27\x50\xa1\x44\x8d\x22\x55\xca\xd4\x29\x54" \
    "\x04\x01\x04\x95\x62\x42\x25\x4d\x9b\x32\x22\x6b\xde\x5c\xdb\x36\x20"

static void unpacks(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(PACKED)),
              LINES("app memberlist", "proof strong",
                    "tx memberlist type=alive node=beta address=10.20.0.2 incarnation=1 role=web"));
}

static void knows_consul(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(PING), SERVER(ALIVE(TAGS))), LINES("app consul"));
    datagrams(8301, TURNS(CLIENT(PING)), LINES("app consul", "proof fair"));
    datagrams(40000, TURNS(CLIENT(PING), SERVER(ALIVE("\xa0"))),
              LINES("app memberlist", "proof strong"));
}

#define MEMBER(name, meta)                                                                         \
    "\x86\xa4"                                                                                     \
    "Addr" ADDR "\xabIncarnation\x01\xa4Meta" meta "\xa4Name" name "\xa4Port\x01\xa5State\x00"
#define LIST                                                                                       \
    "\x06\x83\xa4"                                                                                 \
    "Join\xc3\xa5Nodes\x02\xac"                                                                    \
    "UserStateLen\x05" MEMBER("\xa1"                                                               \
                              "a",                                                                 \
                              "\xa0") MEMBER("\xa1"                                                \
                                             "b",                                                  \
                                             "\xc0") "other"
#define TX_LIST                                                                                    \
    "tx memberlist type=push-pull node_count=2 join=true members[].node=a "                        \
    "members[].address=10.20.0.1 members[].state=alive members[].node=b "                          \
    "members[].address=10.20.0.1 members[].state=alive"

static void reads_streams(void **state)
{
    (void)state;
    stream(40000, TURNS(CLIENT(LIST), SERVER(LIST)),
           LINES("app memberlist", "proof strong", TX_LIST, NO_NOTE));
    stream(40000, TURNS(CLIENT(LIST)), LINES("app memberlist", "proof fair", TX_LIST));
    stream(40000, TURNS(SERVER(LIST)), LINES("app memberlist", "proof fair", TX_LIST));
    stream(40000, TURNS(CLIENT("\xf4\x04shop" PING), SERVER(ACK)),
           LINES("app memberlist", "proof certain", TX_PING, TX_ACK));
    stream(40000, TURNS(CLIENT("\x08\x81\xaaUserMsgLen\x03xyz" PING)),
           LINES("app memberlist", TX_PING));
    stream(40000,
           TURNS(CLIENT(LIST), SERVER("\x0d\x81\xa5"
                                      "Error\xa4oops")),
           LINES("app memberlist", "tx memberlist type=error error=oops"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x00\x81\xa4Node\xa1"
               "a"),                                         /* no number */
        CLIENT("\x00\x82\xa4Node\x05\xa5SeqNo\x01"),         /* a node that is no text */
        CLIENT("\x02\x81\xa5SeqNo\x01\x00"),                 /* something behind it */
        CLIENT("\x02\x8f\xa5SeqNo\x01"),                     /* pairs are missing */
        CLIENT("\x06\x82\xa5Nodes\x01\xacUserStateLen\x00"), /* only in streams */
        CLIENT("\x07\x00"),                                  /* none in one */
        CLIENT("\x07\x01\x00\x09" PING),                     /* cut */
        CLIENT("\x0c\x00\x00\x00\x00" PING),                 /* wrong sum */
        CLIENT("\x08\x03\x81\xa4Name\x01"),                  /* not Serf's */
        CLIENT("\x09\x82\xa4"
               "Algo\x00\xa3"
               "Buf\xa3\x00\x01\x02"), /* unpacks to nothing known */
        CLIENT("\x0e\x81\xa4Node\xa1"
               "a"), /* no type */
        CLIENT("\x00\x01\x02\x03\x04\x05\x06\x07"),
        CLIENT("\x00\xdf\xff\xff\xff\xff\xa5SeqNo\x01"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(8301, TURNS(bad[i]), LINES("app failed", "!tx *"));
    stream(8301, TURNS(CLIENT("\x06\x82\xa5Nodes\xce\xff\xff\xff\xff\xacUserStateLen\x00")),
           LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_messages), cmocka_unit_test(reads_several_in_one),
        cmocka_unit_test(unpacks),        cmocka_unit_test(knows_consul),
        cmocka_unit_test(reads_streams),  cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
