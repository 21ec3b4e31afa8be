/* SPDX-License-Identifier: Apache-2.0
 *
 * tns_descriptor: (NAME=value) and (NAME=(NAME=value)...), the language in which Oracle's clients
 * say where they want to go, and listeners why not.
 */
#ifndef SUPPORT_TNS_DESCRIPTOR_H
#define SUPPORT_TNS_DESCRIPTOR_H

#include "base/cursor.h"

enum { TNS_DEPTH = 8 }; /* what lies deeper has the name around it of the last level */

struct tns_descriptor {
    struct cursor at;
    struct span around[TNS_DEPTH];
    unsigned depth;
    struct span name;
    struct span value;
};

struct tns_descriptor tns_descriptor_open(struct span text);
/* The next name with a value; false at the end. */
bool tns_descriptor_next(struct tns_descriptor *);
bool tns_descriptor_is(const struct tns_descriptor *, const char *around, const char *name);

/* Could a descriptor begin so? */
bool tns_descriptor_test(struct span text);

#endif
