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

static void believes_one_side(void **state)
{
    (void)state;
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
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
