/* SPDX-License-Identifier: Apache-2.0
 *
 * GTP: contexts and sessions of both versions, charging, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define CREATE1                                                                                    \
    "2\x10\x00M\x00\x00\x00\x00\x00\x07\x00\x00\x02"                                               \
    "b\x02\x11"                                                                                    \
    "2Tv\x98\xf0\x0e\x01\x0f\x00\x10\x00\x00\x00\x01\x11\x00\x00\x00\x02\x14\x05\x80\x00\x02\xf1!" \
    "\x83\x00\x11\x08internet\x07"                                                                 \
    "example\x85\x00\x04\x0a\x00\x00\x01\x86\x00\x06\x91\x94q\x10"                                 \
    "2\xf4\x87\x00\x04\x00\x0b\x92\x1f"
#define CREATED1                                                                                   \
    "2\x11\x00'"                                                                                   \
    "\x00\x00\x00\x02\x00\x07\x00\x00\x01\x80\x0e\x01\x10\x00\x00\x00\x03\x11\x00\x00\x00\x04\x7f" \
    "\x00\x00\x00\x09\x80\x00\x06\xf1!\x0a\x01\x00\x07\x85\x00\x04\x0a\x00\x00\x02"
#define DELETE1  "2\x14\x00\x08\x00\x00\x00\x04\x00\x08\x00\x00\x13\x01\x14\x05"
#define DELETED1 "2\x15\x00\x06\x00\x00\x00\x02\x00\x08\x00\x00\x01\x80"
#define ECHO1    "2\x01\x00\x04\x00\x00\x00\x00\x00\x09\x00\x00"
#define ECHOED1  "2\x02\x00\x06\x00\x00\x00\x00\x00\x09\x00\x00\x0e\x01"
#define EXT1     "6\x01\x00\x08\x00\x00\x00\x00\x00\x0a\x00\xc0\x01\x00\x01\x00"
#define CREATE2                                                                                    \
    "H \x00V\x00\x00\x00\x00\x00\x00M\x00\x01\x00\x08\x00"                                         \
    "b\x02\x11"                                                                                    \
    "2Tv\x98\xf0L\x00\x05\x00\x94q\x10"                                                            \
    "2\xf4R\x00\x01\x00\x06W\x00\x09\x00\x86\x00\x00\x00\x01\x0a\x00\x00\x01G\x00\x11\x00\x08inte" \
    "rnet\x07"                                                                                     \
    "exampleO\x00\x05\x00\x01\x00\x00\x00\x00]\x00\x05\x00I\x00\x01\x00\x05"
#define CREATED2                                                                                   \
    "H!\x00$"                                                                                      \
    "\x00\x00\x00\x01\x00\x00M\x00\x02\x00\x02\x00\x10\x00W\x00\x09\x00\x87\x00\x00\x00\x02\x0a"   \
    "\x00\x00\x02O\x00\x05\x00\x01\x0a\x01\x00\x07"
#define CREATED26                                                                                  \
    "H!\x00(\x00\x00\x00\x01\x00\x00M\x00\x02\x00\x02\x00\x10\x00O\x00\x16\x00\x03@"               \
    "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x0a\x01\x00\x07"
#define REFUSED2 "H!\x00\x0e\x00\x00\x00\x01\x00\x00M\x00\x02\x00\x02\x00]\x00"
#define ECHO2    "@\x01\x00\x09\x00\x00\x05\x00\x03\x00\x01\x00\x01"
#define ECHOED2  "@\x02\x00\x09\x00\x00\x05\x00\x03\x00\x01\x00\x02"
#define PIGGY                                                                                      \
    "X!"                                                                                           \
    "\x00\x17\x00\x00\x00\x01\x00\x00M\x00\x02\x00\x02\x00\x10\x00O\x00\x05\x00\x01\x0a\x01\x00"   \
    "\x07H_\x00\x16\x00\x00\x00\x01\x00\x00N\x00I\x00\x01\x00\x05]\x00\x05\x00I\x00\x01\x00\x00"
#define BEARER "H`\x00\x0e\x00\x00\x00\x02\x00\x00N\x00\x02\x00\x02\x00\x10\x00"
#define RECORD                                                                                     \
    ".\xf0\x00\x0d\x00\x04~\x01\xfc\x00\x08\x01\x01\x04\x00"                                       \
    "abcd"
#define RECORDED ".\xf1\x00\x07\x00\x04\x01\x80\xfd\x00\x02\x00\x04"
#define RECORD0  "\x0e\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

#define IMSI   "imsi=262011234567890 "
#define MSISDN "msisdn=491701234 "
#define APN    "apn=internet.example"

static void talk(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_1(void **state)
{
    (void)state;
    talk(2123,
         TURNS(CLIENT(CREATE1), SERVER(CREATED1), CLIENT(DELETE1), SERVER(DELETED1), CLIENT(ECHO1),
               SERVER(ECHOED1), SERVER(EXT1)),
         LINES("app gtp", "proof certain",
               "tx gtp version=1 request=Create PDP Context Request teid=0 seq=7 " IMSI MSISDN APN
               " response=Create PDP Context Response address=10.1.0.7 cause=128",
               "tx gtp version=1 request=Delete PDP Context Request teid=4 seq=8 "
               "response=Delete PDP Context Response cause=128",
               "tx gtp version=1 request=Echo Request teid=0 seq=9 response=Echo Response",
               "tx gtp version=1 request=Echo Request teid=0 seq=10", "!note *"));
}

static void reads_version_2(void **state)
{
    (void)state;
    talk(2123, TURNS(CLIENT(CREATE2), SERVER(CREATED2), CLIENT(ECHO2), SERVER(ECHOED2)),
         LINES("app gtp", "proof certain",
               "tx gtp version=2 request=Create Session Request teid=0 seq=77 " IMSI MSISDN APN
               " response=Create Session Response address=10.1.0.7 cause=16",
               "tx gtp version=2 request=Echo Request seq=5 response=Echo Response"));
    talk(40000, TURNS(CLIENT(CREATE2), SERVER(CREATED26)),
         LINES("app gtp", "proof certain",
               "tx gtp version=2 request=Create Session Request teid=0 seq=77 " IMSI MSISDN APN
               " response=Create Session Response address=fd00::1 cause=16"));
    talk(2123, TURNS(CLIENT(CREATE2), SERVER(REFUSED2)),
         LINES("tx gtp version=2 request=Create Session Request teid=0 seq=77 " IMSI MSISDN APN
               " response=Create Session Response cause=93"));
    /* two messages in a datagram; the server asks, too */
    talk(2123, TURNS(CLIENT(CREATE2), SERVER(PIGGY), CLIENT(BEARER)),
         LINES("tx gtp version=2 request=Create Session Request teid=0 seq=77 " IMSI MSISDN APN
               " response=Create Session Response address=10.1.0.7 cause=16",
               "tx gtp version=2 request=Create Bearer Request teid=1 seq=78 "
               "response=Create Bearer Response cause=16"));
}

static void reads_charging(void **state)
{
    (void)state;
    talk(3386, TURNS(CLIENT(RECORD), SERVER(RECORDED)),
         LINES("app gtp", "proof certain",
               "tx gtp version=prime request=Data Record Transfer Request seq=4 "
               "response=Data Record Transfer Response cause=128"));
    talk(3386, TURNS(CLIENT(RECORD0)),
         LINES("app gtp", "proof fair", "tx gtp version=prime request=Echo Request seq=1"));
}

static void believes_one_side(void **state)
{
    (void)state;
    talk(2123, TURNS(CLIENT(CREATE1)), LINES("app gtp", "proof strong"));
    talk(2123, TURNS(SERVER(CREATED1)),
         LINES("app gtp", "proof strong",
               "tx gtp version=1 response=Create PDP Context Response teid=2 seq=7 "
               "address=10.1.0.7 cause=128"));
    talk(40000, TURNS(CLIENT(CREATE2)), LINES("app gtp", "proof fair"));
    talk(2123, TURNS(CLIENT(ECHO1)), LINES("app gtp", "proof fair"));
    talk(40000, TURNS(CLIENT(ECHO1)), LINES("app failed"));
    talk(40000, TURNS(CLIENT(ECHO2)), LINES("app failed"));
    talk(40000, TURNS(CLIENT(RECORD)), LINES("app failed"));
    talk(40000, TURNS(CLIENT(ECHO1), SERVER(ECHOED1)), LINES("app gtp", "proof certain"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        /* something behind it */
        CLIENT(CREATE1 "\0"),
        /* something behind it */
        CLIENT(CREATE2 "\0"),
        /* an element of no known length */
        CLIENT("2\x10\x00\x06\x00\x00\x00\x00\x00\x07\x00\x00\x06\x00"),
        /* an IMSI of no digits */
        CLIENT("2\x10\x00\x0d\x00\x00\x00\x00\x00\x07\x00\x00\x02\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"),
        /* a name longer than its element */
        CLIENT("2\x10\x00\x0b\x00\x00\x00\x00\x00\x07\x00\x00\x83\x00\x04 abc"),
        /* no sequence number */
        CLIENT("0\x10\x00\x0d\x00\x00\x00\x00\x00\x07\x00\x00\x02"
               "b\x02\x11"
               "2Tv\x98\xf0"),
        /* no such message */
        CLIENT("2\xc8\x00\x0d\x00\x00\x00\x00\x00\x07\x00\x00\x02"
               "b\x02\x11"
               "2Tv\x98\xf0"),
        /* no such flag */
        CLIENT("\x22\x10\x00\x0d\x00\x00\x00\x00\x00\x07\x00\x00\x02"
               "b\x02\x11"
               "2Tv\x98\xf0"),
        /* an extension of no length */
        CLIENT("6\x10\x00\x08\x00\x00\x00\x00\x00\x07\x00\xc0\x00\x00\x00\x00"),
        /* shorter than its head */
        CLIENT("7\x03\x00\x00"
               "B\x00\x00\x00"),
        /* an element of no type */
        CLIENT("H \x00\x0d\x00\x00\x00\x00\x00\x00M\x00\x00\x00\x01\x00"
               "a"),
        /* no such instance */
        CLIENT("H \x00\x14\x00\x00\x00\x00\x00\x00M\x00\x01\x00\x08\x10"
               "b\x02\x11"
               "2Tv\x98\xf0"),
        /* an element longer than all */
        CLIENT("H \x00\x0c\x00\x00\x00\x00\x00\x00M\x00\x01\xff\xff\x00"),
        /* an empty cause */
        CLIENT("H!\x00\x0c\x00\x00\x00\x01\x00\x00M\x00\x02\x00\x00\x00"),
        /* a second message is missing */
        CLIENT("X!\x00\x0e\x00\x00\x00\x01\x00\x00M\x00\x02\x00\x02\x00\x10\x00"),
        /* no such message */
        CLIENT("H\xd2\x00\x08\x00\x00\x00\x01\x00\x00M\x00"),
        /* no such message */
        CLIENT(".\x09\x00\x00\x00\x01"),
        /* no such version */
        CLIENT("n\x01\x00\x00\x00\x01"),
        CLIENT("2"),
        CLIENT("2\x01"),
        CLIENT("H \x00"),
        /* too little */
        CLIENT_BYTES(CREATE1, sizeof(CREATE1) - 2),

    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        talk(2123, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_1),     cmocka_unit_test(reads_version_2),
        cmocka_unit_test(reads_charging),      cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
