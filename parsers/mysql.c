/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql: the classic protocol of MySQL and MariaDB: greeting, login, commands and the first packet
 * of each response. Packets have a length and a number in front: rows are passed over by count.
 *
 * The number says where a packet belongs: a command has 0, the response goes on counting where the
 * command ended. So neither rows nor the exchange of authentication need to be understood.
 */
#include "parser/parser.h"
#include "support/mysql_packet.h"
#include "support/walk.h"

enum {
    GREETING_MAX = 1024,
    LOGIN_MAX = 128 << 10,
    STATEMENT_MAX = 64 << 10,
    AUTH_MAX = 0xffff,
    RESPONSE_MAX = 1024, /* of a packet that is not rows */
    COMMAND_MAX = 512,   /* of a command without text */
    PACKET_FULL = 0xffffff,
    OPEN_MAX = 64,
    PLUGIN_KEPT = 48,
    PROGRESS = 0xffff, /* an error code of MariaDB that is none */
};

enum command {
    COM_QUIT = 1,
    COM_INIT_DB = 2,
    COM_QUERY = 3,
    COM_CREATE_DB = 5,
    COM_DROP_DB = 6,
    COM_CHANGE_USER = 17,
    COM_BINLOG_DUMP = 18,
    COM_REGISTER_REPLICA = 21,
    COM_PREPARE = 22,
    COM_EXECUTE = 23,
    COM_LONG_DATA = 24,
    COM_CLOSE = 25,
    COM_BINLOG_DUMP_GTID = 30,
    COM_BULK_EXECUTE = 250, /* MariaDB */
};

/* clang-format off */
static const char *const command_names[] = {
    "sleep", "quit", "init_db", "query", "field_list", "create_db", "drop_db", "refresh",
    "shutdown", "statistics", "process_info", "connect", "kill", "debug", "ping", "time",
    "delayed_insert", "change_user", "binlog_dump", "table_dump", "connect_out",
    "register_replica", "prepare", "execute", "long_data", "close", "reset", "set_option",
    "fetch", "daemon", "binlog_dump_gtid", "reset_connection", "clone", "subscribe_group",
};
/* clang-format on */

enum phase {
    PHASE_GREETING,
    PHASE_LOGIN, /* and what follows it, up to the server's decision */
    PHASE_COMMAND,
};

struct mysql_state {
    uint64_t rows; /* bit n: the response to the n-th open command tells affected rows */
    uint32_t caps; /* of the server, then of both */
    uint8_t phase;
    uint8_t open;   /* commands without response */
    uint8_t expect; /* number of the next response's first packet, when fresh */
    uint8_t last;   /* number of the server's last packet */
    uint8_t plugin_n;
    char plugin[PLUGIN_KEPT];
    bool matched;
    bool greeted;
    bool login;     /* of the client was seen */
    bool fresh;     /* nothing was open before the open command */
    bool continued; /* the next packet of the client belongs to the command before */
    bool file;      /* the client sends a file, up to an empty packet */
    bool changing;  /* change_user: the response may be more of authentication */
    bool replica;
    bool compressed;
    bool deaf; /* nothing more can be found */
    bool unpaired;
    bool lost[2]; /* no message boundary known */
};

/* ---- login ---- */

static void plugin_keep(struct mysql_state *s, struct span name)
{
    struct span kept = span_first(name, PLUGIN_KEPT);

    s->plugin_n = (uint8_t)kept.n;
    if (kept.n)
        memcpy(s->plugin, kept.p, kept.n);
}

/* The last plugin that was named is the one that decided. */
static void login_end(struct parse *p, struct mysql_state *s, const struct mysql_error *e)
{
    parse_tx(p, TX_BOTH);
    if (s->plugin_n)
        parse_field(p, FIELD_MYSQL_PLUGIN, span_of(s->plugin, s->plugin_n));
    if (e) {
        parse_uint(p, FIELD_MYSQL_ERROR_CODE, e->code);
        parse_field(p, FIELD_MYSQL_ERROR_TEXT, e->text);
    }
    parse_tx(p, TX_DONE);
    s->phase = PHASE_COMMAND;
}

/* In any language: no control characters. */
static bool is_text(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n > 3;
}

static bool is_first_error(const struct mysql_error *e)
{
    return e->code >= 1000 && e->code < 5000 && is_text(e->text);
}

static void greeting_step(struct parse *p, struct mysql_state *s, struct cursor *in, uint32_t size)
{
    struct cursor body = cur_sub(in, size);
    struct mysql_greeting g = {.caps = 0};
    struct mysql_error e = {.code = 0};
    bool refused = cur_peek(&body) == 0xff;

    if (refused) {
        cur_skip(&body, 1);
        mysql_error_read(&body, &e);
        if (!is_first_error(&e))
            cur_fail(&body);
    } else {
        mysql_greeting_read(&body, &g);
    }
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state != CUR_OK)
        return;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
    if (refused) {
        login_end(p, s, &e);
        return;
    }
    s->greeted = true;
    s->caps = g.caps;
    s->phase = PHASE_LOGIN;
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_MYSQL_VERSION, g.version);
}

static void login_report(struct parse *p, struct mysql_state *s, const struct mysql_login *l)
{
    parse_tx(p, TX_BOTH);
    if (l->tls) {
        parse_uint(p, FIELD_MYSQL_TLS, 1);
        parse_tx(p, TX_DONE);
        return;
    }
    parse_field(p, FIELD_MYSQL_USER, l->user);
    if (l->database.n)
        parse_field(p, FIELD_MYSQL_DATABASE, l->database);
    if (l->client.n)
        parse_field(p, FIELD_MYSQL_CLIENT, l->client);
    if (l->program.n)
        parse_field(p, FIELD_MYSQL_PROGRAM, l->program);
    if (s->greeted)
        plugin_keep(s, l->plugin);
    else if (l->plugin.n)
        parse_field(p, FIELD_MYSQL_PLUGIN, l->plugin);
}

/* The server decides, or asks for more. */
static void auth_step(struct parse *p, struct mysql_state *s, struct cursor *body)
{
    struct mysql_error e;

    switch (cur_u8(body)) {
    case 0x00:
        login_end(p, s, NULL);
        s->compressed = s->login && s->caps & (MYSQL_COMPRESS | MYSQL_ZSTD);
        s->deaf = !s->login;
        break;
    case 0x01:
        break;
    case 0x02:
        plugin_keep(s, cur_until(body, 0, RESPONSE_MAX));
        break;
    case 0xfe:
        plugin_keep(s,
                    cur_done(body) ? SPAN("mysql_old_password") : cur_until(body, 0, RESPONSE_MAX));
        break;
    case 0xff:
        mysql_error_read(body, &e);
        login_end(p, s, &e);
        break;
    default:
        s->deaf = true;
        break;
    }
}

/* ---- commands ---- */

static const char *command_name(uint8_t code)
{
    if (code == COM_BULK_EXECUTE)
        return "bulk_execute";
    return code < sizeof(command_names) / sizeof(command_names[0]) ? command_names[code] : NULL;
}

static bool is_answered(uint8_t code)
{
    return code != COM_QUIT && code != COM_LONG_DATA && code != COM_CLOSE;
}

static void command_fields(struct parse *p, const struct mysql_state *s, uint8_t code,
                           struct cursor *body)
{
    struct mysql_login l = {.caps = s->caps};

    switch (code) {
    case COM_QUERY:
        if (s->caps & MYSQL_QUERY_ATTRIBUTES)
            mysql_attributes_skip(body);
        if (body->state == CUR_OK)
            parse_field(p, FIELD_MYSQL_STATEMENT, cur_look(body));
        break;
    case COM_PREPARE:
        parse_field(p, FIELD_MYSQL_STATEMENT, cur_look(body));
        break;
    case COM_INIT_DB:
    case COM_CREATE_DB:
    case COM_DROP_DB:
        parse_field(p, FIELD_MYSQL_DATABASE, cur_look(body));
        break;
    case COM_CHANGE_USER:
        mysql_change_user_read(body, &l);
        parse_field(p, FIELD_MYSQL_USER, l.user);
        if (l.database.n)
            parse_field(p, FIELD_MYSQL_DATABASE, l.database);
        break;
    default:
        break;
    }
}

/* More open commands than anybody sends: from here on they are told without responses. */
static void command_open(struct parse *p, struct mysql_state *s, uint8_t code)
{
    uint64_t rows = code == COM_QUERY || code == COM_EXECUTE || code == COM_BULK_EXECUTE;

    if (s->open == OPEN_MAX) {
        s->unpaired = true;
        s->open = 0;
    }
    if (s->unpaired || !is_answered(code)) {
        parse_tx(p, TX_DONE);
        return;
    }
    s->fresh = s->open == 0;
    s->expect = 1;
    s->rows = (s->rows & ((1ULL << s->open) - 1)) | rows << s->open;
    s->open++;
    s->changing = code == COM_CHANGE_USER;
}

static uint64_t command_step(struct parse *p, struct mysql_state *s, struct cursor *in,
                             uint32_t size)
{
    uint8_t code = cur_u8(in);
    uint32_t most = code == COM_QUERY || code == COM_PREPARE ? STATEMENT_MAX : COMMAND_MAX;
    uint32_t window = size - 1 < most ? size - 1 : most;
    struct cursor body = cur_sub(in, window);
    const char *name = command_name(code);

    if (in->state != CUR_OK)
        return 0;
    s->continued = size == PACKET_FULL;
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MYSQL_COMMAND, name ? name : "unknown");
    if (p->wants_tx)
        command_fields(p, s, code, &body);
    command_open(p, s, code);
    if ((code == COM_BINLOG_DUMP || code == COM_BINLOG_DUMP_GTID) && !s->replica)
        parse_note(p, "MySQL binlog dump by a client that is no replica");
    s->replica = s->replica || code == COM_REGISTER_REPLICA;
    return walk_pass(in, size - 1 - window);
}

/* Parts of a command, an exchange of authentication, a file. */
static uint64_t other_step(struct mysql_state *s, struct cursor *in, uint32_t size, uint8_t seq)
{
    if (s->continued) {
        s->continued = size == PACKET_FULL;
        s->expect++;
    } else if (s->file) {
        s->file = size != 0;
        s->expect = (uint8_t)(seq + 1);
    }
    return walk_pass(in, size);
}

/* ---- responses ---- */

static void response_end(struct parse *p, struct mysql_state *s)
{
    parse_tx(p, TX_DONE);
    s->open--;
    s->rows >>= 1;
    s->fresh = false;
    s->changing = false;
}

/* The response is not over: its next packet decides. */
static void response_wait(struct mysql_state *s, uint8_t expect)
{
    s->fresh = true;
    s->expect = expect;
}

static void response_step(struct parse *p, struct mysql_state *s, struct cursor *body, uint8_t seq)
{
    uint8_t first = cur_u8(body);
    struct mysql_error e = {.code = 0};
    uint64_t rows;

    if (first == 0xff)
        mysql_error_read(body, &e);
    if (e.code == PROGRESS) {
        response_wait(s, (uint8_t)(seq + 1));
        return;
    }
    if (first == 0xfb && s->rows & 1) {
        s->file = true;
        response_wait(s, (uint8_t)(seq + 2));
        parse_note(p, "MySQL server asks for a file of the client");
        return;
    }
    if (s->changing && (first == 0x01 || first == 0x02 || first == 0xfe)) {
        response_wait(s, (uint8_t)(seq + 2));
        return;
    }
    parse_tx(p, TX_REPLY);
    if (first == 0xff) {
        parse_uint(p, FIELD_MYSQL_ERROR_CODE, e.code);
        parse_field(p, FIELD_MYSQL_ERROR_TEXT, e.text);
    } else if (first == 0x00 && s->rows & 1) {
        rows = mysql_number(body);
        if (body->state == CUR_OK)
            parse_uint(p, FIELD_MYSQL_ROWS, rows);
    }
    response_end(p, s);
}

/* Does this packet begin a response? After 255 the numbers begin again, so 1 alone says nothing. */
static bool is_response(const struct mysql_state *s, uint8_t seq)
{
    if (s->open == 0)
        return false;
    return s->fresh ? seq == s->expect : seq == 1 && s->last != 0;
}

/* ---- both ---- */

/* clen(3) seq(1) ulen(3): nothing inside is looked at. */
static uint64_t frame_step(struct cursor *in)
{
    uint32_t size = cur_le24(in);

    cur_skip(in, 1 + 3);
    return walk_pass(in, size);
}

static uint64_t client_step(struct parse *p, struct mysql_state *s, struct cursor *in)
{
    uint32_t size = cur_le24(in);
    uint8_t seq = cur_u8(in);

    if (in->state != CUR_OK)
        return 0;
    if (seq != 0 || size == 0 || s->continued || s->file)
        return other_step(s, in, size, seq);
    /* Only the client is seen: its first command is where compression begins. */
    if (s->phase != PHASE_COMMAND && !s->greeted && s->caps & (MYSQL_COMPRESS | MYSQL_ZSTD)) {
        cur_skip(in, 3);
        if (in->state != CUR_OK)
            return 0;
        s->compressed = true;
        return walk_pass(in, size);
    }
    return command_step(p, s, in, size);
}

static uint64_t server_step(struct parse *p, struct mysql_state *s, struct cursor *in)
{
    uint32_t size = cur_le24(in);
    uint8_t seq = cur_u8(in);
    bool auth = s->phase == PHASE_LOGIN && seq > 1;
    uint32_t window = size < RESPONSE_MAX ? size : RESPONSE_MAX;
    struct cursor body;

    if (s->phase == PHASE_GREETING) {
        if (seq != 0 || size > GREETING_MAX)
            cur_fail(in);
        greeting_step(p, s, in, size);
        return 0;
    }
    if (in->state != CUR_OK)
        return 0;
    if (!auth && s->phase == PHASE_LOGIN)
        login_end(p, s, NULL);
    if (!auth && !is_response(s, seq)) {
        s->last = seq;
        return walk_pass(in, size);
    }
    body = cur_sub(in, window);
    if (in->state != CUR_OK)
        return 0;
    s->last = seq;
    if (auth && size > AUTH_MAX)
        s->deaf = true;
    else if (auth)
        auth_step(p, s, &body);
    else
        response_step(p, s, &body, seq);
    return walk_pass(in, size - window);
}

static uint64_t mysql_step(struct parse *p, struct cursor *in)
{
    struct mysql_state *s = p->state;

    if (s->deaf) {
        cur_skip(in, cur_left(in));
        return 0;
    }
    if (s->compressed)
        return frame_step(in);
    return p->dir == DIR_CLIENT ? client_step(p, s, in) : server_step(p, s, in);
}

/* Something was lost: a command that fills the bytes exactly, and the response to a command that
 * was seen, tell where packets begin again. */
static bool is_boundary(const struct parse *p, const struct mysql_state *s, const struct cursor *in)
{
    struct cursor at = *in;
    uint32_t size = cur_le24(&at);
    uint8_t seq = cur_u8(&at);

    if (p->dir == DIR_SERVER)
        return at.state == CUR_OK && size > 0 && s->open && s->fresh && seq == s->expect;
    return at.state == CUR_OK && seq == 0 && size == cur_left(&at) && command_name(cur_peek(&at));
}

/* The first packet of the client. MATCH: go on behind it. */
static enum parse_result login_read(struct parse *p, struct mysql_state *s, struct cursor *in)
{
    uint32_t size = cur_le24(in);
    uint8_t seq = cur_u8(in);
    struct cursor body;
    struct mysql_login l;

    if (seq != 1 || size > LOGIN_MAX)
        cur_fail(in);
    body = cur_sub(in, size);
    mysql_login_read(&body, &l);
    /* Without the greeting the login has to prove itself alone. */
    if (!s->greeted && !l.exact)
        cur_fail(&body);
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state == CUR_SHORT)
        return walk_verdict(&s->matched);
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    parse_proof(p, s->greeted ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    s->login = true;
    s->caps = s->greeted ? l.caps & s->caps : l.caps;
    login_report(p, s, &l);
    parse_commit(p, in);
    if (!l.tls)
        return PARSE_MATCH;
    parse_upgrade(p);
    return PARSE_DONE;
}

static enum parse_result mysql_parse(struct parse *p, struct cursor *in)
{
    struct mysql_state *s = p->state;

    if (s->lost[p->dir]) {
        if (!is_boundary(p, s, in))
            return walk_over(p, in);
        s->lost[p->dir] = false;
    }
    if (p->dir == DIR_CLIENT && !s->login && !s->deaf) {
        enum parse_result result = login_read(p, s, in);

        if (!s->login || result != PARSE_MATCH)
            return result;
    }
    return walk(p, in, mysql_step, &s->matched);
}

static void mysql_gap(struct parse *p, uint64_t missing)
{
    struct mysql_state *s = p->state;
    bool compresses = s->login && s->caps & (MYSQL_COMPRESS | MYSQL_ZSTD);

    (void)missing;
    s->lost[p->dir] = true;
    if (compresses && (s->compressed || s->phase != PHASE_COMMAND))
        s->deaf = true;
    if (p->dir == DIR_CLIENT) {
        s->deaf = s->deaf || !s->login;
        s->continued = false;
        s->file = false;
        return;
    }
    if (s->phase == PHASE_LOGIN)
        login_end(p, s, NULL);
    s->phase = PHASE_COMMAND;
    /* A client waits for the response before the next command: only the last can be awaited. */
    for (; s->open > 1; s->open--) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
        s->rows >>= 1;
    }
    s->fresh = s->open == 1;
}

static bool probe_client(struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t size = cur_le24(&in);
    uint8_t seq = cur_u8(&in);

    if (first.n > 2 && (size < 5 || size > LOGIN_MAX))
        return false;
    return first.n < 4 || seq == 1;
}

static bool probe_server(struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t size = cur_le24(&in);
    uint8_t seq = cur_u8(&in);
    uint8_t kind = cur_u8(&in);
    uint8_t version = cur_u8(&in);

    if (first.n > 1 && first.p[1] > GREETING_MAX >> 8)
        return false;
    if (first.n > 2 && (size > GREETING_MAX || size < 5))
        return false;
    if (first.n > 3 && seq != 0)
        return false;
    if (first.n > 4 && kind != 9 && kind != 10 && kind != 0xff)
        return false;
    return first.n < 6 || kind == 0xff || (version >= '0' && version <= '9');
}

static bool mysql_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? probe_client(first) : probe_server(first);
}

static const uint16_t mysql_ports[] = {3306, 3307, 0};

const struct parser parser_mysql = {
    .name = "mysql",
    .evidence = "server greeting exact; login with its number",
    .app = APP_MYSQL,
    .transports = OVER_TCP,
    .first = SERVER_FIRST,
    .ports = mysql_ports,
    .state_size = sizeof(struct mysql_state),
    .max_pending = 1 << 20,
    .midstream = false,
    .probe = mysql_probe,
    .parse = mysql_parse,
    .gap = mysql_gap,
};
