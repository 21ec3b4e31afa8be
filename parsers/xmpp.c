/* SPDX-License-Identifier: Apache-2.0
 *
 * xmpp: messages and presence as two streams of XML (RFC 6120), client to server or between
 * servers. What leads to a login is one transaction; the texts of messages are content.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/sasl.h"

enum { TAG_MOST = 4096, PENDING_MOST = 8192 };

/* What the text between two tags is. */
enum where { IN_NOTHING, IN_RESPONSE, IN_BODY };

struct xmpp_state {
    struct dialogue_text user;
    struct sasl sasl;
    uint8_t where[2]; /* enum where */
    bool tail[2];     /* the rest of a long tag is passed over */
    bool stream[2];   /* the stream has begun */
    bool begun[2];    /* the buffer of a body */
    bool matched;
    bool told; /* the transaction is complete */
    bool tls;  /* starttls was said, not answered */
    bool injected;
};

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct xmpp_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- tags ---- */

static bool is_name_end(uint8_t c)
{
    return c <= ' ' || c == '/' || c == '>';
}

/* "name" of "<name a='b'/>"; "/name" of "</name>" */
static struct span tag_name(struct span tag)
{
    size_t n = 2;

    while (n < tag.n && !is_name_end(tag.p[n]))
        n++;
    return span_first(span_from(tag, 1), n - 1);
}

/* Behind the name: attribute by attribute. False: there are no more. */
static bool attribute_next(struct cursor *c, struct span *name, struct span *value)
{
    uint8_t quote;

    while (cur_left(c) && cur_peek(c) <= ' ')
        cur_skip(c, 1);
    *name = span_trim(cur_until(c, '=', TAG_MOST));
    quote = cur_u8(c);
    if (quote != '\'' && quote != '"')
        return false;
    *value = cur_until(c, quote, TAG_MOST);
    return c->state == CUR_OK;
}

static struct span attribute(struct span tag, struct span wanted)
{
    struct cursor c = cur_of(span_from(tag, tag_name(tag).n + 1));
    struct span name, value;

    while (attribute_next(&c, &name, &value))
        if (span_equal(name, wanted))
            return value;
    return span_of("", 0);
}

static bool is_closed(struct span tag)
{
    return tag.n > 2 && tag.p[tag.n - 2] == '/';
}

/* ---- what they mean ---- */

static void field_some(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void take_stream(struct parse *p, struct xmpp_state *s, struct cursor *in, struct span tag)
{
    struct span streams = attribute(tag, SPAN("xmlns:stream"));

    if (!span_equal(streams, SPAN("http://etherx.jabber.org/streams"))) {
        if (!s->matched)
            cur_fail(in);
        return;
    }
    s->stream[p->dir] = true;
    match(p, s, s->stream[DIR_CLIENT] && s->stream[DIR_SERVER] ? PROOF_CERTAIN : PROOF_STRONG);
    if (s->told)
        return;
    parse_tx(p, TX_BOTH);
    field_some(p, FIELD_XMPP_TO, attribute(tag, SPAN("to")));
    field_some(p, FIELD_XMPP_FROM, attribute(tag, SPAN("from")));
    field_some(p, FIELD_XMPP_NAMESPACE, attribute(tag, SPAN("xmlns")));
    field_some(p, FIELD_XMPP_VERSION, attribute(tag, SPAN("version")));
    if (p->dir == DIR_CLIENT && attribute(tag, SPAN("to")).n)
        parse_host(p, attribute(tag, SPAN("to")));
}

static void take_auth(struct parse *p, struct xmpp_state *s, struct span tag)
{
    struct span mechanism = attribute(tag, SPAN("mechanism"));

    s->user.n = 0;
    sasl_begin(&s->sasl, mechanism);
    if (!s->told) {
        parse_tx(p, TX_BOTH);
        field_some(p, FIELD_XMPP_MECHANISM, mechanism);
    }
    s->where[DIR_CLIENT] = is_closed(tag) ? IN_NOTHING : IN_RESPONSE;
}

static void login_over(struct parse *p, struct xmpp_state *s, const char *status)
{
    if (s->told)
        return;
    parse_tx(p, TX_BOTH);
    parse_text(p, FIELD_XMPP_STATUS, status);
    parse_tx(p, TX_DONE);
    s->told = true;
}

static void body_end(struct parse *p, struct xmpp_state *s)
{
    if (s->begun[p->dir])
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    s->begun[p->dir] = false;
}

static void client_tag(struct parse *p, struct xmpp_state *s, struct span name, struct span tag)
{
    s->injected = s->injected || s->tls;
    if (span_equal(name, SPAN("auth")))
        take_auth(p, s, tag);
    else if (span_equal(name, SPAN("response")))
        s->where[DIR_CLIENT] = is_closed(tag) ? IN_NOTHING : IN_RESPONSE;
    else if (span_equal(name, SPAN("starttls")))
        s->tls = true;
}

static struct dialogue_next server_tag(struct parse *p, struct xmpp_state *s, struct span name)
{
    if (span_equal(name, SPAN("success"))) {
        login_over(p, s, "success");
    } else if (span_equal(name, SPAN("failure"))) {
        if (s->sasl.mechanism)
            parse_refused(p, "XMPP server refuses the login", dialogue_kept(&s->user));
        if (s->sasl.mechanism)
            login_over(p, s, "failure");
        s->tls = s->injected = false;
    } else if (span_equal(name, SPAN("compressed"))) {
        return (struct dialogue_next){.then = THEN_DONE};
    } else if (span_equal(name, SPAN("proceed")) && s->matched) {
        if (s->injected)
            parse_note(p, "XMPP stanzas in plain text behind starttls");
        return (struct dialogue_next){.then = THEN_UPGRADE};
    }
    return on();
}

static struct dialogue_next take_tag(struct parse *p, struct xmpp_state *s, struct cursor *in,
                                     struct span tag)
{
    struct span name = tag_name(tag);

    body_end(p, s);
    s->where[p->dir] = IN_NOTHING;
    if (span_equal(name, SPAN("stream:stream"))) {
        take_stream(p, s, in, tag);
        return on();
    }
    if (!s->stream[p->dir]) {
        if (!span_starts(name, SPAN("?xml")) && !s->matched)
            cur_fail(in);
        return on();
    }
    if (span_equal(name, SPAN("body")) && !is_closed(tag))
        s->where[p->dir] = IN_BODY;
    if (p->dir == DIR_SERVER)
        return server_tag(p, s, name);
    client_tag(p, s, name, tag);
    return on();
}

/* ---- bytes ---- */

static struct dialogue_next tag_step(struct parse *p, struct xmpp_state *s, struct cursor *in)
{
    struct span look = cur_look(in), tag;
    size_t at = span_index(span_first(look, TAG_MOST), '>');

    if (at == look.n && look.n < TAG_MOST) {
        cur_short(in, 1);
        return on();
    }
    if (at == TAG_MOST) {
        if (!s->matched)
            cur_fail(in);
        s->tail[p->dir] = true;
        cur_skip(in, TAG_MOST);
        return on();
    }
    tag = cur_span(in, at + 1);
    return take_tag(p, s, in, tag);
}

/* A response is read whole, up to the next tag; the text of a message as it comes. */
static void text_step(struct parse *p, struct xmpp_state *s, struct cursor *in)
{
    struct span look = cur_look(in);
    size_t n = span_index(look, '<');
    uint8_t known = s->user.n;

    if (s->where[p->dir] == IN_RESPONSE && n == look.n && look.n < TAG_MOST) {
        cur_short(in, 1);
        return;
    }
    if (!s->stream[p->dir] && !s->matched && look.p[0] > ' ')
        cur_fail(in);
    look = cur_span(in, n);
    if (s->where[p->dir] == IN_RESPONSE && p->dir == DIR_CLIENT) {
        sasl_response64(&s->sasl, look, &s->user);
        s->where[DIR_CLIENT] = IN_NOTHING;
        if (s->user.n && known == 0 && !s->told)
            parse_field(p, FIELD_XMPP_USER, dialogue_kept(&s->user));
    } else if (s->where[p->dir] == IN_BODY) {
        parse_buffer(p, BUFFER_BODY, s->begun[p->dir] ? BUFFER_NEXT : BUFFER_BEGINS, look);
        s->begun[p->dir] = true;
    }
}

static struct dialogue_next xmpp_step(struct parse *p, struct cursor *in)
{
    struct xmpp_state *s = p->state;
    struct span look = cur_look(in);

    if (s->tail[p->dir]) {
        size_t at = span_index(look, '>');

        s->tail[p->dir] = at == look.n;
        cur_skip(in, s->tail[p->dir] ? look.n : at + 1);
        return on();
    }
    if (s->tls && p->dir == DIR_CLIENT && look.p[0] == 0x16)
        return (struct dialogue_next){.then = s->stream[DIR_SERVER] ? THEN_WAIT : THEN_UPGRADE};
    if (look.p[0] == '<')
        return tag_step(p, s, in);
    text_step(p, s, in);
    return on();
}

static enum parse_result xmpp_parse(struct parse *p, struct cursor *in)
{
    const struct xmpp_state *s = p->state;

    return dialogue_walk(p, in, xmpp_step, &s->matched);
}

static void xmpp_gap(struct parse *p, uint64_t missing)
{
    struct xmpp_state *s = p->state;

    (void)missing;
    body_end(p, s);
    s->tail[p->dir] = true;
    s->where[p->dir] = IN_NOTHING;
}

static bool begins(struct span text, struct span first)
{
    return span_starts(text, span_first(first, text.n));
}

static bool xmpp_probe(enum dir from, struct span first)
{
    (void)from;
    return begins(SPAN("<?xml "), first) || begins(SPAN("<stream:stream "), first);
}

static const uint16_t xmpp_ports[] = {5222, 5269, 5223, 0};

const struct parser parser_xmpp = {
    .name = "xmpp",
    .evidence = "streams of jabber.org opened by both sides",
    .app = APP_XMPP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = xmpp_ports,
    .state_size = sizeof(struct xmpp_state),
    .max_pending = PENDING_MOST,
    .probe = xmpp_probe,
    .parse = xmpp_parse,
    .gap = xmpp_gap,
};
