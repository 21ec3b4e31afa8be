/* SPDX-License-Identifier: Apache-2.0
 *
 * mysqlx_session: see mysqlx_session.h.
 */
#include "support/mysqlx_session.h"
#include "support/mysql_packet.h"
#include "support/protobuf.h"
#include "support/walk.h"

enum {
    MESSAGE_MAX = 0x3fffffff,
    LOGIN_WINDOW = 1024,
    HEAD_WINDOW = 64, /* of a statement's message: what stands before the text */
    STATEMENT_WINDOW = 4096,
    ERROR_WINDOW = 1024,
};

enum client_type {
    AUTH_START = 4,
    AUTH_CONTINUE = 5,
    EXECUTE = 12,
    FIND = 17,
    DELETE = 20,
    PREPARE = 40,
    EXECUTE_PREPARED = 41,
    COMPRESSED = 46,
    CLIENT_LAST = COMPRESSED,
};

enum server_type {
    OK = 0,
    ERROR = 1,
    AUTH_OK = 4,
    EXECUTED = 17,
    SERVER_LAST = 19,
};

/* ---- login ---- */

/* schema NUL user NUL password or proof */
static void user_report(struct parse *p, struct mysqlx_session *s, struct span login)
{
    struct span schema = span_first(login, span_index(login, 0));
    struct span user = span_from(login, schema.n + 1);

    if (schema.n == login.n)
        return;
    user = span_first(user, span_index(user, 0));
    parse_field(p, FIELD_MYSQL_USER, user);
    if (schema.n)
        parse_field(p, FIELD_MYSQL_DATABASE, schema);
    user = span_first(user, MYSQLX_USER);
    s->user_n = (uint8_t)user.n;
    if (user.n)
        memcpy(s->user, user.p, user.n);
}

static void login_read(struct parse *p, struct mysqlx_session *s, uint8_t type, struct cursor body)
{
    uint32_t login = type == AUTH_START ? 2 : 1;
    struct pb_field f;

    parse_tx(p, TX_BOTH);
    while (pb_next(&body, &f)) {
        if (type == AUTH_START && f.number == 1)
            parse_field(p, FIELD_MYSQL_PLUGIN, f.bytes);
        else if (f.number == login)
            user_report(p, s, f.bytes);
    }
}

/* ---- client ---- */

static const char *type_name(uint8_t type)
{
    static const char *const documents[] = {"find", "insert", "update", "delete"};

    if (type >= FIND && type <= DELETE)
        return documents[type - FIND];
    if (type == EXECUTE_PREPARED)
        return "execute";
    return type == PREPARE ? "prepare" : "query";
}

static void open_push(struct parse *p, struct mysqlx_session *s, bool told)
{
    if (s->open == MYSQLX_OPEN) {
        s->unpaired = true;
        s->open = 0;
    }
    if (s->unpaired) {
        if (told)
            parse_tx(p, TX_DONE);
        return;
    }
    s->told = (s->told & (((uint64_t)1 << s->open) - 1)) | (uint64_t)told << s->open;
    s->open++;
}

static void request_report(struct parse *p, struct mysqlx_session *s, uint8_t type,
                           struct span statement)
{
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MYSQL_COMMAND, type_name(type));
    if (statement.n)
        parse_field(p, FIELD_MYSQL_STATEMENT, statement);
    open_push(p, s, true);
}

/* How long the statement is; the cursor stands before it. */
static uint64_t statement_enter(struct cursor *head, uint8_t type)
{
    if (type == PREPARE) {
        (void)pb_enter(head, 2);
        (void)pb_enter(head, 6);
    }
    return pb_enter(head, 1);
}

/* `behind` is the message without its type, `size` bytes of it. */
static uint64_t statement_step(struct parse *p, struct mysqlx_session *s, struct cursor *in,
                               uint8_t type, uint32_t size)
{
    struct cursor behind = *in;
    struct cursor head = cur_sub(in, size < HEAD_WINDOW ? size : HEAD_WINDOW);
    const uint8_t *start = behind.pos;
    struct span text;
    uint64_t n;

    if (in->state != CUR_OK)
        return 0;
    n = statement_enter(&head, type);
    if (head.state != CUR_OK || n > size - (uint64_t)(head.pos - start)) {
        request_report(p, s, type, span_of("", 0));
        return walk_pass(in, size < HEAD_WINDOW ? 0 : size - HEAD_WINDOW);
    }
    cur_skip(&behind, (size_t)(head.pos - start));
    *in = behind;
    text = cur_span(in, n < STATEMENT_WINDOW ? (size_t)n : STATEMENT_WINDOW);
    if (in->state != CUR_OK)
        return 0;
    request_report(p, s, type, text);
    s->left[DIR_CLIENT] = size - (uint32_t)(head.pos - start) - (uint32_t)n;
    *in = behind;
    return walk_body(p, in, n, BUFFER_SQL, BUFFER_WHOLE);
}

static uint64_t client_step(struct parse *p, struct mysqlx_session *s, struct cursor *in,
                            uint8_t type, uint32_t size)
{
    uint32_t window = size < LOGIN_WINDOW ? size : LOGIN_WINDOW;

    if (type == EXECUTE || type == PREPARE)
        return statement_step(p, s, in, type, size);
    if (type == AUTH_START || type == AUTH_CONTINUE) {
        struct cursor body = cur_sub(in, window);

        if (in->state == CUR_OK && !s->over)
            login_read(p, s, type, body);
        return walk_pass(in, size - window);
    }
    if ((type >= FIND && type <= DELETE) || type == EXECUTE_PREPARED)
        request_report(p, s, type, span_of("", 0));
    else if (type == COMPRESSED)
        s->unpaired = true;
    else
        open_push(p, s, false);
    return walk_pass(in, size);
}

/* ---- server ---- */

static void error_report(struct parse *p, const struct mysqlx_session *s, struct cursor body)
{
    struct span who = span_of(s->user, s->user_n);
    struct pb_field f;

    while (pb_next(&body, &f)) {
        if (f.number == 3)
            parse_field(p, FIELD_MYSQL_ERROR_TEXT, f.bytes);
        if (f.number != 2)
            continue;
        parse_uint(p, FIELD_MYSQL_ERROR_CODE, f.value);
        if (!s->over && f.value <= UINT16_MAX && mysql_refuses_login((uint16_t)f.value))
            parse_threat_value(p, THREAT_MYSQL_DENIED, "MySQL refuses the login", who);
        else if (s->over && f.value <= UINT16_MAX && mysql_refuses_right((uint16_t)f.value))
            parse_refused(p, "MySQL refuses a right", who);
    }
}

static void login_end(struct parse *p, struct mysqlx_session *s, uint8_t type, struct cursor body)
{
    parse_tx(p, TX_BOTH);
    if (type == ERROR)
        error_report(p, s, body);
    parse_tx(p, TX_DONE);
    s->over = type == AUTH_OK;
}

static void answer_take(struct parse *p, struct mysqlx_session *s, uint8_t type, struct cursor body)
{
    if (s->open == 0)
        return;
    if (s->told & 1) {
        parse_tx(p, TX_REPLY);
        if (type == ERROR)
            error_report(p, s, body);
        parse_tx(p, TX_DONE);
    }
    s->told >>= 1;
    s->open--;
}

static uint64_t server_step(struct parse *p, struct mysqlx_session *s, struct cursor *in,
                            uint8_t type, uint32_t size)
{
    uint32_t window = type == ERROR && size > ERROR_WINDOW ? ERROR_WINDOW : size;
    struct cursor body;

    if (type != ERROR && type != OK && type != EXECUTED && (type != AUTH_OK || s->over))
        return walk_pass(in, size);
    body = cur_sub(in, window);
    if (in->state != CUR_OK)
        return 0;
    if (!s->over && (type == AUTH_OK || type == ERROR))
        login_end(p, s, type, body);
    else
        answer_take(p, s, type, body);
    return walk_pass(in, size - window);
}

uint64_t mysqlx_session_step(struct parse *p, struct mysqlx_session *s, struct cursor *in)
{
    uint32_t left = s->left[p->dir];
    uint32_t size;
    uint8_t type;

    if (left) {
        s->left[p->dir] = 0;
        return walk_pass(in, left);
    }
    size = cur_le32(in);
    type = cur_u8(in);
    if (in->state == CUR_OK && (size < 1 || size > MESSAGE_MAX ||
                                type > (p->dir == DIR_CLIENT ? CLIENT_LAST : SERVER_LAST)))
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    return p->dir == DIR_CLIENT ? client_step(p, s, in, type, size - 1)
                                : server_step(p, s, in, type, size - 1);
}
