/* SPDX-License-Identifier: Apache-2.0
 *
 * THE MAP: the path of a packet, top to bottom.
 *
 * engine_input() takes a batch. Its first passes decode all frames, compute their session hashes
 * and prefetch what the look-ups will touch; then each packet goes down inspect(), one call a
 * stage.
 */
#include "engine_state.h"

#include "engine_verdict.h"
#include "meter/meter_stage.h"
#include "session/datagram_track.h"
#include "session/mesh.h"
#include "session/session_report.h"
#include "tcp/tcp_track.h"
#include "workload/workload_index.h"

#define EXPIRE_PER_FRAME 4
#define PREFETCH_AHEAD   4 /* packets: about the time a cache line takes */

/* ---- before the batch ---- */

static void take_snapshot(struct engine *e)
{
    const struct snapshot *s = __atomic_load_n(&e->next_snapshot, __ATOMIC_ACQUIRE);

    if (s == e->snapshot)
        return;
    __atomic_store_n(&e->snapshot, s, __ATOMIC_RELEASE);
    session_sweep_gone(e);
    e->decode.checksum = s->checksum;
    e->decode.tunnel_depth = s->limits.tunnel_depth;
    e->decode.device_in_key = s->device_in_key;
}

static void take_time(struct engine *e, uint64_t now_us)
{
    uint32_t second;

    if (now_us <= e->now_us && e->started)
        return;
    e->now_us = now_us;
    if (now_us < e->next_second_us)
        return;
    second = (uint32_t)(now_us / 1000000);
    e->next_second_us = ((uint64_t)second + 1) * 1000000;
    if (!e->started) /* the first frame of an input sets the clock */
        timer_wheel_init(&e->sessions.wheel, second);
    e->started = true;
    e->now_s = second;
    meter_second(e);
    for (size_t i = 0; i < e->traffic_count && i < e->snapshot->zone_count; i++)
        traffic_advance(&e->traffic[i], second);
}

/* A little of what is due: the rest waits for the next batch, or for an idle moment. */
static void expire_some(struct engine *e, size_t frames)
{
    if (e->sessions.wheel.target != e->now_s || timer_wheel_behind(&e->sessions.wheel))
        (void)session_table_advance(e, frames * EXPIRE_PER_FRAME);
    if (!list_empty(&e->defrag.age))
        defrag_expire(e, frames);
    if (__builtin_expect(e->sessions.sweep.on, 0))
        session_sweep_some(e, SWEEP_BUCKETS);
    rcu_limbo_poll(&e->sessions.limbo, RCU_POLL_LAZY);
}

/* ---- stages ---- */

static void packet_key(struct engine *e, struct packet *p)
{
    if (e->snapshot->workload_count)
        workload_find(e->snapshot->index, p);
    if (p->kind != PACKET_IP)
        return;
    p->hash = session_key_hash(&e->hash_key, &p->key);
    session_prefetch_bucket(&e->sessions, p->hash);
}

static void count_frame(struct engine *e, const struct packet *p)
{
    static const enum counter family[] = {COUNTER_IPV4, COUNTER_IPV6};

    engine_count(e, COUNTER_PACKETS);
    counter_add(&e->counters, COUNTER_BYTES, p->frame->length);
    if (p->flags & (PKT_SNAPPED | PKT_TUNNELLED)) {
        counter_add(&e->counters, COUNTER_SNAPPED, (p->flags & PKT_SNAPPED) != 0);
        counter_add(&e->counters, COUNTER_TUNNEL, (p->flags & PKT_TUNNELLED) != 0);
    }
    if (p->vlans)
        engine_count(e, COUNTER_VLAN);
    if (p->l3)
        engine_count(e, family[p->key.family == 6]);
}

static void count_traffic(struct engine *e, const struct packet *p)
{
    uint32_t zone = p->workload ? p->workload->zone : 0;

    traffic_packet(&e->traffic[0], p->ingress, p->frame->length);
    if (zone && zone < e->traffic_count)
        traffic_packet(&e->traffic[zone], p->ingress, p->frame->length);
    else if (e->snapshot->workload_count || p->frame->known_only)
        engine_count(e, COUNTER_NO_WORKLOAD);
}

/* Also what comes before the agent has said what there is. */
static bool is_strangers(struct engine *e, struct packet *p)
{
    if (!p->frame->known_only || p->workload != NULL)
        return false;
    engine_trace(e, p, "workload", "of no workload: not inspected");
    engine_apply_exception(e, p, EXCEPTION_UNKNOWN_WORKLOAD, REASON_UNKNOWN_WORKLOAD);
    return true;
}

static bool inspect_undecodable(struct engine *e, struct packet *p)
{
    if (p->kind == PACKET_BAD) {
        engine_count(e, COUNTER_INVALID);
        engine_tell(e, p, NULL, THREAT_BAD_PACKET, p->bad,
                    engine_exception(e, EXCEPTION_BAD_PACKET));
        engine_apply_exception(e, p, EXCEPTION_BAD_PACKET, REASON_BAD_PACKET);
        return true;
    }
    if (p->reason == REASON_TUNNEL_DEPTH)
        engine_apply_exception(e, p, EXCEPTION_TUNNEL_DEPTH, REASON_TUNNEL_DEPTH);
    else if (!(p->flags & PKT_SNAPPED)) {
        engine_count(e, COUNTER_NOT_IP);
        engine_apply_exception(e, p, EXCEPTION_UNKNOWN_LINK, REASON_UNKNOWN_LINK);
    }
    return true;
}

/* A wrong checksum means that no receiver takes the packet; it must not touch a session. In
 * captures, where hardware may have been about to fill it in, a sender's checksums count from its
 * first right one on. */
static bool checksum_counts(struct engine *e, struct packet *p, struct session *s)
{
    if (!(p->flags & PKT_CSUM_BAD))
        return false;
    if (e->snapshot->checksum == CHECKSUM_AUTO &&
        (s == NULL || !(s->sides[p->side].flags & SIDE_CSUM_GOOD)))
        return false;
    engine_count(e, COUNTER_CSUM_BAD);
    engine_apply_exception(e, p, EXCEPTION_BAD_CHECKSUM, REASON_BAD_CHECKSUM);
    engine_trace(e, p, "decode", "wrong checksum: ignored");
    return true;
}

/* The session in the table; one that has been idle too long is over. */
static struct session *find_session(struct engine *e, struct packet *p)
{
    bool mesh = p->workload && p->workload->mesh;
    struct session *s = mesh ? mesh_find(e, p) : session_find(&e->sessions, &p->key, p->hash);

    while (s && __builtin_expect(session_is_idle(e, s), 0)) {
        engine_count(e, COUNTER_SESSIONS_TIMEOUT);
        session_end(e, s, REASON_TIMEOUT);
        /* Another one of a mesh key is another connection. */
        s = mesh ? NULL : session_find(&e->sessions, &p->key, p->hash);
    }
    return s;
}

/* The session as this packet finds it, or a new one, or NULL. */
static struct session *session_for(struct engine *e, struct packet *p, struct session *found)
{
    switch (p->proto) {
    case 6:
        return tcp_session(e, p, found);
    case 17:
        return udp_session(e, p, found);
    case 1:
    case 58:
        return icmp_session(e, p, found);
    default:
        return other_session(e, p, found);
    }
}

static void account(struct engine *e, struct packet *p, struct session *s)
{
    struct session_side *me = &s->sides[p->side];
    uint64_t before_us;

    p->session = s;
    me->packets += p->train ? p->train->count : 1u;
    me->bytes += p->train ? p->train->frame_bytes : p->frame->length;
    if (p->ttl < me->ttl_min)
        me->ttl_min = p->ttl;
    if (p->ttl > me->ttl_max)
        me->ttl_max = p->ttl;
    if ((p->flags & (PKT_CSUM_GOOD | PKT_CSUM_BAD)) == PKT_CSUM_GOOD)
        me->flags |= SIDE_CSUM_GOOD;
    if (p->flags & PKT_REASSEMBLED)
        s->flags |= SESSION_FRAGMENTED;
    if (s->key.zone & SESSION_ZONE_MESH)
        mesh_learn(e, p, s);
    before_us = s->last_us;
    s->last_us = e->now_us;
    if (__builtin_expect(session_report_wants(e, s, before_us), 0))
        session_report_later(e, s);
}

/* A session set aside or blocked stays so until the configuration changes; then it is looked at
 * again like one joined in the middle. */
static void rejudge(struct engine *e, struct session *s)
{
    if (s->verdict == VERDICT_PASS || s->generation == e->snapshot->generation)
        return;
    if (s->verdict == VERDICT_BYPASS && s->state == SESSION_BYPASSED)
        s->state = SESSION_ESTABLISHED;
    s->generation = e->snapshot->generation;
    s->verdict = VERDICT_PASS;
    s->reason = REASON_NONE;
    s->flags &= (uint16_t)~SESSION_BLOCKED;
    s->flags |= SESSION_MIDSTREAM;
    app_restart(e, s);
    s->stages = STAGE_APP | STAGE_STREAM;
    for (int i = 0; i < 2; i++)
        s->sides[i].flags &= (uint16_t) ~(SIDE_SYNCED | SIDE_ACKED | SIDE_UNSEEN | SIDE_TS);
    session_rebypass(e, s);
}

static void track(struct engine *e, struct packet *p, struct session *s)
{
    switch (p->proto) {
    case 6:
        tcp_track(e, p, s);
        break;
    case 17:
        udp_track(e, p, s);
        break;
    case 1:
    case 58:
        icmp_track(e, p, s);
        break;
    default:
        break;
    }
}

static void count_protocol(struct engine *e, const struct packet *p)
{
    engine_count(e, p->proto == 6                     ? COUNTER_TCP
                    : p->proto == 17                  ? COUNTER_UDP
                    : p->proto == 1 || p->proto == 58 ? COUNTER_ICMP
                                                      : COUNTER_OTHER);
}

/* One packet, all the way. Returns early when there is nothing left to do. */
static void inspect(struct engine *e, struct packet *p)
{
    struct session *s;

    count_frame(e, p);
    count_traffic(e, p);
    engine_trace_packet(e, p);
    if (is_strangers(e, p))
        return;
    if (p->kind == PACKET_FRAGMENT) {
        if (!defrag_input(e, p))
            return;
        packet_key(e, p);
    }
    if (p->kind != PACKET_IP) {
        inspect_undecodable(e, p);
        return;
    }
    count_protocol(e, p);
    if (p->proto == 6 && p->tcp.mss && p->tcp.mss < 256)
        engine_threat(e, p, NULL, THREAT_SMALL_MSS, "small MSS");
    s = find_session(e, p);
    if (checksum_counts(e, p, s))
        return;
    s = session_for(e, p, s);
    if (s == NULL)
        return;
    account(e, p, s);
    if (__builtin_expect(s->verdict != VERDICT_PASS, 0)) {
        rejudge(e, s);
        if (s->verdict != VERDICT_PASS) {
            packet_verdict(p, (enum verdict)s->verdict, (enum reason)s->reason);
            return;
        }
    }
    track(e, p, s);
    if (!(s->flags & SESSION_APP_READY) && s->app)
        app_deadline(e, s);
}

void engine_input(struct engine *e, struct frame *frames, size_t n)
{
    take_snapshot(e);
    if (n)
        take_time(e, frames[0].time_us);
    expire_some(e, n);
    for (size_t i = 0; i < n; i++) {
        decode_frame(&e->decode, &e->batch[i], &frames[i]);
        packet_key(e, &e->batch[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (e->batch[i].kind == PACKET_IP)
            session_prefetch_first(&e->sessions, e->batch[i].hash);
    for (size_t i = 0; i < n; i++) {
        if (i + PREFETCH_AHEAD < n && e->batch[i + PREFETCH_AHEAD].kind == PACKET_IP)
            session_prefetch_rest(&e->sessions, e->batch[i + PREFETCH_AHEAD].hash);
        take_time(e, frames[i].time_us);
        if (__builtin_expect(e->sessions.wheel.target != e->now_s, 0))
            expire_some(e, 1); /* a batch out of a file may last hours */
        inspect(e, &e->batch[i]);
        engine_finish(e, &e->batch[i]);
    }
    rcu_quiescent();
}

bool engine_tick(struct engine *e, uint64_t now_us)
{
    take_snapshot(e);
    take_time(e, now_us);
    while (session_table_advance(e, 1024))
        rcu_limbo_poll(&e->sessions.limbo, RCU_POLL_LAZY);
    defrag_expire(e, SIZE_MAX);
    if (e->sessions.sweep.on)
        session_sweep_some(e, (size_t)64 * SWEEP_BUCKETS);
    rcu_limbo_poll(&e->sessions.limbo, RCU_POLL_FLUSH);
    rcu_quiescent();
    return e->sessions.sweep.on;
}

void engine_flush(struct engine *e)
{
    take_snapshot(e);
    while (session_table_advance(e, SIZE_MAX))
        ;
    defrag_flush(e);
    session_end_all(e, REASON_FLUSH);
    meters_clear(&e->meters);
    rcu_limbo_poll(&e->sessions.limbo, RCU_POLL_FLUSH);
    rcu_quiescent();
    e->started = false;
    e->next_second_us = 0;
    e->now_us = 0;
    e->now_s = 0;
}
