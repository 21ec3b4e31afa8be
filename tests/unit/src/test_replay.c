/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures through the whole program but main(): made frame by frame, replayed, and the events
 * read back as JSON.
 */
#include "replay.h"

#include "base/log.h"
#include "base/rcu.h"
#include "capture/pcapfile.h"
#include "tcp_script.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/sluice-replay-XXXXXX";

/* A replay and what came of it. */
struct run {
    struct inputs inputs;
    struct replay_setup setup;
    struct replay_result result;
    volatile sig_atomic_t stop;
    json_t *events; /* list */
};

static const char *at(const char *name)
{
    static char paths[4][64];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static void save(struct frame_list *frames, const char *name)
{
    assert_true(frame_list_save(frames, at(name)));
    frame_list_free(frames);
}

static void read_events(struct run *run)
{
    char line[65536];
    FILE *f = fopen(at("events"), "r");

    assert_non_null(f);
    run->events = json_array();
    while (fgets(line, sizeof line, f) != NULL) {
        json_error_t error;
        json_t *event = json_loads(line, JSON_REJECT_DUPLICATES, &error);

        if (event == NULL)
            fail_msg("%s: %s", error.text, line);
        json_array_append_new(run->events, event);
    }
    fclose(f);
}

/* Replays `paths` (NULL-terminated) and reads what it told. */
static void replay(struct run *run, enum engine_mode mode, const char *const *paths)
{
    struct snapshot *snapshot = snapshot_new();
    struct err err = {0};

    for (size_t i = 0; paths[i] != NULL; i++)
        assert_true(inputs_add(&run->inputs, at(paths[i])));
    run->setup.inputs = &run->inputs;
    run->setup.snapshot = snapshot;
    run->setup.mode = mode;
    run->setup.stop = &run->stop;
    run->setup.json = encode_json_new(at("events"), &err);
    if (mode == ENGINE_INLINE)
        run->setup.write = pcapwrite_new(at("out.pcap"), &err);
    assert_true(snapshot_seal(snapshot));
    if (!replay_run(&run->setup, &run->result, &err))
        fail_msg("%s %s", err.path, err.text);
    assert_true(encode_json_finish(run->setup.json, &err));
    encode_json_free(run->setup.json);
    if (run->setup.write != NULL)
        assert_true(pcapwrite_finish(run->setup.write, &err));
    pcapwrite_free(run->setup.write);
    snapshot_free(snapshot);
    read_events(run);
}

static void run_fini(struct run *run)
{
    inputs_fini(&run->inputs);
    json_decref(run->events);
    *run = (struct run){0};
}

/* The i-th event of a type, or a failure. */
static const json_t *event(const struct run *run, const char *type, size_t i)
{
    const json_t *e;
    size_t at_index;

    json_array_foreach(run->events, at_index,
                       e) if (strcmp(json_string_value(json_object_get(e, "event_type")), type) ==
                                  0 &&
                              i-- == 0) return e;
    fail_msg("no such %s event", type);
    return NULL;
}

static size_t event_count(const struct run *run, const char *type)
{
    const json_t *e;
    size_t index, n = 0;

    json_array_foreach(run->events, index, e) n +=
        strcmp(json_string_value(json_object_get(e, "event_type")), type) == 0;
    return n;
}

/* "flow.state" of an event as text; "" when it is not there. */
static const char *value(const json_t *e, const char *path)
{
    static char texts[8][256];
    static unsigned next;
    char *text = texts[next++ % 8], copy[128];

    snprintf(copy, sizeof copy, "%s", path);
    for (char *step = strtok(copy, "."); step != NULL; step = strtok(NULL, "."))
        e = json_object_get(e, step);
    text[0] = '\0';
    if (json_is_string(e)) {
        snprintf(text, sizeof texts[0], "%s", json_string_value(e));
    } else if (e != NULL) {
        char *dump = json_dumps(e, JSON_COMPACT | JSON_ENCODE_ANY);

        snprintf(text, sizeof texts[0], "%s", dump);
        free(dump);
    }
    return text;
}

static void http_exchange(struct frame_list *frames, struct tcp_script *s)
{
    tcp_script_init(s, frames);
    s->time_us = UINT64_C(1767323045000006);
    tcp_open(s);
    tcp_send(s, DIR_CLIENT, SPAN("GET /a\"\xff HTTP/1.1\r\nHost: Example.org\r\n\r\n"));
    tcp_send(s, DIR_SERVER, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
    tcp_close(s, DIR_CLIENT);
}

static void test_http_session(void **state)
{
    static const char *const paths[] = {"http.pcap", NULL};
    struct frame_list frames = {0};
    struct tcp_script s;
    struct run run = {0};
    const json_t *flow, *tx;

    (void)state;
    http_exchange(&frames, &s);
    save(&frames, "http.pcap");
    replay(&run, ENGINE_TAP, paths);
    assert_int_equal(run.result.done, 1);
    assert_int_equal(run.result.damaged, 0);
    assert_int_equal(run.result.total.sessions, 1);
    assert_int_equal(run.result.total.by_app[APP_HTTP], 1);
    assert_int_equal(event_count(&run, "flow"), 1);
    flow = event(&run, "flow", 0);
    assert_string_equal(value(flow, "src_ip"), "10.1.1.1");
    assert_string_equal(value(flow, "src_port"), "40000");
    assert_string_equal(value(flow, "dest_ip"), "10.1.1.2");
    assert_string_equal(value(flow, "dest_port"), "80");
    assert_string_equal(value(flow, "proto"), "TCP");
    assert_string_equal(value(flow, "ip_v"), "4");
    assert_string_equal(value(flow, "app_proto"), "http");
    assert_string_equal(value(flow, "pcap_filename"), at("http.pcap"));
    assert_string_equal(value(flow, "flow.start"), "2026-01-02T03:04:05.000006+0000");
    assert_string_equal(value(flow, "flow.state"), "closed");
    assert_string_equal(value(flow, "flow.reason"), "timeout");
    assert_string_equal(value(flow, "flow.alerted"), "false");
    assert_string_equal(value(flow, "tcp.fin"), "true");
    assert_string_equal(value(flow, "tcp.rst"), "false");
    assert_string_equal(value(flow, "sluice.application"), "1001");
    assert_string_equal(value(flow, "sluice.host"), "example.org");
    assert_string_equal(value(flow, "sluice.verdict"), "pass");
    assert_string_equal(value(flow, "sluice.protocols"), "");
    assert_int_equal(strncmp(value(flow, "community_id"), "1:", 2), 0);
    tx = event(&run, "http", 0);
    assert_string_equal(value(tx, "http.url"), "/a\"\\xff");
    assert_string_equal(value(tx, "http.status"), "200");
    assert_string_equal(value(tx, "src_ip"), "10.1.1.1"); /* client first, whoever spoke last */
    assert_string_equal(value(tx, "tx_id"), "0");
    assert_string_equal(value(tx, "flow_id"), value(flow, "flow_id"));
    assert_string_equal(value(event(&run, "stats", 0), "stats.session.tcp"), "1");
    run_fini(&run);
}

static void test_unknown_and_silent(void **state)
{
    static const char *const paths[] = {"mixed.pcap", NULL};
    struct packet_builder *b = malloc(sizeof *b);
    struct frame_list frames = {0};
    struct run run = {0};
    const json_t *icmp;

    (void)state;
    build_begin(b);
    build_ethernet(b);
    build_vlan(b, 0x8100, 7);
    build_ip(b, "fd00::1", "fd00::2");
    build_udp(b, 5000, 5001);
    build_bytes(b, "\x01\x02\x03\x04", 4);
    build_add(b, &frames, 1000000);
    build_begin(b);
    build_ethernet(b);
    build_ip(b, "10.0.0.1", "10.0.0.2");
    build_udp(b, 5000, 5001);
    build_add(b, &frames, 1000000);
    build_begin(b);
    build_ethernet(b);
    build_ip(b, "10.0.0.1", "10.0.0.2");
    build_icmp(b, 8, 0, 0x12340001);
    build_bytes(b, "ping", 4);
    build_add(b, &frames, 1000000);
    free(b);
    save(&frames, "mixed.pcap");
    replay(&run, ENGINE_TAP, paths);
    assert_int_equal(event_count(&run, "flow"), 3);
    assert_int_equal(run.result.total.by_app[APP_UNKNOWN], 1);
    assert_int_equal(run.result.total.silent, 2);
    for (size_t i = 0; i < 3; i++) {
        const json_t *flow = event(&run, "flow", i);

        if (strcmp(value(flow, "ip_v"), "6") == 0) {
            assert_string_equal(value(flow, "app_proto"), "failed");
            assert_string_equal(value(flow, "vlan"), "[7]");
        } else {
            assert_string_equal(value(flow, "app_proto"), "");
            assert_string_equal(value(flow, "vlan"), "");
        }
        if (strcmp(value(flow, "proto"), "ICMP") == 0)
            icmp = flow;
    }
    assert_string_equal(value(icmp, "icmp_type"), "8");
    assert_string_equal(value(icmp, "icmp_code"), "0");
    assert_string_equal(value(icmp, "src_ip"), "10.0.0.1");
    assert_string_equal(value(icmp, "src_port"), "");
    run_fini(&run);
}

static void test_alert(void **state)
{
    static const char *const paths[] = {"bad.pcap", NULL};
    struct frame_list frames = {0};
    struct tcp_script s;
    struct run run = {0};
    const json_t *alert;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN | TCP_FIN});
    save(&frames, "bad.pcap");
    replay(&run, ENGINE_TAP, paths);
    assert_int_equal(run.result.total.threats, 1);
    alert = event(&run, "alert", 0);
    assert_string_equal(value(alert, "alert.signature_id"), "2001");
    assert_string_equal(value(alert, "alert.severity"), "3");
    assert_string_equal(value(alert, "alert.gid"), "1");
    assert_string_equal(value(alert, "sluice.severity"), "medium");
    assert_string_equal(value(alert, "sluice.threat_id"), "2001");
    assert_string_equal(value(alert, "pcap_cnt"), "1");
    run_fini(&run);
}

/* Each capture is a world of its own: the same connection twice is two sessions, whatever the
 * clock says; damage to one does not stop the next. */
static void test_many(void **state)
{
    static const char *const paths[] = {"two.pcap",  "cut.pcap", "hello.pcap",
                                        "none.pcap", "one.pcap", NULL};
    struct frame_list frames = {0};
    struct tcp_script s;
    struct run run = {0};
    FILE *f;

    (void)state;
    http_exchange(&frames, &s);
    save(&frames, "two.pcap");
    http_exchange(&frames, &s);
    save(&frames, "cut.pcap");
    assert_int_equal(truncate(at("cut.pcap"), 24 + 16 + 54 + 10), 0);
    save(&frames, "none.pcap");
    http_exchange(&frames, &s);
    for (size_t i = 0; i < frames.count; i++)
        frames.frames[i].time_us -= UINT64_C(1000000000000);
    save(&frames, "one.pcap");
    f = fopen(at("hello.pcap"), "w");
    fputs("hello, world", f);
    fclose(f);
    replay(&run, ENGINE_TAP, paths);
    assert_int_equal(run.result.done, 4);
    assert_int_equal(run.result.damaged, 3);
    assert_int_equal(event_count(&run, "flow"), 3);
    assert_string_equal(value(event(&run, "flow", 0), "pcap_filename"), at("two.pcap"));
    assert_string_equal(value(event(&run, "flow", 1), "pcap_filename"), at("cut.pcap"));
    assert_string_equal(value(event(&run, "flow", 2), "pcap_filename"), at("one.pcap"));
    assert_int_equal(run.result.total.sessions, 3);
    assert_int_equal(event_count(&run, "stats"), 1);
    assert_string_equal(value(event(&run, "stats", 0), "stats.session.created"), "3");
    run_fini(&run);
}

static void test_stopped(void **state)
{
    static const char *const paths[] = {"two.pcap", NULL};
    struct run run = {.stop = 1};

    (void)state;
    replay(&run, ENGINE_TAP, paths);
    assert_int_equal(run.result.done, 0);
    assert_int_equal(run.result.damaged, 0);
    assert_int_equal(event_count(&run, "flow"), 0);
    assert_int_equal(event_count(&run, "stats"), 1);
    run_fini(&run);
}

/* What the output capture holds: the last byte of each frame. */
static void assert_written(const char *want)
{
    struct pcapfile *f = pcapfile_new();
    struct frame frames[32];
    struct err err = {0};
    char story[64] = "";
    size_t n;

    assert_true(pcapfile_open(f, at("out.pcap"), &err));
    while ((n = pcapfile_read(f, frames, 32)) > 0)
        for (size_t i = 0; i < n; i++)
            story[strlen(story)] = (char)frames[i].bytes[frames[i].captured - 1];
    assert_string_equal(story, want);
    pcapfile_free(f);
}

static void add_udp(struct packet_builder *b, struct frame_list *frames, char last)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, "10.0.0.1", "10.0.0.2");
    build_udp(b, 5000, 5001);
    build_fill(b, 0, 20);
    build_bytes(b, &last, 1);
    build_add(b, frames, 1000000);
}

/* Fragments wait for their datagram, malformed frames go nowhere, all else passes in order. */
static void test_inline(void **state)
{
    static const char *const paths[] = {"inline.pcap", NULL};
    struct packet_builder *b = malloc(sizeof *b);
    struct frame_list frames = {0}, fragments = {0};
    struct listed_frame *bad;
    struct run run = {0};

    (void)state;
    build_begin(b);
    build_ethernet(b);
    build_ip(b, "10.0.0.1", "10.0.0.2");
    build_udp(b, 6000, 6001);
    build_fill(b, '1', 32); /* behind eight bytes of UDP */
    build_fill(b, '2', 40);
    build_fill(b, '3', 8);
    build_finish(b);
    build_fragments(b, 77, 40, &fragments, 1000000); /* end in 1, 2 and 3 */
    assert_int_equal(fragments.count, 3);
    frame_list_add(&frames, fragments.frames[0].bytes, fragments.frames[0].n, 1000000);
    add_udp(b, &frames, 'a');
    frame_list_add(&frames, fragments.frames[2].bytes, fragments.frames[2].n, 1000000);
    add_udp(b, &frames, 'b');
    add_udp(b, &frames, 'x');
    bad = &frames.frames[frames.count - 1];
    bad->bytes[14] = 0x42; /* IHL 2 */
    frame_list_add(&frames, fragments.frames[1].bytes, fragments.frames[1].n, 1000000);
    add_udp(b, &frames, 'c');
    build_begin(b);
    build_ethernet(b);
    build_ip(b, "10.0.0.1", "10.0.0.2");
    build_udp(b, 6000, 6001);
    build_fill(b, '4', 64);
    build_finish(b);
    frame_list_free(&fragments);
    build_fragments(b, 78, 40, &fragments, 1000000);
    frame_list_add(&frames, fragments.frames[0].bytes, fragments.frames[0].n, 1000000);
    frame_list_free(&fragments);
    free(b);
    save(&frames, "inline.pcap");
    replay(&run, ENGINE_INLINE, paths);
    assert_written("ab132c");
    assert_int_equal(run.result.total.packets, 8);
    assert_int_equal(run.result.total.forwarded, 6);
    assert_int_equal(run.result.total.dropped,
                     2); /* the malformed one, and what never came whole */
    assert_string_equal(value(event(&run, "alert", 0), "alert.action"), "blocked");
    run_fini(&run);
}

static void test_trace(void **state)
{
    static const char *const paths[] = {"two.pcap", NULL};
    char text[4096] = "";
    struct trace trace = {.to = fmemopen(text, sizeof text, "w")};
    struct run run = {.setup.trace = &trace};
    struct err err = {0};

    (void)state;
    assert_true(filter_parse(&trace.filter, "frame 1 or frame 4", &err));
    replay(&run, ENGINE_TAP, paths);
    fclose(trace.to);
    assert_non_null(strstr(text, "/two.pcap\nframe 1  2026-01-02 03:04:05.000006  "
                                 "10.1.1.1:40000 > 10.1.1.2:80  "));
    assert_non_null(strstr(text, "\nframe 4  "));
    assert_null(strstr(text, "\nframe 2  "));
    assert_null(strstr(text, "\nframe 5  "));
    assert_non_null(strstr(text, "    verdict    pass\n"));
    run_fini(&run);
}

static int setup(void **state)
{
    (void)state;
    rcu_thread_enter();
    return mkdtemp(root) == NULL;
}

static int teardown(void **state)
{
    static const char *const names[] = {"http.pcap", "mixed.pcap", "bad.pcap",   "two.pcap",
                                        "cut.pcap",  "none.pcap",  "one.pcap",   "hello.pcap",
                                        "events",    "out.pcap",   "inline.pcap"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(at(names[i]));
    rcu_thread_leave();
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_session), cmocka_unit_test(test_unknown_and_silent),
        cmocka_unit_test(test_alert),        cmocka_unit_test(test_many),
        cmocka_unit_test(test_stopped),      cmocka_unit_test(test_inline),
        cmocka_unit_test(test_trace),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
