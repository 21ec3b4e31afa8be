/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement, checked: whole and in pieces with the same answer, and nothing found in what the
 * pass in front lets go; the same in the middle of much other text.
 *
 *   byte 0    the dialect
 *   byte 1    the size of a piece
 *   the statement
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "detect/sqli/sqli_stream.h"

#include <stdlib.h>

enum { LIMIT = 1 << 20, LONG = SQLI_MOST + 4096 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void must_be_same(const struct sqli_finding *a, const struct sqli_finding *b)
{
    must(a->class == b->class && a->grade == b->grade && a->offset == b->offset &&
         a->cut == b->cut && span_equal(a->near, b->near));
}

static void play_pieces(struct span text, size_t size, enum sql_dialect dialect,
                        const struct sqli_finding *whole)
{
    struct sqli_stream stream = {.bytes = NULL};
    struct sqli_finding found;
    struct budget memory;

    budget_init(&memory, LIMIT);
    for (; text.n; text = span_from(text, size))
        sqli_stream_add(&stream, &memory, span_first(text, size), dialect);
    sqli_stream_end(&stream, &found);
    must_be_same(&found, whole);
    sqli_stream_clear(&stream, &memory);
    must(memory.used == 0);
}

static struct sqli_finding play_whole(struct span text, enum sql_dialect dialect)
{
    struct sqli_finding found;
    bool any = sqli_check(text, dialect, &found);

    must(any == (found.class != SQLI_NONE) && found.class < SQLI_CLASSES);
    must(found.offset <= text.n && found.cut == (text.n > SQLI_MOST));
    if (any)
        must(found.near.p >= text.p && found.near.p + found.near.n <= text.p + text.n);
    return found;
}

/* Again and again, up to more than is read of one statement. */
static void play_long(struct span text, size_t size, enum sql_dialect dialect)
{
    uint8_t *bytes = malloc(LONG);
    struct sqli_finding found;

    for (size_t i = 0; i < LONG; i++)
        bytes[i] = text.p[i % text.n];
    found = play_whole(span_of(bytes, LONG), dialect);
    if (size > 128)
        play_pieces(span_of(bytes, LONG), size, dialect, &found);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    enum sql_dialect dialect = (enum sql_dialect)(cur_u8(&in) % SQL_DIALECTS);
    size_t piece = (size_t)cur_u8(&in) + 1;
    struct span text = cur_look(&in);
    struct sqli_text unasked = {.head = text, .dialect = dialect};
    struct sqli_finding found, read;

    if (text.n == 0 || text.n > SQLI_MOST)
        return 0;
    found = play_whole(text, dialect);
    sqli_read(&unasked, &read);
    must_be_same(&read, &found);
    play_pieces(text, piece, dialect, &found);
    if (piece % 64 == 0)
        play_long(text, piece, dialect);
    return 0;
}
