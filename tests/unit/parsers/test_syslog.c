/* SPDX-License-Identifier: Apache-2.0
 *
 * Syslog: all shapes of messages in datagrams, lines, counted frames and RELP, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define NEW "<165>1 2024-01-02T03:04:05.6Z host app 12 ID [x a=\"\\]\" b=\"1\"] text"
#define TX_NEW                                                                                     \
    "tx syslog facility=local4 severity=notice hostname=host app_name=app procid=12 "              \
    "msgid=ID message=text"
#define NIL "<13>1 - - - - - - text"
#define OLD "<34>Oct  1 22:14:15 host su[7]: failed"
#define TX_OLD                                                                                     \
    "tx syslog facility=auth severity=crit hostname=host app_name=su procid=7 "                    \
    "message=failed"
#define ISO    "<0>2024-01-02T03:04:05+01:00 host kernel: up"
#define DEVICE "<187>%LINK-3-UPDOWN: down"

static void speaks(uint8_t transport, uint16_t port, const struct turn *turns,
                   const char *const *expect)
{
    const struct conversation c = {
        .transport = transport, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_all_shapes(void **state)
{
    (void)state;
    speaks(OVER_UDP, 514, TURNS(CLIENT(NEW), CLIENT(NIL), CLIENT(OLD), CLIENT(ISO), CLIENT(DEVICE)),
           LINES("app syslog", "proof strong", TX_NEW,
                 "tx syslog facility=user severity=notice message=text", TX_OLD,
                 "tx syslog facility=kern severity=emerg hostname=host app_name=kernel message=up",
                 "tx syslog facility=local7 severity=err app_name=%LINK-3-UPDOWN message=down",
                 "buffer body failed"));
}

static void reads_streams(void **state)
{
    (void)state;
    speaks(OVER_TCP, 40000, TURNS(CLIENT(OLD "\n" OLD "\r\n")),
           LINES("app syslog", "proof strong", TX_OLD));
    speaks(OVER_TCP, 40000, TURNS(CLIENT("66 " NEW "38 " OLD)),
           LINES("app syslog", "proof strong", TX_NEW, TX_OLD));
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT("1 open 15 relp_version=0\n\n"), SERVER("1 rsp 6 200 OK\n"),
                 CLIENT("2 syslog 38 " OLD "\n3 close 0\n"), SERVER("2 rsp 6 200 OK\n")),
           LINES("app syslog", "proof certain", TX_OLD));
}

static void text_ends_before_its_line(void **state)
{
    (void)state;
    speaks(OVER_UDP, 514, TURNS(CLIENT(OLD "\n"), CLIENT(NEW "\r\n"), CLIENT(DEVICE "\0")),
           LINES("app syslog", TX_OLD, TX_NEW));
    speaks(OVER_TCP, 2514, TURNS(CLIENT("1 open 15 relp_version=0\n\n2 syslog 39 " OLD "\n\n")),
           LINES("app syslog", TX_OLD));
}

static void believes_two_abroad(void **state)
{
    (void)state;
    speaks(OVER_UDP, 40000, TURNS(CLIENT(OLD), CLIENT(OLD)), LINES("app syslog", "proof strong"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(OLD)), LINES("app syslog", "proof fair"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(DEVICE)), LINES("app failed"));
    speaks(OVER_UDP, 40000, TURNS(CLIENT(DEVICE), CLIENT(DEVICE)),
           LINES("app syslog", "proof strong"));
    speaks(OVER_TCP, 514, TURNS(CLIENT(OLD "\n")), LINES("app syslog", "proof fair"));
}

static void goes_on_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 514,
        .turns =
            TURNS(CLIENT(OLD "\n" OLD "\n"), CLIENT_LOST(30), CLIENT("rest\n"), CLIENT(NEW "\n")),
        .expect = LINES("app syslog", TX_NEW, "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void reads_times_of_all_kinds(void **state)
{
    (void)state;
    speaks(OVER_UDP, 514,
           TURNS(CLIENT("<34>Oct 1 22:14:15 host su: a"),
                 CLIENT("<34>Oct 11 2024 22:14:15 host su: b"),
                 CLIENT("<34>Oct 11 2024 22:14:15: %ASA-6-1: c"),
                 CLIENT("<34>Oct  1 22:14:15.123: %SYS-5: d"),
                 CLIENT("<34>Oct  1 22:14:15 su[7]: e"), CLIENT("<34>Oct  1 22:14:15 f"),
                 CLIENT("<34>1 - - - - - - \xef\xbb\xbfg")),
           LINES("proof strong",
                 "tx syslog facility=auth severity=crit hostname=host app_name=su message=a",
                 "tx syslog facility=auth severity=crit hostname=host app_name=su message=b",
                 "tx syslog facility=auth severity=crit app_name=%ASA-6-1 message=c",
                 "tx syslog facility=auth severity=crit app_name=%SYS-5 message=d",
                 "tx syslog facility=auth severity=crit app_name=su procid=7 message=e",
                 "tx syslog facility=auth severity=crit message=f",
                 "tx syslog facility=auth severity=crit message=g"));
    /* No tag within reach: none is made up. */
    speaks(OVER_UDP, 514,
           TURNS(CLIENT("<34>Oct  1 22:14:15 host "
                        "0123456789012345678901234567890123456789012345678901234567890123456789")),
           LINES("tx syslog facility=auth severity=crit hostname=host message=0123*"));
}

/* What belongs to the message before it. */
static void passes_lines_between(void **state)
{
    (void)state;
    speaks(OVER_TCP, 514,
           TURNS(CLIENT(
               OLD "\n\tat a.b(C.java:1)\n\n12 <of> these\n<html>\n<999>x: \n1 open 5\n" NEW "\n")),
           LINES("app syslog", "proof strong", TX_OLD, TX_NEW, "!note *"));
    speaks(OVER_TCP, 514, TURNS(CLIENT("<html>\n" OLD "\n")), LINES("!app syslog"));
}

#define RELP_OPEN "1 open 15 relp_version=0\n\n"

static void hears_servers_of_relp(void **state)
{
    (void)state;
    speaks(OVER_TCP, 40000,
           TURNS(SERVER("1 rsp 93 200 "
                        "OK\nrelp_version=0\nrelp_software=librelp,1.11.0,http://"
                        "librelp.adiscon.com\ncommands=syslog\n"),
                 SERVER("2 rsp 6 200 OK\n")),
           LINES("app syslog", "proof strong", "!note *"));
    speaks(OVER_TCP, 40000, TURNS(SERVER("7 rsp 6 200 OK\n")), LINES("app syslog", "proof fair"));
    speaks(OVER_TCP, 40000, TURNS(CLIENT(RELP_OPEN)), LINES("app syslog", "proof strong"));
    speaks(OVER_TCP, 40000, TURNS(CLIENT("1 open 5 hello\n")), LINES("app failed"));
    speaks(OVER_TCP, 40000, TURNS(SERVER("220 OK\r\n")), LINES("!app syslog"));
    /* Whatever a server says is not an answer of RELP. */
    speaks(OVER_TCP, 20514, TURNS(CLIENT(RELP_OPEN), SERVER("hello, who is there?\n")),
           LINES("app syslog", "proof strong"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation relp = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER("OK\n"), CLIENT("7 syslog 38 " OLD "\n"), SERVER("of it"),
                       SERVER("7 rsp 6 200 OK\n")),
        .expect = LINES("app syslog", "proof certain", TX_OLD, "!note *")};
    const struct conversation lines = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(CLIENT("end of it\n"), CLIENT(OLD "\n" OLD "\n")),
        .expect = LINES("app syslog", "proof strong", TX_OLD, "!note *")};
    const struct conversation counted = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(CLIENT("end of it"), CLIENT("66 " NEW)),
        .expect = LINES("app syslog", "proof strong", TX_NEW, "!note *")};

    (void)state;
    conversation_check_once(&relp, CUT_TURNS);
    conversation_check_once(&lines, CUT_TURNS);
    conversation_check_once(&counted, CUT_TURNS);
}

static void finds_frames_behind_holes(void **state)
{
    const struct conversation lines = {
        .server_port = 514,
        .turns = TURNS(CLIENT(OLD "\n"), CLIENT_LOST(30), CLIENT("rest\n" NEW "\n" NEW "\n")),
        .expect = LINES("app syslog", TX_NEW, "!note *")};
    const struct conversation counted = {
        .server_port = 514,
        .turns = TURNS(CLIENT("66 " NEW), CLIENT_LOST(30), CLIENT("rest"), CLIENT("38 " OLD)),
        .expect = LINES("app syslog", TX_OLD, "!note *")};
    const struct conversation relp = {
        .server_port = 514,
        .turns = TURNS(CLIENT(RELP_OPEN), SERVER("1 rsp 6 200 OK\n"), CLIENT_LOST(30),
                       CLIENT("<34>Oct\n"), CLIENT("9 syslog 38 " OLD "\n"), SERVER_LOST(3),
                       SERVER("OK\n"), SERVER("9 rsp 6 200 OK\n")),
        .expect = LINES("app syslog", "proof certain", TX_OLD, "!note *")};

    (void)state;
    conversation_check_once(&lines, CUT_TURNS);
    conversation_check_once(&counted, CUT_TURNS);
    conversation_check_once(&relp, CUT_TURNS);
}

#define X64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define X1K  X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64
#define X8K  X1K X1K X1K X1K X1K X1K X1K X1K
#define X96K X8K X8K X8K X8K X8K X8K X8K X8K X8K X8K X8K X8K

/* Longer than what is ever held: the beginning tells, the rest is passed on. */
static void reads_long_messages(void **state)
{
    static const char *const wanted[] = {"app syslog",
                                         "tx syslog facility=auth severity=crit hostname=host "
                                         "app_name=su procid=7 message=failed0123*",
                                         TX_NEW,
                                         "buffer body failed0123*",
                                         "!note *",
                                         NULL};
    const struct conversation all[] = {
        {.server_port = 514,
         .turns = TURNS(CLIENT(NEW "\n" OLD X96K "\n" NEW "\n")),
         .expect = wanted},
        {.server_port = 514,
         .turns = TURNS(CLIENT("66 " NEW "98342 " OLD X96K "66 " NEW)),
         .expect = wanted},
        {.server_port = 514,
         .turns = TURNS(CLIENT(RELP_OPEN "2 syslog 98342 " OLD X96K "\n3 syslog 66 " NEW "\n")),
         .expect = wanted},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *whole = conversation_play(&all[i], CUT_WHOLE, 0),
             *bytes = conversation_play(&all[i], CUT_BYTES, 0);

        assert_string_equal(whole, bytes);
        conversation_check_once(&all[i], CUT_TURNS);
        free(whole);
        free(bytes);
    }
}

static void doubts_lengths(void **state)
{
    static const struct turn bad[] = {
        CLIENT("4 " NEW),
        CLIENT("30 " NEW),
        CLIENT("99999999999 " NEW),
        CLIENT(" " NEW),
        CLIENT("66  " NEW),
        CLIENT("66\n" NEW),
        CLIENT("1 open 99999999999 relp_version=0\n\n"),
        CLIENT("1 open 13 relp_version=0\n\n"),
        CLIENT("1 open x relp_version=0\n"),
        CLIENT("1 syslog 38" OLD "\n"),
        CLIENT("1 syslog 5 hello\n"),
        SERVER("1 rsp 5 200 OK\n"),
        SERVER("1 rsp 66666666666 200 OK\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(OVER_TCP, 20514, TURNS(bad[i]), LINES("!app syslog", "!tx *"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("<192>Oct  1 22:14:15 host su: x"),
        CLIENT("<034>Oct  1 22:14:15 host su: x"),
        CLIENT("<>Oct  1 22:14:15 host su: x"),
        CLIENT("<html><body>: x"),
        CLIENT("<34>no colon here at all, nor a time"),
        CLIENT("<34>1 yesterday host app 1 2 - x"),
        CLIENT("<34>Oct  1 22:14:15 host \1\2\3"),
        CLIENT("<34>1 yesterday [x"),
        CLIENT("<34>1 - - - - - [x a=\"\\"),
        CLIENT("<34>1 - [ [ [ [ [x"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(OVER_UDP, 514, TURNS(bad[i]), LINES("app failed", "!tx *"));
    speaks(OVER_TCP, 514, TURNS(CLIENT(OLD "\n"), SERVER("hello\n")), LINES("!proof certain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_shapes),
        cmocka_unit_test(reads_streams),
        cmocka_unit_test(text_ends_before_its_line),
        cmocka_unit_test(believes_two_abroad),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(reads_times_of_all_kinds),
        cmocka_unit_test(passes_lines_between),
        cmocka_unit_test(hears_servers_of_relp),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(finds_frames_behind_holes),
        cmocka_unit_test(reads_long_messages),
        cmocka_unit_test(doubts_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
