/* SPDX-License-Identifier: Apache-2.0
 *
 * program: runs another program to its end.
 */
#ifndef CHECK_PROGRAM_H
#define CHECK_PROGRAM_H

#include "base/err.h"

#include <stdbool.h>

/* Looks argv[0] up in PATH, or where system programs are when there is no PATH; inherits the
 * thread's namespaces. Waits for it; after `patience_ms` it is killed. True: it has ended with
 * status 0. False and err: path is the program, the text the first line that it has said, or why it
 * could not be run. */
bool program_run(const char *const argv[], int patience_ms, struct err *);
/* Is there a program of that name? */
bool program_exists(const char *name);

#endif
