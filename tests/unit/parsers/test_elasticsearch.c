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

/* Length 13 + 12000: longer than what is looked at. */
#define LONG_ASK "ES\0\0\x2e\xed" ID "\0" V7 "\0\0\0\2\0\0\0\x09indices:a"
enum { LONG = 6 + 0x2eed };

static void passes_long_bodies(void **state)
{
    static char bytes[2 * LONG];
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT_BYTES(bytes, sizeof bytes), SERVER(TELL)),
        .expect = LINES("app elasticsearch", "proof certain", TX, "!note *"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % LONG < sizeof LONG_ASK - 1 ? LONG_ASK[i % LONG] : 'x';
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
    conversation_check_once(&c, CUT_TURNS);
}

static void bears_hostile_counts(void **state)
{
    /* Headers, values, features, letters: more than there are, or than anybody has. */
    static const struct turn odd[] = {
        CLIENT("ES\0\0\0\x18" ID "\0" V7 "\0\0\0\2\x7f\0\0\0\1a:b"),
        CLIENT("ES\0\0\0\x18" ID "\0" V7 "\0\0\0\2\0\1\0\x7f\1a:"),
        CLIENT("ES\0\0\0\x18" ID "\0" V7 "\0\0\0\2\0\0\x7f\1a:b\0"),
        CLIENT("ES\0\0\0\x18" ID "\0" V7 "\0\0\0\2\0\0\0\xff\xff\xff\x7f"),
        CLIENT("ES\0\0\0\x18" ID "\0" V7 "\0\0\0\2\xff\xff\xff\xff\xff\xff\xff"),
        CLIENT("ES\0\0\0\x18" ID "\0" V7 "\0\0\0\2\0\0\0\3a b"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        speaks(TURNS(odd[i], SERVER(TELL)),
               LINES("app elasticsearch", "tx elasticsearch request_id=7 version=7.17.3"));
}

static void tells_versions_and_scripts(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("ES\0\0\0\x0e" ID "\0\x08\x1f\x49\x53x")), /* 2.4.5, OpenSearch's bit */
           LINES("app elasticsearch", "server opensearch"));
    speaks(TURNS(CLIENT("ES\0\0\0\x18" ID "\0\x08\x1f\x21\x87\0\0\0\2\0\0\0\3a:b")), /* 2.4.1 */
           LINES("tx elasticsearch request_id=7 version=2.4.1 action=a:b"));
    speaks(TURNS(CLIENT("ES\0\0\0\x0e" ID "\4\0\x81\xe3\x21x")), /* 8512289 */
           LINES("tx elasticsearch request_id=7 version=8"));
    speaks(TURNS(CLIENT("ES\0\0\0\x2e" ID "\0" V7 "\0\0\0\2\0\0\0\x18"
                        "cluster:admin/script/putbc")),
           LINES("note Elasticsearch script to be stored: cluster:admin/script/put"));
}

static void wants_the_other_side_to_answer(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK TELL)), LINES("app elasticsearch", "proof strong"));
    speaks(TURNS(SERVER("ES\0\0\0\x0f\0\0\0\0\xff\xff\xff\xff\1" V7 "xy"), CLIENT(ASK)),
           LINES("proof strong"));
    speaks(TURNS(CLIENT(PING), CLIENT(PING)), LINES("app elasticsearch", "proof fair"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER(TELL), CLIENT(ASK), SERVER(TELL)),
        .expect = LINES("app elasticsearch", "proof certain", TX),
    };
    const struct conversation hole = {
        .server_port = 9300,
        .turns = TURNS(CLIENT(ASK), SERVER(TELL), CLIENT_LOST(40), CLIENT("E"),
                       CLIENT("S\0\0\0\x20\0\0\0\0\0\0\0\x08\0" V7 "\0\0\0\2\0\0\0\x09indices:abc"),
                       SERVER(FAIL_)),
        .expect = LINES("app elasticsearch", TX,
                        "tx elasticsearch request_id=8 version=7.17.3 action=indices:a error=true",
                        "!note *"),
    };

    (void)state;
    conversation_check(&c);
    conversation_check_once(&hole, CUT_TURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_requests_and_answers),
        cmocka_unit_test(reads_headers),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(passes_long_bodies),
        cmocka_unit_test(bears_hostile_counts),
        cmocka_unit_test(tells_versions_and_scripts),
        cmocka_unit_test(wants_the_other_side_to_answer),
        cmocka_unit_test(joins_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
