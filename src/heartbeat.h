/* SPDX-License-Identifier: Apache-2.0
 *
 * heartbeat: the shared memory in which a supervisor sees that the workers live. It is the
 * supervisor's: opened, never made.
 */
#ifndef SLUICED_HEARTBEAT_H
#define SLUICED_HEARTBEAT_H

#include "base/err.h"

#include <stdint.h>

enum { HEARTBEAT_THREADS = 4 };

struct heartbeat;

/* Of this name ("/dp_mnt.shm"); NULL: memory of our own, for nobody to see. NULL and err: there is
 * none. Says that `workers` threads are in use and the others are not. */
struct heartbeat *heartbeat_open(const char *name, unsigned workers, struct err *);
/* What is shown stays. Accepts NULL. */
void heartbeat_close(struct heartbeat *);

/* To be counted up once a second by the worker; NULL: it cannot be shown. */
uint32_t *heartbeat_of(struct heartbeat *, unsigned worker);

#endif
