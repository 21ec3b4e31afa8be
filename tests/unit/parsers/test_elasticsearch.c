/* SPDX-License-Identifier: Apache-2.0
 *
 * Elasticsearch transport: requests of several versions, answers, pings, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ID   "\0\0\0\0\0\0\0\7"
#define V7   "\0\x6d\x69\x1f" /* 7170399 */
#define V6   "\0\x61\x6c\xb7" /* 6384823 -> 6.38.48 */
#define PING "ES\xff\xff\xff\xff"
/* two maps, features, action of 9 bytes */
#define ASK                                                                                        \
    "ES\0\0\0\x20" ID "\0" V7 "\0\0\0\2\0\0\0\x09"                                                 \
    "indices:a"                                                                                    \
    "bc"
#define TELL  "ES\0\0\0\x0f" ID "\1" V7 "xy"
#define OTHER "ES\0\0\0\x20\0\0\0\0\0\0\0\x08\0" V7 "\0\0\0\2\0\0\0\x09indices:abc"
#define FAIL_ "ES\0\0\0\x0d\0\0\0\0\0\0\0\x08\3" V7
#define TX    "tx elasticsearch request_id=7 version=7.17.3 action=indices:a"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_requests_and_answers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(TELL), CLIENT(PING), SERVER(PING)),
           LINES("app elasticsearch", "proof certain", TX, "buffer body xy", "!note *"));
    speaks(TURNS(CLIENT(PING ASK OTHER), SERVER(TELL FAIL_)),
           LINES("app elasticsearch", TX,
                 "tx elasticsearch request_id=8 version=7.17.3 action=indices:a error=true"));
}

static void reads_headers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("ES\0\0\0\x21" ID "\0" V6 "\1\1a\1b\1\1c\1\1d\1\1e\x05"
                        "a:b/c"
                        "bc"),
                 SERVER(TELL)),
           LINES("tx elasticsearch request_id=7 version=6.38.48 action=a:b/c"));
    speaks(TURNS(CLIENT("ES\0\0\0\x12" ID "\4" V7 "12345"), SERVER(TELL)),
           LINES("tx elasticsearch request_id=7 version=7.17.3"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK)), LINES("app elasticsearch", "proof strong"));
    speaks(TURNS(SERVER(TELL)), LINES("app elasticsearch", "proof strong"));
}

static void goes_on_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 9300,
        .turns = TURNS(CLIENT(ASK), SERVER(TELL), CLIENT_LOST(40), CLIENT("whatever"), CLIENT(ASK),
                       SERVER(TELL)),
        .expect = LINES("app elasticsearch", TX, "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("ES\0\0\0\x0c" ID "\0" V7 "xy"),   CLIENT("ES\x7f\0\0\x0f" ID "\0" V7 "xy"),
        CLIENT("ES\0\0\0\x0f" ID "\x10" V7 "xy"), CLIENT("ES\0\0\0\x0f" ID "\0\0\0\0\1xy"),
        CLIENT("ES\0\0\0\x0f\1" ID "\0" V7 "y"),  CLIENT("ESMTP mail"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_requests_and_answers), cmocka_unit_test(reads_headers),
        cmocka_unit_test(believes_one_side),          cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
