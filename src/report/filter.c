/* SPDX-License-Identifier: Apache-2.0
 *
 * expression = term { "or" term }       term = factor { ["and"] factor }
 * factor = "not" factor | "(" expression ")" | primitive
 */
#include "report/filter.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 64, DEPTH_MAX = 16 };

struct words {
    const char *next;    /* behind the present word */
    char word[WORD_MAX]; /* present one; empty at the end */
    struct filter *filter;
    struct err *err;
    unsigned depth;
};

static bool expression(struct words *w, uint8_t *node);

static bool refuse(struct words *w, const char *what)
{
    if (w->word[0] == '\0')
        return err_set(w->err, NULL, "ends where %s is expected", what);
    return err_set(w->err, NULL, "'%s' stands where %s is expected", w->word, what);
}

static size_t word_length(const char *p)
{
    if (*p == '(' || *p == ')' || *p == '!')
        return 1;
    return strcspn(p, " \t\r\n()!");
}

static void advance(struct words *w)
{
    size_t n;

    w->next += strspn(w->next, " \t\r\n");
    n = word_length(w->next);
    if (n >= WORD_MAX)
        n = WORD_MAX - 1; /* no word we know is as long: refused whole or in parts */
    memcpy(w->word, w->next, n);
    w->word[n] = '\0';
    w->next += n;
}

static bool word_is(const struct words *w, const char *text)
{
    return strcmp(w->word, text) == 0;
}

static bool take(struct words *w, const char *text)
{
    if (!word_is(w, text))
        return false;
    advance(w);
    return true;
}

static bool add(struct words *w, const struct filter_node *node, uint8_t *index)
{
    if (w->filter->count == FILTER_NODES)
        return err_set(w->err, NULL, "has more than %d parts: make it simpler", FILTER_NODES);
    *index = w->filter->count++;
    w->filter->nodes[*index] = *node;
    return true;
}

static bool number(struct words *w, uint64_t most, const char *what, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(w->word, &end, 10);
    if (w->word[0] < '0' || w->word[0] > '9' || *end != '\0' || errno != 0 || *value > most)
        return refuse(w, what);
    advance(w);
    return true;
}

static const struct {
    const char *name;
    enum filter_op op;
    uint8_t number;
} short_names[] = {
    {"tcp", FILTER_PROTO, IPPROTO_TCP},
    {"udp", FILTER_PROTO, IPPROTO_UDP},
    {"icmp", FILTER_PROTO, IPPROTO_ICMP},
    {"icmp6", FILTER_PROTO, IPPROTO_ICMPV6},
    {"sctp", FILTER_PROTO, IPPROTO_SCTP},
    {"gre", FILTER_PROTO, IPPROTO_GRE},
    {"esp", FILTER_PROTO, IPPROTO_ESP},
    {"ip", FILTER_FAMILY, 4},
    {"ip6", FILTER_FAMILY, 6},
};

static bool short_name(struct words *w, enum filter_op only, struct filter_node *node)
{
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++)
        if (word_is(w, short_names[i].name) && (short_names[i].op == only || only == FILTER_ALL)) {
            node->op = short_names[i].op;
            node->number = short_names[i].number;
            advance(w);
            return true;
        }
    return false;
}

static bool protocol(struct words *w, struct filter_node *node)
{
    node->op = FILTER_PROTO;
    if (short_name(w, FILTER_PROTO, node))
        return true;
    return number(w, 255, "a protocol (tcp, udp, icmp, icmp6, sctp, gre, esp, or its number)",
                  &node->number);
}

static bool address(struct words *w, struct filter_node *node)
{
    node->op = FILTER_NET;
    if (strchr(w->word, '/') != NULL || !ipprefix_parse(w->word, &node->net))
        return refuse(w, "an address (10.1.1.2, fd00::2)");
    advance(w);
    return true;
}

static bool network(struct words *w, struct filter_node *node)
{
    node->op = FILTER_NET;
    if (!ipprefix_parse(w->word, &node->net))
        return refuse(w, "a network without host bits (10.0.0.0/8, fd00::/8)");
    advance(w);
    return true;
}

static bool port(struct words *w, struct filter_node *node)
{
    node->op = FILTER_PORT;
    return number(w, UINT16_MAX, "a port number", &node->number);
}

/* By a label of events. Several applications may share one: any of them is meant. */
static bool application(struct words *w, struct filter_node *node)
{
    node->op = FILTER_APP;
    for (int app = APP_UNKNOWN; app < APP_COUNT; app++)
        if (word_is(w, app_label((enum app)app))) {
            node->number = (uint64_t)app;
            advance(w);
            return true;
        }
    return refuse(w, "an application as events name it (http, failed)");
}

static bool workload(struct words *w, struct filter_node *node)
{
    struct filter *f = w->filter;
    size_t n = strlen(w->word) + 1;

    node->op = FILTER_WORKLOAD;
    if (n == 1)
        return refuse(w, "the name of a workload");
    if (n > sizeof f->names - f->names_used)
        return err_set(w->err, NULL, "names too many workloads: make it simpler");
    memcpy(f->names + f->names_used, w->word, n);
    node->number = f->names_used;
    f->names_used = (uint16_t)(f->names_used + n);
    advance(w);
    return true;
}

/* What may have src or dst in front. */
static bool directed(struct words *w, struct filter_node *node)
{
    if (take(w, "host"))
        return address(w, node);
    if (take(w, "net"))
        return network(w, node);
    if (take(w, "port"))
        return port(w, node);
    return refuse(w, "host, net or port");
}

static bool primitive(struct words *w, uint8_t *index)
{
    struct filter_node node = {.op = FILTER_ALL, .end = FILTER_EITHER};
    bool taken;

    if (take(w, "all")) {
        taken = true;
    } else if (take(w, "proto")) {
        taken = protocol(w, &node);
    } else if (take(w, "vlan")) {
        node.op = FILTER_VLAN;
        taken = number(w, 4095, "a VLAN number", &node.number);
    } else if (take(w, "frame")) {
        node.op = FILTER_FRAME;
        taken = number(w, UINT64_MAX, "the number of a frame", &node.number);
    } else if (take(w, "app")) {
        taken = application(w, &node);
    } else if (take(w, "workload")) {
        taken = workload(w, &node);
    } else if (word_is(w, "host") || word_is(w, "net") || word_is(w, "port")) {
        taken = directed(w, &node);
    } else if (word_is(w, "src") || word_is(w, "dst")) {
        node.end = word_is(w, "src") ? FILTER_SRC : FILTER_DST;
        advance(w);
        taken = directed(w, &node);
    } else if (short_name(w, FILTER_ALL, &node)) {
        taken = true;
    } else {
        return refuse(w,
                      "all, host, net, port, proto, tcp, udp, icmp, ip, ip6, vlan, frame, app or "
                      "workload");
    }
    return taken && add(w, &node, index);
}

static bool factor(struct words *w, uint8_t *index)
{
    bool taken;

    if (++w->depth > DEPTH_MAX)
        return err_set(w->err, NULL, "is nested more than %d deep: make it simpler", DEPTH_MAX);
    if (take(w, "not") || take(w, "!")) {
        struct filter_node node = {.op = FILTER_NOT};

        taken = factor(w, &node.left) && add(w, &node, index);
    } else if (take(w, "(")) {
        taken = expression(w, index);
        if (taken && !take(w, ")"))
            taken = refuse(w, "')', and, or or");
    } else {
        taken = primitive(w, index);
    }
    w->depth--;
    return taken;
}

static bool at_term_end(const struct words *w)
{
    return w->word[0] == '\0' || word_is(w, "or") || word_is(w, "||") || word_is(w, ")");
}

static bool term(struct words *w, uint8_t *index)
{
    if (!factor(w, index))
        return false;
    while (!at_term_end(w)) {
        struct filter_node node = {.op = FILTER_AND, .left = *index};

        if (!take(w, "and"))
            take(w, "&&");
        if (!factor(w, &node.right) || !add(w, &node, index))
            return false;
    }
    return true;
}

static bool expression(struct words *w, uint8_t *index)
{
    if (!term(w, index))
        return false;
    while (word_is(w, "or") || word_is(w, "||")) {
        struct filter_node node = {.op = FILTER_OR, .left = *index};

        advance(w);
        if (!term(w, &node.right) || !add(w, &node, index))
            return false;
    }
    return true;
}

bool filter_parse(struct filter *f, const char *text, struct err *err)
{
    struct words w = {.next = text, .filter = f, .err = err};
    uint8_t root;

    f->count = 0;
    f->names_used = 0;
    advance(&w);
    if (!expression(&w, &root))
        return false;
    if (w.word[0] != '\0')
        return refuse(&w, "the end, and, or or");
    return true;
}

/* What is compared: a packet, or a session. */
struct subject {
    const struct session_key *key; /* NULL: it has no addresses */
    unsigned source;               /* the end of the key that is it */
    bool ports;
    uint64_t frame; /* 0: none */
    const struct session *session;
    const struct workload *workload;
};

/* Which ends of the key a node asks for: bit 0 for end 0, bit 1 for end 1. */
static unsigned ends_wanted(const struct filter_node *n, const struct subject *s)
{
    if (n->end == FILTER_EITHER)
        return 3;
    return 1u << (n->end == FILTER_SRC ? s->source : 1 - s->source);
}

static bool end_in_net(const struct session_key *k, unsigned end, const struct ipprefix *net)
{
    struct ipaddr a = k->family == 4 ? ipaddr_v4(k->addr.v4[end]) : ipaddr_v6(k->addr.v6[end]);

    return ipprefix_has(net, &a);
}

static bool carries_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

static bool ends_match(const struct filter_node *n, const struct subject *s)
{
    unsigned wanted = ends_wanted(n, s);

    for (unsigned end = 0; end < 2; end++) {
        if (!(wanted & 1u << end))
            continue;
        if (n->op == FILTER_NET && end_in_net(s->key, end, &n->net))
            return true;
        if (n->op == FILTER_PORT && s->ports && s->key->port[end] == n->number)
            return true;
    }
    return false;
}

static bool app_matches(const struct filter_node *n, const struct session *s)
{
    const char *label = app_label((enum app)n->number);

    if (s == NULL)
        return false;
    if (n->number == APP_UNKNOWN)
        return s->app_id == APP_UNKNOWN;
    for (int i = 0; i < SESSION_LABELS && s->labels[i] != APP_UNKNOWN; i++)
        if (strcmp(app_label((enum app)s->labels[i]), label) == 0)
            return true;
    return false;
}

static bool leaf_matches(const struct filter *f, const struct filter_node *n,
                         const struct subject *s)
{
    switch (n->op) {
    case FILTER_ALL:
        return true;
    case FILTER_FRAME:
        return s->frame != 0 && s->frame == n->number;
    case FILTER_APP:
        return app_matches(n, s->session);
    case FILTER_WORKLOAD:
        return s->workload != NULL && s->workload->name != NULL &&
               strcmp(s->workload->name, f->names + n->number) == 0;
    default:
        break;
    }
    if (s->key == NULL)
        return false;
    switch (n->op) {
    case FILTER_NET:
    case FILTER_PORT:
        return ends_match(n, s);
    case FILTER_PROTO:
        return s->key->proto == n->number;
    case FILTER_FAMILY:
        return s->key->family == n->number;
    case FILTER_VLAN:
        return s->key->vlan[0] == n->number || s->key->vlan[1] == n->number;
    default:
        return false;
    }
}

static bool subject_matches(const struct filter *f, const struct subject *s)
{
    bool value[FILTER_NODES];

    for (uint8_t i = 0; i < f->count; i++) {
        const struct filter_node *n = &f->nodes[i];

        if (n->op == FILTER_AND)
            value[i] = value[n->left] && value[n->right];
        else if (n->op == FILTER_OR)
            value[i] = value[n->left] || value[n->right];
        else if (n->op == FILTER_NOT)
            value[i] = !value[n->left];
        else
            value[i] = leaf_matches(f, n, s);
    }
    return f->count > 0 && value[f->count - 1];
}

bool filter_matches(const struct filter *f, const struct packet *p)
{
    bool addresses = p->kind == PACKET_IP || p->kind == PACKET_FRAGMENT;
    struct subject s = {
        .key = addresses ? &p->key : NULL,
        .source = p->side,
        .ports = p->kind == PACKET_IP && carries_ports(p->key.proto),
        .frame = p->frame != NULL ? p->frame->number : 0,
        .session = p->session,
        .workload = p->workload,
    };

    return subject_matches(f, &s);
}

bool filter_session(const struct filter *f, const struct session *session,
                    const struct workload *workload)
{
    struct subject s = {
        .key = &session->key,
        .source = session->client,
        .ports = carries_ports(session->key.proto),
        .session = session,
        .workload = workload,
    };

    return subject_matches(f, &s);
}
