/* SPDX-License-Identifier: Apache-2.0 */
#include "support/syslog_message.h"

enum {
    PRIORITY_MOST = 191,
    TAG_MOST = 48,
    PID_MOST = 16,
    WORD_MOST = 255,
    LOOKED_AT = 256,
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

uint8_t syslog_priority_read(struct cursor *c)
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

bool syslog_is_text(struct span s)
{
    for (size_t i = 0; i < s.n && i < LOOKED_AT; i++)
        if (s.p[i] < ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
            return s.p[i] == 0 && i + 1 == s.n; /* some send a zero at the end */
    return true;
}

/* ---- time ---- */

/* Digits where the pattern has 0, anything where it has ?, else what stands there. */
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

static bool is_month(struct span text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (size_t i = 0; i + 3 <= sizeof months - 1; i += 3)
        if (span_starts(text, span_of(months + i, 3)))
            return true;
    return false;
}

/* How long the time in front of an old message is; 0: there is none. */
static size_t old_time(struct span text)
{
    static const char *const patterns[] = {
        "??? 00 00:00:00",      "???  0 00:00:00",      "??? 0 00:00:00",
        "??? 00 0000 00:00:00", "???  0 0000 00:00:00",
    };

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct span pattern = span_text(patterns[i]);
        size_t n = pattern.n;

        if (!is_like(text, pattern) || !is_month(text))
            continue;
        if (n < text.n && text.p[n] == '.')
            for (n++; n < text.n && is_digit(text.p[n]);)
                n++;
        return n;
    }
    return 0;
}

/* ---- RFC 5424 ---- */

/* A word and the space behind it. */
static struct span read_word(struct cursor *c)
{
    return cur_until(c, ' ', WORD_MOST);
}

static struct span unless_nil(struct span word)
{
    return span_equal(word, SPAN("-")) ? span_of("", 0) : word;
}

/* Structured data: "-" or "[id name="value" ...]...", in which \" and \] stand for themselves. */
static void pass_data(struct cursor *c)
{
    if (cur_peek(c) == '-') {
        cur_skip(c, 1);
        return;
    }
    while (cur_peek(c) == '[') { /* zero when something before was wrong */
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

    m->shape = SYSLOG_NEW;
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
    if (span_starts(m->text, SPAN("\xef\xbb\xbf")))
        m->text = span_from(m->text, 3);
}

/* ---- what was before ---- */

/* "TAG[PID]: TEXT"; nothing has to be so. */
static void read_tag(struct span rest, struct syslog_message *m)
{
    size_t colon = span_index(span_first(rest, TAG_MOST + PID_MOST), ':');
    struct span tag = span_first(rest, colon);
    size_t bracket = span_index(tag, '[');

    m->text = rest;
    if (colon >= rest.n || colon == TAG_MOST + PID_MOST || span_index(tag, ' ') < tag.n)
        return;
    m->app = span_first(tag, bracket);
    if (bracket < tag.n && tag.p[tag.n - 1] == ']')
        m->procid = span_first(span_from(tag, bracket + 1), tag.n - bracket - 2);
    m->text = span_trim(span_from(rest, colon + 1));
}

/* The host's name, where there is one: what stands first may be the tag. */
static void read_origin(struct span rest, struct syslog_message *m)
{
    size_t n = span_index(span_first(rest, WORD_MOST), ' ');

    m->shape = SYSLOG_OLD;
    if (n == 0 || n >= rest.n || n == WORD_MOST || rest.p[n - 1] == ':') {
        read_tag(rest, m);
        return;
    }
    m->host = span_first(rest, n);
    read_tag(span_from(rest, n + 1), m);
}

/* Letters and digits up to a colon, soon. */
static void read_device(struct cursor *c, struct syslog_message *m)
{
    struct span rest = cur_rest(c);
    size_t colon = span_index(span_first(rest, TAG_MOST), ':');

    m->shape = SYSLOG_DEVICE;
    if (colon == 0 || colon >= rest.n || colon >= TAG_MOST)
        cur_fail(c);
    for (size_t i = 0; i < colon && i < rest.n; i++)
        if (rest.p[i] < ' ' || rest.p[i] > '~')
            cur_fail(c);
    read_tag(rest, m);
}

/* What senders put behind the text: a line feed, a zero. */
static struct span without_end(struct span text)
{
    while (text.n &&
           (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r' || text.p[text.n - 1] == 0))
        text.n--;
    return text;
}

struct syslog_message syslog_message_read(struct cursor *c)
{
    struct syslog_message m = {.priority = syslog_priority_read(c)};
    struct span rest = cur_look(c);
    size_t time = old_time(rest);

    if (c->state == CUR_OK && !syslog_is_text(rest))
        cur_fail(c);
    if (c->state != CUR_OK) {
        c->state = CUR_BAD;
        return m;
    }
    if (span_starts(rest, SPAN("1 "))) {
        read_new(c, &m);
    } else if (time) {
        cur_skip(c, time);
        if (cur_peek(c) == ':') /* Cisco */
            cur_skip(c, 1);
        read_origin(span_trim(cur_rest(c)), &m);
    } else if (is_date(rest)) {
        (void)read_word(c);
        read_origin(span_trim(cur_rest(c)), &m);
    } else {
        read_device(c, &m);
    }
    if (c->state == CUR_SHORT)
        c->state = CUR_BAD;
    m.text = without_end(m.text);
    return m;
}
