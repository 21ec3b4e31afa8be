/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about workloads: which there are, by which addresses they are known, whether they are
 * looked at or enforced, on which ports they listen.
 */
#include "control/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRS_MOST = 256, PORTS_MOST = 65536 };

/* ---- ctrl_add_mac ---- */

/* What the request says. */
struct definition {
    uint8_t mac[6], unicast[6], broadcast[6], pod[6];
    char interface[16];
    size_t addr_count;
    struct ipaddr *addrs;
};

static bool read_addresses(struct command_call *c, const json_t *list, struct definition *d)
{
    size_t n = json_array_size(list);

    if (n > ADDRS_MOST)
        return err_set(&c->err, "pips", "has %zu addresses; allowed: up to %d", n, ADDRS_MOST);
    d->addrs = calloc(n + 1, sizeof *d->addrs);
    if (d->addrs == NULL)
        return err_set(&c->err, NULL, "no memory");
    for (size_t i = 0; i < n; i++) {
        if (request_ipv4(json_array_get(list, i), "ip", &d->addrs[d->addr_count]))
            d->addr_count++;
        else
            c->skipped++;
    }
    return true;
}

static bool read_definition(struct command_call *c, const json_t *object, struct definition *d)
{
    const char *interface = request_text(object, "iface");

    *d = (struct definition){0};
    if (!request_mac(object, "mac", d->mac) || !mac_is_set(d->mac))
        return err_set(&c->err, "mac", "is missing, or no MAC address");
    (void)request_mac(object, "ucmac", d->unicast);
    (void)request_mac(object, "bcmac", d->broadcast);
    (void)request_mac(object, "pmac", d->pod);
    snprintf(d->interface, sizeof d->interface, "%s", interface ? interface : "");
    return read_addresses(c, request_list(object, "pips"), d);
}

static void list_macs(struct workload *w, const struct definition *d)
{
    const uint8_t *all[] = {d->mac, d->unicast, d->broadcast};

    w->mac_count = 0;
    for (size_t i = 0; i < 3; i++) {
        bool known = !mac_is_set(all[i]);

        for (size_t k = 0; k < w->mac_count; k++)
            known |= memcmp(w->macs[k], all[i], 6) == 0;
        if (!known)
            memcpy(w->macs[w->mac_count++], all[i], 6);
    }
}

/* Takes the addresses. */
static bool define(struct workload *w, struct definition *d)
{
    static const uint8_t mesh[4] = {0x6c, 0x6b, 0x73, 0x74};
    uint8_t(*macs)[6] = calloc(3, sizeof *macs);
    char name[18];

    snprintf(name, sizeof name, "%02x:%02x:%02x:%02x:%02x:%02x", d->mac[0], d->mac[1], d->mac[2],
             d->mac[3], d->mac[4], d->mac[5]);
    free((char *)w->name);
    w->name = strdup(name);
    if (macs == NULL || w->name == NULL) {
        free(macs);
        return false;
    }
    free(w->macs);
    w->macs = macs;
    memcpy(w->id.mac, d->mac, 6);
    memcpy(w->id.unicast, d->unicast, 6);
    memcpy(w->id.broadcast, d->broadcast, 6);
    memcpy(w->id.pod, d->pod, 6);
    memcpy(w->interface, d->interface, sizeof w->interface);
    w->mesh = memcmp(d->mac, mesh, sizeof mesh) == 0;
    list_macs(w, d);
    free(w->addrs);
    w->addrs = d->addrs;
    w->addr_count = d->addr_count;
    d->addrs = NULL;
    return true;
}

static bool forget_mac(struct model *m, const struct workload *owner, const uint8_t mac[6])
{
    struct workload *w = model_edit(m, owner);
    size_t kept = 0;

    if (w == NULL)
        return false;
    for (size_t i = 0; i < w->mac_count; i++)
        if (memcmp(w->macs[i], mac, 6) != 0)
            memmove(w->macs[kept++], w->macs[i], 6);
    w->mac_count = kept;
    return true;
}

/* Addresses that are another's become this one's. */
static bool take_over(struct model *m, const struct workload *mine, const struct definition *d)
{
    const uint8_t *all[] = {d->mac, d->unicast, d->broadcast};

    for (size_t i = 0; i < 3; i++) {
        const struct workload *other = mac_is_set(all[i]) ? model_find(m, all[i]) : NULL;

        if (other == NULL || other == mine)
            continue;
        if (memcmp(other->id.mac, all[i], 6) == 0)
            model_remove(m, other); /* it has no name any more */
        else if (!forget_mac(m, other, all[i]))
            return false;
    }
    return true;
}

static struct workload *successor_of(struct model *m, const uint8_t mac[6])
{
    struct workload *w = model_find(m, mac);

    return w != NULL && memcmp(w->id.mac, mac, 6) == 0 ? w : NULL;
}

static bool is_defined_so(const struct workload *w, const struct definition *d)
{
    return memcmp(w->id.mac, d->mac, 6) == 0 && memcmp(w->id.unicast, d->unicast, 6) == 0 &&
           memcmp(w->id.broadcast, d->broadcast, 6) == 0 && memcmp(w->id.pod, d->pod, 6) == 0 &&
           strcmp(w->interface, d->interface) == 0 && w->addr_count == d->addr_count &&
           (w->addr_count == 0 ||
            memcmp(w->addrs, d->addrs, w->addr_count * sizeof *w->addrs) == 0);
}

static bool put(struct command_call *c, const uint8_t old[6], struct definition *d)
{
    struct model *m = &c->control->model;
    struct workload *w = successor_of(m, mac_is_set(old) ? old : d->mac);

    if (w != NULL && is_defined_so(w, d))
        return true; /* the agent repeats itself: nothing is published */
    if (!take_over(m, w, d))
        return err_set(&c->err, NULL, "no memory");
    if (w != NULL) {
        w = model_edit(m, w);
    } else {
        w = model_add(m, &c->err);
        if (w == NULL)
            return false;
        w->tap = true;
        w->mode = MODE_MONITOR;
    }
    return (w != NULL && define(w, d)) || err_set(&c->err, NULL, "no memory");
}

bool cmd_add_mac(struct command_call *c, json_t *object)
{
    struct definition d;
    uint8_t old[6] = {0};
    bool done;

    (void)request_mac(object, "oldmac", old);
    done = read_definition(c, object, &d) && put(c, old, &d);
    free(d.addrs);
    return done;
}

bool cmd_del_mac(struct command_call *c, json_t *object)
{
    struct workload *w;
    uint8_t mac[6];

    if (!request_mac(object, "mac", mac))
        return err_set(&c->err, "mac", "is missing, or no MAC address");
    w = model_find(&c->control->model, mac);
    if (w != NULL) /* the agent deletes what never was */
        model_remove(&c->control->model, w);
    return true;
}

/* ---- ctrl_cfg_mac ---- */

struct ports {
    bool given;
    size_t count;
    struct listening_port *list;
};

static int by_port(const void *a, const void *b)
{
    const struct listening_port *x = a, *y = b;

    return x->proto != y->proto ? (int)x->proto - y->proto : (int)x->port - y->port;
}

/* Sorted, each port once. */
static void ports_order(struct ports *p)
{
    size_t kept = 0;

    if (p->count == 0)
        return;
    qsort(p->list, p->count, sizeof *p->list, by_port);
    for (size_t i = 1; i < p->count; i++)
        if (by_port(&p->list[kept], &p->list[i]) != 0)
            p->list[++kept] = p->list[i];
    p->count = kept + 1;
}

static bool read_ports(struct command_call *c, const json_t *list, struct ports *p)
{
    size_t n = json_array_size(list);

    *p = (struct ports){.given = list != NULL};
    if (n > PORTS_MOST)
        return err_set(&c->err, "apps", "has %zu ports; allowed: up to %d", n, PORTS_MOST);
    p->list = calloc(n + 1, sizeof *p->list);
    if (p->list == NULL)
        return err_set(&c->err, NULL, "no memory");
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);

        if (!json_is_object(item)) {
            c->skipped++;
            continue;
        }
        p->list[p->count++] = (struct listening_port){
            .proto = request_u8(item, "ip_proto"),
            .port = request_u16(item, "port"),
            .application = request_u16(item, "app"),
            .server = request_u16(item, "server"),
        };
    }
    ports_order(p);
    return true;
}

struct mac_settings {
    const struct ports *ports;
    bool has_tap, tap;
};

static bool apply(struct command_call *c, struct workload *w, void *arg)
{
    const struct mac_settings *s = arg;
    struct listening_port *copy;

    if (s->has_tap) {
        w->tap = s->tap;
        w->mode = s->tap ? MODE_MONITOR : MODE_PROTECT;
    }
    if (!s->ports->given)
        return true;
    copy = calloc(s->ports->count + 1, sizeof *copy);
    if (copy == NULL)
        return err_set(&c->err, NULL, "no memory");
    memcpy(copy, s->ports->list, s->ports->count * sizeof *copy);
    free(w->ports);
    w->ports = copy;
    w->port_count = s->ports->count;
    return true;
}

bool cmd_cfg_mac(struct command_call *c, json_t *object)
{
    struct ports ports;
    struct mac_settings s = {
        .ports = &ports,
        .has_tap = request_has_bool(object, "tap"),
        .tap = request_bool(object, "tap"),
    };
    bool done = read_ports(c, request_list(object, "apps"), &ports) &&
                command_workloads(c, request_list(object, "macs"), apply, &s);

    free(ports.list);
    return done;
}

/* ---- ctrl_cfg_nbe, ctrl_refresh_app ---- */

static bool set_boundary(struct command_call *c, struct workload *w, void *arg)
{
    const bool *on = arg;

    (void)c;
    w->boundary = *on;
    return true;
}

bool cmd_cfg_boundary(struct command_call *c, json_t *object)
{
    bool on = request_bool(object, "nbe");

    if (!request_has_bool(object, "nbe"))
        return true; /* unchanged */
    return command_workloads(c, request_list(object, "macs"), set_boundary, &on);
}

bool cmd_refresh_app(struct command_call *c, json_t *object)
{
    (void)object;
    control_publish(c->control);
    c->control->ops->refresh_apps(c->control->arg);
    return true;
}
