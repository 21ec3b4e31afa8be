/* SPDX-License-Identifier: Apache-2.0
 *
 * Lumberjack: windows, plain and compressed events, answers, hostile lengths, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define WINDOW_2 "2W\0\0\0\2"
#define EVENT    "2J\0\0\0\1\0\0\0\x0f{\"message\":\"b\"}"
#define ANSWER_2 "2A\0\0\0\2"

/* Two events, the first with "@metadata" and "host". */
#define PACKED                                                                                     \
    "\062\103\000\000\000\164\170\332\063\362\142\140\140\140\004\342\264\152\045\207"             \
    "\334\324\222\304\224\304\222\104\045\253\152\245\244\324\304\022\045\053\245\264"             \
    "\314\234\124\060\123\107\251\244\262\040\025\050\022\237\222\237\014\344\225\245"             \
    "\026\025\147\346\347\001\005\054\364\114\365\014\224\152\165\224\062\362\213\113"             \
    "\100\132\363\022\163\101\012\113\062\163\162\100\302\271\251\305\305\211\351\040"             \
    "\221\104\245\132\043\220\175\114\100\314\137\215\044\221\244\124\013\000\170\007"             \
    "\046\331"
/* An event, and what is none. */
#define PACKED_BAD                                                                                 \
    "\062\103\000\000\000\043\170\332\063\362\142\140\140\140\004\142\376\152\245\334"             \
    "\324\342\342\304\364\124\045\053\245\044\245\132\243\010\220\004\000\133\256\006"             \
    "\031"
/* Zlib that breaks off. */
#define PACKED_BROKEN                                                                              \
    "\062\103\000\000\000\050\170\332\063\362\142\140\140\140\004\342\264\152\045\207"             \
    "\334\324\222\304\224\304\377\377\377\377\377\377\377\377\377\377\377\377\377\377"             \
    "\377\377\377\377\377\377"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_events(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(WINDOW_2 "2J\0\0\0\1\0\0\0\x52{\"agent\":{\"type\":\"filebeat\","
                              "\"version\":\"8.5.0\"},\"message\":\"a\",\"host\":{\"name\":\"ti\"}}"
                              "2J\0\0\0\2\0\0\0\x0f{\"message\":\"b\"}"),
              SERVER("2A\0\0\0\0"), SERVER("2A\0\0\0\1"), SERVER(ANSWER_2),
              CLIENT("2W\0\0\0\1" EVENT), SERVER("2A\0\0\0\1")),
        LINES("app beats", "proof certain",
              "tx beats version=2 window=2 agent=filebeat agent_version=8.5.0 hostname=ti ack=2",
              "tx beats version=2 window=1 ack=1", "buffer body {\"message\":\"b\"}", "!note *"));
}

static void reads_compressed_events(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(WINDOW_2 PACKED), SERVER(ANSWER_2), CLIENT(WINDOW_2 PACKED), SERVER(ANSWER_2)),
        LINES("app beats", "proof certain",
              "tx beats version=2 window=2 compressed=true agent=filebeat agent_version=8.5.0 "
              "hostname=till ack=2",
              "buffer body {\"message\":\"b\"}", "!note *"));
    /* several windows on their way */
    speaks(
        TURNS(CLIENT(WINDOW_2 PACKED "2W\0\0\0\1" EVENT), SERVER(ANSWER_2), SERVER("2A\0\0\0\1")),
        LINES("tx beats version=2 window=1 ack=1"));
}

static void reads_version_1(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("1W\0\0\0\5"
                        "1D\0\0\0\7\0\0\0\2"
                        "\0\0\0\4line\0\0\0\5apple"
                        "\0\0\0\4host\0\0\0\4till"
                        "1D\0\0\0\x08\0\0\0\1\0\0\0\4line\0\0\0\1b"),
                 SERVER("1A\0\0\0\x08"), SERVER("1A\0\0\0\x09")),
           LINES("app beats", "proof certain", "tx beats version=1 window=5 hostname=till ack=8",
                 "buffer body apple", "buffer body till", "buffer body b"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(WINDOW_2 EVENT)),
           LINES("app beats", "proof strong", "tx beats version=2 window=2"));
    speaks(TURNS(SERVER(ANSWER_2)), LINES("app failed", "!tx *"));
    speaks(TURNS(SERVER(ANSWER_2 "2A\0\0\0\1")), LINES("app beats", "proof fair"));
    speaks(TURNS(CLIENT(WINDOW_2)), LINES("app failed", "!tx *"));
    speaks(TURNS(CLIENT(WINDOW_2), SERVER(ANSWER_2)), LINES("app beats", "proof certain"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(CLIENT(EVENT), CLIENT_LOST(70), CLIENT(WINDOW_2 EVENT), SERVER(ANSWER_2)),
        .expect = LINES("app beats", "proof certain", "tx beats version=2 window=2"),
    };

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
    /* within an event, and within compressed ones */
    speaks(TURNS(CLIENT(WINDOW_2 "2J\0\0\0\1\0\0\2\0{\"message\":\"b\"}" WINDOW_2)),
           LINES("app failed"));
    speaks(TURNS(CLIENT(WINDOW_2 EVENT "2J\0\0\0\2\0\0\0\x2f{\"message\":"), CLIENT_LOST(20),
                 CLIENT("0123456789abcde}2W\0\0\0\1" EVENT)),
           LINES("app beats", "tx beats version=2 window=1"));
    speaks(TURNS(CLIENT(WINDOW_2 "2C\0\0\0\x40\x78\xda"
                                 "abcdefgh"),
                 CLIENT_LOST(50), CLIENT("abcd2W\0\0\0\1" EVENT)),
           LINES("app beats", "tx beats version=2 window=1"));
}

/* What cannot be read within compressed frames does not hurt what is outside. */
static void survives_broken_frames(void **state)
{
    static const struct turn bad[] = {
        CLIENT("2X\0\0\0\1"),
        CLIENT("1W\0\0\0\1"),
        CLIENT("2W\0\0\0\0"),
        CLIENT("2W\xff\xff\xff\xff"),
        CLIENT("2J\0\0\0\1\xff\xff\xff\xff{"),
        CLIENT("2J\0\0\0\1\0\0\0\5[1,2]"),
        CLIENT("2C\0\0\0\5hello"),
        CLIENT("2D\0\0\0\1\xff\xff\xff\xff"),
        CLIENT("2D\0\0\0\1\0\0\0\1\xff\xff\xff\xff"),
        CLIENT("2D\0\0\0\1\0\0\0\1\0\0\0\1k\xff\xff\xff\xff"),
        SERVER("2J\0\0\0\1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(CLIENT(WINDOW_2 EVENT), bad[i]), LINES("app beats", "proof strong"));
    speaks(TURNS(CLIENT(WINDOW_2 PACKED_BAD "2W\0\0\0\1" EVENT)),
           LINES("app beats", "tx beats version=2 window=2 compressed=true",
                 "tx beats version=2 window=1"));
    speaks(TURNS(CLIENT(WINDOW_2 PACKED_BROKEN "2W\0\0\0\1" EVENT)),
           LINES("app beats", "tx beats version=2 window=1"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("2W\0\0\0\0" EVENT),
        CLIENT("2W\0\x11\0\0" EVENT),
        CLIENT("2W\0\0\0\2"
               "1W\0\0\0\2"),
        CLIENT("2W\0\0\0\2"
               "2J\0\0\0\0\0\0\0\2{}"),
        CLIENT("2W\0\0\0\2"
               "2J\0\0\0\1\0\0\0\4[12]"),
        CLIENT("2W\0\0\0\2"
               "2C\0\0\0\4\0\0\0\0"),
        CLIENT("3W\0\0\0\2" EVENT),
        CLIENT("1W\0\0\0\2"
               "1J\0\0\0\1\0\0\0\2{}"),
        CLIENT("2WEATHER IN ROME\r\n"),
        CLIENT("2A\0\0\0\2"
               "2A\0\0\0\2"),
        SERVER("2W\0\0\0\2"),
        SERVER("2Answers found\r\n"),
        SERVER("2A\0\0\0\1"
               "1A\0\0\0\2"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_events),        cmocka_unit_test(reads_compressed_events),
        cmocka_unit_test(reads_version_1),     cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle), cmocka_unit_test(survives_broken_frames),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
