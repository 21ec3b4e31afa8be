/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of AMQP 1.0 (OASIS, part 2.3 and 5.3): size 4, offset of the body in words 1, type 1 (0
 * AMQP, 1 SASL), channel 2; the body is a described list, and behind a transfer comes the message.
 */
#include "support/amqp.h"

enum { FRAME_AMQP = 0, FRAME_SASL = 1, FRAME_HEAD = 8 };
enum {
    OPEN = 0x10,
    BEGIN = 0x11,
    ATTACH = 0x12,
    TRANSFER = 0x14,
    DETACH = 0x16,
    END = 0x17,
    CLOSE = 0x18,
    ERROR = 0x1d,
    SOURCE = 0x28,
    TARGET = 0x29,
    MECHANISMS = 0x40,
    INIT = 0x41,
    OUTCOME = 0x44,
};
enum { SECTION_FIRST = 0x70, SECTION_DATA = 0x75, SECTION_VALUE = 0x77, SECTION_LAST = 0x78 };
enum { DESCRIBED_MOST = 4 }; /* descriptors before one value */

struct value {
    uint8_t code;
    uint8_t descriptor; /* 0: none, or not one of the numbers above */
    uint32_t count;     /* of a list or map */
    struct span bytes;
};

struct frame {
    uint32_t size; /* of the body */
    uint8_t type;
};

/* The bytes of a value by its format code; of a list or map those behind the count. */
static void read_primitive(struct cursor *in, struct value *v)
{
    static const uint8_t fixed[16] = {[5] = 1, [6] = 2, [7] = 4, [8] = 8, [9] = 16};
    unsigned kind = v->code >> 4;
    struct cursor body;

    if (kind < 4) {
        cur_fail(in);
        return;
    }
    if (kind < 10) {
        v->bytes = cur_span(in, fixed[kind]);
        return;
    }
    body = cur_sub(in, kind & 1 ? cur_be32(in) : cur_u8(in)); /* A C E: one byte, B D F: four */
    if (kind >= 12)
        v->count = kind & 1 ? cur_be32(&body) : cur_u8(&body);
    v->bytes = cur_look(&body);
    cur_join(in, &body);
}

static uint8_t read_descriptor(struct cursor *in)
{
    struct value v = {.code = cur_u8(in)};

    read_primitive(in, &v);
    if (v.bytes.n == 1)
        return v.bytes.p[0];
    return v.bytes.n == 8 && be32_at(v.bytes.p) == 0 ? v.bytes.p[7] : 0;
}

static struct value read_value(struct cursor *in)
{
    struct value v = {.code = cur_u8(in), .bytes = span_of(in->pos, 0)};

    for (int i = 0; v.code == 0 && in->state == CUR_OK; i++) {
        v.descriptor = read_descriptor(in);
        if (i == DESCRIBED_MOST)
            cur_fail(in);
        v.code = cur_u8(in);
    }
    read_primitive(in, &v);
    return v;
}

static bool is_text(const struct value *v)
{
    unsigned kind = v->code & 0x0f;

    return v->code >= 0xa0 && v->code < 0xc0 && (kind == 1 || kind == 3);
}

static bool is_bytes(uint8_t code)
{
    return code == 0xa0 || code == 0xa1 || code == 0xb0 || code == 0xb1;
}

static struct span text_of(const struct value *v)
{
    return is_text(v) ? v->bytes : span_of(v->bytes.p, 0);
}

/* The n-th item of a list, from 0. */
static struct value list_item(const struct value *list, uint32_t n)
{
    struct cursor at = cur_of(list->bytes);
    struct value v = {.code = 0x40, .bytes = span_of(list->bytes.p, 0)};

    if (n >= list->count)
        return v;
    for (uint32_t i = 0; i <= n && at.state == CUR_OK; i++)
        v = read_value(&at);
    if (at.state != CUR_OK)
        v = (struct value){.code = 0x40, .bytes = span_of(list->bytes.p, 0)};
    return v;
}

static struct span list_text(const struct value *list, uint32_t n)
{
    struct value v = list_item(list, n);

    return text_of(&v);
}

/* The text under a name of a map. */
static struct span map_text(const struct value *map, struct span name)
{
    struct cursor at = cur_of(map->bytes);

    while (cur_left(&at)) {
        struct value key = read_value(&at), v = read_value(&at);

        if (at.state == CUR_OK && is_text(&key) && span_equal(key.bytes, name))
            return text_of(&v);
    }
    return span_of(map->bytes.p, 0);
}

static void tell(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

/* ---- performatives ---- */

static void open_tell(struct parse *p, struct amqp_state *s, const struct value *list)
{
    struct value properties = list_item(list, 9);
    struct span product = map_text(&properties, SPAN("product"));
    struct span version = map_text(&properties, SPAN("version"));

    if (p->dir == DIR_SERVER) {
        if (amqp_login_begin(p, s)) {
            tell(p, FIELD_AMQP_SERVER_PRODUCT, product);
            tell(p, FIELD_AMQP_SERVER_VERSION, version);
            amqp_login_end(p, s);
        }
        amqp_product(p, product);
        return;
    }
    if (!amqp_login_begin(p, s))
        return;
    tell(p, FIELD_AMQP_CONTAINER, list_text(list, 0));
    tell(p, FIELD_AMQP_VHOST, list_text(list, 1));
    tell(p, FIELD_AMQP_CLIENT_PRODUCT, product);
    tell(p, FIELD_AMQP_CLIENT_VERSION, version);
}

static void init_tell(struct parse *p, struct amqp_state *s, const struct value *list)
{
    struct span mechanism = list_text(list, 0);
    struct value response = list_item(list, 1);

    if (!amqp_login_begin(p, s))
        return;
    tell(p, FIELD_AMQP_MECHANISM, mechanism);
    s->mechanism = (uint8_t)sasl_kind_of(mechanism);
    amqp_user(p, s, sasl_user((enum sasl_kind)s->mechanism, response.bytes));
}

static void outcome_tell(struct parse *p, struct amqp_state *s, const struct value *list)
{
    struct value code = list_item(list, 0);

    if (code.bytes.n != 1 || code.bytes.p[0] == 0 || !amqp_login_begin(p, s))
        return;
    parse_uint(p, FIELD_AMQP_CLOSE_CODE, code.bytes.p[0]);
    amqp_login_end(p, s);
    if (code.bytes.p[0] == 1)
        amqp_refused(p, s, "AMQP refuses the login");
}

static void attach_tell(struct parse *p, struct amqp_state *s, const struct value *list)
{
    struct value role = list_item(list, 2), source = list_item(list, 5),
                 target = list_item(list, 6);
    bool is_receiver = role.code == 0x41 || (role.bytes.n == 1 && role.bytes.p[0]);
    struct span address = list_text(is_receiver ? &source : &target, 0);

    if (p->dir == DIR_SERVER)
        return; /* it repeats what the client said */
    amqp_login_end(p, s);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_AMQP_METHOD, "attach");
    tell(p, FIELD_AMQP_LINK, list_text(list, 0));
    parse_text(p, FIELD_AMQP_ROLE, is_receiver ? "receiver" : "sender");
    tell(p, FIELD_AMQP_ADDRESS, address);
    parse_tx(p, TX_DONE);
}

/* Only with a reason it is worth telling. */
static void end_tell(struct parse *p, struct amqp_state *s, const struct value *list,
                     const char *name)
{
    bool is_detach = list->descriptor == DETACH;
    struct value error = list_item(list, is_detach ? 2 : 0);
    struct span condition = list_text(&error, 0);

    if (error.descriptor != ERROR || condition.n == 0)
        return;
    amqp_login_end(p, s);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_AMQP_METHOD, name);
    parse_field(p, FIELD_AMQP_CLOSE_CONDITION, condition);
    tell(p, FIELD_AMQP_CLOSE_TEXT, list_text(&error, 1));
    parse_tx(p, TX_DONE);
    if (span_equal(condition, SPAN("amqp:unauthorized-access")))
        amqp_refused(p, s, "AMQP refuses access");
}

static void performative_tell(struct parse *p, struct amqp_state *s, const struct value *list)
{
    switch (list->descriptor) {
    case OPEN:
        open_tell(p, s, list);
        break;
    case INIT:
        init_tell(p, s, list);
        break;
    case OUTCOME:
        outcome_tell(p, s, list);
        break;
    case ATTACH:
        attach_tell(p, s, list);
        break;
    case DETACH:
        end_tell(p, s, list, "detach");
        break;
    case END:
        end_tell(p, s, list, "end");
        break;
    case CLOSE:
        end_tell(p, s, list, "close");
        break;
    default:
        break;
    }
}

/* ---- frames ---- */

static void frame_head(struct cursor *in, struct frame *f)
{
    uint32_t size = cur_be32(in);
    uint8_t words = cur_u8(in);

    f->type = cur_u8(in);
    cur_skip(in, 2);
    if (in->state == CUR_OK && (size < FRAME_HEAD || size > AMQP_FRAME_MOST || words < 2 ||
                                words * 4u > size || f->type > FRAME_SASL))
        cur_fail(in);
    cur_skip(in, words * 4u - FRAME_HEAD);
    f->size = size - words * 4u;
}

static bool is_performative(const struct frame *f, const struct value *v)
{
    if (v->code != 0x45 && v->code != 0xc0 && v->code != 0xd0)
        return false;
    if (f->type == FRAME_SASL)
        return v->descriptor >= MECHANISMS && v->descriptor <= OUTCOME;
    return v->descriptor >= OPEN && v->descriptor <= CLOSE;
}

/* In front of the data of a message stand sections that say something about it. The body begins
 * with the data; of a message in several transfers each is a body. `missing` bytes of them are not
 * here yet. */
static void sections_skip(struct cursor *in, uint32_t missing)
{
    struct cursor at = *in;

    if (missing && cur_left(in) == 0)
        cur_short(in, 1);
    while (cur_left(&at)) {
        uint8_t zero = cur_u8(&at), section = zero ? 0 : read_descriptor(&at), code;

        if (at.state == CUR_OK && section != SECTION_DATA && section != SECTION_VALUE) {
            at = *in;
            if (zero || section < SECTION_FIRST || section > SECTION_LAST)
                return;
            (void)read_value(&at);
        } else {
            code = cur_u8(&at);
            if (at.state == CUR_OK && !is_bytes(code))
                return;
            cur_skip(&at, code < 0xb0 ? 1 : 4);
            section = 0;
        }
        if (at.state == CUR_OK || (at.state == CUR_SHORT && missing))
            *in = at;
        if (section == 0)
            return;
        if (missing && cur_left(&at) == 0)
            cur_short(in, 1);
    }
}

/* How a frame ends: `body` behind what was read of it. */
static struct rest rest_read(const struct frame *f, const struct value *list, struct cursor *body,
                             const uint8_t *start)
{
    uint32_t head = f->size < AMQP_HEAD_MOST ? f->size : AMQP_HEAD_MOST;
    bool is_message = f->type == FRAME_AMQP && list->descriptor == TRANSFER;
    uint32_t left;

    if (is_message)
        sections_skip(body, head - (uint32_t)(body->end - start));
    left = f->size - (uint32_t)(body->pos - start);
    return is_message ? rest_body(left, BUFFER_WHOLE) : rest_skip(left);
}

struct rest amqp_one_step(struct parse *p, struct amqp_state *s, struct cursor *in)
{
    struct frame f;
    struct cursor body;
    struct value list;
    struct rest rest;
    uint32_t head;

    frame_head(in, &f);
    if (in->state != CUR_OK || f.size == 0)
        return rest_none(); /* an empty frame keeps the connection alive */
    head = f.size < AMQP_HEAD_MOST ? f.size : AMQP_HEAD_MOST;
    body = bodies_here(in, head);
    list = read_value(&body);
    if (body.state == CUR_OK && !is_performative(&f, &list))
        cur_fail(&body);
    rest = rest_read(&f, &list, &body, in->pos);
    bodies_join(in, &body, head);
    if (in->state != CUR_OK)
        return rest_none();
    in->pos = body.pos;
    amqp_prove(p, s, true);
    performative_tell(p, s, &list);
    return rest;
}

bool amqp_one_begins(struct span first)
{
    struct cursor in = cur_of(first);
    struct frame f;
    uint8_t zero, kind;

    frame_head(&in, &f);
    if (in.state == CUR_SHORT)
        return first.p[0] == 0 && (first.n < 5 || first.p[4] == 2);
    zero = cur_u8(&in);
    kind = cur_u8(&in);
    return in.state != CUR_BAD && zero == 0 && (kind == 0x53 || kind == 0x80 || kind == 0);
}
