/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-RPC: both versions, miners and their pools, Ethereum's nodes, long and hostile objects, and
 * JSON that is something else.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ASK    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"add\",\"params\":[1,2]}\n"
#define ANSWER "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":3}\n"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_2(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ANSWER),
                 CLIENT("{\"method\":\"drop\",\"id\":\"a\\\"b\",\"jsonrpc\":\"2.0\"}"),
                 SERVER("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32601,\"message\":\"Method not "
                        "found\"},\"id\":\"a\\\"b\"}"),
                 SERVER("{\"jsonrpc\":\"2.0\",\"method\":\"news\",\"params\":{\"n\":5}}\n")),
           LINES("app json-rpc", "proof certain", "tx json-rpc version=2.0 method=add id=1",
                 "tx json-rpc version=2.0 method=drop id=a\\\\\"b error.code=-32601 "
                 "error.message=Method not found",
                 "buffer body [1,2]", "tx json-rpc version=2.0 method=news", "!note *"));
}

static void reads_version_1(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("{\"id\":0,\"method\":\"list_dbs\",\"params\":[]}"),
                 SERVER("{\"id\":0,\"result\":[\"shop\"],\"error\":null}"),
                 SERVER("{\"id\":\"echo\",\"method\":\"echo\",\"params\":[]}"),
                 CLIENT("{\"id\":\"echo\",\"result\":[],\"error\":null}")),
           LINES("app json-rpc", "proof certain", "tx json-rpc method=list_dbs id=0",
                 "tx json-rpc method=echo id=echo", "buffer body [\"shop\"]"));
}

static void reads_batches(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT("[ {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"} ,\n"
                     "{\"jsonrpc\":\"2.0\",\"method\":\"b\"}, "
                     "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"c\"}]"),
              SERVER("[{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null},"
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":5,\"message\":\"no\"}}]")),
        LINES("app json-rpc", "proof certain",
              "tx json-rpc version=2.0 method=a id=1 error.code=5 error.message=no",
              "tx json-rpc version=2.0 method=b", "tx json-rpc version=2.0 method=c id=2"));
}

static void finds_miners(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(
            CLIENT("{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": "
                   "[\"cgminer/4.10.0\"]}\n"),
            SERVER("{\"id\":1,\"result\":[[[\"mining.notify\",\"1\"]],\"08000002\",4],"
                   "\"error\":null}\n"),
            CLIENT("{\"id\": 2, \"method\": \"mining.authorize\", \"params\": [\"amy.rig7\", "
                   "\"hush\"]}\n"),
            SERVER("{\"id\":2,\"result\":false,\"error\":[24,\"Unauthorized worker\",null]}\n"),
            SERVER("{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[2048]}\n")),
        .expect = LINES("app mining", "proof certain", "protocols json-rpc,mining",
                        "tx json-rpc method=mining.subscribe id=1 agent=cgminer/4.10.0",
                        "tx json-rpc method=mining.authorize id=2 user=amy worker=rig7 "
                        "error.code=24 error.message=Unauthorized worker",
                        "tx json-rpc method=mining.set_difficulty", "note mining: cgminer/4.10.0",
                        "note the mining pool refuses the login: amy"),
    };
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "hush"));
    free(outcome);
    conversation_check(&c);
}

static void finds_miners_of_monero(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(
            CLIENT("{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":"
                   "\"44aX.r\",\"pass\":\"hush\",\"agent\":\"XMRig/6.20.0 (Linux x86_64)\","
                   "\"rigid\":\"rig7\",\"algo\":[\"rx/0\"]}}\n"),
            SERVER("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"Invalid "
                   "address\"}}\n"),
            SERVER("{\"jsonrpc\":\"2.0\",\"method\":\"job\",\"params\":{\"blob\":\"0e0e\","
                   "\"job_id\":\"5\",\"target\":\"b88d0600\"}}\n")),
        .expect = LINES("app mining", "proof certain", "protocols json-rpc,mining",
                        "tx json-rpc version=2.0 method=login id=1 user=44aX worker=rig7 "
                        "agent=XMRig/6.20.0 (Linux x86_64) error.code=-1 error.message=Invalid "
                        "address",
                        "note mining: XMRig/6.20.0 (Linux x86_64)",
                        "note the mining pool refuses the login: 44aX"),
    };
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "hush"));
    free(outcome);
    conversation_check(&c);
    /* a login that is not a miner's */
    speaks(TURNS(CLIENT("{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"user\":"
                        "\"amy\"}}\n")),
           LINES("app json-rpc", "!note *"));
}

static void finds_ethereum(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\","
                        "\"params\":[]}\n"),
                 SERVER("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x10\"}\n")),
           LINES("app ethereum", "proof certain", "!note *"));
    speaks(TURNS(CLIENT("{\"worker\": \"rig1\", \"jsonrpc\": \"2.0\", \"params\": "
                        "[\"0x9c99.w\", \"x\"], \"id\": 2, \"method\": \"eth_submitLogin\"}\n"),
                 SERVER("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":true}\n")),
           LINES("app mining", "protocols json-rpc,mining", "note mining: eth_submitLogin",
                 "tx json-rpc version=2.0 method=eth_submitLogin id=2 user=0x9c99 worker=rig1"));
    /* spelled so that a search for words would not find it */
    speaks(TURNS(CLIENT("{\"id\":1,\"m\\u0065thod\":\"eth_getWor\\u006b\",\"params\":[],"
                        "\"jsonrpc\":\"2.0\"}\n")),
           LINES("app mining"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK)), LINES("app json-rpc", "proof strong"));
    speaks(TURNS(SERVER(ANSWER)),
           LINES("app json-rpc", "proof strong", "tx json-rpc version=2.0 id=1"));
    speaks(TURNS(CLIENT("{\"id\":1,\"method\":\"get\",\"params\":[]}\n")),
           LINES("app json-rpc", "proof fair"));
    speaks(TURNS(CLIENT("{\"id\":1,\"method\":\"get\",\"params\":[]}\n"
                        "{\"id\":2,\"method\":\"get\",\"params\":[]}\n")),
           LINES("app json-rpc", "proof strong"));
    speaks(TURNS(SERVER("{\"id\":1,\"result\":true}\n")), LINES("app failed", "!tx *"));
    speaks(TURNS(SERVER("{\"id\":1,\"result\":true}\n{\"id\":2,\"result\":7}\n")),
           LINES("app json-rpc", "proof fair"));
    speaks(TURNS(CLIENT("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n")),
           LINES("app mining", "proof strong", "note mining: mining.subscribe"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER(ANSWER), CLIENT_LOST(20), CLIENT("\"x\":{}}\n" ASK)),
        .expect = LINES("app json-rpc", "tx json-rpc version=2.0 method=add id=1"),
    };

    (void)state;
    conversation_check(&c);
    speaks(TURNS(CLIENT(ASK), SERVER(ANSWER), CLIENT("{\"jsonrpc\":\"2.0\",\"id\""), CLIENT_LOST(9),
                 CLIENT("}}]\n\n{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"late\"}\n")),
           LINES("tx json-rpc version=2.0 method=late id=9"));
}

#define X_64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X_512 X_64 X_64 X_64 X_64 X_64 X_64 X_64 X_64
#define X_4K  X_512 X_512 X_512 X_512 X_512 X_512 X_512 X_512
#define X_20K X_4K X_4K X_4K X_4K X_4K

/* Held is no more than the head, and what follows is found. */
static void passes_over_long_ones(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"put\",\"params\":[\"" X_20K "\"]}" ASK)),
        .expect = LINES("app json-rpc", "proof strong", "tx json-rpc version=2.0 method=put id=1",
                        "tx json-rpc version=2.0 method=add id=1"),
    };

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
}

/* Brackets without end, and JSON that is not. */
static void survives_hostile_objects(void **state)
{
    static char deep[40000];
    static const struct turn bad[] = {
        CLIENT("{\"jsonrpc\":\"2.0\",}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"a\":[1,2}}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"a\":tru}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\" \"a\":1}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"a\":\"\\x\"}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"a\":\"\\u00g0\"}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"a\":\"\n\"}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"a\":}\n"),
        CLIENT("[{\"jsonrpc\":\"2.0\",\"method\":\"a\"},5 6]\n"),
    };
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(ASK), CLIENT_BYTES(deep, sizeof deep), CLIENT(ASK)),
        .expect = LINES("app json-rpc", "proof strong"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
    memcpy(deep, "{\"a\":", 5);
    memset(deep + 5, '[', 19000);
    memset(deep + 19005, ']', sizeof deep - 19005);
    conversation_check_once(&c, CUT_WHOLE);
    memset(deep + 5, '[', sizeof deep - 5);
    conversation_check_once(&c, CUT_WHOLE);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("{}\n"),
        CLIENT("{\"level\":\"info\",\"msg\":\"started\",\"id\":1}\n"),
        CLIENT("{\"method\":\"GET\",\"path\":\"/\",\"status\":200}\n"),
        CLIENT("{\"id\":1,\"method\":\"GET\",\"params\":[],\"level\":\"info\"}\n"),
        CLIENT("{\"id\":1,\"method\":\"GET\",\"params\":7}\n"),
        CLIENT("{\"id\":[1],\"method\":\"GET\",\"params\":[]}\n"),
        CLIENT("{\"id\":1,\"method\":\"a\\u0000b\",\"jsonrpc\":\"3.0\"}\n"),
        CLIENT("{\"id\":1,\"method\":\"\",\"params\":[]}\n"),
        CLIENT("{\"jsonrpc\":\"2.0\"}\n"),
        CLIENT("{\"execute\":\"qmp_capabilities\"}\n"),
        CLIENT("{\"version\":\"1.1\",\"host\":\"h\",\"short_message\":\"m\"}"),
        CLIENT("[\"EVENT\",{\"jsonrpc\":\"2.0\",\"method\":\"a\"}]\n"),
        CLIENT("[{\"a\":1},{\"b\":2}]\n"),
        CLIENT("{\"jsonrpc\":\"2.0\",\"method\":\"add\""),
        CLIENT("{1:2}\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_2),        cmocka_unit_test(reads_version_1),
        cmocka_unit_test(reads_batches),          cmocka_unit_test(finds_miners),
        cmocka_unit_test(finds_miners_of_monero), cmocka_unit_test(finds_ethereum),
        cmocka_unit_test(believes_one_side),      cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(passes_over_long_ones),  cmocka_unit_test(survives_hostile_objects),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
