/* SPDX-License-Identifier: Apache-2.0
 *
 * Which captures a directory holds, in which order, and that links do not lead astray.
 */
#include "inputs.h"

#include "base/log.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char capture[] = "\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0";
static char root[] = "/tmp/sluice-inputs-XXXXXX";

static const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static void make_file(const char *name, const char *bytes, size_t n)
{
    FILE *f = fopen(at(name), "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int make_tree(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    if (mkdtemp(root) == NULL)
        return -1;
    mkdir(at("a"), 0700);
    mkdir(at("a/deep"), 0700);
    mkdir(at("B"), 0700);
    mkdir(at("empty"), 0700);
    make_file("a/2.pcap", capture, sizeof capture);
    make_file("a/10.pcap", "", 0);                      /* empty, but its name promises a capture */
    make_file("a/deep/trace", capture, sizeof capture); /* no name, but the bytes of one */
    make_file("a/README.md", "# text\n", 7);
    make_file("B/x.PCAPNG", "\x0a\x0d\x0d\x0a", 4);
    make_file("c.cap", capture, sizeof capture);
    make_file("short", "\xd4\xc3", 2);
    return mkfifo(at("fifo.pcap"), 0600);
}

static int remove_tree(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void assert_inputs(const struct inputs *in, const char *const *names)
{
    size_t n = 0;

    for (; names[n] != NULL; n++) {
        assert_true(n < in->count);
        assert_string_equal(in->list[n].path, at(names[n]));
    }
    assert_int_equal(in->count, n);
}

static void test_name_order(void **state)
{
    static const char *const names[] = {"B/x.PCAPNG",   "a/10.pcap", "a/2.pcap",
                                        "a/deep/trace", "c.cap",     NULL};
    struct inputs in = {0};

    (void)state;
    assert_true(inputs_add(&in, root));
    assert_inputs(&in, names);
    assert_int_equal(in.refused, 0);
    assert_int_equal(in.size, 3 * sizeof capture + 4);
    inputs_fini(&in);
}

static void test_order_given(void **state)
{
    static const char *const names[] = {"c.cap", "a/deep/trace", "B/x.PCAPNG", "short", NULL};
    struct inputs in = {0};

    (void)state;
    assert_true(inputs_add(&in, at("c.cap")));
    assert_true(inputs_add(&in, at("a/deep")));
    assert_true(inputs_add(&in, at("B")));
    assert_true(inputs_add(&in, at("short"))); /* named by a person: taken as it is */
    assert_inputs(&in, names);
    inputs_fini(&in);
}

static void test_links(void **state)
{
    static const char *const names[] = {"a/10.pcap", "a/2.pcap", "a/deep/trace", NULL};
    struct inputs in = {0};

    (void)state;
    assert_int_equal(symlink("..", at("a/deep/up")), 0);
    assert_int_equal(symlink(".", at("a/deep/self")), 0);
    assert_true(inputs_add(&in, at("a")));
    assert_inputs(&in, names);
    inputs_fini(&in);
    assert_int_equal(symlink("nowhere", at("a/broken.pcap")), 0);
    assert_true(inputs_add(&in, at("a")));
    assert_int_equal(in.refused, 1);
    assert_inputs(&in, names);
    inputs_fini(&in);
    unlink(at("a/deep/up"));
    unlink(at("a/deep/self"));
    unlink(at("a/broken.pcap"));
}

static void test_refused(void **state)
{
    struct inputs in = {0};

    (void)state;
    assert_true(inputs_add(&in, at("missing.pcap")));
    assert_int_equal(in.refused, 1);
    assert_true(inputs_add(&in, at("empty")));
    assert_int_equal(in.refused, 2);
    assert_true(inputs_add(&in, ""));
    assert_int_equal(in.refused, 3);
    assert_int_equal(in.count, 0);
    assert_true(inputs_add(&in, "-"));
    assert_int_equal(in.count, 1);
    inputs_fini(&in);
}

static void test_contain(void **state)
{
    struct inputs in = {0};

    (void)state;
    assert_true(inputs_add(&in, at("a")));
    assert_true(inputs_contain(&in, at("a/../a/2.pcap")));
    assert_false(inputs_contain(&in, at("c.cap")));
    assert_false(inputs_contain(&in, at("missing.pcap")));
    assert_false(inputs_contain(&in, "/dev/null"));
    inputs_fini(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_order), cmocka_unit_test(test_order_given),
        cmocka_unit_test(test_links),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_contain),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
