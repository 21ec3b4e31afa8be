/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_answer: see tds_answer.h.
 */
#include "support/tds_answer.h"

enum {
    TOKEN_OFFSET = 0x78,
    TOKEN_STATUS = 0x79,
    TOKEN_COLUMNS = 0x81,
    TOKEN_ERROR = 0xaa,
    TOKEN_INFO = 0xab,
    TOKEN_VALUE = 0xac,
    TOKEN_LOGIN = 0xad,
    TOKEN_FEATURES = 0xae,
    TOKEN_ROW = 0xd1,
    TOKEN_SPARSE_ROW = 0xd2,
    TOKEN_SESSION = 0xe4,
    TOKEN_MESSAGE5 = 0xe5, /* TDS 5: an error or a remark */
    TOKEN_FEDAUTH = 0xee,
    TOKEN_DONE = 0xfd,
    TOKEN_DONE_INNER = 0xff,
};

enum {
    COLUMNS_MOST = 1024,
    NO_COLUMNS = 0xffff,
    DONE_MORE = 1,
    DONE_COUNT = 0x10,
    DONE_KNOWN = 0x1ff,
    CLASS_ERROR = 11, /* below: remarks */
    FEATURES_END = 0xff,
    PROGRAM_MOST = 255,
};

enum { LOGIN_FAILED = 18456, NO_PERMISSION = 229, NO_PERMISSION_STATEMENT = 262 };

struct tds_columns {
    uint16_t count;
    struct tds_type type[];
};

static bool has_wide_counts(const struct tds_login *l)
{
    return l->version == 0 || l->version >= TDS_72;
}

static enum tds_text text_of(const struct tds_login *l)
{
    return l->version && l->version < TDS_70 ? TDS_TEXT_BYTES : TDS_TEXT_UTF16;
}

/* ---- errors, logins, ends ---- */

struct failure {
    uint32_t number;
    uint8_t state;
    uint8_t class;
    struct span text;
};

static void failure_report(struct parse *p, struct tds_answer *a, const struct tds_login *l,
                           const struct failure *f)
{
    struct span user = span_of(l->user, l->user_n);

    if (a->error || f->class < CLASS_ERROR)
        return;
    if (!a->known)
        parse_tx_key(p, TX_REPLY, a->key);
    a->known = a->error = true;
    parse_uint(p, FIELD_TDS_ERROR_NUMBER, f->number);
    parse_uint(p, FIELD_TDS_ERROR_STATE, f->state);
    parse_uint(p, FIELD_TDS_ERROR_CLASS, f->class);
    tds_text_field(p, FIELD_TDS_ERROR_TEXT, text_of(l), f->text);
    if (f->number == LOGIN_FAILED)
        parse_refused(p, "SQL Server refuses the login", user);
    else if (f->number == NO_PERMISSION || f->number == NO_PERMISSION_STATEMENT)
        parse_refused(p, "SQL Server refuses a right", user);
}

static void text_read(struct parse *p, struct tds_answer *a, const struct tds_login *l,
                      struct span text)
{
    tds_text_body(p, &a->body, text_of(l), text);
    tds_text_break(p, &a->body, BUFFER_BODY);
}

static void error_read(struct parse *p, struct tds_answer *a, const struct tds_login *l,
                       struct cursor *body)
{
    struct failure f = {.number = cur_le32(body), .state = cur_u8(body), .class = cur_u8(body)};
    size_t unit = text_of(l) == TDS_TEXT_UTF16 ? 2 : 1;

    f.text = cur_span(body, unit * cur_le16(body));
    if (body->state != CUR_OK)
        return;
    failure_report(p, a, l, &f);
    text_read(p, a, l, f.text);
}

/* TDS 5. Its numbers are those of Sybase. */
static void message5_read(struct parse *p, struct tds_answer *a, const struct tds_login *l,
                          struct cursor *body)
{
    struct failure f = {.number = cur_le32(body), .state = cur_u8(body), .class = cur_u8(body)};

    cur_skip(body, cur_u8(body));
    cur_skip(body, 3);
    f.text = cur_span(body, cur_le16(body));
    if (body->state != CUR_OK)
        return;
    failure_report(p, a, l, &f);
    text_read(p, a, l, f.text);
}

static void login_read(struct parse *p, struct tds_answer *a, struct tds_login *l,
                       struct cursor *body)
{
    struct span name;
    uint8_t version;

    cur_skip(body, 1);
    version = cur_u8(body);
    cur_skip(body, 3);
    name = cur_span(body, (size_t)(version >= TDS_70 ? 2 : 1) * cur_u8(body));
    if (body->state != CUR_OK)
        return;
    if (version >= TDS_70 && version <= TDS_74)
        l->version = version;
    a->login = true;
    if (a->known)
        tds_text_field(p, FIELD_TDS_SERVER_PROGRAM, text_of(l), name);
}

static void done_read(struct tds_answer *a, struct tds_login *l, struct cursor *c, bool last)
{
    uint16_t status = cur_le16(c);
    uint64_t rows;

    cur_skip(c, 2);
    /* Nobody said which version it is: the end of the message does. */
    if (l->version == 0 && last && cur_left(c) == 4)
        l->version = TDS_71;
    rows = has_wide_counts(l) ? cur_le64(c) : cur_le32(c);
    if (c->state != CUR_OK)
        return;
    if (status & ~(unsigned)DONE_KNOWN)
        cur_fail(c);
    a->finished = !(status & DONE_MORE);
    if (status & DONE_COUNT && rows <= UINT32_MAX) {
        a->rows += rows;
        a->counted = true;
    }
}

/* ---- rows ---- */

static struct tds_type column_read(struct cursor *c, const struct tds_login *l)
{
    uint8_t version = l->version ? l->version : TDS_74;
    struct tds_type t;

    cur_skip(c, has_wide_counts(l) ? 6 : 4);
    t = tds_type_read(c, TDS_COLUMN, version);
    cur_skip(c, (size_t)2 * cur_u8(c));
    return t;
}

static void columns_read(struct parse *p, struct tds_answer *a, const struct tds_login *l,
                         struct cursor *c)
{
    struct cursor again;
    uint16_t count = cur_le16(c);

    if (count == NO_COLUMNS)
        return;
    if (count > COLUMNS_MOST)
        cur_fail(c);
    again = *c;
    for (unsigned i = 0; i < count && c->state == CUR_OK; i++)
        (void)column_read(c, l);
    if (c->state != CUR_OK)
        return;
    parse_free(p, a->columns);
    a->columns = parse_alloc(p, sizeof(*a->columns) + count * sizeof(a->columns->type[0]));
    if (a->columns == NULL) {
        cur_fail(c);
        return;
    }
    a->columns->count = count;
    for (unsigned i = 0; i < count; i++)
        a->columns->type[i] = column_read(&again, l);
}

static bool is_null(struct span nulls, unsigned i)
{
    return nulls.n && nulls.p[i / 8] >> (i % 8) & 1;
}

/* The values of `count` types. */
static void values_read(struct parse *p, struct tds_answer *a, const struct tds_type *types,
                        unsigned count, struct span nulls, struct cursor *c)
{
    struct cursor again = *c;

    for (unsigned i = 0; i < count && c->state == CUR_OK; i++)
        if (!is_null(nulls, i))
            tds_value_skip(c, &types[i]);
    if (c->state != CUR_OK || !parse_wants(p, BUFFER_BODY))
        return;
    for (unsigned i = 0; i < count; i++) {
        const struct tds_type *t = &types[i];
        struct tds_value v = tds_value_begin(t);
        struct span piece;

        if (is_null(nulls, i))
            continue;
        if (t->text == TDS_TEXT_NONE) {
            tds_value_skip(&again, t);
            continue;
        }
        while (tds_value_next(&v, &again, &piece))
            tds_text_body(p, &a->body, t->text, piece);
        if (v.told)
            tds_text_break(p, &a->body, BUFFER_BODY);
    }
}

static void row_read(struct parse *p, struct tds_answer *a, struct cursor *c, uint8_t token)
{
    struct span nulls = {NULL, 0};

    if (a->columns == NULL) {
        cur_fail(c);
        return;
    }
    if (token == TOKEN_SPARSE_ROW)
        nulls = cur_span(c, (a->columns->count + 7u) / 8);
    values_read(p, a, a->columns->type, a->columns->count, nulls, c);
}

static void value_read(struct parse *p, struct tds_answer *a, const struct tds_login *l,
                       struct cursor *c)
{
    struct tds_type type;

    cur_skip(c, 2);
    cur_skip(c, (size_t)2 * cur_u8(c));
    cur_skip(c, has_wide_counts(l) ? 7 : 5);
    type = tds_type_read(c, TDS_PARAMETER, l->version ? l->version : TDS_74);
    values_read(p, a, &type, 1, span_of(NULL, 0), c);
}

/* ---- tokens ---- */

static void features_skip(struct cursor *c)
{
    while (cur_left(c) && cur_peek(c) != FEATURES_END) {
        cur_skip(c, 1);
        cur_skip(c, cur_le32(c));
    }
    cur_skip(c, 1);
}

/* A token with a length, and what is of interest in it. */
static void sized_read(struct parse *p, struct tds_answer *a, struct tds_login *l, uint8_t token,
                       struct cursor *c)
{
    struct cursor body = cur_sub(c, cur_le16(c));

    if (c->state != CUR_OK)
        return;
    if (token == TOKEN_ERROR || token == TOKEN_INFO)
        error_read(p, a, l, &body);
    else if (token == TOKEN_MESSAGE5)
        message5_read(p, a, l, &body);
    else if (token == TOKEN_LOGIN)
        login_read(p, a, l, &body);
    cur_join(c, &body);
}

/* Bits of the token say how long it is (MS-TDS 2.2.4.2). */
static void other_skip(struct cursor *c, uint8_t token)
{
    if ((token & 0x30) == 0x30)
        cur_skip(c, (size_t)1 << (token >> 2 & 3));
    else if ((token & 0x30) != 0x10)
        cur_fail(c);
}

static void token_read(struct parse *p, struct tds_answer *a, struct tds_login *l, struct cursor *c,
                       bool last)
{
    uint8_t token = cur_u8(c);
    bool is7 = text_of(l) == TDS_TEXT_UTF16;

    if (token >= TOKEN_DONE)
        done_read(a, l, c, last);
    else if (token == TOKEN_ROW || token == TOKEN_SPARSE_ROW)
        row_read(p, a, c, token);
    else if (token == TOKEN_COLUMNS && is7)
        columns_read(p, a, l, c);
    else if (token == TOKEN_VALUE && is7)
        value_read(p, a, l, c);
    else if (token == TOKEN_FEATURES && is7)
        features_skip(c);
    else if ((token == TOKEN_SESSION || token == TOKEN_FEDAUTH) && is7)
        cur_skip(c, cur_le32(c));
    else if ((token & 0x30) == 0x20)
        sized_read(p, a, l, token, c);
    else
        other_skip(c, token);
    if (token < TOKEN_DONE)
        a->finished = false;
}

size_t tds_answer_read(struct parse *p, struct tds_answer *a, struct tds_login *l,
                       struct span bytes, bool last)
{
    struct cursor c = cur_of(bytes);
    const uint8_t *at = c.pos;

    while (cur_left(&c) && !a->raw) {
        token_read(p, a, l, &c, last);
        if (c.state == CUR_BAD)
            a->raw = true;
        if (c.state != CUR_OK)
            break;
        at = c.pos;
    }
    if (!a->raw)
        return (size_t)(at - bytes.p);
    tds_text_raw(p, &a->body, span_from(bytes, (size_t)(at - bytes.p)));
    return bytes.n;
}

void tds_answer_end(struct parse *p, struct tds_answer *a)
{
    if (a->known && a->counted)
        parse_uint(p, FIELD_TDS_ROWS, a->rows);
    tds_text_end(p, &a->body, BUFFER_BODY);
    parse_free(p, a->columns);
    *a = (struct tds_answer){.columns = NULL};
}

bool tds_answer_test(struct span message)
{
    uint8_t token = message.n ? message.p[0] : 0;

    return token >= TOKEN_DONE || token == TOKEN_COLUMNS || token == TOKEN_STATUS ||
           (token >= TOKEN_OFFSET && token < TOKEN_STATUS) ||
           (token >= 0xa0 && (token & 0x30) == 0x20);
}
