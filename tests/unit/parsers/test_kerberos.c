/* SPDX-License-Identifier: Apache-2.0
 *
 * Kerberos: requests and their answers over UDP and TCP, errors, weak encryption, passwords.
 */
#include "kerberos_bytes.h"
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define UNKNOWN "app failed"
#define KRBTGT  " realm=A.EXAMPLE sname=krbtgt/A.EXAMPLE"
#define ETYPES                                                                                     \
    " etypes[]=aes256-cts-hmac-sha1-96 etypes[]=aes128-cts-hmac-sha1-96 etypes[]=rc4-hmac"
#define TX_AS_REQ "tx kerberos msg_type=KRB_AS_REQ cname=amy" KRBTGT ETYPES
#define TX_AS                                                                                      \
    TX_AS_REQ " msg_type=KRB_AS_REP cname=amy" KRBTGT " encryption=rc4-hmac weak_encryption=true"  \
              " ticket_encryption=aes256-cts-hmac-sha1-96 ticket_weak_encryption=false"
#define WEB " sname=HTTP/web.a.example"
#define TX_TGS_REQ                                                                                 \
    "tx kerberos msg_type=KRB_TGS_REQ realm=A.EXAMPLE" WEB " etypes[]=aes256-cts-hmac-sha1-96"
#define TX_TGS                                                                                     \
    TX_TGS_REQ " msg_type=KRB_TGS_REP cname=amy realm=A.EXAMPLE" WEB                               \
               " encryption=aes256-cts-hmac-sha1-96 weak_encryption=false"                         \
               " ticket_encryption=rc4-hmac ticket_weak_encryption=true"
#define ERROR(code) " msg_type=KRB_ERROR" KRBTGT " error_code=" code " failed_request=KRB_AS_REQ"

static void speaks(uint8_t transport, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = transport, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void pairs_over_udp(void **state)
{
    (void)state;
    speaks(OVER_UDP,
           TURNS(CLIENT(AS_REQ), SERVER(PREAUTH), CLIENT(AS_REQ), SERVER(AS_REP), CLIENT(TGS_REQ),
                 SERVER(TGS_REP)),
           LINES("app kerberos", "proof certain", "!note *",
                 TX_AS_REQ ERROR("KDC_ERR_PREAUTH_REQUIRED"), TX_AS, TX_TGS));
}

static void pairs_over_tcp(void **state)
{
    (void)state;
    speaks(OVER_TCP,
           TURNS(CLIENT(AS_REQ_TCP), SERVER(AS_REP_TCP), CLIENT(TGS_REQ_TCP AS_REQ_TCP),
                 SERVER(TGS_REP_TCP), SERVER(STRANGER_TCP)),
           LINES("app kerberos", "proof certain", TX_AS, TX_TGS,
                 TX_AS_REQ ERROR("KDC_ERR_C_PRINCIPAL_UNKNOWN"),
                 "note Kerberos client unknown: amy"));
}

static void notes_failures(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(AS_REQ), SERVER(FAILED)),
           LINES("note Kerberos pre-authentication failed: amy",
                 TX_AS_REQ ERROR("KDC_ERR_PREAUTH_FAILED")));
    speaks(OVER_UDP, TURNS(CLIENT(AS_REQ_RC4)), LINES("note Kerberos request for RC4 only: amy"));
}

static void reads_changes_of_passwords(void **state)
{
    (void)state;
    speaks(OVER_UDP, TURNS(CLIENT(CHANGE_REQ), SERVER(CHANGE_REP)),
           LINES("app kerberos", "proof certain"));
    speaks(OVER_TCP, TURNS(CLIENT(CHANGE_REQ_TCP), SERVER(CHANGE_REP_TCP)),
           LINES("app kerberos", "proof certain"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(OVER_TCP, TURNS(CLIENT(AS_REQ_TCP)), LINES("app kerberos", "proof strong", TX_AS_REQ));
    speaks(OVER_TCP, TURNS(SERVER(AS_REP_TCP)), LINES("app kerberos", "proof strong"));
    speaks(OVER_UDP, TURNS(CLIENT(AS_REQ)), LINES("app kerberos", "proof strong", TX_AS_REQ));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {.server_port = 88,
                                   .midstream = true,
                                   .turns = TURNS(CLIENT("tail"), SERVER(AS_REP_TCP),
                                                  CLIENT(TGS_REQ_TCP), SERVER(TGS_REP_TCP)),
                                   .expect = LINES("app kerberos", "proof certain", TX_TGS)};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void finds_its_way_after_a_loss(void **state)
{
    const struct conversation c = {.server_port = 88,
                                   .turns = TURNS(CLIENT(AS_REQ_TCP), SERVER(AS_REP_TCP),
                                                  CLIENT_LOST(100), CLIENT("tail"),
                                                  CLIENT(TGS_REQ_TCP), SERVER(TGS_REP_TCP)),
                                   .expect = LINES("app kerberos", TX_TGS)};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void leaves_others_alone(void **state)
{
    static const struct turn bad[] = {
        CLIENT(VERSION_4),
        CLIENT(WRONG_TYPE),
        SERVER(UNORDERED),
        SERVER(EMPTY),
        CLIENT(TRAILING),
        CLIENT(AS_REP),

        CLIENT("just text"),
        CLIENT("\x6a\x84\xff\xff\xff\xff\x30"),
        CLIENT("\0\x10\0\1\0\x20"
               "aaaaaaaaaa"),
    };
    static const struct turn bad_tcp[] = {
        CLIENT(VERSION_4_TCP),     CLIENT(TRAILING_TCP),
        CLIENT("\0\0\0\5" AS_REQ), CLIENT("\xff\xff\xff\xff" AS_REQ),
        CLIENT("login: me\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(OVER_UDP, TURNS(bad[i]), LINES("!app kerberos"));
    for (size_t i = 0; i < sizeof(bad_tcp) / sizeof(bad_tcp[0]); i++)
        speaks(OVER_TCP, TURNS(bad_tcp[i]), LINES("!app kerberos"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_over_udp),
        cmocka_unit_test(pairs_over_tcp),
        cmocka_unit_test(notes_failures),
        cmocka_unit_test(reads_changes_of_passwords),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
