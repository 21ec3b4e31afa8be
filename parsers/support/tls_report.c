/* SPDX-License-Identifier: Apache-2.0
 *
 * Server names, inner protocols and certificates of TLS, reported.
 */
#include "support/tls_report.h"

#include "base/ipaddr.h"
#include "support/x509.h"

enum {
    SNI_MAX = 255,
    ALT_NAMES_MAX = 64,
};

static bool name_valid(struct span name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
            return false;
    return name.n && name.n <= SNI_MAX;
}

void tls_report_sni(struct parse *p, const struct tls_hello *hello)
{
    uint8_t lower[SNI_MAX];
    struct span name = span_first(hello->sni, SNI_MAX);

    if (!name_valid(hello->sni) || hello->flags & HELLO_SNI_AGAIN)
        parse_note(p, "invalid or repeated TLS server name");
    for (size_t i = 0; i < name.n; i++)
        lower[i] = span_lower(name.p[i]);
    name.p = lower;
    if (name.n && lower[name.n - 1] == '.')
        name.n--;
    parse_field(p, FIELD_TLS_SNI, name);
    if (name_valid(name))
        parse_host(p, name);
}

void tls_report_alpn(struct parse *p, enum field field, struct cursor list, unsigned most)
{
    for (; cur_left(&list) && most; most--) {
        struct span name = tls_alpn_next(&list);

        if (name.n)
            parse_field(p, field, name);
    }
}

static void report_alt_names(struct parse *p, struct cursor names)
{
    struct span value;
    enum x509_alt kind;

    for (unsigned i = 0; i < ALT_NAMES_MAX; i++) {
        kind = x509_alt_next(&names, &value);
        if (kind == X509_ALT_END)
            return;
        if (kind == X509_ALT_DNS)
            parse_field(p, FIELD_TLS_SAN, value);
        if (kind == X509_ALT_IP) {
            struct ipaddr addr = value.n == 4 ? ipaddr_v4(value.p) : ipaddr_v6(value.p);
            char text[IPADDR_TEXT];

            parse_field(p, FIELD_TLS_SAN, span_of(text, ipaddr_text(&addr, text)));
        }
    }
}

void tls_report_certificate(struct parse *p, struct span certificate)
{
    struct x509 x;
    char name[X509_NAME_MAX];
    char time[X509_TIME_TEXT];

    if (!x509_read(certificate, &x)) {
        parse_note(p, "malformed TLS certificate");
        return;
    }
    parse_field(p, FIELD_TLS_SUBJECT, span_of(name, x509_name_text(x.subject, name)));
    parse_field(p, FIELD_TLS_ISSUER, span_of(name, x509_name_text(x.issuer, name)));
    parse_field(p, FIELD_TLS_SERIAL, x.serial);
    if (x509_time_text(&x.not_before, time))
        parse_text(p, FIELD_TLS_NOT_BEFORE, time);
    if (x509_time_text(&x.not_after, time))
        parse_text(p, FIELD_TLS_NOT_AFTER, time);
    report_alt_names(p, x.alt_names);
}
