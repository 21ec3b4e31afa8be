/* SPDX-License-Identifier: Apache-2.0
 *
 * IP protocol numbers that have a meaning here.
 */
#ifndef DECODE_PROTOCOLS_H
#define DECODE_PROTOCOLS_H

enum ip_proto {
    PROTO_ICMP = 1,
    PROTO_IPIP = 4,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_IPV6 = 41,
    PROTO_GRE = 47,
    PROTO_ICMPV6 = 58,
    PROTO_SCTP = 132,
};

#endif
