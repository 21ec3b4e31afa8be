/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of ports: who is who, what adding again means, both sides of a pair or none, ports whose
 * interface goes. The kinds are ours and open nothing.
 */
#include "ports.h"

#include "base/rcu.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, WORKERS = 2 };

/* What the kinds do, and have done. */
static struct {
    unsigned opened, freed, changed;
    unsigned refuse_after; /* 0: never */
    bool quarantine;
    size_t memory; /* what the last one was given */
} kind;

struct fake {
    struct capture capture; /* first */
    _Atomic bool gone;      /* is_gone() says so */
    _Atomic bool broken;    /* receive() says so */
    _Atomic unsigned long thread;
};

static struct fake *last[PORT_CAPTURES];

static int fake_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct fake *f = (struct fake *)c;
    uint64_t rung;

    (void)frames;
    (void)n;
    assert_int_equal(read(c->fd, &rung, sizeof rung), sizeof rung);
    atomic_store(&f->thread, (unsigned long)pthread_self());
    return atomic_load(&f->broken) ? -1 : 0;
}

static void fake_decide(struct capture *c, const struct frame *frames, size_t n)
{
    (void)c;
    (void)frames;
    (void)n;
}

static bool fake_is_gone(const struct capture *c)
{
    return atomic_load(&((const struct fake *)c)->gone);
}

static void fake_free(struct capture *c)
{
    kind.freed++;
    close(c->fd);
    free(c);
}

static const struct capture_ops fake_ops = {
    .kind = "test",
    .receive = fake_receive,
    .decide = fake_decide,
    .is_gone = fake_is_gone,
    .free = fake_free,
};

static struct capture *fake_new(unsigned side)
{
    struct fake *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->capture.ops = &fake_ops;
    f->capture.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    f->capture.counts.received = 10;
    last[side] = f;
    kind.opened++;
    return &f->capture;
}

static bool open_one(const struct port_spec *spec, const struct port_means *means,
                     struct port_captures *out, struct err *err)
{
    if (kind.refuse_after > 0 && kind.opened >= kind.refuse_after)
        return err_set(err, spec->interface, "refused");
    out->spread = spec->spread;
    for (size_t i = 0; i < (spec->spread ? means->workers : 1); i++) {
        out->list[out->count] = fake_new((unsigned)out->count);
        out->list[out->count]->memory = kind.memory = means->memory;
        out->count++;
    }
    return true;
}

static bool open_two(const struct port_spec *spec, const struct port_means *means,
                     struct port_captures *out, struct err *err)
{
    return open_one(spec, means, out, err) && open_one(spec, means, out, err);
}

static void change(struct capture *c, const struct port_spec *spec)
{
    (void)c;
    kind.changed++;
    kind.quarantine = spec->quarantine;
}

static const struct port_backend kinds[] = {
    [PORT_SERVICE] = {.open = open_one},
    [PORT_TAP] = {.open = open_one},
    [PORT_PAIR] = {.open = open_two, .change = change},
    [PORT_QUEUE] = {.open = open_one},
};

struct bench {
    struct snapshot *snapshot;
    struct worker *workers[WORKERS];
    struct ports *ports;
    int wake;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct engine_ops ops = {0};
    struct err err;

    memset(&kind, 0, sizeof kind);
    b->snapshot = snapshot_new();
    b->snapshot->limits.sessions = 1024;
    assert_true(snapshot_seal(b->snapshot));
    b->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    for (unsigned i = 0; i < WORKERS; i++) {
        struct worker_setup setup = {
            .cpu = CPU_ANY, .number = i, .snapshot = b->snapshot, .ops = &ops, .wake = b->wake};

        b->workers[i] = worker_start(&setup, &err);
        assert_non_null(b->workers[i]);
    }
    b->ports = ports_new(b->workers, WORKERS, kinds);
    assert_non_null(b->ports);
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < WORKERS; i++)
        worker_stop(b->workers[i]);
    ports_free(b->ports);
    assert_int_equal(kind.freed, kind.opened);
    snapshot_free(b->snapshot);
    close(b->wake);
    free(b);
    return 0;
}

static struct port_spec spec_of(enum port_kind which, const char *netns, const char *interface)
{
    struct port_spec s = {.kind = which, .mac = {2, 0, 0, 0, 0, 1}};

    snprintf(s.netns, sizeof s.netns, "%s", netns);
    snprintf(s.interface, sizeof s.interface, "%s", interface);
    if (which == PORT_PAIR)
        snprintf(s.inner, sizeof s.inner, "%s", "vin0");
    return s;
}

static struct port_spec seen;

static void count_ports(void *arg, const struct port_spec *spec, const struct capture_counts *c)
{
    unsigned *n = arg;

    assert_true(c->received % 10 == 0);
    seen = *spec;
    ++*n;
}

static unsigned ports_count(const struct bench *b)
{
    unsigned n = 0;

    ports_each(b->ports, count_ports, &n);
    return n;
}

/* Until the workers have given so many back. */
static void wait_freed(struct bench *b, unsigned freed)
{
    for (int ms = 0; kind.freed < freed && ms < PATIENCE_MS; ms++) {
        ports_reap(b->ports);
        poll(NULL, 0, 1);
    }
    assert_int_equal(kind.freed, freed);
}

static void ring(const struct fake *f)
{
    uint64_t one = 1;

    assert_int_equal(write(f->capture.fd, &one, sizeof one), sizeof one);
}

static void test_tap_again_changes_its_workload(void **state)
{
    struct port_spec spec = spec_of(PORT_TAP, "/proc/1/ns/net", "eth0");
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    spec.mac[5] = 9;
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(kind.opened, 1);
    assert_int_equal(ports_count(b), 1);
    assert_int_equal(seen.mac[5], 9);
    spec = spec_of(PORT_TAP, "/proc/1/ns/net", "lo");
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(ports_count(b), 2);
    ports_remove(b->ports, &spec);
    ports_remove(b->ports, &spec); /* not there: nothing */
    assert_int_equal(ports_count(b), 1);
    wait_freed(b, 1);
}

static void test_one_service_port(void **state)
{
    struct port_spec spec = spec_of(PORT_SERVICE, "", "vth-neuv");
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    spec = spec_of(PORT_SERVICE, "", "other");
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(kind.opened, 1);
    spec.interface[0] = '\0';
    ports_remove(b->ports, &spec);
    assert_int_equal(ports_count(b), 0);
}

static void test_what_cannot_be_opened_is_not_there(void **state)
{
    struct port_spec spec = spec_of(PORT_QUEUE, "/proc/1/ns/net", "eth0");
    struct bench *b = *state;
    struct err err;

    kind.refuse_after = 1;
    kind.opened = 1;
    assert_false(ports_add(b->ports, &spec, &err));
    assert_string_equal(err.path, "eth0");
    assert_int_equal(ports_count(b), 0);
    kind.opened = 0;
}

static void test_pair_is_told_of_quarantine(void **state)
{
    struct port_spec spec = spec_of(PORT_PAIR, "", "vex0");
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    spec.quarantine = true;
    spec.mac[5] = 9;
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(kind.opened, 2);
    assert_int_equal(kind.changed, 2);
    assert_true(kind.quarantine);
    assert_int_equal(ports_count(b), 1);
    assert_int_equal(seen.mac[5], 1); /* its workload stays */
}

static void test_half_a_pair_is_made_whole(void **state)
{
    struct port_spec spec = spec_of(PORT_PAIR, "", "vex0");
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    atomic_store(&last[1]->gone, true);
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(kind.opened, 4);
    wait_freed(b, 2);
    atomic_store(&last[0]->broken, true);
    ring(last[0]);
    wait_freed(b, 3);
    assert_int_equal(ports_count(b), 1); /* waits to be renewed */
    kind.refuse_after = 4;
    assert_false(ports_add(b->ports, &spec, &err));
    assert_int_equal(ports_count(b), 0); /* both or none */
    wait_freed(b, 4);
}

static void test_tap_that_breaks_is_let_go(void **state)
{
    struct port_spec spec = spec_of(PORT_TAP, "/proc/1/ns/net", "eth0");
    struct bench *b = *state;
    struct capture_counts sum;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    atomic_store(&last[0]->broken, true);
    ring(last[0]);
    wait_freed(b, 1);
    assert_int_equal(ports_count(b), 0);
    ports_counts(b->ports, &sum);
    assert_int_equal(sum.received, 10); /* stays in the sums */
    ports_remove(b->ports, &spec);
}

static void test_what_is_gone_unseen_is_let_go(void **state)
{
    struct port_spec spec = spec_of(PORT_TAP, "/proc/1/ns/net", "eth0");
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 1);
    atomic_store(&last[0]->gone, true);
    kind.refuse_after = 1; /* as long as it is not there */
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 0);
    wait_freed(b, 1);
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 0);
    kind.refuse_after = 0;
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 1);
    assert_int_equal(kind.opened, 2);
    ports_look_after(b->ports);
    assert_int_equal(kind.opened, 2);
    ports_remove(b->ports, &spec);
    wait_freed(b, 2);
}

static void test_namespace_that_is_left(void **state)
{
    char file[] = "/tmp/sluice-netns-XXXXXX";
    int fd = mkstemp(file);
    struct port_spec spec = spec_of(PORT_TAP, file, "eth0");
    struct bench *b = *state;
    struct err err;

    assert_true(fd >= 0);
    close(fd);
    assert_true(ports_add(b->ports, &spec, &err));
    ports_look_after(b->ports);
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 1);
    unlink(file);
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 1); /* it may come back */
    ports_look_after(b->ports);
    assert_int_equal(ports_count(b), 0);
    wait_freed(b, 1);
}

static void test_service_port_comes_back(void **state)
{
    struct port_spec spec = spec_of(PORT_SERVICE, "", "lo");
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &spec, &err));
    ports_look_after(b->ports);
    assert_int_equal(kind.opened, 1);
    atomic_store(&last[0]->broken, true);
    ring(last[0]);
    wait_freed(b, 1);
    assert_int_equal(ports_count(b), 0);
    ports_look_after(b->ports);
    assert_int_equal(kind.opened, 2);
    assert_int_equal(ports_count(b), 1);
}

static unsigned long thread_of(struct fake *f)
{
    ring(f);
    for (int ms = 0; atomic_load(&f->thread) == 0 && ms < PATIENCE_MS; ms++)
        poll(NULL, 0, 1);
    return atomic_load(&f->thread);
}

static void test_ports_are_spread(void **state)
{
    struct port_spec tap = spec_of(PORT_TAP, "/proc/1/ns/net", "eth0");
    struct port_spec pair = spec_of(PORT_PAIR, "", "vex0");
    unsigned long first, outer, inner;
    struct bench *b = *state;
    struct err err;

    assert_true(ports_add(b->ports, &tap, &err));
    first = thread_of(last[0]);
    assert_true(ports_add(b->ports, &pair, &err));
    outer = thread_of(last[0]);
    inner = thread_of(last[1]);
    assert_true(first != 0 && outer != 0);
    assert_true(first != outer);
    assert_true(outer == inner); /* both directions of a session meet */
    assert_true(last[0]->capture.device != last[1]->capture.device);
}

/* One that is every worker's; a part that breaks ends with all of it. */
static void test_a_port_of_all_workers(void **state)
{
    struct port_spec spec = spec_of(PORT_TAP, "/proc/1/ns/net", "eth0");
    struct bench *b = *state;
    struct err err;

    spec.spread = true;
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(kind.opened, WORKERS);
    assert_true(thread_of(last[0]) != thread_of(last[1]));
    assert_true(last[0]->capture.device != last[1]->capture.device);
    assert_int_equal(ports_count(b), 1);
    atomic_store(&last[0]->broken, true);
    ring(last[0]);
    wait_freed(b, 1);
    assert_int_equal(ports_count(b), 1); /* a part of it is there */
    spec.mac[5] = 9;
    assert_true(ports_add(b->ports, &spec, &err));
    assert_int_equal(kind.opened, 2 * WORKERS);
    wait_freed(b, WORKERS);
    ports_remove(b->ports, &spec);
    wait_freed(b, 2 * WORKERS);
    assert_int_equal(ports_count(b), 0);
}

/* All taps together have a bound, whoever comes late gets less, and what goes makes room. */
static void test_memory_is_shared_out(void **state)
{
    struct bench *b = *state;
    size_t sum = 0;
    struct err err;

    for (unsigned i = 0; i < 200; i++) {
        char name[16];
        struct port_spec spec;

        snprintf(name, sizeof name, "eth%u", i);
        spec = spec_of(PORT_TAP, "/proc/1/ns/net", name);
        assert_true(ports_add(b->ports, &spec, &err));
        assert_true(i > 0 || kind.memory == (size_t)16 << 20);
        sum += kind.memory;
    }
    assert_int_equal(kind.memory, 2 << 20);
    assert_true(sum <= ((size_t)256 + 200 * 2) << 20);
    for (unsigned i = 0; i < 200; i++) {
        char name[16];
        struct port_spec spec;

        snprintf(name, sizeof name, "eth%u", i);
        spec = spec_of(PORT_TAP, "/proc/1/ns/net", name);
        ports_remove(b->ports, &spec);
    }
    struct port_spec last_one = spec_of(PORT_TAP, "/proc/1/ns/net", "eth0");
    assert_true(ports_add(b->ports, &last_one, &err));
    assert_int_equal(kind.memory, 16 << 20);
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

#define PORTS_TEST(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORTS_TEST(test_tap_again_changes_its_workload),
        PORTS_TEST(test_one_service_port),
        PORTS_TEST(test_what_cannot_be_opened_is_not_there),
        PORTS_TEST(test_pair_is_told_of_quarantine),
        PORTS_TEST(test_half_a_pair_is_made_whole),
        PORTS_TEST(test_tap_that_breaks_is_let_go),
        PORTS_TEST(test_what_is_gone_unseen_is_let_go),
        PORTS_TEST(test_namespace_that_is_left),
        PORTS_TEST(test_service_port_comes_back),
        PORTS_TEST(test_ports_are_spread),
        PORTS_TEST(test_a_port_of_all_workers),
        PORTS_TEST(test_memory_is_shared_out),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
