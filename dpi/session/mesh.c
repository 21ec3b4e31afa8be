/* SPDX-License-Identifier: Apache-2.0 */
#include "session/mesh.h"

#include "app/app_layer.h"
#include "engine_state.h"
#include "tcp/tcp_seq.h"

/* How far from what was seen last a segment may lie and still belong to the connection. */
#define NEAR (1u << 20)

static struct ipaddr end_address(const struct packet *p, bool source)
{
    bool v4 = p->key.family == 4;

    if (v4)
        return ipaddr_v4(p->l3 + (source ? 12 : 16));
    return ipaddr_v6(p->l3 + (source ? 8 : 24));
}

static bool is_loopback(const struct ipaddr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, one, sizeof one) == 0;
}

static void client_key(const struct packet *p, unsigned client, struct session_key *key)
{
    memset(key, 0, sizeof *key);
    key->proto = p->key.proto;
    key->family = p->key.family;
    key->device = p->key.device;
    key->zone = p->key.zone | SESSION_ZONE_MESH;
    key->port[0] = p->key.port[client];
    if (key->family == 4)
        memcpy(key->addr.v4[0], p->key.addr.v4[client], 4);
    else
        memcpy(key->addr.v6[0], p->key.addr.v6[client], 16);
}

/* Does it acknowledge what the other end of this session has sent? */
static bool acknowledges(const struct session_side *peer, const struct packet *p)
{
    if (!(p->tcp.flags & TCP_ACK) || !(peer->flags & SIDE_SYNCED))
        return true;
    if (p->tcp.flags & TCP_SYN)
        return p->tcp.ack - (peer->isn + 1) <= peer->highest - (peer->isn + 1);
    return p->tcp.ack - peer->next + NEAR < 2 * NEAR;
}

/* Two connections may share the client's end (to two servers): sequence numbers tell them apart. */
static bool belongs(const struct session *s, const struct packet *p, unsigned side)
{
    const struct session_side *me = &s->sides[side];

    if (p->proto == 6 && !acknowledges(&s->sides[1 - side], p))
        return false;

    if (p->proto != 6 || !(me->flags & SIDE_SYNCED) || (p->tcp.flags & TCP_SYN))
        return p->proto != 6 || !(me->flags & SIDE_SYNCED) || me->isn == p->tcp.seq;
    return p->tcp.seq - me->next + NEAR < 2 * NEAR;
}

static struct session *find_as(struct engine *e, const struct packet *p, unsigned client,
                               struct session_key *key, uint32_t *hash)
{
    struct session *s;

    client_key(p, client, key);
    *hash = session_key_hash(&e->hash_key, key);
    for (s = session_find(&e->sessions, key, *hash); s; s = session_find_older(s))
        if (belongs(s, p, p->side == client ? 0 : 1))
            return s;
    return NULL;
}

/* Who opens: the SYN says; else the lower port is the server's. */
static unsigned opener(const struct packet *p)
{
    if (p->proto == 6 && (p->tcp.flags & TCP_SYN))
        return p->tcp.flags & TCP_ACK ? 1u - p->side : p->side;
    return p->key.port[p->side] >= p->key.port[1 - p->side] ? p->side : 1u - p->side;
}

struct session *mesh_find(struct engine *e, struct packet *p)
{
    struct session_key key;
    uint32_t hash;
    unsigned client = opener(p);
    struct session *s = find_as(e, p, client, &key, &hash);

    if (s == NULL) {
        s = find_as(e, p, 1u - client, &key, &hash);
        if (s)
            client = 1u - client;
        else
            (void)find_as(e, p, client, &key, &hash);
    }
    p->side = p->side == client ? 0 : 1;
    p->key = key;
    p->hash = hash;
    return s;
}

void mesh_learn(struct engine *e, const struct packet *p, struct session *s)
{
    struct session_app *app = app_of(e, s);
    struct ipaddr far = end_address(p, p->side != s->client);
    struct ipaddr client = session_end_client(s).addr;
    uint16_t port;

    if (app == NULL || (p->proto != 6 && p->proto != 17) || p->l4_len < 4)
        return;
    port = be16_at(p->l4 + (p->side == s->client ? 2 : 0));
    if (app->mesh_server.family == 0) {
        app->mesh_server = far;
        app->mesh_port = port;
    } else if (p->side != s->client && is_loopback(&app->mesh_server) && !is_loopback(&client) &&
               !is_loopback(&far)) {
        app->mesh_server = far;
        app->mesh_port = port;
        s->flags |= SESSION_MESH_TO_SERVER;
    }
}
