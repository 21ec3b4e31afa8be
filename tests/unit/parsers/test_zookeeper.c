/* SPDX-License-Identifier: Apache-2.0
 *
 * ZooKeeper: sessions, operations, values, words of four letters, servers among themselves.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

#define ZERO_8   "\0\0\0\0\0\0\0\0"
#define PASSWORD "\0\0\0\x10" ZERO_8 ZERO_8
#define CONNECT  "\0\0\0\x2d\0\0\0\0" ZERO_8 "\0\0\x75\x30" ZERO_8 PASSWORD "\0"
#define ANSWER   "\0\0\0\x25\0\0\0\0\0\0\x75\x30\0\0\0\0\0\0\1\2" PASSWORD "\0"
#define RECONNECT                                                                                  \
    "\0\0\0\x2c\0\0\0\0\0\0\0\0\0\0\0\7\0\0\x75\x30\1\2\3\4\5\6\7\x8"                              \
    "\0\0\0\x10"                                                                                   \
    "0123456789abcdef"
#define TX_CONNECT "tx zookeeper command=connect session_id=258 timeout=30000"

#define CREATE    "\0\0\0\x1c\0\0\0\1\0\0\0\1\0\0\0\2/a\0\0\0\2hi\0\0\0\0\0\0\0\0"
#define CREATED   "\0\0\0\x16\0\0\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\2/a"
#define GET       "\0\0\0\x0f\0\0\0\2\0\0\0\4\0\0\0\2/a\0"
#define GOT       "\0\0\0\x1e\0\0\0\2\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\5hello12345"
#define NO_NODE   "\0\0\0\x10\0\0\0\2\0\0\0\0\0\0\0\5\xff\xff\xff\x9b"
#define PING      "\0\0\0\x08\xff\xff\xff\xfe\0\0\0\x0b"
#define PONG      "\0\0\0\x10\xff\xff\xff\xfe\0\0\0\0\0\0\0\5\0\0\0\0"
#define TX_CREATE "tx zookeeper command=create path=/a"
#define TX_GET    "tx zookeeper command=getData path=/a"
#define FOLLOWER                                                                                   \
    "\0\0\0\x0b\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\3\0\1\0\0\0\0\0\0\0\0\0\1\xff\xff\xff\xff"
#define LEADER       "\0\0\0\x11\0\0\0\2\0\0\0\0\0\0\0\4\0\1\0\0\xff\xff\xff\xff"
#define NOTIFICATION "\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 4000, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT), SERVER(ANSWER), CLIENT(CREATE), SERVER(CREATED), CLIENT(PING),
                 SERVER(PONG), CLIENT(GET), SERVER(GOT),
                 CLIENT("\0\0\0\x08\0\0\0\3\xff\xff\xff\xf5"),
                 SERVER("\0\0\0\x10\0\0\0\3\0\0\0\0\0\0\0\6\0\0\0\0")),
           LINES("app zookeeper", "proof certain", TX_CONNECT, TX_CREATE, TX_GET,
                 "tx zookeeper command=closeSession", "buffer body hi", "buffer body hello",
                 "!tx zookeeper command=ping*", "!note *"));
}

static void joins_an_old_session(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(RECONNECT), SERVER(ANSWER), CLIENT(GET), SERVER(NO_NODE)),
           LINES("app zookeeper", "proof certain", TX_CONNECT, TX_GET " error=NoNode"));
}

static void reads_a_login(void **state)
{
    static const char auth[] =
        "\0\0\0\x26\xff\xff\xff\xfc\0\0\0\x64\0\0\0\0\0\0\0\6digest\0\0\0\x0c"
        "alice:secret";
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(CONNECT), SERVER(ANSWER), CLIENT_BYTES(auth, sizeof(auth) - 1),
                       SERVER("\0\0\0\x10\xff\xff\xff\xfc\0\0\0\0\0\0\0\5\xff\xff\xff\x8d"),
                       CLIENT(GET), SERVER("\0\0\0\x10\0\0\0\2\0\0\0\0\0\0\0\5\xff\xff\xff\x9a")),
        .expect = LINES("tx zookeeper command=auth scheme=digest user=alice error=AuthFailed",
                        TX_GET " error=NoAuth", "note ZooKeeper refuses the login: alice",
                        "note ZooKeeper refuses a right: alice")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
}

static void passes_events_and_pipelines(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT), SERVER(ANSWER), CLIENT(CREATE GET),
                 SERVER("\0\0\0\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\1"
                        "\0\0" CREATED NO_NODE)),
           LINES("proof certain", TX_CREATE, TX_GET " error=NoNode"));
}

static void passes_long_values(void **state)
{
    enum { VALUE = 500000 };
    static char set[VALUE + 128], got[VALUE + 128];
    static const char head[] = "\0\7\xa1\x36\0\0\0\1\0\0\0\5\0\0\0\2/a\0\7\xa1\x20";
    static const char reply[] = "\0\7\xa1\x78\0\0\0\2\0\0\0\0\0\0\0\5\0\0\0\0\0\7\xa1\x20";

    (void)state;
    memset(set, 'v', sizeof(set));
    memset(got, 'v', sizeof(got));
    memcpy(set, head, sizeof(head) - 1);
    memcpy(got, reply, sizeof(reply) - 1);
    speaks_once(TURNS(CLIENT(CONNECT), SERVER(ANSWER), CLIENT_BYTES(set, sizeof(head) + VALUE - 1),
                      CLIENT("\0\0\0\0"), CLIENT(GET),
                      SERVER("\0\0\0\x10\0\0\0\1\0\0\0\0\0\0\0\5\0\0\0\0"),
                      SERVER_BYTES(got, 500000 + 24 + 68), CLIENT(CREATE), SERVER(CREATED)),
                LINES("tx zookeeper command=setData path=/a", TX_GET, TX_CREATE, "!note *"));
}

static void reads_words(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("ruok"), SERVER("imok")),
           LINES("app zookeeper", "proof strong", "tx zookeeper command=ruok",
                 "note ZooKeeper four-letter word: ruok"));
    speaks(TURNS(CLIENT("stat\n"), SERVER("Zookeeper version: 3.8.0-1, built on 2022\nClients:\n")),
           LINES("app zookeeper", "tx zookeeper command=stat version=3.8.0-1"));
    speaks(TURNS(CLIENT("mntr"), SERVER("zk_version\t3.8.0\n")),
           LINES("app zookeeper", "proof strong"));
    speaks(TURNS(CLIENT("wchs\r\n"), SERVER("0 connections watching 0 paths\n")),
           LINES("app zookeeper", "proof strong"));
    speaks(
        TURNS(CLIENT("dump"), SERVER("dump is not executed because it is not in the whitelist.\n")),
        LINES("app zookeeper", "proof strong"));
}

static void reads_servers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(FOLLOWER), SERVER(LEADER), CLIENT("\0\0\0\x12\0\0"), SERVER("\0\0\0\x0a")),
           LINES("app zookeeper", "proof certain", "tx zookeeper command=follower server_id=3"));
    speaks(TURNS(CLIENT("\xff\xff\xff\xff\xff\xff\0\1\0\0\0\0\0\0\0\2\0\0\0\x0d"
                        "10.0.0.1:3888"),
                 SERVER("\0\0\0\x28" NOTIFICATION "\0\0\0\2")),
           LINES("app zookeeper", "proof certain",
                 "tx zookeeper command=election server_id=2 address=10.0.0.1:3888"));
    speaks(
        TURNS(CLIENT("\0\0\0\0\0\0\0\2\0\0\0\x24" NOTIFICATION), SERVER("\0\0\0\x24" NOTIFICATION)),
        LINES("app zookeeper", "proof strong", "tx zookeeper command=election"));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT(PING), SERVER(PONG), CLIENT(GET), SERVER(NO_NODE)),
                     LINES("app zookeeper", "proof certain", TX_GET " error=NoNode"));
    speaks_midstream(TURNS(SERVER("half a value"), CLIENT(GET), SERVER(NO_NODE)),
                     LINES("app zookeeper", "proof certain"));
    speaks_midstream(TURNS(SERVER(PONG)), LINES("app zookeeper", "proof strong"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(CONNECT), SERVER(ANSWER), CLIENT_LOST(20), CLIENT("rest of it"),
                      SERVER_LOST(16), CLIENT(GET), SERVER("xx"), SERVER(NO_NODE)),
                LINES("app zookeeper", TX_GET " error=NoNode", "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT)), LINES("app zookeeper", "proof strong"));
    speaks(TURNS(SERVER(ANSWER)), LINES("app zookeeper", "proof strong"));
    speaks(TURNS(CLIENT("ruok")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("imok")), LINES(UNKNOWN));
    speaks(TURNS(SERVER(GOT)), LINES(UNKNOWN));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\0\0\x2d\0\0\0\1" ZERO_8 "\0\0\x75\x30" ZERO_8 PASSWORD "\0"),
        CLIENT("\0\0\0\x2d\0\0\0\0" ZERO_8 "\0\xff\x75\x30" ZERO_8 PASSWORD "\0"),
        CLIENT("\0\0\0\x2d\0\0\0\0" ZERO_8 "\0\0\x75\x30" ZERO_8 "\0\0\0\x11" ZERO_8 ZERO_8 "\0"),
        CLIENT("\0\0\0\x0f\0\0\0\2\0\0\0\4\0\0\0\x20/a\0"),
        CLIENT("\0\0\0\x0f\0\0\0\2\0\0\0\4\0\0\0\2xa\0"),
        CLIENT("\0\0\0\x0f\0\0\0\2\0\0\0\x63\0\0\0\2/a\0"),
        CLIENT("\xff\xff\xff\xff\xff\xff\0\1\0\0\0\0\0\0\0\2\0\0\0\4abcd"),
        CLIENT("\0\0\0\x0b\0\0\0\1\0\0\0\0\0\0\0\x0c\0\0\0\0\0\0\0\3\0\2\0\0\xff\xff\xff\xff"),
        SERVER("\0\0\0\x25\0\0\0\0\0\0\x75\x30\0\0\0\0\0\0\1\2\0\0\0\x0f" ZERO_8 ZERO_8 "\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
    speaks(TURNS(CLIENT("stat"), SERVER("+OK 1 2\r\n")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("conf"), SERVER("HTTP/1.0 400 Bad\r\n\r\n")), LINES("!app zookeeper"));
    speaks(TURNS(CLIENT("ruok?"), SERVER("imok")), LINES(UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(joins_an_old_session),
        cmocka_unit_test(reads_a_login),
        cmocka_unit_test(passes_events_and_pipelines),
        cmocka_unit_test(passes_long_values),
        cmocka_unit_test(reads_words),
        cmocka_unit_test(reads_servers),
        cmocka_unit_test(joins_midstream),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
