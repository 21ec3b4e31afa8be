/* SPDX-License-Identifier: Apache-2.0
 *
 * Transformations: a table each, whole and in place, in memory of exactly the size they ask for;
 * chains.
 */
#include "detect/transform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct text {
    const char *p;
    size_t n;
};

struct row {
    struct text in, out;
};

/* clang-format off */
#define ROW(in, out) {{in, sizeof(in) - 1}, {out, sizeof(out) - 1}}
#define SAME(in) {{in, sizeof(in) - 1}, {NULL, 0}}
/* clang-format on */
#define ROWS(table) table, sizeof(table) / sizeof *(table)

static struct span span_in(struct text t)
{
    return span_of(t.p, t.n);
}

/* So that a byte too far is seen by a sanitizer. */
static uint8_t *exactly(size_t n)
{
    uint8_t *p = malloc(n ? n : 1);

    assert_non_null(p);
    return n ? p : p + 1;
}

static void give_back(uint8_t *p, size_t n)
{
    free(n ? p : p - 1);
}

static uint8_t *copy_of(struct span s)
{
    uint8_t *p = exactly(s.n);

    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static void check_result(enum transform t, struct span in, struct span got, struct span want)
{
    if (span_equal(got, want))
        return;
    fail_msg("%s of \"%.*s\" is \"%.*s\", not \"%.*s\"", transform_name(t), (int)in.n,
             (const char *)in.p, (int)got.n, (const char *)got.p, (int)want.n,
             (const char *)want.p);
}

static void check_in_place(enum transform t, struct span in, struct span want)
{
    uint8_t *both = copy_of(in);

    if (transform_in_place(t))
        check_result(t, in, transform_run(t, span_of(both, in.n), both), want);
    give_back(both, in.n);
}

static void check_row(enum transform t, const struct row *row)
{
    bool same = row->out.p == NULL;
    struct span text = span_in(row->in), want = same ? text : span_in(row->out);
    uint8_t *copy = copy_of(text);
    struct span in = span_of(copy, text.n);
    size_t room = transform_room(t, in.n);
    uint8_t *out = exactly(room);
    struct span got = transform_run(t, in, out);

    check_result(t, in, got, want);
    assert_true(got.n <= room);
    if (same)
        assert_ptr_equal(got.p, in.p);
    else
        assert_ptr_equal(got.p, out);
    assert_true(span_equal(in, text));
    check_in_place(t, in, want);
    give_back(out, room);
    give_back(copy, text.n);
}

static void check(enum transform t, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_row(t, &rows[i]);
}

static void check_idempotent(enum transform t, const struct row *rows, size_t n)
{
    check(t, rows, n);
    for (size_t i = 0; i < n; i++) {
        const struct row again = {rows[i].out.p ? rows[i].out : rows[i].in, {NULL, 0}};

        check_row(t, &again);
    }
}

static void lowercase(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("already low 09 _-"),
        SAME("@[`{"),
        SAME("\xc3\x84 \xe4\xc4"),
        SAME("\0\0"),
        ROW("AZ", "az"),
        ROW("TestCase", "testcase"),
        ROW("Test\0Case", "test\0case"),
        ROW("sixteen bytes long, then a Capital", "sixteen bytes long, then a capital"),
        ROW("0123456789abcdeF", "0123456789abcdef"),
        ROW("0123456789abcdefG", "0123456789abcdefg"),
    };

    (void)state;
    check_idempotent(TRANSFORM_LOWERCASE, ROWS(rows));
}

static void url_decode_uni(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("Test\0Case"),
        ROW("a+b", "a b"),
        ROW("%20", " "),
        ROW("%41%5a%5A%7e", "AZZ~"),
        ROW("%00", "\0"),
        ROW("%ff%FF%fF", "\xff\xff\xff"),
        ROW("se%6Cect", "select"),
        ROW("%2541", "%41"),
        ROW("%2b", "+"),
        ROW("%u0041", "A"),
        ROW("%U0041%u005A", "AZ"),
        ROW("%u0000", "\0"),
        ROW("%u00ff", "\xff"),
        ROW("%u1141", "A"),
        ROW("%uff1c%uFF1E", "<>"),
        ROW("%uff01%uff5e", "!~"),
        ROW("%uff41%uFF21", "aA"),
        ROW("%uff00", "\0"),
        ROW("%uff5f", "_"),
        ROW("%uff80", "\x80"),
        ROW("%ufe1c", "\x1c"),
        SAME("%"),
        SAME("%%"),
        SAME("%0"),
        SAME("%0g"),
        SAME("%g0"),
        SAME("100%"),
        SAME("%u"),
        SAME("%u0"),
        SAME("%u00"),
        SAME("%u004"),
        SAME("%u004g"),
        SAME("%x41"),
        ROW("%+", "% "),
        ROW("%%20", "% "),
        ROW("%0%20", "%0 "),
        ROW("%0g%20", "%0g "),
        ROW("%%u0020", "% "),
        ROW("%u%u0020", "%u "),
        ROW("%u00%u0020", "%u00 "),
        ROW("%u000g%u0020", "%u000g "),
        ROW("a plain beginning of more than sixteen bytes%21", "a plain beginning of more than "
                                                               "sixteen bytes!"),
    };

    (void)state;
    check(TRANSFORM_URL_DECODE_UNI, ROWS(rows));
}

static void utf8_to_unicode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("plain"),
        SAME("a\0b"),
        ROW("\xc4\x80 \xc5\xbf", "%u0100 %u017f"),
        ROW("\xc3\xa9", "%u00e9"),
        ROW("\xe2\x96\xa0", "%u25a0"),
        ROW("\xef\xbc\x9c", "%uff1c"),
        ROW("\xf0\x9f\x98\x80", "%u1f600"),
        ROW("\xf4\x8f\xbf\xbf", "%u10ffff"),
        ROW("\xc0\xae\xc0\xaf", "%u002e%u002f"), /* overlong */
        ROW("\xe0\x80\xae\xf0\x80\x80\xae", "%u002e%u002e"),
        ROW("\xc0\x80", "%u0000"),
        ROW("\xed\xa0\x80", "%ud800"), /* half a pair */
        ROW("a\xc3\xa9z", "a%u00e9z"),
        SAME("\x80"),
        SAME("\xbf\xbf"),
        SAME("\xc3"),
        SAME("\xc3z"),
        SAME("\xe2\x96"),
        SAME("\xe2\x96z"),
        SAME("\xf0\x9f\x98"),
        SAME("\xf5\x80\x80\x80"),
        SAME("\xff\xfe"),
        ROW("\xc3\xc3\xa9", "\xc3%u00e9"),
        ROW("\xe2\xc3\xa9", "\xe2%u00e9"),
    };

    (void)state;
    check(TRANSFORM_UTF8_TO_UNICODE, ROWS(rows));
}

static void html_entity_decode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("a\0b"),
        ROW("&lt;&gt;&amp;&quot;&apos;&nbsp;", "<>&\"'\xa0"),
        ROW("&lt&gt&amp&quot&apos&nbsp", "<>&\"'\xa0"),
        ROW("&LT;&Gt;&aMp;", "<>&"),
        ROW("&lt;script&gt;", "<script>"),
        SAME("&ltscript"), /* a name ends where letters and digits do */
        ROW("&lt script", "< script"),
        ROW("&lt/script", "</script"),
        ROW("&#60;&#x3c;&#X3C;&#x3C", "<<<<"),
        ROW("&#0;&#x0;", "\0\0"),
        ROW("&#00000000000000000000000060;", "<"),
        ROW("&#x0000000000000000000000003c;", "<"),
        ROW("&#316;", "<"),
        ROW("&#x13c;", "<"),
        ROW("&#99999999999999999999999999;", "\xff"),
        ROW("&#xfffffffffffffffffffffffff3c;", "\xff"),
        ROW("&#60", "<"),
        ROW("&#60&#60", "<<"),
        ROW("&#3a", "\3"
                    "a"),
        ROW("&#X2g;", "\2g;"),
        ROW("&#1a0;", "\1"
                      "a0;"),
        SAME("&"),
        SAME("&;"),
        SAME("&#"),
        SAME("&#;"),
        SAME("&#x"),
        SAME("&#x;"),
        SAME("&#xg0;"),
        SAME("&#a;"),
        SAME("&foo;"),
        SAME("&quo"),
        SAME("&quott;"),
        SAME("a && b"),
        SAME("&verylongnameofnothing;"),
        ROW("&&lt;", "&<"),
        ROW("&#&lt;", "&#<"),
        ROW("&amp;lt;", "&lt;"), /* once */
    };

    (void)state;
    check(TRANSFORM_HTML_ENTITY_DECODE, ROWS(rows));
}

static void js_decode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("a\0b"),
        ROW("\\x41\\x5a", "AZ"),
        ROW("\\u0041\\u005A", "AZ"),
        ROW("\\uff1c\\uFF1E", "<>"),
        ROW("\\uff00\\uff5f", "\0_"),
        ROW("\\u1141", "A"),
        ROW("\\a\\b\\f\\n\\r\\t\\v", "\a\b\f\n\r\t\v"),
        ROW("\\'\\\"\\\\\\?\\/", "'\"\\?/"),
        ROW("\\101\\12\\0", "A\n\0"),
        ROW("\\377", "\xff"),
        ROW("\\400", " 0"), /* two digits when three are more than a byte */
        ROW("\\777", "?7"),
        ROW("\\1234", "S4"),
        ROW("\\8\\9", "89"),
        ROW("\\08", "\0"
                    "8"),
        ROW("\\x4", "x4"),
        ROW("\\x", "x"),
        ROW("\\xg1", "xg1"),
        ROW("\\X41", "X41"),
        ROW("\\u", "u"),
        ROW("\\u00", "u00"),
        ROW("\\u004", "u004"),
        ROW("\\u004g", "u004g"),
        ROW("\\U0041", "U0041"),
        SAME("\\"),
        ROW("\\\\", "\\"),
        ROW("\\\\\\", "\\\\"),
        ROW("\\\0", "\0"),
        ROW("\\z\\\xff", "z\xff"),
        ROW("al\\u0065rt", "alert"),
        SAME("trailing\\"),
        ROW("\\x41\\", "A\\"),
    };

    (void)state;
    check(TRANSFORM_JS_DECODE, ROWS(rows));
}

static void css_decode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("a\0b"),
        ROW("\\41", "A"),
        ROW("\\41 B", "AB"),
        ROW("\\41  B", "A B"),
        ROW("\\41\tB\\42\nC\\43\rD\\44\fE", "ABBCCDDE"),
        ROW("\\041\\0041 \\00041 \\000041", "AAAA"),
        ROW("\\0000411", "A1"),
        ROW("\\a", "\n"),
        ROW("\\0", "\0"),
        ROW("\\141", "A"),
        ROW("\\12341", "A"),
        ROW("\\ff1c\\0ff1e\\00ff1c", "<><"),
        ROW("\\1ff1c", "\x1c"),
        ROW("\\10ff1c", "\x1c"),
        ROW("\\ff00 \\ff5f", "\0_"),
        ROW("\\z\\-\\\\", "z-\\"),
        ROW("\\G", "G"),
        ROW("a\\\nb", "ab"),
        ROW("a\\\rb", "a\rb"),
        ROW("end\\", "end"),
        ROW("\\", ""),
        ROW("\\\\", "\\"),
        ROW("\\\0", "\0"),
        ROW("ja\\vascript", "javascript"),
        ROW("j\\61 vascript", "javascript"),
        ROW("\\41\\", "A"),
        ROW("\\4", "\4"),
        ROW("\\4 ", "\4"),
    };

    (void)state;
    check(TRANSFORM_CSS_DECODE, ROWS(rows));
}

static void escape_seq_decode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("Test\0Case"),
        ROW("\\a\\b\\f\\n\\r\\t\\v\\?\\'\\\"\\0\\12\\123\\x00\\xff",
            "\a\b\f\n\r\t\v?'\"\0\nS\0\xff"),
        ROW("\\\\", "\\"),
        ROW("\\X41", "A"),
        ROW("\\8\\9\\666\\xag\\xga\\0123", "89\xb6xagxga\n3"),
        ROW("\\777", "\xff"),
        ROW("\\400", "\0"),
        ROW("\\x", "x"),
        ROW("\\x\\x0", "xx0"),
        ROW("\\x\\x0\0", "xx0\0"),
        ROW("\\0", "\0"),
        ROW("\\01", "\1"),
        ROW("\\012", "\n"),
        ROW("\\18", "\1"
                    "8"),
        SAME("\\"),
        ROW("\\\0", "\0"),
        ROW("\\z", "z"),
        ROW("\\u0041", "u0041"),
        SAME("end\\"),
        ROW("/\\x62in/c\\141t", "/bin/cat"),
    };

    (void)state;
    check(TRANSFORM_ESCAPE_SEQ_DECODE, ROWS(rows));
}

static void base64_decode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        ROW("VGVzdENhc2U=", "TestCase"),
        ROW("VGVzdENhc2Ux", "TestCase1"),
        ROW("VGVzdENhc2UxMg==", "TestCase12"),
        ROW("VGVzdENhc2UxMg", "TestCase12"),
        ROW("VGVzdENhc2UxMg=", "TestCase12"),
        ROW("VGVzdABDYXNl", "Test\0Case"),
        ROW("VGVz\r\ndENh\nc2U=", "TestCase"),
        ROW("VGVz dENh", "Tes"),
        ROW("VGVz=dENh", "Tes"),
        ROW("VGVz\0dENh", "Tes"),
        ROW("+/+/", "\xfb\xff\xbf"),
        ROW("V", ""),
        ROW("VG", "T"),
        ROW("VGV", "Te"),
        ROW("=", ""),
        ROW("-_", ""),
        ROW("\xff", ""),
    };

    (void)state;
    check(TRANSFORM_BASE64_DECODE, ROWS(rows));
}

static void hex_encode(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        ROW("AZ az", "415a20617a"),
        ROW("\0\xff\x0f\xf0", "00ff0ff0"),
    };

    (void)state;
    check(TRANSFORM_HEX_ENCODE, ROWS(rows));
}

static void remove_nulls(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        ROW("\0", ""),
        ROW("\0\0\0a\0\0b\0", "ab"),
        ROW("Test\0Case", "TestCase"),
    };

    (void)state;
    check_idempotent(TRANSFORM_REMOVE_NULLS, ROWS(rows));
}

static void remove_whitespace(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("a\0b\x08\x0e\x85"),
        ROW(" ", ""),
        ROW(" \t\n\r\v\f\xa0", ""),
        ROW(" a\t b\n", "ab"),
        ROW("un ion sel\xa0"
            "ect",
            "unionselect"),
    };

    (void)state;
    check_idempotent(TRANSFORM_REMOVE_WHITESPACE, ROWS(rows));
}

static void compress_whitespace(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME(" "),
        SAME(" one blank between all of these words "),
        SAME("a\0b"),
        ROW("  ", " "),
        ROW("a  b", "a b"),
        ROW("a\tb", "a b"),
        ROW("a \t\n\r\v\f\xa0 b", "a b"),
        ROW("\xa0", " "),
        ROW("one two  three   ", "one two three "),
        ROW("\n", " "),
    };

    (void)state;
    check_idempotent(TRANSFORM_COMPRESS_WHITESPACE, ROWS(rows));
}

static void replace_comments(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("TestCase"),
        SAME("a/b*c"),
        SAME("*/ alone"),
        SAME("/"),
        SAME("a/"),
        ROW("/**/", " "),
        ROW("/* c */", " "),
        ROW("a/* c */b", "a b"),
        ROW("un/*x*/ion/*y*/all", "un ion all"),
        ROW("/*/ still inside */x", " x"),
        ROW("/* outer /* inner */ left */", "  left */"),
        ROW("open /* to the end", "open  "),
        ROW("/*", " "),
        ROW("/**", " "),
        ROW("/*/", " "),
        ROW("/***/", " "),
        ROW("a/*\0*/b", "a b"),
        ROW("//**/", "/ "),
        ROW("/*!50000select*/", " "),
    };

    (void)state;
    check_idempotent(TRANSFORM_REPLACE_COMMENTS, ROWS(rows));
}

static void remove_comments_char(void **state)
{
    static const struct row rows[] = {
        SAME(""),          SAME("TestCase"),
        SAME("a/b*c-d"),   SAME("/"),
        SAME("-"),         SAME("*"),
        ROW("/*a*/", "a"), ROW("a--b", "ab"),
        ROW("a#b", "ab"),  ROW("---", "-"),
        ROW("----", ""),   ROW("/*/", "/"),
        ROW("*/*", "*"),   ROW("1/**/or/**/2", "1or2"),
        ROW("/--*", "/*"), /* once */
        ROW("#\0#", "\0"),
    };

    (void)state;
    check(TRANSFORM_REMOVE_COMMENTS_CHAR, ROWS(rows));
}

static void cmd_line(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("cat file | sort"),
        SAME("ends with a blank "),
        SAME("a[0]=b"),
        SAME("a\0b"),
        ROW("Cat", "cat"),
        ROW("c\\a\"t' /^etc", "cat/etc"),
        ROW("wget  http", "wget http"),
        ROW("a,b;c", "a b c"),
        ROW("a,;b", "a b"),
        ROW("a\t\r\n\v\fb", "a b"),
        ROW("\n", " "),
        ROW("cat /etc/passwd", "cat/etc/passwd"),
        ROW("cat   /etc", "cat/etc"),
        ROW("system (id)", "system(id)"),
        ROW("system ,( id)", "system( id)"),
        ROW("a \"/b", "a/b"),
        ROW(" ^ b", " b"),
        ROW("c^m^d.ExE", "cmd.exe"),
        ROW("\"\"", ""),
        ROW("\\", ""),
    };

    (void)state;
    check_idempotent(TRANSFORM_CMD_LINE, ROWS(rows));
}

static void normalize_path(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("/"),
        SAME("a"),
        SAME("/a/b.c"),
        SAME("/a/b/"),
        SAME("a/b"),
        SAME(".a/..b/c../..."),
        SAME("/.git/config"),
        SAME("../a"),
        SAME(".."),
        SAME("../.."),
        SAME("\\a\\..\\b"),
        SAME("a\0b"),
        ROW("//", "/"),
        ROW("/a//b///c", "/a/b/c"),
        ROW("/a/./b", "/a/b"),
        ROW("/./a", "/a"),
        ROW("./a", "a"),
        ROW(".", ""),
        ROW("./", ""),
        ROW("/.", "/"),
        ROW("/a/.", "/a"),
        ROW("/a/./", "/a/"),
        ROW("/a/../b", "/b"),
        ROW("/a/b/../../c", "/c"),
        ROW("/a/..", "/"),
        ROW("/a/b/..", "/a"),
        ROW("/a/b/../", "/a/"),
        ROW("/..", "/"),
        ROW("/../../etc/passwd", "/etc/passwd"),
        ROW("/a/../../b", "/b"),
        ROW("a/..", ""),
        ROW("a/../b", "b"),
        ROW("a/../../b", "../b"),
        ROW("../../a/../b", "../../b"),
        ROW("..//..", "../.."),
        ROW("/a//../b", "/b"),
        ROW("/x/./../.././y", "/y"),
    };

    (void)state;
    check_idempotent(TRANSFORM_NORMALIZE_PATH, ROWS(rows));
}

static void normalize_path_win(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("/a/b"),
        ROW("\\", "/"),
        ROW("\\a\\b", "/a/b"),
        ROW("a\\..\\b", "b"),
        ROW("\\a/..\\./b\\", "/b/"),
        ROW("\\\\server\\share", "/server/share"),
        ROW("c:\\windows\\system32\\..\\x", "c:/windows/x"),
        ROW("..\\..\\boot.ini", "../../boot.ini"),
    };

    (void)state;
    check_idempotent(TRANSFORM_NORMALIZE_PATH_WIN, ROWS(rows));
}

static void sums(void **state)
{
    static const struct row digests[] = {
        ROW("", "\xda\x39\xa3\xee\x5e\x6b\x4b\x0d\x32\x55\xbf\xef\x95\x60\x18\x90\xaf\xd8\x07\x09"),
        ROW("abc",
            "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"),
    };
    static const struct row lengths[] = {
        ROW("", "0"), ROW("a", "1"), ROW("0123456789", "10"), ROW("\0\0", "2"), SAME("1"),
    };

    (void)state;
    check(TRANSFORM_SHA1, ROWS(digests));
    check(TRANSFORM_LENGTH, ROWS(lengths));
}

static void names(void **state)
{
    enum transform t;

    (void)state;
    for (int i = 0; i < TRANSFORM_COUNT; i++) {
        assert_true(transform_find(span_text(transform_name((enum transform)i)), &t));
        assert_int_equal(t, i);
    }
    assert_true(transform_find(SPAN("URLDECODEUNI"), &t));
    assert_int_equal(t, TRANSFORM_URL_DECODE_UNI);
    assert_true(transform_find(SPAN("normalisePath"), &t));
    assert_int_equal(t, TRANSFORM_NORMALIZE_PATH);
    assert_true(transform_find(SPAN("normalisepathwin"), &t));
    assert_int_equal(t, TRANSFORM_NORMALIZE_PATH_WIN);
    assert_false(transform_find(SPAN("urlDecodeUn"), &t));
    assert_false(transform_find(SPAN("urlDecodeUnix"), &t));
    assert_false(transform_find(SPAN(""), &t));
}

static void room_never_wraps(void **state)
{
    struct transform_chain chain = {0};

    (void)state;
    assert_int_equal(transform_room(TRANSFORM_UTF8_TO_UNICODE, 10), 30);
    assert_int_equal(transform_room(TRANSFORM_HEX_ENCODE, SIZE_MAX / 2 + 1), SIZE_MAX);
    assert_int_equal(transform_room(TRANSFORM_SHA1, SIZE_MAX), 20);
    for (int i = 0; i < TRANSFORM_STEPS; i++)
        assert_true(transform_chain_add(&chain, SPAN("hexEncode")));
    assert_int_equal(transform_chain_room(&chain, 1), 65536);
    assert_int_equal(transform_chain_room(&chain, SIZE_MAX / 4), SIZE_MAX);
}

static struct transform_chain chain_of(const char *const *steps)
{
    struct transform_chain chain = {0};

    for (; *steps; steps++)
        assert_true(transform_chain_add(&chain, span_text(*steps)));
    return chain;
}

static void check_chain(const char *const *steps, struct span in, struct span want)
{
    const struct transform_chain chain = chain_of(steps);
    size_t room = transform_chain_room(&chain, in.n);
    const struct transform_scratch scratch = {{exactly(room), exactly(room)}, room};
    struct span out;

    assert_true(transform_chain_run(&chain, in, &scratch, &out));
    assert_true(span_equal(out, want));
    if (span_equal(in, want))
        assert_ptr_equal(out.p, in.p);
    give_back(scratch.buffer[0], room);
    give_back(scratch.buffer[1], room);
}

static void chains(void **state)
{
    static const char *const usual[] = {"utf8toUnicode",
                                        "urlDecodeUni",
                                        "htmlEntityDecode",
                                        "jsDecode",
                                        "cssDecode",
                                        "removeNulls",
                                        NULL};
    static const char *const none[] = {"lowercase", "none", NULL};
    static const char *const digest[] = {"lowercase", "sha1", "hexEncode", NULL};
    static const char *const growing[] = {"hexEncode", "hexEncode", "utf8toUnicode", "length",
                                          NULL};

    (void)state;
    check_chain(usual, SPAN("nothing to do in here"), SPAN("nothing to do in here"));
    check_chain(usual, SPAN("\xef\xbc\x9cscript\xef\xbc\x9e"), SPAN("<script>"));
    check_chain(usual, SPAN("%26lt;al\\u0065rt%00\\\\28 1)"), SPAN("<alert(1)"));
    check_chain(usual, SPAN("\xc0\xae\xc0\xae/"), SPAN("../"));
    check_chain(usual, SPAN(""), SPAN(""));
    check_chain(none, SPAN("ABC"), SPAN("ABC"));
    check_chain(digest, SPAN("ABC"), SPAN("a9993e364706816aba3e25717850c26c9cd0d89d"));
    check_chain(growing, SPAN("abc"), SPAN("12"));
}

static void chains_are_values(void **state)
{
    static const char *const one[] = {"lowercase", "urlDecodeUni", NULL};
    static const char *const other[] = {"none", "LowerCase", "urldecodeuni", NULL};
    static const char *const turned[] = {"urlDecodeUni", "lowercase", NULL};
    struct transform_chain a = chain_of(one), b = chain_of(other), c = chain_of(turned);

    (void)state;
    assert_true(transform_chain_equal(&a, &b));
    assert_false(transform_chain_equal(&a, &c));
    assert_false(transform_chain_add(&a, SPAN("rot13")));
    assert_true(transform_chain_equal(&a, &b));
    while (a.steps < TRANSFORM_STEPS)
        assert_true(transform_chain_add(&a, SPAN("lowercase")));
    assert_false(transform_chain_add(&a, SPAN("lowercase")));
}

static void a_chain_without_room_keeps_what_it_has(void **state)
{
    static const char *const steps[] = {"lowercase", "hexEncode", NULL};
    const struct transform_chain chain = chain_of(steps);
    uint8_t a[5], b[5];
    struct span in = SPAN("ABC"), out;

    (void)state;
    assert_false(transform_chain_run(&chain, in, &(struct transform_scratch){{a, b}, 5}, &out));
    assert_true(span_equal(out, SPAN("abc")));
    assert_false(transform_chain_run(&chain, in, &(struct transform_scratch){{a, b}, 2}, &out));
    assert_ptr_equal(out.p, in.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lowercase),
        cmocka_unit_test(url_decode_uni),
        cmocka_unit_test(utf8_to_unicode),
        cmocka_unit_test(html_entity_decode),
        cmocka_unit_test(js_decode),
        cmocka_unit_test(css_decode),
        cmocka_unit_test(escape_seq_decode),
        cmocka_unit_test(base64_decode),
        cmocka_unit_test(hex_encode),
        cmocka_unit_test(remove_nulls),
        cmocka_unit_test(remove_whitespace),
        cmocka_unit_test(compress_whitespace),
        cmocka_unit_test(replace_comments),
        cmocka_unit_test(remove_comments_char),
        cmocka_unit_test(cmd_line),
        cmocka_unit_test(normalize_path),
        cmocka_unit_test(normalize_path_win),
        cmocka_unit_test(sums),
        cmocka_unit_test(names),
        cmocka_unit_test(room_never_wraps),
        cmocka_unit_test(chains),
        cmocka_unit_test(chains_are_values),
        cmocka_unit_test(a_chain_without_room_keeps_what_it_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
