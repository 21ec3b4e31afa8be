/* SPDX-License-Identifier: Apache-2.0
 *
 * tns_call: see tns_call.h.
 */
#include "support/tns_call.h"

enum {
    FUNCTION = 0x03,
    PIGGYBACK = 0x11,
    LONG_TEXT = 0xfe, /* instead of a length: chunks follow */
    SHORT_MOST = 0xfc,
    CHUNK_MOST = 0x7fff,
    USER_MOST = 128,
    ERROR_MOST = 0xfc,
    ERROR_DIGITS = 5,
    BEHIND_ERROR = 16, /* bytes that may follow the text of an error */
    PIGGYBACK_MOST = 512,
    FIELD_MOST = 4096,
};

static const struct {
    const char *name;
    enum tns_call_kind kind;
    uint8_t code;
} functions[] = {
    {"open", TNS_CALL_OTHER, 0x02},         {"parse", TNS_CALL_OTHER, 0x03},
    {"reexecute", TNS_CALL_OTHER, 0x04},    {"fetch", TNS_CALL_OTHER, 0x05},
    {"close", TNS_CALL_LOGIN, 0x08},        {"logoff", TNS_CALL_OTHER, 0x09},
    {"autocommit", TNS_CALL_OTHER, 0x0c},   {"no autocommit", TNS_CALL_OTHER, 0x0d},
    {"commit", TNS_CALL_OTHER, 0x0e},       {"rollback", TNS_CALL_OTHER, 0x0f},
    {"cancel", TNS_CALL_OTHER, 0x14},       {"describe", TNS_CALL_OTHER, 0x2b},
    {"version", TNS_CALL_OTHER, 0x3b},      {"execute", TNS_CALL_OTHER, 0x47},
    {"execute", TNS_CALL_OTHER, 0x4a},      {"reexecute", TNS_CALL_OTHER, 0x4e},
    {"execute", TNS_CALL_OTHER, 0x5e},      {"lob", TNS_CALL_OTHER, 0x60},
    {"authenticate", TNS_CALL_LOGIN, 0x73}, {"session key", TNS_CALL_LOGIN, 0x76},
    {"describe", TNS_CALL_OTHER, 0x77},     {"ping", TNS_CALL_OTHER, 0x93},
};

static const char *const keywords[] = {
    "SELECT",  "INSERT",  "UPDATE",  "DELETE",   "MERGE",   "WITH",      "BEGIN",
    "DECLARE", "CREATE",  "ALTER",   "DROP",     "CALL",    "EXPLAIN",   "LOCK",
    "GRANT",   "REVOKE",  "COMMIT",  "ROLLBACK", "SET",     "RENAME",    "TRUNCATE",
    "PURGE",   "COMMENT", "ANALYZE", "AUDIT",    "NOAUDIT", "FLASHBACK", "SAVEPOINT",
};

static struct tns_call function_find(uint8_t code)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (functions[i].code == code)
            return (struct tns_call){functions[i].kind, functions[i].name};
    return (struct tns_call){TNS_CALL_NONE, NULL};
}

/* Calls that need no answer of their own (closing cursors) ride in front of one that does. */
static struct span behind_piggyback(struct span payload)
{
    struct span look = span_from(span_first(payload, PIGGYBACK_MOST), 3);

    for (; look.n > 2; look = span_from(look, 1))
        if (look.p[0] == FUNCTION && (look.p[1] == 0x5e || look.p[1] == 0x4e || look.p[1] == 5 ||
                                      look.p[1] == 0x0e || look.p[1] == 9))
            return look;
    return span_of(NULL, 0);
}

struct tns_call tns_call_find(struct span payload)
{
    if (payload.n >= 3 && payload.p[0] == PIGGYBACK)
        payload = behind_piggyback(payload);
    if (payload.n < 3 || payload.p[0] != FUNCTION)
        return (struct tns_call){TNS_CALL_NONE, NULL};
    return function_find(payload.p[1]);
}

/* ---- statements ---- */

static struct span blanks_skip(struct span text)
{
    while (text.n && (text.p[0] == ' ' || text.p[0] == '\t' || text.p[0] == '\r' ||
                      text.p[0] == '\n' || text.p[0] == '('))
        text = span_from(text, 1);
    return text;
}

/* A letter, or what may stand before the first word: then the word may be anywhere. */
static bool is_statement(struct span text)
{
    text = blanks_skip(text);
    if (span_starts(text, SPAN("/*")) || span_starts(text, SPAN("--")))
        return true;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        struct span word = span_text(keywords[i]);
        struct span next = span_from(text, word.n);

        if (span_starts_nocase(text, word) &&
            (next.n == 0 || span_lower(next.p[0]) < 'a' || span_lower(next.p[0]) > 'z'))
            return true;
    }
    return false;
}

/* The length of a chunk: how many bytes, then those; or one byte. */
static bool size_read(struct tns_text *t, struct cursor *c)
{
    if (t->size_left == 0) {
        uint8_t first = cur_u8(c);

        if (c->state != CUR_OK)
            return false;
        t->size = t->wide ? 0 : first;
        t->size_left = t->wide ? first : 0;
        if (t->size_left > 4)
            t->size_left = 0;
    }
    while (t->size_left && cur_left(c)) {
        t->size = t->size << 8 | cur_u8(c);
        t->size_left--;
    }
    if (t->size_left)
        return false;
    t->left = t->size <= CHUNK_MOST ? t->size : 0;
    t->chunks = t->left != 0;
    return t->chunks;
}

/* A text whose length, or first chunk's length, stands at the cursor. */
static bool text_begin(struct tns_text *t, struct cursor *c)
{
    uint8_t n = cur_u8(c);

    *t = (struct tns_text){.left = n};
    if (n != LONG_TEXT)
        return n && n <= SHORT_MOST;
    t->wide = cur_peek(c) <= 4;
    t->chunks = true;
    return size_read(t, c);
}

static void piece_out(struct parse *p, struct tns_text *t, struct span piece)
{
    parse_buffer(p, BUFFER_SQL, t->begun ? BUFFER_NEXT : BUFFER_BEGINS, piece);
    t->begun = true;
}

bool tns_statement_goes_on(const struct tns_text *t)
{
    return t->begun && (t->left || t->chunks);
}

/* Chunk after chunk as far as the bytes go. */
static void text_read(struct parse *p, struct tns_text *t, struct cursor *c)
{
    while (cur_left(c) && (t->left || (t->chunks && size_read(t, c)))) {
        struct span piece = span_first(cur_look(c), t->left);

        cur_skip(c, piece.n);
        t->left -= (uint32_t)piece.n;
        piece_out(p, t, piece);
    }
    if (t->left || t->chunks)
        return;
    parse_buffer(p, BUFFER_SQL, BUFFER_ENDS, span_of("", 0));
    t->begun = false;
}

void tns_values_out(struct parse *p, struct span values)
{
    if (values.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, values);
}

/* Does a text begin here that looks like a statement? It may go on in the next packet. */
static bool statement_at(struct tns_text *t, struct span look, struct cursor *c)
{
    *c = cur_of(look);
    return text_begin(t, c) && is_statement(span_first(cur_look(c), t->left));
}

/* What is here of it, without what stands between the chunks. */
static void statement_field(struct parse *p, struct tns_text t, struct cursor c)
{
    uint8_t text[FIELD_MOST];
    size_t n = 0;

    if (!p->wants_tx)
        return;
    while (n < sizeof(text) && cur_left(&c) && (t.left || (t.chunks && size_read(&t, &c)))) {
        size_t most = t.left < sizeof(text) - n ? t.left : sizeof(text) - n;
        struct span piece = span_first(cur_look(&c), most);

        memcpy(text + n, piece.p, piece.n);
        n += piece.n;
        t.left -= (uint32_t)piece.n;
        cur_skip(&c, piece.n);
    }
    parse_field(p, FIELD_TNS_STATEMENT, span_of(text, n));
}

void tns_statement_read(struct parse *p, struct tns_text *t, struct span payload)
{
    struct span look = span_from(payload, 3);
    struct cursor c;

    for (; look.n > 3; look = span_from(look, 1)) {
        if (!statement_at(t, look, &c))
            continue;
        statement_field(p, *t, c);
        text_read(p, t, &c);
        if (!t->begun)
            tns_values_out(p, cur_rest(&c));
        return;
    }
    *t = (struct tns_text){.left = 0};
}

size_t tns_statement_more(struct parse *p, struct tns_text *t, struct span payload)
{
    struct cursor c = cur_of(payload);

    text_read(p, t, &c);
    return payload.n - cur_left(&c);
}

/* ---- logins ---- */

static size_t text_find(struct span in, struct span what)
{
    size_t at = 0;

    while (at < in.n && !span_starts(span_from(in, at), what))
        at++;
    return at;
}

/* A text that ends at `end`, with its length in front. */
static struct span text_before(struct span payload, size_t end)
{
    for (size_t n = 1; n <= USER_MOST && n < end; n++) {
        struct span text = span_first(span_from(payload, end - n), n);

        if (text.p[0] < ' ' || text.p[0] == 0x7f)
            break;
        if (payload.p[end - n - 1] == n)
            return text;
    }
    return span_of("", 0);
}

/* It stands before the first of the names and values, whose name has a number and a length in
 * front: in the fewest bytes, or of four. */
struct span tns_user_find(struct span payload)
{
    size_t at = text_find(payload, SPAN("AUTH_"));
    struct span user = span_of("", 0);

    if (at == payload.n)
        return user;
    if (at > 3)
        user = text_before(payload, at - 3);
    if (user.n == 0 && at > 5)
        user = text_before(payload, at - 5);
    return user;
}

/* ---- answers ---- */

struct span tns_error_find(struct span payload, uint32_t *code)
{
    size_t look = payload.n > ERROR_MOST + BEHIND_ERROR ? payload.n - ERROR_MOST - BEHIND_ERROR : 0;
    size_t at = look + text_find(span_from(payload, look), SPAN("ORA-"));
    struct span text = span_from(payload, at);
    uint8_t n = at && at < payload.n ? payload.p[at - 1] : 0;

    if (n < sizeof("ORA-12345") || n > text.n || text.n - n > BEHIND_ERROR)
        return span_of("", 0);
    *code = 0;
    for (size_t i = 4; i < 4 + ERROR_DIGITS; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return span_of("", 0);
        *code = *code * 10 + text.p[i] - '0';
    }
    text = span_first(text, n);
    while (text.n && text.p[text.n - 1] < ' ')
        text.n--;
    return text;
}

/* Services of a network: 1 authentication, 2 encryption, 3 checksums, 4 their manager. */
bool tns_is_encrypted(struct span payload)
{
    struct cursor c = cur_of(payload);
    uint16_t services;

    if (cur_be32(&c) != 0xdeadbeef)
        return false;
    cur_skip(&c, 6);
    services = cur_be16(&c);
    cur_skip(&c, 1);
    for (; services && c.state == CUR_OK; services--) {
        uint16_t service = cur_be16(&c), fields = cur_be16(&c);

        cur_skip(&c, 4);
        for (uint16_t i = 0; i < fields && c.state == CUR_OK; i++) {
            uint16_t size = cur_be16(&c);
            uint16_t type = cur_be16(&c);
            struct span value = cur_span(&c, size);

            if (c.state == CUR_OK && service == 2 && type == 2 && size == 1 && value.p[0])
                return true;
        }
    }
    return false;
}
