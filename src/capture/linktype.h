/* SPDX-License-Identifier: Apache-2.0
 *
 * linktype: the numbers capture files use for link layers, and our names for them.
 */
#ifndef CAPTURE_LINKTYPE_H
#define CAPTURE_LINKTYPE_H

#include "engine/packet.h"

/* LINK_UNKNOWN for a layer that is not decoded. */
enum link_type linktype_of_pcap(uint32_t number);
/* The number for a file to write; -1 for LINK_UNKNOWN. */
int linktype_to_pcap(enum link_type);
/* For people. */
const char *linktype_name(enum link_type);

#endif
