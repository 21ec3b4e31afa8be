/* SPDX-License-Identifier: Apache-2.0 */
#include "report/connection_book.h"

#include "engine/policy.h"
#include "wire/threats.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 2 * CONNECTION_BOOK_MOST };

_Static_assert((PLACES & (PLACES - 1)) == 0, "places are found with a mask");
_Static_assert(CONNECTION_BOOK_MOST < UINT16_MAX, "places hold an index");

/* What makes two contributions one entry; hashed and compared as bytes. */
struct key {
    uint32_t zone, rule;
    uint8_t client[16], server[16];
    uint16_t server_port, application;
    uint16_t flags; /* those that tell two kinds of contributions apart */
    uint8_t proto, family;
};

_Static_assert(sizeof(struct key) == 48, "no padding: it is hashed as bytes");

enum { KEY_FLAGS = CONTRIBUTION_INGRESS | CONTRIBUTION_FORWARDED };

bool connection_book_init(struct connection_book *b)
{
    *b = (struct connection_book){
        .list = calloc(CONNECTION_BOOK_MOST, sizeof *b->list),
        .places = calloc(PLACES, sizeof *b->places),
    };
    hash_init(&b->hash_key);
    if (b->list != NULL && b->places != NULL)
        return true;
    connection_book_fini(b);
    return false;
}

void connection_book_fini(struct connection_book *b)
{
    free(b->list);
    free(b->places);
    b->list = NULL;
    b->places = NULL;
    b->count = 0;
}

void connection_book_clear(struct connection_book *b)
{
    if (b->count > 0)
        memset(b->places, 0, PLACES * sizeof *b->places);
    b->count = 0;
}

static struct key key_of(const struct contribution *c)
{
    struct key k = {
        .zone = c->zone,
        .rule = c->rule,
        .server_port = c->server_port,
        .application = c->application,
        .flags = c->flags & KEY_FLAGS,
        .proto = c->proto,
        .family = c->server.family,
    };

    memcpy(k.client, c->client.bytes, sizeof k.client);
    memcpy(k.server, c->server.bytes, sizeof k.server);
    return k;
}

/* Where it stands, or the free place where it would. Twice as many places as entries: there always
 * is one. */
static uint16_t *place_of(const struct connection_book *b, const struct contribution *c)
{
    struct key k = key_of(c);
    size_t at = hash_bytes(&b->hash_key, &k, sizeof k) & (PLACES - 1);

    for (;; at = (at + 1) & (PLACES - 1)) {
        struct key other;

        if (b->places[at] == 0)
            return &b->places[at];
        other = key_of(&b->list[b->places[at] - 1].sum);
        if (memcmp(&k, &other, sizeof k) == 0)
            return &b->places[at];
    }
}

static uint32_t sum32(uint32_t a, uint32_t b)
{
    return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

static void sum_up(struct contribution *sum, const struct contribution *c)
{
    uint32_t bytes = sum32(sum->bytes, c->bytes), sessions = sum32(sum->sessions, c->sessions),
             violates = sum32(sum->violates, c->violates);
    uint16_t client_port = c->client_port ? c->client_port : sum->client_port;
    uint8_t threat =
        threat_is_worse((enum threat)sum->threat, (enum threat)c->threat) ? sum->threat : c->threat;

    if (c->last_us >= sum->last_us)
        *sum = *c;
    sum->bytes = bytes;
    sum->sessions = sessions;
    sum->violates = violates;
    sum->client_port = client_port;
    sum->threat = threat;
}

static bool put(struct connection_book *b, uint16_t *place, const struct connection *c)
{
    if (*place != 0) {
        struct connection *there = &b->list[*place - 1];

        if (c->first_us < there->first_us)
            there->first_us = c->first_us;
        sum_up(&there->sum, &c->sum);
        return true;
    }
    if (b->count == CONNECTION_BOOK_MOST)
        return false;
    b->list[b->count++] = *c;
    *place = (uint16_t)b->count;
    return true;
}

/* What is learned and what is refused is always wanted. */
static bool is_limited(const struct contribution *c)
{
    return c->action != POLICY_LEARN && c->action != POLICY_VIOLATE && c->action != POLICY_DENY;
}

static bool may_be_new(struct connection_book *b, const struct contribution *c)
{
    if (!is_limited(c))
        return true;
    if (c->last_us - b->window_us >= CONNECTION_WINDOW_US) {
        b->window_us = c->last_us;
        b->in_window = 0;
    }
    if (b->in_window == CONNECTION_FREELY)
        return false;
    b->in_window++;
    return true;
}

bool connection_book_add(struct connection_book *b, const struct contribution *c)
{
    struct connection one = {*c, c->last_us};
    uint16_t *place = place_of(b, c);
    bool is_new = *place == 0;

    if ((is_new && !may_be_new(b, c)) || !put(b, place, &one)) {
        b->limited++;
        return false;
    }
    b->passed += is_new;
    return true;
}

bool connection_book_merge(struct connection_book *b, const struct connection *c)
{
    return put(b, place_of(b, &c->sum), c);
}

struct message_connection_entry connection_wire(const struct connection *c, struct wire_mac mac)
{
    const struct contribution *s = &c->sum;
    enum threat threat = (enum threat)s->threat;

    return (struct message_connection_entry){
        .mac = mac,
        .ip_proto = s->proto,
        .server_port = s->server_port,
        .client_port = s->client_port,
        .client_ip = s->client,
        .server_ip = s->server,
        .ether_type = s->server.family == 6 ? 0x86dd : 0x0800,
        .flags = s->flags,
        .bytes = s->bytes,
        .sessions = s->sessions,
        .first_seen_at = (uint32_t)(c->first_us / 1000000),
        .last_seen_at = (uint32_t)(s->last_us / 1000000),
        .application = s->application,
        .policy_action = s->action,
        .severity = threat != THREAT_NONE ? threat_severity(threat) : 0,
        .policy = s->rule,
        .violates = s->violates,
        .threat = threat != THREAT_NONE ? threat_number(threat) : 0,
        .workload_sessions_in = s->workload_open,
        .workload_sessions_in12 = s->workload_sessions,
        .workload_bytes_in12 = s->workload_bytes,
    };
}
