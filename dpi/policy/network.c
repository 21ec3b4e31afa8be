/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks and names as they were configured: their memory.
 */
#include "engine/network.h"

#include <stdlib.h>
#include <string.h>

static void networks_release(struct shared *s)
{
    struct networks *n = (struct networks *)s;

    free(n->internal);
    free(n->special);
    free(n->judged);
    free(n);
}

struct networks *networks_new(void)
{
    struct networks *n = calloc(1, sizeof *n);

    if (n != NULL)
        shared_init(&n->shared, networks_release);
    return n;
}

/* NULL: nothing to copy, or no memory. */
static void *array_copy(const void *from, size_t count, size_t size)
{
    void *copy = count ? malloc(count * size) : NULL;

    if (copy != NULL)
        memcpy(copy, from, count * size);
    return copy;
}

struct networks *networks_copy(const struct networks *from)
{
    struct networks *n = networks_new();

    if (n == NULL)
        return NULL;
    n->internal_count = from->internal_count;
    n->internal = array_copy(from->internal, n->internal_count, sizeof *n->internal);
    n->special_count = from->special_count;
    n->special = array_copy(from->special, n->special_count, sizeof *n->special);
    n->judged_count = from->judged_count;
    n->judged = array_copy(from->judged, n->judged_count, sizeof *n->judged);
    if ((n->internal_count && !n->internal) || (n->special_count && !n->special) ||
        (n->judged_count && !n->judged)) {
        shared_drop(&n->shared);
        return NULL;
    }
    return n;
}

static bool is_loopback(const struct ipaddr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, one, sizeof one) == 0;
}

bool networks_internal(const struct networks *n, const struct ipaddr *a)
{
    if (n->internal_count == 0 || is_loopback(a))
        return true;
    for (size_t i = 0; i < n->internal_count; i++)
        if (ipprefix_has(&n->internal[i], a))
            return true;
    return false;
}

static void names_release(struct shared *s)
{
    struct domain_names *n = (struct domain_names *)s;

    for (size_t i = 0; i < n->count; i++) {
        free(n->names[i].text);
        free(n->names[i].addrs);
    }
    free(n->names);
    free(n);
}

struct domain_names *domain_names_new(void)
{
    struct domain_names *n = calloc(1, sizeof *n);

    if (n != NULL)
        shared_init(&n->shared, names_release);
    return n;
}

static bool name_copy(struct domain_name *to, const struct domain_name *from)
{
    to->text = strdup(from->text);
    to->host = from->host;
    to->addr_count = from->addr_count;
    to->addrs = array_copy(from->addrs, from->addr_count, sizeof *from->addrs);
    return to->text != NULL && (from->addr_count == 0 || to->addrs != NULL);
}

struct domain_names *domain_names_copy(const struct domain_names *from)
{
    struct domain_names *n = domain_names_new();
    bool whole = n != NULL;

    if (whole)
        n->names = calloc(from->count + 1, sizeof *n->names);
    whole = whole && n->names != NULL;
    for (size_t i = 0; whole && i < from->count; i++, n->count++)
        whole = name_copy(&n->names[i], &from->names[i]);
    if (!whole && n != NULL) {
        shared_drop(&n->shared);
        return NULL;
    }
    return n;
}
