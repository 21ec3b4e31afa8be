/* SPDX-License-Identifier: Apache-2.0
 *
 * iSCSI: logins, refusals, discovery, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ISID "\x80\1\2\3\4\5\0\0"
#define TASK "\0\0\0\7"
#define REST "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
/* opcode, flags, length: 48 bytes with the status at 36 */
#define HEAD(opcode, flags, length, status)                                                        \
    opcode flags "\0\0\0\0" length ISID TASK REST status "\0\0\0\0\0\0\0\0\0\0"

#define KEYS_ASK                                                                                   \
    "InitiatorName=iqn.a\0TargetName=iqn.b\0SessionType=Normal\0AuthMethod=None\0" /* 72 */
#define ASK  HEAD("\x43", "\x87", "\0\x48", "\0\0") KEYS_ASK
#define TELL HEAD("\x23", "\x87", "\0\x12", "\0\0") "HeaderDigest=None\0\0\0"
#define TX_ASK                                                                                     \
    "tx iscsi operation=login initiator=iqn.a target=iqn.b session_type=Normal auth_method=None"

#define KEYS_FIND "InitiatorName=iqn.a\0SessionType=Discovery\0" /* 42 */
#define FIND      HEAD("\x43", "\x87", "\0\x2a", "\0\0") KEYS_FIND "\0\0"
#define FOUND     HEAD("\x23", "\x87", "\0\0", "\0\0")
#define LIST      HEAD("\x04", "\x80", "\0\x10", "\0\0") "SendTargets=All\0"

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_logins(void **state)
{
    (void)state;
    speaks(
        40000, TURNS(CLIENT(ASK), SERVER(TELL), CLIENT("anything"), SERVER("at all")),
        LINES("app iscsi", "proof certain", TX_ASK " header_digest=None status=0x0000", "!note *"));
    /* in two steps, with a name */
    speaks(3260,
           TURNS(CLIENT(HEAD("\x43", "\x81", "\0\x14", "\0\0") "InitiatorName=iqn.a\0"),
                 SERVER(HEAD("\x23", "\x81", "\0\0", "\0\0")),
                 CLIENT(HEAD("\x43", "\x87", "\0\x0d", "\0\0") "CHAP_N=alice\0\0\0\0"),
                 SERVER(HEAD("\x23", "\x87", "\0\0", "\2\1"))),
           LINES("app iscsi", "proof certain", "note iSCSI login refused: iqn.a",
                 "tx iscsi operation=login initiator=iqn.a user=alice status=0x0201"));
    speaks(3260, TURNS(CLIENT(ASK), SERVER(HEAD("\x23", "\0", "\0\0", "\1\1"))),
           LINES(TX_ASK " status=0x0101", "!note *"));
}

static void reads_discovery(void **state)
{
    (void)state;
    speaks(3260,
           TURNS(CLIENT(FIND), SERVER(FOUND), CLIENT(LIST),
                 SERVER(HEAD("\x24", "\x80", "\0\x22",
                             "\0\0") "TargetName=iqn.b\0TargetName=iqn.c\0\0\0"),
                 CLIENT(HEAD("\x46", "\x80", "\0\0", "\0\0"))),
           LINES("app iscsi", "proof certain", "!note *",
                 "tx iscsi operation=login initiator=iqn.a session_type=Discovery status=0x0000",
                 "tx iscsi operation=text targets[]=iqn.b targets[]=iqn.c"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(ASK)), LINES("app iscsi", "proof strong", TX_ASK));
    speaks(40000, TURNS(SERVER(TELL)), LINES("app iscsi", "proof strong"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(HEAD("\x43", "\xb7", "\0\x0d", "\0\0") "CHAP_N=alice\0\0\0\0"),
        CLIENT("\x43\x87\1\0\0\0\0\0" ISID TASK REST "\0\0\0\0\0\0\0\0\0\0\0\0"),
        CLIENT(HEAD("\x43", "\x87", "\0\x0d", "\0\0") "CHAP_N:alice\0\0\0\0"),
        CLIENT(HEAD("\x43", "\x87", "\0\x0d", "\0\0") "CHAP_N=alic\1\0\0\0\0"),
        CLIENT(HEAD("\x43", "\x87", "\0\x0d", "\0\0") "CHAP_N=alice!\0\0\0"),
        CLIENT(HEAD("\x43", "\x87", "\xff\xff", "\0\0") "CHAP_N=alice\0\0\0\0"),
        CLIENT(HEAD("\x41", "\x87", "\0\0", "\0\0")),
        SERVER(HEAD("\x25", "\x87", "\0\0", "\0\0")),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(3260, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(reads_discovery),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
