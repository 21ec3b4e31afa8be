/* SPDX-License-Identifier: Apache-2.0
 *
 * amqp: AMQP 0-8, 0-9, 0-9-1 and 1.0. A session begins with "AMQP" and four bytes that name the
 * protocol; a server that does not like them answers with its own and closes.
 */
#include "support/amqp.h"
#include "parser/parser.h"

enum { HEADER = 8 };
enum { PROTOCOL_AMQP = 0, PROTOCOL_TLS = 2, PROTOCOL_SASL = 3 };

static const struct version {
    uint8_t bytes[4];
    uint8_t mode;
    const char *name;
} versions[] = {
    {{0, 0, 9, 1}, AMQP_FRAMES, "0-9-1"},       {{1, 1, 0, 9}, AMQP_FRAMES, "0-9"},
    {{1, 1, 9, 0}, AMQP_FRAMES, "0-9"},         {{1, 1, 8, 0}, AMQP_FRAMES, "0-8"},
    {{1, 1, 0, 10}, AMQP_UNKNOWN, "0-10"},      {{PROTOCOL_AMQP, 1, 0, 0}, AMQP_ONE, "1.0"},
    {{PROTOCOL_TLS, 1, 0, 0}, AMQP_ONE, "1.0"}, {{PROTOCOL_SASL, 1, 0, 0}, AMQP_ONE, "1.0"},
};

void amqp_prove(struct parse *p, struct amqp_state *s, bool is_telling)
{
    if (s->frames < UINT8_MAX)
        s->frames++;
    if (s->header[DIR_CLIENT] && p->dir == DIR_SERVER)
        parse_proof(p, PROOF_CERTAIN);
    else if (s->frames > 1 && (is_telling || s->matched))
        parse_proof(p, PROOF_STRONG);
    else if (is_telling)
        parse_proof(p, p->midstream || p->dir == DIR_CLIENT ? PROOF_FAIR : PROOF_STRONG);
    else
        return;
    s->matched = true;
}

bool amqp_login_begin(struct parse *p, struct amqp_state *s)
{
    if (!s->login && (s->open_count || s->content[DIR_CLIENT] || s->content[DIR_SERVER]))
        return false;
    parse_tx(p, TX_BOTH);
    s->login = true;
    return true;
}

void amqp_login_end(struct parse *p, struct amqp_state *s)
{
    if (!s->login)
        return;
    parse_tx(p, TX_BOTH);
    parse_tx(p, TX_DONE);
    s->login = false;
}

void amqp_user(struct parse *p, struct amqp_state *s, struct span user)
{
    if (user.n == 0)
        return;
    parse_field(p, FIELD_AMQP_USER, user);
    user = span_first(user, AMQP_WHO_MAX);
    s->who_len = (uint8_t)user.n;
    memcpy(s->who, user.p, user.n);
}

void amqp_refused(struct parse *p, const struct amqp_state *s, const char *text)
{
    parse_refused(p, text, span_of(s->who, s->who_len));
}

static bool has_word(struct span text, struct span word)
{
    for (; text.n >= word.n; text = span_from(text, 1))
        if (span_starts_nocase(text, word))
            return true;
    return false;
}

void amqp_product(struct parse *p, struct span product)
{
    if (has_word(product, SPAN("rabbitmq"))) {
        parse_app(p, APP_AMQP);
        parse_product(p, PRODUCT_RABBITMQ);
    } else if (has_word(product, SPAN("activemq"))) {
        parse_app(p, APP_AMQP_ACTIVEMQ);
        parse_product(p, PRODUCT_ACTIVEMQ);
    } else {
        parse_app(p, APP_AMQP_OTHER);
    }
}

/* ---- protocol headers ---- */

static const struct version *version_find(struct span four)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (span_equal(span_of(versions[i].bytes, 4), four))
            return &versions[i];
    return NULL;
}

/* As in a probe: these bytes may be fewer than a header. */
static bool header_fits(struct span first)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        uint8_t header[HEADER] = {'A', 'M', 'Q', 'P'};
        size_t n = first.n < HEADER ? first.n : HEADER;

        memcpy(header + 4, versions[i].bytes, 4);
        if (memcmp(header, first.p, n) == 0)
            return true;
    }
    return false;
}

/* The server wants another version: it tells which, and that is the end. */
static enum parse_result refused(struct parse *p, struct amqp_state *s, const struct version *v)
{
    parse_note_value(p, "AMQP refuses the protocol version, wants", span_text(v->name));
    amqp_login_end(p, s);
    return PARSE_DONE;
}

static enum parse_result client_header(struct parse *p, struct amqp_state *s,
                                       const struct version *v)
{
    bool is_first = !s->header[DIR_CLIENT];

    s->header[DIR_CLIENT] = true;
    s->mode = v->mode;
    s->old = v->bytes[2] == 8;
    s->protocol = (uint8_t)(v->bytes[0] + 1);
    s->matched = true;
    parse_proof(p, PROOF_STRONG);
    if (is_first && amqp_login_begin(p, s))
        parse_text(p, FIELD_AMQP_VERSION, v->name);
    s->foreign = v->mode == AMQP_UNKNOWN;
    return PARSE_MATCH;
}

static enum parse_result server_header(struct parse *p, struct amqp_state *s,
                                       const struct version *v)
{
    s->header[DIR_SERVER] = true;
    s->matched = true;
    parse_proof(p, s->header[DIR_CLIENT] ? PROOF_CERTAIN : PROOF_STRONG);
    if (s->foreign && v->mode == AMQP_UNKNOWN) {
        amqp_login_end(p, s);
        return PARSE_DONE; /* frames of 0-10 are not read */
    }
    if (s->header[DIR_CLIENT] &&
        (v->mode != AMQP_ONE || s->mode != AMQP_ONE || s->protocol != v->bytes[0] + 1))
        return refused(p, s, v);
    s->mode = v->mode;
    if (v->mode == AMQP_ONE && v->bytes[0] == PROTOCOL_TLS) {
        amqp_login_end(p, s);
        parse_upgrade(p);
        return PARSE_DONE;
    }
    return PARSE_MATCH;
}

/* The first one. MORE: there is none. */
static enum parse_result header_read(struct parse *p, struct amqp_state *s, struct cursor *in)
{
    const struct version *v;

    if (cur_peek(in) != 'A' || s->header[p->dir] || s->end[p->dir])
        return PARSE_MORE;
    if (!span_starts(cur_look(in), span_first(SPAN("AMQP"), cur_left(in))))
        return PARSE_REJECT;
    cur_skip(in, 4);
    v = version_find(cur_span(in, 4));
    if (in->state == CUR_OK && v == NULL)
        cur_fail(in);
    if (in->state != CUR_OK)
        return in->state == CUR_BAD ? PARSE_REJECT : PARSE_MORE;
    parse_commit(p, in);
    return p->dir == DIR_CLIENT ? client_header(p, s, v) : server_header(p, s, v);
}

/* ---- both ---- */

/* After a login by SASL another header follows; behind the outcome it may come at once. */
static void header_again(struct parse *p, struct amqp_state *s, struct cursor *in)
{
    struct span magic = cur_span(in, 4);
    const struct version *v = version_find(cur_span(in, 4));

    if (in->state == CUR_OK && (!span_equal(magic, SPAN("AMQP")) || v == NULL ||
                                v->mode != AMQP_ONE || v->bytes[0] != PROTOCOL_AMQP))
        cur_fail(in);
    else if (in->state == CUR_OK && p->dir == DIR_CLIENT)
        (void)client_header(p, s, v);
}

static struct rest amqp_step(struct parse *p, struct cursor *in)
{
    struct amqp_state *s = p->state;

    if (s->mode == AMQP_UNKNOWN)
        s->mode = cur_peek(in) == 0 ? AMQP_ONE : AMQP_FRAMES;
    if (s->mode == AMQP_ONE && cur_peek(in) == 'A') {
        header_again(p, s, in);
        return rest_none();
    }
    return s->mode == AMQP_ONE ? amqp_one_step(p, s, in) : amqp_frames_step(p, s, in);
}

static bool is_boundary(const struct amqp_state *s, struct cursor *in)
{
    struct span look = cur_look(in);

    if (look.n < 12)
        return false;
    if (s->mode == AMQP_ONE)
        return amqp_one_begins(look);
    return amqp_frames_begin(look);
}

/* Frames before any header: only where the start is not there to be seen, or from a server whose
 * client is not seen. */
static bool may_begin(const struct parse *p, const struct amqp_state *s)
{
    return s->header[DIR_CLIENT] || p->midstream || s->matched || p->dir == DIR_SERVER;
}

static enum parse_result amqp_parse(struct parse *p, struct cursor *in)
{
    struct amqp_state *s = p->state;
    enum parse_result result;

    if (s->lost[p->dir]) {
        if (!is_boundary(s, in))
            return bodies_over(p, in, &s->matched);
        s->lost[p->dir] = false;
    }
    result = header_read(p, s, in);
    if (in->state != CUR_OK || result == PARSE_REJECT || result == PARSE_DONE)
        return result == PARSE_MORE && s->matched ? PARSE_MATCH : result;
    if (result == PARSE_MATCH && in->pos == in->end)
        return PARSE_MATCH;
    if (s->foreign)
        return bodies_over(p, in, &s->matched);
    if (!may_begin(p, s))
        return PARSE_REJECT;
    return bodies_walk(p, in, amqp_step, &s->matched);
}

static void amqp_gap(struct parse *p, uint64_t missing)
{
    struct amqp_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->end[p->dir] = false;
    s->body_left[p->dir] = 0;
    if (s->content[p->dir])
        parse_tx(p, TX_DONE);
    s->content[p->dir] = false;
}

static bool amqp_probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] == 'A')
        return header_fits(first);
    return first.p[0] == 0 ? amqp_one_begins(first) : amqp_frames_begin(first);
}

static const uint16_t amqp_ports[] = {5672, 5671, 0};

const struct parser parser_amqp = {
    .name = "amqp",
    .evidence = "the header AMQP and its version, answered by frames",
    .app = APP_AMQP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = amqp_ports,
    .state_size = sizeof(struct amqp_state),
    .max_pending = 16u << 10,
    .midstream = true,
    .probe = amqp_probe,
    .parse = amqp_parse,
    .gap = amqp_gap,
};
