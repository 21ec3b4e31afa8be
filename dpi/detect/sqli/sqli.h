/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli: does this statement, as an application has sent it to its database, carry something that
 * somebody else has put into it?
 *
 * Whole statements are read, no parameters of requests: nothing is guessed about the context of a
 * value, the statement shows it. What applications, drivers and tools write themselves (WHERE 1=1
 * AND ..., catalogues read as such, definitions of procedures, dumps) is no finding.
 *
 * Pure, any thread, in linear time; nothing is allocated.
 */
#ifndef DETECT_SQLI_SQLI_H
#define DETECT_SQLI_SQLI_H

#include "detect/sqli/sql_token.h"

enum {
    SQLI_HEAD = 48 << 10, /* of longer statements: what is read of them from their beginning, */
    SQLI_TAIL = 16 << 10, /* and what from their end */
    SQLI_MOST = SQLI_HEAD + SQLI_TAIL,
    SQLI_NEAR = 63, /* bytes that a finding shows */
};

enum sqli_class {
    SQLI_NONE,
#define SQLI_CLASS(name, text) SQLI_##name,
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
    SQLI_CLASSES
};

/* TOLD: harmless statements may look so, rarely. SURE: of the kinds that are stopped. */
enum sqli_grade { SQLI_TOLD, SQLI_SURE };

struct sqli_finding {
    enum sqli_class class;
    enum sqli_grade grade;
    size_t offset;    /* in the statement: where what decided stands */
    struct span near; /* what stands there, a few bytes; borrowed from the statement */
    bool cut;         /* more bytes than are read: the middle was not looked at */
};

/* True: yes, and `out` says what, the worst of all that was found. `out` is written always. Of more
 * than SQLI_MOST bytes the first SQLI_HEAD and the last SQLI_TAIL are read. */
bool sqli_check(struct span statement, enum sql_dialect, struct sqli_finding *out);

/* A constant, for people: which database, and what was found. */
const char *sqli_class_text(enum sqli_class, enum sql_dialect);

/* What was kept of a statement. Without a tail the head is all of it. */
struct sqli_text {
    struct span head;
    struct span tail; /* begins outside of strings and comments */
    size_t tail_at;   /* where in the statement */
    enum sql_dialect dialect;
    bool cut; /* something is missing between the two, or behind the head */
};

/* The same of what was kept. */
bool sqli_check_text(const struct sqli_text *, struct sqli_finding *out);

/* Without asking sqli_suspect() first: the same answer, later. */
bool sqli_read(const struct sqli_text *, struct sqli_finding *out);

/* Could there be anything in it? One pass; no means no. */
bool sqli_suspect(struct span statement);

#endif
