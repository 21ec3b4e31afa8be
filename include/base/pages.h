/* SPDX-License-Identifier: Apache-2.0
 *
 * pages: zeroed memory straight from the kernel, in huge pages where it is large enough for them.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* NULL: no memory. Costs nothing until touched. */
void *pages_map(size_t size);
void pages_unmap(void *, size_t size);
/* Touches all of it now, so that nobody waits for the kernel later. */
void pages_prefault(void *, size_t size);

#endif
