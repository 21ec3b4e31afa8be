/* SPDX-License-Identifier: Apache-2.0
 *
 * A body under any two names of codings: once whole, once in pieces, once with memory refused.
 *
 *   byte 0    bits 0-2 and 3-5: names; byte 1: bytes of a piece; byte 2: requests for memory that
 *             succeed
 *   the body
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "support/coding.h"

#include <stdlib.h>

struct seen {
    long held; /* pieces of memory */
    long allowed;
    uint64_t bytes;
    uint64_t hash;
    uint32_t odd;
};

static void *take(void *arg, size_t n)
{
    struct seen *seen = arg;

    if (seen->allowed-- == 0)
        return NULL;
    seen->held++;
    return malloc(n);
}

static void give(void *arg, void *memory)
{
    struct seen *seen = arg;

    seen->held--;
    free(memory);
}

static void look(void *arg, struct span piece)
{
    struct seen *seen = arg;

    if (piece.n == 0 || piece.n > INT32_MAX)
        abort();
    seen->bytes += piece.n;
    for (size_t i = 0; i < piece.n; i++)
        seen->hash = (seen->hash ^ piece.p[i]) * UINT64_C(0x100000001b3);
}

static struct seen undo(uint8_t names, struct span body, size_t step, long allowed)
{
    static const char *const tokens[] = {"",     "gzip",     "deflate", "br",
                                         "zstd", "compress", "lzma",    "other"};
    struct seen seen = {.allowed = allowed};
    const struct memory_source memory = {take, give, &seen};
    struct coding_stack s;

    coding_stack_init(&s, &memory);
    coding_stack_add(&s, span_text(tokens[names & 7]));
    coding_stack_add(&s, span_text(tokens[names >> 3 & 7]));
    while (body.n) {
        (void)coding_stack_feed(&s, span_first(body, step), look, &seen);
        body = span_from(body, step);
    }
    seen.odd = coding_stack_end(&s, look, &seen);
    if (s.work > 2 * (uint64_t)CODING_WORK + 4 * s.fed)
        abort();
    coding_stack_fini(&s);
    if (seen.held)
        abort();
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    uint8_t names = cur_u8(&in), step = cur_u8(&in), allowed = cur_u8(&in);
    struct span body = cur_rest(&in);
    struct seen whole = undo(names, body, SIZE_MAX, -1);
    struct seen pieces = undo(names, body, step ? step : 1, -1);

    /* Pieces change nothing, unless something broke: then only how much is told before. */
    if (!((whole.odd | pieces.odd) & (CODING_ODD_GIVEN_UP | CODING_ODD_PLAIN)) &&
        (whole.odd != pieces.odd || whole.bytes != pieces.bytes || whole.hash != pieces.hash))
        abort();
    (void)undo(names, body, step ? step : 1, allowed & 31);
    return 0;
}
