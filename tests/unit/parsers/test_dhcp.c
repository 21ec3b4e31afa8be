/* SPDX-License-Identifier: Apache-2.0
 *
 * DHCP for both IP versions: exchanges, options in all places, relays, look-alikes.
 */
#include "support/conversation.h"
#include "support/workloads.h"

#include "engine/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ZERO_4  "\0\0\0\0"
#define ZERO_16 ZERO_4 ZERO_4 ZERO_4 ZERO_4
#define ZERO_64 ZERO_16 ZERO_16 ZERO_16 ZERO_16
#define ID      "\x12\x34\x56\x78"
#define MAC     "\x02\0\0\0\0\1"
#define COOKIE  "\x63\x82\x53\x63"

/* Operation with address type and length, client's, assigned and relay's address, name, file. */
#define BOOTP_IN(op, client, assigned, relay, name, file)                                          \
    op "\0" ID ZERO_4 client assigned ZERO_4 relay MAC ZERO_4 ZERO_4 "\0\0" name file
#define BOOTP(op, client, assigned, relay)                                                         \
    BOOTP_IN(op, client, assigned, relay, ZERO_64, ZERO_64 ZERO_64)
#define REQUEST BOOTP("\1\1\6", ZERO_4, ZERO_4, ZERO_4) COOKIE
#define REPLY   BOOTP("\2\1\6", ZERO_4, "\x0a\1\1\2", ZERO_4) COOKIE

#define DISCOVER REQUEST "\x35\1\1\x32\4\x0a\1\1\2\x0c\4host\x37\4\1\3\6\x0f\x3c\x08MSFT 5.0\xff"
#define OFFER                                                                                      \
    REPLY "\x35\1\2\x36\4\x0a\1\1\1\x33\4\0\0\x0e\x10\3\x08\x0a\1\1\1\x0a\1\1\xfe"                 \
          "\6\4\x0a\1\1\x35\x0f\x09"                                                               \
          "corp.test\xff" ZERO_4

#define TX_REQUEST                                                                                 \
    "tx dhcp type=request id=305419896 client_mac=02:00:00:00:00:01 assigned_ip=0.0.0.0 "          \
    "client_ip=0.0.0.0 dhcp_type="
#define TX_REPLY                                                                                   \
    "tx dhcp type=reply id=305419896 client_mac=02:00:00:00:00:01 assigned_ip=10.1.1.2 "           \
    "client_ip=0.0.0.0 dhcp_type="
#define TX_DISCOVER                                                                                \
    TX_REQUEST "discover requested_ip=10.1.1.2 hostname=host params[]=1 params[]=3 params[]=6 "    \
               "params[]=15 vendor_class_identifier=MSFT 5.0"
#define TX_OFFER                                                                                   \
    TX_REPLY "offer server_identifier=10.1.1.1 lease_time=3600 routers[]=10.1.1.1 "                \
             "routers[]=10.1.1.254 dns_servers[]=10.1.1.53 domain=corp.test"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

/* ---- IPv4 ---- */

static void reads_an_exchange(void **state)
{
    (void)state;
    datagrams(67,
              TURNS(CLIENT(DISCOVER), SERVER(OFFER), CLIENT(REQUEST "\x35\1\3\xff"),
                    SERVER(REPLY "\x35\1\5\xff"), CLIENT(REQUEST "\x35\1\7\xff")),
              LINES("app dhcp", "proof certain", TX_DISCOVER, TX_OFFER, TX_REQUEST "request",
                    TX_REPLY "ack", TX_REQUEST "release", "!note *"));
}

static void hears_one_side_anywhere(void **state)
{
    (void)state;
    datagrams(67, TURNS(CLIENT(DISCOVER)), LINES("app dhcp", "proof strong", TX_DISCOVER));
    datagrams(67, TURNS(SERVER(OFFER)), LINES("app dhcp", "proof strong", TX_OFFER));
    datagrams(68, TURNS(CLIENT(OFFER)), LINES("app dhcp", "proof strong", TX_OFFER));
    datagrams(40000, TURNS(CLIENT(DISCOVER)), LINES("app dhcp", "proof strong", TX_DISCOVER));
    datagrams(53, TURNS(CLIENT(DISCOVER), SERVER(OFFER)), LINES("app dhcp", "proof certain"));
}

static void reads_addresses_of_the_header(void **state)
{
    (void)state;
    datagrams(
        67,
        TURNS(CLIENT(BOOTP("\1\1\6", "\x0a\1\1\2", ZERO_4, "\x0a\1\1\xfe") COOKIE "\x35\1\x08")),
        LINES("tx dhcp type=request id=305419896 client_mac=02:00:00:00:00:01 "
              "assigned_ip=0.0.0.0 client_ip=10.1.1.2 relay_ip=10.1.1.254 "
              "dhcp_type=inform"));
    /* without a hardware address */
    datagrams(67, TURNS(CLIENT(BOOTP("\1\x20\0", ZERO_4, ZERO_4, ZERO_4) COOKIE "\x35\1\x12")),
              LINES("tx dhcp type=request id=305419896 assigned_ip=0.0.0.0 client_ip=0.0.0.0 "
                    "dhcp_type=tls"));
}

/* Option 52 says that file, name or both hold options too. */
static void reads_options_in_other_fields(void **state)
{
    (void)state;
    datagrams(
        67,
        TURNS(CLIENT(BOOTP_IN("\1\1\6", ZERO_4, ZERO_4, ZERO_4,
                              "\x0f\1t\xff" ZERO_16 ZERO_16 ZERO_16 ZERO_4 ZERO_4 ZERO_4,
                              "\x0c\1h\xff" ZERO_4 ZERO_4 ZERO_4 ZERO_16 ZERO_16 ZERO_16 ZERO_64)
                         COOKIE "\x34\1\3\0\0\x35\1\1\xff")),
        LINES(TX_REQUEST "discover hostname=h domain=t"));
    /* the type itself is elsewhere */
    datagrams(
        67,
        TURNS(CLIENT(BOOTP_IN("\1\1\6", ZERO_4, ZERO_4, ZERO_4, ZERO_64,
                              "\x35\1\4\xff" ZERO_4 ZERO_4 ZERO_4 ZERO_16 ZERO_16 ZERO_16 ZERO_64)
                         COOKIE "\x34\1\1\xff")),
        LINES(TX_REQUEST "decline"));
    /* an option that leaves its field */
    datagrams(67,
              TURNS(CLIENT(BOOTP_IN("\1\1\6", ZERO_4, ZERO_4, ZERO_4,
                                    "\x0f\x40t\xff" ZERO_16 ZERO_16 ZERO_16 ZERO_4 ZERO_4 ZERO_4,
                                    ZERO_64 ZERO_64) COOKIE "\x34\1\2\x35\1\1\xff")),
              LINES("app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(BOOTP("\1\1\6", ZERO_4, ZERO_4, ZERO_4)), /* BOOTP */
        CLIENT(BOOTP("\1\1\6", ZERO_4, ZERO_4, ZERO_4) ZERO_4 "\x35\1\1\xff"),
        CLIENT(REQUEST "\xff"), /* no type */
        CLIENT(REQUEST "\x0c\4host\xff"),
        CLIENT(REQUEST "\x35\1\0\xff"), /* of no meaning */
        CLIENT(REQUEST "\x35\1\x13\xff"),
        CLIENT(REQUEST "\x35\2\1\1\xff"),     /* too long */
        CLIENT(REQUEST "\x35\0\xff"),         /* empty */
        CLIENT(REQUEST "\x35\1\1\x0c\5host"), /* cut short */
        CLIENT(REQUEST "\x35\1\1\x0c"),
        CLIENT(BOOTP("\3\1\6", ZERO_4, ZERO_4, ZERO_4) COOKIE "\x35\1\1\xff"),
        CLIENT(BOOTP("\0\1\6", ZERO_4, ZERO_4, ZERO_4) COOKIE "\x35\1\1\xff"),
        CLIENT(BOOTP("\1\0\6", ZERO_4, ZERO_4, ZERO_4) COOKIE "\x35\1\1\xff"),
        CLIENT(BOOTP("\1\x27\6", ZERO_4, ZERO_4, ZERO_4) COOKIE "\x35\1\1\xff"),
        CLIENT(BOOTP("\1\1\x11", ZERO_4, ZERO_4, ZERO_4) COOKIE "\x35\1\1\xff"),
        CLIENT("\1\1\6"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        datagrams(67, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

static void keeps_its_name(void **state)
{
    (void)state;
    datagrams(67, TURNS(CLIENT(DISCOVER), CLIENT("hello"), SERVER("?"), SERVER(OFFER)),
              LINES("app dhcp", "proof certain", TX_DISCOVER, TX_OFFER, "!note *"));
    /* an answer to another */
    datagrams(67,
              TURNS(CLIENT(DISCOVER), SERVER("\2\1\6\0zzzz" ZERO_4 ZERO_16 MAC ZERO_4 ZERO_4
                                             "\0\0" ZERO_64 ZERO_64 ZERO_64 COOKIE "\x35\1\5\xff")),
              LINES("app dhcp", "proof strong"));
}

/* ---- IPv6 ---- */

#define ID6       "\x12\x34\x56"
#define CLIENT_ID "\0\1\0\x0e\0\1\0\1\x20\0\0\0" MAC
#define SERVER_ID "\0\2\0\x0a\0\3\0\1\2\0\0\0\0\x09"
#define ADDRESS   "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
#define LINK      "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define IA_NA     "\0\3\0\x28\0\0\0\1" ZERO_4 ZERO_4 "\0\5\0\x18" ADDRESS "\0\0\x0e\x10\0\0\x1c\x20"

#define SOLICIT                                                                                    \
    "\1" ID6 CLIENT_ID "\0\3\0\x0c\0\0\0\1" ZERO_4 ZERO_4 "\0\x08\0\2\0\0\0\6\0\4\0\x17\0\x18"     \
    "\0\x27\0\6\0\4host\0\x10\0\x0e\0\0\1\x37\0\x08MSFT 5.0"
#define ADVERTISE                                                                                  \
    "\2" ID6 CLIENT_ID SERVER_ID IA_NA "\0\x17\0\x10" LINK "\0\x18\0\x0b\4corp\4test\0"

#define TX_SOLICIT                                                                                 \
    "tx dhcpv6 type=request id=1193046 dhcp_type=solicit client_mac=02:00:00:00:00:01 "            \
    "params[]=23 params[]=24 hostname=host vendor_class_identifier=MSFT 5.0"
#define TX_ADVERTISE                                                                               \
    "tx dhcpv6 type=reply id=1193046 dhcp_type=advertise client_mac=02:00:00:00:00:01 "            \
    "assigned_ip=2001:db8::2 lease_time=7200 dns_servers[]=2001:db8::1 domain=corp.test"

static void server_is_a_workload(struct snapshot *s)
{
    conversation_settings(s);
    workloads_add(s, NULL, (const char *const[]){"10.1.1.9"}, 1);
}

static void notes_servers_in_workloads(void **state)
{
    struct conversation c = {
        .transport = OVER_UDP, .server_port = 67, .adjust = server_is_a_workload};

    (void)state;
    c.turns = TURNS(CLIENT(DISCOVER), SERVER(OFFER), SERVER(OFFER));
    c.expect = LINES("app dhcp", "note DHCP server in a workload");
    conversation_check_once(&c, CUT_TURNS);
    c.turns = TURNS(CLIENT(OFFER), SERVER(DISCOVER)); /* the workload asks */
    c.expect = LINES("app dhcp", "!note *");
    conversation_check_once(&c, CUT_TURNS);
    c.server_port = 547;
    c.turns = TURNS(CLIENT(SOLICIT), SERVER(ADVERTISE));
    c.expect = LINES("app dhcpv6", "note DHCP server in a workload");
    conversation_check_once(&c, CUT_TURNS);
}

static void reads_an_exchange_over_ipv6(void **state)
{
    (void)state;
    datagrams(547, TURNS(CLIENT(SOLICIT), SERVER(ADVERTISE)),
              LINES("app dhcpv6", "proof certain", TX_SOLICIT, TX_ADVERTISE, "!protocols *"));
    datagrams(547, TURNS(CLIENT(SOLICIT)), LINES("app dhcpv6", "proof strong", TX_SOLICIT));
    datagrams(547, TURNS(SERVER(ADVERTISE)), LINES("app dhcpv6", "proof strong", TX_ADVERTISE));
    datagrams(547, TURNS(CLIENT("\3" ID6 CLIENT_ID SERVER_ID IA_NA)),
              LINES("tx dhcpv6 type=request id=1193046 dhcp_type=request "
                    "client_mac=02:00:00:00:00:01 requested_ip=2001:db8::2 lease_time=7200"));
    datagrams(547, TURNS(CLIENT("\x0b" ID6)), LINES("app dhcpv6", "proof strong"));
}

static void unwraps_relays(void **state)
{
    (void)state;
    /* two of them; the one next to the client counts */
    datagrams(547,
              TURNS(CLIENT("\x0c\1" ZERO_16 LINK "\0\x09\0\x2e"
                           "\x0c\0" LINK ADDRESS "\0\x09\0\4\x0b" ID6 "\0\x12\0\0")),
              LINES("app dhcpv6", "tx dhcpv6 type=request id=1193046 relay_ip=2001:db8::1 "
                                  "dhcp_type=information-request"));
    datagrams(547, TURNS(SERVER("\x0d\0" LINK ADDRESS "\0\x09\0\4\7" ID6)),
              LINES("tx dhcpv6 type=reply id=1193046 relay_ip=2001:db8::1 dhcp_type=reply"));
    /* without a message inside, or a broken one */
    datagrams(547, TURNS(CLIENT("\x0c\0" LINK ADDRESS "\0\x12\0\0")), LINES("app failed"));
    datagrams(547, TURNS(CLIENT("\x0c\0" LINK ADDRESS "\0\x09\0\0")), LINES("app failed"));
    datagrams(547, TURNS(CLIENT("\x0c\0" LINK ADDRESS "\0\x09\0\3\7\x12\x34")),
              LINES("app failed"));
}

/* Relays within relays, as many as fit: an end is found without following them all. */
static void stops_unwrapping(void **state)
{
    static uint8_t bytes[40 * 38 + 4];
    size_t n = 0;

    (void)state;
    for (size_t i = 40; i > 0; i--, n += 38) {
        size_t inside = (i - 1) * 38 + 4;

        bytes[n] = 12;
        bytes[n + 35] = 9;
        bytes[n + 36] = (uint8_t)(inside >> 8);
        bytes[n + 37] = (uint8_t)inside;
    }
    bytes[n] = 11;
    datagrams(547, TURNS(CLIENT_BYTES(bytes, n + 4)), LINES("app failed"));
    datagrams(547, TURNS(CLIENT_BYTES(bytes + 38 * 8, n + 4 - 38 * 8)), LINES("app dhcpv6"));
}

static void refuses_look_alikes_over_ipv6(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0" ID6 CLIENT_ID),
        CLIENT("\x18" ID6 CLIENT_ID),
        CLIENT("\1\x12\x34"),
        CLIENT("\1" ID6 "\0\1\0"),
        CLIENT("\1" ID6 "\0\1\0\5"
               "1234"),
        CLIENT("\1" ID6 CLIENT_ID "!"),
    };
    static const struct turn foreign[] = {
        CLIENT("\x0b" ID6),                          /* nobody says who */
        CLIENT("\1" ID6 "\0\1\0\x0a\0\x09\0\1" MAC), /* an identifier of no kind */
        CLIENT("\1" ID6 CLIENT_ID "\1\0\0\0"),       /* an option unheard of */
        CLIENT("\x11" ID6 CLIENT_ID),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        datagrams(547, TURNS(bad[i]), LINES("app failed", "!tx *"));
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        datagrams(40000, TURNS(foreign[i]), LINES("app failed", "!tx *"));
    datagrams(67, TURNS(CLIENT(SOLICIT)), LINES("app failed"));
}

static void believes_less_on_other_ports(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(SOLICIT)), LINES("app dhcpv6", "proof fair"));
    datagrams(40000, TURNS(CLIENT(SOLICIT), SERVER(ADVERTISE)),
              LINES("app dhcpv6", "proof certain", TX_SOLICIT, TX_ADVERTISE));
    datagrams(53, TURNS(CLIENT(SOLICIT), SERVER(ADVERTISE)),
              LINES("app dhcpv6", "proof certain", TX_SOLICIT, TX_ADVERTISE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_exchange),
        cmocka_unit_test(hears_one_side_anywhere),
        cmocka_unit_test(reads_addresses_of_the_header),
        cmocka_unit_test(reads_options_in_other_fields),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(keeps_its_name),
        cmocka_unit_test(notes_servers_in_workloads),
        cmocka_unit_test(reads_an_exchange_over_ipv6),
        cmocka_unit_test(unwraps_relays),
        cmocka_unit_test(stops_unwrapping),
        cmocka_unit_test(refuses_look_alikes_over_ipv6),
        cmocka_unit_test(believes_less_on_other_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
