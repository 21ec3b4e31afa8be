/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#define HUGE_PAGE     ((size_t)2 << 20)
#define SMALLEST_PAGE 4096u

/* Aligned to huge pages: what lies before and behind is given back. */
void *pages_map(size_t size)
{
    size_t slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
    uint8_t *p =
        mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before;

    if (p == MAP_FAILED)
        return NULL;
    if (slack == 0)
        return p;
    before = (size_t)(-(uintptr_t)p & (HUGE_PAGE - 1));
    if (before)
        munmap(p, before);
    if (slack > before)
        munmap(p + before + size, slack - before);
    madvise(p + before, size, MADV_HUGEPAGE);
    return p + before;
}

void pages_unmap(void *p, size_t size)
{
    if (p)
        munmap(p, size);
}

void pages_prefault(void *p, size_t size)
{
    volatile uint8_t *at = p;

    for (size_t i = 0; i < size; i += SMALLEST_PAGE)
        at[i] = 0;
}
