/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers: the LINKTYPE_ registry of the pcap format.
 */
#include "capture/linktype.h"

#include <stddef.h>

static const struct {
    uint32_t number;
    enum link_type link;
} linktypes[] = {
    {1, LINK_ETHERNET}, {0, LINK_NULL},      {108, LINK_LOOP},   {12, LINK_RAW_IP},
    {14, LINK_RAW_IP},  {101, LINK_RAW_IP},  {228, LINK_RAW_IP}, {229, LINK_RAW_IP},
    {113, LINK_COOKED}, {276, LINK_COOKED2}, {9, LINK_PPP},      {50, LINK_PPP},
};

enum link_type linktype_of_pcap(uint32_t number)
{
    for (size_t i = 0; i < sizeof linktypes / sizeof linktypes[0]; i++)
        if (linktypes[i].number == number)
            return linktypes[i].link;
    return LINK_UNKNOWN;
}

int linktype_to_pcap(enum link_type link)
{
    switch (link) {
    case LINK_ETHERNET:
        return 1;
    case LINK_RAW_IP:
        return 101;
    case LINK_COOKED:
        return 113;
    case LINK_COOKED2:
        return 276;
    case LINK_NULL:
        return 0;
    case LINK_LOOP:
        return 108;
    case LINK_PPP:
        return 9;
    case LINK_UNKNOWN:
        break;
    }
    return -1;
}

const char *linktype_name(enum link_type link)
{
    static const char *const names[] = {
        [LINK_ETHERNET] = "Ethernet",
        [LINK_RAW_IP] = "raw IP",
        [LINK_COOKED] = "Linux cooked",
        [LINK_COOKED2] = "Linux cooked v2",
        [LINK_NULL] = "BSD loopback",
        [LINK_LOOP] = "OpenBSD loopback",
        [LINK_PPP] = "PPP",
        [LINK_UNKNOWN] = "unknown",
    };

    return names[link];
}
