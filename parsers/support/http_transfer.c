/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of HTTP/1 messages on their way (RFC 9112 sections 6 and 7): counted, in chunks, or as
 * long as the connection. See http_machine.h.
 */
#include "support/http_machine.h"

/* ---- lines ---- */

/* The next line, cut at its limit; `cut` says that the rest of it still has to be passed over. */
struct span http_line_take(struct cursor *in, bool *cut)
{
    struct span look = span_first(cur_look(in), HTTP_LINE_MAX);
    size_t at = span_index(look, '\n');

    *cut = at == HTTP_LINE_MAX;
    if (at == look.n && !*cut) {
        cur_short(in, 1);
        return span_first(look, 0);
    }
    cur_skip(in, *cut ? at : at + 1);
    if (at && !*cut && look.p[at - 1] == '\r')
        at--;
    return span_first(look, at);
}

/* Is it one as it stands? */
static bool is_first_line(struct span line)
{
    static const size_t version = sizeof "HTTP/1.1" - 1;
    struct span end;

    if (line.n <= version || memchr(line.p, '\n', line.n) != NULL)
        return false;
    end = span_from(line, line.n - version);
    return span_equal(end, SPAN("HTTP/1.1")) || span_equal(end, SPAN("HTTP/1.0")) ||
           span_starts(line, SPAN("HTTP/1."));
}

struct span http_line_first(struct cursor *in, bool *cut, bool *cr)
{
    struct span look = span_first(cur_look(in), HTTP_LINE_MAX);
    size_t at = span_index(look, '\r');

    *cr = at + 1 < look.n && look.p[at + 1] != '\n' && look.p[at + 1] != '\r' &&
          is_first_line(span_first(look, at));
    if (!*cr)
        return http_line_take(in, cut);
    *cut = false;
    cur_skip(in, at + 1);
    return span_first(look, at);
}

/* Up to and with the next line end, as far as it is here. True when it is. */
bool http_line_pass(struct cursor *in)
{
    struct span look = cur_look(in);
    size_t at = span_index(look, '\n');

    cur_skip(in, at < look.n ? at + 1 : at);
    return at < look.n;
}

/* ---- where a message ends ---- */

/* The answer that came before all of its request had. */
static void early_end(struct parse *p, struct http_side *server)
{
    enum dir dir = p->dir;

    if (!(server->flags & SIDE_EARLY))
        return;
    server->flags &= ~(uint32_t)SIDE_EARLY;
    p->dir = DIR_SERVER;
    parse_tx(p, TX_DONE);
    p->dir = dir;
}

/* Is the body of what is being answered still on its way? */
static bool is_early(const struct http *h)
{
    uint8_t step = h->side[DIR_CLIENT].step;

    return h->open == 0 && step >= AT_BODY && step <= AT_TRAILER;
}

void http_reply_begin(struct parse *p, struct http_side *s)
{
    early_end(p, s);
    s->flags |= SIDE_OPEN;
    parse_tx(p, TX_REPLY);
}

void http_reply_end(struct parse *p, struct http_side *s)
{
    if (s->flags & SIDE_OPEN && p->wants_tx && is_early(p->state))
        s->flags |= SIDE_EARLY;
    else if (s->flags & SIDE_OPEN)
        parse_tx(p, TX_DONE);
    s->flags &= ~(uint32_t)SIDE_OPEN;
}

enum flow http_message_end(struct parse *p, struct http_side *s)
{
    if (p->dir == DIR_CLIENT && s->body)
        parse_uint(p, FIELD_HTTP_REQUEST_LENGTH, s->body);
    http_body_close(p, &s->content); /* it has something to tell, too */
    if (s->flags & SIDE_OPEN)
        parse_uint(p, FIELD_HTTP_LENGTH, s->body);
    http_reply_end(p, s);
    http_lines_end(p, &s->lines);
    s->step = AT_START;
    if (p->dir == DIR_CLIENT)
        early_end(p, &((struct http *)p->state)->side[DIR_SERVER]);
    return FLOW_ON;
}

/* What is left of a body or chunk, as far as it is here. The last `keep` bytes are not left to the
 * engine: taking them tells when the body ends. */
static enum flow take(struct parse *p, struct http_side *s, struct cursor *in, uint64_t keep)
{
    size_t here = cur_left(in) < s->left ? cur_left(in) : (size_t)s->left;
    struct http_product *product = &((struct http *)p->state)->product;
    bool reads = http_product_reads(product);
    uint64_t rest = s->left - keep;

    if (here == s->left || reads || s->watched || (s->content && http_body_looks(p, s->content))) {
        struct span piece = cur_span(in, here);

        s->left -= here;
        if (s->step == AT_END)
            s->body += here;
        if (reads)
            http_product_body(p, product, piece);
        if (s->content)
            http_body_feed(p, s->content, piece);
        return FLOW_ON;
    }
    parse_commit(p, in);
    s->left = keep;
    if (rest && s->content)
        parse_pass(p, rest, BUFFER_BODY, http_body_part(s->content));
    else if (rest)
        parse_skip(p, rest);
    return FLOW_SKIP;
}

static enum flow step_body(struct parse *p, struct http_side *s, struct cursor *in)
{
    enum flow flow = take(p, s, in, 1);

    return s->left ? flow : http_message_end(p, s);
}

/* The engine drops, or passes, what is left of the connection: as much as it can count. */
void http_endless_end(struct parse *p, struct http_side *s)
{
    uint64_t most = UINT64_MAX / 2, left = parse_skipping(p, p->dir);

    if (left)
        s->body += most - left;
    http_message_end(p, s);
}

enum flow http_body_begin(struct parse *p, struct http_side *s, struct cursor *in, enum frame frame)
{
    if (frame == FRAME_NONE)
        return http_message_end(p, s);
    http_body_open(p, &s->content, frame);
    switch (frame) {
    case FRAME_LENGTH:
        s->step = AT_BODY;
        s->left = s->body = s->framing.length;
        return step_body(p, s, in);
    case FRAME_CHUNKED:
        s->step = AT_SIZE;
        return FLOW_ON;
    default:
        break;
    }
    s->step = AT_END;
    s->left = UINT64_MAX;
    return take(p, s, in, 0);
}

/* ---- chunks ---- */

static enum flow step_chunk(struct parse *p, struct http_side *s, struct cursor *in)
{
    enum flow flow;

    if (!s->chunk) {
        s->step = AT_TRAILER;
        s->block = 0;
        return FLOW_ON;
    }
    s->step = AT_CHUNK;
    flow = take(p, s, in, 0);
    if (s->left == 0)
        s->step = AT_CHUNK_END;
    return flow;
}

/* Where the size of a chunk should be is something else. At the beginning of a body: clients go
 * on without chunks, as if nobody had announced any. */
static enum flow no_size(struct parse *p, struct http_side *s, struct cursor *in)
{
    uint16_t length = s->framing.flags & FRAMING_LENGTH;

    if (s->flags & SIDE_CHUNKED || p->dir == DIR_CLIENT) {
        http_note(p, s, NOTE_SIZE_BAD);
        s->step = AT_LOST;
        return FLOW_ON;
    }
    http_note(p, s, NOTE_NO_CHUNKS);
    return http_body_begin(p, s, in, length ? FRAME_LENGTH : FRAME_TO_END);
}

static void size_notes(struct parse *p, struct http_side *s, const struct chunk *chunk)
{
    if (chunk->flags & CHUNK_PREFIX)
        http_note(p, s, NOTE_SIZE_PREFIX);
    if (chunk->flags & CHUNK_TAIL)
        http_note(p, s, NOTE_SIZE_TAIL);
}

static enum flow step_size(struct parse *p, struct http_side *s, struct cursor *in)
{
    struct span look = span_first(cur_look(in), HTTP_SIZE_LINE_MAX);
    size_t end = span_index(look, '\n');
    bool cut = end == HTTP_SIZE_LINE_MAX;
    struct chunk chunk;

    if (framing_chunk_blank(look.p[0])) {
        http_note(p, s, NOTE_SIZE_LEAD);
        cur_skip(in, 1);
        return FLOW_ON;
    }
    if (!framing_chunk_begins(look))
        return no_size(p, s, in);
    if (end == look.n && !cut) {
        cur_short(in, 1);
        return FLOW_WAIT;
    }
    chunk = framing_chunk(span_first(look, end));
    if (chunk.flags & CHUNK_MINUS)
        http_note(p, s, NOTE_SIZE_MINUS);
    if (chunk.flags & CHUNK_BAD)
        return no_size(p, s, in);
    cur_skip(in, cut ? end : end + 1);
    size_notes(p, s, &chunk);
    if (cut)
        http_note(p, s, NOTE_SIZE_LONG);
    s->flags |= SIDE_CHUNKED;
    s->left = s->chunk = chunk.size;
    s->body += chunk.size;
    s->step = cut ? AT_SIZE_TAIL : AT_CHUNK;
    return cut ? FLOW_ON : step_chunk(p, s, in);
}

static enum flow step_chunk_end(struct parse *p, struct http_side *s, struct cursor *in)
{
    struct cursor copy = *in;
    uint8_t c = cur_u8(&copy);

    if (c == '\r')
        c = cur_u8(&copy);
    if (copy.state == CUR_OK && c != '\n')
        http_note(p, s, NOTE_CHUNK_END);
    else
        *in = copy;
    s->step = in->state == CUR_OK ? AT_SIZE : AT_CHUNK_END;
    return in->state == CUR_OK ? FLOW_ON : FLOW_WAIT;
}

static enum flow step_trailer(struct parse *p, struct http_side *s, struct cursor *in)
{
    bool cut;
    struct span line = http_line_take(in, &cut);

    if (in->state != CUR_OK)
        return FLOW_WAIT;
    s->block += (uint32_t)line.n;
    if (s->block > HTTP_TRAILERS_MAX)
        http_note(p, s, NOTE_TRAILERS);
    if (line.n)
        http_lines_add(p, &s->lines, line);
    return line.n || cut ? FLOW_ON : http_message_end(p, s);
}

enum flow http_body_step(struct parse *p, struct http_side *s, struct cursor *in)
{
    switch ((enum step)s->step) {
    case AT_BODY:
        return step_body(p, s, in);
    case AT_SIZE:
        return step_size(p, s, in);
    case AT_SIZE_TAIL:
        if (http_line_pass(in))
            s->step = AT_CHUNK;
        return FLOW_ON;
    case AT_CHUNK:
        return step_chunk(p, s, in);
    case AT_CHUNK_END:
        return step_chunk_end(p, s, in);
    case AT_TRAILER:
        return step_trailer(p, s, in);
    default:
        s->left = UINT64_MAX;
        return take(p, s, in, 0);
    }
}
