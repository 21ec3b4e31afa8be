/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_upgrade.h"

#include "support/h2_frame.h"
#include "support/h2_headers.h"
#include "support/transfer.h"

/* The word: 32 bits of window, 24 of frame size, and one each. */
enum { FRAME_AT = 32, FRAME_BITS = 24, UPGRADED_AT = 63, TABLE_AT = 62, INVALID_AT = 61 };

enum { SETTINGS_MOST = 64, SETTING_BYTES = 6, DIGITS = SETTINGS_MOST * SETTING_BYTES / 3 * 4 };

static void read_settings(struct cursor in, struct h2_agreed *a)
{
    while (cur_left(&in)) {
        uint16_t id = cur_be16(&in);
        uint32_t value = cur_be32(&in);

        if (in.state != CUR_OK)
            break;
        if (id == H2_SETTING_TABLE && value > H2_TABLE_MOST)
            a->large_table = true;
        else if (id == H2_SETTING_WINDOW)
            a->window = value;
        else if (id == H2_SETTING_FRAME && value > a->frame_most)
            a->frame_most = value;
    }
    a->invalid = in.state != CUR_OK;
}

/* RFC 4648 section 5: two digits differ, and nothing is filled up. */
static size_t decode(struct span header, uint8_t out[BASE64_ROOM(DIGITS) + 2])
{
    struct base64 state = {0};
    size_t n = 0;

    for (size_t i = 0; i < header.n; i++) {
        uint8_t digit = header.p[i];

        digit = digit == '-' ? '+' : digit == '_' ? '/' : digit;
        n += base64_decode(&state, span_of(&digit, 1), out + n);
    }
    return n + base64_decode(&state, SPAN("="), out + n);
}

uint64_t h2_upgrade_word(struct span header)
{
    struct h2_agreed a = {.window = H2_WINDOW_USUAL, .frame_most = H2_FRAME_USUAL};
    uint8_t bytes[BASE64_ROOM(DIGITS) + 2];

    a.invalid = header.n == 0 || header.n > DIGITS;
    if (!a.invalid)
        read_settings(cur_of(span_of(bytes, decode(header, bytes))), &a);
    return a.window | (uint64_t)(a.frame_most & ((1u << FRAME_BITS) - 1)) << FRAME_AT |
           UINT64_C(1) << UPGRADED_AT | (uint64_t)a.large_table << TABLE_AT |
           (uint64_t)a.invalid << INVALID_AT;
}

struct h2_agreed h2_upgrade_read(uint64_t word)
{
    return (struct h2_agreed){
        .window = (uint32_t)word,
        .frame_most = (uint32_t)(word >> FRAME_AT) & ((1u << FRAME_BITS) - 1),
        .upgraded = word >> UPGRADED_AT & 1,
        .large_table = word >> TABLE_AT & 1,
        .invalid = word >> INVALID_AT & 1,
    };
}
