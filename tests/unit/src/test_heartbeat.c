/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared memory in which the supervisor sees the workers, at the offsets it looks at.
 */
#include "heartbeat.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static char name[64];

static uint8_t *supervisor(size_t bytes)
{
    int fd = shm_open(name, O_CREAT | O_RDWR, 0600);
    uint8_t *memory;

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(memory != MAP_FAILED);
    close(fd);
    return memory;
}

static int forget(void **state)
{
    (void)state;
    shm_unlink(name);
    return 0;
}

static void shows_threads_in_use(void **state)
{
    uint8_t *memory = supervisor(20);
    struct err err = {0};
    struct heartbeat *h;
    uint32_t beats;

    (void)state;
    memset(memory + 16, 1, 4); /* of the one before us */
    h = heartbeat_open(name, 2, &err);
    assert_non_null(h);
    assert_memory_equal(memory + 16, "\1\1\0\0", 4);
    *heartbeat_of(h, 1) += 7;
    memcpy(&beats, memory + 4, sizeof beats);
    assert_int_equal(beats, 7);
    assert_null(heartbeat_of(h, 4));
    heartbeat_close(h);
    assert_memory_equal(memory + 16, "\1\1\0\0", 4);
    munmap(memory, 4096);
}

static void is_never_made(void **state)
{
    struct err err = {0};

    (void)state;
    assert_null(heartbeat_open(name, 1, &err));
    assert_string_equal(err.path, name);
    assert_non_null(strstr(err.text, "-s"));
    assert_true(shm_open(name, O_RDWR, 0) < 0);
}

static void must_be_large_enough(void **state)
{
    uint8_t *memory = supervisor(19);
    struct err err = {0};

    (void)state;
    assert_null(heartbeat_open(name, 1, &err));
    assert_non_null(strstr(err.text, "smaller than 20"));
    munmap(memory, 4096);
}

static void may_be_private(void **state)
{
    struct err err = {0};
    struct heartbeat *h = heartbeat_open(NULL, 4, &err);

    (void)state;
    assert_non_null(h);
    ++*heartbeat_of(h, 3);
    heartbeat_close(h);
    heartbeat_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(shows_threads_in_use, forget),
        cmocka_unit_test_teardown(is_never_made, forget),
        cmocka_unit_test_teardown(must_be_large_enough, forget),
        cmocka_unit_test(may_be_private),
    };

    snprintf(name, sizeof name, "/sluice-test-%d", (int)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
