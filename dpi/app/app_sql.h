/* SPDX-License-Identifier: Apache-2.0
 *
 * app_sql: statements that clients send to databases, looked at for what others put into them.
 *
 * The worker's thread. A statement that comes in pieces is kept in the run, out of the budget of
 * applications; app_run_free() gives that back.
 */
#ifndef APP_APP_SQL_H
#define APP_APP_SQL_H

#include "app/app_run.h"

/* Does it speak SQL that we read? Then its statements are wanted whoever else wants them. */
bool app_sql_speaks(const struct parser *);

/* A piece of a statement; `part` as of parse_buffer(). Raises the threat when the last one is here.
 */
void app_sql_see(const struct lane *, struct app_run *, unsigned part, struct span piece);

#endif
