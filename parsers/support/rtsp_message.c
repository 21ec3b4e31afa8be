/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rtsp_message.h"

static const char *const methods[] = {
    "OPTIONS",       "DESCRIBE",      "ANNOUNCE", "SETUP",    "PLAY",        "PAUSE",
    "GET_PARAMETER", "SET_PARAMETER", "RECORD",   "REDIRECT", "PLAY_NOTIFY", "TEARDOWN",
};

static void read_header(struct rtsp_message *m, const struct text_header *h)
{
    if (span_equal_nocase(h->name, SPAN("CSeq")))
        m->sequence = text_number(h->value);
    else if (span_equal_nocase(h->name, SPAN("Content-Length")))
        m->length = text_number(h->value);
    else if (span_equal_nocase(h->name, SPAN("User-Agent")))
        m->agent = h->value;
    else if (span_equal_nocase(h->name, SPAN("Server")))
        m->server = h->value;
    else if (span_equal_nocase(h->name, SPAN("Session")))
        m->session = span_first(h->value, span_index(h->value, ';'));
    else if (span_equal_nocase(h->name, SPAN("Transport")))
        m->transport = h->value;
    else if (span_equal_nocase(h->name, SPAN("Content-Type")))
        m->type = h->value;
}

struct rtsp_message rtsp_message_read(struct cursor *in)
{
    struct rtsp_message m = {.sequence = UINT64_MAX};

    m.start = text_start_read(in, SPAN("RTSP/"));
    while (in->state == CUR_OK) {
        struct text_header h = text_header_read(in);

        if (h.name.n == 0)
            break;
        read_header(&m, &h);
    }
    if (m.length == UINT64_MAX)
        m.length = 0;
    return m;
}

bool rtsp_message_begins(struct span first)
{
    if (span_starts(SPAN("RTSP/"), span_first(first, 5)))
        return true;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct span method = span_text(methods[i]);

        if (span_starts(method, span_first(first, method.n)) &&
            (first.n <= method.n || first.p[method.n] == ' '))
            return true;
    }
    return false;
}

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

/* Numbers of the two sides' requests are independent of each other. */
uint64_t rtsp_message_key(const struct parse *p, const struct rtsp_message *m)
{
    enum dir asker = m->start.answer ? 1 - p->dir : p->dir;

    return m->sequence << 1 | asker;
}

void rtsp_message_report(struct parse *p, const struct rtsp_message *m)
{
    if (!m->start.answer) {
        parse_tx_key(p, TX_REQUEST, rtsp_message_key(p, m));
        parse_field(p, FIELD_RTSP_METHOD, m->start.method);
        parse_field(p, FIELD_RTSP_URI, m->start.target);
        if (m->sequence != UINT64_MAX)
            parse_uint(p, FIELD_RTSP_SEQUENCE, m->sequence);
        put(p, FIELD_RTSP_AGENT, m->agent);
        put(p, FIELD_RTSP_SESSION, m->session);
        put(p, FIELD_RTSP_TRANSPORT, m->transport);
        return;
    }
    parse_tx_key(p, TX_REPLY, rtsp_message_key(p, m));
    parse_uint(p, FIELD_RTSP_STATUS, m->start.status);
    put(p, FIELD_RTSP_REASON, m->start.reason);
    put(p, FIELD_RTSP_SERVER, m->server);
    put(p, FIELD_RTSP_SESSION, m->session);
    put(p, FIELD_RTSP_TRANSPORT, m->transport);
    put(p, FIELD_RTSP_TYPE, m->type);
    parse_tx_key(p, TX_DONE, rtsp_message_key(p, m));
}
