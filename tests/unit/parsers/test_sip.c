/* SPDX-License-Identifier: Apache-2.0
 *
 * SIP: messages over both transports, short names, bodies, keep-alives, refusals, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define HEADERS                                                                                    \
    "Via: SIP/2.0/UDP 10.1.1.1\r\nFrom: <sip:joe@a>\r\nTo: <sip:amy@a>\r\nCall-ID: c1\r\n"         \
    "CSeq: 1 INVITE\r\n"
#define SHORT                                                                                      \
    "v: SIP/2.0/UDP 10.1.1.1\r\nf: <sip:joe@a>\r\nt: <sip:amy@a>\r\ni: c1\r\nCSeq: 1 INVITE\r\n"
#define SDP    "v=0\r\nm=audio 4000 RTP/AVP 0\r\n" /* 29 bytes */
#define ENDS   "via=SIP/2.0/UDP 10.1.1.1 from=<sip:joe@a> to=<sip:amy@a> call_id=c1 cseq=1 INVITE"
#define INVITE "INVITE sip:amy@a SIP/2.0\r\n"
#define CALL                                                                                       \
    INVITE HEADERS "User-Agent: ua\r\nContent-Type: application/sdp\r\n"                           \
                   "Content-Length: 29\r\n\r\n" SDP
#define TX_CALL                                                                                    \
    "tx sip method=INVITE uri=sip:amy@a version=SIP/2.0 request_line=INVITE sip:amy@a "            \
    "SIP/2.0 " ENDS " user_agent=ua sdp.media[]=audio 4000 RTP/AVP 0"
#define RINGS "SIP/2.0 180 Ringing\r\n" SHORT "l: 0\r\n\r\n"
#define TX_RINGS                                                                                   \
    "tx sip version=SIP/2.0 code=180 reason=Ringing response_line=SIP/2.0 180 Ringing " ENDS

static void speaks(uint8_t transport, uint16_t port, const struct turn *turns,
                   const char *const *expect)
{
    const struct conversation c = {
        .transport = transport, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_calls(void **state)
{
    (void)state;
    for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
        speaks(transport, 40000, TURNS(CLIENT(CALL), SERVER(RINGS), SERVER(CALL)),
               LINES("app sip", "proof certain", TX_CALL, TX_RINGS,
                     "buffer body v=0\\r\\nm=audio 4000 RTP/AVP 0\\r\\n", "!note *"));
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT("\r\n\r\n" CALL "\r\n\r\n" CALL), SERVER("\r\n" RINGS RINGS)),
           LINES("app sip", TX_CALL, TX_RINGS));
    speaks(OVER_UDP, 40000, TURNS(CLIENT("\0\0\0\0"), CLIENT(CALL), CLIENT("\r\n\r\n")),
           LINES("app sip", TX_CALL));
}

static void reads_datagrams_without_a_length(void **state)
{
    (void)state;
    speaks(
        OVER_UDP, 5060, TURNS(CLIENT(INVITE HEADERS "Content-Type: application/sdp\r\n\r\n" SDP)),
        LINES("app sip", "tx sip method=INVITE uri=sip:amy@a version=SIP/2.0 request_line=INVITE "
                         "sip:amy@a SIP/2.0 " ENDS " sdp.media[]=audio 4000 RTP/AVP 0"));
    speaks(OVER_UDP, 5060, TURNS(CLIENT(INVITE HEADERS "Subject: cut")), LINES("app sip"));
}

#define NO "SIP/2.0 403 No\r\n" SHORT "l: 0\r\n\r\n"
#define WHO(n)                                                                                     \
    "v: SIP/2.0/UDP 10.1.1.1\r\nf: <sip:joe@a>\r\nt: <sip:joe@a>\r\ni: c" n                        \
    "\r\nCSeq: 1 REGISTER\r\n"
#define ENTER(n)       "REGISTER sip:a SIP/2.0\r\n" WHO(n) "\r\n"
#define ENTER_KEY(n)   "REGISTER sip:a SIP/2.0\r\n" WHO(n) "Authorization: Digest x\r\n\r\n"
#define WHO_ARE_YOU(n) "SIP/2.0 401 Unauthorized\r\n" WHO(n) "\r\n"
#define COME_IN(n)     "SIP/2.0 200 OK\r\n" WHO(n) "\r\n"
#define LOGIN(n)                                                                                   \
    CLIENT(ENTER(n)), SERVER(WHO_ARE_YOU(n)), CLIENT(ENTER_KEY(n "k")), SERVER(COME_IN(n "k"))
#define GUESS(n)                                                                                   \
    CLIENT(ENTER(n)), SERVER(WHO_ARE_YOU(n)), CLIENT(ENTER_KEY(n "k")), SERVER(WHO_ARE_YOU(n "k"))
#define TOLD "note SIP server refuses again and again: <sip:joe@a>"

static void tells_refusals(void **state)
{
    (void)state;
    speaks(OVER_UDP, 5060, TURNS(CLIENT(CALL), SERVER(NO), SERVER(NO), SERVER(NO), SERVER(NO)),
           LINES("!note *"));
    speaks(OVER_UDP, 5060,
           TURNS(CLIENT(CALL), SERVER(NO), SERVER(NO), SERVER(NO), SERVER(NO), SERVER(NO)),
           LINES("note SIP server refuses again and again: <sip:amy@a>"));
    speaks(OVER_UDP, 5060, TURNS(GUESS("1"), GUESS("2"), GUESS("3"), GUESS("4"), GUESS("5")),
           LINES(TOLD));
}

/* Being asked for a password is no refusal, nor are mistakes of who gets in afterwards. */
static void tells_no_logins(void **state)
{
    (void)state;
    speaks(OVER_UDP, 5060,
           TURNS(LOGIN("1"), LOGIN("2"), LOGIN("3"), LOGIN("4"), LOGIN("5"), LOGIN("6")),
           LINES("app sip", "!note *"));
    speaks(OVER_UDP, 5060,
           TURNS(GUESS("1"), GUESS("2"), LOGIN("3"), GUESS("4"), GUESS("5"), GUESS("6")),
           LINES("app sip", "!note *"));
    speaks(OVER_UDP, 5060,
           TURNS(GUESS("1"), GUESS("2"), GUESS("3"), PAUSE(61000), GUESS("4"), GUESS("5")),
           LINES("app sip", "!note *"));
}

/* The sessions of a call's media, whoever of the two sends first. */
static void announces_media(void **state)
{
    (void)state;
    speaks(OVER_UDP, 5060,
           TURNS(CLIENT(CALL), SERVER(RINGS), CLIENT_TO(4000, "\x80\0\0\1voice"),
                 CLIENT_TO(4001, "\x80\xc8\0\1report")),
           LINES("app sip", "session udp 10.1.1.2:41000-10.1.1.9:4000 app failed"));
    speaks(OVER_UDP, 5060,
           TURNS(CLIENT(CALL), SERVER(CALL), CLIENT_TO(4000, "\x80\0\0\1voice"),
                 CLIENT_TO(4001, "\x80\xc8\0\1report")),
           LINES("app sip", "session udp 10.1.1.2:41000-10.1.1.9:4000 app rtp",
                 "session udp 10.1.1.2:41000-10.1.1.9:4001 app rtcp"));
}

#define K4    X1024 X1024 X1024 X1024
#define X64   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define X1024 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64

/* Longer than what is ever held. */
static void passes_long_bodies(void **state)
{
    const struct conversation c = {
        .server_port = 5060,
        .turns = TURNS(CLIENT("MESSAGE sip:amy@a SIP/2.0\r\n" HEADERS
                              "Content-Length: 81920\r\n\r\n" K4 K4 K4 K4 K4),
                       CLIENT(K4 K4 K4 K4 K4), CLIENT(K4 K4 K4 K4 K4), CLIENT(K4 K4 K4 K4 K4),
                       CLIENT(CALL)),
        .expect = LINES("app sip", TX_CALL, "buffer body 0123*", "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_WHOLE);
}

static void passes_long_bodies_of_servers(void **state)
{
    (void)state;
    speaks(OVER_TCP, 5060,
           TURNS(SERVER("SIP/2.0 200 OK\r\n" HEADERS "Content-Length: 4096\r\n\r\n"),
                 SERVER(K4 RINGS)),
           LINES("app sip", TX_RINGS, "buffer body 0123*"));
}

#define PAD(n) "X-Pad-" n ": x\r\n"
#define PADS(n)                                                                                    \
    PAD(n "0") PAD(n "1") PAD(n "2") PAD(n "3") PAD(n "4") PAD(n "5") PAD(n "6") PAD(n "7")
#define PADS_64(n)                                                                                 \
    PADS(n "0") PADS(n "1") PADS(n "2") PADS(n "3") PADS(n "4") PADS(n "5") PADS(n "6") PADS(n "7")
#define PADS_320 PADS_64("0") PADS_64("1") PADS_64("2") PADS_64("3") PADS_64("4")

/* However many headers there are, all are read: the length of the body may be the last. */
static void reads_many_headers(void **state)
{
    (void)state;
    for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
        speaks(transport, 40000,
               TURNS(CLIENT(INVITE PADS_320 HEADERS
                            "User-Agent: ua\r\nContent-Type: application/sdp\r\n"
                            "Content-Length: 29\r\n\r\n" SDP),
                     CLIENT("ACK sip:amy@a SIP/2.0\r\n" HEADERS "l: 0\r\n\r\n")),
               LINES("app sip", TX_CALL, "tx sip method=ACK*", "!note *"));
}

#define LINE_4K "X-Pad: " X1024 X1024 X1024 X1024 "\r\n"
#define HEAD_56K                                                                                   \
    LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K LINE_4K        \
        LINE_4K LINE_4K LINE_4K

/* A head that comes byte by byte is not looked through again with every one of them. */
static void reads_long_heads(void **state)
{
    const struct conversation c = {.server_port = 5060,
                                   .turns = TURNS(CLIENT(INVITE HEAD_56K HEADERS "\r\n")),
                                   .expect = LINES("app sip", "tx sip method=INVITE*", "!note *")};

    (void)state;
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
}

/* Too long a line, too long a head: unreadable, and the name stays. */
static void survives_too_much(void **state)
{
    static const char *const wanted[] = {"app sip", TX_CALL, NULL};
    const struct conversation line = {.server_port = 5060,
                                      .turns = TURNS(CLIENT(CALL), CLIENT(INVITE "To: " K4 K4 K4),
                                                     CLIENT("\r\n\r\n"), CLIENT(CALL)),
                                      .expect = wanted};
    const struct conversation head = {
        .server_port = 5060,
        .turns = TURNS(CLIENT(CALL), CLIENT(INVITE HEAD_56K LINE_4K LINE_4K LINE_4K), CLIENT(CALL)),
        .expect = wanted};

    (void)state;
    conversation_check_once(&line, CUT_TURNS);
    conversation_check_once(&head, CUT_TURNS);
    speaks(OVER_TCP, 5060, TURNS(CLIENT(INVITE "To: " K4 K4 K4 "\r\n" HEADERS "\r\n")),
           LINES("app failed"));
}

static void doubts_lengths(void **state)
{
    static const char *const lengths[] = {"Content-Length: -1\r\n", "Content-Length: x\r\n",
                                          "l:\r\n", ""};
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int n = snprintf(text, sizeof text, INVITE HEADERS "%s\r\n", lengths[i]);
        const struct turn turns[] = {CLIENT_BYTES(text, (size_t)n),
                                     CLIENT("ACK sip:amy@a SIP/2.0\r\n" HEADERS "l: 0\r\n\r\n"),
                                     {0}};

        speaks(OVER_TCP, 40000, turns,
               LINES("app sip", "tx sip method=INVITE*", "tx sip method=ACK*", "!note *"));
    }
    /* a body that never ends */
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT(INVITE HEADERS "l: 999999999999999999999\r\n\r\n" CALL), SERVER(RINGS)),
           LINES("app sip", TX_RINGS, "!" TX_CALL, "!note *"));
    speaks(OVER_UDP, 40000,
           TURNS(CLIENT(INVITE HEADERS "l: 999999999999999999999\r\n\r\n"), CLIENT(CALL)),
           LINES("app sip", TX_CALL, "!note *"));
}

/* The value stands in the next line, behind a blank (RFC 3261 section 7.3.1). */
static void reads_continued_headers(void **state)
{
    (void)state;
    speaks(
        OVER_TCP, 40000,
        TURNS(CLIENT(INVITE "Via:\r\n SIP/2.0/UDP 10.1.1.1\r\n  ;branch=1\r\nFrom: "
                            "<sip:joe@a>\r\nTo :\r\n\t<sip:amy@a>\r\nCall-ID: c1\r\n"
                            "CSeq: 1 INVITE\r\nUser-Agent: ua\r\nContent-Type: "
                            "application/sdp\r\nContent-Length:\r\n 29\r\n\r\n" SDP CALL)),
        LINES("app sip", TX_CALL, "buffer body v=0\\r\\nm=audio 4000 RTP/AVP 0\\r\\n", "!note *"));
}

#define PARTS                                                                                      \
    "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=audio 4000 RTP/AVP 0\r\n--b--" /* 69     \
                                                                                            bytes  \
                                                                                          */

static void finds_descriptions(void **state)
{
    (void)state;
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT(INVITE HEADERS
                        "User-Agent: ua\r\nc: multipart/mixed;boundary=b\r\nl: 73\r\n\r\n" PARTS
                        "\n" CALL)),
           LINES("app sip", TX_CALL, "!note *"));
    speaks(OVER_TCP, 40000,
           TURNS(CLIENT(INVITE HEADERS "User-Agent: ua\r\nc: application/sdp\r\nl: "
                                       "27\r\n\r\nv=0\r\nm=audio 4000 RTP/AVP 0" CALL)),
           LINES("app sip", TX_CALL, "!note *"));
}

/* Methods are for everybody to invent: known ones prove the protocol, others go on with it. */
static void goes_on_with_other_methods(void **state)
{
    (void)state;
    for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
        speaks(transport, 40000,
               TURNS(CLIENT(CALL), CLIENT("FOO im:amy@a SIP/2.0\r\n" HEADERS "l: 0\r\n\r\n"),
                     CLIENT(CALL)),
               LINES("app sip", "tx sip method=FOO uri=im:amy@a*", TX_CALL, "!note *"));
}

static void believes_one_side(void **state)
{
    static const uint16_t ports[] = {40000, 5060, 53, 80};

    (void)state;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++) {
            speaks(transport, ports[i], TURNS(CLIENT(CALL)),
                   LINES("app sip", "proof certain", TX_CALL));
            speaks(transport, ports[i], TURNS(SERVER(RINGS)),
                   LINES("app sip", "proof certain", TX_RINGS));
        }
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns =
            TURNS(SERVER("TRIED: no\r\nm=audio 1\r\n"), CLIENT("INV"), SERVER("a=sendrecv\r\n"),
                  CLIENT("ITE sip:amy@a SIP/2.0\r\n" HEADERS
                         "User-Agent: ua\r\nContent-Type: application/sdp\r\nContent-Length: "
                         "29\r\n\r\n" SDP),
                  SERVER("b=1\r\n"), SERVER(RINGS)),
        .expect = LINES("app sip", TX_CALL, TX_RINGS, "!note *")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void goes_on_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 5060,
        .turns = TURNS(CLIENT(CALL), SERVER(RINGS), CLIENT_LOST(50), CLIENT("rest of it\r\n"),
                       CLIENT(CALL)),
        .expect = LINES("app sip", TX_CALL, "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("INVITE http://a SIP/2.0\r\n" HEADERS "\r\n"),
        CLIENT("CALL sip:amy@a SIP/2.0\r\n" HEADERS "\r\n"),
        CLIENT("INVITE sip:amy@a HTTP/1.1\r\n" HEADERS "\r\n"),
        CLIENT(INVITE "Via: x\r\nFrom: x\r\nTo: x\r\nCSeq: 1\r\n\r\n"),
        CLIENT(INVITE "no header\r\n" HEADERS "\r\n"),
        CLIENT("SIP/2.0 20 OK\r\n" HEADERS "\r\n"),
        CLIENT("SIP/2.0 200 OK\r\nVia: x\r\nFrom: x\r\nTo: x\r\nCSeq: 1\r\n\r\n"),
        CLIENT("FOO sip:amy@a SIP/2.0\r\n" HEADERS "\r\n"),
        CLIENT("\r\n\r\n\r\n"),
        CLIENT("INVITE sip:amy@a\r\n" HEADERS "\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
            speaks(transport, 5060, TURNS(bad[i]), LINES("!app sip", "!tx sip*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_calls),
        cmocka_unit_test(reads_datagrams_without_a_length),
        cmocka_unit_test(tells_refusals),
        cmocka_unit_test(tells_no_logins),
        cmocka_unit_test(announces_media),
        cmocka_unit_test(passes_long_bodies),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(passes_long_bodies_of_servers),
        cmocka_unit_test(reads_many_headers),
        cmocka_unit_test(reads_long_heads),
        cmocka_unit_test(survives_too_much),
        cmocka_unit_test(doubts_lengths),
        cmocka_unit_test(reads_continued_headers),
        cmocka_unit_test(finds_descriptions),
        cmocka_unit_test(goes_on_with_other_methods),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(joins_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
