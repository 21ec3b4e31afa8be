/* SPDX-License-Identifier: Apache-2.0
 *
 * RTSP: requests of both sides, media in between and beside, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define URI   "rtsp://a/b"
#define SETUP "SETUP " URI " RTSP/1.0\r\nCSeq: 3\r\nUser-Agent: ua\r\n\r\n"
#define OK                                                                                         \
    "RTSP/1.0 200 OK\r\nCSeq: 3\r\nServer: s\r\nSession: 12;timeout=60\r\n"                        \
    "Transport: RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257\r\n\r\n"
#define TX                                                                                         \
    "tx rtsp method=SETUP uri=" URI " cseq=3 user_agent=ua status=200 reason=OK server=s "         \
    "session=12 transport=RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257"
#define MEDIA "$\0\0\5RTP/1"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_requests_and_answers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SETUP), SERVER(OK)), LINES("app rtsp", "proof certain", TX, "!note *"));
    speaks(TURNS(CLIENT("DESCRIBE " URI " RTSP/2.0\r\nCSeq: 1\r\n\r\n"),
                 SERVER("RTSP/2.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n"
                        "Content-Length: 5\r\n\r\nv=0\r\n")),
           LINES("tx rtsp method=DESCRIBE uri=" URI
                 " cseq=1 status=200 reason=OK content_type=application/sdp",
                 "buffer body v=0\\r\\n"));
}

static void hears_requests_of_servers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SETUP), SERVER("SET_PARAMETER " URI " RTSP/1.0\r\nCSeq: 3\r\n\r\n" OK),
                 CLIENT("RTSP/1.0 451 No\r\nCSeq: 3\r\n\r\n")),
           LINES(TX, "tx rtsp method=SET_PARAMETER uri=" URI " cseq=3 status=451 reason=No"));
}

static void passes_media(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SETUP), SERVER(OK MEDIA MEDIA), CLIENT(MEDIA SETUP), SERVER(MEDIA OK)),
           LINES("app rtsp", TX, "!note *"));
}

#define HEAD_POST                                                                                  \
    "POST /b HTTP/1.0\r\nHost: a\r\nx-sessioncookie: c\r\n"                                        \
    "Content-Type: application/x-rtsp-tunnelled\r\nContent-Length: 32767\r\n\r\n"
#define HEAD_GET                                                                                   \
    "GET /b HTTP/1.0\r\nHost: a\r\nx-sessioncookie: c\r\n"                                         \
    "Accept: application/x-rtsp-tunnelled\r\n\r\n"
#define HEAD_OK "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
/* SETUP; SET_PARAMETER with a body; a frame of media */
#define SETUP_64 "U0VUVVAgcnRzcDovL2EvYiBSVFNQLzEuMA0KQ1NlcTogMw0KVXNlci1BZ2VudDogdWENCg0K"
#define SET_64                                                                                     \
    "U0VUX1BBUkFNRVRFUiBydHNwOi8vYS9iIFJUU1AvMS4wDQpDU2VxOiA0DQpDb250ZW50LUxl"                     \
    "bmd0aDogNQ0KDQphOiAxCg=="
#define MEDIA_64 "JAAABVJUUC8x"

/* Requests go through the body of a POST, answers behind the head of another connection's. */
static void reads_tunnels(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HEAD_POST SETUP_64), CLIENT(SET_64 MEDIA_64), CLIENT(SET_64)),
           LINES("app rtsp", "protocols http,rtsp", "host a",
                 "tx rtsp method=SETUP uri=" URI " cseq=3 user_agent=ua",
                 "tx rtsp method=SET_PARAMETER uri=" URI " cseq=4", "!note *"));
    speaks(TURNS(CLIENT(HEAD_GET), SERVER(HEAD_OK OK MEDIA OK)),
           LINES("app rtsp", "protocols http,rtsp", "host a",
                 "tx rtsp status=200 reason=OK server=s session=12 "
                 "transport=RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257",
                 "!note *"));
}

/* Who only says so is looked at again. */
static void believes_no_tunnel_in_vain(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HEAD_POST SETUP_64 "GET /c HTTP/1.1\r\nHost: d\r\n\r\n"),
                 SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
           LINES("app http", "protocols http,rtsp,http", "tx http http_method=GET url=/c*"));
    speaks(TURNS(CLIENT(HEAD_POST "GET /c HTTP/1.1\r\nHost: d\r\n\r\n")),
           LINES("tx http http_method=GET url=/c*"));
}

/* Byte by byte (RTSP in base64 is read again from its beginning), bodies that lack one byte. */
static void reads_long_tunnels(void **state)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char head[] =
        "SET_PARAMETER " URI " RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 1000\r\nX: ";
    static char message[5001], text[8000];
    size_t n = sizeof head - 1, at = 0;

    (void)state;
    memset(message, 'x', sizeof message);
    memcpy(message, head, n);
    memcpy(message + 4000 - 4, "\r\n\r\n", 4);
    for (size_t i = 0; i < 4998; i += 3) {
        uint32_t group = (uint32_t)(uint8_t)message[i] << 16 |
                         (uint32_t)(uint8_t)message[i + 1] << 8 | (uint8_t)message[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            text[at++] = digits[group >> shift & 63];
    }
    memcpy(text + at, "eHg=" SETUP_64, 4 + sizeof SETUP_64 - 1); /* two more, and another message */
    at += 4 + sizeof SETUP_64 - 1;

    const struct turn turns[] = {CLIENT(HEAD_POST), CLIENT_BYTES(text, at), {0}};
    const struct conversation c = {
        .server_port = 554,
        .turns = turns,
        .expect = LINES("app rtsp", "tx rtsp method=SET_PARAMETER uri=" URI " cseq=4",
                        "tx rtsp method=SETUP uri=" URI " cseq=3 user_agent=ua", "!note *")};

    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
}

#define PAD(n) "X-Pad-" n ": x\r\n"
#define PADS(n)                                                                                    \
    PAD(n "0") PAD(n "1") PAD(n "2") PAD(n "3") PAD(n "4") PAD(n "5") PAD(n "6") PAD(n "7")
#define PADS_64(n)                                                                                 \
    PADS(n "0") PADS(n "1") PADS(n "2") PADS(n "3") PADS(n "4") PADS(n "5") PADS(n "6") PADS(n "7")
#define PADS_320 PADS_64("0") PADS_64("1") PADS_64("2") PADS_64("3") PADS_64("4")

static void reads_many_headers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("SETUP " URI " RTSP/1.0\r\nCSeq: 3\r\n" PADS_320 "User-Agent: ua\r\n\r\n"),
                 SERVER("RTSP/1.0 200 OK\r\nCSeq: 3\r\n" PADS_320
                        "Content-Length: 6\r\n\r\nbody..RTSP/1.0 404 No\r\nCSeq: 4\r\n\r\n")),
           LINES("app rtsp",
                 "tx rtsp method=SETUP uri=" URI " cseq=3 user_agent=ua status=200 reason=OK",
                 "tx rtsp status=404 reason=No", "buffer body body..", "!note *"));
}

static void goes_on_with_other_methods(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SETUP "\r\n\r\nFOO * RTSP/1.0\r\nCSeq: 4\r\n\r\n" SETUP)),
           LINES("app rtsp", "tx rtsp method=FOO uri=* cseq=4",
                 "tx rtsp method=SETUP uri=" URI " cseq=3 user_agent=ua", "!note *"));
}

/* Who shows only one side shows what was asked for, too. */
static void reads_fields_of_requests(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("SETUP " URI " RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast\r\n\r\n"
                        "PLAY " URI " RTSP/1.0\r\nCSeq: 4\r\nSession: 12\r\n\r\n")),
           LINES("tx rtsp method=SETUP uri=" URI " cseq=3 transport=RTP/AVP;unicast",
                 "tx rtsp method=PLAY uri=" URI " cseq=4 session=12"));
}

static void speaks_over_udp(void **state)
{
    const struct conversation good = {
        .transport = OVER_UDP,
        .server_port = 40000,
        .turns = TURNS(CLIENT(SETUP),
                       SERVER("RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 5\r\n\r\nv=0\r\n")),
        .expect =
            LINES("app rtsp", "proof certain",
                  "tx rtsp method=SETUP uri=" URI " cseq=3 user_agent=ua status=200 reason=OK",
                  "buffer body v=0\\r\\n", "!note *")};
    const struct conversation bad = {
        .transport = OVER_UDP,
        .server_port = 554,
        .turns = TURNS(CLIENT("SETUP " URI " RTSP/1.0\r\nCSeq: 3\r\n"), CLIENT(MEDIA)),
        .expect = LINES("app failed", "!tx *")};

    (void)state;
    conversation_check(&good);
    conversation_check(&bad);
}

#define WITH_PORTS(text) "RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;" text "\r\n\r\n"

/* Media have sessions of their own: their frames here only begin on another side. */
static void announces_media(void **state)
{
    static const char *const answers[] = {
        WITH_PORTS("client_port=4588-4589;server_port=6256-6257"),
        WITH_PORTS("dest_addr=\"10.1.1.2:4588\"/\":4589\";src_addr=\"10.1.1.9:6256\""),
        WITH_PORTS("client_port=99999"),
        WITH_PORTS("client_port="),
        WITH_PORTS("dest_addr=\"\""),
        WITH_PORTS("dest_addr="),
        WITH_PORTS("dest_addr=\":\""),
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct turn turns[] = {
            CLIENT(SETUP), SERVER_BYTES(answers[i], strlen(answers[i])), {0}};

        speaks(turns, LINES("app rtsp", "tx rtsp method=SETUP*", "!note *"));
    }
}

/* The driver's client has one port. */
static void hears_announced_media(void **state)
{
    static const char *const answers[] = {
        WITH_PORTS("client_port=41000-41001;server_port=6256-6257"),
        WITH_PORTS("dest_addr=\"10.1.1.2:41000\"/\":41001\";src_addr=\"10.1.1.9:6256\""),
        WITH_PORTS("interleaved=0-1; dest_addr=\":41000\""),
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct turn turns[] = {CLIENT(SETUP),
                                     SERVER_BYTES(answers[i], strlen(answers[i])),
                                     SERVER_FROM(6256, "\x80\0\0\1voice"),
                                     {0}};
        const struct conversation c = {
            .transport = OVER_UDP,
            .server_port = 554,
            .turns = turns,
            .expect =
                LINES("app rtsp", "session udp 10.1.1.9:6256-10.1.1.2:41000 app rtp", "!note *")};

        conversation_check(&c);
    }
}

#define X64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define X1K X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64
#define X4K X1K X1K X1K X1K

/* Longer than what is ever held: bodies are counted, heads make the stream unreadable. */
static void survives_too_much(void **state)
{
    const struct conversation body = {
        .server_port = 554,
        .turns =
            TURNS(CLIENT(SETUP),
                  SERVER("RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 40960\r\n\r\n" X4K X4K X4K),
                  SERVER(X4K X4K X4K X4K X4K X4K X4K OK)),
        .expect =
            LINES("app rtsp", "tx rtsp status=200 reason=OK server=s session=12*", "!note *")};
    const struct conversation head = {
        .server_port = 554,
        .turns = TURNS(CLIENT(SETUP),
                       CLIENT("PLAY " URI " RTSP/1.0\r\nX: " X4K "\r\nX: " X4K "\r\nX: " X4K
                              "\r\nX: " X4K "\r\nX: " X4K "\r\nX: " X4K "\r\nX: " X4K "\r\nX: " X4K
                              "\r\nX: " X4K "\r\n\r\n"),
                       CLIENT(SETUP)),
        .expect = LINES("app rtsp", "tx rtsp method=SETUP*", "!tx rtsp method=PLAY*")};

    (void)state;
    conversation_check_once(&body, CUT_TURNS);
    conversation_check_once(&body, CUT_BYTES);
    conversation_check_once(&head, CUT_TURNS);
    speaks(TURNS(CLIENT("SETUP " URI " RTSP/1.0\r\nX: " X4K X4K X4K "\r\n\r\n")),
           LINES("app failed"));
    speaks(
        TURNS(CLIENT("SETUP " URI
                     " RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 99999999999999999999\r\n\r\n" SETUP),
              SERVER(OK)),
        LINES("app rtsp", "!note *"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER("RTP frame's end" MEDIA), CLIENT("SETUP " URI " RTSP/1.0\r\nCS"),
                       SERVER("other media"), CLIENT("eq: 3\r\nUser-Agent: ua\r\n\r\n"),
                       SERVER("and more"), SERVER(OK MEDIA)),
        .expect = LINES("app rtsp", "proof certain", TX, "!note *")};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

#define RTP                                                                                        \
    "$\0\0\x0e\x80\0\0\1"                                                                          \
    "0123456789"

/* Media go on where a segment begins with some. */
static void goes_on_with_media(void **state)
{
    const struct conversation c = {
        .server_port = 554,
        .turns = TURNS(CLIENT(SETUP), SERVER(OK RTP), SERVER_LOST(50), SERVER("end of it" RTP),
                       SERVER(RTP RTP OK)),
        .expect = LINES("app rtsp", TX, "tx rtsp status=200*", "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void believes_one_side(void **state)
{
    static const struct turn turns[] = {CLIENT(SETUP), {0}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct conversation c = {.server_port = (const uint16_t[]){554, 53, 80}[i],
                                       .turns = turns,
                                       .expect = LINES("app rtsp", "proof certain")};

        conversation_check(&c);
    }
    speaks(TURNS(CLIENT(SETUP)), LINES("app rtsp", "proof certain"));
    speaks(TURNS(SERVER(OK)), LINES("app rtsp", "proof certain"));
    speaks(TURNS(CLIENT("OPTIONS * RTSP/1.0\r\n\r\n")), LINES("app rtsp", "proof strong"));
}

static void goes_on_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 554,
        .turns = TURNS(CLIENT(SETUP), SERVER(OK), SERVER_LOST(50), SERVER("whatever"),
                       CLIENT(SETUP), SERVER(OK)),
        .expect = LINES("app rtsp", TX, "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("SETUP " URI " HTTP/1.1\r\nCSeq: 3\r\n\r\n"),
        CLIENT("STEP " URI " RTSP/1.0\r\nCSeq: 3\r\n\r\n"),
        CLIENT("SETUP  RTSP/1.0\r\nCSeq: 3\r\n\r\n"),
        CLIENT("SETUP " URI " RTSP/1.0\r\nno header\r\n\r\n"),
        SERVER("RTSP/1.0 2 OK\r\nCSeq: 3\r\n\r\n"),
        SERVER("RTSP/1 200 OK\r\nCSeq: 3\r\n\r\n"),
        CLIENT("FOO " URI " RTSP/1.0\r\nCSeq: 3\r\n\r\n"),
        CLIENT(RTP RTP RTP),
        CLIENT(MEDIA),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("!app rtsp", "!tx rtsp*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_requests_and_answers),
        cmocka_unit_test(hears_requests_of_servers),
        cmocka_unit_test(passes_media),
        cmocka_unit_test(reads_tunnels),
        cmocka_unit_test(believes_no_tunnel_in_vain),
        cmocka_unit_test(reads_long_tunnels),
        cmocka_unit_test(reads_many_headers),
        cmocka_unit_test(goes_on_with_other_methods),
        cmocka_unit_test(reads_fields_of_requests),
        cmocka_unit_test(speaks_over_udp),
        cmocka_unit_test(announces_media),
        cmocka_unit_test(hears_announced_media),
        cmocka_unit_test(survives_too_much),
        cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(goes_on_with_media),
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
