/* SPDX-License-Identifier: Apache-2.0
 *
 * Lumberjack, versions 1 and 2, by which Beats hand logs to Logstash. Frames of a version (a
 * digit), a kind (a letter) and numbers of four bytes:
 *
 *     W count                            so many events follow, then the server answers
 *     J number length JSON               an event
 *     D number pairs (length key, length value) ...
 *     C length zlib                      frames, compressed
 *     A number                           the server has all events up to this one
 */
#include "parser/parser.h"
#include "support/json_scan.h"
#include "support/unpack.h"
#include "support/walk.h"

enum {
    WINDOW_MOST = 1 << 20,
    EVENT_MOST = 64 << 20,
    PAIRS_MOST = 1 << 12,
    KEY_MOST = 256,
    VALUE_LOOK = 256,
    EVENT_LOOK = 4 << 10, /* of the JSON of a batch's first event */
    UNPACKED_MOST = 4 << 20,
    HOLD_MOST = 16 << 10,
    WINDOWS = 8,
    SURE = 2,
    ZLIB = 0x78,
    PENDING = 8 << 10,
};

enum place { OUTSIDE, INSIDE }; /* of compressed frames */

struct beats_state {
    struct unpack *unpack;
    uint32_t packed;   /* still to come of compressed frames */
    uint32_t unpacked; /* what came out of them */
    uint32_t pairs[2]; /* still to come of an event; enum place */
    uint32_t left;     /* still to come of a value inside */
    uint32_t windows[WINDOWS];
    uint8_t oldest, open; /* windows that wait for an answer */
    uint8_t version;      /* a digit, 0 = none yet */
    uint8_t frames, acks; /* saturate */
    bool begun;           /* a piece of the value inside was handed on */
    bool told;            /* who sends this batch */
    bool blind;           /* the compressed frames cannot be read */
    bool lost[2];
    bool matched;
};

struct frame {
    uint8_t kind;
    uint32_t number, n; /* n: the length, pairs, or window */
};

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void prove(struct parse *p, struct beats_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

static void count(uint8_t *n)
{
    if (*n < UINT8_MAX)
        ++*n;
}

/* ---- frames ---- */

static bool is_first(uint8_t kind, uint32_t number, uint8_t byte)
{
    switch (kind) {
    case 'J':
        return number > 0 && byte == '{';
    case 'C':
        return byte == ZLIB;
    default:
        return true;
    }
}

/* What stands before the bytes of a frame. */
static struct frame head_read(const struct beats_state *s, struct cursor *in)
{
    uint8_t version = cur_u8(in);
    struct frame f = {.kind = cur_u8(in)};
    bool numbered = f.kind == 'J' || f.kind == 'D';
    uint32_t most = 0;

    if (in->state == CUR_OK &&
        ((version != '1' && version != '2') || (s->version && version != s->version)))
        cur_fail(in);
    f.number = numbered ? cur_be32(in) : 0;
    f.n = cur_be32(in);
    if (f.kind == 'W')
        most = WINDOW_MOST;
    else if (f.kind == 'D')
        most = PAIRS_MOST;
    else if (f.kind == 'C' || (f.kind == 'J' && version == '2'))
        most = EVENT_MOST;
    if (in->state == CUR_OK && (f.n == 0 || f.n > most))
        cur_fail(in);
    if (in->state == CUR_OK && f.kind != 'W' && cur_left(in) == 0)
        cur_short(in, 1);
    if (in->state == CUR_OK && !is_first(f.kind, f.number, cur_peek(in)))
        cur_fail(in);
    return f;
}

/* ---- who sends ---- */

/* "agent": {"type", "version", "name"}, "@metadata": {"beat", "version"}, "host": {"name"} */
static void part_tell(struct parse *p, const struct json_item *part)
{
    bool is_host = json_says(part->key, SPAN("host"));
    struct cursor in = cur_of(span_from(part->text, 1));
    struct json_item item;

    if (part->kind != '{' || (!is_host && !json_says(part->key, SPAN("agent")) &&
                              !json_says(part->key, SPAN("@metadata"))))
        return;
    while (json_member(&in, &item)) {
        if (item.kind != '"')
            continue;
        if (is_host && json_says(item.key, SPAN("name")))
            put(p, FIELD_BEATS_HOST, item.text);
        if (is_host)
            continue;
        if (json_says(item.key, SPAN("beat")) || json_says(item.key, SPAN("type")))
            put(p, FIELD_BEATS_AGENT,
                json_says(item.text, SPAN("_doc")) ? span_of(item.text.p, 0) : item.text);
        else if (json_says(item.key, SPAN("version")))
            put(p, FIELD_BEATS_AGENT_VERSION, item.text);
    }
}

static void sender_tell(struct parse *p, struct span event)
{
    struct cursor in = cur_of(span_from(event, 1));
    struct json_item part;

    while (json_member(&in, &part))
        part_tell(p, &part);
}

/* ---- the client ---- */

static void window_read(struct parse *p, struct beats_state *s, uint32_t window)
{
    char version[] = {(char)s->version, 0};

    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_BEATS_VERSION, version);
    parse_uint(p, FIELD_BEATS_WINDOW, window);
    s->told = false;
    if (s->open < WINDOWS)
        s->windows[(s->oldest + s->open++) % WINDOWS] = window;
}

/* A window and what is in it, or more of that. */
static void frame_prove(struct parse *p, struct beats_state *s, const struct frame *f)
{
    count(&s->frames);
    if (s->frames >= SURE)
        prove(p, s, s->acks ? PROOF_CERTAIN : PROOF_STRONG);
    else if (f->kind != 'W' && p->midstream)
        prove(p, s, PROOF_FAIR);
}

/* A key, and how long its value is. */
static uint32_t pair_read(struct parse *p, struct beats_state *s, struct cursor *in,
                          enum place place)
{
    uint32_t length = cur_be32(in);
    struct span key, value;

    if (length > KEY_MOST)
        cur_fail(in);
    key = cur_span(in, length);
    length = cur_be32(in);
    if (length > EVENT_MOST || !span_printable(key))
        cur_fail(in);
    if (in->state == CUR_OK && length <= VALUE_LOOK && cur_left(in) < length)
        cur_short(in, length - cur_left(in));
    if (in->state != CUR_OK)
        return 0;
    value = span_first(cur_look(in), length);
    if (!s->told && span_equal(key, SPAN("host")) && length <= VALUE_LOOK)
        put(p, FIELD_BEATS_HOST, value);
    if (--s->pairs[place] == 0)
        s->told = true;
    return length;
}

/* One frame's head; how many bytes of an event follow it. */
static uint32_t frame_read(struct parse *p, struct beats_state *s, struct cursor *in,
                           enum place place)
{
    uint8_t version = cur_peek(in);
    struct cursor at = *in;
    uint32_t look;
    struct frame f;

    if (s->pairs[place])
        return pair_read(p, s, in, place);
    f = head_read(s, &at);
    look = f.kind == 'J' && !s->told ? f.n : 0;
    look = look > EVENT_LOOK ? EVENT_LOOK : look;
    if (at.state == CUR_OK && cur_left(&at) < look)
        cur_short(&at, look - cur_left(&at));
    if (at.state == CUR_OK && place == INSIDE && (f.kind == 'C' || f.kind == 'W'))
        cur_fail(&at);
    *in = at;
    if (at.state != CUR_OK)
        return 0;
    s->version = version;
    frame_prove(p, s, &f);
    if (f.kind == 'W')
        window_read(p, s, f.n);
    if (f.kind == 'D')
        s->pairs[place] = f.n;
    if (f.kind == 'C')
        s->packed = f.n;
    if (f.kind != 'J')
        return 0;
    if (look)
        sender_tell(p, span_first(cur_look(in), look));
    s->told = true;
    return f.n;
}

/* ---- compressed frames ---- */

static void inside_read(struct parse *p, struct beats_state *s, struct cursor *in)
{
    while (cur_left(in)) {
        size_t here = s->left < cur_left(in) ? s->left : cur_left(in);
        unsigned part = s->begun ? BUFFER_NEXT : BUFFER_BEGINS;
        struct cursor at = *in;

        if (s->left) {
            s->left -= (uint32_t)here;
            parse_buffer(p, BUFFER_BODY, s->left ? part : part | BUFFER_ENDS, cur_span(in, here));
            s->begun = true;
            continue;
        }
        s->left = frame_read(p, s, &at, INSIDE);
        s->begun = false;
        if (at.state != CUR_OK) {
            in->state = at.state;
            return;
        }
        *in = at;
    }
}

/* Some more of what came out. A frame that is cut is held. */
static void inside_feed(struct parse *p, struct beats_state *s, struct span piece)
{
    bool held = parse_held(p).n > 0;
    struct span all = held ? parse_hold(p, piece, HOLD_MOST) : piece;
    struct cursor in = cur_of(all);
    size_t read;

    inside_read(p, s, &in);
    read = (size_t)(in.pos - all.p);
    if (in.state == CUR_BAD || all.n == 0)
        s->blind = true;
    else if (held)
        parse_unhold(p, read);
    else if (read < all.n && parse_hold(p, span_from(all, read), HOLD_MOST).n == 0)
        s->blind = true;
}

static void packed_begin(struct parse *p, struct beats_state *s)
{
    parse_uint(p, FIELD_BEATS_COMPRESSED, 1);
    s->unpacked = 0;
    s->left = s->pairs[INSIDE] = 0;
    if (s->unpack == NULL)
        s->unpack = unpack_new(p, UNPACK_ZLIB);
    s->blind = s->unpack == NULL;
    if (s->unpack)
        unpack_begin(s->unpack);
}

static void packed_end(struct parse *p, struct beats_state *s)
{
    if (s->left && s->begun && !s->blind)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    parse_unhold(p, parse_held(p).n);
}

static uint64_t packed_step(struct parse *p, struct beats_state *s, struct cursor *in)
{
    struct span packed = span_first(cur_look(in), s->packed), plain;

    if (s->blind) {
        uint32_t rest = s->packed;

        s->packed = 0;
        packed_end(p, s);
        return walk_pass(in, rest);
    }
    cur_skip(in, packed.n);
    s->packed -= (uint32_t)packed.n;
    while (!s->blind && (plain = unpack_more(s->unpack, &packed)).n) {
        plain = span_first(plain, UNPACKED_MOST - s->unpacked);
        s->unpacked += (uint32_t)plain.n;
        inside_feed(p, s, plain);
        if (s->unpacked == UNPACKED_MOST)
            s->blind = true;
    }
    if (s->packed == 0)
        packed_end(p, s);
    return 0;
}

static uint64_t client_step(struct parse *p, struct beats_state *s, struct cursor *in)
{
    uint32_t body;

    if (s->packed)
        return packed_step(p, s, in);
    body = frame_read(p, s, in, OUTSIDE);
    if (in->state == CUR_OK && s->packed)
        packed_begin(p, s);
    return body ? walk_body(p, in, body, BUFFER_BODY, BUFFER_WHOLE) : 0;
}

/* ---- the server ---- */

/* While it works on a batch it says how far it is, which answers nothing. */
static void answer_tell(struct parse *p, struct beats_state *s, uint32_t number)
{
    if (s->frames && (s->open == 0 || (s->version == '2' && number != s->windows[s->oldest])))
        return;
    if (s->open) {
        s->oldest = (uint8_t)((s->oldest + 1) % WINDOWS);
        s->open--;
    }
    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_BEATS_ACK, number);
    parse_tx(p, TX_DONE);
}

static uint64_t server_step(struct parse *p, struct beats_state *s, struct cursor *in)
{
    uint8_t version = cur_u8(in), kind = cur_u8(in);
    uint32_t number = cur_be32(in);

    if (in->state == CUR_OK &&
        (kind != 'A' || (version != '1' && version != '2') ||
         (s->version && version != s->version) || (version == '2' && number > WINDOW_MOST)))
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    s->version = version;
    count(&s->acks);
    if (s->frames)
        prove(p, s, PROOF_CERTAIN);
    else if (s->acks >= SURE)
        prove(p, s, PROOF_FAIR);
    answer_tell(p, s, number);
    return 0;
}

/* ---- both ---- */

static uint64_t beats_step(struct parse *p, struct cursor *in)
{
    struct beats_state *s = p->state;

    return p->dir == DIR_CLIENT ? client_step(p, s, in) : server_step(p, s, in);
}

/* Something was lost: a head that reads well is one. */
static bool is_boundary(const struct parse *p, const struct beats_state *s, struct cursor in)
{
    if (p->dir == DIR_CLIENT)
        (void)head_read(s, &in);
    else if (cur_u8(&in) != s->version || cur_u8(&in) != 'A')
        cur_fail(&in);
    return in.state == CUR_OK;
}

static enum parse_result beats_parse(struct parse *p, struct cursor *in)
{
    struct beats_state *s = p->state;

    if (s->lost[p->dir] && !is_boundary(p, s, *in)) {
        (void)walk_over(p, in);
        return walk_verdict(&s->matched);
    }
    s->lost[p->dir] = false;
    return walk(p, in, beats_step, &s->matched);
}

/* Within compressed frames the end is still known. */
static void beats_gap(struct parse *p, uint64_t missing)
{
    struct beats_state *s = p->state;

    if (p->dir == DIR_CLIENT && missing <= s->packed) {
        s->packed -= (uint32_t)missing;
        s->blind = true;
        return;
    }
    s->lost[p->dir] = true;
    if (p->dir == DIR_CLIENT)
        s->packed = s->pairs[OUTSIDE] = 0;
}

static bool beats_probe(enum dir from, struct span first)
{
    static const struct beats_state unknown = {0};
    struct cursor in = cur_of(first);

    if (first.p[0] != '1' && first.p[0] != '2')
        return false;
    if (from == DIR_SERVER)
        return first.n < 2 || first.p[1] == 'A';
    if (first.n >= 2 && span_index(SPAN("WJDC"), first.p[1]) == 4)
        return false;
    (void)head_read(&unknown, &in);
    return in.state != CUR_BAD;
}

static const uint16_t beats_ports[] = {5044, 5043, 0};

const struct parser parser_beats = {
    .name = "beats",
    .evidence = "a window and the frames in it, a number that is acknowledged",
    .app = APP_BEATS,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = beats_ports,
    .state_size = sizeof(struct beats_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = beats_probe,
    .parse = beats_parse,
    .gap = beats_gap,
};
