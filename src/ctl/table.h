/* SPDX-License-Identifier: Apache-2.0
 *
 * table: rows under a heading, as wide as the terminal at most: the widest columns give way. The
 * first rows decide how wide columns are, so that long lists need not wait for their end.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS = 12 };

struct table_view;

/* The headings end with NULL; one that begins with '>' is a column of numbers. NULL: no memory. */
struct table_view *table_new(const char *const *headings);
/* A cell of the row at hand; what cannot be printed is shown as a dot. */
void table_cell(struct table_view *, const char *text);
void table_number(struct table_view *, long long);
void table_row_end(struct table_view *);
/* Shows what waits, and frees. */
void table_free(struct table_view *);

#endif
