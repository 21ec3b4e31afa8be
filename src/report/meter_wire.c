/* SPDX-License-Identifier: Apache-2.0 */
#include "report/meter_wire.h"

#include <string.h>

enum { FLAG_IPV4 = 1, FLAG_TAP = 2 };

bool meter_wire(const struct engine *e, const struct meter_view *v, struct message_meter_entry *m)
{
    const struct workload *w = snapshot_workload(engine_snapshot(e), v->zone);

    if (w == NULL || !w->agents)
        return false;
    *m = (struct message_meter_entry){
        .idle = (uint16_t)v->idle,
        .count = v->count,
        .last_count = v->last,
        .peer_ip = v->peer,
        .meter = meter_number(v->kind),
        .flags = (uint8_t)((v->peer.family == 4 ? FLAG_IPV4 : 0) | (w->tap ? FLAG_TAP : 0)),
        .span = (uint8_t)v->span,
        .upper_limit = v->limit.upper,
        .lower_limit = v->limit.lower,
    };
    memcpy(m->mac.bytes, w->id.mac, sizeof m->mac.bytes);
    return true;
}
