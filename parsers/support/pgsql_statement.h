/* SPDX-License-Identifier: Apache-2.0
 *
 * pgsql_statement: what a statement of PostgreSQL does beyond its tables.
 */
#ifndef SUPPORT_PGSQL_STATEMENT_H
#define SUPPORT_PGSQL_STATEMENT_H

#include "base/span.h"

/* The words by which it reaches for files or programs of the server; mostly empty. */
struct span pgsql_statement_danger(struct span text);

#endif
