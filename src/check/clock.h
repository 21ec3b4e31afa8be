/* SPDX-License-Identifier: Apache-2.0
 *
 * clock: how long something takes. Any thread.
 */
#ifndef CHECK_CLOCK_H
#define CHECK_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some moment; never set back. */
static inline uint64_t clock_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#endif
