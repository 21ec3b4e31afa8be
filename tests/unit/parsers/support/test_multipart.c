/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of bodies, and names of files.
 */
#include "support/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct found {
    size_t n, parts;
    char text[4096];
};

static void add(struct found *f, const char *before, struct span s)
{
    int n = snprintf(f->text + f->n, sizeof f->text - f->n, "%s%.*s|", before, (int)s.n,
                     s.n ? (const char *)s.p : "");

    f->n += n > 0 && f->n + (size_t)n < sizeof f->text ? (size_t)n : 0;
}

static void on_part(void *arg, const struct multipart_part *part)
{
    struct found *f = arg;

    f->parts++;
    add(f, part->changed ? "changed " : "", part->name);
    add(f, "", part->content);
}

static void on_filename(void *arg, struct span name)
{
    add(arg, "file ", name);
}

static struct found walked(const char *type, struct span body)
{
    uint8_t *in = malloc(body.n + 1), *room = malloc(2 * body.n + 1);
    struct found f = {0};
    const struct multipart_sink sink = {on_part, on_filename, &f};

    memcpy(in, body.p, body.n);
    multipart_walk(span_of(type, strlen(type)), span_of(in, body.n), room, &sink);
    free(in);
    free(room);
    return f;
}

#define FORM    "multipart/form-data; boundary=b"
#define NAME(x) "Content-Disposition: form-data; name=\"" x "\""

static void reads_parts(void **state)
{
    static const struct {
        const char *type, *body, *want;
    } rows[] = {
        {FORM, "", ""},
        {FORM, "--b--\r\n", ""},
        {FORM, "--b\r\n" NAME("a") "\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\nz", "a|x||y|"},
        {FORM, "--b\n" NAME("a") "\n\nx\n--b--", "a|x|"},
        {FORM, "before\r\n--b\r\n" NAME("a") "\r\n\r\nx", "a|x|"},
        {FORM, "--b\r\n" NAME("a") "\r\n\r\nx--b\r\n--b--", "a|x--b|"},
        {FORM, "--b \r\n\r\nx\r\n--b--", "|x|"},
        {"multipart/form-data; boundary=\"a b\"", "--a b\r\n\r\nx\r\n--a b--", "|x|"},
        {"multipart/form-data; boundary=a; boundary=b", "--b\r\n\r\nx\r\n--b--", "|x|"},
        {"multipart/form-data", "--c\r\n\r\nx\r\n--c--", "|x|"},
        {"multipart/form-data", "no boundary", ""},
        {"multipart/form-data", "before\r\n--c\r\n\r\nx\r\n--c--", "|x|"},
        {FORM,
         "--b\r\nContent-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: "
         "base64\r\n\r\n"
         "ZXZpbA==\r\n--b--",
         "changed |evil|changed |\xe7\x99\xa5\xe6\xb1\xa9|"},
        {FORM, "--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\nZXZp\r\nbA==\r\n--b--",
         "changed |evil|"},
        {FORM, "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nZXZpbA", "changed |evil|"},
        {FORM, "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=65v=\r\nil\r\n--b--",
         "changed |evil|"},
        {FORM, "--b\r\nContent-Transfer-Encoding:\r\n base64\r\n\r\nZXZpbA==\r\n--b--",
         "changed |evil|"},
        {FORM, "--b\r\nContent-Type: text/plain; charset=ibm037\r\n\r\n\x85\xa5\x89\x93\r\n--b--",
         "changed |evil|"},
        {FORM,
         "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b\r\n"
         "\r\ny\r\n--b--",
         "|x||y|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct found got = walked(rows[i].type, span_of(rows[i].body, strlen(rows[i].body)));

        if (strcmp(got.text, rows[i].want) != 0)
            fail_msg("%s: %s and not %s", rows[i].body, got.text, rows[i].want);
    }
}

static void reads_names_of_files(void **state)
{
    static const struct {
        const char *head, *want;
    } rows[] = {
        {"Content-Disposition: form-data; name=a; filename=\"b.php\"", "file b.php|a||"},
        {"Content-Disposition: form-data; filename=b.php", "file b.php|||"},
        {"Content-Disposition: form-data; filename=\"b\\\"c\"", "file b\"c|||"},
        {"Content-Disposition: form-data; filename=\"b.%70hp\"", "file b.%70hp|file b.php|||"},
        {"Content-Disposition: form-data; filename*=utf-8'en'b.%70hp", "file b.php|||"},
        {"Content-Disposition: form-data; filename=\"=?utf-8?q?b=2ephp?=\"",
         "file =?utf-8?q?b=2ephp?=|file b.php|||"},
        {"Content-Disposition: form-data; filename*0=\"b.p\"; filename*1=hp", "file b.php|||"},
        {"Content-Type: text/plain; name=b.php", "file b.php|||"},
        {"Content-Disposition: form-data;\r\n filename=b.php", "file b.php|||"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[256];
        int n = snprintf(body, sizeof body, "--b\r\n%s\r\n\r\n\r\n--b--", rows[i].head);
        struct found got = walked(FORM, span_of(body, (size_t)n));

        if (strcmp(got.text, rows[i].want) != 0)
            fail_msg("%s: %s and not %s", rows[i].head, got.text, rows[i].want);
    }
}

static void stops_at_its_limits(void **state)
{
    enum { N = 5000 };
    static uint8_t body[8 * N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(body + 8 * i, "--b\r\n\r\n\n", 8);
    assert_int_equal(walked(FORM, span_of(body, sizeof body)).parts, MULTIPART_PARTS_MOST);
}

static void any_body_fits(void **state)
{
    static const char *const words[] = {"--b",
                                        "\r\n",
                                        "--",
                                        "\n",
                                        "Content-Type: multipart/x",
                                        "; boundary=b",
                                        "Content-Transfer-Encoding: base64",
                                        "AA",
                                        "=",
                                        "charset=utf-16",
                                        ";",
                                        ":",
                                        "filename*0=\"x",
                                        " "};
    uint32_t seed = 3;

    (void)state;
    for (int i = 0; i < 30000; i++) {
        char body[600] = "--b\r\n";

        for (int k = 0; k < i % 16; k++) {
            seed = seed * 1664525 + 1013904223;
            strcat(body, words[(seed >> 16) % (sizeof words / sizeof words[0])]);
        }
        (void)walked(FORM, span_of(body, strlen(body)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_parts),
        cmocka_unit_test(reads_names_of_files),
        cmocka_unit_test(stops_at_its_limits),
        cmocka_unit_test(any_body_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
