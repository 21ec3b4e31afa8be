/* SPDX-License-Identifier: Apache-2.0
 *
 * The capture reader, on files made byte by byte: every form, every place to be cut, every lie.
 */
#include "capture/pcapfile.h"

#include "capture_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What a reading brought. */
struct reading {
    size_t frames;
    bool opened;
    bool damaged;
    char text[400];   /* the damage */
    char story[4096]; /* a line per frame: number, time, lengths, link, bytes */
};

static void reading_note(struct reading *r, const struct frame *f)
{
    size_t used = strlen(r->story);

    snprintf(r->story + used, sizeof r->story - used,
             "%llu %llu.%06llu %u/%u link %u dev %u %.*s\n", (unsigned long long)f->number,
             (unsigned long long)(f->time_us / 1000000), (unsigned long long)(f->time_us % 1000000),
             f->captured, f->length, f->link, f->device, (int)(f->captured < 40 ? f->captured : 40),
             (const char *)f->bytes);
}

static void read_open(struct pcapfile *f, const char *path, struct reading *r)
{
    struct frame frames[4];
    struct err err = {0};
    size_t n;

    *r = (struct reading){0};
    r->opened = pcapfile_open(f, path, &err);
    if (!r->opened) {
        r->damaged = true;
        snprintf(r->text, sizeof r->text, "%s", err.text);
        return;
    }
    while ((n = pcapfile_read(f, frames, 4)) > 0) {
        for (size_t i = 0; i < n; i++)
            reading_note(r, &frames[i]);
        r->frames += n;
    }
    r->damaged = pcapfile_damage(f) != NULL;
    if (r->damaged)
        snprintf(r->text, sizeof r->text, "%s", pcapfile_damage(f)->text);
}

static struct reading read_bytes(const struct bytes *b, size_t n)
{
    struct pcapfile *f = pcapfile_new();
    struct reading r;
    char path[64];
    int fd = bytes_file(b, n, path);

    assert_non_null(f);
    read_open(f, path, &r);
    pcapfile_free(f);
    close(fd);
    return r;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, text);
}

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

static struct bytes ng_all(void)
{
    struct bytes b = {0};
    size_t at;

    ng_section(&b);
    ng_interface(&b, 1, 0, 0, 0);
    ng_packet(&b, 0, 1000005, "one");
    at = ng_open(&b, 0x0bad); /* a block nobody knows */
    put_raw(&b, "whatever", 8);
    ng_close(&b, at);
    ng_interface(&b, 101, 4, 9, 100);
    ng_packet(&b, 1, UINT64_C(2000006999), "two");
    at = ng_open(&b, 2); /* the old packet block */
    put16(&b, 0);
    put16(&b, 7);
    put32(&b, 0);
    put32(&b, 3000007);
    put32(&b, 5);
    put32(&b, 5);
    put_raw(&b, "three", 5);
    ng_close(&b, at);
    at = ng_open(&b, 3); /* a simple packet block */
    put32(&b, 6);
    put_raw(&b, "four..", 6);
    ng_close(&b, at);
    b.big = true;
    ng_section(&b);
    ng_interface(&b, 276, 3, 0x80 | 10, -2);
    ng_packet(&b, 0, (5 << 10) + 512, "five");
    at = ng_open(&b, 3);
    put32(&b, 6);
    put_raw(&b, "six...", 6);
    ng_close(&b, at);
    return b;
}

static const char ng_story[] = "1 1.000005 3/4 link 0 dev 0 one\n"
                               "2 102.000006 3/4 link 1 dev 1 two\n"
                               "3 3.000007 5/5 link 0 dev 0 three\n"
                               "4 3.000007 6/6 link 0 dev 0 four..\n"
                               "5 3.500000 4/5 link 3 dev 0 five\n"
                               "6 3.500000 3/6 link 3 dev 0 six\n";

static void test_ng_forms(void **state)
{
    struct bytes b = ng_all();
    struct reading r = read_bytes(&b, b.n);

    (void)state;
    assert_false(r.damaged);
    assert_string_equal(r.story, ng_story);
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
        assert_true(strncmp(ng_story, r.story, strlen(r.story)) == 0);
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
    assert_string_equal(r.story, ng_story);
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
        assert_string_equal(r.story, ng_story);
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
        cmocka_unit_test(test_classic_forms),
        cmocka_unit_test(test_classic_links),
        cmocka_unit_test(test_classic_cut),
        cmocka_unit_test(test_classic_absurd),
        cmocka_unit_test(test_classic_lengths),
        cmocka_unit_test(test_time_far_away),
        cmocka_unit_test(test_ng_forms),
        cmocka_unit_test(test_ng_cut),
        cmocka_unit_test(test_ng_resolutions),
        cmocka_unit_test(test_ng_refused),
        cmocka_unit_test(test_ng_skips_long_blocks),
        cmocka_unit_test(test_not_a_capture),
        cmocka_unit_test(test_not_a_file),
        cmocka_unit_test(test_many_windows),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
