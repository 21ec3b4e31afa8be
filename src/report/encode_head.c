/* SPDX-License-Identifier: Apache-2.0 */
#include "report/encode_parts.h"

#include "engine/engine.h"
#include "report/app_name.h"
#include "report/event_ends.h"

#include <netinet/in.h>
#include <stdio.h>

static void put_proto(struct json_out *out, uint8_t proto)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {
        {IPPROTO_TCP, "TCP"},
        {IPPROTO_UDP, "UDP"},
        {IPPROTO_ICMP, "ICMP"},
        {IPPROTO_ICMPV6, "IPv6-ICMP"},
        {IPPROTO_SCTP, "SCTP"},
        {IPPROTO_GRE, "GRE"},
        {IPPROTO_ESP, "ESP"},
        {IPPROTO_AH, "AH"},
        {IPPROTO_IGMP, "IGMP"},
        {IPPROTO_IPIP, "IPIP"},
        {IPPROTO_IPV6, "IPv6"},
        {89, "OSPFIGP"},
        {112, "VRRP"},
        {IPPROTO_PIM, "PIM"},
        {IPPROTO_UDPLITE, "UDPLite"},
    };
    char number[4];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == proto)
            return json_put_string(out, "proto", names[i].name);
    snprintf(number, sizeof number, "%03u", proto);
    json_put_string(out, "proto", number);
}

static bool is_icmp(uint8_t proto)
{
    return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static bool has_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

static void put_address(struct json_out *out, const char *key, const struct ipaddr *a)
{
    char text[IPADDR_TEXT];

    json_put_text(out, key, span_of(text, ipaddr_text(a, text)));
}

static void put_vlan(struct json_out *out, const uint16_t vlan[2])
{
    if (vlan[0] == 0 && vlan[1] == 0)
        return;
    json_put_list(out, "vlan");
    for (size_t i = 0; i < 2; i++)
        if (vlan[i] != 0)
            json_uint(out, vlan[i]);
    json_close(out, ']');
}

static void put_ends(struct json_out *out, const struct event_ends *e)
{
    put_vlan(out, e->vlan);
    put_address(out, "src_ip", &e->source.addr);
    if (has_ports(e->proto))
        json_put_uint(out, "src_port", e->source.port);
    put_address(out, "dest_ip", &e->dest.addr);
    if (has_ports(e->proto))
        json_put_uint(out, "dest_port", e->dest.port);
    put_proto(out, e->proto);
    json_put_uint(out, "ip_v", e->source.addr.family);
    if (is_icmp(e->proto)) {
        json_put_uint(out, "icmp_type", e->icmp_type);
        json_put_uint(out, "icmp_code", e->icmp_code);
    }
}

static void put_community_id(struct encode_json *e, const struct event_ends *ends)
{
    bool icmp = is_icmp(ends->proto);
    struct community_flow flow = {
        .source = ends->source.addr,
        .dest = ends->dest.addr,
        .source_port = icmp ? ends->icmp_type : ends->source.port,
        .dest_port = icmp ? ends->icmp_code : ends->dest.port,
        .proto = ends->proto,
    };

    json_put_string(&e->out, "community_id", community_id_again(&e->ids, &flow));
}

/* What every event begins with. */
void encode_head(struct encode_json *e, const struct event *ev, const char *type)
{
    struct json_out *out = &e->out;
    struct event_ends ends;

    json_line_begin(out);
    json_put_time(out, "timestamp", ev->time_us);
    if (ev->session != NULL)
        json_put_uint(out, "flow_id", ev->session->id);
    if (ev->packet != NULL && ev->packet->frame != NULL)
        json_put_uint(out, "pcap_cnt", ev->packet->frame->number);
    if (e->input != NULL)
        json_put_string(out, "pcap_filename", e->input);
    json_put_string(out, "event_type", type);
    if (event_ends(ev, &ends)) {
        put_ends(out, &ends);
        put_community_id(e, &ends);
    }
}

void encode_app_proto(struct json_out *out, const struct event *ev)
{
    enum app_state state = ev->session != NULL ? app_name_state(ev->session) : APP_NOT_ASKED;

    if (state == APP_NAMED || state == APP_NOT_NAMED)
        json_put_string(out, "app_proto", app_label(ev->session->app_id));
}

/* Where an event belongs, under "sluice". */
void encode_place(struct json_out *out, const struct event *ev)
{
    const struct session *s = ev->session;

    json_put_uint(out, "session_id", s->id);
    if (ev->packet != NULL && ev->packet->frame->conntrack != 0)
        json_put_uint(out, "conntrack", ev->packet->frame->conntrack);
    if (ev->packet != NULL && ev->packet->frame->mark != 0)
        json_put_uint(out, "mark", ev->packet->frame->mark);
    if (ev->workload == NULL)
        return;
    json_put_string(out, "workload", ev->workload->name);
    json_put_string(out, "direction", s->flags & SESSION_INGRESS ? "ingress" : "egress");
}
