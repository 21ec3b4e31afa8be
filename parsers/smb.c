/* SPDX-License-Identifier: Apache-2.0
 *
 * SMB 1, 2 and 3 over TCP, directly or behind a NetBIOS session (RFC 1002 section 4.3), and in
 * NetBIOS datagrams (section 4.4).
 *
 *     frame   type(1) length(3) message        type 0: a message; 81 82 83 84 85: of the session
 *     message FF 'SMB' version 1 · FE 'SMB' versions 2 and 3 · FD 'SMB' sealed · FC 'SMB'
 * compressed
 */
#include "parser/parser.h"
#include "support/smb_message.h"

enum {
    PORT = 445,
    PORT_SESSION = 139,
    PORT_DATAGRAM = 138,
    PENDING = 64 << 10,
    FRAME_HEAD = 4,
    WHOLE_MOST = PENDING - FRAME_HEAD,
    SESSION_REQUEST = 0x81,
    SESSION_KEEPALIVE = 0x85,
    DATAGRAM_FIRST = 0x10,
    DATAGRAM_LAST = 0x12,
    NETBIOS_NAME = 34,
    NETBIOS_SCOPES = 255,
    DATA_HEAD = SMB2_HEAD + 48, /* of a WRITE; of the answer to a READ it is less */
};

struct smb_state {
    uint32_t tail[2]; /* bytes of the frame behind its data */
    bool begun[2];
    bool lost[2];
    bool spoken[2];
    bool matched;
    struct smb_known known;
};

static const uint16_t ports[] = {PORT, PORT_SESSION, PORT_DATAGRAM, 0};

/* True when the bytes are too few to tell. */
static bool is_magic(struct span first)
{
    struct span name = span_first(span_from(first, 1), 3);

    return first.n == 0 || (first.p[0] >= SMB_PACKED && span_starts(SPAN("SMB"), name));
}

static void prove(struct parse *p, struct smb_state *s)
{
    s->spoken[p->dir] = true;
    s->matched = true;
    parse_proof(p, s->spoken[1 - p->dir] ? PROOF_CERTAIN : PROOF_STRONG);
}

/* ---- messages ---- */

/* Version 2 may answer what version 1 has asked ([MS-SMB2] section 3.3.5.3.1). */
static void find_question(struct smb_state *s, struct smb_head *h)
{
    if (!h->answer || h->command != 0 || h->id != 0 || !s->known.asked)
        return;
    h->id = s->known.asked_id;
    s->known.asked = false;
}

/* The data of one that is here whole. */
static void tell_data(struct parse *p, const struct smb_head *h, struct span message)
{
    struct smb_data data;

    if (!smb2_data_read(h, message, &data) || data.offset > message.n)
        return;
    message = span_first(span_from(message, data.offset), data.length);
    if (message.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, message);
}

/* All messages of a frame that is here whole. */
static void read_compound(struct parse *p, struct smb_state *s, struct cursor *c,
                          struct span message)
{
    for (;;) {
        struct cursor in = cur_of(message);
        struct smb_head h;
        struct span one;

        cur_skip(&in, 4);
        h = smb2_head_read(&in);
        if (in.state != CUR_OK || h.next > message.n) {
            cur_fail(c);
            return;
        }
        prove(p, s);
        find_question(s, &h);
        one = h.next ? span_first(message, h.next) : message;
        smb2_report(p, &h, one, &s->known);
        tell_data(p, &h, one);
        if (h.next == 0 || message.n - h.next < SMB2_HEAD)
            return;
        message = span_from(message, h.next);
        if (!span_starts(message, SPAN("\xfeSMB")))
            return;
    }
}

static void read_smb1(struct parse *p, struct smb_state *s, struct cursor *c, struct span message)
{
    struct cursor in = cur_of(message);
    struct smb_head h;

    cur_skip(&in, 4);
    h = smb1_head_read(&in);
    if (in.state != CUR_OK) {
        cur_fail(c);
        return;
    }
    prove(p, s);
    smb1_report(p, &h, message, &s->known);
}

enum took { TOOK_ALL, TOOK_DATA, TOOK_SOME };

/* Data of a read or write: the head is reported, the data are passed on as they come. TOOK_ALL with
 * a cursor that is well: there are none. */
static enum took read_data(struct parse *p, struct smb_state *s, struct cursor *in, uint32_t length)
{
    struct span look = span_first(cur_look(in), length);
    struct cursor c = cur_of(look);
    struct smb_data data;
    struct smb_head h;

    cur_skip(&c, 4);
    h = smb2_head_read(&c);
    if (c.state != CUR_OK || h.next || !smb2_data_read(&h, look, &data) || data.length == 0)
        return TOOK_ALL;
    if (data.offset > WHOLE_MOST || data.offset > length || data.length > length - data.offset)
        return TOOK_ALL;
    if (data.offset > look.n) {
        cur_short(in, data.offset - look.n);
        return TOOK_ALL;
    }
    prove(p, s);
    smb2_report(p, &h, span_first(look, data.offset), &s->known);
    cur_skip(in, data.offset);
    parse_commit(p, in);
    s->tail[p->dir] = length - data.offset - data.length;
    parse_pass(p, data.length, BUFFER_BODY, BUFFER_WHOLE);
    return TOOK_DATA;
}

/* More than is kept of a message: its header tells what it is. */
static enum took read_long(struct parse *p, struct smb_state *s, struct cursor *in, uint32_t length)
{
    struct cursor c = *in;
    struct span head;
    struct smb_head h;

    cur_skip(&c, 4);
    h = cur_peek(in) == SMB_1 ? smb1_head_read(&c) : smb2_head_read(&c);
    head = span_of(in->pos, (size_t)(c.pos - in->pos));
    if (c.state != CUR_OK) {
        in->state = c.state;
        in->need = c.need;
        return TOOK_ALL;
    }
    prove(p, s);
    if (cur_peek(in) == SMB_1)
        smb1_report(p, &h, head, &s->known);
    else
        smb2_report(p, &h, head, &s->known);
    cur_skip(in, head.n);
    parse_commit(p, in);
    parse_skip(p, length - head.n);
    return TOOK_SOME;
}

static bool is_data_command(struct span look)
{
    /* READ or WRITE: long ones need not be here whole */
    return look.n >= 14 && look.p[0] == SMB_2 && (look.p[12] == 8 || look.p[12] == 9) &&
           look.p[13] == 0;
}

/* The message of a frame. */
static enum took read_message(struct parse *p, struct smb_state *s, struct cursor *in,
                              uint32_t length)
{
    struct span look = cur_look(in), message;
    size_t head = length < DATA_HEAD ? length : DATA_HEAD;
    enum took took = TOOK_ALL;

    if (look.n < 4 && is_magic(look)) {
        cur_short(in, 4 - look.n);
        return TOOK_ALL;
    }
    if (length < SMB1_HEAD || !is_magic(look)) {
        cur_fail(in);
        return TOOK_ALL;
    }
    if (look.p[0] == SMB_SEALED || look.p[0] == SMB_PACKED) {
        prove(p, s);
        parse_commit(p, in);
        parse_skip(p, length);
        return TOOK_SOME;
    }
    if (look.p[0] == SMB_2 && look.n < head) {
        cur_short(in, head - look.n);
        return TOOK_ALL;
    }
    if (is_data_command(look))
        took = read_data(p, s, in, length);
    if (took != TOOK_ALL || in->state != CUR_OK)
        return took;
    if (length > WHOLE_MOST)
        return read_long(p, s, in, length);
    message = cur_span(in, length);
    if (in->state != CUR_OK)
        return TOOK_ALL;
    if (message.p[0] == SMB_1)
        read_smb1(p, s, in, message);
    else
        read_compound(p, s, in, message);
    return TOOK_ALL;
}

/* ---- frames ---- */

static enum took read_frame(struct parse *p, struct smb_state *s, struct cursor *in)
{
    uint8_t type = cur_u8(in);
    uint32_t length = cur_be24(in);

    if (in->state != CUR_OK)
        return TOOK_ALL;
    if (type == 0)
        return read_message(p, s, in, length);
    if (type < SESSION_REQUEST || type > SESSION_KEEPALIVE || length > 255)
        cur_fail(in);
    cur_skip(in, length);
    return TOOK_ALL;
}

static bool smb_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t type = cur_u8(&c);
    uint32_t length;

    (void)from;
    if (type >= DATAGRAM_FIRST && type <= DATAGRAM_LAST) /* a datagram's first byte */
        return first.n == 1 || first.n > 14 + 2 * NETBIOS_NAME;
    if (type != 0 && (type < SESSION_REQUEST || type > SESSION_KEEPALIVE))
        return false;
    length = cur_be24(&c);
    if (c.state == CUR_SHORT)
        return true;
    if (type)
        return length == (type == SESSION_REQUEST ? 68 : length & 7);
    return length >= SMB1_HEAD && is_magic(cur_look(&c));
}

/* A name of 32 letters, A to P, behind its length; perhaps a scope behind it. */
static void read_name(struct cursor *c)
{
    struct span name;

    if (cur_u8(c) != 0x20)
        cur_fail(c);
    name = cur_span(c, 32);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < 'A' || name.p[i] > 'P')
            cur_fail(c);
    (void)cur_until(c, 0, NETBIOS_SCOPES);
}

static enum parse_result datagram(struct parse *p, struct smb_state *s, struct cursor *in)
{
    uint8_t type = cur_u8(in);

    cur_skip(in, 13);
    if (type < DATAGRAM_FIRST || type > DATAGRAM_LAST)
        cur_fail(in);
    read_name(in);
    read_name(in);
    if (in->state != CUR_OK || cur_left(in) < SMB1_HEAD || !is_magic(cur_look(in)) ||
        cur_peek(in) != SMB_1)
        return PARSE_REJECT;
    read_smb1(p, s, in, cur_rest(in));
    if (in->state != CUR_OK)
        return PARSE_REJECT;
    parse_commit(p, in);
    return PARSE_MATCH;
}

static enum parse_result verdict(const struct smb_state *s)
{
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* Is it known where a frame begins in this direction? */
static bool in_step(struct parse *p, struct smb_state *s, const struct cursor *in)
{
    struct span look = cur_look(in);

    if (!s->begun[p->dir]) {
        s->begun[p->dir] = true;
        s->lost[p->dir] = p->midstream;
    }
    if (s->lost[p->dir] && cur_peek(in) == 0 && smb_probe(p->dir, look))
        s->lost[p->dir] = false;
    return !s->lost[p->dir];
}

static enum parse_result smb_parse(struct parse *p, struct cursor *in)
{
    struct smb_state *s = p->state;

    if (p->transport == OVER_UDP)
        return datagram(p, s, in);
    if (s->tail[p->dir]) {
        parse_skip(p, s->tail[p->dir]);
        s->tail[p->dir] = 0;
        return verdict(s);
    }
    if (!in_step(p, s, in)) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return verdict(s);
    }
    while (in->pos < in->end) {
        enum took took = read_frame(p, s, in);

        if (took != TOOK_ALL)
            return verdict(s);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return verdict(s);
}

/* The next segment that begins a frame is where reading goes on. */
static void smb_gap(struct parse *p, uint64_t missing)
{
    struct smb_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->tail[p->dir] = 0;
}

const struct parser parser_smb = {
    .name = "smb",
    .evidence = "frame of NetBIOS around a message of SMB 1, 2 or 3; both sides",
    .app = APP_SMB,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct smb_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = smb_probe,
    .parse = smb_parse,
    .gap = smb_gap,
};
