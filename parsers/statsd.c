/* SPDX-License-Identifier: Apache-2.0
 *
 * StatsD, over UDP and TCP, with what Datadog's agent adds. Only clients speak.
 *
 *     name:value|type[|@rate][|#tag:value,tag]...           several values: name:1:2|type, and
 *                                                           name:1|c:2|ms
 *     _e{5,4}:title|text[|d:time][|h:host][|p:priority][|t:alert][|#tags]
 *     _sc|name|status[|d:time][|h:host][|#tags][|m:message]
 */
#include "parser/parser.h"
#include "support/metric_lines.h"

enum {
    NAME_MOST = 256,
    TEXT_MOST = 4096,
    DIGITS = 4,
    STATUS_MOST = 3,
};

struct statsd_state {
    struct metric_lines lines;
};

struct metric {
    struct span name, value, type, rate, tags;
};

struct event {
    struct span title, text, host, tags;
};

struct check {
    struct span name, status, host, tags, message;
};

static const uint16_t ports[] = {8125, 9125, 0};

/* ---- words ---- */

static bool is_name_byte(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && byte != ':' && byte != '|' && byte != '@' && byte != '"';
}

static bool is_value_byte(uint8_t byte)
{
    return byte >= ' ' && byte != 0x7f && byte != ':' && byte != '|';
}

static bool is_text_byte(uint8_t byte)
{
    return byte >= ' ' && byte != 0x7f && byte != '|';
}

static bool is_type_byte(uint8_t byte)
{
    return metric_letter(byte);
}

static bool is_type(struct span type)
{
    static const char *const types[] = {"c", "g", "ms", "h", "s", "d", "m"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (span_equal(type, span_text(types[i])))
            return true;
    return false;
}

/* A line that ends here could go on. */
static void expect(struct cursor *in, uint8_t byte)
{
    if (cur_u8(in) != byte)
        cur_fail(in);
}

static struct span word(struct cursor *in, bool (*is)(uint8_t), size_t most)
{
    struct span text = metric_take(in, is);

    if (text.n > most || (text.n == 0 && cur_left(in)))
        cur_fail(in);
    if (text.n == 0)
        cur_short(in, 1);
    return text;
}

/* What follows a bar and a letter. */
static struct span extra(struct cursor *in)
{
    return metric_take(in, is_text_byte);
}

/* ---- metrics ---- */

/* At the end of what is here it may still become one. */
static void number_check(struct cursor *in, struct span text)
{
    if (metric_number(text))
        return;
    if (cur_left(in) == 0)
        cur_short(in, 1);
    cur_fail(in);
}

/* @0.1 #tags c:container T1700000000 */
static void metric_extra(struct cursor *in, struct metric *m)
{
    uint8_t kind = cur_u8(in);
    struct span text = extra(in);

    switch (kind) {
    case '@':
        m->rate = text;
        number_check(in, text);
        break;
    case '#':
        m->tags = text;
        break;
    case 'T':
        number_check(in, text);
        break;
    case 'c':
    case 'e':
        if (text.n && text.p[0] != ':')
            cur_fail(in);
        break;
    default:
        cur_fail(in);
    }
    if (text.n == 0)
        cur_short(in, 1);
}

/* Sets count words, all others numbers. */
static bool is_value(struct span value, struct span type)
{
    return metric_number(value) || span_equal(type, SPAN("s"));
}

/* 1:2:3|type, one such group. Values are judged when the type is known. */
static void group_read(struct cursor *in, struct metric *m)
{
    struct cursor values = *in, end;
    struct span value = word(in, is_value_byte, NAME_MOST), type;

    m->value = m->value.n ? m->value : value;
    while (cur_peek(in) == ':') {
        cur_skip(in, 1);
        (void)word(in, is_value_byte, NAME_MOST);
    }
    end = *in;
    expect(in, '|');
    type = word(in, is_type_byte, 2);
    m->type = m->type.n ? m->type : type;
    if (in->state != CUR_OK)
        return;
    if (!is_type(type))
        cur_fail(in);
    while (values.pos < end.pos) {
        if (!is_value(metric_take(&values, is_value_byte), type))
            cur_fail(in);
        cur_skip(&values, 1);
    }
}

/* Others than Datadog have their tags in the name: name,tag=value name;tag=value name#tag=value */
static void tags_split(struct metric *m)
{
    struct span name = m->name;
    size_t n = span_index(name, ',');

    n = span_index(span_first(name, n), ';');
    n = span_index(span_first(name, n), '#');
    m->name = span_first(name, n);
    m->tags = span_from(name, n + 1);
}

static void metric_read(struct cursor *in, struct metric *m)
{
    if (cur_left(in) && !metric_letter(cur_peek(in)) && cur_peek(in) != '_')
        cur_fail(in);
    m->name = word(in, is_name_byte, NAME_MOST);
    tags_split(m);
    expect(in, ':');
    group_read(in, m);
    while (cur_left(in)) {
        if (cur_peek(in) == ':') { /* the next group */
            cur_skip(in, 1);
            group_read(in, m);
            continue;
        }
        expect(in, '|');
        if (in->state == CUR_OK)
            metric_extra(in, m);
    }
}

/* ---- Datadog's ---- */

static size_t number_read(struct cursor *in)
{
    struct span digits = word(in, metric_digit, DIGITS);
    size_t value = 0;

    for (size_t i = 0; i < digits.n && i < DIGITS; i++)
        value = value * 10 + digits.p[i] - '0';
    return value;
}

static void shared_extra(struct cursor *in, struct span *host, struct span *tags,
                         struct span *message)
{
    uint8_t kind = cur_u8(in);

    if (kind == '#') {
        *tags = extra(in);
        return;
    }
    if (kind < 'a' || kind > 'z')
        cur_fail(in);
    expect(in, ':');
    if (kind == 'h')
        *host = extra(in);
    else if (kind == 'm')
        *message = extra(in);
    else
        (void)extra(in);
}

static void event_read(struct cursor *in, struct event *e)
{
    struct span message;
    size_t title, text;

    cur_skip(in, SPAN("_e{").n);
    title = number_read(in);
    expect(in, ',');
    text = number_read(in);
    expect(in, '}');
    expect(in, ':');
    if (in->state == CUR_OK && (title == 0 || title > TEXT_MOST || text > TEXT_MOST))
        cur_fail(in);
    e->title = cur_span(in, title);
    expect(in, '|');
    e->text = cur_span(in, text);
    while (cur_left(in)) {
        expect(in, '|');
        shared_extra(in, &e->host, &e->tags, &message);
    }
}

static void check_read(struct cursor *in, struct check *c)
{
    cur_skip(in, SPAN("_sc|").n);
    c->name = word(in, is_text_byte, NAME_MOST);
    expect(in, '|');
    c->status = word(in, metric_digit, 1);
    if (c->status.n && c->status.p[0] > '0' + STATUS_MOST)
        cur_fail(in);
    while (cur_left(in)) {
        expect(in, '|');
        shared_extra(in, &c->host, &c->tags, &c->message);
    }
}

/* ---- lines ---- */

struct line {
    struct metric metric;
    struct event event;
    struct check check;
};

static enum cur_state line_read(struct span text, struct line *l)
{
    struct cursor in = cur_of(text);

    *l = (struct line){0};
    if (span_starts(text, SPAN("_e{")))
        event_read(&in, &l->event);
    else if (span_starts(text, SPAN("_sc|")))
        check_read(&in, &l->check);
    else if (span_starts(SPAN("_e{"), text) || span_starts(SPAN("_sc|"), text))
        return CUR_SHORT;
    else
        metric_read(&in, &l->metric);
    return in.state;
}

static enum cur_state statsd_check(const struct parse *p, struct span text)
{
    struct line l;

    (void)p;
    return line_read(text, &l);
}

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void statsd_tell(struct parse *p, struct span text)
{
    struct line l;

    if (line_read(text, &l) != CUR_OK)
        return;
    parse_tx(p, TX_REQUEST);
    put(p, FIELD_STATSD_NAME, l.metric.name);
    put(p, FIELD_STATSD_VALUE, l.metric.value);
    put(p, FIELD_STATSD_TYPE, l.metric.type);
    put(p, FIELD_STATSD_RATE, l.metric.rate);
    put(p, FIELD_STATSD_TAGS, l.metric.tags);
    put(p, FIELD_STATSD_EVENT_TITLE, l.event.title);
    put(p, FIELD_STATSD_EVENT_TEXT, l.event.text);
    put(p, FIELD_STATSD_HOST, l.event.host);
    put(p, FIELD_STATSD_TAGS, l.event.tags);
    put(p, FIELD_STATSD_CHECK_NAME, l.check.name);
    put(p, FIELD_STATSD_CHECK_STATUS, l.check.status);
    put(p, FIELD_STATSD_CHECK_MESSAGE, l.check.message);
    put(p, FIELD_STATSD_HOST, l.check.host);
    put(p, FIELD_STATSD_TAGS, l.check.tags);
    parse_tx(p, TX_DONE);
}

static enum parse_result statsd_parse(struct parse *p, struct cursor *in)
{
    static const struct metric_kind kind = {statsd_check, statsd_tell};

    return metric_walk(p, in, &kind);
}

static bool statsd_probe(enum dir from, struct span first)
{
    struct span text = span_first(first, span_index(first, '\n'));
    enum cur_state state;
    struct line l;

    if (from == DIR_SERVER)
        return false;
    if (text.n && text.p[text.n - 1] == '\r')
        text.n--;
    state = line_read(text, &l);
    return state == CUR_OK || (state == CUR_SHORT && text.n == first.n);
}

const struct parser parser_statsd = {
    .name = "statsd",
    .evidence = "lines of a name, a value and a type; events of exact length, service checks",
    .app = APP_STATSD,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct statsd_state),
    .max_pending = METRIC_LINE_MOST + 2,
    .midstream = true, /* every line stands by itself */
    .probe = statsd_probe,
    .parse = statsd_parse,
    .gap = metric_gap,
};
