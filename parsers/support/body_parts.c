/* SPDX-License-Identifier: Apache-2.0
 *
 * body_parts: see body_parts.h. What decoding does not change is shown once.
 */
#include "support/body_parts.h"

#include "support/charset.h"
#include "support/http_target.h"
#include "support/http_value.h"
#include "support/mime_param.h"
#include "support/transfer.h"

enum encoding { ENCODING_NONE, ENCODING_BASE64, ENCODING_QUOTED };

/* Of one part. */
struct showing {
    struct parse *p;
    uint8_t *room; /* as long as the body, and a bit */
    size_t room_n;
    enum encoding encoding;
    enum charset charset;
    bool begun; /* its contents have */
};

/* ---- names ---- */

static void name_show(const struct showing *s, enum buffer buffer, struct span name)
{
    if (name.n)
        parse_buffer(s->p, buffer, BUFFER_WHOLE, name);
}

/* As sent, and what programs may make of it. `name` is not in `room`. */
static void name_views(const struct showing *s, enum buffer buffer, struct span name)
{
    struct span other;

    name_show(s, buffer, name);
    other = http_percent_decode(name, HTTP_PLUS_KEPT, s->room);
    if (!span_equal(other, name))
        name_show(s, buffer, other);
    other = http_value_words(name, s->room);
    if (!span_equal(other, name))
        name_show(s, buffer, other);
}

static void param_show(const struct showing *s, enum buffer buffer, const struct mime_param *param)
{
    struct span text;

    name_views(s, buffer, param->value);
    text = mime_param_text(param, s->room, s->room_n);
    if (!span_equal(text, param->value))
        name_show(s, buffer, text);
}

static void params_show(const struct showing *s, enum buffer buffer, struct span value,
                        struct span name)
{
    struct span rest = value;
    struct mime_param param;

    while (mime_param_next(&rest, &param))
        if (span_equal_nocase(param.name, name))
            param_show(s, buffer, &param);
    name_show(s, buffer, mime_param_joined(value, name, s->room, s->room_n));
}

/* ---- contents ---- */

static void contents_add(void *arg, struct span piece)
{
    struct showing *s = arg;

    parse_buffer(s->p, BUFFER_BODY_VIEW, s->begun ? BUFFER_NEXT : BUFFER_BEGINS, piece);
    s->begun = true;
}

static struct span quoted(struct span in, uint8_t *out)
{
    size_t n = 0;

    while (in.n) {
        struct span line = span_first(in, span_index(in, '\n') + 1);

        n += quoted_decode(line, out + n);
        in = span_from(in, line.n);
    }
    return span_of(out, n);
}

static void contents_show(struct showing *s, struct span contents)
{
    struct base64 digits = {0};
    struct charset_reader c;

    if (s->encoding == ENCODING_BASE64) {
        size_t n = base64_decode(&digits, contents, s->room);

        /* A last group of which digits are missing has them padded. */
        n += base64_decode(&digits, SPAN("="), s->room + n);
        contents = span_of(s->room, n);
    } else if (s->encoding == ENCODING_QUOTED) {
        contents = quoted(contents, s->room);
    }
    if (contents.n == 0)
        return;
    charset_begin(&c, s->charset, 0);
    charset_feed(&c, contents, contents_add, s);
    charset_end(&c, contents_add, s);
    if (s->begun)
        parse_buffer(s->p, BUFFER_BODY_VIEW, BUFFER_ENDS, span_of("", 0));
}

/* ---- parts ---- */

static enum encoding encoding_of(struct span value)
{
    value = mime_value(value);
    if (value.n && value.p[0] == '"')
        value = span_from(value, 1);
    if (span_starts_nocase(value, SPAN("base64")))
        return ENCODING_BASE64;
    return span_starts_nocase(value, SPAN("quoted-printable")) ? ENCODING_QUOTED : ENCODING_NONE;
}

static void part_show(struct showing *s, const struct multipart_part *part)
{
    struct span header = part->header;
    struct mime_field f;
    uint32_t odd = 0;

    s->encoding = ENCODING_NONE;
    s->charset = CHARSET_AS_IS;
    s->begun = false;
    while (mime_field_next(&header, &f)) {
        if (span_equal_nocase(f.name, SPAN("content-disposition"))) {
            params_show(s, BUFFER_BODY_VIEW, f.value, SPAN("name"));
            params_show(s, BUFFER_FILENAME, f.value, SPAN("filename"));
        } else if (span_equal_nocase(f.name, SPAN("content-type"))) {
            params_show(s, BUFFER_FILENAME, f.value, SPAN("name"));
            s->charset = charset_of_type(f.value, &odd);
        } else if (span_equal_nocase(f.name, SPAN("content-transfer-encoding"))) {
            s->encoding = encoding_of(f.value);
        }
    }
    if (!part->opens)
        contents_show(s, part->contents);
}

void body_parts_show(struct parse *p, const struct boundary *b, struct span body)
{
    struct showing s = {.p = p, .room_n = BASE64_ROOM(body.n) + body.n};
    struct multipart *m = parse_alloc(p, sizeof *m);
    struct multipart_part part;

    s.room = parse_alloc(p, s.room_n);
    if (m && s.room)
        for (multipart_begin(m, b, body); multipart_next(m, &part);)
            part_show(&s, &part);
    parse_free(p, s.room);
    parse_free(p, m);
}
