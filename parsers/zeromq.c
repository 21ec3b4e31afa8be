/* SPDX-License-Identifier: Apache-2.0
 *
 * ZeroMQ's transport, ZMTP 2.0 and 3.x (RFC 15, 23 and 37 of zeromq.org). Both sides begin at once:
 *
 *     FF length(8) 7F                                 the signature
 *     3.x  03 minor mechanism(20) as-server 0(31)     the greeting
 *     2.0  01 kind of socket, identity in a frame
 *     frames: flags size(1, or 8) body; a command is name length, name, data
 */
#include "parser/parser.h"
#include "support/walk.h"

enum {
    SIGNATURE = 0xff,
    SIGNATURE_END = 0x7f,
    MECHANISM = 20,
    FILLER = 31,
    IDENTITY_MOST = 255,
    COMMAND_MOST = 4096, /* longer ones are passed over */
    TOPIC_MOST = 512,
    WHO_MAX = 48,
    PENDING = COMMAND_MOST + 16,
};

enum flag { FLAG_MORE = 1, FLAG_LONG = 2, FLAG_COMMAND = 4 };

enum step { AT_GREETING, AT_FRAMES };

enum mechanism { MECHANISM_NULL, MECHANISM_PLAIN, MECHANISM_CURVE, MECHANISM_GSSAPI };

struct zeromq_state {
    uint8_t step[2];      /* enum step */
    uint8_t major[2];     /* 0: no greeting yet */
    uint8_t mechanism[2]; /* enum mechanism */
    uint8_t who_n;
    char who[WHO_MAX];
    bool ready[2];
    bool subscribes;   /* the client's socket is of a kind that does */
    bool continues[2]; /* a message of several frames */
    bool matched, done;
};

static bool is_sealed(const struct zeromq_state *s)
{
    return s->mechanism[DIR_CLIENT] >= MECHANISM_CURVE ||
           s->mechanism[DIR_SERVER] >= MECHANISM_CURVE;
}

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

/* ---- greetings ---- */

static void prove(struct parse *p, struct zeromq_state *s)
{
    bool both = s->step[DIR_CLIENT] != AT_GREETING && s->step[DIR_SERVER] != AT_GREETING;

    parse_proof(p, both ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
}

static void finish(struct parse *p, struct zeromq_state *s)
{
    if (!s->done)
        parse_tx(p, TX_DONE);
    s->done = true;
}

static void socket_tell(struct parse *p, struct zeromq_state *s, struct span kind)
{
    put(p, p->dir == DIR_CLIENT ? FIELD_ZEROMQ_CLIENT_SOCKET : FIELD_ZEROMQ_SERVER_SOCKET, kind);
    if (p->dir == DIR_CLIENT)
        s->subscribes = span_equal(kind, SPAN("SUB")) || span_equal(kind, SPAN("XSUB"));
}

static void identity_tell(struct parse *p, struct span identity)
{
    put(p, p->dir == DIR_CLIENT ? FIELD_ZEROMQ_CLIENT_IDENTITY : FIELD_ZEROMQ_SERVER_IDENTITY,
        identity);
}

/* The number stands for the length of a first frame: old programs read it as one, and it holds an
 * identity of up to 255 bytes. */
static void signature_read(struct cursor *in)
{
    if (cur_u8(in) != SIGNATURE || cur_be64(in) > IDENTITY_MOST + 1 || cur_u8(in) != SIGNATURE_END)
        cur_fail(in);
}

static uint8_t mechanism_read(struct cursor *in, struct span *name)
{
    static const char *const names[] = {"NULL", "PLAIN", "CURVE", "GSSAPI"};
    struct span field = cur_span(in, MECHANISM);

    *name = span_first(field, span_index(field, 0));
    for (size_t i = name->n; i < field.n; i++)
        if (field.p[i])
            cur_fail(in);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (span_equal(*name, span_text(names[i])))
            return (uint8_t)i;
    cur_fail(in);
    return 0;
}

static void greeting_3(struct parse *p, struct zeromq_state *s, struct cursor *in)
{
    char version[] = "3.0";
    uint8_t minor = cur_u8(in), mechanism, as_server;
    struct span name, filler;

    mechanism = mechanism_read(in, &name);
    as_server = cur_u8(in);
    filler = cur_span(in, FILLER);
    for (size_t i = 0; i < filler.n; i++)
        if (filler.p[i])
            cur_fail(in);
    if (minor > 9 || as_server > 1)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    s->major[p->dir] = 3;
    s->mechanism[p->dir] = mechanism;
    s->step[p->dir] = AT_FRAMES;
    prove(p, s);
    parse_tx(p, TX_BOTH);
    if (s->major[1 - p->dir])
        return;
    version[2] = (char)('0' + minor);
    parse_text(p, FIELD_ZEROMQ_VERSION, version);
    parse_field(p, FIELD_ZEROMQ_MECHANISM, name);
}

static void greeting_2(struct parse *p, struct zeromq_state *s, struct cursor *in)
{
    static const char *const kinds[] = {"PAIR",   "PUB",  "SUB",  "REQ",  "REP",  "DEALER",
                                        "ROUTER", "PULL", "PUSH", "XPUB", "XSUB", "STREAM"};
    uint8_t kind = cur_u8(in), size;
    struct span identity;

    if (cur_u8(in) != 0)
        cur_fail(in);
    size = cur_u8(in);
    identity = cur_span(in, size);
    if (kind >= sizeof(kinds) / sizeof(kinds[0]))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    s->major[p->dir] = 2;
    s->step[p->dir] = AT_FRAMES;
    s->ready[p->dir] = true;
    prove(p, s);
    parse_tx(p, TX_BOTH);
    if (!s->major[1 - p->dir])
        parse_text(p, FIELD_ZEROMQ_VERSION, "2.0");
    socket_tell(p, s, span_text(kinds[kind]));
    identity_tell(p, identity);
    if (s->ready[1 - p->dir])
        finish(p, s);
}

/* Who is newer than the other goes on as the other one does. */
static void greeting_step(struct parse *p, struct zeromq_state *s, struct cursor *in)
{
    uint8_t major;

    signature_read(in);
    major = cur_u8(in);
    if (in->state != CUR_OK)
        return;
    if (major == 1 || (major == 3 && s->major[1 - p->dir] == 2))
        greeting_2(p, s, in);
    else if (major == 3)
        greeting_3(p, s, in);
    else
        cur_fail(in);
}

/* ---- commands ---- */

static void metadata_tell(struct parse *p, struct zeromq_state *s, struct cursor *c)
{
    while (cur_left(c)) {
        struct span name = cur_span(c, cur_u8(c));
        struct span value = cur_span(c, cur_be32(c));

        if (c->state != CUR_OK)
            return;
        if (span_equal_nocase(name, SPAN("Socket-Type")))
            socket_tell(p, s, value);
        else if (span_equal_nocase(name, SPAN("Identity")))
            identity_tell(p, value);
    }
}

static void hello_tell(struct parse *p, struct zeromq_state *s, struct cursor *c)
{
    struct span user = cur_span(c, cur_u8(c));

    cur_skip(c, cur_u8(c)); /* the password */
    if (c->state != CUR_OK)
        return;
    put(p, FIELD_ZEROMQ_USER, user);
    user = span_first(user, WHO_MAX);
    s->who_n = (uint8_t)user.n;
    if (user.n)
        memcpy(s->who, user.p, user.n);
}

static void error_tell(struct parse *p, struct zeromq_state *s, struct cursor *c)
{
    struct span reason = cur_span(c, cur_u8(c));

    if (c->state != CUR_OK)
        return;
    put(p, FIELD_ZEROMQ_ERROR, reason);
    if (p->dir == DIR_SERVER)
        parse_refused(p, "ZeroMQ refuses the login", span_of(s->who, s->who_n));
    finish(p, s);
}

static void subscription_tell(struct parse *p, struct zeromq_state *s, const char *command,
                              struct span topic)
{
    finish(p, s); /* the other side's part of the handshake is missing */
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_ZEROMQ_COMMAND, command);
    put(p, FIELD_ZEROMQ_TOPIC, topic);
    parse_tx(p, TX_DONE);
}

static bool is_open(const struct zeromq_state *s, enum dir dir)
{
    return s->mechanism[dir] <= MECHANISM_PLAIN;
}

/* How the two get to know each other. */
static void handshake_command(struct parse *p, struct zeromq_state *s, struct span name,
                              struct cursor *data)
{
    bool is_last = span_equal(name, SPAN("READY")) || span_equal(name, SPAN("INITIATE"));

    if (is_last)
        s->ready[p->dir] = true;
    if (s->done)
        return;
    parse_tx(p, TX_BOTH);
    if (span_equal(name, SPAN("ERROR"))) {
        error_tell(p, s, data);
        return;
    }
    if (is_open(s, p->dir) && is_last)
        metadata_tell(p, s, data);
    else if (s->mechanism[p->dir] == MECHANISM_PLAIN && span_equal(name, SPAN("HELLO")))
        hello_tell(p, s, data);
    if (s->ready[DIR_CLIENT] && s->ready[DIR_SERVER])
        finish(p, s);
}

/* libzmq means "\x5" "ERROR" where it refuses a login, but its compiler reads \x5E, RROR. */
static struct span command_name(struct cursor *body)
{
    if (span_starts(cur_look(body), SPAN("^RROR"))) {
        cur_skip(body, sizeof("^RROR") - 1);
        return SPAN("ERROR");
    }
    return cur_span(body, cur_u8(body));
}

static void command_read(struct parse *p, struct zeromq_state *s, struct cursor *body)
{
    struct span name = command_name(body);

    if (body->state == CUR_OK && (name.n == 0 || !span_printable(name)))
        cur_fail(body);
    if (body->state != CUR_OK)
        return;
    if (!s->ready[p->dir] || span_equal(name, SPAN("ERROR")))
        handshake_command(p, s, name, body);
    else if (p->dir == DIR_CLIENT && span_equal(name, SPAN("SUBSCRIBE")))
        subscription_tell(p, s, "SUBSCRIBE", cur_rest(body));
    else if (p->dir == DIR_CLIENT && span_equal(name, SPAN("CANCEL")))
        subscription_tell(p, s, "CANCEL", cur_rest(body));
}

/* ---- frames ---- */

/* A message of one byte and a topic, in ZMTP 2.0 and 3.0. */
static bool subscription_read(struct parse *p, struct zeromq_state *s, struct cursor *in,
                              uint64_t size)
{
    struct cursor look = *in;
    uint8_t verb = cur_u8(&look);

    if (p->dir != DIR_CLIENT || !s->subscribes || is_sealed(s) || size == 0 || size > TOPIC_MOST ||
        (look.state == CUR_OK && verb > 1))
        return false;
    verb = cur_u8(in);
    look = cur_sub(in, (size_t)size - 1);
    if (in->state == CUR_OK)
        subscription_tell(p, s, verb ? "SUBSCRIBE" : "CANCEL", cur_rest(&look));
    return true;
}

static uint64_t message_pass(struct parse *p, struct zeromq_state *s, struct cursor *in,
                             uint64_t size, bool more)
{
    if (!s->continues[p->dir] && !more && subscription_read(p, s, in, size))
        return 0;
    if (in->state != CUR_OK)
        return 0;
    s->continues[p->dir] = more;
    return is_sealed(s) || size == 0 ? walk_pass(in, size)
                                     : walk_body(p, in, size, BUFFER_BODY, BUFFER_WHOLE);
}

static uint64_t frame_step(struct parse *p, struct zeromq_state *s, struct cursor *in)
{
    uint8_t flags = cur_u8(in);
    uint64_t size = flags & FLAG_LONG ? cur_be64(in) : cur_u8(in);
    struct cursor body;

    if (flags > (FLAG_MORE | FLAG_LONG | FLAG_COMMAND) || size >> 48 ||
        (flags & FLAG_COMMAND && (flags & FLAG_MORE || size < 2 || s->major[p->dir] == 2)) ||
        (!(flags & FLAG_COMMAND) && !s->ready[p->dir]))
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    if (!(flags & FLAG_COMMAND))
        return message_pass(p, s, in, size, flags & FLAG_MORE);
    if (size > COMMAND_MOST)
        return walk_pass(in, size);
    body = cur_sub(in, (size_t)size);
    if (in->state != CUR_OK)
        return 0;
    command_read(p, s, &body);
    cur_join(in, &body);
    return 0;
}

static uint64_t zeromq_step(struct parse *p, struct cursor *in)
{
    struct zeromq_state *s = p->state;

    if (s->step[p->dir] == AT_FRAMES)
        return frame_step(p, s, in);
    greeting_step(p, s, in);
    return 0;
}

static enum parse_result zeromq_parse(struct parse *p, struct cursor *in)
{
    struct zeromq_state *s = p->state;

    return walk(p, in, zeromq_step, &s->matched);
}

static bool zeromq_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);

    (void)from;
    if (first.n < 10) {
        for (size_t i = 1; i < first.n && i < 7; i++)
            if (first.p[i])
                return false;
        return first.p[0] == SIGNATURE;
    }
    signature_read(&in);
    return in.state == CUR_OK && (first.n < 11 || first.p[10] == 3 || first.p[10] == 1);
}

static const uint16_t ports[] = {5555, 5556, 5557, 5558, 5559, 5560, 0};

const struct parser parser_zeromq = {
    .name = "zeromq",
    .evidence = "a whole greeting; those of both sides",
    .app = APP_ZEROMQ,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct zeromq_state),
    .max_pending = PENDING,
    .midstream = false,
    .probe = zeromq_probe,
    .parse = zeromq_parse,
};
