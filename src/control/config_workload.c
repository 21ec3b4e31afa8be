/* SPDX-License-Identifier: Apache-2.0 */
#include "control/config_workload.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MOST = 255, WORKLOADS_MOST = 65536, CLAIM_BYTES = 19 };
enum { CLAIM_MAC = 1, CLAIM_PREFIX = 2 };

/* What one workload says is its own: a MAC or a prefix; the first byte says which. */
struct claim {
    uint8_t bytes[CLAIM_BYTES];
    size_t workload;
};

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);

    return at == NULL ? -1 : (int)(at - digits);
}

static bool mac_parse(const char *text, uint8_t mac[6])
{
    for (size_t i = 0; i < 6; i++, text += 3) {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_mac(const json_t *value, const struct config_path *path, uint8_t mac[6],
                     struct err *err)
{
    static const uint8_t zero[6];
    const char *text;

    if (!config_text(value, path, 64, &text, err))
        return false;
    if (!mac_parse(text, mac))
        return err_set(err, path->text, "'%s' is no MAC address (02:42:ac:11:00:02)", text);
    if ((mac[0] & 1) || memcmp(mac, zero, sizeof zero) == 0)
        return err_set(err, path->text, "'%s' cannot be one interface's own MAC address", text);
    return true;
}

static bool read_macs(struct workload *w, const json_t *value, const struct config_path *path,
                      struct err *err)
{
    const json_t *item;
    size_t i;

    if (!config_list(value, path, err))
        return false;
    w->macs = calloc(json_array_size(value) + 1, sizeof *w->macs);
    if (w->macs == NULL)
        return err_set(err, path->text, "no memory");
    w->mac_count = json_array_size(value);
    json_array_foreach(value, i, item)
    {
        struct config_path at = config_path_index(path, i);

        if (!read_mac(item, &at, w->macs[i], err))
            return false;
    }
    return true;
}

bool config_prefixes(const json_t *value, const struct config_path *path,
                     struct ipprefix **prefixes, size_t *count, struct err *err)
{
    const json_t *item;
    size_t i;

    if (!config_list(value, path, err))
        return false;
    *prefixes = calloc(json_array_size(value) + 1, sizeof **prefixes);
    if (*prefixes == NULL)
        return err_set(err, path->text, "no memory");
    *count = json_array_size(value);
    json_array_foreach(value, i, item)
    {
        struct config_path at = config_path_index(path, i);

        if (!config_prefix(item, &at, &(*prefixes)[i], err))
            return false;
    }
    return true;
}

static bool read_name(struct workload *w, const json_t *value, const struct config_path *path,
                      struct err *err)
{
    const char *name;

    if (value == NULL)
        return err_set(err, path->text, "is missing: every workload has a name");
    if (!config_text(value, path, NAME_MOST, &name, err))
        return false;
    w->name = strdup(name);
    return w->name != NULL || err_set(err, path->text, "no memory");
}

static bool read_mode(struct workload *w, const json_t *value, const struct config_path *path,
                      struct err *err)
{
    static const char *const names[] = {
        [MODE_LEARN] = "learn", [MODE_MONITOR] = "monitor", [MODE_PROTECT] = "protect", NULL};
    size_t mode;

    if (value == NULL)
        return err_set(err, path->text, "is missing: one of learn, monitor, protect");
    if (!config_choice(value, path, names, &mode, err))
        return false;
    w->mode = (enum workload_mode)mode;
    return true;
}

static bool read_workload(struct workload *w, const json_t *value, const struct config_path *path,
                          struct err *err)
{
    static const char *const keys[] = {"name", "mode", "macs", "prefixes", "mesh", NULL};
    const json_t *macs = json_object_get(value, "macs");
    const json_t *prefixes = json_object_get(value, "prefixes");
    const json_t *mesh = json_object_get(value, "mesh");
    struct config_path at = config_path_key(path, "name");

    if (!config_object(value, path, keys, err) ||
        !read_name(w, json_object_get(value, "name"), &at, err))
        return false;
    at = config_path_key(path, "mode");
    if (!read_mode(w, json_object_get(value, "mode"), &at, err))
        return false;
    at = config_path_key(path, "macs");
    if (macs != NULL && !read_macs(w, macs, &at, err))
        return false;
    at = config_path_key(path, "prefixes");
    if (prefixes != NULL && !config_prefixes(prefixes, &at, &w->prefixes, &w->prefix_count, err))
        return false;
    at = config_path_key(path, "mesh");
    if (mesh != NULL && !config_bool(mesh, &at, &w->mesh, err))
        return false;
    if (w->mac_count == 0 && w->prefix_count == 0)
        return err_set(err, path->text, "no traffic can be its own: give it macs or prefixes");
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int compared = memcmp(x->bytes, y->bytes, sizeof x->bytes);

    return compared != 0 ? compared : (x->workload > y->workload) - (x->workload < y->workload);
}

static size_t claims_collect(const struct snapshot *s, struct claim *claims)
{
    size_t n = 0;

    for (size_t i = 0; i < s->workload_count; i++) {
        const struct workload *w = s->workloads[i];

        for (size_t m = 0; m < w->mac_count; m++) {
            claims[n].workload = i;
            claims[n].bytes[0] = CLAIM_MAC;
            memcpy(claims[n++].bytes + 1, w->macs[m], 6);
        }
        for (size_t p = 0; p < w->prefix_count; p++) {
            claims[n].workload = i;
            claims[n].bytes[0] = CLAIM_PREFIX;
            claims[n].bytes[1] = w->prefixes[p].addr.family;
            claims[n].bytes[2] = w->prefixes[p].bits;
            memcpy(claims[n++].bytes + 3, w->prefixes[p].addr.bytes, 16);
        }
    }
    return n;
}

static bool claims_differ(const struct snapshot *s, const struct config_path *path, struct err *err)
{
    struct claim *claims;
    size_t room = 1, n;
    bool differ = true;

    for (size_t i = 0; i < s->workload_count; i++)
        room += s->workloads[i]->mac_count + s->workloads[i]->prefix_count;
    claims = calloc(room, sizeof *claims);
    if (claims == NULL)
        return err_set(err, path->text, "no memory");
    n = claims_collect(s, claims);
    qsort(claims, n, sizeof *claims, by_bytes);
    for (size_t i = 1; i < n && differ; i++) {
        if (memcmp(claims[i].bytes, claims[i - 1].bytes, CLAIM_BYTES) != 0)
            continue;
        struct config_path at = config_path_index(path, claims[i].workload);

        differ = err_set(err, at.text,
                         "has a MAC or prefix that stands in workloads[%zu] too: "
                         "traffic belongs to one of them",
                         claims[i - 1].workload);
    }
    free(claims);
    return differ;
}

struct name_place {
    const char *name;
    size_t workload;
};

static int by_name(const void *a, const void *b)
{
    const struct name_place *x = a, *y = b;
    int compared = strcmp(x->name, y->name);

    return compared != 0 ? compared : (x->workload > y->workload) - (x->workload < y->workload);
}

static bool names_differ(const struct snapshot *s, const struct config_path *path, struct err *err)
{
    struct name_place *names = calloc(s->workload_count + 1, sizeof *names);
    bool differ = true;

    if (names == NULL)
        return err_set(err, path->text, "no memory");
    for (size_t i = 0; i < s->workload_count; i++)
        names[i] = (struct name_place){s->workloads[i]->name, i};
    qsort(names, s->workload_count, sizeof *names, by_name);
    for (size_t i = 1; i < s->workload_count && differ; i++)
        if (strcmp(names[i].name, names[i - 1].name) == 0) {
            struct config_path item = config_path_index(path, names[i].workload);
            struct config_path at = config_path_key(&item, "name");

            differ = err_set(err, at.text, "'%s' is the name of workloads[%zu] too: names differ",
                             names[i].name, names[i - 1].workload);
        }
    free(names);
    return differ;
}

bool config_workloads(struct snapshot *s, const json_t *value, const struct config_path *path,
                      struct err *err)
{
    const json_t *item;
    size_t i;

    if (!config_list(value, path, err))
        return false;
    if (json_array_size(value) > WORKLOADS_MOST)
        return err_set(err, path->text, "has %zu entries; allowed: up to %d",
                       json_array_size(value), WORKLOADS_MOST);
    if (!snapshot_room(s, json_array_size(value)))
        return err_set(err, path->text, "no memory");
    json_array_foreach(value, i, item)
    {
        struct config_path at = config_path_index(path, i);

        s->workloads[i] = workload_new();
        if (s->workloads[i] == NULL)
            return err_set(err, at.text, "no memory");
        s->workload_count++;
        s->workloads[i]->zone = (uint32_t)i + 1;
        if (!read_workload(s->workloads[i], item, &at, err))
            return false;
    }
    return names_differ(s, path, err) && claims_differ(s, path, err);
}
