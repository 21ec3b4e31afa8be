/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person may call a container, in a /proc of our own.
 */
#include "ctl/target.h"

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

#define ID "4bd8a37fe4c25bdbd4e0b1c9f0a1a3d0e7c4f2d5b6a798877665544332211000"

static char root[] = "/tmp/sluice-target-XXXXXX";
static char proc[64], named[64];
static struct target_places places;

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

/* A process whose namespace is the file `space`. */
static void process(const char *pid, const char *cgroup, const char *space)
{
    char path[256], file[256];

    snprintf(path, sizeof path, "%s/%s", proc, pid);
    folder(path);
    snprintf(path, sizeof path, "%s/%s/cgroup", proc, pid);
    put_file(path, cgroup);
    snprintf(path, sizeof path, "%s/%s/ns", proc, pid);
    folder(path);
    snprintf(path, sizeof path, "%s/%s/ns/net", proc, pid);
    snprintf(file, sizeof file, "%s/%s", root, space);
    if (access(file, F_OK) != 0)
        put_file(file, "");
    assert_int_equal(link(file, path), 0);
}

static int make(void **state)
{
    char path[256];

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(proc, sizeof proc, "%s/proc", root);
    snprintf(named, sizeof named, "%s/netns", root);
    folder(proc);
    folder(named);
    places = (struct target_places){proc, named};
    process("1", "0::/init.scope\n", "host");
    process("700", "0::/system.slice/docker-" ID ".scope\n", "first");
    process("701", "12:pids:/docker/" ID "\n0::/docker/" ID "/child\n", "first");
    process("800", "0::/kubepods/pod1/cri-containerd-0123456789abcdef.scope\n", "second");
    process("801", "0::/kubepods/pod2/cri-containerd-0123456789abcd00.scope\n", "third");
    snprintf(path, sizeof path, "%s/blue", named);
    put_file(path, "");
    snprintf(path, sizeof path, "%s/4bd8a37fe4c2", named);
    put_file(path, ""); /* a name may look like an id */
    return 0;
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

static const char *found(const char *target)
{
    static char netns[PATH_MAX];
    struct err err = {0};

    if (!target_find(&places, target, netns, &err)) {
        snprintf(netns, sizeof netns, "no: %s", err.text);
        return netns;
    }
    assert_memory_equal(netns, root, strlen(root));
    return netns + strlen(root);
}

static void processes(void **state)
{
    (void)state;
    assert_string_equal(found("700"), "/proc/700/ns/net");
    assert_string_equal(found("1"), "/proc/1/ns/net");
    assert_non_null(strstr(found("702"), "no process"));
    assert_non_null(strstr(found("-1"), "neither a process id"));
    assert_non_null(strstr(found(""), "neither a process id"));
}

static void paths_and_names(void **state)
{
    char path[256];

    (void)state;
    snprintf(path, sizeof path, "%s/proc/700/ns/net", root);
    assert_string_equal(found(path), "/proc/700/ns/net");
    assert_string_equal(found("blue"), "/netns/blue");
    assert_string_equal(found("4bd8a37fe4c2"), "/netns/4bd8a37fe4c2");
    assert_non_null(strstr(found("/nowhere"), "no file of a namespace"));
    assert_non_null(strstr(found("/tmp"), "no file of a namespace"));
    assert_non_null(strstr(found("../netns/blue"), "neither a process id"));
}

static void containers(void **state)
{
    const char *path = found(ID);

    (void)state;
    /* Whichever of its processes: they share the namespace. */
    assert_true(strcmp(path, "/proc/700/ns/net") == 0 || strcmp(path, "/proc/701/ns/net") == 0);
    path = found("4bd8a37fe4c25");
    assert_true(strcmp(path, "/proc/700/ns/net") == 0 || strcmp(path, "/proc/701/ns/net") == 0);
    assert_string_equal(found("0123456789abcdef"), "/proc/800/ns/net");
    assert_non_null(strstr(found("0123456789abcd"), "several containers"));
    assert_non_null(strstr(found("bd8a37fe4c25bd"), "no process of such a container"));
    assert_non_null(strstr(found("4bd8a37fe4c"), "neither a process id")); /* too short */
    assert_non_null(strstr(found("fedcba9876543210"), "no process of such a container"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes),
        cmocka_unit_test(paths_and_names),
        cmocka_unit_test(containers),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
