/* SPDX-License-Identifier: Apache-2.0
 *
 * Which session a segment belongs to: an old one, a new one, or one that takes an old one's place.
 */
#include "engine_state.h"
#include "meter/meter_stage.h"
#include "tcp/tcp_track.h"

/* ---- opening ---- */

/* The lower port is the server's, unless only one of them is a port that servers have. */
static enum dir midstream_sender(struct engine *e, const struct packet *p)
{
    uint16_t from = p->key.port[p->side], to = p->key.port[1 - p->side];

    if (__builtin_expect(meter_is_flooded(e, p), 0)) /* its handshake may have been seen */
        return p->ingress ? DIR_CLIENT : DIR_SERVER;
    return to <= from ? DIR_CLIENT : DIR_SERVER;
}

static struct session *pick_up(struct engine *e, struct packet *p)
{
    struct session *s;

    engine_apply_exception(e, p, EXCEPTION_MIDSTREAM, REASON_MIDSTREAM);
    if (p->verdict >= VERDICT_DROP)
        return NULL;
    struct expected x = session_expected(e, p);

    s = session_new(e, p, x.parser ? x.sender : midstream_sender(e, p));
    if (s == NULL)
        return NULL;
    if (x.parser)
        app_expect(e, s, x.app, x.parser);
    engine_count(e, COUNTER_MIDSTREAM);
    s->flags |= SESSION_MIDSTREAM;
    for (int i = 0; i < 2; i++)
        s->sides[i].flags |= SIDE_EDGE_OPEN;
    tcp_established(e, s);
    session_set_timeout(e, s, e->snapshot->timeouts.tcp_established);
    if (engine_exception(e, EXCEPTION_MIDSTREAM) == VERDICT_BYPASS)
        session_bypass(e, s, REASON_MIDSTREAM);
    return s;
}

static struct session *open_with_syn(struct engine *e, struct packet *p)
{
    enum dir sender = p->tcp.flags & TCP_ACK ? DIR_SERVER : DIR_CLIENT;
    struct session *s;
    struct expected x;

    if (sender == DIR_CLIENT ? !meter_syn(e, p) : !meter_syn_answer(e, p))
        return NULL;
    s = session_new(e, p, sender);
    if (s == NULL)
        return NULL;
    x = session_expected(e, p);
    if (x.parser)
        app_expect(e, s, x.app, x.parser);
    session_client(s)->state = TCPS_SYN_SENT;
    session_server(s)->state = TCPS_LISTEN;
    if (sender == DIR_SERVER) {
        struct session_side *client = session_client(s);

        client->isn = p->tcp.ack - 1;
        client->next = client->highest = p->tcp.ack;
        client->flags |= SIDE_SYNCED | SIDE_EDGE_OPEN;
    }
    return s;
}

static struct session *open_new(struct engine *e, struct packet *p)
{
    if (p->tcp.flags & TCP_SYN)
        return open_with_syn(e, p);
    if ((p->tcp.flags & TCP_RST) || ((p->tcp.flags & TCP_FIN) && p->payload_wire == 0)) {
        engine_count(e, COUNTER_TCP_NO_SESSION);
        engine_apply_exception(e, p, EXCEPTION_NO_SESSION, REASON_NO_SESSION);
        return NULL;
    }
    return pick_up(e, p);
}

/* ---- the same ports again ---- */

/* A SYN that does not belong to the session as we know it: a new connection, or somebody who wants
 * us to look away. The old session stays until the other end answers the new SYN. */
static bool is_foreign_syn(const struct session *s, const struct packet *p)
{
    const struct session_side *me = &s->sides[p->side];

    if ((p->tcp.flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
        return false;
    if (p->side != s->client) /* simultaneous open, or a connection the other way round */
        return (me->flags & SIDE_SYNCED) && me->isn != p->tcp.seq;
    return !(me->flags & SIDE_SYNCED) || me->isn != p->tcp.seq || s->state == SESSION_CLOSED;
}

/* The first SYN/ACK of a connection whose SYN we did not see, over a session that is over. */
static bool is_foreign_answer(const struct session *s, const struct packet *p)
{
    const struct session_side *me = &s->sides[p->side];

    return (p->tcp.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
           s->state == SESSION_CLOSED && (me->flags & SIDE_SYNCED) && me->isn != p->tcp.seq;
}

static struct session *reopen(struct engine *e, struct packet *p, struct session *old)
{
    struct session *s;

    engine_count(e, COUNTER_TCP_BAD_SYN);
    if (old->state != SESSION_CLOSED)
        engine_apply_exception(e, p, EXCEPTION_BAD_SYN, REASON_BAD_SYN);
    if (p->verdict >= VERDICT_DROP)
        return NULL;
    s = open_with_syn(e, p);
    if (s)
        s->flags |= SESSION_REOPENING;
    return s;
}

/* Does the segment speak for the new connection? The answer of the other end does; when that end
 * has never been heard (one side of the traffic is all we get), the sender's own next bytes do. */
static bool confirms(const struct session *s, const struct session *old, const struct packet *p)
{
    const struct session_side *me = &s->sides[p->side], *peer = &s->sides[1 - p->side];

    if (p->side == s->client)
        return !(old->sides[1 - p->side].flags & SIDE_SEEN) && p->tcp.seq == me->next;
    return (p->tcp.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
           p->tcp.ack == peer->isn + 1;
}

/* Two sessions have this key: which one is it? */
static struct session *choose(struct engine *e, struct packet *p, struct session *s)
{
    struct session *old = session_find_older(s);

    if (old == NULL) {
        s->flags &= (uint16_t)~SESSION_REOPENING;
        return s;
    }
    if ((p->tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && p->side == s->client) {
        if (p->tcp.seq == s->sides[p->side].isn)
            return s;
        session_end(e, s, REASON_PORT_REUSED); /* a third try: never more than two of one key */
        return old;
    }
    if ((p->tcp.flags & TCP_RST) && p->side != s->client &&
        p->tcp.ack == s->sides[s->client].isn + 1)
        return s;
    if (!confirms(s, old, p))
        return old;
    engine_count(e, COUNTER_PORT_REUSED);
    s->flags &= (uint16_t)~SESSION_REOPENING;
    session_end(e, old, REASON_PORT_REUSED);
    return s;
}

struct session *tcp_session(struct engine *e, struct packet *p, struct session *found)
{
    if (found && __builtin_expect(found->flags & SESSION_REOPENING, 0))
        found = choose(e, p, found);
    if (found == NULL)
        return open_new(e, p);
    if (__builtin_expect(p->tcp.flags & TCP_SYN, 0)) {
        if (is_foreign_syn(found, p))
            return reopen(e, p, found);
        if (is_foreign_answer(found, p)) {
            session_end(e, found, REASON_PORT_REUSED);
            engine_count(e, COUNTER_PORT_REUSED);
            return open_with_syn(e, p);
        }
    }
    return found;
}
