/* SPDX-License-Identifier: Apache-2.0 */
#include "control/address_names.h"

#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "report/encode_wire.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PLACES = 4096, /* of the hash */
    CHANGED_MOST = 64,
    FLAG_HOST = 1,
};

struct entry {
    struct list age; /* first; the oldest change stands first */
    struct entry *next;
    struct ipaddr addr;
    uint64_t since_ms;
    char name[DOMAIN_NAME_MOST + 1];
};

struct address_names {
    struct outbox *outbox;
    struct hash_key hash_key;
    size_t count;
    struct list age;
    struct entry *places[PLACES];
    /* Wildcards that have got an address since they were told. */
    size_t changed_count;
    char changed[CHANGED_MOST][DOMAIN_NAME_MOST + 1];
    uint64_t next_ms;
};

struct address_names *address_names_new(struct outbox *outbox)
{
    struct address_names *n = calloc(1, sizeof *n);

    if (n == NULL)
        return NULL;
    n->outbox = outbox;
    hash_init(&n->hash_key);
    list_init(&n->age);
    return n;
}

/* ---- names of addresses ---- */

static struct entry **place_of(struct address_names *n, const struct ipaddr *a)
{
    struct entry **place = &n->places[hash_bytes(&n->hash_key, a->bytes, sizeof a->bytes) % PLACES];

    while (*place != NULL && !ipaddr_equal(&(*place)->addr, a))
        place = &(*place)->next;
    return place;
}

static void forget(struct address_names *n, struct entry **place)
{
    struct entry *gone = *place;

    if (gone == NULL)
        return;
    *place = gone->next;
    list_remove(&gone->age);
    n->count--;
    free(gone);
}

void address_names_free(struct address_names *n)
{
    if (n == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++)
        while (n->places[i] != NULL)
            forget(n, &n->places[i]);
    free(n);
}

static void tell_name(const struct address_names *n, const struct entry *e)
{
    struct message_named_address m = {.addr = e->addr, .name = span_text(e->name)};
    struct wire_datagram d;

    wire_begin(&d, MESSAGE_NAMED_ADDRESS);
    wire_put_named_address(&d, &m);
    outbox_put(n->outbox, wire_end(&d, WIRE_LAST));
}

/* The oldest goes, and the agent is told. */
static void release(struct address_names *n)
{
    struct entry *oldest = (struct entry *)(void *)n->age.next;
    struct message_fqdn_address m = {.addr = oldest->addr};
    struct wire_datagram d;

    wire_begin(&d, MESSAGE_NAME_RELEASED);
    wire_put_fqdn_address(&d, &m);
    outbox_put(n->outbox, wire_end(&d, WIRE_LAST));
    forget(n, place_of(n, &oldest->addr));
}

static struct entry *add(struct address_names *n, struct entry **place, const struct ipaddr *a)
{
    struct entry *e = calloc(1, sizeof *e);

    if (e == NULL)
        return NULL;
    e->addr = *a;
    list_append(&n->age, &e->age);
    *place = e;
    n->count++;
    return e;
}

/* The newest name holds. The same once more changes nothing, and lasts no longer. */
static void keep_name(struct address_names *n, const struct learned_name *l, uint64_t now_ms)
{
    struct entry *e = *place_of(n, &l->addr);

    if (e != NULL && strcmp(e->name, l->name) == 0)
        return;
    if (e == NULL && n->count == ADDRESS_NAMES_MOST)
        release(n);
    if (e == NULL)
        e = add(n, place_of(n, &l->addr), &l->addr);
    if (e == NULL || !text_copy(e->name, sizeof e->name, l->name))
        return;
    e->since_ms = now_ms;
    list_remove(&e->age);
    list_append(&n->age, &e->age);
    tell_name(n, e);
}

/* ---- addresses of names ---- */

static bool has_address(const struct domain_name *name, const struct ipaddr *a)
{
    for (size_t i = 0; i < name->addr_count; i++)
        if (ipaddr_equal(&name->addrs[i], a))
            return true;
    return false;
}

static bool is_changed(const struct address_names *n, const char *text)
{
    for (size_t i = 0; i < n->changed_count; i++)
        if (strcasecmp(n->changed[i], text) == 0)
            return true;
    return false;
}

/* False: it cannot be told soon; the next answer comes again. */
static bool mark_changed(struct address_names *n, const char *text)
{
    if (text[0] != '*' || is_changed(n, text))
        return true;
    return n->changed_count < CHANGED_MOST &&
           text_copy(n->changed[n->changed_count++], sizeof n->changed[0], text);
}

static void add_address(struct address_names *n, struct control *c, const char *configured,
                        const struct ipaddr *a)
{
    struct domain_name *name = model_name(c->model.next->names, configured);
    struct domain_names *names;

    if (name == NULL || name->addr_count >= ADDRESSES_PER_NAME || has_address(name, a) ||
        !mark_changed(n, name->text))
        return;
    names = model_edit_names(&c->model);
    name = names != NULL ? model_name(names, configured) : NULL;
    if (name == NULL || !model_name_address(name, a))
        log_error("no memory for an address of %s: the next answer tries again", configured);
}

/* The name itself, and each wildcard that covers it: of "a.b.example.com" "*.b.example.com" and
 * "*.example.com". */
static void add_to_names(struct address_names *n, struct control *c, const struct learned_name *l)
{
    char wildcard[DOMAIN_NAME_MOST + 2] = "*";
    const char *dot = strchr(l->name, '.');

    add_address(n, c, l->name, &l->addr);
    for (; dot != NULL && strchr(dot + 1, '.') != NULL; dot = strchr(dot + 1, '.'))
        if (text_copy(wildcard + 1, sizeof wildcard - 1, dot))
            add_address(n, c, wildcard, &l->addr);
}

void address_names_learn(struct address_names *n, struct control *c, const struct learned_name *l,
                         uint64_t now_ms)
{
    const struct snapshot *s = c->model.next;

    if (l->addr.family == 4 && !networks_internal(s->networks, &l->addr))
        keep_name(n, l, now_ms);
    if (s->names != NULL && s->names->count > 0)
        add_to_names(n, c, l);
}

static void tell_wildcard(const struct address_names *n, const struct domain_name *name)
{
    struct message_fqdn_head head = {
        .name = span_text(name->text),
        .flags = name->host ? FLAG_HOST : 0,
    };
    struct wire_datagram d;

    for (size_t i = 0; i < name->addr_count; i++)
        if (name->addrs[i].family == 4 && head.count < MESSAGE_FQDN_ADDRESSES_MOST)
            head.count++;
    wire_begin(&d, MESSAGE_FQDN_UPDATE);
    wire_put_fqdn_head(&d, &head);
    for (size_t i = 0, told = 0; i < name->addr_count && told < head.count; i++) {
        struct message_fqdn_address a = {.addr = name->addrs[i]};

        if (a.addr.family != 4)
            continue;
        wire_put_fqdn_address(&d, &a);
        told++;
    }
    outbox_put(n->outbox, wire_end(&d, WIRE_LAST));
}

void address_names_go_on(struct address_names *n, const struct snapshot *s, uint64_t now_ms)
{
    while (!list_empty(&n->age) &&
           now_ms - ((struct entry *)(void *)n->age.next)->since_ms >= ADDRESS_NAME_MS)
        release(n);
    if (now_ms < n->next_ms)
        return;
    n->next_ms = now_ms + ADDRESS_NAMES_ROUND_MS;
    for (size_t i = 0; i < n->changed_count; i++) {
        const struct domain_name *name = model_name(s->names, n->changed[i]);

        if (name != NULL)
            tell_wildcard(n, name);
    }
    n->changed_count = 0;
}
