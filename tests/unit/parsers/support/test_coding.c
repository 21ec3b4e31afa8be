/* SPDX-License-Identifier: Apache-2.0
 *
 * Content codings: every coding, whole and in pieces; what receivers tolerate; limits.
 */
#include "support/coding.h"

#include "coding_bodies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

/* Memory that is counted, and refused from the given request on. */
struct heap {
    long held;
    size_t used, peak;
    long refuse; /* requests that succeed, -1: all */
};

struct heap_piece {
    size_t n;
    long double align;
};

static void *heap_take(void *arg, size_t n)
{
    struct heap *h = arg;
    struct heap_piece *piece;

    if (h->refuse == 0)
        return NULL;
    if (h->refuse > 0)
        h->refuse--;
    piece = malloc(sizeof *piece + n);
    assert_non_null(piece);
    piece->n = n;
    memset(piece + 1, 0xa5, n);
    h->held++;
    h->used += n;
    h->peak = h->used > h->peak ? h->used : h->peak;
    return piece + 1;
}

static void heap_give(void *arg, void *memory)
{
    struct heap *h = arg;
    struct heap_piece *piece = memory;

    piece--;
    h->held--;
    h->used -= piece->n;
    free(piece);
}

struct collected {
    uint8_t *p;
    size_t n, room;
};

static void collect(void *arg, struct span piece)
{
    struct collected *c = arg;

    assert_true(piece.n > 0);
    if (c->n + piece.n > c->room) {
        c->room = (c->n + piece.n) * 2;
        c->p = realloc(c->p, c->room);
        assert_non_null(c->p);
    }
    memcpy(c->p + c->n, piece.p, piece.n);
    c->n += piece.n;
}

struct undone {
    uint32_t odd;
    struct collected out;
    size_t peak;
};

/* `step` bytes at a time, or first `cut` and then the rest; feeds of nothing in between. */
static struct undone undo_with(const char *value, struct span packed, size_t cut, size_t step,
                               long refuse)
{
    struct heap heap = {.refuse = refuse};
    const struct memory_source memory = {heap_take, heap_give, &heap};
    struct undone u = {0};
    struct coding_stack s;

    coding_stack_init(&s, &memory);
    if (value)
        coding_stack_add(&s, span_text(value));
    for (size_t n = cut ? cut : step; packed.n; n = step) {
        struct span piece = span_first(packed, n);
        /* Exactly as much as there is, for the sanitizer. */
        uint8_t *copy = malloc(piece.n);

        memcpy(copy, piece.p, piece.n);
        coding_stack_feed(&s, span_of(copy, piece.n), collect, &u.out);
        memset(copy, 0, piece.n);
        free(copy);
        coding_stack_feed(&s, span_of(NULL, 0), collect, &u.out);
        packed = span_from(packed, n);
    }
    u.odd = coding_stack_end(&s, collect, &u.out);
    coding_stack_fini(&s);
    assert_int_equal(heap.held, 0);
    u.peak = heap.peak;
    return u;
}

static struct undone undo(const char *value, struct span packed)
{
    return undo_with(value, packed, 0, SIZE_MAX, -1);
}

static bool holds(const struct undone *u, struct span what)
{
    return u->out.n >= what.n && (what.n == 0 || memmem(u->out.p, u->out.n, what.p, what.n));
}

static void expect(const struct undone *u, struct span body, uint32_t odd)
{
    assert_int_equal(u->odd, odd);
    assert_int_equal(u->out.n, body.n);
    if (body.n)
        assert_memory_equal(u->out.p, body.p, body.n);
    free(u->out.p);
}

/* In every segmentation that makes a difference, with the same result. */
static void expect_undone(const char *value, struct span packed, struct span body, uint32_t odd)
{
    size_t stride = packed.n / 1000 + 1;
    struct undone u = undo(value, packed);

    expect(&u, body, odd);
    u = undo_with(value, packed, 0, 1, -1);
    expect(&u, body, odd);
    for (size_t cut = 1; cut < packed.n && body.n < 4096; cut += stride) {
        u = undo_with(value, packed, cut, SIZE_MAX, -1);
        expect(&u, body, odd);
    }
    u = undo_with(value, packed, 7, 4099, -1);
    expect(&u, body, odd);
}

static struct span joined(struct span a, struct span b)
{
    uint8_t *out = malloc(a.n + b.n + 1);

    memcpy(out, a.p, a.n);
    memcpy(out + a.n, b.p, b.n);
    return span_of(out, a.n + b.n);
}

static struct span changed(struct span s, size_t at, uint8_t by)
{
    uint8_t *out = malloc(s.n);

    memcpy(out, s.p, s.n);
    out[at] ^= by;
    return span_of(out, s.n);
}

static void drop(struct span s)
{
    free((void *)(uintptr_t)s.p);
}

static const struct span text = {
    (const uint8_t *)"<html><body>" EICAR "</body></html> and then some more words, and again "
                     "and again and again some more words",
    sizeof("<html><body>" EICAR "</body></html> and then some more words, and again "
           "and again and again some more words") -
        1};

/* Lines that compress as pages do, or bytes that do not. */
static struct span make_body(size_t n, unsigned kind)
{
    static const char *const words[] = {"<div class=\"", "row\">", " the ",
                                        "answer ",       "is\n",   "</div>"};
    uint8_t *out = malloc(n + 1);
    uint32_t x = 12345;

    for (size_t i = 0; i < n;) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        if (kind == 0) {
            const char *word = words[x % 6];

            for (size_t k = 0; word[k] && i < n; k++)
                out[i++] = (uint8_t)word[k];
        } else {
            out[i++] = kind == 1 ? (uint8_t)(x >> 11) : 'A';
        }
    }
    return span_of(out, n);
}

/* As announced by the name that belongs to it; raw deflate is odd even then. */
static const struct {
    const char *name;
    uint32_t odd;
} named[PACK_KINDS] = {
    [PACK_GZIP] = {"gzip", 0},
    [PACK_GZIP_RICH] = {"gzip", 0},
    [PACK_ZLIB] = {"deflate", 0},
    [PACK_DEFLATE] = {"deflate", CODING_ODD_RAW_DEFLATE},
    [PACK_BR] = {"br", 0},
    [PACK_ZSTD] = {"zstd", 0},
    [PACK_XZ] = {"xz", 0},
    [PACK_LZMA] = {"lzma", 0},
    [PACK_COMPRESS] = {"compress", 0},
    [PACK_COMPRESS_12] = {"compress", 0},
};

static void every_coding(struct span body)
{
    for (enum pack_kind kind = 0; kind < PACK_KINDS; kind++) {
        struct span packed = pack(body, kind);

        expect_undone(named[kind].name, packed, body, named[kind].odd);
        drop(packed);
    }
}

static void test_short_bodies(void **state)
{
    (void)state;
    every_coding(SPAN("a"));
    every_coding(text);
}

static void test_long_bodies(void **state)
{
    static const struct {
        size_t n;
        unsigned kind;
    } bodies[] = {{3000, 0}, {3000, 1}, {200000, 0}, {70000, 1}, {300000, 2}};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct span body = make_body(bodies[i].n, bodies[i].kind);

        every_coding(body);
        drop(body);
    }
}

static void test_empty_bodies(void **state)
{
    (void)state;
    for (enum pack_kind kind = 0; kind < PACK_COMPRESS; kind++) {
        struct span packed = pack(SPAN(""), kind);

        expect_undone(named[kind].name, packed, SPAN(""), named[kind].odd);
        expect_undone(named[kind].name, SPAN(""), SPAN(""), 0);
        drop(packed);
    }
}

/* Made elsewhere: gzip -n, compress, brotli, zstd and xz of the same words. */
static void test_fixed_bodies(void **state)
{
    static const struct {
        const char *name;
        struct span packed;
    } fixed[] = {
#include "coding_fixed.inc"
    };

    (void)state;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        expect_undone(fixed[i].name, fixed[i].packed, SPAN("hello, hello, hello, hello!\n"), 0);
}

static void test_names(void **state)
{
    static const struct {
        const char *token;
        enum coding coding;
    } tokens[] = {
        {"gzip", CODING_GZIP},         {"GZip", CODING_GZIP},
        {"\"gzip\"", CODING_GZIP},     {" \tx-gzip\t ", CODING_GZIP},
        {"gzip;q=1.0", CODING_GZIP},   {"gzip ; level=9", CODING_GZIP},
        {"'gzip'", CODING_GZIP},       {"\r\n gzip\r\n", CODING_GZIP},
        {"deflate", CODING_DEFLATE},   {"br", CODING_BR},
        {"zstd", CODING_ZSTD},         {"X-Compress", CODING_COMPRESS},
        {"compress", CODING_COMPRESS}, {"lzma", CODING_LZMA},
        {"identity", CODING_NONE},     {"", CODING_NONE},
        {"  ", CODING_NONE},           {"gzipx", CODING_UNKNOWN},
        {"gz", CODING_UNKNOWN},        {"b r", CODING_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        assert_int_equal(coding_by_name(span_text(tokens[i].token)), tokens[i].coding);
}

static void test_magic(void **state)
{
    static const struct {
        struct span first;
        enum coding coding;
    } first[] = {
        {{(const uint8_t *)"\x1f\x8b\x08", 3}, CODING_GZIP},
        {{(const uint8_t *)"\x1f\x8b\x07", 3}, CODING_NONE},
        {{(const uint8_t *)"\x78\x01", 2}, CODING_DEFLATE},
        {{(const uint8_t *)"\x78\x5e", 2}, CODING_DEFLATE},
        {{(const uint8_t *)"\x78\x9c", 2}, CODING_DEFLATE},
        {{(const uint8_t *)"\x78\xda", 2}, CODING_DEFLATE},
        {{(const uint8_t *)"\x78\x02", 2}, CODING_NONE},
        {{(const uint8_t *)"\x28\xb5\x2f\xfd", 4}, CODING_ZSTD},
        {{(const uint8_t *)"\x5a\x2a\x4d\x18", 4}, CODING_ZSTD},
        {{(const uint8_t *)"\x1f\x9d", 2}, CODING_COMPRESS},
        {{(const uint8_t *)"\x5d\x00\x00", 3}, CODING_LZMA},
        {{(const uint8_t *)"\xfd\x37\x7a\x58\x5a\x00", 6}, CODING_LZMA},
        {{(const uint8_t *)"\xfd\x37\x7a\x58\x5a", 5}, CODING_NONE},
        {{(const uint8_t *)"", 0}, CODING_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        assert_int_equal(coding_by_magic(first[i].first), first[i].coding);
}

/* Names that lie, are unknown or absent: the bytes decide. */
static void test_wrong_names(void **state)
{
    static const struct {
        const char *value;
        enum pack_kind kind;
        uint32_t odd;
    } wrong[] = {
        {"gzip", PACK_ZLIB, CODING_ODD_ZLIB_AS_GZIP},
        {"deflate", PACK_GZIP, CODING_ODD_GZIP_AS_DEFLATE},
        {"gzip", PACK_ZSTD, CODING_ODD_NAME},
        {"zstd", PACK_GZIP, CODING_ODD_NAME},
        {"br", PACK_GZIP, CODING_ODD_NAME},
        {"br", PACK_ZSTD, CODING_ODD_NAME},
        {"gzip", PACK_COMPRESS, CODING_ODD_NAME},
        {"compress", PACK_LZMA, CODING_ODD_NAME},
        {"lzma", PACK_GZIP, CODING_ODD_NAME},
        {"deflate", PACK_XZ, CODING_ODD_NAME},
        {"deflate", PACK_LZMA, CODING_ODD_NAME},
        {"deflate", PACK_COMPRESS, CODING_ODD_NAME},
        {"foo", PACK_GZIP, CODING_ODD_UNKNOWN},
        {"foo", PACK_ZLIB, CODING_ODD_UNKNOWN},
        {NULL, PACK_GZIP, CODING_ODD_SILENT},
        {"identity", PACK_ZLIB, CODING_ODD_SILENT},
        {"", PACK_ZSTD, CODING_ODD_SILENT},
        {NULL, PACK_COMPRESS, CODING_ODD_SILENT},
        {NULL, PACK_XZ, CODING_ODD_SILENT},
        {" GZIP;q=1 ", PACK_GZIP, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct span packed = pack(text, wrong[i].kind);

        expect_undone(wrong[i].value, packed, text, wrong[i].odd);
        drop(packed);
    }
}

static void test_plain(void **state)
{
    static const char *const names[] = {"gzip", "deflate", "br", "zstd", "compress", "lzma"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct undone u = undo(names[i], text);

        assert_true(u.odd & CODING_ODD_PLAIN || names[i][0] == 'b');
        assert_true(holds(&u, text));
        free(u.out.p);
        u = undo_with(names[i], text, 0, 1, -1);
        assert_true(holds(&u, text));
        free(u.out.p);
    }
    expect_undone(NULL, text, text, 0);
    expect_undone("identity", text, text, 0);
    expect_undone("foo", text, text, CODING_ODD_UNKNOWN);
    expect_undone(NULL, SPAN("x^2 + y^2"), SPAN("x^2 + y^2"), 0);
    expect_undone(NULL, SPAN("x"), SPAN("x"), 0);
    expect_undone("gzip", SPAN("\x1f"), SPAN("\x1f"), CODING_ODD_PLAIN);
    expect_undone(NULL, SPAN("\x1f\x9d\xff"), SPAN("\x1f\x9d\xff"), 0);
}

/* The codings as listed, first the one that was applied first. */
static void test_layers(void **state)
{
    struct span a = pack(text, PACK_GZIP), b = pack(a, PACK_BR), c = pack(b, PACK_ZSTD);
    struct span d = pack(c, PACK_GZIP);

    (void)state;
    expect_undone("gzip, br", b, text, 0);
    expect_undone("gzip,\tBR , \"zstd\"", c, text, 0);
    expect_undone("identity, gzip,, br", b, text, 0);
    expect_undone("gzip, gzip", a, text, CODING_ODD_PLAIN);
    expect_undone("gzip, br, zstd, gzip", d, a, CODING_ODD_LAYERS);
    expect_undone("zstd", c, b, 0); /* what has no magic is not guessed */
    drop(b);
    b = pack(a, PACK_GZIP);
    expect_undone("gzip, gzip", b, text, 0);
    expect_undone("gzip", b, text, CODING_ODD_SILENT);
    drop(c);
    c = pack(b, PACK_GZIP);
    expect_undone("gzip,gzip,gzip", c, text, 0);
    drop(a);
    drop(b);
    drop(c);
    drop(d);
}

static void test_layers_of_several_lines(void **state)
{
    struct heap heap = {.refuse = -1};
    const struct memory_source memory = {heap_take, heap_give, &heap};
    struct span a = pack(text, PACK_ZLIB), b = pack(a, PACK_GZIP);
    struct coding_stack s;
    struct collected out = {0};

    (void)state;
    coding_stack_init(&s, &memory);
    coding_stack_add(&s, SPAN("deflate"));
    coding_stack_add(&s, SPAN("gzip"));
    /* Output is there as soon as its input is. */
    coding_stack_feed(&s, span_first(b, b.n - 14), collect, &out);
    assert_true(out.n > text.n / 2);
    coding_stack_feed(&s, span_from(b, b.n - 14), collect, &out);
    assert_int_equal(coding_stack_end(&s, collect, &out), 0);
    coding_stack_fini(&s);
    assert_int_equal(heap.held, 0);
    assert_int_equal(out.n, text.n);
    assert_memory_equal(out.p, text.p, text.n);
    free(out.p);
    drop(a);
    drop(b);
}

static void test_gzip_trailers(void **state)
{
    struct span good = pack(text, PACK_GZIP), rich = pack(text, PACK_GZIP_RICH), bad;

    (void)state;
    bad = changed(good, good.n - 1, 1);
    expect_undone("gzip", bad, text, CODING_ODD_CHECKSUM);
    drop(bad);
    bad = changed(good, good.n - 6, 0x80);
    expect_undone("gzip", bad, text, CODING_ODD_CHECKSUM);
    drop(bad);
    for (size_t missing = 1; missing <= 8; missing++)
        expect_undone("gzip", span_first(good, good.n - missing), text, CODING_ODD_TRUNCATED);
    /* FHCRC and reserved flags. */
    bad = changed(rich, 4, 1);
    expect_undone("gzip", bad, text, CODING_ODD_CHECKSUM);
    drop(bad);
    bad = changed(good, 3, 0x40);
    expect_undone("gzip", bad, text, CODING_ODD_HEADER);
    drop(bad);
    drop(good);
    drop(rich);
}

static void test_other_trailers(void **state)
{
    static const struct {
        enum pack_kind kind;
        size_t from_end;
        uint32_t odd;
    } bad[] = {{PACK_ZLIB, 1, CODING_ODD_CHECKSUM}, {PACK_ZSTD, 1, CODING_ODD_CHECKSUM}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct span good = pack(text, bad[i].kind);
        struct span other = changed(good, good.n - bad[i].from_end, 1);

        expect_undone(named[bad[i].kind].name, other, text, bad[i].odd);
        expect_undone(named[bad[i].kind].name, span_first(good, good.n - 1), text,
                      CODING_ODD_TRUNCATED);
        drop(good);
        drop(other);
    }
}

/* More output than fits at once is waiting when the checksum turns out to be wrong. */
static void test_wrong_checksum_behind_much(void **state)
{
    static const enum pack_kind kinds[] = {PACK_GZIP, PACK_ZLIB, PACK_ZSTD};
    struct span body = make_body(50000, 2);

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct span good = pack(body, kinds[i]), bad = changed(good, good.n - 1, 1);

        expect_undone(named[kinds[i]].name, bad, body, CODING_ODD_CHECKSUM);
        drop(good);
        drop(bad);
    }
    drop(body);
}

static void test_members_and_garbage(void **state)
{
    static const enum pack_kind kinds[] = {PACK_GZIP, PACK_GZIP_RICH, PACK_ZSTD, PACK_XZ};
    struct span twice = joined(text, text), noisy = joined(text, SPAN("\x1f\x8bgarbage"));

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct span one = pack(text, kinds[i]), two = joined(one, one);
        struct span tail = joined(one, SPAN("\x1f\x8bgarbage"));

        expect_undone(named[kinds[i]].name, two, twice, CODING_ODD_MEMBERS);
        expect_undone(named[kinds[i]].name, tail, noisy, CODING_ODD_GARBAGE);
        drop(one);
        drop(two);
        drop(tail);
    }
    for (enum pack_kind kind = PACK_ZLIB; kind < PACK_COMPRESS; kind++) {
        struct span one = pack(text, kind), tail = joined(one, SPAN("\x1f\x8bgarbage"));

        expect_undone(named[kind].name, tail, noisy, CODING_ODD_GARBAGE | named[kind].odd);
        drop(one);
        drop(tail);
    }
    drop(twice);
    drop(noisy);
}

/* A stored block whose first two bytes are also a header of zlib. */
static void test_raw_deflate_that_looks_like_zlib(void **state)
{
    struct undone u;
    uint8_t body[0x9c], packed[0x9c + 5] = {0x79, 0x9c, 0, 0x63, 0xff};

    (void)state;
    memset(body, 'q', sizeof body);
    memcpy(packed + 5, body, sizeof body);
    expect_undone("deflate", span_of(packed, sizeof packed), span_of(body, sizeof body),
                  CODING_ODD_RAW_DEFLATE);
    packed[0] = 0x78; /* not the last block: 78 9C */
    u = undo("deflate", span_of(packed, sizeof packed));
    assert_true(holds(&u, span_of(body, sizeof body)));
    free(u.out.p);
}

/* Broken in the middle: what came before is there, and the bytes themselves from there on. */
static void test_broken(void **state)
{
    struct span body = make_body(100000, 0);

    (void)state;
    for (enum pack_kind kind = 0; kind < PACK_KINDS; kind++) {
        struct span packed = pack(body, kind), marked;
        uint8_t *bytes = (uint8_t *)(uintptr_t)packed.p;
        struct undone u;

        memset(bytes + packed.n / 2, 0xff, 600);
        marked = span_of(bytes + packed.n - 200, 200);
        u = undo(named[kind].name, packed);
        if (u.odd & CODING_ODD_GIVEN_UP)
            assert_true(holds(&u, marked));
        assert_true(u.odd || kind >= PACK_COMPRESS);
        assert_true(u.out.n > 1000);
        free(u.out.p);
        drop(packed);
    }
    drop(body);
}

/* Broken at once: the bytes from the first one on. */
static void test_broken_early(void **state)
{
    (void)state;
    for (enum pack_kind kind = 0; kind < PACK_KINDS; kind++) {
        struct span packed = pack(text, kind);

        for (size_t at = 0; at < packed.n; at++) {
            struct span bad = changed(packed, at, 0x5a);
            struct undone u = undo(named[kind].name, bad);

            if (u.odd & CODING_ODD_GIVEN_UP)
                assert_true(holds(&u, bad));
            free(u.out.p);
            drop(bad);
        }
        drop(packed);
    }
}

/* Some of the text, or none; behind it the bytes themselves, if it is too little to be sure. */
static bool decoded_or_raw(const struct undone *u, struct span packed)
{
    struct span out = span_of(u->out.p, u->out.n);
    size_t same = 0;

    while (same < out.n && same < text.n && out.p[same] == text.p[same])
        same++;
    return span_equal(span_from(out, same), packed) || same == out.n;
}

static void test_truncated_anywhere(void **state)
{
    (void)state;
    for (enum pack_kind kind = 0; kind < PACK_COMPRESS; kind++) {
        struct span packed = pack(text, kind);

        for (size_t n = 1; n < packed.n; n++) {
            struct undone u = undo(named[kind].name, span_first(packed, n));

            /* Too short to be known as anything, the beginning is plain. */
            assert_true(u.odd & (CODING_ODD_TRUNCATED | CODING_ODD_PLAIN));
            assert_true(decoded_or_raw(&u, span_first(packed, n)));
            free(u.out.p);
        }
        drop(packed);
    }
}

static void test_bombs(void **state)
{
    struct span zeros = make_body(24 << 20, 2), twice, once;
    struct undone u;

    (void)state;
    /* One layer of deflate cannot do it, two can. */
    once = pack(zeros, PACK_GZIP);
    u = undo("gzip", once);
    assert_false(u.odd & CODING_ODD_BOMB);
    free(u.out.p);
    twice = pack(once, PACK_GZIP);
    u = undo("gzip, gzip", twice);
    assert_true(u.odd & CODING_ODD_BOMB);
    assert_true(u.odd & CODING_ODD_GIVEN_UP);
    assert_true(u.out.n < (size_t)CODING_RATIO * twice.n + (2 << 20));
    free(u.out.p);
    drop(once);
    drop(twice);
    for (enum pack_kind kind = PACK_BR; kind <= PACK_LZMA; kind++) {
        once = kind == PACK_BR ? pack_br(zeros, 18, 5) : pack(zeros, kind);
        u = undo(named[kind].name, once);
        if (once.n < zeros.n / CODING_RATIO)
            assert_true(u.odd & CODING_ODD_BOMB);
        else
            assert_true(u.odd & CODING_ODD_WORK || u.out.n >= zeros.n);
        assert_true(u.out.n <= zeros.n + once.n);
        free(u.out.p);
        drop(once);
    }
    drop(zeros);
}

static void test_work(void **state)
{
    struct span body = make_body(60 << 20, 0), packed = pack_deflate(body, 31, 1, NULL);
    struct undone u = undo("gzip", packed), v = undo_with("gzip", packed, 0, 1460, -1);

    (void)state;
    assert_int_equal(u.odd, CODING_ODD_WORK | CODING_ODD_GIVEN_UP);
    assert_int_equal(v.odd, u.odd);
    assert_true(u.out.n > 10 << 20 && u.out.n < CODING_WORK);
    assert_true(holds(&u, span_from(packed, packed.n - 1000)));
    free(u.out.p);
    free(v.out.p);
    drop(packed);
    drop(body);
}

/* Windows beyond the limits are refused, up to them they fit into the memory allowed. */
static void test_memory_limits(void **state)
{
    struct span body = make_body(3 << 20, 1), packed;
    struct undone u;

    (void)state;
    for (int window = 20; window <= 24; window++) {
        packed = pack_br(body, window, 1);
        u = undo("br", packed);
        assert_true(window == 20 ? u.odd == 0 && u.out.n == body.n : u.odd & CODING_ODD_MEMORY);
        assert_true(u.peak < CODING_BR_MEMORY + (40 << 10));
        free(u.out.p);
        drop(packed);
    }
    for (int window = 22; window <= 24; window++) {
        packed = pack_zstd(body, window);
        u = undo("zstd", packed);
        assert_true(window < 24 ? u.odd == 0 && u.out.n == body.n : u.odd & CODING_ODD_MEMORY);
        assert_true(u.peak < CODING_ZSTD_MEMORY + (40 << 10));
        free(u.out.p);
        drop(packed);
    }
    drop(body);
    body = make_body(100000, 1);
    for (enum pack_kind kind = PACK_XZ; kind <= PACK_LZMA; kind++)
        for (uint32_t dictionary = 4 << 20; dictionary <= 16 << 20; dictionary *= 2) {
            packed = pack_lzma(body, kind, dictionary);
            u = undo("lzma", packed);
            assert_true(dictionary <= 8 << 20 ? u.odd == 0 && u.out.n == body.n
                                              : u.odd & CODING_ODD_MEMORY && holds(&u, packed));
            assert_true(u.peak < CODING_LZMA_MEMORY + (40 << 10));
            free(u.out.p);
            drop(packed);
        }
    drop(body);
}

static void test_memory_refused(void **state)
{
    struct span body = make_body(20000, 0);

    (void)state;
    for (enum pack_kind kind = 0; kind < PACK_KINDS; kind++) {
        struct span packed = pack(body, kind);
        long n = 0;

        for (;; n++) {
            struct undone u = undo_with(named[kind].name, packed, 0, 1000, n);
            bool done = !(u.odd & CODING_ODD_MEMORY);

            if (!done) {
                assert_true(u.odd & CODING_ODD_GIVEN_UP);
                assert_true(holds(&u, span_from(packed, 1000)));
            } else {
                assert_int_equal(u.out.n, body.n);
            }
            free(u.out.p);
            if (done)
                break;
        }
        assert_true(n >= 2 && n < 40);
        drop(packed);
    }
    drop(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_magic),
        cmocka_unit_test(test_fixed_bodies),
        cmocka_unit_test(test_short_bodies),
        cmocka_unit_test(test_long_bodies),
        cmocka_unit_test(test_empty_bodies),
        cmocka_unit_test(test_wrong_names),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_layers_of_several_lines),
        cmocka_unit_test(test_gzip_trailers),
        cmocka_unit_test(test_other_trailers),
        cmocka_unit_test(test_wrong_checksum_behind_much),
        cmocka_unit_test(test_members_and_garbage),
        cmocka_unit_test(test_raw_deflate_that_looks_like_zlib),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_broken_early),
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_memory_limits),
        cmocka_unit_test(test_memory_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
