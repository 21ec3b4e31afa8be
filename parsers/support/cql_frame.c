/* SPDX-License-Identifier: Apache-2.0
 *
 * cql_frame: see cql_frame.h.
 */
#include "support/cql_frame.h"

enum {
    ANSWER = 0x80,
    OLD_VERSIONS = 2, /* those have streams of one byte */
    VERSIONS = 6,
    DSE_1 = 0x41,
    DSE_2 = 0x42,
    FLAGS_KNOWN = 0x1f,
    ENTRIES_MOST = 256,
    RESULT_ROWS = 2,
    RESULT_KEYSPACE = 3,
    BATCH_MOST = 64, /* statements that are told */
    FLAG_VALUES = 1,
    UUID = 16,
    ERROR_MOST = 0xffff,
};

struct known {
    const char *name;
    enum dir from;
};

static const struct known opcodes[CQL_OPCODES] = {
    [CQL_ERROR] = {"error", DIR_SERVER},
    [CQL_STARTUP] = {"startup", DIR_CLIENT},
    [CQL_READY] = {"ready", DIR_SERVER},
    [CQL_AUTHENTICATE] = {"authenticate", DIR_SERVER},
    [CQL_CREDENTIALS] = {"credentials", DIR_CLIENT},
    [CQL_OPTIONS] = {"options", DIR_CLIENT},
    [CQL_SUPPORTED] = {"supported", DIR_SERVER},
    [CQL_QUERY] = {"query", DIR_CLIENT},
    [CQL_RESULT] = {"result", DIR_SERVER},
    [CQL_PREPARE] = {"prepare", DIR_CLIENT},
    [CQL_EXECUTE] = {"execute", DIR_CLIENT},
    [CQL_REGISTER] = {"register", DIR_CLIENT},
    [CQL_EVENT] = {"event", DIR_SERVER},
    [CQL_BATCH] = {"batch", DIR_CLIENT},
    [CQL_AUTH_CHALLENGE] = {"auth challenge", DIR_SERVER},
    [CQL_AUTH_RESPONSE] = {"auth response", DIR_CLIENT},
    [CQL_AUTH_SUCCESS] = {"auth success", DIR_SERVER},
};

static const char *const consistencies[] = {
    "any",          "one",         "two",    "three",        "quorum",    "all",
    "local quorum", "each quorum", "serial", "local serial", "local one",
};

static bool is_version(uint8_t version)
{
    return (version >= 1 && version <= VERSIONS) || version == DSE_1 || version == DSE_2;
}

struct cql_frame cql_frame_read(enum dir from, struct cursor *c)
{
    uint8_t first = cur_u8(c);
    struct cql_frame f = {.version = first & 0x7f, .flags = cur_u8(c)};

    if (c->state != CUR_OK)
        return f;
    if ((from == DIR_SERVER) != (first >= ANSWER) || !is_version(f.version) ||
        f.flags & ~FLAGS_KNOWN)
        cur_fail(c);
    f.stream = f.version <= OLD_VERSIONS ? cur_u8(c) : cur_be16(c);
    f.opcode = cur_u8(c);
    if (f.opcode >= CQL_OPCODES || opcodes[f.opcode].from != from)
        cur_fail(c);
    f.length = cur_be32(c);
    if (f.length > CQL_LENGTH_MOST)
        cur_fail(c);
    return f;
}

/* ---- the pieces that bodies are made of ---- */

static struct span string_read(struct cursor *c)
{
    return cur_span(c, cur_be16(c));
}

/* A value: its length may say that there is none. */
static struct span bytes_read(struct cursor *c)
{
    uint32_t n = cur_be32(c);

    return cur_span(c, n > INT32_MAX ? 0 : n);
}

static void string_list_skip(struct cursor *c)
{
    for (uint16_t n = cur_be16(c); n && c->state == CUR_OK; n--)
        (void)string_read(c);
}

static void bytes_map_skip(struct cursor *c)
{
    for (uint16_t n = cur_be16(c); n && c->state == CUR_OK; n--) {
        (void)string_read(c);
        (void)bytes_read(c);
    }
}

/* What stands before the body proper. */
static void preamble_skip(struct cursor *c, enum dir from, uint8_t flags)
{
    if (from == DIR_SERVER && flags & CQL_FLAG_TRACED)
        cur_skip(c, UUID);
    if (from == DIR_SERVER && flags & CQL_FLAG_WARNED)
        string_list_skip(c);
    if (flags & CQL_FLAG_PAYLOAD)
        bytes_map_skip(c);
}

/* ---- proof ---- */

bool cql_startup_test(struct span body)
{
    struct cursor c = cur_of(body);
    bool found = false;
    uint16_t n = cur_be16(&c);

    for (; n && c.state == CUR_OK; n--) {
        struct span name = string_read(&c);

        if (!span_printable(name) || name.n > ENTRIES_MOST)
            return false;
        found |= span_equal(name, SPAN("CQL_VERSION"));
        (void)string_read(&c);
    }
    return found && cur_done(&c);
}

bool cql_supported_test(struct span body)
{
    struct cursor c = cur_of(body);
    bool found = false;
    uint16_t n = cur_be16(&c);

    for (; n && c.state == CUR_OK; n--) {
        found |= span_equal(string_read(&c), SPAN("CQL_VERSION"));
        string_list_skip(&c);
    }
    return found && cur_done(&c);
}

bool cql_error_test(struct span body)
{
    struct cursor c = cur_of(body);
    uint32_t code = cur_be32(&c);
    struct span text = string_read(&c);

    return c.state == CUR_OK && code <= ERROR_MOST && text.n && text.p[0] >= ' ';
}

/* ---- requests ---- */

static void user_report(struct parse *p, struct cql_login *l, struct span user)
{
    struct span kept = span_first(user, CQL_USER_MOST);

    if (user.n == 0)
        return;
    memcpy(l->user, kept.p, kept.n);
    l->user_n = (uint8_t)kept.n;
    parse_field(p, FIELD_CASSANDRA_USER, user);
}

static void startup_read(struct parse *p, struct cursor *c)
{
    static const struct {
        const char *name;
        enum field field;
    } wanted[] = {
        {"CQL_VERSION", FIELD_CASSANDRA_CQL},
        {"DRIVER_NAME", FIELD_CASSANDRA_DRIVER},
        {"DRIVER_VERSION", FIELD_CASSANDRA_DRIVER_VERSION},
        {"APPLICATION_NAME", FIELD_CASSANDRA_APPLICATION},
        {"COMPRESSION", FIELD_CASSANDRA_COMPRESSION},
    };

    for (uint16_t n = cur_be16(c); n && c->state == CUR_OK; n--) {
        struct span name = string_read(c), value = string_read(c);

        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
            if (c->state == CUR_OK && span_equal(name, span_text(wanted[i].name)))
                parse_field(p, wanted[i].field, value);
    }
}

static void credentials_read(struct parse *p, struct cql_login *l, struct cursor *c)
{
    for (uint16_t n = cur_be16(c); n && c->state == CUR_OK; n--) {
        struct span name = string_read(c), value = string_read(c);

        if (c->state == CUR_OK && span_equal(name, SPAN("username")))
            user_report(p, l, value);
    }
}

/* SASL PLAIN (RFC 4616): authorization, user, password, with zeros between. */
static void plain_read(struct parse *p, struct cql_login *l, struct cursor *c)
{
    struct span token = bytes_read(c);
    struct span user = span_from(token, span_index(token, 0) + 1);
    size_t n = span_index(user, 0);

    if (n < user.n && token.p[0] == 0)
        user_report(p, l, span_first(user, n));
}

static void consistency_report(struct parse *p, struct cursor *c)
{
    uint16_t how = cur_be16(c);

    if (c->state == CUR_OK && how < sizeof(consistencies) / sizeof(consistencies[0]))
        parse_text(p, FIELD_CASSANDRA_CONSISTENCY, consistencies[how]);
}

static void values_out(struct parse *p, struct cql_rest *rest, struct cursor *c)
{
    struct span values = cur_rest(c);

    rest->values = true;
    if (values.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_BEGINS, values);
    rest->begun = values.n != 0;
}

/* A statement that may go on behind the bytes that are here. */
static void statement_read(struct parse *p, struct cql_rest *rest, struct cursor *c)
{
    uint32_t n = cur_be32(c);
    struct span here = span_first(cur_look(c), n);

    if (c->state != CUR_OK || n > CQL_LENGTH_MOST)
        return;
    parse_field(p, FIELD_CASSANDRA_STATEMENT, here);
    rest->statement = n - (uint32_t)here.n;
    rest->begun = true;
    parse_buffer(p, BUFFER_SQL, rest->statement ? BUFFER_BEGINS : BUFFER_WHOLE, here);
    cur_skip(c, n);
}

/* How a query is meant: consistency, flags, perhaps values. */
static void parameters_read(struct parse *p, const struct cql_frame *f, struct cql_rest *rest,
                            struct cursor *c)
{
    uint32_t flags;

    consistency_report(p, c);
    flags = f->version == 5 || f->version == VERSIONS ? cur_be32(c) : cur_u8(c);
    if (c->state == CUR_OK && f->version > 1 && flags & FLAG_VALUES)
        values_out(p, rest, c);
}

static void execute_read(struct parse *p, const struct cql_frame *f, struct cql_rest *rest,
                         struct cursor *c)
{
    (void)string_read(c);
    if (f->version >= 5 && f->version <= VERSIONS)
        (void)string_read(c);
    if (f->version > 1)
        consistency_report(p, c);
    values_out(p, rest, c);
}

static void batch_read(struct parse *p, struct cursor *c)
{
    uint16_t count;
    bool more = true;

    cur_skip(c, 1);
    count = cur_be16(c);
    for (unsigned i = 0; i < count && i < BATCH_MOST && more; i++) {
        bool text = cur_u8(c) == 0;
        struct span statement = text ? cur_span(c, cur_be32(c)) : string_read(c);

        if (text && c->state == CUR_OK) {
            parse_field(p, FIELD_CASSANDRA_BATCH, statement);
            parse_buffer(p, BUFFER_SQL, BUFFER_WHOLE, statement);
        }
        for (uint16_t n = cur_be16(c); n && c->state == CUR_OK; n--)
            parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, bytes_read(c));
        more = c->state == CUR_OK;
    }
    if (count <= BATCH_MOST)
        consistency_report(p, c);
}

struct cql_rest cql_request_read(struct parse *p, struct cql_login *l, const struct cql_frame *f,
                                 struct span body)
{
    struct cql_rest rest = {.statement = 0};
    struct cursor c = cur_of(body);

    parse_text(p, FIELD_CASSANDRA_COMMAND, opcodes[f->opcode].name);
    if (f->opcode == CQL_STARTUP)
        parse_uint(p, FIELD_CASSANDRA_VERSION, f->version);
    if (f->flags & CQL_FLAG_PACKED) {
        parse_uint(p, FIELD_CASSANDRA_COMPRESSED, 1);
        return rest;
    }
    preamble_skip(&c, DIR_CLIENT, f->flags);
    switch (f->opcode) {
    case CQL_STARTUP:
        startup_read(p, &c);
        break;
    case CQL_CREDENTIALS:
        credentials_read(p, l, &c);
        break;
    case CQL_AUTH_RESPONSE:
        plain_read(p, l, &c);
        break;
    case CQL_QUERY:
        statement_read(p, &rest, &c);
        if (rest.statement == 0)
            parameters_read(p, f, &rest, &c);
        break;
    case CQL_PREPARE:
        statement_read(p, &rest, &c);
        break;
    case CQL_EXECUTE:
        execute_read(p, f, &rest, &c);
        break;
    case CQL_BATCH:
        batch_read(p, &c);
        break;
    default:
        break;
    }
    return rest;
}

/* ---- answers ---- */

static void result_read(struct parse *p, struct cql_answer *a, struct cursor *c)
{
    uint32_t kind = cur_be32(c);

    if (kind == RESULT_KEYSPACE)
        a->keyspace = string_read(c);
    else if (kind == RESULT_ROWS)
        values_out(p, &a->rest, c);
}

struct cql_answer cql_answer_read(struct parse *p, const struct cql_frame *f, struct span body)
{
    struct cql_answer a = {.error = 0};
    struct cursor c = cur_of(body);

    if (f->flags & CQL_FLAG_PACKED)
        return a;
    preamble_skip(&c, DIR_SERVER, f->flags);
    switch (f->opcode) {
    case CQL_ERROR:
        a.error = cur_be32(&c);
        a.text = string_read(&c);
        a.is_error = c.state == CUR_OK;
        break;
    case CQL_AUTHENTICATE:
        a.authenticator = string_read(&c);
        break;
    case CQL_RESULT:
        result_read(p, &a, &c);
        break;
    default:
        break;
    }
    return a;
}
