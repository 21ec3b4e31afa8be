/* SPDX-License-Identifier: Apache-2.0
 *
 * event: one thing worth telling. Given to the emit function on the worker's thread; everything it
 * points at is borrowed and dies when that function returns.
 */
#ifndef ENGINE_EVENT_H
#define ENGINE_EVENT_H

#include "engine/packet.h"
#include "engine/session.h"
#include "engine/workload.h"

enum event_type {
    EVENT_FLOW,   /* a session ended */
    EVENT_TX,     /* a transaction of a parsed protocol is complete */
    EVENT_THREAT, /* a threat, or (threat = 0) a note of a parser */
};

/* One field of a transaction: value is text/bytes, or 8 bytes of a native uint64_t for numbers. */
struct tx_field {
    enum field field;
    bool cut; /* longer than what is kept */
    struct span value;
};

struct tx_view {
    enum app app;
    const char *event; /* its event type */
    uint64_t number;   /* within its session, from 0 */
    uint64_t start_us, end_us;
    const uint8_t *bytes; /* for tx_view_next */
    size_t n;
};

struct event {
    enum event_type type;
    uint64_t time_us;
    const struct session *session;   /* may be NULL for a threat */
    const struct packet *packet;     /* may be NULL */
    const struct workload *workload; /* of the session; NULL: nobody's, or it is gone */
    union {
        struct tx_view tx;
        struct {
            enum threat threat;
            const char *text;
            enum verdict verdict; /* what is done about it */
            struct span value;    /* what decided; may be empty */
            uint32_t count;       /* of a meter: so many events, the packet is the last; else 0 */
            bool refused;         /* note: a login or a right was refused */
        } threat;
    };
};

typedef void event_emit(void *arg, const struct event *);

/* A piece of a buffer that a parser has freed of its framing. */
struct inspect {
    const struct session *session;
    const struct packet *packet; /* may be NULL */
    enum dir dir;
    enum buffer buffer;
    uint64_t message;  /* parse_message() */
    bool begins, ends; /* the first, the last piece; a lost end is not told */
    struct span bytes;
};

typedef void inspect_emit(void *arg, const struct inspect *);

const char *buffer_name(enum buffer);

/* Steps through the fields: *at starts at 0. False at the end. */
bool tx_view_next(const struct tx_view *, size_t *at, struct tx_field *);

const char *field_path(enum field);
enum field_type { FIELD_STR, FIELD_UINT, FIELD_BOOL, FIELD_IP, FIELD_HEX };
enum field_type field_kind(enum field);

#endif
