/* SPDX-License-Identifier: Apache-2.0
 *
 * sql_word: the words of sql_word.def, found by halves.
 */
#include "detect/sqli/sql_token.h"

enum { WORD_MOST = 24 };

struct entry {
    const char *name;
    uint8_t n;
    uint8_t kind;
};

static const struct entry words[WORD_COUNT] = {
#define SQL_WORD(word, kind_) [WORD_##word] = {#word, sizeof(#word) - 1, SQL_##kind_},
#include "detect/sqli/sql_word.def"
#undef SQL_WORD
};

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
}

enum sql_word sql_word_find(struct span s)
{
    unsigned low = 1, high = WORD_COUNT;
    uint8_t name[WORD_MOST];

    if (s.n < 2 || s.n > WORD_MOST)
        return WORD_NONE;
    for (size_t i = 0; i < s.n; i++)
        name[i] = upper(s.p[i]);
    while (low < high) {
        unsigned middle = (low + high) / 2;
        const struct entry *w = &words[middle];
        int order = memcmp(name, w->name, s.n < w->n ? s.n : w->n);

        if (order == 0)
            order = (int)s.n - w->n;
        if (order == 0)
            return (enum sql_word)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return WORD_NONE;
}

enum sql_kind sql_word_kind(enum sql_word w)
{
    return w > WORD_NONE && w < WORD_COUNT ? (enum sql_kind)words[w].kind : SQL_NAME;
}
