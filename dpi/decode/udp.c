/* SPDX-License-Identifier: Apache-2.0
 *
 * UDP (RFC 768).  0 source port  2 destination port  4 length  6 checksum
 */
#include "decode/decode.h"

void decode_udp(struct decode *d)
{
    struct packet *p = d->p;
    const uint8_t *head = cur_take(&d->in, 8);

    if (head == NULL) {
        if (d->missing)
            decode_cut(d);
        else
            decode_bad(d, "UDP header too short");
        return;
    }
    uint32_t length = be16_at(head + 4);

    /* Zero: a jumbogram (RFC 2675 4). Hosts believe this field, not the IP length. */
    if (length == 0)
        length = decode_wire_left(d) + 8;
    if (length < 8 || !decode_limit(d, length - 8)) {
        decode_bad(d, length < 8 ? "UDP length below its header" : "UDP length beyond the packet");
        return;
    }
    p->l4_len = 8 + (uint32_t)cur_left(&d->in);

    uint16_t from = be16_at(head), to = be16_at(head + 2);

    if (decode_udp_tunnel(d, from, to))
        return;
    decode_set_ports(p, from, to);
    p->payload = d->in.pos;
    p->payload_len = (uint32_t)cur_left(&d->in);
    p->kind = PACKET_IP;
    if (be16_at(head + 6) != 0) /* zero: the sender made none */
        decode_verify(d, 6);
}
