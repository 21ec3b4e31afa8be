/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql: the classic protocol of MySQL and MariaDB: greeting, login, commands and the first packet
 * of each response. Packets have a length and a number in front: rows are passed over by count.
 *
 * The number says where a packet belongs: a command has 0, the response goes on counting where the
 * command ended. So neither rows nor the exchange of authentication need to be understood.
 */
#include "parser/parser.h"
#include "support/mysql_session.h"
#include "support/walk.h"

enum {
    STATEMENT_MAX = 64 << 10,
    AUTH_MAX = 0xffff,
    COMMAND_MAX = 512, /* of a command without text */
    PACKET_FULL = 0xffffff,
    OPEN_MAX = 64,
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
    COM_BULK_EXECUTE = MYSQL_BULK_EXECUTE,
};

/* ---- commands ---- */

static bool is_answered(uint8_t code)
{
    return code != COM_QUIT && code != COM_LONG_DATA && code != COM_CLOSE;
}

static bool is_statement(uint8_t code)
{
    return code == COM_QUERY || code == COM_PREPARE;
}

/* Its text; empty when what stands before it cannot be passed over. */
static struct span statement_of(const struct mysql_state *s, uint8_t code, struct cursor *body)
{
    if (code == COM_QUERY && s->caps & MYSQL_QUERY_ATTRIBUTES)
        mysql_attributes_skip(body);
    return cur_look(body);
}

static void change_user_read(struct parse *p, struct mysql_state *s, struct cursor *body)
{
    struct mysql_login l = {.caps = s->caps};

    mysql_change_user_read(body, &l);
    mysql_user_keep(s, l.user);
    parse_field(p, FIELD_MYSQL_USER, l.user);
    if (l.database.n)
        parse_field(p, FIELD_MYSQL_DATABASE, l.database);
}

static void command_fields(struct parse *p, struct mysql_state *s, uint8_t code,
                           struct cursor *body)
{
    if (code == COM_CHANGE_USER)
        change_user_read(p, s, body);
    else if (code == COM_INIT_DB || code == COM_CREATE_DB || code == COM_DROP_DB)
        parse_field(p, FIELD_MYSQL_DATABASE, cur_look(body));
}

/* How a piece of the statement stands to the whole: `begins` or not, and is there more of it? */
static unsigned part_of(const struct mysql_state *s, unsigned begins)
{
    return begins | (s->continued ? 0u : (unsigned)BUFFER_ENDS);
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

static uint64_t statement_step(struct parse *p, struct mysql_state *s, struct cursor *in,
                               struct span text, uint32_t rest)
{
    if (!p->wants_buffers)
        return walk_pass(in, rest);
    if (rest == 0) {
        parse_buffer(p, BUFFER_SQL, part_of(s, BUFFER_BEGINS), text);
        return 0;
    }
    parse_buffer(p, BUFFER_SQL, BUFFER_BEGINS, text);
    return walk_body(p, in, rest, BUFFER_SQL, part_of(s, BUFFER_NEXT));
}

static uint64_t command_step(struct parse *p, struct mysql_state *s, struct cursor *in,
                             uint32_t size)
{
    uint8_t code = cur_u8(in);
    uint32_t most = is_statement(code) ? STATEMENT_MAX : COMMAND_MAX;
    uint32_t window = size - 1 < most ? size - 1 : most;
    struct cursor body = cur_sub(in, window);
    const char *name = mysql_command_name(code);
    struct span text = {NULL, 0};

    if (in->state != CUR_OK)
        return 0;
    s->continued = size == PACKET_FULL;
    s->statement = is_statement(code);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MYSQL_COMMAND, name ? name : "unknown");
    if (s->statement && (p->wants_tx || p->wants_buffers)) {
        text = statement_of(s, code, &body);
        parse_field(p, FIELD_MYSQL_STATEMENT, text);
    } else if (!s->statement) {
        command_fields(p, s, code, &body);
    }
    command_open(p, s, code);
    if ((code == COM_BINLOG_DUMP || code == COM_BINLOG_DUMP_GTID) && !s->replica)
        parse_note(p, "MySQL binlog dump by a client that is no replica");
    s->replica = s->replica || code == COM_REGISTER_REPLICA;
    if (s->statement)
        return statement_step(p, s, in, text, size - 1 - window);
    return walk_pass(in, size - 1 - window);
}

/* Parts of a command, an exchange of authentication, a file. */
static uint64_t other_step(struct parse *p, struct mysql_state *s, struct cursor *in, uint32_t size,
                           uint8_t seq)
{
    if (s->continued) {
        s->continued = size == PACKET_FULL;
        s->expect++;
        if (s->statement)
            return walk_body(p, in, size, BUFFER_SQL, part_of(s, BUFFER_NEXT));
    } else if (s->file) {
        s->file = size != 0;
        s->expect = (uint8_t)(seq + 1);
    }
    return walk_pass(in, size);
}

/* ---- responses ---- */

static void refusal_see(struct parse *p, const struct mysql_state *s, uint16_t code)
{
    if (s->changing)
        mysql_login_refused(p, s, code);
    else if (mysql_refuses_right(code))
        parse_refused(p, "MySQL refuses a right", span_of(s->user, s->user_n));
}

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
        parse_note_value(p, "MySQL server asks for a file of the client", cur_rest(body));
        return;
    }
    if (s->changing && (first == 0x01 || first == 0x02 || first == 0xfe)) {
        response_wait(s, (uint8_t)(seq + 2));
        return;
    }
    parse_tx(p, TX_REPLY);
    if (first == 0xff) {
        refusal_see(p, s, e.code);
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

/* Twice in the program, since packets are the whole cost of a session: here and for compressed
 * ones. */
static inline __attribute__((always_inline)) uint64_t client_step(struct parse *p,
                                                                  struct mysql_state *s,
                                                                  struct cursor *in)
{
    uint32_t size = cur_le24(in);
    uint8_t seq = cur_u8(in);

    if (in->state != CUR_OK)
        return 0;
    if (seq != 0 || size == 0 || s->continued || s->file)
        return other_step(p, s, in, size, seq);
    return command_step(p, s, in, size);
}

static inline __attribute__((always_inline)) uint64_t server_step(struct parse *p,
                                                                  struct mysql_state *s,
                                                                  struct cursor *in)
{
    uint32_t size = cur_le24(in);
    uint8_t seq = cur_u8(in);
    bool auth = s->phase == PHASE_LOGIN && seq > 1;
    uint32_t window = size < MYSQL_RESPONSE_MAX ? size : MYSQL_RESPONSE_MAX;
    struct cursor body;

    if (s->phase == PHASE_GREETING) {
        if (seq != 0 || size > MYSQL_GREETING_MAX)
            cur_fail(in);
        mysql_greeting_step(p, s, in, size);
        return 0;
    }
    if (in->state != CUR_OK)
        return 0;
    if (!auth && s->phase == PHASE_LOGIN)
        mysql_login_end(p, s, NULL);
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
        mysql_auth_step(p, s, &body);
    else
        response_step(p, s, &body, seq);
    return walk_pass(in, size - window);
}

/* ---- compressed ---- */

/* clen(3) seq(1) ulen(3): nobody wants to know what is inside. */
static uint64_t frame_pass(struct cursor *in)
{
    uint32_t size = cur_le24(in);

    cur_skip(in, 1 + 3);
    return walk_pass(in, size);
}

static uint64_t packed_step(struct parse *p, struct cursor *in)
{
    return client_step(p, p->state, in);
}

/* Of an answer the first packet is read. Where that was not possible there was one at least. */
static uint64_t frame_answer(struct parse *p, struct mysql_state *s, struct cursor *in)
{
    struct mysql_answer a;
    struct cursor packets;
    uint8_t open = s->open;

    mysql_frames_server(p, &s->frames, in, &a);
    if (in->state != CUR_OK || !a.begins)
        return a.rest;
    packets = cur_of(a.packets);
    (void)server_step(p, s, &packets);
    if (packets.state != CUR_OK && s->open && s->open == open) {
        parse_tx(p, TX_REPLY);
        response_end(p, s);
    }
    if (s->open && s->fresh)
        mysql_frames_await(&s->frames);
    parse_free(p, a.owned);
    return a.rest;
}

static __attribute__((noinline)) uint64_t frame_step(struct parse *p, struct mysql_state *s,
                                                     struct cursor *in)
{
    if (!p->wants_tx && !p->wants_buffers)
        return frame_pass(in);
    if (p->dir == DIR_SERVER)
        return frame_answer(p, s, in);
    return mysql_frames_client(p, &s->frames, in, packed_step);
}

/* Only the client is seen: its first command is where compression begins. */
static bool begins_compressed(const struct parse *p, const struct mysql_state *s,
                              const struct cursor *in)
{
    struct span head = cur_look(in);

    return p->dir == DIR_CLIENT && s->phase != PHASE_COMMAND && !s->greeted &&
           s->caps & (MYSQL_COMPRESS | MYSQL_ZSTD) && head.n > 3 && head.p[3] == 0;
}

static uint64_t mysql_step(struct parse *p, struct cursor *in)
{
    struct mysql_state *s = p->state;

    if (s->deaf) {
        cur_skip(in, cur_left(in));
        return 0;
    }
    s->compressed = s->compressed || begins_compressed(p, s, in);
    if (s->compressed)
        return frame_step(p, s, in);
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
    return at.state == CUR_OK && seq == 0 && size == cur_left(&at) &&
           mysql_command_name(cur_peek(&at));
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
        enum parse_result result = mysql_login_step(p, s, in);

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
        mysql_login_end(p, s, NULL);
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

    if (first.n > 2 && (size < 5 || size > MYSQL_LOGIN_MAX))
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

    if (first.n > 1 && first.p[1] > MYSQL_GREETING_MAX >> 8)
        return false;
    if (first.n > 2 && (size > MYSQL_GREETING_MAX || size < 5))
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
