/* SPDX-License-Identifier: Apache-2.0
 *
 * kerberos: tickets (RFC 4120), over UDP and TCP, and the change of passwords (RFC 3244).
 *
 * Over TCP four bytes of length stand before each message. A message to change a password has a
 * head of its own: length, version and length of the AP message, two bytes each.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/krb5_message.h"

enum {
    MESSAGE_MOST = 65536,
    OPEN_MOST = 8,
    CHANGE = 1, /* version of the password protocol; 0xff80 sets that of others */
    CHANGE_SET = 0xff80,
    CHANGE_HEAD = 6,
};

struct kerberos_state {
    struct dialogue_text client; /* of the last request: errors need not repeat it */
    uint8_t open[OPEN_MOST];     /* tags of requests without answer, oldest first */
    uint8_t count;
    bool matched;
    bool flipped; /* joined midway: who was taken for the client answers */
    bool lost[2];
};

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct kerberos_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

static void take_request(struct parse *p, struct kerberos_state *s, const struct krb5_message *m)
{
    match(p, s, PROOF_STRONG);
    if (m->cname.n)
        dialogue_keep(&s->client, span_of(m->cname.text, m->cname.n));
    parse_tx(p, TX_REQUEST);
    krb5_message_report(p, m);
    if (krb5_wants_rc4(m))
        parse_note_value(p, "Kerberos request for RC4 only", dialogue_kept(&s->client));
    if (s->count == OPEN_MOST) {
        parse_tx(p, TX_DONE);
        return;
    }
    s->open[s->count++] = m->tag;
}

static bool answers(uint8_t request, uint8_t answer)
{
    return answer == KRB5_ERROR || answer == request + 1;
}

static const char *failed_request(uint8_t tag)
{
    if (tag == KRB5_AS_REQ)
        return "KRB_AS_REQ";
    return tag == KRB5_TGS_REQ ? "KRB_TGS_REQ" : "KRB_AP_REQ";
}

static void notes(struct parse *p, struct kerberos_state *s, const struct krb5_message *m)
{
    struct span who = m->cname.n ? span_of(m->cname.text, m->cname.n) : dialogue_kept(&s->client);

    if (m->tag != KRB5_ERROR)
        return;
    if (m->error == KRB5_PREAUTH_FAILED)
        parse_refused(p, "Kerberos pre-authentication failed", who);
    if (m->error == KRB5_CLIENT_UNKNOWN)
        parse_refused(p, "Kerberos client unknown", who);
}

static void take_answer(struct parse *p, struct kerberos_state *s, const struct krb5_message *m)
{
    bool paired = s->count && answers(s->open[0], m->tag);

    match(p, s, paired ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_REPLY);
    krb5_message_report(p, m);
    if (m->tag == KRB5_ERROR && paired)
        parse_text(p, FIELD_KERBEROS_FAILED_REQUEST, failed_request(s->open[0]));
    parse_tx(p, TX_DONE);
    if (s->count)
        memmove(s->open, s->open + 1, --s->count);
    notes(p, s, m);
}

/* RFC 3244 section 2: only the AP message inside is read. */
static struct cursor change_enter(struct cursor *body)
{
    size_t whole = cur_left(body);
    uint16_t length = cur_be16(body), version = cur_be16(body), inner = cur_be16(body);
    struct cursor message;

    if (length != whole || (version != CHANGE && version != CHANGE_SET))
        cur_fail(body);
    if (inner == 0) /* an error instead */
        inner = (uint16_t)cur_left(body);
    message = cur_sub(body, inner);
    if (message.state != CUR_OK)
        cur_fail(body);
    message.state = body->state;
    return message;
}

static void take_message(struct parse *p, struct cursor *in, struct cursor *body)
{
    struct kerberos_state *s = p->state;
    struct krb5_message m;

    if (krb5_is_tag(cur_peek(body))) {
        krb5_message_read(body, &m);
        cur_join(in, body);
    } else {
        struct cursor inner = change_enter(body);

        krb5_message_read(&inner, &m);
        cur_join(in, &inner);
    }
    if (in->state != CUR_OK)
        return;
    if (!s->matched && p->midstream)
        s->flipped = krb5_is_answer(m.tag) == (p->dir == DIR_CLIENT);
    if (krb5_is_answer(m.tag) != ((p->dir == DIR_SERVER) != s->flipped))
        cur_fail(in);
    else if (krb5_is_answer(m.tag))
        take_answer(p, s, &m);
    else
        take_request(p, s, &m);
}

static struct dialogue_next message_step(struct parse *p, struct cursor *in)
{
    uint32_t length = cur_be32(in);
    struct cursor body;

    if (length < CHANGE_HEAD || length > MESSAGE_MOST)
        cur_fail(in);
    body = cur_sub(in, length);
    if (in->state == CUR_OK)
        take_message(p, in, &body);
    return on();
}

/* A length, and a message begins behind it. */
static bool is_boundary(struct span first)
{
    struct cursor c = cur_of(first);
    uint32_t length = cur_be32(&c);

    return c.state == CUR_OK && length <= MESSAGE_MOST && cur_left(&c) && krb5_is_tag(cur_peek(&c));
}

static enum parse_result kerberos_parse(struct parse *p, struct cursor *in)
{
    struct kerberos_state *s = p->state;

    if (p->transport == OVER_UDP) {
        struct cursor body = cur_sub(in, cur_left(in));

        take_message(p, in, &body);
        if (in->state != CUR_OK)
            return PARSE_REJECT;
        parse_commit(p, in);
        return PARSE_MATCH;
    }
    if (s->lost[p->dir]) {
        s->lost[p->dir] = !is_boundary(cur_look(in));
        if (s->lost[p->dir]) {
            in->pos = in->end;
            parse_commit(p, in);
            return s->matched ? PARSE_MATCH : PARSE_MORE;
        }
    }
    return dialogue_walk(p, in, message_step, &s->matched);
}

static void kerberos_gap(struct parse *p, uint64_t missing)
{
    struct kerberos_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

/* The head of a message to change a password. */
static bool probe_change(struct span first)
{
    struct cursor c = cur_of(first);
    uint16_t length = cur_be16(&c), version;

    if (c.state != CUR_OK)
        return first.n == 0 || first.p[0] < 0x40;
    version = cur_be16(&c);
    if (c.state != CUR_OK)
        return length >= CHANGE_HEAD && length < 0x4000;
    return length >= CHANGE_HEAD && length < 0x4000 && (version == CHANGE || version == CHANGE_SET);
}

/* A message up to its version. */
static bool probe_message(struct span first)
{
    static const uint8_t version[] = {0x03, DER_INTEGER, 0x01, 0x05};
    struct cursor c = cur_of(first);
    bool request = cur_peek(&c) == KRB5_AS_REQ || cur_peek(&c) == KRB5_TGS_REQ;

    if (first.n == 0)
        return true;
    if (!krb5_is_tag(first.p[0]))
        return probe_change(first);
    (void)der_head(&c, first.p[0]);
    (void)der_head(&c, DER_SEQUENCE);
    if (c.state == CUR_OK && cur_left(&c) &&
        cur_u8(&c) != (request ? DER_WRAPPED(1) : DER_WRAPPED(0)))
        return false;
    return c.state == CUR_SHORT ||
           (c.state == CUR_OK && span_starts(span_of(version, sizeof(version)),
                                             span_first(cur_look(&c), sizeof(version))));
}

/* With a length over TCP, without one over UDP: which one it is is not known here. */
static bool kerberos_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint32_t length;

    (void)from;
    if (probe_message(first))
        return true;
    length = cur_be32(&c);
    if (c.state != CUR_OK)
        return first.p[0] == 0;
    return length >= CHANGE_HEAD && length <= MESSAGE_MOST && probe_message(cur_look(&c));
}

static const uint16_t kerberos_ports[] = {88, 464, 0};

const struct parser parser_kerberos = {
    .name = "kerberos",
    .event = "krb5",
    .evidence = "version 5 and type in a message read to its end; an answer to a request",
    .app = APP_KERBEROS,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = kerberos_ports,
    .state_size = sizeof(struct kerberos_state),
    .max_pending = MESSAGE_MOST + 4,
    .midstream = true,
    .probe = kerberos_probe,
    .parse = kerberos_parse,
    .gap = kerberos_gap,
};
