/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields (RFC 5322 section 2.2) and the parameters of MIME fields (RFC 2045 section 5.1).
 */
#include "support/mail_header.h"

#include "support/mail_levels.h"
#include "support/mime_filename.h"
#include "support/mime_param.h"

enum { VALUE_MOST = 512, ADDRESSES_MOST = 64, BOUNDARIES = 2 /* of one field */ };

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

/* ---- what a part is ---- */

/* Past blanks and comments, which may be inside of each other (RFC 5322 section 3.2.2). */
static struct span past_comments(struct span s)
{
    unsigned open = 0;

    while (s.n && (is_blank(s.p[0]) || s.p[0] == '(' || open)) {
        if (s.p[0] == '\\' && open && s.n > 1)
            s = span_from(s, 1);
        else if (s.p[0] == '(')
            open++;
        else if (s.p[0] == ')')
            open--;
        s = span_from(s, 1);
    }
    return s;
}

/* The first word, without what mail programs put around it. */
static struct span first_word(struct span value)
{
    size_t n = 0;

    value = past_comments(value);
    while (value.n && value.p[0] == '"')
        value = span_from(value, 1);
    while (n < value.n && !is_blank(value.p[n]) && strchr("\"();,", value.p[n]) == NULL)
        n++;
    return span_first(value, n);
}

static void filename_found(void *arg, struct span name)
{
    parse_buffer(arg, BUFFER_FILENAME, BUFFER_WHOLE, name);
}

/* For events one name of a part is enough. */
static void take_names(struct parse *p, struct mail *m, struct span value, struct span name)
{
    uint8_t room[VALUE_MOST];
    struct span text = span_of("", 0);
    struct mime_param param;

    if (parse_wants(p, BUFFER_FILENAME))
        mime_filenames(value, name, filename_found, p);
    if (m->named || !p->wants_tx)
        return;
    if (mime_param_find(value, name, &param))
        text = mime_param_text(&param, room, sizeof room);
    if (text.n == 0)
        text = mime_param_joined(value, name, room, sizeof room);
    m->named = text.n > 0;
    report_value(p, FIELD_SMTP_EMAIL_ATTACHMENT, text);
}

static void take_charset(struct mail *m, struct span value)
{
    uint8_t room[MAIL_BOUNDARY];
    enum charset is = CHARSET_AS_IS;
    struct mime_param param;
    struct span name;

    if (mime_param_find(value, SPAN("charset"), &param))
        name = mime_param_text(&param, room, sizeof room);
    else
        name = mime_param_joined(value, SPAN("charset"), room, sizeof room);
    (void)charset_by_name(first_word(name), &is);
    if (m->part.charset.is == CHARSET_AS_IS)
        m->part.charset.is = (uint8_t)is;
}

void mail_boundary_add(struct parse *p, struct mail *m, struct span boundary)
{
    if (m->levels == NULL) {
        m->levels = parse_alloc(p, sizeof *m->levels);
        if (m->levels == NULL)
            return;
        m->levels->count = m->levels->fresh = 0;
    }
    if (boundary.n && !mail_levels_add(m->levels, boundary))
        parse_note(p, "parts of a mail deeper inside of each other than is read");
}

/* Without quotes a blank or a comment ends it, and blanks at its end do not count. */
static void boundary_found(struct parse *p, struct mail *m, const struct mime_param *param)
{
    uint8_t room[MAIL_BOUNDARY];
    struct span text = mime_param_text(param, room, sizeof room);
    size_t n = 0;

    while (!param->quoted && n < text.n && !is_blank(text.p[n]) && text.p[n] != '(')
        n++;
    mail_boundary_add(p, m, n ? span_first(text, n) : trim(text));
}

static void take_boundaries(struct parse *p, struct mail *m, struct span value)
{
    uint8_t room[MAIL_BOUNDARY];
    struct span rest = value;
    struct mime_param param;
    unsigned found = 0;

    while (found < BOUNDARIES && mime_param_next(&rest, &param))
        if (span_equal_nocase(param.name, SPAN("boundary"))) {
            boundary_found(p, m, &param);
            found++;
        }
    mail_boundary_add(p, m, mime_param_joined(value, SPAN("boundary"), room, sizeof room));
}

static bool is_message(struct span type)
{
    return span_equal_nocase(type, SPAN("message/rfc822")) ||
           span_equal_nocase(type, SPAN("message/global")) ||
           span_equal_nocase(type, SPAN("message/news")) ||
           span_equal_nocase(type, SPAN("message/partial"));
}

static void take_type(struct parse *p, struct mail *m, struct span value)
{
    struct span type = first_word(value);

    m->message = is_message(type) || (m->message && m->typed);
    m->typed = true;
    take_names(p, m, value, SPAN("name"));
    if (parse_wants(p, BUFFER_BODY_VIEW))
        take_charset(m, value);
    if (!span_starts_nocase(type, SPAN("multipart")))
        return;
    m->multi = true;
    take_boundaries(p, m, value);
    if (m->levels && span_equal_nocase(type, SPAN("multipart/digest")))
        mail_levels_digest(m->levels);
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
        mail_part_encoding(p, &m->part, first_word(value));
    else if (span_equal_nocase(name, SPAN("content-disposition")))
        take_names(p, m, value, SPAN("filename"));
    else if (m->top && p->wants_tx)
        report_field(p, name, value);
}
