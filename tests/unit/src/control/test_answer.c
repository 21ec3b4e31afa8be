/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that all workers have a part in: sums, lists in parts, ends of sessions; those who do not
 * read, those who ask too much, and those whom nobody can answer.
 */
#include "control/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker_bench.h"

enum {
    KIND_LIST = 2,
    KIND_COUNT = 3,
    KIND_COUNTERS = 4,
    KIND_METERS = 5,
    KIND_MAC_STATS = 8,
    KIND_DEVICE_STATS = 9,
    ENTRY = 140,
    ENTRIES_MOST = 58,
    UDP_EACH = 700, /* sessions of each worker: more than are found at a time */
    IPV6_EACH = 70,
    SESSIONS_ALL = BENCH_WORKERS * (UDP_EACH + IPV6_EACH),
};

static char folder[40], path[64], asker_path[64], other_path[64];

struct bench {
    struct worker_bench w;
    struct server *server;
    struct answers *answers;
    int asker;
    uint64_t now_ms;
    uint8_t bytes[8192 + 1];
};

static void bench_open(struct bench *b)
{
    struct answer_source source = {0};
    struct err err = {0};

    *b = (struct bench){.now_ms = 1000};
    worker_bench_open(&b->w);
    b->server = server_new(path, &err);
    assert_non_null(b->server);
    b->answers = answers_new(b->server, b->w.workers, BENCH_WORKERS, &source);
    assert_non_null(b->answers);
    b->asker = bench_socket(asker_path);
}

static void bench_close(struct bench *b)
{
    worker_bench_close(&b->w); /* tells the questions that wait */
    answers_free(b->answers);
    server_free(b->server);
    close(b->asker);
}

static struct peer peer_at(const char *name)
{
    struct peer p = {.address = {.sun_family = AF_UNIX}, .size = sizeof p.address};

    snprintf(p.address.sun_path, sizeof p.address.sun_path, "%s", name);
    return p;
}

static void ask(struct bench *b, enum control_question q, const uint32_t *zones, size_t count)
{
    struct peer to = peer_at(asker_path);

    answers_ask(b->answers, &to, q, zones, count, b->now_ms);
}

static void turn(struct bench *b)
{
    (void)server_retry(b->server, b->now_ms);
    (void)answers_go_on(b->answers, b->now_ms);
    worker_bench_wait(&b->w);
}

/* The next datagram in b->bytes; its length is demanded of its header. 0: none comes. */
static size_t hear(struct bench *b, int fd)
{
    for (int turns = 0; turns < BENCH_PATIENCE_MS; turns++) {
        ssize_t n = recv(fd, b->bytes, sizeof b->bytes, 0);

        if (n >= 4) {
            assert_int_equal(wire16(b->bytes + 2), n);
            return (size_t)n;
        }
        turn(b);
    }
    return 0;
}

/* The next has this kind and is the last of its answer. */
static void hear_one(struct bench *b, int fd, unsigned kind, size_t length)
{
    assert_int_equal(hear(b, fd), length);
    assert_int_equal(b->bytes[0], kind);
    assert_int_equal(b->bytes[1], 0);
}

static void datagrams(struct bench *b, size_t worker, const char *client, const char *server,
                      size_t count)
{
    struct frame_list frames = {0};
    struct packet_builder *p = malloc(sizeof *p);

    assert_non_null(p);
    for (size_t i = 0; i < count; i++) {
        build_begin(p);
        build_ethernet(p);
        build_ip(p, client, server);
        build_udp(p, (uint16_t)(20000 + 10000 * worker + i), 5000);
        build_bytes(p, "hello", 5);
        build_add(p, &frames, 0);
    }
    worker_bench_feed(&b->w, worker, &frames);
    frame_list_free(&frames);
    free(p);
}

static void some_sessions(struct bench *b, size_t udp, size_t ipv6)
{
    for (size_t i = 0; i < BENCH_WORKERS; i++) {
        datagrams(b, i, "10.1.1.1", i ? "10.1.1.3" : "10.1.1.2", udp);
        datagrams(b, i, "2001:db8::1", "2001:db8::2", ipv6);
    }
}

static void assert_counts(struct bench *b, unsigned all, unsigned tcp, unsigned udp, unsigned icmp)
{
    ask(b, QUESTION_COUNT_SESSIONS, NULL, 0);
    hear_one(b, b->asker, KIND_COUNT, 24);
    assert_int_equal(wire32(b->bytes + 4), all);
    assert_int_equal(wire32(b->bytes + 8), tcp);
    assert_int_equal(wire32(b->bytes + 12), udp);
    assert_int_equal(wire32(b->bytes + 16), icmp);
    assert_int_equal(wire32(b->bytes + 20), 0);
}

static void sums_over_workers(void **state)
{
    struct frame_list frames = {0};
    struct packet_builder *p = malloc(sizeof *p);
    struct tcp_script t;
    struct bench b;

    (void)state;
    assert_non_null(p);
    bench_open(&b);
    assert_counts(&b, 0, 0, 0, 0);
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    build_begin(p);
    build_ethernet(p);
    build_ip(p, "10.1.1.1", "10.1.1.2");
    build_icmp(p, 8, 0, 0x00010001);
    build_add(p, &frames, 0);
    worker_bench_feed(&b.w, 1, &frames);
    datagrams(&b, 0, "10.1.1.1", "10.1.1.2", 3);
    datagrams(&b, 1, "10.1.1.1", "10.1.1.2", 2);
    assert_counts(&b, 7, 1, 5, 1);
    frame_list_free(&frames);
    free(p);
    bench_close(&b);
}

/* Sessions in, now and all, of one workload, of two, of all, and of nobody. */
static void statistics(void **state)
{
    static const uint32_t zones[] = {1, 2};
    static const struct {
        size_t count; /* of the zones */
        enum control_question question;
        unsigned sessions;
    } rows[] = {
        {0, QUESTION_MAC_STATS, 0},
        {1, QUESTION_MAC_STATS, 3},
        {2, QUESTION_MAC_STATS, 6},
        {0, QUESTION_DEVICE_STATS, 6},
    };
    struct bench b;

    (void)state;
    bench_open(&b);
    some_sessions(&b, 3, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ask(&b, rows[i].question, zones, rows[i].count);
        hear_one(&b, b.asker,
                 rows[i].question == QUESTION_MAC_STATS ? KIND_MAC_STATS : KIND_DEVICE_STATS, 180);
        assert_int_equal(wire32(b.bytes + 4), 5);
        assert_int_equal(wire32(b.bytes + 8), 0);
        assert_int_equal(wire32(b.bytes + 12), rows[i].sessions); /* in */
        assert_int_equal(wire32(b.bytes + 16), 0);                /* out */
        assert_int_equal(wire32(b.bytes + 20), rows[i].sessions); /* in, now */
        assert_int_equal(wire32(b.bytes + 28), 0);                /* packets in */
        assert_int_equal(wire32(b.bytes + 32), rows[i].sessions);
    }
    bench_close(&b);
}

/* At once, without a worker. */
static void without_workers(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, QUESTION_COUNTERS, NULL, 0);
    assert_int_equal(recv(b.asker, b.bytes, sizeof b.bytes, 0), 572);
    assert_int_equal(b.bytes[0], KIND_COUNTERS);
    bench_close(&b);
}

/* So many peers ask for a connection with the first workload. */
static void peers(struct bench *b, size_t worker, unsigned count)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    char from[32];

    for (unsigned i = 0; i < count; i++) {
        snprintf(from, sizeof from, "10.9.%u.%u", i / 250, i % 250 + 1);
        tcp_script_init(&s, &frames);
        s.ends[DIR_CLIENT].addr = from;
        tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    }
    worker_bench_feed(&b->w, worker, &frames);
    frame_list_free(&frames);
}

/* Few meters: each in its own message, the way the agent reads them. Many share some. */
static void meters(void **state)
{
    static const uint8_t nobody[16];
    static const struct {
        unsigned peers;
        size_t most;
    } cases[] = {{0, 0}, {2, 1}, {400, 186}};
    struct bench b;

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        size_t meters = 0, of_all = 0, n;

        bench_open(&b);
        if (cases[c].peers > 0)
            peers(&b, 1, cases[c].peers);
        ask(&b, QUESTION_LIST_METERS, NULL, 0);
        for (;;) {
            size_t length = hear(&b, b.asker);

            assert_int_equal(b.bytes[0], KIND_METERS);
            n = wire16(b.bytes + 4);
            assert_int_equal(length, 8 + 44 * n);
            assert_true(n <= cases[c].most);
            if (b.bytes[1] == 0)
                break;
            for (size_t i = 0; i < n; i++, meters++) {
                const uint8_t *e = b.bytes + 8 + 44 * i;
                bool all = memcmp(e + 16, nobody, 16) == 0;

                of_all += all;
                assert_memory_equal(e, ((const uint8_t[]){2, 0, 0, 0, 0, 1, 0, 8}), 8);
                assert_int_equal(wire32(e + 8), all ? cases[c].peers : 1);
                assert_int_equal(wire32(e + 32), all ? 0x00000500 : 0x00010500);
                assert_int_equal(wire32(e + 36), all ? 4000 : 800);
                assert_int_equal(wire32(e + 40), all ? 3000 : 600);
            }
        }
        assert_int_equal(n, 0);
        assert_int_equal(meters, cases[c].peers > 0 ? cases[c].peers + 1 : 0);
        assert_int_equal(of_all, cases[c].peers > 0);
        bench_close(&b);
    }
}

struct listed {
    size_t count, ipv6;
    uint32_t ids[SESSIONS_ALL];
};

/* One part more. False: it was the last. */
static bool take_part(struct bench *b, struct listed *l)
{
    size_t n, length = hear(b, b->asker);

    assert_true(length >= 8);
    assert_int_equal(b->bytes[0], KIND_LIST);
    n = wire16(b->bytes + 4);
    assert_int_equal(wire16(b->bytes + 6), 0);
    assert_int_equal(length, 8 + ENTRY * n);
    if (b->bytes[1] == 0) {
        assert_int_equal(n, 0);
        return false;
    }
    assert_int_equal(b->bytes[1], 1);
    assert_in_range(n, 1, ENTRIES_MOST);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *e = b->bytes + 8 + ENTRY * i;
        bool six = wire16(e + 10) == 0x86dd;

        assert_true(six || l->ipv6 == 0); /* IPv4 first */
        assert_in_range(l->count, 0, SESSIONS_ALL - 1);
        l->ipv6 += six;
        l->ids[l->count++] = wire32(e);
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void lists_have_parts(void **state)
{
    struct listed *l = calloc(1, sizeof *l);
    struct bench b;

    (void)state;
    assert_non_null(l);
    bench_open(&b);
    ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    assert_false(take_part(&b, l)); /* nothing: only the end */
    some_sessions(&b, UDP_EACH, IPV6_EACH);
    ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    while (take_part(&b, l))
        ;
    assert_int_equal(l->count, SESSIONS_ALL);
    assert_int_equal(l->ipv6, BENCH_WORKERS * IPV6_EACH);
    qsort(l->ids, l->count, sizeof l->ids[0], by_number);
    for (size_t i = 1; i < l->count; i++)
        assert_true(l->ids[i - 1] < l->ids[i]);
    free(l);
    bench_close(&b);
}

static void cleared(void **state)
{
    struct listed *l = calloc(1, sizeof *l);
    struct bench b;

    (void)state;
    assert_non_null(l);
    bench_open(&b);
    some_sessions(&b, 3, 0);
    ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    while (take_part(&b, l))
        ;
    answers_clear(b.answers, 0x0ffffff0, b.now_ms); /* there is none of that number */
    answers_clear(b.answers, l->ids[0], b.now_ms);
    answers_clear(b.answers, l->ids[l->count - 1], b.now_ms);
    for (int i = 0; i < 100; i++)
        turn(&b);
    assert_counts(&b, 4, 0, 4, 0);
    answers_clear(b.answers, 0, b.now_ms);
    for (int i = 0; i < 100; i++)
        turn(&b);
    assert_counts(&b, 0, 0, 0, 0);
    free(l);
    bench_close(&b);
}

/* It gets what fits and then nothing; the other one is answered, and it is after a while itself. */
static void who_does_not_read(void **state)
{
    struct peer other = peer_at(other_path);
    struct listed *l = calloc(1, sizeof *l);
    int fd = bench_socket(other_path), waits = 0;
    struct bench b;

    (void)state;
    assert_non_null(l);
    bench_open(&b);
    some_sessions(&b, UDP_EACH, IPV6_EACH);
    ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    for (int i = 0; i < 200 && !waits; i++) {
        waits = answers_go_on(b.answers, b.now_ms);
        worker_bench_wait(&b.w);
    }
    assert_true(waits);
    answers_ask(b.answers, &other, QUESTION_COUNT_SESSIONS, NULL, 0, b.now_ms);
    hear_one(&b, fd, KIND_COUNT, 24);
    assert_int_equal(wire32(b.bytes + 4), SESSIONS_ALL);
    b.now_ms += ANSWER_STALL_MS + 1;
    for (int i = 0; i < 200; i++)
        turn(&b);
    assert_false(answers_go_on(b.answers, b.now_ms)); /* given up */
    b.now_ms += SERVER_ANSWER_MS;                     /* and so is the part that waited */
    assert_false(server_retry(b.server, b.now_ms));
    while (recv(b.asker, b.bytes, sizeof b.bytes, 0) > 0)
        assert_int_equal(b.bytes[1], 1); /* no end: what came is not all */
    ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    while (take_part(&b, l))
        ;
    assert_int_equal(l->count, SESSIONS_ALL);
    close(fd);
    free(l);
    bench_close(&b);
}

static void so_many_at_a_time(void **state)
{
    struct peer other = peer_at(other_path);
    int fd = bench_socket(other_path);
    struct bench b;

    (void)state;
    bench_open(&b);
    some_sessions(&b, UDP_EACH, 0);
    for (int i = 0; i < ANSWERS_MOST + 5; i++)
        ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    for (int i = 0; i < 200; i++)
        turn(&b);
    answers_ask(b.answers, &other, QUESTION_COUNT_SESSIONS, NULL, 0, b.now_ms);
    for (int i = 0; i < 50; i++)
        turn(&b);
    assert_int_equal(recv(fd, b.bytes, sizeof b.bytes, 0), -1); /* at once or not at all */
    b.now_ms += ANSWER_STALL_MS + 1;
    for (int i = 0; i < 500; i++)
        turn(&b);
    answers_ask(b.answers, &other, QUESTION_COUNT_SESSIONS, NULL, 0, b.now_ms);
    hear_one(&b, fd, KIND_COUNT, 24); /* there is room again */
    close(fd);
    bench_close(&b);
}

static void nobody_can_be_answered(void **state)
{
    static const struct peer nobody;
    struct bench b;

    (void)state;
    bench_open(&b);
    for (int i = 0; i < 2 * ANSWERS_MOST; i++)
        for (int q = 0; q < QUESTION_CLEAR; q++)
            answers_ask(b.answers, &nobody, (enum control_question)q, NULL, 0, b.now_ms);
    assert_counts(&b, 0, 0, 0, 0); /* they take no room */
    bench_close(&b);
}

static void the_end_in_the_middle(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    some_sessions(&b, UDP_EACH, IPV6_EACH);
    ask(&b, QUESTION_LIST_SESSIONS, NULL, 0);
    ask(&b, QUESTION_COUNT_SESSIONS, NULL, 0);
    bench_close(&b); /* nothing is lost, nothing is waited for */
}

static int enter(void **state)
{
    (void)state;
    rcu_thread_enter();
    rcu_reader_offline();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    rcu_reader_online();
    rcu_thread_leave();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_over_workers),      cmocka_unit_test(statistics),
        cmocka_unit_test(without_workers),        cmocka_unit_test(meters),
        cmocka_unit_test(lists_have_parts),       cmocka_unit_test(cleared),
        cmocka_unit_test(who_does_not_read),      cmocka_unit_test(so_many_at_a_time),
        cmocka_unit_test(nobody_can_be_answered), cmocka_unit_test(the_end_in_the_middle),
    };
    int failed;

    snprintf(folder, sizeof folder, "/tmp/sluice-answer-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/d", folder);
    snprintf(asker_path, sizeof asker_path, "%s/a", folder);
    snprintf(other_path, sizeof other_path, "%s/b", folder);
    failed = cmocka_run_group_tests(tests, enter, leave);
    unlink(asker_path);
    unlink(other_path);
    snprintf(path, sizeof path, "%s/d.lock", folder);
    unlink(path);
    rmdir(folder);
    return failed;
}
