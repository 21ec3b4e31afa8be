/* SPDX-License-Identifier: Apache-2.0 */
#include "report/encode_wire.h"

#include <assert.h>
#include <stddef.h>

/* ---- types ---- */

static uint8_t *take(struct wire_datagram *d, size_t n)
{
    uint8_t *at = d->bytes + d->n;

    assert(n <= wire_room(d));
    d->n += n;
    return at;
}

static void put_number(struct wire_datagram *d, uint64_t value, size_t n)
{
    uint8_t *at = take(d, n);

    for (size_t i = n; i-- > 0; value >>= 8)
        at[i] = (uint8_t)value;
}

/* What is too long is cut, what is left over is zero. */
static void put_bytes(struct wire_datagram *d, struct span value, size_t n)
{
    uint8_t *at = take(d, n);
    size_t used = value.n < n ? value.n : n;

    if (used)
        memcpy(at, value.p, used);
    memset(at + used, 0, n - used);
}

/* A text ends with a zero. */
static void put_text(struct wire_datagram *d, struct span value, size_t n)
{
    put_bytes(d, span_first(value, n - 1), n);
}

#define PUT_U8(d, m, name)    put_number(d, (m)->name, WIRE_SIZE_U8)
#define PUT_U16(d, m, name)   put_number(d, (m)->name, WIRE_SIZE_U16)
#define PUT_U32(d, m, name)   put_number(d, (m)->name, WIRE_SIZE_U32)
#define PUT_U64(d, m, name)   put_number(d, (m)->name, WIRE_SIZE_U64)
#define PUT_MAC(d, m, name)   put_bytes(d, span_of((m)->name.bytes, WIRE_SIZE_MAC), WIRE_SIZE_MAC)
#define PUT_ADDR(d, m, name)  put_bytes(d, span_of((m)->name.bytes, WIRE_SIZE_ADDR), WIRE_SIZE_ADDR)
#define PUT_SHORT(d, m, name) put_text(d, (m)->name, WIRE_SIZE_SHORT)
#define PUT_NAME(d, m, name)  put_text(d, (m)->name, WIRE_SIZE_NAME)
#define PUT_BYTES(d, m, name) put_bytes(d, (m)->name, WIRE_SIZE_BYTES)
#define PUT_PARSERS(d, m, name)                                                                    \
    for (size_t i = 0; i < MESSAGE_PARSERS; i++)                                                   \
    put_number(d, (m)->name.of[i], WIRE_SIZE_U64)
#define PUT_PAD1(d, m, name) put_number(d, 0, WIRE_SIZE_PAD1)
#define PUT_PAD2(d, m, name) put_number(d, 0, WIRE_SIZE_PAD2)
#define PUT_PAD4(d, m, name) put_number(d, 0, WIRE_SIZE_PAD4)

/* ---- parts of messages ---- */

#define PUT(offset, type, name)                                                                    \
    _Static_assert(offsetof(image, name) == (offset), #name " stands elsewhere");                  \
    PUT_##type(d, m, name);

#define DEFINE(LAYOUT, x)                                                                          \
    void wire_put_##x(struct wire_datagram *d, const struct message_##x *m)                        \
    {                                                                                              \
        typedef struct image_##x image;                                                            \
                                                                                                   \
        LAYOUT(PUT)                                                                                \
    }

DEFINE(LAYOUT_KEEP_ALIVE, keep_alive)
DEFINE(LAYOUT_SESSION_COUNT, session_count)
DEFINE(LAYOUT_APP_HEAD, app_head)
DEFINE(LAYOUT_APP_ENTRY, app_entry)
DEFINE(LAYOUT_LIST_HEAD, list_head)
DEFINE(LAYOUT_SESSION_ENTRY, session_entry)
DEFINE(LAYOUT_THREAT, threat)
DEFINE(LAYOUT_CONNECTION_ENTRY, connection_entry)
DEFINE(LAYOUT_METER_ENTRY, meter_entry)
DEFINE(LAYOUT_COUNTERS, counters)
DEFINE(LAYOUT_STATS_HEAD, stats_head)
DEFINE(LAYOUT_WINDOW, window)
DEFINE(LAYOUT_FQDN_HEAD, fqdn_head)
DEFINE(LAYOUT_FQDN_ADDRESS, fqdn_address)
DEFINE(LAYOUT_NAMED_ADDRESS, named_address)
static DEFINE(LAYOUT_HEADER, header);

/* ---- whole datagrams ---- */

void wire_begin(struct wire_datagram *d, enum message_kind kind)
{
    d->n = 0;
    wire_put_header(d, &(struct message_header){.kind = (uint8_t)kind});
}

struct span wire_end(struct wire_datagram *d, enum wire_more more)
{
    size_t n = d->n;

    d->n = 0;
    wire_put_header(d, &(struct message_header){
                           .kind = d->bytes[0], .more = more == WIRE_MORE, .length = (uint16_t)n});
    d->n = n;
    return span_of(d->bytes, n);
}

void wire_put_stats(struct wire_datagram *d, const struct message_stats *s)
{
    wire_put_stats_head(d, &s->head);
    for (size_t i = 0; i < STATS_WINDOWS; i++)
        wire_put_window(d, &s->windows[i]);
}
