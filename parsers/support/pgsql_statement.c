/* SPDX-License-Identifier: Apache-2.0
 *
 * pgsql_statement: see pgsql_statement.h.
 */
#include "support/pgsql_statement.h"

enum { COPY_MAX = 1024 }; /* bytes of COPY in which PROGRAM is looked for */

/* All have their underscore at the same place, which is what is looked for. */
static const char *const functions[] = {
    "lo_export", "lo_import", "pg_read_file", "pg_read_binary_file", NULL,
};

static struct span function_find(struct span text)
{
    size_t from = 0;

    for (;;) {
        size_t at = from + span_index(span_from(text, from), '_');
        struct span name = span_from(text, at < 2 ? at : at - 2);

        if (at == text.n)
            return span_of("", 0);
        from = at + 1;
        if (span_lower(name.p[0]) != 'l' && span_lower(name.p[0]) != 'p')
            continue;
        for (size_t i = 0; functions[i]; i++)
            if (span_starts_nocase(name, span_text(functions[i])))
                return span_text(functions[i]);
    }
}

static struct span program_find(struct span text)
{
    text = span_first(span_trim(text), COPY_MAX);
    if (!span_starts_nocase(text, SPAN("copy")))
        return span_of("", 0);
    for (; text.n; text = span_from(text, 1))
        if (span_starts_nocase(text, SPAN("program")))
            return SPAN("COPY PROGRAM");
    return span_of("", 0);
}

struct span pgsql_statement_danger(struct span text)
{
    struct span program = program_find(text);

    return program.n ? program : function_find(text);
}
