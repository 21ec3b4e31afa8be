/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql_packet: see mysql_packet.h.
 */
#include "support/mysql_packet.h"

enum {
    TEXT_MAX = 1 << 16,
    ZEROS = 19, /* of the login; MariaDB uses the four bytes that follow them */
    ATTRIBUTES_MAX = 65535,
};

/* A length-encoded integer. NULL (FB) is zero here. */
uint64_t mysql_number(struct cursor *c)
{
    uint8_t first = cur_u8(c);

    switch (first) {
    case 0xfb:
        return 0;
    case 0xfc:
        return cur_le16(c);
    case 0xfd:
        return cur_le24(c);
    case 0xfe:
        return cur_le64(c);
    case 0xff:
        cur_fail(c);
        return 0;
    default:
        return first;
    }
}

static struct span read_text(struct cursor *c)
{
    uint64_t n = mysql_number(c);

    return cur_span(c, n > SIZE_MAX ? SIZE_MAX : (size_t)n);
}

static bool is_zero(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != 0)
            return false;
    return true;
}

/* No NUL ends it in some servers. */
static struct span read_last_name(struct cursor *c)
{
    struct span rest = cur_rest(c);

    return rest.n && rest.p[rest.n - 1] == 0 ? span_first(rest, rest.n - 1) : rest;
}

static void greeting_10_read(struct cursor *c, struct mysql_greeting *g)
{
    uint8_t salt;
    struct span name;

    cur_skip(c, 4 + 8);
    if (cur_u8(c) != 0)
        cur_fail(c);
    g->caps = cur_le16(c);
    if (cur_done(c))
        return;
    cur_skip(c, 1 + 2);
    g->caps |= (uint32_t)cur_le16(c) << 16;
    salt = cur_u8(c);
    if (!is_zero(cur_span(c, 6)))
        cur_fail(c);
    cur_skip(c, 4);
    if (g->caps & MYSQL_SECURE_CONNECTION)
        cur_skip(c, salt > 8 + 13 ? (size_t)salt - 8 : 13);
    if (!(g->caps & MYSQL_PLUGIN_AUTH))
        return;
    name = read_last_name(c);
    if (!span_printable(name))
        cur_fail(c);
}

void mysql_greeting_read(struct cursor *c, struct mysql_greeting *g)
{
    uint8_t protocol = cur_u8(c);

    *g = (struct mysql_greeting){.version = cur_until(c, 0, TEXT_MAX), .caps = 0};
    if (g->version.n == 0 || g->version.p[0] < '0' || g->version.p[0] > '9' ||
        !span_printable(g->version))
        cur_fail(c);
    if (protocol == 10) {
        greeting_10_read(c, g);
    } else if (protocol == 9) {
        cur_skip(c, 4);
        if (!span_printable(cur_until(c, 0, 64)))
            cur_fail(c);
    } else {
        cur_fail(c);
    }
    if (!cur_done(c))
        cur_fail(c);
}

void mysql_error_read(struct cursor *c, struct mysql_error *e)
{
    e->code = cur_le16(c);
    if (cur_peek(c) == '#')
        cur_skip(c, 1 + 5);
    e->text = cur_rest(c);
}

static void connect_attributes_read(struct cursor *c, struct mysql_login *l)
{
    uint64_t n = mysql_number(c);
    struct cursor list = cur_sub(c, n > TEXT_MAX ? TEXT_MAX : (size_t)n);

    while (list.state == CUR_OK && !cur_done(&list)) {
        struct span name = read_text(&list);
        struct span value = read_text(&list);

        if (span_equal(name, SPAN("_client_name")))
            l->client = value;
        else if (span_equal(name, SPAN("program_name")))
            l->program = value;
    }
    if (c->state == CUR_OK)
        cur_join(c, &list);
}

static void auth_skip(struct cursor *c, uint32_t caps)
{
    if (caps & MYSQL_LENENC_AUTH)
        (void)read_text(c);
    else if (caps & MYSQL_SECURE_CONNECTION)
        cur_skip(c, cur_u8(c));
    else
        (void)cur_until(c, 0, TEXT_MAX);
}

/* Servers take a login whose last parts are missing, so what fails here only makes it inexact. */
static void login_rest_read(struct cursor *c, struct mysql_login *l)
{
    auth_skip(c, l->caps);
    if (l->caps & MYSQL_CONNECT_WITH_DB)
        l->database = cur_until(c, 0, TEXT_MAX);
    if (l->caps & MYSQL_PLUGIN_AUTH)
        l->plugin = cur_until(c, 0, TEXT_MAX);
    if (l->caps & MYSQL_CONNECT_ATTRS)
        connect_attributes_read(c, l);
    if (l->caps & MYSQL_ZSTD)
        cur_skip(c, 1);
}

/* Of the time before 4.1. */
static void login_old_read(struct cursor *c, struct mysql_login *l)
{
    cur_skip(c, 3);
    if (l->caps & MYSQL_SSL && cur_done(c)) {
        l->tls = true;
        return;
    }
    l->user = cur_until(c, 0, TEXT_MAX);
    if (c->state != CUR_OK || !(l->caps & MYSQL_CONNECT_WITH_DB))
        return;
    (void)cur_until(c, 0, TEXT_MAX);
    l->database = read_last_name(c);
}

void mysql_login_read(struct cursor *c, struct mysql_login *l)
{
    bool zeros;

    *l = (struct mysql_login){.caps = cur_le16(c)};
    if (!(l->caps & MYSQL_PROTOCOL_41)) {
        login_old_read(c, l);
        return;
    }
    l->caps |= (uint32_t)cur_le16(c) << 16;
    cur_skip(c, 4 + 1);
    zeros = is_zero(cur_span(c, ZEROS));
    cur_skip(c, 4);
    if (l->caps & MYSQL_SSL && cur_done(c)) {
        l->tls = true;
        l->exact = zeros;
        return;
    }
    l->user = cur_until(c, 0, TEXT_MAX);
    if (c->state != CUR_OK)
        return;
    login_rest_read(c, l);
    l->exact = zeros && cur_done(c);
    *c = cur_of(span_of(c->end, 0));
}

void mysql_change_user_read(struct cursor *c, struct mysql_login *l)
{
    uint32_t caps = l->caps & ~(uint32_t)MYSQL_LENENC_AUTH;

    l->user = cur_until(c, 0, TEXT_MAX);
    auth_skip(c, caps);
    l->database = cur_until(c, 0, TEXT_MAX);
}

static void value_skip(struct cursor *c, uint16_t type)
{
    switch (type & 0x7fff) {
    case 0x06:
        break;
    case 0x01:
        cur_skip(c, 1);
        break;
    case 0x02:
    case 0x0d:
        cur_skip(c, 2);
        break;
    case 0x03:
    case 0x04:
    case 0x09:
        cur_skip(c, 4);
        break;
    case 0x05:
    case 0x08:
        cur_skip(c, 8);
        break;
    case 0x07:
    case 0x0a:
    case 0x0b:
    case 0x0c:
        cur_skip(c, cur_u8(c));
        break;
    default:
        (void)read_text(c);
        break;
    }
}

/* Named values that stand before the text of a query: types and names, then the values. */
void mysql_attributes_skip(struct cursor *c)
{
    uint64_t count = mysql_number(c);
    struct span nulls;
    struct cursor types;

    (void)mysql_number(c);
    if (count == 0)
        return;
    if (count > ATTRIBUTES_MAX) {
        cur_fail(c);
        return;
    }
    nulls = cur_span(c, ((size_t)count + 7) / 8);
    if (cur_u8(c) != 1)
        cur_fail(c);
    types = *c;
    for (uint64_t i = 0; i < count && c->state == CUR_OK; i++) {
        cur_skip(c, 2);
        (void)read_text(c);
    }
    for (uint64_t i = 0; i < count && c->state == CUR_OK; i++) {
        uint16_t type = cur_le16(&types);

        (void)read_text(&types);
        if (!(nulls.p[i / 8] >> (i % 8) & 1))
            value_skip(c, type);
    }
}

/* clang-format off */
static const char *const command_names[] = {
    "sleep", "quit", "init_db", "query", "field_list", "create_db", "drop_db", "refresh",
    "shutdown", "statistics", "process_info", "connect", "kill", "debug", "ping", "time",
    "delayed_insert", "change_user", "binlog_dump", "table_dump", "connect_out",
    "register_replica", "prepare", "execute", "long_data", "close", "reset", "set_option",
    "fetch", "daemon", "binlog_dump_gtid", "reset_connection", "clone", "subscribe_group",
};
/* clang-format on */

const char *mysql_command_name(uint8_t code)
{
    if (code == MYSQL_BULK_EXECUTE)
        return "bulk_execute";
    return code < sizeof(command_names) / sizeof(command_names[0]) ? command_names[code] : NULL;
}

bool mysql_refuses_login(uint16_t code)
{
    return code == 1044 || code == 1045 || code == 1698 || code == 1862 || code == 3118 ||
           code == 3955;
}

bool mysql_refuses_right(uint16_t code)
{
    return code == 1044 || code == 1142 || code == 1143 || code == 1227 || code == 1370;
}
