/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reader (pcapfile.c) and its two formats (pcap_classic.c, pcap_ng.c) share. The reader
 * keeps a window of unread bytes; a format takes whole records out of it and never reads the file
 * itself, so that bytes given out with a frame do not move under it.
 */
#ifndef CAPTURE_PCAPFILE_FORMAT_H
#define CAPTURE_PCAPFILE_FORMAT_H

#include "base/cursor.h"
#include "capture/pcapfile.h"

enum {
    PCAP_BUFFER = 1 << 20,
    PCAP_RECORD_MAX = 1 << 19, /* most bytes of one frame: beyond any link's */
    PCAP_BLOCK_MAX = 3 << 18,  /* most bytes of a pcapng block that we read */
    PCAP_INTERFACES_MAX = 1 << 16,
};
_Static_assert(PCAP_BLOCK_MAX <= PCAP_BUFFER, "a record fits into an empty buffer");
_Static_assert(PCAP_RECORD_MAX + 64 <= PCAP_BLOCK_MAX, "a frame fits into a block");

/* Later times are taken as this one: seconds stay within 32 bits. */
#define PCAP_TIME_MAX (UINT32_MAX * UINT64_C(1000000))

enum byte_order { ORDER_LITTLE, ORDER_BIG };

enum clock_scale {
    SCALE_NONE,     /* microseconds */
    SCALE_DIVIDE,   /* finer, by a power of ten */
    SCALE_MULTIPLY, /* coarser */
    SCALE_SHIFT,    /* units of 2^-n seconds */
};

struct pcap_interface {
    uint64_t scale_by;
    int64_t offset;   /* seconds, added */
    uint32_t snaplen; /* 0 = no limit */
    uint8_t scale;    /* enum clock_scale */
    uint8_t link;     /* enum link_type */
};

struct pcapfile {
    int fd;
    uint8_t *buffer;
    const uint8_t *at; /* unread: [at, end) */
    const uint8_t *end;
    uint64_t read;   /* bytes of the file taken into the buffer, or skipped, so far */
    uint64_t skip;   /* bytes of the file to pass over before the next record */
    uint64_t number; /* frames given out */
    size_t (*scan)(struct pcapfile *, struct frame *, size_t max);
    bool at_end; /* read() has said so */
    bool damaged;
    struct err damage;

    enum byte_order order; /* of the file, or of the present pcapng section */
    struct {
        uint8_t record_header;
        uint8_t link;
        bool nanoseconds;
        bool lengths_swapped; /* format before 2.3: the two lengths may have changed places */
    } classic;
    struct {
        struct pcap_interface *interfaces;
        size_t count, room;
        uint64_t last_us; /* simple packet blocks have no time of their own */
    } ng;
};

static inline size_t window_left(const struct pcapfile *f)
{
    return (size_t)(f->end - f->at);
}

static inline __attribute__((always_inline)) uint32_t order_u32(const uint8_t *p,
                                                                enum byte_order order)
{
    return order == ORDER_LITTLE ? le32_at(p) : be32_at(p);
}

static inline __attribute__((always_inline)) uint16_t order_u16(const uint8_t *p,
                                                                enum byte_order order)
{
    return order == ORDER_LITTLE ? le16_at(p) : be16_at(p);
}

static inline uint64_t time_clamp(uint64_t us)
{
    return us < PCAP_TIME_MAX ? us : PCAP_TIME_MAX;
}

/* Notes the first damage, with the place of `at` in front; reading ends there. */
void pcapfile_fail(struct pcapfile *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* False: the window does not begin with a header of this format (or less than one, at the end of
 * the file, which is reported). The window then stands behind it. */
bool classic_begin(struct pcapfile *);
size_t classic_scan(struct pcapfile *, struct frame *, size_t max);

bool ng_begin(struct pcapfile *);
size_t ng_scan(struct pcapfile *, struct frame *, size_t max);

#endif
