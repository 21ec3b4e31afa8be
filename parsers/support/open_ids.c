/* SPDX-License-Identifier: Apache-2.0
 *
 * open_ids: see open_ids.h.
 */
#include "support/open_ids.h"

static uint32_t *slot(struct open_ids *o, unsigned i)
{
    return &o->id[(o->first + i) % OPEN_IDS];
}

bool open_ids_take(struct open_ids *o, uint32_t id)
{
    unsigned i = 0;

    while (i < o->count && *slot(o, i) != id)
        i++;
    if (i == o->count)
        return false;
    for (; i; i--)
        *slot(o, i) = *slot(o, i - 1);
    o->first = (uint8_t)((o->first + 1) % OPEN_IDS);
    o->count--;
    return true;
}

void open_ids_add(struct open_ids *o, uint32_t id)
{
    (void)open_ids_take(o, id); /* used again: its answer was lost */
    if (o->count == OPEN_IDS) {
        o->first = (uint8_t)((o->first + 1) % OPEN_IDS);
        o->count--;
    }
    *slot(o, o->count++) = id;
}
