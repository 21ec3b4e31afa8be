/* SPDX-License-Identifier: Apache-2.0
 *
 * ask: a connection to sluiced, and one request at a time.
 */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include "base/err.h"

#include <jansson.h>

struct ask;

enum ask_result {
    ASK_DONE,
    ASK_REFUSED, /* the daemon says no; err says why */
    ASK_BROKEN,  /* it has gone, or speaks another language */
};

/* NULL and err: it does not run, or one may not. */
struct ask *ask_open(const char *path, struct err *);
void ask_close(struct ask *);

/* Takes the request. Calls for each element of parts, for each event ("event"), and for how many
 * were lost ("lost"), borrowed; false ends it. *result is what the end says, the caller's. */
typedef bool ask_each(void *arg, const char *what, const json_t *value);
enum ask_result ask_run(struct ask *, json_t *request, ask_each *, void *arg, json_t **result,
                        struct err *);

#endif
