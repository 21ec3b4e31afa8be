/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/interfaces.h"

#include "base/text.h"
#include "capture/netns.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>

struct reading {
    struct attachment *to;
    const char *only; /* NULL: all */
};

static bool is_wanted(const struct reading *r, const struct ifaddrs *i)
{
    if (i->ifa_addr == NULL || (i->ifa_flags & IFF_LOOPBACK))
        return false;
    return r->only != NULL ? strcmp(i->ifa_name, r->only) == 0 : (i->ifa_flags & IFF_UP) != 0;
}

/* More than there is room for are left out, as if they were down. */
static void take_interface(struct attachment *a, const struct ifaddrs *i)
{
    struct attach_interface *at = &a->interfaces[a->interface_count];
    struct sockaddr_ll link;

    memcpy(&link, i->ifa_addr, sizeof link);
    if (link.sll_halen != 6 || link.sll_hatype != ARPHRD_ETHER ||
        a->interface_count == ATTACH_INTERFACES ||
        !text_copy(at->name, sizeof at->name, i->ifa_name))
        return;
    memcpy(at->mac, link.sll_addr, 6);
    at->queue = (uint16_t)(a->mode == ATTACH_PROTECT
                               ? ATTACH_QUEUE_FIRST + a->interface_count * ATTACH_QUEUES
                               : 0);
    a->interface_count++;
}

static void take_address(struct attachment *a, const struct ifaddrs *i)
{
    struct ipaddr *to = &a->addresses[a->address_count];
    struct sockaddr_in6 six;
    struct sockaddr_in four;

    if (a->address_count == ATTACH_ADDRESSES)
        return;
    *to = (struct ipaddr){.family = i->ifa_addr->sa_family == AF_INET ? 4 : 6};
    if (to->family == 4) {
        memcpy(&four, i->ifa_addr, sizeof four);
        memcpy(to->bytes, &four.sin_addr, 4);
    } else {
        memcpy(&six, i->ifa_addr, sizeof six);
        memcpy(to->bytes, &six.sin6_addr, 16);
    }
    a->address_count++;
}

static bool read_inside(void *arg, struct err *err)
{
    const struct reading *r = arg;
    struct ifaddrs *list;

    if (getifaddrs(&list) != 0)
        return err_set(err, r->to->netns, "its interfaces cannot be read: %s", strerror(errno));
    for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
        if (!is_wanted(r, i))
            continue;
        if (i->ifa_addr->sa_family == AF_PACKET)
            take_interface(r->to, i);
        else if (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6)
            take_address(r->to, i);
    }
    freeifaddrs(list);
    if (r->to->interface_count > 0)
        return true;
    if (r->only != NULL)
        return err_set(err, r->only, "is no interface there, or has no MAC address");
    return err_set(err, r->to->netns, "has no interface that is up, but the loopback");
}

bool interfaces_read(struct attachment *a, const char *name, struct err *err)
{
    return netns_inside(a->netns, read_inside, &(struct reading){a, name}, err);
}
