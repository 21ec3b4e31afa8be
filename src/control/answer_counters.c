/* SPDX-License-Identifier: Apache-2.0 */
#include "control/answer_counters.h"

#include "engine/policy.h"

/* The agent's numbers of the protocols that it counts, in its order. */
static const uint16_t parsers[MESSAGE_PARSERS] = {
    1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 2001, 2002,
    2003, 2004, 2005, 2006, 2007, 2008, 2020, 2026, 2027, 2028,
};

static uint64_t sum_of(struct worker *const *workers, size_t count, enum counter c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += engine_counters(worker_engine(workers[i]))->value[c];
    return sum;
}

static int place_of(uint16_t number)
{
    for (int i = 0; i < MESSAGE_PARSERS; i++)
        if (parsers[i] == number)
            return i;
    return -1;
}

static void put_apps(const struct engine *e, struct message_counters *m)
{
    for (int app = APP_UNKNOWN + 1; app < APP_COUNT; app++) {
        int at = place_of(app_number((enum app)app));
        struct app_total t;

        if (at < 0)
            continue;
        t = engine_app_total(e, (enum app)app);
        m->parser_sessions.of[at] += t.sessions;
        m->parser_packets.of[at] += t.packets;
    }
}

static bool has_range(const struct policy_rule *r)
{
    return r->port != r->port_last || !ipaddr_equal(&r->client.first, &r->client.last) ||
           !ipaddr_equal(&r->server.first, &r->server.last);
}

/* A rule for any protocol is one for TCP and one for UDP; each of its applications is one more. */
static uint32_t expanded(const struct snapshot *s, const struct policy_rule *r)
{
    uint32_t copies = r->proto != 0 ? 1 : s->switches.icmp ? 3 : 2;

    return copies * (uint32_t)(1 + r->app_count);
}

static void put_rules(const struct snapshot *s, struct message_counters *m)
{
    for (size_t i = 0; i < s->workload_count; i++) {
        const struct policy *p = s->workloads[i]->policy;

        if (p == NULL || (i > 0 && s->workloads[i - 1]->policy == p))
            continue;
        for (size_t k = 0; k < p->rule_count; k++)
            *(has_range(&p->rules[k]) ? &m->rules_with_ranges : &m->rules_plain) +=
                expanded(s, &p->rules[k]);
    }
    if (s->names == NULL)
        return;
    m->domains = (uint32_t)s->names->count;
    for (size_t i = 0; i < s->names->count; i++)
        m->domain_addresses += (uint32_t)s->names->names[i].addr_count;
}

void answer_counters(struct worker *const *w, size_t n, const struct answer_numbers *numbers,
                     struct message_counters *m)
{
    *m = (struct message_counters){
        .rx_packets = numbers->captures.received,
        .rx_drop_packets = numbers->captures.lost,
        .tx_packets = numbers->captures.sent,
        .tx_drop_packets = numbers->captures.not_sent,
        .error_packets = sum_of(w, n, COUNTER_INVALID),
        .no_workload_packets = sum_of(w, n, COUNTER_NO_WORKLOAD),
        .ipv4_packets = sum_of(w, n, COUNTER_IPV4),
        .ipv6_packets = sum_of(w, n, COUNTER_IPV6),
        .tcp_packets = sum_of(w, n, COUNTER_TCP),
        .tcp_no_session_packets = sum_of(w, n, COUNTER_TCP_NO_SESSION),
        .udp_packets = sum_of(w, n, COUNTER_UDP),
        .icmp_packets = sum_of(w, n, COUNTER_ICMP),
        .other_packets = sum_of(w, n, COUNTER_OTHER),
        .held_segments = sum_of(w, n, COUNTER_TCP_HELD),
        .released_segments = sum_of(w, n, COUNTER_TCP_RELEASED),
        .fragments = sum_of(w, n, COUNTER_FRAGMENTS),
        .released_fragments = sum_of(w, n, COUNTER_FRAG_RELEASED),
        .timeout_fragments = sum_of(w, n, COUNTER_FRAG_TIMEOUT),
        .sessions = sum_of(w, n, COUNTER_SESSIONS),
        .tcp_sessions = sum_of(w, n, COUNTER_SESSIONS_TCP),
        .udp_sessions = sum_of(w, n, COUNTER_SESSIONS_UDP),
        .icmp_sessions = sum_of(w, n, COUNTER_SESSIONS_ICMP),
        .other_sessions = sum_of(w, n, COUNTER_SESSIONS_OTHER),
        .drop_meters = sum_of(w, n, COUNTER_METER_DROPS),
        .meters = sum_of(w, n, COUNTER_METERS),
        .log_caches = numbers->reports.threat_kinds,
        .connections_refused = numbers->reports.connections_limited,
        .connections_accepted = numbers->reports.connections,
    };
    for (size_t i = 0; i < n; i++)
        put_apps(worker_engine(w[i]), m);
    if (numbers->snapshot != NULL)
        put_rules(numbers->snapshot, m);
}
