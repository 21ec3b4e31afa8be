/* SPDX-License-Identifier: Apache-2.0
 *
 * SNMP: all versions and PDUs, pairing, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define SYS_DESCR "\6\x08\x2b\6\1\2\1\1\1\0"           /* 1.3.6.1.2.1.1.1.0 */
#define VAR_NULL  "\x30\x0e\x30\x0c" SYS_DESCR "\5\0"  /* 16 bytes */
#define VAR_TEXT  "\x30\x0f\x30\x0d" SYS_DESCR "\4\1x" /* 17 bytes */
#define OBJECT    "vars[]=1.3.6.1.2.1.1.1.0"

/* id 7, no error */
#define IDS "\2\1\7\2\1\0\2\1\0"

#define GET_1  "\x30\x26\2\1\0\4\6public\xa0\x19" IDS VAR_NULL
#define GET_2C "\x30\x26\2\1\1\4\6public\xa1\x19" IDS VAR_NULL
#define TELL_1 "\x30\x27\2\1\0\4\6public\xa2\x1a" IDS VAR_TEXT
#define FAIL_1 "\x30\x26\2\1\0\4\6public\xa2\x19\2\1\7\2\1\2\2\1\1" VAR_NULL

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_questions_and_answers(void **state)
{
    (void)state;
    datagrams(161, TURNS(CLIENT(GET_1), SERVER(TELL_1), SERVER(FAIL_1)),
              LINES("app snmp", "proof certain",
                    "tx snmp version=1 community=public pdu_type=get_request " OBJECT,
                    "tx snmp version=1 community=public pdu_type=response " OBJECT,
                    "tx snmp version=1 community=public pdu_type=response error=2 " OBJECT));
    datagrams(40000, TURNS(CLIENT(GET_2C)),
              LINES("app snmp", "proof fair",
                    "tx snmp version=2 community=public pdu_type=get_next_request " OBJECT));
    datagrams(40000, TURNS(CLIENT(GET_1), SERVER(TELL_1)), LINES("app snmp", "proof certain"));
    datagrams(161, TURNS(SERVER(TELL_1)), LINES("app snmp", "proof strong"));
}

static void reads_traps(void **state)
{
    (void)state;
    datagrams(
        162,
        TURNS(CLIENT("\x30\x31\2\1\0\4\6public\xa4\x24\6\3\x2b\6\1\x40\4\x0a\1\2\3\2\1\2"
                     "\2\1\0\x43\1\x09" VAR_NULL)),
        LINES("app snmp", "proof strong",
              "tx snmp version=1 community=public pdu_type=trap_v1 trap_type=link_down " OBJECT));
    datagrams(162, TURNS(CLIENT("\x30\x26\2\1\1\4\6public\xa7\x19" IDS VAR_NULL)),
              LINES("tx snmp version=2 community=public pdu_type=trap_v2 " OBJECT));
}

#define SECURITY      "\4\x14\x30\x12\4\1E\2\1\0\2\1\0\4\3joe\4\0\4\0"          /* 22 bytes */
#define HEAD_3(flags) "\2\1\3\x30\x0f\2\2\1\2\2\3\0\xff\xe3\4\1" flags "\2\1\3" /* 20 bytes */

static void reads_version_3(void **state)
{
    (void)state;
    datagrams(
        161,
        TURNS(CLIENT("\x30\x4c" HEAD_3("\4") SECURITY "\x30\x20\4\1E\4\0\xa0\x19" IDS VAR_NULL)),
        LINES("app snmp", "proof strong",
              "tx snmp version=3 usm=joe pdu_type=get_request " OBJECT));
    datagrams(161, TURNS(CLIENT("\x30\x31" HEAD_3("\7") SECURITY "\4\5crypt")),
              LINES("app snmp", "tx snmp version=3 usm=joe encrypted=true"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x30\x26\2\1\2\4\6public\xa0\x19" IDS VAR_NULL),  /* version */
        CLIENT("\x30\x26\2\1\0\4\6publi\1\xa0\x19" IDS VAR_NULL), /* not a word */
        CLIENT("\x30\x26\2\1\0\4\6public\xa9\x19" IDS VAR_NULL),  /* no such PDU */
        CLIENT("\x30\x25\2\1\0\4\6public\xa0\x19" IDS VAR_NULL),  /* lengths */
        CLIENT("\x30\x27\2\1\0\4\6public\xa0\x19" IDS VAR_NULL),
        CLIENT("\x30\x26\2\1\0\4\6public\xa0\x19" IDS VAR_NULL "x"),
        CLIENT("\x30\x26\2\1\0\4\6public\xa0\x18" IDS VAR_NULL),
        CLIENT("\x30\x26\2\1\0\4\6public\xa0\x19" IDS
               "\x30\x0e\x30\x0c\7\x08\x2b\6\1\2\1\1\1\0\5\0"),
        CLIENT("\x30\x84\xff\xff\xff\xff\2\1\0"),
        CLIENT("\x30\x80\2\1\0"),
        CLIENT("\x30\3\2\1\3"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(161, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

/* One variable whose name has 126 numbers, 127 each: more text than is shown. */
#define SEVENS "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"

static void bears_hostile_names(void **state)
{
    static const char long_name[] =
        "\x30\x81\x9e\2\1\0\4\6public\xa0\x81\x90" IDS
        "\x30\x81\x84\x30\x81\x81\6\x7d\x2b" SEVENS SEVENS SEVENS SEVENS SEVENS SEVENS
        "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"
        "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"
        "\5\0";

    (void)state;
    datagrams(161, TURNS(CLIENT_BYTES(long_name, sizeof long_name - 1)),
              LINES("app snmp", "tx snmp version=1 community=public pdu_type=get_request "
                                "vars[]=1.3.127.127.*"));
    /* A number of 35 bits and more is none. */
    datagrams(
        161,
        TURNS(CLIENT("\x30\x26\2\1\0\4\6public\xa0\x19" IDS
                     "\x30\x0e\x30\x0c\6\x08\x2b\xff\xff\xff\xff\xff\xff\x7f\5\0")),
        LINES("app snmp", "tx snmp version=1 community=public pdu_type=get_request vars[]=1.3"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .transport = OVER_UDP,
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER(TELL_1), CLIENT(GET_1), SERVER(TELL_1)),
        .expect = LINES("app snmp", "proof certain"),
    };

    (void)state;
    conversation_check(&c);
    /* An answer to something else is no proof. */
    datagrams(40000,
              TURNS(CLIENT("\x30\x26\2\1\0\4\6public\xa0\x19\2\1\x08\2\1\0\2\1\0" VAR_NULL),
                    SERVER(TELL_1)),
              LINES("app snmp", "proof fair"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_questions_and_answers),
        cmocka_unit_test(reads_traps),
        cmocka_unit_test(reads_version_3),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(bears_hostile_names),
        cmocka_unit_test(joins_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
