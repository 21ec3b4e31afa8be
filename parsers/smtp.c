/* SPDX-License-Identifier: Apache-2.0
 *
 * smtp: mail on its way (RFC 5321; LMTP, RFC 2033): commands, replies, messages after DATA and
 * BDAT.
 *
 * One transaction is what leads to one message. Replies are paired with commands in their order,
 * because only the reply tells whether a message, a response or TLS follows.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/mail.h"
#include "support/sasl.h"
#include "support/smtp_word.h"

enum { LINE_MOST = 2048, NAME_LOOK = 512 };

enum mode {
    MODE_COMMAND,
    MODE_ASKED,   /* DATA was said, not answered */
    MODE_MESSAGE, /* up to a line with a dot */
    MODE_CHUNK,   /* s->left bytes of a message */
};

struct smtp_state {
    struct mail mail;
    struct dialogue_asked asked;
    struct dialogue_text helo, user;
    struct sasl sasl; /* an exchange goes on */
    uint64_t left;
    uint8_t mode; /* enum mode, of the client's bytes */
    bool tail[2]; /* the rest of a long line is passed over */
    bool matched;
    bool heard;  /* the server */
    bool spoken; /* the client has */
    bool greeted;
    bool starttls; /* asked for, not answered */
    bool injected; /* ... and the client went on */
    bool open;     /* a transaction that leads to the next message */
    bool sender;   /* it has */
    bool chunks;   /* the message comes in chunks, and the first is there */
    bool last_chunk;
};

static void match(struct parse *p, struct smtp_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- the client's transaction ---- */

static void transaction(struct parse *p, struct smtp_state *s)
{
    if (s->open)
        return;
    parse_tx(p, TX_REQUEST);
    if (s->helo.n)
        parse_field(p, FIELD_SMTP_HELO, dialogue_kept(&s->helo));
    s->open = true;
    s->sender = false;
}

static void transaction_drop(struct parse *p, struct smtp_state *s)
{
    if (s->open)
        parse_tx(p, TX_DONE);
    s->open = false;
}

static void user_report(struct parse *p, struct smtp_state *s, uint8_t known)
{
    if (s->user.n && known == 0)
        parse_field(p, FIELD_SMTP_USER, dialogue_kept(&s->user));
}

static void take_auth(struct parse *p, struct smtp_state *s, struct span rest)
{
    struct span mechanism = dialogue_word(&rest);

    transaction(p, s);
    s->user.n = 0;
    sasl_begin(&s->sasl, mechanism);
    parse_field(p, FIELD_SMTP_MECHANISM, mechanism);
    if (rest.n)
        sasl_response64(&s->sasl, rest, &s->user);
    user_report(p, s, 0);
}

static void take_response(struct parse *p, struct smtp_state *s, struct span line)
{
    uint8_t known = s->user.n;

    sasl_response64(&s->sasl, line, &s->user);
    dialogue_ask(&s->asked, SMTP_AUTH);
    user_report(p, s, known);
}

static void take_envelope(struct parse *p, struct smtp_state *s, enum smtp_word word,
                          struct span rest)
{
    struct span path = smtp_path(rest, word);

    if (path.p == NULL)
        return;
    match(p, s, PROOF_STRONG);
    if (word == SMTP_MAIL && s->sender)
        transaction_drop(p, s);
    transaction(p, s);
    s->sender = s->sender || word == SMTP_MAIL;
    parse_field(p, word == SMTP_MAIL ? FIELD_SMTP_MAIL_FROM : FIELD_SMTP_RCPT_TO, path);
}

static void take_hello(struct parse *p, struct smtp_state *s, struct span name)
{
    dialogue_keep(&s->helo, name);
    if (!s->open)
        transaction(p, s);
    /* Who says hello unasked may have come to the wrong door. */
    match(p, s, s->greeted ? PROOF_STRONG : p->midstream ? PROOF_FAIR : PROOF_WEAK);
}

static void take_chunk(struct parse *p, struct smtp_state *s, struct cursor *in, struct span rest)
{
    struct span size = dialogue_word(&rest);

    if (!dialogue_number(size, UINT64_MAX / 20, &s->left)) {
        if (!s->matched)
            cur_fail(in);
        return;
    }
    transaction(p, s);
    s->last_chunk = span_starts_nocase(rest, SPAN("LAST"));
    if (!s->chunks)
        mail_begin(p, &s->mail, MAIL_MESSAGE);
    s->mail.more = !s->last_chunk;
    s->chunks = true;
    s->mode = MODE_CHUNK;
}

/* ---- the client ---- */

static void command_report(struct parse *p, struct smtp_state *s, struct cursor *in,
                           enum smtp_word word, struct span rest)
{
    switch (word) {
    case SMTP_EHLO:
        take_hello(p, s, span_first(rest, NAME_LOOK));
        break;
    case SMTP_MAIL:
    case SMTP_RCPT:
        take_envelope(p, s, word, rest);
        break;
    case SMTP_AUTH:
        take_auth(p, s, rest);
        break;
    case SMTP_DATA:
        transaction(p, s);
        s->mode = MODE_ASKED;
        break;
    case SMTP_BDAT:
        take_chunk(p, s, in, rest);
        break;
    case SMTP_STARTTLS:
        s->starttls = true;
        break;
    case SMTP_RSET:
    case SMTP_QUIT:
        if (s->sender || word == SMTP_QUIT)
            transaction_drop(p, s);
        s->chunks = false;
        break;
    default:
        break;
    }
}

static void command_step(struct parse *p, struct smtp_state *s, struct cursor *in)
{
    struct span line, rest;
    enum smtp_word word;

    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_CLIENT], &line))
        return;
    s->injected = s->injected || s->starttls;
    if (s->sasl.mechanism && sasl_awaits(&s->sasl, line)) {
        take_response(p, s, line);
        return;
    }
    s->sasl.mechanism = SASL_NONE;
    rest = line;
    word = smtp_word(dialogue_word(&rest));
    if (word == SMTP_NOTHING && !s->matched) {
        cur_fail(in);
        return;
    }
    if (line.n == 0)
        return;
    s->spoken = true;
    command_report(p, s, in, word, rest);
    if (word == SMTP_BDAT && s->last_chunk)
        word = SMTP_LAST;
    dialogue_ask(&s->asked, (uint8_t)word);
}

static void message_end(struct parse *p, struct smtp_state *s)
{
    mail_end(p, &s->mail);
    s->mode = MODE_COMMAND;
    s->open = s->chunks = false;
}

static void message_step(struct parse *p, struct smtp_state *s, struct cursor *in)
{
    if (!mail_read_dotted(p, &s->mail, in))
        return;
    if (s->mail.ended_bare)
        parse_note(p, "SMTP message ended by a bare line feed");
    message_end(p, s);
    dialogue_ask(&s->asked, SMTP_END);
}

static void chunk_step(struct parse *p, struct smtp_state *s, struct cursor *in)
{
    if (s->left && !mail_read_counted(p, &s->mail, in, &s->left))
        return;
    s->mode = MODE_COMMAND;
    if (s->last_chunk)
        message_end(p, s);
}

/* Not a letter where a command should begin, and TLS was asked for. */
static bool is_tls(const struct smtp_state *s, const struct cursor *in)
{
    return s->starttls && cur_peek(in) < ' ' && cur_peek(in) != '\r' && cur_peek(in) != '\n';
}

static struct dialogue_next client_step(struct parse *p, struct cursor *in)
{
    struct smtp_state *s = p->state;

    if (s->mode == MODE_COMMAND && is_tls(s, in))
        return (struct dialogue_next){.then = s->heard ? THEN_WAIT : THEN_UPGRADE};
    if (s->mode == MODE_ASKED) { /* who does not wait for the answer takes it for granted */
        mail_begin(p, &s->mail, MAIL_MESSAGE);
        s->mode = MODE_MESSAGE;
    }
    if (s->mode == MODE_MESSAGE)
        message_step(p, s, in);
    else if (s->mode == MODE_CHUNK)
        chunk_step(p, s, in);
    else
        command_step(p, s, in);
    if (in->state == CUR_OK && s->mode == MODE_CHUNK && s->left == 0)
        chunk_step(p, s, in);
    return (struct dialogue_next){.then = THEN_ON};
}

/* ---- the server ---- */

static void auth_answered(struct parse *p, struct smtp_state *s, unsigned code)
{
    if (code == 334)
        return;
    s->sasl.mechanism = SASL_NONE;
    if (code == 535 || code == 534 || code == 538 || code == 530)
        parse_refused(p, "SMTP server refuses the login", dialogue_kept(&s->user));
}

static void data_answered(struct parse *p, struct smtp_state *s, unsigned code)
{
    if (code == 354)
        return;
    if (dialogue_oldest(&s->asked) == SMTP_END)
        dialogue_forget(&s->asked); /* these were commands, and not a message */
    if (s->mode == MODE_MESSAGE)
        mail_end(p, &s->mail);
    if (s->mode != MODE_CHUNK)
        s->mode = MODE_COMMAND;
}

static void message_answered(struct parse *p, const struct dialogue_reply *r)
{
    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_SMTP_REPLY_CODE, r->code);
    parse_field(p, FIELD_SMTP_REPLY, r->text);
    parse_tx(p, TX_DONE);
}

/* Which command is answered, when the order of commands is not known. */
static enum smtp_word guess(const struct smtp_state *s, unsigned code)
{
    if (code == 220 && (s->starttls || (s->greeted && s->matched && !s->spoken)))
        return SMTP_STARTTLS;
    if (s->sasl.mechanism && (code == 334 || code == 235 || code == 535))
        return SMTP_AUTH;
    if (s->mode == MODE_ASKED && code >= 300)
        return SMTP_DATA;
    return SMTP_NOTHING;
}

static bool starttls_answered(struct parse *p, struct smtp_state *s, unsigned code)
{
    s->starttls = false;
    if (code != 220) {
        s->injected = false;
        return false;
    }
    if (s->injected)
        parse_note(p, "SMTP commands in plain text behind STARTTLS");
    return true;
}

static struct dialogue_next answered(struct parse *p, struct smtp_state *s,
                                     const struct dialogue_reply *r)
{
    enum smtp_word word = (enum smtp_word)dialogue_answer(&s->asked);

    if (word == SMTP_NOTHING)
        word = guess(s, r->code);
    switch (word) {
    case SMTP_EHLO:
        if (r->code == 250)
            match(p, s, s->greeted ? PROOF_CERTAIN : PROOF_STRONG);
        break;
    case SMTP_AUTH:
        auth_answered(p, s, r->code);
        break;
    case SMTP_DATA:
        data_answered(p, s, r->code);
        break;
    case SMTP_END:
    case SMTP_LAST:
        message_answered(p, r);
        break;
    case SMTP_MAIL:
    case SMTP_RCPT:
        if (r->code >= 500 && span_starts(r->text, SPAN("5.7.")))
            parse_refused(p, "SMTP server refuses to relay", span_of("", 0));
        break;
    case SMTP_STARTTLS:
        if (starttls_answered(p, s, r->code))
            return (struct dialogue_next){.then = THEN_UPGRADE};
        break;
    default:
        break;
    }
    return (struct dialogue_next){.then = THEN_ON};
}

/* The first reply, and what may prove a session of which only the server is seen. */
static bool take_greeting(struct parse *p, struct smtp_state *s, const struct dialogue_reply *r)
{
    bool first = !s->heard && !p->midstream;

    if (s->greeted && r->code == 250 && r->text.n && smtp_extension(r->text))
        match(p, s, PROOF_STRONG);
    if (!first || (r->code != 220 && r->code != 421 && r->code != 554))
        return false;
    s->greeted = r->code == 220;
    if (smtp_says_so(r->text))
        match(p, s, PROOF_FAIR);
    return true;
}

static struct dialogue_next server_step(struct parse *p, struct cursor *in)
{
    static const struct dialogue_next on = {.then = THEN_ON};
    struct smtp_state *s = p->state;
    struct dialogue_reply r;
    struct span line;
    bool greeting;

    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line))
        return on;
    if (!dialogue_reply(line, &r) || (!s->matched && !smtp_code(r.code))) {
        if (!s->matched)
            cur_fail(in);
        return on;
    }
    greeting = take_greeting(p, s, &r);
    if (r.more)
        return on;
    s->heard = true;
    return greeting ? on : answered(p, s, &r);
}

static enum parse_result smtp_parse(struct parse *p, struct cursor *in)
{
    const struct smtp_state *s = p->state;

    return dialogue_walk(p, in, p->dir == DIR_CLIENT ? client_step : server_step, &s->matched);
}

/* The rest of a line means nothing; in a message it is still part of it. */
static void smtp_gap(struct parse *p, uint64_t missing)
{
    struct smtp_state *s = p->state;

    dialogue_forget(&s->asked);
    if (p->dir == DIR_CLIENT && s->mode == MODE_CHUNK && s->left > missing) {
        s->left -= missing;
        mail_lost(&s->mail);
        return;
    }
    if (p->dir == DIR_CLIENT && s->mode == MODE_MESSAGE) {
        mail_lost(&s->mail);
        return;
    }
    if (p->dir == DIR_CLIENT)
        s->mode = MODE_COMMAND;
    s->tail[p->dir] = true;
}

static const uint16_t smtp_ports[] = {25, 587, 465, 2525, 24, 0};

const struct parser parser_smtp = {
    .name = "smtp",
    .evidence = "greeting 220, EHLO or HELO, answer 250; MAIL FROM and RCPT TO",
    .app = APP_SMTP,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = smtp_ports,
    .state_size = sizeof(struct smtp_state),
    .max_pending = MAIL_PENDING,
    .midstream = true,
    .probe = smtp_probe,
    .parse = smtp_parse,
    .gap = smtp_gap,
};
