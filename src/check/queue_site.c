/* SPDX-License-Identifier: Apache-2.0 */
#include "check/queue_site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t address_of(const struct queue_site *s, struct sockaddr_storage *to)
{
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)(QUEUE_PORT + s->queue)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = four.sin_port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    memset(to, 0, sizeof *to);
    if (s->family == QUEUE_SIX) {
        memcpy(to, &six, sizeof six);
        return sizeof six;
    }
    memcpy(to, &four, sizeof four);
    return sizeof four;
}

bool queue_site_init(struct queue_site *s, struct netlab *lab, struct err *err)
{
    struct netlab_socket datagrams = {s->family == QUEUE_SIX ? AF_INET6 : AF_INET, SOCK_DGRAM, 0};
    struct sockaddr_storage at;
    socklen_t size = address_of(s, &at);

    s->to = -1;
    s->from = netlab_socket(lab, NETLAB_NEAR, &datagrams, err);
    if (s->from < 0)
        return false;
    s->to = netlab_socket(lab, NETLAB_NEAR, &datagrams, err);
    if (s->to < 0)
        return false;
    if (bind(s->to, (const struct sockaddr *)&at, size) != 0 ||
        connect(s->from, (const struct sockaddr *)&at, size) != 0)
        return err_set(err, s->family == QUEUE_SIX ? "::1" : "127.0.0.1", "%s", strerror(errno));
    return true;
}

void queue_site_fini(struct queue_site *s)
{
    if (s->from >= 0)
        close(s->from);
    if (s->to >= 0)
        close(s->to);
}

bool queue_site_send(const struct queue_site *s, struct netlab *lab, struct probe *p,
                     struct err *err)
{
    p->n = PROBE_MARK_BYTES;
    probe_mark(lab, p, p->bytes);
    return probe_send(s->from, p, err);
}

bool queue_site_has_rules(const struct netlab *lab, enum queue_family family,
                          struct check_result *r)
{
    if (!lab->has_rules[family])
        check_say(r, CHECK_UNKNOWN, "not tried, %s has put no rules in: see there",
                  family == QUEUE_SIX ? "ip6tables" : "iptables");
    return lab->has_rules[family];
}
