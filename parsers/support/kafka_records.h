/* SPDX-License-Identifier: Apache-2.0
 *
 * kafka_records: topics, partitions and records of Produce requests and Fetch replies, step by
 * step, so that a message of any size needs no buffer. Values of records are bodies; a compressed
 * batch is one body, as it is.
 *
 *     topics [ name, partitions [ index, ..., records bytes ] ]
 *     batch  offset 8, length 4, epoch 4, magic 1 = 2, crc 4, attributes 2, ..., count 4, records
 *     record length, attributes 1, times, key, value, headers       (lengths of variable size)
 *     entry  offset 8, size 4, crc 4, magic 1 = 0 or 1, attributes 1, [time 8], key, value
 */
#ifndef SUPPORT_KAFKA_RECORDS_H
#define SUPPORT_KAFKA_RECORDS_H

#include "support/bodies.h"
#include "support/kafka_schema.h"

struct kafka_records {
    uint32_t left;       /* bytes of the message; 0: nothing to be read */
    uint32_t topics;     /* still to come, the open one included */
    uint32_t partitions; /* of the topic, likewise */
    uint32_t data;       /* bytes of the partition's records */
    uint32_t batch;      /* bytes of the batch or entry */
    uint32_t record;     /* bytes of the record */
    uint8_t stage;
    uint8_t version;
    bool flexible;
    bool is_reply;
};

/* One step of what is left. A body that contradicts itself is passed over to the message's end. */
struct rest kafka_records_step(struct kafka_records *, struct kafka_reader *);

#endif
