/* SPDX-License-Identifier: Apache-2.0
 *
 * Each stage reads one head within the bytes that the levels above it have left.
 */
#include "support/kafka_records.h"

enum stage {
    TOPIC,
    PARTITION,
    PARTITION_END,
    TOPIC_END,
    ENTRY,
    ENTRY_VALUE, /* of the old formats */
    ENTRY_END,
    RECORD,
    RECORD_VALUE,
    RECORD_END,
};

enum {
    BATCH_HEAD = 49,  /* from the epoch to the count */
    ENTRY_FIRST = 12, /* offset and length, which the length does not count */
    MAGIC_NEWEST = 2,
    COMPRESSION = 7,
    CONTROL = 0x20,
};

static struct rest take(uint32_t *level, struct cursor *at, uint32_t n)
{
    if (n > *level)
        cur_fail(at);
    else
        *level -= n;
    return rest_skip(n);
}

static const char *topic_schema(const struct kafka_records *k)
{
    return k->is_reply ? "-12:s 13+:u" : "-12:T 13+:U";
}

/* The name is told when the count behind it is there too. */
static void read_topic(struct kafka_records *k, struct kafka_reader *r)
{
    struct cursor at = *r->in;
    struct kafka_reader silent = *r;

    silent.in = &at;
    silent.silent = true;
    kafka_read(&silent, topic_schema(k));
    k->partitions = kafka_count(&silent);
    if (at.state == CUR_OK)
        kafka_read(r, topic_schema(k));
    *r->in = at;
    k->stage = k->partitions ? PARTITION : TOPIC_END;
}

static void read_partition(struct kafka_records *k, struct kafka_reader *r)
{
    kafka_read(r, k->is_reply ? "i E q 4+:q 5+:q 4+:[ q q ] 11+:i" : "i");
    k->data = kafka_length(r);
    if (k->data > k->left)
        cur_fail(r->in);
    k->stage = k->data ? ENTRY : PARTITION_END;
}

static void end_partition(struct kafka_records *k, struct kafka_reader *r)
{
    kafka_tags(r);
    k->stage = --k->partitions ? PARTITION : TOPIC_END;
}

static void end_topic(struct kafka_records *k, struct kafka_reader *r)
{
    kafka_tags(r);
    k->topics--;
    k->stage = TOPIC;
}

/* Magic 2: what follows is records, unless they are compressed. */
static struct rest read_batch(struct kafka_records *k, struct cursor *at)
{
    uint16_t attributes;

    cur_skip(at, 4);
    attributes = cur_be16(at);
    cur_skip(at, BATCH_HEAD - 11);
    (void)take(&k->batch, at, BATCH_HEAD);
    if (at->state != CUR_OK)
        return rest_none();
    k->stage = RECORD;
    if (!(attributes & (COMPRESSION | CONTROL)))
        return rest_none();
    k->stage = ENTRY;
    return attributes & CONTROL ? rest_skip(k->batch) : rest_body(k->batch, BUFFER_WHOLE);
}

static struct rest read_old(struct kafka_records *k, struct cursor *at, uint8_t magic)
{
    uint32_t head = magic ? 18 : 10; /* crc, magic, attributes, time, length of the key */
    int32_t key;

    cur_skip(at, head - 9);
    key = (int32_t)cur_be32(at);
    (void)take(&k->batch, at, head);
    k->stage = ENTRY_VALUE;
    return take(&k->batch, at, key < 0 ? 0 : (uint32_t)key);
}

/* The last batch of a reply may be cut off. */
static struct rest read_entry(struct kafka_records *k, struct cursor *at)
{
    uint32_t n;
    uint8_t magic;

    if (k->data < ENTRY_FIRST + 5) {
        n = k->data;
        k->data = 0;
        return rest_skip(n);
    }
    cur_skip(at, 8);
    n = cur_be32(at);
    cur_skip(at, 4);
    magic = cur_u8(at);
    if (at->state != CUR_OK || magic > MAGIC_NEWEST || n < 5) {
        cur_fail(at);
        return rest_none();
    }
    k->data -= ENTRY_FIRST;
    if (n > k->data) {
        n = k->data - 5;
        k->data = 0;
        return rest_body(n, BUFFER_WHOLE);
    }
    k->data -= n;
    k->batch = n;
    return magic == MAGIC_NEWEST ? read_batch(k, at) : read_old(k, at, magic);
}

static struct rest read_entry_value(struct kafka_records *k, struct cursor *at)
{
    int32_t n = (int32_t)cur_be32(at);
    struct rest value;

    (void)take(&k->batch, at, 4);
    value = take(&k->batch, at, n < 0 ? 0 : (uint32_t)n);
    k->stage = ENTRY_END;
    return rest_body(value.n, BUFFER_WHOLE);
}

static struct rest read_record(struct kafka_records *k, struct cursor *at)
{
    const uint8_t *start = at->pos;
    int32_t n = kafka_varint(at), key;
    const uint8_t *body = at->pos;

    if (n < 0 || (uint32_t)n > k->batch)
        cur_fail(at);
    cur_skip(at, 1);
    for (int byte = 0; byte < 10 && (cur_u8(at) & 0x80); byte++)
        ; /* the time: up to 10 bytes */
    (void)kafka_varint(at);
    key = kafka_varint(at);
    if (at->state != CUR_OK)
        return rest_none();
    k->record = (uint32_t)n;
    (void)take(&k->batch, at, (uint32_t)(body - start) + k->record);
    (void)take(&k->record, at, (uint32_t)(at->pos - body));
    k->stage = RECORD_VALUE;
    return take(&k->record, at, key < 0 ? 0 : (uint32_t)key);
}

static struct rest read_record_value(struct kafka_records *k, struct cursor *at)
{
    const uint8_t *start = at->pos;
    int32_t n = kafka_varint(at);
    struct rest value;

    (void)take(&k->record, at, (uint32_t)(at->pos - start));
    value = take(&k->record, at, n < 0 ? 0 : (uint32_t)n);
    k->stage = RECORD_END;
    return rest_body(value.n, BUFFER_WHOLE);
}

static struct rest read_stage(struct kafka_records *k, struct kafka_reader *r)
{
    switch ((enum stage)k->stage) {
    case TOPIC:
        if (k->topics == 0)
            return rest_skip(k->left);
        read_topic(k, r);
        break;
    case PARTITION:
        read_partition(k, r);
        break;
    case PARTITION_END:
        end_partition(k, r);
        break;
    case TOPIC_END:
        end_topic(k, r);
        break;
    case ENTRY:
        if (k->data)
            return read_entry(k, r->in);
        k->stage = PARTITION_END;
        break;
    case ENTRY_VALUE:
        return read_entry_value(k, r->in);
    case ENTRY_END:
        k->stage = ENTRY;
        return rest_skip(k->batch);
    case RECORD:
        if (k->batch)
            return read_record(k, r->in);
        k->stage = ENTRY;
        break;
    case RECORD_VALUE:
        return read_record_value(k, r->in);
    case RECORD_END:
        k->stage = RECORD;
        return rest_skip(k->record);
    }
    return rest_none();
}

struct rest kafka_records_step(struct kafka_records *k, struct kafka_reader *r)
{
    struct cursor *in = r->in;
    bool all = k->left <= cur_left(in);
    struct cursor at = cur_of(span_first(cur_look(in), k->left));
    struct kafka_records before = *k;
    struct rest rest;

    r->in = &at;
    rest = read_stage(k, r);
    r->in = in;
    if (at.state == CUR_SHORT && !all) {
        *k = before;
        cur_short(in, at.need);
        return rest_none();
    }
    k->left = before.left - (uint32_t)(at.pos - in->pos);
    if (at.state != CUR_OK || rest.n > k->left) {
        at.pos = in->pos;
        rest = rest_skip(before.left);
        k->left = before.left;
    }
    in->pos = at.pos;
    k->left -= (uint32_t)rest.n;
    return rest;
}
