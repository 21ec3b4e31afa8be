/* SPDX-License-Identifier: Apache-2.0
 *
 * Graphite's plaintext protocol, over TCP and UDP. Only clients speak.
 *
 *     path.of.metric[;tag=value]... value seconds LF
 */
#include "parser/parser.h"
#include "support/metric_lines.h"

enum {
    PATH_MOST = 1024,
    DIGITS = 10,
    EARLIEST = 500000000,
};

struct graphite_state {
    struct metric_lines lines;
};

struct metric {
    struct span path, tags, value, time;
};

static const uint16_t ports[] = {2003, 2103, 2013, 0};

static bool home(const struct parse *p)
{
    for (const uint16_t *port = ports; *port; port++)
        if (*port == p->server_port)
            return true;
    return false;
}

/* Words joined by dots; what else is in names of machines, disks and tags. */
static bool is_path_byte(uint8_t byte)
{
    static const char others[] = "._-:/%+@#=;~()$&";

    return metric_letter(byte) || metric_digit(byte) ||
           span_index(span_of(others, sizeof others - 1), byte) < sizeof others - 1;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_value_byte(uint8_t byte)
{
    return metric_number_byte(byte) || metric_letter(byte);
}

static bool is_value(struct span text)
{
    if (text.n && (text.p[0] == '-' || text.p[0] == '+') && metric_letter(text.p[text.n - 1]))
        text = span_from(text, 1);
    return metric_number(text) || span_equal_nocase(text, SPAN("nan")) ||
           span_equal_nocase(text, SPAN("inf"));
}

/* Seconds, perhaps with a fraction. */
static bool is_time(struct span text)
{
    struct cursor in = cur_of(text);
    struct span digits = metric_take(&in, metric_digit);
    uint64_t seconds = 0;

    for (size_t i = 0; i < digits.n && i < DIGITS; i++)
        seconds = seconds * 10 + digits.p[i] - '0';
    if (cur_peek(&in) == '.') {
        cur_skip(&in, 1);
        (void)metric_take(&in, metric_digit);
    }
    return cur_done(&in) && digits.n <= DIGITS && seconds >= EARLIEST && seconds <= UINT32_MAX;
}

static bool has_dot(struct span name)
{
    size_t dot = span_index(name, '.');

    return dot > 0 && dot + 1 < name.n;
}

/* Its first byte is that of a word; elsewhere than at home it has two words at least. */
static bool is_path(const struct parse *p, struct span path)
{
    struct span name = span_first(path, span_index(path, ';'));
    bool letters = false;

    for (size_t i = 0; i < name.n; i++)
        letters = letters || metric_letter(name.p[i]);
    return letters && path.n <= PATH_MOST &&
           (metric_letter(path.p[0]) || metric_digit(path.p[0]) || path.p[0] == '_') &&
           (has_dot(name) || home(p));
}

/* A word and the blanks behind it. SHORT: the line ends within them. */
static struct span word_read(struct cursor *in, bool (*is)(uint8_t))
{
    struct span word = metric_take(in, is);

    if (word.n == 0 && cur_left(in))
        cur_fail(in);
    if (cur_left(in) == 0)
        cur_short(in, 1);
    else if (metric_take(in, is_blank).n == 0)
        cur_fail(in);
    return word;
}

static enum cur_state line_read(const struct parse *p, struct span line, struct metric *m)
{
    struct cursor in = cur_of(line);
    struct span path = word_read(&in, is_path_byte);
    bool is_now;

    *m = (struct metric){0};
    m->path = span_first(path, span_index(path, ';'));
    m->tags = span_from(path, m->path.n + 1);
    if (in.state == CUR_OK && !is_path(p, path))
        cur_fail(&in);
    m->value = word_read(&in, is_value_byte);
    if (in.state == CUR_OK && !is_value(m->value))
        cur_fail(&in);
    if (in.state != CUR_OK)
        return in.state;
    if (cur_left(&in) == 0)
        return CUR_SHORT;
    m->time = metric_take(&in, metric_number_byte);
    is_now = home(p) && span_equal(m->time, SPAN("-1"));
    (void)metric_take(&in, is_blank);
    if (cur_left(&in))
        return CUR_BAD;
    if (is_time(m->time) || is_now)
        return CUR_OK;
    return m->time.n < DIGITS ? CUR_SHORT : CUR_BAD;
}

static enum cur_state graphite_check(const struct parse *p, struct span line)
{
    struct metric m;

    return line_read(p, line, &m);
}

static void graphite_tell(struct parse *p, struct span line)
{
    struct metric m;

    if (line_read(p, line, &m) != CUR_OK)
        return;
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_GRAPHITE_PATH, m.path);
    if (m.tags.n)
        parse_field(p, FIELD_GRAPHITE_TAGS, m.tags);
    parse_field(p, FIELD_GRAPHITE_VALUE, m.value);
    parse_field(p, FIELD_GRAPHITE_TIME, m.time);
    parse_tx(p, TX_DONE);
}

static enum parse_result graphite_parse(struct parse *p, struct cursor *in)
{
    static const struct metric_kind kind = {graphite_check, graphite_tell};

    return metric_walk(p, in, &kind);
}

/* The first line as far as it is here, as it would be at home. */
static bool graphite_probe(enum dir from, struct span first)
{
    const struct parse at_home = {.server_port = ports[0]};
    struct span line = span_first(first, span_index(first, '\n'));
    enum cur_state state;
    struct metric m;

    if (from == DIR_SERVER)
        return false;
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    state = line_read(&at_home, line, &m);
    return state == CUR_OK || (state == CUR_SHORT && line.n == first.n);
}

const struct parser parser_graphite = {
    .name = "graphite",
    .evidence = "lines of a path with dots, a number and a time",
    .app = APP_GRAPHITE,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct graphite_state),
    .max_pending = METRIC_LINE_MOST + 2,
    .midstream = true, /* every line stands by itself */
    .probe = graphite_probe,
    .parse = graphite_parse,
    .gap = metric_gap,
};
