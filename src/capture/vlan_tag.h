/* SPDX-License-Identifier: Apache-2.0
 *
 * vlan_tag: the tag that a card has taken off a frame, put back in front of its type.
 */
#ifndef CAPTURE_VLAN_TAG_H
#define CAPTURE_VLAN_TAG_H

#include "engine/packet.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

enum { VLAN_TAG_BYTES = 4, VLAN_TAG_AT = 12 };

/* The memory in front of the frame's bytes is the caller's to write, VLAN_TAG_BYTES of it. protocol
 * 0: not known, the usual one. False: the frame is too short to have had one. */
static inline bool vlan_tag_restore(struct frame *f, uint16_t protocol, uint16_t tag)
{
    uint16_t words[2] = {htons(protocol != 0 ? protocol : ETHERTYPE_VLAN), htons(tag)};
    uint8_t *bytes;

    if (f->captured < VLAN_TAG_AT)
        return false;
    memcpy(&bytes, &f->bytes, sizeof bytes); /* frames borrow it for reading; here it is written */
    bytes -= VLAN_TAG_BYTES;
    memmove(bytes, bytes + VLAN_TAG_BYTES, VLAN_TAG_AT);
    memcpy(bytes + VLAN_TAG_AT, words, sizeof words);
    f->bytes = bytes;
    f->captured += VLAN_TAG_BYTES;
    f->length += VLAN_TAG_BYTES;
    return true;
}

#endif
