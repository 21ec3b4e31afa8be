/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of the console: whatever a client sends is answered or ends it, and nobody else; who
 * does not read loses events, and learns how many.
 */
#include "console/console.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcp_script.h"
#include "workloads.h"

enum { TURNS_MOST = 10000, TEXT_ROOM = 64 << 20, AT_ONCE = 1000 };

static char folder[48], path[80];

struct bench {
    struct worker *worker;
    struct events *events;
    struct engine_ops ops;
    struct console *console;
    struct snapshot *snapshot;
    char *text; /* what a client was told and has not looked at yet */
    size_t used;
    int wake;
};

static void bench_open(struct bench *b)
{
    struct err err = {0};
    static const char *const nets[] = {"10.1.1.2"};
    struct worker_setup worker = {0};
    struct events_setup events = {.workers = &b->worker, .count = 1};
    struct console_setup console = {.path = path, .workers = &b->worker, .worker_count = 1};

    *b = (struct bench){.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    b->text = malloc(TEXT_ROOM);
    b->snapshot = snapshot_new();
    assert_true(b->text != NULL && b->snapshot != NULL && b->wake >= 0);
    workloads_add(b->snapshot, "web", nets, 1);
    assert_true(snapshot_seal(b->snapshot));
    events.wake = b->wake;
    b->events = events_new(&events, &err);
    assert_non_null(b->events);
    events_ops(b->events, 0, &b->ops);
    worker = (struct worker_setup){
        .cpu = CPU_ANY, .snapshot = b->snapshot, .ops = &b->ops, .wake = b->wake};
    b->worker = worker_start(&worker, &err);
    assert_non_null(b->worker);
    console.events = b->events;
    b->console = console_new(&console, &err);
    if (b->console == NULL)
        fail_msg("%s: %s", err.path, err.text);
}

static void bench_close(struct bench *b)
{
    worker_stop(b->worker);
    console_free(b->console);
    events_free(b->events);
    snapshot_free(b->snapshot);
    close(b->wake);
    free(b->text);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void turn(struct bench *b)
{
    console_go_on(b->console, 1000);
}

static int join(struct bench *b)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    b->used = 0;
    turn(b);
    return fd;
}

/* All of it, with as many turns as that takes. False: the daemon has closed. */
static bool say(struct bench *b, int fd, const char *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t sent = send(fd, bytes + done, n - done, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return false;
        done += sent > 0 ? (size_t)sent : 0;
        turn(b);
    }
    return true;
}

static bool say_text(struct bench *b, int fd, const char *text)
{
    return say(b, fd, text, strlen(text));
}

/* The next line; NULL: the daemon has closed. */
static json_t *hear(struct bench *b, int fd)
{
    for (int i = 0; i < TURNS_MOST; i++) {
        char *end = memchr(b->text, '\n', b->used);
        ssize_t n;

        if (end != NULL) {
            size_t length = (size_t)(end - b->text) + 1;
            json_t *line = json_loadb(b->text, length, 0, NULL);

            assert_true(json_is_object(line));
            b->used -= length;
            memmove(b->text, end + 1, b->used);
            return line;
        }
        turn(b);
        poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1);
        n = recv(fd, b->text + b->used, TEXT_ROOM - b->used, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return NULL;
        b->used += n > 0 ? (size_t)n : 0;
    }
    fail_msg("no line within %d turns", TURNS_MOST);
    return NULL;
}

static void hear_end(struct bench *b, int fd)
{
    json_t *line = hear(b, fd);

    assert_null(line);
    close(fd);
}

static void hear_greeting(struct bench *b, int fd)
{
    json_t *line = hear(b, fd);

    assert_int_equal(json_integer_value(json_object_get(line, "sluice")), CONSOLE_PROTOCOL);
    assert_non_null(json_string_value(json_object_get(line, "version")));
    json_decref(line);
}

static void hear_error(struct bench *b, int fd, const char *code)
{
    json_t *line = hear(b, fd), *e = json_object_get(line, "error");

    if (line == NULL)
        fail_msg("closed where the error '%s' is expected", code);
    assert_string_equal(json_string_value(json_object_get(e, "code")), code);
    assert_true(json_string_length(json_object_get(e, "text")) > 0);
    json_decref(line);
}

static void hear_version(struct bench *b, int fd, int id)
{
    json_t *line = hear(b, fd);

    if (line == NULL)
        fail_msg("closed where the answer %d is expected", id);
    assert_int_equal(json_integer_value(json_object_get(line, "id")), id);
    assert_non_null(json_object_get(json_object_get(line, "result"), "version"));
    json_decref(line);
}

/* ---- meters ---- */

static enum task_state some_syns(struct worker_task *task, struct engine *e)
{
    struct frame_list l = {0};
    struct tcp_script s;

    (void)task;
    for (uint16_t i = 0; i < 850; i++) {
        tcp_script_init(&s, &l);
        s.ends[DIR_CLIENT].port = (uint16_t)(2000 + i);
        tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    }
    for (size_t i = 0; i < l.count; i++)
        engine_input(e,
                     &(struct frame){.bytes = l.frames[i].bytes,
                                     .captured = l.frames[i].n,
                                     .length = l.frames[i].n,
                                     .link = l.frames[i].link,
                                     .time_us = (uint64_t)time(NULL) * 1000000},
                     1);
    frame_list_free(&l);
    return TASK_DONE;
}

static const char *text_of(const json_t *meter, const char *key)
{
    return json_string_value(json_object_get(meter, key));
}

static void hear_count(struct bench *b, int fd, int count)
{
    json_t *line = hear(b, fd), *result = json_object_get(line, "result");

    assert_int_equal(json_integer_value(json_object_get(result, "count")), count);
    json_decref(line);
}

static void meters_in_parts(void **state)
{
    static const char question[] = "{\"id\":1,\"request\":\"meters\"}\n";
    struct worker_task task = {.step = some_syns};
    struct bench b;
    json_t *line, *part, *source;
    int fd;

    (void)state;
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    assert_true(say_text(&b, fd, question));
    hear_count(&b, fd, 0);
    worker_post(b.worker, &task);
    for (int i = 0; i < TURNS_MOST && atomic_load(&task.state) != TASK_DONE; i++)
        poll(NULL, 0, 1);
    assert_int_equal(atomic_load(&task.state), TASK_DONE);
    assert_true(say_text(&b, fd, question));
    line = hear(&b, fd);
    part = json_object_get(line, "part");
    assert_int_equal(json_array_size(part), 2);
    source = json_array_get(part, strcmp(text_of(json_array_get(part, 0), "meter"), "syn") == 0);
    assert_string_equal(text_of(source, "workload"), "web");
    assert_string_equal(text_of(source, "meter"), "syn_source");
    assert_string_equal(text_of(source, "peer"), "10.1.1.1");
    assert_true(json_is_true(json_object_get(source, "on")));
    assert_int_equal(json_integer_value(json_object_get(source, "upper")), 800);
    json_decref(line);
    hear_count(&b, fd, 2);
    close(fd);
    bench_close(&b);
}

/* ---- what is said ---- */

static const struct {
    const char *line, *code;
} hostile[] = {
    {"{}", "request"},
    {"7", "json"},
    {"[]", "json"},
    {"nonsense", "json"},
    {"{\"id\":1", "json"},
    {"\"\xff\xfe\"", "json"},
    {"{\"request\":\"\xc3(\"}", "json"},
    {"{\"request\":\"\xed\xa0\x80\"}", "json"},
    {"{\"request\":\"vers\\u0000ion\"}", "json"},
    {"{\"request\":\"version\",\"request\":\"status\"}", "json"},
    {"{\"request\":7}", "request"},
    {"{\"request\":null}", "request"},
    {"{\"request\":\"\"}", "unknown-request"},
    {"{\"request\":\"nope\"}", "unknown-request"},
    {"{\"request\":\"version\",\"x\":1}", "request"},
    {"{\"request\":\"sessions\",\"filter\":\"host\"}", "filter"},
    {"{\"request\":\"sessions\",\"filter\":{}}", "filter"},
    {"{\"request\":\"sessions\",\"limit\":-1}", "request"},
    {"{\"request\":\"sessions\",\"limit\":1.5}", "request"},
    {"{\"request\":\"clear\",\"session\":\"1\"}", "request"},
    {"{\"request\":\"debug\",\"level\":\"loud\"}", "level"},
};

static void every_line_is_answered(void **state)
{
    struct bench b;
    int fd;

    (void)state;
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        assert_true(say_text(&b, fd, hostile[i].line));
        assert_true(say_text(&b, fd, "\n"));
        hear_error(&b, fd, hostile[i].code);
    }
    assert_true(say_text(&b, fd, "{\"id\":5,\"request\":\"version\"}\n"));
    hear_version(&b, fd, 5);
    close(fd);
    bench_close(&b);
}

/* What an error repeats of a request may be cut, but never into half a character. */
static void errors_are_text(void **state)
{
    static const char *const forms[] = {"{\"request\":\"%s\"}\n",
                                        "{\"request\":\"version\",\"%s\":1}\n",
                                        "{\"request\":\"sessions\",\"filter\":\"%s\"}\n"};
    static const char *const codes[] = {"unknown-request", "request", "filter"};
    static const char *const signs[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x9f"};
    struct bench b;
    int fd;

    (void)state;
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    for (size_t i = 0; i < 36; i++) { /* three forms, three signs, four beginnings */
        char word[512] = "", line[640];
        size_t pad = i % 4;

        memset(word, 'a', pad);
        for (int k = 0; k < 100; k++)
            snprintf(word + strlen(word), sizeof word - strlen(word), "%s", signs[i / 4 % 3]);
        snprintf(line, sizeof line, forms[i / 12], word);
        assert_true(say_text(&b, fd, line));
        hear_error(&b, fd, codes[i / 12]);
    }
    close(fd);
    bench_close(&b);
}

static void lines_come_in_pieces(void **state)
{
    static const char text[] = "\n{\"id\":1,\"request\":\"version\"}\n\n"
                               "{\"id\":2,\"request\":\"version\"}\n{\"id\":3,";
    struct bench b;
    int fd;

    (void)state;
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    for (size_t i = 0; text[i] != '\0'; i++)
        assert_true(say(&b, fd, text + i, 1));
    hear_version(&b, fd, 1);
    hear_version(&b, fd, 2);
    assert_true(say_text(&b, fd, "\"request\":\"version\"}\n"));
    hear_version(&b, fd, 3);
    close(fd);
    bench_close(&b);
}

/* printf '...' | socat - UNIX:...: it has said all, and wants to hear the answers. */
static void answers_follow_a_half_close(void **state)
{
    struct bench b;
    int fd;

    (void)state;
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    assert_int_equal(send(fd, "{\"id\":1,\"request\":\"version\"}\n", 29, 0), 29);
    assert_int_equal(send(fd, "{\"id\":2,\"request\":\"sessions\"}\n", 30, 0), 30);
    assert_int_equal(send(fd, "{\"id\":3,\"request\":\"version\"}\n{\"id\"", 34, 0), 34);
    shutdown(fd, SHUT_WR);
    hear_version(&b, fd, 1);
    json_decref(hear(&b, fd));
    hear_version(&b, fd, 3);
    hear_end(&b, fd);
    bench_close(&b);
}

static void a_line_has_a_limit(void **state)
{
    struct bench b;
    char *line = malloc(CONSOLE_LINE_MOST + 2);
    int fd;

    (void)state;
    assert_non_null(line);
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    memset(line, ' ', CONSOLE_LINE_MOST + 2);
    memcpy(line, "{\"id\":1,\"request\":\"version\"}", 28);
    line[CONSOLE_LINE_MOST - 1] = '\n';
    assert_true(say(&b, fd, line, CONSOLE_LINE_MOST)); /* just as long as allowed */
    hear_version(&b, fd, 1);
    line[CONSOLE_LINE_MOST - 1] = ' ';
    (void)say(&b, fd, line, CONSOLE_LINE_MOST + 2);
    hear_error(&b, fd, "too-long");
    hear_end(&b, fd);
    free(line);
    bench_close(&b);
}

/* Many short requests behind one that goes on are not a long one. */
static void requests_wait_their_turn(void **state)
{
    static const char one[] = "{\"id\":7,\"request\":\"version\"}\n";
    struct bench b;
    size_t n = sizeof one - 1, count = 0, most = (17 << 20) / n;
    int fd;
    json_t *line;

    (void)state;
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    assert_true(say_text(&b, fd, "{\"id\":1,\"request\":\"events\"}\n"));
    line = hear(&b, fd);
    assert_true(json_is_true(json_object_get(line, "watching")));
    json_decref(line);
    for (; count < most; count++) { /* it watches until it closes: these wait for ever */
        if (send(fd, one, n, MSG_NOSIGNAL) == (ssize_t)n)
            continue;
        assert_int_equal(errno, EAGAIN);
        for (int i = 0; i < 4; i++)
            turn(&b);
        if (send(fd, one, n, MSG_NOSIGNAL) != (ssize_t)n)
            break; /* it takes no more: no harm */
    }
    assert_int_equal(recv(fd, b.text, 1, MSG_PEEK), -1);
    assert_int_equal(errno, EAGAIN);
    close(fd);
    turn(&b);
    assert_int_equal(events_watch(b.events, WATCH_EVENTS, &(struct filter){0}), 0); /* free again */
    bench_close(&b);
}

/* ---- who does not read ---- */

static void answers_have_a_limit(void **state)
{
    static const char one[] = "{\"id\":7,\"request\":\"version\"}\n";
    struct bench b;
    size_t n = sizeof one - 1, most = 4 * (size_t)CONSOLE_OUT_MOST / (n * AT_ONCE), said = 0;
    char many[(sizeof one - 1) * AT_ONCE];
    int lazy, other;

    (void)state;
    for (size_t i = 0; i < AT_ONCE; i++)
        memcpy(many + i * n, one, n);
    bench_open(&b);
    lazy = join(&b);
    while (said < most && say(&b, lazy, many, sizeof many))
        said++;
    assert_true(said < most); /* it was sent away */
    close(lazy);
    other = join(&b);
    hear_greeting(&b, other);
    assert_true(say_text(&b, other, one));
    hear_version(&b, other, 7);
    close(other);
    bench_close(&b);
}

static void what_is_lost_is_told(void **state)
{
    struct frame frame = {.number = 1};
    struct packet p = {.frame = &frame, .kind = PACKET_IP, .proto = 6};
    size_t made = 0, got = 0, lost = 0;
    struct bench b;
    json_t *line;
    int fd;

    (void)state;
    p.key = (struct session_key){.port = {80, 40000}, .proto = 6, .family = 4};
    bench_open(&b);
    fd = join(&b);
    hear_greeting(&b, fd);
    assert_true(say_text(&b, fd, "{\"id\":1,\"request\":\"trace\"}\n"));
    line = hear(&b, fd);
    assert_true(json_is_true(json_object_get(line, "watching")));
    json_decref(line);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 500; i++, made++)
            b.ops.trace(b.ops.arg, &p, "tcp", "a line of the story of a packet");
        turn(&b);
    }
    assert_int_equal(events_unwatched(b.events), 0); /* the ring had room: the client had none */
    while (got + lost < made) {
        line = hear(&b, fd);
        assert_non_null(line);
        got += json_object_get(line, "event") != NULL;
        lost += (size_t)json_integer_value(json_object_get(line, "lost"));
        json_decref(line);
    }
    assert_int_equal(got + lost, made);
    assert_true(lost > 0 && got > 0);
    close(fd);
    bench_close(&b);
}

/* ---- how many ---- */

static void clients_have_a_limit(void **state)
{
    int fds[CONSOLE_CLIENTS], late;
    struct bench b;
    struct stat st;

    (void)state;
    bench_open(&b);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
        fds[i] = join(&b);
    late = join(&b);
    hear_error(&b, late, "busy");
    hear_end(&b, late);
    for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
        close(fds[i]);
    turn(&b);
    turn(&b);
    late = join(&b);
    hear_greeting(&b, late);
    close(late);
    bench_close(&b);
}

static int folder_make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sluice-console-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/made/control.sock", folder);
    return 0;
}

static int folder_remove(void **state)
{
    char made[64], lock[96];

    (void)state;
    snprintf(lock, sizeof lock, "%s.lock", path);
    unlink(lock);
    snprintf(made, sizeof made, "%s/made", folder);
    rmdir(made);
    return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_line_is_answered),      TEST(errors_are_text),      TEST(lines_come_in_pieces),
        TEST(answers_follow_a_half_close), TEST(meters_in_parts),      TEST(a_line_has_a_limit),
        TEST(requests_wait_their_turn),    TEST(answers_have_a_limit), TEST(what_is_lost_is_told),
        TEST(clients_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
