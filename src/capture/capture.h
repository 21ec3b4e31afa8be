/* SPDX-License-Identifier: Apache-2.0
 *
 * capture: where a worker's frames come from and where its verdicts go. Made on the control thread,
 * used by one worker, given back to the control thread to be freed. None of the calls waits.
 *
 * Every frame that receive() hands out gets exactly one verdict: through decide(), or, when that
 * says VERDICT_HOLD, through release() later.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "capture/closer.h"
#include "engine/packet.h"

struct capture;

/* A frame's token is below. */
#define CAPTURE_TOKENS (((uint64_t)1 << 48) - 1)

struct capture_counts {
    uint64_t received, lost; /* lost: the kernel found no room for them */
    uint64_t sent, not_sent; /* forwarded and injected */
};

/* Counts are written by one worker and read by the control thread. */
static inline void capture_count(uint64_t *count, uint64_t n)
{
    __atomic_store_n(count, *count + n, __ATOMIC_RELAXED);
}

struct capture_ops {
    const char *kind;
    /* Up to n frames; their bytes stay until decide(), their time is set by the worker. 0: none
     * now. -1: it is gone (the interface, the namespace), the worker lets go of it. */
    int (*receive)(struct capture *, struct frame *, size_t n);
    void (*decide)(struct capture *, const struct frame *, size_t n);
    /* A frame that is held has its verdict now. May be NULL: nothing is ever held. */
    void (*release)(struct capture *, uint64_t token, enum verdict);
    /* Is its interface gone for good? Any thread. May be NULL: receive() will say so. */
    bool (*is_gone)(const struct capture *);
    /* Sends one of ours. May be NULL: a tap. */
    void (*inject)(struct capture *, const uint8_t *bytes, size_t n);
    void (*free)(struct capture *);
    unsigned late_ms;   /* what has come may show so much later */
    bool closes_slowly; /* free() waits for the kernel; any thread may call it then */
};

struct capture {
    const struct capture_ops *ops;
    int fd;                       /* readable when frames wait, until none does */
    uint64_t owner;               /* see capture_own() */
    size_t memory;                /* of the kernel's, that it has whether it needs it or not */
    uint16_t device;              /* number of the port: what its frames bear */
    bool gone;                    /* receive() has said so */
    bool known_only;              /* frames that are no workload's are not inspected */
    struct capture_counts counts; /* written by the worker */
    struct capture *next;         /* of whoever has it in hand */
    struct closer *closer;        /* frees it when that is slow; NULL: its owner does */
};

/* Control thread, once no worker has it any more. */
static inline void capture_free(struct capture *c)
{
    if (c->ops->closes_slowly && c->closer != NULL)
        closer_take(c->closer, c);
    else
        c->ops->free(c);
}

/* All its frames are those of the workload with this MAC address, or nobody's; zero: their own
 * addresses tell. Control thread; holds from the next batch on. */
static inline void capture_own(struct capture *c, const uint8_t mac[6])
{
    uint64_t owner = 0;

    for (int i = 0; i < 6; i++)
        owner = owner << 8 | mac[i];
    __atomic_store_n(&c->owner, owner, __ATOMIC_RELAXED);
}

/* False: it has none. */
static inline bool capture_owner(const struct capture *c, uint8_t mac[6])
{
    uint64_t owner = __atomic_load_n(&c->owner, __ATOMIC_RELAXED);

    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)(owner >> 8 * (5 - i));
    return owner != 0;
}

/* What receive() called the frame: the worker puts the port's number above it. */
static inline uint64_t capture_token(const struct frame *f)
{
    return f->token & CAPTURE_TOKENS;
}

#endif
