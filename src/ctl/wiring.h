/* SPDX-License-Identifier: Apache-2.0
 *
 * wiring: the firewall rules that put the packets of an attachment into its queues, for both IP
 * versions, in chains of our own. They stand in the table "security", behind all that the container
 * filters itself: what passes us has passed its own rules, and addresses are those on the wire.
 */
#ifndef CTL_WIRING_H
#define CTL_WIRING_H

#include "attach/attachment.h"

/* All of them or none. Nothing for ATTACH_TAP. False and err: what is missing. */
bool wiring_make(const struct attachment *, struct err *);
/* Whatever is there of them; what is not is no error. False and err: something is still there. */
bool wiring_remove(const struct attachment *, struct err *);

#endif
