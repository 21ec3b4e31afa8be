/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of AMQP 0-8, 0-9 and 0-9-1:
 *
 *     type 1 (1 method, 2 content header, 3 content body, 8 heartbeat), channel 2, size 4, payload,
 *     octet CE
 *     method   class 2, method 2, arguments
 *     header   class 2, weight 2, size of the body 8, flags 2, properties
 */
#include "support/amqp.h"

enum { METHOD_FRAME = 1, HEADER_FRAME = 2, BODY_FRAME = 3, HEARTBEAT_OLD = 4, HEARTBEAT = 8 };
enum { CONNECTION = 10, CHANNEL = 20, BASIC = 60 };
enum { START = 10, START_OK = 11, OPEN = 40, OPEN_OK = 41, CLOSE = 50 };
enum { CHANNEL_CLOSE = 40, PUBLISH = 40, RETURN = 50, DELIVER = 60, GET_OK = 71, ACK = 80 };
enum { FRAME_END = 0xce, FRAME_HEAD = 7, CONTENT_TYPE = 0x8000 };
enum { ACCESS_REFUSED = 403, NOT_ALLOWED = 530 };

struct method {
    uint8_t class, number;
    uint8_t no_wait; /* these bits say that no answer is wanted */
    const char *name, *arguments;
};

static const struct method methods[] = {
#define METHOD(class, number, name, arguments, no_wait) {class, number, no_wait, #name, arguments},
#include "support/amqp_methods.def"
#undef METHOD
};

/* What the arguments hold. */
struct arguments {
    struct span queue, exchange, key, consumer, vhost, mechanism, response, text;
    struct span server, client; /* tables */
    uint16_t code;
    uint8_t bits;
};

struct frame {
    uint8_t type;
    uint16_t channel;
    uint32_t size;
};

/* The table is in order. */
static const struct method *method_find(uint16_t class, uint16_t number)
{
    size_t low = 0, high = sizeof(methods) / sizeof(methods[0]);

    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct method *m = &methods[mid];

        if (m->class == class && m->number == number)
            return m;
        if (m->class < class || (m->class == class && m->number < number))
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static struct span read_short(struct cursor *in)
{
    return cur_span(in, cur_u8(in));
}

static struct span read_long(struct cursor *in)
{
    return cur_span(in, cur_be32(in));
}

/* Where a short string that is told goes; NULL: nowhere. */
static struct span *text_of(struct arguments *a, char kind)
{
    switch (kind) {
    case 'q':
        return &a->queue;
    case 'e':
        return &a->exchange;
    case 'k':
        return &a->key;
    case 'c':
        return &a->consumer;
    case 'v':
        return &a->vhost;
    case 'M':
        return &a->mechanism;
    case 'T':
        return &a->text;
    default:
        return NULL;
    }
}

static void read_number(struct cursor *in, char kind, struct arguments *a)
{
    if (kind == 'b')
        a->bits = cur_u8(in);
    else if (kind == 'C')
        a->code = cur_be16(in);
    else
        cur_skip(in, kind == 'o' ? 1 : kind == 'h' ? 2 : kind == 'l' ? 4 : 8);
}

static void read_argument(struct cursor *in, char kind, struct arguments *a)
{
    struct span *text = text_of(a, kind);

    if (text)
        *text = read_short(in);
    else if (kind == 's')
        (void)read_short(in);
    else if (kind == 'P')
        a->server = read_long(in);
    else if (kind == 'Q')
        a->client = read_long(in);
    else if (kind == 'R')
        a->response = read_long(in);
    else if (kind == 'S' || kind == 't')
        (void)read_long(in);
    else
        read_number(in, kind, a);
}

/* ---- tables ---- */

static void skip_value(struct cursor *in, char type)
{
    switch (type) {
    case 'V':
        break;
    case 't':
    case 'b':
    case 'B':
        cur_skip(in, 1);
        break;
    case 's':
    case 'u':
        cur_skip(in, 2);
        break;
    case 'I':
    case 'i':
    case 'f':
        cur_skip(in, 4);
        break;
    case 'D':
        cur_skip(in, 5);
        break;
    case 'L':
    case 'l':
    case 'd':
    case 'T':
        cur_skip(in, 8);
        break;
    case 'S':
    case 'A':
    case 'F':
    case 'x':
        (void)read_long(in);
        break;
    default:
        cur_fail(in);
    }
}

/* The text that a table has under a name; empty when it has none. */
static struct span table_text(struct span table, struct span name)
{
    struct cursor at = cur_of(table);

    while (cur_left(&at)) {
        struct span key = read_short(&at);
        char type = (char)cur_u8(&at);

        if (type == 'S' && span_equal(key, name))
            return read_long(&at);
        skip_value(&at, type);
    }
    return span_of(table.p, 0);
}

static void tell(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

/* ---- methods ---- */

static void login_tell(struct parse *p, struct amqp_state *s, const struct arguments *a)
{
    struct span user;

    tell(p, FIELD_AMQP_CLIENT_PRODUCT, table_text(a->client, SPAN("product")));
    tell(p, FIELD_AMQP_CLIENT_VERSION, table_text(a->client, SPAN("version")));
    tell(p, FIELD_AMQP_MECHANISM, a->mechanism);
    s->mechanism = (uint8_t)sasl_kind_of(a->mechanism);
    if (span_equal(a->mechanism, SPAN("AMQPLAIN")))
        user = table_text(a->response, SPAN("LOGIN"));
    else
        user = sasl_user((enum sasl_kind)s->mechanism, a->response);
    amqp_user(p, s, user);
}

static void server_tell(struct parse *p, const struct arguments *a)
{
    struct span product = table_text(a->server, SPAN("product"));

    tell(p, FIELD_AMQP_SERVER_PRODUCT, product);
    tell(p, FIELD_AMQP_SERVER_VERSION, table_text(a->server, SPAN("version")));
    amqp_product(p, product);
}

static void close_tell(struct parse *p, const struct amqp_state *s, const struct arguments *a)
{
    parse_uint(p, FIELD_AMQP_CLOSE_CODE, a->code);
    tell(p, FIELD_AMQP_CLOSE_TEXT, a->text);
    if (a->code == ACCESS_REFUSED)
        amqp_refused(p, s, "AMQP refuses access");
    else if (a->code == NOT_ALLOWED)
        amqp_refused(p, s, "AMQP refuses the virtual host");
}

static void content_end(struct parse *p, struct amqp_state *s)
{
    if (s->content[p->dir])
        parse_tx(p, TX_DONE);
    s->content[p->dir] = false;
}

static void connection_close(struct parse *p, struct amqp_state *s, const struct method *m,
                             const struct arguments *a)
{
    content_end(p, s);
    if (!amqp_login_begin(p, s))
        parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_AMQP_METHOD, m->name);
    close_tell(p, s, a);
    parse_tx(p, TX_DONE);
    s->login = false;
}

static void connection_tell(struct parse *p, struct amqp_state *s, const struct method *m,
                            const struct arguments *a)
{
    if (m->number == CLOSE) {
        connection_close(p, s, m, a);
        return;
    }
    if (m->number == START && amqp_login_begin(p, s))
        server_tell(p, a);
    else if (m->number == START_OK && amqp_login_begin(p, s))
        login_tell(p, s, a);
    else if (m->number == OPEN && amqp_login_begin(p, s))
        tell(p, FIELD_AMQP_VHOST, a->vhost);
    else if (m->number == OPEN_OK)
        amqp_login_end(p, s);
}

/* The engine answers the oldest first: those in front of this one stay without answer. */
static void open_answer(struct parse *p, struct amqp_state *s, unsigned at)
{
    for (unsigned i = 0; i < at; i++) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
    }
    parse_tx(p, TX_REPLY);
    s->open_count -= (uint8_t)(at + 1);
    memmove(s->open, s->open + at + 1, s->open_count * sizeof(s->open[0]));
}

static bool answers(const struct amqp_open *o, uint16_t channel, const struct method *m)
{
    if (o->channel != channel)
        return false;
    if (m->class == CHANNEL && m->number == CHANNEL_CLOSE)
        return true;
    return m->class == o->class && m->number > o->method && m->number <= o->method + 11 &&
           m->number % 10 != 0;
}

/* Requests of the client that have an answer; its numbers end with a zero, theirs do not. */
static bool is_answered(const struct parse *p, const struct method *m, const struct arguments *a)
{
    static const uint8_t silent[] = {PUBLISH, ACK, 90, 100, 120};

    if (p->dir == DIR_SERVER || m->number % 10 || (a->bits & m->no_wait))
        return false;
    for (size_t i = 0; m->class == BASIC && i < sizeof(silent); i++)
        if (m->number == silent[i])
            return false;
    return true;
}

static bool has_content(const struct method *m)
{
    return m->class == BASIC && (m->number == PUBLISH || m->number == RETURN ||
                                 m->number == DELIVER || m->number == GET_OK);
}

static void method_fields(struct parse *p, const struct amqp_state *s, const struct method *m,
                          const struct arguments *a)
{
    if (m->class == BASIC && (m->number == PUBLISH || m->number == DELIVER || m->number == RETURN))
        parse_field(p, FIELD_AMQP_EXCHANGE, a->exchange);
    else
        tell(p, FIELD_AMQP_EXCHANGE, a->exchange);
    tell(p, FIELD_AMQP_ROUTING_KEY, a->key);
    tell(p, FIELD_AMQP_QUEUE, a->queue);
    tell(p, FIELD_AMQP_CONSUMER, a->consumer);
    if (a->code)
        close_tell(p, s, a);
}

static void method_tell(struct parse *p, struct amqp_state *s, uint16_t channel,
                        const struct method *m, const struct arguments *a)
{
    unsigned at = 0;

    while (at < s->open_count && !(p->dir == DIR_SERVER && answers(&s->open[at], channel, m)))
        at++;
    if (at == s->open_count && (m->number % 10 || (m->class == BASIC && m->number == ACK)))
        return; /* answers to what was not told, and receipts, are not told either */
    content_end(p, s);
    amqp_login_end(p, s);
    if (at < s->open_count) {
        open_answer(p, s, at);
    } else {
        if (s->open_count == AMQP_OPEN_MAX) {
            open_answer(p, s, 0);
            parse_tx(p, TX_DONE);
        }
        parse_tx(p, TX_REQUEST);
        parse_text(p, FIELD_AMQP_METHOD, m->name);
        parse_uint(p, FIELD_AMQP_CHANNEL, channel);
    }
    method_fields(p, s, m, a);
    if (has_content(m))
        s->content[p->dir] = true;
    else if (is_answered(p, m, a))
        s->open[s->open_count++] = (struct amqp_open){channel, m->class, m->number};
    else
        parse_tx(p, TX_DONE);
}

static void method_read(struct parse *p, struct amqp_state *s, const struct frame *f,
                        struct cursor *in, uint32_t cut)
{
    uint16_t class = cur_be16(in), number = cur_be16(in);
    struct arguments a = {0};
    const struct method *m;

    if (s->old && class == CONNECTION && (number == 60 || number == 61))
        number = (uint16_t)(number - 10); /* 0-8 closes with these */
    m = method_find(class, number);
    if (!s->matched && !p->midstream && (class != CONNECTION || number != START))
        cur_fail(in); /* a server alone begins with this one */
    if (m == NULL) {
        if (!s->matched || class == 0)
            cur_fail(in);
        return;
    }
    for (const char *kind = m->arguments; *kind; kind++)
        read_argument(in, *kind, &a);
    if (cut && in->state == CUR_SHORT)
        in->state = CUR_OK;
    else if (in->state == CUR_OK && cut == 0 && cur_left(in) && !s->matched)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    amqp_prove(p, s, true);
    if (class == CONNECTION)
        connection_tell(p, s, m, &a);
    else
        method_tell(p, s, f->channel, m, &a);
}

/* ---- contents ---- */

static void header_read(struct parse *p, struct amqp_state *s, const struct frame *f,
                        struct cursor *in)
{
    uint64_t size;
    uint16_t flags;
    struct span type = span_of(in->pos, 0);

    cur_skip(in, 4);
    size = cur_be64(in);
    flags = cur_be16(in);
    if (flags & CONTENT_TYPE)
        type = read_short(in);
    if (in->state != CUR_OK)
        return;
    amqp_prove(p, s, false);
    if (s->content[p->dir]) {
        tell(p, FIELD_AMQP_CONTENT_TYPE, type);
        parse_uint(p, FIELD_AMQP_BODY_SIZE, size);
        content_end(p, s);
    }
    s->body_left[p->dir] = size;
    s->body_channel[p->dir] = f->channel;
    s->body_begun[p->dir] = false;
}

/* Which part of the content this frame carries. */
static unsigned body_part(struct amqp_state *s, enum dir dir, const struct frame *f)
{
    unsigned part = s->body_begun[dir] ? BUFFER_NEXT : BUFFER_BEGINS;

    if (s->body_channel[dir] != f->channel || f->size > s->body_left[dir])
        return BUFFER_WHOLE;
    s->body_begun[dir] = true;
    s->body_left[dir] -= f->size;
    return s->body_left[dir] ? part : part | BUFFER_ENDS;
}

/* ---- frames ---- */

static void frame_head(struct cursor *in, struct frame *f)
{
    f->type = cur_u8(in);
    f->channel = cur_be16(in);
    f->size = cur_be32(in);
    if (in->state != CUR_OK)
        return;
    if (f->size > AMQP_FRAME_MOST)
        cur_fail(in);
    if (f->type == HEARTBEAT || f->type == HEARTBEAT_OLD) {
        if (f->size || f->channel)
            cur_fail(in);
    } else if (f->type < METHOD_FRAME || f->type > BODY_FRAME) {
        cur_fail(in);
    }
    if ((f->type == METHOD_FRAME && f->size < 4) || (f->type == HEADER_FRAME && f->size < 14))
        cur_fail(in);
}

static void frame_end(struct cursor *in)
{
    if (cur_u8(in) != FRAME_END)
        cur_fail(in);
}

struct rest amqp_frames_step(struct parse *p, struct amqp_state *s, struct cursor *in)
{
    struct frame f;
    struct cursor body;
    uint32_t cut;

    if (s->end[p->dir]) {
        frame_end(in);
        if (in->state == CUR_OK) {
            s->end[p->dir] = false;
            amqp_prove(p, s, false);
        }
        return rest_none();
    }
    frame_head(in, &f);
    if (in->state != CUR_OK)
        return rest_none();
    if (f.type == BODY_FRAME) {
        s->end[p->dir] = true;
        return rest_body(f.size, body_part(s, p->dir, &f));
    }
    cut = f.size > AMQP_HEAD_MOST ? f.size - AMQP_HEAD_MOST : 0;
    body = cur_sub(in, f.size - cut);
    if (cut == 0)
        frame_end(in);
    if (in->state != CUR_OK)
        return rest_none();
    if (f.type == METHOD_FRAME)
        method_read(p, s, &f, &body, cut);
    else if (f.type == HEADER_FRAME)
        header_read(p, s, &f, &body);
    cur_join(in, &body);
    s->end[p->dir] = cut != 0;
    return rest_skip(cut);
}

bool amqp_frames_begin(struct span first)
{
    struct cursor in = cur_of(first);
    struct frame f;
    uint16_t class, number;

    frame_head(&in, &f);
    if (in.state != CUR_OK)
        return in.state == CUR_SHORT && first.p[0] >= METHOD_FRAME && first.p[0] <= HEARTBEAT;
    if (f.type != METHOD_FRAME)
        return true;
    class = cur_be16(&in);
    number = cur_be16(&in);
    return in.state != CUR_OK || method_find(class, number);
}
