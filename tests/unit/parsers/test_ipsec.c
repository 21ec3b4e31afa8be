/* SPDX-License-Identifier: Apache-2.0
 *
 * IKE: both versions, both ports, what shares port 4500 with it, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define SPI_I  "\x11\x22\x33\x44\x55\x66\x77\x88"
#define SPI_R  "\xaa\xbb\xcc\xdd\xee\xff\1\2"
#define SPI_0  "\0\0\0\0\0\0\0\0"
#define HEX_I  "11:22:33:44:55:66:77:88"
#define HEX_R  "aa:bb:cc:dd:ee:ff:01:02"
#define HEX_0  "00:00:00:00:00:00:00:00"
#define MARKER "\0\0\0\0"

/* next, version, exchange, flags, message number; the length is written out */
#define HEAD(i, r, next, version, exchange, flags, number, length)                                 \
    i r next version exchange flags "\0\0\0" number "\0\0\0" length

/* SA(33) of 12 bytes, notification(41) of 8, vendor(43) of 8 */
#define INIT                                                                                       \
    HEAD(SPI_I, SPI_0, "\x21", "\x20", "\x22", "\x08", "\0", "\x38")                               \
    "\x29\0\0\x0c"                                                                                 \
    "proposal"                                                                                     \
    "\x2b\0\0\x08\0\0\x40\x04"                                                                     \
    "\0\0\0\x08wxyz"
#define ANSWER HEAD(SPI_I, SPI_R, "\x21", "\x20", "\x22", "\x20", "\0", "\x28") "\0\0\0\x0cproposal"
#define AUTH                                                                                       \
    HEAD(SPI_I, SPI_R, "\x2e", "\x20", "\x23", "\x08", "\1", "\x28")                               \
    "\x23\0\0\x0c"                                                                                 \
    "encrypte"

#define TX_INIT                                                                                    \
    "tx ipsec version_major=2 version_minor=0 exchange=ike_sa_init message_id=0 init_spi=" HEX_I   \
    " resp_spi=" HEX_0 " notify[]=16388 vendor_ids[]=77:78:79:7a"
#define TX_ANSWER                                                                                  \
    "tx ipsec version_major=2 version_minor=0 exchange=ike_sa_init message_id=0 init_spi=" HEX_I   \
    " resp_spi=" HEX_R
#define TX_AUTH                                                                                    \
    "tx ipsec version_major=2 version_minor=0 exchange=ike_auth message_id=1 init_spi=" HEX_I      \
    " resp_spi=" HEX_R

static void datagrams(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_version_2(void **state)
{
    (void)state;
    datagrams(500, TURNS(CLIENT(INIT), SERVER(ANSWER), CLIENT(AUTH), SERVER(AUTH)),
              LINES("app ipsec", "proof certain", TX_INIT, TX_ANSWER, TX_AUTH, "!note *"));
    datagrams(40000, TURNS(CLIENT(INIT), SERVER(ANSWER)), LINES("app ipsec", "proof certain"));
}

static void shares_its_port(void **state)
{
    (void)state;
    datagrams(4500,
              TURNS(CLIENT(MARKER INIT), SERVER(MARKER ANSWER), CLIENT("\xff"),
                    CLIENT("\1\2\3\4\0\0\0\1encrypted payload"), SERVER(MARKER AUTH)),
              LINES("app ipsec", "proof certain", TX_INIT, TX_ANSWER, TX_AUTH));
}

static void reads_version_1(void **state)
{
    (void)state;
    datagrams(500,
              TURNS(CLIENT(HEAD(SPI_I, SPI_0, "\1", "\x10", "\2", "\0", "\0", "\x30") "\x0d\0\0\x0c"
                                                                                      "proposal"
                                                                                      "\0\0\0\x08"
                                                                                      "Cisc"),
                    SERVER(HEAD(SPI_I, SPI_R, "\1", "\x10", "\2", "\0", "\0", "\x28") "\0\0\0\x0c"
                                                                                      "proposal"),
                    CLIENT(HEAD(SPI_I, SPI_R, "\5", "\x10", "\2", "\1", "\0", "\x24") "whatever"),
                    CLIENT(HEAD(SPI_I, SPI_R, "\x0b", "\x10", "\5", "\0", "\7",
                                "\x28") "\0\0\0\x0c\0\0\0\1\1\0\0\x0e")),
              LINES("app ipsec", "proof certain",
                    "tx ipsec version_major=1 version_minor=0 exchange=identity_protection "
                    "message_id=0 init_spi=" HEX_I " resp_spi=" HEX_0 " vendor_ids[]=43:69:73:63",
                    "tx ipsec version_major=1 version_minor=0 exchange=informational message_id=7 "
                    "init_spi=" HEX_I " resp_spi=" HEX_R " notify[]=14"));
}

static void believes_one_side(void **state)
{
    (void)state;
    datagrams(40000, TURNS(CLIENT(INIT)), LINES("app ipsec", "proof strong"));
    datagrams(500, TURNS(SERVER(ANSWER)), LINES("app ipsec", "proof fair"));
    datagrams(500, TURNS(CLIENT(AUTH), SERVER(AUTH)), LINES("app ipsec", "proof certain"));
    /* What one side repeats, nobody has confirmed. */
    datagrams(500, TURNS(CLIENT(AUTH), CLIENT(AUTH)), LINES("app ipsec", "proof fair"));
    datagrams(500, TURNS(SERVER(ANSWER), SERVER(AUTH)), LINES("app ipsec", "proof fair"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .transport = OVER_UDP,
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(SERVER(MARKER AUTH), CLIENT(MARKER AUTH)),
        .expect = LINES("app ipsec", "proof certain", TX_AUTH),
    };

    (void)state;
    conversation_check(&c);
}

/* Forty empty vendor payloads: 28 + 160 bytes. */
#define EMPTY_4 "\x2b\0\0\4\x2b\0\0\4\x2b\0\0\4\x2b\0\0\4"
#define EMPTY_39                                                                                   \
    EMPTY_4 EMPTY_4 EMPTY_4 EMPTY_4 EMPTY_4 EMPTY_4 EMPTY_4 EMPTY_4 EMPTY_4                        \
        "\x2b\0\0\4\x2b\0\0\4\x2b\0\0\4"

static void bears_many_payloads(void **state)
{
    (void)state;
    datagrams(500,
              TURNS(CLIENT(HEAD(SPI_I, SPI_0, "\x2b", "\x20", "\x22", "\x08", "\0", "\xbc") EMPTY_39
                           "\0\0\0\4")),
              LINES("app ipsec", "proof strong"));
    datagrams(500,
              TURNS(CLIENT(HEAD(SPI_I, SPI_0, "\x2b", "\x20", "\x22", "\x08", "\0", "\xbc") EMPTY_39
                           "\x2b\0\0\4")),
              LINES("app failed"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(
            HEAD(SPI_0, SPI_0, "\x21", "\x20", "\x22", "\x08", "\0", "\x28") "\0\0\0\x0cproposal"),
        CLIENT(
            HEAD(SPI_I, SPI_0, "\x21", "\x30", "\x22", "\x08", "\0", "\x28") "\0\0\0\x0cproposal"),
        CLIENT(HEAD(SPI_I, SPI_0, "\x21", "\x20", "\2", "\x08", "\0", "\x28") "\0\0\0\x0cproposal"),
        CLIENT(
            HEAD(SPI_I, SPI_0, "\x21", "\x20", "\x22", "\x08", "\0", "\x29") "\0\0\0\x0cproposal"),
        CLIENT(
            HEAD(SPI_I, SPI_0, "\x21", "\x20", "\x22", "\x08", "\0", "\x28") "\0\0\0\x0dproposal"),
        CLIENT(
            HEAD(SPI_I, SPI_0, "\x21", "\x20", "\x22", "\x08", "\0", "\x28") "\0\0\0\x03proposal"),
        CLIENT(
            HEAD(SPI_I, SPI_0, "\x21", "\x20", "\x22", "\x08", "\0", "\x28") "\0\0\0\x0bproposal"),
        CLIENT(
            HEAD(SPI_I, SPI_0, "\x05", "\x20", "\x22", "\x08", "\0", "\x28") "\0\0\0\x0cproposal"),
        CLIENT(HEAD(SPI_I, SPI_0, "\0", "\x20", "\x22", "\x08", "\0", "\x1c")),
        CLIENT(MARKER),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        datagrams(500, TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_2),     cmocka_unit_test(shares_its_port),
        cmocka_unit_test(reads_version_1),     cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes), cmocka_unit_test(joins_in_the_middle),
        cmocka_unit_test(bears_many_payloads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
