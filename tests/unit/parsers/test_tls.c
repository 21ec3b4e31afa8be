/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS: handshakes of every version, however they are cut into records, and what is not TLS.
 */
#include "support/conversation.h"
#include "tls_messages.h"

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

#define CHANGE   "\x14\x03\x03\x00\x01\x01"
#define SEALED   "\x16\x03\x03\x00\x05\x00\x00\x00\x00\x00"
#define DATA     "\x17\x03\x03\x00\x06secret"
#define CHAFF_26 "abcdefghijklmnopqrstuvwxyz"
#define CHAFF    "012345678901234567890123456789"
#define CIPHER   " cipher_suite=49199 cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
#define JA3_HASH " ja3.hash=4bab612dc4084b099a7cbe8ca8560592"
#define JA3_TEXT " ja3.string=771,49199-4865,0-23-16-43,,"
#define JA4      " ja4=t13d0204h2_c1929292aa6b_5ea61440e398"
#define BARE_JA                                                                                    \
    " ja3.hash=a7578e02eaa89f9bbb69925420025537 ja3.string=771,49199-4865,,,"                      \
    " ja4=t12i020000_c1929292aa6b_000000000000"
#define CLIENT_SAYS "tx tls sni=www.example.org client_alpns[]=h2 client_alpns[]=http/1.1"
#define CLIENT_TX   CLIENT_SAYS JA3_HASH JA3_TEXT JA4
#define CHOSEN_12   " version=TLS 1.2" CIPHER
#define CHOSEN_13   " version=TLS 1.3" CIPHER
#define SERVER_ALPN " server_alpn=h2 inner=http2" JA3S_ALPN
#define JA3S_11     " ja3s.hash=ca698311be393d95557b10dd1119df49 ja3s.string=770,49199,"
#define JA3S_13     " ja3s.hash=0e3405775384b4a1a9d2222182e76972 ja3s.string=771,49199,43"
#define JA3S_ALPN   " ja3s.hash=4d94c9197a4486aa88a8e4657e95e959 ja3s.string=771,49199,0-16"

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
    " subjectaltname[]=192.0.2.7 subjectaltname[]=2001:db8::7 subjectaltname[]=spiffe://c/ns/a"    \
    " fingerprint=60:ff:07:8a:95:13:fe:0f:c7:fc:b6:a2:a9:21:98:c2:ab:fe:87:d3"                     \
    " fingerprint_sha256=d3:ff:93:f0:95:ee:16:8d:46:b0:42:9c:bc:90:0b:60:"                         \
    "32:e5:3c:a7:29:0c:92:e5:4f:8b:7e:46:36:6b:ae:3c"                                              \
    " key_type=Ed25519 key_bits=256"

static void server_flight(struct bytes *b)
{
    static struct bytes leaf;

    certificate(fresh(&leaf));
    server_hello(b, "\x03\x03", RANDOM, chosen_alpn);
    chain_of(b, &leaf, 1);
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
                 CLIENT_TX CHOSEN_12 SERVER_ALPN CERTIFICATE_FIELDS));
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
                            CLIENT_TX CHOSEN_12 SERVER_ALPN CERTIFICATE_FIELDS)};

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
           LINES("app tls", "proof certain", NO_NOTE, CLIENT_TX CHOSEN_13 JA3S_13));
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, chosen_13_psk);
    records(fresh(&answer), &handshake, 16384);
    PUT(&answer, DATA);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer)),
           LINES("proof certain", CLIENT_TX CHOSEN_13 " session_resumed=true ja3s*"));
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
           LINES("proof certain", NO_NOTE, CLIENT_TX CHOSEN_13 JA3S_13 " hello_retry=true"));
}

static void tells_resumption(void **state)
{
    (void)state;
    server_hello(fresh(&handshake), "\x03\x02", RANDOM, NULL);
    records(fresh(&answer), &handshake, 16384);
    PUT(&answer, CHANGE SEALED);
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer), CLIENT(CHANGE SEALED)),
           LINES("proof certain", "note TLS 1.1 is spoken", "!host *",
                 "tx tls" BARE_JA " version=TLS 1.1" CIPHER JA3S_11 " session_resumed=true"));
}

struct version_case {
    const char *bytes;
    const char *line;
};

static void names_versions(void **state)
{
    static const struct version_case cases[] = {
        {"\x03\x00", "tx tls version=SSLv3" CIPHER " ja3s*"},
        {"\x03\x01", "tx tls version=TLSv1" CIPHER " ja3s*"},
        {"\x03\x03", "tx tls version=TLS 1.2" CIPHER " ja3s*"},
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
    speaks(
        TURNS(CLIENT_BYTES(hello, sizeof hello - 1),
              SERVER("\x80\x1e\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x10"
                     "abc0123456789abcdef")),
        LINES("app tls", "proof certain", "tx tls version=SSLv2", "threat 2011 SSL 2 is spoken"));
    speaks(TURNS(CLIENT_BYTES(hello, sizeof hello - 1)),
           LINES("app tls", "proof strong", "threat 2011 SSL 2 is spoken"));
    server_hello(fresh(&handshake), "\x03\x01", RANDOM, NULL);
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(CLIENT_BYTES(upgrade, sizeof upgrade - 1), FROM_SERVER(&answer)),
           LINES("app tls", "proof certain", "tx tls version=TLSv1" CIPHER " ja3s*", "!threat *",
                 "note TLS 1.0 is spoken"));
}

/* Old versions count by what the two agree on; of a client it is noted when it has nothing else. */
static void tells_old_versions(void **state)
{
    static const struct {
        const char *version, *line;
    } cases[] = {
        {"\x03\x00", "threat 2011 SSL 3 is spoken"},
        {"\x03\x01", "note TLS 1.0 is spoken"},
        {"\x03\x02", "note TLS 1.1 is spoken"},
        {"\x03\x03", "!note *"},
    };
    static struct bytes old, stream;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        server_hello(fresh(&handshake), cases[i].version, RANDOM, NULL);
        records(fresh(&answer), &handshake, 16384);
        speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer)),
               LINES("app tls", cases[i].line));
    }
    client_hello(fresh(&old), NULL);
    old.at[4 + 1] = 1; /* the lower byte of its version */
    records(fresh(&stream), &old, 16384);
    speaks(TURNS(FROM_CLIENT(&stream)),
           LINES("app tls", "note TLS client offers old versions only: TLSv1"));
}

static void tells_overflows_of_ssl_2(void **state)
{
    /* ciphers of 48 bytes in a record that has room for 21 */
    static const char hello[] = "\x80\x2e\x01\x00\x02\x00\x30\x00\x00\x00\x10"
                                "abcabcabcabcabcabcabc0123456789abcdef";
    static const char other[] = "\x80\x2e\x01\x00\x02\x00\x30\x00\x05\x00\x10"
                                "abcabcabcabcabcabcabc0123456789abcdef";

    (void)state;
    speaks(TURNS(CLIENT_BYTES(hello, sizeof hello - 1)),
           LINES("app tls", "proof strong",
                 "threat 2010 ciphers of an SSL 2 hello are longer than the hello"));
    speaks(TURNS(CLIENT_BYTES(other, sizeof other - 1)), LINES("app failed"));
}

#define BLEEDS "threat 2009 heartbeat asks for more than it has sent"

static void tells_heartbeats_out_of_proportion(void **state)
{
    (void)state;
    server_flight(fresh(&handshake));
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer),
                 CLIENT("\x18\x03\x02\x00\x03\x01\x40\x00"),
                 CLIENT("\x18\x03\x02\x00\x03\x01\x40\x00")),
           LINES("app tls", BLEEDS));
    /* 1024 more are let pass, the next one is not */
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer),
                 CLIENT("\x18\x03\x03\x00\x04\x01\x04\x02x")),
           LINES("app tls", BLEEDS));
    speaks(TURNS(FROM_CLIENT(hello_of_client(usual_extensions)), FROM_SERVER(&answer),
                 CLIENT("\x18\x03\x03\x00\x04\x01\x04\x01x"),
                 SERVER("\x18\x03\x03\x00\x04\x02\x40\x00x"), CLIENT("\x18\x03\x03\x00\x01\x01"),
                 CLIENT(CHANGE "\x18\x03\x03\x00\x05\x01\xff\xff\xff\xff")),
           LINES("app tls", "!threat *"));
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
           LINES("proof certain", NO_NOTE, CLIENT_TX CHOSEN_12 " ja3s*"));
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
           LINES("app tls", "proof strong", "tx tls" CHOSEN_12 SERVER_ALPN CERTIFICATE_FIELDS));
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
           LINES("app tls", "host xyz", NO_NOTE, "tx tls sni=xyz ech=true ja3*"));
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
    static const struct bytes broken = {.at = {0x30, 0x82, 0xff, 0xff}, .n = 4};

    (void)state;
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    chain_of(&handshake, &broken, 1);
    records(fresh(&answer), &handshake, 16384);
    speaks(TURNS(FROM_CLIENT(hello_of_client(NULL)), FROM_SERVER(&answer)),
           LINES("app tls", "proof certain", "note malformed TLS certificate",
                 "tx tls" BARE_JA CHOSEN_12 " ja3s*"));
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
                                                   "tx tls" CHOSEN_12 " ja3s*")};

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
                     LINES("app tls", "proof certain", NO_NOTE, CLIENT_TX CHOSEN_12 " ja3s*"));
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
        cmocka_unit_test(reads_full_handshake),
        cmocka_unit_test(joins_records),
        cmocka_unit_test(reads_version_1_3),
        cmocka_unit_test(sees_through_retries),
        cmocka_unit_test(tells_resumption),
        cmocka_unit_test(names_versions),
        cmocka_unit_test(reads_ssl_2),
        cmocka_unit_test(tells_old_versions),
        cmocka_unit_test(tells_overflows_of_ssl_2),
        cmocka_unit_test(tells_heartbeats_out_of_proportion),
        cmocka_unit_test(hears_alerts),
        cmocka_unit_test(one_side_is_enough),
        cmocka_unit_test(judges_names),
        cmocka_unit_test(notes_downgrades),
        cmocka_unit_test(survives_bad_messages),
        cmocka_unit_test(reads_large_hello),
        cmocka_unit_test(keeps_name_of_oversized_hello),
        cmocka_unit_test(joins_in_midstream),
        cmocka_unit_test(survives_gaps),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
