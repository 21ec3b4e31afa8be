/* SPDX-License-Identifier: Apache-2.0
 *
 * meter_wire: a meter as the agent sees it in its list. Worker thread.
 */
#ifndef REPORT_METER_WIRE_H
#define REPORT_METER_WIRE_H

#include "engine/engine.h"
#include "wire/messages.h"

/* False: its workload is not the agent's, or is gone. */
bool meter_wire(const struct engine *, const struct meter_view *, struct message_meter_entry *);

#endif
