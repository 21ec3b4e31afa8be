/* SPDX-License-Identifier: Apache-2.0 */
#include "control/config_network.h"

#include "control/config_workload.h"

#include <stdlib.h>

static const struct {
    const char *key;
    enum network_kind kind;
} kinds[] = {
    {"tunnel", NETWORK_TUNNEL},       {"service", NETWORK_SERVICE},
    {"host", NETWORK_HOST},           {"device", NETWORK_DEVICE},
    {"unmanaged", NETWORK_UNMANAGED}, {"external_service", NETWORK_EXTERNAL_SERVICE},
};

enum { KEYS = sizeof kinds / sizeof kinds[0] };

static bool add_special(struct networks *n, const struct ipprefix *list, size_t count,
                        enum network_kind kind)
{
    struct special_network *special =
        realloc(n->special, (n->special_count + count + 1) * sizeof *special);

    if (special == NULL)
        return false;
    n->special = special;
    for (size_t i = 0; i < count; i++)
        n->special[n->special_count++] = (struct special_network){list[i], (uint8_t)kind};
    return true;
}

static bool read_special(struct networks *n, const json_t *value, const struct config_path *path,
                         enum network_kind kind, struct err *err)
{
    struct ipprefix *list = NULL;
    size_t count = 0;
    bool ok = config_prefixes(value, path, &list, &count, err);

    if (ok && !add_special(n, list, count, kind))
        ok = err_set(err, path->text, "no memory");
    free(list);
    return ok;
}

bool config_networks(struct snapshot *s, const json_t *value, const struct config_path *path,
                     struct err *err)
{
    const char *keys[KEYS + 2] = {"internal"};
    const json_t *internal = json_object_get(value, "internal");
    struct config_path at = config_path_key(path, "internal");

    for (size_t i = 0; i < KEYS; i++)
        keys[i + 1] = kinds[i].key;
    if (!config_object(value, path, keys, err))
        return false;
    if (internal != NULL &&
        !config_prefixes(internal, &at, &s->networks->internal, &s->networks->internal_count, err))
        return false;
    for (size_t i = 0; i < KEYS; i++) {
        const json_t *member = json_object_get(value, kinds[i].key);

        at = config_path_key(path, kinds[i].key);
        if (member != NULL && !read_special(s->networks, member, &at, kinds[i].kind, err))
            return false;
    }
    return true;
}
