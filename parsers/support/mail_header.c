/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields (RFC 5322 section 2.2) and the parameters of MIME fields (RFC 2045 section 5.1).
 */
#include "support/mail_header.h"

enum { VALUE_MOST = 512, ADDRESSES_MOST = 64 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span s)
{
    while (s.n && is_blank(s.p[0]))
        s = span_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* The end of a part of a value: `stop` outside of quotes. */
static size_t part_end(struct span s, uint8_t stop)
{
    bool quoted = false;
    size_t i = 0;

    for (; i < s.n; i++) {
        if (s.p[i] == '\\' && quoted && i + 1 < s.n)
            i++;
        else if (s.p[i] == '"')
            quoted = !quoted;
        else if (s.p[i] == stop && !quoted)
            break;
    }
    return i;
}

static struct span unquoted(struct span s)
{
    s = trim(s);
    if (s.n < 2 || s.p[0] != '"')
        return s;
    s = span_from(s, 1);
    return span_first(s, span_index(s, '"'));
}

/* The value of a parameter, "name*" (RFC 2231) included; empty when it is not there. */
static struct span parameter(struct span value, struct span name)
{
    struct span rest = span_from(value, part_end(value, ';') + 1);

    while (rest.n) {
        size_t end = part_end(rest, ';');
        struct span part = span_first(rest, end);
        size_t equals = span_index(part, '=');
        struct span key = trim(span_first(part, equals));

        if (key.n && key.p[key.n - 1] == '*')
            key.n--;
        if (equals < part.n && span_equal_nocase(key, name))
            return unquoted(span_from(part, equals + 1));
        rest = span_from(rest, end + 1);
    }
    return span_of("", 0);
}

/* A value on one line: continuation lines are joined. */
static void report_value(struct parse *p, enum field f, struct span value)
{
    uint8_t text[VALUE_MOST];
    size_t n = 0;

    value = trim(value);
    for (size_t i = 0; i < value.n && n < VALUE_MOST; i++)
        if (value.p[i] != '\r' && value.p[i] != '\n')
            text[n++] = value.p[i];
    if (n)
        parse_field(p, f, span_of(text, n));
}

static void report_addresses(struct parse *p, enum field f, struct span value)
{
    for (int i = 0; i < ADDRESSES_MOST && value.n; i++) {
        size_t end = part_end(value, ',');

        report_value(p, f, span_first(value, end));
        value = span_from(value, end + 1);
    }
}

static void name_report(struct parse *p, struct mail *m, struct span name)
{
    if (name.n == 0 || m->named)
        return;
    m->named = true;
    report_value(p, FIELD_SMTP_EMAIL_ATTACHMENT, name);
}

static void take_type(struct parse *p, struct mail *m, struct span value)
{
    struct span type = trim(span_first(value, part_end(value, ';')));
    struct span boundary = parameter(value, SPAN("boundary"));

    m->message = span_equal_nocase(type, SPAN("message/rfc822"));
    name_report(p, m, parameter(value, SPAN("name")));
    if (!span_starts_nocase(type, SPAN("multipart/")) || boundary.n == 0 ||
        boundary.n > MAIL_BOUNDARY || m->level == MAIL_LEVELS)
        return;
    memcpy(m->boundary[m->level], boundary.p, boundary.n);
    m->boundary_n[m->level++] = (uint8_t)boundary.n;
}

static void take_encoding(struct mail *m, struct span value)
{
    value = trim(value);
    if (span_equal_nocase(value, SPAN("base64")))
        m->encoding = MAIL_BASE64;
    else if (span_equal_nocase(value, SPAN("quoted-printable")))
        m->encoding = MAIL_QUOTED;
}

static void report_field(struct parse *p, struct span name, struct span value)
{
    if (span_equal_nocase(name, SPAN("from")))
        report_value(p, FIELD_SMTP_EMAIL_FROM, value);
    else if (span_equal_nocase(name, SPAN("to")))
        report_addresses(p, FIELD_SMTP_EMAIL_TO, value);
    else if (span_equal_nocase(name, SPAN("cc")))
        report_addresses(p, FIELD_SMTP_EMAIL_CC, value);
    else if (span_equal_nocase(name, SPAN("subject")))
        report_value(p, FIELD_SMTP_EMAIL_SUBJECT, value);
    else if (span_equal_nocase(name, SPAN("date")))
        report_value(p, FIELD_SMTP_EMAIL_DATE, value);
    else if (span_equal_nocase(name, SPAN("message-id")))
        report_value(p, FIELD_SMTP_EMAIL_ID, value);
    else if (span_equal_nocase(name, SPAN("x-mailer")) ||
             span_equal_nocase(name, SPAN("user-agent")))
        report_value(p, FIELD_SMTP_EMAIL_MAILER, value);
}

void mail_field(struct parse *p, struct mail *m, struct span field)
{
    size_t colon = span_index(field, ':');
    struct span name = trim(span_first(field, colon));
    struct span value = span_from(field, colon + 1);

    if (span_equal_nocase(name, SPAN("content-type")))
        take_type(p, m, value);
    else if (span_equal_nocase(name, SPAN("content-transfer-encoding")))
        take_encoding(m, value);
    else if (span_equal_nocase(name, SPAN("content-disposition")))
        name_report(p, m, parameter(value, SPAN("filename")));
    else if (m->top && p->wants_tx)
        report_field(p, name, value);
}
