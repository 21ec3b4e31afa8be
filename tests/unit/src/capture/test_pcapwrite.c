/* SPDX-License-Identifier: Apache-2.0
 *
 * What an inline engine lets through: order, held frames, link types.
 */
#include "capture/pcapwrite.h"

#include "capture/pcapfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/sluice-write-XXXXXX";

static int make_path(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static struct frame frame(uint64_t token, const char *text, enum verdict verdict)
{
    return (struct frame){
        .bytes = (const uint8_t *)text,
        .captured = (uint32_t)strlen(text),
        .length = (uint32_t)strlen(text) + 2,
        .time_us = token * 1000001,
        .token = token,
        .link = LINK_ETHERNET,
        .verdict = (uint8_t)verdict,
    };
}

/* The frames of the file, as "seconds.micros:link:captured/length:text ". */
static void assert_file(const char *want)
{
    struct pcapfile *f = pcapfile_new();
    struct frame frames[8];
    char story[1024] = "";
    struct err err = {0};
    size_t n;

    if (!pcapfile_open(f, path, &err))
        fail_msg("%s", err.text);
    while ((n = pcapfile_read(f, frames, 8)) > 0)
        for (size_t i = 0; i < n; i++) {
            size_t used = strlen(story);

            snprintf(story + used, sizeof story - used, "%llu.%llu:%u:%u/%u:%.*s ",
                     (unsigned long long)(frames[i].time_us / 1000000),
                     (unsigned long long)(frames[i].time_us % 1000000), frames[i].link,
                     frames[i].captured, frames[i].length, (int)frames[i].captured,
                     (const char *)frames[i].bytes);
        }
    assert_null(pcapfile_damage(f));
    assert_string_equal(story, want);
    pcapfile_free(f);
}

static void finish(struct pcapwrite *w)
{
    struct err err = {0};

    if (!pcapwrite_finish(w, &err))
        fail_msg("%s", err.text);
    pcapwrite_free(w);
}

static void test_order(void **state)
{
    struct err err = {0};
    struct pcapwrite *w = pcapwrite_new(path, &err);
    struct frame f;

    (void)state;
    assert_non_null(w);
    f = frame(1, "first", VERDICT_HOLD);
    pcapwrite_frame(w, &f);
    f = frame(2, "passes", VERDICT_PASS);
    pcapwrite_frame(w, &f);
    f = frame(3, "dropped", VERDICT_DROP);
    pcapwrite_frame(w, &f);
    f = frame(4, "bypassed", VERDICT_BYPASS);
    pcapwrite_frame(w, &f);
    f = frame(1 + 1024, "other held", VERDICT_HOLD); /* the same bucket */
    pcapwrite_frame(w, &f);
    pcapwrite_release(w, 1, VERDICT_PASS);
    pcapwrite_inject(w, (const uint8_t *)"reset", 5, LINK_ETHERNET, 5000005);
    pcapwrite_release(w, 1 + 1024, VERDICT_DROP);
    pcapwrite_release(w, 77, VERDICT_PASS); /* nobody's */
    f = frame(6, "never", VERDICT_HOLD);
    pcapwrite_frame(w, &f);
    pcapwrite_forget(w);
    pcapwrite_release(w, 6, VERDICT_PASS);
    assert_int_equal(pcapwrite_left_out(w), 0);
    finish(w);
    assert_file("2.2:0:6/8:passes 4.4:0:8/10:bypassed 1.1:0:5/7:first 5.5:0:5/5:reset ");
}

static void test_links(void **state)
{
    struct err err = {0};
    struct pcapwrite *w = pcapwrite_new(path, &err);
    struct frame f = frame(1, "unknown", VERDICT_PASS);

    (void)state;
    f.link = LINK_UNKNOWN;
    pcapwrite_frame(w, &f);
    f = frame(2, "cooked", VERDICT_PASS);
    f.link = LINK_COOKED;
    pcapwrite_frame(w, &f);
    f = frame(3, "ethernet", VERDICT_PASS);
    pcapwrite_frame(w, &f);
    assert_int_equal(pcapwrite_left_out(w), 2);
    finish(w);
    assert_file("2.2:2:6/8:cooked ");
}

static void test_nothing(void **state)
{
    struct err err = {0};
    struct pcapwrite *w = pcapwrite_new(path, &err);

    (void)state;
    finish(w);
    assert_file("");
}

static void test_failures(void **state)
{
    struct err err = {0};
    struct pcapwrite *w = pcapwrite_new("/nonexistent/out.pcap", &err);
    struct frame f = frame(1, "one", VERDICT_PASS);

    (void)state;
    assert_null(w);
    assert_non_null(strstr(err.text, "cannot be written"));
    w = pcapwrite_new("/dev/full", &err);
    assert_non_null(w);
    pcapwrite_frame(w, &f);
    assert_false(pcapwrite_finish(w, &err));
    assert_non_null(strstr(err.text, "could not be written as a whole"));
    pcapwrite_free(w);
    pcapwrite_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_failures),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
