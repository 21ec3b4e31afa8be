/* SPDX-License-Identifier: Apache-2.0
 *
 * DTLS: handshakes in fragments of any order, cookies, versions, sessions joined late, look-alikes.
 */
#include "support/conversation.h"
#include "tls_messages.h"

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
#define V12     "\xfe\xfd"
#define V10     "\xfe\xff"
#define OLD     "\x01\x00"
#define COOKIE  "\x05tasty"
#define CIPHER  " cipher_suite=49199 cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

/* A record of epoch 0 around what is put until record_end(). */
static size_t record_of(struct bytes *b, const char *type, const char version[2])
{
    put(b, type, 1);
    put(b, version, 2);
    PUT(b, "\0\0\0\0\0\0\0\x01");
    return block(b, 2);
}

#define RECORD_END(b, start) block_end(b, start, 2)

struct part {
    uint8_t type, number;
    size_t from, to; /* of the message; to == 0: to its end */
};

static void fragment(struct bytes *b, const struct bytes *message, const struct part *part)
{
    size_t to = part->to ? part->to : message->n, length = to - part->from;
    const uint8_t head[12] = {
        part->type,
        0,
        (uint8_t)(message->n >> 8),
        (uint8_t)message->n,
        0,
        part->number,
        0,
        (uint8_t)(part->from >> 8),
        (uint8_t)part->from,
        0,
        (uint8_t)(length >> 8),
        (uint8_t)length,
    };

    put(b, head, sizeof head);
    put(b, message->at + part->from, length);
}

/* One message in one record. */
static void whole(struct bytes *b, const char version[2], uint8_t type, uint8_t number,
                  const struct bytes *message)
{
    const struct part all = {.type = type, .number = number};
    size_t start = record_of(b, "\x16", version);

    fragment(b, message, &all);
    RECORD_END(b, start);
}

static struct bytes message, hello, again, verify, answer, flight;

static void offers(struct bytes *b)
{
    EXTENSION(b, 0, SNI);
    EXTENSION(b, 23, "");
    EXTENSION(b, 16, ALPN);
    EXTENSION(b, 43, "\x04\xfe\xfd\xfe\xff");
}

static struct bytes *client_says(struct bytes *b, const char *cookie, uint8_t number)
{
    client_hello_body(fresh(&message), V12, cookie, offers);
    whole(fresh(b), V10, 1, number, &message);
    return b;
}

static struct bytes *server_says(extensions *add)
{
    server_hello_body(fresh(&message), V12, RANDOM, add);
    whole(fresh(&answer), V12, 2, 1, &message);
    return &answer;
}

#define SEALED(number, type) type V12 "\0\1\0\0\0\0\0" number "\0\x18sealed_sealed_sealed_sea"
#define CHANGE               "\x14" V12 "\0\0\0\0\0\0\0\x09\0\x01\x01"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

/* ---- tests ---- */

static struct bytes leaf, certificates;

/* A Certificate message without its header. */
static void certificates_make(void)
{
    static struct bytes with_header;

    certificate(fresh(&leaf));
    chain_of(fresh(&with_header), &leaf, 1);
    fresh(&certificates);
    put(&certificates, with_header.at + 4, with_header.n - 4);
}

static void reads_handshake_with_cookie(void **state)
{
    (void)state;
    PUT(fresh(&message), V10 COOKIE);
    whole(fresh(&verify), V10, 3, 0, &message);
    certificates_make();
    whole(server_says(NULL), V12, 11, 2, &certificates);
    whole(&answer, V12, 14, 3, fresh(&message));
    speaks(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(&verify),
                 FROM_CLIENT(client_says(&again, COOKIE, 1)), FROM_SERVER(&answer),
                 CLIENT(CHANGE SEALED("\0", "\x16")), SERVER(CHANGE SEALED("\0", "\x16")),
                 CLIENT(SEALED("\1", "\x17"))),
           LINES("app dtls", "proof certain", "host www.example.org", NO_NOTE,
                 "tx dtls sni=www.example.org client_alpns[]=h2*"));
}

static char *outcome_of(const struct turn *turns)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = 40000, .turns = turns, .expect = LINES("app dtls")};

    return conversation_play(&c, CUT_TURNS, 0);
}

static void tells_what_it_reads(void **state)
{
    char *outcome;

    (void)state;
    certificates_make();
    whole(server_says(NULL), V12, 11, 2, &certificates);
    outcome = outcome_of(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(&answer)));
    assert_non_null(strstr(outcome, " ja3.string=65277,49199-4865,0-23-16-43,, ja4=dd2d0204h2_"));
    assert_non_null(strstr(outcome, " version=DTLS 1.2" CIPHER));
    assert_non_null(strstr(outcome, " subjectaltname[]=www.example.org"));
    free(outcome);
}

/* Pieces of the chain in any order, overlapping, twice, with another message between. */
static void joins_fragments(void **state)
{
    static const struct part parts[] = {
        {11, 2, 240, 0}, {11, 2, 0, 100}, {11, 2, 0, 100}, {11, 2, 90, 200}, {11, 2, 150, 250},
    };
    static struct bytes datagrams[6];
    char *outcome;

    (void)state;
    certificates_make();
    for (size_t i = 0; i < 5; i++) {
        size_t start = record_of(fresh(&datagrams[i]), "\x16", V12);

        fragment(&datagrams[i], &certificates, &parts[i]);
        RECORD_END(&datagrams[i], start);
    }
    PUT(fresh(&message), "\x03\x00\x1d\x02kk");
    whole(fresh(&datagrams[5]), V12, 12, 3, &message);
    outcome = outcome_of(
        TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(server_says(NULL)),
              FROM_SERVER(&datagrams[0]), FROM_SERVER(&datagrams[1]), FROM_SERVER(&datagrams[5]),
              FROM_SERVER(&datagrams[2]), FROM_SERVER(&datagrams[3]), FROM_SERVER(&datagrams[4])));
    assert_non_null(strstr(outcome, "ja3s.string=65277,49199, curve=x25519 subject="));
    assert_non_null(strstr(outcome, " key_type=Ed25519 key_bits=256"));
    assert_null(strstr(outcome, "note"));
    free(outcome);
}

/* A ClientHello cut in two, the second half first. */
static void joins_hello(void **state)
{
    static const struct part parts[] = {{1, 0, 60, 0}, {1, 0, 0, 60}};
    static struct bytes halves[2];

    (void)state;
    client_hello_body(fresh(&message), V12, "\0", offers);
    for (size_t i = 0; i < 2; i++) {
        size_t start = record_of(fresh(&halves[i]), "\x16", V10);

        fragment(&halves[i], &message, &parts[i]);
        RECORD_END(&halves[i], start);
    }
    speaks(TURNS(FROM_CLIENT(&halves[0]), FROM_CLIENT(&halves[1])),
           LINES("app dtls", "proof strong", "host www.example.org", NO_NOTE));
}

static void chosen_13(struct bytes *b)
{
    EXTENSION(b, 43, "\xfe\xfc");
    EXTENSION(b, 51, "\x00\x1d\x00\x01k");
}

static void reads_version_1_3(void **state)
{
    char *outcome;

    (void)state;
    server_says(chosen_13);
    outcome = outcome_of(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(&answer),
                               SERVER("\x2e\x00\x01\x00\x14twentybytesofnothing"),
                               CLIENT("\x3e\x05junk of any length")));
    assert_non_null(strstr(outcome, "proof certain"));
    assert_non_null(strstr(outcome, " version=DTLS 1.3" CIPHER " curve=x25519 "));
    free(outcome);
}

static void names_old_versions(void **state)
{
    (void)state;
    server_hello_body(fresh(&message), V10, RANDOM, NULL);
    whole(fresh(&answer), V10, 2, 1, &message);
    speaks(TURNS(FROM_SERVER(&answer)),
           LINES("app dtls", "proof strong", "tx dtls version=DTLS 1.0" CIPHER "*"));
    client_hello_body(fresh(&message), OLD, "\0", NULL);
    whole(fresh(&hello), OLD, 1, 0, &message);
    server_hello_body(fresh(&message), OLD, RANDOM, NULL);
    whole(fresh(&answer), OLD, 2, 0, &message);
    speaks(TURNS(FROM_CLIENT(&hello), FROM_SERVER(&answer)),
           LINES("app dtls", "proof certain", NO_NOTE));
}

static void tells_resumption_and_alerts(void **state)
{
    char *outcome;

    (void)state;
    server_says(NULL);
    PUT(&answer, CHANGE);
    outcome = outcome_of(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(&answer)));
    assert_non_null(strstr(outcome, " session_resumed=true"));
    free(outcome);
    speaks(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)),
                 SERVER("\x15" V12 "\0\0\0\0\0\0\0\1\0\2\2\x28")),
           LINES("app dtls", "proof certain", "note fatal TLS alert: handshake_failure"));
}

static void joins_late(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SEALED("\5", "\x17"))), LINES("app dtls", "proof fair", NO_NOTE));
    speaks(TURNS(CLIENT(SEALED("\5", "\x17")), CLIENT(SEALED("\6", "\x17"))),
           LINES("app dtls", "proof strong", "!tx *"));
    speaks(TURNS(SERVER(SEALED("\5", "\x17") SEALED("\6", "\x17"))),
           LINES("app dtls", "proof strong"));
    certificates_make();
    whole(fresh(&answer), V12, 11, 2, &certificates);
    speaks(TURNS(SERVER_BYTES(answer.at, answer.n)), LINES("app dtls", "proof fair", NO_NOTE));
}

/* Lost fragments keep nothing but themselves back. */
static void survives_loss(void **state)
{
    static const struct part parts[] = {{11, 2, 0, 100}, {11, 3, 0, 100}, {11, 4, 0, 100}};
    static struct bytes datagrams[3];
    char *outcome;

    (void)state;
    certificates_make();
    for (size_t i = 0; i < 3; i++) {
        size_t start = record_of(fresh(&datagrams[i]), "\x16", V12);

        fragment(&datagrams[i], &certificates, &parts[i]);
        RECORD_END(&datagrams[i], start);
    }
    PUT(fresh(&message), "\x03\x00\x17\x02kk");
    whole(fresh(&flight), V12, 12, 5, &message);
    outcome =
        outcome_of(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(server_says(NULL)),
                         FROM_SERVER(&datagrams[0]), FROM_SERVER(&datagrams[1]),
                         FROM_SERVER(&datagrams[2]), FROM_SERVER(&flight)));
    assert_non_null(strstr(outcome, " curve=secp256r1"));
    assert_null(strstr(outcome, "note"));
    free(outcome);
}

static void notes_broken_messages(void **state)
{
    (void)state;
    PUT(fresh(&message), "zzzz");
    whole(fresh(&answer), V12, 2, 1, &message);
    speaks(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), FROM_SERVER(&answer)),
           LINES("app dtls", "proof strong", "note malformed DTLS handshake message"));
    speaks(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)), SERVER("STUN or RTP, say")),
           LINES("app dtls", "proof strong", NO_NOTE));
    speaks(TURNS(FROM_CLIENT(client_says(&hello, "\0", 0)),
                 SERVER("\x16" V12 "\0\0\0\0\0\0\0\1\0\x0d\x0b\x02\0\0\0\2\0\0\0\0\0\1x")),
           LINES("app dtls", "note DTLS handshake message over 64 KiB"));
}

static void leaves_others_alone(void **state)
{
    static const struct turn firsts[] = {
        CLIENT("\x17" V12 "\0\0\0\0\0\0\0\1\0\x18sealed_sealed_sealed_sea"), /* epoch 0 */
        CLIENT("\x17" V12 "\0\1\0\0\0\0\0\1\0\x17sealed_sealed_sealed_sea"), /* too long */
        CLIENT("\x17" V12 "\0\1\0\0\0\0\0\1\0\x19sealed_sealed_sealed_sea"), /* too short */
        CLIENT("\x17" V12 "\xff\xff\0\0\0\0\0\1\0\x18sealed_sealed_sealed_sea"),
        CLIENT("\x17\xfe\xfb\0\1\0\0\0\0\0\1\0\x18sealed_sealed_sealed_sea"),
        CLIENT("\x16" V12 "\0\0\0\0\0\0\0\1\0\x0d\x01\0\0\1\0\0\0\0\0\0\0\0x"), /* byte too many */
        CLIENT("\x16" V12 "\0\0\0\0\0\0\0\1\0\x0d\x01\0\0\1\0\0\0\0\1\0\0\1x"), /* beyond its end */
        CLIENT("\x16" V12 "\0\0\0\0\0\0\0\1\0\x0d\x63\0\0\1\0\0\0\0\0\0\0\1x"), /* unknown type */
        CLIENT("\x14" V12 "\0\0\0\0\0\0\0\1\0\1\2"),
        CLIENT("\x15" V12 "\0\0\0\0\0\0\0\1\0\2\3\x28"),
        CLIENT("\x19" V12 "\0\1\0\0\0\0\0\1id\0\x18sealed_sealed_sealed_sea"),
        CLIENT("\x2e\x00\x01\x00\x14twentybytesofnothing"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        speaks(TURNS(firsts[i]), LINES("!app dtls", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_handshake_with_cookie),
        cmocka_unit_test(tells_what_it_reads),
        cmocka_unit_test(joins_fragments),
        cmocka_unit_test(joins_hello),
        cmocka_unit_test(reads_version_1_3),
        cmocka_unit_test(names_old_versions),
        cmocka_unit_test(tells_resumption_and_alerts),
        cmocka_unit_test(joins_late),
        cmocka_unit_test(survives_loss),
        cmocka_unit_test(notes_broken_messages),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
