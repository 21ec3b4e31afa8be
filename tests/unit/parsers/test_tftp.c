/* SPDX-License-Identifier: Apache-2.0
 *
 * TFTP: requests, transfers from another port, refusals, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define X16  "0123456789abcdef"
#define X128 X16 X16 X16 X16 X16 X16 X16 X16
#define X512 X128 X128 X128 X128

#define GET                                                                                        \
    "\0\1"                                                                                         \
    "boot/kernel\0octet\0"
#define PUT                                                                                        \
    "\0\2"                                                                                         \
    "log.txt\0NetASCII\0"
#define TX_GET "tx tftp packet=read file=boot/kernel mode=octet"
#define TX_PUT "tx tftp packet=write file=log.txt mode=NetASCII"
#define MOVED  "session udp 10.1.1.2:41000-10.1.1.9:2000 app tftp"

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_requests(void **state)
{
    (void)state;
    datagrams(69, TURNS(CLIENT(GET)), LINES("app tftp", "proof strong", TX_GET));
    datagrams(69, TURNS(CLIENT(PUT)), LINES("app tftp", "proof strong", TX_PUT));
    datagrams(69,
              TURNS(CLIENT("\0\2"
                           "a\0MAIL\0")),
              LINES("tx tftp packet=write file=a mode=MAIL"));
    datagrams(40000, TURNS(CLIENT(GET)), LINES("app tftp", "proof strong", TX_GET));
    datagrams(53, TURNS(CLIENT(GET)), LINES("app tftp", "proof strong", TX_GET));
    datagrams(69,
              TURNS(CLIENT(GET "BlkSize\0"
                               "1428\0tsize\0"
                               "0\0windowsize\0"
                               "8\0timeout\0"
                               "2\0multicast\0\0")),
              LINES("tx tftp packet=read file=boot/kernel mode=octet blksize=1428 tsize=0 "
                    "windowsize=8"));
}

static void follows_a_read_to_its_port(void **state)
{
    (void)state;
    datagrams(69,
              TURNS(CLIENT(GET), SERVER_FROM(2000, "\0\3\0\1" X512), CLIENT_TO(2000, "\0\4\0\1"),
                    SERVER_FROM(2000, "\0\3\0\1" X512), CLIENT_TO(2000, "\0\4\0\1"),
                    SERVER_FROM(2000, "\0\3\0\2" X512), CLIENT_TO(2000, "\0\4\0\2"),
                    SERVER_FROM(2000, "\0\3\0\3" X16), CLIENT_TO(2000, "\0\4\0\3")),
              LINES("app tftp", TX_GET, MOVED, "tx tftp packet=data bytes=1040"));
}

static void follows_a_write_to_its_port(void **state)
{
    (void)state;
    datagrams(69,
              TURNS(CLIENT(PUT), SERVER_FROM(2000, "\0\4\0\0"), CLIENT_TO(2000, "\0\3\0\1" X512),
                    SERVER_FROM(2000, "\0\4\0\1"), CLIENT_TO(2000, "\0\3\0\2"),
                    SERVER_FROM(2000, "\0\4\0\2")),
              LINES("app tftp", TX_PUT, MOVED, "tx tftp packet=data bytes=512"));
}

static void reads_agreed_options(void **state)
{
    (void)state;
    /* larger blocks: 640 bytes are the end only of the second */
    datagrams(69,
              TURNS(CLIENT(GET "blksize\0"
                               "1024\0"),
                    SERVER_FROM(2000, "\0\6"
                                      "blksize\0"
                                      "1024\0tsize\0"
                                      "1664\0windowsize\0"
                                      "4\0"),
                    CLIENT_TO(2000, "\0\4\0\0"), SERVER_FROM(2000, "\0\3\0\1" X512 X512),
                    CLIENT_TO(2000, "\0\4\0\1"), SERVER_FROM(2000, "\0\3\0\2" X512 X128),
                    CLIENT_TO(2000, "\0\4\0\2")),
              LINES(MOVED, "tx tftp packet=data blksize=1024 tsize=1664 windowsize=4 bytes=1664"));
    /* the agreement was not seen */
    datagrams(69,
              TURNS(CLIENT(GET), SERVER_FROM(2000, "\0\3\0\1" X512 X512),
                    SERVER_FROM(2000, "\0\3\0\2" X512 X128)),
              LINES(MOVED, "tx tftp packet=data bytes=1664"));
}

static void hears_refusals(void **state)
{
    (void)state;
    datagrams(69, TURNS(CLIENT(GET), SERVER_FROM(2000, "\0\5\0\1no such file\0")),
              LINES(MOVED, TX_GET, "tx tftp packet=error error=no such file"));
    datagrams(69, TURNS(CLIENT(GET), SERVER("\0\5\0\2\0")),
              LINES("proof certain", TX_GET, "tx tftp packet=error error=access violation"));
    /* of the client, in the middle */
    datagrams(69,
              TURNS(CLIENT(GET), SERVER_FROM(2000, "\0\3\0\1" X512),
                    CLIENT_TO(2000, "\0\5\0\3disk full\0")),
              LINES(MOVED, "tx tftp packet=data error=disk full bytes=512"));
}

static void answers_from_the_same_port(void **state)
{
    (void)state;
    datagrams(69,
              TURNS(CLIENT(GET), SERVER("\0\3\0\1" X512), CLIENT("\0\4\0\1"),
                    SERVER("\0\3\0\2" X16), CLIENT("\0\4\0\2")),
              LINES("app tftp", "proof certain", TX_GET, "tx tftp packet=data bytes=528"));
    datagrams(69, TURNS(CLIENT(PUT), SERVER("\0\4\0\0"), CLIENT("\0\3\0\1" X16)),
              LINES("proof certain", TX_PUT, "tx tftp packet=data bytes=16"));
    datagrams(69,
              TURNS(CLIENT(GET), SERVER("\0\6tsize\0"
                                        "99\0")),
              LINES("proof certain", "tx tftp packet=data tsize=99"));
    /* a block that is not the first, and an answer of nobody's */
    datagrams(69, TURNS(CLIENT(GET), SERVER("\0\3\0\x09" X16)), LINES("proof strong"));
    datagrams(69, TURNS(CLIENT(GET), SERVER("hello")),
              LINES("app tftp", "proof strong", "!note *"));
}

/* The session of a transfer counts because it was announced. Elsewhere it does not. */
static void believes_no_transfer_unannounced(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\3\0\1" X512),
        CLIENT("\0\4\0\0"),
        CLIENT("\0\5\0\1no such file\0"),
        CLIENT("\0\6tsize\0"
               "99\0"),
        SERVER("\0\3\0\1" X512),
        SERVER("\0\5\0\1no such file\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        datagrams(69, TURNS(bad[i]), LINES("app failed", "!tx *"));
        datagrams(40000, TURNS(bad[i]), LINES("app failed", "!tx *"));
    }
    datagrams(69,
              TURNS(CLIENT("\0\1"
                           "a\0octe\0"),
                    SERVER_FROM(2000, "\0\3\0\1" X512)),
              LINES("app failed", "session udp 10.1.1.9:2000-10.1.1.2:41000 app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\1\0octet\0"), /* no name */
        CLIENT("\0\1"
               "a\0octe\0"), /* no mode of ours */
        CLIENT("\0\1"
               "a\0octet"), /* no end */
        CLIENT("\0\1"
               "a"),
        CLIENT("\0\1"
               "a\0octet\0x"), /* half an option */
        CLIENT("\0\1"
               "a\0octet\0blksize\0"
               "512"),
        CLIENT("\0\1"
               "a\0octet\0\0"
               "512\0"), /* of no name */
        CLIENT("\0\1"
               "a\n\0octet\0"), /* not printable */
        CLIENT("\0\1"
               "a\0octet\0blk\1\0"
               "512\0"),
        CLIENT("\0\0"
               "a\0octet\0"),
        CLIENT("\0\7"
               "a\0octet\0"),
        CLIENT("\1\1"
               "a\0octet\0"),
        CLIENT("\0\1" X128 X128 "\0octet\0"), /* a name of 256 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        datagrams(69, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

/* Malformed parts of an announced transfer are passed over. */
static void survives_malformed_parts(void **state)
{
    (void)state;
    datagrams(69,
              TURNS(CLIENT(GET), SERVER_FROM(2000, "\0\3"), SERVER_FROM(2000, "\0\4\0\1tail"),
                    SERVER_FROM(2000, "\0\6tsize"), SERVER_FROM(2000, "\0\x09"),
                    SERVER_FROM(2000, "\0"), SERVER_FROM(2000, "\0\3\0\1" X16)),
              LINES(MOVED, "tx tftp packet=data bytes=16", "!note *"));
    /* numbers that are none */
    datagrams(69,
              TURNS(CLIENT(GET "blksize\0"
                               "many\0tsize\0"
                               "99999999999999999999999\0")),
              LINES("tx tftp packet=read file=boot/kernel mode=octet blksize=0 tsize=0"));
}

/* Block numbers begin again after 65535. */
static void counts_beyond_the_last_number(void **state)
{
    (void)state;
    datagrams(69,
              TURNS(CLIENT(GET), SERVER_FROM(2000, "\0\3\xff\xfe" X512),
                    SERVER_FROM(2000, "\0\3\xff\xff" X512), SERVER_FROM(2000, "\0\3\0\0" X512),
                    SERVER_FROM(2000, "\0\3\xff\xff" X512), SERVER_FROM(2000, "\0\3\0\1" X16)),
              LINES("tx tftp packet=data bytes=1552"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_requests),
        cmocka_unit_test(follows_a_read_to_its_port),
        cmocka_unit_test(follows_a_write_to_its_port),
        cmocka_unit_test(reads_agreed_options),
        cmocka_unit_test(hears_refusals),
        cmocka_unit_test(answers_from_the_same_port),
        cmocka_unit_test(believes_no_transfer_unannounced),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_malformed_parts),
        cmocka_unit_test(counts_beyond_the_last_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
