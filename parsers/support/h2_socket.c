/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_socket.h"

#include "support/body_views.h"
#include "support/ws_frame.h"
#include "support/ws_handshake.h"
#include "support/ws_inflate.h"

enum { HEAD_MOST = 14, PLAIN_BYTES = 512 };

struct side {
    uint64_t left; /* of the payload */
    struct ws_inflate *inflate;
    struct body_views *views; /* NULL: none yet */
    uint8_t head[HEAD_MOST];
    uint8_t head_n;
    uint8_t key[4];
    uint8_t key_at;
    bool masked;
    bool control; /* the frame at hand is no part of a message */
    bool ends;    /* the message, with it */
    bool text;
    bool coded;  /* the message is compressed */
    bool begun;  /* its buffer has */
    bool viewed; /* its pieces are shown */
    bool lost;   /* no frames are found any more: bytes go on as they are */
};

struct h2_socket {
    uint32_t agreed; /* enum ws_agreed */
    struct side side[2];
};

void h2_socket_open(struct parse *p, struct h2_socket **socket)
{
    if (*socket || !(parse_wants(p, BUFFER_BODY) || parse_wants(p, BUFFER_BODY_VIEW)))
        return;
    *socket = parse_alloc(p, sizeof **socket);
    if (*socket)
        memset(*socket, 0, sizeof **socket);
}

void h2_socket_agree(struct h2_socket *w, struct span extensions)
{
    w->agreed |= ws_agreed_extensions(extensions);
}

/* ---- messages ---- */

static void no_text(void *arg, struct span piece)
{
    (void)arg;
    (void)piece;
}

static void show(struct parse *p, struct side *s, struct span bytes)
{
    if (bytes.n == 0)
        return;
    if (s->viewed)
        body_views_feed(p, s->views, bytes, no_text, NULL);
    parse_buffer(p, BUFFER_BODY, s->begun ? BUFFER_NEXT : BUFFER_BEGINS, bytes);
    s->begun = true;
}

static void message_end(struct parse *p, struct side *s)
{
    if (s->viewed)
        body_views_end(p, s->views, no_text, NULL);
    if (s->begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    s->viewed = s->begun = s->coded = false;
}

struct reading {
    struct parse *p;
    struct side *s;
};

static void inflated(void *arg, struct span bytes)
{
    const struct reading *r = arg;

    show(r->p, r->s, bytes);
}

/* The rest of the message goes on as it is. */
static void give_up(struct parse *p, struct side *s, enum ws_inflated why)
{
    parse_note(p, why == WS_INFLATE_BOMB ? "decompression bomb in WebSocket message"
                                         : "compressed WebSocket message cannot be read");
    s->coded = false;
    show(p, s, ws_inflate_rest(s->inflate));
    ws_inflate_free(&s->inflate);
}

static void *take(void *p, size_t n)
{
    return parse_alloc(p, n);
}

static void give(void *p, void *memory)
{
    parse_free(p, memory);
}

static void coded_begin(struct parse *p, const struct h2_socket *w, struct side *s)
{
    const struct memory_source memory = {.take = take, .give = give, .arg = p};
    bool fresh = ws_agreed_fresh(w->agreed, p->dir) || s->inflate == NULL;

    if (s->inflate == NULL)
        s->inflate = ws_inflate_new(&memory, ws_agreed_window(w->agreed, p->dir));
    s->coded = s->inflate != NULL;
    if (s->coded)
        ws_inflate_begin(s->inflate, fresh ? WS_CONTEXT_FRESH : WS_CONTEXT_KEPT);
}

static void message_begin(struct parse *p, const struct h2_socket *w, struct side *s,
                          const struct ws_frame *f)
{
    message_end(p, s);
    s->viewed = f->opcode == WS_TEXT && parse_wants(p, BUFFER_BODY_VIEW);
    if (s->viewed && s->views == NULL)
        s->views = parse_alloc(p, sizeof *s->views);
    s->viewed = s->viewed && s->views;
    if (s->viewed)
        *s->views = (struct body_views){.charset.decided = true};
    if (f->compressed)
        coded_begin(p, w, s);
}

/* ---- frames ---- */

static void frame_end(struct parse *p, struct side *s)
{
    struct reading r = {p, s};
    enum ws_inflated result;

    if (s->control || !s->ends)
        return;
    if (s->coded && (result = ws_inflate_end(s->inflate, inflated, &r)) != WS_INFLATED)
        give_up(p, s, result);
    message_end(p, s);
}

/* One byte of a head. */
static void head_byte(struct parse *p, const struct h2_socket *w, struct side *s, uint8_t byte)
{
    struct cursor c;
    struct ws_frame f;

    s->head[s->head_n++] = byte;
    c = cur_of(span_of(s->head, s->head_n));
    f = ws_frame_read(&c);
    if (c.state == CUR_SHORT)
        return;
    s->lost = c.state == CUR_BAD;
    if (s->lost) {
        s->coded = false;
        show(p, s, span_of(s->head, s->head_n));
        return;
    }
    s->head_n = 0;
    s->control = f.opcode >= WS_CLOSE;
    s->masked = f.masked;
    memcpy(s->key, f.key, sizeof s->key);
    s->key_at = 0;
    s->left = f.length;
    if (!s->control)
        s->ends = f.ends;
    if (!s->control && f.opcode != WS_MORE)
        message_begin(p, w, s, &f);
    if (s->left == 0)
        frame_end(p, s);
}

static void payload(struct parse *p, struct side *s, struct span bytes)
{
    struct reading r = {p, s};
    enum ws_inflated result;

    if (s->control)
        return;
    if (!s->coded)
        show(p, s, bytes);
    else if ((result = ws_inflate_feed(s->inflate, bytes, inflated, &r)) != WS_INFLATED)
        give_up(p, s, result);
}

static void payload_masked(struct parse *p, struct side *s, struct span bytes)
{
    uint8_t plain[PLAIN_BYTES];

    while (bytes.n) {
        struct span piece = span_first(bytes, sizeof plain);

        for (size_t i = 0; i < piece.n; i++)
            plain[i] = piece.p[i] ^ s->key[(s->key_at + i) & 3];
        s->key_at = (uint8_t)((s->key_at + piece.n) & 3);
        payload(p, s, span_of(plain, piece.n));
        bytes = span_from(bytes, piece.n);
    }
}

void h2_socket_feed(struct parse *p, struct h2_socket *w, struct span bytes)
{
    struct side *s = &w->side[p->dir];

    while (bytes.n && !s->lost) {
        struct span piece = span_first(bytes, s->left < bytes.n ? (size_t)s->left : bytes.n);

        if (s->left == 0) {
            head_byte(p, w, s, bytes.p[0]);
            bytes = span_from(bytes, 1);
            continue;
        }
        if (s->masked)
            payload_masked(p, s, piece);
        else
            payload(p, s, piece);
        bytes = span_from(bytes, piece.n);
        s->left -= piece.n;
        if (s->left == 0)
            frame_end(p, s);
    }
    show(p, s, bytes);
}

void h2_socket_lose(struct parse *p, struct h2_socket *w)
{
    message_end(p, &w->side[p->dir]);
    w->side[p->dir].lost = true;
}

void h2_socket_free(struct parse *p, struct h2_socket **socket)
{
    enum dir now = p->dir;

    if (*socket == NULL)
        return;
    for (enum dir dir = DIR_CLIENT; dir <= DIR_SERVER; dir++) {
        struct side *s = &(*socket)->side[dir];

        p->dir = dir;
        message_end(p, s);
        ws_inflate_free(&s->inflate);
        parse_free(p, s->views);
    }
    p->dir = now;
    parse_free(p, *socket);
    *socket = NULL;
}
