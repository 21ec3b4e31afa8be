/* SPDX-License-Identifier: Apache-2.0
 *
 * stomp: STOMP 1.0 to 1.2.
 *
 *     COMMAND EOL, name:value EOL ..., EOL, body, NUL        (EOL: LF or CR LF)
 *
 * The body has the length of its content-length header, else it ends at the first NUL. Line ends
 * between frames keep the connection alive.
 */
#include "parser/parser.h"
#include "support/bodies.h"

enum {
    HEADERS_MAX = 100,
    LINE_MAX = 7000,
    COMMAND_MAX = 12,
    WHO_MAX = 48,
    LENGTH_DIGITS = 10,
};

enum expects { FRAME, BODY, END };

struct stomp_state {
    uint8_t expects[2]; /* enum expects */
    bool begun[2];      /* of a body without length: a piece was handed on */
    bool lost[2];       /* no frame boundary known */
    bool matched;
    bool connect; /* it was seen, and its transaction waits */
    bool greeted; /* a CONNECT was seen */
    uint8_t frames;
    uint8_t who_len;
    char who[WHO_MAX];
};

struct frame {
    struct span command, version, accepts, host, user, server, session, destination, id, message,
        type;
    uint64_t length;
    bool has_length;
};

enum { FROM_CLIENT = 1, FROM_SERVER = 2 };

static const struct command {
    const char *name;
    uint8_t from;
} commands[] = {
    {"CONNECT", FROM_CLIENT},   {"STOMP", FROM_CLIENT},       {"SEND", FROM_CLIENT},
    {"SUBSCRIBE", FROM_CLIENT}, {"UNSUBSCRIBE", FROM_CLIENT}, {"BEGIN", FROM_CLIENT},
    {"COMMIT", FROM_CLIENT},    {"ABORT", FROM_CLIENT},       {"ACK", FROM_CLIENT},
    {"NACK", FROM_CLIENT},      {"DISCONNECT", FROM_CLIENT},  {"CONNECTED", FROM_SERVER},
    {"MESSAGE", FROM_SERVER},   {"RECEIPT", FROM_SERVER},     {"ERROR", FROM_SERVER},
};

static bool command_is(const struct frame *f, const char *name)
{
    return span_equal(f->command, span_text(name));
}

static bool may_send(enum dir from, const struct command *c)
{
    return (c->from & (from == DIR_CLIENT ? FROM_CLIENT : FROM_SERVER)) != 0;
}

static bool command_known(enum dir from, struct span name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (may_send(from, &commands[i]) && span_equal(name, span_text(commands[i].name)))
            return true;
    return false;
}

static void read_length(struct cursor *in, struct frame *f, struct span digits)
{
    if (f->has_length)
        return; /* 1.2: of a header that is there twice the first counts */
    if (digits.n == 0 || digits.n > LENGTH_DIGITS)
        cur_fail(in);
    for (size_t i = 0; i < digits.n && i < LENGTH_DIGITS; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            cur_fail(in);
        f->length = f->length * 10 + digits.p[i] - '0';
    }
    f->has_length = true;
}

static void keep(struct span *slot, struct span value)
{
    if (slot->n == 0)
        *slot = value;
}

static void header_keep(struct cursor *in, struct frame *f, struct span name, struct span value)
{
    const struct slot {
        struct span name, *value;
    } slots[] = {
        {SPAN("destination"), &f->destination},
        {SPAN("version"), &f->version},
        {SPAN("accept-version"), &f->accepts},
        {SPAN("host"), &f->host},
        {SPAN("login"), &f->user},
        {SPAN("server"), &f->server},
        {SPAN("session"), &f->session},
        {SPAN("message"), &f->message},
        {SPAN("content-type"), &f->type},
        {SPAN("id"), &f->id},
        {SPAN("message-id"), &f->id},
    };

    if (span_equal(name, SPAN("content-length"))) {
        read_length(in, f, span_trim(value));
        return;
    }
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
        if (span_equal(name, slots[i].name))
            keep(slots[i].value, value);
}

/* The head of a frame, to the empty line. */
static void head_read(struct cursor *in, enum dir from, struct frame *f)
{
    struct cursor at = *in;

    f->command = cur_line(&at, COMMAND_MAX);
    if (at.state == CUR_OK && !command_known(from, f->command))
        cur_fail(&at);
    for (int i = 0; at.state == CUR_OK; i++) {
        struct span line = cur_line(&at, LINE_MAX), name = span_first(line, span_index(line, ':'));

        if (at.state != CUR_OK || line.n == 0)
            break;
        if (name.n == line.n || name.n == 0 || !span_printable(name) || i == HEADERS_MAX ||
            span_index(line, 0) < line.n)
            cur_fail(&at);
        header_keep(&at, f, name, span_from(line, name.n + 1));
    }
    *in = at;
}

static void tell(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

static bool has_word(struct span text, struct span word)
{
    for (; text.n >= word.n; text = span_from(text, 1))
        if (span_starts_nocase(text, word))
            return true;
    return false;
}

/* Which broker it is decides the label. */
static void server_name(struct parse *p, struct span server)
{
    if (has_word(server, SPAN("activemq"))) {
        parse_app(p, APP_STOMP_ACTIVEMQ);
        parse_product(p, PRODUCT_ACTIVEMQ);
    } else if (has_word(server, SPAN("rabbitmq"))) {
        parse_app(p, APP_STOMP_RABBITMQ);
        parse_product(p, PRODUCT_RABBITMQ);
    }
}

static void error_tell(struct parse *p, const struct stomp_state *s, const struct frame *f)
{
    struct span who = span_of(s->who, s->who_len);

    tell(p, FIELD_STOMP_ERROR, f->message);
    if (s->connect)
        parse_refused(p, "STOMP refuses the login", who);
    else if (has_word(f->message, SPAN("denied")) || has_word(f->message, SPAN("refused")) ||
             has_word(f->message, SPAN("authori")))
        parse_refused(p, "STOMP refuses access", who);
}

static void fields_tell(struct parse *p, const struct frame *f)
{
    tell(p, FIELD_STOMP_VERSION, f->version.n ? f->version : f->accepts);
    tell(p, FIELD_STOMP_HOST, f->host);
    tell(p, FIELD_STOMP_USER, f->user);
    tell(p, FIELD_STOMP_SERVER, f->server);
    tell(p, FIELD_STOMP_SESSION, f->session);
    tell(p, FIELD_STOMP_DESTINATION, f->destination);
    tell(p, FIELD_STOMP_ID, f->id);
    tell(p, FIELD_STOMP_CONTENT_TYPE, f->type);
    if (f->has_length)
        parse_uint(p, FIELD_STOMP_CONTENT_LENGTH, f->length);
}

static void connect_begin(struct parse *p, struct stomp_state *s, const struct frame *f)
{
    struct span who = span_first(f->user, WHO_MAX);

    s->who_len = (uint8_t)who.n;
    if (who.n)
        memcpy(s->who, who.p, who.n);
    if (s->connect)
        parse_tx(p, TX_DONE);
    s->connect = s->greeted = true;
}

/* CONNECT and what answers it are one transaction, every other frame is its own. Receipts are what
 * the client asked for itself. */
static void frame_tell(struct parse *p, struct stomp_state *s, const struct frame *f)
{
    bool is_connect = command_is(f, "CONNECT") || command_is(f, "STOMP");
    bool is_error = command_is(f, "ERROR"), is_connected = command_is(f, "CONNECTED");
    bool answers = s->connect && (is_error || is_connected);

    if (command_is(f, "RECEIPT") || command_is(f, "ACK"))
        return;
    if (is_connect)
        connect_begin(p, s, f);
    parse_tx(p, answers ? TX_REPLY : TX_REQUEST);
    if (!answers)
        parse_field(p, FIELD_STOMP_COMMAND, f->command);
    fields_tell(p, f);
    if (is_error)
        error_tell(p, s, f);
    if (is_connected)
        server_name(p, f->server);
    if (!is_connect)
        parse_tx(p, TX_DONE);
    if (answers)
        s->connect = false;
}

/* The start proves itself; without it frames that name a destination must do. */
static void frame_prove(struct parse *p, struct stomp_state *s, struct cursor *in,
                        const struct frame *f)
{
    bool is_connect = command_is(f, "CONNECT") || command_is(f, "STOMP");
    bool is_answer = command_is(f, "CONNECTED") || command_is(f, "ERROR");

    if (s->frames < UINT8_MAX)
        s->frames++;
    if (is_connect || (command_is(f, "CONNECTED") && f->version.n)) {
        parse_proof(p, PROOF_STRONG);
    } else if (!s->greeted && !s->matched && !p->midstream && p->dir == DIR_CLIENT) {
        cur_fail(in);
        return;
    }
    if (s->greeted && is_answer)
        parse_proof(p, PROOF_CERTAIN);
    else if (f->destination.n && s->frames > 1)
        parse_proof(p, PROOF_STRONG);
    else if (f->destination.n && p->midstream)
        parse_proof(p, PROOF_FAIR);
    else if (!is_connect && !(command_is(f, "CONNECTED") && f->version.n))
        return;
    s->matched = true;
}

static void ends_skip(struct cursor *in)
{
    while (cur_peek(in) == '\n' || cur_peek(in) == '\r')
        cur_skip(in, 1);
}

static struct rest frame_read(struct parse *p, struct stomp_state *s, struct cursor *in)
{
    struct frame f = {0};

    ends_skip(in);
    if (cur_left(in) == 0)
        return rest_none();
    head_read(in, p->dir, &f);
    if (in->state == CUR_OK)
        frame_prove(p, s, in, &f);
    if (in->state != CUR_OK)
        return rest_none();
    frame_tell(p, s, &f);
    s->begun[p->dir] = false;
    s->expects[p->dir] = f.has_length ? END : BODY;
    return f.has_length ? rest_body(f.length, BUFFER_WHOLE) : rest_none();
}

/* A body without length: as far as it is here. */
static void body_read(struct parse *p, struct stomp_state *s, struct cursor *in)
{
    struct span look = cur_look(in), body = span_first(look, span_index(look, 0));
    bool ends = body.n < look.n;
    unsigned part = s->begun[p->dir] ? BUFFER_NEXT : BUFFER_BEGINS;

    if (body.n || s->begun[p->dir])
        parse_buffer(p, BUFFER_BODY, ends ? part | BUFFER_ENDS : part, body);
    s->begun[p->dir] = true;
    cur_skip(in, body.n + ends);
    if (ends)
        s->expects[p->dir] = FRAME;
}

static struct rest stomp_step(struct parse *p, struct cursor *in)
{
    struct stomp_state *s = p->state;

    switch ((enum expects)s->expects[p->dir]) {
    case FRAME:
        return frame_read(p, s, in);
    case BODY:
        body_read(p, s, in);
        break;
    case END:
        if (cur_u8(in) != 0)
            cur_fail(in);
        if (in->state == CUR_OK)
            s->expects[p->dir] = FRAME;
        break;
    }
    return rest_none();
}

static bool stomp_probe(enum dir from, struct span first)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        struct span name = span_text(commands[i].name);

        if (!may_send(from, &commands[i]))
            continue;
        if (first.n <= name.n && span_starts(name, first))
            return true;
        if (first.n > name.n && span_starts(first, name) &&
            (first.p[name.n] == '\n' || first.p[name.n] == '\r'))
            return true;
    }
    return false;
}

static enum parse_result stomp_parse(struct parse *p, struct cursor *in)
{
    struct stomp_state *s = p->state;

    if (s->lost[p->dir]) {
        struct span look = cur_look(in);

        if (look.n <= COMMAND_MAX || !stomp_probe(p->dir, look))
            return bodies_over(p, in, &s->matched);
        s->lost[p->dir] = false;
    }
    return bodies_walk(p, in, stomp_step, &s->matched);
}

static void stomp_gap(struct parse *p, uint64_t missing)
{
    struct stomp_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->expects[p->dir] = FRAME;
}

static const uint16_t stomp_ports[] = {61613, 61614, 0};

const struct parser parser_stomp = {
    .name = "stomp",
    .evidence = "CONNECT with headers up to a NUL, CONNECTED",
    .app = APP_STOMP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = stomp_ports,
    .state_size = sizeof(struct stomp_state),
    .max_pending = 8u << 10,
    .midstream = true,
    .probe = stomp_probe,
    .parse = stomp_parse,
    .gap = stomp_gap,
};
