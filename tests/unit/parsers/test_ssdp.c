/* SPDX-License-Identifier: Apache-2.0
 *
 * SSDP: searches, notices, answers, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define HOST "HOST: 239.255.255.250:1900\r\n"
#define ASK  "M-SEARCH * HTTP/1.1\r\n" HOST "MAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"
#define TELL                                                                                       \
    "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\n"                   \
    "Location: http://10.1.1.2/d.xml\r\nServer: Linux/6 UPnP/1.0\r\n\r\n"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_all_kinds(void **state)
{
    (void)state;
    datagrams(1900, TURNS(CLIENT(ASK), SERVER(TELL)),
              LINES("app ssdp", "proof strong", "tx ssdp method=M-SEARCH target=ssdp:all",
                    "tx ssdp method=response target=upnp:rootdevice "
                    "usn=uuid:1::upnp:rootdevice location=http://10.1.1.2/d.xml "
                    "server=Linux/6 UPnP/1.0"));
    datagrams(40000,
              TURNS(CLIENT("NOTIFY * HTTP/1.1\r\n" HOST "NT: a\r\nNTS: ssdp:alive\r\nUSN: b\r\n")),
              LINES("app ssdp", "tx ssdp method=NOTIFY target=a state=ssdp:alive usn=b"));
    datagrams(40000, TURNS(SERVER(TELL)), LINES("app ssdp"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("M-SEARCH * HTTP/1.1\r\n" HOST "ST: ssdp:all\r\n\r\n"),
        CLIENT("M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n"),
        CLIENT("M-SEARCH /x HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: a\r\n\r\n"),
        CLIENT("NOTIFY * HTTP/1.1\r\nNT: a\r\nNTS: other\r\n\r\n"),
        CLIENT("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"),
        CLIENT("M-SEARCH * HTTP/1.1\r\nno header\r\n\r\n"),
        CLIENT("M-SEARCH * HTTP/1.1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(1900, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

#define TEXT_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT_1K                                                                                    \
    TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64        \
        TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64
#define LINES_8  "a: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\n"
#define LINES_64 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8

static void bears_hostile_headers(void **state)
{
    (void)state;
    datagrams(1900,
              TURNS(CLIENT("M-SEARCH * HTTP/1.1\r\nX: " TEXT_1K TEXT_1K "\r\n"
                           "MAN: \"ssdp:discover\"\r\nST: a\r\n\r\n")),
              LINES("app failed", "!tx *"));
    datagrams(
        1900,
        TURNS(CLIENT("M-SEARCH * HTTP/1.1\r\n" LINES_64 "MAN: \"ssdp:discover\"\r\nST: a\r\n\r\n")),
        LINES("app failed", "!tx *"));
    datagrams(
        1900,
        TURNS(CLIENT("M-SEARCH * HTTP/1.1\r\nMAN:\"ssdp:discover\"\r\nST:a\r\n" LINES_64 LINES_64
                     "\r\nand more")),
        LINES("app ssdp", "tx ssdp method=M-SEARCH target=a"));
    datagrams(1900, TURNS(CLIENT("M-SEARCH * HTTP/1.1\r\n:\r\n:a\r\nST:\r\nMAN:\r\n\r\n")),
              LINES("app failed", "!tx *"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .transport = OVER_UDP,
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER(TELL), SERVER(TELL)),
        .expect = LINES("app ssdp", "proof strong"),
    };

    (void)state;
    conversation_check(&c);
    /* Over TCP it is HTTP's. */
    conversation_check(&(struct conversation){.server_port = 1900,
                                              .turns = TURNS(CLIENT(ASK), SERVER(TELL)),
                                              .expect = LINES("!app ssdp")});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_kinds),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(bears_hostile_headers),
        cmocka_unit_test(joins_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
