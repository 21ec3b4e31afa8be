/* SPDX-License-Identifier: Apache-2.0 */
#include "support/ws_handshake.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

_Static_assert(WS_DIGEST == SHA1_DIGEST_SIZE, "SHA-1");

void ws_digest(uint8_t digest[WS_DIGEST], struct span key)
{
    struct sha1_ctx sha;

    sha1_init(&sha);
    sha1_update(&sha, key.n, key.p);
    sha1_update(&sha, sizeof GUID - 1, (const uint8_t *)GUID);
    sha1_digest(&sha, WS_DIGEST, digest);
}

bool ws_accepts(const uint8_t digest[WS_DIGEST], struct span accept)
{
    char text[BASE64_ENCODE_RAW_LENGTH(WS_DIGEST)];

    base64_encode_raw(text, WS_DIGEST, digest);
    return span_equal(accept, span_of(text, sizeof text));
}

/* ---- what is agreed on ---- */

static struct span next_of(struct span *list, char separator)
{
    size_t at = span_index(*list, (uint8_t)separator);
    struct span element = span_trim(span_first(*list, at));

    *list = span_from(*list, at + 1);
    return element;
}

/* 8 to 15, perhaps in quotes (RFC 7692 section 7.1.2). 0: none of them. */
static uint32_t window_bits(struct span text)
{
    uint32_t bits = 0;

    if (text.n > 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
        text = span_of(text.p + 1, text.n - 2);
    for (size_t i = 0; i < text.n; i++) {
        if (text.n > 2 || text.p[i] < '0' || text.p[i] > '9')
            return 0;
        bits = bits * 10 + (uint32_t)(text.p[i] - '0');
    }
    return bits >= 8 && bits <= 15 ? bits : 0;
}

static uint32_t deflate_parameter(struct span parameter)
{
    struct span value = parameter, name = next_of(&value, '=');

    if (span_equal_nocase(name, SPAN("client_no_context_takeover")))
        return WS_FRESH << DIR_CLIENT;
    if (span_equal_nocase(name, SPAN("server_no_context_takeover")))
        return WS_FRESH << DIR_SERVER;
    if (span_equal_nocase(name, SPAN("client_max_window_bits")))
        return window_bits(span_trim(value)) << WS_WINDOW_AT;
    if (span_equal_nocase(name, SPAN("server_max_window_bits")))
        return window_bits(span_trim(value)) << (WS_WINDOW_AT + 4);
    return 0;
}

uint32_t ws_agreed_extensions(struct span value)
{
    while (value.n) {
        struct span extension = next_of(&value, ',');
        uint32_t agreed = WS_DEFLATE;

        if (!span_equal_nocase(next_of(&extension, ';'), SPAN("permessage-deflate")))
            continue;
        while (extension.n)
            agreed |= deflate_parameter(next_of(&extension, ';'));
        return agreed;
    }
    return 0;
}

uint32_t ws_agreed_protocol(struct span value)
{
    /* Of Kubernetes: channel.k8s.io, v2 to v5 of it, also in base64. */
    if (span_equal(value, SPAN("base64.channel.k8s.io")) ||
        span_equal(value, SPAN("v4.base64.channel.k8s.io")))
        return WS_CHANNELS | WS_CHANNELS_BASE64;
    if (span_equal(value, SPAN("channel.k8s.io")) ||
        (value.n > 3 && value.p[0] == 'v' &&
         span_equal(span_from(value, 3), SPAN("channel.k8s.io"))))
        return WS_CHANNELS;
    if (span_equal(value, SPAN("graphql-ws")) || span_equal(value, SPAN("graphql-transport-ws")))
        return WS_GRAPHQL;
    return 0;
}
