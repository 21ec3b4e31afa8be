/* SPDX-License-Identifier: Apache-2.0
 *
 * openwire: the protocol of ActiveMQ and its clients.
 *
 *     size 4, type 1, command (tight or loose encoding)
 *     WireFormatInfo (type 1) of both sides first: "ActiveMQ", version 4, options
 *
 * Commands are read as far as they are worth telling; contents of messages go to detection.
 */
#include "parser/parser.h"
#include "support/bodies.h"
#include "support/openwire_reader.h"

enum {
    SIZE_MOST = 1 << 30,
    HEAD_MOST = 6 << 10, /* of a command is read */
    VERSION_MOST = 12,
    WHO_MAX = 48,
    OPTIONS_MOST = 64,
};

enum value { BOOLEAN = 1, BYTE, CHAR, SHORT, INTEGER, LONG, DOUBLE, FLOAT, STRING, BYTES };

enum login { LOGIN_NONE, LOGIN_OPEN, LOGIN_DONE };

struct side {
    bool spoke; /* its WireFormatInfo was seen */
    bool tight, caches;
    uint8_t version;
};

struct openwire_state {
    struct side side[2];
    uint8_t login; /* enum login */
    uint8_t who_len;
    char who[WHO_MAX];
    bool matched;
    bool connecting;    /* the next response answers the login */
    bool lost[2];       /* no command boundary known */
    uint32_t behind[2]; /* bytes of a command behind its content */
    struct openwire_names *names[2];
};

struct info {
    struct side side;
    struct span provider, version;
    bool stack_trace;
};

static void tell(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

/* ---- WireFormatInfo ---- */

static void option_read(struct cursor *in, struct info *i)
{
    struct span name = cur_span(in, cur_be16(in)), text = span_of(in->pos, 0);
    static const uint8_t sizes[] = {[BOOLEAN] = 1, [BYTE] = 1, [CHAR] = 2,   [SHORT] = 2,
                                    [INTEGER] = 4, [LONG] = 8, [DOUBLE] = 8, [FLOAT] = 4};
    uint8_t type = cur_u8(in), number = 0;

    if (type == STRING)
        text = cur_span(in, cur_be16(in));
    else if (type == BYTES)
        cur_skip(in, cur_be32(in));
    else if (type < sizeof(sizes)) {
        number = cur_peek(in);
        cur_skip(in, sizes[type]);
    } else
        cur_fail(in);
    if (span_equal(name, SPAN("TightEncodingEnabled")))
        i->side.tight = number;
    else if (span_equal(name, SPAN("CacheEnabled")))
        i->side.caches = number;
    else if (span_equal(name, SPAN("StackTraceEnabled")))
        i->stack_trace = number;
    else if (span_equal(name, SPAN("ProviderName")))
        i->provider = text;
    else if (span_equal(name, SPAN("ProviderVersion")))
        i->version = text;
}

/* Behind the type, always in the loose encoding. */
static void info_read(struct cursor *in, struct info *i)
{
    struct span magic = cur_span(in, 8);
    uint32_t version = cur_be32(in), n, options;
    struct cursor map;

    if (in->state == CUR_OK &&
        (!span_equal(magic, SPAN("ActiveMQ")) || version == 0 || version > VERSION_MOST))
        cur_fail(in);
    i->side.version = (uint8_t)version;
    n = cur_u8(in) ? cur_be32(in) : 0;
    map = cur_sub(in, n);
    options = n ? cur_be32(&map) : 0;
    if (options > OPTIONS_MOST)
        cur_fail(in);
    for (; options && map.state == CUR_OK; options--)
        option_read(&map, i);
    cur_join(in, &map);
}

static void info_tell(struct parse *p, struct openwire_state *s, const struct info *i)
{
    bool is_server = p->dir == DIR_SERVER;
    struct side *other = &s->side[!p->dir];

    if (s->login == LOGIN_DONE)
        return;
    s->login = LOGIN_OPEN;
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_OPENWIRE_VERSION,
               other->spoke && other->version < i->side.version ? other->version : i->side.version);
    tell(p, is_server ? FIELD_OPENWIRE_SERVER : FIELD_OPENWIRE_PROVIDER, i->provider);
    tell(p, is_server ? FIELD_OPENWIRE_SERVER_VERSION : FIELD_OPENWIRE_PROVIDER_VERSION,
         i->version);
    if (is_server)
        parse_uint(p, FIELD_OPENWIRE_STACK_TRACE, i->stack_trace);
}

static void info_take(struct parse *p, struct openwire_state *s, struct cursor *in)
{
    struct info i = {0};

    info_read(in, &i);
    if (in->state != CUR_OK)
        return;
    parse_proof(p, PROOF_CERTAIN);
    parse_product(p, PRODUCT_ACTIVEMQ);
    s->matched = true;
    info_tell(p, s, &i);
    s->side[p->dir] = i.side;
    s->side[p->dir].spoke = true;
}

/* ---- commands ---- */

static struct openwire_names *names_of(struct parse *p, struct openwire_state *s)
{
    struct openwire_names *names = s->names[p->dir];

    if (names || !p->wants_tx)
        return names;
    names = parse_alloc(p, sizeof(*names));
    if (names)
        *names = (struct openwire_names){0};
    s->names[p->dir] = names;
    return names;
}

/* Both must want it; a side that is not seen wants what all do, one that has not said what it wants
 * gets the plain encoding. */
static struct openwire_reader reader_of(struct parse *p, struct openwire_state *s,
                                        struct cursor *in)
{
    const struct side *me = &s->side[p->dir], *peer = &s->side[!p->dir];

    return (struct openwire_reader){
        .in = in,
        .tight = me->spoke && me->tight && (!peer->spoke || peer->tight),
        .caches = me->spoke && me->caches && (!peer->spoke || peer->caches),
        .version = peer->spoke && peer->version < me->version ? peer->version : me->version,
        .names = names_of(p, s)};
}

static void base_read(struct openwire_reader *r)
{
    openwire_begin(r);
    cur_skip(r->in, 4);
    (void)openwire_bool(r);
}

static void login_end(struct parse *p, struct openwire_state *s)
{
    if (s->login != LOGIN_OPEN)
        return;
    parse_tx(p, TX_BOTH);
    parse_tx(p, TX_DONE);
    s->login = LOGIN_DONE;
    s->connecting = false;
}

static void connection_read(struct parse *p, struct openwire_state *s, struct openwire_reader *r)
{
    struct span client, user;

    base_read(r);
    (void)openwire_cached(r);
    client = openwire_string(r);
    (void)openwire_string(r); /* the password */
    user = openwire_string(r);
    if (r->in->state != CUR_OK || s->login == LOGIN_DONE)
        return;
    s->login = LOGIN_OPEN;
    s->connecting = true;
    parse_tx(p, TX_BOTH);
    tell(p, FIELD_OPENWIRE_CLIENT, client);
    tell(p, FIELD_OPENWIRE_USER, user);
    user = span_first(user.n ? user : client, WHO_MAX);
    s->who_len = (uint8_t)user.n;
    if (user.n)
        memcpy(s->who, user.p, user.n);
}

static bool has_word(struct span text, struct span word)
{
    for (; text.n >= word.n; text = span_from(text, 1))
        if (span_starts(text, word))
            return true;
    return false;
}

static void exception_read(struct parse *p, struct openwire_state *s, struct openwire_reader *r)
{
    struct span class, message;
    bool is_login = s->login == LOGIN_OPEN && s->connecting;

    base_read(r);
    cur_skip(r->in, 4);
    if (!openwire_bool(r))
        return;
    class = openwire_string(r);
    message = openwire_string(r);
    if (r->in->state != CUR_OK)
        return;
    if (!is_login)
        login_end(p, s);
    parse_tx(p, is_login ? TX_BOTH : TX_REQUEST);
    parse_text(p, FIELD_OPENWIRE_COMMAND, openwire_name(OPENWIRE_EXCEPTION));
    tell(p, FIELD_OPENWIRE_EXCEPTION, class);
    tell(p, FIELD_OPENWIRE_MESSAGE, message);
    parse_tx(p, TX_DONE);
    if (is_login)
        s->login = LOGIN_DONE;
    if (has_word(class, SPAN("ClassPathXmlApplicationContext")) ||
        has_word(class, SPAN("FileSystemXmlApplicationContext")))
        parse_note_value(p, "OpenWire exception of a Spring context (CVE-2023-46604)", class);
    if (has_word(class, SPAN("SecurityException")))
        parse_refused(p, is_login ? "ActiveMQ refuses the login" : "ActiveMQ refuses access",
                      span_of(s->who, s->who_len));
}

/* A consumer, a producer, a destination: an object, then what it is for. */
static void destination_read(struct parse *p, struct openwire_state *s, uint8_t type,
                             struct openwire_reader *r)
{
    struct span name;

    base_read(r);
    (void)openwire_cached(r);
    if (type == OPENWIRE_CONSUMER)
        (void)openwire_bool(r);
    name = openwire_cached(r);
    if (r->in->state != CUR_OK)
        return;
    login_end(p, s);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_OPENWIRE_COMMAND, openwire_name(type));
    tell(p, FIELD_OPENWIRE_DESTINATION, name);
    parse_tx(p, TX_DONE);
}

/* To the length of the content. */
static uint32_t message_read(struct openwire_reader *r, struct span *name)
{
    cur_skip(r->in, 4);
    (void)openwire_bool(r);
    (void)openwire_cached(r); /* producer */
    *name = openwire_cached(r);
    (void)openwire_cached(r); /* transaction */
    (void)openwire_cached(r); /* original destination */
    (void)openwire_nested(r); /* message id */
    (void)openwire_cached(r); /* original transaction */
    (void)openwire_string(r); /* group */
    cur_skip(r->in, 4);
    (void)openwire_string(r); /* correlation */
    (void)openwire_bool(r);   /* persistent */
    openwire_long(r);         /* expiration */
    cur_skip(r->in, 1);
    (void)openwire_nested(r); /* reply to */
    openwire_long(r);         /* time */
    (void)openwire_string(r); /* type */
    return openwire_sequence(r);
}

/* A message, or one that is dispatched. Returns the length of its content. */
static uint32_t content_read(struct openwire_reader *r, uint8_t *type, struct span *name)
{
    struct span dispatched;
    uint32_t n;

    openwire_begin(r);
    if (*type != OPENWIRE_DISPATCH)
        return message_read(r, name);
    cur_skip(r->in, 4);
    (void)openwire_bool(r);
    (void)openwire_cached(r);
    dispatched = openwire_cached(r);
    *type = openwire_command(r);
    if (*type < OPENWIRE_MESSAGE || *type > OPENWIRE_MESSAGE_LAST) {
        *type = OPENWIRE_DISPATCH; /* of nothing: there is no more */
        *name = dispatched;
        return 0;
    }
    n = message_read(r, name);
    if (name->n == 0)
        *name = dispatched;
    return n;
}

static void message_tell(struct parse *p, struct openwire_state *s, uint8_t type, struct span name,
                         uint32_t n)
{
    login_end(p, s);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_OPENWIRE_COMMAND, openwire_name(type));
    tell(p, FIELD_OPENWIRE_DESTINATION, name);
    if (n)
        parse_uint(p, FIELD_OPENWIRE_BODY_SIZE, n);
    parse_tx(p, TX_DONE);
}

/* `in` ends with what is here of the command; SHORT when more of it is needed. The content is what
 * comes next of the frame, or is left out when it is not found. */
static uint32_t command_read(struct parse *p, struct openwire_state *s, uint8_t type,
                             struct cursor *in)
{
    struct openwire_reader r = reader_of(p, s, in);
    struct span name = span_of(in->pos, 0);
    uint32_t n;

    if (type == OPENWIRE_WIRE_FORMAT) {
        info_take(p, s, in);
    } else if (type == OPENWIRE_CONNECTION) {
        connection_read(p, s, &r);
    } else if (type == OPENWIRE_EXCEPTION) {
        exception_read(p, s, &r);
    } else if (type == OPENWIRE_CONSUMER || type == OPENWIRE_PRODUCER ||
               type == OPENWIRE_DESTINATION) {
        destination_read(p, s, type, &r);
    } else if (type >= OPENWIRE_RESPONSE && type <= OPENWIRE_RESPONSE_LAST && s->connecting) {
        login_end(p, s);
    } else if (type == OPENWIRE_DISPATCH ||
               (type >= OPENWIRE_MESSAGE && type <= OPENWIRE_MESSAGE_LAST)) {
        n = content_read(&r, &type, &name);
        if (in->state == CUR_OK)
            message_tell(p, s, type, name, n);
        return n;
    }
    return 0;
}

/* A command that cannot be read is passed over; its size still holds. */
static struct rest openwire_step(struct parse *p, struct cursor *in)
{
    struct openwire_state *s = p->state;
    uint32_t left = s->behind[p->dir], size, head, content;
    struct cursor body;
    uint8_t type;

    s->behind[p->dir] = 0;
    if (left)
        return rest_skip(left);
    size = cur_be32(in);
    type = cur_u8(in);
    if (in->state == CUR_OK && (size == 0 || size > SIZE_MOST || openwire_name(type) == NULL ||
                                (!s->matched && type != OPENWIRE_WIRE_FORMAT)))
        cur_fail(in);
    if (in->state != CUR_OK)
        return rest_none();
    left = size - 1;
    head = left < HEAD_MOST ? left : HEAD_MOST;
    body = bodies_here(in, head);
    content = command_read(p, s, type, &body);
    if (!s->matched || (body.state == CUR_SHORT && cur_left(in) < head))
        bodies_join(in, &body, head);
    if (body.state != CUR_OK)
        return rest_skip(left);
    left -= (uint32_t)(body.pos - in->pos);
    in->pos = body.pos;
    if (content == 0 || content > left)
        return rest_skip(left);
    s->behind[p->dir] = left - content;
    return rest_body(content, BUFFER_WHOLE);
}

static bool openwire_probe(enum dir from, struct span first)
{
    static const uint8_t begins[] = {OPENWIRE_WIRE_FORMAT, 'A', 'c', 't', 'i', 'v', 'e', 'M', 'Q'};
    struct span rest = span_from(first, 4);

    (void)from;
    if (first.p[0] != 0)
        return false; /* it is never that long */
    return span_starts(span_of(begins, sizeof(begins)), span_first(rest, sizeof(begins)));
}

/* Something was lost: does a command begin here? */
static bool is_boundary(const struct cursor *in)
{
    struct cursor at = *in;
    uint32_t size = cur_be32(&at);
    uint8_t type = cur_u8(&at);

    return at.state == CUR_OK && size > 0 && size <= 1 << 24 && openwire_name(type);
}

static enum parse_result openwire_parse(struct parse *p, struct cursor *in)
{
    struct openwire_state *s = p->state;

    if (s->lost[p->dir] && !is_boundary(in))
        return bodies_over(p, in, &s->matched);
    s->lost[p->dir] = false;
    return bodies_walk(p, in, openwire_step, &s->matched);
}

static void openwire_gap(struct parse *p, uint64_t missing)
{
    struct openwire_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->behind[p->dir] = 0;
}

static const uint16_t openwire_ports[] = {61616, 61617, 0};

const struct parser parser_openwire = {
    .name = "openwire",
    .evidence = "WireFormatInfo with the name ActiveMQ",
    .app = APP_OPENWIRE,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = openwire_ports,
    .state_size = sizeof(struct openwire_state),
    .max_pending = 8u << 10,
    .probe = openwire_probe,
    .parse = openwire_parse,
    .gap = openwire_gap,
};
