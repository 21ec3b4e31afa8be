/* SPDX-License-Identifier: Apache-2.0
 *
 * SSH (RFC 4253): identification lines of both sides, their offers of algorithms, and, when both
 * have taken new keys into use, how the first exchanges go: a session that ends among short ones
 * was one whose login failed. Protocol 1 ends at the identification.
 */
#include "parser/parser.h"
#include "support/ssh_offer.h"

enum {
    LINE_MAX_BYTES = 255,
    OTHER_LINES_MAX = 50, /* before the server's identification */
    OTHER_BYTES_MAX = 4096,
    PACKET_MAX = 35000,
    PACKET_MIN = 6, /* padding length, message number, four bytes of padding */
    COOKIE = 16,
    /* A login that fails takes so many exchanges: the service is asked for, then each method. */
    FAILS_FROM = 3,
    FAILS_TO = 6,
    ALONE_MOST = 64,
    REFUSAL_MOST = 160, /* bytes of one; whoever is let in is told more */
};

/* The two in which a server shows its key, RFC 4253 section 8 and RFC 4419 section 3. */
enum { MSG_KEXINIT = 20, MSG_NEWKEYS = 21, MSG_KEX_REPLY = 31, MSG_GEX_REPLY = 33 };

enum step { AT_LINE, AT_PACKET, AT_SEALED, AT_END };

struct side {
    uint8_t step;
    uint8_t lines; /* other ones, before the identification */
    uint8_t offered;
    uint8_t known;  /* the identification has been read */
    uint16_t bytes; /* of the other lines */
};

struct ssh {
    struct side side[2];
    struct ssh_kept *offer; /* of the side that was first */
    uint8_t matched;
    uint8_t old; /* one side speaks protocol 1 only */
    bool told;
    uint8_t alone;     /* calls while only one side has new keys */
    bool shown;        /* the server's key has been seen */
    uint8_t exchanges; /* since both have new keys */
    uint8_t last;      /* enum dir: who has spoken last */
    uint16_t answered; /* bytes of the server in this exchange */
};

enum flow { FLOW_ON, FLOW_WAIT, FLOW_SKIP, FLOW_DONE, FLOW_REJECT };

struct identification {
    struct span protocol, software, comments;
};

static const struct span magic = {.p = (const uint8_t *)"SSH-", .n = 4};

/* What one side reports under. */
static const enum field fields[2][3] = {
    {FIELD_SSH_CLIENT_PROTO, FIELD_SSH_CLIENT_SOFTWARE, FIELD_SSH_CLIENT_COMMENTS},
    {FIELD_SSH_SERVER_PROTO, FIELD_SSH_SERVER_SOFTWARE, FIELD_SSH_SERVER_COMMENTS},
};

static void tell(struct parse *p, struct ssh *ssh)
{
    if (!ssh->told)
        parse_tx(p, TX_DONE);
    ssh->told = true;
}

/* The end of a session's readable part, when it is that for both sides. */
static enum flow side_end(struct parse *p, struct ssh *ssh, struct cursor *in)
{
    ssh->side[p->dir].step = AT_END;
    parse_commit(p, in);
    if (ssh->side[1 - p->dir].step != AT_END) {
        parse_skip(p, UINT64_MAX);
        return FLOW_SKIP;
    }
    tell(p, ssh);
    return FLOW_DONE;
}

/* ---- identification ---- */

static bool number(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n && text.n <= 3;
}

/* "2.0-OpenSSH_9.2 comments", behind the magic. */
static bool identification_read(struct span text, struct identification *id)
{
    size_t dash = span_index(text, '-');
    size_t dot, space;

    id->protocol = span_first(text, dash);
    text = span_from(text, dash + 1);
    space = span_index(text, ' ');
    id->software = span_first(text, space);
    id->comments = span_trim(span_from(text, space));
    dot = span_index(id->protocol, '.');
    return number(span_first(id->protocol, dot)) && number(span_from(id->protocol, dot + 1)) &&
           id->software.n && span_printable(id->software);
}

static enum flow identified(struct parse *p, struct ssh *ssh, struct cursor *in,
                            const struct identification *id)
{
    struct side *s = &ssh->side[p->dir];

    s->known = 1;
    s->step = AT_PACKET;
    parse_tx(p, TX_BOTH);
    parse_field(p, fields[p->dir][0], id->protocol);
    parse_field(p, fields[p->dir][1], id->software);
    if (id->comments.n && span_printable(id->comments))
        parse_field(p, fields[p->dir][2], id->comments);
    parse_proof(p, ssh->side[1 - p->dir].known ? PROOF_CERTAIN : PROOF_STRONG);
    ssh->matched = 1;
    if (id->protocol.p[0] == '1' && !span_equal(id->protocol, SPAN("1.99"))) {
        if (!ssh->old)
            parse_threat_value(p, THREAT_SSH_1, "SSH of version 1 is spoken", id->protocol);
        ssh->old = 1;
    }
    if (!ssh->old)
        return FLOW_ON;
    if (ssh->side[1 - p->dir].known)
        ssh->side[1 - p->dir].step = AT_END;
    return side_end(p, ssh, in);
}

/* Text as servers show it before they identify themselves. */
static bool other_text(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((text.p[i] < ' ' && text.p[i] != '\t' && text.p[i] != '\r' && text.p[i] != '\n') ||
            text.p[i] == 0x7f)
            return false;
    return true;
}

static bool line_begins(enum dir from, struct span first)
{
    struct span line = span_first(span_first(first, 32), span_index(first, '\n'));

    if (span_starts(first, span_first(magic, first.n)))
        return true;
    return from == DIR_SERVER && other_text(line);
}

static enum flow step_line(struct parse *p, struct ssh *ssh, struct cursor *in)
{
    struct side *s = &ssh->side[p->dir];
    struct cursor before = *in;
    struct identification id;
    struct span line;

    if (!line_begins(p->dir, cur_look(in)))
        return FLOW_REJECT;
    if (span_starts(magic, cur_look(in))) {
        cur_short(in, 1);
        return FLOW_WAIT;
    }
    if (span_starts(cur_look(in), magic)) {
        line = cur_line(in, LINE_MAX_BYTES);
        if (in->state == CUR_OK && identification_read(span_from(line, magic.n), &id))
            return identified(p, ssh, in, &id);
        return in->state == CUR_SHORT ? FLOW_WAIT : FLOW_REJECT;
    }
    line = cur_line(in, OTHER_BYTES_MAX - s->bytes);
    if (in->state == CUR_SHORT)
        return FLOW_WAIT;
    s->bytes = (uint16_t)(s->bytes + (in->pos - before.pos));
    if (in->state != CUR_OK || s->bytes > OTHER_BYTES_MAX || ++s->lines > OTHER_LINES_MAX ||
        !other_text(line))
        return FLOW_REJECT;
    return FLOW_ON;
}

/* ---- packets ---- */

static void offer_take(struct parse *p, struct ssh *ssh, const struct ssh_offer *offer)
{
    ssh_offer_report(p, offer);
    if (!ssh->side[1 - p->dir].offered) {
        ssh->offer = ssh_offer_keep(p, offer);
        return;
    }
    if (ssh->offer)
        ssh_offer_agree(p, offer, ssh->offer);
    ssh->offer = NULL;
}

/* Behind the message number. */
static void key_offer(struct parse *p, struct ssh *ssh, struct cursor *packet, uint8_t padding)
{
    struct side *s = &ssh->side[p->dir];
    struct ssh_offer offer;

    cur_skip(packet, COOKIE);
    for (unsigned i = 0; i < SSH_LISTS; i++)
        offer.lists[i] = cur_span(packet, cur_be32(packet));
    cur_skip(packet, 1 + 4 + (size_t)padding);
    if (!cur_done(packet)) {
        parse_note(p, "malformed SSH key exchange offer");
        return;
    }
    if (!s->offered && p->wants_tx)
        offer_take(p, ssh, &offer);
    s->offered = 1;
}

/* Is this packet read, and not only passed? */
static bool is_read(const struct parse *p, const struct ssh *ssh, uint8_t type)
{
    bool shows = type == MSG_KEX_REPLY || type == MSG_GEX_REPLY;

    return type == MSG_KEXINIT || (shows && p->wants_tx && p->dir == DIR_SERVER && !ssh->shown);
}

static void packet_read(struct parse *p, struct ssh *ssh, uint8_t type, struct cursor *body,
                        uint8_t padding)
{
    if (type == MSG_KEXINIT) {
        key_offer(p, ssh, body, padding);
        return;
    }
    ssh->shown = ssh_key_report(p, *body);
}

/* New keys are in use: nothing of this side can be read any more. */
static enum flow sealed(struct parse *p, struct ssh *ssh, struct cursor *in)
{
    enum step other = (enum step)ssh->side[1 - p->dir].step;

    if (other == AT_END)
        return side_end(p, ssh, in);
    ssh->side[p->dir].step = AT_SEALED;
    ssh->last = DIR_SERVER;
    if (other == AT_SEALED)
        tell(p, ssh);
    parse_commit(p, in);
    return FLOW_ON;
}

/* Counts what goes to and fro. */
static enum flow step_sealed(struct parse *p, struct ssh *ssh, struct cursor *in)
{
    size_t n = cur_rest(in).n;

    parse_commit(p, in);
    if (ssh->side[1 - p->dir].step == AT_END || ssh->alone == ALONE_MOST)
        return side_end(p, ssh, in);
    if (ssh->side[1 - p->dir].step != AT_SEALED) {
        ssh->alone++;
        return FLOW_ON;
    }
    if (p->dir == DIR_CLIENT && ssh->last == DIR_SERVER) {
        ssh->exchanges++;
        ssh->answered = 0;
    }
    ssh->last = (uint8_t)p->dir;
    if (p->dir == DIR_SERVER)
        ssh->answered = (uint16_t)(n > REFUSAL_MOST ? REFUSAL_MOST + 1 : ssh->answered + n);
    return ssh->exchanges > FAILS_TO || ssh->answered > REFUSAL_MOST ? FLOW_DONE : FLOW_ON;
}

static void session_close(struct parse *p)
{
    struct ssh *ssh = p->state;

    if (ssh->side[DIR_CLIENT].step != AT_SEALED || ssh->side[DIR_SERVER].step != AT_SEALED ||
        ssh->exchanges < FAILS_FROM || ssh->last == DIR_CLIENT)
        return;
    p->dir = DIR_SERVER;
    parse_refused(p, "SSH session ends as those do whose login fails", span_of("", 0));
}

static enum flow step_packet(struct parse *p, struct ssh *ssh, struct cursor *in)
{
    struct cursor at = *in;
    uint32_t length = cur_be32(&at);
    uint8_t padding = cur_u8(&at);
    uint8_t type = cur_u8(&at);
    struct cursor body;

    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return FLOW_WAIT;
    }
    if (length < PACKET_MIN || length > PACKET_MAX || padding > length - 2) {
        parse_note(p, "malformed SSH packet");
        return side_end(p, ssh, in);
    }
    if (!is_read(p, ssh, type) && cur_left(&at) < length - 2) {
        *in = at;
        parse_commit(p, in);
        if (type == MSG_NEWKEYS)
            return sealed(p, ssh, in);
        parse_skip(p, length - 2);
        return FLOW_SKIP;
    }
    body = cur_sub(&at, length - 2);
    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return FLOW_WAIT;
    }
    *in = at;
    if (is_read(p, ssh, type))
        packet_read(p, ssh, type, &body, padding);
    return type == MSG_NEWKEYS ? sealed(p, ssh, in) : FLOW_ON;
}

/* ---- the whole ---- */

static enum flow step(struct parse *p, struct ssh *ssh, struct cursor *in)
{
    switch ((enum step)ssh->side[p->dir].step) {
    case AT_LINE:
        return step_line(p, ssh, in);
    case AT_PACKET:
        return step_packet(p, ssh, in);
    case AT_SEALED:
        return step_sealed(p, ssh, in);
    case AT_END:
        break;
    }
    return ssh->matched ? side_end(p, ssh, in) : FLOW_REJECT;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct ssh *ssh = p->state;
    const uint8_t *start = in->pos;
    enum flow flow = FLOW_ON;

    while (flow == FLOW_ON && cur_left(in))
        flow = step(p, ssh, in);
    if (flow == FLOW_REJECT)
        return PARSE_REJECT;
    if (flow == FLOW_DONE)
        return PARSE_DONE;
    if (flow != FLOW_SKIP && in->pos != start)
        parse_commit(p, in);
    return ssh->matched ? PARSE_MATCH : PARSE_MORE;
}

static void gap(struct parse *p, uint64_t missing)
{
    struct ssh *ssh = p->state;

    (void)missing;
    ssh->side[p->dir].step = AT_END;
}

static bool probe(enum dir from, struct span first)
{
    return line_begins(from, first);
}

static const uint16_t ports[] = {22, 2222, 0};

const struct parser parser_ssh = {
    .name = "ssh",
    .evidence = "identification line",
    .app = APP_SSH,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct ssh),
    .max_pending = PACKET_MAX + 4,
    .midstream = false,
    .probe = probe,
    .parse = parse,
    .gap = gap,
    .close = session_close,
};
