/* SPDX-License-Identifier: Apache-2.0
 *
 * app_sql: see app_sql.h.
 */
#include "app/app_sql.h"

#include "engine_state.h"

/* False: what it is asked is no SQL, or none in which conditions can be turned round. */
static bool dialect_of(enum app app, enum sql_dialect *dialect)
{
    switch (app) {
    case APP_MYSQL:
        *dialect = SQL_MYSQL;
        return true;
    case APP_POSTGRESQL:
        *dialect = SQL_PGSQL;
        return true;
    case APP_TDS:
        *dialect = SQL_TDS;
        return true;
    case APP_TNS:
        *dialect = SQL_ORACLE;
        return true;
    case APP_VOLTDB:
    case APP_CLICKHOUSE:
        *dialect = SQL_GENERIC;
        return true;
    default:
        return false;
    }
}

bool app_sql_speaks(const struct parser *parser)
{
    enum sql_dialect dialect;

    return dialect_of(parser->app, &dialect);
}

static void tell(const struct lane *l, const struct sqli_finding *f, enum sql_dialect dialect)
{
    const char *text = sqli_class_text(f->class, dialect);

    if (f->grade == SQLI_SURE)
        engine_threat_value(l->e, l->p, l->s, THREAT_SQL_INJECTION, text, f->near);
    else
        engine_tell_value(l->e, l->p, l->s, THREAT_SQL_INJECTION, text, f->near);
}

void app_sql_see(const struct lane *l, struct app_run *run, unsigned part, struct span piece)
{
    struct budget *memory = &l->e->app.memory;
    struct sqli_stream *whole = &run->statement;
    struct sqli_finding found;
    enum sql_dialect dialect;

    if (!snapshot_threat(l->e->snapshot, THREAT_SQL_INJECTION) ||
        !dialect_of(run->parser->app, &dialect))
        return;
    if (part & BUFFER_BEGINS)
        sqli_stream_clear(whole, memory);
    if (part == BUFFER_WHOLE) {
        if (sqli_check(piece, dialect, &found))
            tell(l, &found, dialect);
        return;
    }
    sqli_stream_add(whole, memory, piece, dialect);
    if (!(part & BUFFER_ENDS))
        return;
    if (sqli_stream_end(whole, &found))
        tell(l, &found, dialect);
    sqli_stream_clear(whole, memory);
}
