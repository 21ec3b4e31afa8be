/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_frame.h"

enum { SETTINGS_KNOWN = 16, SETTINGS_PRIVATE = 0xf000, ERRORS = 14 };

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
        return stream;
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

uint32_t h2_frame_extra(const struct h2_frame *f)
{
    uint32_t n = f->type == H2_PUSH_PROMISE ? 4 : 0;

    if (f->type != H2_DATA && f->type != H2_HEADERS && f->type != H2_PUSH_PROMISE)
        return 0;
    if (f->type == H2_HEADERS && f->flags & H2_HAS_PRIORITY)
        n += 5;
    return f->flags & H2_PADDED ? n + 1 : n;
}

/* What software really sends: flags that mean something, values that are allowed. */
static bool is_believable(const struct h2_frame *f, struct cursor payload)
{
    static const uint8_t flags[] = {
        [H2_DATA] = H2_END_STREAM | H2_PADDED,
        [H2_HEADERS] = H2_END_STREAM | H2_END_HEADERS | H2_PADDED | H2_HAS_PRIORITY,
        [H2_SETTINGS] = H2_ACK,
        [H2_PUSH_PROMISE] = H2_END_HEADERS | H2_PADDED,
        [H2_PING] = H2_ACK,
        [H2_CONTINUATION] = H2_END_HEADERS,
    };
    uint32_t value;

    if (!h2_frame_valid(f) || f->type > H2_CONTINUATION || f->flags & ~flags[f->type] ||
        f->length > H2_FRAME_USUAL || f->length < h2_frame_extra(f))
        return false;
    if (f->type != H2_WINDOW_UPDATE && f->type != H2_RST_STREAM)
        return true;
    value = cur_be32(&payload);
    if (payload.state != CUR_OK)
        return true;
    return f->type == H2_RST_STREAM ? value < ERRORS : value && !(value >> 31);
}

unsigned h2_chain(struct cursor c)
{
    unsigned n = 0;

    while (cur_left(&c)) {
        struct h2_frame f = h2_frame_read(&c);

        if (c.state != CUR_OK)
            break;
        if (!is_believable(&f, c))
            return 0;
        n++;
        cur_skip(&c, f.length);
    }
    return n;
}

const char *h2_error_name(uint32_t code)
{
    static const char *const names[ERRORS] = {
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    };

    return code < ERRORS ? names[code] : "unknown";
}

bool h2_error_blames(uint32_t code)
{
    return code == 1 || code == 3 || code == 5 || code == 6; /* see the names */
}

bool h2_settings_known(struct cursor in, uint32_t length)
{
    struct cursor payload = cur_sub(&in, length);

    while (payload.state == CUR_OK && cur_left(&payload)) {
        uint16_t id = cur_be16(&payload);

        cur_skip(&payload, 4);
        if (id == 0 || (id > SETTINGS_KNOWN && id < SETTINGS_PRIVATE && (id & 0x0f0f) != 0x0a0a))
            return false;
    }
    return payload.state == CUR_OK;
}
