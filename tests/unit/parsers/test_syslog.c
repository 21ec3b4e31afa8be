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

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("<192>Oct  1 22:14:15 host su: x"),      CLIENT("<034>Oct  1 22:14:15 host su: x"),
        CLIENT("<>Oct  1 22:14:15 host su: x"),         CLIENT("<html><body>: x"),
        CLIENT("<34>no colon here at all, nor a time"), CLIENT("<34>1 yesterday host app 1 2 - x"),
        CLIENT("<34>Oct  1 22:14:15 host \1\2\3"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(OVER_UDP, 514, TURNS(bad[i]), LINES("app failed", "!tx *"));
    speaks(OVER_TCP, 514, TURNS(CLIENT(OLD "\n"), SERVER("hello\n")), LINES("!proof certain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_shapes),          cmocka_unit_test(reads_streams),
        cmocka_unit_test(text_ends_before_its_line), cmocka_unit_test(believes_two_abroad),
        cmocka_unit_test(goes_on_behind_a_hole),     cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
