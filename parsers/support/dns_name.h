/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_name: domain names as DNS writes them (RFC 1035 section 3.1 and 4.1.4), also used by DHCP.
 *
 * A pointer must lead before the piece of the name that holds it, so no name can loop. Names are
 * at most 255 octets after at most 63 hops, and one message may make us follow a bounded number
 * of octets through pointers; beyond that pointers are believed without being followed.
 */
#ifndef SUPPORT_DNS_NAME_H
#define SUPPORT_DNS_NAME_H

#include "base/cursor.h"

#define DNS_OCTETS_MAX 254   /* of one name, without its root */
#define DNS_FOLLOW_MAX 16384 /* octets reached through pointers, or written, for one message */
#define DNS_NAME_TEXT  512   /* room for the longest name, all of it escaped */

/* The message that names point into. A value; the bytes are borrowed. */
struct dns_wire {
    struct span message;
    uint16_t floor;  /* no pointer may lead before it */
    uint16_t follow; /* octets that may still be followed */
    uint16_t known;  /* a name without pointers that was read before, 0 = none ... */
    uint16_t octets; /* ... and its length without the root */
    bool loops;      /* a pointer led forward, or too many led on */
};

struct dns_wire dns_wire_of(struct span message, uint16_t floor);

/* Nothing is followed or written any more: less is left than one step may take. */
static inline bool dns_wire_spent(const struct dns_wire *w)
{
    return w->follow <= 2 * DNS_OCTETS_MAX;
}

/* Reads one name; what is wrong with it becomes the cursor's state. */
void dns_name_skip(struct dns_wire *, struct cursor *);

/* The same, and later pointers to this name are recognised at once. */
void dns_name_learn(struct dns_wire *, struct cursor *);

/* Reads one name and writes it as text: labels joined by dots, the root is empty, a dot inside a
 * label gets a backslash, other bytes stay as they are. Empty when the name is broken or nothing
 * may be followed any more. */
struct span dns_name_text(struct dns_wire *, struct cursor *, char text[DNS_NAME_TEXT]);

#endif
