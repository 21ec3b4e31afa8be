/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scratch.h"

#include <stdlib.h>

_Bool scratch_init(struct scratch *s, size_t size)
{
    *s = (struct scratch){.base = malloc(size), .size = size};
    return s->base != NULL;
}

void scratch_fini(struct scratch *s)
{
    free(s->base);
    *s = (struct scratch){0};
}
