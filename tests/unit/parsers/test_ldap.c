/* SPDX-License-Identifier: Apache-2.0
 *
 * LDAP: requests and answers paired by id, filters, binds, Java entries, StartTLS, CLDAP.
 */
#include "ldap_bytes.h"
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define UNKNOWN    "app failed"
#define HTTP       CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
#define TX(id, op) "tx ldap request.message_id=" #id " request.operation=" op "_request"
#define TX_BIND    TX(1, "bind") " request.bind_request.version=3 request.bind_request.name=cn=amy"
#define TX_SEARCH                                                                                  \
    TX(2, "search")                                                                                \
    " request.search_request.base_object=dc=a request.search_request.scope=2"                      \
    " request.search_request.filter=(&(objectClass=person)(|(cn=a*m*y)(!(mail=*))(n>=1)(n<=9)"     \
    "(sn~=x))(ou:dn:2.5.13.5:=v)) request.search_request.attributes[]=cn"                          \
    " request.search_request.attributes[]=mail"
#define ANSWER(op)       " responses[].operation=" op
#define RESULT(op, code) ANSWER(op) " responses[].result_code=" code

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_a_session(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(BIND), SERVER(BOUND), CLIENT(SEARCH), SERVER(ENTRY REFERENCE FOUND),
              CLIENT(UNBIND)),
        LINES(
            "app ldap", "proof certain", TX_BIND RESULT("bind_response", "success"),
            TX_SEARCH ANSWER("search_result_entry") " responses[].dn=cn=amy,dc=a" ANSWER(
                "search_result_reference") " responses[].referral=ldap://b/" RESULT("search_result_"
                                                                                    "done",
                                                                                    "success") " en"
                                                                                               "tri"
                                                                                               "es="
                                                                                               "1",
            TX(10, "unbind"), "note LDAP referral: ldap://b/"));
}

static void reads_changes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(MODIFY), SERVER(MODIFIED), CLIENT(ADD DELETE RENAME), SERVER(ADDED DELETED),
                 SERVER(RENAMED), CLIENT(COMPARE ABANDON EXTENDED), SERVER(COMPARED EXTENDED_DONE)),
           LINES(TX(3, "modify") " request.modify_request.object=cn=amy"
                                 " request.modify_request.attributes[]=mail" RESULT(
                                     "modify_response",
                                     "insufficient_access_rights") " responses[].message=no rights",
                 TX(4, "add") " request.add_request.entry=cn=bob"
                              " request.add_request.attributes[]=sn" RESULT("add_response",
                                                                            "entry_already_exists"),
                 TX(5, "del") " request.del_request.dn=cn=bob" RESULT("del_response", "success"),
                 TX(6, "mod_dn") " request.mod_dn_request.entry=cn=bob"
                                 " request.mod_dn_request.new_rdn=cn=carl" RESULT("mod_dn_response",
                                                                                  "success"),
                 TX(7, "compare") " request.compare_request.entry=cn=bob"
                                  " request.compare_request.attribute=sn" RESULT("compare_response",
                                                                                 "compare_true"),
                 TX(8, "abandon") " request.abandon_request.message_id=2",
                 TX(9, "extended") " request.extended_request.name=1.3.6.1.4.1.4203.1.11.3" RESULT(
                     "extended_response", "success"),
                 "note LDAP server refuses access"));
}

static void notes_what_is_refused(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(BIND), SERVER(REFUSED), CLIENT(PRESENT), SERVER(REFERRED)),
           LINES("note LDAP server refuses the bind: cn=amy",
                 TX_BIND RESULT("bind_response", "invalid_credentials") " responses[].message=no",
                 "note LDAP referral: ldap://c/"));
}

static void notes_java(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PRESENT), SERVER(JAVA FOUND)),
           LINES("note LDAP entry makes Java load a class: http://10.0.0.9/"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(START_TLS), SERVER(TLS_OK), HTTP), LINES("protocols ldap,http", "!note *"));
    speaks(TURNS(CLIENT(START_TLS SEARCH), SERVER(TLS_OK), HTTP),
           LINES("protocols ldap,http", "note LDAP requests in plain text behind StartTLS"));
    speaks(TURNS(CLIENT(START_TLS), SERVER(TLS_NO), CLIENT(SEARCH), SERVER(FOUND)),
           LINES("app ldap", TX_SEARCH RESULT("search_result_done", "success"), "!note *"));
}

static void passes_wrapped_messages(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SASL_PLAIN), SERVER(IN_PROGRESS), CLIENT(SASL_PLAIN), SERVER(BOUND),
                 CLIENT("\0\0\0\5abcde\0\0\0\1x"), SERVER("\0\0\0\2ab"), CLIENT(UNBIND)),
           LINES("app ldap",
                 TX(1, "bind") " request.bind_request.version=3"
                               " request.bind_request.name= request.bind_request.sasl.mechanism="
                               "GSSAPI" RESULT("bind_response", "sasl_bind_in_progress"),
                 TX(10, "unbind")));
}

static void passes_long_messages(void **state)
{
    enum { LONG = 200000 };
    static char text[LONG + 5];
    static const char head[] = "\x30\x83\x03\x0d\x40\x02\x01\x02\x64\x83\x03\x0d\x38\x04\x01x";

    (void)state;
    memcpy(text, head, sizeof(head) - 1);
    speaks_once(TURNS(CLIENT(SEARCH), SERVER_BYTES(text, LONG + 5), SERVER(FOUND)),
                LINES("proof certain", TX_SEARCH ANSWER("search_result_entry")
                                           RESULT("search_result_done", "success") " entries=1"));
}

static void pairs_by_ids(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT(SEARCH COMPARE), SERVER(ENTRY COMPARED ENTRY FOUND)),
        LINES(
            "proof certain",
            TX_SEARCH ANSWER("search_result_entry") " responses[].dn=cn=amy,dc=a" ANSWER(
                "search_result_entry") " responses[].dn=cn=amy,dc=a" RESULT("search_result_done",
                                                                            "success") " entries=2",
            TX(7, "compare") " request.compare_request.entry=cn=bob"
                             " request.compare_request.attribute=sn" RESULT("compare_response",
                                                                            "compare_true")));
}

static void counts_entries(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PRESENT), SERVER(ENTRY ENTRY ENTRY ENTRY ENTRY),
                 SERVER(ENTRY ENTRY ENTRY ENTRY ENTRY FOUND)),
           LINES("app ldap", "!note *"));
}

static void speaks_over_udp(void **state)
{
    const struct conversation c = {
        .transport = OVER_UDP,
        .server_port = 40000,
        .turns = TURNS(CLIENT(SEARCH), SERVER(ENTRY FOUND), CLIENT(ABANDON)),
        .expect =
            LINES("app ldap", "proof certain",
                  TX_SEARCH ANSWER("search_result_entry") " responses[].dn=cn=amy,dc=a" RESULT(
                      "search_result_done", "success") " entries=1")};

    (void)state;
    conversation_check(&c);
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(BIND SEARCH)), LINES("app ldap", "proof strong", TX_BIND, TX_SEARCH));
    speaks(TURNS(SERVER(ENTRY FOUND)), LINES("app ldap", "proof strong"));
    speaks(TURNS(SERVER(NOTICE)), LINES("app ldap", "proof strong"));
}

static void joins_in_the_middle(void **state)
{
    const struct turn *const ways[] = {TURNS(CLIENT("tail"), SERVER(ENTRY FOUND)),
                                       TURNS(CLIENT(NOTICE)), TURNS(CLIENT(SEARCH))};

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        const struct conversation c = {.server_port = 5555,
                                       .midstream = true,
                                       .turns = ways[i],
                                       .expect = LINES("app ldap", "proof strong")};

        conversation_check_once(&c, CUT_TURNS);
    }
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(BIND), SERVER(BOUND), CLIENT(SEARCH), SERVER_LOST(30), SERVER("junk"),
                      SERVER(FOUND)),
                LINES("app ldap", TX_SEARCH RESULT("search_result_done", "success")));
}

static void leaves_others_alone(void **state)
{
    static const struct turn bad[] = {
        CLIENT(SNMP),
        CLIENT(DEEP),
        CLIENT(BAD_SCOPE_TAG),
        CLIENT(TRAILING),
        CLIENT(SHORT_INSIDE),
        CLIENT(FOUND),
        SERVER(SEARCH),
        CLIENT("\x30\x80\x02\x01\x01"),
        CLIENT("\x30\x84\xff\xff\xff\xff\x02\x01\x01\x60"),
        CLIENT("0000000000"),
        CLIENT("\x30\x05\x02\x01\x80\x42\x00"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("!app ldap"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(reads_changes),
        cmocka_unit_test(notes_what_is_refused),
        cmocka_unit_test(notes_java),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(passes_wrapped_messages),
        cmocka_unit_test(passes_long_messages),
        cmocka_unit_test(counts_entries),
        cmocka_unit_test(pairs_by_ids),
        cmocka_unit_test(speaks_over_udp),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
