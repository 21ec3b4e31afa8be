/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_statement: where statements begin and end, what tables they are about, and what a comment
 * that cuts one short says of what stands before it.
 */
#include "detect/sqli/sqli_scan.h"

enum { HEAD_TOKENS = 16 };

/* ---- the beginning ---- */

static bool is_dml(unsigned word)
{
    return word == WORD_SELECT || word == WORD_INSERT || word == WORD_UPDATE ||
           word == WORD_DELETE || word == WORD_REPLACE || word == WORD_WITH || word == WORD_MERGE;
}

/* What applications do not do in the same breath as a query. */
static bool is_foreign(unsigned word)
{
    switch (word) {
    case WORD_DROP:
    case WORD_TRUNCATE:
    case WORD_ALTER:
    case WORD_CREATE:
    case WORD_GRANT:
    case WORD_REVOKE:
    case WORD_SHUTDOWN:
    case WORD_EXEC:
    case WORD_EXECUTE:
    case WORD_COPY:
    case WORD_DECLARE:
    case WORD_BEGIN:
    case WORD_CALL:
    case WORD_UPDATE:
    case WORD_DELETE:
    case WORD_INSERT:
    case WORD_SELECT:
    case WORD_WAITFOR:
    case WORD_IF:
        return true;
    default:
        return false;
    }
}

/* DROP TABLE IF EXISTS, DROP TABLE tmp_x: somebody cleans up. */
static bool is_passing(const struct sqli_scan *s)
{
    struct span name = scan_content(s, scan_look(s, 2));

    return scan_is(s, 2, WORD_IF) || span_starts(name, SPAN("#")) ||
           span_starts_nocase(name, SPAN("tmp")) || span_starts_nocase(name, SPAN("temp"));
}

/* Bad even when nothing cuts it off, unless the tables are ones for the moment. */
static bool is_bad(const struct sqli_scan *s)
{
    unsigned next = scan_look(s, 1)->word;

    switch (scan_look(s, 0)->word) {
    case WORD_DROP:
        return !s->temporary && next != WORD_TEMPORARY && next != WORD_NONE && !is_passing(s);
    case WORD_ALTER:
    case WORD_CREATE:
        return next == WORD_USER || next == WORD_LOGIN || next == WORD_ROLE;
    case WORD_GRANT:
    case WORD_SHUTDOWN:
        return true;
    case WORD_WAITFOR:
        return s->now.first == WORD_WAITFOR;
    default:
        return false;
    }
}

static void statement_begin(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    s->now = (struct scan_statement){.first = t->word};
    s->list = (struct scan_union){.at = 0};
    if (s->statements == 0)
        s->dml = is_dml(t->word) || t->kind == SQL_OPEN;
    s->stacked_bad = false;
    s->last_at = t->at;
    if (s->statements && s->dml && s->value_ended && !(t->marks & SQL_LINE) &&
        is_foreign(t->word)) {
        s->stacked = t->at + 1;
        s->stacked_bad = is_bad(s);
    }
}

static bool statement_ended_in_value(const struct sqli_scan *s)
{
    return s->now.where && (scan_is_value(scan_look(s, -1)) || scan_kind(s, -1, SQL_CLOSE));
}

static void statement_end(struct sqli_scan *s)
{
    if (s->now.tokens == 0)
        return;
    if (s->statements == 0)
        s->value_ended = statement_ended_in_value(s) && !(scan_look(s, 1)->marks & SQL_LINE);
    s->statements++;
    s->now = (struct scan_statement){.first = WORD_NONE};
}

/* ---- definitions ---- */

static bool defines_body(unsigned word)
{
    return word == WORD_PROCEDURE || word == WORD_PROC || word == WORD_FUNCTION ||
           word == WORD_TRIGGER || word == WORD_EVENT || word == WORD_PACKAGE || word == WORD_TYPE;
}

/* What is defined runs later, with other values: constants in it are its author's. */
static void definition_see(struct sqli_scan *s)
{
    unsigned word = scan_look(s, 0)->word;
    bool defines = s->now.first == WORD_CREATE || s->now.first == WORD_ALTER;

    if (!defines || s->now.tokens > HEAD_TOKENS || s->stacked || s->now.defines)
        return;
    s->body = defines_body(word);
    s->now.defines = s->body || word == WORD_VIEW || word == WORD_RULE;
}

/* ---- tables ---- */

static bool begins_table(unsigned word)
{
    return word == WORD_FROM || word == WORD_INTO || word == WORD_UPDATE || word == WORD_TABLE;
}

static bool is_place(const struct sqli_scan *s)
{
    const struct sql_token *next = scan_look(s, 1);

    return (scan_is(s, -1, WORD_SELECT) || scan_kind(s, -1, SQL_COMMA)) &&
           (next->kind == SQL_COMMA || next->word == WORD_FROM);
}

static void table_see(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0), *next = scan_look(s, 1);

    if (begins_table(t->word) && (next->kind == SQL_NAME || next->kind == SQL_OPEN)) {
        s->now.from = s->now.from || t->word == WORD_FROM;
        if (next->kind == SQL_NAME && !scan_is_catalog(next->word) && !s->list.at)
            s->now.user_table = true;
    }
    if (t->word == WORD_WHERE || t->word == WORD_VALUES || t->word == WORD_HAVING ||
        (t->word == WORD_SET && s->now.first == WORD_UPDATE))
        s->now.where = true;
    if (!s->now.from && !s->list.at && (scan_is_value(t) || t->word == WORD_NULL) && is_place(s))
        s->now.constants = true;
    if (t->word == WORD_TEMPORARY || t->word == WORD_TEMP ||
        (t->word == WORD_INTO && !scan_is(s, -1, WORD_INSERT) && !scan_is(s, -1, WORD_REPLACE)) ||
        (t->word == WORD_CREATE && !s->stacked))
        s->temporary = true;
}

static void program_see(struct sqli_scan *s)
{
    if (s->now.first == WORD_COPY && s->statements && scan_kind(s, 1, SQL_STRING))
        scan_find(s, SQLI_SYSTEM, SQLI_TOLD, scan_look(s, 0)->at);
}

void sqli_statement(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    if (t->kind == SQL_SEMICOLON || t->kind == SQL_END) {
        statement_end(s);
        return;
    }
    if (s->now.tokens == 0)
        statement_begin(s);
    definition_see(s);
    table_see(s);
    if (t->word == WORD_PROGRAM)
        program_see(s);
    if (t->word == WORD_SONAME && s->now.first == WORD_CREATE && s->stacked)
        scan_find(s, SQLI_SYSTEM, SQLI_TOLD, t->at);
    s->now.depth += t->kind == SQL_OPEN;
    s->now.depth -= t->kind == SQL_CLOSE && s->now.depth;
}

/* ---- comments ---- */

/* The last statement waits, or the only one, behind a value. */
static bool is_waiting_last(const struct sqli_scan *s)
{
    return s->waited && s->dml && s->value_ended && s->waited > s->last_at;
}

static void cut_judge(struct sqli_scan *s, const struct sql_token *t)
{
    const struct sql_token *before = scan_look(s, -1);
    size_t at = (size_t)before->at + before->n;

    if (s->unioned)
        scan_find(s, SQLI_UNION, SQLI_SURE, s->unioned - 1);
    if (s->executed)
        scan_find(s, SQLI_STACKED, SQLI_SURE, s->executed - 1);
    if (s->benchmarked)
        scan_find(s, SQLI_TIME, SQLI_SURE, s->benchmarked - 1);
    if (s->waited)
        scan_find(s, SQLI_TIME, SQLI_SURE, s->waited - 1);
    if (s->stacked)
        scan_find(s, SQLI_STACKED, SQLI_TOLD, s->stacked - 1);
    if (s->now.where && (scan_is_value(before) || before->kind == SQL_CLOSE))
        scan_find(s, SQLI_COMMENT, SQLI_TOLD, at);
    if (t->tail == TAIL_REST && before->kind == SQL_SEMICOLON && s->value_ended)
        scan_find(s, SQLI_COMMENT, SQLI_TOLD, at);
}

/* A comment for a reader stands behind what few write and send. */
static void words_judge(struct sqli_scan *s, const struct sql_token *t)
{
    if (s->benchmarked)
        scan_find(s, SQLI_TIME, SQLI_SURE, s->benchmarked - 1);
    if (s->waited)
        scan_find(s, SQLI_TIME, SQLI_SURE, s->waited - 1);
    if (t->tail != TAIL_WORD)
        return;
    if (s->unioned)
        scan_find(s, SQLI_UNION, SQLI_SURE, s->unioned - 1);
    if (s->executed)
        scan_find(s, SQLI_STACKED, SQLI_SURE, s->executed - 1);
    if (s->stacked)
        scan_find(s, SQLI_STACKED, SQLI_TOLD, s->stacked - 1);
}

void sqli_comment(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    if (scan_cuts(s, t))
        cut_judge(s, t);
    else if (scan_ends_in_words(s, t))
        words_judge(s, t);
    if (t->kind != SQL_END)
        return;
    if (is_waiting_last(s))
        scan_find(s, SQLI_TIME, t->marks & SQL_COMMENTED ? SQLI_SURE : SQLI_TOLD, s->waited - 1);
    if (s->stacked_bad && s->stacked)
        scan_find(s, SQLI_STACKED, SQLI_TOLD, s->stacked - 1);
}
