/* SPDX-License-Identifier: Apache-2.0
 *
 * SOCKS 4, 4a and 5 (RFC 1928, 1929): where the client wants to go. What it speaks there follows.
 *
 *     4  C: 4 command(1) port(2) address(4) user NUL [name NUL]
 *        S: 0 code(1) port(2) address(4)
 *     5  C: 5 n methods(n)                    S: 5 method
 *        C: 1 n user(n) n password(n)         S: 1 status
 *        C: 5 command 0 kind address port(2)  S: 5 code 0 kind address port(2)
 */
#include "parser/parser.h"
#include "support/socks_datagram.h"

enum {
    CONNECT = 1,
    BIND = 2,
    ASSOCIATE = 3,
    METHOD_OPEN = 0,
    METHOD_PASSWORD = 2,
    METHOD_NONE = 0xff,
    GRANTED_4 = 0x5a,
    NAME_MOST = 255,
};

enum step {
    AT_START,
    AT_METHOD, /* 5: the server chooses */
    AT_LOGIN,  /* 5: user and password, and what the server thinks of them */
    AT_REQUEST,
    AT_ANSWER,
    AT_REST, /* what neither side says is readable */
};

struct socks_state {
    uint8_t version;
    uint8_t step[2];
    uint8_t command;
    uint8_t answers; /* 4 and 5: a BIND gets two */
    uint8_t offered; /* bit 0: no authentication, bit 2: password; bit 7: others */
    bool matched;
};

static const uint16_t ports[] = {1080, 1081, 9050, 0};

static void put_target(struct parse *p, const struct socks_state *s, const struct socks_end *end)
{
    static const char *const commands[] = {"", "connect", "bind", "udp_associate"};

    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_SOCKS_VERSION, s->version);
    parse_text(p, FIELD_SOCKS_COMMAND, commands[s->command & 3]);
    socks_end_put(p, end);
}

/* Version 4a: an address of 0.0.0.x says that a name follows. */
static void request_4(struct parse *p, struct socks_state *s, struct cursor *in)
{
    struct socks_end end = {0};
    struct span user;

    cur_skip(in, 1);
    s->command = cur_u8(in);
    end.port = cur_be16(in);
    end.addr = cur_span(in, 4);
    user = cur_until(in, 0, NAME_MOST);
    if (in->state != CUR_OK)
        return;
    if (span_starts(end.addr, SPAN("\0\0\0")) && end.addr.p[3]) {
        end.name = cur_until(in, 0, NAME_MOST);
        if (in->state == CUR_OK && !socks_is_name(end.name))
            cur_fail(in);
    }
    if ((s->command != CONNECT && s->command != BIND) || !span_printable(user))
        cur_fail(in);
    if (s->command == CONNECT && end.port == 0) /* nowhere to go: zeros of something else */
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    s->version = 4;
    s->step[DIR_CLIENT] = s->step[DIR_SERVER] = AT_ANSWER;
    parse_proof(p, PROOF_FAIR);
    s->matched = true;
    put_target(p, s, &end);
    if (user.n)
        parse_field(p, FIELD_SOCKS_USER, user);
}

static void methods_5(struct parse *p, struct socks_state *s, struct cursor *in)
{
    struct span methods;

    cur_skip(in, 1);
    methods = cur_span(in, cur_u8(in));
    if (in->state == CUR_OK && methods.n == 0)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    for (size_t i = 0; i < methods.n; i++)
        s->offered |= (uint8_t)(methods.p[i] < 3 ? 1u << methods.p[i] : 0x80u);
    s->version = 5;
    s->step[DIR_CLIENT] = AT_LOGIN;
    s->step[DIR_SERVER] = AT_METHOD;
    /* Few clients offer anything but these. */
    parse_proof(p, s->offered & 0x80 ? PROOF_WEAK : PROOF_FAIR);
    s->matched = !(s->offered & 0x80);
}

static void login_5(struct parse *p, struct cursor *in)
{
    struct span user;

    cur_skip(in, 1);
    user = cur_span(in, cur_u8(in));
    cur_skip(in, cur_u8(in));
    if (in->state != CUR_OK)
        return;
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_SOCKS_USER, user);
}

static void request_5(struct parse *p, struct socks_state *s, struct cursor *in)
{
    struct socks_end end;

    if (cur_u8(in) != 5)
        cur_fail(in);
    s->command = cur_u8(in);
    if (cur_u8(in) != 0 || s->command < CONNECT || s->command > ASSOCIATE)
        if (in->state == CUR_OK)
            cur_fail(in);
    end = socks_end_read(in);
    if (in->state != CUR_OK)
        return;
    s->step[DIR_CLIENT] = AT_ANSWER;
    put_target(p, s, &end);
}

/* What the client sends first tells which of the two it is: nobody else has to be heard. */
static void client_step(struct parse *p, struct socks_state *s, struct cursor *in)
{
    switch (s->step[DIR_CLIENT]) {
    case AT_START:
        if (cur_peek(in) == 4)
            request_4(p, s, in);
        else
            methods_5(p, s, in);
        break;
    case AT_LOGIN:
        /* Other methods have messages of their own, and these begin with 1 too (RFC 1961). */
        if (cur_peek(in) == 1 && !(s->offered & 1u << METHOD_PASSWORD))
            s->step[DIR_CLIENT] = AT_REST;
        else if (cur_peek(in) == 1)
            login_5(p, in);
        else
            request_5(p, s, in);
        break;
    case AT_REST:
        (void)cur_rest(in);
        break;
    default:
        cur_short(in, 1); /* for whoever comes after the answer */
    }
}

static bool is_last_answer(struct socks_state *s)
{
    return s->command != BIND || ++s->answers == 2;
}

static enum parse_result granted(struct parse *p, struct socks_state *s, struct cursor *in)
{
    parse_proof(p, PROOF_CERTAIN);
    s->matched = true;
    parse_commit(p, in);
    if (!is_last_answer(s))
        return PARSE_MATCH;
    parse_tx(p, TX_BOTH);
    parse_tx(p, TX_DONE);
    if (s->command != ASSOCIATE)
        parse_upgrade(p);
    return PARSE_DONE;
}

static enum parse_result refused(struct parse *p, struct socks_state *s, struct cursor *in,
                                 unsigned code)
{
    parse_proof(p, PROOF_CERTAIN);
    s->matched = true;
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_SOCKS_CODE, code);
    parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return PARSE_DONE;
}

static enum parse_result answer_4(struct parse *p, struct socks_state *s, struct cursor *in)
{
    uint8_t zero = cur_u8(in), code = cur_u8(in);

    cur_skip(in, 6);
    if (in->state == CUR_OK && (zero || code < GRANTED_4 || code > GRANTED_4 + 3))
        cur_fail(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    return code == GRANTED_4 ? granted(p, s, in) : refused(p, s, in, code);
}

static enum parse_result method_5(struct parse *p, struct socks_state *s, struct cursor *in)
{
    uint8_t version = cur_u8(in), method = cur_u8(in);

    if (in->state != CUR_OK)
        return parse_stop(in);
    if (version != 5 ||
        (method != METHOD_NONE && !(method < 3 ? s->offered & (1u << method) : s->offered & 0x80)))
        return PARSE_REJECT;
    if (method == METHOD_NONE)
        return refused(p, s, in, method);
    s->step[DIR_SERVER] = method == METHOD_PASSWORD ? AT_LOGIN : AT_ANSWER;
    parse_proof(p, PROOF_CERTAIN);
    s->matched = true;
    parse_commit(p, in);
    /* Any other method may wrap all that follows. */
    return method == METHOD_OPEN || method == METHOD_PASSWORD ? PARSE_MATCH : PARSE_DONE;
}

static enum parse_result status_5(struct parse *p, struct socks_state *s, struct cursor *in)
{
    uint8_t version = cur_u8(in), status = cur_u8(in);

    if (in->state == CUR_OK && version != 1)
        cur_fail(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    if (status) {
        parse_refused(p, "SOCKS login refused", span_of("", 0));
        return refused(p, s, in, status);
    }
    s->step[DIR_SERVER] = AT_ANSWER;
    parse_commit(p, in);
    return PARSE_MATCH;
}

static enum parse_result answer_5(struct parse *p, struct socks_state *s, struct cursor *in)
{
    uint8_t version = cur_u8(in), code = cur_u8(in), zero = cur_u8(in);
    struct socks_end end;

    if (in->state == CUR_OK && (version != 5 || zero))
        cur_fail(in);
    end = socks_end_read(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    if (code == 0 && s->command == ASSOCIATE)
        socks_datagrams_expect(p, end.port);
    return code == 0 ? granted(p, s, in) : refused(p, s, in, code);
}

static enum parse_result server_step(struct parse *p, struct socks_state *s, struct cursor *in)
{
    if (s->version == 4)
        return answer_4(p, s, in);
    switch (s->step[DIR_SERVER]) {
    case AT_METHOD:
        return method_5(p, s, in);
    case AT_LOGIN:
        return status_5(p, s, in);
    case AT_ANSWER:
        return answer_5(p, s, in);
    default:
        return PARSE_REJECT; /* servers wait to be asked */
    }
}

static enum parse_result socks_parse(struct parse *p, struct cursor *in)
{
    struct socks_state *s = p->state;
    enum parse_result result = PARSE_MORE;

    while (in->pos < in->end) {
        if (p->dir == DIR_SERVER) {
            result = server_step(p, s, in);
            if (result != PARSE_MATCH)
                return result == PARSE_MORE && s->matched ? PARSE_MATCH : result;
            continue;
        }
        client_step(p, s, in);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool socks_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t version = cur_u8(&c), next = cur_u8(&c);

    if (from == DIR_SERVER)
        return version == 0 || version == 5;
    if (version != 4 && version != 5)
        return false;
    if (c.state == CUR_SHORT)
        return true;
    if (version == 4)
        return next == CONNECT || next == BIND;
    /* Methods that exist: RFC 1928 section 3, and those the registry has added since. */
    for (uint8_t i = 0; i < next && cur_left(&c); i++)
        if (cur_u8(&c) > 9)
            return false;
    return next > 0 && next <= 10;
}

const struct parser parser_socks = {
    .name = "socks",
    .evidence = "methods and their choice; request and answer; another protocol follows",
    .app = APP_SOCKS,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct socks_state),
    .max_pending = 64u << 10,
    .probe = socks_probe,
    .parse = socks_parse,
};
