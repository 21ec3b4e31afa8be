/* SPDX-License-Identifier: Apache-2.0
 *
 * One frame, twice the same and as every kind of capture sees it.
 *
 *   byte 0    low nibble: enum link_type; bit 4 GSO, bit 5 cut by the capture, bits 6 and 7: enum
 *             checksum_status
 *   the frame
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "sink_parser.h"

static void add(struct frame_list *frames, uint8_t how, struct span bytes)
{
    struct listed_frame *f = frame_list_add(frames, bytes.p, bytes.n, FUZZ_START);

    f->link = (how & 15) % (LINK_UNKNOWN + 1);
    f->gso = how & 16;
    f->wire += how & 32 ? 1000 : 0;
    f->checksum = (how >> 6) % (CSUM_PARTIAL + 1);
}

static void play(enum engine_mode mode, const struct frame_list *frames)
{
    const struct fixture_options options = {.parsers = sink_table, .mode = mode};

    fuzz_play(fuzz_fixture(&options), frames, mode);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    uint8_t how = cur_u8(&in);
    struct span bytes = cur_rest(&in);
    struct frame_list frames = {0};

    add(&frames, how, bytes);
    add(&frames, how, bytes);
    play(ENGINE_INLINE, &frames);
    play(ENGINE_TAP, &frames);
    frame_list_free(&frames);
    return 0;
}
