/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements on their way through the engine: whole and in pieces, before and after it is known
 * whose they are; who is asked, and what is done about a finding. The parser here does what lines
 * tell it to:
 *
 *     b TEXT   a whole statement         p N   the N bytes behind the line are one
 *     B TEXT   the first piece of one    n, e TEXT   another one, the last       !   it is mine
 */
#include "engine_fixture.h"
#include "tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LINE_MOST = 200 };

#define ATTACK  "SELECT * FROM t WHERE a='x' OR 'a'='a'"
#define PERHAPS "SELECT * FROM t WHERE a=1 AND 4711=4711"
#define QUIET   "SELECT * FROM t WHERE a='x' OR b='a'"

struct state {
    bool matched;
};

static unsigned part_of(char letter)
{
    switch (letter) {
    case 'b':
        return BUFFER_WHOLE;
    case 'B':
        return BUFFER_BEGINS;
    case 'e':
        return BUFFER_ENDS;
    default:
        return BUFFER_NEXT;
    }
}

static enum parse_result line_parse(struct parse *p, struct cursor *in)
{
    struct state *s = p->state;

    while (in->pos < in->end) {
        struct span line = cur_line(in, LINE_MOST), value = span_from(line, 2);
        char letter;

        if (in->state != CUR_OK)
            break;
        letter = (char)line.p[0];
        parse_commit(p, in);
        if (letter == 'p') {
            parse_pass(p, strtoul((const char *)value.p, NULL, 10), BUFFER_SQL, BUFFER_WHOLE);
            break;
        }
        if (letter == '!')
            s->matched = true;
        else
            parse_buffer(p, BUFFER_SQL, part_of(letter), value);
    }
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool any_probe(enum dir from, struct span first)
{
    (void)from;
    return first.p[0] > ' ';
}

#define PARSER(label, name_of)                                                                     \
    static const struct parser label = {                                                           \
        .name = #label,                                                                            \
        .app = (name_of),                                                                          \
        .transports = OVER_TCP,                                                                    \
        .first = EITHER_FIRST,                                                                     \
        .state_size = sizeof(struct state),                                                        \
        .max_pending = 4096,                                                                       \
        .probe = any_probe,                                                                        \
        .parse = line_parse,                                                                       \
    };                                                                                             \
    static const struct parser *const only_##label[] = {&(label), NULL}

PARSER(mysql, APP_MYSQL);
PARSER(pgsql, APP_POSTGRESQL);
PARSER(tds, APP_TDS);
PARSER(tns, APP_TNS);
PARSER(voltdb, APP_VOLTDB);
PARSER(cassandra, APP_CASSANDRA);

/* ---- one session ---- */

struct talk {
    struct engine_fixture f;
    struct frame_list frames;
    struct tcp_script s;
};

static void begin(struct talk *t, const struct parser *const *table,
                  void (*adjust)(struct snapshot *))
{
    memset(t, 0, sizeof *t);
    fixture_open(&t->f, &(struct fixture_options){
                            .parsers = table, .mode = ENGINE_INLINE, .adjust = adjust});
    tcp_script_init(&t->s, &t->frames);
    tcp_open(&t->s);
}

static void say_in(struct talk *t, enum dir from, const char *text, size_t piece)
{
    for (struct span left = span_text(text); left.n; left = span_from(left, piece))
        tcp_send(&t->s, from, span_first(left, piece));
}

static void say(struct talk *t, const char *text)
{
    say_in(t, DIR_CLIENT, text, 1000);
}

static void end(struct talk *t)
{
    struct engine_usage u;

    fixture_feed(&t->f, &t->frames);
    fixture_flush(&t->f);
    engine_usage(t->f.engine, &u);
    assert_int_equal(u.app_bytes, 0);
    frame_list_free(&t->frames);
    fixture_close(&t->f);
}

/* What the client says, and how often the threat is raised. */
static size_t threats_of(const struct parser *const *table, const char *text, size_t piece)
{
    struct talk t;
    size_t n;

    begin(&t, table, NULL);
    say_in(&t, DIR_CLIENT, text, piece);
    fixture_feed(&t.f, &t.frames);
    n = fixture_threats(&t.f, THREAT_SQL_INJECTION);
    frame_list_free(&t.frames);
    end(&t);
    return n;
}

/* ---- what is asked ---- */

static void whole_ones_are_read(void **state)
{
    (void)state;
    assert_int_equal(threats_of(only_mysql, "!\nb " ATTACK "\n", 1000), 1);
    assert_int_equal(threats_of(only_mysql, "!\nb " QUIET "\n", 1000), 0);
    assert_int_equal(threats_of(only_mysql, "!\nb " QUIET "\nb " ATTACK "\nb " QUIET "\n", 1000),
                     1);
}

static void pieces_are_put_together(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 60; piece++) {
        assert_int_equal(threats_of(only_mysql,
                                    "!\nB SELECT * FROM t WHERE a='x' O\nn R \n"
                                    "e 'a'='a'\n",
                                    piece),
                         1);
        assert_int_equal(threats_of(only_mysql, "!\np 38\n" ATTACK "b " QUIET "\n", piece), 1);
        assert_int_equal(threats_of(only_mysql, "!\np 36\n" QUIET "b " QUIET "\n", piece), 0);
    }
    /* One that never ends is no part of the next. */
    assert_int_equal(threats_of(only_mysql, "!\nB SELECT a FROM t WHERE a='\nb " QUIET "\n", 1000),
                     0);
    assert_int_equal(
        threats_of(only_mysql, "!\nB SELECT a FROM t WHERE a='\nB x\ne ' OR 1=1\n", 1000), 0);
}

static void said_before_it_is_known_whose_it_is(void **state)
{
    (void)state;
    assert_int_equal(threats_of(only_mysql, "b " ATTACK "\n!\n", 1000), 1);
    assert_int_equal(threats_of(only_mysql, "B SELECT * FROM t WHERE a='x' \n!\ne OR 1=1\n", 1000),
                     1);
    assert_int_equal(threats_of(only_mysql, "b " ATTACK "\n", 1000), 0);
}

static void every_database_is_asked(void **state)
{
    (void)state;
    assert_int_equal(threats_of(only_pgsql, "!\nb " ATTACK "\n", 1000), 1);
    assert_int_equal(threats_of(only_tds, "!\nb " ATTACK "\n", 1000), 1);
    assert_int_equal(threats_of(only_tns, "!\nb " ATTACK "\n", 1000), 1);
    assert_int_equal(threats_of(only_voltdb, "!\nb " ATTACK "\n", 1000), 1);
    assert_int_equal(threats_of(only_cassandra, "!\nb " ATTACK "\n", 1000), 0);
}

/* An escape of MySQL's is none elsewhere. */
static void each_in_its_own_tongue(void **state)
{
    static const char text[] = "!\nb SELECT a FROM t WHERE a='x\\' OR 1=1 --'\n";

    (void)state;
    assert_int_equal(threats_of(only_mysql, text, 1000), 0);
    assert_int_equal(threats_of(only_pgsql, text, 1000), 1);
}

static void answers_are_not_questions(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, only_mysql, NULL);
    say(&t, "!\n");
    say_in(&t, DIR_SERVER, "b " ATTACK "\n", 1000);
    fixture_feed(&t.f, &t.frames);
    assert_int_equal(fixture_threats(&t.f, THREAT_SQL_INJECTION), 0);
    frame_list_free(&t.frames);
    end(&t);
}

/* ---- what is done ---- */

static const struct event_record *threat_of(struct talk *t)
{
    const struct event_record *e = fixture_event(&t->f, EVENT_THREAT, 0);

    assert_non_null(e);
    assert_int_equal(e->threat, THREAT_SQL_INJECTION);
    return e;
}

static void what_is_sure_is_stopped(void **state)
{
    struct talk t;
    const struct event_record *e;
    size_t last;

    (void)state;
    begin(&t, only_mysql, NULL);
    say(&t, "!\n");
    say(&t, "b " ATTACK "\n");
    last = t.frames.count - 1;
    fixture_feed(&t.f, &t.frames);
    e = threat_of(&t);
    assert_int_equal(e->verdict, VERDICT_DROP);
    assert_string_equal(e->text, "SQL injection, MySQL: a condition always true: OR 'a'='a'");
    assert_false(fixture_passed(&t.f, last));
    frame_list_free(&t.frames);
    end(&t);
}

static void what_may_be_is_told(void **state)
{
    struct talk t;
    const struct event_record *e;
    size_t last;

    (void)state;
    begin(&t, only_pgsql, NULL);
    say(&t, "!\n");
    say(&t, "b " PERHAPS "\n");
    last = t.frames.count - 1;
    fixture_feed(&t.f, &t.frames);
    e = threat_of(&t);
    assert_int_equal(e->verdict, VERDICT_PASS);
    assert_string_equal(e->text,
                        "SQL injection, PostgreSQL: a condition of constants: AND 4711=4711");
    assert_true(fixture_passed(&t.f, last));
    frame_list_free(&t.frames);
    end(&t);
}

static void switch_off(struct snapshot *s)
{
    snapshot_unset_threat(s, THREAT_SQL_INJECTION);
}

static void may_be_switched_off(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, only_mysql, switch_off);
    say(&t, "!\nb " ATTACK "\nB " ATTACK "\n");
    fixture_feed(&t.f, &t.frames);
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 0);
    frame_list_free(&t.frames);
    end(&t);
}

static void little_memory(struct snapshot *s)
{
    s->limits.app_bytes = 2048;
}

/* A statement that does not fit is read as far as it was kept, and the session goes on. */
static void without_memory(void **state)
{
    static char text[8000];
    struct talk t;

    (void)state;
    memset(text, ' ', sizeof text - 1);
    memcpy(text, "!\np 7932\n", 9); /* up to the line at the end */
    memcpy(text + 9, QUIET, sizeof QUIET - 1);
    memcpy(text + sizeof text - 60, "\nb " ATTACK "\n", sizeof "\nb " ATTACK "\n" - 1);
    begin(&t, only_pgsql, little_memory);
    say(&t, text);
    fixture_feed(&t.f, &t.frames);
    assert_int_equal(fixture_threats(&t.f, THREAT_SQL_INJECTION), 1);
    frame_list_free(&t.frames);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_ones_are_read),
        cmocka_unit_test(pieces_are_put_together),
        cmocka_unit_test(said_before_it_is_known_whose_it_is),
        cmocka_unit_test(every_database_is_asked),
        cmocka_unit_test(each_in_its_own_tongue),
        cmocka_unit_test(answers_are_not_questions),
        cmocka_unit_test(what_is_sure_is_stopped),
        cmocka_unit_test(what_may_be_is_told),
        cmocka_unit_test(may_be_switched_off),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
