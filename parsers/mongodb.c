/* SPDX-License-Identifier: Apache-2.0
 *
 * mongodb: the wire protocol, messages of today (MONGO_MSG, MONGO_COMPRESSED) and of old. All begin
 * with the same 16 bytes; answers name the request that they answer.
 *
 * Of a long message the first part is read, what follows is handed on as it is.
 */
#include "parser/parser.h"
#include "support/mongo_document.h"
#include "support/mongo_message.h"
#include "support/open_ids.h"
#include "support/unpack.h"
#include "support/walk.h"

enum {
    WINDOW = 32 << 10,
    UNPACK_MOST = 128 << 10,
    LOOK = 512, /* that much tells whether a message begins */
};

enum { ERROR_UNAUTHORIZED = 13, ERROR_LOGIN = 18 };

struct mongo_state {
    struct open_ids open;
    char user[MONGO_USER_MOST];
    uint8_t user_n;
    bool matched;
    bool lost[2]; /* no message boundary known */
};

/* ---- messages ---- */

/* Kinds of sections: a document, or a named run of them. */
static void sections_read(struct parse *p, struct mongo_reading *r, struct mongo_message *m,
                          struct cursor *body)
{
    uint32_t flags = cur_le32(body);

    m->silent = (flags & MONGO_FLAG_MORE) != 0;
    while (cur_left(body) > (size_t)4 * (flags & MONGO_FLAG_CHECKSUM)) {
        uint8_t kind = cur_u8(body);

        if (kind == 1) {
            uint32_t size = cur_le32(body);
            struct cursor run = cur_of(span_first(cur_look(body), size < 4 ? 0 : size - 4));

            cur_skip(body, cur_left(&run));
            (void)cur_until(&run, 0, MONGO_SECTION_NAME);
            mongo_documents_read(p, r, &run);
        } else if (kind == 0 && p->dir == DIR_CLIENT) {
            mongo_command_read(p, r, body);
        } else if (kind == 0) {
            mongo_answer_read(p, r, body);
        } else {
            return;
        }
    }
}

/* "database.collection", where the collection $cmd means a command. */
static void query_read(struct parse *p, struct mongo_reading *r, const struct mongo_opcode *op,
                       struct span name, struct cursor *body)
{
    size_t dot = span_index(name, '.');
    struct span collection = span_from(name, dot + 1);

    if (dot)
        parse_field(p, FIELD_MONGODB_DATABASE, span_first(name, dot));
    if (span_equal(collection, SPAN("$cmd"))) {
        mongo_command_read(p, r, body);
        return;
    }
    parse_text(p, FIELD_MONGODB_COMMAND, op->name);
    if (collection.n)
        parse_field(p, FIELD_MONGODB_COLLECTION, collection);
    mongo_documents_read(p, r, body);
}

static void old_request_read(struct parse *p, struct mongo_reading *r, struct mongo_message *m,
                             struct cursor *body)
{
    const struct mongo_opcode *op = mongo_opcode_find(m->opcode, DIR_CLIENT);
    struct span names[2] = {{NULL, 0}, {NULL, 0}};

    if (op == NULL)
        return;
    mongo_layout_read(body, op->layout, names);
    if (body->state != CUR_OK)
        return;
    if (m->opcode == MONGO_COMMAND) {
        parse_field(p, FIELD_MONGODB_DATABASE, names[0]);
        mongo_command_read(p, r, body);
        return;
    }
    m->silent = m->opcode != MONGO_QUERY && m->opcode != MONGO_GET_MORE;
    if (m->opcode == MONGO_GET_MORE || m->opcode == MONGO_KILL_CURSORS)
        cur_skip(body, cur_left(body));
    query_read(p, r, op, names[0], body);
}

static void old_reply_read(struct parse *p, struct mongo_reading *r, const struct mongo_message *m,
                           struct cursor *body)
{
    const struct mongo_opcode *op = mongo_opcode_find(m->opcode, DIR_SERVER);
    struct span names[2];

    if (op == NULL)
        return;
    mongo_layout_read(body, op->layout, names);
    if (m->opcode == MONGO_COMMAND_REPLY) /* what is about the answer, then the answer */
        (void)bson_open(body);
    while (cur_left(body))
        mongo_answer_read(p, r, body);
}

static void content_read(struct parse *p, struct mongo_reading *r, struct mongo_message *m,
                         struct cursor *body)
{
    if (m->opcode == MONGO_MSG)
        sections_read(p, r, m, body);
    else if (p->dir == DIR_CLIENT)
        old_request_read(p, r, m, body);
    else
        old_reply_read(p, r, m, body);
}

/* Passes over the head of the compression. What is returned holds the message, and is to be freed;
 * without it the message follows as it is, or nothing. */
static struct span unpack(struct parse *p, struct mongo_message *m, struct cursor *body)
{
    static const char *const names[] = {"none", "snappy", "zlib", "zstd"};
    uint32_t opcode = cur_le32(body);
    uint32_t size = cur_le32(body);
    uint8_t packer = cur_u8(body);
    size_t most = size < UNPACK_MOST ? size : UNPACK_MOST;

    m->opcode = opcode;
    if (packer < MONGO_PACKED_COUNT && p->dir == DIR_CLIENT)
        parse_text(p, FIELD_MONGODB_COMPRESSION, names[packer]);
    if (packer == MONGO_PACKED_ZLIB)
        return unpack_zlib(p, cur_rest(body), most);
    if (packer == MONGO_PACKED_ZSTD)
        return unpack_zstd(p, cur_rest(body), most);
    if (packer != MONGO_PACKED_NOT)
        cur_skip(body, cur_left(body));
    return span_of(NULL, 0);
}

/* ---- requests and answers ---- */

static void user_keep(struct mongo_state *s, struct span user)
{
    if (user.n == 0)
        return;
    user = span_first(user, MONGO_USER_MOST);
    memcpy(s->user, user.p, user.n);
    s->user_n = (uint8_t)user.n;
}

static void request_end(struct parse *p, struct mongo_state *s, const struct mongo_message *m,
                        const struct mongo_reading *r)
{
    user_keep(s, r->user);
    if (m->silent)
        parse_tx_key(p, TX_DONE, m->id);
    else
        open_ids_add(&s->open, m->id);
    if (r->script.n)
        parse_note_value(p, "MongoDB is to run a script", r->script);
}

/* Of answers that nobody waits for only errors are told. */
static void answer_end(struct parse *p, struct mongo_state *s, const struct mongo_message *m,
                       const struct mongo_reading *r)
{
    struct span user = span_of(s->user, s->user_n);

    if (open_ids_take(&s->open, m->answers)) {
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
    } else if (r->error == 0) {
        return;
    }
    parse_tx_key(p, TX_REPLY, m->answers);
    mongo_answer_report(p, r);
    parse_tx_key(p, TX_DONE, m->answers);
    if (r->error == ERROR_UNAUTHORIZED)
        parse_refused(p, "MongoDB refuses a right", user);
    else if (r->error == ERROR_LOGIN)
        parse_refused(p, "MongoDB refuses the login", user);
}

static bool is_error(const struct mongo_reading *r)
{
    return r->error && r->has_ok;
}

/* Reads what is here of the body. True: what follows belongs to its text. */
static bool message_read(struct parse *p, struct mongo_state *s, struct mongo_message *m,
                         struct cursor *body, size_t rest)
{
    struct mongo_reading r = {.error = 0, .wire = -1};
    struct span memory = span_of(NULL, 0);
    bool packed = m->opcode == MONGO_COMPRESSED;

    if (p->dir == DIR_CLIENT)
        parse_tx_key(p, TX_REQUEST, m->id);
    if (packed)
        memory = unpack(p, m, body);
    if (memory.n)
        *body = cur_of(memory);
    if (m->opcode != MONGO_COMPRESSED)
        content_read(p, &r, m, body);
    if (!is_error(&r))
        r.error = 0;
    if (r.begun && (packed || rest == 0))
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    if (p->dir == DIR_CLIENT)
        request_end(p, s, m, &r);
    else
        answer_end(p, s, m, &r);
    if (memory.n)
        parse_free(p, (void *)memory.p);
    return r.begun && !packed;
}

static enum parse_result message_step(struct parse *p, struct mongo_state *s, struct cursor *in)
{
    struct mongo_message m = mongo_head_read(p->dir, in);
    struct cursor body;
    size_t window, rest;
    bool text;

    if (in->state != CUR_OK)
        return parse_stop(in);
    if (!s->matched) {
        mongo_message_test(p->dir, &m, in);
        if (in->state != CUR_OK)
            return parse_stop(in);
        parse_proof(p, PROOF_STRONG);
        s->matched = true;
    }
    window = m.length - MONGO_HEAD < WINDOW ? m.length - MONGO_HEAD : WINDOW;
    rest = m.length - MONGO_HEAD - window;
    body = cur_sub(in, window);
    if (in->state != CUR_OK)
        return PARSE_MORE;
    text = message_read(p, s, &m, &body, rest);
    parse_commit(p, in);
    if (rest == 0)
        return PARSE_MATCH;
    if (text)
        parse_pass(p, rest, BUFFER_BODY, BUFFER_ENDS);
    else
        parse_skip(p, rest);
    return PARSE_MORE; /* the cursor is stale */
}

/* After a loss: a message begins where a head has a fitting body. False: not among these bytes, of
 * which only those stay that may be the start of one. */
static bool boundary_find(struct parse *p, struct mongo_state *s, struct cursor *in)
{
    while (in->pos < in->end) {
        struct cursor at = *in;
        struct mongo_message m = mongo_head_read(p->dir, &at);

        mongo_message_test(p->dir, &m, &at);
        if (at.state == CUR_OK) {
            s->lost[p->dir] = false;
            return true;
        }
        if (at.state == CUR_SHORT && cur_left(in) < LOOK)
            break;
        cur_skip(in, 1);
    }
    parse_commit(p, in);
    cur_short(in, 1);
    return false;
}

static enum parse_result mongodb_parse(struct parse *p, struct cursor *in)
{
    struct mongo_state *s = p->state;

    if (s->lost[p->dir] && !boundary_find(p, s, in))
        return walk_verdict(&s->matched);
    while (in->pos < in->end) {
        enum parse_result result = message_step(p, s, in);

        if (result == PARSE_REJECT)
            return PARSE_REJECT;
        if (result != PARSE_MATCH)
            break;
    }
    return walk_verdict(&s->matched);
}

static void mongodb_gap(struct parse *p, uint64_t missing)
{
    struct mongo_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

static bool mongodb_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    struct mongo_message m;

    if (first.n > 3 && le32_at(first.p) - MONGO_HEAD > MONGO_MESSAGE_MAX - MONGO_HEAD)
        return false;
    m = mongo_head_read(from, &in);
    mongo_message_test(from, &m, &in);
    return in.state != CUR_BAD;
}

static const uint16_t mongodb_ports[] = {27017, 27018, 27019, 0};

const struct parser parser_mongodb = {
    .name = "mongodb",
    .evidence = "message head with its opcode and a document; answers by number",
    .app = APP_MONGODB,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = mongodb_ports,
    .state_size = sizeof(struct mongo_state),
    .max_pending = 64u << 10,
    .midstream = true,
    .probe = mongodb_probe,
    .parse = mongodb_parse,
    .gap = mongodb_gap,
};
