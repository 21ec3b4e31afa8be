/* SPDX-License-Identifier: Apache-2.0 */
#include "support/socks_datagram.h"

enum { KIND_V4 = 1, KIND_NAME = 3, KIND_V6 = 4, SECONDS = 60 };

struct datagram_state {
    uint32_t target; /* of the last one that was told, hashed; 0: none */
};

bool socks_is_name(struct span name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~')
            return false;
    return name.n > 0;
}

struct socks_end socks_end_read(struct cursor *in)
{
    struct socks_end end = {0};

    switch (cur_u8(in)) {
    case KIND_V4:
        end.addr = cur_span(in, 4);
        break;
    case KIND_V6:
        end.addr = cur_span(in, 16);
        break;
    case KIND_NAME:
        end.name = cur_span(in, cur_u8(in));
        if (in->state == CUR_OK && !socks_is_name(end.name))
            cur_fail(in);
        break;
    default:
        if (in->state == CUR_OK)
            cur_fail(in);
    }
    end.port = cur_be16(in);
    return end;
}

void socks_end_put(struct parse *p, const struct socks_end *end)
{
    if (end->name.n) {
        parse_host(p, end->name);
        parse_field(p, FIELD_SOCKS_HOST, end->name);
    } else {
        parse_field(p, FIELD_SOCKS_ADDRESS, end->addr);
    }
    parse_uint(p, FIELD_SOCKS_PORT, end->port);
}

/* ---- datagrams ---- */

static uint32_t hash_of(struct span bytes)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < bytes.n; i++)
        hash = (hash ^ bytes.p[i]) * 16777619u;
    return hash ? hash : 1;
}

/* Where they go, once for each change. */
static void tell_target(struct parse *p, struct datagram_state *s, const struct socks_end *end,
                        uint32_t hash)
{
    if (p->dir == DIR_SERVER || hash == s->target)
        return;
    s->target = hash;
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_SOCKS_VERSION, 5);
    parse_text(p, FIELD_SOCKS_COMMAND, "udp_datagram");
    socks_end_put(p, end);
    parse_tx(p, TX_DONE);
}

static enum parse_result datagram_parse(struct parse *p, struct cursor *in)
{
    struct datagram_state *s = p->state;
    uint16_t zero = cur_be16(in);
    uint8_t fragment = cur_u8(in);
    const uint8_t *start = in->pos;
    struct socks_end end = socks_end_read(in);

    if (in->state != CUR_OK || zero)
        return PARSE_REJECT;
    tell_target(p, s, &end, hash_of(span_of(start, (size_t)(in->pos - start))));
    if (fragment) /* a piece of one, which nobody puts together */
        (void)cur_rest(in);
    parse_commit(p, in);
    parse_envelope(p);
    return PARSE_MATCH;
}

static bool datagram_probe(enum dir from, struct span first)
{
    (void)from;
    return first.p[0] == 0;
}

const struct parser parser_socks_datagram = {
    .name = "socks_datagram",
    .event = "socks",
    .evidence = "announced by a SOCKS session",
    .app = APP_SOCKS,
    .transports = OVER_UDP,
    .first = CLIENT_FIRST,
    .state_size = sizeof(struct datagram_state),
    .max_pending = UINT16_MAX,
    .probe = datagram_probe,
    .parse = datagram_parse,
};

void socks_datagrams_expect(struct parse *p, uint16_t port)
{
    if (port == 0)
        return;
    parse_expect(p, &(struct announce){.parser = &parser_socks_datagram,
                                       .app = APP_SOCKS,
                                       .opener = DIR_CLIENT,
                                       .transport = OVER_UDP,
                                       .port = port,
                                       .port_of = DIR_SERVER,
                                       .seconds = SECONDS});
}
