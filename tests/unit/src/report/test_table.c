/* SPDX-License-Identifier: Apache-2.0
 *
 * The table for people, as it stands in a file, and the numbers in it.
 */
#include "report/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What `write` prints; the caller frees it. `width` 0: into a file. */
static char *printed(void (*write)(struct table *), enum engine_mode mode, unsigned width)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = tmpfile();
    struct table t;

    table_init(&t, to, mode, 11);
    assert_int_equal(t.width, 0);
    assert_false(t.colour);
    t.width = width;
    write(&t);
    n = (size_t)ftell(to);
    rewind(to);
    text = calloc(1, n + 1);
    assert_int_equal(fread(text, 1, n, to), n);
    fclose(to);
    return text;
}

static struct tally sample(void)
{
    struct tally y = {
        .packets = 1234567,
        .bytes = 23456,
        .forwarded = 1234560,
        .dropped = 7,
        .sessions = 18,
        .silent = 1,
        .silent_bytes = 60,
        .threats = 2,
        .seconds = 0.5,
    };

    y.by_app[APP_UNKNOWN] = 3;
    y.by_app[APP_HTTP] = 10;
    y.by_app[APP_DNS] = 4;
    y.app_bytes[APP_HTTP] = 5000000;
    return y;
}

static void write_rows(struct table *t)
{
    struct tally y = sample();

    table_row(t, "one.pcap", &y);
    table_row(t, "two\033[1m.pcap", &y);
    table_total(t, &y, 2);
}

static void assert_line(const char *text, const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("'%s' is not in\n%s", line, text);
}

static void test_rows(void **state)
{
    char *text = printed(write_rows, ENGINE_TAP, 0);

    (void)state;
    assert_int_equal(strncmp(text, "capture  ", 9), 0);
    assert_null(strstr(strchr(text, '\n'), "capture  ")); /* the titles stand there once */
    assert_line(text, "\none.pcap       1,234,567  23.5 kB        18       2          0       0    "
                      "0.500    2.47 M  http 10, dns 4, unknown 3\n");
    assert_line(text, "\ntwo?[1m.pcap");
    assert_line(text, "\ntotal          1,234,567");
    assert_line(text, "\nhttp                      10   5.00 MB\n");
    assert_line(text, "\nunknown                    3       0 B\n");
    assert_line(text, "\n(nothing)                  1      60 B\n");
    assert_line(text, "\n2 captures, 1,234,567 packets in 0.500 s: 2.47 M packets/s\n");
    assert_null(strstr(text, "forwarded"));
    assert_null(strchr(text, '\033'));
    free(text);
}

static void test_inline(void **state)
{
    char *text = printed(write_rows, ENGINE_INLINE, 0);

    (void)state;
    assert_line(text, " forwarded   dropped ");
    assert_line(text, " 1,234,560         7 ");
    free(text);
}

/* No line is longer than the terminal, names keep their ends, and what is left out is told. */
static void test_terminal(void **state)
{
    char *text = printed(write_rows, ENGINE_TAP, 72);

    (void)state;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strlen(line) > 72)
            fail_msg("%zu: %s", strlen(line), line);
    free(text);
    text = printed(write_rows, ENGINE_TAP, 72);
    assert_line(text, "  http 10, +2\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_inline),
        cmocka_unit_test(test_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
