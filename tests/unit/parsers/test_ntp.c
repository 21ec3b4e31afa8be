/* SPDX-License-Identifier: Apache-2.0
 *
 * NTP: time messages of all versions, their answers, control messages, floods, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ZERO_4  "\0\0\0\0"
#define ZERO_8  ZERO_4 ZERO_4
#define ZERO_16 ZERO_8 ZERO_8
#define MAC_20                                                                                     \
    "\0\0\0\1"                                                                                     \
    "0123456789abcdef"

#define T1 "\xe5\x6b\x4d\x40\x12\x34\x56\x78" /* 2021-12-20 */
#define T2 "\xe5\x6b\x4d\x41\0\0\0\1"

/* First byte, stratum, reference, originate, transmit. */
#define TIME(first, stratum, reference, originate, transmit)                                       \
    first stratum "\6\xec" ZERO_8 reference ZERO_8 originate ZERO_8 transmit

#define ASK  TIME("\x23", "\0", ZERO_4, ZERO_8, T1)
#define TELL TIME("\x24", "\2", "\x0a\0\0\1", T1, T2)

#define TX_ASK                                                                                     \
    "tx ntp version=4 mode=3 stratum=0 reference_id=00:00:00:00 transmit_timestamp=1640025792"
#define TX_TELL                                                                                    \
    "tx ntp version=4 mode=4 stratum=2 reference_id=0a:00:00:01 originate_timestamp=1640025792 "   \
    "transmit_timestamp=1640025793"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_question_and_answer(void **state)
{
    (void)state;
    datagrams(123, TURNS(CLIENT(ASK), SERVER(TELL)),
              LINES("app ntp", "proof certain", TX_ASK, TX_TELL, "!note *"));
}

static void hears_one_side(void **state)
{
    (void)state;
    datagrams(123, TURNS(CLIENT(ASK)), LINES("app ntp", "proof strong", TX_ASK));
    datagrams(123, TURNS(SERVER(TELL)), LINES("app ntp", "proof strong", TX_TELL));
    /* a broadcast */
    datagrams(123, TURNS(CLIENT(TIME("\x25", "\1", "GPS\0", ZERO_8, T1))),
              LINES("tx ntp version=4 mode=5 stratum=1 reference_id=47:50:53:00*"));
}

static void reads_all_versions(void **state)
{
    static const struct turn asks[] = {
        CLIENT(TIME("\x0b", "\0", ZERO_4, ZERO_8, T1)),
        CLIENT(TIME("\x13", "\0", ZERO_4, ZERO_8, T1)),
        CLIENT(TIME("\xdb", "\x10", ZERO_4, ZERO_8, T1)),
        CLIENT(TIME("\x21", "\3", ZERO_4, ZERO_8, T1)),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
        datagrams(123, TURNS(asks[i]), LINES("app ntp", "proof strong"));
    /* a client that hides its clock */
    datagrams(123, TURNS(CLIENT(TIME("\x23", "\0", ZERO_4, ZERO_8, ZERO_8))),
              LINES("tx ntp version=4 mode=3 stratum=0 reference_id=00:00:00:00"));
}

static void reads_extensions_and_codes(void **state)
{
    static const struct turn asks[] = {
        CLIENT(ASK ZERO_4),
        CLIENT(ASK MAC_20),
        CLIENT(ASK MAC_20 "0123"),
        CLIENT(ASK MAC_20 "0123456789abcdef"),
        CLIENT(ASK "\1\4\0\x10"
                   "0123456789ab\2\4\0\x14"
                   "0123456789abcdef"),
        CLIENT(ASK "\1\4\0\x1c"
                   "0123456789abcdef01234567" MAC_20),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
        datagrams(123, TURNS(asks[i]), LINES("app ntp", TX_ASK));
}

static void believes_only_pairs_on_other_ports(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(ASK)), LINES("app failed", "!tx *"));
    datagrams(40000, TURNS(SERVER(TELL)), LINES("app failed"));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(TIME("\x24", "\2", ZERO_4, T2, T2))),
              LINES("app failed", "!tx *"));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(TELL)),
              LINES("app ntp", "proof certain", TX_ASK, TX_TELL));
    datagrams(53, TURNS(CLIENT(ASK), SERVER(TELL)), LINES("app ntp", "proof certain"));
    /* nobody sends zero as proof */
    datagrams(40000,
              TURNS(CLIENT(TIME("\x23", "\0", ZERO_4, ZERO_8, ZERO_8)),
                    SERVER(TIME("\x24", "\2", ZERO_4, ZERO_8, ZERO_8))),
              LINES("app failed"));
    datagrams(40000, TURNS(CLIENT("\x17\0\3\x2a" ZERO_4)), LINES("app failed", "!note *"));
}

static void matches_answers_among_several(void **state)
{
    (void)state;
    datagrams(40000,
              TURNS(CLIENT(ASK), CLIENT(TIME("\x23", "\0", ZERO_4, ZERO_8, T2)),
                    CLIENT(TIME("\x23", "\0", ZERO_4, ZERO_8, "12345678")), SERVER(TELL)),
              LINES("app ntp", "proof certain"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x23\0\6\xec"),
        CLIENT(TIME("\x03", "\0", ZERO_4, ZERO_8, T1)),   /* version 0 */
        CLIENT(TIME("\x2b", "\0", ZERO_4, ZERO_8, T1)),   /* version 5 */
        CLIENT(TIME("\x20", "\0", ZERO_4, ZERO_8, T1)),   /* mode 0 */
        CLIENT(TIME("\x23", "\x11", ZERO_4, ZERO_8, T1)), /* stratum 17 */
        CLIENT(ASK "!"),                                  /* a tail of no known length */
        CLIENT(ASK ZERO_8),
        CLIENT(ASK "\1\4\0\x0c"
                   "01234567\1\4\0\x10"
                   "0123456789ab"), /* an extension too short */
        CLIENT(ASK "\1\4\0\x12"
                   "0123456789abcd\1\4\0\x10"
                   "0123456789ab"), /* not in words */
        CLIENT(ASK "\1\4\xff\xfc"
                   "0123456789ab"), /* longer than the message */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        datagrams(123, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

static void keeps_its_name(void **state)
{
    (void)state;
    datagrams(123, TURNS(CLIENT(ASK), CLIENT("what is the time?"), SERVER(TELL)),
              LINES("app ntp", "proof certain", TX_ASK, TX_TELL, "!note *"));
}

static void reads_control_messages(void **state)
{
    (void)state;
    datagrams(
        123,
        TURNS(CLIENT("\x16\2\0\1\0\0\0\0\0\0\0\0"), SERVER("\x16\x82\0\1\6\x18\0\0\0\0\0\5"
                                                           "a=1,\n\0\0\0")),
        LINES("app ntp", "proof strong", "tx ntp version=2 mode=6", "note NTP variables are read"));
    datagrams(123, TURNS(CLIENT("\x16\1\0\1\0\0\0\0\0\0\0\0")),
              LINES("app ntp", "proof strong", "!note *"));
    /* with a code; counted wrongly; with a tail */
    datagrams(123,
              TURNS(CLIENT("\x1e\2\0\1\0\0\0\0\0\0\0\3"
                           "abc\0" MAC_20)),
              LINES("app ntp"));
    datagrams(123,
              TURNS(CLIENT("\x1e\2\0\1\0\0\0\0\0\0\0\4"
                           "abc")),
              LINES("app failed"));
    datagrams(123,
              TURNS(CLIENT("\x1e\2\0\1\0\0\0\0\0\0\0\1"
                           "a   tail?")),
              LINES("app failed"));
}

#define ITEMS_32 ZERO_16 ZERO_16

static void notes_monitor_lists_and_floods(void **state)
{
    (void)state;
    datagrams(123, TURNS(CLIENT("\x17\0\3\x2a" ZERO_4)),
              LINES("app ntp", "proof strong", "tx ntp version=2 mode=7",
                    "note NTP monitor list requested"));
    datagrams(123, TURNS(CLIENT("\x17\0\2\x14" ZERO_4 ITEMS_32 ZERO_8)),
              LINES("app ntp", "note NTP monitor list requested"));
    /* another request, answered at length */
    datagrams(123, TURNS(CLIENT("\x17\0\3\1" ZERO_4), SERVER("\x97\0\3\1\0\2\0\x10" ITEMS_32)),
              LINES("app ntp", "!note *"));
    datagrams(123,
              TURNS(CLIENT("\x17\0\3\1" ZERO_4), SERVER("\xd7\0\3\1\0\2\0\x10" ITEMS_32),
                    SERVER("\x97\1\3\1\0\2\0\x10" ITEMS_32)),
              LINES("app ntp", "note NTP answers are much longer than their requests"));
    /* not ntpd's; fewer bytes than announced, or more */
    datagrams(123, TURNS(CLIENT("\x17\0\4\x2a" ZERO_4)), LINES("app failed", "!note *"));
    datagrams(123, TURNS(SERVER("\x97\0\3\1\0\2\0\x11" ITEMS_32)), LINES("app failed"));
    datagrams(123, TURNS(SERVER("\x97\0\3\1\0\2\0\x0f" ITEMS_32)), LINES("app failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_question_and_answer),
        cmocka_unit_test(hears_one_side),
        cmocka_unit_test(reads_all_versions),
        cmocka_unit_test(reads_extensions_and_codes),
        cmocka_unit_test(believes_only_pairs_on_other_ports),
        cmocka_unit_test(matches_answers_among_several),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(keeps_its_name),
        cmocka_unit_test(reads_control_messages),
        cmocka_unit_test(notes_monitor_lists_and_floods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
