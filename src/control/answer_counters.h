/* SPDX-License-Identifier: Apache-2.0
 *
 * answer_counters: the daemon's counters as the agent reads them. Control thread.
 */
#ifndef CONTROL_ANSWER_COUNTERS_H
#define CONTROL_ANSWER_COUNTERS_H

#include "control/answer.h"
#include "report/encode_wire.h"

/* Each as it stands: no worker is asked. */
void answer_counters(struct worker *const *, size_t workers, const struct answer_numbers *,
                     struct message_counters *);

#endif
