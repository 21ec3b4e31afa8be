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

#include "engine/packet.h"

struct capture;

struct capture_counts {
    uint64_t received, lost; /* lost: the kernel found no room for them */
    uint64_t sent, not_sent; /* forwarded and injected */
};

struct capture_ops {
    const char *kind;
    /* Up to n frames; their bytes stay until decide(), their time is set by the worker. 0: none
     * now. -1: it is gone (the interface, the namespace), the worker lets go of it. */
    int (*receive)(struct capture *, struct frame *, size_t n);
    void (*decide)(struct capture *, const struct frame *, size_t n);
    /* A frame that is held has its verdict now. May be NULL: nothing is ever held. */
    void (*release)(struct capture *, uint64_t token, enum verdict);
    /* Sends one of ours. May be NULL: a tap. */
    void (*inject)(struct capture *, const uint8_t *bytes, size_t n);
    void (*free)(struct capture *);
};

struct capture {
    const struct capture_ops *ops;
    int fd;                       /* readable when frames wait */
    uint16_t device;              /* number of the port: what its frames bear */
    bool gone;                    /* receive() has said so */
    struct capture_counts counts; /* written by the worker */
    struct capture *next;         /* of whoever has it in hand */
};

#endif
