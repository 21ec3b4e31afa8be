/* SPDX-License-Identifier: Apache-2.0 */
#include "report/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { FIRST_US = 1000000, EVERY_US = 250000 };

void progress_init(struct progress *p, size_t inputs, uint64_t bytes, uint64_t now_us)
{
    *p = (struct progress){
        .wanted = isatty(STDERR_FILENO),
        .next_us = now_us + FIRST_US,
        .inputs = inputs,
        .bytes = bytes,
    };
}

void progress_show(struct progress *p, size_t input, uint64_t bytes_done, uint64_t now_us)
{
    if (!p->wanted || now_us < p->next_us)
        return;
    p->next_us = now_us + EVERY_US;
    p->shown = true;
    fprintf(stderr, "\r\033[Kcapture %zu of %zu, %llu MB", input, p->inputs,
            (unsigned long long)(bytes_done / 1000000));
    if (p->bytes > 0 && bytes_done <= p->bytes)
        fprintf(stderr, ", %llu %%", (unsigned long long)(bytes_done * 100 / p->bytes));
    fflush(stderr);
}

void progress_clear(struct progress *p)
{
    if (!p->shown)
        return;
    p->shown = false;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}
