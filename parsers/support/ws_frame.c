/* SPDX-License-Identifier: Apache-2.0 */
#include "support/ws_frame.h"

enum {
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    LENGTH_MOST = 1 << 20, /* that is believed of a frame of a stream joined in the middle */
    CODE_LEAST = 1000,
    CODE_MOST = 4999,
    /* What a frame is worth, in bits. */
    HEAD_MASKED = 5,
    HEAD_PLAIN = 3,
    TEXT_MASKED = 16, /* at most: one for each byte that came out readable */
    TEXT_PLAIN = 4,
    /* What is asked for. */
    FRAMES_LEAST = 3,
    FRAMES_ALONE = 4, /* of a server without its client, all text */
    BITS_FAIR = 20,
    BITS_STRONG = 32,
};

struct ws_frame ws_frame_read(struct cursor *c)
{
    uint8_t first = cur_u8(c), second = cur_u8(c);
    struct ws_frame f = {.length = second & 0x7f,
                         .opcode = first & 0x0f,
                         .ends = first & 0x80,
                         .compressed = first & 0x40,
                         .masked = second & 0x80};
    bool control = f.opcode >= WS_CLOSE;
    uint64_t least = 0;

    if (f.length == LENGTH_16) {
        least = LENGTH_16;
        f.length = cur_be16(c);
    } else if (f.length == LENGTH_64) {
        least = UINT16_MAX + 1;
        f.length = cur_be64(c);
    }
    for (int i = 0; f.masked && i < 4; i++)
        f.key[i] = cur_u8(c);
    if (c->state == CUR_OK &&
        (first & 0x30 || f.length < least || f.length >> 63 || f.opcode > WS_PONG ||
         (f.opcode > WS_BINARY && !control) ||
         (control && (!f.ends || f.compressed || f.length > WS_CONTROL_MOST))))
        cur_fail(c);
    return f;
}

/* ---- joined in the middle ---- */

enum message { MESSAGE_UNKNOWN, MESSAGE_WHOLE, MESSAGE_OPEN };

static uint8_t plain_at(const struct ws_frame *f, struct span payload, size_t i)
{
    return payload.p[i] ^ (f->masked ? f->key[i & 3] : 0);
}

/* UTF-8 without control bytes. STOMP ends its frames with a NUL; messages may end in a frame to
 * come, and in the middle of a character. */
static bool is_text(const struct ws_frame *f, struct span payload)
{
    unsigned more = 0;

    for (size_t i = 0; i < payload.n; i++) {
        uint8_t c = plain_at(f, payload, i);

        if (more) {
            if ((c & 0xc0) != 0x80)
                return false;
            more--;
            continue;
        }
        if (c < 0x20 ? c != '\t' && c != '\n' && c != '\r' && (c || i + 1 < payload.n) : c == 0x7f)
            return false;
        if (c < 0x80)
            continue;
        if (c < 0xc2 || c > 0xf4)
            return false;
        more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    }
    return more == 0 || !f->ends;
}

static bool is_close(const struct ws_frame *f, struct span payload)
{
    unsigned code;

    if (payload.n < 2)
        return payload.n == 0;
    code = (unsigned)plain_at(f, payload, 0) << 8 | plain_at(f, payload, 1);
    return code >= CODE_LEAST && code <= CODE_MOST;
}

/* May it follow what came before? Before the first one may have been the rest of a message. */
static bool follows(const struct ws_shown *s, const struct ws_frame *f)
{
    if (f->opcode >= WS_CLOSE || s->message == MESSAGE_UNKNOWN)
        return true;
    return (f->opcode == WS_MORE) == (s->message == MESSAGE_OPEN);
}

static unsigned worth(const struct ws_shown *s, const struct ws_frame *f, struct span payload)
{
    unsigned bits = f->masked ? HEAD_MASKED : HEAD_PLAIN, text = 0;

    if (f->masked && s->frames && memcmp(s->key, f->key, sizeof s->key) == 0)
        return 0; /* masks are drawn anew for each frame */
    if (f->opcode == WS_TEXT && !f->compressed && payload.n)
        text = f->masked ? payload.n < TEXT_MASKED ? (unsigned)payload.n : TEXT_MASKED : TEXT_PLAIN;
    return bits + text;
}

static bool frame_counts(const struct parse *p, struct ws_shown *s, const struct ws_frame *f,
                         struct span payload)
{
    unsigned bits;

    if (f->masked != (p->dir == DIR_CLIENT) || f->length > LENGTH_MOST || !follows(s, f))
        return false;
    if (f->opcode == WS_TEXT && !f->compressed && !is_text(f, payload))
        return false;
    if (f->opcode == WS_CLOSE && !is_close(f, payload))
        return false;
    bits = s->bits + worth(s, f, payload);
    s->bits = (uint8_t)(bits < UINT8_MAX ? bits : UINT8_MAX);
    if (s->frames < UINT8_MAX)
        s->frames++;
    if (f->opcode < WS_CLOSE)
        s->message = f->ends ? MESSAGE_WHOLE : MESSAGE_OPEN;
    if (f->opcode != WS_TEXT || f->compressed)
        s->other = true;
    memcpy(s->key, f->key, sizeof s->key);
    return true;
}

enum proof ws_chain_proof(const struct ws_chain *chain)
{
    const struct ws_shown *client = &chain->side[DIR_CLIENT], *server = &chain->side[DIR_SERVER];
    unsigned frames = client->frames + server->frames, bits = client->bits + server->bits;

    if (client->frames && frames >= FRAMES_LEAST && bits >= BITS_STRONG)
        return PROOF_STRONG;
    if (client->frames >= FRAMES_LEAST && client->bits >= BITS_FAIR)
        return PROOF_FAIR;
    if (server->frames >= FRAMES_ALONE && server->bits >= BITS_FAIR && !server->other)
        return PROOF_FAIR;
    return PROOF_NONE;
}

uint64_t ws_chain_frame(const struct parse *p, struct ws_chain *chain, struct cursor *in)
{
    struct cursor at = *in;
    struct ws_frame f = ws_frame_read(&at);
    bool is_long = f.length > WS_CHAIN_LOOK;
    struct span payload = is_long ? span_of("", 0) : cur_span(&at, (size_t)f.length);

    if (at.state == CUR_OK && !frame_counts(p, &chain->side[p->dir], &f, payload))
        cur_fail(&at);
    if (at.state == CUR_OK)
        *in = at;
    else
        *in = (struct cursor){in->pos, in->end, at.state, at.need};
    return is_long ? f.length : 0;
}
