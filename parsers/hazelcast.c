/* SPDX-License-Identifier: Apache-2.0
 *
 * Hazelcast: three letters say what follows them.
 *
 *     "CP2"  clients from version 4 on; frames, little endian: length(4) flags(2), content; the
 *            first of a message: type(4) correlation(8) ...
 *     "CB2"  clients of version 3; messages, little endian: length(4) version flags type(2)
 *            correlation(8) partition(4) offset(2), content
 *     "HZC"  members among themselves, both sides; packets: version flags(2) partition(4) size(4)
 *
 * Letters and the first message, read to its end, prove it.
 */
#include "parser/parser.h"
#include "support/walk.h"

#include <limits.h>

enum {
    LETTERS = 3,
    FRAME_HEAD = 6,
    MESSAGE_HEAD = 22, /* version 3 */
    MESSAGE_MOST = 16 << 10,
    LENGTH_MOST = 1 << 30,
    PACKET_WHOLE = 4096, /* longer first packets are believed by their heads */
    PACKET_VERSION = 4,
    PACKET_LEAST = 8, /* a hash and a type */
    PARTS = 7,
    ANSWER_PARTS = 2, /* lists of members may follow */
    WHO_MAX = 48,
    TEXT_MOST = 512,
    PENDING = MESSAGE_MOST + LETTERS,
};

enum flag {
    FLAG_EDGES = 0xc000, /* a message in one piece */
    FLAG_FINAL = 0x2000,
    FLAG_BEGIN = 0x1000,
    FLAG_END = 0x0800,
    FLAG_NULL = 0x0400,
    FLAG_NONE = 0x007f,
};

enum type {
    AUTHENTICATION = 0x100,
    AUTHENTICATION_CUSTOM = 0x200,
    OLD_AUTHENTICATION = 2,
    OLD_AUTHENTICATION_CUSTOM = 3,
    OLD_ANSWER = 107,
};

enum speech { SPEECH_NONE, SPEECH_CLIENT, SPEECH_OLD_CLIENT, SPEECH_MEMBER };

struct hazelcast_state {
    uint64_t correlation; /* of the login */
    uint8_t speech[2];    /* enum speech */
    uint8_t who_n;
    char who[WHO_MAX];
    bool greeted[2]; /* the first message was read */
    bool matched;
};

/* A message of frames: its first one, and what follows on the outermost level. */
struct message {
    uint32_t type;
    uint64_t correlation;
    struct cursor head; /* behind these two */
    struct span part[PARTS];
    unsigned parts;
};

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void prove(struct parse *p, struct hazelcast_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->greeted[p->dir] = true;
    s->matched = true;
}

/* ---- logins ---- */

static void who_keep(struct hazelcast_state *s, struct span who)
{
    who = span_first(who, WHO_MAX);
    s->who_n = (uint8_t)who.n;
    if (who.n)
        memcpy(s->who, who.p, who.n);
}

static void status_tell(struct parse *p, struct hazelcast_state *s, uint8_t status)
{
    static const char *const names[] = {"AUTHENTICATED", "CREDENTIALS_FAILED",
                                        "SERIALIZATION_VERSION_MISMATCH", "NOT_ALLOWED_IN_CLUSTER"};

    if (status >= sizeof(names) / sizeof(names[0]))
        return;
    parse_text(p, FIELD_HAZELCAST_STATUS, names[status]);
    if (status == 1 || status == 3)
        parse_refused(p, "Hazelcast refuses the login", span_of(s->who, s->who_n));
}

/* ---- frames ---- */

static struct cursor frame_read(struct cursor *in, uint16_t *flags)
{
    uint32_t length = cur_le32(in);

    *flags = cur_le16(in);
    if (in->state == CUR_OK &&
        (length < FRAME_HEAD || length > MESSAGE_MOST || (*flags & FLAG_NONE)))
        cur_fail(in);
    return cur_sub(in, length - FRAME_HEAD);
}

/* To its end, or no further than `enough` parts. */
static void message_read(struct cursor *in, struct message *m, unsigned enough)
{
    const uint8_t *start = in->pos;
    unsigned depth = 0;
    uint16_t flags;
    struct cursor frame = frame_read(in, &flags);

    *m = (struct message){.type = cur_le32(&frame), .correlation = cur_le64(&frame)};
    m->head = frame;
    if (in->state == CUR_OK &&
        ((flags & FLAG_EDGES) != FLAG_EDGES || flags & (FLAG_BEGIN | FLAG_END | FLAG_NULL)))
        cur_fail(in);
    cur_join(in, &frame);
    while (in->state == CUR_OK && !(flags & FLAG_FINAL) && (depth || m->parts < enough)) {
        frame = frame_read(in, &flags);
        if (in->state != CUR_OK)
            return;
        if (in->pos - start > MESSAGE_MOST || flags & FLAG_EDGES ||
            (flags & FLAG_END && depth == 0))
            cur_fail(in);
        depth -= flags & FLAG_END ? 1 : 0;
        if (depth == 0 && !(flags & FLAG_END) && m->parts < PARTS)
            m->part[m->parts++] = cur_rest(&frame);
        depth += flags & FLAG_BEGIN ? 1 : 0;
    }
    if (depth)
        cur_fail(in);
}

static bool is_text(struct span s)
{
    return s.n <= TEXT_MOST && span_printable(s);
}

/* cluster, user and password or else credentials, kind of client, its version, its name */
static void login_read(struct parse *p, struct hazelcast_state *s, struct cursor *in)
{
    struct message m;
    unsigned at;

    message_read(in, &m, UINT_MAX);
    if (in->state != CUR_OK)
        return;
    at = m.type == AUTHENTICATION ? 3 : 2;
    if ((m.type != AUTHENTICATION && m.type != AUTHENTICATION_CUSTOM) || m.parts < at + 3 ||
        m.correlation >> 63 || !is_text(m.part[at]) || !is_text(m.part[at + 1]) ||
        m.part[at].n == 0)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    s->correlation = m.correlation;
    prove(p, s, PROOF_STRONG);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_HAZELCAST_PROTOCOL, "client");
    put(p, FIELD_HAZELCAST_CLUSTER, m.part[0]);
    if (m.type == AUTHENTICATION)
        put(p, FIELD_HAZELCAST_USER, m.part[1]);
    put(p, FIELD_HAZELCAST_CLIENT_TYPE, m.part[at]);
    put(p, FIELD_HAZELCAST_CLIENT_VERSION, m.part[at + 1]);
    put(p, FIELD_HAZELCAST_CLIENT_NAME, m.part[at + 2]);
    who_keep(s, m.type == AUTHENTICATION && m.part[1].n ? m.part[1] : m.part[0]);
}

/* acknowledgements, status, ...; the member's address, its version */
static void answer_read(struct parse *p, struct hazelcast_state *s, struct cursor *in)
{
    bool asked = s->greeted[DIR_CLIENT], answers;
    struct message m;
    uint8_t status;

    message_read(in, &m, asked ? ANSWER_PARTS : UINT_MAX);
    if (in->state != CUR_OK)
        return;
    cur_skip(&m.head, 1);
    status = cur_u8(&m.head);
    answers = m.type == AUTHENTICATION + 1 || m.type == AUTHENTICATION_CUSTOM + 1;
    if ((!answers && !asked) || (asked && m.correlation != s->correlation) ||
        (answers && m.head.state != CUR_OK) ||
        (!asked && (m.parts < ANSWER_PARTS || m.part[1].n == 0 || !is_text(m.part[1]))))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    prove(p, s, asked ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_REPLY);
    if (!asked)
        parse_text(p, FIELD_HAZELCAST_PROTOCOL, "client");
    if (answers) {
        if (m.parts >= ANSWER_PARTS && is_text(m.part[1]))
            put(p, FIELD_HAZELCAST_SERVER_VERSION, m.part[1]);
        status_tell(p, s, status);
    }
    parse_tx(p, TX_DONE);
}

static uint64_t frame_step(struct parse *p, struct cursor *in)
{
    uint32_t length = cur_le32(in);
    uint16_t flags = cur_le16(in);

    if (length < FRAME_HEAD || length > LENGTH_MOST || flags & FLAG_NONE)
        cur_fail(in);
    if (in->state != CUR_OK || length == FRAME_HEAD)
        return 0;
    if (flags & FLAG_EDGES)
        return walk_pass(in, length - FRAME_HEAD);
    return walk_body(p, in, length - FRAME_HEAD, BUFFER_BODY, BUFFER_WHOLE);
}

/* ---- version 3 ---- */

struct old_head {
    uint64_t correlation;
    uint32_t length; /* of what follows */
    uint16_t type;
    uint8_t flags;
};

static void old_head_read(struct cursor *in, struct old_head *h)
{
    uint32_t length = cur_le32(in);
    uint8_t version = cur_u8(in);
    uint16_t offset;

    h->flags = cur_u8(in);
    h->type = cur_le16(in);
    h->correlation = cur_le64(in);
    cur_skip(in, 4);
    offset = cur_le16(in);
    if (version > 1 || length < MESSAGE_HEAD || length > LENGTH_MOST || offset < MESSAGE_HEAD ||
        offset > length)
        cur_fail(in);
    h->length = length - MESSAGE_HEAD;
}

static struct span old_text(struct cursor *in)
{
    uint32_t n = cur_le32(in);

    if (n > TEXT_MOST)
        cur_fail(in);
    return cur_span(in, n > TEXT_MOST ? 0 : n);
}

static struct span old_text_perhaps(struct cursor *in)
{
    return cur_u8(in) ? span_of(in->pos, 0) : old_text(in);
}

static struct cursor old_message(struct cursor *in, struct old_head *h)
{
    old_head_read(in, h);
    if (in->state == CUR_OK && (h->length > MESSAGE_MOST || (h->flags & 0xc0) != 0xc0))
        cur_fail(in);
    return cur_sub(in, h->length);
}

static void old_login_read(struct parse *p, struct hazelcast_state *s, struct cursor *in)
{
    struct old_head h;
    struct cursor c = old_message(in, &h);
    struct span user, kind, version;

    if (in->state == CUR_OK && h.type != OLD_AUTHENTICATION && h.type != OLD_AUTHENTICATION_CUSTOM)
        cur_fail(in);
    user = old_text(&c); /* or credentials, which are not told */
    if (h.type == OLD_AUTHENTICATION)
        (void)old_text(&c);
    (void)old_text_perhaps(&c);
    (void)old_text_perhaps(&c);
    cur_skip(&c, 1);
    kind = old_text(&c);
    cur_skip(&c, 1);
    version = cur_left(&c) ? old_text(&c) : span_of(in->pos, 0);
    if (in->state != CUR_OK)
        return;
    cur_join(in, &c);
    if (in->state != CUR_OK || kind.n == 0 || !is_text(kind) || !is_text(version)) {
        cur_fail(in);
        return;
    }
    s->correlation = h.correlation;
    prove(p, s, PROOF_STRONG);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_HAZELCAST_PROTOCOL, "client 3.x");
    put(p, FIELD_HAZELCAST_CLIENT_TYPE, kind);
    put(p, FIELD_HAZELCAST_CLIENT_VERSION, version);
    if (h.type == OLD_AUTHENTICATION) {
        put(p, FIELD_HAZELCAST_USER, user);
        who_keep(s, user);
    }
}

static void old_answer_read(struct parse *p, struct hazelcast_state *s, struct cursor *in)
{
    struct old_head h;
    struct cursor c = old_message(in, &h);
    uint8_t status = cur_u8(&c);

    if (in->state == CUR_OK && h.correlation != s->correlation)
        cur_fail(in);
    if (in->state == CUR_OK && h.type == OLD_ANSWER)
        cur_join(in, &c);
    if (in->state != CUR_OK)
        return;
    prove(p, s, PROOF_CERTAIN);
    parse_tx(p, TX_REPLY);
    if (h.type == OLD_ANSWER)
        status_tell(p, s, status);
    parse_tx(p, TX_DONE);
}

static uint64_t old_step(struct parse *p, struct cursor *in)
{
    struct old_head h;

    old_head_read(in, &h);
    if (in->state != CUR_OK || h.length == 0)
        return 0;
    return walk_body(p, in, h.length, BUFFER_BODY, BUFFER_WHOLE);
}

/* ---- members ---- */

static uint64_t packet_step(struct parse *p, struct hazelcast_state *s, struct cursor *in)
{
    uint8_t version = cur_u8(in);
    uint16_t flags = cur_be16(in);
    uint32_t size;
    bool first = !s->greeted[p->dir];
    struct cursor whole;

    cur_skip(in, 4);
    size = cur_be32(in);
    if (version == 0 || version > PACKET_VERSION || flags > UINT8_MAX || size > LENGTH_MOST ||
        (first && (size < PACKET_LEAST || flags == 0)))
        cur_fail(in);
    whole = *in;
    if (first && size <= PACKET_WHOLE)
        cur_skip(&whole, size);
    if (whole.state == CUR_SHORT)
        cur_short(in, whole.need);
    if (in->state != CUR_OK)
        return 0;
    if (first) {
        prove(p, s, s->greeted[1 - p->dir] ? PROOF_CERTAIN : PROOF_STRONG);
        parse_tx(p, TX_BOTH);
        if (!s->greeted[1 - p->dir])
            parse_text(p, FIELD_HAZELCAST_PROTOCOL, "member");
        else
            parse_tx(p, TX_DONE);
    }
    return size ? walk_body(p, in, size, BUFFER_BODY, BUFFER_WHOLE) : 0;
}

/* ---- both ---- */

static enum speech letters_of(enum dir from, struct span first)
{
    if (span_equal(first, SPAN("HZC")))
        return SPEECH_MEMBER;
    if (from == DIR_CLIENT && span_equal(first, SPAN("CP2")))
        return SPEECH_CLIENT;
    if (from == DIR_CLIENT && span_equal(first, SPAN("CB2")))
        return SPEECH_OLD_CLIENT;
    return SPEECH_NONE;
}

/* A server answers clients without letters. */
static void opening_step(struct parse *p, struct hazelcast_state *s, struct cursor *in)
{
    struct cursor at = *in;
    enum speech peer = s->speech[1 - p->dir];
    enum speech speech = letters_of(p->dir, cur_span(&at, LETTERS));

    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return;
    }
    if (speech != SPEECH_NONE)
        *in = at;
    else if (p->dir == DIR_SERVER && peer != SPEECH_MEMBER)
        speech = peer == SPEECH_NONE ? SPEECH_CLIENT : peer;
    if (speech == SPEECH_NONE || (peer != SPEECH_NONE && peer != speech))
        cur_fail(in);
    if (in->state == CUR_OK)
        s->speech[p->dir] = (uint8_t)speech;
}

static uint64_t hazelcast_step(struct parse *p, struct cursor *in)
{
    struct hazelcast_state *s = p->state;
    bool client = p->dir == DIR_CLIENT, greeted = s->greeted[p->dir];

    switch ((enum speech)s->speech[p->dir]) {
    case SPEECH_NONE:
        opening_step(p, s, in);
        return 0;
    case SPEECH_CLIENT:
        if (greeted)
            return frame_step(p, in);
        if (client)
            login_read(p, s, in);
        else
            answer_read(p, s, in);
        return 0;
    case SPEECH_OLD_CLIENT:
        if (greeted)
            return old_step(p, in);
        if (client)
            old_login_read(p, s, in);
        else
            old_answer_read(p, s, in);
        return 0;
    case SPEECH_MEMBER:
        return packet_step(p, s, in);
    }
    return 0;
}

static enum parse_result hazelcast_parse(struct parse *p, struct cursor *in)
{
    struct hazelcast_state *s = p->state;

    return walk(p, in, hazelcast_step, &s->matched);
}

/* How an answer to a login begins, of either kind. */
static bool answer_begins(struct span first)
{
    for (size_t i = 2; i < first.n && i < 4; i++) /* the length */
        if (first.p[i])
            return false;
    if (first.n > 4 && first.p[4] > 1)
        return false;
    return first.n < 6 || (first.p[5] & 0xc0) == 0xc0;
}

static bool hazelcast_probe(enum dir from, struct span first)
{
    struct span letters = span_first(first, LETTERS);

    if (span_starts(SPAN("HZC"), letters))
        return true;
    if (from == DIR_CLIENT)
        return span_starts(SPAN("CP2"), letters) || span_starts(SPAN("CB2"), letters);
    return answer_begins(first);
}

static const uint16_t ports[] = {5701, 5702, 5703, 0};

const struct parser parser_hazelcast = {
    .name = "hazelcast",
    .evidence = "CP2, CB2 or HZC and the first message; its answer",
    .app = APP_HAZELCAST,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct hazelcast_state),
    .max_pending = PENDING,
    .midstream = false,
    .probe = hazelcast_probe,
    .parse = hazelcast_parse,
};
