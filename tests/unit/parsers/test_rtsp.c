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
        cmocka_unit_test(believes_one_side),
        cmocka_unit_test(goes_on_behind_a_hole),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
