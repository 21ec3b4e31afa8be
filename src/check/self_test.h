/* SPDX-License-Identifier: Apache-2.0
 *
 * self_test: the daemon's own self-test. A child with low priority runs the program with --check;
 * its lines come to the log: what works as information, what is missing as a warning. Control
 * thread; never waits, but for the child to be made (about a millisecond).
 */
#ifndef CHECK_SELF_TEST_H
#define CHECK_SELF_TEST_H

#include "base/err.h"

#include <stdint.h>

struct self_test;

/* Starts `program --check`. NULL and err: it cannot be run. */
struct self_test *self_test_start(const char *program, struct err *);
/* Readable when there are lines; -1: no more will come. The same until self_test_go_on(). */
int self_test_fd(const struct self_test *);
/* Logs what there is. False: it is over, all is logged and the child is gone. After its last line,
 * or when the descriptor says nothing, to be called every now and then. */
bool self_test_go_on(struct self_test *, uint64_t now_ms);
/* Ends the child when it still runs. Accepts NULL. */
void self_test_free(struct self_test *);

#endif
