/* SPDX-License-Identifier: Apache-2.0
 *
 * Sensors as they were configured: their memory.
 */
#include "engine/sensor.h"

#include <stdlib.h>
#include <string.h>

static void base_release(struct shared *s)
{
    struct sensor_base *b = (struct sensor_base *)s;

    for (size_t i = 0; i < b->rule_count; i++) {
        for (size_t k = 0; k < b->rules[i].pattern_count; k++)
            free(b->rules[i].patterns[k]);
        free(b->rules[i].patterns);
        free(b->rules[i].name);
    }
    free(b->rules);
    free(b);
}

struct sensor_base *sensor_base_new(void)
{
    struct sensor_base *b = calloc(1, sizeof *b);

    if (b != NULL)
        shared_init(&b->shared, base_release);
    return b;
}

static void uses_release(struct shared *s)
{
    struct sensor_uses *u = (struct sensor_uses *)s;

    free(u->dlp.choices);
    free(u->dlp.policies);
    free(u->waf.choices);
    free(u->waf.policies);
    free(u);
}

struct sensor_uses *sensor_uses_new(void)
{
    struct sensor_uses *u = calloc(1, sizeof *u);

    if (u != NULL)
        shared_init(&u->shared, uses_release);
    return u;
}

static bool use_copy(struct sensor_use *to, const struct sensor_use *from)
{
    *to = *from;
    to->choices = calloc(from->choice_count + 1, sizeof *to->choices);
    to->policies = calloc(from->policy_count + 1, sizeof *to->policies);
    if (to->choices == NULL || to->policies == NULL)
        return false;
    if (from->choice_count)
        memcpy(to->choices, from->choices, from->choice_count * sizeof *to->choices);
    if (from->policy_count)
        memcpy(to->policies, from->policies, from->policy_count * sizeof *to->policies);
    return true;
}

struct sensor_uses *sensor_uses_copy(const struct sensor_uses *from)
{
    struct sensor_uses *u = sensor_uses_new();

    if (u != NULL && (!use_copy(&u->dlp, &from->dlp) || !use_copy(&u->waf, &from->waf))) {
        shared_drop(&u->shared);
        return NULL;
    }
    return u;
}
