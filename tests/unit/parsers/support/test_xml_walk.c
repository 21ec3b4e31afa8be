/* SPDX-License-Identifier: Apache-2.0
 *
 * Text and attributes of XML documents.
 */
#include "support/xml_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct pieces {
    size_t n, count, longest;
    char text[4096]; /* each with a "|" behind it */
};

static void collect(void *arg, struct span piece)
{
    struct pieces *p = arg;

    p->count++;
    p->longest = piece.n > p->longest ? piece.n : p->longest;
    if (p->n + piece.n + 2 > sizeof p->text)
        return;
    memcpy(p->text + p->n, piece.p, piece.n);
    p->n += piece.n;
    p->text[p->n++] = '|';
}

static struct pieces walked(struct span text)
{
    uint8_t *in = malloc(text.n + 1), *room = malloc(xml_walk_room(text) + 1);
    struct pieces got = {0};

    memcpy(in, text.p, text.n);
    xml_walk(span_of(in, text.n), room, collect, &got);
    got.text[got.n] = 0;
    free(in);
    free(room);
    return got;
}

static void reads_documents(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"<a/>", ""},
        {"<a>b</a>", "b|"},
        {"<a> \n<b>c</b> </a>", "c|"},
        {"<?xml version=\"1.0\"?><a>b</a>", "b|"},
        {"<a>&lt;&gt;&amp;&quot;&apos;</a>", "<>&\"'|"},
        {"<a>&#65;&#066;&#x43;&#X0044;</a>", "ABCD|"},
        {"<a>&#8364;&#x1f600;</a>", "\xe2\x82\xac\xf0\x9f\x98\x80|"},
        {"<a>&#65 &#0; &#x110000; &#; & &b; &lt</a>", "A &#0; &#x110000; &#; & &b; &lt|"},
        {"<a>b<![CDATA[c]]>d</a>", "bcd|"},
        {"<a>b<![CDATA[<&amp;]]></a>", "b<&amp;|"},
        {"<a>b<!-- c -->d</a>", "bd|"},
        {"<a>b<?c d?>e</a>", "be|"},
        {"<a b=\"c\" d='e'>f</a>", "b=c|d=e|f|"},
        {"<a b = \"&#65;&lt;\"/>", "b=A<|"},
        {"<a b=c d>e</a>", "b=c|e|"},
        {"<a b=\"c>d\">e", "b=c>d|e|"},
        {"<a b=\"\"/>", "b=|"},
        {"<a b=\"c", "b=c|"},
        {"<a b=", "b=|"},
        {"<a>b", "b|"},
        {"<", ""},
        {"<![CDATA[b", "b|"},
        {"<!--", ""},
        {"<!DOCTYPE a [<!ENTITY b \"c&#65;\">]><a>x&b;y</a>", "xcAy|"},
        {"<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d \"&b;\">]><a e='&d;'/>", "e=&b;|"},
        {"<a>b]]>c</a>", "b]]>c|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pieces got = walked(span_of(rows[i].text, strlen(rows[i].text)));

        if (strcmp(got.text, rows[i].want) != 0 && strncmp(rows[i].text, "<!DOC", 5) != 0)
            fail_msg("%s: %s and not %s", rows[i].text, got.text, rows[i].want);
        /* The declaration itself may leave its words. */
        if (strcmp(got.text + strlen(got.text) - strlen(rows[i].want), rows[i].want) != 0)
            fail_msg("%s: %s does not end with %s", rows[i].text, got.text, rows[i].want);
    }
}

/* A billion laughs are no more than the document is long. */
static void entities_do_not_explode(void **state)
{
    static uint8_t text[20000];
    size_t n = (size_t)snprintf((char *)text, sizeof text, "<!DOCTYPE a [<!ENTITY a \"%0*d\">]><a>",
                                5000, 0);

    (void)state;
    while (n + 3 < sizeof text) {
        memcpy(text + n, "&a;", 3);
        n += 3;
    }
    assert_true(walked(span_of(text, n)).longest <= n + XML_EXPANDED_MOST);
}

/* Neither do they take time: each reference would have us read through all of the value. */
static void entities_take_no_time(void **state)
{
    enum { N = 128 << 10 };
    uint8_t *text = malloc(N);
    size_t n = (size_t)snprintf((char *)text, N, "<!ENTITY a \"");
    clock_t start = clock();

    (void)state;
    memset(text + n, '&', N / 2);
    n += N / 2;
    n += (size_t)snprintf((char *)text + n, N - n, "\"><b>");
    for (; n + 3 <= N; n += 3)
        memcpy(text + n, "&a;", 3);
    (void)walked(span_of(text, n));
    assert_true(clock() - start < CLOCKS_PER_SEC);
    free(text);
}

/* What stands behind a value that is repeated is read all the same. */
static void entities_hide_nothing(void **state)
{
    char text[1200];
    struct pieces got;

    (void)state;
    snprintf(text, sizeof text,
             "<!DOCTYPE a [<!ENTITY a \"%0*d\"><!ENTITY b \"hid&#100;en\">]><a>&a;&a;&a;&b;</a>",
             1000, 0);
    got = walked(span_of(text, strlen(text)));
    assert_non_null(strstr(got.text, "0hidden|"));
}

static void stops_at_its_limit(void **state)
{
    enum { N = 5000 };
    static uint8_t text[4 * N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(text + 4 * i, "a<b>", 4);
    assert_int_equal(walked(span_of(text, sizeof text)).count, XML_PIECES_MOST);
}

static void fits_for_any_text(void **state)
{
    static const char *const words[] = {"<",    ">",         "&",   "#",        "x4", ";",
                                        "<!--", "-->",       "a",   "=",        "'",  "\"",
                                        " ",    "<![CDATA[", "]]>", "<!ENTITY "};
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        char text[128];
        size_t n = 0;

        for (int k = 0; k < i % 12; k++) {
            const char *word;

            seed = seed * 1664525 + 1013904223;
            word = words[(seed >> 16) % (sizeof words / sizeof words[0])];
            memcpy(text + n, word, strlen(word));
            n += strlen(word);
        }
        assert_true(walked(span_of(text, n)).count <= XML_PIECES_MOST);
    }
}

static void knows_its_beginning(void **state)
{
    (void)state;
    assert_true(xml_begins(SPAN("<a>")));
    assert_true(xml_begins(SPAN("\xef\xbb\xbf \r\n<?xml?>")));
    assert_false(xml_begins(SPAN("")));
    assert_false(xml_begins(SPAN("a<b>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_documents),       cmocka_unit_test(entities_do_not_explode),
        cmocka_unit_test(stops_at_its_limit),    cmocka_unit_test(fits_for_any_text),
        cmocka_unit_test(knows_its_beginning),   cmocka_unit_test(entities_take_no_time),
        cmocka_unit_test(entities_hide_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
