/* SPDX-License-Identifier: Apache-2.0
 *
 * The capture reader, on files made byte by byte: every form, every place to be cut, every lie.
 */
#include "capture_reading.h"

static struct bytes classic_three(uint32_t magic, bool big)
{
    struct bytes b = {.big = big};

    classic_header(&b, magic, 1);
    for (uint32_t i = 1; i <= 3; i++) {
        if (magic == 0xa1b2cd34) {
            put32(&b, i);
            put32(&b, 5);
            put32(&b, 5);
            put32(&b, 6);
            put_raw(&b, "PATCHED!", 8);
            put_raw(&b, "frame", 5);
        } else {
            classic_record(&b, i, magic == 0xa1b23c4d ? 5999 : 5, "frame");
        }
    }
    return b;
}

static void test_classic_forms(void **state)
{
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct bytes b = classic_three(magics[i / 2], i % 2);
        struct reading r = read_bytes(&b, b.n);

        assert_false(r.damaged);
        assert_string_equal(r.story, "1 1.000005 5/6 link 0 dev 0 frame\n"
                                     "2 2.000005 5/6 link 0 dev 0 frame\n"
                                     "3 3.000005 5/6 link 0 dev 0 frame\n");
        bytes_free(&b);
    }
}

static void test_classic_links(void **state)
{
    static const struct {
        uint32_t number;
        enum link_type link;
    } links[] = {
        {1, LINK_ETHERNET},  {0, LINK_NULL},
        {108, LINK_LOOP},    {12, LINK_RAW_IP},
        {14, LINK_RAW_IP},   {101, LINK_RAW_IP},
        {228, LINK_RAW_IP},  {229, LINK_RAW_IP},
        {113, LINK_COOKED},  {276, LINK_COOKED2},
        {9, LINK_PPP},       {50, LINK_PPP},
        {105, LINK_UNKNOWN}, {0x14000001, LINK_ETHERNET}, /* with a check sequence */
    };

    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct bytes b = {0};
        struct reading r;
        char want[64];

        classic_header(&b, 0xa1b2c3d4, links[i].number);
        classic_record(&b, 1, 0, "x");
        r = read_bytes(&b, b.n);
        snprintf(want, sizeof want, "link %u ", links[i].link);
        assert_has(r.story, want);
        bytes_free(&b);
    }
}

/* Cut anywhere: the whole records before the cut come, and the damage is told unless the cut is
 * between two records. */
static void test_classic_cut(void **state)
{
    struct bytes b = classic_three(0xa1b2c3d4, false);
    size_t record = 16 + 5;

    (void)state;
    for (size_t n = 0; n <= b.n; n++) {
        struct reading r = read_bytes(&b, n);
        size_t whole = n < CLASSIC_FILE_HEADER ? 0 : (n - CLASSIC_FILE_HEADER) / record;
        bool between = n >= CLASSIC_FILE_HEADER && (n - CLASSIC_FILE_HEADER) % record == 0;

        assert_int_equal(r.frames, whole);
        assert_int_equal(r.damaged, !between);
        assert_true(between || r.text[0] != '\0');
    }
    bytes_free(&b);
}

static void test_classic_absurd(void **state)
{
    struct bytes b = classic_three(0xa1b2c3d4, false);
    struct reading r;

    (void)state;
    put32(&b, 4);
    put32(&b, 0);
    put32(&b, 0xfffffff0);
    put32(&b, 0xfffffff0);
    put_raw(&b, "more", 4);
    r = read_bytes(&b, b.n);
    assert_int_equal(r.frames, 3);
    assert_has(r.text, "byte 87, behind 3 frames");
    assert_has(r.text, "4294967280 bytes");
    bytes_free(&b);
}

/* More bytes captured than there were: an old format's habit, else a lie about the wire. */
static void test_classic_lengths(void **state)
{
    struct bytes b = {0};
    struct reading r;

    (void)state;
    classic_header(&b, 0xa1b2c3d4, 1);
    put32(&b, 1);
    put32(&b, 0);
    put32(&b, 4);
    put32(&b, 2);
    put_raw(&b, "four", 4);
    r = read_bytes(&b, b.n);
    assert_string_equal(r.story, "1 1.000000 4/4 link 0 dev 0 four\n");
    b.p[6] = 2; /* version 2.2 */
    r = read_bytes(&b, b.n - 2);
    assert_string_equal(r.story, "1 1.000000 2/4 link 0 dev 0 fo\n");
    bytes_free(&b);
}

static void test_time_far_away(void **state)
{
    struct bytes b = {0};
    struct reading r;

    (void)state;
    classic_header(&b, 0xa1b2c3d4, 1);
    classic_record(&b, UINT32_MAX, UINT32_MAX, "x");
    r = read_bytes(&b, b.n);
    assert_has(r.story, "1 4294967295.000000 ");
    bytes_free(&b);
}

static void test_not_a_capture(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *why;
    } cases[] = {
        {"", 0, "is empty"},
        {"\xd4\xc3", 2, "too short"},
        {"\xd4\xc3\xb2\xa1", 4, "ends within the file header"},
        {"hello, this is text and no capture", 34, "does not begin like pcap"},
        {"\x1f\x8b\x08\0\0\0\0\0", 8, "gunzip"},
        {"\x28\xb5\x2f\xfd\0\0\0\0", 8, "unzstd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {0};
        struct reading r;

        put_raw(&b, cases[i].bytes, cases[i].n);
        r = read_bytes(&b, b.n);
        assert_false(r.opened);
        assert_has(r.text, cases[i].why);
        bytes_free(&b);
    }
}

static void test_not_a_file(void **state)
{
    struct pcapfile *f = pcapfile_new();
    struct reading r;

    (void)state;
    read_open(f, "/proc/self", &r);
    assert_has(r.text, "is a directory");
    read_open(f, "/nonexistent/capture.pcap", &r);
    assert_has(r.text, "does not exist");
    pcapfile_free(f);
}

/* The buffer is filled many times over; frames must hold what was written, wherever they lie. */
static void test_many_windows(void **state)
{
    struct pcapfile *f = pcapfile_new();
    struct bytes b = {0};
    struct frame frames[32];
    struct err err;
    char path[64];
    size_t n, total = 0;
    uint8_t *body = malloc(60000);
    int fd;

    (void)state;
    classic_header(&b, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t length = i * 7919 % 60000;

        memset(body, (int)i, length);
        put32(&b, i);
        put32(&b, 0);
        put32(&b, length);
        put32(&b, length);
        put_raw(&b, body, length);
    }
    fd = bytes_file(&b, b.n, path);
    assert_true(pcapfile_open(f, path, &err));
    while ((n = pcapfile_read(f, frames, 32)) > 0)
        for (size_t i = 0; i < n; i++, total++) {
            assert_int_equal(frames[i].captured, total * 7919 % 60000);
            memset(body, (int)total, frames[i].captured);
            assert_memory_equal(body, frames[i].bytes, frames[i].captured);
        }
    assert_int_equal(total, 300);
    assert_null(pcapfile_damage(f));
    assert_int_equal(pcapfile_offset(f), b.n);
    pcapfile_free(f);
    close(fd);
    bytes_free(&b);
    free(body);
}

static void test_pipe(void **state)
{
    struct pcapfile *f = pcapfile_new();
    struct bytes b = ng_all();
    struct reading r;
    char path[64];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], b.p, b.n), b.n);
    close(ends[1]);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    read_open(f, path, &r);
    assert_string_equal(r.story, NG_STORY);
    close(ends[0]);
    pcapfile_free(f);
    bytes_free(&b);
}

/* One reader for file after file: nothing of the last one stays. */
static void test_reuse(void **state)
{
    struct pcapfile *f = pcapfile_new();
    struct bytes ng = ng_all(), classic = classic_three(0xa1b2c3d4, true);
    char ng_path[64], classic_path[64];
    int ng_fd = bytes_file(&ng, ng.n, ng_path);
    int classic_fd = bytes_file(&classic, classic.n - 1, classic_path);
    struct reading r;

    (void)state;
    for (int i = 0; i < 3; i++) {
        read_open(f, ng_path, &r);
        assert_string_equal(r.story, NG_STORY);
        assert_false(r.damaged);
        read_open(f, classic_path, &r);
        assert_int_equal(r.frames, 2);
        assert_true(r.damaged);
    }
    pcapfile_free(f);
    close(ng_fd);
    close(classic_fd);
    bytes_free(&ng);
    bytes_free(&classic);
}

/* Whatever the bytes say, the reader ends and stays inside its buffer. */
static void test_mutations(void **state)
{
    uint32_t random = 12345;

    (void)state;
    for (size_t round = 0; round < 4000; round++) {
        struct bytes b = round % 2 ? ng_all() : classic_three(0xa1b2c3d4, round % 4 == 0);

        for (int i = 0; i < 3; i++) {
            random = random * 1664525 + 1013904223;
            b.p[(random >> 8) % b.n] = (uint8_t)(random >> 24);
        }
        (void)read_bytes(&b, b.n);
        bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classic_forms),   cmocka_unit_test(test_classic_links),
        cmocka_unit_test(test_classic_cut),     cmocka_unit_test(test_classic_absurd),
        cmocka_unit_test(test_classic_lengths), cmocka_unit_test(test_time_far_away),
        cmocka_unit_test(test_not_a_capture),   cmocka_unit_test(test_not_a_file),
        cmocka_unit_test(test_many_windows),    cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_reuse),           cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
