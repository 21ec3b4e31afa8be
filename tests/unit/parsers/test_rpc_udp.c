/* SPDX-License-Identifier: Apache-2.0
 *
 * ONC RPC over UDP: a message a datagram.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define W(c)                              "\0\0\0" c
#define XID                               "\x11\x22\x33\x44"
#define NFS                               "\0\1\x86\xa3"
#define NOBODY                            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define CALL(program, version, procedure) XID W("\0") W("\2") program W(version) W(procedure) NOBODY
#define REPLY                             XID W("\1") W("\0") W("\0") W("\0") W("\0")
#define HANDLE                            "0123456789abcdef0123456789abcdef"
#define TX                                "tx nfs program=nfs version=2 procedure="
#define XID_TX                            " xid=287454020 auth_type=NULL "

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_2(void **state)
{
    (void)state;
    datagrams(
        40000,
        TURNS(CLIENT(CALL(NFS, "\2", "\4") HANDLE W("\1") "a\0\0\0"), SERVER(REPLY W("\x0d"))),
        LINES("app nfs", "proof certain", "!note *",
              TX "LOOKUP" XID_TX "filename=a reply=ACCEPTED status=ERR_ACCESS"));
    datagrams(40000,
              TURNS(CLIENT(CALL(NFS, "\2", "\x08") HANDLE "123456789012" W("\5") "hello\0\0\0"),
                    SERVER(REPLY W("\x63"))),
              LINES(TX "WRITE" XID_TX "reply=ACCEPTED status_number=99", "buffer body hello"));
    datagrams(
        40000,
        TURNS(CLIENT(CALL(NFS, "\2", "\x0b") HANDLE W("\1") "a\0\0\0" HANDLE W("\1") "b\0\0\0"),
              CLIENT(CALL(NFS, "\2", "\x0c") HANDLE HANDLE W("\1") "c\0\0\0")),
        LINES(TX "RENAME" XID_TX "rename.from=a rename.to=b", TX "LINK" XID_TX "filename=c"));
}

static void believes_one_side(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(CALL(NFS, "\2", "\0"))), LINES("app nfs", "proof strong"));
    datagrams(111, TURNS(SERVER(REPLY W("\0"))), LINES("app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(XID W("\2") W("\2") NFS W("\2") W("\0") NOBODY),
        CLIENT(XID W("\0") W("\3") NFS W("\2") W("\0") NOBODY),
        CLIENT(XID W("\0") W("\2") NFS W("\2") W("\0")),
        CLIENT(CALL("\0\0\0\1", "\2", "\0")),
        SERVER(XID W("\1") W("\0") W("\0") "\0\0\2\0" W("\0")),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(2049, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_2),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
