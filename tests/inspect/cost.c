/* SPDX-License-Identifier: Apache-2.0
 *
 * What captures cost, in nanoseconds of CPU time, while somebody reads all buffers and all
 * transactions; one line each:
 *
 *     cost CAPTURE...
 */
#include "capture/pcapfile.h"
#include "engine_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { BATCH = 64 };

static void look(void *arg, const struct inspect *i)
{
    (void)arg;
    (void)i;
}

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool read_all(struct pcapfile *file, const char *path, struct frame_list *list)
{
    struct frame frames[BATCH];
    struct err err = {0};
    size_t n;

    if (!pcapfile_open(file, path, &err)) {
        fprintf(stderr, "cost: %s: %s\n", path, err.text);
        return false;
    }
    while ((n = pcapfile_read(file, frames, BATCH)) > 0)
        for (size_t i = 0; i < n; i++)
            frame_list_add(list, frames[i].bytes, frames[i].captured, frames[i].time_us);
    return true;
}

static bool tell(struct pcapfile *file, const char *path)
{
    struct engine_fixture f;
    struct frame_list list = {0};
    bool good = read_all(file, path, &list);
    uint64_t start;

    fixture_open(
        &f, &(struct fixture_options){.wants_buffers = true, .wants_tx = true, .inspect = look});
    start = cpu_ns();
    fixture_feed(&f, &list);
    fixture_flush(&f);
    if (good)
        printf("%" PRIu64 "\n", cpu_ns() - start);
    fixture_close(&f);
    frame_list_free(&list);
    return good;
}

int main(int argc, char **argv)
{
    struct pcapfile *file = pcapfile_new();
    bool good = argc > 1 && file;

    if (argc < 2)
        fprintf(stderr, "usage: cost CAPTURE...\n");
    for (int i = 1; i < argc && file; i++)
        good &= tell(file, argv[i]);
    pcapfile_free(file);
    return good ? 0 : 1;
}
