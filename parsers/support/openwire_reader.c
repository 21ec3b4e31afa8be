/* SPDX-License-Identifier: Apache-2.0
 *
 * The types of objects that occur in the commands that are read; an unknown one ends the reading.
 */
#include "support/openwire_reader.h"

enum { OBJECTS_DEEP = 4 };

enum object {
    QUEUE = 100,
    TEMP_TOPIC = 103,
    MESSAGE_ID = 110,
    LOCAL_TRANSACTION = 111,
    XA_TRANSACTION = 112,
    CONNECTION_ID = 120,
    SESSION_ID = 121,
    CONSUMER_ID = 122,
    PRODUCER_ID = 123,
    BROKER_ID = 124,
};

void openwire_begin(struct openwire_reader *r)
{
    uint32_t n;

    r->bit = 0;
    r->bits = cur_of(span_of(r->in->pos, 0));
    if (!r->tight)
        return;
    n = cur_u8(r->in);
    if (n == 0xc0)
        n = cur_u8(r->in);
    else if (n == 0x80)
        n = cur_be16(r->in);
    else if (n >= 64)
        cur_fail(r->in);
    r->bits = cur_sub(r->in, n);
}

/* Bits are used from the lowest on. */
bool openwire_bool(struct openwire_reader *r)
{
    bool set = cur_peek(&r->bits) >> r->bit & 1;

    if (!r->tight)
        return cur_u8(r->in) != 0;
    if (cur_left(&r->bits) == 0)
        cur_fail(r->in);
    r->bit = (uint8_t)((r->bit + 1) & 7);
    if (r->bit == 0)
        cur_skip(&r->bits, 1);
    return set && r->in->state == CUR_OK;
}

void openwire_long(struct openwire_reader *r)
{
    if (!r->tight)
        cur_skip(r->in, 8);
    else if (openwire_bool(r))
        cur_skip(r->in, openwire_bool(r) ? 8 : 4);
    else
        cur_skip(r->in, openwire_bool(r) ? 2 : 0);
}

/* Tight strings tell whether they are plain; the bytes look the same. */
struct span openwire_string(struct openwire_reader *r)
{
    if (!openwire_bool(r))
        return span_of(r->in->pos, 0);
    if (r->tight)
        (void)openwire_bool(r);
    return cur_span(r->in, cur_be16(r->in));
}

uint32_t openwire_sequence(struct openwire_reader *r)
{
    return openwire_bool(r) ? cur_be32(r->in) : 0;
}

static struct span read_object(struct openwire_reader *r, int deep);

static struct span read_nested(struct openwire_reader *r, int deep)
{
    if (!openwire_bool(r))
        return span_of(r->in->pos, 0);
    return read_object(r, deep);
}

static void name_keep(struct openwire_names *names, uint16_t number, struct span name)
{
    struct openwire_known *k;

    if (names == NULL || name.n > OPENWIRE_NAME_MAX)
        return;
    k = &names->known[number % OPENWIRE_NAMES];
    *k = (struct openwire_known){.number = number, .n = (uint8_t)name.n};
    if (name.n)
        memcpy(k->text, name.p, name.n);
}

static struct span name_find(const struct openwire_names *names, uint16_t number)
{
    const struct openwire_known *k;

    if (names == NULL)
        return span_of("", 0);
    k = &names->known[number % OPENWIRE_NAMES];
    return span_of(k->text, k->number == number ? k->n : 0);
}

static struct span read_cached(struct openwire_reader *r, int deep)
{
    struct span name;
    uint16_t number;
    bool is_new;

    if (!r->caches)
        return read_nested(r, deep);
    is_new = openwire_bool(r);
    number = cur_be16(r->in);
    if (!is_new)
        return name_find(r->names, number);
    name = read_nested(r, deep);
    if (r->in->state == CUR_OK)
        name_keep(r->names, number, name);
    return name;
}

static void read_transaction(struct openwire_reader *r, uint8_t type, int deep)
{
    if (type == LOCAL_TRANSACTION) {
        openwire_long(r);
        (void)read_cached(r, deep);
        return;
    }
    cur_skip(r->in, 4);
    cur_skip(r->in, openwire_sequence(r));
    cur_skip(r->in, openwire_sequence(r));
}

static struct span read_object(struct openwire_reader *r, int deep)
{
    uint8_t type = cur_u8(r->in);
    struct span none = span_of(r->in->pos, 0);

    if (deep == OBJECTS_DEEP)
        cur_fail(r->in);
    if (r->in->state != CUR_OK)
        return none;
    if (type >= QUEUE && type <= TEMP_TOPIC)
        return openwire_string(r);
    switch (type) {
    case MESSAGE_ID:
        if (r->version >= 10)
            (void)openwire_string(r);
        (void)read_cached(r, deep + 1);
        openwire_long(r);
        openwire_long(r);
        break;
    case LOCAL_TRANSACTION:
    case XA_TRANSACTION:
        read_transaction(r, type, deep + 1);
        break;
    case CONNECTION_ID:
    case BROKER_ID:
        (void)openwire_string(r);
        break;
    case SESSION_ID:
        (void)openwire_string(r);
        openwire_long(r);
        break;
    case CONSUMER_ID:
    case PRODUCER_ID:
        (void)openwire_string(r);
        openwire_long(r);
        openwire_long(r);
        break;
    default:
        cur_fail(r->in);
    }
    return none;
}

struct span openwire_cached(struct openwire_reader *r)
{
    return read_cached(r, 0);
}

struct span openwire_nested(struct openwire_reader *r)
{
    return read_nested(r, 0);
}

/* A broker passes on a message as it got it: with its own type and bits. */
uint8_t openwire_command(struct openwire_reader *r)
{
    uint8_t type = openwire_bool(r) ? cur_u8(r->in) : 0;

    if (type && r->tight && openwire_bool(r)) {
        cur_skip(r->in, 5);
        openwire_begin(r);
    }
    return type;
}

const char *openwire_name(uint8_t type)
{
    static const char *const names[] = {
        [1] = "WireFormatInfo",
        [2] = "BrokerInfo",
        [3] = "ConnectionInfo",
        [4] = "SessionInfo",
        [5] = "ConsumerInfo",
        [6] = "ProducerInfo",
        [7] = "TransactionInfo",
        [8] = "DestinationInfo",
        [9] = "RemoveSubscriptionInfo",
        [10] = "KeepAliveInfo",
        [11] = "ShutdownInfo",
        [12] = "RemoveInfo",
        [14] = "ControlCommand",
        [15] = "FlushCommand",
        [16] = "ConnectionError",
        [17] = "ConsumerControl",
        [18] = "ConnectionControl",
        [19] = "ProducerAck",
        [20] = "MessagePull",
        [21] = "MessageDispatch",
        [22] = "MessageAck",
        [23] = "ActiveMQMessage",
        [24] = "ActiveMQBytesMessage",
        [25] = "ActiveMQMapMessage",
        [26] = "ActiveMQObjectMessage",
        [27] = "ActiveMQStreamMessage",
        [28] = "ActiveMQTextMessage",
        [29] = "ActiveMQBlobMessage",
        [30] = "Response",
        [31] = "ExceptionResponse",
        [32] = "DataResponse",
        [33] = "DataArrayResponse",
        [34] = "IntegerResponse",
        [52] = "JournalAck",
        [90] = "PartialCommand",
        [91] = "LastPartialCommand",
    };

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}
