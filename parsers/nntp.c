/* SPDX-License-Identifier: Apache-2.0
 *
 * nntp: news (RFC 3977, TLS as in RFC 4642, RFC 4643). Every command is a transaction; articles are
 * read as mail.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/mail.h"

enum { LINE_MOST = 1024, WORD_LOOK = 16 };

enum kind {
    KIND_NOTHING,
    KIND_POST, /* POST and IHAVE: an article follows when the server wants it */
    KIND_TAKE, /* TAKETHIS: an article follows at once */
    KIND_LIST, /* LISTGROUP: its 211 is followed by lines */
    KIND_TLS,
    KIND_LOGIN,
    KIND_OWN, /* few other protocols have it */
    KIND_COMMON,
};

enum mode { MODE_LINE, MODE_LINES, MODE_ARTICLE };

struct nntp_state {
    struct mail mail;
    struct dialogue_asked asked;
    struct dialogue_text user;
    uint8_t mode[2]; /* enum mode */
    bool tail[2];
    bool matched;
    bool heard;
    bool greeted;
    bool own; /* a command that few other protocols have */
    bool tls; /* STARTTLS was said, not answered */
    bool injected;
};

static const char *const words[] = {
    "POST",    "IHAVE", "TAKETHIS", "LISTGROUP",    "STARTTLS", "AUTHINFO", "GROUP",    "ARTICLE",
    "HEAD",    "BODY",  "NEXT",     "CAPABILITIES", "XOVER",    "OVER",     "XHDR",     "HDR",
    "NEWNEWS", "CHECK", "XPAT",     "NEWGROUPS",    "MODE",     "SLAVE",    "XFEATURE", "XGTITLE",
    "LIST",    "STAT",  "LAST",     "DATE",         "HELP",     "QUIT",     "COMPRESS", NULL,
};

enum { LAST_OWN = 23 }; /* place in the list */

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct nntp_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

static enum kind kind_of(struct span name)
{
    static const uint8_t first[] = {KIND_POST, KIND_POST, KIND_TAKE,
                                    KIND_LIST, KIND_TLS,  KIND_LOGIN};
    int i = dialogue_find(name, words);

    if (i < 0)
        return KIND_NOTHING;
    if ((size_t)i < sizeof(first))
        return (enum kind)first[i];
    return i <= LAST_OWN ? KIND_OWN : KIND_COMMON;
}

/* ---- the client ---- */

static void article_begin(struct parse *p, struct nntp_state *s, enum dir dir, enum mail_form form)
{
    mail_begin(p, &s->mail, form);
    s->mode[dir] = MODE_ARTICLE;
}

/* AUTHINFO USER name, AUTHINFO PASS secret, AUTHINFO SASL mechanism. */
static void take_login(struct parse *p, struct nntp_state *s, struct span rest)
{
    struct span how = dialogue_word(&rest);

    parse_field(p, FIELD_NNTP_ARGUMENT, how);
    if (!span_equal_nocase(how, SPAN("USER")))
        return;
    dialogue_keep(&s->user, rest);
    parse_field(p, FIELD_NNTP_USER, rest);
}

static void judge(struct parse *p, struct nntp_state *s, enum kind kind)
{
    bool before = s->own;

    if (kind == KIND_NOTHING || kind == KIND_COMMON || kind == KIND_POST || kind == KIND_TLS)
        return;
    s->own = true;
    if (s->greeted)
        match(p, s, PROOF_STRONG);
    else if (before)
        match(p, s, PROOF_FAIR);
}

static void take_command(struct parse *p, struct nntp_state *s, struct cursor *in, struct span line)
{
    struct span name = dialogue_word(&line);
    enum kind kind = kind_of(name);

    if (kind == KIND_NOTHING && !s->matched)
        cur_fail(in);
    if (in->state != CUR_OK || name.n == 0)
        return;
    judge(p, s, kind);
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_NNTP_COMMAND, span_first(name, WORD_LOOK));
    if (kind == KIND_LOGIN)
        take_login(p, s, line);
    else if (line.n)
        parse_field(p, FIELD_NNTP_ARGUMENT, line);
    if (kind == KIND_TAKE)
        article_begin(p, s, DIR_CLIENT, MAIL_MESSAGE);
    s->tls = s->tls || kind == KIND_TLS;
    dialogue_ask(&s->asked, (uint8_t)(kind == KIND_NOTHING ? KIND_COMMON : kind));
    if (s->asked.lost)
        parse_tx(p, TX_DONE);
}

static struct dialogue_next client_step(struct parse *p, struct cursor *in)
{
    struct nntp_state *s = p->state;
    struct span line;

    if (s->mode[DIR_CLIENT] == MODE_ARTICLE) {
        if (mail_read_dotted(p, &s->mail, in)) {
            s->mode[DIR_CLIENT] = MODE_LINE;
            dialogue_ask(&s->asked, KIND_OWN); /* 240 or 441 */
        }
        return on();
    }
    if (s->tls && cur_peek(in) < ' ' && cur_peek(in) != '\r' && cur_peek(in) != '\n')
        return (struct dialogue_next){.then = s->heard ? THEN_WAIT : THEN_UPGRADE};
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_CLIENT], &line))
        return on();
    s->injected = s->injected || s->tls;
    take_command(p, s, in, line);
    return on();
}

/* ---- the server ---- */

/* Which answers have lines behind them (RFC 3977 section 3.2). */
static enum mode body_of(unsigned code, enum kind kind)
{
    static const uint16_t lines[] = {100, 101, 215, 218, 224, 225, 230, 231, 282, 0};

    if (code == 220 || code == 221 || code == 222)
        return MODE_ARTICLE;
    for (int i = 0; lines[i]; i++)
        if (lines[i] == code)
            return MODE_LINES;
    return code == 211 && kind == KIND_LIST ? MODE_LINES : MODE_LINE;
}

static void refusals(struct parse *p, const struct nntp_state *s, unsigned code)
{
    if (code == 481 || code == 482)
        parse_refused(p, "NNTP server refuses the login", dialogue_kept(&s->user));
    else if (code == 480 || code == 502)
        parse_refused(p, "NNTP server refuses access", dialogue_kept(&s->user));
}

static struct dialogue_next answered(struct parse *p, struct nntp_state *s,
                                     const struct dialogue_reply *r)
{
    enum kind kind = (enum kind)dialogue_answer(&s->asked);

    if (kind && s->own)
        match(p, s, s->greeted ? PROOF_CERTAIN : PROOF_STRONG);
    if (kind) {
        parse_tx(p, TX_REPLY);
        parse_uint(p, FIELD_NNTP_CODE, r->code);
        if (r->text.n)
            parse_field(p, FIELD_NNTP_REPLY, r->text);
    }
    refusals(p, s, r->code);
    s->mode[DIR_SERVER] = (uint8_t)body_of(r->code, kind);
    if (s->mode[DIR_SERVER] == MODE_ARTICLE)
        article_begin(p, s, DIR_SERVER, r->code == 222 ? MAIL_TEXT : MAIL_MESSAGE);
    else if (s->mode[DIR_SERVER] == MODE_LINE && kind)
        parse_tx(p, TX_DONE);
    if (r->code == 340 || r->code == 335)
        article_begin(p, s, DIR_CLIENT, MAIL_MESSAGE);
    if (s->tls && kind == KIND_TLS) {
        s->tls = false;
        if (r->code != 382)
            s->injected = false;
    }
    if (r->code != 382 || !s->matched)
        return on();
    if (s->injected)
        parse_note(p, "NNTP commands in plain text behind STARTTLS");
    return (struct dialogue_next){.then = THEN_UPGRADE};
}

static void body_step(struct parse *p, struct nntp_state *s, struct cursor *in)
{
    struct span line;

    if (s->mode[DIR_SERVER] == MODE_ARTICLE) {
        if (!mail_read_dotted(p, &s->mail, in))
            return;
    } else if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line) ||
               !span_equal(line, SPAN("."))) {
        return;
    }
    s->mode[DIR_SERVER] = MODE_LINE;
    parse_tx(p, TX_DONE);
}

static struct dialogue_next server_step(struct parse *p, struct cursor *in)
{
    struct nntp_state *s = p->state;
    struct dialogue_reply r;
    struct span line;
    bool first = !s->heard && !p->midstream;

    if (s->mode[DIR_SERVER] != MODE_LINE) {
        body_step(p, s, in);
        return on();
    }
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line))
        return on();
    if (!dialogue_reply(line, &r) || r.more || (first && r.code != 200 && r.code != 201)) {
        if (!s->matched)
            cur_fail(in);
        return on();
    }
    s->heard = true;
    if (!first)
        return answered(p, s, &r);
    s->greeted = true;
    return on();
}

static enum parse_result nntp_parse(struct parse *p, struct cursor *in)
{
    const struct nntp_state *s = p->state;

    return dialogue_walk(p, in, p->dir == DIR_CLIENT ? client_step : server_step, &s->matched);
}

static void nntp_gap(struct parse *p, uint64_t missing)
{
    struct nntp_state *s = p->state;

    (void)missing;
    if (s->mode[p->dir] == MODE_ARTICLE) {
        mail_lost(&s->mail);
        return;
    }
    dialogue_forget(&s->asked);
    s->tail[p->dir] = true;
    s->mode[p->dir] = MODE_LINE;
}

static bool nntp_probe(enum dir from, struct span first)
{
    if (from == DIR_CLIENT)
        return dialogue_begins(first, words);
    return span_starts(SPAN("200"), span_first(first, 3)) ||
           span_starts(SPAN("201"), span_first(first, 3));
}

static const uint16_t nntp_ports[] = {119, 563, 433, 0};

const struct parser parser_nntp = {
    .name = "nntp",
    .evidence = "greeting 200 or 201, commands of NNTP and replies with their codes",
    .app = APP_NNTP,
    .transports = OVER_TCP,
    .first = SERVER_FIRST,
    .ports = nntp_ports,
    .state_size = sizeof(struct nntp_state),
    .max_pending = MAIL_PENDING,
    .probe = nntp_probe,
    .parse = nntp_parse,
    .gap = nntp_gap,
};
