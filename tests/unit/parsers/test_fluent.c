/* SPDX-License-Identifier: Apache-2.0
 *
 * Fluent Forward: events in all three forms, acknowledgements, logins, hostile records,
 * look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define TAG                                                                                        \
    "\xa7"                                                                                         \
    "app.log"
#define TIME   "\xce\x65\0\0\0"
#define EXACT  "\xd7\0\x65\0\0\0\0\0\0\1"
#define RECORD "\x82\xa3log\xa2hi\xa1n\xcd\1\0"
#define EVENT  "\x93" TAG TIME RECORD
#define ENTRY  "\x92" EXACT RECORD /* 24 bytes */

#define HEX_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "\xd9\x80" HEX_64 HEX_64
#define HELLO                                                                                      \
    "\x92\xa4HELO\x83\xa5nonce\xc4\4\1\2\3\4\xa4"                                                  \
    "auth\xc4\0\xa9keepalive\xc3"
#define PING                                                                                       \
    "\x96\xa4PING\xa3web\xc4\4salt" DIGEST "\xa3"                                                  \
    "amy" DIGEST

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_single_events(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(EVENT EVENT)),
           LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=message",
                 "buffer body \\x82\\xa3log\\xa2hi\\xa1n\\xcd\\x01\\x00", "!note *"));
    speaks(TURNS(CLIENT("\x94" TAG EXACT RECORD "\x81\xa5"
                        "chunk\xa4YWJj"),
                 SERVER("\x81\xa3"
                        "ack\xa4YWJj")),
           LINES("app fluent", "proof certain",
                 "tx fluent tag=app.log mode=message chunk=YWJj ack=YWJj"));
    speaks(TURNS(CLIENT("\x94" TAG TIME "\x80\xc0" EVENT)),
           LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=message"));
}

static void reads_lists(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\x92" TAG "\x92" ENTRY ENTRY "\x93" TAG "\xdd\0\0\0\1" ENTRY
                        "\x82\xa4size\1\xa5"
                        "chunk\xa1"
                        "a"),
                 SERVER("\x81\xa3"
                        "ack\xa1"
                        "a")),
           LINES("app fluent", "proof certain", "tx fluent tag=app.log mode=forward events=2",
                 "tx fluent tag=app.log mode=forward events=1 chunk=a size=1 ack=a"));
}

static void reads_packed_events(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\x93" TAG "\xc4\x18" ENTRY "\x82\xa4size\1\xa5"
                        "chunk\xa1"
                        "a"),
                 SERVER("\x81\xa3"
                        "ack\xa1"
                        "a"),
                 CLIENT("\x92" TAG "\xb8" ENTRY)),
           LINES("app fluent", "proof certain",
                 "tx fluent tag=app.log mode=packed chunk=a size=1 ack=a",
                 "tx fluent tag=app.log mode=packed"));
    speaks(TURNS(CLIENT("\x93" TAG "\xc4\4\x1f\x8b\x08\0\x81\xaa"
                        "compressed\xa4gzip")),
           LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=packed compressed=gzip",
                 "!buffer *"));
    speaks(TURNS(CLIENT(EVENT "\x92" TAG "\xc4\0" EVENT)),
           LINES("proof strong", "tx fluent tag=app.log mode=packed"));
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(HELLO), CLIENT(PING), SERVER("\x95\xa4PONG\xc3\xa0\xa3log" DIGEST),
                 CLIENT(EVENT)),
           LINES("app fluent", "proof certain",
                 "tx fluent auth=shared key client.hostname=web user=amy server.hostname=log",
                 "tx fluent tag=app.log mode=message", "!note *"));
    speaks(
        TURNS(SERVER(HELLO), CLIENT(PING),
              SERVER("\x95\xa4PONG\xc2\xb3shared_key mismatch\xa0\xa0")),
        LINES("app fluent", "proof certain",
              "tx fluent auth=shared key client.hostname=web user=amy reason=shared_key mismatch",
              "note Fluent Forward refuses the login: amy"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PING EVENT)),
           LINES("app fluent", "proof strong", "tx fluent client.hostname=web user=amy",
                 "tx fluent tag=app.log mode=message"));
    speaks(TURNS(SERVER(HELLO "\x95\xa4PONG\xc3\xa0\xa3log" DIGEST)),
           LINES("app fluent", "proof strong", "tx fluent auth=shared key server.hostname=log"));
    speaks(TURNS(SERVER("\x81\xa3"
                        "ack\xa4YWJj")),
           LINES("app fluent", "proof fair", "tx fluent ack=YWJj"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(CLIENT(EVENT), CLIENT_LOST(30), CLIENT(EVENT)),
        .expect = LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=message"),
    };

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
    speaks(TURNS(CLIENT("\x92" TAG "\xc5\1\0" ENTRY ENTRY), CLIENT_LOST(208), CLIENT(EVENT)),
           LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=packed",
                 "tx fluent tag=app.log mode=message"));
}

#define X_64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X_512 X_64 X_64 X_64 X_64 X_64 X_64 X_64 X_64
#define X_4K  X_512 X_512 X_512 X_512 X_512 X_512 X_512 X_512
#define X_16K X_4K X_4K X_4K X_4K

/* Records longer than anything that is held, and lists within lists. */
static void survives_large_records(void **state)
{
    static char deep[20000];
    const struct conversation large = {
        .server_port = 40000,
        .turns = TURNS(CLIENT("\x93" TAG TIME "\x81\xa3log\xda\x40\0" X_16K EVENT)),
        .expect = LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=message"),
    };
    const struct conversation nested = {
        .server_port = 40000,
        .turns = TURNS(CLIENT("\x93" TAG TIME "\x81\xa3log"), CLIENT_BYTES(deep, sizeof deep),
                       CLIENT("\1" EVENT)),
        .expect = LINES("app fluent", "proof strong", "tx fluent tag=app.log mode=message"),
    };

    (void)state;
    conversation_check_once(&large, CUT_WHOLE);
    conversation_check_once(&large, CUT_BYTES);
    memset(deep, 0x91, sizeof deep);
    conversation_check_once(&nested, CUT_WHOLE);
    conversation_check_once(&nested, CUT_BYTES);
    /* counts that never come true */
    speaks(TURNS(CLIENT("\x93" TAG TIME "\xdf\xff\xff\xff\xff\xa1"
                        "a\1\xa1"
                        "b\1")),
           LINES("app fluent", "proof fair"));
    speaks(TURNS(CLIENT("\x92" TAG "\xdd\xff\xff\xff\xff" ENTRY)), LINES("proof fair"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x91" TAG),
        CLIENT("\x95" TAG TIME RECORD),
        CLIENT("\x92" TAG TIME RECORD), /* a record too many */
        CLIENT("\x93\xa0" TIME RECORD), /* no tag */
        CLIENT("\x93\xa7"
               "app log" TIME RECORD),                    /* not a tag */
        CLIENT("\x93" TAG "\x05" RECORD),                 /* no time */
        CLIENT("\x93" TAG "\xcf\0\0\1\0\0\0\0\0" RECORD), /* milliseconds */
        CLIENT("\x93" TAG "\xd7\1\x65\0\0\0\0\0\0\1" RECORD),
        CLIENT("\x93" TAG "\xd7\0\x65\0\0\0\x7f\0\0\1" RECORD),
        CLIENT("\x93" TAG TIME "\x92\xa1"
               "a\1"),                      /* not a record */
        CLIENT("\x93" TAG TIME "\x81\1\1"), /* not a name */
        CLIENT("\x93" TAG TIME "\x81\xa1\1\1"),
        CLIENT("\x92" TAG "\x90"), /* no events */
        CLIENT("\x92" TAG "\xc4\0"),
        CLIENT("\x92" TAG "\xc4\5\x92" TIME RECORD), /* an event longer than all of them */
        CLIENT("\x92" TAG "\xa4"
               "abcd"),
        CLIENT("\x94\0\1\xa3"
               "add\x92\1\2"),   /* MessagePack-RPC */
        CLIENT("\x93" TAG TIME), /* too little */
        CLIENT("\x96\xa4PONG\xa3web\xc4\4salt" DIGEST "\xa0\xa0"),
        CLIENT("\x96\xa4PING\xa3web\xc4\4salt\xa4"
               "abcd\xa0\xa0"),
        SERVER("\x92\xa4HELO\x81\xa5nonce\xc4\4\1\2\3\4"),
        SERVER("\x95\xa4PONG\xa3yes\xa0\xa3log" DIGEST),
        SERVER("\x81\xa3"
               "ack\x05"),
        SERVER("\x82\xa3"
               "ack\xa1"
               "a\xa1"
               "b\1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

/* The name stays. */
static void survives_broken_messages(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\xc1"),
        CLIENT("\x94" TAG TIME RECORD "\x05"),
        CLIENT("\x94" TAG TIME RECORD "\xdf\xff\xff\xff\xff"),
        CLIENT("\x94" TAG TIME RECORD "\x81\xa5"
               "chunk\xda\xff\xff"),
        SERVER("\x81\xa3"
               "ack\xda\xff\xff"),
    };

    const struct conversation inside = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(EVENT), CLIENT("\x93" TAG TIME "\x81\xa1"
                                             "a\xc1")),
        .expect = LINES("app fluent", "proof strong"),
    };

    (void)state;
    conversation_check_once(&inside, CUT_WHOLE);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(CLIENT(EVENT), bad[i]), LINES("app fluent", "proof strong"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_single_events),      cmocka_unit_test(reads_lists),
        cmocka_unit_test(reads_packed_events),      cmocka_unit_test(reads_logins),
        cmocka_unit_test(believes_one_side),        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(survives_large_records),   cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_broken_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
