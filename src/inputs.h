/* SPDX-License-Identifier: Apache-2.0
 *
 * inputs: which captures a replay reads, in which order. One owner; paths are heap.
 */
#ifndef SLUICED_INPUTS_H
#define SLUICED_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    char *path;
    uint64_t size; /* 0: not known */
};

struct inputs {
    struct input *list;
    size_t count, room;
    uint64_t size;  /* of all */
    size_t refused; /* paths that cannot be read; each was logged */
};

/* A capture, or every capture below a directory, recursively and in name order. Below a directory
 * a file is a capture when its name says so (.pcap, .pcapng, .cap) or its first bytes do. A
 * directory reached twice, by symbolic links, is read once. Failures are logged and counted.
 * False: no memory. */
bool inputs_add(struct inputs *, const char *path);
void inputs_fini(struct inputs *);

/* `path` names a file that is one of these inputs: it must not be written. */
bool inputs_contain(const struct inputs *, const char *path);

#endif
