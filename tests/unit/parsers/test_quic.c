/* SPDX-License-Identifier: Apache-2.0
 *
 * QUIC: Initial packets of several versions, hellos in any pieces, Retry, version negotiation,
 * Google's versions, one side, and what only looks so.
 */
#include "quic_bytes.h"
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define FROM_CLIENT(b)                                                                             \
    {                                                                                              \
        TURN_CLIENT, (const char *)(b)->at, (b)->n, 0                                              \
    }
#define FROM_SERVER(b)                                                                             \
    {                                                                                              \
        TURN_SERVER, (const char *)(b)->at, (b)->n, 0                                              \
    }
#define NO_NOTE "!note *"

#define ID_C  "\x04ours"
#define ID_1  "\x08original"
#define ID_S  "\x06theirs"
#define SHORT "\x43theirs and then something that nobody can read"

static const struct plan asks = {&dialect_1, ID_1, ID_1, ID_C, NULL, "client in", 0};
static const struct plan answers = {&dialect_1, ID_1, ID_C, ID_S, NULL, "server in", 0};

static struct bytes hello, reply, frames;

static void quic_extensions(struct bytes *b)
{
    EXTENSION(b, 0, SNI);
    EXTENSION(b, 16, "\x00\x03\x02h3");
    EXTENSION(b, 43, "\x02\x03\x04");
    EXTENSION(b, 0x39,
              "\x04\x04\x80\x10\x00\x00\x71\x29\x09"
              "Client/42");
}

static void chosen_13(struct bytes *b)
{
    EXTENSION(b, 43, "\x03\x04");
    EXTENSION(b, 51, "\x00\x1d\x00\x01k");
}

static void hellos_make(void)
{
    client_hello(fresh(&hello), quic_extensions);
    server_hello(fresh(&reply), "\x03\x03", RANDOM, chosen_13);
}

/* The whole hello in one packet of a full datagram. */
static struct bytes *question(struct bytes *b, const struct plan *plan)
{
    crypto_frame(fresh(&frames), &hello, 0, hello.n);
    padding_frames(&frames, 1150);
    quic_initial(fresh(b), plan, &frames);
    return b;
}

static struct bytes *answer(struct bytes *b, const struct plan *plan)
{
    PUT(fresh(&frames), "\x02\x00\x00\x00\x00");
    crypto_frame(&frames, &reply, 0, reply.n);
    quic_initial(fresh(b), plan, &frames);
    return b;
}

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

#define CLIENT_SAYS                                                                                \
    " sni=www.example.org client_alpns[]=h3 ua=Client/42"                                          \
    " ja3.hash=7f966f14d5e7553f4aac0db8ef62dc88 ja3.string=771,49199-4865,0-16-43-57,,"            \
    " ja4=q13d0204h3_c1929292aa6b_c8abead0ac40"
#define SERVER_SAYS                                                                                \
    " cipher_suite=49199 cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 curve=x25519 inner=http3"    \
    " ja3s.hash=11d6dffbbd33bbb038731cd41e50f839 ja3s.string=771,49199,43-51"

/* ---- tests ---- */

static struct bytes first, second, third;

static void reads_hellos(void **state)
{
    (void)state;
    hellos_make();
    speaks(TURNS(FROM_CLIENT(question(&first, &asks)), FROM_SERVER(answer(&second, &answers)),
                 CLIENT(SHORT)),
           LINES("app quic", "proof certain", "host www.example.org", NO_NOTE,
                 "tx quic version=1" CLIENT_SAYS SERVER_SAYS));
}

static void speaks_versions(void **state)
{
    static const struct {
        const struct dialect *dialect;
        const char *line;
    } cases[] = {
        {&dialect_2, "tx quic version=2" CLIENT_SAYS SERVER_SAYS},
        {&dialect_29, "tx quic version=draft-29" CLIENT_SAYS SERVER_SAYS},
    };

    (void)state;
    hellos_make();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plan ask = asks, tell = answers;

        ask.dialect = tell.dialect = cases[i].dialect;
        speaks(TURNS(FROM_CLIENT(question(&first, &ask)), FROM_SERVER(answer(&second, &tell))),
               LINES("app quic", "proof certain", "host www.example.org", cases[i].line));
    }
}

/* Many frames in two packets, the last first, with other frames between, overlapping. */
static void joins_frames(void **state)
{
    struct plan later = asks;

    (void)state;
    hellos_make();
    fresh(&frames);
    crypto_frame(&frames, &hello, 100, hello.n);
    PUT(&frames, "\x01\x00\x00");
    crypto_frame(&frames, &hello, 10, 20);
    padding_frames(&frames, 1150);
    quic_initial(fresh(&first), &asks, &frames);
    fresh(&frames);
    crypto_frame(&frames, &hello, 60, 110);
    PUT(&frames, "\x03\x05\x00\x01\x00\x01\x01\x07\x08\x09");
    crypto_frame(&frames, &hello, 0, 61);
    crypto_frame(&frames, &hello, 0, 15);
    later.number = 1;
    quic_initial(fresh(&second), &later, &frames);
    speaks(TURNS(FROM_CLIENT(&first), FROM_CLIENT(&second)),
           LINES("app quic", "proof certain", "host www.example.org", NO_NOTE,
                 "tx quic version=1" CLIENT_SAYS));
}

/* Two Initial packets, one of the handshake and one with a short header in a datagram. */
static void splits_datagrams(void **state)
{
    struct plan later = asks;

    (void)state;
    hellos_make();
    crypto_frame(fresh(&frames), &hello, 0, 50);
    quic_initial(fresh(&first), &asks, &frames);
    crypto_frame(fresh(&frames), &hello, 50, hello.n);
    later.number = 1;
    quic_initial(&first, &later, &frames);
    PUT(&first, "\xe0\x00\x00\x00\x01" ID_1 ID_C "\x05"
                "12345" SHORT);
    speaks(
        TURNS(FROM_CLIENT(&first), FROM_SERVER(answer(&second, &answers))),
        LINES("app quic", "proof certain", NO_NOTE, "tx quic version=1" CLIENT_SAYS SERVER_SAYS));
}

/* After Retry the keys follow from the server's id. */
static void follows_retries(void **state)
{
    struct plan again = asks, tell = answers;

    (void)state;
    hellos_make();
    again.key_id = again.to = tell.key_id = ID_S;
    again.token = "\x05token";
    speaks(TURNS(FROM_CLIENT(question(&first, &asks)),
                 SERVER("\xf0\x00\x00\x00\x01" ID_C ID_S "token and its sixteen bytes"),
                 FROM_CLIENT(question(&second, &again)), FROM_SERVER(answer(&third, &tell))),
           LINES("app quic", "proof certain", NO_NOTE,
                 "tx quic version=1" CLIENT_SAYS " retry=true" SERVER_SAYS));
}

static void sees_version_negotiation(void **state)
{
    (void)state;
    hellos_make();
    question(&first, &asks);
    memcpy(first.at + 1, "\x1a\x2a\x3a\x4a", 4);
    speaks(TURNS(FROM_CLIENT(&first), SERVER("\x9f\0\0\0\0" ID_C ID_1 "\0\0\0\1\x5a\x5a\x5a\x5a"),
                 FROM_CLIENT(question(&second, &asks))),
           LINES("app quic", "proof certain", "host www.example.org", NO_NOTE,
                 "tx quic version=1" CLIENT_SAYS));
    speaks(TURNS(SERVER("\x9f\0\0\0\0" ID_C ID_1 "\x5a\x5a\x5a\x5a\xff\0\0\x1d")),
           LINES("app quic", "proof strong"));
    speaks(TURNS(SERVER("\x9f\0\0\0\0" ID_C ID_1 "\0\0\0\2\0\0\0\3")), LINES("!app quic"));
}

/* The server's packets alone do not open. */
static void believes_one_side(void **state)
{
    (void)state;
    hellos_make();
    speaks(TURNS(FROM_SERVER(answer(&second, &answers))), LINES("app quic", "proof fair", "!tx *"));
    speaks(TURNS(CLIENT("\xd0\x00\x00\x00\x01" ID_1 ID_C "\x18some early data, encrypt")),
           LINES("app quic", "proof fair"));
    speaks(TURNS(CLIENT("\xd0\x00\x00\x00\x01" ID_1 ID_C "\x18some early data, encrypt"),
                 SERVER("\xe0\x00\x00\x00\x01" ID_C ID_S "\x18some handshake, encrypted")),
           LINES("app quic", "proof certain"));
}

static void notes_broken_hellos(void **state)
{
    (void)state;
    hellos_make();
    hello.at[4 + 2 + 32]++;
    speaks(TURNS(FROM_CLIENT(question(&first, &asks))),
           LINES("app quic", "proof certain", "note malformed QUIC hello"));
    hellos_make();
    hello.at[1] = 2;
    speaks(TURNS(FROM_CLIENT(question(&first, &asks))),
           LINES("app quic", "proof certain", "note QUIC hello over 64 KiB"));
}

/* ---- Google's own ---- */

#define TAGS                                                                                       \
    "CHLO\x04\0\0\0PAD\0\x04\0\0\0SNI\0\x13\0\0\0VER\0\x17\0\0\0UAID\x22\0\0\0----WWW.example.org" \
    "Q046Chrome/1000"
#define TAGS_SAY " sni=WWW.example.org ua=Chrome/1000 cyu[].hash="
#define HASHED   "0123456789ab"

static void reads_google(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\x09idididid"
                        "Q043\x01" HASHED "\xa0\x01\x00\x4a" TAGS)),
           LINES("app quic", "proof certain", "host www.example.org",
                 "tx quic version=Q043" TAGS_SAY "*"));
    speaks(TURNS(CLIENT("\x0didididid"
                        "Q035\x01" HASHED "\xa0\x01\x4a\x00" TAGS)),
           LINES("app quic", "proof certain", "tx quic version=Q035" TAGS_SAY "*"));
    speaks(TURNS(CLIENT("\xc3Q046\x50idididid\0\0\0\1" HASHED "\xa4\x01\x00\x00\x00\x4a" TAGS)),
           LINES("app quic", "proof certain",
                 "tx quic version=Q046" TAGS_SAY "3b5da1d3b922a93f684efa94b4b090dc"
                 " cyu[].string=46,PAD-SNI-VER-UAID"));
    PUT(fresh(&frames), "\x08\x00\x40\x4a" TAGS);
    padding_frames(&frames, 1150);

    const struct plan plan = {&dialect_q050, ID_1, ID_1, "\0", NULL, "client in", 0};

    quic_initial(fresh(&first), &plan, &frames);
    speaks(TURNS(FROM_CLIENT(&first)),
           LINES("app quic", "proof certain", "tx quic version=Q050" TAGS_SAY "*"));
    speaks(TURNS(SERVER("\xc3Q046\x05idididid\0\0\0\1" HASHED "\x40\x01")),
           LINES("app quic", "proof strong", "!tx *"));
}

static void survives_broken_tags(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\xc3Q046\x50idididid\0\0\0\1" HASHED "\xa0\x01\x00\x10"
               "CHLO\x01\0\0\0SNI\0\xff\0\0\0"),
        CLIENT("\xc3Q046\x50idididid\0\0\0\1" HASHED "\xa0\x01\x00\x10"
               "CHLO\xff\xff\0\0SNI\0\0\0\0\0"),
        CLIENT("\xc3Q046\x50idididid\0\0\0\1" HASHED "\xa0\x01\x00\x18"
               "CHLO\x02\0\0\0SNI\0\0\1\0\0UAID\0\0\0\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app quic", "!host *"));
}

static void leaves_others_alone(void **state)
{
    static const struct turn firsts[] = {
        CLIENT("\xd0\x00\x00\x00\x01\x15to long an idxxxxxxxxxxx\x00\x05"
               "12345"),
        CLIENT("\xd0\x00\x00\x00\x01" ID_1 ID_C "\x19some early data, encrypt"), /* too short */
        CLIENT("\x90\x00\x00\x00\x01" ID_1 ID_C "\x18some early data, encrypt"), /* no fixed bit */
        CLIENT("\xd0\x00\x00\x00\x02" ID_1 ID_C "\x18some early data, encrypt"),
        CLIENT("\xd0\x1a\x2a\x3a\x4a" ID_1 ID_C "\x18some early data, encrypt"), /* and short */
        CLIENT("\x80\x00\x00\x00\x00" ID_1 ID_C "123"),
        CLIENT("\x43short header first"),
        CLIENT("\x09idididid"
               "Q099\x01" HASHED),
        CLIENT("\x01Q046 that is text"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        speaks(TURNS(firsts[i]), LINES("!app quic", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_hellos),        cmocka_unit_test(speaks_versions),
        cmocka_unit_test(joins_frames),        cmocka_unit_test(splits_datagrams),
        cmocka_unit_test(follows_retries),     cmocka_unit_test(sees_version_negotiation),
        cmocka_unit_test(believes_one_side),   cmocka_unit_test(notes_broken_hellos),
        cmocka_unit_test(reads_google),        cmocka_unit_test(survives_broken_tags),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
