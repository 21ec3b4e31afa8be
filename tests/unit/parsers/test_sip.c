/* SPDX-License-Identifier: Apache-2.0
 *
 * SIP: messages over both transports, short names, bodies, keep-alives, refusals, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
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
#define ENDS   "via=SIP/2.0/UDP 10.1.1.1 from=<sip:joe@a> to=<sip:amy@a> call_id=c1"
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

static void tells_refusals(void **state)
{
    (void)state;
    speaks(OVER_UDP, 5060, TURNS(CLIENT(CALL), SERVER(NO), SERVER(NO), SERVER(NO), SERVER(NO)),
           LINES("!note *"));
    speaks(OVER_UDP, 5060,
           TURNS(CLIENT(CALL), SERVER(NO), SERVER(NO), SERVER(NO), SERVER(NO), SERVER(NO)),
           LINES("note SIP server refuses again and again: <sip:amy@a>"));
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
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (uint8_t transport = OVER_TCP; transport <= OVER_UDP; transport++)
            speaks(transport, 5060, TURNS(bad[i]), LINES("!app sip", "!tx sip*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_calls),         cmocka_unit_test(reads_datagrams_without_a_length),
        cmocka_unit_test(tells_refusals),      cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
