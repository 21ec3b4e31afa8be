/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of TLS versions, alerts (RFC 8446 section 6), cipher suites, groups and inner protocols.
 */
#include "support/tls_text.h"

#include <stddef.h>

enum { MESH_KINDS = 2 }; /* the first so many of the inner protocols are those of service meshes */

const char *tls_version_text(uint16_t version)
{
    switch (version) {
    case 0x0002:
        return "SSLv2";
    case 0x0300:
        return "SSLv3";
    case 0x0301:
        return "TLSv1";
    case 0x0302:
        return "TLS 1.1";
    case 0x0303:
        return "TLS 1.2";
    case 0x0100: /* as OpenSSL once wrote it, before RFC 4347 */
    case 0xfeff:
        return "DTLS 1.0";
    case 0xfefd:
        return "DTLS 1.2";
    case 0xfefc:
        return "DTLS 1.3";
    default:
        return "TLS 1.3";
    }
}

const char *tls_alert_text(uint8_t description)
{
    static const char *const texts[] = {
        [0] = "fatal TLS alert",
        [10] = "fatal TLS alert: unexpected_message",
        [20] = "fatal TLS alert: bad_record_mac",
        [22] = "fatal TLS alert: record_overflow",
        [40] = "fatal TLS alert: handshake_failure",
        [42] = "fatal TLS alert: bad_certificate",
        [43] = "fatal TLS alert: unsupported_certificate",
        [44] = "fatal TLS alert: certificate_revoked",
        [45] = "fatal TLS alert: certificate_expired",
        [46] = "fatal TLS alert: certificate_unknown",
        [47] = "fatal TLS alert: illegal_parameter",
        [48] = "fatal TLS alert: unknown_ca",
        [49] = "fatal TLS alert: access_denied",
        [50] = "fatal TLS alert: decode_error",
        [51] = "fatal TLS alert: decrypt_error",
        [70] = "fatal TLS alert: protocol_version",
        [71] = "fatal TLS alert: insufficient_security",
        [80] = "fatal TLS alert: internal_error",
        [86] = "fatal TLS alert: inappropriate_fallback",
        [109] = "fatal TLS alert: missing_extension",
        [110] = "fatal TLS alert: unsupported_extension",
        [112] = "fatal TLS alert: unrecognized_name",
        [115] = "fatal TLS alert: unknown_psk_identity",
        [116] = "fatal TLS alert: certificate_required",
        [120] = "fatal TLS alert: no_application_protocol",
    };

    if (description >= sizeof texts / sizeof texts[0] || !texts[description])
        description = 0;
    return texts[description];
}

struct number {
    uint16_t number;
    const char *name;
};

static const struct number ciphers[] = {
#define CIPHER(number, name) {number, name},
#include "support/tls_numbers.def"
#undef CIPHER
};

static const struct number groups[] = {
#define GROUP(number, name) {number, name},
#include "support/tls_numbers.def"
#undef GROUP
};

static const char *name_of(const struct number *list, size_t n, uint16_t number)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].number == number)
            return list[i].name;
    return NULL;
}

const char *tls_cipher_text(uint16_t cipher)
{
    return name_of(ciphers, sizeof ciphers / sizeof ciphers[0], cipher);
}

const char *tls_group_text(uint16_t group)
{
    return name_of(groups, sizeof groups / sizeof groups[0], group);
}

/* ---- inner protocols ---- */

struct inner {
    const char *alpn;
    const char *text;
};

static const struct inner inners[] = {
#define INNER(alpn, text) {alpn, text},
#include "support/tls_numbers.def"
#undef INNER
};

/* Names that mean the same get the same number: that of the first. */
static unsigned inner_first(unsigned at)
{
    unsigned i = 0;

    while (strcmp(inners[i].text, inners[at].text) != 0)
        i++;
    return i + 1;
}

unsigned tls_inner_of(struct span name)
{
    for (unsigned i = 0; i < sizeof inners / sizeof inners[0]; i++) {
        struct span known = span_text(inners[i].alpn);

        if (known.p[known.n - 1] == '*' ? span_starts(name, span_first(known, known.n - 1))
                                        : span_equal(name, known))
            return inner_first(i);
    }
    return 0;
}

const char *tls_inner_text(unsigned inner)
{
    return inners[inner - 1].text;
}

bool tls_inner_is_mesh(unsigned inner)
{
    return inner && inner <= MESH_KINDS;
}
