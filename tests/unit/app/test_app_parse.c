/* SPDX-License-Identifier: Apache-2.0
 *
 * What a parser may ask of the engine: buffers, memory, names, notes, sessions to come. The parser
 * here does what the stream tells it to, one letter and a line at a time:
 *
 *     b TEXT   a buffer         p N      pass the N bytes behind the line
 *     i        an inner label   a        another name        s   a product
 *     n VALUE  a note           r WHO    a refusal           t   a transaction
 *     m N      memory           e N      announce port N     E N   the same, opened by the server
 *     u N      to a successor, with N         !   it is mine          A   a note of the ends
 *     M N      a message        x        an attack                    w N wake after N seconds
 */
#include "engine_fixture.h"
#include "tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 64

struct told {
    uint8_t *memory;
    size_t n;
    bool matched;
};

static const struct parser successor;

static uint64_t number(struct span text)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n = n * 10 + (unsigned)(text.p[i] - '0');
    return n;
}

static void announce(struct parse *p, enum dir opener, uint64_t port)
{
    parse_expect(p, &(struct announce){.parser = &successor,
                                       .app = APP_FTP_DATA,
                                       .opener = opener,
                                       .transport = OVER_TCP,
                                       .port = (uint16_t)port,
                                       .port_of = opener == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT,
                                       .seconds = 30});
}

static void take_memory(struct parse *p, struct told *t, size_t n)
{
    uint8_t *more = parse_resize(p, t->memory, n);

    if (more == NULL)
        return;
    for (size_t i = 0; i < t->n && i < n; i++)
        assert_int_equal(more[i], 0x5a);
    memset(more, 0x5a, n);
    t->memory = more;
    t->n = n;
}

static void note_ends(struct parse *p)
{
    struct ipaddr client = parse_addr(p, DIR_CLIENT), server = parse_addr(p, DIR_SERVER);
    char text[2 * IPADDR_TEXT + 1];
    size_t n = ipaddr_text(&client, text);

    text[n++] = ' ';
    n += ipaddr_text(&server, text + n);
    parse_note_value(p, "ends", span_of(text, n));
}

/* True: the cursor is stale. */
static bool obey(struct parse *p, struct told *t, char letter, struct span value)
{
    switch (letter) {
    case 'b':
        parse_buffer(p, BUFFER_SQL, BUFFER_WHOLE, value);
        break;
    case 'p':
        parse_pass(p, number(value), BUFFER_BODY, BUFFER_WHOLE);
        return true;
    case 'i':
        parse_inner(p, APP_GRPC);
        break;
    case 'a':
        parse_app(p, APP_MDNS);
        break;
    case 's':
        parse_product(p, PRODUCT_NGINX);
        break;
    case 'n':
        parse_note_value(p, "odd", value);
        break;
    case 'r':
        parse_refused(p, "no", value);
        break;
    case 't':
        parse_tx(p, TX_REQUEST);
        parse_tx(p, TX_DONE);
        break;
    case 'm':
        take_memory(p, t, (size_t)number(value));
        break;
    case 'e':
        announce(p, DIR_CLIENT, number(value));
        break;
    case 'E':
        announce(p, DIR_SERVER, number(value));
        break;
    case 'A':
        note_ends(p);
        break;
    case 'M':
        parse_message(p, number(value));
        break;
    case 'x':
        parse_threat(p, value.n ? THREAT_HTTP_SLOW : THREAT_STRUTS, "attack");
        break;
    case 'w':
        parse_wake(p, (unsigned)number(value));
        break;
    case 'u':
        parse_upgrade_with(p, &successor, number(value));
        break;
    case '!':
        t->matched = true;
        break;
    default:
        fail_msg("letter %c", letter);
    }
    return false;
}

static enum parse_result told_parse(struct parse *p, struct cursor *in)
{
    struct told *t = p->state;

    while (in->pos < in->end) {
        struct span line = cur_line(in, MOST);
        char letter;

        if (in->state != CUR_OK)
            break;
        letter = (char)line.p[0];
        parse_commit(p, in);
        if (obey(p, t, letter, span_from(line, line.n > 1 ? 2 : 1)))
            break;
        if (letter == 'u')
            return PARSE_DONE;
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return t->matched ? PARSE_MATCH : PARSE_MORE;
}

static void closes(struct parse *p)
{
    const struct told *t = p->state;

    if (t->n)
        parse_note(p, "closed");
}

static void wakes(struct parse *p)
{
    parse_note(p, "awake");
}

/* Also obeys, but never says that it is its own. */
static enum parse_result rival_parse(struct parse *p, struct cursor *in)
{
    (void)told_parse(p, in);
    return PARSE_MORE;
}

static enum parse_result successor_parse(struct parse *p, struct cursor *in)
{
    size_t n = cur_left(in);

    if (p->agreed && p->dir == DIR_CLIENT)
        parse_note(p, p->agreed == UINT64_C(5000000000) ? "agreed" : "misheard");
    parse_commit(p, in);
    parse_pass(p, n, BUFFER_BODY, BUFFER_WHOLE);
    return PARSE_MATCH;
}

static bool any_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT && first.p[0] > ' ';
}

#define PARSER(label, name_of, function)                                                           \
    static const struct parser label = {                                                           \
        .name = #label,                                                                            \
        .app = name_of,                                                                            \
        .transports = OVER_TCP,                                                                    \
        .first = EITHER_FIRST,                                                                     \
        .state_size = sizeof(struct told),                                                         \
        .max_pending = 4096,                                                                       \
        .probe = any_probe,                                                                        \
        .parse = function,                                                                         \
        .tick = wakes,                                                                             \
        .close = closes,                                                                           \
    }

PARSER(told, APP_DNS, told_parse);
PARSER(rival, APP_REDIS, rival_parse);
PARSER(successor, APP_WEBSOCKET, successor_parse);

static const struct parser *const alone[] = {&told, NULL};
static const struct parser *const racing[] = {&rival, &told, NULL};

/* ---- one session ---- */

struct talk {
    struct engine_fixture f;
    struct frame_list frames;
    struct tcp_script s;
    size_t frames_fed;
};

static void feed(struct talk *t)
{
    t->frames_fed += t->frames.count;
    fixture_feed(&t->f, &t->frames);
    frame_list_free(&t->frames);
}

static void begin(struct talk *t, const struct parser *const *table,
                  void (*adjust)(struct snapshot *))
{
    memset(t, 0, sizeof *t);
    fixture_open(&t->f, &(struct fixture_options){.parsers = table,
                                                  .mode = ENGINE_INLINE,
                                                  .wants_tx = true,
                                                  .wants_buffers = true,
                                                  .adjust = adjust});
    tcp_script_init(&t->s, &t->frames);
    tcp_open(&t->s);
    feed(t);
}

static void say_by(struct talk *t, enum dir from, const char *text, size_t piece)
{
    struct span left = span_text(text);

    while (left.n) {
        struct span part = span_first(left, piece);

        tcp_send(&t->s, from, part);
        left = span_from(left, part.n);
    }
    tcp_ack(&t->s, 1 - from);
    feed(t);
}

static void say(struct talk *t, const char *text)
{
    say_by(t, DIR_CLIENT, text, 1000);
}

static size_t app_bytes(const struct talk *t)
{
    struct engine_usage u;

    engine_usage(t->f.engine, &u);
    return u.app_bytes;
}

static void end(struct talk *t)
{
    fixture_close(&t->f);
}

static void flush(struct talk *t)
{
    fixture_flush(&t->f);
    assert_int_equal(app_bytes(t), 0);
}

static void expect_buffer(const struct talk *t, size_t i, enum buffer kind, const char *text)
{
    const struct buffer_record *b = &t->f.buffers[i];

    assert_true(i < t->f.buffer_count);
    assert_int_equal(b->buffer, kind);
    assert_true(span_equal(span_of(b->bytes, b->n), span_text(text)));
    assert_true(b->ended);
}

static const struct session_record *flow(const struct talk *t, size_t i)
{
    const struct event_record *e = fixture_event(&t->f, EVENT_FLOW, i);

    assert_non_null(e);
    return &e->session;
}

/* ---- buffers ---- */

static const char story[] = "b select\np 10\n0123456789b more\np 3\nabc!\np 5\nvwxyzb last\n";

static void expect_story(const struct talk *t)
{
    assert_int_equal(t->f.buffer_count, 6);
    expect_buffer(t, 0, BUFFER_SQL, "select");
    expect_buffer(t, 1, BUFFER_BODY, "0123456789");
    expect_buffer(t, 2, BUFFER_SQL, "more");
    expect_buffer(t, 3, BUFFER_BODY, "abc");
    expect_buffer(t, 4, BUFFER_BODY, "vwxyz");
    expect_buffer(t, 5, BUFFER_SQL, "last");
}

static void buffers_are_handed_on_in_any_cut(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof story; piece++)
        for (int rivals = 0; rivals < 2; rivals++) {
            struct talk t;

            begin(&t, rivals ? racing : alone, NULL);
            say_by(&t, DIR_CLIENT, story, piece);
            flush(&t);
            expect_story(&t);
            end(&t);
        }
}

static void buffers_wait_for_the_decision(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "b one\np 4\nab");
    say(&t, "cdb two\n");
    assert_int_equal(t.f.buffer_count, 0);
    say(&t, "!\n");
    assert_int_equal(t.f.buffer_count, 3);
    expect_buffer(&t, 1, BUFFER_BODY, "abcd");
    end(&t);
}

static void an_undecided_session_has_no_buffers(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "b one\n");
    flush(&t);
    assert_int_equal(t.f.buffer_count, 0);
    end(&t);
}

static void buffers_name_their_message(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "M 7\nb one\np 4\nab");
    say(&t, "cdM 9\nb two\n!\nM 11\nb three\np 2\nxy");
    assert_int_equal(t.f.buffer_count, 5);
    assert_int_equal(t.f.buffers[0].message, 7);
    assert_int_equal(t.f.buffers[1].message, 7);
    assert_int_equal(t.f.buffers[2].message, 9);
    assert_int_equal(t.f.buffers[3].message, 11);
    assert_int_equal(t.f.buffers[4].message, 11);
    end(&t);
}

static void lost_bytes_shorten_a_buffer(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, NULL);
    say(&t, "!\np 10\n012");
    tcp_advance(&t.s, DIR_CLIENT, 4);
    say(&t, "789b on\n");
    fixture_tick(&t.f, t.f.now_us + 60 * UINT64_C(1000000));
    flush(&t);
    assert_int_equal(t.f.buffer_count, 2);
    expect_buffer(&t, 0, BUFFER_BODY, "012789");
    expect_buffer(&t, 1, BUFFER_SQL, "on");
    end(&t);
}

/* ---- memory ---- */

static void little_memory(struct snapshot *s)
{
    s->limits.app_bytes = 1 << 16;
}

static void memory_grows_and_is_freed_with_the_session(void **state)
{
    struct talk t;
    size_t before;

    (void)state;
    begin(&t, alone, NULL);
    say(&t, "!\n");
    before = app_bytes(&t);
    say(&t, "m 100\nm 50\nm 5000\n");
    assert_true(app_bytes(&t) >= before + 5000);
    flush(&t);
    end(&t);
}

static void memory_has_a_budget(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, little_memory);
    say(&t, "!\nm 100\nm 70000\nm 200\n");
    assert_true(app_bytes(&t) < 1 << 16);
    assert_true(fixture_counter(&t.f, COUNTER_APP_BUDGET) > 0);
    flush(&t);
    end(&t);
}

/* ---- names ---- */

static void labels_stand_from_the_outside_in(void **state)
{
    /* before the decision, after it, with a name that changes on the way */
    static const char *const ways[] = {"a\ni\ns\n!\n", "!\na\ni\ns\n", "i\n!\ni\na\ns\n"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct talk t;

        begin(&t, alone, NULL);
        say(&t, ways[i]);
        flush(&t);
        assert_int_equal(flow(&t, 0)->label_count, 2);
        assert_int_equal(flow(&t, 0)->labels[0], APP_MDNS);
        assert_int_equal(flow(&t, 0)->labels[1], APP_GRPC);
        assert_int_equal(flow(&t, 0)->app, APP_GRPC);
        assert_int_equal(flow(&t, 0)->product, PRODUCT_NGINX);
        end(&t);
    }
}

static void a_known_successor_needs_no_race(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "!\ni\nu\nthe rest");
    say_by(&t, DIR_SERVER, "answers", 3);
    flush(&t);
    assert_int_equal(flow(&t, 0)->label_count, 3);
    assert_int_equal(flow(&t, 0)->labels[2], APP_WEBSOCKET);
    assert_int_equal(t.f.buffer_count, 4);
    expect_buffer(&t, 0, BUFFER_BODY, "the rest");
    expect_buffer(&t, 3, BUFFER_BODY, "s");
    end(&t);
}

/* ---- notes ---- */

static void expect_note(const struct talk *t, size_t i, const char *text)
{
    const struct event_record *e = fixture_event(&t->f, EVENT_THREAT, i);

    assert_non_null(e);
    assert_string_equal(e->text, text);
}

static void a_successor_hears_what_was_agreed(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "!\nu 5000000000\nthe rest");
    expect_note(&t, 0, "agreed");
    end(&t);
}

static void notes_name_what_decided(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "n 9.1\nr amy\n");
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 0);
    say(&t, "!\nn\nn b\002\n");
    say(&t, "A\n");
    expect_note(&t, 0, "odd: 9.1");
    expect_note(&t, 1, "no: amy");
    expect_note(&t, 2, "odd");
    expect_note(&t, 3, "odd: b\\x02");
    expect_note(&t, 4, "ends: 10.1.1.1 10.1.1.2");
    end(&t);
}

static void the_end_is_told(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "m 5\n!\n");
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 0);
    flush(&t);
    expect_note(&t, 0, "closed");
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 1);
    end(&t);
}

/* ---- attacks ---- */

static void attacks_are_told_and_stopped(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "x\n");
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 0);
    say(&t, "!\n");
    expect_note(&t, 0, "attack");
    assert_int_equal(fixture_event(&t.f, EVENT_THREAT, 0)->threat, THREAT_STRUTS);
    assert_int_equal(fixture_event(&t.f, EVENT_THREAT, 0)->verdict, VERDICT_DROP);
    assert_int_equal(t.f.fates[t.frames_fed - 2].verdict, VERDICT_DROP);
    end(&t);
}

static void an_attack_that_is_switched_off_is_a_note(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, NULL);
    say(&t, "!\nx off\n");
    expect_note(&t, 0, "attack");
    assert_int_equal(fixture_event(&t.f, EVENT_THREAT, 0)->threat, THREAT_NONE);
    assert_int_equal(t.f.fates[t.frames_fed - 2].verdict, VERDICT_PASS);
    end(&t);
}

/* ---- time ---- */

static void wait_for(struct talk *t, unsigned seconds)
{
    t->s.time_us += (uint64_t)seconds * 1000000;
    engine_tick(t->f.engine, t->s.time_us);
}

static void a_parser_is_called_when_it_is_time(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, racing, NULL);
    say(&t, "w 3\n!\n");
    wait_for(&t, 2);
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 0);
    wait_for(&t, 2);
    expect_note(&t, 0, "awake");
    wait_for(&t, 10);
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 1);
    say(&t, "w 3\nw 0\n");
    wait_for(&t, 10);
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 1);
    say(&t, "w 30\nw 2\n");
    wait_for(&t, 3);
    assert_int_equal(fixture_count(&t.f, EVENT_THREAT), 2);
    end(&t);
}

/* ---- transactions ---- */

static void only_two(struct snapshot *s)
{
    s->limits.tx_per_session = 2;
}

static void switched_off(struct snapshot *s)
{
    s->events_off[APP_DNS / 64] |= (uint64_t)1 << APP_DNS % 64;
}

static void transactions_have_a_bound_and_a_switch(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, only_two);
    say(&t, "!\nt\nt\nt\nt\n");
    flush(&t);
    assert_int_equal(fixture_count(&t.f, EVENT_TX), 2);
    assert_int_equal(fixture_counter(&t.f, COUNTER_TX_OVER), 2);
    end(&t);
    begin(&t, alone, switched_off);
    say(&t, "!\nt\nt\n");
    flush(&t);
    assert_int_equal(fixture_count(&t.f, EVENT_TX), 0);
    end(&t);
}

/* ---- sessions to come ---- */

/* One end opens a connection to a port of the other. */
static void connect_to(struct talk *t, enum dir opener, uint16_t port, const char *text)
{
    struct tcp_script s;

    tcp_script_init(&s, &t->frames);
    s.time_us = t->s.time_us;
    if (opener == DIR_SERVER) {
        const char *addr = s.ends[0].addr;

        s.ends[0].addr = s.ends[1].addr;
        s.ends[1].addr = addr;
    }
    s.ends[0].port = (uint16_t)(50000 + t->frames_fed);
    s.ends[1].port = port;
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, span_text(text));
    tcp_close(&s, DIR_CLIENT);
    t->s.time_us = s.time_us;
    feed(t);
}

static enum app app_of_port(const struct talk *t, uint16_t port)
{
    for (size_t i = 0; i < t->f.event_count; i++)
        if (t->f.events[i].type == EVENT_FLOW && t->f.events[i].session.server.port == port)
            return t->f.events[i].session.app;
    fail_msg("no session to port %u", port);
    return APP_UNKNOWN;
}

static void a_session_is_announced(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, NULL);
    say(&t, "!\ne 2021\nE 2022\n");
    connect_to(&t, DIR_CLIENT, 2021, "file");
    connect_to(&t, DIR_SERVER, 2022, "other");
    connect_to(&t, DIR_CLIENT, 2023, "told\n");
    connect_to(&t, DIR_SERVER, 2021, "no\n");
    flush(&t);
    assert_int_equal(app_of_port(&t, 2021), APP_FTP_DATA);
    assert_int_equal(app_of_port(&t, 2022), APP_FTP_DATA);
    assert_int_equal(app_of_port(&t, 2023), APP_UNKNOWN);
    assert_int_equal(fixture_counter(&t.f, COUNTER_EXPECTED), 2);
    assert_int_equal(t.f.buffer_count, 2);
    expect_buffer(&t, 0, BUFFER_BODY, "file");
    end(&t);
}

static void an_announcement_ends(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, NULL);
    say(&t, "!\ne 2021\n");
    tcp_wait(&t.s, 40000);
    connect_to(&t, DIR_CLIENT, 2021, "told\n");
    flush(&t);
    assert_int_equal(app_of_port(&t, 2021), APP_UNKNOWN);
    end(&t);
}

static void an_announcement_serves_once(void **state)
{
    struct talk t;

    (void)state;
    begin(&t, alone, NULL);
    say(&t, "!\ne 2021\n");
    connect_to(&t, DIR_CLIENT, 2021, "file");
    connect_to(&t, DIR_CLIENT, 2021, "told\n");
    flush(&t);
    assert_int_equal(fixture_counter(&t.f, COUNTER_EXPECTED), 1);
    assert_int_equal(fixture_count(&t.f, EVENT_FLOW), 3);
    assert_int_equal(t.f.buffer_count, 1);
    end(&t);
}

/* ---- more candidates than can be tried ---- */

static bool long_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT && (first.n < 3 || first.p[2] == '!');
}

#define CROWD_OF 40

/* The first byte fits all of them, the third tells. */
static void too_few_bytes_wait(void **state)
{
    static struct parser crowd[CROWD_OF];
    const struct parser *table[CROWD_OF + 2] = {0};
    struct talk t;

    (void)state;
    for (int i = 0; i < CROWD_OF; i++) {
        crowd[i] = rival;
        crowd[i].probe = long_probe;
        table[i] = &crowd[i];
    }
    table[CROWD_OF] = &told;
    begin(&t, table, NULL);
    say_by(&t, DIR_CLIENT, "i\n", 1);
    assert_int_equal(fixture_counter(&t.f, COUNTER_APP_CANDIDATES), 0);
    say_by(&t, DIR_CLIENT, "s\n!\n", 1);
    assert_int_equal(fixture_counter(&t.f, COUNTER_APP_CANDIDATES), 1);
    flush(&t);
    assert_int_equal(flow(&t, 0)->app, APP_GRPC);
    assert_int_equal(flow(&t, 0)->product, PRODUCT_NGINX);
    end(&t);

    /* The answer comes first, or nothing more: they have to do. */
    begin(&t, table, NULL);
    say(&t, "i");
    say_by(&t, DIR_SERVER, "?", 1);
    assert_true(fixture_counter(&t.f, COUNTER_APP_CANDIDATES) > 0);
    flush(&t);
    end(&t);
    begin(&t, table, NULL);
    say(&t, "i");
    fixture_tick(&t.f, t.s.time_us + 12 * UINT64_C(1000000));
    assert_int_equal(fixture_counter(&t.f, COUNTER_APP_UNKNOWN), 1);
    flush(&t);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_are_handed_on_in_any_cut),
        cmocka_unit_test(buffers_wait_for_the_decision),
        cmocka_unit_test(an_undecided_session_has_no_buffers),
        cmocka_unit_test(buffers_name_their_message),
        cmocka_unit_test(lost_bytes_shorten_a_buffer),
        cmocka_unit_test(memory_grows_and_is_freed_with_the_session),
        cmocka_unit_test(memory_has_a_budget),
        cmocka_unit_test(labels_stand_from_the_outside_in),
        cmocka_unit_test(a_known_successor_needs_no_race),
        cmocka_unit_test(a_successor_hears_what_was_agreed),
        cmocka_unit_test(notes_name_what_decided),
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(attacks_are_told_and_stopped),
        cmocka_unit_test(an_attack_that_is_switched_off_is_a_note),
        cmocka_unit_test(a_parser_is_called_when_it_is_time),
        cmocka_unit_test(transactions_have_a_bound_and_a_switch),
        cmocka_unit_test(a_session_is_announced),
        cmocka_unit_test(an_announcement_ends),
        cmocka_unit_test(an_announcement_serves_once),
        cmocka_unit_test(too_few_bytes_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
