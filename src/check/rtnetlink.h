/* SPDX-License-Identifier: Apache-2.0
 *
 * rtnetlink: making interfaces (rtnetlink(7)) in the namespace that the thread is in. Each call
 * asks the kernel and waits for its answer.
 */
#ifndef CHECK_RTNETLINK_H
#define CHECK_RTNETLINK_H

#include "base/err.h"

#include <stdint.h>

/* One end here, the other in the namespace held by a descriptor. */
struct rtnetlink_veth {
    const char *name[2];
    uint8_t mac[2][6];
    int other; /* the namespace of the second */
};

/* False and err: the kernel has refused. */
bool rtnetlink_veth_add(const struct rtnetlink_veth *, struct err *);
bool rtnetlink_up(const char *interface, struct err *);
/* Does the kernel let frames through? Some time after rtnetlink_up(). */
bool rtnetlink_is_up(const char *interface);
/* `address` is in network byte order. */
bool rtnetlink_address_add(const char *interface, uint32_t address, uint8_t prefix, struct err *);

#endif
