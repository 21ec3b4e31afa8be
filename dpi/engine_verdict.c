/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_verdict.h"

#include "engine_state.h"
#include "session/session_report.h"
#include "tcp/tcp_reset.h"

#include <stdarg.h>
#include <stdio.h>

static void tell(struct engine *e, struct packet *p, struct session *s, struct event *event)
{
    enum threat threat = event->threat.threat;

    event->type = EVENT_THREAT;
    event->time_us = e->now_us;
    event->session = s;
    event->packet = p;
    if (threat != THREAT_NONE) {
        if (!snapshot_threat(e->snapshot, threat))
            return;
        engine_count(e, COUNTER_THREATS);
        if (p)
            p->threat = (uint8_t)threat;
    }
    if (s) {
        s->flags |= SESSION_ALERTED;
        if (s->alerts < UINT8_MAX)
            s->alerts++;
        session_report_threat(e, s, threat);
    }
    engine_trace(e, p, threat == THREAT_NONE ? "note" : "threat", "%s%s%s",
                 threat == THREAT_NONE ? "" : threat_name(threat),
                 threat == THREAT_NONE ? "" : ": ", event->threat.text);
    engine_emit(e, event);
}

void engine_emit(struct engine *e, struct event *event)
{
    if (e->ops.emit == NULL)
        return;
    if (event->session)
        event->workload = engine_workload(e, event->session);
    e->ops.emit(e->ops.arg, event);
}

void engine_tell(struct engine *e, struct packet *p, struct session *s, enum threat threat,
                 const char *text, enum verdict verdict)
{
    struct event event = {.threat = {.threat = threat, .text = text, .verdict = verdict}};

    tell(e, p, s, &event);
}

void engine_tell_sum(struct engine *e, struct packet *p, enum threat threat, const char *text,
                     uint32_t count)
{
    struct event event = {.threat = {.threat = threat,
                                     .text = text,
                                     .verdict = (enum verdict)e->snapshot->threat_verdicts[threat],
                                     .count = count}};

    tell(e, p, NULL, &event);
}

void engine_tell_value(struct engine *e, struct packet *p, struct session *s, enum threat threat,
                       const char *text, struct span value)
{
    struct event event = {
        .threat = {.threat = threat, .text = text, .verdict = VERDICT_PASS, .value = value}};

    tell(e, p, s, &event);
}

void engine_note(struct engine *e, struct packet *p, struct session *s, const char *text,
                 struct span value, bool refused)
{
    struct event event = {.threat = {.threat = THREAT_NONE,
                                     .text = text,
                                     .verdict = VERDICT_PASS,
                                     .value = value,
                                     .refused = refused}};

    tell(e, p, s, &event);
}

void engine_threat_value(struct engine *e, struct packet *p, struct session *s, enum threat threat,
                         const char *text, struct span value)
{
    enum verdict verdict = (enum verdict)e->snapshot->threat_verdicts[threat];
    struct event event = {
        .threat = {.threat = threat, .text = text, .verdict = verdict, .value = value}};

    tell(e, p, s, &event);
    if (threat != THREAT_NONE && snapshot_threat(e->snapshot, threat))
        engine_stop(e, p, s, verdict, REASON_THREAT);
}

void engine_threat(struct engine *e, struct packet *p, struct session *s, enum threat threat,
                   const char *text)
{
    engine_threat_value(e, p, s, threat, text, span_of("", 0));
}

void engine_apply_exception(struct engine *e, struct packet *p, enum exception x, enum reason why)
{
    enum verdict verdict = engine_exception(e, x);

    if (verdict == VERDICT_BYPASS && p->session)
        session_bypass(e, p->session, why);
    else if (verdict != VERDICT_PASS)
        packet_verdict(p, verdict, why);
}

bool engine_enforces(const struct engine *e, const struct workload *w)
{
    return e->mode == ENGINE_INLINE && (w == NULL || w->mode == MODE_PROTECT);
}

void engine_stop(struct engine *e, struct packet *p, struct session *s, enum verdict verdict,
                 enum reason why)
{
    if (p != NULL) {
        packet_verdict(p, verdict, why);
        return;
    }
    if (s == NULL || verdict < VERDICT_DROP || s->verdict != VERDICT_PASS ||
        !engine_enforces(e, engine_workload(e, s)))
        return;
    s->verdict = (uint8_t)verdict; /* its next packet takes it up */
    s->reason = (uint8_t)why;
    s->generation = e->snapshot->generation;
}

/* What a threat drops of a TCP session it drops for good: the rest of the attack is in the next
 * segments. Conditions of the engine itself concern one packet. */
static void block_session(struct engine *e, struct packet *p)
{
    struct session *s = p->session;

    if (s == NULL || s->key.proto != 6 || s->verdict == VERDICT_BLOCK)
        return;
    if (p->verdict < VERDICT_RESET && p->reason != REASON_THREAT)
        return;
    if (p->verdict == VERDICT_RESET)
        tcp_reset_both(e, p, s);
    s->verdict = VERDICT_BLOCK;
    s->reason = p->reason;
    s->flags |= SESSION_BLOCKED;
    s->generation = e->snapshot->generation;
    s->stages = 0;
    tcp_reasm_drop(e, s);
    app_close(e, s, APP_CLOSE_TELL);
    session_set_timeout(e, s, e->snapshot->timeouts.blocked);
}

void engine_finish(struct engine *e, struct packet *p)
{
    struct frame *frame = p->frame;
    bool stop = p->verdict >= VERDICT_DROP;

    frame->reason = p->reason;
    if (__builtin_expect(stop, 0)) {
        engine_count(e, COUNTER_DROPPED);
        if (engine_enforces(e, p->workload))
            block_session(e, p);
        else
            stop = false;
    } else if (p->verdict == VERDICT_HOLD)
        engine_count(e, COUNTER_HELD);
    else
        engine_count(e, COUNTER_PASSED);
    if (stop)
        frame->verdict = VERDICT_DROP;
    else if (p->verdict == VERDICT_HOLD && e->mode == ENGINE_INLINE)
        frame->verdict = VERDICT_HOLD;
    else
        frame->verdict = VERDICT_PASS;
    engine_trace(e, p, "verdict", "%s%s%s", verdict_name((enum verdict)frame->verdict),
                 p->reason ? ", " : "", p->reason ? reason_name((enum reason)p->reason) : "");
    if (p->train)
        defrag_release(e, p->train, frame);
}

/* ---- trace ---- */

void engine_trace_line(struct engine *e, const struct packet *p, const char *stage, const char *fmt,
                       ...)
{
    char text[256];
    va_list ap;

    if (e->ops.trace == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->ops.trace(e->ops.arg, p, stage, text);
}

static void trace_tcp(struct engine *e, const struct packet *p)
{
    static const char letters[] = "FSRPAU";
    char flags[8];
    size_t n = 0;

    for (size_t i = 0; i < sizeof letters - 1; i++)
        if (p->tcp.flags >> i & 1)
            flags[n++] = letters[i];
    flags[n] = '\0';
    engine_trace_line(e, p, "decode", "TCP %s seq %u ack %u win %u, %u bytes", flags, p->tcp.seq,
                      p->tcp.ack, p->tcp.window, p->payload_wire);
}

void engine_trace_packet(struct engine *e, struct packet *p)
{
    if (!e->tracing || (e->ops.trace_wants && !e->ops.trace_wants(e->ops.arg, p)))
        return;
    p->flags |= PKT_TRACED;
    if (p->kind == PACKET_IP && p->proto == 6)
        trace_tcp(e, p);
    else if (p->kind == PACKET_IP)
        engine_trace_line(e, p, "decode", "IPv%u protocol %u, %u bytes", p->key.family, p->proto,
                          p->payload_wire);
    else if (p->kind == PACKET_FRAGMENT)
        engine_trace_line(e, p, "decode", "IPv%u fragment id %u offset %u, %u bytes%s",
                          p->key.family, p->frag.id, p->frag.offset, p->payload_wire,
                          p->frag.more ? ", more follow" : ", the last");
    else
        engine_trace_line(e, p, "decode", "%s", p->bad ? p->bad : "not IP");
    if (p->vlans || p->tunnels)
        engine_trace_line(e, p, "decode", "VLAN %u,%u, %u tunnels", p->key.vlan[0], p->key.vlan[1],
                          p->tunnels);
}
