/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions that a number tells apart. The parser here does what the stream tells it to:
 *
 *     q N   request    r N   reply    b N   go on    d N   done    f TEXT   a field
 */
#include "engine_fixture.h"
#include "tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 2048

static uint64_t number(struct span text)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n = n * 10 + (unsigned)(text.p[i] - '0');
    return n;
}

static void obey(struct parse *p, uint8_t letter, struct span value)
{
    switch (letter) {
    case 'q':
        parse_tx_key(p, TX_REQUEST, number(value));
        break;
    case 'r':
        parse_tx_key(p, TX_REPLY, number(value));
        break;
    case 'b':
        parse_tx_key(p, TX_BOTH, number(value));
        break;
    case 'd':
        parse_tx_key(p, TX_DONE, number(value));
        break;
    case 'f':
        parse_field(p, FIELD_HTTP_URL, value);
        break;
    default:
        fail_msg("letter %c", letter);
    }
}

static enum parse_result told_parse(struct parse *p, struct cursor *in)
{
    while (in->pos < in->end) {
        struct span line = cur_line(in, MOST);

        if (in->state != CUR_OK)
            break;
        obey(p, line.p[0], span_from(line, 2));
        parse_commit(p, in);
    }
    return PARSE_MATCH;
}

static bool any_probe(enum dir from, struct span first)
{
    (void)from;
    return first.n > 0;
}

static const struct parser told = {
    .name = "told",
    .app = APP_HTTP,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .max_pending = 4096,
    .probe = any_probe,
    .parse = told_parse,
};

static const struct parser *const table[] = {&told, NULL};

struct talk {
    struct engine_fixture f;
    struct frame_list frames;
    struct tcp_script s;
};

static void feed(struct talk *t)
{
    fixture_feed(&t->f, &t->frames);
    frame_list_free(&t->frames);
}

static void begin(struct talk *t, void (*adjust)(struct snapshot *))
{
    memset(t, 0, sizeof *t);
    fixture_open(&t->f,
                 &(struct fixture_options){
                     .parsers = table, .mode = ENGINE_INLINE, .wants_tx = true, .adjust = adjust});
    tcp_script_init(&t->s, &t->frames);
    tcp_open(&t->s);
    feed(t);
}

static void say(struct talk *t, enum dir from, const char *text)
{
    tcp_send(&t->s, from, span_text(text));
    tcp_ack(&t->s, 1 - from);
    feed(t);
}

static size_t app_bytes(const struct talk *t)
{
    struct engine_usage u;

    engine_usage(t->f.engine, &u);
    return u.app_bytes;
}

static void expect(const struct talk *t, const char *const *texts)
{
    size_t n = 0;

    for (; texts[n]; n++) {
        const struct event_record *e = fixture_event(&t->f, EVENT_TX, n);

        assert_non_null(e);
        assert_string_equal(e->text, texts[n]);
    }
    assert_int_equal(fixture_count(&t->f, EVENT_TX), n);
}

/* All is told, and nothing is left. */
static void end(struct talk *t, const char *const *texts)
{
    fixture_flush(&t->f);
    expect(t, texts);
    assert_int_equal(app_bytes(t), 0);
    fixture_close(&t->f);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void fields_go_to_the_one_with_the_key(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, NULL);
    say(&t, DIR_CLIENT, "q 1\nf a\nq 3\nf b\nq 5\nf c\n");
    say(&t, DIR_SERVER, "r 5\nf C\nr 1\nf A\n");
    say(&t, DIR_CLIENT, "b 3\nf b2\nd 5\n");
    say(&t, DIR_SERVER, "d 1\nr 3\nf B\nd 3\n");
    end(&t, TEXTS("http url=c url=C", "http url=a url=A", "http url=b url=b2 url=B"));
}

static void an_answer_alone_is_one_too(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, NULL);
    say(&t, DIR_SERVER, "r 7\nf x\nd 7\nd 7\nd 8\nb 9\nf y\n");
    end(&t, TEXTS("http url=x", "http url=y"));
}

static void a_key_that_is_used_again_ends_the_first(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, NULL);
    say(&t, DIR_CLIENT, "q 1\nf a\nq 1\nf b\n");
    expect(&t, TEXTS("http url=a"));
    say(&t, DIR_SERVER, "r 1\nf B\nd 1\nf lost\n");
    end(&t, TEXTS("http url=a", "http url=b url=B"));
}

/* Fields that outgrow their block move it: key, list and both directions follow. */
static void transactions_grow(void **state)
{
    char line[1200], want[3000];
    struct talk t;

    (void)state;
    memset(line, 'x', sizeof line);
    memcpy(line, "f ", 2);
    memcpy(line + sizeof line - 2, "\n", 2);
    snprintf(want, sizeof want, "http url=%.*s url=%.*s", (int)sizeof line - 4, line + 2,
             (int)sizeof line - 4, line + 2);
    begin(&t, NULL);
    say(&t, DIR_CLIENT, "q 1\nq 2\nf a\nq 3\nf b\nb 2\nb 1\n");
    say(&t, DIR_SERVER, "r 1\n");
    say(&t, DIR_CLIENT, line);
    say(&t, DIR_SERVER, line);
    say(&t, DIR_SERVER, "d 1\nd 3\nd 2\n");
    end(&t, TEXTS(want, "http url=b", "http url=a"));
}

static void the_oldest_gives_way(void **state)
{
    char line[32];
    struct talk t;

    (void)state;
    begin(&t, NULL);
    for (int i = 0; i < 600; i++) {
        snprintf(line, sizeof line, "q %d\nf n%d\n", i, i);
        say(&t, DIR_CLIENT, line);
    }
    assert_int_equal(fixture_count(&t.f, EVENT_TX), 600 - 512);
    assert_string_equal(fixture_event(&t.f, EVENT_TX, 87)->text, "http url=n87");
    say(&t, DIR_SERVER, "r 599\nf last\nd 599\nr 0\nf unmatched\nd 0\n");
    assert_string_equal(fixture_event(&t.f, EVENT_TX, 88)->text, "http url=n599 url=last");
    assert_string_equal(fixture_event(&t.f, EVENT_TX, 89)->text, "http url=unmatched");
    fixture_flush(&t.f);
    assert_int_equal(fixture_count(&t.f, EVENT_TX), 601);
    assert_int_equal(app_bytes(&t), 0);
    fixture_close(&t.f);
}

static void no_memory(struct snapshot *s)
{
    s->limits.app_bytes = 700;
}

static void without_memory_nothing_is_told(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, no_memory);
    say(&t, DIR_CLIENT, "q 1\nf a\nd 1\n");
    assert_true(fixture_counter(&t.f, COUNTER_APP_BUDGET) > 0);
    fixture_flush(&t.f);
    assert_int_equal(fixture_count(&t.f, EVENT_TX), 0);
    fixture_close(&t.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_go_to_the_one_with_the_key),
        cmocka_unit_test(an_answer_alone_is_one_too),
        cmocka_unit_test(a_key_that_is_used_again_ends_the_first),
        cmocka_unit_test(transactions_grow),
        cmocka_unit_test(the_oldest_gives_way),
        cmocka_unit_test(without_memory_nothing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
