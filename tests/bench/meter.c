/* SPDX-License-Identifier: Apache-2.0 */
#include "meter.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static int cycles_fd = -1;

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t meter_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

enum meter_cycles meter_cycles_open(void)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attr,
        .config = PERF_COUNT_HW_CPU_CYCLES,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };

    if (cycles_fd < 0)
        cycles_fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (cycles_fd >= 0 && meter_cycles() > 0)
        return CYCLES_CORE;
#if defined(__x86_64__)
    return CYCLES_REFERENCE;
#else
    return CYCLES_NONE;
#endif
}

uint64_t meter_cycles(void)
{
    uint64_t value = 0;

    return read(cycles_fd, &value, sizeof value) == sizeof value ? value : 0;
}

double meter_ticks_per_ns(void)
{
#if defined(__x86_64__)
    static double rate;
    uint64_t begin = clock_ns(CLOCK_MONOTONIC), ticks = __rdtsc(), now;

    if (rate > 0)
        return rate;
    do
        now = clock_ns(CLOCK_MONOTONIC);
    while (now - begin < 20000000);
    rate = (double)(__rdtsc() - ticks) / (double)(now - begin);
    return rate;
#else
    return 0;
#endif
}

size_t meter_rss(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    size_t total, resident = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%zu %zu", &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}
