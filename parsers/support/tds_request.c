/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_request: see tds_request.h.
 */
#include "support/tds_request.h"

enum {
    HEADERS_MOST = 2048,
    HEADER_SMALLEST = 6,
    HEADER_KINDS = 3,
    NAME_MOST = 128 * 4, /* a procedure of another server: four names */
    BY_NUMBER = 0xffff,
    PROCEDURES = 16,
    OPTIONS = 7,
    NEXT_CALL_OLD = 0x80, /* where a parameter would begin: another call follows */
    NEXT_CALL_FIRST = 0xfe,
    SAMPLE = 64, /* units of a text that are looked at */
};

enum { TOKEN_LANGUAGE = 0x21, TOKEN_CALL = 0xe6 };

/* Procedures that have a number. `nth`: which of the texts among the parameters is a statement. */
static const struct {
    const char *name;
    uint8_t nth;
} procedures[PROCEDURES] = {
    {NULL, 0},
    {"sp_cursor", 0},
    {"sp_cursoropen", 1},
    {"sp_cursorprepare", 2},
    {"sp_cursorexecute", 0},
    {"sp_cursorprepexec", 2},
    {"sp_cursorunprepare", 0},
    {"sp_cursorfetch", 0},
    {"sp_cursoroption", 0},
    {"sp_cursorclose", 0},
    {"sp_executesql", 1},
    {"sp_prepare", 2},
    {"sp_execute", 0},
    {"sp_prepexec", 2},
    {"sp_prepexecrpc", 1},
    {"sp_unprepare", 0},
};

/* From 7.2 on: what a request belongs to. A text cannot begin so, nor a name. */
static void headers_skip(struct cursor *c)
{
    struct cursor at = *c;
    uint32_t total = cur_le32(&at), first = cur_le32(&at);
    uint16_t kind = cur_le16(&at);

    if (at.state != CUR_OK || total > HEADERS_MOST || total < 4 + HEADER_SMALLEST ||
        first < HEADER_SMALLEST || first > total - 4 || kind == 0 || kind > HEADER_KINDS)
        return;
    cur_skip(c, total);
}

/* Mostly ASCII, and no control characters. */
static bool is_utf16_text(struct span text)
{
    struct cursor c = cur_of(span_first(text, (size_t)2 * SAMPLE));
    unsigned plain = 0, units = 0;

    for (; cur_left(&c) >= 2; units++) {
        uint16_t u = cur_le16(&c);

        if (u < ' ' && u != '\t' && u != '\r' && u != '\n')
            return false;
        plain += u < 0x7f;
    }
    return units && plain * 2 > units;
}

/* ---- batches ---- */

bool tds_batch_test(struct span message)
{
    struct cursor c = cur_of(message);

    headers_skip(&c);
    return cur_left(&c) >= 8 && is_utf16_text(cur_look(&c));
}

void tds_batch_read(struct parse *p, struct tds_request *r, uint8_t version, struct span message)
{
    struct cursor c = cur_of(message);
    bool bytes = version != 0 && version < TDS_70;

    r->rest = TDS_REST_TEXT;
    r->text = bytes ? TDS_TEXT_BYTES : TDS_TEXT_UTF16;
    if (!bytes)
        headers_skip(&c);
    tds_text_field(p, FIELD_TDS_STATEMENT, r->text, cur_look(&c));
    tds_text_statement(p, &r->sql, r->text, cur_rest(&c));
}

/* ---- calls ---- */

struct call {
    struct span name; /* UTF-16, empty when it has a number */
    uint16_t number;
    uint16_t options;
};

static struct call call_head(struct cursor *c)
{
    struct call call = {.name = {NULL, 0}, .number = 0, .options = 0};
    uint16_t n = cur_le16(c);

    if (n == BY_NUMBER) {
        call.number = cur_le16(c);
        if (call.number == 0 || call.number >= PROCEDURES)
            cur_fail(c);
    } else {
        if (n == 0 || n > NAME_MOST)
            cur_fail(c);
        call.name = cur_span(c, (size_t)2 * n);
        if (c->state == CUR_OK && !is_utf16_text(call.name))
            cur_fail(c);
    }
    call.options = cur_le16(c);
    if (call.options > OPTIONS)
        cur_fail(c);
    return call;
}

/* A parameter up to its value: name, flags, type. */
static struct tds_type parameter_head(struct cursor *c, uint8_t version)
{
    struct span name = cur_span(c, (size_t)2 * cur_u8(c));

    if (c->state == CUR_OK && name.n && name.p[0] != '@')
        cur_fail(c);
    cur_skip(c, 1);
    return tds_type_read(c, TDS_PARAMETER, version);
}

bool tds_call_test(struct span message)
{
    struct cursor c = cur_of(message);

    headers_skip(&c);
    (void)call_head(&c);
    if (cur_left(&c) && cur_peek(&c) < NEXT_CALL_OLD)
        (void)parameter_head(&c, TDS_71);
    return c.state == CUR_OK;
}

static bool is_name(struct span utf16, const char *name)
{
    size_t n = strlen(name);

    /* The last part of database.owner.name. */
    if (utf16.n > 2 * n)
        utf16 = utf16.p[utf16.n - 2 * n - 2] == '.' ? span_from(utf16, utf16.n - 2 * n) : utf16;
    if (utf16.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (utf16.p[2 * i + 1] || (char)span_lower(utf16.p[2 * i]) != name[i])
            return false;
    return true;
}

/* Which of the procedures with numbers is it, 0 = another one. */
static unsigned procedure_find(const struct call *call)
{
    unsigned i = 1;

    if (call->number)
        return call->number;
    while (i < PROCEDURES && !is_name(call->name, procedures[i].name))
        i++;
    return i == PROCEDURES ? 0 : i;
}

static void call_report(struct parse *p, struct tds_request *r, const struct call *call)
{
    if (call->number) {
        parse_text(p, FIELD_TDS_PROCEDURE, procedures[call->number].name);
        return;
    }
    tds_text_field(p, FIELD_TDS_PROCEDURE, TDS_TEXT_UTF16, call->name);
    if (!is_name(call->name, "xp_cmdshell") && !is_name(call->name, "sp_oacreate"))
        return;
    tds_text_statement(p, &r->sql, TDS_TEXT_UTF16, call->name);
    tds_text_break(p, &r->sql, BUFFER_SQL);
}

/* The bytes end in a piece, or in the length of one. */
static void statement_goes_on(struct tds_request *r, const struct tds_value *v,
                              const struct cursor *c)
{
    struct cursor rest = cur_of(span_of(c->pos, v->left ? 0 : (size_t)(c->end - c->pos)));

    r->rest = TDS_REST_CHUNKS;
    r->more = v->chunks;
    r->chunk = v->left;
    while (cur_left(&rest) && r->head < sizeof(r->size))
        r->size[r->head++] = cur_u8(&rest);
}

/* The statement: its first piece is a field; what is missing comes with the next bytes. */
static void statement_read(struct parse *p, struct tds_request *r, const struct tds_type *t,
                           struct cursor *c)
{
    struct tds_value v = tds_value_begin(t);
    struct span piece;
    bool first = true;

    r->text = t->text;
    while (tds_value_next(&v, c, &piece)) {
        if (first)
            tds_text_field(p, FIELD_TDS_STATEMENT, t->text, piece);
        tds_text_statement(p, &r->sql, t->text, piece);
        first = false;
    }
    if (c->state == CUR_SHORT && v.begun)
        statement_goes_on(r, &v, c);
    else
        tds_text_break(p, &r->sql, BUFFER_SQL);
}

static void value_read(struct parse *p, struct tds_request *r, const struct tds_type *t,
                       struct cursor *c)
{
    struct tds_value v = tds_value_begin(t);
    struct span piece;

    while (tds_value_next(&v, c, &piece))
        tds_text_body(p, &r->body, t->text, piece);
    if (v.told)
        tds_text_break(p, &r->body, BUFFER_BODY);
}

static void parameters_read(struct parse *p, struct tds_request *r, unsigned nth, uint8_t version,
                            struct cursor *c)
{
    unsigned texts = 0;

    while (cur_left(c) && cur_peek(c) != NEXT_CALL_OLD && cur_peek(c) < NEXT_CALL_FIRST) {
        struct tds_type t = parameter_head(c, version);

        if (c->state != CUR_OK)
            return;
        if (t.text == TDS_TEXT_NONE)
            tds_value_skip(c, &t);
        else if (++texts == nth)
            statement_read(p, r, &t, c);
        else
            value_read(p, r, &t, c);
    }
}

void tds_call_read(struct parse *p, struct tds_request *r, uint8_t version, struct span message)
{
    struct cursor c = cur_of(message);
    bool first = true;

    if (version == 0)
        version = TDS_74;
    r->rest = TDS_REST_PASS;
    headers_skip(&c);
    while (cur_left(&c)) {
        struct call call = call_head(&c);

        if (c.state != CUR_OK)
            return;
        if (first)
            call_report(p, r, &call);
        first = false;
        parameters_read(p, r, procedures[procedure_find(&call)].nth, version, &c);
        cur_skip(&c, 1);
    }
}

/* ---- transactions ---- */

static const char *const transactions[] = {
    "get address", "propagate", NULL, NULL, NULL, "begin", "promote", "commit", "rollback", "save",
};

enum { TRANSACTIONS = sizeof(transactions) / sizeof(transactions[0]) };

bool tds_transaction_test(struct span message)
{
    struct cursor c = cur_of(message);
    uint16_t what;

    headers_skip(&c);
    if (c.pos == message.p)
        return false;
    what = cur_le16(&c);
    return c.state == CUR_OK && what < TRANSACTIONS && transactions[what];
}

void tds_transaction_read(struct parse *p, struct span message)
{
    struct cursor c = cur_of(message);
    uint16_t what;

    headers_skip(&c);
    what = cur_le16(&c);
    if (c.state == CUR_OK && what < TRANSACTIONS && transactions[what])
        parse_text(p, FIELD_TDS_STATEMENT, transactions[what]);
}

/* ---- TDS 5 ---- */

bool tds_normal_test(struct span message)
{
    struct cursor c = cur_of(message);
    uint8_t token = cur_u8(&c);
    uint32_t n = cur_le32(&c);
    struct span text;

    cur_skip(&c, 1);
    text = cur_look(&c);
    return token == TOKEN_LANGUAGE && n > 1 && n - 1 >= text.n && text.n && text.p[0] >= ' ';
}

void tds_normal_read(struct parse *p, struct tds_request *r, struct span message)
{
    struct cursor c = cur_of(message);
    uint8_t token = cur_u8(&c);

    r->rest = TDS_REST_PASS;
    r->text = TDS_TEXT_BYTES;
    if (token == TOKEN_LANGUAGE) {
        uint32_t n = cur_le32(&c);
        struct span text;

        cur_skip(&c, 1);
        text = span_first(cur_look(&c), n ? n - 1 : 0);
        tds_text_field(p, FIELD_TDS_STATEMENT, TDS_TEXT_BYTES, text);
        tds_text_statement(p, &r->sql, TDS_TEXT_BYTES, text);
        r->chunk = n > text.n + 1 ? (uint32_t)(n - 1 - text.n) : 0;
        r->rest = TDS_REST_CHUNKS;
    } else if (token == TOKEN_CALL) {
        cur_skip(&c, 2);
        tds_text_field(p, FIELD_TDS_PROCEDURE, TDS_TEXT_BYTES, cur_span(&c, cur_u8(&c)));
    }
}

/* ---- what follows ---- */

/* The length of the next chunk, which may come in pieces. False: it is not here yet, or there is
 * no other chunk. */
static bool chunk_head(struct tds_request *r, struct cursor *c)
{
    while (cur_left(c) && r->head < sizeof(r->size))
        r->size[r->head++] = cur_u8(c);
    if (r->head < sizeof(r->size))
        return false;
    r->head = 0;
    r->chunk = le32_at(r->size);
    return r->chunk != 0;
}

static void chunks_more(struct parse *p, struct tds_request *r, struct span bytes)
{
    struct cursor c = cur_of(bytes);

    while (cur_left(&c)) {
        size_t n;

        if (r->chunk == 0 && (!r->more || !chunk_head(r, &c))) {
            r->more &= r->head != 0;
            return;
        }
        n = r->chunk < cur_left(&c) ? r->chunk : cur_left(&c);
        tds_text_statement(p, &r->sql, r->text, cur_span(&c, n));
        r->chunk -= (uint32_t)n;
    }
}

void tds_request_more(struct parse *p, struct tds_request *r, struct span bytes)
{
    switch (r->rest) {
    case TDS_REST_TEXT:
        tds_text_statement(p, &r->sql, r->text, bytes);
        break;
    case TDS_REST_CHUNKS:
        chunks_more(p, r, bytes);
        break;
    case TDS_REST_RAW:
        tds_text_raw(p, &r->body, bytes);
        break;
    default:
        break;
    }
}

void tds_request_end(struct parse *p, struct tds_request *r)
{
    tds_text_end(p, &r->sql, BUFFER_SQL);
    tds_text_end(p, &r->body, BUFFER_BODY);
    *r = (struct tds_request){.rest = TDS_REST_PASS};
}
