/* SPDX-License-Identifier: Apache-2.0
 *
 * Attachments as documents and as files: what is written is read again, what is wrong is refused
 * and left alone.
 */
#include "attach/record.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/sluice-record-XXXXXX";

static struct attachment sample(const char *name)
{
    struct attachment a = {
        .mode = ATTACH_PROTECT,
        .queues = 4,
        .closed = true,
        .netns = "/proc/self/ns/net",
        .inode = attachment_inode("/proc/self/ns/net"),
        .interface_count = 2,
        .interfaces = {{"eth0", {2, 0, 0, 0, 0, 1}, 1000}, {"net1", {2, 0, 0, 0, 0, 0xfe}, 1001}},
        .address_count = 2,
        .addresses = {{.family = 4, .bytes = {10, 0, 0, 9}},
                      {.family = 6, .bytes = {0xfd, [15] = 1}}},
    };

    snprintf(a.name, sizeof a.name, "%s", name);
    return a;
}

static void expect_same(const struct attachment *a, const struct attachment *b)
{
    json_t *one = attachment_value(a), *other = attachment_value(b);

    assert_non_null(one);
    assert_true(json_equal(one, other));
    assert_true(a->closed == b->closed && a->inode == b->inode);
    assert_int_equal(a->interfaces[1].queue, b->interfaces[1].queue);
    json_decref(one);
    json_decref(other);
}

static void documents(void **state)
{
    struct attachment a = sample("web"), b;
    json_t *v = attachment_value(&a), *again;
    struct err err = {0};

    (void)state;
    assert_non_null(v);
    assert_true(attachment_read(&b, v, &err));
    expect_same(&a, &b);
    a.mode = ATTACH_TAP;
    a.queues = 0;
    a.closed = false;
    a.interfaces[0].queue = a.interfaces[1].queue = 0;
    again = attachment_value(&a);
    assert_true(attachment_read(&b, again, &err));
    expect_same(&a, &b);
    assert_true(attachment_is_there(&b));
    b.inode++;
    assert_false(attachment_is_there(&b));
    json_decref(v);
    json_decref(again);
}

static void refusals(void **state)
{
    static const struct {
        const char *change, *path;
    } rows[] = {
        {"{\"name\":\"a/b\"}", "name"},
        {"{\"name\":\"..\"}", "name"},
        {"{\"name\":\"\"}", "name"},
        {"{\"name\":7}", "name"},
        {"{\"mode\":\"inline\"}", "mode"},
        {"{\"fail\":\"shut\"}", "fail"},
        {"{\"netns\":\"proc\"}", "netns"},
        {"{\"inode\":0}", "inode"},
        {"{\"inode\":\"1\"}", "inode"},
        {"{\"interfaces\":[]}", "interfaces"},
        {"{\"interfaces\":[{\"name\":\"eth0\",\"mac\":\"02:00\"}]}", "interfaces[0].mac"},
        {"{\"interfaces\":[{\"name\":\"a-name-that-is-long\",\"mac\":\"02:00:00:00:00:01\"}]}",
         "interfaces[0].name"},
        {"{\"interfaces\":[{\"name\":\"e\",\"mac\":\"02:00:00:00:00:01\",\"queue\":65536}]}",
         "interfaces[0].queue"},
        {"{\"addresses\":[\"10.0.0\"]}", "addresses[0]"},
        {"{\"queues\":9}", "queues"},
        {"{\"queues\":0}", "queues"},
        {"{\"addresses\":{}}", "addresses"},
        {"{\"more\":1}", "more"},
    };
    struct attachment a = sample("web"), b;
    json_t *good = attachment_value(&a);
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *v = json_copy(good), *change = json_loads(rows[i].change, 0, NULL);

        assert_non_null(change);
        assert_int_equal(json_object_update(v, change), 0);
        err = (struct err){0};
        assert_false(attachment_read(&b, v, &err));
        assert_string_equal(err.path, rows[i].path);
        json_decref(v);
        json_decref(change);
    }
    for (const char *const *key = (const char *const[]){"name", "mode", "fail", "netns", "inode",
                                                        "interfaces", "addresses", NULL};
         *key != NULL; key++) {
        json_t *v = json_copy(good);

        json_object_del(v, *key);
        assert_false(attachment_read(&b, v, &err));
        json_decref(v);
    }
    json_decref(good);
}

struct seen {
    unsigned good, bad;
    struct attachment last;
};

static bool see(void *arg, const struct attachment *a, const struct err *err)
{
    struct seen *s = arg;

    if (a == NULL) {
        assert_true(err->text[0] != '\0');
        s->bad++;
        return true;
    }
    s->last = *a;
    s->good++;
    return true;
}

static bool first_only(void *arg, const struct attachment *a, const struct err *err)
{
    (void)see(arg, a, err);
    return false;
}

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[PATH_MAX];
    FILE *f;

    assert_true(snprintf(path, sizeof path, "%s/%s", folder, name) < PATH_MAX);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void files(void **state)
{
    char folder[PATH_MAX], control[64], path[PATH_MAX];
    struct attachment a = sample("web"), b = sample("db");
    struct err err = {0};
    struct seen s = {0};
    struct stat st;

    (void)state;
    snprintf(control, sizeof control, "%s/run/control.sock", root);
    assert_true(record_folder(folder, control));
    record_each(folder, see, &s);
    assert_int_equal(s.good + s.bad, 0); /* it is not there yet */
    assert_true(record_write(folder, &a, &err));
    assert_true(record_write(folder, &a, &err)); /* takes the place of the first */
    record_each(folder, see, &s);
    assert_int_equal(s.good, 1);
    expect_same(&s.last, &a);
    assert_true(snprintf(path, sizeof path, "%s/web.json", folder) < PATH_MAX);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_true(record_write(folder, &b, &err));
    put_file(folder, "half.json", "{\"name\":");
    put_file(folder, "web.json.new", "{\"name\":"); /* of a crash while it was written */
    s = (struct seen){0};
    record_each(folder, see, &s);
    assert_int_equal(s.good, 2);
    assert_int_equal(s.bad, 1);
    s = (struct seen){0};
    record_each(folder, first_only, &s);
    assert_int_equal(s.good + s.bad, 1);
    assert_true(record_remove(folder, "web", &err));
    assert_true(record_remove(folder, "web", &err));
    s = (struct seen){0};
    record_each(folder, see, &s);
    assert_int_equal(s.good, 1);
    assert_false(record_write("/proc/nowhere/attached", &a, &err));
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int drop_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st;
    (void)flag;
    (void)walk;
    return remove(path);
}

static int unmake(void **state)
{
    (void)state;
    return nftw(root, drop_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents),
        cmocka_unit_test(refusals),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
