/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_request: batches, procedure calls and what else a client asks (MS-TDS 2.2.6).
 */
#ifndef SUPPORT_TDS_REQUEST_H
#define SUPPORT_TDS_REQUEST_H

#include "support/tds_text.h"

/* What the bytes behind those read are. */
enum tds_rest {
    TDS_REST_PASS,   /* nothing */
    TDS_REST_TEXT,   /* the statement goes on */
    TDS_REST_CHUNKS, /* so it does, in chunks */
    TDS_REST_RAW,    /* data */
};

struct tds_request {
    struct tds_text_out sql;
    struct tds_text_out body;
    uint32_t chunk; /* TDS_REST_CHUNKS: what is left of one */
    uint8_t head;   /* bytes of the next chunk's length that are here */
    uint8_t size[4];
    bool more;    /* another chunk follows, unless its length is zero */
    uint8_t rest; /* enum tds_rest */
    uint8_t text; /* enum tds_text, of the statement */
};

/* Could a message begin with these? For sessions whose beginning was not seen. */
bool tds_batch_test(struct span message);
bool tds_call_test(struct span message);
bool tds_transaction_test(struct span message);
bool tds_normal_test(struct span message);

/* The first part of a message, all of it if it is short. TX_REQUEST was said. */
void tds_batch_read(struct parse *, struct tds_request *, uint8_t version, struct span message);
void tds_call_read(struct parse *, struct tds_request *, uint8_t version, struct span message);
void tds_transaction_read(struct parse *, struct span message);
/* TDS 5: statements and calls as tokens. */
void tds_normal_read(struct parse *, struct tds_request *, struct span message);

/* What follows, and the end. */
void tds_request_more(struct parse *, struct tds_request *, struct span);
void tds_request_end(struct parse *, struct tds_request *);

#endif
