/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/held.h"

#include <stdlib.h>
#include <string.h>

const struct held_frame *held_put(struct held *h, uint64_t token, const uint8_t *bytes, size_t n)
{
    struct held_frame **bucket = &h->buckets[token % HELD_BUCKETS];
    struct held_frame *f;

    if (h->count >= HELD_MOST || n > HELD_BYTES - h->bytes)
        return NULL;
    f = malloc(sizeof *f + n);
    if (f == NULL)
        return NULL;
    f->next = *bucket;
    f->token = token;
    f->n = n;
    memcpy(f->bytes, bytes, n);
    *bucket = f;
    h->count++;
    h->bytes += n;
    return f;
}

struct held_frame *held_take(struct held *h, uint64_t token)
{
    struct held_frame **place = &h->buckets[token % HELD_BUCKETS], *f;

    while (*place != NULL && (*place)->token != token)
        place = &(*place)->next;
    f = *place;
    if (f == NULL)
        return NULL;
    *place = f->next;
    h->count--;
    h->bytes -= f->n;
    return f;
}

void held_fini(struct held *h)
{
    for (size_t i = 0; i < HELD_BUCKETS; i++)
        while (h->buckets[i] != NULL) {
            struct held_frame *next = h->buckets[i]->next;

            free(h->buckets[i]);
            h->buckets[i] = next;
        }
    h->count = h->bytes = 0;
}
