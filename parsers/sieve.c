/* SPDX-License-Identifier: Apache-2.0
 *
 * sieve: scripts on a mail server are managed (RFC 5804). Every command is a transaction.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/imap_line.h"
#include "support/sasl.h"

enum { LINE_MOST = 2048, PENDING_MOST = 4096, WORD_LOOK = 16 };

enum kind { KIND_NOTHING, KIND_TLS, KIND_LOGIN, KIND_SCRIPT, KIND_OTHER };

struct sieve_state {
    struct dialogue_asked asked;
    struct dialogue_text user;
    struct sasl sasl;
    uint64_t left[2]; /* of a literal */
    bool tail[2];
    bool goes_on; /* a literal stood in the client's line: this is the rest of it */
    bool matched;
    bool greeted; /* all of the greeting was seen */
    bool named;   /* ... and it told the implementation */
    bool tls;     /* STARTTLS was said, not answered */
    bool injected;
};

static const char *const words[] = {"STARTTLS",     "AUTHENTICATE",   "PUTSCRIPT",  "GETSCRIPT",
                                    "DELETESCRIPT", "SETACTIVE",      "HAVESPACE",  "RENAMESCRIPT",
                                    "CHECKSCRIPT",  "LISTSCRIPTS",    "CAPABILITY", "NOOP",
                                    "LOGOUT",       "UNAUTHENTICATE", NULL};

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct sieve_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- the client ---- */

static void take_response(struct parse *p, struct sieve_state *s, struct span text)
{
    uint8_t known = s->user.n;

    sasl_response64(&s->sasl, text, &s->user);
    if (s->user.n && known == 0)
        parse_field(p, FIELD_SIEVE_USER, dialogue_kept(&s->user));
}

static enum kind take_arguments(struct parse *p, struct sieve_state *s, int word, struct span rest)
{
    struct span first = imap_argument(&rest), second;

    if (word == 0) {
        s->tls = true;
        return KIND_TLS;
    }
    if (word == 1) {
        s->user.n = 0;
        sasl_begin(&s->sasl, first);
        parse_field(p, FIELD_SIEVE_MECHANISM, first);
        second = imap_argument(&rest);
        if (second.n)
            take_response(p, s, second);
        return KIND_LOGIN;
    }
    if (word > 7 || first.n == 0)
        return KIND_OTHER;
    parse_field(p, FIELD_SIEVE_SCRIPT, first);
    return KIND_SCRIPT;
}

static void take_command(struct parse *p, struct sieve_state *s, struct cursor *in,
                         struct span line)
{
    struct span rest = line, name = dialogue_word(&rest);
    int word = dialogue_find(name, words);
    enum kind kind;

    if (word < 0) {
        if (!s->matched)
            cur_fail(in);
        return;
    }
    match(p, s, s->named ? PROOF_STRONG : PROOF_FAIR);
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_SIEVE_COMMAND, span_first(name, WORD_LOOK));
    kind = take_arguments(p, s, word, rest);
    dialogue_ask(&s->asked, (uint8_t)kind);
    if (s->asked.lost)
        parse_tx(p, TX_DONE);
}

static struct dialogue_next client_step(struct parse *p, struct cursor *in)
{
    struct sieve_state *s = p->state;
    struct span line, text;
    bool rest;

    if (s->tls && cur_peek(in) < ' ' && cur_peek(in) != '\r' && cur_peek(in) != '\n')
        return (struct dialogue_next){.then = s->greeted ? THEN_WAIT : THEN_UPGRADE};
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_CLIENT], &line))
        return on();
    s->injected = s->injected || s->tls;
    text = line;
    text = imap_argument(&text);
    rest = s->goes_on;
    s->goes_on = imap_literal(line, &s->left[DIR_CLIENT]);
    if (!rest && s->sasl.mechanism && sasl_awaits(&s->sasl, text))
        take_response(p, s, text);
    else if (!rest && line.n)
        take_command(p, s, in, line);
    if (in->state != CUR_OK || !s->goes_on || s->left[DIR_CLIENT] == 0)
        return on();
    return (struct dialogue_next){
        .then = THEN_PASS, .n = s->left[DIR_CLIENT], .part = BUFFER_WHOLE};
}

/* ---- the server ---- */

static struct dialogue_next answered(struct parse *p, struct sieve_state *s, const char *status)
{
    enum kind kind = (enum kind)dialogue_answer(&s->asked);
    bool good = status[0] == 'O';

    if (kind == KIND_NOTHING)
        return on();
    match(p, s, s->named ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_REPLY);
    parse_text(p, FIELD_SIEVE_STATUS, status);
    parse_tx(p, TX_DONE);
    if (kind == KIND_LOGIN) {
        s->sasl.mechanism = SASL_NONE;
        if (!good)
            parse_refused(p, "Sieve server refuses the login", dialogue_kept(&s->user));
    }
    if (kind != KIND_TLS)
        return on();
    s->tls = false;
    if (good && s->injected)
        parse_note(p, "Sieve commands in plain text behind STARTTLS");
    s->injected = false;
    return good ? (struct dialogue_next){.then = THEN_UPGRADE} : on();
}

/* Capabilities, each a line of strings, then a status: the greeting. */
static void take_greeting(struct parse *p, struct sieve_state *s, struct cursor *in,
                          struct span line, int status)
{
    struct span key = imap_argument(&line);

    if (status >= 0 && s->named) {
        s->greeted = true;
        parse_tx(p, TX_DONE);
        return;
    }
    if (span_equal_nocase(key, SPAN("IMPLEMENTATION"))) {
        s->named = true;
        match(p, s, PROOF_STRONG);
        parse_tx(p, TX_REPLY);
        parse_field(p, FIELD_SIEVE_IMPLEMENTATION, imap_argument(&line));
    } else if (!s->named) {
        cur_fail(in);
    }
}

static struct dialogue_next server_step(struct parse *p, struct cursor *in)
{
    static const char *const statuses[] = {"OK", "NO", "BYE", NULL};
    struct sieve_state *s = p->state;
    struct span line, rest;
    int status;

    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line))
        return on();
    rest = line;
    status = dialogue_find(dialogue_word(&rest), statuses);
    if (!s->greeted)
        take_greeting(p, s, in, line, status);
    else if (status >= 0)
        return answered(p, s, statuses[status]);
    if (in->state == CUR_OK && imap_literal(line, &s->left[DIR_SERVER]) && s->left[DIR_SERVER])
        return (struct dialogue_next){
            .then = THEN_PASS, .n = s->left[DIR_SERVER], .part = BUFFER_WHOLE};
    return on();
}

static enum parse_result sieve_parse(struct parse *p, struct cursor *in)
{
    const struct sieve_state *s = p->state;

    return dialogue_walk(p, in, p->dir == DIR_CLIENT ? client_step : server_step, &s->matched);
}

static void sieve_gap(struct parse *p, uint64_t missing)
{
    struct sieve_state *s = p->state;

    (void)missing;
    dialogue_forget(&s->asked);
    s->tail[p->dir] = true;
    s->goes_on = false;
}

static bool sieve_probe(enum dir from, struct span first)
{
    static const char *const greeting[] = {"\"IMPLEMENTATION\"", NULL};

    return dialogue_begins(first, from == DIR_CLIENT ? words : greeting);
}

static const uint16_t sieve_ports[] = {4190, 2000, 0};

const struct parser parser_sieve = {
    .name = "sieve",
    .evidence = "greeting with the implementation, commands and their answers",
    .app = APP_SIEVE,
    .transports = OVER_TCP,
    .first = SERVER_FIRST,
    .ports = sieve_ports,
    .state_size = sizeof(struct sieve_state),
    .max_pending = PENDING_MOST,
    .probe = sieve_probe,
    .parse = sieve_parse,
    .gap = sieve_gap,
};
