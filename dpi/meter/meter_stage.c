/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/meter_stage.h"

#include "engine_state.h"

#include <netinet/in.h>
#include <stdio.h>

enum {
    CLIENT_SPEAKS_WITHIN = 30, /* seconds after the handshake */
    SWEEP_PARTS = 4,           /* of the table, one with each second */
    TEXT = 64,
};

enum { ICMP_UNREACHABLE = 3, ICMP_TOO_BIG_CODE = 4, ICMP6_TOO_BIG = 2 };

static bool is_metered(const struct engine *e, const struct packet *p, enum threat threat)
{
    return p->workload != NULL && snapshot_threat(e->snapshot, threat);
}

static struct meter_key key_of(enum meter_kind kind, const struct packet *p, unsigned end)
{
    const struct session_key *k = &p->key;

    return meter_key(kind, p->workload->zone, k->family,
                     k->family == 4 ? k->addr.v4[end] : k->addr.v6[end]);
}

static void say(char text[TEXT], enum meter_kind kind, const struct meter_answer *a,
                const struct meter_limit *limit)
{
    static const char *const what[METER_KINDS] = {
        [METER_SYN_SOURCE] = "SYNs of one source", [METER_SYN] = "SYNs of all sources",
        [METER_ICMP_SOURCE] = "ICMP of one peer",  [METER_ICMP] = "ICMP of all peers",
        [METER_SESSIONS] = "sessions of a source", [METER_CLIENT_QUIET] = "quiet clients",
    };

    snprintf(text, TEXT, "%s: %u, limit %u", what[kind], a->count, limit->lower);
}

/* Counts one; true: the meter is on, and that is told when it is time. */
static bool charge(struct engine *e, struct packet *p, enum meter_kind kind, unsigned end,
                   enum threat threat)
{
    struct meter_key key = key_of(kind, p, end);
    struct meter_answer a = meter_charge(&e->meters, &key, &e->snapshot->meters, e->now_s);
    char text[TEXT];

    if (a.told > 0) {
        say(text, kind, &a, &e->snapshot->meters.of[kind]);
        engine_tell_sum(e, p, threat, text, a.told);
    }
    return a.on;
}

/* What the threat's action says. True: the packet is stopped. */
static bool stop(struct engine *e, struct packet *p, enum threat threat)
{
    enum verdict verdict = (enum verdict)e->snapshot->threat_verdicts[threat];

    if (verdict < VERDICT_DROP)
        return false;
    /* There is no session to reset or block: the packet goes. */
    packet_verdict(p, VERDICT_DROP, REASON_THREAT);
    if (!engine_enforces(e, p->workload))
        return false;
    engine_count(e, COUNTER_METER_DROPS);
    return true;
}

/* ---- handshakes ---- */

bool meter_syn(struct engine *e, struct packet *p)
{
    if (!p->ingress || !is_metered(e, p, THREAT_SYN_FLOOD))
        return true;
    /* What one source is stopped for is no reason to treat others differently. */
    if (charge(e, p, METER_SYN_SOURCE, p->side, THREAT_SYN_FLOOD)) {
        if (stop(e, p, THREAT_SYN_FLOOD))
            return false;
    } else if (!charge(e, p, METER_SYN, p->side, THREAT_SYN_FLOOD)) {
        return true;
    }
    engine_count(e, COUNTER_METER_STATELESS);
    engine_trace(e, p, "meter", "a flood of SYNs: no session");
    return false;
}

bool meter_is_flooded(struct engine *e, const struct packet *p)
{
    unsigned peer = p->ingress ? p->side : 1u - p->side;
    struct meter_key all, source;

    if (e->meters.used == 0 || !is_metered(e, p, THREAT_SYN_FLOOD))
        return false;
    all = key_of(METER_SYN, p, peer);
    source = key_of(METER_SYN_SOURCE, p, peer);
    return meter_is_on(&e->meters, &all, &e->snapshot->meters, e->now_s) ||
           meter_is_on(&e->meters, &source, &e->snapshot->meters, e->now_s);
}

bool meter_syn_answer(struct engine *e, struct packet *p)
{
    if (p->ingress || !meter_is_flooded(e, p))
        return true;
    engine_count(e, COUNTER_METER_STATELESS);
    engine_trace(e, p, "meter", "answers a flood of SYNs: no session");
    return false;
}

/* ---- ICMP ---- */

/* Without these networks do not work, and answers come because they were asked for. */
static bool is_needed(const struct packet *p)
{
    if (p->proto == IPPROTO_ICMPV6)
        return (p->flags & PKT_ND) || p->icmp_type == ICMP6_TOO_BIG || p->icmp_type == 129;
    if (p->icmp_type == ICMP_UNREACHABLE)
        return p->icmp_code == ICMP_TOO_BIG_CODE;
    return p->icmp_type == 0 || p->icmp_type == 14 || p->icmp_type == 16 || p->icmp_type == 18;
}

bool meter_icmp(struct engine *e, struct packet *p)
{
    if (!is_metered(e, p, THREAT_ICMP_FLOOD) || is_needed(p))
        return true;
    if (!charge(e, p, METER_ICMP_SOURCE, p->side, THREAT_ICMP_FLOOD) &&
        !charge(e, p, METER_ICMP, p->side, THREAT_ICMP_FLOOD))
        return true;
    return !stop(e, p, THREAT_ICMP_FLOOD);
}

/* ---- sessions of a source ---- */

bool meter_session(struct engine *e, struct packet *p, struct session *s)
{
    struct meter_key key;

    if (!(s->flags & SESSION_INGRESS) || !is_metered(e, p, THREAT_SESSION_LIMIT))
        return true;
    if (charge(e, p, METER_SESSIONS, s->client, THREAT_SESSION_LIMIT) &&
        stop(e, p, THREAT_SESSION_LIMIT)) {
        key = key_of(METER_SESSIONS, p, s->client);
        meter_return(&e->meters, &key, e->now_s);
        return false;
    }
    s->metered = 1;
    return true;
}

void meter_session_ended(struct engine *e, const struct session *s)
{
    struct meter_key key;

    if (!s->metered)
        return;
    key = meter_key(METER_SESSIONS, session_zone(s), s->key.family,
                    s->key.family == 4 ? s->key.addr.v4[s->client] : s->key.addr.v6[s->client]);
    meter_return(&e->meters, &key, e->now_s);
}

/* ---- clients that say nothing ---- */

void meter_wake(struct engine *e, struct session *s)
{
    uint16_t since = (uint16_t)(e->now_s - s->closed_at);

    session_wake(e, s, e->now_s - since + CLIENT_SPEAKS_WITHIN);
}

void meter_await_client(struct engine *e, struct session *s)
{
    if (session_zone(s) == 0 || (s->flags & SESSION_MIDSTREAM) ||
        !snapshot_threat(e->snapshot, THREAT_NO_CLIENT_DATA))
        return;
    s->awaits_client = 1;
    s->closed_at = (uint16_t)e->now_s;
    meter_wake(e, s);
}

static bool is_quiet(const struct session *s)
{
    const struct session_side *client = &s->sides[s->client];

    return s->state == SESSION_ESTABLISHED && client->next == client->isn + 1 &&
           client->highest == client->next && !(client->flags & SIDE_FIN);
}

void meter_look_at_client(struct engine *e, struct session *s)
{
    uint16_t since = (uint16_t)(e->now_s - s->closed_at);
    const struct workload *w = engine_workload(e, s);
    struct meter_key key;
    struct meter_answer a;
    char text[TEXT];

    if (s->state == SESSION_ESTABLISHED && since < CLIENT_SPEAKS_WITHIN)
        return;
    s->awaits_client = 0;
    if (!is_quiet(s) || w == NULL || !snapshot_threat(e->snapshot, THREAT_NO_CLIENT_DATA))
        return;
    key = meter_key(METER_CLIENT_QUIET, w->zone, 0, NULL);
    a = meter_charge(&e->meters, &key, &e->snapshot->meters, e->now_s);
    if (!a.on)
        return;
    say(text, METER_CLIENT_QUIET, &a, &e->snapshot->meters.of[METER_CLIENT_QUIET]);
    engine_threat(e, NULL, s, THREAT_NO_CLIENT_DATA, text);
    if (s->verdict >= VERDICT_DROP)
        session_set_timeout(e, s, e->snapshot->timeouts.blocked);
}

void meter_second(struct engine *e)
{
    meters_expire(&e->meters, e->meters.sets * METER_WAYS / SWEEP_PARTS, e->now_s);
    e->counters.value[COUNTER_METERS] = e->meters.used;
    e->counters.value[COUNTER_METERS_EVICTED] = e->meters.evicted;
}
