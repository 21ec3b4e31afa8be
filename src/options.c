/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <jansson.h>
#include <nettle/version.h>
#include <nghttp2/nghttp2ver.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#ifdef SLUICE_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

enum {
    OPTION_CONFIG = 256,
    OPTION_INLINE,
    OPTION_WRITE,
    OPTION_JSON,
    OPTION_FAIL_ON,
    OPTION_TRACE,
    OPTION_VERSION,
    OPTION_AGENT_SOCKET,
    OPTION_NOTIFY_SOCKET,
    OPTION_CONTROL_SOCKET,
    OPTION_HEARTBEAT,
    OPTION_CPUS,
    OPTION_CHECK,
    OPTION_NO_CHECK,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"pcap", required_argument, NULL, 'p'},
    {"debug", required_argument, NULL, 'd'},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"inline", no_argument, NULL, OPTION_INLINE},
    {"write", required_argument, NULL, OPTION_WRITE},
    {"json", required_argument, NULL, OPTION_JSON},
    {"fail-on", required_argument, NULL, OPTION_FAIL_ON},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"checksums", no_argument, NULL, 'c'},
    {"interface", required_argument, NULL, 'i'},
    {"jumbo", no_argument, NULL, 'j'},
    {"mesh-policy", no_argument, NULL, 'm'},
    {"threads", required_argument, NULL, 'n'},
    {"standalone", no_argument, NULL, 's'},
    {"threat", required_argument, NULL, 'v'},
    {"agent-socket", required_argument, NULL, OPTION_AGENT_SOCKET},
    {"notify-socket", required_argument, NULL, OPTION_NOTIFY_SOCKET},
    {"control-socket", required_argument, NULL, OPTION_CONTROL_SOCKET},
    {"heartbeat", required_argument, NULL, OPTION_HEARTBEAT},
    {"cpus", required_argument, NULL, OPTION_CPUS},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"no-check", no_argument, NULL, OPTION_NO_CHECK},
    {0},
};

void options_help(FILE *to)
{
    fputs(
        "sluiced: sees every packet, names the application, stops attacks.\n"
        "\n"
        "usage: sluiced [option]...            under an agent, which says what to look at\n"
        "       sluiced -i IFACE [option]...   look at one interface\n"
        "       sluiced -p PATH [option]...    replay captures\n"
        "       sluiced --check                what this system offers, each proven by use\n"
        "\n"
        "as a service:\n"
        "  -n, --threads N     packet threads; 0 = as many as there are CPUs, at most 4\n"
        "      --cpus LIST     processors of the packet threads, one each, in this order: 1-3 or "
        "0,2;\n"
        "                      without -n as many threads as are named\n"
        "  -i, --interface IFACE\n"
        "                      listen to one interface of the host\n"
        "  -s, --standalone    without the shared memory of a supervisor\n"
        "  -c, --checksums     packets with a wrong checksum are malformed\n"
        "  -j, --jumbo         frames of more than 2,048 bytes (they are always taken)\n"
        "  -m, --mesh-policy   traffic inside a pod is judged by the policy of the pod\n"
        "  -v, --threat NAME   switch on thrt_tls_1dot0 or thrt_tls_1dot1\n"
        "      --no-check      no self-test after the start (there is none with -i)\n"
        "\n"
        "self-test:\n"
        "      --check         a line for each thing that taps, inline ports and queues need:\n"
        "                      ok, missing, broken or unknown; its name; what was proven, or why\n"
        "                      not. In namespaces of its own, some hundred milliseconds\n"
        "\n"
        "replay:\n"
        "  -p, --pcap PATH     a capture (pcap or pcapng, '-' = standard input), or every capture\n"
        "                      below a directory, in name order; may be repeated. Each file is a\n"
        "                      world of its own: its clock, its sessions\n"
        "      --inline        behave as if inline: drop what is to be dropped, and count it\n"
        "      --write FILE    with --inline: what was let through, as a capture\n"
        "      --fail-on LIST  exit status 1 when one of these occurred, separated by commas:\n"
        "                      violation, threat, match, unknown-app\n"
        "      --trace FILTER  the story of each matching packet, stage by stage; on standard\n"
        "                      error when events go to standard output\n"
        "\n"
        "both:\n"
        "      --json FILE     events as JSON lines (EVE format), '-' = standard output,\n"
        "                      in place of the table, or of the lines of -i\n"
        "      --config FILE   workloads, networks, limits and settings, one JSON document\n"
        "  -d, --debug NAME    log more: error, warn, info, debug, all, none; may be repeated\n"
        "  -h, --help          this text\n"
        "      --version       version, build and libraries\n"
        "\n"
        "places:\n"
        "      --agent-socket PATH    where the agent asks (/tmp/dp_listen.sock)\n"
        "      --notify-socket PATH   where the agent listens (/tmp/ctrl_listen.sock)\n"
        "      --control-socket PATH  where sluicectl asks (/run/sluice/control.sock)\n"
        "      --heartbeat NAME       shared memory of the supervisor (/dp_mnt.shm)\n"
        "\n"
        "FILTER is 'all' or like tcpdump's simple forms, joined by and, or, not, ( ):\n"
        "  host ADDR  net PREFIX  port N  proto NAME  tcp  udp  icmp  ip  ip6  vlan N  frame N\n"
        "  app NAME  workload NAME\n"
        "  with src or dst in front of host, net and port\n"
        "\n"
        "exit status: 0 done; 1 --fail-on hit, or --check found something missing or broken;\n"
        "2 wrong usage or configuration; 3 an input could not be read to its end (the others\n"
        "are still done); 4 cannot start, or cannot write its output. Started by the name dp:\n"
        "254 wrong usage, 255 no shared memory\n"
        "\n"
        "examples:\n"
        "  sluiced -s -i eth0\n"
        "  sluiced -p capture.pcap\n"
        "  sluiced -p pcaps/ --config policy.json --fail-on threat,unknown-app\n"
        "  sluiced -p capture.pcap --json - | jq 'select(.event_type == \"flow\")'\n"
        "  sluiced -p capture.pcap --trace 'host 10.1.1.2 and port 80'\n",
        to);
}

const char *options_version_number(void)
{
    return SLUICE_VERSION;
}

void options_version(FILE *to)
{
    fprintf(to, "sluiced %s\nbuild: %s, %s\njansson %s\nnettle %d.%d\n", SLUICE_VERSION,
            SLUICE_BUILD, __VERSION__, jansson_version_str(), nettle_version_major(),
            nettle_version_minor());
    fprintf(to, "nghttp2 %s\nzlib %s\nzstd %s\n", NGHTTP2_VERSION, zlibVersion(),
            ZSTD_versionString());
#ifdef SLUICE_JEMALLOC
    fprintf(to, "jemalloc %s\n", JEMALLOC_VERSION);
#endif
}

static bool fail_on_add(unsigned *set, const char *name, size_t n)
{
    static const char *const names[] = {"violation", "threat", "match", "unknown-app"};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0) {
            *set |= 1u << i;
            return true;
        }
    return false;
}

static bool fail_on_parse(unsigned *set, const char *list, struct err *err)
{
    do {
        size_t n = strcspn(list, ",");

        if (!fail_on_add(set, list, n))
            return err_set(err, "--fail-on",
                           "'%.*s' is none of violation, threat, match, unknown-app; separate "
                           "several with commas",
                           (int)n, list);
        list += n + (list[n] == ',');
    } while (*list != '\0');
    return true;
}

/* The names of the reference's debug categories are accepted, so that its supervisor's command
 * line works: log lines have levels here, any category means debug. */
static bool log_level_parse(enum log_level *level, const char *name, struct err *err)
{
    static const struct {
        const char *name;
        enum log_level level;
    } names[] = {
        {"none", LOG_ERROR},   {"error", LOG_ERROR},   {"warn", LOG_WARN},   {"info", LOG_INFO},
        {"init", LOG_INFO},    {"debug", LOG_DEBUG},   {"all", LOG_DEBUG},   {"ctrl", LOG_DEBUG},
        {"packet", LOG_DEBUG}, {"session", LOG_DEBUG}, {"timer", LOG_DEBUG}, {"tcp", LOG_DEBUG},
        {"parser", LOG_DEBUG}, {"log", LOG_DEBUG},     {"ddos", LOG_DEBUG},  {"policy", LOG_DEBUG},
        {"dlp", LOG_DEBUG},
    };
    const char *plain = name[0] == '-' ? name + 1 : name;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, plain) == 0) {
            *level = plain == name ? names[i].level : LOG_INFO;
            return true;
        }
    return err_set(err, "-d", "'%s' is no level: use error, warn, info, debug, all or none", name);
}

static bool threads_parse(unsigned *threads, const char *text, struct err *err)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || n > 1024)
        return err_set(err, "-n", "'%s' is no number of threads: 0 (as many as CPUs) to 1024",
                       text);
    *threads = (unsigned)n;
    return true;
}

static bool threat_parse(unsigned *set, const char *name, struct err *err)
{
    if (strcmp(name, "thrt_tls_1dot0") == 0)
        *set |= OPTIONS_TLS_1_0;
    else if (strcmp(name, "thrt_tls_1dot1") == 0)
        *set |= OPTIONS_TLS_1_1;
    else
        return err_set(err, "-v", "'%s' is neither thrt_tls_1dot0 nor thrt_tls_1dot1", name);
    return true;
}

/* Where things are, and how the service is to behave. */
static bool option_take_service(struct options *o, int option, struct err *err)
{
    switch (option) {
    case 'c':
        o->checksums = true;
        return true;
    case 'i':
        o->interface = optarg;
        return true;
    case 'j':
        o->jumbo = true;
        return true;
    case 'm':
        o->mesh = true;
        return true;
    case 'n':
        return threads_parse(&o->threads, optarg, err);
    case 's':
        o->standalone = true;
        return true;
    case 'v':
        return threat_parse(&o->threats, optarg, err);
    case OPTION_CPUS:
        return cpus_parse(&o->cpus, optarg, err);
    case OPTION_AGENT_SOCKET:
        o->agent_socket = optarg;
        return true;
    case OPTION_NOTIFY_SOCKET:
        o->notify_socket = optarg;
        return true;
    case OPTION_CONTROL_SOCKET:
        o->control_socket = optarg;
        return true;
    case OPTION_HEARTBEAT:
        o->heartbeat = optarg;
        return true;
    case OPTION_NO_CHECK:
        o->no_check = true;
        return true;
    default:
        return false;
    }
}

static bool option_take(struct options *o, int option, struct err *err)
{
    switch (option) {
    case 'h':
        o->task = TASK_HELP;
        return true;
    case OPTION_VERSION:
        o->task = TASK_VERSION;
        return true;
    case 'p':
        o->task = o->task == TASK_CHECK ? TASK_CHECK : TASK_REPLAY;
        o->captures[o->capture_count++] = optarg;
        return true;
    case OPTION_CHECK:
        o->task = TASK_CHECK;
        return true;
    case 'd':
        return log_level_parse(&o->log_level, optarg, err);
    case OPTION_CONFIG:
        o->config = optarg;
        return true;
    case OPTION_INLINE:
        o->mode = ENGINE_INLINE;
        return true;
    case OPTION_WRITE:
        o->write = optarg;
        return true;
    case OPTION_JSON:
        o->json = optarg;
        return true;
    case OPTION_FAIL_ON:
        return fail_on_parse(&o->fail_on, optarg, err);
    case OPTION_TRACE:
        o->trace = optarg;
        return true;
    default:
        return option_take_service(o, option, err);
    }
}

/* getopt has moved past the word with the option unless more letters of it are to come. */
static bool option_refuse(int option, char **argv, struct err *err)
{
    const char *word = argv[optind - 1];

    if (option == ':')
        return err_set(err, word, "needs a value behind it: see sluiced --help");
    if (optopt > 0 && optopt < OPTION_CONFIG && (word[0] != '-' || word[1] != '-'))
        return err_set(err, NULL, "-%c is not an option of this program: see sluiced --help",
                       optopt);
    return err_set(err, word,
                   "is not an option of this program, or has a value it does not take: "
                   "see sluiced --help");
}

/* The reference takes a word behind -s and does nothing with it: such a word may be there. */
static bool words_check(const struct options *o, int argc, char **argv, struct err *err)
{
    int words = argc - optind - (o->standalone && optind < argc);

    if (words > 0)
        return err_set(err, argv[argc - 1],
                       "belongs to no option: captures are given with -p, an interface with -i");
    return true;
}

static bool options_check(const struct options *o, int argc, char **argv, struct err *err)
{
    const char *replay_only = o->write                   ? "--write"
                              : o->trace                 ? "--trace"
                              : o->fail_on               ? "--fail-on"
                              : o->mode == ENGINE_INLINE ? "--inline"
                                                         : NULL;

    if (o->task == TASK_CHECK && (o->capture_count > 0 || o->interface != NULL))
        return err_set(err, "--check", "neither replays nor listens: give it alone");
    if (!words_check(o, argc, argv, err))
        return false;
    if (o->task != TASK_REPLAY && replay_only != NULL)
        return err_set(err, replay_only, "belongs to a replay: give captures with -p PATH");
    if (o->task == TASK_REPLAY && o->interface != NULL)
        return err_set(err, "-i", "and -p exclude each other: one interface or captures");
    if (o->interface != NULL && (o->interface[0] == '\0' || strlen(o->interface) > 15))
        return err_set(err, "-i", "'%s' cannot be the name of an interface", o->interface);
    if (o->write != NULL && o->mode != ENGINE_INLINE)
        return err_set(err, "--write", "writes what passes an inline engine: add --inline");
    return true;
}

static bool is_called_dp(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash != NULL ? slash + 1 : path, "dp") == 0;
}

bool options_parse(struct options *o, int argc, char **argv, struct err *err)
{
    int option;

    *o = (struct options){
        .log_level = LOG_INFO,
        .as_dp = argc > 0 && is_called_dp(argv[0]),
        .agent_socket = "/tmp/dp_listen.sock",
        .notify_socket = "/tmp/ctrl_listen.sock",
        .control_socket = "/run/sluice/control.sock",
        .heartbeat = "/dp_mnt.shm",
    };
    o->captures = calloc((size_t)argc + 1, sizeof *o->captures);
    if (o->captures == NULL)
        return err_set(err, NULL, "no memory");
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":hp:d:ci:jmn:sv:", long_options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return option_refuse(option, argv, err);
        if (!option_take(o, option, err))
            return false;
        if (o->task == TASK_HELP || o->task == TASK_VERSION)
            return true;
    }
    return options_check(o, argc, argv, err);
}

void options_fini(struct options *o)
{
    free(o->captures);
    o->captures = NULL;
}
