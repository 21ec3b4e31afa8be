/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed messages of a WebSocket: the forms that RFC 7692 shows, cut anywhere; what later
 * messages refer to; limits and memory.
 */
#include "support/ws_inflate.h"

#include "support/coding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

struct got {
    uint8_t bytes[256];
    size_t n; /* more than fit */
};

static int held;

static void *take(void *refuse, size_t n)
{
    int *left = refuse;

    if (left && --*left < 0)
        return NULL;
    held++;
    return malloc(n);
}

static void give(void *refuse, void *memory)
{
    (void)refuse;
    held--;
    free(memory);
}

static const struct memory_source memory = {.take = take, .give = give};

static void out(void *arg, struct span piece)
{
    struct got *got = arg;

    assert_true(piece.n > 0);
    for (size_t i = 0; i < piece.n && got->n + i < sizeof got->bytes; i++)
        got->bytes[got->n + i] = piece.p[i];
    got->n += piece.n;
}

static enum ws_inflated message(struct ws_inflate *f, struct span bytes, size_t cut,
                                enum ws_context context, struct got *got)
{
    enum ws_inflated result;

    got->n = 0;
    ws_inflate_begin(f, context);
    result = ws_inflate_feed(f, span_first(bytes, cut), out, got);
    if (result == WS_INFLATED)
        result = ws_inflate_feed(f, span_from(bytes, cut), out, got);
    return result == WS_INFLATED ? ws_inflate_end(f, out, got) : result;
}

static void expect_hello(const struct got *got)
{
    assert_true(span_equal(span_of(got->bytes, got->n), SPAN("Hello")));
}

/* RFC 7692 section 7.2.3: one block, stored, with a last block, in two blocks. */
static void reads_all_forms(void **state)
{
    static const struct span forms[] = {
        {(const uint8_t *)"\xf2\x48\xcd\xc9\xc9\x07\0", 7},
        {(const uint8_t *)"\0\5\0\xfa\xff\x48\x65\x6c\x6c\x6f\0", 11},
        {(const uint8_t *)"\xf3\x48\xcd\xc9\xc9\x07\0\0", 8},
        {(const uint8_t *)"\xf2\x48\5\0\0\0\xff\xff\xca\xc9\xc9\7\0", 13},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        for (size_t cut = 0; cut <= forms[i].n; cut++) {
            struct ws_inflate *f = ws_inflate_new(&memory, 15);
            struct got got;

            assert_int_equal(message(f, forms[i], cut, WS_CONTEXT_KEPT, &got), WS_INFLATED);
            expect_hello(&got);
            /* The one before is referred to. */
            assert_int_equal(message(f, SPAN("\xf2\0\x11\0\0"), cut, WS_CONTEXT_KEPT, &got),
                             WS_INFLATED);
            expect_hello(&got);
            assert_int_equal(message(f, SPAN("\xf2\0\x11\0\0"), cut, WS_CONTEXT_FRESH, &got),
                             WS_INFLATE_BROKEN);
            assert_int_equal(got.n, 1);
            assert_int_equal(message(f, SPAN(""), cut, WS_CONTEXT_FRESH, &got), WS_INFLATED);
            assert_int_equal(got.n, 0);
            ws_inflate_free(&f);
            ws_inflate_free(&f);
            assert_int_equal(held, 0);
        }
}

static void tells_what_is_left(void **state)
{
    struct ws_inflate *f = ws_inflate_new(&memory, 8);
    struct got got;

    (void)state;
    for (size_t cut = 0; cut <= 6; cut++) {
        /* A block of a type that does not exist, and what the end breaks. */
        assert_int_equal(message(f, SPAN("\xffplain"), cut, WS_CONTEXT_FRESH, &got),
                         WS_INFLATE_BROKEN);
        assert_true(span_equal(ws_inflate_rest(f), span_first(SPAN("\xffplain"), cut ? cut : 6)));
        assert_int_equal(message(f, SPAN("\0\5\0\xf1\xff"), cut, WS_CONTEXT_FRESH, &got),
                         WS_INFLATE_BROKEN);
        assert_int_equal(ws_inflate_rest(f).n, 5);
    }
    ws_inflate_free(&f);
}

/* n bytes "aaa..." as a message, freed by the caller. */
static uint8_t *long_message(size_t n, size_t *made)
{
    size_t room = n / 900 + 1024;
    uint8_t *bytes = malloc(room), text[4096];
    z_stream z = {0};

    memset(text, 'a', sizeof text);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = bytes;
    z.avail_out = (uInt)room;
    for (size_t at = 0; at < n; at += sizeof text) {
        z.next_in = text;
        z.avail_in = sizeof text;
        assert_int_equal(deflate(&z, at + sizeof text < n ? Z_NO_FLUSH : Z_SYNC_FLUSH), Z_OK);
    }
    *made = room - z.avail_out - 4;
    deflateEnd(&z);
    return bytes;
}

static void stops_bombs(void **state)
{
    struct ws_inflate *f = ws_inflate_new(&memory, 15);
    size_t good_n, bomb_n;
    uint8_t *good_bytes = long_message(CODING_WORK / 2, &good_n);
    uint8_t *bomb_bytes = long_message(CODING_WORK, &bomb_n);
    struct span good = span_of(good_bytes, good_n), bomb = span_of(bomb_bytes, bomb_n);
    struct got got;

    (void)state;
    assert_int_equal(message(f, good, 1, WS_CONTEXT_FRESH, &got), WS_INFLATED);
    assert_int_equal(got.n, CODING_WORK / 2);
    assert_int_equal(message(f, bomb, 1, WS_CONTEXT_FRESH, &got), WS_INFLATE_BOMB);
    assert_true(got.n <= CODING_WORK + 4096);
    assert_true(ws_inflate_rest(f).n < bomb.n / 10);
    /* Each message counts anew. */
    assert_int_equal(message(f, good, 1, WS_CONTEXT_FRESH, &got), WS_INFLATED);
    free(good_bytes);
    free(bomb_bytes);
    ws_inflate_free(&f);
    assert_int_equal(held, 0);
}

static void bears_refused_memory(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        int left = n;
        const struct memory_source little = {.take = take, .give = give, .arg = &left};
        struct ws_inflate *f = ws_inflate_new(&little, 15);
        struct got got;

        if (n < 2)
            assert_null(f);
        else /* none for the window */
            assert_int_not_equal(
                message(f, SPAN("\xf2\x48\xcd\xc9\xc9\x07\0"), 3, WS_CONTEXT_KEPT, &got),
                WS_INFLATE_BOMB);
        ws_inflate_free(&f);
        assert_int_equal(held, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(tells_what_is_left),
        cmocka_unit_test(stops_bombs),
        cmocka_unit_test(bears_refused_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
