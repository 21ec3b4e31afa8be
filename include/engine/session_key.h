/* SPDX-License-Identifier: Apache-2.0
 *
 * session_key: what makes two packets belong together. The two ends are in canonical order (lower
 * address first, then lower port), so one look-up serves both directions. Compared and hashed as
 * bytes: no padding, everything set. IPv4 needs only the first 32 bytes.
 */
#ifndef ENGINE_SESSION_KEY_H
#define ENGINE_SESSION_KEY_H

#include <stddef.h>
#include <stdint.h>

struct session_key {
    uint16_t port[2]; /* host order; of ends 0 and 1 */
    uint8_t proto;
    uint8_t family;   /* 4 or 6 */
    uint16_t device;  /* 0 unless devices are kept apart */
    uint32_t zone;    /* workload; 0 = none. SESSION_ZONE_MESH: client end only */
    uint16_t vlan[2]; /* 0 = none */
    uint64_t tunnel;  /* keyed digest of what carries it; 0 = none */
    union {
        uint8_t v4[2][4];
        uint8_t v6[2][16];
    } addr;
};

#define SESSION_ZONE_MESH 0x80000000u

_Static_assert(sizeof(struct session_key) == 56, "hashed as bytes: no padding");
_Static_assert(offsetof(struct session_key, addr) == 24, "IPv4 keys are the first 32 bytes");

static inline size_t session_key_size(const struct session_key *k)
{
    return k->family == 4 ? 32 : 56;
}

#endif
