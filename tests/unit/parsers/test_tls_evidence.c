/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS: what a handshake tells besides its name: fingerprints, chains, keys, inner protocols.
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
#define CIPHER " cipher_suite=49199 cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

static struct bytes handshake, question, answer, more;

static struct bytes *in_records(struct bytes *stream, const struct bytes *messages)
{
    records(fresh(stream), messages, 16384);
    return stream;
}

static struct bytes *asks(extensions *add)
{
    client_hello(fresh(&handshake), add);
    return in_records(&question, &handshake);
}

static struct bytes *answers(extensions *add)
{
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, add);
    return in_records(&answer, &handshake);
}

static void says(extensions *client, extensions *server, const char *line)
{
    struct bytes *from = asks(client);
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(FROM_CLIENT(from), FROM_SERVER(answers(server))),
        .expect = LINES("app tls", "proof certain", "!note *", line),
    };

    conversation_check(&c);
}

/* ---- fingerprints ---- */

static void many_extensions(struct bytes *b)
{
    EXTENSION(b, 0x1a1a, "");
    EXTENSION(b, 13, "\x00\x06\x04\x03\x0a\x0a\x08\x04");
    EXTENSION(b, 10, "\x00\x06\x2a\x2a\x00\x1d\x00\x17");
    EXTENSION(b, 11, "\x02\x00\x01");
    EXTENSION(b, 16, "\x00\x07\x06\xffproto");
    EXTENSION(b, 43, "\x06\x5a\x5a\x03\x03\x03\x02");
    EXTENSION(b, 0x7a7a, "x");
}

static void chosen_share(struct bytes *b)
{
    EXTENSION(b, 43, "\x03\x04");
    EXTENSION(b, 51, "\x11\xec\x00\x01k");
}

/* Reserved values are left out; a protocol name beyond letters is shown in hex. */
static void takes_fingerprints(void **state)
{
    (void)state;
    says(many_extensions, chosen_share,
         "tx tls client_alpns[]=\\xffproto"
         " ja3.hash=abbde318529daee392a3432dd733b5c0"
         " ja3.string=771,49199-4865,13-10-11-16-43,29-23,0-1"
         " ja4=t12i0205ff_c1929292aa6b_fb71836bce29"
         " version=TLS 1.3" CIPHER " curve=X25519MLKEM768"
         " ja3s.hash=11d6dffbbd33bbb038731cd41e50f839 ja3s.string=771,49199,43-51");
}

/* ---- inner protocols ---- */

static void mesh_offers(struct bytes *b)
{
    EXTENSION(b, 16, "\x00\x1d\x13istio-peer-exchange\x05istio\x02h2");
}

static void linkerd_offers(struct bytes *b)
{
    EXTENSION(b, 16, "\x00\x16\x02h2\x12transport.l5d.io/\x76");
}

static void equal_offers(struct bytes *b)
{
    EXTENSION(b, 16, "\x00\x12\x08http/1.1\x08http/1.0");
}

static void different_offers(struct bytes *b)
{
    EXTENSION(b, 16, ALPN);
}

static void chosen_13(struct bytes *b)
{
    EXTENSION(b, 43, "\x03\x04");
}

static void chosen_postgresql(struct bytes *b)
{
    EXTENSION(b, 16, "\x00\x0b\x0apostgresql");
}

static void chosen_other(struct bytes *b)
{
    EXTENSION(b, 16, "\x00\x07\x06ourown");
}

struct inner_case {
    extensions *client, *server;
    const char *inner;
};

static void tells_inner_protocol(void **state)
{
    static const struct inner_case cases[] = {
        {mesh_offers, chosen_13, " inner=istio "},
        {linkerd_offers, chosen_13, " inner=linkerd "},
        {equal_offers, chosen_13, " inner=http "},
        {different_offers, chosen_13, NULL},
        {equal_offers, NULL, NULL}, /* TLS 1.2 would have said it */
        {equal_offers, chosen_postgresql, " server_alpn=postgresql inner=postgresql "},
        {equal_offers, chosen_other, " server_alpn=ourown inner=ourown "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes *from = asks(cases[i].client);
        const struct conversation c = {
            .server_port = 40000,
            .turns = TURNS(FROM_CLIENT(from), FROM_SERVER(answers(cases[i].server)))};
        char *outcome = conversation_play(&c, CUT_TURNS, 0);

        if (cases[i].inner)
            assert_non_null(strstr(outcome, cases[i].inner));
        else
            assert_null(strstr(outcome, "inner="));
        free(outcome);
    }
}

/* ---- chains ---- */

static void rsa_key(struct bytes *b)
{
    size_t all = der(b, 0x30), bits, key;

    DER(b, 0x30, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
    bits = der(b, 3);
    PUT(b, "\x00");
    key = der(b, 0x30);
    DER(b, 2, "\x00\x7f" RANDOM RANDOM);
    DER(b, 2, "\x01\x00\x01");
    der_end(b, key);
    der_end(b, bits);
    der_end(b, all);
}

static void curve_key(struct bytes *b)
{
    size_t all = der(b, 0x30);

    DER(b, 0x30, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22");
    DER(b, 3, "\x00\x04xy");
    der_end(b, all);
}

static void name(struct bytes *b, const char *text)
{
    size_t all = der(b, 0x30);

    attribute(b, "\x55\x04\x03", 0x0c, text, strlen(text));
    der_end(b, all);
}

struct issue {
    const char *subject, *issuer, *begin, *end;
    void (*key)(struct bytes *);
};

static void issued(struct bytes *b, const struct issue *i)
{
    size_t all = der(fresh(b), 0x30), body = der(b, 0x30), validity;

    DER(b, 2, "\x07");
    DER(b, 0x30, "\x06\x03\x2b\x65\x70");
    name(b, i->issuer);
    validity = der(b, 0x30);
    der_value(b, 0x17, i->begin, strlen(i->begin));
    der_value(b, 0x17, i->end, strlen(i->end));
    der_end(b, validity);
    name(b, i->subject);
    i->key(b);
    der_end(b, body);
    der_end(b, all);
}

static void reads_chains_of_both_sides(void **state)
{
    static struct bytes chain[2], own;
    static const struct issue issues[] = {
        {"leaf", "root", "000101000000Z", "100101000000Z", rsa_key},
        {"root", "root", "000101000000Z", "491231235959Z", curve_key},
        {"robot", "root", "481231235959Z", "491231235959Z", rsa_key},
    };

    (void)state;
    issued(&chain[0], &issues[0]);
    issued(&chain[1], &issues[1]);
    issued(&own, &issues[2]);
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    chain_of(&handshake, chain, 2);
    PUT(&handshake, "\x0c\x00\x00\x06\x03\x00\x1d\x02kk\x0d\x00\x00\x01?\x0e\x00\x00\x00");
    in_records(&answer, &handshake);
    chain_of(fresh(&handshake), &own, 1);
    in_records(&more, &handshake);

    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(FROM_CLIENT(asks(NULL)), FROM_SERVER(&answer), FROM_CLIENT(&more)),
        .expect = LINES("app tls", "proof certain", "!note *", "tx tls *"),
    };
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    assert_non_null(strstr(outcome, " subject=CN=leaf issuerdn=CN=root serial=07"
                                    " notbefore=2000-01-01T00:00:00 notafter=2010-01-01T00:00:00"
                                    " expired=true fingerprint="));
    assert_non_null(strstr(outcome, " key_type=RSA key_bits=519 issuers[].subject=CN=root"
                                    " issuers[].issuerdn=CN=root issuers[].serial=07"));
    assert_non_null(strstr(outcome, " issuers[].key_type=EC issuers[].key_bits=384"
                                    " issuers[].self_signed=true curve=x25519"
                                    " client_certificate_requested=true client.subject=CN=robot"));
    assert_non_null(strstr(outcome, " client.not_yet_valid=true "));
    assert_null(strstr(outcome, " self_signed"));
    free(outcome);
    conversation_check(&c);
}

/* The eleventh certificate is one too many, and harmless. */
static void cuts_long_chains(void **state)
{
    static struct bytes chain[12];
    static const struct issue issue = {"a", "b", "000101000000Z", "491231235959Z", curve_key};

    (void)state;
    for (size_t i = 0; i < 12; i++)
        issued(&chain[i], &issue);
    server_hello(fresh(&handshake), "\x03\x03", RANDOM, NULL);
    chain_of(&handshake, chain, 12);
    in_records(&answer, &handshake);

    const struct conversation c = {.server_port = 40000,
                                   .turns = TURNS(FROM_CLIENT(asks(NULL)), FROM_SERVER(&answer))};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);
    unsigned issuers = 0;

    for (const char *at = outcome; (at = strstr(at, "issuers[].subject=")); at++)
        issuers++;
    assert_int_equal(issuers, 9);
    assert_null(strstr(outcome, "note"));
    free(outcome);
}

/* ---- behind other protocols ---- */

#define SSL_REQUEST "\0\0\0\x08\x04\xd2\x16\x2f"
#define CONNECT     "CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org\r\n\r\n"

static void behind(const char *labels, const struct turn *turns)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = turns,
        .expect = LINES("app tls", "proof certain", labels, "host www.example.org", "!note *")};

    conversation_check(&c);
}

/* The hello may be sent at once, or before the answer is here. */
static void follows_upgrades(void **state)
{
    static struct bytes early;
    struct bytes *hello = asks(usual_extensions), *reply = answers(chosen_13);

    (void)state;
    behind("protocols postgresql,tls",
           TURNS(CLIENT(SSL_REQUEST), SERVER("S"), FROM_CLIENT(hello), FROM_SERVER(reply)));
    behind("protocols http,tls", TURNS(CLIENT(CONNECT), SERVER("HTTP/1.1 200 OK\r\n\r\n"),
                                       FROM_CLIENT(hello), FROM_SERVER(reply)));
    PUT(fresh(&early), CONNECT);
    put(&early, hello->at, hello->n);
    behind("protocols http,tls",
           TURNS(FROM_CLIENT(&early), SERVER("HTTP/1.1 200 OK\r\n\r\n"), FROM_SERVER(reply)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_fingerprints),         cmocka_unit_test(tells_inner_protocol),
        cmocka_unit_test(reads_chains_of_both_sides), cmocka_unit_test(cuts_long_chains),
        cmocka_unit_test(follows_upgrades),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
