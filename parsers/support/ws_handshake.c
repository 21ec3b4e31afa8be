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
