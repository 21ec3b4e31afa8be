/* SPDX-License-Identifier: Apache-2.0
 *
 * Request targets: a table of what every view makes of them, pieces, decoding, arguments.
 */
#include "support/http_target.h"

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

/* An absent text: there is no such view; of `normal`: the target itself. */
struct row {
    struct text target, normal;
    unsigned flags;
    struct text cut, unicode, twice;
};

/* clang-format off */
#define T(literal) {(literal), sizeof(literal) - 1}
#define NONE {NULL, 0}
/* clang-format on */

enum {
    DOUBLE = HTTP_TARGET_DOUBLE,
    ABOVE = HTTP_TARGET_ABOVE_ROOT,
    NUL = HTTP_TARGET_NUL,
    UNICODE = HTTP_TARGET_UNICODE,
    OVERLONG = HTTP_TARGET_OVERLONG,
    BAD = HTTP_TARGET_BAD_PERCENT,
    BACK = HTTP_TARGET_BACKSLASH,
    CONTROL = HTTP_TARGET_CONTROL,
};

static struct span span_in(struct text t)
{
    return span_of(t.p, t.n);
}

static void check_text(struct span target, const char *view, struct span got, struct text want)
{
    if (want.p && span_equal(got, span_in(want)))
        return;
    fail_msg("%s of \"%.*s\" is \"%.*s\", not \"%.*s\"", view, (int)target.n,
             (const char *)target.p, (int)got.n, (const char *)got.p, want.p ? (int)want.n : 4,
             want.p ? want.p : "none");
}

typedef bool view_fn(const struct http_target *, uint8_t *out, struct http_target_view *);

static void check_view(const struct http_target *u, const char *name, view_fn *read,
                       struct text want)
{
    uint8_t *out = malloc(HTTP_TARGET_ROOM(u->raw.n));
    struct http_target_view view;

    if (read(u, out, &view))
        check_text(u->raw, name, view.text, want);
    else if (want.p)
        fail_msg("no %s of \"%.*s\"", name, (int)u->raw.n, (const char *)u->raw.p);
    free(out);
}

static void check_row(const struct row *row)
{
    uint8_t *target = malloc(row->target.n + 1); /* never NULL */
    struct span raw = span_of(target + 1, row->target.n);
    uint8_t *out = malloc(HTTP_TARGET_ROOM(raw.n));
    struct http_target u;
    struct http_target_view view;

    memcpy(target + 1, row->target.p, row->target.n);
    u = http_target_split(raw);
    view = http_target_normal(&u, out);
    check_text(raw, "normal view", view.text, row->normal.p ? row->normal : row->target);
    if (row->normal.p == NULL)
        assert_ptr_equal(view.text.p, raw.p);
    assert_true(view.path <= view.query && view.query <= view.text.n);
    if (u.flags != row->flags)
        fail_msg("flags of \"%.*s\" are %#x, not %#x", (int)raw.n, row->target.p, u.flags,
                 row->flags);
    check_view(&u, "cut view", http_target_cut, row->cut);
    check_view(&u, "unicode view", http_target_unicode, row->unicode);
    check_view(&u, "twice decoded view", http_target_twice, row->twice);
    free(out);
    free(target);
}

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_row(&rows[i]);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))
#define ROW(target, normal, flags)                                                                 \
    {                                                                                              \
        T(target), T(normal), flags, NONE, NONE, NONE                                              \
    }
#define SAME(target, flags)                                                                        \
    {                                                                                              \
        T(target), NONE, flags, NONE, NONE, NONE                                                   \
    }

static void plain_targets_cost_nothing(void **state)
{
    static const char *const targets[] = {
        "",
        "/",
        "*",
        "/index.html",
        "/a/b/c/",
        "/a.b/c..d/e.",
        "/?",
        "/a?",
        "/a?b=c&d",
        "/a?b=/c/../d//e",
        "/a/b?x=1&y=2&z=3",
        "/long/path/of/many/pieces",
        "/~u",
        "/a;p=1",
        "/a-b_c",
        "/caf\xc3\xa9/menu",
        "/a+b",
        "/a?b?c",
    };

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        const struct row row = {{targets[i], strlen(targets[i])}, NONE, 0, NONE, NONE, NONE};

        check_row(&row);
    }
}

static void paths_are_resolved(void **state)
{
    static const struct row rows[] = {
        ROW("//", "/", 0),
        ROW("//a", "/a", 0),
        ROW("///a////b//", "/a/b/", 0),
        ROW("/.", "/", 0),
        ROW("/./", "/", 0),
        ROW("/./a", "/a", 0),
        ROW("/a/.", "/a/", 0),
        ROW("/a/./././b", "/a/b", 0),
        ROW("/a/..", "/", 0),
        ROW("/a/../", "/", 0),
        ROW("/a/b/..", "/a/", 0),
        ROW("/a/b/../..", "/", 0),
        ROW("/a/b/../c", "/a/c", 0),
        ROW("/a//../b", "/b", 0),
        ROW("/a/b/c/./../../g", "/a/g", 0),
        ROW("/..", "/", ABOVE),
        ROW("/../", "/", ABOVE),
        ROW("/../a", "/a", ABOVE),
        ROW("/a/../../b", "/b", ABOVE),
        ROW("/../../../../etc/passwd", "/etc/passwd", ABOVE),
        SAME("/...", 0),
        SAME("/.a/..b/c./d..", 0),
        SAME("/..;/manager", 0),
        SAME("a/b", 0),
        ROW("a/../b", "b", 0),
        ROW("./a", "a", 0),
        ROW("../a", "a", ABOVE),
        ROW("..", "", ABOVE),
        ROW(".", "", 0),
        ROW("\\", "/", BACK),
        ROW("\\a\\b", "/a/b", BACK),
        ROW("/a\\..\\b", "/b", BACK),
        ROW("/a\\\\//b", "/a/b", BACK),
        ROW("/..\\..\\x", "/x", BACK | ABOVE),
        ROW("/%5c..%5Cx", "/x", BACK | ABOVE),
        ROW("/a/%2e%2e/b", "/b", 0),
        ROW("/a/.%2E/b", "/b", 0),
        ROW("/a%2f..%2fb", "/b", 0),
        ROW("/%2e/a", "/a", 0),
        ROW("/%2f%2fa", "/a", 0),
        SAME("/a?x=/../..\\y//.", 0),
        SAME("/a?../../b", 0),
        ROW("/a/..?../../b", "/?../../b", 0),
    };

    (void)state;
    CHECK(rows);
}

static void decoding(void **state)
{
    static const struct row rows[] = {
        ROW("/%61", "/a", 0),
        ROW("/%7euser", "/~user", 0),
        ROW("/se%6cect", "/select", 0),
        ROW("/a%20b", "/a b", 0),
        ROW("/a%3fb?c", "/a?b?c", 0),
        ROW("/a%23b", "/a#b", 0),
        ROW("/%E4%bd%A0", "/\xe4\xbd\xa0", 0),
        SAME("/a+b", 0),
        ROW("/a+b?c+d", "/a+b?c d", 0),
        ROW("/?a=%2b+", "/?a=+ ", 0),
        ROW("/?q=%75nion+%73elect", "/?q=union select", 0),
        ROW("/?+", "/? ", 0),
        SAME("/%", BAD),
        SAME("/%4", BAD),
        SAME("/%zz", BAD),
        SAME("/%4z", BAD),
        SAME("/100%", BAD),
        SAME("/?%", BAD),
        ROW("/%%41", "/%A", BAD),
        SAME("/%%", BAD),
        ROW("/a#b", "/a", 0),
        ROW("/a#b?c", "/a", 0),
        ROW("/a?b#c?d", "/a?b", 0),
        ROW("#", "", 0),
        ROW("/#", "/", 0),
        ROW("/%41#%zz%00%u0041", "/A", 0),
        ROW("/a%0d%0ab", "/a\r\nb", CONTROL),
        ROW("/a%7f", "/a\x7f", CONTROL),
        SAME("/a\x01", CONTROL),
        SAME("/a\tb", CONTROL),
        SAME("/\xff\xfe", 0),
    };

    (void)state;
    CHECK(rows);
}

static void texts_end_at_a_nul(void **state)
{
    static const struct row rows[] = {
        {T("/a%00.jpg"), T("/a\0.jpg"), NUL, T("/a"), NONE, NONE},
        {T("/a\0b"), NONE, NUL, T("/a"), NONE, NONE},
        {T("/%00"), T("/\0"), NUL, T("/"), NONE, NONE},
        {T("%00"), T("\0"), NUL, T(""), NONE, NONE},
        {T("/a/../etc/x%00/../b"), T("/etc/b"), NUL, T("/etc/x"), NONE, NONE},
        {T("/a?b=c%00d&e"), T("/a?b=c\0d&e"), NUL, T("/a?b=c"), NONE, NONE},
        {T("/a%00b%00c"), T("/a\0b\0c"), NUL, T("/a"), NONE, NONE},
        {T("/a%00?b%00"), T("/a\0?b\0"), NUL, T("/a"), NONE, NONE},
        {T("/%61%2e%00"), T("/a.\0"), NUL, T("/a."), NONE, NONE},
        {T("HTTP://H%00st/a"), T("http://h\0st/a"), NUL, T("http://h/"), NONE, NONE},
        {T("/a%01%00"), T("/a\1\0"), NUL | CONTROL, T("/a\1"), NONE, NONE},
    };

    (void)state;
    CHECK(rows);
}

static void unicode_is_a_view(void **state)
{
    static const struct row rows[] = {
        {T("/%u0041"), NONE, UNICODE, NONE, T("/A"), NONE},
        {T("/%U0041"), NONE, UNICODE, NONE, T("/A"), NONE},
        {T("/a%u002f..%u002fb"), NONE, UNICODE, NONE, T("/b"), NONE},
        {T("/%uff0e%uFF0E/%uff0fx"), NONE, UNICODE, NONE, T("/x"), NONE},
        {T("/?a=%uff1cscript%uff1e+%20"), T("/?a=%uff1cscript%uff1e  "), UNICODE, NONE,
         T("/?a=<script>  "), NONE},
        {T("/%u1161"), NONE, UNICODE, NONE, T("/a"), NONE},
        {T("/%u012f"), NONE, UNICODE, NONE, T("/"), NONE},
        SAME("/%u", BAD),
        SAME("/%u004", BAD),
        SAME("/%u004z", BAD),
        {T("/%c0%ae%c0%ae/etc"), T("/\xc0\xae\xc0\xae/etc"), OVERLONG, NONE, T("/etc"), NONE},
        {T("/a%c0%af..%c0%afb"),
         T("/a\xc0\xaf..\xc0\xaf"
           "b"),
         OVERLONG, NONE, T("/b"), NONE},
        {T("/a\xc1\x9c..\xc1\x9c"), NONE, OVERLONG, NONE, T("/"), NONE},
        {T("/%e0%80%ae"), T("/\xe0\x80\xae"), OVERLONG, NONE, T("/"), NONE},
        {T("/%f0%80%80%af%61"),
         T("/\xf0\x80\x80\xaf"
           "a"),
         OVERLONG, NONE, T("/a"), NONE},
        ROW("/%c0", "/\xc0", 0),
        ROW("/%c0%41",
            "/\xc0"
            "A",
            0),
        ROW("/%e0%a0%80", "/\xe0\xa0\x80", 0),
        ROW("/%f0%90%80%80", "/\xf0\x90\x80\x80", 0),
        /* It is too long, but means nothing of ASCII; what breaks off means nothing. */
        {T("/\xe0\x82\xa9"), NONE, OVERLONG, NONE, NONE, NONE},
        {T("/\xe0\x80"), NONE, OVERLONG, NONE, NONE, NONE},
        {T("/%u002e%c0%ae/x"), T("/%u002e\xc0\xae/x"), UNICODE | OVERLONG, NONE, T("/x"), NONE},
    };

    (void)state;
    CHECK(rows);
}

static void twice_decoded_is_a_view(void **state)
{
    static const struct row rows[] = {
        {T("/%2541"), T("/%41"), DOUBLE, NONE, NONE, T("/A")},
        {T("/%252e%252e/x"), T("/%2e%2e/x"), DOUBLE, NONE, NONE, T("/x")},
        {T("/a/%252e%252e/../b"), T("/a/b"), DOUBLE, NONE, NONE, T("/b")},
        {T("/a%255c..%255cb"), T("/a%5c..%5cb"), DOUBLE, NONE, NONE, T("/b")},
        {T("/%%34%31"), T("/%41"), DOUBLE | BAD, NONE, NONE, T("/A")},
        {T("/%25%34%31"), T("/%41"), DOUBLE, NONE, NONE, T("/A")},
        {T("/%4%41"), T("/%4A"), DOUBLE | BAD, NONE, NONE, T("/J")},
        {T("/%4%31"), T("/%41"), DOUBLE | BAD, NONE, NONE, T("/A")},
        {T("/?q=%2527+or+1"), T("/?q=%27 or 1"), DOUBLE, NONE, NONE, T("/?q=' or 1")},
        {T("/?q=%252b"), T("/?q=%2b"), DOUBLE, NONE, NONE, T("/?q=+")},
        {T("/%252541"), T("/%2541"), DOUBLE, NONE, NONE, T("/%41")},
        {T("/a%2500b"), T("/a%00b"), DOUBLE, NONE, NONE, T("/a\0b")},
        ROW("/%25", "/%", 0),
        ROW("/%25zz", "/%zz", 0),
        ROW("/100%25+4", "/100%+4", 0),
        /* Gone in both. */
        {T("/%2541/../x"), T("/x"), DOUBLE, NONE, NONE, NONE},
    };

    (void)state;
    CHECK(rows);
}

static void other_forms(void **state)
{
    static const struct row rows[] = {
        SAME("http://host/", 0),
        SAME("http://host/a?b", 0),
        ROW("HTTP://Host.Example/A", "http://host.example/A", 0),
        ROW("http://host", "http://host/", 0),
        ROW("http://host?q", "http://host/?q", 0),
        ROW("http://host#f", "http://host/", 0),
        ROW("http://Us%45r:Pass@Host:80/", "http://UsEr:Pass@host:80/", 0),
        ROW("http://h/../a", "http://h/a", ABOVE),
        ROW("http://h\\a", "http://h/a", BACK),
        ROW("http://[2001:DB8::1]:80/a//b", "http://[2001:db8::1]:80/a/b", 0),
        ROW("hTTps://h/%41+?+", "https://h/A+? ", 0),
        ROW("http://", "http:///", 0),
        SAME("host:443", 0),
        ROW("Host.Example:443", "host.example:443", 0),
        ROW("[FE80::1]:22", "[fe80::1]:22", 0),
        SAME("*", 0),
        ROW("://a", ":/a", 0),
        ROW("/http://h/", "/http:/h/", 0),
        ROW("1http://a", "1http://a/", 0),
    };

    (void)state;
    CHECK(rows);
}

static void pieces_of_targets(void **state)
{
    struct http_target u = http_target_split(SPAN("http://u@h:1/p/q?r?s#t"));

    (void)state;
    assert_int_equal(u.form, HTTP_TARGET_ABSOLUTE);
    assert_true(span_equal(u.scheme, SPAN("http")));
    assert_true(span_equal(u.authority, SPAN("u@h:1")));
    assert_true(span_equal(u.path, SPAN("/p/q")));
    assert_true(span_equal(u.query, SPAN("r?s")));
    assert_true(u.asks);
    u = http_target_split(SPAN("/p?"));
    assert_int_equal(u.form, HTTP_TARGET_PATH);
    assert_true(u.asks);
    assert_int_equal(u.query.n, 0);
    u = http_target_split(SPAN("/p"));
    assert_false(u.asks);
    assert_int_equal(http_target_split(SPAN("h:1")).form, HTTP_TARGET_AUTHORITY);
    assert_int_equal(http_target_split(SPAN(":1")).form, HTTP_TARGET_PATH);
    assert_int_equal(http_target_split(SPAN("h:")).form, HTTP_TARGET_PATH);
    assert_int_equal(http_target_split(SPAN("a/b:1")).form, HTTP_TARGET_PATH);
    assert_int_equal(http_target_split(SPAN("*")).form, HTTP_TARGET_ASTERISK);
}

static void views_know_their_pieces(void **state)
{
    uint8_t out[64];
    struct http_target u = http_target_split(SPAN("HTTP://H/%61/../b%3f?c+d"));
    struct http_target_view view = http_target_normal(&u, out);

    (void)state;
    assert_true(span_equal(view.text, SPAN("http://h/b??c d")));
    assert_true(span_equal(span_from(view.text, view.path), SPAN("/b??c d")));
    assert_true(span_equal(span_from(view.text, view.query), SPAN("c d")));
    u = http_target_split(SPAN("/a?b"));
    view = http_target_normal(&u, out);
    assert_int_equal(view.path, 0);
    assert_int_equal(view.query, 3);
    u = http_target_split(SPAN("/a?"));
    view = http_target_normal(&u, out);
    assert_int_equal(view.query, 3);
    u = http_target_split(SPAN("/ab"));
    view = http_target_normal(&u, out);
    assert_int_equal(view.query, 3);
}

static void percent_decoding(void **state)
{
    struct span plain = SPAN("nothing here, and that for long");
    struct span odd = SPAN("50% of 100%zz"), plus = SPAN("a+b");
    uint8_t text[] = "a%41+%zz%2b%";
    uint8_t out[64];

    (void)state;
    assert_ptr_equal(http_percent_decode(plain, HTTP_PLUS_BLANK, out).p, plain.p);
    assert_ptr_equal(http_percent_decode(odd, HTTP_PLUS_BLANK, out).p, odd.p);
    assert_ptr_equal(http_percent_decode(plus, HTTP_PLUS_KEPT, out).p, plus.p);
    assert_true(span_equal(http_percent_decode(plus, HTTP_PLUS_BLANK, out), SPAN("a b")));
    assert_true(
        span_equal(http_percent_decode(SPAN("%00%ff"), HTTP_PLUS_KEPT, out), SPAN("\0\xff")));
    assert_int_equal(http_percent_decode(SPAN(""), HTTP_PLUS_KEPT, out).n, 0);
    assert_true(
        span_equal(http_percent_decode(span_of(text, sizeof text - 1), HTTP_PLUS_BLANK, text),
                   SPAN("aA %zz+%")));
}

static void arguments(void **state)
{
    static const struct {
        const char *name, *value;
    } want[] = {{"a", "1"}, {"b", ""}, {"c", ""}, {"", "d"}, {"e", "=f="}, {"%67", "h+%69"}};
    struct http_arguments args = http_arguments_of(SPAN("&a=1&&b=&c&=d&e==f=&%67=h+%69&"));
    struct http_argument arg;

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(http_arguments_next(&args, &arg));
        assert_true(span_equal(arg.name, span_text(want[i].name)));
        assert_true(span_equal(arg.value, span_text(want[i].value)));
    }
    assert_false(http_arguments_next(&args, &arg));
    assert_false(http_arguments_next(&args, &arg));
    assert_int_equal(args.count, 6);
    assert_int_equal(args.flags, 0);
    args = http_arguments_of(SPAN(""));
    assert_false(http_arguments_next(&args, &arg));
}

static void arguments_have_limits(void **state)
{
    static uint8_t
        query[HTTP_ARGUMENT_NAME + 1 + 1 + HTTP_ARGUMENT_VALUE + 1 + 4 * HTTP_ARGUMENTS_MOST];
    struct http_arguments args;
    struct http_argument arg;
    int count = 0;

    (void)state;
    memset(query, 'n', sizeof query);
    query[HTTP_ARGUMENT_NAME + 1] = '=';
    for (size_t at = HTTP_ARGUMENT_NAME + HTTP_ARGUMENT_VALUE + 3; at < sizeof query; at += 2)
        query[at] = '&';
    args = http_arguments_of(span_of(query, sizeof query));
    assert_true(http_arguments_next(&args, &arg));
    assert_int_equal(arg.name.n, HTTP_ARGUMENT_NAME);
    assert_int_equal(arg.value.n, HTTP_ARGUMENT_VALUE);
    assert_int_equal(args.flags, HTTP_ARGUMENTS_NAME_LONG | HTTP_ARGUMENTS_VALUE_LONG);
    for (count = 1; http_arguments_next(&args, &arg); count++)
        assert_int_equal(arg.name.n, 1);
    assert_int_equal(count, HTTP_ARGUMENTS_MOST);
    assert_true(args.flags & HTTP_ARGUMENTS_MANY);
}

static void loosest_reading_of_arguments(void **state)
{
    static const struct {
        const char *text, *want;
        uint16_t flags;
    } rows[] = {
        {"plain=1", "plain=1", 0},
        {"b=%41+c", "b=A c", 0},
        {"%u0065=%uFF41", "e=a", HTTP_TARGET_UNICODE},
        {"e=%c0%ae%e0%80%ae", "e=..", HTTP_TARGET_OVERLONG},
        {"\xc0\xae", ".", HTTP_TARGET_OVERLONG},
        {"a=%2541", "a=%41", HTTP_TARGET_DOUBLE},
        {"a=%%34%31", "a=%41", HTTP_TARGET_DOUBLE | HTTP_TARGET_BAD_PERCENT},
        {"100%", "100%", HTTP_TARGET_BAD_PERCENT},
    };
    uint8_t room[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span text = span_of(rows[i].text, strlen(rows[i].text)), read;
        uint16_t flags = 0;

        read = http_argument_decode(text, room, &flags);
        assert_true(span_equal(read, span_of(rows[i].want, strlen(rows[i].want))));
        assert_int_equal(flags, rows[i].flags);
        if (!flags)
            continue;
        memcpy(room, text.p, text.n); /* where the text itself is */
        read = http_argument_decode(span_of(room, text.n), room, &flags);
        assert_true(span_equal(read, span_of(rows[i].want, strlen(rows[i].want))));
    }
}

/* Targets of all lengths, odd at any place: where nothing is said to be odd nothing is. */
static void even_targets_are_even(void **state)
{
    static const char odd[] = "/.+%#?\\\0012fu\x7f\x80";
    uint32_t random = 1;
    unsigned plain = 0, even = 0;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t text[40], room[HTTP_TARGET_ROOM(sizeof text)];
        struct span target = span_of(text, 1 + round % (sizeof text - 1));
        struct http_target u;
        struct http_target_view view;

        memset(text, 'a', sizeof text);
        text[0] = '/';
        for (unsigned i = 0; i < 1 + round % 3; i++) {
            random = random * 1103515245u + 12345;
            text[1 + (random >> 8) % (sizeof text - 1)] = (uint8_t)odd[(random >> 20) % sizeof odd];
        }
        u = http_target_split(target);
        view = http_target_normal(&u, room);
        plain += http_target_is_plain(target);
        even += http_target_is_even(target);
        if (http_target_is_plain(target))
            assert_true(http_target_is_even(target) && span_equal(view.text, target));
        if (http_target_is_even(target))
            assert_int_equal(u.flags, 0);
    }
    assert_true(plain > 1000 && even > plain + 1000);
}

/* Each byte, and each that follows a slash, at every place. */
static void plain_targets(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 1; at < 30; at++) {
            bool odd = c < 0x20 || c >= 0x7f || (c && strchr("#%+\\", (int)c));
            uint8_t text[31];

            memset(text, 'a', sizeof text);
            text[0] = '/';
            text[at] = (uint8_t)c;
            assert_int_equal(http_target_is_plain(span_of(text, sizeof text)),
                             !odd && !(at == 1 && (c == '/' || c == '.')));
            text[at + 1 < sizeof text ? at + 1 : at] = text[at];
            text[at] = at + 1 < sizeof text ? '/' : text[at];
            assert_int_equal(http_target_is_plain(span_of(text, sizeof text)),
                             !odd && c != '/' && c != '.' && at > 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_targets_cost_nothing),
        cmocka_unit_test(paths_are_resolved),
        cmocka_unit_test(plain_targets),
        cmocka_unit_test(even_targets_are_even),
        cmocka_unit_test(decoding),
        cmocka_unit_test(texts_end_at_a_nul),
        cmocka_unit_test(unicode_is_a_view),
        cmocka_unit_test(twice_decoded_is_a_view),
        cmocka_unit_test(other_forms),
        cmocka_unit_test(pieces_of_targets),
        cmocka_unit_test(views_know_their_pieces),
        cmocka_unit_test(percent_decoding),
        cmocka_unit_test(arguments),
        cmocka_unit_test(arguments_have_limits),
        cmocka_unit_test(loosest_reading_of_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
