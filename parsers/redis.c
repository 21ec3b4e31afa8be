/* SPDX-License-Identifier: Apache-2.0
 *
 * redis: RESP2 and RESP3 in both directions, inline commands, the header of the cluster bus.
 *
 * Commands are read up to the arguments that are worth telling; what follows, and all bulk bodies,
 * are passed over by count. Replies are walked element by element and paired with the commands.
 */
#include "parser/parser.h"
#include "support/redis_command.h"
#include "support/resp.h"
#include "support/walk.h"

enum {
    OPEN_MAX = 256, /* the engine does not keep more transactions than twice that */
    RESYNC_LINE = 512,
    RICH_ENOUGH = 8,
    USER_KEPT = 24,
    LOOK_BYTES = 96, /* of a bulk string in a reply that may hold a word we look for */
};

enum reply {
    REPLY_ANSWER,
    REPLY_PUSH,   /* nobody asked */
    REPLY_UNSURE, /* an array for a subscriber: its first word will tell */
};

/* CLIENT REPLY: which commands are answered. */
enum mute { MUTE_NONE, MUTE_NEXT, MUTE_ALL };

struct redis_state {
    struct resp_levels levels;
    struct redis_recent recent;
    uint32_t args;    /* of the client's command, to be passed over */
    uint32_t open;    /* commands that were reported and wait for their replies */
    uint32_t behind;  /* commands behind those, reported without their replies */
    uint32_t curious; /* the n-th answer from here may tell the version */
    uint8_t tail[2];  /* bytes behind a value that was handed on */
    uint8_t user_n;
    char user[USER_KEPT]; /* who logged in last */
    bool secret;          /* the arguments to come may be passwords */
    uint8_t reply;        /* enum reply */
    uint8_t rich;         /* bulk strings and aggregates of the server */
    uint8_t mute;         /* enum mute */
    bool matched;
    bool certain;
    bool arrays;   /* commands came as arrays */
    bool inlines;  /* commands came as lines, and few others have such words */
    bool unpaired; /* bytes were lost: commands are reported without their replies */
    bool subscribed;
    bool monitor;
    bool replica;
    bool rdb;     /* the next bulk string is a database file, without CR LF */
    bool version; /* the next bulk string is the version */
    bool lost[2]; /* no message boundary known */
    bool deaf;    /* no reply will be found any more */
};

/* ---- commands ---- */

static bool is_http(struct span word)
{
    return word.n == 8 && span_starts_nocase(word, SPAN("HTTP/1."));
}

/* Could these words be a command? Said with a proof when they look like nothing else. */
static void command_judge(struct parse *p, struct redis_state *s, struct cursor *in,
                          const struct redis_command *cmd)
{
    if (s->matched && (s->arrays || cmd->is_inline))
        return;
    if (!cmd->is_inline && (redis_verb_known(cmd) || redis_word_is_name(&cmd->word))) {
        parse_proof(p, redis_verb_known(cmd) ? PROOF_STRONG : PROOF_FAIR);
        s->arrays = true;
        s->matched = true;
        return;
    }
    if (s->matched)
        return;
    if (!cmd->is_inline || !redis_verb_known(cmd) || is_http(cmd->arg[cmd->kept - 1])) {
        cur_fail(in);
        return;
    }
    /* POP3 has these two words, and answers like Redis. */
    if (cmd->verb->act != USER && cmd->verb->act != QUIT)
        s->inlines = true;
}

/* What CLIENT REPLY says about the commands that follow. True: this one is answered. */
static bool mute_set(struct redis_state *s, const struct redis_command *cmd)
{
    if (redis_arg_is(cmd, 2, SPAN("ON")))
        s->mute = MUTE_NONE;
    else if (redis_arg_is(cmd, 2, SPAN("OFF")))
        s->mute = MUTE_ALL;
    else if (redis_arg_is(cmd, 2, SPAN("SKIP")) && s->mute == MUTE_NONE)
        s->mute = MUTE_NEXT;
    return s->mute == MUTE_NONE;
}

/* What the command changes in the conversation. True: this one is answered. */
static bool command_turns(struct redis_state *s, const struct redis_command *cmd)
{
    bool answered = s->mute == MUTE_NONE && !s->replica;

    if (s->mute == MUTE_NEXT)
        s->mute = MUTE_NONE;
    switch (cmd->verb->act) {
    case CLIENT:
        return redis_arg_is(cmd, 1, SPAN("REPLY")) ? mute_set(s, cmd) : answered;
    case SUBSCRIBE:
        s->subscribed = true;
        return false;
    case MONITOR:
        s->monitor = true;
        break;
    case SYNC:
        s->replica = true;
        s->rdb = true;
        break;
    case HELLO:
    case INFO:
        if (answered && s->curious == 0 && !s->unpaired)
            s->curious = s->open + s->behind + 1;
        break;
    default:
        break;
    }
    return answered;
}

/* Among commands that wait it is not known whose login is refused. */
static void user_keep(struct redis_state *s, const struct redis_command *cmd)
{
    struct span user = span_first(redis_command_user(cmd), s->open || s->behind ? 0 : USER_KEPT);

    s->user_n = (uint8_t)user.n;
    if (user.n)
        memcpy(s->user, user.p, user.n);
}

static void command_report(struct parse *p, struct redis_state *s, const struct redis_command *cmd)
{
    const char *danger = cmd->verb->act == PLAIN ? NULL : redis_command_danger(cmd);

    if (p->wants_tx) {
        parse_tx(p, TX_REQUEST);
        parse_field(p, FIELD_REDIS_COMMAND, cmd->name);
        parse_uint(p, FIELD_REDIS_ARGUMENTS, cmd->count - 1);
        redis_command_fields(p, cmd);
    }
    if (cmd->verb->act == USER || cmd->verb->act == HELLO)
        user_keep(s, cmd);
    if (!command_turns(s, cmd) || s->unpaired) {
        parse_tx(p, TX_DONE);
    } else if (s->behind || s->open == OPEN_MAX) {
        parse_tx(p, TX_DONE);
        s->behind++;
    } else {
        s->open++;
    }
    if (danger)
        parse_note(p, danger);
    if (cmd->is_inline && (span_equal_nocase(cmd->arg[0], SPAN("POST")) ||
                           span_equal_nocase(cmd->arg[0], SPAN("Host:"))))
        parse_note(p, "HTTP request on a Redis connection");
}

/* The value that was cut short by what is kept of one argument; then others of the command. */
static uint64_t value_rest(struct parse *p, struct redis_state *s, struct cursor *in, uint64_t n)
{
    if (!p->wants_buffers || s->secret)
        return walk_pass(in, n + 2);
    s->tail[p->dir] = 2;
    return walk_body(p, in, n, BUFFER_BODY, BUFFER_ENDS);
}

/* What stands behind the key, and scripts. */
static void values_report(struct parse *p, const struct redis_command *cmd)
{
    uint32_t first = cmd->verb->act == EVAL ? 1 : cmd->verb->key + 1u;

    for (uint32_t i = first; i < cmd->kept; i++) {
        bool cut = cmd->cut && i + 1 == cmd->kept;

        parse_buffer(p, BUFFER_BODY, cut ? BUFFER_BEGINS : BUFFER_WHOLE, cmd->arg[i]);
    }
}

static bool is_secret(const struct redis_command *cmd)
{
    return cmd->verb->act != EVAL && cmd->verb->act != PLAIN;
}

static uint64_t command_step(struct parse *p, struct redis_state *s, struct cursor *in)
{
    struct redis_command cmd;

    cmd.kept = cmd.count = 0;
    cmd.cut = 0;
    cmd.is_inline = cur_peek(in) != '*';
    if (cmd.is_inline)
        redis_inline_read(in, &s->recent, &cmd);
    else
        redis_array_read(in, &s->recent, &cmd);
    if (in->state != CUR_OK || cmd.count == 0)
        return 0;
    command_judge(p, s, in, &cmd);
    if (in->state != CUR_OK)
        return 0;
    command_report(p, s, &cmd);
    s->args = cmd.is_inline ? 0 : cmd.count - cmd.kept;
    if (!p->wants_buffers)
        return walk_pass(in, cmd.cut);
    s->secret = is_secret(&cmd);
    if (!s->secret)
        values_report(p, &cmd);
    return cmd.cut ? value_rest(p, s, in, cmd.cut - 2) : 0;
}

static uint64_t argument_step(struct parse *p, struct redis_state *s, struct cursor *in)
{
    int64_t n = resp_head(in, '$', RESP_BULK_MAX);

    if (n < 0)
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    s->args--;
    if (!p->wants_buffers || s->secret)
        return walk_pass(in, (uint64_t)n + 2);
    s->tail[DIR_CLIENT] = 2;
    return walk_body(p, in, (uint64_t)n, BUFFER_BODY, BUFFER_WHOLE);
}

/* ---- replies ---- */

static bool is_digit_first(struct span s)
{
    return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

static enum reply reply_kind(const struct redis_state *s, const struct resp_element *e)
{
    if (e->type == '>')
        return REPLY_PUSH;
    if (e->type == '*' && s->subscribed && e->n > 0)
        return REPLY_UNSURE;
    if (e->type == '+' && s->monitor && is_digit_first(e->text))
        return REPLY_PUSH;
    return REPLY_ANSWER;
}

static void reply_begin(struct parse *p, struct redis_state *s, const struct resp_element *e)
{
    if (s->levels.depth == 0 && e->type != '|')
        s->reply = (uint8_t)reply_kind(s, e);
    else if (s->levels.depth == 1 && s->reply == REPLY_UNSURE)
        s->reply = redis_word_is_pushed(e->text) ? REPLY_PUSH : REPLY_ANSWER;
    else
        return;
    if (s->reply == REPLY_ANSWER && s->open)
        parse_tx(p, TX_REPLY);
}

static void reply_error(struct parse *p, struct redis_state *s, struct span text)
{
    struct span class = span_first(text, span_index(text, ' '));

    if (s->open)
        parse_field(p, FIELD_REDIS_ERROR, class);
    if (span_equal(class, SPAN("WRONGPASS")) || span_equal(class, SPAN("NOAUTH")) ||
        span_equal(class, SPAN("NOPERM")) || span_equal(class, SPAN("DENIED")) ||
        span_starts(text, SPAN("ERR invalid password")))
        parse_refused(p, "Redis refuses access", span_of(s->user, s->user_n));
}

static void version_report(struct parse *p, struct redis_state *s, struct span version)
{
    s->version = false;
    if (version.n && span_printable(version))
        parse_field(p, FIELD_REDIS_VERSION, version);
}

/* HELLO answers with "version" and its value in a list, INFO with a text. */
static void version_look(struct parse *p, struct redis_state *s, const struct resp_element *e)
{
    struct span text = e->text;

    if (s->levels.depth == 1 && s->version)
        version_report(p, s, text);
    else if (s->levels.depth == 1)
        s->version = span_equal(text, SPAN("version"));
    if (s->levels.depth)
        return;
    if (e->type == '=' && span_starts(text, SPAN("txt:")))
        text = span_from(text, 4);
    if (!span_starts(text, SPAN("# Server\r\nredis_version:")))
        return;
    text = span_from(text, sizeof("# Server\r\nredis_version:") - 1);
    version_report(p, s, span_first(text, span_index(text, '\r')));
}

/* Only the server is seen, and its reply is long. */
static void reply_judge(struct parse *p, struct redis_state *s, const struct resp_element *e)
{
    if ((!resp_is_aggregate(e->type) && !resp_is_bulk(e->type)) || ++s->rich < RICH_ENOUGH)
        return;
    parse_proof(p, PROOF_FAIR);
    s->matched = true;
}

static void reply_prove(struct parse *p, struct redis_state *s)
{
    s->certain = s->arrays;
    if (s->arrays)
        parse_proof(p, PROOF_CERTAIN);
    else if (s->inlines)
        parse_proof(p, PROOF_STRONG);
    else if (s->rich)
        parse_proof(p, PROOF_FAIR);
    s->matched = s->matched || s->inlines || s->rich;
}

static void reply_end(struct parse *p, struct redis_state *s)
{
    if (!s->certain)
        reply_prove(p, s);
    if (s->reply != REPLY_ANSWER || s->open + s->behind == 0)
        return;
    if (s->open) {
        parse_tx(p, TX_DONE);
        s->open--;
    } else {
        s->behind--;
    }
    if (s->curious)
        s->curious--;
}

/* The answer to PSYNC: line feeds while the replica has to wait, then a file, which may be of
 * unknown length: then what follows it cannot be found. True: nothing else is to be read. */
static bool sync_step(struct redis_state *s, struct cursor *in)
{
    struct cursor at = *in;
    uint8_t type = cur_u8(&at);

    if (type == '\n') {
        *in = at;
        return true;
    }
    if (type != '$')
        return false;
    s->deaf = cur_u8(&at) == 'E';
    if (at.state != CUR_OK)
        *in = at;
    return s->deaf || at.state != CUR_OK;
}

/* A bulk string that was read whole, or one that the cursor stands before. */
static uint64_t value_report(struct parse *p, struct redis_state *s, struct cursor *in,
                             const struct resp_element *e, size_t end)
{
    if (!resp_is_bulk(e->type) || e->n <= 0 || in->state != CUR_OK)
        return e->rest;
    if (e->body) {
        s->tail[DIR_SERVER] = (uint8_t)end;
        return walk_body(p, in, e->body, BUFFER_BODY, BUFFER_WHOLE);
    }
    parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, e->text);
    return 0;
}

static uint64_t reply_step(struct parse *p, struct redis_state *s, struct cursor *in)
{
    struct resp_bulk how = {.text = 0, .end = 2, .strict = !s->matched, .stay = p->wants_buffers};
    struct resp_element e;

    if (s->deaf) {
        cur_skip(in, cur_left(in));
        return 0;
    }
    if (s->rdb && s->levels.depth == 0) {
        if (sync_step(s, in))
            return 0;
        how.end = 0;
    }
    if (s->curious == 1 || s->reply == REPLY_UNSURE)
        how.text = LOOK_BYTES;
    resp_element_read(in, how, &e);
    if (in->state != CUR_OK)
        return 0;
    reply_begin(p, s, &e);
    if (s->levels.depth == 0) {
        if (e.type == '-')
            reply_error(p, s, e.text);
        if (s->rdb && e.type != '+') {
            s->rdb = false;
            s->replica = e.type != '-';
        }
    }
    if (s->curious == 1)
        version_look(p, s, &e);
    if (!s->matched)
        reply_judge(p, s, &e);
    if (resp_levels_apply(&s->levels, in, &e))
        reply_end(p, s);
    return how.stay ? value_report(p, s, in, &e, how.end) : e.rest;
}

/* ---- both ---- */

/* `*count $length`: how every array of a client begins. Redis passes over empty ones. */
static void array_head(struct cursor *in)
{
    int64_t count = resp_head(in, '*', RESP_COUNT_MAX);

    if (count > 0)
        (void)resp_head(in, '$', RESP_BULK_MAX);
    else if (count == RESP_STREAMED)
        cur_fail(in);
}

static void element_head(struct cursor *in)
{
    static const struct resp_bulk strict = {.text = 0, .end = 2, .strict = true};
    struct resp_element e;

    resp_element_read(in, strict, &e);
}

/* Something was lost: does a message begin here? BAD: no. SHORT: too early to tell. */
static void boundary_test(const struct parse *p, struct cursor *in)
{
    struct cursor at = *in;

    if (p->dir == DIR_CLIENT)
        array_head(&at);
    else
        element_head(&at);
    if (at.state == CUR_SHORT && cur_left(in) < RESYNC_LINE)
        cur_short(in, at.need);
    else if (at.state != CUR_OK)
        cur_fail(in);
}

static uint64_t redis_step(struct parse *p, struct cursor *in)
{
    struct redis_state *s = p->state;
    uint8_t tail = s->tail[p->dir];

    if (tail) {
        s->tail[p->dir] = 0;
        return walk_pass(in, tail);
    }
    if (p->dir == DIR_SERVER)
        return reply_step(p, s, in);
    return s->args ? argument_step(p, s, in) : command_step(p, s, in);
}

/* The header of the cluster bus: what follows tells about nodes, not about data. */
static enum parse_result bus_read(struct parse *p, struct cursor *in)
{
    uint32_t length;
    uint16_t version, type;

    cur_skip(in, 4);
    length = cur_be32(in);
    version = cur_be16(in);
    cur_skip(in, 2);
    type = cur_be16(in);
    if (length < 16 || version > 2 || type > 10)
        cur_fail(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    parse_proof(p, PROOF_CERTAIN);
    parse_commit(p, in);
    return PARSE_DONE;
}

static enum parse_result redis_parse(struct parse *p, struct cursor *in)
{
    struct redis_state *s = p->state;

    if (!s->matched && span_starts(cur_look(in), SPAN("RCmb")))
        return bus_read(p, in);
    if (s->lost[p->dir]) {
        boundary_test(p, in);
        if (in->state == CUR_SHORT)
            return walk_verdict(&s->matched);
        if (in->state == CUR_BAD)
            return walk_over(p, in);
        s->lost[p->dir] = false;
    }
    return walk(p, in, redis_step, &s->matched);
}

/* The engine still waits for replies, and must not take anything else for them. */
static void replies_lost(struct parse *p, struct redis_state *s)
{
    if (s->levels.depth && s->reply == REPLY_ANSWER && s->open) {
        parse_tx(p, TX_DONE);
        s->open--;
    }
    for (; s->open; s->open--) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
    }
    s->levels.depth = 0;
    s->reply = REPLY_ANSWER;
    s->version = false;
    s->curious = 0;
}

/* Which reply belongs to a command that comes from here on cannot be known. */
static void redis_gap(struct parse *p, uint64_t missing)
{
    struct redis_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->tail[p->dir] = 0;
    s->unpaired = true;
    s->behind = 0;
    if (p->dir == DIR_SERVER)
        replies_lost(p, s);
    else
        s->args = 0;
}

static bool probe_inline(struct span first)
{
    struct span line = span_first(first, span_index(first, '\n'));
    struct span rest = span_from(line, line.p[0] == '"' || line.p[0] == '\'');
    struct redis_word w;
    size_t n = 0;

    while (n < rest.n && redis_is_name(rest.p[n]))
        n++;
    w = redis_word_of(span_first(rest, n));
    if (n == rest.n && line.n == first.n)
        return redis_word_begins_verb(&w);
    if (line.p[line.n - 1] == '\r')
        line.n--;
    if (line.n > 8 && is_http(span_from(line, line.n - 8)))
        return false;
    return redis_word_is_verb(&w);
}

/* Redis passes over empty lines, so they may stand before anything. */
static bool probe_client(struct span first)
{
    struct cursor in;

    while (first.n && (first.p[0] == '\r' || first.p[0] == '\n' || first.p[0] == ' '))
        first = span_from(first, 1);
    if (first.n == 0)
        return true;
    if (first.p[0] != '*')
        return probe_inline(first);
    in = cur_of(first);
    array_head(&in);
    return in.state != CUR_BAD;
}

static bool redis_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);

    if (span_starts(SPAN("RCmb"), span_first(first, 4)))
        return true;
    if (from == DIR_CLIENT)
        return probe_client(first);
    element_head(&in);
    return in.state != CUR_BAD;
}

static const uint16_t redis_ports[] = {6379, 6380, 26379, 16379, 0};

const struct parser parser_redis = {
    .name = "redis",
    .evidence = "arrays of bulks with a known command; replies",
    .app = APP_REDIS,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = redis_ports,
    .state_size = sizeof(struct redis_state),
    .max_pending = 64u << 10,
    .midstream = true,
    .probe = redis_probe,
    .parse = redis_parse,
    .gap = redis_gap,
};
