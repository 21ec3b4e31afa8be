/* SPDX-License-Identifier: Apache-2.0
 *
 * ldap: directories (RFC 4511), over UDP as Windows asks for its domain controllers (CLDAP).
 *
 * A request and all its answers are one transaction, found by the id of the messages. After a SASL
 * bind they may be wrapped, four bytes of length before each (RFC 4422 section 3.7).
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/ldap_message.h"

enum {
    WHOLE_MOST = 65536, /* longer messages are not read to their end */
    LENGTH_MOST = 1 << 28,
    HEAD_LOOK = 16, /* bytes that hold the id and the operation */
    WRAP_MOST = 1 << 24,
    OPEN_MOST = 16,
    ENTRIES_TOLD = 8,
};

/* A request without its last answer. */
struct open {
    uint32_t id;
    uint16_t entries; /* that answered it */
    uint8_t tag;
};

struct ldap_state {
    struct open open[OPEN_MOST]; /* oldest first */
    struct dialogue_text name;   /* who binds */
    uint32_t start_tls;          /* id of that request, 0: none */
    uint8_t count;               /* of open[] */
    bool matched;
    bool heard; /* answers */
    bool sasl;  /* a bind that may lead to wrapping */
    bool wraps; /* it did */
    bool injected;
    bool flipped; /* joined midway: who was taken for the client answers */
    bool lost[2];
};

static const char start_tls_oid[] = "1.3.6.1.4.1.1466.20037";

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct ldap_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- requests ---- */

static bool is_start_tls(const struct ldap_message *m)
{
    return m->tag == LDAP_EXTENDED && span_equal(m->second, span_text(start_tls_oid));
}

static void open_drop(struct ldap_state *s, struct open *o)
{
    struct open *end = s->open + s->count--;

    memmove(o, o + 1, (size_t)(end - o - 1) * sizeof(*o));
}

static struct open *open_find(struct ldap_state *s, uint32_t id)
{
    for (uint8_t i = 0; i < s->count; i++)
        if (s->open[i].id == id)
            return &s->open[i];
    return NULL;
}

static void take_request(struct parse *p, struct ldap_state *s, const struct ldap_message *m)
{
    struct open *before = open_find(s, m->id);

    match(p, s, PROOF_STRONG);
    parse_tx_key(p, TX_REQUEST, m->id);
    ldap_request_report(p, m);
    s->injected = s->injected || s->start_tls;
    if (is_start_tls(m))
        s->start_tls = m->id;
    if (m->tag == LDAP_BIND && !m->cut) {
        s->sasl = m->sasl;
        dialogue_keep(&s->name, m->name.n ? m->name : m->second);
    }
    if (m->tag == LDAP_UNBIND || m->tag == LDAP_ABANDON) {
        parse_tx_key(p, TX_DONE, m->id);
        return;
    }
    if (before || s->count == OPEN_MOST)
        open_drop(s, before ? before : s->open);
    s->open[s->count++] = (struct open){.id = m->id, .tag = m->tag};
}

/* ---- answers ---- */

static bool answers(uint8_t request, uint8_t answer)
{
    if (answer == LDAP_INTERMEDIATE || answer == LDAP_EXTENDED_DONE)
        return answer == LDAP_INTERMEDIATE || request == LDAP_EXTENDED;
    if (request == LDAP_SEARCH)
        return answer == LDAP_ENTRY || answer == LDAP_DONE || answer == LDAP_REFERENCE;
    if (request == LDAP_DELETE)
        return answer == 0x6b;
    return answer == request + 1;
}

/* Not the last answer to its request. */
static bool is_part(const struct ldap_message *m)
{
    return m->tag == LDAP_ENTRY || m->tag == LDAP_REFERENCE || m->tag == LDAP_INTERMEDIATE;
}

static void tell_answer(struct parse *p, struct ldap_state *s, const struct ldap_message *m)
{
    struct open *o = open_find(s, m->id);

    if (o && !answers(o->tag, m->tag))
        return;
    if (o)
        match(p, s, PROOF_CERTAIN);
    if (o && m->tag == LDAP_ENTRY && o->entries < UINT16_MAX)
        o->entries++;
    parse_tx_key(p, TX_REPLY, m->id);
    if (m->tag != LDAP_ENTRY || o == NULL || o->entries <= ENTRIES_TOLD)
        ldap_answer_report(p, m);
    if (is_part(m))
        return;
    if (o && o->entries)
        parse_uint(p, FIELD_LDAP_ENTRIES, o->entries);
    parse_tx_key(p, TX_DONE, m->id);
    if (o)
        open_drop(s, o);
}

static void notes(struct parse *p, struct ldap_state *s, const struct ldap_message *m)
{
    struct span java = ldap_java(m);
    struct cursor referrals = m->list;
    bool result = !is_part(m) && !m->cut;

    if (java.n)
        parse_note_value(p, "LDAP entry makes Java load a class", java);
    if (result && m->number == LDAP_BAD_CREDENTIALS)
        parse_refused(p, "LDAP server refuses the bind", dialogue_kept(&s->name));
    if (result && m->number == LDAP_NO_RIGHTS)
        parse_refused(p, "LDAP server refuses access", dialogue_kept(&s->name));
    if ((result && m->number == LDAP_CODE_REFERRAL) || m->tag == LDAP_REFERENCE)
        parse_note_value(p, "LDAP referral",
                         cur_left(&referrals) ? der_bytes(&referrals, DER_OCTETS) : span_of("", 0));
}

static struct dialogue_next take_answer(struct parse *p, struct ldap_state *s,
                                        const struct ldap_message *m)
{
    bool tls = s->start_tls && m->id == s->start_tls && m->tag == LDAP_EXTENDED_DONE;

    match(p, s, PROOF_STRONG);
    s->heard = true;
    tell_answer(p, s, m);
    notes(p, s, m);
    if (m->tag == LDAP_BOUND)
        s->wraps = s->sasl && m->number == LDAP_SUCCESS;
    if (!tls)
        return on();
    s->start_tls = 0;
    if (m->number == LDAP_SUCCESS && s->injected)
        parse_note(p, "LDAP requests in plain text behind StartTLS");
    s->injected = false;
    return m->number == LDAP_SUCCESS && p->transport == OVER_TCP
               ? (struct dialogue_next){.then = THEN_UPGRADE}
               : on();
}

/* ---- messages ---- */

static struct dialogue_next take_message(struct parse *p, struct cursor *in,
                                         const struct ldap_message *m)
{
    struct ldap_state *s = p->state;

    if (!s->matched && p->midstream)
        s->flipped = m->answer == (p->dir == DIR_CLIENT);
    if (m->answer != ((p->dir == DIR_SERVER) != s->flipped)) {
        cur_fail(in);
        return on();
    }
    if (!m->answer) {
        take_request(p, s, m);
        return on();
    }
    return take_answer(p, s, m);
}

/* Of a message that is too long to be kept only the head is read. */
static struct dialogue_next long_step(struct parse *p, struct cursor *in, size_t length)
{
    struct ldap_message m = {.cut = true};
    struct cursor head = *in;
    struct dialogue_next next;

    cur_skip(&head, HEAD_LOOK);
    if (head.state != CUR_OK) {
        cur_short(in, head.need);
        return on();
    }
    head = cur_of(span_first(cur_look(in), HEAD_LOOK));
    ldap_message_begin(&head, &m);
    cur_join(in, &head);
    if (in->state != CUR_OK)
        return on();
    next = take_message(p, in, &m);
    if (next.then != THEN_ON || in->state != CUR_OK)
        return next;
    cur_skip(in, cur_left(in) < length ? cur_left(in) : length);
    return next;
}

static struct dialogue_next message_step(struct parse *p, struct cursor *in)
{
    struct ldap_message m;
    size_t length = der_head(in, DER_SEQUENCE);
    struct cursor body;

    if (length > LENGTH_MOST)
        cur_fail(in);
    if (in->state == CUR_OK && length > WHOLE_MOST) {
        const uint8_t *start = in->pos;
        struct dialogue_next next = long_step(p, in, length);
        size_t read = (size_t)(in->pos - start);

        if (in->state != CUR_OK || next.then != THEN_ON || read == length)
            return next;
        return (struct dialogue_next){.then = THEN_SKIP, .n = length - read};
    }
    body = cur_sub(in, length);
    if (in->state != CUR_OK)
        return on();
    m = (struct ldap_message){.id = 0};
    ldap_message_begin(&body, &m);
    if (body.state == CUR_OK)
        ldap_message_read(&body, &m);
    cur_join(in, &body);
    return in->state == CUR_OK ? take_message(p, in, &m) : on();
}

/* Integrity or secrecy agreed upon in the bind: only lengths are left. */
static struct dialogue_next wrap_step(struct cursor *in)
{
    uint32_t n = cur_be32(in);

    if (n > WRAP_MOST)
        cur_fail(in);
    return (struct dialogue_next){.then = n ? THEN_SKIP : THEN_ON, .n = n};
}

static struct dialogue_next ldap_step(struct parse *p, struct cursor *in)
{
    struct ldap_state *s = p->state;

    if (s->wraps && cur_peek(in) == 0)
        return wrap_step(in);
    if (s->start_tls && p->dir == DIR_CLIENT && cur_peek(in) == 0x16)
        return (struct dialogue_next){.then = s->heard ? THEN_WAIT : THEN_UPGRADE};
    return message_step(p, in);
}

/* Something was lost: does a message begin here? */
static bool is_boundary(struct span first)
{
    struct ldap_message m = {.id = 0};
    struct cursor c = cur_of(first), body;

    (void)der_head(&c, DER_SEQUENCE);
    body = cur_of(cur_look(&c));
    ldap_message_begin(&body, &m);
    return c.state == CUR_OK && body.state == CUR_OK;
}

static enum parse_result ldap_parse(struct parse *p, struct cursor *in)
{
    struct ldap_state *s = p->state;

    if (s->lost[p->dir]) {
        if (!is_boundary(cur_look(in))) {
            in->pos = in->end;
            parse_commit(p, in);
            return s->matched ? PARSE_MATCH : PARSE_MORE;
        }
        s->lost[p->dir] = false;
    }
    return dialogue_walk(p, in, ldap_step, &s->matched);
}

static void ldap_gap(struct parse *p, uint64_t missing)
{
    struct ldap_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

/* A sequence, a number of one to four bytes, an operation. */
static bool ldap_probe(enum dir from, struct span first)
{
    struct ldap_message m = {.id = 0};
    struct cursor c = cur_of(first);
    struct cursor body, number;

    (void)from;
    (void)der_head(&c, DER_SEQUENCE);
    if (c.state != CUR_OK)
        return c.state == CUR_SHORT;
    number = c;
    cur_skip(&number, 1);
    cur_skip(&number, (size_t)cur_u8(&number) + 1);
    if (number.state != CUR_OK)
        return cur_left(&c) == 0 || cur_peek(&c) == DER_INTEGER;
    body = cur_of(cur_look(&c));
    ldap_message_begin(&body, &m);
    return body.state == CUR_OK;
}

static const uint16_t ldap_ports[] = {389, 636, 3268, 3269, 1389, 0};

const struct parser parser_ldap = {
    .name = "ldap",
    .evidence = "messages read to their end; an answer with the id of its request",
    .app = APP_LDAP,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ldap_ports,
    .state_size = sizeof(struct ldap_state),
    .max_pending = WHOLE_MOST + HEAD_LOOK,
    .midstream = true,
    .probe = ldap_probe,
    .parse = ldap_parse,
    .gap = ldap_gap,
};
