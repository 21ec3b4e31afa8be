/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings of protobuf messages of unknown types.
 */
#include "support/protobuf_strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct pieces {
    size_t n, count;
    char text[4096]; /* each with a "|" behind it */
};

static void collect(void *arg, struct span piece)
{
    struct pieces *p = arg;

    p->count++;
    if (p->n + piece.n + 2 > sizeof p->text)
        return;
    memcpy(p->text + p->n, piece.p, piece.n);
    p->n += piece.n;
    p->text[p->n++] = '|';
}

/* In memory of exactly its size. */
static struct pieces walked(struct span text)
{
    uint8_t *in = malloc(text.n + 1);
    struct pieces got = {0};

    memcpy(in + 1, text.p, text.n);
    protobuf_strings(span_of(in + 1, text.n), collect, &got);
    got.text[got.n] = 0;
    free(in);
    return got;
}

static void reads_messages(void **state)
{
    static const struct {
        struct {
            const char *p;
            size_t n;
        } text;
        const char *want;
    } rows[] = {
#define ROW(text, want) {{text, sizeof(text) - 1}, want}
        ROW("", ""),
        ROW("\x0a\4word", "word|"),
        ROW("\x0a\3wor", ""),
        ROW("\x0a\4\xff\xfe\xfd\xfc", ""),
        ROW("\x0a\5w\xc3\xb6rd", "w\xc3\xb6rd|"),
        ROW("\x08\x96\1\x12\4word", "word|"),
        ROW("\x09zzzzzzzz\x12\4word", "word|"),
        ROW("\x0dzzzz\x12\4word", "word|"),
        ROW("\x0a\4word\x12\5other", "word|other|"),
        /* A message, which is text as well. */
        ROW("\x0a\6\x12\4word", "\x12\4word|word|"),
        /* One that is not. */
        ROW("\x0a\x09\x08\xff\1\x12\4word", "word|"),
        ROW("\x0a\x09\x08\xff\1\x12\4word\x1a\5other", "word|other|"),
        /* Fields of unknown groups are passed over. */
        ROW("\x1b\x20\1\x1c\x12\4word", "word|"),
        ROW("\x1b\x22\4word\x1c", "word|"),
        /* Numbers may be longer than they need to be. */
        ROW("\x8a\x80\0\x84\x80\0word", "word|"),
        /* Cut off, in the middle of a letter. */
        ROW("\x0a\x20word", "word|"),
        ROW("\x0a\x20word\xc3", "word|"),
        ROW("\x0a\x20\x08\xff\1\x12\x14word", "word|"),
        ROW("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\1word", "word|"),
        /* What is wrong ends the message. */
        ROW("\x0a\4word\7\x0a\4word", "word|"),
        ROW("\x0a\4word\2\4word", "word|"),
        ROW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x0a\4word", ""),
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pieces got = walked(span_of(rows[i].text.p, rows[i].text.n));

        if (strcmp(got.text, rows[i].want) != 0)
            fail_msg("row %zu: \"%s\" and not \"%s\"", i, got.text, rows[i].want);
    }
}

/* `depth` messages in each other around a string that is nowhere UTF-8 but inside. */
static size_t nested(uint8_t *text, size_t room, unsigned depth)
{
    static const uint8_t inner[] = "\x12\4word\x08\xff\1";
    size_t at = room - (sizeof inner - 1);

    memcpy(text + at, inner, sizeof inner - 1);
    while (--depth) {
        size_t n = room - at;

        text[--at] = (uint8_t)n;
        text[--at] = 0x0a;
    }
    return at;
}

static void goes_no_deeper(void **state)
{
    uint8_t text[100];
    size_t at = nested(text, sizeof text, PROTOBUF_DEPTH);

    (void)state;
    assert_string_equal(walked(span_of(text + at, sizeof text - at)).text, "word|");
    at = nested(text, sizeof text, PROTOBUF_DEPTH + 1);
    assert_string_equal(walked(span_of(text + at, sizeof text - at)).text, "");
}

static void stops_at_its_limit(void **state)
{
    const size_t n = 20000;
    uint8_t *text = malloc(6 * n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        memcpy(text + 6 * i, "\x0a\4word", 6);
    assert_int_equal(walked(span_of(text, 6 * n)).count, PROTOBUF_STRINGS_MOST);
    free(text);
}

/* Heads alone, each of which says that everything behind it is a message. */
static void takes_no_time(void **state)
{
    enum { N = 128 << 10 };
    uint8_t *text = malloc(N);
    clock_t start = clock();

    (void)state;
    for (size_t i = 0; i < N; i += 4)
        memcpy(text + i, "\x0a\xff\xff\7", 4);
    (void)walked(span_of(text, N));
    memset(text, 0x0a, N);
    (void)walked(span_of(text, N));
    assert_true(clock() - start < CLOCKS_PER_SEC);
    free(text);
}

static void reads_anything(void **state)
{
    static const uint8_t bytes[] = {0x0a, 0x12, 0, 1, 2, 4, 8, 'a', 'b', 0xc3, 0xff, 0x1b, 0x1c};
    uint32_t seed = 7;

    (void)state;
    for (size_t i = 0; i < 50000; i++) {
        uint8_t text[32];

        for (size_t k = 0; k < sizeof text; k++) {
            seed = seed * 1664525 + 1013904223;
            text[k] = bytes[(seed >> 16) % sizeof bytes];
        }
        assert_true(walked(span_of(text, i % sizeof text)).count <= sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_messages),     cmocka_unit_test(goes_no_deeper),
        cmocka_unit_test(stops_at_its_limit), cmocka_unit_test(takes_no_time),
        cmocka_unit_test(reads_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
