/* SPDX-License-Identifier: Apache-2.0
 *
 * The classic capture format: a header of 24 bytes, then records of a header (16 bytes, or 24 in
 * the form some Linux distributions once patched in) and the bytes of a frame.
 */
#include "capture/linktype.h"
#include "capture/pcapfile_format.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    RECORD_HEADER_PATCHED = 24,
    LINK_BITS = 0x03ffffff, /* above them: how long a frame check sequence is */
};

static bool magic_known(struct pcapfile *f, uint32_t magic)
{
    f->classic.record_header = RECORD_HEADER;
    f->classic.nanoseconds = false;
    switch (magic) {
    case 0xa1b2c3d4:
        return true;
    case 0xa1b23c4d:
        f->classic.nanoseconds = true;
        return true;
    case 0xa1b2cd34:
        f->classic.record_header = RECORD_HEADER_PATCHED;
        return true;
    default:
        return false;
    }
}

bool classic_begin(struct pcapfile *f)
{
    uint16_t major, minor;

    f->order = ORDER_LITTLE;
    if (!magic_known(f, le32_at(f->at))) {
        f->order = ORDER_BIG;
        if (!magic_known(f, be32_at(f->at)))
            return false;
    }
    if (window_left(f) < FILE_HEADER) {
        pcapfile_fail(f, "ends within the file header: the capture was cut off, record it again");
        return true;
    }
    major = order_u16(f->at + 4, f->order);
    minor = order_u16(f->at + 6, f->order);
    f->classic.lengths_swapped = major == 2 && minor <= 3;
    f->classic.link = (uint8_t)linktype_of_pcap(order_u32(f->at + 20, f->order) & LINK_BITS);
    f->at += FILE_HEADER;
    return true;
}

static inline __attribute__((always_inline)) uint64_t record_time(const struct pcapfile *f,
                                                                  enum byte_order order)
{
    uint64_t seconds = order_u32(f->at, order);
    uint32_t part = order_u32(f->at + 4, order);

    return time_clamp(seconds * 1000000 + (f->classic.nanoseconds ? part / 1000 : part));
}

static inline __attribute__((always_inline)) size_t scan(struct pcapfile *f, struct frame *frames,
                                                         size_t max, enum byte_order order)
{
    size_t header = f->classic.record_header, n = 0;

    while (n < max && window_left(f) >= header) {
        uint32_t captured = order_u32(f->at + 8, order);
        uint32_t length = order_u32(f->at + 12, order);

        if (__builtin_expect(captured > length, 0)) {
            if (f->classic.lengths_swapped) {
                uint32_t swap = captured;

                captured = length;
                length = swap;
            } else {
                length = captured;
            }
        }
        if (captured > PCAP_RECORD_MAX) {
            pcapfile_fail(f,
                          "says that %u bytes follow, more than any frame has: damaged from here "
                          "on, keep the part before it with editcap or record it again",
                          captured);
            break;
        }
        if (window_left(f) - header < captured)
            break;
        frames[n++] = (struct frame){
            .bytes = f->at + header,
            .captured = captured,
            .length = length,
            .time_us = record_time(f, order),
            .token = ++f->number,
            .number = f->number,
            .link = f->classic.link,
        };
        f->at += header + captured;
    }
    return n;
}

size_t classic_scan(struct pcapfile *f, struct frame *frames, size_t max)
{
    if (f->order == ORDER_LITTLE)
        return scan(f, frames, max, ORDER_LITTLE);
    return scan(f, frames, max, ORDER_BIG);
}
