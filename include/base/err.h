/* SPDX-License-Identifier: Apache-2.0
 *
 * err: why a configuration or an operation was refused, in words for a person. Caller's stack;
 * filled once by the first failure. Never used for bytes from the network.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

struct err {
    char path[160]; /* where: a path inside a document, or a file name; may be empty */
    char text[320]; /* what is wrong and how to mend it */
};

/* Always returns false, so that a check can say `return err_set(...)`. err may be NULL. */
bool err_set(struct err *err, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
