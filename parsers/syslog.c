/* SPDX-License-Identifier: Apache-2.0
 *
 * Syslog: RFC 5424 and what was before it (RFC 3164), in datagrams (RFC 5426), counted or in lines
 * over TCP (RFC 6587), and RELP around it.
 *
 *     <PRI>1 TIME HOST APP PROCID MSGID DATA TEXT          5424
 *     <PRI>Mmm dd hh:mm:ss HOST TAG[PID]: TEXT             3164
 *     <PRI>2024-01-02T03:04:05.6+01:00 HOST TAG: TEXT      what rsyslog makes of it
 *     <PRI>TAG: TEXT                                       devices
 *     RELP   NUMBER SP COMMAND SP LENGTH [SP DATA] LF
 *
 * Only clients speak, but for the answers of RELP.
 */
#include "parser/parser.h"

enum {
    PORT = 514,
    PENDING = 64 << 10,
    PRIORITY_MOST = 191,
    TAG_MOST = 48,
    TOLD = 256,
    WORD_MOST = 255,
    SURE = 2, /* messages, away from home */
};

enum shape { SHAPE_DEVICE, SHAPE_OLD, SHAPE_NEW };

struct syslog_state {
    uint8_t messages; /* saturates */
    bool relp;
    bool matched;
    bool lost;
};

struct syslog_message {
    enum shape shape;
    uint8_t priority;
    struct span host, app, procid, msgid, text;
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

/* "<PRI>", without leading zeros. */
static uint8_t read_priority(struct cursor *c)
{
    struct span digits;
    unsigned value = 0;

    if (cur_u8(c) != '<')
        cur_fail(c);
    digits = cur_until(c, '>', 3);
    for (size_t i = 0; i < digits.n; i++) {
        if (!is_digit(digits.p[i]))
            cur_fail(c);
        value = value * 10 + (unsigned)(digits.p[i] - '0');
    }
    if (digits.n == 0 || value > PRIORITY_MOST || (digits.p[0] == '0' && digits.n > 1))
        cur_fail(c);
    return (uint8_t)value;
}

/* A word and the space behind it. */
static struct span read_word(struct cursor *c)
{
    return cur_until(c, ' ', WORD_MOST);
}

static struct span unless_nil(struct span word)
{
    return span_equal(word, SPAN("-")) ? span_of("", 0) : word;
}

/* Digits where the pattern has 0, anything printable where it has ?, else what stands there. */
static bool is_like(struct span text, struct span pattern)
{
    if (text.n < pattern.n)
        return false;
    for (size_t i = 0; i < pattern.n; i++) {
        uint8_t want = pattern.p[i], is = text.p[i];

        if (want == '0' ? !is_digit(is) : want != '?' && want != is)
            return false;
    }
    return true;
}

static bool is_date(struct span text)
{
    return is_like(text, SPAN("0000-00-00T00:00:00"));
}

/* "Jan  2 03:04:05 " and "Jan 12 03:04:05 " */
static bool is_old_time(struct span text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    if (!is_like(text, SPAN("??? ?0 00:00:00")) || (text.p[4] != ' ' && !is_digit(text.p[4])))
        return false;
    for (size_t i = 0; i + 3 <= sizeof months - 1; i += 3)
        if (span_starts(text, span_of(months + i, 3)))
            return true;
    return false;
}

/* Structured data: "-" or "[id name="value" ...]...", in which \" and \] stand for themselves. */
static void pass_data(struct cursor *c)
{
    if (cur_peek(c) == '-') {
        cur_skip(c, 1);
        return;
    }
    while (c->pos < c->end && *c->pos == '[') {
        uint8_t byte;

        do {
            byte = cur_u8(c);
            if (byte == '\\')
                cur_skip(c, 1);
        } while (c->state == CUR_OK && byte != ']');
    }
}

static void read_new(struct cursor *c, struct syslog_message *m)
{
    struct span time;

    m->shape = SHAPE_NEW;
    cur_skip(c, 2);
    time = read_word(c);
    if (!is_date(time) && !span_equal(time, SPAN("-")))
        cur_fail(c);
    m->host = unless_nil(read_word(c));
    m->app = unless_nil(read_word(c));
    m->procid = unless_nil(read_word(c));
    m->msgid = unless_nil(read_word(c));
    pass_data(c);
    m->text = span_trim(cur_rest(c));
}

/* "TAG[PID]: TEXT"; nothing has to be so. */
static void read_tag(struct span rest, struct syslog_message *m)
{
    size_t colon = span_index(span_first(rest, TAG_MOST + 16), ':');
    struct span tag = span_first(rest, colon);
    size_t bracket = span_index(tag, '[');

    m->text = rest;
    if (colon >= rest.n || span_index(tag, ' ') < tag.n)
        return;
    m->app = span_first(tag, bracket);
    if (bracket < tag.n && tag.p[tag.n - 1] == ']')
        m->procid = span_first(span_from(tag, bracket + 1), tag.n - bracket - 2);
    m->text = span_trim(span_from(rest, colon + 1));
}

static void read_old(struct cursor *c, struct syslog_message *m, size_t time)
{
    m->shape = SHAPE_OLD;
    cur_skip(c, time);
    m->host = read_word(c);
    if (c->state == CUR_OK)
        read_tag(cur_rest(c), m);
}

/* Letters and digits up to a colon, soon. */
static void read_device(struct cursor *c, struct syslog_message *m)
{
    struct span rest = cur_rest(c);
    size_t colon = span_index(span_first(rest, TAG_MOST), ':');

    m->shape = SHAPE_DEVICE;
    if (colon == 0 || colon >= rest.n || colon >= TAG_MOST)
        cur_fail(c);
    for (size_t i = 0; i < colon && i < rest.n; i++)
        if (rest.p[i] < ' ' || rest.p[i] > '~')
            cur_fail(c);
    read_tag(rest, m);
}

static bool is_text(struct span s)
{
    for (size_t i = 0; i < s.n && i < TOLD; i++)
        if (s.p[i] < ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
            return s.p[i] == 0 && i + 1 == s.n; /* some send a zero at the end */
    return true;
}

/* What senders put behind the text: a line feed, a zero. */
static struct span without_end(struct span text)
{
    while (text.n &&
           (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r' || text.p[text.n - 1] == 0))
        text.n--;
    return text;
}

/* A message that fills the cursor. */
static struct syslog_message read_message(struct cursor *c)
{
    struct syslog_message m = {.priority = read_priority(c)};
    struct span rest = cur_look(c);

    if (c->state != CUR_OK)
        return m;
    if (!is_text(rest))
        cur_fail(c);
    if (span_starts(rest, SPAN("1 "))) {
        read_new(c, &m);
    } else if (is_old_time(rest)) {
        read_old(c, &m, SPAN("Mmm dd hh:mm:ss ").n);
    } else if (is_date(rest)) {
        (void)read_word(c);
        read_old(c, &m, 0);
    } else {
        read_device(c, &m);
    }
    if (c->state == CUR_SHORT)
        c->state = CUR_BAD;
    m.text = without_end(m.text);
    return m;
}

/* ---- report ---- */

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void report(struct parse *p, const struct syslog_message *m)
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
    if (m->text.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, m->text);
}

static void prove(struct parse *p, struct syslog_state *s, const struct syslog_message *m,
                  bool counted)
{
    enum proof proof = m->shape == SHAPE_DEVICE ? PROOF_WEAK : PROOF_FAIR;

    if (s->messages < SURE)
        s->messages++;
    if (s->messages == SURE || (p->transport == OVER_UDP && home(p)) ||
        (counted && m->shape == SHAPE_NEW))
        proof = PROOF_STRONG;
    parse_proof(p, proof);
    s->matched = s->matched || proof > PROOF_WEAK;
}

/* One that a stream holds, framed in either way. */
static void message(struct parse *p, struct syslog_state *s, struct span text, struct cursor *in,
                    bool counted)
{
    struct cursor c = cur_of(text);
    struct syslog_message m;

    if (in->state != CUR_OK)
        return;
    m = read_message(&c);
    cur_join(in, &c);
    if (in->state != CUR_OK)
        return;
    prove(p, s, &m, counted);
    report(p, &m);
}

/* ---- streams ---- */

static uint64_t read_count(struct cursor *c, uint8_t end)
{
    struct span digits = cur_until(c, end, 10);
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

/* "123 <PRI>..." or "<PRI>..." up to the end of the line. */
static void read_frame(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    uint64_t n;

    if (cur_peek(in) == '<') {
        message(p, s, cur_line(in, PENDING), in, false);
        return;
    }
    n = read_count(in, ' ');
    if (in->state == CUR_OK && (n < 5 || n > PENDING))
        cur_fail(in);
    message(p, s, cur_span(in, (size_t)n), in, true);
}

static bool is_relp(struct span command)
{
    static const char *const commands[] = {"open", "syslog", "close", "abort", "starttls"};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (span_equal(command, span_text(commands[i])))
            return true;
    return false;
}

/* The number, the command and the data; a length of zero has no space behind it. */
static void read_relp(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct span command, data;
    uint64_t n = 0;
    uint8_t digit;

    (void)read_count(in, ' ');
    command = cur_until(in, ' ', 32);
    for (digit = cur_u8(in); in->state == CUR_OK && is_digit(digit); digit = cur_u8(in)) {
        n = n * 10 + (uint64_t)(digit - '0');
        if (n > PENDING)
            cur_fail(in);
    }
    if (in->state == CUR_OK && (digit != (n ? ' ' : '\n') || !is_relp(command)))
        cur_fail(in);
    data = cur_span(in, (size_t)n);
    if (n && cur_u8(in) != '\n')
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    if (span_equal(command, SPAN("syslog"))) {
        struct cursor c = cur_of(data);
        struct syslog_message m = read_message(&c);

        if (c.state == CUR_OK)
            report(p, &m);
    }
    s->matched = true;
    parse_proof(p, PROOF_STRONG);
}

static bool begins_relp(struct span first)
{
    return is_like(first, SPAN("0 open "));
}

static enum parse_result datagram(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    struct cursor c = *in;
    struct syslog_message m = read_message(&c);

    if (c.state != CUR_OK)
        return PARSE_REJECT;
    prove(p, s, &m, false);
    report(p, &m);
    parse_commit(p, &c);
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* Answers of RELP: "1 rsp 44 200 OK". Nothing else is ever answered. */
static enum parse_result answer(struct parse *p, struct syslog_state *s, struct cursor *in)
{
    if (!s->matched)
        return PARSE_REJECT;
    (void)cur_rest(in);
    parse_commit(p, in);
    if (s->relp)
        parse_proof(p, PROOF_CERTAIN);
    return PARSE_MATCH;
}

static enum parse_result syslog_parse(struct parse *p, struct cursor *in)
{
    struct syslog_state *s = p->state;

    if (p->transport == OVER_UDP) /* many send from port 514, as if they answered */
        return datagram(p, s, in);
    if (p->dir == DIR_SERVER)
        return answer(p, s, in);
    if (s->lost && cur_peek(in) != '<') {
        (void)cur_rest(in);
        parse_commit(p, in);
        return s->matched ? PARSE_MATCH : PARSE_MORE;
    }
    s->lost = false;
    if (!s->matched && s->messages == 0 && is_digit(cur_peek(in))) {
        if (cur_left(in) < SPAN("1 open ").n)
            return PARSE_MORE;
        s->relp = begins_relp(cur_look(in));
    }
    while (in->pos < in->end) {
        if (s->relp)
            read_relp(p, s, in);
        else
            read_frame(p, s, in);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* Lines can be found again; counted messages and RELP cannot. */
static void syslog_gap(struct parse *p, uint64_t missing)
{
    struct syslog_state *s = p->state;

    (void)missing;
    s->lost = true;
}

static bool syslog_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    size_t digits = 0;

    if (first.p[0] == '<') {
        (void)read_priority(&c);
        return c.state != CUR_BAD;
    }
    if (from == DIR_SERVER)
        return is_digit(first.p[0]);
    while (digits < first.n && digits < 6 && is_digit(first.p[digits]))
        digits++;
    if (digits == 0)
        return false;
    first = span_from(first, digits);
    if (first.n < 2)
        return first.n == 0 || first.p[0] == ' ';
    return first.p[0] == ' ' &&
           (first.p[1] == '<' || span_starts(SPAN(" open "), span_first(first, 6)));
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
