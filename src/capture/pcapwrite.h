/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapwrite: what an inline engine lets through, as a capture (classic pcap, microseconds, little
 * endian): forwarded frames, held fragments once they are released, injected resets, in the order
 * in which they would leave. One owner thread.
 *
 * Held frames are copied until their release; how many there can be is the engine's limit.
 */
#ifndef CAPTURE_PCAPWRITE_H
#define CAPTURE_PCAPWRITE_H

#include "base/err.h"
#include "engine/packet.h"

struct pcapwrite;

/* NULL and err: the file cannot be made. */
struct pcapwrite *pcapwrite_new(const char *path, struct err *);
/* False and err: not everything could be written. Accepts NULL. */
bool pcapwrite_finish(struct pcapwrite *, struct err *);
void pcapwrite_free(struct pcapwrite *);

/* After the engine has decided it. */
void pcapwrite_frame(struct pcapwrite *, const struct frame *);
/* A frame that was held is decided now. */
void pcapwrite_release(struct pcapwrite *, uint64_t token, enum verdict);
/* A frame of the engine's own. */
void pcapwrite_inject(struct pcapwrite *, const uint8_t *bytes, size_t n, enum link_type,
                      uint64_t time_us);
/* The end of an input: what is still held belongs to it and never leaves. */
void pcapwrite_forget(struct pcapwrite *);

/* Frames that could not be written, because a file has one link type and theirs is another. */
uint64_t pcapwrite_left_out(const struct pcapwrite *);

#endif
