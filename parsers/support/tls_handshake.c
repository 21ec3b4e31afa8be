/* SPDX-License-Identifier: Apache-2.0
 *
 * Hellos, certificates and keys of a TLS handshake (RFC 8446 section 4, RFC 5246 section 7.4).
 */
#include "support/tls_handshake.h"

#include "support/tls_report.h"
#include "support/tls_text.h"

enum { SSL_3 = 0x0300, TLS_1_0 = 0x0301, TLS_1_1 = 0x0302 };

void tls_prove(struct parse *p, struct tls_handshake *h, enum proof proof)
{
    if (proof <= h->proof)
        return;
    h->proof = (uint8_t)proof;
    parse_proof(p, proof);
}

void tls_open(struct parse *p, struct tls_handshake *h)
{
    h->facts |= TLS_OPEN;
    parse_tx(p, TX_BOTH);
}

/* What both sides have agreed on. */
static void judge_version(struct parse *p, uint16_t version)
{
    if (version == SSL_3)
        parse_threat(p, THREAT_SSL_OLD, "SSL 3 is spoken");
    else if (version == TLS_1_0)
        parse_threat(p, THREAT_TLS_10, "TLS 1.0 is spoken");
    else if (version == TLS_1_1)
        parse_threat(p, THREAT_TLS_11, "TLS 1.1 is spoken");
}

static bool client_hello(struct parse *p, struct tls_handshake *h, enum tls_carrier carrier,
                         struct cursor *message)
{
    struct tls_hello hello;

    if (!tls_client_hello(message, carrier, &hello))
        return false;
    tls_prove(p, h, PROOF_STRONG);
    if (tls_hello_seen(h, DIR_CLIENT))
        return true; /* with the cookie, or after HelloRetryRequest: it says the same again */
    h->facts |= TLS_HELLO_OF_CLIENT;
    tls_open(p, h);
    if (hello.flags & HELLO_VERSION_13)
        h->facts |= TLS_OFFERS;
    else if (carrier == TLS_STREAM && hello.legacy <= TLS_1_1)
        parse_note_value(p, "TLS client offers old versions only",
                         span_text(tls_version_text(hello.legacy)));
    h->offered = (uint8_t)tls_report_client(p, &hello, carrier);
    return true;
}

static bool server_hello(struct parse *p, struct tls_handshake *h, enum tls_carrier carrier,
                         struct cursor *message)
{
    struct tls_hello hello;

    if (!tls_server_hello(message, carrier, &hello))
        return false;
    tls_prove(p, h, tls_hello_seen(h, DIR_CLIENT) ? PROOF_CERTAIN : PROOF_STRONG);
    if (tls_hello_seen(h, DIR_SERVER))
        return true;
    if (hello.flags & HELLO_RETRY && !(h->facts & TLS_RETRIED)) {
        h->facts |= TLS_RETRIED;
        return true;
    }
    h->facts |= TLS_HELLO_OF_SERVER;
    tls_open(p, h);
    if (carrier == TLS_STREAM)
        judge_version(p, hello.version);
    if (carrier != TLS_QUIC)
        parse_text(p, FIELD_TLS_VERSION, tls_version_text(hello.version));
    tls_report_server(p, &hello, h->offered);
    if (h->facts & TLS_RETRIED)
        parse_uint(p, FIELD_TLS_RETRY, 1);
    if (hello.flags & HELLO_DOWNGRADE && h->facts & TLS_OFFERS)
        parse_note(p, "TLS downgrade mark");
    if (hello.flags & HELLO_VERSION_13)
        h->facts |= TLS_IS_13;
    return true;
}

/* RFC 6347 section 4.2.1: the client is to come again and show this cookie. */
static bool verify_request(struct parse *p, struct tls_handshake *h, struct cursor *message)
{
    cur_skip(message, 2);
    cur_skip(message, cur_u8(message));
    if (!cur_done(message))
        return false;
    tls_prove(p, h, tls_hello_seen(h, DIR_CLIENT) ? PROOF_CERTAIN : PROOF_STRONG);
    return true;
}

static bool certificates(struct parse *p, struct tls_handshake *h, struct cursor *message)
{
    enum dir role = tls_role(p, h);
    uint16_t given = role == DIR_SERVER ? TLS_SERVER_CHAIN | TLS_FULL : TLS_CLIENT_CHAIN;
    uint16_t known = TLS_IS_13 | (role == DIR_SERVER ? TLS_SERVER_CHAIN : TLS_CLIENT_CHAIN);
    struct tls_chain chain;

    if (!tls_chain_read(message, &chain))
        return false;
    if (p->wants_tx && !(h->facts & known))
        tls_report_chain(p, role, &chain);
    h->facts |= given;
    return true;
}

static bool of_server(struct parse *p, struct tls_handshake *h, enum tls_carrier carrier,
                      uint8_t type, struct cursor *body)
{
    if (type == TLS_SERVER_HELLO)
        return server_hello(p, h, carrier, body);
    if (type == TLS_VERIFY_REQUEST && carrier == TLS_DATAGRAM)
        return verify_request(p, h, body);
    if (type == TLS_CERTIFICATE)
        return certificates(p, h, body);
    if (type == TLS_SERVER_KEY && p->wants_tx)
        tls_report_key_exchange(p, body);
    if (type == TLS_CERTIFICATE_REQUEST)
        parse_uint(p, FIELD_TLS_CLIENT_ASKED, 1);
    if (type == TLS_SERVER_KEY || type == TLS_HELLO_DONE)
        h->facts |= TLS_FULL;
    return true;
}

bool tls_message_read(struct parse *p, struct tls_handshake *h, enum tls_carrier carrier,
                      uint8_t type, struct cursor *body)
{
    if (tls_role(p, h) == DIR_SERVER)
        return of_server(p, h, carrier, type, body);
    if (type == TLS_CLIENT_HELLO)
        return client_hello(p, h, carrier, body);
    return type != TLS_CERTIFICATE || certificates(p, h, body);
}
