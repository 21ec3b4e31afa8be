/* SPDX-License-Identifier: Apache-2.0
 *
 * verbs: what sluicectl can be told to do.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "ctl/ask.h"

#include <stdbool.h>

enum ctl_exit {
    CTL_DONE = 0,
    CTL_REFUSED = 1, /* the daemon, or the check of a document, says no */
    CTL_USAGE = 2,
    CTL_CANNOT = 4, /* no daemon, no permission, another version */
};

/* The words of a command line behind the verb. */
struct ctl_words {
    const char *socket;
    bool json, follow, all;
    long limit;                                 /* 0: none */
    const char *mode, *interface, *name, *fail; /* of attach; NULL: not given */
    int count;
    char **words;
};

struct ctl_verb {
    const char *name, *sub; /* "policy" "show"; sub may be NULL */
    const char *synopsis, *about, *example;
    /* NULL: it needs a connection and gets none. */
    enum ctl_exit (*run)(const struct ctl_words *, struct err *);
    int least, most; /* words */
};

/* Ends with a NULL name. */
extern const struct ctl_verb ctl_verbs[];

#endif
