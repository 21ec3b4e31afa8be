/* SPDX-License-Identifier: Apache-2.0
 *
 * SMB: versions 1 to 3, data that are passed on, sealed messages, NetBIOS around it, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ZERO_8  "\0\0\0\0\0\0\0\0"
#define ZERO_16 ZERO_8 ZERO_8

/* status, command, flags, next, message, tree, session 7 */
#define HEAD2(status, command, flags, next, id, tree)                                              \
    "\xfeSMB\x40\0\0\0" status command "\0\1\0" flags "\0\0\0" next id                             \
    "\0\0\0\0\0\0\0\0\0\0\0" tree "\0\0\0\7\0\0\0\0\0\0\0" ZERO_16
#define NONE              "\0\0\0\0"
#define ASK(command, id)  HEAD2(NONE, command, "\0", NONE, id, "\5")
#define TELL(command, id) HEAD2(NONE, command, "\1", NONE, id, "\5")

/* dialects 2.10 and 3.11 */
#define NEGOTIATE  "\0\0\0\x68" ASK("\0", "\0") "\x24\0\2\0" ZERO_16 ZERO_16 "\x10\2\x11\3"
#define NEGOTIATED "\0\0\0\x46" TELL("\0", "\0") "\x41\0\0\0\x11\3"
#define TX_NEGOTIATED                                                                              \
    "tx smb id=0 command=NEGOTIATE_PROTOCOL session_id=0x0000000000000007 tree_id=5 "              \
    "client_dialects[]=2.10 client_dialects[]=3.11 dialect=3.11 status=STATUS_SUCCESS "            \
    "status_code=0x00000000"

#define U(c) c "\0"
/* offset 72, 8 bytes: \\s\a */
#define TREE                                                                                       \
    "\0\0\0\x52" ASK("\3", "\1") "\x09\0\0\0\x48\0\x0a\0" U("\\") U("\\") U("s") U("\\") U("a")
#define TREED "\0\0\0\x50" TELL("\3", "\1") "\x10\0\1\0" ZERO_8 NONE
/* offset 120, 2 bytes: f */
#define CREATE                                                                                     \
    "\0\0\0\x7a" ASK("\5", "\2") "\x39\0\0\0" ZERO_16 ZERO_16 "\1\0\0\0" NONE                      \
                                 "\x78\0\2\0" ZERO_8 U("f")
#define CREATED "\0\0\0\x42" TELL("\5", "\2") "\x59\0"
/* data at 112, 5 bytes */
#define WRITE   "\0\0\0\x75" ASK("\x09", "\3") "\x31\0\x70\0\5\0\0\0" ZERO_8 ZERO_16 ZERO_16 "hello"
#define WRITTEN "\0\0\0\x42" TELL("\x09", "\3") "\x11\0"
/* data at 80, 3 bytes, and 2 more that nobody needs */
#define READ_ANSWER "\0\0\0\x55" TELL("\x08", "\4") "\x11\0\x50\0\3\0\0\0" ZERO_8 "abc.."

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_3(void **state)
{
    (void)state;
    speaks(
        40000,
        TURNS(CLIENT(NEGOTIATE), SERVER(NEGOTIATED), CLIENT(TREE), SERVER(TREED), CLIENT(CREATE),
              SERVER(CREATED)),
        LINES("app smb", "proof certain", TX_NEGOTIATED,
              "tx smb id=1 command=TREE_CONNECT session_id=0x0000000000000007 tree_id=5 "
              "share=\\\\\\\\s\\\\a share_type=FILE status=STATUS_SUCCESS status_code=0x00000000",
              "tx smb id=2 command=CREATE session_id=0x0000000000000007 tree_id=5 "
              "disposition=FILE_OPEN filename=f status=STATUS_SUCCESS status_code=0x00000000",
              "!note *"));
}

static void passes_data_on(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT(NEGOTIATE WRITE WRITE), SERVER(NEGOTIATED WRITTEN READ_ANSWER READ_ANSWER)),
           LINES("app smb", "buffer body hello", "buffer body abc",
                 "tx smb id=3 command=WRITE session_id=0x0000000000000007 tree_id=5 "
                 "status=STATUS_SUCCESS status_code=0x00000000"));
}

#define NTLM                                                                                       \
    "NTLMSSP\0\3\0\0\0" ZERO_16 "\2\0\2\0\x40\0\0\0\6\0\6\0\x42\0\0\0\4\0\4\0\x48\0\0\0" ZERO_8    \
    "\1\0\0\0" U("d") U("j") U("o") U("e") U("p") U("c") /* 64 + 12 */
#define SETUP "\0\0\0\xa4" ASK("\1", "\1") "\x19\0" ZERO_8 "\0\0\x58\0\x4c\0" ZERO_8 NTLM
#define REFUSED                                                                                    \
    "\0\0\0\x48" HEAD2("\x6d\0\0\xc0", "\1", "\1", NONE, "\1", "\0") "\x09\0\0\0\0\0\0\0"

static void reads_logins(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(NEGOTIATE), SERVER(NEGOTIATED), CLIENT(SETUP), SERVER(REFUSED)),
           LINES("tx smb id=1 command=SESSION_SETUP session_id=0x0000000000000007 tree_id=5 "
                 "ntlmssp.domain=d ntlmssp.user=joe ntlmssp.host=pc status=STATUS_LOGON_FAILURE "
                 "status_code=0xc000006d",
                 "note SMB login refused: joe"));
}

static void takes_compounds_apart(void **state)
{
    (void)state;
    /* TREE is 82 bytes long: the next one begins at 88 */
    speaks(40000,
           TURNS(CLIENT(NEGOTIATE "\0\0\0\xd2" HEAD2(NONE, "\3", "\0", "\x58\0\0\0", "\1",
                                                     "\5") "\x09\0\0\0\x48\0\x0a\0" U("\\") U("\\")
                            U("s") U("\\") U("a") "\0\0\0\0\0\0" ASK(
                                "\5", "\2") "\x39\0\0\0" ZERO_16 ZERO_16 "\1\0\0\0" NONE
                                            "\x78\0\2\0" ZERO_8 U("f"))),
           LINES("app smb",
                 "tx smb id=1 command=TREE_CONNECT session_id=0x0000000000000007 tree_id=5 "
                 "share=\\\\\\\\s\\\\a",
                 "tx smb id=2 command=CREATE session_id=0x0000000000000007 tree_id=5 "
                 "disposition=FILE_OPEN filename=f"));
}

#define SEALED "\0\0\0\x38\xfdSMB" ZERO_16 ZERO_16 ZERO_16 "\1\2\3\4"

static void counts_sealed_messages(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(NEGOTIATE SEALED SEALED), SERVER(NEGOTIATED SEALED)),
           LINES("app smb", "proof certain", TX_NEGOTIATED, "!note *"));
}

/* command, answer, message */
#define HEAD1(command, answer) "\xffSMB" command NONE answer "\0\0" ZERO_8 NONE "\6\0\0\0\0\0\x09\0"
#define NEGOTIATE_1            "\0\0\0\x2f" HEAD1("\x72", "\0") "\0\x0c\0\2NT LM 0.12\0"
#define NEGOTIATED_1           "\0\0\0\x25" HEAD1("\x72", "\x80") "\1\0\0\0\0"
#define SESSION                "\x81\0\0\x44 CKFDENECFDEFFCFGEFFCCACACACACACA\0 EGFCEFEECACACACACACACACACACACACA\0"

static void reads_version_1(void **state)
{
    (void)state;
    speaks(139,
           TURNS(CLIENT(SESSION), SERVER("\x82\0\0\0"), CLIENT(NEGOTIATE_1), SERVER(NEGOTIATED_1)),
           LINES("app smb", "proof certain",
                 "tx smb id=9 command=SMB1_COMMAND_NEGOTIATE_PROTOCOL tree_id=6 "
                 "client_dialects[]=NT LM 0.12 dialect=NT LM 0.12 status=STATUS_SUCCESS "
                 "status_code=0x00000000",
                 "note SMB version 1 is spoken"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(NEGOTIATE)), LINES("app smb", "proof strong"));
    speaks(40000, TURNS(SERVER(NEGOTIATED)), LINES("app smb", "proof strong"));
}

static void goes_on_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 445,
        .turns = TURNS(CLIENT(NEGOTIATE), SERVER(NEGOTIATED), CLIENT_LOST(100), CLIENT("whatever"),
                       CLIENT(TREE), SERVER(TREED)),
        .expect = LINES("app smb", "tx smb id=1 command=TREE_CONNECT*", "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void reads_datagrams(void **state)
{
    const struct conversation c = {
        .transport = OVER_UDP,
        .server_port = 138,
        .turns = TURNS(
            CLIENT("\x11\2\0\1\x0a\1\1\1\0\x8a\0\x6b\0\0"
                   " CKFDENECFDEFFCFGEFFCCACACACACACA\0 EGFCEFEECACACACACACACACACACACACA\0" HEAD1(
                       "\x25", "\0") "\0\0\0")),
        .expect = LINES("app smb", "tx smb id=9 command=SMB1_COMMAND_TRANS tree_id=6"),
    };

    (void)state;
    conversation_check(&c);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\0\0\x42\xfeSMX\x40\0" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x42\xfeSMB\x41\0" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x42\xfeSMB\x40\0\0\0" NONE "\x13\0" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x10\xffSMB" ZERO_16),
        CLIENT("\x81\0\0\x45" ZERO_16),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(445, TURNS(bad[i]), LINES("!app smb", "!tx smb*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_3),        cmocka_unit_test(passes_data_on),
        cmocka_unit_test(reads_logins),           cmocka_unit_test(takes_compounds_apart),
        cmocka_unit_test(counts_sealed_messages), cmocka_unit_test(reads_version_1),
        cmocka_unit_test(believes_one_side),      cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(reads_datagrams),        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
