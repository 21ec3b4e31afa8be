/* SPDX-License-Identifier: Apache-2.0
 *
 * ONC RPC over TCP: port mapper, mounting, three versions of NFS, fragments, data, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define W(c)    "\0\0\0" c
#define MARK(n) "\x80\0\0" n
#define XID     "\x11\x22\x33\x44"
#define XID_2   "\x11\x22\x33\x45"
#define HERE    "xid=287454020 auth_type="
#define PORTMAP "\0\1\x86\xa0"
#define NFS     "\0\1\x86\xa3"
#define MOUNT   "\0\1\x86\xa5"
#define NOBODY  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define SOMEBODY                                                                                   \
    W("\1") W("\x18") "\1\2\3\4" W("\4") "host\0\0\0\7\0\0\0\x08" W("\0") "\0\0\0\0\0\0\0\0"
#define CALL_AS(xid, program, version, procedure, who)                                             \
    xid W("\0") W("\2") program W(version) W(procedure) who
/* 40 bytes */
#define CALL(xid, program, version, procedure) CALL_AS(xid, program, version, procedure, NOBODY)
/* 24 bytes */
#define REPLY(xid) xid W("\1") W("\0") W("\0") W("\0") W("\0")

#define HANDLE_3 W("\4") "abcd"

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void asks_the_port_mapper(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT(MARK("\x38") CALL(XID, PORTMAP, "\2", "\3") NFS W("\3") W("\6") W("\0")),
                 SERVER(MARK("\x1c") REPLY(XID) "\0\0\x08\1")),
           LINES("app rpc", "proof certain", "!note *",
                 "tx rpc program=portmap version=2 procedure=GETPORT " HERE
                 "NULL mapping.program=nfs mapping.version=3 mapping.transport=tcp "
                 "reply=ACCEPTED mapping.port=2049"));
    speaks(111,
           TURNS(CLIENT(MARK("\x44") CALL(XID, PORTMAP, "\4", "\3") "\0\1\x8f\0" W("\1")
                            W("\3") "tcp\0" W("\0") W("\0") W("\0")),
                 SERVER(MARK("\x24") REPLY(XID) W("\x08") "10.1.8.1")),
           LINES("tx rpc program=portmap version=4 procedure=GETADDR " HERE
                 "NULL mapping.program_number=102144 mapping.version=1 mapping.transport=tcp "
                 "reply=ACCEPTED mapping.address=10.1.8.1"));
    /* a program that nobody here knows */
    speaks(40000,
           TURNS(CLIENT(MARK("\x28") CALL(XID, "\x20\0\0\1", "\1", "\x09")),
                 SERVER(MARK("\x18") XID W("\1") W("\0") W("\0") W("\0") W("\1"))),
           LINES("app rpc", "proof certain",
                 "tx rpc program_number=536870913 version=1 procedure_number=9 " HERE
                 "NULL reply=PROG_UNAVAIL"));
}

static void mounts(void **state)
{
    (void)state;
    speaks(40000,
           TURNS(CLIENT(MARK("\x48") CALL_AS(XID, MOUNT, "\3", "\1", SOMEBODY) W("\4") "/srv"),
                 SERVER(MARK("\x1c") REPLY(XID) W("\0"))),
           LINES("app nfs", "proof certain", "!note *",
                 "tx nfs program=mount version=3 procedure=MNT " HERE
                 "UNIX creds.machine_name=host creds.uid=7 creds.gid=8 filename=/srv "
                 "reply=ACCEPTED status=OK"));
    speaks(40000,
           TURNS(CLIENT(MARK("\x30") CALL(XID, MOUNT, "\3", "\1") W("\4") "/srv"),
                 SERVER(MARK("\x1c") REPLY(XID) W("\x0d"))),
           LINES("tx nfs program=mount version=3 procedure=MNT " HERE
                 "NULL filename=/srv reply=ACCEPTED status=ERR_ACCESS",
                 "note NFS mount refused"));
    speaks(40000,
           TURNS(CLIENT(MARK("\x28") CALL(XID, NFS, "\3", "\0")),
                 SERVER(MARK("\x14") XID W("\1") W("\1") W("\1") W("\5"))),
           LINES("tx nfs program=nfs version=3 procedure=NULL " HERE "NULL reply=AUTH_ERROR",
                 "note RPC server refuses credentials"));
}

static void reads_names_of_version_3(void **state)
{
    (void)state;
    speaks(2049,
           TURNS(CLIENT(MARK("\x38") CALL(XID, NFS, "\3", "\3") HANDLE_3 W("\1") "a\0\0\0"),
                 CLIENT(MARK("\x48") CALL(XID_2, NFS, "\3", "\x0e")
                            HANDLE_3 W("\1") "a\0\0\0" HANDLE_3 W("\2") "bc\0\0"),
                 SERVER(MARK("\x20") REPLY(XID_2) W("\0") W("\0") MARK("\x20") REPLY(XID) W("\2")
                            W("\0"))),
           LINES("app nfs",
                 "tx nfs program=nfs version=3 procedure=LOOKUP " HERE
                 "NULL filename=a reply=ACCEPTED status=ERR_NOENT",
                 "tx nfs program=nfs version=3 procedure=RENAME xid=287454021 "
                 "auth_type=NULL rename.from=a rename.to=bc reply=ACCEPTED status=OK"));
}

#define WRITE_3                                                                                    \
    MARK("\x4c")                                                                                   \
    CALL(XID, NFS, "\3", "\7")                                                                     \
    HANDLE_3 "\0\0\0\0\0\0\0\0" W("\5") W("\2") W("\5") "hello\0\0\0"
#define READ_3 MARK("\x34") CALL(XID, NFS, "\3", "\6") HANDLE_3 "\0\0\0\0"
#define DONE_3 MARK("\x34") REPLY(XID) W("\0") W("\0") W("\5") W("\1") W("\5") "world\0\0\0"

static void passes_data_on(void **state)
{
    (void)state;
    speaks(2049, TURNS(CLIENT(WRITE_3 WRITE_3), SERVER(MARK("\x1c") REPLY(XID) W("\0"))),
           LINES("tx nfs program=nfs version=3 procedure=WRITE " HERE
                 "NULL reply=ACCEPTED status=OK",
                 "buffer body hello"));
    speaks(2049, TURNS(CLIENT(READ_3), SERVER(DONE_3 MARK("\x1c") REPLY(XID) W("\0"))),
           LINES("tx nfs program=nfs version=3 procedure=READ " HERE
                 "NULL reply=ACCEPTED status=OK",
                 "buffer body world"));
}

/* A compound: session, the root, a file opened by name, its attributes. */
#define COMPOUND(n, size) MARK(size) CALL(XID, NFS, "\4", "\1") W("\0") W("\1") W(n)
#define SEQUENCE          W("\x35") "0123456789abcdef" W("\1") W("\0") W("\0") W("\0")
#define SEQUENCED         W("\x35") W("\0") "0123456789abcdef" W("\1") W("\0") W("\0") W("\0") W("\0")
#define ROOT              W("\x18")
#define OPEN                                                                                       \
    W("\x12")                                                                                      \
    W("\0") W("\1") W("\0") "owner-id" W("\2") "me\0\0" W("\0") W("\0") W("\5") "a.txt\0\0\0"
#define ATTRIBUTES W("\x09") W("\2") W("\x10") W("\x20")

static void reads_compounds(void **state)
{
    (void)state;
    speaks(2049,
           TURNS(CLIENT(COMPOUND("\4", "\xa0") SEQUENCE ROOT OPEN ATTRIBUTES),
                 SERVER(MARK("\x2c") REPLY(XID) W("\2") W("\0") W("\1") W("\x35") W("\2"))),
           LINES("app nfs", "proof certain", "!note *",
                 "tx nfs program=nfs version=4 procedure=COMPOUND " HERE
                 "NULL minor_version=1 operations[]=SEQUENCE operations[]=PUTROOTFH "
                 "operations[]=OPEN filename=a.txt operations[]=GETATTR reply=ACCEPTED "
                 "status=ERR_NOENT"));
    speaks(2049,
           TURNS(CLIENT(COMPOUND("\3", "\x84") SEQUENCE W("\x16") W("\2") "fh\0\0" W(
                     "\x19") "0123456789abcdef" W("\0") W("\0") W("\x40")),
                 SERVER(MARK("\x70") REPLY(XID) W("\0") W("\0") W("\3") SEQUENCED W("\x16") W("\0")
                            W("\x19") W("\0") W("\1") W("\5") "world\0\0\0")),
           LINES("tx nfs program=nfs version=4 procedure=COMPOUND " HERE
                 "NULL minor_version=1 operations[]=SEQUENCE operations[]=PUTFH "
                 "operations[]=READ reply=ACCEPTED status=OK",
                 "buffer body world"));
    speaks(2049,
           TURNS(CLIENT(COMPOUND("\2", "\x6c") W("\x16") W("\2") "fh\0\0" W(
                     "\x26") "0123456789abcdef" W("\0") W("\0") W("\2") W("\5") "hello\0\0\0"),
                 SERVER(MARK("\x18") REPLY(XID))),
           LINES("tx nfs program=nfs version=4 procedure=COMPOUND " HERE
                 "NULL minor_version=1 operations[]=PUTFH operations[]=WRITE reply=ACCEPTED",
                 "buffer body hello"));
}

static void joins_fragments(void **state)
{
    (void)state;
    speaks(2049,
           TURNS(CLIENT(MARK("\x28") CALL(XID_2, NFS, "\3", "\0")),
                 CLIENT("\0\0\0\x38" CALL(XID, NFS, "\3", "\3")
                            HANDLE_3 W("\1") "a\0\0\0" W("\4") "more"),
                 CLIENT(MARK("\4") "more" MARK("\x28") CALL(XID_2, NFS, "\3", "\0")),
                 SERVER(MARK("\x1c") REPLY(XID) W("\0"))),
           LINES("tx nfs program=nfs version=3 procedure=LOOKUP " HERE
                 "NULL filename=a reply=ACCEPTED status=OK",
                 "tx nfs program=nfs version=3 procedure=NULL xid=287454021 "
                 "auth_type=NULL",
                 "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(40000, TURNS(CLIENT(MARK("\x28") CALL(XID, NFS, "\3", "\0"))),
           LINES("app nfs", "proof strong"));
    speaks(40000, TURNS(CLIENT(MARK("\x28") CALL(XID, "\x20\0\0\1", "\1", "\x09"))),
           LINES("app rpc", "proof fair"));
    /* a number, a one, and zeros: that alone says little */
    speaks(2049, TURNS(SERVER(MARK("\x1c") REPLY(XID) W("\0"))), LINES("app failed"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 2049,
        .midstream = true,
        .turns =
            TURNS(CLIENT(MARK("\x28") CALL(XID, NFS, "\3", "\0")), SERVER(MARK("\x18") REPLY(XID))),
        .expect = LINES("app nfs", "proof certain"),
    };
    const struct conversation lost = {
        .server_port = 2049,
        .turns = TURNS(CLIENT(WRITE_3), CLIENT_LOST(100), CLIENT("rest"), CLIENT(WRITE_3),
                       SERVER(MARK("\x1c") REPLY(XID) W("\0"))),
        .expect = LINES("app nfs",
                        "tx nfs program=nfs version=3 procedure=WRITE " HERE
                        "NULL reply=ACCEPTED status=OK",
                        "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&lost, CUT_TURNS);
}

/* Lengths inside that go beyond the message: told as far as it goes. */
static void survives_malformed_arguments(void **state)
{
    (void)state;
    speaks(2049,
           TURNS(CLIENT(MARK("\x34") CALL(XID, NFS, "\3", "\3") HANDLE_3 "\xff\xff\xff\xff"),
                 SERVER(MARK("\x1c") REPLY(XID) W("\2"))),
           LINES("app nfs", "!note *",
                 "tx nfs program=nfs version=3 procedure=LOOKUP " HERE
                 "NULL reply=ACCEPTED status=ERR_NOENT"));
    speaks(2049,
           TURNS(CLIENT(MARK("\x44") CALL(XID, NFS, "\3", "\7") HANDLE_3 "12345678" W("\5")
                            W("\2") "\x7f\xff\xff\xff" MARK("\x28") CALL(XID_2, NFS, "\3", "\0"))),
           LINES("app nfs"));
    speaks(
        2049,
        TURNS(CLIENT(MARK("\x34") CALL(XID, NFS, "\4", "\1") W("\0") W("\1") "\xff\xff\xff\xff")),
        LINES("app nfs", "!note *"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(MARK("\x28") XID W("\2") W("\2") NFS W("\3") W("\0") NOBODY),
        CLIENT(MARK("\x28") XID W("\0") W("\3") NFS W("\3") W("\0") NOBODY),
        CLIENT(MARK("\x28") CALL(XID, "\0\0\1\1", "\3", "\0")),
        CLIENT(MARK("\x28") CALL_AS(XID, NFS, "\3", "\0", W("\x09") W("\0") W("\0") W("\0"))),
        CLIENT(MARK("\x28") CALL_AS(XID, NFS, "\3", "\0", W("\0") "\0\0\1\x91" W("\0") W("\0"))),
        CLIENT(MARK("\x20") CALL(XID, NFS, "\3", "\0")),
        CLIENT("\x81\1\0\0" CALL(XID, NFS, "\3", "\0")),
        SERVER(MARK("\x18") XID W("\1") W("\2") W("\0") W("\0") W("\0")),
        SERVER(MARK("\x18") XID W("\1") W("\0") W("\0") W("\0") W("\6")),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(2049, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_the_port_mapper),
        cmocka_unit_test(mounts),
        cmocka_unit_test(reads_names_of_version_3),
        cmocka_unit_test(passes_data_on),
        cmocka_unit_test(reads_compounds),
        cmocka_unit_test(joins_fragments),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(survives_malformed_arguments),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
