/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapfile: frames out of a capture file or pipe. Classic pcap (both byte orders, micro- and
 * nanoseconds, the patched form with 24-byte records) and pcapng.
 *
 * One owner thread. Reads with large read() calls into one buffer that lives as long as the
 * reader, so that thousands of files cost one buffer. No mmap: a file that shrinks while it is
 * read ends early, nothing more.
 */
#ifndef CAPTURE_PCAPFILE_H
#define CAPTURE_PCAPFILE_H

#include "base/err.h"
#include "engine/packet.h"

struct pcapfile;

/* NULL: no memory. */
struct pcapfile *pcapfile_new(void);
void pcapfile_free(struct pcapfile *);

/* Closes what was open. "-" is standard input. err->text says what is wrong and how to mend it. */
bool pcapfile_open(struct pcapfile *, const char *path, struct err *);

/* The next frames, at most `max`; their bytes stay valid until the next call. Returns as soon as
 * some are there. 0: the end; pcapfile_damage() says whether it is the regular one. */
size_t pcapfile_read(struct pcapfile *, struct frame *frames, size_t max);

/* Why reading ended before the end of the file; NULL when it did not. */
const struct err *pcapfile_damage(const struct pcapfile *);

/* Bytes of the file behind us, for a progress display. */
uint64_t pcapfile_offset(const struct pcapfile *);

#endif
