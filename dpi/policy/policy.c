/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules as they were configured: their memory.
 */
#include "engine/policy.h"

#include <stdlib.h>

static void release(struct shared *s)
{
    struct policy *p = (struct policy *)s;

    for (size_t i = 0; i < p->rule_count; i++) {
        free((char *)p->rules[i].name);
        free(p->rules[i].apps);
    }
    free(p->rules);
    free(p);
}

struct policy *policy_new(void)
{
    struct policy *p = calloc(1, sizeof *p);

    if (p != NULL)
        shared_init(&p->shared, release);
    return p;
}
