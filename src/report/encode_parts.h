/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the encoder share: its state, what every event begins with (encode_head.c),
 * and the events themselves (encode_event.c).
 */
#ifndef REPORT_ENCODE_PARTS_H
#define REPORT_ENCODE_PARTS_H

#include "report/community_id.h"
#include "report/encode_json.h"
#include "report/json_out.h"
#include "report/tx_tree.h"

struct encode_json {
    int fd;
    int error;     /* of the first failed write */
    uint64_t lost; /* events that found no memory */
    const char *input;
    encode_sink *sink; /* in place of the file */
    void *sink_arg;
    struct json_out out;
    struct tx_tree tree;
    struct community_ids ids;
};

/* Timestamp, session, capture, type, both ends, community id. The line is open afterwards. */
void encode_head(struct encode_json *, const struct event *, const char *type);
/* app_proto; nothing while it is undecided or when there is no payload to identify. */
void encode_app_proto(struct json_out *, const struct event *);
/* Session and workload: goes into the object "sluice". */
void encode_place(struct json_out *, const struct event *);
void encode_line_end(struct encode_json *);

void encode_flow(struct encode_json *, const struct event *);
void encode_tx(struct encode_json *, const struct event *);
void encode_alert(struct encode_json *, const struct event *);
void encode_note(struct encode_json *, const struct event *);

#endif
