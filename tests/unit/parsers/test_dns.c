/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS: every part of a message, names that bite their tails, streams with lost pieces, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define ID         "\x12\x34"
#define EXAMPLE    "\7example\3com\0"
#define WWW        "\3www" EXAMPLE
#define A_IN       "\0\1\0\1"
#define AT_WWW     "\xc0\x0c"   /* the name of the question */
#define AT_EXAMPLE "\xc0\x10"   /* the same without www */
#define TTL        "\0\0\1\x2c" /* 300 */

/* Questions, answers, authorities, additionals. */
#define ONE     "\0\1\0\0\0\0\0\0"
#define ONE_ONE "\0\1\0\1\0\0\0\0"

#define ASK         ID "\1\0" ONE WWW A_IN
#define TELL        ID "\x81\x80" ONE_ONE WWW A_IN AT_WWW A_IN TTL "\0\4\x0a\2\3\4"
#define ASK_LENGTH  "\0\x21"
#define TELL_LENGTH "\0\x31"

#define TX_ASK                                                                                     \
    "tx dns type=request id=4660 flags=100 rd=true opcode=0 rcode=NOERROR "                        \
    "queries[].rrname=www.example.com queries[].rrtype=A"
#define TX_TELL                                                                                    \
    "tx dns type=response id=4660 flags=8180 qr=true rd=true ra=true opcode=0 rcode=NOERROR "      \
    "queries[].rrname=www.example.com queries[].rrtype=A answers[].rrname=www.example.com "        \
    "answers[].rrtype=A answers[].ttl=300 answers[].rdata=10.2.3.4"
#define RTT       " rtt_us=10"
#define UNMATCHED " unmatched=true"
#define NO_TX     "!tx *"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void datagrams_once(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void stream(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void stream_once(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = port, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void midstream(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = port, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

/* ---- what is read ---- */

static void reads_question_and_answer(void **state)
{
    (void)state;
    datagrams(53, TURNS(CLIENT(ASK), SERVER(TELL)),
              LINES("app dns", "proof certain", TX_ASK, TX_TELL RTT));
}

static void matches_letters_of_either_case(void **state)
{
    (void)state;
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE "\3wWw\7ExAmPlE\3cOm\0" A_IN), SERVER(TELL)),
              LINES("proof certain", TX_TELL RTT));
}

static void reads_every_kind_of_record(void **state)
{
    (void)state;
    datagrams(
        53,
        TURNS(SERVER(
            ID
            "\x85\x80\0\1\0\x10\0\0\0\0" WWW "\0\xff\0\1"
            /* A, AAAA, CNAME, NS, PTR, MX */
            AT_WWW A_IN TTL "\0\4\x0a\2\3\4" AT_WWW "\0\x1c\0\1" TTL
            "\0\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1" AT_WWW "\0\5\0\1" TTL
            "\0\4\1x" AT_EXAMPLE AT_WWW "\0\2\0\1" TTL "\0\5\2ns" AT_EXAMPLE AT_WWW "\0\x0c\0\1" TTL
            "\0\2" AT_EXAMPLE AT_WWW "\0\x0f\0\1" TTL "\0\7\0\x0a\2mx" AT_EXAMPLE
                /* TXT of two strings, SRV, CAA, SOA */
                AT_WWW "\0\x10\0\1" TTL "\0\x0a\3v=1\5 a\nb\\" AT_WWW "\0\x21\0\1" TTL
            "\0\x0b\0\1\0\2\x1f\x90\2s1" AT_EXAMPLE AT_WWW "\1\1\0\1" TTL
            "\0\x0d\x80\5issueca.org" AT_WWW "\0\6\0\1" TTL "\0\x18" AT_WWW AT_EXAMPLE
            "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"
            /* HTTPS with alpn, port, ipv4hint, an unknown key; DS, RRSIG, NULL, TYPE4711 */
            AT_WWW "\0\x41\0\1" TTL "\0\x1f\0\1\0\0\1\0\6\2h2\2h3\0\3\0\2\x20\xfb"
            "\0\4\0\4\x0a\2\3\4\1\1\0\0" AT_WWW "\0\x2b\0\1" TTL "\0\6\0\1\x0d\2\xab\xcd" AT_WWW
            "\0\x2e\0\1" TTL "\0\x16\0\1\x0d\3\0\0\1\x2c\0\0\0\2\0\0\0\1\0\7" AT_EXAMPLE "!!" AT_WWW
            "\0\x0a\0\1" TTL "\0\2xx" AT_WWW "\x12\x67\0\1" TTL "\0\1x"
            /* NSEC */
            AT_WWW "\0\x2f\0\1" TTL "\0\5\0\0\1\2\3")),
        LINES("tx dns type=response id=4660 flags=8580 qr=true aa=true rd=true ra=true opcode=0 "
              "rcode=NOERROR queries[].rrname=www.example.com queries[].rrtype=ANY "
#define ANSWER "answers[].rrname=www.example.com answers[].rrtype="
#define WITH   " answers[].ttl=300 answers[].rdata="
              ANSWER "A" WITH "10.2.3.4 " ANSWER "AAAA" WITH "2001:db8::1 " ANSWER "CNAME" WITH
              "x.example.com " ANSWER "NS" WITH "ns.example.com " ANSWER "PTR" WITH
              "example.com " ANSWER "MX" WITH "mx.example.com " ANSWER "TXT" WITH
              "v=1 a\\nb\\\\ " ANSWER "SRV" WITH "1 2 8080 s1.example.com " ANSWER "CAA" WITH
              "128 issue \"ca.org\" " ANSWER "SOA" WITH
              "www.example.com example.com 1 2 3 4 5 " ANSWER "HTTPS" WITH
              "1 . alpn=h2,h3 port=8443 ipv4hint=10.2.3.4 key257 " ANSWER "DS" WITH
              "1 13 2 ABCD " ANSWER "RRSIG" WITH "A 13 3 300 2 1 7 example.com " ANSWER
              "NULL answers[].ttl=300 " ANSWER "TYPE4711 answers[].ttl=300 " ANSWER "NSEC" WITH
              "." UNMATCHED));
#undef ANSWER
#undef WITH
}

static void reads_all_sections_and_edns(void **state)
{
    (void)state;
    datagrams(53,
              TURNS(SERVER(ID "\x82\x83\0\1\0\0\0\1\0\2" WWW A_IN AT_EXAMPLE "\0\6\0\1" TTL
                              "\0\x18" AT_WWW AT_EXAMPLE
                              "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5" AT_EXAMPLE A_IN TTL
                              "\0\4\x0a\2\3\4"
                              /* size 1232, extended code 1, version 0, DO; a cookie, a subnet */
                              "\0\0\x29\4\xd0\1\0\x80\0\0\x17\0\x0a\0\x08"
                              "cookie!!"
                              "\0\x08\0\7\0\1\x18\0\xc0\0\2")),
              LINES("tx dns type=response id=4660 flags=8283 qr=true tc=true ra=true opcode=0 "
                    "rcode=BADMODE*"));
    datagrams(
        53,
        TURNS(SERVER(ID "\x80\0\0\1\0\0\0\1\0\2" WWW A_IN AT_EXAMPLE "\0\2\0\1" TTL
                        "\0\2" AT_WWW AT_EXAMPLE A_IN TTL "\0\4\x0a\2\3\4"
                        "\0\0\x29\4\xd0\1\0\x80\0\0\x0b\0\x08\0\7\0\1\x18\0\xc0\0\2")),
        LINES("tx dns type=response id=4660 flags=8000 qr=true opcode=0 rcode=BADVERS "
              "queries[].rrname=www.example.com queries[].rrtype=A "
              "authorities[].rrname=example.com authorities[].rrtype=NS authorities[].ttl=300 "
              "authorities[].rdata=www.example.com "
              "additionals[].rrname=example.com additionals[].rrtype=A additionals[].ttl=300 "
              "additionals[].rdata=10.2.3.4 edns.version=0 edns.udp_size=1232 edns.do=true "
              "edns.client_subnet=192.0.2.0 edns.client_subnet_bits=24" UNMATCHED));
}

static void reads_other_operations(void **state)
{
    (void)state;
    /* An update that deletes a record: class NONE, no contents. */
    datagrams(53,
              TURNS(CLIENT(ID "\x28\0\0\1\0\0\0\1\0\0" EXAMPLE "\0\6\0\1"
                              "\xc0\x0c\0\1\0\xfe\0\0\0\0\0\0")),
              LINES("app dns", "tx dns type=request id=4660 flags=2800 opcode=5*"));
    datagrams(53, TURNS(CLIENT(ID "\x24\0\0\1\0\0\0\0\0\0" EXAMPLE "\0\6\0\1")),
              LINES("app dns", "tx dns type=request id=4660 flags=2400 aa=true opcode=4*"));
    /* A server that could not even read the question. */
    datagrams(53, TURNS(CLIENT(ASK), SERVER(ID "\x80\1\0\0\0\0\0\0\0\0")),
              LINES("proof strong", "tx dns type=response id=4660 flags=8001 qr=true opcode=0 "
                                    "rcode=FORMERR" UNMATCHED));
    /* RFC 8490: keep alive, without sections */
    stream(53, TURNS(CLIENT("\0\x18" ID "\x30\0\0\0\0\0\0\0\0\0\0\1\0\x08\0\0\0\1\0\0\0\2")),
           LINES("app dns", "tx dns type=request id=4660 flags=3000 opcode=6*"));
}

static void escapes_dots_inside_labels(void **state)
{
    (void)state;
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE "\5a.b\\c\3com\0" A_IN)),
              LINES("tx dns type=request id=4660 flags=100 rd=true opcode=0 rcode=NOERROR "
                    "queries[].rrname=a\\\\.b\\\\\\\\c.com queries[].rrtype=A"));
}

static void names_the_multicast_kinds(void **state)
{
    (void)state;
    datagrams(5353,
              TURNS(CLIENT("\0\0\x84\0\0\0\0\1\0\0\0\0\4host\5local\0\0\1\x80\1\0\0\0\x78"
                           "\0\4\x0a\1\1\2")),
              LINES("app mdns", "proof strong",
                    "tx mdns type=response id=0 flags=8400 qr=true aa=true opcode=0 rcode=NOERROR "
                    "answers[].rrname=host.local answers[].rrtype=A answers[].ttl=120 "
                    "answers[].rdata=10.1.1.2"));
    datagrams(5355, TURNS(CLIENT(ID "\0\0" ONE "\4wpad\0" A_IN)),
              LINES("app llmnr", "proof strong"));
    stream(5355, TURNS(CLIENT("\0\x16" ID "\0\0" ONE "\4wpad\0" A_IN)), LINES("app llmnr"));
}

/* ---- streams ---- */

static void reads_streams_in_every_cut(void **state)
{
    (void)state;
    stream(53,
           TURNS(CLIENT(ASK_LENGTH ASK ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL TELL_LENGTH TELL),
                 CLIENT(ASK_LENGTH ASK)),
           LINES("app dns", "proof certain", TX_ASK, TX_TELL));
}

static void reads_streams_on_other_ports(void **state)
{
    (void)state;
    stream(40000, TURNS(CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL)),
           LINES("app dns", "proof certain", TX_ASK, TX_TELL));
    stream(443, TURNS(CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL)),
           LINES("app dns", "proof certain"));
    stream(40000, TURNS(CLIENT(ASK_LENGTH ASK)), LINES("app dns", "proof fair"));
}

static void hears_one_side_of_a_stream(void **state)
{
    (void)state;
    stream(53, TURNS(CLIENT(ASK_LENGTH ASK)), LINES("app dns", "proof strong", TX_ASK));
    stream(53, TURNS(SERVER(TELL_LENGTH TELL)),
           LINES("app dns", "proof strong", TX_TELL UNMATCHED));
}

static void joins_a_stream_in_the_middle(void **state)
{
    (void)state;
    midstream(53, TURNS(SERVER(TELL_LENGTH TELL), CLIENT(ASK_LENGTH ASK)),
              LINES("app dns", TX_ASK, TX_TELL UNMATCHED));
    midstream(53,
              TURNS(SERVER("mple\3com\0" A_IN AT_WWW A_IN TTL "\0\4\x0a\2\3\4"),
                    CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL)),
              LINES("app dns", "proof certain", TX_ASK, TX_TELL));
    midstream(40000, TURNS(CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL)),
              LINES("app dns", "proof certain", TX_ASK, TX_TELL));
}

static void finds_its_way_after_a_gap(void **state)
{
    (void)state;
    stream_once(53,
                TURNS(CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL), SERVER_LOST(100),
                      SERVER("\1\2garbage that is the end of something"), CLIENT(ASK_LENGTH ASK),
                      SERVER(TELL_LENGTH TELL)),
                LINES("app dns", "proof certain", TX_ASK, TX_TELL, "!note *"));
    stream_once(53,
                TURNS(CLIENT(ASK_LENGTH ASK), CLIENT("\0\x40" ID), CLIENT_LOST(62),
                      CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL)),
                LINES("app dns", "proof certain", TX_ASK, TX_TELL));
}

static void skips_unreadable_messages(void **state)
{
    (void)state;
    stream(53,
           TURNS(CLIENT(ASK_LENGTH ASK), SERVER(TELL_LENGTH TELL),
                 CLIENT("\0\x05hello\0\x21" ASK "\0\x0c" ID "\1\0\0\1\0\0\0\0\0\0" ASK_LENGTH ASK)),
           LINES("app dns", "proof certain", TX_ASK, TX_TELL, "!note *"));
    datagrams(53, TURNS(CLIENT(ASK), CLIENT("hello"), SERVER("\0"), SERVER(TELL)),
              LINES("app dns", "proof certain", TX_ASK, "tx dns type=response *", "!note *"));
    datagrams(53, TURNS(CLIENT("junk first, then a question"), CLIENT(ASK), SERVER(TELL)),
              LINES("app dns", "proof certain", TX_ASK, TX_TELL RTT));
}

/* A zone in one message of the greatest size, its records all named by pointers. */
static void reads_the_largest_message(void **state)
{
    static uint8_t ask[2 + 33], zone[2 + 65535];
    static const char record[] = AT_WWW A_IN TTL "\0\4\x0a\2\3\4";
    size_t n = sizeof(record) - 1, at = 2 + 33, count = (65535 - 33) / n;

    (void)state;
    memcpy(ask, ASK_LENGTH ASK, sizeof(ask));
    memcpy(zone + 2, ID "\x84\0" ONE_ONE WWW A_IN, 33);
    zone[8] = (uint8_t)(count >> 8);
    zone[9] = (uint8_t)count;
    for (size_t i = 0; i < count; i++, at += n)
        memcpy(zone + at, record, n);
    zone[0] = (uint8_t)((at - 2) >> 8);
    zone[1] = (uint8_t)(at - 2);
    stream_once(40000, TURNS(CLIENT_BYTES(ask, sizeof(ask)), SERVER_BYTES(zone, at)),
                LINES("app dns", "proof certain", "tx dns type=response *"));
}

/* ---- names ---- */

#define LOOP "threat 2007 a compressed name leads forward or too far"

static void refuses_bad_pointers(void **state)
{
    (void)state;
    /* to itself, forward, beyond the end, into a loop of two */
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE "\xc0\x0c" A_IN)),
              LINES("app dns", "proof fair", LOOP, NO_TX));
    datagrams(53, TURNS(CLIENT(ID "\1\0\0\2\0\0\0\0\0\0\xc0\x12" A_IN WWW A_IN)),
              LINES("app dns", "proof fair", LOOP, NO_TX));
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE "\xff\xff" A_IN)),
              LINES("app dns", "proof fair", LOOP, NO_TX));
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE "\1a\xc0\x0c" A_IN)),
              LINES("app dns", "proof fair", LOOP, NO_TX));
    /* labels of a length that is none */
    datagrams(53,
              TURNS(CLIENT(ID "\1\0" ONE "\x41"
                              "a\0" A_IN)),
              LINES("app failed", NO_TX));
    datagrams(53,
              TURNS(CLIENT(ID "\1\0" ONE "\x80"
                              "a\0" A_IN)),
              LINES("app failed", NO_TX));
    /* the same in the contents of a record, after the session is known */
    datagrams(53,
              TURNS(CLIENT(ASK),
                    SERVER(ID "\x81\x80" ONE_ONE WWW A_IN AT_WWW "\0\5\0\1" TTL "\0\2\xc0\x2d")),
              LINES("app dns", "proof strong", TX_ASK, LOOP, "!tx dns type=response *"));
    /* a stranger's message is no DNS because of one */
    datagrams(40000, TURNS(CLIENT(ID "\1\0" ONE "\xc0\x0c" A_IN)), LINES("app failed"));
}

/* Question k names a label and points to question k - 1. */
static size_t chain(uint8_t *m, size_t questions)
{
    size_t at = 12, last = 0;

    memcpy(m, ID "\0\0\0\0\0\0\0\0\0\0", 12);
    m[5] = (uint8_t)questions;
    for (size_t i = 0; i < questions; i++) {
        size_t start = at;

        memcpy(m + at, "\1a", 2);
        at += 2;
        if (i) {
            m[at++] = (uint8_t)(0xc0 | last >> 8);
            m[at++] = (uint8_t)last;
        } else {
            m[at++] = 0;
        }
        memcpy(m + at, A_IN, 4);
        at += 4;
        last = start;
    }
    return at;
}

static void follows_63_pointers_not_64(void **state)
{
    static uint8_t bytes[1024];
    size_t n = chain(bytes, 64);

    (void)state;
    datagrams(5353, TURNS(CLIENT_BYTES(bytes, n)), LINES("app mdns"));
    n = chain(bytes, 65);
    datagrams(5353, TURNS(CLIENT_BYTES(bytes, n)), LINES("app failed"));
}

/* ---- attacks ---- */

static void tells_zone_transfers(void **state)
{
    (void)state;
    stream(53, TURNS(CLIENT("\0\x21" ID "\1\0" ONE WWW "\0\xfc\0\1")),
           LINES("app dns", "threat 2019 AXFR is asked"));
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE WWW "\0\xfb\0\1")),
              LINES("app dns", "threat 2019 IXFR is asked"));
    datagrams(53, TURNS(CLIENT(ASK), SERVER(ID "\1\0" ONE WWW "\0\xfc\0\1")),
              LINES("app dns", "!threat *"));
    datagrams(53, TURNS(CLIENT(ID "\1\0" ONE WWW "\0\x0a\0\1")),
              LINES("app dns", "note records of type NULL are asked for", "!threat *"));
}

static void tells_overlong_messages(void **state)
{
    static char bytes[33 + 2100];
    static char broken[33 + 2100];

    (void)state;
    memcpy(bytes, ASK, 33);
    memcpy(broken,
           ID "\1\0"
              "\0\1\0\1\0\0\0\0" WWW A_IN,
           33);
    memset(broken + 33, 0x7f, 2100);
    datagrams_once(53, TURNS(CLIENT(ASK), CLIENT_BYTES(bytes, sizeof bytes)),
                   LINES("app dns", "threat 2017 a long message with much behind it"));
    datagrams_once(53, TURNS(CLIENT(ASK), CLIENT_BYTES(broken, sizeof broken)),
                   LINES("app dns", "threat 2017 a long message that cannot be read"));
    datagrams_once(53, TURNS(CLIENT(ASK), CLIENT_BYTES(bytes, 33 + 1000)),
                   LINES("app dns", "!threat *"));
}

static void limits_names_to_255_octets(void **state)
{
    static uint8_t bytes[12 + 256 + 4];
    size_t octets = 0;

    (void)state;
    memcpy(bytes, ID "\1\0" ONE, 12);
    for (unsigned i = 0; i < 4; i++) {
        size_t n = i < 3 ? 63 : 61;

        bytes[12 + octets] = (uint8_t)n;
        memset(bytes + 13 + octets, 'a', n);
        octets += 1 + n;
    }
    memcpy(bytes + 12 + octets, "\0" A_IN, 5);
    datagrams(53, TURNS(CLIENT_BYTES(bytes, 12 + octets + 5)), LINES("app dns"));
    /* one more: the last label has 62 octets */
    bytes[12 + 192] = 62;
    bytes[12 + octets] = 'a';
    memcpy(bytes + 12 + octets + 1, "\0" A_IN, 5);
    datagrams(53, TURNS(CLIENT_BYTES(bytes, 12 + octets + 6)), LINES("app failed"));
}

/* Many records whose names are the longest and reached through the most pointers. */
static void bounds_the_work_of_one_message(void **state)
{
    static uint8_t bytes[65000];
    size_t n = chain(bytes, 63), records = 5000, last = n - 8;
    static const char rest[] = "\0\x0a\0\1\0\0\0\0\0\0";

    (void)state;
    for (size_t i = 0; i < records; i++) {
        bytes[n++] = (uint8_t)(0xc0 | last >> 8);
        bytes[n++] = (uint8_t)last;
        memcpy(bytes + n, rest, sizeof(rest) - 1);
        n += sizeof(rest) - 1;
    }
    bytes[6] = (uint8_t)(records >> 8);
    bytes[7] = (uint8_t)records;
    const struct conversation c = {.transport = OVER_UDP,
                                   .server_port = 5353,
                                   .turns = TURNS(CLIENT_BYTES(bytes, n)),
                                   .expect = LINES("app mdns")};

    conversation_check_once(&c, CUT_TURNS);
}

/* ---- malformed messages and look-alikes ---- */

static void refuses_malformed_messages(void **state)
{
    static const struct turn bad[] = {
        /* too short, a question missing, a record missing, too many questions */
        CLIENT(ID "\1\0\0\1\0\0\0\0\0"),
        CLIENT(ID "\1\0\0\2\0\0\0\0\0\0" WWW A_IN),
        CLIENT(ID "\1\0\0\1\0\1\0\0\0\0" WWW A_IN),
        CLIENT(ID "\1\0\xff\xff\0\0\0\0\0\0" WWW A_IN),
        /* contents of the wrong size: A, AAAA, CNAME, MX, TXT, SOA, SRV, HTTPS, OPT */
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW A_IN TTL "\0\3\1\2\3"),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\x1c\0\1" TTL "\0\4\1\2\3\4"),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\5\0\1" TTL "\0\3" AT_WWW "!"),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\x0f\0\1" TTL "\0\2" AT_WWW),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\x10\0\1" TTL "\0\3\3ab"),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\6\0\1" TTL "\0\4" AT_WWW AT_WWW),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\x21\0\1" TTL "\0\4\0\0\0\0"),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\x41\0\1" TTL "\0\5\0\1\0\0\1"),
        CLIENT(ID "\1\0\0\1\0\0\0\0\0\1" WWW A_IN "\0\0\x29\2\0\0\0\0\0\0\4\0\1\0\1"),
        /* two OPT records, a record that ends behind the message */
        CLIENT(ID "\1\0\0\1\0\0\0\0\0\2" WWW A_IN "\0\0\x29\2\0\0\0\0\0\0\0"
                  "\0\0\x29\2\0\0\0\0\0\0\0"),
        CLIENT(ID "\x81\0" ONE_ONE WWW A_IN AT_WWW "\0\x0a\0\1" TTL "\0\5abc"),
        /* operations 3 and 15, the reserved bit, nothing but a tail */
        CLIENT(ID "\x18\0" ONE WWW A_IN),
        CLIENT(ID "\x78\0" ONE WWW A_IN),
        CLIENT(ID "\1\x40" ONE WWW A_IN),
        CLIENT(ID "\1\0\0\0\0\0\0\0\0\0!"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        datagrams(53, TURNS(bad[i]), LINES("app failed", NO_TX));
}

/* The reserved bit does not begin a session, but hides nothing in one. */
static void reads_on_with_the_reserved_bit(void **state)
{
    (void)state;
    datagrams(53, TURNS(SERVER(TELL), CLIENT(ID "\1\x40" ONE WWW A_IN)),
              LINES("app dns", "tx dns type=request id=4660 flags=140 rd=true z=true *"));
}

static void believes_less_on_other_ports(void **state)
{
    static const struct turn bad[] = {
        CLIENT(ASK "!"),                            /* a tail */
        CLIENT(ID "\1\0\0\0\0\0\0\0\0\0"),          /* no question */
        CLIENT(ID "\x28\0" ONE EXAMPLE "\0\6\0\1"), /* an update */
        CLIENT(ID "\1\3" ONE WWW A_IN),             /* a question with a result */
        CLIENT(ID "\1\0" ONE WWW "\0\0\0\1"),       /* of type 0 */
        CLIENT(ID "\1\0" ONE WWW "\0\1\0\7"),       /* of class 7 */
        CLIENT(ID "\1\0" ONE "\3w\1w\0" A_IN),      /* of a control character */
        CLIENT(ID "\1\0\0\1\0\1\0\0\0\0" WWW A_IN AT_WWW A_IN TTL "\0\4\x0a\2\3\4"),
        CLIENT(ID "\0\x10" ONE " EKEDFEEIEDCACACACACACACACACACACA\0\0\x20\0\1"), /* NetBIOS */
        CLIENT(ID "\0\0" ONE " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        datagrams(40000, TURNS(bad[i]), LINES("!app dns", "!tx dns*"));
    datagrams(40000, TURNS(CLIENT(ASK)), LINES("app dns", "proof fair"));
    datagrams(40000, TURNS(SERVER(TELL)), LINES("app dns", "proof fair"));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(TELL)),
              LINES("app dns", "proof certain", TX_ASK, TX_TELL RTT));
    datagrams(8600, TURNS(CLIENT(ASK), SERVER(TELL)), LINES("app dns", "proof certain"));
    datagrams(69, TURNS(CLIENT(ASK), SERVER(TELL)), LINES("app dns", "proof certain"));
}

static void leaves_netbios_alone(void **state)
{
    (void)state;
    datagrams(137, TURNS(CLIENT(ID "\0\0" ONE " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\1")),
              LINES("app netbios"));
    datagrams(137, TURNS(CLIENT(ASK), SERVER(TELL)), LINES("app failed"));
}

static void matches_only_what_was_asked(void **state)
{
    (void)state;
    /* another id, another name, another type, the same side, twice, too late */
    datagrams(40000, TURNS(CLIENT(ASK), SERVER("zz\x81\x80" ONE WWW A_IN)), LINES("proof fair"));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(ID "\x81\x80" ONE "\3wwx" EXAMPLE A_IN)),
              LINES("proof fair"));
    datagrams(40000, TURNS(CLIENT(ASK), SERVER(ID "\x81\x80" ONE WWW "\0\x1c\0\1")),
              LINES("proof fair"));
    datagrams(53, TURNS(CLIENT(ASK), CLIENT(TELL)), LINES("proof strong", TX_TELL UNMATCHED));
    datagrams(53, TURNS(CLIENT(ASK), SERVER(TELL), SERVER(TELL)),
              LINES("proof certain", TX_TELL RTT, TX_TELL UNMATCHED));
    datagrams(53, TURNS(CLIENT(ASK), PAUSE(31000), SERVER(TELL)), LINES(TX_TELL UNMATCHED));
}

static void leaves_other_streams_alone(void **state)
{
    (void)state;
    stream(53, TURNS(CLIENT("GE"), CLIENT("T is not for you\n")), LINES("app failed"));
    stream(53, TURNS(CLIENT("\0\x0b" ID "\1\0\0\1\0\0\0\0\0")), LINES("app failed"));
    stream(40000, TURNS(CLIENT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")), LINES("app failed"));
    stream(40000, TURNS(CLIENT("\0\x0c" ID "\0\0\0\0\0\0\0\0\0\0\0\x0c" ID "\0\0\0\0\0\0\0\0\0\0")),
           LINES("app failed"));
    stream(40000, TURNS(CLIENT("\0\x22" ASK "!\0\x22" ASK "!")), LINES("app failed"));
}

static void fits_its_budget(void **state)
{
    extern const struct parser parser_dns;

    (void)state;
    assert_true(parser_dns.state_size <= 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_question_and_answer),
        cmocka_unit_test(matches_letters_of_either_case),
        cmocka_unit_test(reads_every_kind_of_record),
        cmocka_unit_test(reads_all_sections_and_edns),
        cmocka_unit_test(reads_other_operations),
        cmocka_unit_test(escapes_dots_inside_labels),
        cmocka_unit_test(names_the_multicast_kinds),
        cmocka_unit_test(reads_streams_in_every_cut),
        cmocka_unit_test(reads_streams_on_other_ports),
        cmocka_unit_test(hears_one_side_of_a_stream),
        cmocka_unit_test(joins_a_stream_in_the_middle),
        cmocka_unit_test(finds_its_way_after_a_gap),
        cmocka_unit_test(skips_unreadable_messages),
        cmocka_unit_test(reads_the_largest_message),
        cmocka_unit_test(refuses_bad_pointers),
        cmocka_unit_test(follows_63_pointers_not_64),
        cmocka_unit_test(limits_names_to_255_octets),
        cmocka_unit_test(bounds_the_work_of_one_message),
        cmocka_unit_test(refuses_malformed_messages),
        cmocka_unit_test(reads_on_with_the_reserved_bit),
        cmocka_unit_test(believes_less_on_other_ports),
        cmocka_unit_test(leaves_netbios_alone),
        cmocka_unit_test(matches_only_what_was_asked),
        cmocka_unit_test(leaves_other_streams_alone),
        cmocka_unit_test(tells_zone_transfers),
        cmocka_unit_test(tells_overlong_messages),
        cmocka_unit_test(fits_its_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
