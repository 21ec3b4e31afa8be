/* SPDX-License-Identifier: Apache-2.0
 *
 * sql_skim: see sql_skim.h. What it cannot follow byte by byte (strings of PostgreSQL with a name
 * in dollars) makes it give up: nothing behind it is read, rather than read wrongly.
 */
#include "detect/sqli/sql_skim.h"

enum { CODE = 0, COMMENT = '*', UNKNOWN = 0xff };

static bool nests(const struct sql_skim *s)
{
    return s->dialect == SQL_PGSQL || s->dialect == SQL_TDS;
}

static bool has_hash(const struct sql_skim *s)
{
    return s->dialect == SQL_MYSQL || s->dialect == SQL_GENERIC;
}

static bool begins_quote(const struct sql_skim *s, uint8_t c)
{
    return c == '\'' || c == '"' || c == '`' || (c == '[' && s->dialect == SQL_TDS);
}

/* True: the byte is done with, and none of a pair. */
static bool code_step(struct sql_skim *s, uint8_t c)
{
    if (begins_quote(s, c)) {
        s->inside = c == '[' ? ']' : c;
    } else if (c == '#' && has_hash(s)) {
        s->inside = '\n';
    } else if (c == '-' && s->last == '-') {
        s->inside = '\n';
    } else if (c == '*' && s->last == '/') {
        s->inside = COMMENT;
        s->depth = 1;
    } else if (c == '$' && s->dialect == SQL_PGSQL) {
        s->inside = UNKNOWN;
    } else {
        return false;
    }
    return true;
}

static bool comment_step(struct sql_skim *s, uint8_t c)
{
    if (c == '/' && s->last == '*') {
        s->depth--;
        s->inside = s->depth ? COMMENT : CODE;
        return true;
    }
    if (c == '*' && s->last == '/' && nests(s)) {
        s->depth++;
        return true;
    }
    return false;
}

/* A quote twice ends a string and begins another: the same, seen from behind. */
static bool string_step(struct sql_skim *s, uint8_t c)
{
    if (s->last == '\\' && s->dialect == SQL_MYSQL && s->inside != '`')
        return true;
    if (c == s->inside) {
        s->inside = CODE;
        return true;
    }
    return false;
}

static void step(struct sql_skim *s, uint8_t c)
{
    bool done;

    if (s->inside == CODE)
        done = code_step(s, c);
    else if (s->inside == COMMENT)
        done = comment_step(s, c);
    else
        done = string_step(s, c);
    s->last = done ? 0 : c;
}

void sql_skim(struct sql_skim *s, struct span bytes)
{
    for (size_t i = 0; i < bytes.n && s->inside != UNKNOWN; i++)
        step(s, bytes.p[i]);
}

struct span sql_skim_out(struct sql_skim *s, struct span bytes)
{
    while (bytes.n && s->inside != CODE && s->inside != UNKNOWN) {
        step(s, bytes.p[0]);
        bytes = span_from(bytes, 1);
    }
    return s->inside == CODE ? bytes : span_of(bytes.p, 0);
}
