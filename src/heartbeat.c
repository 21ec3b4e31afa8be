/* SPDX-License-Identifier: Apache-2.0 */
#include "heartbeat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the byte order and alignment of the machine. */
struct block {
    uint32_t beats[HEARTBEAT_THREADS];
    uint8_t active[HEARTBEAT_THREADS];
};

_Static_assert(sizeof(struct block) == 20, "as the supervisor has made it");

struct heartbeat {
    struct block *block;
    struct block own;
};

static struct block *map(const char *name, struct err *err)
{
    int fd = shm_open(name, O_RDWR | O_CLOEXEC, 0);
    struct block *block = NULL;
    struct stat st;

    if (fd < 0) {
        err_set(err, name, "is not there (%s): the supervisor makes it; without one start with -s",
                strerror(errno));
        return NULL;
    }
    if (fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof *block) {
        err_set(err, name,
                "is smaller than %zu bytes: it was not made by the supervisor of this "
                "program",
                sizeof *block);
        close(fd);
        return NULL;
    }
    block = mmap(NULL, sizeof *block, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (block == MAP_FAILED) {
        err_set(err, name, "cannot be mapped: %s", strerror(errno));
        return NULL;
    }
    return block;
}

struct heartbeat *heartbeat_open(const char *name, unsigned workers, struct err *err)
{
    struct heartbeat *h = calloc(1, sizeof *h);

    if (h == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    h->block = name != NULL ? map(name, err) : &h->own;
    if (h->block == NULL) {
        free(h);
        return NULL;
    }
    for (unsigned i = 0; i < HEARTBEAT_THREADS; i++)
        h->block->active[i] = i < workers;
    return h;
}

void heartbeat_close(struct heartbeat *h)
{
    if (h == NULL)
        return;
    if (h->block != &h->own)
        munmap(h->block, sizeof *h->block);
    free(h);
}

uint32_t *heartbeat_of(struct heartbeat *h, unsigned worker)
{
    return worker < HEARTBEAT_THREADS ? &h->block->beats[worker] : NULL;
}
