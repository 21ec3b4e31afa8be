/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapng, on files made block by block: every form, every place to be cut, every lie.
 */
#include "capture_reading.h"

static void test_ng_forms(void **state)
{
    struct bytes b = ng_all();
    struct reading r = read_bytes(&b, b.n);

    (void)state;
    assert_false(r.damaged);
    assert_string_equal(r.story, NG_STORY);
    bytes_free(&b);
}

static void test_ng_cut(void **state)
{
    struct bytes b = ng_all();
    size_t last = 0, most = 0;

    (void)state;
    for (size_t n = 0; n < b.n; n++) {
        struct reading r = read_bytes(&b, n);

        assert_true(r.frames >= last); /* a longer piece never yields less */
        assert_true(strncmp(NG_STORY, r.story, strlen(r.story)) == 0);
        assert_true(!r.damaged || r.text[0] != '\0');
        last = r.frames;
        most += !r.damaged;
    }
    assert_int_equal(last, 5);
    assert_int_equal(most, 11); /* the places between two blocks, but for the end */
    bytes_free(&b);
}

static void test_ng_resolutions(void **state)
{
    static const struct {
        uint8_t tsresol;
        int64_t offset;
        uint64_t ts;
        const char *time;
    } cases[] = {
        {3, 0, 1500, "1.500000"},
        {6, 0, 1500000, "1.500000"},
        {12, 0, UINT64_C(1500000000000), "1.500000"},
        {25, 0, UINT64_MAX, "0.000001"},
        {26, 0, UINT64_MAX - 1, "0.000000"},
        {127, 0, UINT64_MAX - 1, "0.000000"},
        {0x80, 7, 3, "10.000000"},
        {0xff, 0, UINT64_MAX, "0.000000"},
        {0x81, 0, UINT64_MAX, "4294967295.000000"},
        {1, 0, UINT64_MAX, "4294967295.000000"},
        {6, INT64_MIN, 5, "0.000000"},
        {6, INT64_MAX, 5, "4294967295.000000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {.big = i % 2};
        struct reading r;

        ng_section(&b);
        ng_interface(&b, 1, 0, cases[i].tsresol, cases[i].offset);
        ng_packet(&b, 0, cases[i].ts, "x");
        r = read_bytes(&b, b.n);
        assert_has(r.story, cases[i].time);
        bytes_free(&b);
    }
}

static void ng_refused(void (*make)(struct bytes *), const char *why)
{
    struct bytes b = {0};
    struct reading r;

    ng_section(&b);
    ng_interface(&b, 1, 0, 0, 0);
    ng_packet(&b, 0, 1, "one");
    make(&b);
    ng_packet(&b, 0, 1, "two");
    r = read_bytes(&b, b.n);
    assert_int_equal(r.frames, 1);
    assert_true(r.damaged);
    assert_has(r.text, why);
    assert_has(r.text, "behind 1 frames");
    bytes_free(&b);
}

static void make_odd_length(struct bytes *b)
{
    put32(b, 6);
    put32(b, 33);
}

static void make_short_block(struct bytes *b)
{
    put32(b, 77);
    put32(b, 8);
}

static void make_long_packet(struct bytes *b)
{
    put32(b, 6);
    put32(b, 0x7ffffffc);
}

static void make_lying_packet(struct bytes *b)
{
    size_t at = ng_open(b, 6);

    put_raw(b, (uint8_t[12]){0}, 12);
    put32(b, 100); /* captured, of a block that holds four */
    put32(b, 100);
    put_raw(b, "four", 4);
    ng_close(b, at);
}

static void make_tiny_packet(struct bytes *b)
{
    ng_close(b, ng_open(b, 6));
}

static void make_tiny_interface(struct bytes *b)
{
    ng_close(b, ng_open(b, 1));
}

static void make_tiny_simple(struct bytes *b)
{
    ng_close(b, ng_open(b, 3));
}

static void make_foreign_interface(struct bytes *b)
{
    ng_packet(b, 1, 1, "nobody's");
}

static void make_two_lengths(struct bytes *b)
{
    ng_packet(b, 0, 1, "four");
    b->p[b->n - 4] ^= 4;
}

static void make_bad_section(struct bytes *b)
{
    size_t at = ng_open(b, 0x0a0d0d0a);

    put32(b, 0x11223344);
    ng_close(b, at);
}

static void make_new_version(struct bytes *b)
{
    size_t at = b->n;

    ng_section(b);
    b->p[at + 12] = 2;
}

static void test_ng_refused(void **state)
{
    (void)state;
    ng_refused(make_odd_length, "33 bytes long");
    ng_refused(make_short_block, "8 bytes long");
    ng_refused(make_long_packet, "2147483644 bytes long");
    ng_refused(make_lying_packet, "a frame of 100 bytes");
    ng_refused(make_tiny_packet, "too short");
    ng_refused(make_tiny_interface, "too short");
    ng_refused(make_tiny_simple, "which cannot be");
    ng_refused(make_foreign_interface, "interface 1, which nothing describes");
    ng_refused(make_two_lengths, "two different lengths");
    ng_refused(make_bad_section, "without byte order");
    ng_refused(make_new_version, "version 2");
}

static void test_ng_skips_long_blocks(void **state)
{
    struct bytes b = {0};
    struct reading r;
    size_t at;

    (void)state;
    ng_section(&b);
    ng_interface(&b, 1, 0, 0, 0);
    for (int i = 0; i < 3; i++) {
        uint8_t *filler = calloc(1, 2500000);

        at = ng_open(&b, 10);
        put_raw(&b, filler, 2500000);
        ng_close(&b, at);
        ng_packet(&b, 0, 1, "behind it");
        free(filler);
    }
    r = read_bytes(&b, b.n);
    assert_int_equal(r.frames, 3);
    assert_false(r.damaged);
    r = read_bytes(&b, 4000000);
    assert_int_equal(r.frames, 1);
    assert_has(r.text, "is cut off");
    bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ng_forms),
        cmocka_unit_test(test_ng_cut),
        cmocka_unit_test(test_ng_resolutions),
        cmocka_unit_test(test_ng_refused),
        cmocka_unit_test(test_ng_skips_long_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
