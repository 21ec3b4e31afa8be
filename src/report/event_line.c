/* SPDX-License-Identifier: Apache-2.0 */
#include "report/event_line.h"

#include "engine/engine.h"
#include "report/app_name.h"
#include "report/timestamp.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { END_TEXT = IPADDR_TEXT + 8, NAME_MOST = 128 };

static const char *transport_name(uint8_t proto, char number[8])
{
    switch (proto) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return "icmp";
    default:
        snprintf(number, 8, "ip-%u", proto);
        return number;
    }
}

static void end_text(const struct session_end *end, char text[END_TEXT])
{
    char addr[IPADDR_TEXT];
    bool v6;

    ipaddr_text(&end->addr, addr);
    v6 = strchr(addr, ':') != NULL;
    if (end->port == 0)
        snprintf(text, END_TEXT, "%s", addr);
    else
        snprintf(text, END_TEXT, v6 ? "[%s]:%u" : "%s:%u", addr, end->port);
}

static const char *app_text(const struct session *s)
{
    switch (app_name_state(s)) {
    case APP_NAMED:
        return app_label((enum app)s->app_id);
    case APP_NOT_NAMED:
        return "unknown";
    default:
        return "-";
    }
}

/* What a peer sent must not steer a terminal. */
static void plain_text(struct span s, char text[NAME_MOST])
{
    size_t n = s.n < NAME_MOST - 1 ? s.n : NAME_MOST - 1;

    for (size_t i = 0; i < n; i++)
        text[i] = (char)(s.p[i] > ' ' && s.p[i] < 0x7f ? s.p[i] : '.');
    text[n] = '\0';
}

/* "12:34:56 tcp 192.0.2.1:4711 > 192.0.2.2:80 http" */
static size_t head(const struct event *ev, const struct session *s, char *text, size_t room)
{
    struct session_end client = session_end_client(s), server = session_end_server(s);
    char when[TIMESTAMP_TEXT], from[END_TEXT], to[END_TEXT], number[8];
    int n;

    timestamp_text(ev->time_us, when);
    end_text(&client, from);
    end_text(&server, to);
    n = snprintf(text, room, "%.8s %s %s > %s %s", when + 11, transport_name(s->key.proto, number),
                 from, to, app_text(s));
    return (size_t)n;
}

static size_t flow_line(const struct event *ev, char *text)
{
    const struct session *s = ev->session;
    uint64_t age = s->last_us > s->created_us ? s->last_us - s->created_us : 0;
    uint64_t packets = s->sides[0].packets + s->sides[1].packets;
    uint64_t bytes = s->sides[0].bytes + s->sides[1].bytes;
    struct span host = session_host(s);
    char name[NAME_MOST];
    size_t n = head(ev, s, text, EVENT_LINE_MOST);

    plain_text(host, name);
    n += (size_t)snprintf(
        text + n, EVENT_LINE_MOST - n, "%s%s %llu packets %llu bytes %llu.%03llu s%s\n",
        host.n > 0 ? " " : "", name, (unsigned long long)packets, (unsigned long long)bytes,
        (unsigned long long)(age / 1000000), (unsigned long long)(age / 1000 % 1000),
        s->flags & SESSION_BLOCKED ? " blocked" : "");
    return n;
}

static size_t threat_line(const struct event *ev, char *text)
{
    char when[TIMESTAMP_TEXT];
    size_t n;

    if (ev->session != NULL) {
        n = head(ev, ev->session, text, EVENT_LINE_MOST);
    } else {
        timestamp_text(ev->time_us, when);
        n = (size_t)snprintf(text, EVENT_LINE_MOST, "%.8s", when + 11);
    }
    n += (size_t)snprintf(text + n, EVENT_LINE_MOST - n, " THREAT %s: %.200s\n",
                          threat_name(ev->threat.threat), ev->threat.text);
    return n;
}

size_t event_line(const struct event *ev, char text[EVENT_LINE_MOST])
{
    if (ev->type == EVENT_FLOW)
        return flow_line(ev, text);
    if (ev->type == EVENT_THREAT && ev->threat.threat != THREAT_NONE)
        return threat_line(ev, text);
    return 0;
}
