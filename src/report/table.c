/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    CELL = 32,
    NAME_LEAST = 12,
    NAME_MOST = 48, /* on a terminal */
    APPS_LEAST = 14,
    WIDE = 118, /* from here on the columns have their long titles and the speed is shown */
};

struct column {
    const char *title, *narrow; /* narrow NULL: not shown on a narrow terminal */
    uint8_t width, narrow_width;
};

enum column_id {
    PACKETS,
    BYTES,
    SESSIONS,
    FORWARDED,
    DROPPED,
    THREATS,
    VIOLATIONS,
    MATCHES,
    SECONDS,
    SPEED,
    COLUMNS
};

static const struct column columns[COLUMNS] = {
    [PACKETS] = {"packets", "packets", 11, 9},   [BYTES] = {"bytes", "bytes", 8, 8},
    [SESSIONS] = {"sessions", "sess", 9, 7},     [FORWARDED] = {"forwarded", "fwd", 11, 9},
    [DROPPED] = {"dropped", "drop", 9, 7},       [THREATS] = {"threats", "thr", 7, 4},
    [VIOLATIONS] = {"violations", "vio", 10, 4}, [MATCHES] = {"matches", "mat", 7, 4},
    [SECONDS] = {"seconds", NULL, 8, 0},         [SPEED] = {"packets/s", NULL, 9, 0},
};

static bool narrow(const struct table *t)
{
    return t->width != 0 && t->width < WIDE;
}

static bool shown(const struct table *t, enum column_id c)
{
    if ((c == FORWARDED || c == DROPPED) && t->mode != ENGINE_INLINE)
        return false;
    return !narrow(t) || columns[c].narrow != NULL;
}

static unsigned column_width(const struct table *t, enum column_id c)
{
    return narrow(t) ? columns[c].narrow_width : columns[c].width;
}

static unsigned columns_width(const struct table *t)
{
    unsigned sum = 0;

    for (enum column_id c = 0; c < COLUMNS; c++)
        if (shown(t, c))
            sum += 1 + column_width(t, c);
    return sum;
}

void table_init(struct table *t, FILE *to, enum engine_mode mode, size_t longest)
{
    struct winsize size;
    const char *no_colour = getenv("NO_COLOR");
    int fd = fileno(to);
    unsigned room;

    *t = (struct table){.to = to, .mode = mode};
    t->name_width = longest < NAME_LEAST ? NAME_LEAST : (unsigned)(longest < 200 ? longest : 200);
    if (!isatty(fd))
        return;
    t->colour = no_colour == NULL || no_colour[0] == '\0';
    t->width = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    room = columns_width(t) + 2 + APPS_LEAST;
    room = t->width > room + NAME_LEAST ? t->width - room : NAME_LEAST;
    if (room > NAME_MOST)
        room = NAME_MOST;
    if (t->name_width > room)
        t->name_width = room;
}

static const char *style(const struct table *t, const char *escape)
{
    return t->colour ? escape : "";
}

/* Names come from the file system: nothing in them may steer a terminal. The end of a long name
 * says more than its start. */
static void put_name(const struct table *t, const char *name)
{
    size_t n = strlen(name), room = t->name_width, skip = 0;

    if (n > room && t->width != 0) {
        skip = n - room + 3;
        fputs("...", t->to);
        room -= 3;
    }
    for (const char *p = name + skip; *p != '\0'; p++)
        putc((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p, t->to);
    for (n -= skip; n < room; n++)
        putc(' ', t->to);
}

/* 1234567 as "1,234,567" */
static void text_count(char text[CELL], uint64_t value)
{
    char digits[CELL];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t at = 0;

    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
}

/* Three digits and a unit: "23.4 kB". */
static void text_scaled(char text[CELL], double value, const char *unit)
{
    static const char prefixes[] = " kMGTPE";
    size_t i = 0;

    while (value >= 999.5 && prefixes[i + 1] != '\0') {
        value /= 1000;
        i++;
    }
    if (i == 0)
        snprintf(text, CELL, "%.0f%s%s", value, unit[0] ? " " : "", unit);
    else
        snprintf(text, CELL, "%.*f %c%s",
                 value < 9.995   ? 2
                 : value < 99.95 ? 1
                                 : 0,
                 value, prefixes[i], unit);
}

static void text_cell(char text[CELL], const struct tally *y, enum column_id c)
{
    const uint64_t counts[COLUMNS] = {
        [PACKETS] = y->packets, [SESSIONS] = y->sessions, [FORWARDED] = y->forwarded,
        [DROPPED] = y->dropped, [THREATS] = y->threats,   [VIOLATIONS] = y->violations,
        [MATCHES] = y->matches,
    };

    if (c == BYTES)
        text_scaled(text, (double)y->bytes, "B");
    else if (c == SECONDS)
        snprintf(text, CELL, "%.3f", y->seconds);
    else if (c == SPEED && y->seconds > 0)
        text_scaled(text, (double)y->packets / y->seconds, "");
    else
        text_count(text, counts[c]);
}

static bool alarming(const struct tally *y, enum column_id c)
{
    return (c == THREATS && y->threats > 0) || (c == VIOLATIONS && y->violations > 0) ||
           (c == MATCHES && y->matches > 0);
}

/* Applications by number of sessions, most first. Returns how many there are. */
static size_t rank_apps(const struct tally *y, uint8_t order[APP_COUNT])
{
    size_t n = 0;

    for (size_t app = 0; app < APP_COUNT; app++) {
        size_t at = n;

        if (y->by_app[app] == 0)
            continue;
        while (at > 0 && y->by_app[order[at - 1]] < y->by_app[app]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint8_t)app;
        n++;
    }
    return n;
}
_Static_assert(APP_COUNT <= UINT8_MAX, "an application fits into a byte");

static const char *app_name(uint8_t app)
{
    return app == APP_UNKNOWN ? "unknown" : app_label(app);
}

/* "http 12, tls 3, +2" within `room` characters; 0 = as many as there are. */
static void put_apps(const struct table *t, const struct tally *y, size_t room)
{
    uint8_t order[APP_COUNT];
    size_t count = rank_apps(y, order), used = 0;

    for (size_t i = 0; i < count; i++) {
        char text[64], number[CELL];
        int n;

        text_count(number, y->by_app[order[i]]);
        n = snprintf(text, sizeof text, "%s%s %s", i ? ", " : "", app_name(order[i]), number);
        if (room != 0 && i > 0 && used + (size_t)n + (i + 1 < count ? 5 : 0) > room) {
            fprintf(t->to, ", +%zu", count - i);
            return;
        }
        fputs(text, t->to);
        used += (size_t)n;
    }
    if (count == 0)
        fputs("-", t->to);
}

static void put_head(const struct table *t)
{
    fputs(style(t, "\033[1m"), t->to);
    put_name(t, "capture");
    for (enum column_id c = 0; c < COLUMNS; c++)
        if (shown(t, c))
            fprintf(t->to, " %*s", (int)column_width(t, c),
                    narrow(t) ? columns[c].narrow : columns[c].title);
    fprintf(t->to, "  %s%s\n", narrow(t) ? "apps" : "applications", style(t, "\033[0m"));
}

void table_row(struct table *t, const char *name, const struct tally *y)
{
    unsigned fixed = t->name_width + columns_width(t) + 2;
    size_t room = t->width == 0 ? 0 : t->width > fixed + APPS_LEAST ? t->width - fixed : APPS_LEAST;

    if (!t->headed)
        put_head(t);
    t->headed = true;
    put_name(t, name);
    for (enum column_id c = 0; c < COLUMNS; c++) {
        char text[CELL];

        if (!shown(t, c))
            continue;
        text_cell(text, y, c);
        fprintf(t->to, "%s %*s%s", alarming(y, c) ? style(t, "\033[31m") : "",
                (int)column_width(t, c), text, alarming(y, c) ? style(t, "\033[0m") : "");
    }
    fputs("  ", t->to);
    put_apps(t, y, room);
    putc('\n', t->to);
}

static void put_app_row(const struct table *t, const char *name, uint64_t sessions, uint64_t bytes)
{
    char count[CELL], size[CELL];

    text_count(count, sessions);
    text_scaled(size, (double)bytes, "B");
    fprintf(t->to, "%-16s %11s %9s\n", name, count, size);
}

void table_total(struct table *t, const struct tally *y, size_t captures)
{
    uint8_t order[APP_COUNT];
    size_t count = rank_apps(y, order);
    char packets[CELL], speed[CELL];

    if (captures > 1)
        table_row(t, "total", y);
    fprintf(t->to, "\n%s%-16s %11s %9s%s\n", style(t, "\033[1m"), "application", "sessions",
            "bytes", style(t, "\033[0m"));
    for (size_t i = 0; i < count; i++)
        put_app_row(t, app_name(order[i]), y->by_app[order[i]], y->app_bytes[order[i]]);
    if (y->silent > 0)
        put_app_row(t, "(nothing)", y->silent, y->silent_bytes);
    text_count(packets, y->packets);
    text_scaled(speed, y->seconds > 0 ? (double)y->packets / y->seconds : 0, "");
    fprintf(t->to, "\n%zu capture%s, %s packets in %.3f s: %s packets/s\n", captures,
            captures == 1 ? "" : "s", packets, y->seconds, speed);
}
