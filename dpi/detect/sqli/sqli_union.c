/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_union: what a SELECT behind UNION asks for. Applications join tables of their own with it;
 * somebody who has to guess the number of columns asks for NULLs, for 1, 2, 3, for the server's
 * version, for its catalogue.
 */
#include "detect/sqli/sqli_scan.h"

enum { GUESSED = 3, ENCODED_LEAST = 3 };

static bool tells_of_server(const struct sqli_scan *s, const struct sql_token *t)
{
    struct span bytes = scan_bytes(s, t);

    switch (t->word) {
    case WORD_VERSION:
    case WORD_DATABASE:
    case WORD_USER:
    case WORD_DB_NAME:
    case WORD_CURRENT_DATABASE:
        return scan_kind(s, 1, SQL_OPEN);
    case WORD_CURRENT_USER:
    case WORD_SESSION_USER:
    case WORD_SYSTEM_USER:
    case WORD_LOAD_FILE:
        return true;
    default:
        return t->kind == SQL_VARIABLE && bytes.n > 2 && bytes.p[1] == '@';
    }
}

static void item_end(struct scan_union *u)
{
    if (u->tokens)
        u->items++;
    u->tokens = 0;
    u->constant = false;
}

static void item_token(struct sqli_scan *s, const struct sql_token *t)
{
    struct scan_union *u = &s->list;

    if (u->tokens++ == 0) {
        u->constant = scan_is_value(t) || t->word == WORD_NULL;
        u->constants += u->constant;
        u->nulls += t->word == WORD_NULL;
        u->places += t->kind == SQL_NUMBER && scan_number(s, t) == u->items + 1;
    } else if (u->constant && t->kind == SQL_OPERATOR) {
        u->constant = false;
        u->constants--;
    }
    u->infos += tells_of_server(s, t);
    u->encoded += scan_hex_text(s, t, ENCODED_LEAST);
}

/* The list has ended; the current token stands behind it. */
static void judge(struct sqli_scan *s)
{
    struct scan_union *u = &s->list;
    bool dual = scan_is(s, 1, WORD_DUAL) || (scan_is(s, 1, WORD_SYS) && scan_is(s, 3, WORD_DUAL));
    bool from = scan_is(s, 0, WORD_FROM) && !dual;
    bool constant = u->constants == u->items && u->items > 1;

    u->active = false;
    if (!s->now.user_table)
        return;
    if (from && scan_is_catalog(scan_look(s, 1)->word) && (u->after_value || u->constants)) {
        scan_find(s, SQLI_UNION, SQLI_TOLD, u->at);
        return;
    }
    if (u->encoded || (u->infos && (u->after_value || u->constants)) ||
        (u->after_value && u->places > 1 && !s->now.constants) ||
        (!from && constant && u->nulls == u->items && u->items >= GUESSED && !s->now.constants))
        scan_find(s, SQLI_UNION, SQLI_TOLD, u->at);
}

static bool ends_list(const struct sqli_scan *s, const struct sql_token *t)
{
    switch (t->word) {
    case WORD_FROM:
    case WORD_INTO:
    case WORD_WHERE:
    case WORD_ORDER:
    case WORD_GROUP:
    case WORD_HAVING:
    case WORD_LIMIT:
    case WORD_UNION:
        return true;
    default:
        return t->kind == SQL_END || t->kind == SQL_SEMICOLON || scan_cuts(s, t);
    }
}

static void list_step(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);
    struct scan_union *u = &s->list;

    if (u->depth == 0 && (t->kind == SQL_CLOSE || ends_list(s, t))) {
        item_end(u);
        judge(s);
    } else if (t->kind == SQL_END) {
        u->active = false;
    } else if (u->depth == 0 && t->kind == SQL_COMMA) {
        item_end(u);
    } else {
        u->depth += t->kind == SQL_OPEN;
        u->depth -= t->kind == SQL_CLOSE;
        item_token(s, t);
    }
}

/* A value stands before UNION, or parentheses that end in one. */
static bool is_after_value(const struct sqli_scan *s)
{
    int k = -1;

    while (k > -4 && scan_kind(s, k, SQL_CLOSE))
        k--;
    return scan_is_value(scan_look(s, k));
}

static int select_behind(const struct sqli_scan *s)
{
    int k = 1;

    while (k < 6 &&
           (scan_is(s, k, WORD_ALL) || scan_is(s, k, WORD_DISTINCT) || scan_kind(s, k, SQL_OPEN)))
        k++;
    return scan_is(s, k, WORD_SELECT) ? k : 0;
}

static void union_begin(struct sqli_scan *s)
{
    int k = select_behind(s);
    bool after = is_after_value(s);

    if (k == 0)
        return;
    if (scan_look(s, k)->marks & SQL_HOLLOW || scan_look(s, 0)->marks & SQL_VERSIONED ||
        scan_look(s, k)->marks & SQL_VERSIONED)
        scan_find(s, SQLI_HOLLOW, SQLI_TOLD, scan_look(s, 0)->at);
    if (after || scan_kind(s, -1, SQL_CLOSE))
        s->unioned = scan_look(s, 0)->at + 1;
    s->list = (struct scan_union){.at = scan_look(s, 0)->at, .after_value = after};
}

void sqli_union(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    if (s->list.active)
        list_step(s);
    if (t->word == WORD_UNION)
        union_begin(s);
    else if (t->word == WORD_SELECT && s->list.at && s->list.items == 0 && !s->list.active)
        s->list.active = s->list.tokens == 0;
}
