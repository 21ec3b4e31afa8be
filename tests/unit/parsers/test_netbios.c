/* SPDX-License-Identifier: Apache-2.0
 *
 * NetBIOS: names asked for, registered and told, datagrams, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define BLANKS "CACACACACACACACACACACACA" /* twelve */
#define BOX    " EGEFFF" BLANKS "CA\0"    /* "FEU" and blanks up to <20> */
#define STAR   " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0"
#define QUERY  "\1\2\1\x10\0\1\0\0\0\0\0\0" BOX "\0\x20\0\1"
#define TELL   "\1\2\x85\0\0\0\0\1\0\0\0\0" BOX "\0\x20\0\1\0\0\0\x3c\0\6\0\0\x0a\1\1\x09"
#define ADD                                                                                        \
    "\1\3\x29\x10\0\1\0\0\0\0\0\1" BOX "\0\x20\0\1\xc0\x0c\0\x20\0\1\0\0\0\x3c\0\6\0\0\x0a\1\1\2"
#define STATUS "\1\4\0\0\0\1\0\0\0\0\0\0" STAR "\0\x21\0\1"
#define STATUS_TOLD                                                                                \
    "\1\4\x84\0\0\0\0\1\0\0\0\0" STAR "\0\x21\0\1\0\0\0\0\0\x25\2"                                 \
    "FOU            \0\4\0"                                                                        \
    "WORKGROUP      \x1e\x84\0"
#define DATAGRAM "\x11\2\0\1\x0a\1\1\2\0\x8a\0\x47\0\0" BOX BOX "abc"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_names(void **state)
{
    (void)state;
    datagrams(137, TURNS(CLIENT(QUERY), SERVER(TELL)),
              LINES("app netbios", "proof certain", "!note *",
                    "tx netbios operation=query name=FEU<20> type=NB rcode=0 "
                    "addresses[]=10.1.1.9"));
    datagrams(137, TURNS(CLIENT(ADD)),
              LINES("app netbios", "proof strong",
                    "tx netbios operation=registration name=FEU<20> type=NB "
                    "addresses[]=10.1.1.2"));
    datagrams(40000, TURNS(CLIENT(STATUS), SERVER(STATUS_TOLD)),
              LINES("app netbios", "proof certain",
                    "tx netbios operation=query name=*<00> type=NBSTAT rcode=0 names[]=FOU<00> "
                    "names[]=WORKGROUP<1e>"));
    datagrams(137, TURNS(SERVER(TELL)), LINES("app netbios", "proof strong"));
}

static void reads_datagrams(void **state)
{
    (void)state;
    datagrams(138, TURNS(CLIENT(DATAGRAM)),
              LINES("app netbios", "proof strong",
                    "tx netbios operation=datagram source=FEU<20> name=FEU<20>"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(QUERY "x"),
        CLIENT("\1\2\1\x10\0\1\0\0\0\0\0\0" BOX "\0\x20\0\2"),
        CLIENT("\1\2\1\x10\0\1\0\0\0\0\0\0" BOX "\0\1\0\1"),
        CLIENT("\1\2\1\x10\0\2\0\0\0\0\0\0" BOX "\0\x20\0\1"),
        CLIENT("\1\2\1\x10\0\0\0\0\0\0\0\0"),
        CLIENT("\1\2\x11\x10\0\1\0\0\0\0\0\0" BOX "\0\x20\0\1"),
        CLIENT("\1\2\1\x10\0\1\0\0\0\0\0\0 ZGEFFF" BLANKS "CA\0\0\x20\0\1"),
        CLIENT("\1\2\1\x10\0\1\0\0\0\0\0\0\3www\0\0\x20\0\1"),
        SERVER("\1\2\x85\0\0\0\0\1\0\0\0\0" BOX "\0\x20\0\1\0\0\0\x3c\0\x09\0\0\x0a\1\1\x09"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(137, TURNS(bad[i]), LINES("app failed", "!tx *"));
    datagrams(138, TURNS(CLIENT("\x11\2\0\1\x0a\1\1\2\0\x8a\0\x48\0\0" BOX BOX "abc")),
              LINES("app failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names),
        cmocka_unit_test(reads_datagrams),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
