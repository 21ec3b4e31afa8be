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

/* A number that is taken back keeps its answer. */
static void tells_cancels_apart(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT(NEGOTIATE), SERVER(NEGOTIATED),
                 CLIENT("\0\0\0\x44" ASK("\x0f", "\4") "\x20\0\0\0"
                                                       "\0\0\0\x44" ASK("\x0c", "\4") "\4\0\0\0"),
                 SERVER("\0\0\0\x48" HEAD2("\x20\1\0\xc0", "\x0f", "\1", NONE, "\4", "\0") ZERO_8)),
           LINES("tx smb id=4 command=NOTIFY session_id=0x0000000000000007 tree_id=5 "
                 "status_code=0xc0000120",
                 "tx smb id=4 command=CANCEL session_id=0x0000000000000007 tree_id=5", "!note *"));
}

/* Data that begin behind a gap: 200 bytes from the header's beginning. */
#define ZERO_64   ZERO_16 ZERO_16 ZERO_16 ZERO_16
#define WRITE_FAR "\0\0\0\xcd" ASK("\x09", "\3") "\x31\0\xc8\0\5\0\0\0" ZERO_64 ZERO_64 "hello"
/* no data at all; data that would end behind the message: what is there is told */
#define WRITE_NONE "\0\0\0\x70" ASK("\x09", "\3") "\x31\0\x70\0\0\0\0\0" ZERO_8 ZERO_16 ZERO_16
#define WRITE_BAD                                                                                  \
    "\0\0\0\x75" ASK("\x09", "\3") "\x31\0\x70\0\6\0\0\0" ZERO_8 ZERO_16 ZERO_16 "nodat"

static void finds_data(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(NEGOTIATE WRITE_FAR WRITE_NONE WRITE_BAD WRITE)),
           LINES("app smb", "tx smb id=3 command=WRITE session_id=0x0000000000000007 tree_id=5",
                 "buffer body hello", "buffer body nodat", "!note *"));
}

#define X64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define X1K  X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64
#define X8K  X1K X1K X1K X1K X1K X1K X1K X1K
#define X72K X8K X8K X8K X8K X8K X8K X8K X8K X8K
#define X71K X8K X8K X8K X8K X8K X8K X8K X8K X1K X1K X1K X1K X1K X1K X1K

/* Longer than what is ever held: a write, a call, version 1; then a short one. */
static void reads_long_messages(void **state)
{
    static const struct turn turns[] = {
        CLIENT(NEGOTIATE
               "\0\1\x20\x70" ASK("\x09", "\3") "\x31\0\x70\0\0\x20\1\0" ZERO_8 ZERO_16 ZERO_16 X72K
                                                "\0\1\x1c\x40" ASK("\x0b", "\4") X71K
               "\0\1\x1c\x20" HEAD1("\x32", "\0") X71K TREE),
        {0}};
    const struct conversation c = {
        .server_port = 445,
        .turns = turns,
        .expect = LINES("app smb", "tx smb id=3 command=WRITE*", "tx smb id=4 command=IOCTL*",
                        "tx smb id=9 command=SMB1_COMMAND_TRANS2*",
                        "tx smb id=1 command=TREE_CONNECT*", "buffer body 0123*", "!note *")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
}

/* KEEPALIVE behind KEEPALIVE; a write among others. */
#define PART(next) HEAD2(NONE, "\x0d", "\0", next, "\1", "\5") "\4\0\0\0\0\0\0\0"
#define PARTS_8                                                                                    \
    PART("\x48\0\0\0")                                                                             \
    PART("\x48\0\0\0")                                                                             \
    PART("\x48\0\0\0")                                                                             \
    PART("\x48\0\0\0") PART("\x48\0\0\0") PART("\x48\0\0\0") PART("\x48\0\0\0") PART("\x48\0\0\0")
#define PARTS_64 PARTS_8 PARTS_8 PARTS_8 PARTS_8 PARTS_8 PARTS_8 PARTS_8 PARTS_8

static void takes_long_compounds_apart(void **state)
{
    (void)state;
    /* 64 * 72 + 117 */
    speaks(40000,
           TURNS(CLIENT(NEGOTIATE "\0\0\x12\x75" PARTS_64 ASK(
               "\x09", "\3") "\x31\0\x70\0\5\0\0\0" ZERO_8 ZERO_16 ZERO_16 "hello")),
           LINES("app smb", "tx smb id=1 command=KEEPALIVE*", "tx smb id=3 command=WRITE*",
                 "buffer body hello", "!note *"));
}

#define OFFER_1(dialect) "\0\0\0\x3a" HEAD1("\x72", "\0") "\0\x17\0\2LANMAN1.0\0\2" dialect "\0"
#define CHOOSE_1(place)  "\0\0\0\x25" HEAD1("\x72", "\x80") "\1" place "\0\0"

static void reads_offers_of_version_1(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(OFFER_1("NT LM 0.12")), SERVER(CHOOSE_1("\0\0"))),
           LINES("tx smb id=9 command=SMB1_COMMAND_NEGOTIATE_PROTOCOL tree_id=6 "
                 "client_dialects[]=LANMAN1.0 client_dialects[]=NT LM 0.12 dialect=LANMAN1.0 "
                 "status=STATUS_SUCCESS status_code=0x00000000",
                 "note SMB version 1 is spoken"));
    speaks(40000, TURNS(CLIENT(OFFER_1("NT LM 0.12")), SERVER(CHOOSE_1("\xff\xff"))),
           LINES("tx smb id=9 command=SMB1_COMMAND_NEGOTIATE_PROTOCOL tree_id=6 "
                 "client_dialects[]=LANMAN1.0 client_dialects[]=NT LM 0.12 status=STATUS_SUCCESS "
                 "status_code=0x00000000"));
    speaks(40000, TURNS(CLIENT(OFFER_1("MY LM 0.12")), SERVER(CHOOSE_1("\1\0"))),
           LINES("note SMB version 1 is spoken"));
    /* One side alone; a newer version is offered, too. */
    speaks(40000, TURNS(CLIENT(OFFER_1("NT LM 0.12"))), LINES("note SMB version 1 is spoken"));
    speaks(40000,
           TURNS(CLIENT("\0\0\0\x39" HEAD1("\x72", "\0") "\0\x16\0\2LANMAN1.0\0\2SMB 2.002\0")),
           LINES("app smb", "!note *"));
    speaks(40000,
           TURNS(CLIENT("\0\0\0\x39" HEAD1("\x72", "\0") "\0\x16\0\2LANMAN1.0\0\2SMB 2.002\0"),
                 SERVER(NEGOTIATED)),
           LINES("tx smb id=9 command=SMB1_COMMAND_NEGOTIATE_PROTOCOL tree_id=6 "
                 "client_dialects[]=LANMAN1.0 client_dialects[]=SMB 2.002 dialect=3.11 "
                 "status=STATUS_SUCCESS status_code=0x00000000",
                 "!note *"));
    speaks(40000, TURNS(SERVER(CHOOSE_1("\0\0"))),
           LINES("tx smb dialect=unknown status=STATUS_SUCCESS status_code=0x00000000",
                 "note SMB version 1 is spoken"));
}

/* Passwords of 1 and 2 bytes, who, where from; what is chained to it stands at `next`. */
#define WORDS_13(then, next)                                                                       \
    "\x0d" then "\0" next "\0" ZERO_8 "\0\0"                                                       \
    "\1\0\2\0" ZERO_8
#define SETUP_1                                                                                    \
    "\0\0\0\x57" HEAD1("\x73", "\0") WORDS_13("\x75", "\x47") "\x0a\0"                             \
                                                              "pww"                                \
                                                              "joe\0"                              \
                                                              "d\0\0"                              \
                                                              "\4\xff\0\0\0\0\0\1\0"               \
                                                              "\5\0"                               \
                                                              "p"                                  \
                                                              "\\s\\a"

static void reads_logins_of_version_1(void **state)
{
    (void)state;
    speaks(
        40000,
        TURNS(CLIENT(SETUP_1),
              SERVER("\0\0\0\x23\xffSMB\x73\x6d\0\0\xc0\x80\0\0" ZERO_8 NONE "\6\0\0\0\0\0\x09\0"
                     "\0\0\0")),
        LINES(
            "tx smb id=9 command=SMB1_COMMAND_SESSION_SETUP_ANDX tree_id=6 ntlmssp.user=joe "
            "ntlmssp.domain=d share=\\\\s\\\\a status=STATUS_LOGON_FAILURE status_code=0xc000006d",
            "note SMB login refused: joe"));
    /* nobody; chains that go back or nowhere */
    speaks(40000,
           TURNS(CLIENT("\0\0\0\x3f" HEAD1("\x73", "\0") WORDS_13("\x73", "\x20") "\2\0"
                                                                                  "pww")),
           LINES("app smb"));
    speaks(40000,
           TURNS(CLIENT("\0\0\0\x42" HEAD1("\x73", "\0") WORDS_13("\x73", "\xff") "\5\0"
                                                                                  "pww\0\0")),
           LINES("tx smb id=9 command=SMB1_COMMAND_SESSION_SETUP_ANDX tree_id=6",
                 "note SMB login without a name"));
}

static void reads_paths_of_version_1(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT("\0\0\0\x28" HEAD1("\6", "\0") "\1\0\0"
                                                       "\3\0"
                                                       "\4a\0")),
           LINES("tx smb id=9 command=SMB1_COMMAND_DELETE tree_id=6 filename=a"));
}

#define DENIED "\0\0\0\x48" HEAD2("\x22\0\0\xc0", "\3", "\1", NONE, "\1", "\0") "\x09\0\0\0\0\0\0\0"

static void tells_refused_shares(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(NEGOTIATE), SERVER(NEGOTIATED), CLIENT(TREE), SERVER(DENIED)),
           LINES("note SMB share refused"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {.server_port = 40000,
                                   .midstream = true,
                                   .turns = TURNS(SERVER("the end of a frame"), CLIENT(TREE),
                                                  SERVER("\0\0 more of it"), SERVER(TREED)),
                                   .expect = LINES("app smb", "proof certain",
                                                   "tx smb id=1 command=TREE_CONNECT*", "!note *")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

/* Names stay behind holes in data, in what waits, and in what is behind the data. */
static void keeps_its_name(void **state)
{
    const struct conversation all[] = {
        {.server_port = 445,
         .turns = TURNS(CLIENT(NEGOTIATE "\0\1\x20\x70" ASK(
                            "\x09", "\3") "\x31\0\x70\0\0\x20\1\0" ZERO_8 ZERO_16 ZERO_16),
                        CLIENT(X8K X8K X8K X8K), CLIENT_LOST(8192), CLIENT_LOST(8192), CLIENT(X8K),
                        CLIENT_LOST(8192), CLIENT_LOST(8192), CLIENT(TREE)),
         .expect = LINES("app smb", "tx smb id=1 command=TREE_CONNECT*", "!note *")},
        {.server_port = 445,
         .turns = TURNS(
             SERVER(NEGOTIATED "\0\0\0\x55" TELL("\x08", "\4") "\x11\0\x50\0\3\0\0\0" ZERO_8 "ab"),
             SERVER_LOST(2), SERVER("."), SERVER(TREED)),
         .expect = LINES("app smb", "tx smb share_type=FILE*", "!note *")},
        {.server_port = 445,
         .turns = TURNS(CLIENT(NEGOTIATE), CLIENT_LOST(1000)),
         .expect = LINES("app smb", "!note *")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        conversation_check_once(&all[i], CUT_TURNS);
}

static void survives_bad_messages(void **state)
{
    static const struct turn bad[] = {
        /* next in the header, behind the end; a share behind the end; a login of nothing */
        CLIENT("\0\0\0\x48" HEAD2(NONE, "\x0d", "\0", "\x10\0\0\0", "\1", "\5") ZERO_8),
        CLIENT("\0\0\0\x48" HEAD2(NONE, "\x0d", "\0", "\x49\0\0\0", "\1", "\5") ZERO_8),
        CLIENT("\0\0\0\x48" ASK("\3", "\1") "\x09\0\0\0\xff\xff\xff\xff"),
        CLIENT("\0\0\0\x40" ASK("\1", "\1")),
        CLIENT("\0\0\0\x20" HEAD1("\x73", "\0")),
        CLIENT("\0\0\0\x21" HEAD1("\x75", "\0") "\xff"),
        SERVER("\0\0\0\x20" HEAD1("\x72", "\x80")),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(445, TURNS(CLIENT(NEGOTIATE), SERVER(NEGOTIATED), bad[i]),
               LINES("app smb", TX_NEGOTIATED));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\0\0\x42\xfeSMX\x40\0" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x42\xfeSMB\x41\0" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x42\xfeSMB\x40\0\0\0" NONE "\x13\0" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x10\xffSMB" ZERO_16),
        CLIENT("\x81\0\0\x45" ZERO_16),
        CLIENT("\0\0\0\x42\xfeXYZ" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\x42\xfb"
               "SMB" ZERO_16 ZERO_16 ZERO_16 ZERO_16),
        CLIENT("\0\0\0\0\0\0\0\0"),
        CLIENT(ZERO_16 ZERO_16 ZERO_16 ZERO_16),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(445, TURNS(bad[i]), LINES("!app smb", "!tx smb*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_3),
        cmocka_unit_test(passes_data_on),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(takes_compounds_apart),
        cmocka_unit_test(counts_sealed_messages),
        cmocka_unit_test(reads_version_1),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(reads_datagrams),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(tells_cancels_apart),
        cmocka_unit_test(finds_data),
        cmocka_unit_test(reads_long_messages),
        cmocka_unit_test(takes_long_compounds_apart),
        cmocka_unit_test(reads_offers_of_version_1),
        cmocka_unit_test(reads_logins_of_version_1),
        cmocka_unit_test(reads_paths_of_version_1),
        cmocka_unit_test(tells_refused_shares),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(keeps_its_name),
        cmocka_unit_test(survives_bad_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
