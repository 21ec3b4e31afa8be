/* SPDX-License-Identifier: Apache-2.0 */
#include "support/ntlmssp.h"

#include "support/utf16.h"

#define SIGNATURE "NTLMSSP\0"

enum { AUTHENTICATE = 3, UNICODE = 1 };

static uint8_t to_text(struct span value, uint32_t flags, char *text)
{
    struct utf16 pending = {0};

    if (!(flags & UNICODE)) {
        value = span_first(value, NTLMSSP_NAME);
        for (size_t i = 0; i < value.n; i++)
            text[i] = (char)value.p[i];
        return (uint8_t)value.n;
    }
    return (uint8_t)utf16_to_utf8(&pending, &value, (uint8_t *)text, NTLMSSP_NAME);
}

/* length(2) room(2) offset(4) from the beginning of the message */
static struct span read_value(struct cursor *c, struct span message)
{
    uint16_t length = cur_le16(c);
    uint32_t offset;

    cur_skip(c, 2);
    offset = cur_le32(c);
    if (c->state != CUR_OK || offset > message.n || length > message.n - offset)
        return span_of("", 0);
    return span_first(span_from(message, offset), length);
}

static void read_login(struct span message, struct ntlmssp *n)
{
    struct cursor c = cur_of(message);
    struct span domain, user, host;
    uint32_t flags;

    cur_skip(&c, 12 + 16); /* signature, type, two answers */
    domain = read_value(&c, message);
    user = read_value(&c, message);
    host = read_value(&c, message);
    cur_skip(&c, 8); /* session key */
    flags = cur_le32(&c);
    if (c.state != CUR_OK)
        return;
    n->domain_n = to_text(domain, flags, n->domain);
    n->user_n = to_text(user, flags, n->user);
    n->host_n = to_text(host, flags, n->host);
}

struct ntlmssp ntlmssp_read(struct span blob)
{
    struct ntlmssp n = {0};
    struct span signature = SPAN(SIGNATURE);

    while (blob.n >= signature.n + 4) {
        size_t at = span_index(blob, 'N');

        blob = span_from(blob, at);
        if (span_starts(blob, signature) && blob.n >= 12) {
            n.type = blob.p[8];
            if (n.type == AUTHENTICATE)
                read_login(blob, &n);
            return n;
        }
        blob = span_from(blob, blob.n ? 1 : 0);
    }
    return n;
}
