/* SPDX-License-Identifier: Apache-2.0
 *
 * What two hellos say, reported.
 */
#include "support/tls_report.h"

#include "support/quic_packet.h"
#include "support/tls_fingerprint.h"
#include "support/tls_text.h"

enum {
    SNI_MAX = 255,
    CLIENT_ALPN_MAX = 32,
    NAMED_CURVE = 3, /* RFC 8422 section 5.4 */
    EXT_PARAMETERS = 0x39,
    EXT_PARAMETERS_OF_DRAFTS = 0xffa5,
    USER_AGENT = 0x3129, /* transport parameter */
};

static bool name_valid(struct span name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
            return false;
    return name.n && name.n <= SNI_MAX;
}

static void report_sni(struct parse *p, const struct tls_hello *hello)
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

/* Offers that mean the same, or where one of a service mesh stands among others, tell what will be
 * spoken even where the answer is encrypted. */
static unsigned report_offers(struct parse *p, struct cursor list)
{
    unsigned common = 0;
    bool same = true;

    for (unsigned i = 0; i < CLIENT_ALPN_MAX && cur_left(&list); i++) {
        struct span name = tls_alpn_next(&list);
        unsigned inner = tls_inner_of(name);

        if (!name.n)
            continue;
        parse_field(p, FIELD_TLS_CLIENT_ALPN, name);
        if (tls_inner_is_mesh(common))
            continue;
        same = same && inner && (!common || inner == common);
        common = inner;
    }
    return same || tls_inner_is_mesh(common) ? common : 0;
}

/* Chrome says in a transport parameter what it is. */
static void report_user_agent(struct parse *p, struct cursor list)
{
    while (cur_left(&list)) {
        uint16_t type = cur_be16(&list);
        struct cursor body = cur_sub(&list, cur_be16(&list));

        while (cur_left(&body) && (type == EXT_PARAMETERS || type == EXT_PARAMETERS_OF_DRAFTS)) {
            uint64_t id = quic_varint(&body);
            struct span value = cur_span(&body, (size_t)quic_varint(&body));

            if (id == USER_AGENT && body.state == CUR_OK && value.n)
                parse_field(p, FIELD_QUIC_UA, value);
        }
    }
}

unsigned tls_report_client(struct parse *p, const struct tls_hello *h, enum tls_carrier carrier)
{
    unsigned offered = 0;

    if (h->flags & HELLO_BAD_EXTENSION)
        parse_note(p, "malformed TLS extension");
    if (h->sni.n)
        report_sni(p, h);
    if (!p->wants_tx)
        return 0;
    if (h->flags & HELLO_ALPN)
        offered = report_offers(p, h->alpn);
    if (h->flags & HELLO_ECH)
        parse_uint(p, FIELD_TLS_ECH, 1);
    if (carrier == TLS_QUIC)
        report_user_agent(p, h->extensions);
    tls_fingerprint_client(p, h, carrier);
    return offered;
}

static void report_chosen(struct parse *p, struct cursor list)
{
    struct span name = tls_alpn_next(&list);
    unsigned inner = tls_inner_of(name);

    if (!name.n)
        return;
    parse_field(p, FIELD_TLS_SERVER_ALPN, name);
    if (inner)
        parse_text(p, FIELD_TLS_INNER, tls_inner_text(inner));
    else if (span_printable(name))
        parse_field(p, FIELD_TLS_INNER, name);
}

void tls_report_server(struct parse *p, const struct tls_hello *h, unsigned offered)
{
    if (h->flags & HELLO_BAD_EXTENSION)
        parse_note(p, "malformed TLS extension");
    if (!p->wants_tx)
        return;
    parse_uint(p, FIELD_TLS_CIPHER, h->cipher);
    if (tls_cipher_text(h->cipher))
        parse_text(p, FIELD_TLS_CIPHER_NAME, tls_cipher_text(h->cipher));
    if (h->group && tls_group_text(h->group))
        parse_text(p, FIELD_TLS_CURVE, tls_group_text(h->group));
    if (h->flags & HELLO_ALPN)
        report_chosen(p, h->alpn);
    else if (h->flags & HELLO_VERSION_13 && offered)
        parse_text(p, FIELD_TLS_INNER, tls_inner_text(offered));
    if (h->flags & HELLO_VERSION_13 && h->flags & HELLO_PSK)
        parse_uint(p, FIELD_TLS_RESUMED, 1);
    tls_fingerprint_server(p, h);
}

void tls_report_key_exchange(struct parse *p, struct cursor *message)
{
    uint8_t kind = cur_u8(message);
    uint16_t group = cur_be16(message);
    const char *text = tls_group_text(group);

    cur_skip(message, cur_u8(message)); /* the public key */
    if (message->state == CUR_OK && kind == NAMED_CURVE && text)
        parse_text(p, FIELD_TLS_CURVE, text);
}
