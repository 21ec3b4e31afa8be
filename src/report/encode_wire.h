/* SPDX-License-Identifier: Apache-2.0
 *
 * encode_wire: messages to the agent as datagrams. Every field goes through one function per type,
 * in the order of wire/layouts.def; what is not a field is zero.
 *
 * A datagram is made of a beginning, entries if it is a list, and an end:
 *
 *     struct wire_datagram d;
 *
 *     wire_begin(&d, MESSAGE_KEEP_ALIVE);
 *     wire_put_keep_alive(&d, &value);
 *     bytes = wire_end(&d, WIRE_LAST);
 */
#ifndef REPORT_ENCODE_WIRE_H
#define REPORT_ENCODE_WIRE_H

#include "wire/messages.h"

/* In place; its bytes are valid until the next beginning. */
struct wire_datagram {
    size_t n;
    uint8_t bytes[MESSAGE_BYTES];
};

enum wire_more { WIRE_LAST, WIRE_MORE };

void wire_begin(struct wire_datagram *, enum message_kind);
struct span wire_end(struct wire_datagram *, enum wire_more);

/* Bytes that still fit. */
static inline size_t wire_room(const struct wire_datagram *d)
{
    return MESSAGE_BYTES - d->n;
}

/* Each asserts that there is room. */
#define WIRE_PUT(x) void wire_put_##x(struct wire_datagram *, const struct message_##x *)
WIRE_PUT(keep_alive);
WIRE_PUT(session_count);
WIRE_PUT(app_head);
WIRE_PUT(app_entry);
WIRE_PUT(list_head);
WIRE_PUT(session_entry);
WIRE_PUT(threat);
WIRE_PUT(connection_entry);
WIRE_PUT(meter_entry);
WIRE_PUT(counters);
WIRE_PUT(stats_head);
WIRE_PUT(window);
WIRE_PUT(fqdn_head);
WIRE_PUT(fqdn_address);
WIRE_PUT(named_address);
#undef WIRE_PUT

void wire_put_stats(struct wire_datagram *, const struct message_stats *);

#endif
