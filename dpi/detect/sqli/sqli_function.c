/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_function: what is called: waiting, errors with an answer in them, letters one by one, texts
 * made of numbers, files and programs.
 */
#include "detect/sqli/sqli_scan.h"

enum {
    CHAIN = 4,      /* letters given as numbers, one behind the other */
    ARGUMENTS = 16, /* tokens of a call that are looked at */
    TABLES = 40,    /* tokens behind FROM that are looked at */
    SERIES_DIGITS = 6,
    DIGITS_LONG = 5, /* of a number of rounds */
    FRAME_LEAST = 3, /* bytes of what tools put around an answer to find it again */
    HEX_LONG = 34,   /* bytes of a number that is cast to a text */
};

static bool calls(const struct sqli_scan *s, int k, unsigned word)
{
    return scan_is(s, k, word) && scan_kind(s, k + 1, SQL_OPEN);
}

static bool is_query_open(const struct sqli_scan *s, int k)
{
    while (k < ARGUMENTS && scan_kind(s, k, SQL_OPEN))
        k++;
    return scan_is(s, k, WORD_SELECT);
}

/* The call is all that the statement consists of: SELECT SLEEP(1). Somebody has written that. */
static bool is_alone(const struct sqli_scan *s)
{
    bool first =
        scan_is(s, -1, WORD_SELECT) || scan_is(s, -1, WORD_DO) || scan_is(s, -1, WORD_CALL);

    return first && s->now.tokens == 1 && s->statements == 0;
}

/* A procedure of Oracle, or of PostgreSQL in quotes: it waits because somebody wants to. */
static bool is_block(const struct sqli_scan *s)
{
    return s->now.first == WORD_BEGIN || s->now.first == WORD_DECLARE ||
           s->now.first == WORD_CALL || s->now.first == WORD_EXEC || s->now.first == WORD_EXECUTE;
}

/* ---- time ---- */

static void sleep_find(struct sqli_scan *s)
{
    const struct sql_token *first = scan_look(s, 2);
    bool package = scan_kind(s, -1, SQL_DOT);
    bool number = first->kind == SQL_NUMBER && scan_kind(s, 3, SQL_CLOSE);

    if (package || is_block(s))
        return;
    if (span_equal(scan_bytes(s, first), SPAN("__TIME__")))
        number = true;
    if (number)
        scan_find(s, SQLI_TIME, is_alone(s) ? SQLI_TOLD : SQLI_SURE, scan_look(s, 0)->at);
    else if (!is_alone(s) && first->kind != SQL_VARIABLE && first->kind != SQL_CLOSE)
        scan_find(s, SQLI_TIME, SQLI_TOLD, scan_look(s, 0)->at);
}

static void benchmark_find(struct sqli_scan *s)
{
    struct span rounds = scan_bytes(s, scan_look(s, 2));

    if (!scan_kind(s, 2, SQL_NUMBER) || !scan_kind(s, 3, SQL_COMMA))
        return;
    if (rounds.n >= DIGITS_LONG && rounds.p[0] != '0')
        scan_find(s, SQLI_TIME, is_alone(s) ? SQLI_TOLD : SQLI_SURE, scan_look(s, 0)->at);
    else
        s->benchmarked = scan_look(s, 0)->at + 1;
}

/* In a condition, inside of something, or behind another statement; not SELECT pg_sleep(1). */
static void pg_sleep_find(struct sqli_scan *s)
{
    int k = scan_kind(s, -1, SQL_DOT) ? -3 : -1;
    bool whole = scan_is(s, k, WORD_SELECT) || scan_is(s, k, WORD_CALL);

    if (is_block(s))
        return;
    if (!whole || s->now.where || s->now.depth || s->value_ended)
        scan_find(s, SQLI_TIME, SQLI_TOLD, scan_look(s, 0)->at);
}

/* DBMS_PIPE.RECEIVE_MESSAGE and the like are called by blocks; in a query they only wait. */
static void package_find(struct sqli_scan *s)
{
    bool waits = (scan_is(s, 2, WORD_SLEEP) && !scan_is(s, 0, WORD_DBMS_PIPE)) ||
                 (scan_is(s, 2, WORD_RECEIVE_MESSAGE) && scan_is(s, 0, WORD_DBMS_PIPE));

    if (scan_kind(s, 1, SQL_DOT) && waits && !is_block(s))
        scan_find(s, SQLI_TIME, SQLI_TOLD, scan_look(s, 0)->at);
}

/* The same catalogue three times in one FROM, or a series of millions: as slow as waiting. */
static void heavy_find(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);
    unsigned times = 1;

    if (!s->now.where || s->now.depth == 0 || !scan_is(s, -1, WORD_FROM))
        return;
    for (int k = 1; k < TABLES && !scan_kind(s, k, SQL_CLOSE); k++)
        times += scan_look(s, k)->word == t->word && scan_kind(s, k - 1, SQL_COMMA);
    if (times > 2)
        scan_find(s, SQLI_TIME, SQLI_TOLD, t->at);
}

static void series_find(struct sqli_scan *s)
{
    const struct sql_token *most = scan_look(s, 4);

    if (s->now.where && s->now.depth && most->kind == SQL_NUMBER && most->n > SERIES_DIGITS)
        scan_find(s, SQLI_TIME, SQLI_TOLD, scan_look(s, 0)->at);
}

/* ---- errors ---- */

static bool is_text_of_numbers(const struct sqli_scan *s, int k)
{
    return calls(s, k, WORD_CHAR) || calls(s, k, WORD_CHR) || calls(s, k, WORD_NCHAR) ||
           scan_hex_text(s, scan_look(s, k), 1);
}

static bool is_tilde(const struct sqli_scan *s, int k)
{
    return scan_kind(s, k, SQL_STRING) && span_equal(scan_content(s, scan_look(s, k)), SPAN("~"));
}

/* Is a text put together in the arguments, or asked for? */
static bool arguments_ask(const struct sqli_scan *s)
{
    for (int k = 2; k < ARGUMENTS && !scan_kind(s, k, SQL_SEMICOLON); k++) {
        bool concat = calls(s, k, WORD_CONCAT) || calls(s, k, WORD_CONCAT_WS);

        if (concat &&
            (is_text_of_numbers(s, k + 2) || is_tilde(s, k + 2) || is_query_open(s, k + 2)))
            return true;
        if (scan_kind(s, k, SQL_OPEN) && scan_is(s, k + 1, WORD_SELECT))
            return true;
    }
    return false;
}

static bool tells_version(const struct sqli_scan *s, int k)
{
    struct span bytes = scan_bytes(s, scan_look(s, k));

    return span_starts(bytes, SPAN("@@")) || calls(s, k, WORD_DB_NAME) ||
           scan_is(s, k, WORD_SYSTEM_USER) || is_text_of_numbers(s, k);
}

/* CONVERT(INT, @@version), CONVERT(INT, (SELECT @@version)). */
static bool converts_version(const struct sqli_scan *s)
{
    int k = 4;

    if (!scan_is(s, 2, WORD_INT) || !scan_kind(s, 3, SQL_COMMA))
        return false;
    while (k < ARGUMENTS && (scan_kind(s, k, SQL_OPEN) || scan_is(s, k, WORD_SELECT)))
        k++;
    return tells_version(s, k);
}

/* FLOOR(RAND(0)*2): the same numbers again in the same order, so that a key appears twice. */
static bool is_known_chance(const struct sqli_scan *s)
{
    return calls(s, 2, WORD_RAND) && scan_kind(s, 4, SQL_NUMBER) && scan_kind(s, 5, SQL_CLOSE) &&
           scan_is(s, 6, OP_TIMES) && scan_number(s, scan_look(s, 7)) == 2;
}

static bool is_error_call(const struct sqli_scan *s)
{
    switch (scan_look(s, 0)->word) {
    case WORD_EXTRACTVALUE:
    case WORD_UPDATEXML:
    case WORD_GTID_SUBSET:
    case WORD_GTID_SUBTRACT:
        return arguments_ask(s);
    case WORD_JSON_KEYS:
        return scan_kind(s, 2, SQL_OPEN) && is_query_open(s, 2);
    case WORD_EXP:
        return scan_is(s, 2, OP_TILDE) && is_query_open(s, 3);
    case WORD_FLOOR:
        return is_known_chance(s);
    case WORD_CONCAT:
        return scan_hex_text(s, scan_look(s, 2), FRAME_LEAST) && scan_kind(s, 3, SQL_COMMA) &&
               scan_kind(s, 4, SQL_OPEN);
    case WORD_CONVERT:
        return converts_version(s);
    case WORD_XMLTYPE:
        return is_text_of_numbers(s, 2) || is_text_of_numbers(s, 3);
    default:
        return false;
    }
}

/* ---- letters ---- */

static bool is_part_call(const struct sqli_scan *s, int k)
{
    return calls(s, k, WORD_SUBSTR) || calls(s, k, WORD_SUBSTRING) || calls(s, k, WORD_MID) ||
           calls(s, k, WORD_LEFT) || calls(s, k, WORD_RIGHT);
}

static bool is_secret(const struct sqli_scan *s, int k)
{
    return (scan_kind(s, k, SQL_OPEN) && is_query_open(s, k)) || tells_version(s, k) ||
           calls(s, k, WORD_DATABASE) || calls(s, k, WORD_USER) || calls(s, k, WORD_VERSION) ||
           scan_is(s, k, WORD_CURRENT_USER) || calls(s, k, WORD_CURRENT_DATABASE);
}

/* ASCII(SUBSTR((SELECT ...; AND SUBSTR((SELECT ... */
static void letters_find(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);
    bool number = t->word == WORD_ASCII || t->word == WORD_ORD || t->word == WORD_UNICODE;
    bool part = number ? is_part_call(s, 2) : is_part_call(s, 0);
    bool condition = scan_is(s, -1, WORD_AND) || scan_is(s, -1, WORD_OR);

    if (part && (number || condition) && is_secret(s, number ? 4 : 2))
        scan_find(s, SQLI_BLIND, SQLI_TOLD, t->at);
}

/* ---- numbers for letters ---- */

static bool is_letter(const struct sqli_scan *s, int k)
{
    uint32_t n = scan_number(s, scan_look(s, k));

    return n >= ' ' && n < 0x7f;
}

/* The letter behind the one at k, in the same call or in the next; 0: there is none. */
static int letter_next(const struct sqli_scan *s, int k)
{
    unsigned between = scan_look(s, k + 2)->kind;

    if (scan_kind(s, k + 1, SQL_COMMA))
        return k + 2;
    if (!scan_kind(s, k + 1, SQL_CLOSE) || (between != SQL_OPERATOR && between != SQL_COMMA))
        return 0;
    return calls(s, k + 3, scan_look(s, 0)->word) ? k + 5 : 0;
}

/* CHAR(65)+CHAR(66)+..., CHR(65)||CHR(66)||..., CHAR(65,66,...). */
static void chain_find(struct sqli_scan *s)
{
    unsigned n = 0;
    int k = 2;

    while (n < CHAIN && k && is_letter(s, k)) {
        n++;
        k = letter_next(s, k);
    }
    if (n == CHAIN && !scan_kind(s, -1, SQL_DOT))
        scan_find(s, SQLI_ENCODED, SQLI_TOLD, scan_look(s, 0)->at);
}

static void cast_see(struct sqli_scan *s)
{
    if (scan_kind(s, 2, SQL_HEX) && scan_look(s, 2)->n >= HEX_LONG)
        s->long_hex = true;
}

/* ---- files and programs ---- */

static bool ends_in(struct span s, const char *text)
{
    struct span end = span_text(text);

    return s.n >= end.n && span_equal_nocase(span_from(s, s.n - end.n), end);
}

/* Where an interpreter would look for programs, or what only an administrator reads. */
static bool is_bad_file(struct span name)
{
    static const char *const ends[] = {".php",  ".phtml", ".php5",  ".jsp", ".jspx", ".asp",
                                       ".aspx", ".cgi",   ".so",    ".dll", ".py",   ".pl",
                                       ".sh",   "passwd", "shadow", ".ini", ".cnf",  ".conf"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends_in(name, ends[i]))
            return true;
    return span_starts(name, SPAN("/etc/")) || span_starts(name, SPAN("\\\\"));
}

static void outfile_find(struct sqli_scan *s)
{
    struct span name = scan_content(s, scan_look(s, 1));
    bool table = s->now.from && scan_is(s, -1, WORD_INTO) && s->unioned;

    if (scan_is(s, -1, WORD_INTO) && scan_kind(s, 1, SQL_STRING) && (is_bad_file(name) || table))
        scan_find(s, SQLI_SYSTEM, SQLI_TOLD, scan_look(s, 0)->at);
}

/* Who writes rows may well fill them from files of the server; a condition has no need of them. */
static bool is_condition(const struct sqli_scan *s)
{
    return s->unioned || s->value_ended || (s->now.where && s->now.first == WORD_SELECT);
}

static void load_find(struct sqli_scan *s)
{
    const struct sql_token *file = scan_look(s, 2);
    bool bad = file->kind == SQL_STRING && is_bad_file(scan_content(s, file));

    if (is_condition(s) || scan_hex_text(s, file, 1) || (bad && s->now.first == WORD_SELECT))
        scan_find(s, SQLI_SYSTEM, SQLI_TOLD, scan_look(s, 0)->at);
}

/* Their results go where the rest of a foreign query went. */
static void reader_find(struct sqli_scan *s)
{
    if (is_condition(s))
        scan_find(s, SQLI_SYSTEM, SQLI_TOLD, scan_look(s, 0)->at);
}

/* A host's name, or an address to be fetched, that a query is part of. */
static void fetch_find(struct sqli_scan *s)
{
    if (!scan_kind(s, 1, SQL_DOT) || is_block(s))
        return;
    for (int k = 3; k < ARGUMENTS && !scan_kind(s, k, SQL_SEMICOLON); k++)
        if (scan_kind(s, k, SQL_OPEN) && scan_is(s, k + 1, WORD_SELECT))
            scan_find(s, SQLI_ERROR, SQLI_TOLD, scan_look(s, 0)->at);
}

static void procedure_find(struct sqli_scan *s)
{
    unsigned word = scan_look(s, 0)->word;
    bool shell = word == WORD_XP_CMDSHELL || word == WORD_SP_OACREATE;

    if (shell || s->value_ended)
        scan_find(s, SQLI_SYSTEM, SQLI_TOLD, scan_look(s, 0)->at);
}

/* EXEC(@s), and a number has become a text before. */
static void execute_see(struct sqli_scan *s)
{
    /* Elsewhere EXECUTE runs what was prepared. */
    if (scan_is(s, 0, WORD_EXEC) || s->lexer.dialect == SQL_TDS)
        s->executed = scan_look(s, 0)->at + 1;
    if (s->long_hex && scan_kind(s, 1, SQL_OPEN) && scan_kind(s, 2, SQL_VARIABLE))
        scan_find(s, SQLI_ENCODED, SQLI_TOLD, scan_look(s, 0)->at);
}

/* SQL Server needs no semicolon in front of it. */
static void wait_see(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    if (!scan_is(s, 1, WORD_DELAY) && !scan_is(s, 1, WORD_TIME))
        return;
    s->waited = t->at + 1;
    if (s->now.where && !(t->marks & SQL_LINE) && scan_is_value(scan_look(s, -1)))
        s->value_ended = true;
}

static void word_find(struct sqli_scan *s)
{
    switch (scan_look(s, 0)->word) {
    case WORD_DBMS_LOCK:
    case WORD_DBMS_PIPE:
    case WORD_DBMS_SESSION:
        package_find(s);
        break;
    case WORD_OUTFILE:
    case WORD_DUMPFILE:
        outfile_find(s);
        break;
    case WORD_UTL_HTTP:
    case WORD_UTL_INADDR:
    case WORD_CTXSYS:
        fetch_find(s);
        break;
    case WORD_XP_CMDSHELL:
    case WORD_SP_OACREATE:
    case WORD_XP_DIRTREE:
        procedure_find(s);
        break;
    case WORD_EXEC:
    case WORD_EXECUTE:
        execute_see(s);
        break;
    case WORD_WAITFOR:
        wait_see(s);
        break;
    case WORD_INFORMATION_SCHEMA:
    case WORD_ALL_USERS:
    case WORD_SYSUSERS:
        heavy_find(s);
        break;
    default:
        break;
    }
}

static void call_find(struct sqli_scan *s)
{
    switch (scan_look(s, 0)->word) {
    case WORD_SLEEP:
        sleep_find(s);
        break;
    case WORD_BENCHMARK:
        benchmark_find(s);
        break;
    case WORD_PG_SLEEP:
    case WORD_PG_SLEEP_FOR:
    case WORD_PG_SLEEP_UNTIL:
        pg_sleep_find(s);
        break;
    case WORD_ASCII:
    case WORD_ORD:
    case WORD_UNICODE:
    case WORD_SUBSTR:
    case WORD_SUBSTRING:
    case WORD_MID:
        letters_find(s);
        break;
    case WORD_CHAR:
    case WORD_CHR:
    case WORD_NCHAR:
        chain_find(s);
        break;
    case WORD_CAST:
        cast_see(s);
        break;
    case WORD_GENERATE_SERIES:
        series_find(s);
        break;
    case WORD_LOAD_FILE:
        load_find(s);
        break;
    case WORD_PG_READ_FILE:
    case WORD_LO_IMPORT:
    case WORD_LO_EXPORT:
    case WORD_SYS_EXEC:
    case WORD_SYS_EVAL:
        reader_find(s);
        break;
    default:
        if (is_error_call(s))
            scan_find(s, SQLI_ERROR, SQLI_TOLD, scan_look(s, 0)->at);
        break;
    }
}

void sqli_function(struct sqli_scan *s)
{
    word_find(s);
    if (scan_kind(s, 1, SQL_OPEN))
        call_find(s);
}
