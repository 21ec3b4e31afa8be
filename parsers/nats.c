/* SPDX-License-Identifier: Apache-2.0
 *
 * nats: NATS clients, and the routes between servers. A control line, perhaps a payload:
 *
 *     INFO {json}    the server first             CONNECT {json}
 *     PUB subject [reply] size                    MSG subject sid [reply] size
 *     HPUB subject [reply] headers size           HMSG subject sid [reply] headers size
 *     SUB subject [queue] sid    UNSUB sid [max]  PING  PONG  +OK  -ERR 'text'
 */
#include "parser/parser.h"
#include "support/bodies.h"
#include "support/json_member.h"

enum {
    LINE_MOST = 32 << 10, /* INFO lists all servers */
    WORDS_MOST = 7,
    SIZE_MOST = 64 << 20,
    DIGITS = 9,
    WHO_MAX = 48,
    VERB_MAX = 8,
};

enum expects { LINE, BODY, END };

enum { FROM_CLIENT = 1, FROM_SERVER = 2, FROM_BOTH = 3 };
enum kind { INFO, CONNECT, PUBLISH, DELIVER, ROUTED, SUBSCRIBE, UNSUBSCRIBE, PING, GOOD, BAD };

static const struct verb {
    const char *name;
    uint8_t from, kind;
    bool headers; /* their size stands in front of the other one */
} verbs[] = {
    {"INFO", FROM_BOTH, INFO, false},       {"CONNECT", FROM_BOTH, CONNECT, false},
    {"PUB", FROM_CLIENT, PUBLISH, false},   {"HPUB", FROM_CLIENT, PUBLISH, true},
    {"MSG", FROM_SERVER, DELIVER, false},   {"HMSG", FROM_BOTH, DELIVER, true},
    {"RMSG", FROM_BOTH, ROUTED, false},     {"LMSG", FROM_BOTH, ROUTED, false},
    {"SUB", FROM_CLIENT, SUBSCRIBE, false}, {"RS+", FROM_BOTH, SUBSCRIBE, false},
    {"LS+", FROM_BOTH, SUBSCRIBE, false},   {"UNSUB", FROM_CLIENT, UNSUBSCRIBE, false},
    {"RS-", FROM_BOTH, UNSUBSCRIBE, false}, {"LS-", FROM_BOTH, UNSUBSCRIBE, false},
    {"A+", FROM_BOTH, GOOD, false},         {"A-", FROM_BOTH, GOOD, false},
    {"PING", FROM_BOTH, PING, false},       {"PONG", FROM_BOTH, PING, false},
    {"+OK", FROM_BOTH, GOOD, false},        {"-ERR", FROM_BOTH, BAD, false},
};

enum login { LOGIN_NONE, LOGIN_OPEN, LOGIN_ASKED, LOGIN_DONE };

struct nats_state {
    uint32_t body[2];
    uint8_t expects[2]; /* enum expects */
    uint8_t login;      /* enum login */
    uint8_t messages;   /* with a subject, seen before a proof */
    uint8_t who_len;
    char who[WHO_MAX];
    bool matched;
    bool info;
    bool lost[2]; /* no line boundary known */
};

struct line {
    const struct verb *verb;
    struct span rest; /* behind the verb */
    struct span word[WORDS_MOST];
    unsigned words;
    uint32_t size, headers;
};

static const struct verb *verb_find(enum dir from, struct span name)
{
    unsigned sender = from == DIR_CLIENT ? FROM_CLIENT : FROM_SERVER;

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if ((verbs[i].from & sender) && span_equal_nocase(name, span_text(verbs[i].name)))
            return &verbs[i];
    return NULL;
}

static size_t blank_index(struct span s)
{
    size_t i = 0;

    while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
        i++;
    return i;
}

static uint32_t number_read(struct cursor *in, struct span digits)
{
    uint32_t value = 0;

    if (digits.n == 0 || digits.n > DIGITS)
        cur_fail(in);
    for (size_t i = 0; i < digits.n && i < DIGITS; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            cur_fail(in);
        value = value * 10 + digits.p[i] - '0';
    }
    return value;
}

static void words_read(struct cursor *in, struct line *l)
{
    struct span rest = span_trim(l->rest);

    while (rest.n) {
        size_t n = blank_index(rest);

        if (l->words == WORDS_MOST || !span_printable(span_first(rest, n))) {
            cur_fail(in);
            return;
        }
        l->word[l->words++] = span_first(rest, n);
        rest = span_trim(span_from(rest, n));
    }
}

/* The sizes at the end of the line. */
static void sizes_read(struct cursor *in, struct line *l, unsigned least, unsigned most)
{
    unsigned sizes = l->verb->headers ? 2 : 1;

    if (l->words < least + sizes || l->words > most + sizes) {
        cur_fail(in);
        return;
    }
    l->size = number_read(in, l->word[l->words - 1]);
    l->headers = sizes == 2 ? number_read(in, l->word[l->words - 2]) : 0;
    l->words -= sizes;
    if (l->size > SIZE_MOST || l->headers > l->size)
        cur_fail(in);
}

static void arguments_read(struct cursor *in, struct line *l)
{
    switch ((enum kind)l->verb->kind) {
    case INFO:
    case CONNECT:
        l->rest = span_trim(l->rest);
        if (l->rest.n < 2 || l->rest.p[0] != '{' || l->rest.p[l->rest.n - 1] != '}')
            cur_fail(in);
        break;
    case PUBLISH:
        words_read(in, l);
        sizes_read(in, l, 1, 2);
        break;
    case DELIVER:
        words_read(in, l);
        sizes_read(in, l, 2, 4);
        break;
    case ROUTED:
        words_read(in, l);
        sizes_read(in, l, 2, WORDS_MOST - 1);
        break;
    case SUBSCRIBE:
        words_read(in, l);
        if (l->words < 2 || l->words > 4)
            cur_fail(in);
        break;
    case UNSUBSCRIBE:
        words_read(in, l);
        if (l->words < 1 || l->words > 3)
            cur_fail(in);
        break;
    case PING:
        if (span_trim(l->rest).n)
            cur_fail(in);
        break;
    case GOOD:
    case BAD:
        break;
    }
}

static void line_read(struct cursor *in, enum dir from, struct line *l)
{
    struct cursor at = *in;
    struct span text = cur_line(&at, LINE_MOST);
    size_t n = blank_index(text);

    *l = (struct line){.verb = verb_find(from, span_first(text, n)), .rest = span_from(text, n)};
    if (at.state == CUR_OK && l->verb == NULL)
        cur_fail(&at);
    if (at.state == CUR_OK)
        arguments_read(&at, l);
    *in = at;
}

static void tell(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

/* ---- the login ---- */

struct wanted {
    struct span key;
    enum field field;
};

static bool login_begin(struct parse *p, struct nats_state *s)
{
    if (s->login == LOGIN_DONE)
        return false;
    if (s->login == LOGIN_NONE)
        s->login = LOGIN_OPEN;
    parse_tx(p, TX_BOTH);
    return true;
}

static void login_end(struct parse *p, struct nats_state *s)
{
    if (s->login == LOGIN_OPEN || s->login == LOGIN_ASKED) {
        parse_tx(p, TX_BOTH);
        parse_tx(p, TX_DONE);
    }
    s->login = LOGIN_DONE;
}

static void members_tell(struct parse *p, struct cursor in, const struct wanted *wanted, size_t n)
{
    struct span key, value;

    while (json_next(&in, &key, &value))
        for (size_t i = 0; i < n; i++)
            if (span_equal(key, wanted[i].key))
                tell(p, wanted[i].field, value);
}

static struct span member_find(struct cursor in, struct span name)
{
    struct span key, value;

    while (json_next(&in, &key, &value))
        if (span_equal(key, name))
            return value;
    return span_of(in.pos, 0);
}

static struct cursor members_of(const struct line *l)
{
    return cur_of(span_from(l->rest, 1));
}

static void info_read(struct parse *p, struct nats_state *s, struct cursor *in,
                      const struct line *l)
{
    const struct wanted wanted[] = {{SPAN("server_name"), FIELD_NATS_SERVER},
                                    {SPAN("server_id"), FIELD_NATS_SERVER_ID},
                                    {SPAN("version"), FIELD_NATS_SERVER_VERSION}};

    if (member_find(members_of(l), SPAN("server_id")).n == 0) {
        cur_fail(in);
        return;
    }
    parse_proof(p, PROOF_CERTAIN);
    s->matched = true;
    if (p->dir == DIR_SERVER && !s->info && login_begin(p, s))
        members_tell(p, members_of(l), wanted, sizeof(wanted) / sizeof(wanted[0]));
    s->info = true;
}

static void connect_read(struct parse *p, struct nats_state *s, struct cursor *in,
                         const struct line *l)
{
    const struct wanted wanted[] = {{SPAN("name"), FIELD_NATS_CLIENT},
                                    {SPAN("lang"), FIELD_NATS_LANGUAGE},
                                    {SPAN("version"), FIELD_NATS_CLIENT_VERSION},
                                    {SPAN("user"), FIELD_NATS_USER}};
    struct cursor members = members_of(l);
    struct span who = member_find(members, SPAN("user"));

    if (!s->matched && member_find(members, SPAN("verbose")).n == 0 &&
        member_find(members, SPAN("lang")).n == 0) {
        cur_fail(in);
        return;
    }
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
    if (login_begin(p, s)) {
        members_tell(p, members, wanted, sizeof(wanted) / sizeof(wanted[0]));
        s->login = LOGIN_ASKED;
    }
    who = span_first(who, WHO_MAX);
    s->who_len = (uint8_t)who.n;
    if (who.n)
        memcpy(s->who, who.p, who.n);
}

/* ---- the rest ---- */

static bool has_word(struct span text, struct span word)
{
    for (; text.n >= word.n; text = span_from(text, 1))
        if (span_starts_nocase(text, word))
            return true;
    return false;
}

static void error_read(struct parse *p, struct nats_state *s, const struct line *l)
{
    struct span text = span_trim(l->rest), who = span_of(s->who, s->who_len);
    bool is_login = s->login == LOGIN_ASKED;

    if (text.n >= 2 && text.p[0] == '\'' && text.p[text.n - 1] == '\'')
        text = span_first(span_from(text, 1), text.n - 2);
    if (!is_login)
        login_end(p, s);
    parse_tx(p, is_login ? TX_BOTH : TX_REQUEST);
    tell(p, FIELD_NATS_ERROR, text);
    parse_tx(p, TX_DONE);
    s->login = LOGIN_DONE;
    if (has_word(text, SPAN("authorization")) || has_word(text, SPAN("authentication")))
        parse_refused(p, "NATS refuses the login", who);
    else if (has_word(text, SPAN("permissions")))
        parse_refused(p, "NATS refuses access", who);
}

static void words_tell(struct parse *p, const struct line *l)
{
    bool has_size = l->verb->kind == PUBLISH || l->verb->kind == DELIVER || l->verb->kind == ROUTED;
    unsigned first = l->verb->kind == ROUTED ? 1 : 0; /* behind the account */

    if (l->verb->kind == UNSUBSCRIBE) {
        tell(p, FIELD_NATS_SID, l->word[0]);
        return;
    }
    tell(p, FIELD_NATS_SUBJECT, l->word[first]);
    if (l->verb->kind == PUBLISH && l->words == 2)
        tell(p, FIELD_NATS_REPLY_TO, l->word[1]);
    if (l->verb->kind == DELIVER) {
        tell(p, FIELD_NATS_SID, l->word[1]);
        if (l->words == 3)
            tell(p, FIELD_NATS_REPLY_TO, l->word[2]);
    }
    if (l->verb->kind == SUBSCRIBE) {
        tell(p, FIELD_NATS_SID, l->word[l->words - 1]);
        if (l->words == 3)
            tell(p, FIELD_NATS_QUEUE, l->word[1]);
    }
    if (has_size)
        parse_uint(p, FIELD_NATS_SIZE, l->size);
}

/* Without the start, lines that name a subject must do. */
static void message_read(struct parse *p, struct nats_state *s, const struct line *l)
{
    if (s->messages < UINT8_MAX)
        s->messages++;
    if (s->messages > 1)
        parse_proof(p, PROOF_STRONG);
    else if (l->verb->kind != UNSUBSCRIBE)
        parse_proof(p, PROOF_FAIR);
    s->matched = s->matched || s->messages > 1 || l->verb->kind != UNSUBSCRIBE;
    login_end(p, s);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_NATS_COMMAND, l->verb->name);
    words_tell(p, l);
    parse_tx(p, TX_DONE);
}

static struct rest line_step(struct parse *p, struct nats_state *s, struct cursor *in)
{
    struct line l;

    line_read(in, p->dir, &l);
    if (in->state != CUR_OK)
        return rest_none();
    switch ((enum kind)l.verb->kind) {
    case INFO:
        info_read(p, s, in, &l);
        return rest_none();
    case CONNECT:
        connect_read(p, s, in, &l);
        return rest_none();
    case PING:
    case GOOD:
        if (s->login == LOGIN_ASKED && p->dir == DIR_SERVER)
            login_end(p, s);
        return rest_none();
    case BAD:
        if (s->matched)
            error_read(p, s, &l);
        return rest_none();
    default:
        break;
    }
    if (!s->matched && !p->midstream) {
        cur_fail(in); /* a session begins with the server's INFO, or with CONNECT */
        return rest_none();
    }
    message_read(p, s, &l);
    if (l.verb->kind == SUBSCRIBE || l.verb->kind == UNSUBSCRIBE)
        return rest_none();
    s->body[p->dir] = l.size - l.headers;
    s->expects[p->dir] = BODY;
    return rest_skip(l.headers);
}

static struct rest nats_step(struct parse *p, struct cursor *in)
{
    struct nats_state *s = p->state;

    switch ((enum expects)s->expects[p->dir]) {
    case LINE:
        return line_step(p, s, in);
    case BODY:
        s->expects[p->dir] = END;
        return rest_body(s->body[p->dir], BUFFER_WHOLE);
    case END:
        if (cur_line(in, 0).n)
            cur_fail(in);
        if (in->state == CUR_OK)
            s->expects[p->dir] = LINE;
        break;
    }
    return rest_none();
}

static bool nats_probe(enum dir from, struct span first)
{
    unsigned sender = from == DIR_CLIENT ? FROM_CLIENT : FROM_SERVER;

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        struct span name = span_text(verbs[i].name);
        uint8_t next;

        if (!(verbs[i].from & sender) ||
            !span_starts_nocase(name, span_first(first, name.n < first.n ? name.n : first.n)))
            continue;
        if (first.n <= name.n)
            return true;
        next = first.p[name.n];
        if (verbs[i].kind == PING || verbs[i].kind == GOOD)
            return next == '\r' || next == '\n' || next == ' ';
        if (verbs[i].kind != INFO && verbs[i].kind != CONNECT)
            return next == ' ' || next == '\t';
        return (next == ' ' || next == '\t') &&
               (first.n < name.n + 2 || first.p[name.n + 1] == '{');
    }
    return false;
}

/* Something was lost: a whole line that reads well is one. */
static bool is_boundary(const struct parse *p, const struct cursor *in)
{
    struct cursor at = *in;
    struct line l;

    line_read(&at, p->dir, &l);
    return at.state == CUR_OK;
}

static enum parse_result nats_parse(struct parse *p, struct cursor *in)
{
    struct nats_state *s = p->state;

    if (s->lost[p->dir] && !is_boundary(p, in))
        return bodies_over(p, in, &s->matched);
    s->lost[p->dir] = false;
    if (p->dir == DIR_CLIENT && s->info && s->login == LOGIN_OPEN && cur_peek(in) == 0x16) {
        login_end(p, s); /* the server asked for TLS */
        parse_upgrade(p);
        return PARSE_DONE;
    }
    return bodies_walk(p, in, nats_step, &s->matched);
}

static void nats_gap(struct parse *p, uint64_t missing)
{
    struct nats_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->expects[p->dir] = LINE;
}

static const uint16_t nats_ports[] = {4222, 6222, 7422, 0};

const struct parser parser_nats = {
    .name = "nats",
    .evidence = "INFO with a server_id, CONNECT with options",
    .app = APP_NATS,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = nats_ports,
    .state_size = sizeof(struct nats_state),
    .max_pending = 34u << 10,
    .midstream = true,
    .probe = nats_probe,
    .parse = nats_parse,
    .gap = nats_gap,
};
