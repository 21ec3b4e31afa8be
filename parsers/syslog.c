/* SPDX-License-Identifier: Apache-2.0
 *
 * Syslog in datagrams (RFC 5426), counted or in lines over TCP (RFC 6587), and in RELP.
 *
 *     counted   LENGTH SP MESSAGE
 *     lines     MESSAGE LF, more of it in lines that do not begin as one
 *     RELP      NUMBER SP COMMAND SP LENGTH [SP DATA] LF
 *
 * Only clients speak, but for the answers of RELP.
 */
#include "parser/parser.h"
#include "support/syslog_message.h"

enum {
    PORT = 514,
    PENDING = 64 << 10,
    WHOLE_MOST = 48 << 10, /* of a longer message the first part is read, the rest passed on */
    TOLD = 256,
    SURE = 2, /* messages, away from home */
    COUNT_DIGITS = 10,
    COMMAND_MOST = 16,
};

struct syslog_state {
    uint8_t messages; /* saturates */
    bool relp;
    bool lines;
    bool matched;
    bool begun[2];
    bool lost[2];
    bool inside;   /* of a line: its end has to come first */
    bool body;     /* more of a text that was reported follows */
    bool ends;     /* behind the rest of a long message of RELP its line feed comes */
    uint8_t rsp;   /* answers of RELP; saturates */
    uint32_t seen; /* bytes of the line that has no end yet */
};

static const uint16_t ports[] = {PORT, 601, 6514, 1514, 20514, 2514, 0};

static bool home(const struct parse *p)
{
    for (const uint16_t *port = ports; *port; port++)
        if (*port == p->server_port || *port == p->client_port)
            return true;
    return false;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* ---- report ---- */

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

/* s->body: there is more of the text than is here. */
static void report(struct parse *p, const struct syslog_state *s, const struct syslog_message *m)
{
    static const char *const facilities[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
    };
    static const char *const severities[] = {"emerg",   "alert",  "crit", "err",
                                             "warning", "notice", "info", "debug"};

    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_SYSLOG_FACILITY, facilities[m->priority >> 3]);
    parse_text(p, FIELD_SYSLOG_SEVERITY, severities[m->priority & 7]);
    put(p, FIELD_SYSLOG_HOST, m->host);
    put(p, FIELD_SYSLOG_APP, m->app);
    put(p, FIELD_SYSLOG_PROCID, m->procid);
    put(p, FIELD_SYSLOG_MSGID, m->msgid);
    put(p, FIELD_SYSLOG_TEXT, span_first(m->text, TOLD));
    parse_tx(p, TX_DONE);
    if (m->text.n || s->body)
        parse_buffer(p, BUFFER_BODY, s->body ? BUFFER_BEGINS : BUFFER_WHOLE, m->text);
}

static void prove(struct parse *p, struct syslog_state *s, const struct syslog_message *m,
                  bool counted)
{
    enum proof proof = m->shape == SYSLOG_DEVICE ? PROOF_WEAK : PROOF_FAIR;

    if (s->messages < SURE)
        s->messages++;
    if (s->messages == SURE || (p->transport == OVER_UDP && home(p)) ||
        (counted && m->shape == SYSLOG_NEW))
        proof = PROOF_STRONG;
    parse_proof(p, proof);
    s->matched = s->matched || proof > PROOF_WEAK;
}

/* ---- lines ---- */

/* The rest of a line, as far as it is here. */
static void pass_line(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct span look = cur_look(in);
    size_t end = span_index(look, '\n');

    if (s->body)
        parse_buffer(p, BUFFER_BODY, end < look.n ? BUFFER_ENDS : BUFFER_NEXT,
                     span_first(look, end));
    cur_skip(in, end < look.n ? end + 1 : end);
    s->inside = end == look.n;
    s->body = s->body && s->inside;
}

/* Behind messages come lines of any text: it is theirs. */
static void line(struct parse *p, struct syslog_state *s, struct span text, struct cursor *in)
{
    struct cursor c = cur_of(text);
    struct syslog_message m = syslog_message_read(&c);

    s->inside = text.n == WHOLE_MOST;
    s->body = s->inside && c.state == CUR_OK;
    if (c.state == CUR_OK) {
        s->lines = true;
        prove(p, s, &m, false);
        report(p, s, &m);
    } else if (!s->matched || !syslog_is_text(text)) {
        cur_fail(in);
    }
}

/* What has been looked through for the line's end is not looked through again. */
static void read_line(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct span look = span_first(cur_look(in), WHOLE_MOST);
    size_t end = s->seen + span_index(span_from(look, s->seen), '\n');

    if (end == look.n && look.n < WHOLE_MOST) {
        s->seen = (uint32_t)look.n;
        cur_short(in, 1);
        return;
    }
    s->seen = 0;
    cur_skip(in, end < WHOLE_MOST ? end + 1 : end);
    if (end && end < WHOLE_MOST && look.p[end - 1] == '\r')
        end--;
    line(p, s, span_first(look, end), in);
}

/* ---- counted ---- */

static uint64_t read_count(struct cursor *c)
{
    struct span digits = cur_until(c, ' ', COUNT_DIGITS);
    uint64_t value = 0;

    if (c->state != CUR_OK)
        return 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (!is_digit(digits.p[i]))
            cur_fail(c);
        value = value * 10 + (uint64_t)(digits.p[i] - '0');
    }
    if (digits.n == 0)
        cur_fail(c);
    return value;
}

/* "123 <PRI>..."; returns how much of it is still to come. */
static uint64_t read_counted(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    uint64_t n = read_count(in);
    size_t here = n > WHOLE_MOST ? WHOLE_MOST : (size_t)n;
    struct cursor c = cur_sub(in, here);
    struct syslog_message m;

    if (in->state == CUR_OK && n < 5)
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    m = syslog_message_read(&c);
    cur_join(in, &c);
    if (in->state != CUR_OK)
        return 0;
    s->body = n > here;
    prove(p, s, &m, true);
    report(p, s, &m);
    return n - here;
}

static bool begins_counted(struct span first)
{
    size_t space = span_index(span_first(first, COUNT_DIGITS + 1), ' ');

    return space + 1 < first.n && first.p[space] == ' ' && first.p[space + 1] == '<';
}

/* ---- RELP ---- */

struct relp {
    struct span command;
    uint64_t n; /* bytes of data */
};

/* All in front of the data; a length of zero has no space behind it. */
static struct relp read_relp(struct cursor *in)
{
    struct relp r = {{0}, 0};
    uint8_t digit;
    int digits = 0;

    (void)read_count(in);
    r.command = cur_until(in, ' ', COMMAND_MOST);
    for (digit = cur_u8(in); is_digit(digit); digit = cur_u8(in)) {
        r.n = r.n * 10 + (uint64_t)(digit - '0');
        if (++digits > COUNT_DIGITS)
            cur_fail(in);
    }
    if (in->state == CUR_OK && (digits == 0 || digit != (r.n ? ' ' : '\n')))
        cur_fail(in);
    return r;
}

static bool is_relp(struct span command)
{
    static const char *const commands[] = {"open", "syslog", "close", "abort", "starttls"};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (span_equal(command, span_text(commands[i])))
            return true;
    return false;
}

/* A command; returns how much of it is still to come, its line feed included. */
static uint64_t relp_command(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct relp r = read_relp(in);
    size_t here = r.n > WHOLE_MOST ? WHOLE_MOST : (size_t)r.n;
    struct cursor c = cur_sub(in, here);
    bool opens = span_equal(r.command, SPAN("open"));
    struct syslog_message m;

    if (r.n && here == r.n && cur_u8(in) != '\n')
        cur_fail(in);
    if (in->state == CUR_OK && !is_relp(r.command))
        cur_fail(in);
    if (in->state == CUR_OK && opens && !s->matched &&
        !span_starts(cur_look(&c), SPAN("relp_version=")))
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    if (span_equal(r.command, SPAN("syslog"))) {
        m = syslog_message_read(&c);
        s->body = r.n > here && c.state == CUR_OK;
        if (c.state == CUR_OK)
            report(p, s, &m);
        else if (!s->matched)
            cur_fail(in);
    }
    s->matched = true;
    s->ends = r.n > here;
    parse_proof(p, s->rsp ? PROOF_CERTAIN : PROOF_STRONG);
    return r.n - here;
}

/* "1 rsp 44 200 OK" LF and, to the first one, what the server offers. */
static void relp_answer(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct relp r = read_relp(in);
    struct span data;

    if (in->state == CUR_OK && r.n > WHOLE_MOST)
        cur_fail(in);
    data = cur_span(in, (size_t)r.n);
    if (r.n && cur_u8(in) != '\n')
        cur_fail(in);
    if (in->state == CUR_OK && !span_equal(r.command, SPAN("rsp")) &&
        !span_equal(r.command, SPAN("serverclose")))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    if (s->rsp < SURE)
        s->rsp++;
    if (s->relp)
        parse_proof(p, PROOF_CERTAIN);
    else if (s->rsp == SURE || span_starts(data, SPAN("200 OK\nrelp_version=")))
        parse_proof(p, PROOF_STRONG);
    else
        parse_proof(p, PROOF_FAIR);
    s->matched = true;
}

static bool begins_relp(struct span first)
{
    size_t space = span_index(span_first(first, COUNT_DIGITS + 1), ' ');
    struct span command = span_from(first, space + 1);

    return span_starts(command, SPAN("open ")) || span_starts(command, SPAN("syslog "));
}

/* ---- the whole ---- */

static enum parse_result verdict(const struct syslog_state *s)
{
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static enum parse_result stop(const struct syslog_state *s, const struct cursor *in)
{
    return in->state == CUR_BAD ? PARSE_REJECT : verdict(s);
}

static enum parse_result datagram(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct syslog_message m = syslog_message_read(in);

    if (in->state != CUR_OK)
        return PARSE_REJECT;
    prove(p, s, &m, false);
    report(p, s, &m);
    parse_commit(p, in);
    return verdict(s);
}

static enum parse_result pass_all(struct parse *p, const struct syslog_state *s, struct cursor *in)
{
    (void)cur_rest(in);
    parse_commit(p, in);
    return verdict(s);
}

static enum parse_result from_server(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    if (s->matched && !s->relp && s->rsp == 0) /* nothing is ever answered */
        return pass_all(p, s, in);
    while (in->pos < in->end) {
        relp_answer(p, s, in);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
    }
    return stop(s, in);
}

static bool syslog_probe(enum dir from, struct span first)
{
    static const char *const words[] = {"<", "open ", "syslog "};
    static const char *const answers[] = {"rsp ", "serverclose "};
    struct cursor c = cur_of(first);
    size_t digits = 0;

    if (first.p[0] == '<') {
        (void)syslog_priority_read(&c);
        return c.state != CUR_BAD;
    }
    while (digits < first.n && digits < COUNT_DIGITS && is_digit(first.p[digits]))
        digits++;
    if (digits == 0)
        return false;
    first = span_from(first, digits);
    if (first.n == 0)
        return true;
    if (first.p[0] != ' ')
        return false;
    first = span_from(first, 1);
    for (int i = 0; i < (from == DIR_SERVER ? 2 : 3); i++) {
        struct span word = span_text(from == DIR_SERVER ? answers[i] : words[i]);

        if (span_starts(first, word) || span_starts(word, first))
            return true;
    }
    return false;
}

/* Is it known where a message begins? Lines are found again behind the next line feed, the others
 * where a segment begins with one. */
static bool in_step(struct parse *p, struct syslog_state *s, const struct cursor *in)
{
    bool *lost = &s->lost[p->dir];

    if (!s->begun[p->dir]) {
        s->begun[p->dir] = true;
        *lost = p->midstream;
    }
    if (*lost && s->lines && p->dir == DIR_CLIENT) {
        s->inside = cur_peek(in) != '<';
        *lost = false;
    }
    if (*lost && s->relp && p->dir == DIR_CLIENT)
        *lost = !begins_relp(cur_look(in));
    else if (*lost)
        *lost = !syslog_probe(p->dir, cur_look(in));
    return !*lost;
}

/* One frame; returns how much of it is still to come. */
static uint64_t step(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    if (s->inside)
        pass_line(p, s, in);
    else if (s->ends && cur_u8(in) == '\n')
        s->ends = false;
    else if (s->ends)
        cur_fail(in);
    else if (s->relp)
        return relp_command(p, s, in);
    else if (s->lines || cur_peek(in) == '<')
        read_line(p, s, in);
    else if (begins_counted(cur_look(in)))
        return read_counted(p, s, in);
    else if (syslog_probe(DIR_CLIENT, cur_look(in)))
        cur_short(in, 1);
    else
        cur_fail(in);
    return 0;
}

static enum parse_result syslog_parse(struct parse *p, struct cursor *in)
{
    struct syslog_state *s = p->state;

    if (p->transport == OVER_UDP) /* many send from port 514, as if they answered */
        return datagram(p, s, in);
    if (!in_step(p, s, in))
        return pass_all(p, s, in);
    if (p->dir == DIR_SERVER)
        return from_server(p, s, in);
    if (s->messages == 0 && begins_relp(cur_look(in)))
        s->relp = true;
    while (in->pos < in->end) {
        uint64_t rest = step(p, s, in);

        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (rest == 0)
            continue;
        if (s->body)
            parse_pass(p, rest, BUFFER_BODY, BUFFER_ENDS);
        else
            parse_skip(p, rest);
        s->body = false;
        break;
    }
    return stop(s, in);
}

static void syslog_gap(struct parse *p, uint64_t missing)
{
    struct syslog_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    if (p->dir == DIR_SERVER)
        return;
    s->inside = s->body = s->ends = false;
    s->seen = 0;
}

const struct parser parser_syslog = {
    .name = "syslog",
    .evidence = "priority and a time, a version or a tag; two of them away from its ports; RELP",
    .app = APP_SYSLOG,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct syslog_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = syslog_probe,
    .parse = syslog_parse,
    .gap = syslog_gap,
};
