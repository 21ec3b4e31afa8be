/* SPDX-License-Identifier: Apache-2.0
 *
 * text: C strings in arrays of fixed size.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <string.h>

/* Copies it whole, or, when it does not fit with its NUL, nothing: then false. */
static inline bool text_copy(char *to, size_t room, const char *text)
{
    size_t n = strlen(text);

    if (n >= room)
        return false;
    memcpy(to, text, n + 1);
    return true;
}

#endif
