/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp: the control connection (RFC 959, TLS as in RFC 4217, RFC 2428). Every command is a
 * transaction with its replies. Files travel in other sessions; what is said here about them lets
 * the engine expect those.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/ftp_word.h"

enum {
    PORT = 21,
    LINE_MOST = 2048,
    PENDING_MOST = 4096,
    DATA_LOOK = 1024,
    WORD_LOOK = 16,
    REPLY_LINES = 16,
    EXPECT_SECONDS = 30,
    IAC = 0xf0, /* telnet commands begin with bytes from here on */
};

extern const struct parser parser_ftp_data;

struct ftp_state {
    struct dialogue_asked asked;
    struct dialogue_text user;
    uint16_t multi; /* code of a reply whose last line has not come */
    uint8_t lines;  /* of this reply */
    uint8_t own;    /* commands that few others have */
    uint8_t word;   /* enum ftp_word: what the present reply answers */
    bool replying;  /* a preliminary reply came: the next one is of the same command */
    bool tail[2];
    bool matched;
    bool heard; /* the server */
    bool greeted;
    bool spoken; /* the client has, and in words of FTP */
    bool tls;    /* AUTH was said, not answered */
    bool injected;
};

static void match(struct parse *p, struct ftp_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

/* ---- data connections ---- */

static void expect(struct parse *p, enum dir opener, uint16_t port)
{
    parse_expect(p, &(struct announce){.parser = &parser_ftp_data,
                                       .app = APP_FTP_DATA,
                                       .opener = opener,
                                       .transport = OVER_TCP,
                                       .port = port,
                                       .port_of = opener == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT,
                                       .seconds = EXPECT_SECONDS});
}

/* Does the message name the address of another than its sender? */
static bool is_foreign(struct parse *p, const struct ftp_end *end)
{
    struct ipaddr own = parse_addr(p, p->dir);

    return end->addr.family && !ipaddr_equal(&end->addr, &own);
}

static void note_foreign(struct parse *p, const char *text, const struct ftp_end *end)
{
    char name[IPADDR_TEXT];
    size_t n = ipaddr_text(&end->addr, name);

    parse_note_value(p, text, span_of(name, n));
}

static void report_end(struct parse *p, const struct ftp_end *end, const char *mode)
{
    parse_uint(p, FIELD_FTP_DYNAMIC_PORT, end->port);
    parse_text(p, FIELD_FTP_MODE, mode);
}

static void take_port(struct parse *p, enum ftp_word word, struct span rest)
{
    struct ftp_end end;
    bool good = word == FTP_PORT ? ftp_end_port(rest, &end) : ftp_end_extended(rest, &end);

    if (!good)
        return;
    report_end(p, &end, "active");
    if (is_foreign(p, &end))
        note_foreign(p, "FTP client names another address for data", &end);
    else /* some servers connect before they answer */
        expect(p, DIR_SERVER, end.port);
}

static void take_passive(struct parse *p, struct ftp_state *s, unsigned code, struct span text)
{
    struct ftp_end end;
    bool good = code == 227 ? ftp_end_port(text, &end) : ftp_end_extended(text, &end);

    if (!good)
        return;
    match(p, s, s->heard && s->spoken ? PROOF_CERTAIN : PROOF_STRONG);
    report_end(p, &end, "passive");
    if (is_foreign(p, &end))
        note_foreign(p, "FTP server names another address for data", &end);
    expect(p, DIR_CLIENT, end.port);
}

/* ---- the client ---- */

static bool is_tls_word(struct span rest)
{
    return span_starts_nocase(rest, SPAN("TLS")) || span_starts_nocase(rest, SPAN("SSL"));
}

/* How much this command says about the protocol. */
static void judge(struct parse *p, struct ftp_state *s, enum ftp_word word, struct span rest)
{
    bool named = word == FTP_USER || word == FTP_OWN || (word == FTP_AUTH && is_tls_word(rest));

    if (word >= FTP_PORT && word <= FTP_OWN && s->own < UINT8_MAX)
        s->own++;
    s->spoken = s->spoken || named || s->own;
    if (s->own > 1)
        match(p, s, PROOF_STRONG);
    else if ((s->greeted && (named || s->own)) || (word == FTP_FILE && rest.n) ||
             p->server_port == PORT)
        match(p, s, PROOF_FAIR);
}

static void take_command(struct parse *p, struct ftp_state *s, enum ftp_word word, struct span name,
                         struct span rest)
{
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_FTP_COMMAND, span_first(name, WORD_LOOK));
    if (rest.n && word != FTP_PASS)
        parse_field(p, FIELD_FTP_COMMAND_DATA, span_first(rest, DATA_LOOK));
    switch (word) {
    case FTP_USER:
        dialogue_keep(&s->user, rest);
        parse_field(p, FIELD_FTP_USER, rest);
        break;
    case FTP_AUTH:
        s->tls = is_tls_word(rest);
        break;
    case FTP_PORT:
    case FTP_EPRT:
        take_port(p, word, rest);
        break;
    default:
        break;
    }
    if (s->asked.lost)
        parse_tx(p, TX_DONE);
}

static struct dialogue_next client_step(struct parse *p, struct cursor *in)
{
    struct ftp_state *s = p->state;
    struct span rest, name;
    enum ftp_word word;

    if (s->tls && cur_peek(in) < ' ' && cur_peek(in) != '\r' && cur_peek(in) != '\n')
        return (struct dialogue_next){.then = s->heard ? THEN_WAIT : THEN_UPGRADE};
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_CLIENT], &rest))
        return on();
    while (rest.n && rest.p[0] >= IAC)
        rest = span_from(rest, 1);
    s->injected = s->injected || s->tls;
    name = dialogue_word(&rest);
    word = ftp_word(name);
    if (word == FTP_NOTHING && !s->matched) {
        cur_fail(in);
        return on();
    }
    if (name.n == 0)
        return on();
    judge(p, s, word, rest);
    dialogue_ask(&s->asked, (uint8_t)(word == FTP_NOTHING ? FTP_COMMON : word));
    take_command(p, s, word, name, rest);
    return on();
}

/* ---- the server ---- */

static void greet(struct parse *p, struct ftp_state *s, const struct dialogue_reply *r)
{
    if (r->code != 220 && r->code != 120)
        return;
    s->greeted = true;
    if (ftp_says_so(r->text))
        match(p, s, PROOF_FAIR);
}

static void prove(struct parse *p, struct ftp_state *s, unsigned code)
{
    if (s->spoken && s->word)
        match(p, s, s->greeted ? PROOF_CERTAIN : PROOF_STRONG);
    else if (s->greeted && ftp_code_own(code))
        match(p, s, PROOF_STRONG);
}

/* What the reply, now complete, changes. */
static struct dialogue_next answered(struct parse *p, struct ftp_state *s,
                                     const struct dialogue_reply *r)
{
    prove(p, s, r->code);
    if (r->code == 227 || r->code == 229)
        take_passive(p, s, r->code, r->text);
    if (r->code == 530 || r->code == 430)
        parse_refused(p, "FTP server refuses the login", dialogue_kept(&s->user));
    if (r->code == 234 && s->matched) {
        if (s->injected)
            parse_note(p, "FTP commands in plain text behind AUTH");
        return (struct dialogue_next){.then = THEN_UPGRADE};
    }
    if (s->word == FTP_AUTH)
        s->tls = s->injected = false;
    return on();
}

/* The first line of a reply: whose is it? */
static void reply_begin(struct parse *p, struct ftp_state *s, unsigned code)
{
    bool greeting = !s->heard && !p->midstream && (code == 220 || code == 120 || code == 421);

    if (s->replying)
        return;
    s->word = greeting ? FTP_NOTHING : dialogue_oldest(&s->asked);
    if (greeting || (s->word && !s->asked.lost))
        parse_tx(p, TX_REPLY);
}

static void reply_text(struct parse *p, struct ftp_state *s, struct span text)
{
    if (s->lines < REPLY_LINES && text.n && (s->word || !s->heard))
        parse_field(p, FIELD_FTP_REPLY, text);
    if (s->lines < UINT8_MAX)
        s->lines++;
}

static struct dialogue_next reply_end(struct parse *p, struct ftp_state *s,
                                      const struct dialogue_reply *r)
{
    struct dialogue_next next;
    bool greeting = !s->word && !s->heard;

    if (s->word || greeting)
        parse_uint(p, FIELD_FTP_COMPLETION_CODE, r->code);
    if (greeting && !p->midstream)
        greet(p, s, r);
    next = answered(p, s, r);
    s->multi = s->lines = 0;
    s->replying = r->code < 200;
    if (s->replying)
        return next;
    s->heard = true;
    if (s->word)
        (void)dialogue_answer(&s->asked);
    if (s->word || greeting)
        parse_tx(p, TX_DONE);
    return next;
}

static struct dialogue_next server_step(struct parse *p, struct cursor *in)
{
    struct ftp_state *s = p->state;
    struct dialogue_reply r;
    struct span line;
    bool coded;

    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line))
        return on();
    coded = dialogue_reply(line, &r);
    if (!s->multi && !s->matched && (!coded || !ftp_code(r.code)))
        cur_fail(in);
    if ((!s->multi && !coded) || in->state != CUR_OK)
        return on();
    if (!s->multi)
        reply_begin(p, s, r.code);
    if (coded && !r.more && (!s->multi || s->multi == r.code)) {
        reply_text(p, s, r.text);
        return reply_end(p, s, &r);
    }
    if (!s->multi)
        s->multi = (uint16_t)r.code;
    reply_text(p, s, coded ? r.text : span_trim(line));
    return on();
}

static enum parse_result ftp_parse(struct parse *p, struct cursor *in)
{
    const struct ftp_state *s = p->state;

    return dialogue_walk(p, in, p->dir == DIR_CLIENT ? client_step : server_step, &s->matched);
}

static void ftp_gap(struct parse *p, uint64_t missing)
{
    struct ftp_state *s = p->state;

    (void)missing;
    dialogue_forget(&s->asked);
    s->tail[p->dir] = true;
    s->replying = false;
    s->multi = 0;
}

static const uint16_t ftp_ports[] = {PORT, 2121, 990, 0};

const struct parser parser_ftp = {
    .name = "ftp",
    .evidence = "greeting 220, commands of FTP and replies with their codes",
    .app = APP_FTP,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = ftp_ports,
    .state_size = sizeof(struct ftp_state),
    .max_pending = PENDING_MOST,
    .midstream = true,
    .probe = ftp_probe,
    .parse = ftp_parse,
    .gap = ftp_gap,
};
