/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of kafka_schema.h. Its depth is that of the brackets in kafka_keys.def; every element
 * of an array consumes bytes, so a count that lies ends with them.
 */
#include "support/kafka_schema.h"

#define TOPICS_TOLD 32

static const struct kafka_key keys[] = {
#define KEY(number, name, newest, flexible, request, reply)                                        \
    {number, newest, flexible, #name, request, reply},
#include "support/kafka_keys.def"
#undef KEY
};

const struct kafka_key *kafka_key_find(unsigned number)
{
    return number < sizeof(keys) / sizeof(keys[0]) ? &keys[number] : NULL;
}

const char *kafka_error_name(int code)
{
    static const char *const names[] = {
#define ERROR(code, name) [code] = #name,
#include "support/kafka_errors.def"
#undef ERROR
    };

    if (code < 0)
        return "UNKNOWN_SERVER_ERROR";
    return (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : NULL;
}

uint32_t kafka_uvarint(struct cursor *in)
{
    uint32_t value = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = cur_u8(in);

        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    cur_fail(in);
    return 0;
}

/* The sign is the lowest bit. */
int32_t kafka_varint(struct cursor *in)
{
    uint32_t v = kafka_uvarint(in);

    return (int32_t)(v >> 1 ^ (0 - (v & 1)));
}

void kafka_tags(struct kafka_reader *r)
{
    uint32_t count = r->flexible ? kafka_uvarint(r->in) : 0;

    for (; count && r->in->state == CUR_OK; count--) {
        (void)kafka_uvarint(r->in);
        cur_skip(r->in, kafka_uvarint(r->in));
    }
}

static uint32_t length_of(struct kafka_reader *r, int32_t plain)
{
    uint32_t n;

    if (r->flexible) {
        n = kafka_uvarint(r->in);
        return n ? n - 1 : 0;
    }
    if (plain < -1)
        cur_fail(r->in);
    return plain < 0 ? 0 : (uint32_t)plain;
}

uint32_t kafka_count(struct kafka_reader *r)
{
    return length_of(r, r->flexible ? 0 : (int32_t)cur_be32(r->in));
}

uint32_t kafka_length(struct kafka_reader *r)
{
    return length_of(r, r->flexible ? 0 : (int32_t)cur_be32(r->in));
}

static struct span read_string(struct kafka_reader *r)
{
    return cur_span(r->in, length_of(r, r->flexible ? 0 : (int16_t)cur_be16(r->in)));
}

static bool may_tell(const struct kafka_reader *r)
{
    return r->in->state == CUR_OK && !r->silent;
}

static void read_topic(struct kafka_reader *r)
{
    struct span name = read_string(r);

    if (name.n > KAFKA_TOPIC_MAX || !span_printable(name))
        cur_fail(r->in);
    if (name.n && may_tell(r) && r->topics++ < TOPICS_TOLD)
        parse_field(r->p, FIELD_KAFKA_TOPIC, name);
}

static void read_topic_id(struct kafka_reader *r)
{
    static const uint8_t none[16];
    struct span id = cur_span(r->in, 16);

    if (id.n && !span_equal(id, span_of(none, 16)) && may_tell(r) && r->topics++ < TOPICS_TOLD)
        parse_field(r->p, FIELD_KAFKA_TOPIC_ID, id);
}

static void read_told(struct kafka_reader *r, enum field field)
{
    struct span text = read_string(r);

    if (text.n && may_tell(r))
        parse_field(r->p, field, text);
}

static void read_error(struct kafka_reader *r)
{
    int code = (int16_t)cur_be16(r->in);

    if (r->in->state == CUR_OK && r->error == 0)
        r->error = code;
}

static void read_item(struct kafka_reader *r, char item)
{
    switch (item) {
    case 'b':
        cur_skip(r->in, 1);
        break;
    case 'h':
        cur_skip(r->in, 2);
        break;
    case 'i':
        cur_skip(r->in, 4);
        break;
    case 'q':
        cur_skip(r->in, 8);
        break;
    case 'u':
        cur_skip(r->in, 16);
        break;
    case 's':
        (void)read_string(r);
        break;
    case 'y':
        cur_skip(r->in, kafka_length(r));
        break;
    case 'T':
        read_topic(r);
        break;
    case 'U':
        read_topic_id(r);
        break;
    case 'G':
        read_told(r, FIELD_KAFKA_GROUP);
        break;
    case 'N':
        read_told(r, FIELD_KAFKA_SOFTWARE);
        break;
    case 'V':
        read_told(r, FIELD_KAFKA_SOFTWARE_VERSION);
        break;
    case 'M':
        r->mechanism = read_string(r);
        break;
    case 'A':
        r->token = cur_span(r->in, kafka_length(r));
        break;
    case 'E':
        read_error(r);
        break;
    default: /* "." */
        r->over = true;
    }
}

static unsigned digits(const char **at)
{
    unsigned n = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++)
        n = n * 10 + (unsigned)(**at - '0');
    return n;
}

/* Reads the versions in front of an item. True: this one has it. */
static bool has_item(const char **at, unsigned version)
{
    unsigned low, high;

    if (**at != '-' && (**at < '0' || **at > '9'))
        return true;
    low = digits(at);
    high = low;
    if (**at == '+') {
        high = UINT8_MAX;
        (*at)++;
    } else if (**at == '-') {
        (*at)++;
        high = digits(at);
    }
    (*at)++; /* the colon */
    return version >= low && version <= high;
}

/* Behind the bracket that belongs to the one at `at`. */
static const char *array_end(const char *at)
{
    int depth = 0;

    do {
        depth += *at == '[' || *at == '(';
        depth -= *at == ']' || *at == ')';
        at++;
    } while (depth && *at);
    return at;
}

static void read_struct(struct kafka_reader *r, const char *at);

static void read_array(struct kafka_reader *r, const char *at)
{
    uint32_t count = kafka_count(r);

    for (; count && !r->over && r->in->state == CUR_OK; count--) {
        const uint8_t *before = r->in->pos;

        if (*at == '(') {
            read_item(r, at[1]);
        } else {
            read_struct(r, at + 1);
            if (!r->over)
                kafka_tags(r);
        }
        if (r->in->pos == before && !r->over)
            cur_fail(r->in);
    }
}

static void read_struct(struct kafka_reader *r, const char *at)
{
    while (*at && *at != ']' && !r->over && r->in->state == CUR_OK) {
        bool has = has_item(&at, r->version);
        bool is_array = *at == '[' || *at == '(';

        if (has && is_array)
            read_array(r, at);
        else if (has && *at != ' ')
            read_item(r, *at);
        at = is_array ? array_end(at) : at + 1;
    }
}

void kafka_read(struct kafka_reader *r, const char *schema)
{
    read_struct(r, schema);
}
