/* SPDX-License-Identifier: Apache-2.0
 *
 * bench: what a packet costs the engine.
 *
 *   bench --list                        every case and its numbers of sessions
 *   bench CASE SESSIONS                 measures it, prints one line of tab-separated values
 *   bench --once CASE SESSIONS          plays it once and prints the packets: for instruction
 *                                       counters, which look at run_feed()
 *   bench --counters CASE SESSIONS      plays it once and prints the engine's counters: is it what
 *                                       it should be?
 *   with --no-parsers                   the same without knowing applications
 *   with --only NAME                    the same with one parser
 *   with --seconds N, --repeat N        at least so long, so often (1, 3)
 *   with --pcaps DIRECTORY              where captures are
 */
#include "base/rcu.h"
#include "run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    const char *pcaps;
    bool list, once, counters;
    struct run_setup run;
};

static int usage(void)
{
    fputs("usage: bench --list | [--once | --counters] [--no-parsers | --only NAME] [--seconds N] "
          "[--repeat N] "
          "[--pcaps DIRECTORY] CASE SESSIONS\n",
          stderr);
    return 2;
}

static void list_cases(void)
{
    for (const struct bench_case *c = bench_cases; c->name; c++)
        for (size_t i = 0; i < BENCH_SIZES && c->sizes[i]; i++)
            printf("%s %llu\n", c->name, (unsigned long long)c->sizes[i]);
}

static const struct bench_case *case_find(const char *name)
{
    for (const struct bench_case *c = bench_cases; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    fprintf(stderr, "bench: %s: no such case, see bench --list\n", name);
    return NULL;
}

static bool patterns_open(struct pattern_set *set, const struct bench_case *c, const char *pcaps)
{
    char path[1024];

    if (c->make) {
        c->make(set);
        return true;
    }
    snprintf(path, sizeof path, "%s/%s/input.pcap", pcaps, c->capture);
    return patterns_load(set, path, c->cap);
}

static bool options_read(struct settings *s, int argc, char **argv)
{
    static const struct option options[] = {
        {"list", no_argument, NULL, 'l'},
        {"once", no_argument, NULL, 'o'},
        {"counters", no_argument, NULL, 'c'},
        {"no-parsers", no_argument, NULL, 'n'},
        {"seconds", required_argument, NULL, 's'},
        {"repeat", required_argument, NULL, 'r'},
        {"pcaps", required_argument, NULL, 'p'},
        {"only", required_argument, NULL, 'O'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'l':
            s->list = true;
            break;
        case 'o':
            s->once = true;
            break;
        case 'c':
            s->counters = true;
            break;
        case 'n':
            s->run.no_parsers = true;
            break;
        case 'O':
            s->run.only = optarg;
            break;
        case 's':
            s->run.seconds = strtod(optarg, NULL);
            break;
        case 'r':
            s->run.repeat = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'p':
            s->pcaps = optarg;
            break;
        default:
            return false;
        }
    }
    if (s->list)
        return optind == argc;
    if (optind + 2 != argc)
        return false;
    s->run.sessions = strtoull(argv[optind + 1], NULL, 10);
    return s->run.sessions > 0;
}

/* A number, or "-" for what is not known. */
static void put(double value)
{
    if (value > 0)
        printf("\t%.1f", value);
    else
        printf("\t-");
}

static void print_measured(const struct settings *s, const struct run_result *r)
{
    uint64_t packets = r->opening.packets + r->data.packets;
    double all =
        (r->opening.ns * (double)r->opening.packets + r->data.ns * (double)r->data.packets) /
        (double)packets;
    double cycles = (r->opening.cycles * (double)r->opening.packets +
                     r->data.cycles * (double)r->data.packets) /
                    (double)packets;

    printf("%s\t%llu\t%llu", s->run.bench->name, (unsigned long long)s->run.sessions,
           (unsigned long long)packets);
    put((double)(r->opening.bytes + r->data.bytes) / (double)packets);
    put(all);
    put(r->opening.ns);
    put(r->data.ns);
    put(cycles);
    put(s->run.bench->flood ? 0 : r->end_ns);
    put(s->run.bench->flood ? 0 : r->engine_bytes);
    put(s->run.bench->flood ? 0 : r->resident_bytes);
    printf("\n");
}

static void print_result(const struct settings *s, const struct run_result *r)
{
    if (s->once)
        printf("%llu\n", (unsigned long long)(r->opening.packets + r->data.packets));
    if (s->counters)
        for (enum counter c = 0; c < COUNTER_COUNT; c++)
            if (r->counters.value[c])
                printf("%s %llu\n", counter_key(c), (unsigned long long)r->counters.value[c]);
    if (!s->once && !s->counters)
        print_measured(s, r);
}

int main(int argc, char **argv)
{
    struct settings s = {.pcaps = BENCH_PCAPS, .run = {.repeat = 3, .seconds = 1}};
    struct run_result result;
    bool good;

    if (!options_read(&s, argc, argv))
        return usage();
    if (s.list) {
        list_cases();
        return 0;
    }
    s.run.bench = case_find(argv[optind]);
    if (s.run.bench == NULL || !patterns_open(&s.run.patterns, s.run.bench, s.pcaps))
        return 2;
    rcu_thread_enter();
    if (s.once || s.counters)
        good = run_once(&s.run, &result);
    else
        good = run_case(&s.run, &result);
    if (good)
        print_result(&s, &result);
    patterns_free(&s.run.patterns);
    rcu_thread_leave();
    return good ? 0 : 1;
}
