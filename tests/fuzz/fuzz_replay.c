/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames through the whole engine with all parsers, as a tap and inline.
 *
 *   byte 0    enum link_type of all
 *   frames    2 bytes: length (15 bits; the highest bit: a second passes before); the bytes
 */
#include "fuzz_engine.h"

#include "base/cursor.h"

#define MOST_FRAMES 500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    uint8_t link = cur_u8(&in) % (LINK_UNKNOWN + 1);
    struct frame_list frames = {0};
    uint64_t time_us = FUZZ_START;

    while (cur_left(&in) && frames.count < MOST_FRAMES) {
        uint16_t head = cur_be16(&in);
        size_t n = head & 0x7fff;
        struct span bytes = cur_span(&in, n < cur_left(&in) ? n : cur_left(&in));

        time_us += head & 0x8000 ? 1000000 : 100;
        frame_list_add(&frames, bytes.p, bytes.n, time_us)->link = link;
    }
    for (enum engine_mode mode = ENGINE_TAP; mode <= ENGINE_INLINE; mode++) {
        const struct fixture_options options = {
            .mode = mode, .wants_tx = true, .wants_buffers = true};

        fuzz_play(fuzz_fixture(&options), &frames, mode);
    }
    frame_list_free(&frames);
    return 0;
}
