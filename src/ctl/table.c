/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CELL = 96, WAITING = 200, LEAST = 4, GAP = 2, WIDTH_UNKNOWN = 10000 };

struct table_view {
    const char *const *headings;
    size_t columns, at, rows;
    size_t width[TABLE_COLUMNS];
    bool shown; /* widths stand */
    char (*cells)[TABLE_COLUMNS][CELL];
};

struct table_view *table_new(const char *const *headings)
{
    struct table_view *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->headings = headings;
    while (headings[t->columns] != NULL)
        t->columns++;
    t->cells = calloc(WAITING, sizeof *t->cells);
    if (t->cells == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

static bool is_number(const struct table_view *t, size_t column)
{
    return t->headings[column][0] == '>';
}

static const char *heading(const struct table_view *t, size_t column)
{
    return t->headings[column] + is_number(t, column);
}

void table_cell(struct table_view *t, const char *text)
{
    char *cell = t->cells[t->rows][t->at++];
    size_t n = 0;

    for (; text[n] != '\0' && n < CELL - 1; n++)
        cell[n] = (char)((uint8_t)text[n] >= ' ' && (uint8_t)text[n] < 0x7f ? text[n] : '.');
    cell[n] = '\0';
}

void table_number(struct table_view *t, long long n)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", n);
    table_cell(t, text);
}

static size_t terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return WIDTH_UNKNOWN;
    return size.ws_col;
}

static void widths(struct table_view *t)
{
    size_t all = 0, most = terminal_width();

    for (size_t c = 0; c < t->columns; c++) {
        t->width[c] = strlen(heading(t, c));
        for (size_t r = 0; r < t->rows; r++)
            if (strlen(t->cells[r][c]) > t->width[c])
                t->width[c] = strlen(t->cells[r][c]);
        all += t->width[c] + GAP;
    }
    while (all > most + GAP) {
        size_t widest = 0;

        for (size_t c = 1; c < t->columns; c++)
            if (t->width[c] > t->width[widest])
                widest = c;
        if (t->width[widest] <= LEAST)
            break;
        t->width[widest]--;
        all--;
    }
}

static void show_cell(const struct table_view *t, size_t column, const char *text)
{
    int width = (int)t->width[column];
    bool last = column + 1 == t->columns;

    if (is_number(t, column))
        printf("%*.*s", width, width, text);
    else if (last)
        printf("%.*s", width, text);
    else
        printf("%-*.*s", width, width, text);
    if (!last)
        printf("%*s", GAP, "");
}

static void show(struct table_view *t)
{
    bool colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;

    if (!t->shown) {
        widths(t);
        if (colour)
            fputs("\033[1m", stdout);
        for (size_t c = 0; c < t->columns; c++)
            show_cell(t, c, heading(t, c));
        puts(colour ? "\033[0m" : "");
    }
    t->shown = true;
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t c = 0; c < t->columns; c++)
            show_cell(t, c, t->cells[r][c]);
        putchar('\n');
    }
    t->rows = 0;
}

void table_row_end(struct table_view *t)
{
    while (t->at < t->columns)
        table_cell(t, "");
    t->at = 0;
    if (++t->rows == WAITING)
        show(t);
}

void table_free(struct table_view *t)
{
    if (t == NULL)
        return;
    show(t);
    free(t->cells);
    free(t);
}
