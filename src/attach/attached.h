/* SPDX-License-Identifier: Apache-2.0
 *
 * attached: what people have put before this daemon: the ports and the workload of each attachment.
 * What was there before a restart is taken up again out of the records; what belongs to a namespace
 * that has gone goes with it. Control thread.
 */
#ifndef ATTACH_ATTACHED_H
#define ATTACH_ATTACHED_H

#include "attach/attachment.h"
#include "control/control.h"
#include "ports.h"

struct attached;

/* All stay the caller's. NULL: no memory. */
struct attached *attached_new(struct control *, struct ports *, const char *folder);
/* Ports and workloads stay. Accepts NULL. */
void attached_free(struct attached *);

/* Opens its ports, makes its workload; published when this returns. The same attachment once more
 * is no error. False and err: nothing is changed. */
bool attached_add(struct attached *, const struct attachment *, struct err *);
/* False: there is none of that name. */
bool attached_remove(struct attached *, const char *name);
/* What the records say; each that cannot be taken up is told in the log. */
void attached_resume(struct attached *);
/* Lets go of those whose namespace is not there any more, and of their records. Every other
 * second. */
void attached_look_after(struct attached *);

typedef void attached_visit(void *arg, const struct attachment *);
void attached_each(const struct attached *, attached_visit *, void *arg);

#endif
