/* SPDX-License-Identifier: Apache-2.0
 *
 * check: the self-test. What this kernel, these privileges and the tools around offer, each proven
 * by use: where it is about packets, by a packet through namespaces of the test's own. One line for
 * each check:
 *
 *     ok|missing|broken|unknown  name  what was proven, or why not and what to do
 *
 * missing: the kernel, a privilege or a program is not there. broken: it is there, and does not do
 * what it should. unknown: it could not be tried. One thread, of a process that does nothing else:
 * it waits.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "base/err.h"

#include <stddef.h>
#include <stdio.h>

struct netlab;

enum check_status { CHECK_OK, CHECK_MISSING, CHECK_BROKEN, CHECK_UNKNOWN };

struct check_result {
    enum check_status status;
    char text[400];
};

struct check {
    const char *name; /* without blanks, stable */
    void (*run)(struct netlab *, struct check_result *);
};

enum check_colour { CHECK_PLAIN, CHECK_COLOUR };

struct check_report {
    FILE *to;
    enum check_colour colour;
};

/* Runs them in order, a line for each as soon as it is known. False: something is missing or
 * broken, or the lines could not be written. */
bool check_run(const struct check *, size_t n, struct netlab *, const struct check_report *);
/* All checks there are, with namespaces of their own, in some hundred milliseconds and at most five
 * seconds. Colour on a terminal. */
bool check_all(FILE *to);

/* What a check has found. */
void check_say(struct check_result *, enum check_status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "where: what" of an error; `what` stands in front of it. */
void check_refuse(struct check_result *, enum check_status, const char *what, const struct err *);

#endif
