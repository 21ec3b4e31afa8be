/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS: handshakes of every version, however they are cut into records, and what is not TLS.
 */
#include "support/conversation.h"
#include "tls_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define BYTES(who, b)                                                                              \
    {                                                                                              \
        who, (const char *)(b)->at, (b)->n, 0                                                      \
    }
#define FROM_CLIENT(b) BYTES(TURN_CLIENT, b)
#define FROM_SERVER(b) BYTES(TURN_SERVER, b)
#define NO_NOTE        "!note *"

/* ---- messages ---- */

#define RANDOM "0123456789abcdef0123456789abcdef"
#define RETRY_RANDOM                                                                               \
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb"     \
    "\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
#define SNI       "\x00\x12\x00\x00\x0fWWW.Example.ORG"
#define ALPN      "\x00\x0c\x02h2\x08http/1.1"
#define OFFERS_13 "\x04\x03\x04\x03\x03"

typedef void extensions(struct bytes *);

/* Message headers and all; add == NULL: without the block of extensions. */
static void client_hello(struct bytes *b, extensions *add)
{
    size_t message, list;

    PUT(b, "\x01");
    message = block(b, 3);
    PUT(b, "\x03\x03" RANDOM "\x00\x00\x04\xc0\x2f\x13\x01\x01\x00");
    if (add) {
        list = block(b, 2);
        add(b);
        block_end(b, list, 2);
    }
    block_end(b, message, 3);
}

static void server_hello(struct bytes *b, const char version[2], const char random[32],
                         extensions *add)
{
    size_t message, list;

    PUT(b, "\x02");
    message = block(b, 3);
    put(b, version, 2);
    put(b, random, 32);
    PUT(b, "\x04sess\xc0\x2f\x00");
    if (add) {
        list = block(b, 2);
        add(b);
        block_end(b, list, 2);
    }
    block_end(b, message, 3);
}

static void usual_extensions(struct bytes *b)
{
    EXTENSION(b, 0, SNI);
    EXTENSION(b, 23, "");
    EXTENSION(b, 16, ALPN);
    EXTENSION(b, 43, OFFERS_13);
}

static void chosen_alpn(struct bytes *b)
{
    EXTENSION(b, 0, "");
    EXTENSION(b, 16, "\x00\x03\x02h2");
}

static void chosen_13(struct bytes *b)
{
    EXTENSION(b, 43, "\x03\x04");
}

static void chosen_13_psk(struct bytes *b)
{
    EXTENSION(b, 41, "\x00\x00");
    EXTENSION(b, 43, "\x03\x04");
}

static struct bytes *hello_of_client(extensions *add)
{
    static struct bytes handshake, stream;

    client_hello(fresh(&handshake), add);
    records(fresh(&stream), &handshake, 16384);
    return &stream;
}

#define CHANGE    "\x14\x03\x03\x00\x01\x01"
#define SEALED    "\x16\x03\x03\x00\x05\x00\x00\x00\x00\x00"
#define DATA      "\x17\x03\x03\x00\x06secret"
#define CHAFF_26  "abcdefghijklmnopqrstuvwxyz"
#define CHAFF     "012345678901234567890123456789"
#define CLIENT_TX "tx tls sni=www.example.org client_alpns[]=h2 client_alpns[]=http/1.1"
#define CHOSEN_12 " version=TLS 1.2 cipher_suite=49199"
#define CHOSEN_13 " version=TLS 1.3 cipher_suite=49199"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 443, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

#define CERTIFICATE_FIELDS                                                                         \
    " subject=DC=org, CN=W\\xc3\\xa4\\xe2\\x82\\xac issuerdn=C=US, O=Foo, Inc., 2.3.1924=odd"      \
    " serial=00:8a:01 notbefore=1999-12-31T23:59:59 notafter=2051-02-03T04:05:06"                  \
    " subjectaltname[]=www.example.org subjectaltname[]=*.example.org"                             \
    " subjectaltname[]=192.0.2.7 subjectaltname[]=2001:db8::7"

static void certificate_message(struct bytes *b, const void *leaf, size_t n)
{
    size_t message, chain, one;

    PUT(b, "\x0b");
    message = block(b, 3);
    chain = block(b, 3);
    one = block(b, 3);
    put(b, leaf, n);
    block_end(b, one, 3);
    PUT(b, "\x00\x00\x01x");
    block_end(b, chain, 3);
    block_end(b, message, 3);
}

static void server_flight(struct bytes *b)
{
    static struct bytes leaf;

    certificate(fresh(&leaf));
    server_hello(b, "\x03\x03", RANDOM, chosen_alpn);
    certificate_message(b, leaf.at, leaf.n);
    PUT(b, "\x0c\x00\x00\x02xx\x0e\x00\x00\x00");
}

/* ---- tests ---- */

static struct bytes handshake, answer;

static void reads_full_handshake(void **state)
{
    (void)state;
    server_flight(fresh(&handshake));
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer),
                 CLIENT("\x16\x03\x03\x00\x05\x10\x00\x00\x01x" CHANGE SEALED),
                 SERVER("\x16\x03\x03\x00\x05\x04\x00\x00\x01t" CHANGE SEALED), CLIENT(DATA)),
           LINES("app tls", "proof certain", "host www.example.org", NO_NOTE,
                 CLIENT_TX CHOSEN_12 " server_alpn=h2" CERTIFICATE_FIELDS));
}

static void joins_records(void **state)
{
    static struct bytes hello, stream;
    static const size_t sizes[] = {1, 2, 3, 5, 100};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        client_hello(fresh(&hello), usual_extensions);
        records(fresh(&stream), &hello, sizes[i]);
        server_flight(fresh(&handshake));
        records(fresh(&answer), &handshake, sizes[i]);

        const struct conversation c = {
            .server_port = 40000,
            .turns = TURNS(FROM_CLIENT(&stream), FROM_SERVER(&answer)),
            .expect = LINES("app tls", "proof certain", "host www.example.org", NO_NOTE,
                            CLIENT_TX CHOSEN_12 " server_alpn=h2" CERTIFICATE_FIELDS)};

        conversation_check_once(&c, CUT_TURNS);
        conversation_check_once(&c, CUT_WHOLE);
        conversation_check_once(&c, CUT_BYTES);
    }
}

static void reads_version_1_3(void **state)
{
    (void)state;
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, chosen_13);
    records(fresh(&answer), &handshake, 16384);
    PUT(&answer, CHANGE DATA DATA);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer),
                 CLIENT(CHANGE DATA)),
           LINES("app tls", "proof certain", NO_NOTE, CLIENT_TX CHOSEN_13, "!*session_resumed*"));
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, chosen_13_psk);
    records(fresh(&answer), &handshake, 16384);
    PUT(&answer, DATA);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer)),
           LINES("proof certain", CLIENT_TX CHOSEN_13 " session_resumed=true"));
}

static void sees_through_retries(void **state)
{
    static struct bytes retry;

    (void)state;
    server_hello(fresh(&handshake), "\x03\x03", RETRY_RANDOM, chosen_13);
    records(fresh(&retry), &handshake, 16384);
    PUT(&retry, CHANGE);
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, chosen_13);
    records(fresh(&answer), &handshake, 16384);
    PUT(&answer, DATA);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&retry),
                 CLIENT(CHANGE), FROM_CLIENT(hello_of_client(usual_extensions)),
                 FROM_SERVER(&answer)),
           LINES("proof certain", NO_NOTE, CLIENT_TX CHOSEN_13));
}

static void tells_resumption(void **state)
{
    (void)state;
    server_hello(fresh(&handshake), "\x03\x02", RANDOM, NULL);
    records(fresh(&answer), &handshake, 16384);
    PUT(&answer, CHANGE SEALED);
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer), CLIENT(CHANGE SEALED)),
           LINES("proof certain", NO_NOTE, "!host *",
                 "tx tls version=TLS 1.1 cipher_suite=49199 session_resumed=true"));
}

struct version_case {
    const char *bytes;
    const char *line;
};

static void names_versions(void **state)
{
    static const struct version_case cases[] = {
        {"\x03\x00", "tx tls version=SSLv3 cipher_suite=49199"},
        {"\x03\x01", "tx tls version=TLSv1 cipher_suite=49199"},
        {"\x03\x03", "tx tls version=TLS 1.2 cipher_suite=49199"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        server_hello(fresh(&handshake), cases[i].bytes, RANDOM, NULL);
        records(fresh(&answer), &handshake, 16384);
        speaks(TURNS(FROM_SERVER(&answer)), LINES("app tls", "proof strong", cases[i].line));
    }
}

static void reads_ssl_2(void **state)
{
    static const char hello[] = "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10"
                                "abcabcabcabcabcabcabc0123456789abcdef";
    static const char upgrade[] = "\x80\x2b\x01\x03\x01\x00\x12\x00\x00\x00\x10"
                                  "abcabcabcabcabcabc0123456789abcdef";

    (void)state;
    speaks(TURNS(CLIENT_BYTES(hello, sizeof hello - 1),
                 SERVER("\x80\x1e\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x10"
                        "abc0123456789abcdef")),
           LINES("app tls", "proof certain", "tx tls version=SSLv2"));
    speaks(TURNS(CLIENT_BYTES(hello, sizeof hello - 1)), LINES("app tls", "proof strong"));
    server_hello(fresh(&handshake), "\x03\x01", RANDOM, NULL);
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(CLIENT_BYTES(upgrade, sizeof upgrade - 1), FROM_SERVER(&answer)),
           LINES("app tls", "proof certain", "tx tls version=TLSv1 cipher_suite=49199"));
}

static void hears_alerts(void **state)
{
    (void)state;
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)),
                 SERVER("\x15\x03\x01\x00\x02\x02\x28")),
           LINES("app tls", "proof certain", "note fatal TLS alert: handshake_failure", CLIENT_TX));
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    RECORD(fresh(&answer), 21, "\x01\x70");
    records(&answer, &handshake, 16384);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer)),
           LINES("proof certain", NO_NOTE, CLIENT_TX CHOSEN_12));
    speaks(TURNS(SERVER("\x15\x03\x01\x00\x02\x02\xff")),
           LINES("app tls", "proof fair", "note fatal TLS alert"));
}

static void one_side_is_enough(void **state)
{
    (void)state;
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions))),
           LINES("app tls", "proof strong", "host www.example.org", CLIENT_TX, NO_NOTE));
    server_flight(fresh(&handshake));
    records(fresh(&answer), &handshake, 100);
    speaks(TURNS(FROM_SERVER(&answer)),
           LINES("app tls", "proof strong",
                 "tx tls version=TLS 1.2 cipher_suite=49199 server_alpn=h2" CERTIFICATE_FIELDS));
}

static void repeated_names(struct bytes *b)
{
    EXTENSION(b, 0, "\x00\x08\x00\x00\x01x\x00\x00\x01y");
}

static void invalid_name(struct bytes *b)
{
    EXTENSION(b, 0,
              "\x00\x06\x00\x00\x03"
              "a\x00"
              "b");
}

static void overlong_list(struct bytes *b)
{
    EXTENSION(b, 0, "\x00\x09\x00\x00\x03xyz");
}

static void ech_and_dot(struct bytes *b)
{
    EXTENSION(b, 0, "\x00\x07\x00\x00\x04Xyz.");
    EXTENSION(b, 0xfe0d, "\x00");
    EXTENSION(b, 0x2a2a, "");
}

static void judges_names(void **state)
{
    (void)state;
    speaks(TURNS(FROM_CLIENT(hello_of_client(repeated_names))),
           LINES("app tls", "host x", "note invalid or repeated TLS server name"));
    speaks(TURNS(FROM_CLIENT(hello_of_client(invalid_name))),
           LINES("app tls", "!host *", "note invalid or repeated TLS server name"));
    speaks(TURNS(FROM_CLIENT(hello_of_client(overlong_list))),
           LINES("app tls", "!host *", "note malformed TLS extension"));
    speaks(TURNS(FROM_CLIENT(hello_of_client(ech_and_dot))),
           LINES("app tls", "host xyz", NO_NOTE, "tx tls sni=xyz ech=true"));
}

static void notes_downgrades(void **state)
{
    static const char random[] = "0123456789abcdef01234567DOWNGRD\x01";

    (void)state;
    server_hello(fresh(&handshake), "\x03\x03", random, NULL);
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer)),
           LINES("note TLS downgrade mark"));
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer)),
           LINES("proof certain", NO_NOTE));
}

/* Broken things behind a good hello: told, and the name stays. */
static void survives_bad_messages(void **state)
{
    (void)state;
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    certificate_message(&handshake, "\x30\x82\xff\xff", 4);
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer)),
           LINES("app tls", "proof certain", "note malformed TLS certificate", "tx tls" CHOSEN_12));
    RECORD(fresh(&answer), 22, "\x02\x00\x00\x04zzzz");
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer)),
           LINES("app tls", "proof strong", "note malformed TLS handshake message"));
    fresh(&answer);
    for (int i = 0; i < 9; i++)
        RECORD(&answer, 22, "");
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer)),
           LINES("app tls", "proof strong", "note empty TLS handshake records"));
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), SERVER("SSH-2.0-x\r\n")),
           LINES("app tls", "proof strong", "note bytes that are no TLS record"));
}

static void padding(struct bytes *b)
{
    static const uint8_t zeros[40000];

    extension(b, 21, zeros, sizeof zeros);
}

static void padded_extensions(struct bytes *b)
{
    padding(b);
    EXTENSION(b, 0, SNI);
}

static void reads_large_hello(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(FROM_CLIENT(hello_of_client(padded_extensions))),
        .expect = LINES("app tls", "proof strong", "host www.example.org", NO_NOTE)};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void keeps_name_of_oversized_hello(void **state)
{
    static struct bytes hello, stream;

    (void)state;
    PUT(fresh(&hello), "\x01\x01\x00\x01\x03\x03");
    put(&hello, answer.at, 70000);
    records(fresh(&stream), &hello, 16384);
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    records(fresh(&answer), &handshake, 16384);

    const struct conversation c = {.server_port = 40000,
                                   .turns = TURNS(FROM_CLIENT(&stream), FROM_SERVER(&answer)),
                                   .expect = LINES("app tls", "proof certain",
                                                   "note TLS handshake message over 64 KiB",
                                                   "tx tls" CHOSEN_12)};

    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
}

static void joins_in_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT("tail of a record"), CLIENT(DATA), CLIENT(DATA DATA)),
                     LINES("app tls", "proof strong", NO_NOTE));
    speaks_midstream(
        TURNS(SERVER("\x17\x03\x03\x00\x64partial"), SERVER(CHAFF CHAFF CHAFF), SERVER("012" DATA)),
        LINES("app tls", "proof strong"));
    speaks_midstream(TURNS(FROM_CLIENT(hello_of_client(usual_extensions))),
                     LINES("app tls", "proof strong", "host www.example.org"));
    speaks_midstream(TURNS(SERVER("\x15\x03\x03\x00\x1a" CHAFF_26)),
                     LINES("app tls", "proof fair", NO_NOTE));
    speaks_midstream(TURNS(CLIENT(DATA "something else"), SERVER("\x17\x03")), LINES("app failed"));
}

static void survives_gaps(void **state)
{
    (void)state;
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    records(fresh(&answer), &handshake, 16384);
    RECORD(&answer, 22, "\x0b\x00\x01\x00start of a certificate");
    speaks_midstream(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer),
                           SERVER_LOST(500), SERVER("rest"), SERVER(CHANGE SEALED DATA),
                           CLIENT(CHANGE SEALED DATA)),
                     LINES("app tls", "proof certain", NO_NOTE, CLIENT_TX CHOSEN_12));
}

static void leaves_others_alone(void **state)
{
    static const struct turn firsts[] = {
        CLIENT("\x16\x03\x01\x00\x05\x02\x00\x00\x01x"),
        CLIENT("\x16\x03\x05\x00\x05\x01\x00\x00\x01x"),
        CLIENT("\x16\x03\x01\x60\x00\x01\x00\x00\x01x"),
        CLIENT("\x16\x03\x01\x00\x05\x01\x00\x00\x01x"),
        CLIENT("\x17\x03\x03\x00\x01x\x17\x03\x03\x00\x01x"),
        CLIENT("\x14\x03\x03\x00\x01\x01"),
        CLIENT("\x15\x03\x01\x00\x02\x02\x28"),
        CLIENT("\x16\x02\x01\x00\x01"),
        CLIENT("\x80\x2e\x01\x00\x02\x00\x14\x00\x00\x00\x10"
               "abcabcabcabcabcabcabc0123456789abcdef"),
        CLIENT("\x80\x2e\x02\x00\x02\x00\x15\x00\x00\x00\x10"),
        CLIENT("\x00\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10"),
        SERVER("\x15\x03\x01\x00\x02\x03\x28"),
        SERVER("\x16\x03\x03\x00\x04\x01\x00\x00\x00"),
        SERVER("\x80\x0b\x04\x00\x01\x00\x03\x00\x00\x00\x00\x00\x00"),
    };
    struct bytes *hello = hello_of_client(usual_extensions);

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        speaks(TURNS(firsts[i]), LINES("!app tls"));
    /* A hello with one length wrong is none. */
    hello->at[5 + 4 + 2 + 32]++;
    speaks(TURNS(FROM_CLIENT(hello)), LINES("!app tls"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_full_handshake), cmocka_unit_test(joins_records),
        cmocka_unit_test(reads_version_1_3),    cmocka_unit_test(sees_through_retries),
        cmocka_unit_test(tells_resumption),     cmocka_unit_test(names_versions),
        cmocka_unit_test(reads_ssl_2),          cmocka_unit_test(hears_alerts),
        cmocka_unit_test(one_side_is_enough),   cmocka_unit_test(judges_names),
        cmocka_unit_test(notes_downgrades),     cmocka_unit_test(survives_bad_messages),
        cmocka_unit_test(reads_large_hello),    cmocka_unit_test(keeps_name_of_oversized_hello),
        cmocka_unit_test(joins_in_midstream),   cmocka_unit_test(survives_gaps),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
