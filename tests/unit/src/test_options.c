/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line: what is taken, and how everything else is refused.
 */
#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MOST = 24 };

struct parsed {
    bool ok;
    struct options options;
    struct err err;
};

/* A line of words separated by single blanks. */
static void parse(struct parsed *p, const char *line)
{
    static char copy[256];
    char *argv[WORDS_MOST] = {(char *)"sluiced"};
    int argc = 1;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    p->err = (struct err){0};
    p->ok = options_parse(&p->options, argc, argv, &p->err);
}

static void test_replay(void **state)
{
    struct parsed p;

    (void)state;
    parse(&p, "-p a.pcap --pcap=b --pcap c --config conf.json --json - --trace all --inline "
              "--write out.pcap");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_REPLAY);
    assert_int_equal(p.options.capture_count, 3);
    assert_string_equal(p.options.captures[0], "a.pcap");
    assert_string_equal(p.options.captures[1], "b");
    assert_string_equal(p.options.captures[2], "c");
    assert_string_equal(p.options.config, "conf.json");
    assert_string_equal(p.options.json, "-");
    assert_string_equal(p.options.trace, "all");
    assert_string_equal(p.options.write, "out.pcap");
    assert_int_equal(p.options.mode, ENGINE_INLINE);
    assert_int_equal(p.options.log_level, LOG_INFO);
    options_fini(&p.options);
    parse(&p, "-p a");
    assert_true(p.ok);
    assert_int_equal(p.options.mode, ENGINE_TAP);
    options_fini(&p.options);
}

/* The command lines of the supervisor, and what the reference made of -s. */
static void test_service(void **state)
{
    struct parsed p;

    (void)state;
    parse(&p, "");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_SERVE);
    assert_int_equal(p.options.threads, 0);
    assert_string_equal(p.options.agent_socket, "/tmp/dp_listen.sock");
    assert_string_equal(p.options.notify_socket, "/tmp/ctrl_listen.sock");
    assert_string_equal(p.options.control_socket, "/run/sluice/control.sock");
    assert_string_equal(p.options.heartbeat, "/dp_mnt.shm");
    options_fini(&p.options);
    parse(&p, "-n 1 -i eth0 -c -v thrt_tls_1dot0 -v thrt_tls_1dot1 -m -j");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_SERVE);
    assert_int_equal(p.options.threads, 1);
    assert_string_equal(p.options.interface, "eth0");
    assert_true(p.options.checksums);
    assert_true(p.options.mesh);
    assert_true(p.options.jumbo);
    assert_false(p.options.standalone);
    assert_int_equal(p.options.threats, OPTIONS_TLS_1_0 | OPTIONS_TLS_1_1);
    options_fini(&p.options);
    for (int i = 0; i < 3; i++) {
        static const char *const lines[] = {"-s -n 3", "-n 3 -s x", "-s x -n 3"};

        parse(&p, lines[i]);
        assert_true(p.ok);
        assert_true(p.options.standalone);
        assert_int_equal(p.options.threads, 3);
        options_fini(&p.options);
    }
    parse(&p, "--agent-socket a --notify-socket b --control-socket c --heartbeat d");
    assert_true(p.ok);
    assert_string_equal(p.options.agent_socket, "a");
    assert_string_equal(p.options.notify_socket, "b");
    assert_string_equal(p.options.control_socket, "c");
    assert_string_equal(p.options.heartbeat, "d");
    options_fini(&p.options);
}

static void test_name_of_the_program(void **state)
{
    static const struct {
        const char *name;
        bool as_dp;
    } cases[] = {{"dp", true}, {"/usr/local/bin/dp", true}, {"sluiced", false}, {"./xdp", false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[64];
        char *argv[] = {name, (char *)"-s", NULL};
        struct err err = {0};
        struct options o;

        snprintf(name, sizeof name, "%s", cases[i].name);
        assert_true(options_parse(&o, 2, argv, &err));
        assert_int_equal(o.as_dp, cases[i].as_dp);
        options_fini(&o);
    }
}

static void test_fail_on(void **state)
{
    struct parsed p;

    (void)state;
    parse(&p, "-p a --fail-on violation,threat --fail-on unknown-app");
    assert_true(p.ok);
    assert_int_equal(p.options.fail_on, FAIL_ON_VIOLATION | FAIL_ON_THREAT | FAIL_ON_UNKNOWN_APP);
    options_fini(&p.options);
    parse(&p, "-p a --fail-on match");
    assert_int_equal(p.options.fail_on, FAIL_ON_MATCH);
    options_fini(&p.options);
    parse(&p, "-p a --fail-on threat,,match");
    assert_false(p.ok);
    options_fini(&p.options);
    parse(&p, "-p a --fail-on threats");
    assert_false(p.ok);
    assert_non_null(strstr(p.err.text, "'threats' is none of violation"));
    options_fini(&p.options);
}

static void test_log_level(void **state)
{
    static const struct {
        const char *line;
        enum log_level level;
    } cases[] = {
        {"-p a -d debug", LOG_DEBUG},
        {"-p a -d error", LOG_ERROR},
        {"-p a -d none", LOG_ERROR},
        {"-p a -d all", LOG_DEBUG},
        {"-p a --debug ctrl -d parser", LOG_DEBUG},
        {"-p a -d all -d -all", LOG_INFO},
    };
    struct parsed p;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parse(&p, cases[i].line);
        assert_true(p.ok);
        assert_int_equal(p.options.log_level, cases[i].level);
        options_fini(&p.options);
    }
}

static void test_help_and_version(void **state)
{
    struct parsed p;

    (void)state;
    parse(&p, "-h");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_HELP);
    options_fini(&p.options);
    parse(&p, "--version --nonsense");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_VERSION);
    options_fini(&p.options);
}

static void test_self_test(void **state)
{
    struct parsed p;

    (void)state;
    parse(&p, "--check");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_CHECK);
    options_fini(&p.options);
    parse(&p, "-s");
    assert_true(p.ok);
    assert_false(p.options.no_check);
    options_fini(&p.options);
    parse(&p, "-s --no-check");
    assert_true(p.ok);
    assert_int_equal(p.options.task, TASK_SERVE);
    assert_true(p.options.no_check);
    options_fini(&p.options);
}

/* Every refusal names the word and says where help is. */
static void test_refused(void **state)
{
    static const struct {
        const char *line, *what;
    } cases[] = {
        {"--inline", "--inline: belongs to a replay"},
        {"-i eth0 -p a", "-i: and -p exclude each other"},
        {"-i sixteen-bytes-xx", "-i: 'sixteen-bytes-xx' cannot be the name of an interface"},
        {"-n", "needs a value"},
        {"-n four", "-n: 'four' is no number of threads"},
        {"-n -1", "-n: '-1' is no number of threads"},
        {"-n 1025", "-n: '1025' is no number of threads"},
        {"-v thrt_tls", "-v: 'thrt_tls' is neither thrt_tls_1dot0 nor"},
        {"-s x y", "y: belongs to no option"},
        {"x", "x: belongs to no option"},
        {"-px -k", "-k is not an option"},
        {"--nonsense -p a", "--nonsense"},
        {"--inline=yes -p a", "--inline=yes"},
        {"-p", "needs a value"},
        {"-p a --json", "needs a value"},
        {"-p a b.pcap", "b.pcap: belongs to no option"},
        {"-p a --write out", "--write: writes what passes an inline engine: add --inline"},
        {"-p a -d everything", "-d: 'everything' is no level"},
        {"--check x", "x: belongs to no option"},
        {"--check -p a", "--check: neither replays nor listens"},
        {"-p a --check", "--check: neither replays nor listens"},
        {"-i eth0 --check", "--check: neither replays nor listens"},
        {"--check --inline", "--inline: belongs to a replay"},
    };
    struct parsed p;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[sizeof p.err.path + sizeof p.err.text + 2];

        parse(&p, cases[i].line);
        if (cases[i].what[0] == '\0') { /* -h comes first and counts */
            assert_true(p.ok);
        } else {
            snprintf(text, sizeof text, "%s%s%s", p.err.path, p.err.path[0] ? ": " : "",
                     p.err.text);
            assert_false(p.ok);
            if (strstr(text, cases[i].what) == NULL)
                fail_msg("'%s': '%s' is not in '%s'", cases[i].line, cases[i].what, text);
        }
        options_fini(&p.options);
    }
}

static void test_help_names_every_option(void **state)
{
    static const char *const options[] = {
        "--pcap",       "--config",       "--inline",        "--write",
        "--json",       "--fail-on",      "--trace",         "--debug",
        "--help",       "--version",      "--threads",       "--interface",
        "--standalone", "--checksums",    "--jumbo",         "--mesh-policy",
        "--threat",     "--agent-socket", "--notify-socket", "--control-socket",
        "--heartbeat",  "--check",        "--no-check",      NULL};
    char text[8192] = "";
    FILE *to = fmemopen(text, sizeof text, "w");

    (void)state;
    options_help(to);
    options_version(to);
    fclose(to);
    for (size_t i = 0; options[i] != NULL; i++)
        assert_non_null(strstr(text, options[i]));
    assert_non_null(strstr(text, "jansson 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_service),
        cmocka_unit_test(test_name_of_the_program),
        cmocka_unit_test(test_fail_on),
        cmocka_unit_test(test_log_level),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_self_test),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_help_names_every_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
