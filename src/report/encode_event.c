/* SPDX-License-Identifier: Apache-2.0 */
#include "report/encode_parts.h"
#include "report/event_ends.h"

#include "engine/engine.h"

#include <netinet/in.h>

static void put_protocols(struct json_out *out, const struct session *s)
{
    enum app labels[SESSION_LABELS];
    size_t n = session_protocols(s, labels);

    if (n < 2)
        return;
    json_put_list(out, "protocols");
    for (size_t i = 0; i < n; i++)
        json_text(out, span_text(app_label(labels[i])));
    json_close(out, ']');
}

static const char *state_name(const struct session *s)
{
    switch ((enum session_state)s->state) {
    case SESSION_NEW:
        return "new";
    case SESSION_ESTABLISHED:
        return "established";
    case SESSION_CLOSED:
        return "closed";
    case SESSION_BYPASSED:
        return "bypassed";
    }
    return "new";
}

/* Why a flow left, in the words of the format: idle, pushed out, or the end of the input. */
static const char *flow_reason(const struct session *s)
{
    switch (s->end_reason) {
    case REASON_FLUSH:
        return "shutdown";
    case REASON_PORT_REUSED:
        return "tcp_reuse";
    case REASON_TIMEOUT:
    case REASON_CLOSED:
    case REASON_RESET_SEEN:
        return "timeout";
    default:
        return "forced";
    }
}

static void put_flow(struct json_out *out, const struct session *s)
{
    const struct session_side *client = &s->sides[s->client & 1];
    const struct session_side *server = &s->sides[1 - (s->client & 1)];
    uint64_t age = s->last_us > s->created_us ? s->last_us - s->created_us : 0;

    json_put_object(out, "flow");
    json_put_uint(out, "pkts_toserver", client->packets);
    json_put_uint(out, "pkts_toclient", server->packets);
    json_put_uint(out, "bytes_toserver", client->bytes);
    json_put_uint(out, "bytes_toclient", server->bytes);
    json_put_time(out, "start", s->created_us);
    json_put_time(out, "end", s->last_us);
    json_put_uint(out, "age", age / 1000000);
    json_put_string(out, "state", state_name(s));
    json_put_string(out, "reason", flow_reason(s));
    json_put_truth(out, "alerted", s->flags & SESSION_ALERTED);
    json_close(out, '}');
}

static const char *tcp_state_name(const struct session *s)
{
    static const char *const names[] = {
        [TCPS_NONE] = "none",
        [TCPS_ESTABLISHED] = "established",
        [TCPS_SYN_SENT] = "syn_sent",
        [TCPS_SYN_RECV] = "syn_recv",
        [TCPS_FIN_WAIT1] = "fin_wait1",
        [TCPS_FIN_WAIT2] = "fin_wait2",
        [TCPS_TIME_WAIT] = "time_wait",
        [TCPS_CLOSE] = "closed",
        [TCPS_CLOSE_WAIT] = "close_wait",
        [TCPS_LAST_ACK] = "last_ack",
        [TCPS_LISTEN] = "listen",
    };
    uint8_t state = s->sides[s->client & 1].state;

    return state < sizeof names / sizeof names[0] ? names[state] : "none";
}

static void put_tcp(struct json_out *out, const struct session *s)
{
    unsigned both = s->sides[0].flags | s->sides[1].flags;

    if (s->key.proto != IPPROTO_TCP)
        return;
    json_put_object(out, "tcp");
    json_put_truth(out, "syn", !(s->flags & SESSION_MIDSTREAM));
    json_put_truth(out, "fin", both & SIDE_FIN);
    json_put_truth(out, "rst", both & SIDE_RST);
    json_put_string(out, "state", tcp_state_name(s));
    json_put_truth(out, "gap", both & SIDE_GAP);
    json_close(out, '}');
}

static const char *proof_name(unsigned proof)
{
    static const char *const names[] = {"none", "weak", "fair", "strong", "certain"};

    return proof < sizeof names / sizeof names[0] ? names[proof] : "none";
}

/* For whom the client asked. */
static void put_forwarded(struct json_out *out, const struct session *s)
{
    const struct session_forwarded *f = session_forwarded(s);
    char text[IPADDR_TEXT];

    if (f == NULL)
        return;
    json_put_object(out, "forwarded");
    json_put_text(out, "for", span_of(text, ipaddr_text(&f->addr, text)));
    if (f->port)
        json_put_uint(out, "port", f->port);
    if (f->application)
        json_put_uint(out, "application", f->application);
    json_close(out, '}');
}

static void put_flow_own(struct json_out *out, const struct event *ev)
{
    const struct session *s = ev->session;
    struct span host = session_host(s);

    json_put_object(out, "sluice");
    encode_place(out, ev);
    json_put_uint(out, "application", session_application(s));
    if (s->app_id != APP_UNKNOWN)
        json_put_string(out, "proof", proof_name(s->proof));
    put_protocols(out, s);
    if (session_product(s) != PRODUCT_UNKNOWN)
        json_put_string(out, "server", product_name(session_product(s)));
    if (host.n > 0)
        json_put_text(out, "host", host);
    put_forwarded(out, s);
    json_put_string(out, "verdict", verdict_name(s->verdict));
    if (s->verdict > VERDICT_BYPASS)
        json_put_string(out, "drop_reason", reason_name(s->reason));
    if (s->bypass_reason != REASON_NONE)
        json_put_string(out, "bypass_reason", reason_name(s->bypass_reason));
    json_put_string(out, "end_reason", reason_name(s->end_reason));
    json_put_truth(out, "midstream", s->flags & SESSION_MIDSTREAM);
    json_put_uint(out, "generation", s->generation);
    json_close(out, '}');
}

void encode_flow(struct encode_json *e, const struct event *ev)
{
    encode_head(e, ev, "flow");
    encode_app_proto(&e->out, ev);
    put_flow(&e->out, ev->session);
    put_tcp(&e->out, ev->session);
    put_flow_own(&e->out, ev);
    encode_line_end(e);
}

/* What stands behind it has a name of its own. */
static bool is_http(const struct event *ev)
{
    return strcmp(ev->tx.event, "http") == 0 || strcmp(ev->tx.event, "http2") == 0;
}

static void put_tx_own(const struct encode_json *e, struct json_out *out, const struct event *ev,
                       struct span cut)
{
    json_put_object(out, "sluice");
    encode_place(out, ev);
    json_put_time(out, "start", ev->tx.start_us);
    json_put_time(out, "end", ev->tx.end_us);
    if (cut.n > 0)
        json_put_text(out, "cut", cut); /* the first field that was too long to be kept whole */
    if (is_http(ev) && session_product(ev->session) != PRODUCT_UNKNOWN)
        json_put_string(out, "product", product_name(session_product(ev->session)));
    tx_tree_write_own(&e->tree, out);
    json_close(out, '}');
}

void encode_tx(struct encode_json *e, const struct event *ev)
{
    const char *type = ev->tx.event;
    struct span cut = SPAN("");
    struct tx_field field;
    size_t at = 0;

    tx_tree_reset(&e->tree);
    while (tx_view_next(&ev->tx, &at, &field)) {
        if (!tx_tree_add(&e->tree, &field)) {
            e->lost++;
            return;
        }
        if (field.cut && cut.n == 0)
            cut = span_text(field_path(field.field));
    }
    encode_head(e, ev, type);
    json_put_uint(&e->out, "tx_id", ev->tx.number);
    encode_app_proto(&e->out, ev);
    tx_tree_write(&e->tree, &e->out, type);
    put_tx_own(e, &e->out, ev, cut);
    encode_line_end(e);
}

static void put_packet_direction(struct json_out *out, const struct event *ev)
{
    if (ev->packet != NULL && ev->session != NULL && ev->packet->session == ev->session)
        json_put_string(out, "direction",
                        event_sender(ev) == DIR_CLIENT ? "to_server" : "to_client");
}

/* The format counts severity from 1, the worst, on; we count to 5, the worst. */
void encode_alert(struct encode_json *e, const struct event *ev)
{
    static const char *const severities[] = {"", "info", "low", "medium", "high", "critical"};
    struct json_out *out = &e->out;
    enum threat threat = ev->threat.threat;
    uint8_t severity = threat_severity(threat);

    encode_head(e, ev, "alert");
    json_put_object(out, "alert");
    json_put_string(out, "action", ev->threat.verdict >= VERDICT_DROP ? "blocked" : "allowed");
    json_put_uint(out, "gid", 1);
    json_put_uint(out, "signature_id", threat_number(threat));
    json_put_uint(out, "rev", 1);
    json_put_string(out, "signature", threat_name(threat));
    json_put_string(out, "category", "Network Threat");
    json_put_uint(out, "severity", 6u - severity);
    json_close(out, '}');
    encode_app_proto(out, ev);
    put_packet_direction(out, ev);
    json_put_object(out, "sluice");
    if (ev->session != NULL)
        encode_place(out, ev);
    json_put_uint(out, "threat_id", threat_number(threat));
    json_put_string(out, "name", threat_name(threat));
    json_put_string(out, "severity", severities[severity]);
    json_put_string(out, "verdict", verdict_name(ev->threat.verdict));
    if (ev->threat.text != NULL)
        json_put_string(out, "context", ev->threat.text);
    if (ev->threat.value.n)
        json_put_text(out, "value", ev->threat.value);
    json_close(out, '}');
    encode_line_end(e);
}

/* A note has no number of its own: its text is the signature. Nothing is done about it. */
void encode_note(struct encode_json *e, const struct event *ev)
{
    struct json_out *out = &e->out;

    encode_head(e, ev, "alert");
    json_put_object(out, "alert");
    json_put_string(out, "action", "allowed");
    json_put_uint(out, "gid", 1);
    json_put_uint(out, "signature_id", 0);
    json_put_uint(out, "rev", 1);
    json_put_string(out, "signature", ev->threat.text != NULL ? ev->threat.text : "");
    json_put_string(out, "category", ev->threat.refused ? "authentication" : "protocol-anomaly");
    json_put_uint(out, "severity", 4);
    json_close(out, '}');
    encode_app_proto(out, ev);
    put_packet_direction(out, ev);
    if (ev->session != NULL) {
        json_put_object(out, "sluice");
        encode_place(out, ev);
        if (ev->threat.value.n)
            json_put_text(out, "context", ev->threat.value);
        json_close(out, '}');
    }
    encode_line_end(e);
}
