/* SPDX-License-Identifier: Apache-2.0
 *
 * XMPP: streams, logins, messages, starttls, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define STREAM(ends)                                                                               \
    "<?xml version='1.0'?><stream:stream " ends                                                    \
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
#define OPEN   CLIENT(STREAM("to='a.example'"))
#define OPENED SERVER(STREAM("from='a.example' id=\"1\"") "<stream:features/>")
#define HEAD                                                                                       \
    "tx xmpp to=a.example namespace=jabber:client version=1.0 from=a.example"                      \
    " namespace=jabber:client version=1.0"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_a_login_and_messages(void **state)
{
    (void)state;
    speaks(TURNS(OPEN, OPENED,
                 CLIENT("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                        "AGFteQBzZWNyZXQ=</auth>"),
                 SERVER("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), OPEN, OPENED,
                 CLIENT(" <message to='b'><body>hello &amp; bye</body></message>"),
                 SERVER("<message><body>yes</body><x/></message></stream:stream>")),
           LINES("app xmpp", "proof certain", "host a.example",
                 HEAD " mechanism=PLAIN user=amy status=success", "buffer body hello &amp; bye",
                 "buffer body yes", "!note *"));
}

static void notes_refused_logins(void **state)
{
    (void)state;
    speaks(TURNS(OPEN, OPENED, CLIENT("<auth mechanism='PLAIN'>AGFteQBzZWNyZXQ=</auth>"),
                 SERVER("<failure><not-authorized/></failure>")),
           LINES(HEAD " mechanism=PLAIN user=amy status=failure",
                 "note XMPP server refuses the login: amy"));
}

static void upgrades_to_tls(void **state)
{
    (void)state;
    speaks(TURNS(OPEN, OPENED, CLIENT("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                 SERVER("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols xmpp,http", HEAD, "!note *"));
    speaks(TURNS(OPEN, OPENED, CLIENT("<starttls/><iq/>"), SERVER("<proceed/>"),
                 CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
           LINES("protocols xmpp,http", "note XMPP stanzas in plain text behind starttls"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(OPEN), LINES("app xmpp", "proof strong"));
    speaks(TURNS(OPENED), LINES("app xmpp", "proof strong"));
}

static void leaves_others_alone(void **state)
{
    static char tag[6000];

    (void)state;
    memset(tag, 'a', sizeof(tag));
    memcpy(tag, "<stream:stream ", 15);
    speaks(TURNS(CLIENT("<?xml version='1.0'?><hello xmlns='netconf'>")), LINES("!app xmpp"));
    speaks(TURNS(CLIENT("<stream:stream xmlns:stream='other'>")), LINES("!app xmpp"));
    speaks(TURNS(CLIENT("<stream:stream xmlns:stream=other>")), LINES("!app xmpp"));
    speaks(TURNS(CLIENT("<13>syslog message\n")), LINES("!app xmpp"));
    speaks(TURNS(CLIENT_BYTES(tag, sizeof(tag))), LINES("!app xmpp"));
}

static void passes_long_tags_and_losses(void **state)
{
    static char tag[9000];
    const struct conversation c = {.server_port = 5222,
                                   .turns = TURNS(OPEN, OPENED, CLIENT_BYTES(tag, sizeof(tag)),
                                                  CLIENT_LOST(10),
                                                  CLIENT("x><message><body>one</body></message>")),
                                   .expect = LINES("app xmpp", "buffer body one")};

    (void)state;
    memset(tag, 'a', sizeof(tag));
    tag[0] = '<';
    tag[sizeof(tag) - 1] = '>';
    conversation_check_once(&c, CUT_TURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_login_and_messages),
        cmocka_unit_test(notes_refused_logins),
        cmocka_unit_test(upgrades_to_tls),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(passes_long_tags_and_losses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
