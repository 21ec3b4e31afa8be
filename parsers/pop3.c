/* SPDX-License-Identifier: Apache-2.0
 *
 * pop3: a mailbox is emptied (RFC 1939, RFC 2449, TLS as in RFC 2595, RFC 5034). Every command is a
 * transaction; what RETR and TOP bring is read as mail.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/mail.h"
#include "support/sasl.h"

enum { PORT = 110, LINE_MOST = 1024, WORD_LOOK = 16 };

enum kind {
    KIND_NOTHING,
    KIND_USER,
    KIND_PASS,
    KIND_APOP,
    KIND_AUTH,
    KIND_STLS,
    KIND_MAIL,   /* answered with a message */
    KIND_LINES,  /* answered with lines up to a dot */
    KIND_COMMON, /* other protocols have it too */
    KIND_OTHER,
};

enum server_mode { MODE_STATUS, MODE_LINES, MODE_MAIL };

struct pop3_state {
    struct mail mail;
    struct dialogue_asked asked;
    struct dialogue_text user;
    struct sasl sasl;
    uint8_t mode; /* enum server_mode */
    bool tail[2];
    bool matched;
    bool heard; /* the server */
    bool spoken;
    bool own; /* a command that few others have */
    bool tls; /* STLS was said, not answered */
    bool injected;
};

static const char *const words[] = {"USER", "PASS", "APOP", "AUTH", "STLS", "RETR", "TOP",
                                    "CAPA", "LIST", "UIDL", "STAT", "DELE", "NOOP", "RSET",
                                    "QUIT", "UTF8", "LANG", "XTND", "LAST", NULL};
static const uint8_t kinds[] = {
    KIND_USER,   KIND_PASS,  KIND_APOP,   KIND_AUTH,   KIND_STLS,   KIND_MAIL,   KIND_MAIL,
    KIND_LINES,  KIND_LINES, KIND_LINES,  KIND_COMMON, KIND_COMMON, KIND_COMMON, KIND_COMMON,
    KIND_COMMON, KIND_OTHER, KIND_COMMON, KIND_OTHER,  KIND_OTHER,
};

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct pop3_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- the client ---- */

static bool is_own(struct span name)
{
    static const char *const own[] = {"APOP", "STLS", "TOP", "CAPA", "UIDL", NULL};

    return dialogue_find(name, own) >= 0;
}

static void judge(struct parse *p, struct pop3_state *s, struct span name)
{
    bool before = s->spoken;

    s->own = s->own || is_own(name);
    s->spoken = true;
    if (s->own && before)
        match(p, s, PROOF_STRONG);
    else if (s->own || s->heard || p->server_port == PORT)
        match(p, s, PROOF_FAIR);
}

static void take_auth(struct pop3_state *s, struct span rest)
{
    struct span mechanism = dialogue_word(&rest);

    s->user.n = 0;
    sasl_begin(&s->sasl, mechanism);
    if (rest.n)
        sasl_response64(&s->sasl, rest, &s->user);
}

static enum kind take_arguments(struct parse *p, struct pop3_state *s, enum kind kind,
                                struct span rest)
{
    struct span args = rest;

    switch (kind) {
    case KIND_USER:
        dialogue_keep(&s->user, rest);
        break;
    case KIND_PASS:
        return kind;
    case KIND_APOP:
        args = dialogue_word(&rest);
        dialogue_keep(&s->user, args);
        break;
    case KIND_AUTH:
        if (rest.n == 0)
            return KIND_LINES;
        take_auth(s, rest);
        args = dialogue_word(&rest);
        break;
    case KIND_LINES:
        kind = rest.n ? KIND_OTHER : KIND_LINES;
        break;
    default:
        break;
    }
    if (args.n)
        parse_field(p, FIELD_POP3_ARGS, args);
    if ((kind == KIND_USER || kind == KIND_APOP || kind == KIND_AUTH) && s->user.n)
        parse_field(p, FIELD_POP3_USER, dialogue_kept(&s->user));
    return kind;
}

static void take_command(struct parse *p, struct pop3_state *s, struct cursor *in, struct span line)
{
    struct span name = dialogue_word(&line);
    int i = dialogue_find(name, words);
    enum kind kind = i < 0 ? KIND_OTHER : (enum kind)kinds[i];

    if (i < 0 && !s->matched) {
        cur_fail(in);
        return;
    }
    if (name.n == 0)
        return;
    if (i >= 0)
        judge(p, s, name);
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_POP3_COMMAND, span_first(name, WORD_LOOK));
    kind = take_arguments(p, s, kind, line);
    s->tls = s->tls || kind == KIND_STLS;
    dialogue_ask(&s->asked, (uint8_t)kind);
    if (s->asked.lost)
        parse_tx(p, TX_DONE);
}

static void take_response(struct parse *p, struct pop3_state *s, struct span line)
{
    uint8_t known = s->user.n;

    sasl_response64(&s->sasl, line, &s->user);
    if (s->user.n && known == 0)
        parse_field(p, FIELD_POP3_USER, dialogue_kept(&s->user));
}

static struct dialogue_next client_step(struct parse *p, struct cursor *in)
{
    struct pop3_state *s = p->state;
    struct span line;

    if (s->tls && cur_peek(in) < ' ' && cur_peek(in) != '\r' && cur_peek(in) != '\n')
        return (struct dialogue_next){.then = s->heard ? THEN_WAIT : THEN_UPGRADE};
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_CLIENT], &line))
        return on();
    s->injected = s->injected || s->tls;
    if (s->sasl.mechanism && sasl_awaits(&s->sasl, line)) {
        take_response(p, s, line);
        return on();
    }
    take_command(p, s, in, line);
    return on();
}

/* ---- the server ---- */

static bool is_good(struct span line)
{
    return span_starts(line, SPAN("+OK"));
}

static bool is_status(struct span line)
{
    return is_good(line) || span_starts(line, SPAN("-ERR"));
}

/* Names the protocol, or carries the time stamp for APOP. */
static bool greeting_says(struct span line)
{
    for (size_t i = 3; i + 3 <= line.n; i++)
        if (span_starts_nocase(span_from(line, i), SPAN("POP")))
            return true;
    return line.n && line.p[line.n - 1] == '>' && span_index(line, '<') < line.n &&
           span_index(line, '@') < line.n;
}

static void take_greeting(struct parse *p, struct pop3_state *s, struct span line)
{
    s->heard = true;
    if (is_good(line) && greeting_says(line))
        match(p, s, PROOF_FAIR);
}

static void reply_report(struct parse *p, struct span line)
{
    bool good = is_good(line);
    struct span rest = span_trim(span_from(line, good ? 3 : 4));

    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_POP3_SUCCESS, good);
    parse_text(p, FIELD_POP3_STATUS, good ? "OK" : "ERR");
    if (rest.n)
        parse_field(p, FIELD_POP3_HEADER, rest);
}

/* What follows the first line of this answer. */
static void body_begin(struct parse *p, struct pop3_state *s, enum kind kind)
{
    if (kind == KIND_MAIL) {
        mail_begin(p, &s->mail, MAIL_MESSAGE);
        s->mode = MODE_MAIL;
    } else if (kind == KIND_LINES) {
        s->mode = MODE_LINES;
    }
}

static bool is_login(enum kind kind)
{
    return kind == KIND_USER || kind == KIND_PASS || kind == KIND_APOP || kind == KIND_AUTH;
}

static struct dialogue_next status_step(struct parse *p, struct pop3_state *s, struct span line)
{
    enum kind kind = (enum kind)dialogue_answer(&s->asked);
    bool good = is_good(line);

    if (kind == KIND_NOTHING && s->tls)
        kind = KIND_STLS;
    if (kind == KIND_NOTHING)
        return on();
    match(p, s, s->heard ? PROOF_CERTAIN : PROOF_STRONG);
    reply_report(p, line);
    s->sasl.mechanism = SASL_NONE;
    if (good)
        body_begin(p, s, kind);
    else if (is_login(kind))
        parse_refused(p, "POP3 server refuses the login", dialogue_kept(&s->user));
    if (kind == KIND_STLS) {
        s->tls = false;
        if (good && s->injected)
            parse_note(p, "POP3 commands in plain text behind STLS");
    }
    if (s->mode == MODE_STATUS)
        parse_tx(p, TX_DONE);
    if (kind == KIND_STLS && good)
        return (struct dialogue_next){.then = THEN_UPGRADE};
    s->injected = s->injected && s->tls;
    return on();
}

static void body_step(struct parse *p, struct pop3_state *s, struct cursor *in)
{
    struct span line;

    if (s->mode == MODE_MAIL) {
        if (!mail_read_dotted(p, &s->mail, in))
            return;
    } else if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line) ||
               !span_equal(line, SPAN("."))) {
        return;
    }
    s->mode = MODE_STATUS;
    parse_tx(p, TX_DONE);
}

static struct dialogue_next server_step(struct parse *p, struct cursor *in)
{
    struct pop3_state *s = p->state;
    struct span line;

    if (s->mode != MODE_STATUS) {
        body_step(p, s, in);
        return on();
    }
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line))
        return on();
    if (!is_status(line)) {
        if (!s->matched && !(s->sasl.mechanism && span_starts(line, SPAN("+"))))
            cur_fail(in);
        return on();
    }
    if (!s->heard && !p->midstream) {
        take_greeting(p, s, line);
        return on();
    }
    return status_step(p, s, line);
}

static enum parse_result pop3_parse(struct parse *p, struct cursor *in)
{
    const struct pop3_state *s = p->state;

    return dialogue_walk(p, in, p->dir == DIR_CLIENT ? client_step : server_step, &s->matched);
}

static void pop3_gap(struct parse *p, uint64_t missing)
{
    struct pop3_state *s = p->state;

    (void)missing;
    if (p->dir == DIR_SERVER && s->mode == MODE_MAIL) {
        mail_lost(&s->mail);
        return;
    }
    dialogue_forget(&s->asked);
    s->tail[p->dir] = true;
    s->sasl.mechanism = SASL_NONE;
    if (p->dir == DIR_SERVER)
        s->mode = MODE_STATUS;
}

static bool pop3_probe(enum dir from, struct span first)
{
    if (from == DIR_CLIENT)
        return dialogue_begins(first, words);
    return span_starts(SPAN("+OK"), span_first(first, 3)) ||
           span_starts(SPAN("-ERR"), span_first(first, 4));
}

static const uint16_t pop3_ports[] = {PORT, 995, 0};

const struct parser parser_pop3 = {
    .name = "pop3",
    .evidence = "greeting +OK, commands of POP3 and their answers",
    .app = APP_POP3,
    .transports = OVER_TCP,
    .first = EITHER_FIRST, /* impatient clients do not wait for the greeting */
    .ports = pop3_ports,
    .state_size = sizeof(struct pop3_state),
    .max_pending = MAIL_PENDING,
    .probe = pop3_probe,
    .parse = pop3_parse,
    .gap = pop3_gap,
};
