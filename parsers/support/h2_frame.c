/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_frame.h"

enum { SETTINGS_KNOWN = 9 };

bool h2_frame_known(const struct h2_frame *f)
{
    return f->type <= H2_ALTSVC || f->type == H2_ORIGIN || f->type == H2_PRIORITY_UPDATE;
}

/* RFC 9113 section 6: lengths, and whether a stream is named. */
bool h2_frame_valid(const struct h2_frame *f)
{
    bool stream = f->stream != 0;

    if (f->stream >> 31)
        return false;
    switch (f->type) {
    case H2_DATA:
        return stream && (f->flags & ~(H2_END_STREAM | H2_PADDED)) == 0;
    case H2_HEADERS:
    case H2_CONTINUATION:
        return stream;
    case H2_PRIORITY:
        return stream && f->length == 5;
    case H2_RST_STREAM:
        return stream && f->length == 4;
    case H2_SETTINGS:
        return !stream && f->length % 6 == 0 && (f->length == 0 || !(f->flags & H2_ACK));
    case H2_PUSH_PROMISE:
        return stream && f->length >= 4;
    case H2_PING:
        return !stream && f->length == 8;
    case H2_GOAWAY:
        return !stream && f->length >= 8;
    case H2_WINDOW_UPDATE:
        return f->length == 4;
    default:
        return true;
    }
}

bool h2_settings_known(struct cursor in, uint32_t length)
{
    struct cursor payload = cur_sub(&in, length);

    while (payload.state == CUR_OK && cur_left(&payload)) {
        uint16_t id = cur_be16(&payload);

        cur_skip(&payload, 4);
        if (id == 0 || (id > SETTINGS_KNOWN && (id & 0x0f0f) != 0x0a0a))
            return false;
    }
    return payload.state == CUR_OK;
}
