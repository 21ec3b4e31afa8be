/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP exchange inside everything that can carry it.
 */
#include "engine_cases.h"

static void carry_vlan(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x8100, 100);
}

static void carry_qinq(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x88a8, 100);
    build_vlan(b, 0x8100, 200);
}

static void carry_pppoe(struct packet_builder *b)
{
    build_ethernet(b);
    build_pppoe(b, 17);
}

static void carry_mpls(struct packet_builder *b)
{
    build_ethernet(b);
    build_mpls(b, 1000);
    build_mpls(b, 2000);
}

static void carry_vxlan(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "10.30.0.1", "10.30.0.2");
    build_vxlan(b, 42);
    build_ethernet(b);
}

static void carry_geneve(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "fd00:30::1", "fd00:30::2");
    build_geneve(b, 42);
    build_ethernet(b);
}

static void carry_gre(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "10.30.0.1", "10.30.0.2");
    build_gre(b, 7);
}

static void carry_ipip(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "10.30.0.1", "10.30.0.2");
}

static void carry_gtpu(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "10.30.0.1", "10.30.0.2");
    build_gtpu(b, 0x1234);
}

static void carry_teredo(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "10.30.0.1", "10.30.0.2");
    build_teredo(b);
}

static void carry_nested(struct packet_builder *b)
{
    carry_vxlan(b);
    build_vlan(b, 0x8100, 5);
    build_ip(b, "10.31.0.1", "10.31.0.2");
    build_gre(b, 0);
    build_ip(b, "10.32.0.1", "10.32.0.2");
}

static void carry_cooked(struct packet_builder *b)
{
    build_link(b, LINK_COOKED);
}

static void carry_cooked2(struct packet_builder *b)
{
    build_link(b, LINK_COOKED2);
}

static void carry_null(struct packet_builder *b)
{
    build_link(b, LINK_NULL);
}

static void carry_raw(struct packet_builder *b)
{
    (void)b;
}

#define V4 .client = "10.1.1.1", .server = "10.1.1.2"
#define V6 .client = "fd00:1::1", .server = "fd00:1::2"

const struct engine_case carrier_cases[] = {
    {"vlan", "HTTP inside an 802.1Q tag.", .carry = carry_vlan, V4},
    {"qinq", "HTTP over IPv6 inside two tags.", .carry = carry_qinq, V6},
    {"pppoe", "HTTP inside PPPoE.", .carry = carry_pppoe, V4},
    {"mpls", "HTTP under two MPLS labels.", .carry = carry_mpls, V4},
    {"vxlan", "HTTP inside VXLAN.", .carry = carry_vxlan, V4},
    {"geneve", "HTTP inside Geneve over IPv6.", .carry = carry_geneve, V4},
    {"gre", "HTTP inside GRE with a key.", .carry = carry_gre, V4},
    {"ipip", "HTTP inside IP in IP.", .carry = carry_ipip, V4},
    {"6in4", "HTTP over IPv6 inside IPv4.", .carry = carry_ipip, V6},
    {"gtpu", "HTTP inside GTP-U.", .carry = carry_gtpu, V4},
    {"teredo", "HTTP over IPv6 inside Teredo.", .carry = carry_teredo, V6},
    {"nested", "HTTP inside IP in GRE in a tag in VXLAN.", .carry = carry_nested, V4},
    {"link-cooked", "A capture of the device 'any': Linux cooked.", .carry = carry_cooked, V4},
    {"link-cooked2", "The same in its second version, IPv6.", .carry = carry_cooked2, V6},
    {"link-null", "A capture of a BSD loopback device.", .carry = carry_null, V4},
    {"link-raw", "A capture without a link layer, IPv6.", .carry = carry_raw, V6},
    {0},
};
