/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP and RTCP that nobody has announced: streams that go on, reports of exact lengths,
 * look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* type, number, time, then the source and some voice */
#define RTP(type, number, time) "\x80" type "\x10" number "\0\0\1" time "abcdvoice"
#define ONE                     RTP("\0", "\1", "\x10")
#define TWO                     RTP("\0", "\2", "\x20")
#define THREE                   RTP("\0", "\3", "\x30")
#define FOUR                    RTP("\0", "\4", "\x40")

#define X20 "01234567890123456789"
#define SENDER                                                                                     \
    "\x80\xc8\0\x06"                                                                               \
    "abcd" X20
#define RECEIVER                                                                                   \
    "\x80\xc9\0\1"                                                                                 \
    "abcd"
#define NAMES                                                                                      \
    "\x81\xca\0\x03"                                                                               \
    "abcd"                                                                                         \
    "\1\5me@it\0"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void knows_streams(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ONE), CLIENT(TWO), CLIENT(THREE), CLIENT(FOUR)),
           LINES("app rtp", "proof strong", "!note *"));
    speaks(TURNS(CLIENT(ONE), CLIENT(TWO)), LINES("app rtp", "proof fair"));
    /* one is lost, another kind of payload comes between, and sources and an extension */
    speaks(TURNS(CLIENT(ONE), CLIENT(THREE), CLIENT(RTP("\xe0", "\4", "\x40")),
                 CLIENT("\x91\0\x10\5\0\0\1\x50"
                        "abcd"
                        "efgh"
                        "\xbe\xde\0\1"
                        "1234"
                        "voice")),
           LINES("app rtp", "proof strong"));
    /* each side has its own */
    speaks(TURNS(CLIENT(ONE), SERVER(THREE), CLIENT(TWO), SERVER(FOUR)), LINES("app rtp"));
}

static void knows_reports(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SENDER NAMES)), LINES("app rtcp", "proof strong"));
    speaks(TURNS(SERVER(RECEIVER NAMES)), LINES("app rtcp", "proof strong"));
    speaks(TURNS(CLIENT(RECEIVER), CLIENT(RECEIVER)), LINES("app rtcp", "proof strong"));
    speaks(TURNS(CLIENT(RECEIVER "\x80\xcb\0\0")), LINES("app rtcp", "proof fair"));
}

static void refuses_look_alikes(void **state)
{
    static const char *const second[] = {
        "\x80\0\x10\1\0\0\1\x20"
        "abcdvoice", /* the same number */
        "\x80\0\x10\x50\0\0\1\x20"
        "abcdvoice", /* one far away */
        "\x80\0\x10\2\0\0\1\x20"
        "abcevoice", /* of another source */
        "\x80\0\x10\2\0\0\0\x20"
        "abcdvoice", /* from the past */
        "\x80\x40\x10\2\0\0\1\x20"
        "abcdvoice", /* no type that there is */
        "\x90\0\x10\2\0\0\1\x20"
        "abcd\xbe\xde\xff\xff", /* a long extension */
        "\xa0\0\x10\2\0\0\1\x20"
        "abcdvoic\x09", /* more padding than there is */
    };

    (void)state;
    for (size_t i = 0; i < sizeof second / sizeof second[0]; i++)
        speaks(TURNS(CLIENT(ONE), CLIENT_BYTES(second[i], i == 5 ? 16 : 17)), LINES("app failed"));
    speaks(TURNS(CLIENT(ONE)), LINES("app failed"));
    speaks(TURNS(CLIENT(RECEIVER)), LINES("app failed"));
    speaks(TURNS(CLIENT(SENDER NAMES "x")), LINES("app failed"));
    speaks(TURNS(CLIENT("\x81\xc9\0\1"
                        "abcd" NAMES)),
           LINES("app failed"));
    speaks(TURNS(CLIENT(NAMES RECEIVER)), LINES("app failed"));
    speaks(TURNS(CLIENT("\x80\xc9\xff\xff"
                        "abcd" NAMES)),
           LINES("app failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_streams),
        cmocka_unit_test(knows_reports),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
