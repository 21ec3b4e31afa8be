/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of TLS versions and alerts (RFC 8446 section 6).
 */
#include "support/tls_text.h"

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
