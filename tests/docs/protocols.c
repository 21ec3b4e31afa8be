/* SPDX-License-Identifier: Apache-2.0
 *
 * protocols: docs/protocols.md from the registry.
 *
 *     protocols > docs/protocols.md
 *     protocols --check docs/protocols.md      status 1 when it is not up to date
 */
#include "engine/event.h"
#include "parser/parser.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARSERS_MOST 256

static const char *const field_names[] = {
#define FIELD(name, path, type) #name,
#include "parser/fields.def"
#undef FIELD
};

static const char *event_of(const struct parser *parser)
{
    return parser->event ? parser->event : parser->name;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct parser *const *)a)->name,
                  (*(const struct parser *const *)b)->name);
}

static size_t parsers_sorted(const struct parser *sorted[PARSERS_MOST])
{
    size_t n = 0;

    while (parser_registry[n] && n < PARSERS_MOST) {
        sorted[n] = parser_registry[n];
        n++;
    }
    qsort(sorted, n, sizeof sorted[0], by_name);
    return n;
}

/* "KERBEROS_" for kerberos: the fields of a parser begin so. */
static bool has_prefix(const char *field, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (toupper((unsigned char)name[i]) != field[i])
            return false;
    return field[n] == '_';
}

static bool is_field_of(const char *field, const struct parser *parser)
{
    return has_prefix(field, parser->name) || has_prefix(field, event_of(parser)) ||
           has_prefix(field, app_label(parser->app));
}

static void put_ports(FILE *out, const struct parser *parser)
{
    const uint16_t *port = parser->ports;

    if (port == NULL || *port == 0)
        fputs("any", out);
    for (; port && *port; port++)
        fprintf(out, "%s%u", port == parser->ports ? "" : " ", *port);
}

static void put_size(FILE *out, size_t n)
{
    if (n >= 1 << 20 && n % (1 << 20) == 0)
        fprintf(out, "%zu MiB", n >> 20);
    else if (n >= 1024 && n % 1024 == 0)
        fprintf(out, "%zu KiB", n / 1024);
    else
        fprintf(out, "%zu", n);
}

static void put_row(FILE *out, const struct parser *parser)
{
    static const char *const transports[] = {"", "TCP", "UDP", "TCP, UDP"};
    static const char *const first[] = {"client", "server", "either"};

    fprintf(out, "| %s | %u | %s | ", parser->name, app_number(parser->app),
            transports[parser->transports & 3]);
    put_ports(out, parser);
    fprintf(out, " | %s | %s | %s | `%s` | ", first[parser->first],
            parser->evidence ? parser->evidence : "", parser->midstream ? "yes" : "no",
            event_of(parser));
    put_size(out, parser->max_pending);
    fprintf(out, " | %zu |\n", parser->state_size);
}

static void put_fields(FILE *out, const struct parser *parser)
{
    bool any = false;

    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!is_field_of(field_names[i], parser))
            continue;
        if (!any)
            fprintf(out, "\n**%s** (`%s`):", parser->name, event_of(parser));
        fprintf(out, "%s `%s`", any ? "," : "", field_path((enum field)i));
        any = true;
    }
    if (any)
        fputc('\n', out);
}

static bool is_first_of_label(enum app app)
{
    for (enum app a = APP_UNKNOWN + 1; a < app; a++)
        if (strcmp(app_label(a), app_label(app)) == 0)
            return false;
    return true;
}

/* A label may have several numbers: the product behind it decides. */
static void put_label(FILE *out, enum app app)
{
    fprintf(out, "| %s | %u", app_label(app), app_number(app));
    for (enum app a = app + 1; a < APP_COUNT; a++)
        if (strcmp(app_label(a), app_label(app)) == 0)
            fprintf(out, ", %u", app_number(a));
    fputs(" |\n", out);
}

static void put_page(FILE *out)
{
    const struct parser *sorted[PARSERS_MOST];
    size_t n = parsers_sorted(sorted);

    fputs(
        "# Protocols\n\n"
        "Written by `./dev docs` from the parsers themselves; do not edit.\n\n"
        "A port never decides what a session is: it orders the candidates. *Number* is what the\n"
        "agent knows the application by, 0 when it knows none. *Held* is how much of one\n"
        "incomplete message is kept, *state* what a session of the protocol costs besides, both "
        "in\n"
        "bytes. *Midway*: found in a session whose beginning was not seen.\n\n"
        "| protocol | number | transport | usual ports | begins | evidence | midway | event | held "
        "| state |\n|---|---|---|---|---|---|---|---|---|---|\n",
        out);
    for (size_t i = 0; i < n; i++)
        put_row(out, sorted[i]);
    fputs("\n## Fields of their events\n", out);
    for (size_t i = 0; i < n; i++)
        put_fields(out, sorted[i]);
    fputs("\n## Labels and numbers\n\n"
          "What `app_proto` and `sluice.protocols` can say. Several numbers: the product behind\n"
          "decides.\n\n| label | number |\n|---|---|\n",
          out);
    for (enum app a = APP_UNKNOWN + 1; a < APP_COUNT; a++)
        if (is_first_of_label(a))
            put_label(out, a);
    fputs("\n## Products\n\n"
          "What `sluice.server` can say, and the number the agent knows it by.\n\n"
          "| product | number |\n|---|---|\n",
          out);
    for (enum product p = PRODUCT_UNKNOWN + 1; p < PRODUCT_COUNT; p++)
        fprintf(out, "| %s | %u |\n", product_name(p), product_number(p));
}

static int check(const char *path)
{
    char *page = NULL, *there;
    size_t n = 0, got;
    FILE *out = open_memstream(&page, &n), *in = fopen(path, "r");

    if (out == NULL || in == NULL) {
        fprintf(stderr, "protocols: %s: cannot be read: write it with ./dev docs\n", path);
        return 1;
    }
    put_page(out);
    fclose(out);
    there = calloc(1, n + 2);
    got = there ? fread(there, 1, n + 1, in) : 0;
    fclose(in);
    if (got != n || memcmp(there, page, n) != 0) {
        fprintf(stderr, "protocols: %s is not up to date: write it anew with ./dev docs\n", path);
        got = SIZE_MAX;
    }
    free(there);
    free(page);
    return got == SIZE_MAX;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--check") == 0)
        return check(argv[2]);
    if (argc != 1) {
        fputs("usage: protocols [--check FILE]\n", stderr);
        return 2;
    }
    put_page(stdout);
    return 0;
}
