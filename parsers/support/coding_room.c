/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of decoders, with a limit each: libraries free without a size, so each piece keeps its
 * own.
 */
#include "support/coding_decoder.h"

#include <stdalign.h>

struct piece {
    alignas(max_align_t) size_t size;
};

void *coding_room_take(struct coding_room *room, size_t n)
{
    struct piece *piece = NULL;

    if (n <= room->most - room->used)
        piece = room->from->take(room->from->arg, sizeof *piece + n);
    if (piece == NULL) {
        room->refused = true;
        return NULL;
    }
    piece->size = n;
    room->used += n;
    room->taken += n;
    return piece + 1;
}

void coding_room_give(struct coding_room *room, void *memory)
{
    struct piece *piece = memory;

    if (memory == NULL)
        return;
    piece--;
    room->used -= piece->size;
    room->from->give(room->from->arg, piece);
}
