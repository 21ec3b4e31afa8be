/* SPDX-License-Identifier: Apache-2.0
 *
 * The pcapng format: sections of blocks, each block with its type and length in front and its
 * length again at its end. Section, interface and packet blocks are read, all others passed over
 * by their length, however long they are.
 */
#include "capture/linktype.h"
#include "capture/pcapfile_format.h"

#include <stdlib.h>
#include <string.h>

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_PACKET_SIMPLE = 3,
    BLOCK_PACKET = 6,
    BLOCK_SECTION = 0x0a0d0d0a,
};

enum {
    BLOCK_HEADER = 8,
    BLOCK_LEAST = 12,
    SECTION_LEAST = 28,
    INTERFACE_LEAST = 20,
    PACKET_LEAST = 32,
    SIMPLE_LEAST = 16,
    PACKET_DATA = 28,
    SIMPLE_DATA = 12,
    OPTION_END = 0,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
};

struct block {
    const uint8_t *p;
    uint32_t type;
    uint32_t length;
};

bool ng_begin(struct pcapfile *f)
{
    f->ng.count = 0;
    f->ng.last_us = 0;
    f->order = ORDER_LITTLE;
    return le32_at(f->at) == BLOCK_SECTION;
}

static uint64_t power_of_ten(unsigned n)
{
    uint64_t p = 1;

    while (n-- > 0)
        p *= 10;
    return p;
}

/* if_tsresol: the unit of timestamps, 10^-n seconds, or 2^-n with the top bit set. */
static void interface_resolution(struct pcap_interface *i, uint8_t tsresol)
{
    unsigned n = tsresol & 0x7f;

    if (tsresol & 0x80) {
        i->scale = SCALE_SHIFT;
        i->scale_by = n;
    } else if (n == 6) {
        i->scale = SCALE_NONE;
    } else if (n < 6) {
        i->scale = SCALE_MULTIPLY;
        i->scale_by = power_of_ten(6 - n);
    } else {
        i->scale = SCALE_DIVIDE;
        i->scale_by = n <= 25 ? power_of_ten(n - 6) : UINT64_MAX;
    }
}

/* Units too coarse, too far from 1970 or with an offset: slowly and without overflow. */
static __attribute__((noinline)) uint64_t interface_time_any(const struct pcap_interface *i,
                                                             uint64_t units)
{
    __int128 us = units;

    if (i->scale == SCALE_DIVIDE)
        us = units / i->scale_by;
    else if (i->scale == SCALE_MULTIPLY)
        us *= i->scale_by;
    else if (i->scale == SCALE_SHIFT)
        us = us * 1000000 >> i->scale_by;
    us += (__int128)i->offset * 1000000;
    if (us < 0)
        return 0;
    return us < (__int128)PCAP_TIME_MAX ? (uint64_t)us : PCAP_TIME_MAX;
}

static inline uint64_t interface_time(const struct pcap_interface *i, uint64_t units)
{
    if (__builtin_expect(i->offset != 0 || i->scale > SCALE_DIVIDE, 0))
        return interface_time_any(i, units);
    return time_clamp(i->scale == SCALE_NONE ? units : units / i->scale_by);
}

static void interface_options(struct pcap_interface *i, struct cursor c, enum byte_order order)
{
    while (cur_left(&c) >= 4) {
        const uint8_t *head = cur_take(&c, 4);
        uint16_t code = order_u16(head, order);
        uint16_t length = order_u16(head + 2, order);
        struct span value = cur_span(&c, length);

        cur_skip(&c, -(size_t)length & 3);
        if (code == OPTION_END)
            return;
        if (code == OPTION_TSRESOL && value.n == 1)
            interface_resolution(i, value.p[0]);
        if (code == OPTION_TSOFFSET && value.n == 8) {
            uint32_t low = order_u32(value.p + (order == ORDER_LITTLE ? 0 : 4), order);
            uint32_t high = order_u32(value.p + (order == ORDER_LITTLE ? 4 : 0), order);

            i->offset = (int64_t)((uint64_t)high << 32 | low);
        }
    }
}

static struct pcap_interface *interface_add(struct pcapfile *f)
{
    if (f->ng.count == PCAP_INTERFACES_MAX)
        return NULL;
    if (f->ng.count == f->ng.room) {
        size_t room = f->ng.room ? f->ng.room * 2 : 8;
        struct pcap_interface *more = realloc(f->ng.interfaces, room * sizeof *more);

        if (more == NULL)
            return NULL;
        f->ng.interfaces = more;
        f->ng.room = room;
    }
    return &f->ng.interfaces[f->ng.count++];
}

static bool take_interface(struct pcapfile *f, const struct block *b)
{
    struct pcap_interface *i;

    if (b->length < INTERFACE_LEAST) {
        pcapfile_fail(f, "is an interface description of %u bytes, too short: damaged from here on",
                      b->length);
        return false;
    }
    i = interface_add(f);
    if (i == NULL) {
        pcapfile_fail(f, "describes more interfaces than can be kept (%u): damaged from here on",
                      PCAP_INTERFACES_MAX);
        return false;
    }
    memset(i, 0, sizeof *i);
    i->link = (uint8_t)linktype_of_pcap(order_u16(b->p + 8, f->order));
    i->snaplen = order_u32(b->p + 12, f->order);
    interface_options(i, cur_of(span_of(b->p + 16, b->length - INTERFACE_LEAST)), f->order);
    return true;
}

/* A section begins: its byte order may be another, its interfaces are its own. */
static bool take_section(struct pcapfile *f, const struct block *b)
{
    uint16_t major = order_u16(b->p + 12, f->order);

    if (b->length < SECTION_LEAST || major != 1) {
        pcapfile_fail(f, "is no section header we can read (version %u): damaged from here on",
                      major);
        return false;
    }
    f->ng.count = 0;
    return true;
}

static const struct pcap_interface *packet_interface(struct pcapfile *f, uint32_t id)
{
    if (id < f->ng.count)
        return &f->ng.interfaces[id];
    pcapfile_fail(f, "is of interface %u, which nothing describes: damaged from here on", id);
    return NULL;
}

static bool take_packet(struct pcapfile *f, const struct block *b, struct frame *frame,
                        enum byte_order order)
{
    const struct pcap_interface *i;
    uint32_t id, captured, length;

    if (b->length < PACKET_LEAST) {
        pcapfile_fail(f, "is a packet of %u bytes, too short: damaged from here on", b->length);
        return false;
    }
    id = b->type == BLOCK_PACKET ? order_u32(b->p + 8, order) : order_u16(b->p + 8, order);
    i = packet_interface(f, id);
    if (i == NULL)
        return false;
    captured = order_u32(b->p + 20, order);
    length = order_u32(b->p + 24, order);
    if (captured > PCAP_RECORD_MAX || captured > b->length - PACKET_LEAST) {
        pcapfile_fail(f, "says that it holds a frame of %u bytes in %u: damaged from here on",
                      captured, b->length);
        return false;
    }
    f->ng.last_us = interface_time(i, (uint64_t)order_u32(b->p + 12, order) << 32 |
                                          order_u32(b->p + 16, order));
    *frame = (struct frame){
        .bytes = b->p + PACKET_DATA,
        .captured = captured,
        .length = length < captured ? captured : length,
        .time_us = f->ng.last_us,
        .token = ++f->number,
        .number = f->number,
        .device = (uint16_t)id,
        .link = i->link,
    };
    return true;
}

/* No time, no captured length: the interface's limit or the block's end cuts it. */
static bool take_simple(struct pcapfile *f, const struct block *b, struct frame *frame)
{
    const struct pcap_interface *i = packet_interface(f, 0);
    uint32_t captured, length;

    if (i == NULL)
        return false;
    if (b->length < SIMPLE_LEAST || b->length - SIMPLE_LEAST > PCAP_RECORD_MAX) {
        pcapfile_fail(f, "is a packet of %u bytes, which cannot be: damaged from here on",
                      b->length);
        return false;
    }
    captured = length = order_u32(b->p + 8, f->order);
    if (i->snaplen != 0 && captured > i->snaplen)
        captured = i->snaplen;
    if (captured > b->length - SIMPLE_LEAST)
        captured = b->length - SIMPLE_LEAST;
    *frame = (struct frame){
        .bytes = b->p + SIMPLE_DATA,
        .captured = captured,
        .length = length,
        .time_us = f->ng.last_us,
        .token = ++f->number,
        .number = f->number,
        .link = i->link,
    };
    return true;
}

static inline bool block_read(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_PACKET_OLD || type == BLOCK_PACKET_SIMPLE ||
           type == BLOCK_INTERFACE || type == BLOCK_SECTION;
}

/* Passes over a block that need not be in the window as a whole. */
static void block_skip(struct pcapfile *f, uint32_t length)
{
    size_t here = window_left(f) < length ? window_left(f) : length;

    f->at += here;
    f->skip = length - here;
}

/* Only the section header itself tells in which order its length is to be read. */
static bool section_order(struct pcapfile *f)
{
    if (le32_at(f->at + 8) == 0x1a2b3c4d)
        f->order = ORDER_LITTLE;
    else if (be32_at(f->at + 8) == 0x1a2b3c4d)
        f->order = ORDER_BIG;
    else
        return false;
    return true;
}

enum block_state { BLOCK_READY, BLOCK_WAIT, BLOCK_PASSED };

static inline __attribute__((always_inline)) enum block_state block_next(struct pcapfile *f,
                                                                         struct block *b,
                                                                         enum byte_order order)
{
    if (window_left(f) < BLOCK_LEAST)
        return BLOCK_WAIT;
    b->p = f->at;
    b->type = order_u32(f->at, order);
    if (__builtin_expect(b->type == BLOCK_SECTION, 0) && !section_order(f)) {
        pcapfile_fail(f, "is a section header without byte order: damaged from here on");
        return BLOCK_WAIT;
    }
    b->length = order_u32(f->at + 4, b->type == BLOCK_SECTION ? f->order : order);
    if (b->length < BLOCK_LEAST || b->length % 4 != 0 ||
        (b->length > PCAP_BLOCK_MAX && block_read(b->type))) {
        pcapfile_fail(f, "says that it is %u bytes long, which cannot be: damaged from here on",
                      b->length);
        return BLOCK_WAIT;
    }
    if (!block_read(b->type)) {
        block_skip(f, b->length);
        return BLOCK_PASSED;
    }
    if (window_left(f) < b->length)
        return BLOCK_WAIT;
    if (order_u32(b->p + b->length - 4, b->type == BLOCK_SECTION ? f->order : order) == b->length)
        return BLOCK_READY;
    pcapfile_fail(f, "gives two different lengths at its start and its end: damaged from here on");
    return BLOCK_WAIT;
}

/* A packet block without a fault, whole in the window: the case that has to be fast. All others go
 * the long way, which also says what is wrong with them. */
static inline __attribute__((always_inline)) bool take_plain(struct pcapfile *f,
                                                             struct frame *frame,
                                                             enum byte_order order)
{
    const struct pcap_interface *i;
    const uint8_t *p = f->at;
    size_t left = window_left(f);
    uint32_t id, size, captured, length;

    if (left < PACKET_LEAST || order_u32(p, order) != BLOCK_PACKET)
        return false;
    size = order_u32(p + 4, order);
    id = order_u32(p + 8, order);
    captured = order_u32(p + 20, order);
    length = order_u32(p + 24, order);
    if (size > left || size > PCAP_BLOCK_MAX || size < PACKET_LEAST || size % 4 != 0 ||
        captured > PCAP_RECORD_MAX || captured > size - PACKET_LEAST || id >= f->ng.count ||
        order_u32(p + size - 4, order) != size)
        return false;
    i = &f->ng.interfaces[id];
    frame->bytes = p + PACKET_DATA;
    frame->captured = captured;
    frame->length = length < captured ? captured : length;
    frame->time_us =
        interface_time(i, (uint64_t)order_u32(p + 12, order) << 32 | order_u32(p + 16, order));
    frame->token = frame->number = ++f->number;
    frame->device = (uint16_t)id;
    frame->link = i->link;
    frame->checksum = CSUM_UNCHECKED;
    frame->gso = false;
    frame->verdict = frame->reason = 0;
    f->ng.last_us = frame->time_us;
    f->at = p + size;
    return true;
}

static inline __attribute__((always_inline)) size_t scan(struct pcapfile *f, struct frame *frames,
                                                         size_t max, const enum byte_order order)
{
    size_t n = 0;

    while (n < max && f->order == order) {
        struct block b;
        enum block_state state;
        bool taken;

        if (take_plain(f, &frames[n], order)) {
            n++;
            continue;
        }
        state = block_next(f, &b, order);
        if (state == BLOCK_WAIT)
            break;
        if (state == BLOCK_PASSED)
            continue;
        if (b.type == BLOCK_PACKET || b.type == BLOCK_PACKET_OLD)
            taken = take_packet(f, &b, &frames[n], order);
        else if (b.type == BLOCK_PACKET_SIMPLE)
            taken = take_simple(f, &b, &frames[n]);
        else if (b.type == BLOCK_INTERFACE)
            taken = take_interface(f, &b);
        else
            taken = take_section(f, &b);
        if (!taken)
            break;
        n += b.type != BLOCK_INTERFACE && b.type != BLOCK_SECTION;
        f->at += b.length;
    }
    return n;
}

size_t ng_scan(struct pcapfile *f, struct frame *frames, size_t max)
{
    enum byte_order order;
    size_t n = 0;

    do {
        order = f->order;
        n += order == ORDER_LITTLE ? scan(f, frames + n, max - n, ORDER_LITTLE)
                                   : scan(f, frames + n, max - n, ORDER_BIG);
    } while (order != f->order && n < max && !f->damaged);
    return n;
}
