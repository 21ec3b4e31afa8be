/* SPDX-License-Identifier: Apache-2.0
 *
 * interfaces: what a namespace has: its interfaces and addresses, as an attachment needs them.
 */
#ifndef CTL_INTERFACES_H
#define CTL_INTERFACES_H

#include "attach/attachment.h"

/* Those of the attachment's namespace that are up, have a MAC address and are not the loopback; or
 * only `name`. Their addresses besides. False and err: there is none, or the namespace cannot be
 * entered. */
bool interfaces_read(struct attachment *, const char *name, struct err *);

#endif
