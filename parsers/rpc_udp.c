/* SPDX-License-Identifier: Apache-2.0
 *
 * ONC RPC over UDP: a datagram is a message.
 */
#include "support/rpc_session.h"

static const uint16_t ports[] = {RPC_PORT_MAPPER, RPC_PORT_NFS, 0};

static enum parse_result rpc_udp_parse(struct parse *p, struct cursor *in)
{
    struct rpc_session *s = p->state;
    struct rpc_head h = rpc_head_read(in);
    uint32_t data;

    if (in->state != CUR_OK)
        return s->matched ? PARSE_MATCH : PARSE_REJECT;
    data = rpc_message(p, s, &h, in);
    if (data && data <= cur_left(in))
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, span_first(cur_look(in), data));
    in->state = CUR_OK;
    (void)cur_rest(in);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static bool rpc_udp_probe(enum dir from, struct span first)
{
    (void)from;
    return rpc_head_begins(first);
}

const struct parser parser_rpc_udp = {
    .name = "rpc_udp",
    .evidence = "call of a known program and version; a reply with its number",
    .app = APP_RPC,
    .transports = OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct rpc_session),
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = rpc_udp_probe,
    .parse = rpc_udp_parse,
};
