/* SPDX-License-Identifier: Apache-2.0
 *
 * BitTorrent's table of peers: queries, answers, errors, dictionaries that are something else.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ID   "abcdefghijklmnopqrst"
#define HEX  "6162636465666768696a6b6c6d6e6f7071727374"
#define PING "d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:qe"
#define PONG                                                                                       \
    "d1:rd2:id20:" ID "e1:t2:aa1:v4:LT\1\2"                                                        \
    "1:y1:re"
#define NODE  "abcdefghijklmnopqrst\x0a\0\0\1\x1a\xe1"
#define LISTS "lllllllllllllllll"
#define ENDS  "eeeeeeeeeeeeeeeee"

static void datagrams(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_queries(void **state)
{
    (void)state;
    datagrams(TURNS(CLIENT(PING), SERVER(PONG)),
              LINES("app bittorrent", "proof certain",
                    "tx bittorrent transaction_id=61:61 request_type=ping request.id=" HEX,
                    "tx bittorrent transaction_id=61:61 client_version=4c:54:01:02"
                    " response.id=" HEX " response.nodes=0 response.values=0"));
    datagrams(TURNS(CLIENT("d1:ad2:id20:" ID "12:implied_porti1e9:info_hash20:" ID
                           "4:porti6881e5:token4:abcde1:q13:announce_peer1:t1:x1:y1:qe"),
                    SERVER("d1:eli201e7:Generice1:t1:x1:y1:ee")),
              LINES("proof certain",
                    "tx bittorrent transaction_id=78 request_type=announce_peer request.id=" HEX
                    " request.info_hash=" HEX " request.port=6881",
                    "tx bittorrent transaction_id=78 error.num=201 error.msg=Generic"));
    datagrams(TURNS(SERVER("d1:rd2:id20:" ID "5:nodes52:" NODE NODE "6:valuesl6:abcdef6:ghijklee"
                           "1:t2:zz1:y1:re")),
              LINES("app bittorrent", "proof strong",
                    "tx bittorrent transaction_id=7a:7a response.id=" HEX
                    " response.nodes=2 response.values=2"));
    datagrams(TURNS(CLIENT(PING), SERVER("something else")), LINES("app bittorrent"));
}

static void leaves_others_alone(void **state)
{
    static const struct turn bad[] = {
        CLIENT("d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:q"), /* no end */
        CLIENT(PING "x"),
        CLIENT("d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:ze"),
        CLIENT("d1:ad2:id19:bcdefghijklmnopqrste1:q4:ping1:t2:aa1:y1:qe"),
        CLIENT("d1:ad2:id20:" ID "e1:q4:ping1:y1:qe"), /* no transaction */
        CLIENT("d1:ad2:id20:" ID "e1:t2:aa1:y1:qe"),
        CLIENT("d8:announce3:abce"),
        CLIENT("d1:eli201ee1:t1:x1:y1:ee"),
        CLIENT("d1:a" LISTS ENDS "1:q4:ping1:t2:aa1:y1:qe"), /* too deep */
        CLIENT("d99999999999999999999:"),
        CLIENT("d4294967300:abce"),
        CLIENT("d01:a1:be"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(TURNS(bad[i]), LINES("!app bittorrent", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_queries),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
