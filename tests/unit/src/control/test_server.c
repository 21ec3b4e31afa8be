/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's socket: who may have it, what comes in and goes out, and that nothing ever waits.
 */
#include "control/server.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[40], path[64], client_path[64];

struct bench {
    struct control control;
    struct server *server;
    unsigned ports;
    uint64_t now_ms;
};

static void on_publish(void *arg, struct snapshot *s)
{
    (void)arg;
    snapshot_free(s);
}

static bool on_port_add(void *arg, const struct port_spec *spec, struct err *err)
{
    struct bench *b = arg;

    (void)spec;
    (void)err;
    b->ports++;
    return true;
}

static void on_answer(void *arg, const struct peer *to, struct span bytes)
{
    struct bench *b = arg;

    server_answer(b->server, to, bytes, b->now_ms);
}

static const struct control_ops ops = {
    .publish = on_publish, .port_add = on_port_add, .answer = on_answer};

static void bench_open(struct bench *b)
{
    struct err err = {0};

    *b = (struct bench){.now_ms = 1000};
    assert_true(control_init(&b->control, snapshot_new(), &ops, b));
    b->server = server_new(path, &err);
    assert_non_null(b->server);
}

static void bench_close(struct bench *b)
{
    server_free(b->server);
    control_fini(&b->control);
}

static int client(const char *name)
{
    struct sockaddr_un me = {.sun_family = AF_UNIX}, daemon = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int room = 1 << 20;

    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    if (name != NULL) {
        unlink(name);
        snprintf(me.sun_path, sizeof me.sun_path, "%s", name);
        assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    }
    snprintf(daemon.sun_path, sizeof daemon.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&daemon, sizeof daemon), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

static void keep_alive(int fd, unsigned number)
{
    char text[64];

    snprintf(text, sizeof text, "{\"ctrl_keep_alive\":{\"seq_num\":%u}}", number);
    say(fd, text);
}

/* The number of the next answer; -1: there is none. */
static long next_number(int fd)
{
    uint8_t bytes[8192];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0)
        return -1;
    assert_int_equal(n, 8);
    return bytes[6] << 8 | bytes[7];
}

static void answers_go_to_who_has_asked(void **state)
{
    struct bench b;
    char other_path[72];
    int one, other, nameless;

    (void)state;
    snprintf(other_path, sizeof other_path, "%s.2", client_path);
    bench_open(&b);
    one = client(client_path);
    other = client(other_path);
    nameless = client(NULL);
    keep_alive(one, 1);
    keep_alive(other, 2);
    keep_alive(nameless, 3);
    keep_alive(one, 4);
    server_receive(b.server, &b.control);
    assert_int_equal(next_number(one), 1);
    assert_int_equal(next_number(one), 4);
    assert_int_equal(next_number(one), -1);
    assert_int_equal(next_number(other), 2);
    assert_int_equal(next_number(other), -1);
    close(one);
    close(other);
    close(nameless);
    unlink(other_path);
    bench_close(&b);
}

/* Longer than any buffer the reference has. */
static void requests_of_any_length(void **state)
{
    size_t sizes[] = {8191, 8192, 65536, 200000, 600000};
    struct bench b;
    int fd;

    (void)state;
    bench_open(&b);
    fd = client(client_path);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = malloc(sizes[i] + 1);
        static const char tail[] = "\"}}";
        size_t n;

        assert_non_null(text);
        n = (size_t)sprintf(text, "{\"ctrl_add_srvc_port\":{\"iface\":\"x\",\"fill\":\"");
        memset(text + n, 'a', sizes[i] - n);
        strcpy(text + sizes[i] - strlen(tail), tail);
        assert_int_equal(send(fd, text, sizes[i], 0), sizes[i]);
        server_receive(b.server, &b.control);
        assert_int_equal(b.ports, i + 1);
        free(text);
    }
    close(fd);
    bench_close(&b);
}

static struct peer peer_at(const char *name)
{
    struct peer p = {.address = {.sun_family = AF_UNIX}, .size = sizeof p.address};

    snprintf(p.address.sun_path, sizeof p.address.sun_path, "%s", name);
    return p;
}

/* A long answer to one that does not read stops in time for short ones to others. */
static void askers_that_do_not_read(void **state)
{
    static const uint8_t part[8192];
    struct peer deaf = peer_at(client_path);
    unsigned sent = 0;
    struct bench b;
    int fd, other;
    char other_path[72];

    (void)state;
    snprintf(other_path, sizeof other_path, "%s.2", client_path);
    bench_open(&b);
    fd = client(client_path);
    other = client(other_path);
    for (; server_streams(b.server, &deaf) && sent < 10000; sent++)
        assert_true(server_answer(b.server, &deaf, span_of(part, sizeof part), b.now_ms));
    assert_in_range(sent, 8, 9999);
    for (unsigned i = 0; i < 100; i++) {
        keep_alive(other, i);
        server_receive(b.server, &b.control);
        assert_int_equal(next_number(other), i);
    }
    for (; sent < 10000 && server_counts(b.server).lost == 0; sent++)
        (void)server_answer(b.server, &deaf, span_of(part, sizeof part), b.now_ms);
    assert_int_equal(server_counts(b.server).lost, 1); /* kept ones are bounded */
    assert_true(server_retry(b.server, b.now_ms));
    b.now_ms += SERVER_ANSWER_MS + 1;
    assert_false(server_retry(b.server, b.now_ms));
    assert_int_equal(server_counts(b.server).lost, 1 + SERVER_ANSWERS_MOST);
    close(fd);
    assert_true(server_streams(b.server, &deaf));
    close(other);
    unlink(other_path);
    bench_close(&b);
}

/* Without a connection the queue holds some ten; the rest comes later, in order. */
static void answers_wait_in_order(void **state)
{
    enum { ANSWERS = 60 };
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    struct peer slow = peer_at(client_path);
    struct bench b;
    int fd;

    (void)state;
    bench_open(&b);
    unlink(client_path);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    snprintf(me.sun_path, sizeof me.sun_path, "%s", client_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    for (uint8_t i = 0; i < ANSWERS; i++)
        assert_true(server_answer(b.server, &slow, span_of((uint8_t[8]){[7] = i}, 8), b.now_ms));
    assert_false(server_streams(b.server, &slow));
    for (uint8_t i = 0; i < ANSWERS; i++) {
        assert_int_equal(next_number(fd), i);
        (void)server_retry(b.server, b.now_ms);
    }
    assert_false(server_retry(b.server, b.now_ms));
    assert_int_equal(server_counts(b.server).lost, 0);
    close(fd);
    bench_close(&b);
}

static void a_killed_one_leaves_its_path(void **state)
{
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct bench b;
    int asker;

    (void)state;
    snprintf(me.sun_path, sizeof me.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    close(fd);
    bench_open(&b);
    asker = client(client_path);
    keep_alive(asker, 5);
    server_receive(b.server, &b.control);
    assert_int_equal(next_number(asker), 5);
    close(asker);
    bench_close(&b);
}

static void two_do_not_share_a_path(void **state)
{
    struct err err = {0};
    struct stat st;
    struct bench b;

    (void)state;
    bench_open(&b);
    assert_null(server_new(path, &err));
    assert_non_null(strstr(err.text, "another instance serves it"));
    assert_int_equal(lstat(path, &st), 0);
    bench_close(&b);
    assert_int_not_equal(lstat(path, &st), 0);
}

/* Some other program, without our lock. */
static void a_living_program_keeps_its_path(void **state)
{
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct err err = {0};

    (void)state;
    snprintf(me.sun_path, sizeof me.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    assert_null(server_new(path, &err));
    assert_non_null(strstr(err.text, "another program serves it"));
    close(fd);
    unlink(path);
}

static void what_is_no_socket_stays(void **state)
{
    struct err err = {0};
    struct stat st;
    int fd = open(path, O_CREAT | O_WRONLY, 0600);

    (void)state;
    close(fd);
    assert_null(server_new(path, &err));
    assert_non_null(strstr(err.text, "is no socket"));
    assert_int_equal(lstat(path, &st), 0);
    unlink(path);
    assert_null(server_new("/no/such/folder/a.sock", &err));
}

/* Somebody has put another one in its place: it is not ours to remove. */
static void only_our_own_is_removed(void **state)
{
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct bench b;
    struct stat st;

    (void)state;
    bench_open(&b);
    unlink(path);
    snprintf(me.sun_path, sizeof me.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    bench_close(&b);
    assert_int_equal(lstat(path, &st), 0);
    close(fd);
    unlink(path);
}

static int prepare(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/sluice-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/listen.sock", folder);
    snprintf(client_path, sizeof client_path, "%s/client", folder);
    return 0;
}

static int clean(void **state)
{
    char lock[72];

    (void)state;
    snprintf(lock, sizeof lock, "%s.lock", path);
    unlink(lock);
    unlink(client_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_go_to_who_has_asked),
        cmocka_unit_test(requests_of_any_length),
        cmocka_unit_test(askers_that_do_not_read),
        cmocka_unit_test(answers_wait_in_order),
        cmocka_unit_test(a_killed_one_leaves_its_path),
        cmocka_unit_test(two_do_not_share_a_path),
        cmocka_unit_test(a_living_program_keeps_its_path),
        cmocka_unit_test(what_is_no_socket_stays),
        cmocka_unit_test(only_our_own_is_removed),
    };

    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, prepare, clean);
}
