/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns out of a capture file.
 */
#include "capture/pcapfile.h"
#include "pattern.h"

#include <stdio.h>

bool patterns_load(struct pattern_set *set, const char *path, size_t cap)
{
    struct pcapfile *file = pcapfile_new();
    struct frame_list list = {0};
    struct frame frames[32];
    struct err err = {.text = "no memory"};
    size_t n;

    if (file == NULL || !pcapfile_open(file, path, &err)) {
        fprintf(stderr, "bench: %s: %s\n", path, err.text);
        pcapfile_free(file);
        return false;
    }
    while ((n = pcapfile_read(file, frames, 32)) > 0)
        for (size_t i = 0; i < n; i++)
            frame_list_add(&list, frames[i].bytes, frames[i].captured, frames[i].time_us);
    pcapfile_free(file);
    patterns_split(set, &list, cap);
    frame_list_free(&list);
    if (set->count == 0)
        fprintf(stderr, "bench: %s: no sessions over IPv4\n", path);
    return set->count > 0;
}
