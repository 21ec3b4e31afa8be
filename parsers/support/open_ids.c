/* SPDX-License-Identifier: Apache-2.0
 *
 * open_ids: see open_ids.h.
 */
#include "support/open_ids.h"

/* Where in the ring the number is, counted from the oldest; count when it is not. */
static unsigned find(const struct open_ids *o, uint32_t id)
{
    unsigned i = 0;

    while (i < o->count && o->id[(o->first + i) % OPEN_IDS] != id)
        i++;
    return i;
}

/* The oldest n are told without their answers. */
static void forget(struct parse *p, struct open_ids *o, unsigned n)
{
    for (; n; n--) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
        o->first = (uint8_t)((o->first + 1) % OPEN_IDS);
        o->count--;
    }
}

bool open_ids_take(struct parse *p, struct open_ids *o, uint32_t id)
{
    unsigned at = find(o, id);

    if (at == o->count)
        return false;
    forget(p, o, at);
    parse_tx(p, TX_REPLY);
    o->first = (uint8_t)((o->first + 1) % OPEN_IDS);
    o->count--;
    return true;
}

void open_ids_add(struct parse *p, struct open_ids *o, uint32_t id)
{
    unsigned at = find(o, id);

    /* A number used again: its first answer was lost. */
    if (at < o->count)
        forget(p, o, at + 1);
    if (o->count == OPEN_IDS)
        forget(p, o, 1);
    o->id[(o->first + o->count++) % OPEN_IDS] = id;
}
