/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates of either side, reported.
 */
#include "support/tls_report.h"

#include "base/ipaddr.h"
#include "support/x509.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { ALT_NAMES_MAX = 64 };

/* The same things under three names; FIELD_COUNT: not reported. */
struct names {
    enum field subject, issuer, serial, not_before, not_after, alt_name;
    enum field sha1, sha256, key_type, key_bits, self_signed, expired, early;
};

static const struct names of_server = {
    FIELD_TLS_SUBJECT,   FIELD_TLS_ISSUER,   FIELD_TLS_SERIAL,      FIELD_TLS_NOT_BEFORE,
    FIELD_TLS_NOT_AFTER, FIELD_TLS_SAN,      FIELD_TLS_FINGERPRINT, FIELD_TLS_FINGERPRINT_256,
    FIELD_TLS_KEY_TYPE,  FIELD_TLS_KEY_BITS, FIELD_TLS_SELF_SIGNED, FIELD_TLS_EXPIRED,
    FIELD_TLS_EARLY,
};

static const struct names of_client = {
    FIELD_TLS_CLIENT_SUBJECT,     FIELD_TLS_CLIENT_ISSUER,          FIELD_TLS_CLIENT_SERIAL,
    FIELD_TLS_CLIENT_NOT_BEFORE,  FIELD_TLS_CLIENT_NOT_AFTER,       FIELD_TLS_CLIENT_SAN,
    FIELD_TLS_CLIENT_FINGERPRINT, FIELD_TLS_CLIENT_FINGERPRINT_256, FIELD_TLS_CLIENT_KEY_TYPE,
    FIELD_TLS_CLIENT_KEY_BITS,    FIELD_TLS_CLIENT_SELF_SIGNED,     FIELD_TLS_CLIENT_EXPIRED,
    FIELD_TLS_CLIENT_EARLY,
};

static const struct names of_issuer = {
    FIELD_TLS_ISSUER_SUBJECT,     FIELD_TLS_ISSUER_ISSUER,          FIELD_TLS_ISSUER_SERIAL,
    FIELD_TLS_ISSUER_NOT_BEFORE,  FIELD_TLS_ISSUER_NOT_AFTER,       FIELD_COUNT,
    FIELD_TLS_ISSUER_FINGERPRINT, FIELD_TLS_ISSUER_FINGERPRINT_256, FIELD_TLS_ISSUER_KEY_TYPE,
    FIELD_TLS_ISSUER_KEY_BITS,    FIELD_TLS_ISSUER_SELF_SIGNED,     FIELD_TLS_ISSUER_EXPIRED,
    FIELD_TLS_ISSUER_EARLY,
};

bool tls_chain_read(struct cursor *message, struct tls_chain *chain)
{
    struct cursor list = cur_sub(message, cur_be24(message));

    chain->count = 0;
    while (cur_left(&list)) {
        struct span one = cur_span(&list, cur_be24(&list));

        if (chain->count < TLS_CHAIN_MAX && one.n)
            chain->at[chain->count++] = one;
    }
    cur_join(message, &list);
    return cur_done(message);
}

static void report_alt_names(struct parse *p, enum field field, struct cursor names)
{
    struct span value;
    enum x509_alt kind;

    for (unsigned i = 0; i < ALT_NAMES_MAX; i++) {
        kind = x509_alt_next(&names, &value);
        if (kind == X509_ALT_END)
            return;
        if (kind == X509_ALT_DNS || kind == X509_ALT_URI)
            parse_field(p, field, value);
        if (kind == X509_ALT_IP) {
            struct ipaddr addr = value.n == 4 ? ipaddr_v4(value.p) : ipaddr_v6(value.p);
            char text[IPADDR_TEXT];

            parse_field(p, field, span_of(text, ipaddr_text(&addr, text)));
        }
    }
}

static void report_times(struct parse *p, const struct names *names, const struct x509 *x)
{
    char now[X509_TIME_TEXT], time[X509_TIME_TEXT];

    x509_now_text(p->time_us, now);
    if (x509_time_text(&x->not_before, time)) {
        parse_text(p, names->not_before, time);
        if (memcmp(now, time, sizeof now) < 0)
            parse_uint(p, names->early, 1);
    }
    if (x509_time_text(&x->not_after, time)) {
        parse_text(p, names->not_after, time);
        if (memcmp(now, time, sizeof now) > 0)
            parse_uint(p, names->expired, 1);
    }
}

static void report_hashes(struct parse *p, const struct names *names, struct span certificate)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha1_ctx sha1;
    struct sha256_ctx sha256;

    sha1_init(&sha1);
    sha1_update(&sha1, certificate.n, certificate.p);
    sha1_digest(&sha1, SHA1_DIGEST_SIZE, digest);
    parse_field(p, names->sha1, span_of(digest, SHA1_DIGEST_SIZE));
    sha256_init(&sha256);
    sha256_update(&sha256, certificate.n, certificate.p);
    sha256_digest(&sha256, SHA256_DIGEST_SIZE, digest);
    parse_field(p, names->sha256, span_of(digest, SHA256_DIGEST_SIZE));
}

static void report_certificate(struct parse *p, const struct names *names, struct span certificate,
                               const struct x509 *x)
{
    unsigned bits;
    const char *key = x509_key_text(x, &bits);
    char name[X509_NAME_MAX];

    parse_field(p, names->subject, span_of(name, x509_name_text(x->subject, name)));
    parse_field(p, names->issuer, span_of(name, x509_name_text(x->issuer, name)));
    parse_field(p, names->serial, x->serial);
    report_times(p, names, x);
    if (names->alt_name != FIELD_COUNT)
        report_alt_names(p, names->alt_name, x->alt_names);
    report_hashes(p, names, certificate);
    if (key)
        parse_text(p, names->key_type, key);
    if (bits)
        parse_uint(p, names->key_bits, bits);
    if (span_equal(cur_look(&x->subject), cur_look(&x->issuer)))
        parse_uint(p, names->self_signed, 1);
}

void tls_report_chain(struct parse *p, enum dir owner, const struct tls_chain *chain)
{
    const struct names *names = owner == DIR_SERVER ? &of_server : &of_client;
    struct x509 x;

    for (unsigned i = 0; i < chain->count; i++) {
        if (!x509_read(chain->at[i], &x)) {
            parse_note(p, "malformed TLS certificate");
            return;
        }
        report_certificate(p, names, chain->at[i], &x);
        if (owner == DIR_CLIENT)
            return; /* who issues for clients is the server's business */
        names = &of_issuer;
    }
}
