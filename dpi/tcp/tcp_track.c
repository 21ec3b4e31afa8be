/* SPDX-License-Identifier: Apache-2.0
 *
 * What one segment does to a session. tcp_track() is the table of contents.
 */
#include "tcp/tcp_track.h"

#include "app/app_layer.h"
#include "engine_state.h"
#include "meter/meter_stage.h"
#include "tcp/tcp_seq.h"

/* One segment, seen from its sender. */
struct segment {
    struct session_side *me, *peer;
    uint32_t seq; /* of the first payload byte */
    uint32_t end; /* behind payload and FIN */
    uint8_t flags;
    uint8_t side;
};

/* ---- opening ---- */

static void side_open(struct session_side *side, const struct packet *p)
{
    side->isn = p->tcp.seq;
    side->next = side->highest = p->tcp.seq + 1;
    side->flags |= SIDE_SYNCED;
    side->flags &= (uint16_t)~SIDE_EDGE_OPEN;
    if (p->flags & PKT_TS)
        side->flags |= SIDE_TS_OK;
    if (p->tcp.wscale != 0xff) {
        side->flags |= SIDE_WSCALE;
        side->wscale = p->tcp.wscale;
    }
}

void tcp_established(struct engine *e, struct session *s)
{
    if (s->state != SESSION_NEW)
        return;
    s->state = SESSION_ESTABLISHED;
    s->flags |= SESSION_WAS_ESTABLISHED;
    s->sides[0].state = s->sides[1].state = TCPS_ESTABLISHED;
    session_set_timeout(e, s, e->snapshot->timeouts.tcp_no_data);
    session_set_class(e, s, EVICT_OTHER);
    meter_await_client(e, s);
    /* RFC 7323 2.2: scaling holds only when both offered it. */
    if (!(s->sides[0].flags & s->sides[1].flags & SIDE_WSCALE))
        s->sides[0].wscale = s->sides[1].wscale = 0;
}

/* ---- segment checks ---- */

static void ignore(struct engine *e, struct packet *p, enum counter count, enum exception x,
                   enum reason why)
{
    engine_count(e, count);
    engine_apply_exception(e, p, x, why);
    engine_trace(e, p, "tcp", "ignored: %s", reason_name(why));
}

/* RFC 5961 3.2: a reset counts only when it stands exactly at the next expected byte. What the
 * receiver expects is what it acknowledged last, or what we have seen from the sender. */
static bool reset_in_sequence(const struct segment *g, const struct packet *p)
{
    if (g->peer->flags & SIDE_ACKED && p->tcp.seq == g->peer->acked)
        return true;
    if (g->me->flags & SIDE_SYNCED && g->me->flags & SIDE_SEEN)
        return p->tcp.seq == g->me->next + ((g->me->flags & SIDE_FIN) != 0);
    /* RFC 9293 3.5.3: the refusal of a SYN is recognised by its acknowledgement. */
    return (g->flags & TCP_ACK) ? p->tcp.ack == g->peer->isn + 1 || p->tcp.ack == g->peer->next
                                : !(g->peer->flags & SIDE_ACKED);
}

static void take_reset(struct engine *e, struct packet *p, struct session *s, struct segment *g)
{
    if (!reset_in_sequence(g, p)) {
        ignore(e, p, COUNTER_TCP_BAD_RST, EXCEPTION_BAD_RST, REASON_BAD_RST);
        return;
    }
    g->me->flags |= SIDE_RST;
    g->me->state = g->peer->state = TCPS_CLOSE;
    session_set_closed(e, s);
    engine_trace(e, p, "tcp", "reset");
}

/* RFC 7323 3.2: timestamps count only when both SYNs had them. */
static bool timestamps_count(const struct segment *g, const struct packet *p)
{
    return (p->flags & PKT_TS) && (g->me->flags & g->peer->flags & SIDE_TS_OK);
}

/* RFC 7323 5: a timestamp older than the one last acknowledged is an old duplicate. */
static bool timestamp_is_old(const struct segment *g, const struct packet *p)
{
    return timestamps_count(g, p) && (g->me->flags & SIDE_TS) &&
           seq_before(p->tcp.ts_value, g->me->ts_last);
}

static void take_timestamp(const struct segment *g, const struct packet *p)
{
    if (!timestamps_count(g, p))
        return;
    if ((g->me->flags & SIDE_TS) && (g->peer->flags & SIDE_ACKED) &&
        seq_after(p->tcp.seq, g->peer->acked))
        return;
    g->me->ts_last = p->tcp.ts_value;
    g->me->flags |= SIDE_TS;
}

/* Behind the right edge the receiver takes nothing. A copy of the traffic may lack the window
 * update: there, bytes that follow directly on the last ones still count. */
static bool in_window(const struct engine *e, const struct segment *g)
{
    if (!(g->peer->flags & SIDE_ACKED) || ((g->me->flags | g->peer->flags) & SIDE_EDGE_OPEN))
        return true;
    if (!seq_after(g->end, g->peer->edge))
        return true;
    return e->mode == ENGINE_TAP && g->seq == g->me->next && g->peer->edge != g->peer->acked;
}

/* ---- acknowledgements ---- */

static void take_window(const struct segment *g, const struct packet *p)
{
    uint32_t window = p->tcp.window;

    if (!(g->flags & TCP_SYN))
        window <<= g->me->wscale;
    if (window >> g->me->wscale > g->me->window_max)
        g->me->window_max = (uint16_t)(window >> g->me->wscale);

    uint32_t edge = p->tcp.ack + window;

    if (!(g->me->flags & SIDE_ACKED) || seq_after(edge, g->me->edge))
        g->me->edge = edge;
}

/* RFC 5961 5.2: no receiver takes a segment that acknowledges bytes nobody can have sent yet, or
 * that is older than the largest window. */
static bool ack_is_wild(const struct session *s, const struct segment *g, const struct packet *p)
{
    uint32_t past;

    if (s->state == SESSION_NEW || !(g->flags & TCP_ACK) || !(g->me->flags & SIDE_ACKED) ||
        (g->me->flags & SIDE_EDGE_OPEN))
        return false;
    past = g->me->acked - ((uint32_t)g->me->window_max << g->me->wscale);
    return seq_before(p->tcp.ack, past) ||
           seq_after(p->tcp.ack, seq_max(g->me->edge, g->peer->highest));
}

/* Segments may have passed around us: both ends are ahead of what we saw, and dropping what looks
 * forged would never end. What comes again and again passes, unread: forgery is not taken. */
static bool comes_again(const struct engine *e, const struct segment *g, const struct packet *p)
{
    uint16_t before = g->me->flags;

    if (e->mode != ENGINE_INLINE || !(g->flags & TCP_ACK))
        return false;
    if (!(before & SIDE_UNSEEN) || g->me->unseen != p->tcp.ack) {
        g->me->unseen = p->tcp.ack;
        g->me->flags = (uint16_t)((before & ~(SIDE_AGAIN | SIDE_ASTRAY)) | SIDE_UNSEEN);
        return false;
    }
    g->me->flags |= before & SIDE_AGAIN ? SIDE_ASTRAY : SIDE_AGAIN;
    return before & SIDE_AGAIN;
}

static bool stray(struct engine *e, struct packet *p, const struct segment *g, enum exception x)
{
    bool is_window = x == EXCEPTION_OUT_OF_WINDOW;
    enum counter count = is_window ? COUNTER_TCP_OUT_OF_WINDOW : COUNTER_TCP_UNSEEN_ACK;

    if (comes_again(e, g, p))
        engine_count(e, count);
    else
        ignore(e, p, count, x, is_window ? REASON_OUT_OF_WINDOW : REASON_UNSEEN_ACK);
    return false;
}

/* RFC 9293 3.10.7.4: an acknowledgement of something not sent yet. Either the capture lost it, or
 * somebody lies. The receiver of the lie ignores it; so do we, but remember it: when the sender's
 * next bytes turn out to lie behind it, the missing ones are lost to us and not on their way. */
static bool take_unseen_ack(struct engine *e, struct packet *p, const struct segment *g)
{
    if (e->mode == ENGINE_INLINE && engine_exception(e, EXCEPTION_UNSEEN_ACK) == VERDICT_DROP)
        return stray(e, p, g, EXCEPTION_UNSEEN_ACK);
    engine_count(e, COUNTER_TCP_UNSEEN_ACK);
    g->me->unseen = p->tcp.ack;
    g->me->flags |= SIDE_UNSEEN;
    if (e->mode == ENGINE_INLINE)
        engine_apply_exception(e, p, EXCEPTION_UNSEEN_ACK, REASON_UNSEEN_ACK);
    return true;
}

/* False: the segment is not to be looked at further. */
static bool take_ack(struct engine *e, struct packet *p, const struct segment *g)
{
    if (!(g->flags & TCP_ACK))
        return true;
    if (!(g->peer->flags & SIDE_SYNCED)) { /* in mid-stream the first acknowledgement says where */
        g->peer->isn = p->tcp.ack - 1;
        g->peer->next = g->peer->highest = p->tcp.ack;
        g->peer->flags |= SIDE_SYNCED;
    } else if (seq_after(p->tcp.ack, g->peer->highest))
        return take_unseen_ack(e, p, g);
    take_window(g, p);
    if (!(g->me->flags & SIDE_ACKED) || seq_after(p->tcp.ack, g->me->acked)) {
        g->me->acked = p->tcp.ack;
        g->me->flags |= SIDE_ACKED;
        if (g->peer->kept)
            tcp_reasm_acked(e, g->peer, p->tcp.ack);
    }
    return true;
}

/* ---- SYN ---- */

static bool take_syn(struct engine *e, struct packet *p, struct session *s, struct segment *g)
{
    bool first =
        !(g->me->flags & SIDE_SYNCED) || (!(g->me->flags & SIDE_SEEN) && s->state == SESSION_NEW);

    /* RFC 5961 4: inside a connection a SYN changes nothing, and nobody takes its data. */
    if (!first && (g->me->isn != p->tcp.seq || s->state != SESSION_NEW)) {
        ignore(e, p, COUNTER_TCP_BAD_SYN, EXCEPTION_BAD_SYN, REASON_BAD_SYN);
        return false;
    }
    if (first)
        side_open(g->me, p);
    if (g->side != s->client && !(g->flags & TCP_ACK) && (s->flags & SESSION_SPLIT) == 0 &&
        s->state == SESSION_NEW)
        s->flags |= SESSION_SPLIT;
    else if (g->side == s->client && (g->flags & TCP_ACK) && (s->flags & SESSION_SPLIT)) {
        s->flags &= (uint16_t)~SESSION_SPLIT;
        engine_threat(e, p, s, THREAT_SPLIT_HANDSHAKE, "server answered with a SYN of its own");
    }
    g->me->state = g->flags & TCP_ACK ? TCPS_SYN_RECV : TCPS_SYN_SENT;
    if (g->peer->state == TCPS_LISTEN)
        g->peer->state = TCPS_SYN_RECV;
    if (p->payload_wire == 0)
        return true;
    engine_count(e, COUNTER_TCP_SYN_DATA);
    engine_threat(e, p, s, THREAT_SYN_DATA, "data in a SYN");
    if (p->verdict >= VERDICT_DROP)
        return false;
    s->flags |= SESSION_PAYLOAD;
    tcp_reasm_park(e, g->me, g->seq, span_of(p->payload, p->payload_len));
    return true;
}

/* RFC 7413 4.1.3: did the other end take the data of the SYN? Its acknowledgement tells, or where
 * the sender goes on. */
static void settle_syn_data(struct engine *e, struct packet *p, struct session *s,
                            const struct segment *g)
{
    if ((g->peer->flags & SIDE_SYN_DATA) && (g->flags & TCP_ACK))
        tcp_reasm_unpark(e, p, s, 1u - g->side,
                         seq_after(p->tcp.ack, g->peer->isn + 1) ? PARK_TAKEN : PARK_REFUSED);
    if ((g->me->flags & SIDE_SYN_DATA) && !(g->flags & TCP_SYN))
        tcp_reasm_unpark(e, p, s, g->side,
                         seq_after(g->seq, g->me->isn + 1) ? PARK_TAKEN : PARK_REFUSED);
}

/* ---- FIN ---- */

static void take_fin(struct engine *e, struct session *s, struct segment *g)
{
    const struct timeouts *t = &e->snapshot->timeouts;

    if (g->me->flags & SIDE_FIN)
        return;
    g->me->flags |= SIDE_FIN;
    g->me->flags &= (uint16_t)~SIDE_FIN_AHEAD;
    if (s->state == SESSION_CLOSED)
        return;
    if (g->peer->flags & SIDE_FIN) {
        g->me->state = TCPS_LAST_ACK;
        g->peer->state = TCPS_TIME_WAIT;
        session_set_closed(e, s);
        return;
    }
    g->me->state = TCPS_FIN_WAIT1;
    g->peer->state = TCPS_CLOSE_WAIT;
    session_set_timeout(e, s, t->tcp_half_closed);
}

/* Bytes where the FIN stood: it did not arrive, and the stream goes on. */
static void forget_fin(struct engine *e, struct session *s, const struct segment *g)
{
    g->me->flags &= (uint16_t)~SIDE_FIN;
    if (s->state == SESSION_CLOSED)
        return;
    g->me->state = g->peer->state = TCPS_ESTABLISHED;
    session_set_timeout(e, s, e->snapshot->timeouts.tcp_established);
}

/* The states that an acknowledgement of a FIN leads to. */
static void acked_fin(const struct segment *g)
{
    if (!(g->peer->flags & SIDE_FIN) || g->me->acked != g->peer->fin_seq + 1)
        return;
    if (g->peer->state == TCPS_FIN_WAIT1)
        g->peer->state = TCPS_FIN_WAIT2;
    else if (g->peer->state == TCPS_LAST_ACK)
        g->peer->state = TCPS_CLOSE;
}

/* ---- data ---- */

/* RFC 6093: receivers take one byte out of the stream: the one before where the pointer points
 * (Linux: the first one when it points nowhere). */
static void take_urgent(struct engine *e, const struct packet *p, const struct segment *g)
{
    if (p->tcp.flags & TCP_URG)
        tcp_reasm_urgent(e, g->me, g->seq + (p->tcp.urgent ? p->tcp.urgent - 1u : 0u));
}

/* Bytes wait behind missing ones. Are these lost for good? Yes when the receiver has acknowledged
 * them (inline: they have passed around us), or, of a copy, when it says so before the sender does,
 * or when nothing of the receiver is seen at all and enough has come since. */
static void give_up_missing(struct engine *e, struct packet *p, struct session *s,
                            const struct segment *g)
{
    uint32_t start, highest;

    if (!tcp_reasm_waiting(g->me, &start))
        return;
    if (e->mode == ENGINE_INLINE) {
        if ((g->peer->flags & SIDE_ACKED) && !seq_before(g->peer->acked, start))
            tcp_reasm_gap(e, p, s, g->side, start);
        return;
    }
    highest = g->peer->flags & SIDE_UNSEEN ? g->peer->unseen : g->peer->acked;
    if (g->peer->flags & (SIDE_ACKED | SIDE_UNSEEN) && !seq_before(highest, start))
        tcp_reasm_gap(e, p, s, g->side, start);
    else if (!(g->peer->flags & SIDE_SEEN) && g->me->highest - g->me->next > 16384)
        tcp_reasm_gap(e, p, s, g->side, start);
}

/* No room for bytes ahead of missing ones. A copy of the traffic goes on without the missing ones;
 * inline the segment is dropped and comes again. Inspection never ends here. */
static void no_room(struct engine *e, struct packet *p, struct session *s, const struct segment *g,
                    struct span bytes)
{
    uint32_t start;

    engine_count(e, COUNTER_TCP_BUDGET);
    if (e->mode == ENGINE_INLINE) {
        engine_apply_exception(e, p, EXCEPTION_REASSEMBLY_BUDGET, REASON_REASSEMBLY_BUDGET);
        return;
    }
    while (tcp_reasm_waiting(g->me, &start) && seq_before(start, g->seq))
        tcp_reasm_gap(e, p, s, g->side, start);
    if (seq_after(g->seq, g->me->next) &&
        tcp_reasm_input(e, p, s, g->side, g->seq, bytes) == REASM_FULL)
        tcp_reasm_gap(e, p, s, g->side, g->seq);
    (void)tcp_reasm_input(e, p, s, g->side, g->seq, bytes);
}

static void differs(struct engine *e, struct packet *p, struct session *s)
{
    engine_count(e, COUNTER_TCP_OVERLAP_DIFFERS);
    engine_tell(e, p, s, THREAT_BAD_PACKET, "inconsistent retransmission",
                engine_exception(e, EXCEPTION_OVERLAP));
    engine_apply_exception(e, p, EXCEPTION_OVERLAP, REASON_OVERLAP);
}

static void take_data(struct engine *e, struct packet *p, struct session *s,
                      const struct segment *g)
{
    struct span bytes = span_of(p->payload, p->payload_len);
    bool old = !seq_after(g->seq + p->payload_wire, g->me->next);

    s->flags |= SESSION_PAYLOAD;
    if (old)
        engine_count(e, p->payload_wire <= 1 ? COUNTER_TCP_KEEPALIVE : COUNTER_TCP_RETRANSMIT);
    else if (seq_after(g->seq, g->me->next))
        engine_count(e, COUNTER_TCP_OUT_OF_ORDER);
    else if (seq_before(g->seq, g->me->isn + 1))
        engine_count(e, COUNTER_TCP_PRE_ISN);

    if ((g->me->flags & SIDE_FIN) && seq_after(g->seq + p->payload_wire, g->me->fin_seq))
        forget_fin(e, s, g);
    take_urgent(e, p, g);
    switch (tcp_reasm_input(e, p, s, g->side, g->seq, bytes)) {
    case REASM_TAKEN:
        break;
    case REASM_DIFFERS:
        differs(e, p, s);
        break;
    case REASM_FULL:
        no_room(e, p, s, g, bytes);
        break;
    }
    if (p->payload_wire > p->payload_len && g->seq + p->payload_len == g->me->next)
        tcp_reasm_gap(e, p, s, g->side, g->seq + p->payload_wire);
}

static void advance_highest(const struct segment *g)
{
    if (!seq_after(g->end, g->me->highest))
        return;
    g->me->highest = g->end;
    if (g->peer->flags & SIDE_UNSEEN && !seq_after(g->peer->unseen, g->end)) {
        g->peer->flags &= (uint16_t) ~(SIDE_UNSEEN | SIDE_AGAIN | SIDE_ASTRAY);
        if (!(g->peer->flags & SIDE_ACKED) || seq_after(g->peer->unseen, g->peer->acked))
            g->peer->acked = g->peer->unseen;
    }
}

static void sync_here(const struct segment *g, const struct packet *p)
{
    g->me->isn = p->tcp.seq - 1;
    g->me->next = g->me->highest = p->tcp.seq;
    g->me->flags |= SIDE_SYNCED;
}

/* The handshake is complete when the client acknowledges the server's SYN. */
static void take_handshake(struct engine *e, struct session *s, const struct segment *g)
{
    if (s->state == SESSION_NEW && (s->sides[0].flags & s->sides[1].flags & SIDE_SYNCED) &&
        (g->flags & (TCP_ACK | TCP_SYN)) == TCP_ACK)
        tcp_established(e, s);
}

static void take_stream(struct engine *e, struct packet *p, struct session *s, struct segment *g)
{
    if (p->payload_wire && !(g->flags & TCP_SYN)) {
        if (s->timeout == e->snapshot->timeouts.tcp_no_data && s->state == SESSION_ESTABLISHED)
            session_set_timeout(e, s, e->snapshot->timeouts.tcp_established);
        take_data(e, p, s, g);
    }
    if (g->flags & TCP_FIN) {
        g->me->fin_seq = g->seq + p->payload_wire;
        g->me->flags |= SIDE_FIN_AHEAD;
    }
    give_up_missing(e, p, s, g);
    if ((g->me->flags & (SIDE_FIN_AHEAD | SIDE_FIN)) == SIDE_FIN_AHEAD &&
        g->me->fin_seq == g->me->next)
        take_fin(e, s, g);
}

/* RFC 7323 2.3: no window is larger than 2^30. Whatever else is unknown, a segment further away is
 * not of this stream; and the distances of all that is kept stay comparable. */
static bool is_near(const struct segment *g)
{
    return g->end - g->me->next + (1u << 30) <= 1u << 31;
}

/* Its receiver answers from where it was acknowledged, and has taken bytes that we did not. */
static void resume(struct engine *e, struct packet *p, struct session *s, const struct segment *g)
{
    struct session_side *me = g->me, *peer = g->peer;

    if (!(peer->flags & SIDE_ASTRAY) || p->tcp.seq != peer->unseen || !(g->flags & TCP_ACK) ||
        !seq_after(p->tcp.ack, peer->highest))
        return;
    engine_count(e, COUNTER_TCP_RESUMED);
    engine_trace(e, p, "tcp", "both ends are ahead of what was seen: going on from there");
    tcp_reasm_gap(e, p, s, g->side, p->tcp.seq);
    tcp_reasm_gap(e, p, s, 1u - g->side, p->tcp.ack);
    me->highest = seq_max(me->highest, p->tcp.seq);
    peer->highest = seq_max(peer->highest, p->tcp.ack);
    peer->acked = p->tcp.seq;
    peer->edge = seq_max(peer->edge, peer->acked + ((uint32_t)peer->window_max << peer->wscale));
    me->flags &= (uint16_t) ~(SIDE_UNSEEN | SIDE_AGAIN | SIDE_ASTRAY);
    peer->flags &= (uint16_t) ~(SIDE_UNSEEN | SIDE_AGAIN | SIDE_ASTRAY);
}

/* False: the receiver throws it away, and so do we. */
static bool acceptable(struct engine *e, struct packet *p, struct session *s,
                       const struct segment *g)
{
    if (__builtin_expect(g->peer->flags & SIDE_ASTRAY, 0))
        resume(e, p, s, g);
    if (__builtin_expect(!is_near(g), 0))
        return stray(e, p, g, EXCEPTION_OUT_OF_WINDOW);
    if (__builtin_expect(ack_is_wild(s, g, p), 0))
        return stray(e, p, g, EXCEPTION_UNSEEN_ACK);
    if (__builtin_expect(timestamp_is_old(g, p), 0)) {
        ignore(e, p, COUNTER_TCP_OLD_TS, EXCEPTION_OLD_TIMESTAMP, REASON_OLD_TIMESTAMP);
        return false;
    }
    if (__builtin_expect(in_window(e, g), 1))
        return true;
    if (p->payload_wire == 1 && g->seq == g->peer->edge) {
        engine_count(e, COUNTER_TCP_KEEPALIVE); /* zero window probe: the byte comes again */
        (void)take_ack(e, p, g);
        return false;
    }
    return stray(e, p, g, EXCEPTION_OUT_OF_WINDOW);
}

/* A bare acknowledgement before the SYN of its side says nothing about where that side starts. */
static bool too_early(const struct packet *p, const struct session *s, const struct segment *g)
{
    return !(g->me->flags & SIDE_SYNCED) && s->state == SESSION_NEW && g->side != s->client &&
           p->payload_wire == 0;
}

enum { SIDE_RUNNING = SIDE_SEEN | SIDE_SYNCED | SIDE_ACKED };
enum { SIDE_SPECIAL = SIDE_FIN | SIDE_FIN_AHEAD | SIDE_UNSEEN | SIDE_EDGE_OPEN | SIDE_SYN_DATA };

static bool is_running(const struct session_side *side)
{
    return (side->flags & (SIDE_RUNNING | SIDE_SPECIAL)) == SIDE_RUNNING &&
           (side->kept == NULL || (side->kept->ahead == NULL && side->kept->urgent_count == 0));
}

/* The segment that an established, undisturbed session sees all the time: in order, inside the
 * window, acknowledging what was sent, nothing waiting on either side. Most segments end here.
 * False: not such a one, nothing is changed; the long way below does everything. */
static bool predicted(struct engine *e, struct packet *p, struct session *s)
{
    struct session_side *me = &s->sides[p->side], *peer = &s->sides[1 - p->side];
    uint32_t end = p->tcp.seq + p->payload_len;

    if ((p->tcp.flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG)) ||
        s->state != SESSION_ESTABLISHED || !is_running(me) || !is_running(peer))
        return false;
    if (p->tcp.seq != me->next || me->highest != me->next || seq_after(end, peer->edge) ||
        p->payload_len != p->payload_wire)
        return false;
    if (seq_before(p->tcp.ack, me->acked) || seq_after(p->tcp.ack, peer->highest))
        return false;
    if ((p->flags & PKT_TS) && (me->flags & peer->flags & SIDE_TS_OK)) {
        if (seq_before(p->tcp.ts_value, me->ts_last))
            return false;
        if (!seq_after(p->tcp.seq, peer->acked))
            me->ts_last = p->tcp.ts_value;
        me->flags |= SIDE_TS;
    }
    uint32_t edge = p->tcp.ack + ((uint32_t)p->tcp.window << me->wscale);

    if (seq_after(edge, me->edge))
        me->edge = edge;
    if (p->tcp.window > me->window_max)
        me->window_max = p->tcp.window;
    me->acked = p->tcp.ack;
    if (peer->kept)
        tcp_reasm_acked(e, peer, p->tcp.ack);
    if (p->payload_len == 0)
        return true;
    me->highest = end;
    s->flags |= SESSION_PAYLOAD;
    if (s->timeout == e->snapshot->timeouts.tcp_no_data)
        session_set_timeout(e, s, e->snapshot->timeouts.tcp_established);
    tcp_reasm_next(e, p, s, p->side, span_of(p->payload, p->payload_len));
    return true;
}

void tcp_track(struct engine *e, struct packet *p, struct session *s)
{
    if (predicted(e, p, s))
        return;

    struct segment g = {
        .me = &s->sides[p->side],
        .peer = &s->sides[1 - p->side],
        .seq = p->tcp.seq + ((p->tcp.flags & TCP_SYN) != 0),
        .flags = p->tcp.flags,
        .side = p->side,
    };
    g.end = g.seq + p->payload_wire + ((g.flags & TCP_FIN) != 0);

    if (__builtin_expect(g.flags & TCP_RST, 0)) {
        take_reset(e, p, s, &g);
        g.me->flags |= SIDE_SEEN;
        return;
    }
    if (__builtin_expect(g.flags & TCP_SYN, 0)) {
        if (!take_syn(e, p, s, &g))
            return;
    } else if (__builtin_expect(!(g.me->flags & SIDE_SYNCED), 0)) {
        if (too_early(p, s, &g))
            return;
        sync_here(&g, p);
    }
    g.me->flags |= SIDE_SEEN;
    if (!acceptable(e, p, s, &g))
        return;
    take_timestamp(&g, p);
    if (!take_ack(e, p, &g))
        return;
    if (__builtin_expect((g.me->flags | g.peer->flags) & SIDE_SYN_DATA, 0))
        settle_syn_data(e, p, s, &g);
    take_handshake(e, s, &g);
    advance_highest(&g);
    if ((p->payload_wire && !(g.flags & TCP_SYN)) || (g.flags & TCP_FIN) || g.me->kept ||
        (g.me->flags & SIDE_FIN_AHEAD))
        take_stream(e, p, s, &g);
    if (g.peer->kept) { /* this acknowledgement may settle what the other side is missing */
        struct segment other = {.me = g.peer, .peer = g.me, .side = (uint8_t)(1 - g.side)};

        give_up_missing(e, p, s, &other);
    }
    acked_fin(&g);
}
