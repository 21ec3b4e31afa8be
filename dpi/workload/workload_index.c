/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/workload_index.h"

#include <stdlib.h>

struct mac_entry {
    uint8_t mac[6];
    const struct workload *workload;
};

struct prefix_entry {
    struct ipprefix prefix;
    const struct workload *workload;
};

struct workload_index {
    size_t mac_count;
    size_t prefix_count;
    struct mac_entry *macs;        /* sorted */
    struct prefix_entry *prefixes; /* longest first */
};

static int mac_order(const void *a, const void *b)
{
    return memcmp(a, b, 6);
}

static int prefix_order(const void *a, const void *b)
{
    const struct prefix_entry *x = a, *y = b;

    return (int)y->prefix.bits - (int)x->prefix.bits;
}

static void index_fill(struct workload_index *ix, const struct workload *w)
{
    for (size_t i = 0; i < w->mac_count; i++) {
        struct mac_entry *e = &ix->macs[ix->mac_count++];

        memcpy(e->mac, w->macs[i], sizeof e->mac);
        e->workload = w;
    }
    for (size_t i = 0; i < w->prefix_count; i++)
        ix->prefixes[ix->prefix_count++] = (struct prefix_entry){w->prefixes[i], w};
}

struct workload_index *workload_index_new(struct workload *const *workloads, size_t count)
{
    struct workload_index *ix = calloc(1, sizeof *ix);
    size_t macs = 0, prefixes = 0;

    for (size_t i = 0; i < count; i++) {
        macs += workloads[i]->mac_count;
        prefixes += workloads[i]->prefix_count;
    }
    if (ix == NULL)
        return NULL;
    ix->macs = calloc(macs + 1, sizeof *ix->macs);
    ix->prefixes = calloc(prefixes + 1, sizeof *ix->prefixes);
    if (ix->macs == NULL || ix->prefixes == NULL) {
        workload_index_free(ix);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        index_fill(ix, workloads[i]);
    qsort(ix->macs, ix->mac_count, sizeof *ix->macs, mac_order);
    qsort(ix->prefixes, ix->prefix_count, sizeof *ix->prefixes, prefix_order);
    return ix;
}

void workload_index_free(struct workload_index *ix)
{
    if (ix == NULL)
        return;
    free(ix->macs);
    free(ix->prefixes);
    free(ix);
}

static const struct workload *by_mac(const struct workload_index *ix, const uint8_t *mac)
{
    const struct mac_entry *e = bsearch(mac, ix->macs, ix->mac_count, sizeof *ix->macs, mac_order);

    return e ? e->workload : NULL;
}

static const struct workload *by_address(const struct workload_index *ix, const struct ipaddr *a)
{
    for (size_t i = 0; i < ix->prefix_count; i++)
        if (ipprefix_has(&ix->prefixes[i].prefix, a))
            return ix->prefixes[i].workload;
    return NULL;
}

/* From the header: the key of a malformed packet has none. */
static struct ipaddr source_of(const struct packet *p)
{
    return p->key.family == 4 ? ipaddr_v4(p->l3 + 12) : ipaddr_v6(p->l3 + 8);
}

static struct ipaddr dest_of(const struct packet *p)
{
    return p->key.family == 4 ? ipaddr_v4(p->l3 + 16) : ipaddr_v6(p->l3 + 24);
}

static void choose(struct packet *p, const struct workload *source, const struct workload *dest)
{
    if (source == NULL || (dest != NULL && dest->zone <= source->zone)) {
        p->workload = dest;
        p->ingress = 1;
    } else {
        p->workload = source;
        p->ingress = 0;
    }
}

static bool listens(const struct workload *w, uint8_t proto, uint16_t port)
{
    for (size_t i = 0; i < w->port_count; i++)
        if (w->ports[i].port == port && w->ports[i].proto == proto)
            return true;
    return false;
}

static bool has_address(const struct workload *w, const struct ipaddr *a)
{
    for (size_t i = 0; i < w->addr_count; i++)
        if (ipaddr_equal(&w->addrs[i], a))
            return true;
    return false;
}

static bool is_loopback(const struct ipaddr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, one, sizeof one) == 0;
}

/* Seen from the pod, whatever the loopback interface makes of it. */
static bool mesh_ingress(const struct workload *w, const struct packet *p)
{
    struct ipaddr src = source_of(p), dst = dest_of(p);
    uint16_t from = p->key.port[p->side], to = p->key.port[1 - p->side];

    if (!ipaddr_equal(&src, &dst))
        return !is_loopback(&dst);
    if (listens(w, p->proto, to))
        return true;
    return !listens(w, p->proto, from) && to <= from;
}

/* Without MAC addresses. */
static bool queue_ingress(const struct workload *w, const struct packet *p)
{
    struct ipaddr src = source_of(p), dst = dest_of(p);
    uint16_t from = p->key.port[p->side], to = p->key.port[1 - p->side];

    if (has_address(w, &dst) || has_address(w, &src))
        return has_address(w, &dst);
    if (listens(w, p->proto, to) || listens(w, p->proto, from))
        return listens(w, p->proto, to);
    return to < from;
}

static void find_owner(const struct workload_index *ix, struct packet *p)
{
    const struct frame *f = p->frame;
    const struct workload *w = by_mac(ix, f->owner);

    if (w == NULL || (p->l3 == NULL && f->link != LINK_ETHERNET))
        return;
    if (w->mesh || f->link != LINK_ETHERNET) {
        if (p->l3 == NULL)
            return;
        p->workload = w;
        p->ingress = w->mesh ? mesh_ingress(w, p) : queue_ingress(w, p);
        return;
    }
    if (f->captured < 12)
        return;
    /* On the way in both addresses may be the same. */
    if (memcmp(f->bytes, f->owner, 6) == 0)
        choose(p, NULL, w);
    else if (memcmp(f->bytes + 6, f->owner, 6) == 0)
        choose(p, w, NULL);
}

void workload_find(const struct workload_index *ix, struct packet *p)
{
    if (p->frame->owner != NULL) {
        find_owner(ix, p);
        p->key.zone = p->workload ? p->workload->zone : 0;
        return;
    }
    if (ix->mac_count && p->frame->link == LINK_ETHERNET && p->frame->captured >= 12)
        choose(p, by_mac(ix, p->frame->bytes + 6), by_mac(ix, p->frame->bytes));
    if (p->workload == NULL && ix->prefix_count && p->l3) {
        struct ipaddr src = source_of(p);
        struct ipaddr dst = dest_of(p);

        choose(p, by_address(ix, &src), by_address(ix, &dst));
    }
    p->key.zone = p->workload ? p->workload->zone : 0;
}
