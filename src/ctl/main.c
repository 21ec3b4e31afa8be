/* SPDX-License-Identifier: Apache-2.0
 *
 * sluicectl: asks a running sluiced.
 */
#include "ctl/attach.h"
#include "options.h"

#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET_PATH "/run/sluice/control.sock"

static void help(FILE *to)
{
    fputs("sluicectl: asks a running sluiced what it sees, and tells it what to do.\n"
          "\n"
          "usage: sluicectl [option]... VERB [word]...\n"
          "\n",
          to);
    for (const struct ctl_verb *v = ctl_verbs; v->name != NULL; v++) {
        char usage[64];

        snprintf(usage, sizeof usage, "%s%s%s %s", v->name, v->sub ? " " : "", v->sub ? v->sub : "",
                 v->synopsis);
        fprintf(to, "  %-26s %s\n", usage, v->about);
    }
    fputs(
        "\n"
        "options:\n"
        "  --json           as JSON: an object, or one a line\n"
        "  -n, --limit N    of lists and events: so many at most\n"
        "  -f, --follow     of events: go on until Ctrl-C (they always do)\n"
        "  --socket PATH    of the daemon (" SOCKET_PATH ")\n"
        "  -h, --help       this text, or that of a verb: sluicectl sessions --help\n"
        "  --version        of this program\n"
        "\n"
        "TARGET is a process id, the path or (ip netns) the name of a network namespace, or the "
        "id\n"
        "of a container, 12 digits of it at least. Options of attach:\n"
        "  --mode tap|protect     listen (default), or take its packets through queues (NFQUEUE)\n"
        "                         and pass what may pass\n"
        "  --interface IF         this one; else all that are up\n"
        "  --name NAME            of the workload; else as TARGET\n"
        "  --fail open|closed     of protect: what happens to packets while no daemon runs\n"
        "\n"
        "FILTER is 'all' or like tcpdump's simple forms, joined by and, or, not, ( ):\n"
        "  host ADDR  net PREFIX  port N  proto NAME  tcp  udp  icmp  ip  ip6  vlan N\n"
        "  app NAME  workload NAME; src or dst in front of host, net and port\n"
        "\n"
        "exit status: 0 done; 1 refused; 2 wrong usage; 4 no daemon, no permission, or another\n"
        "version\n",
        to);
}

static void help_verb(const struct ctl_verb *v)
{
    printf("usage: sluicectl [option]... %s%s%s %s\n\n%s.\n\nexample: %s\n", v->name,
           v->sub ? " " : "", v->sub ? v->sub : "", v->synopsis, v->about, v->example);
}

static enum ctl_exit usage(const char *what, const char *word)
{
    fprintf(stderr, "sluicectl: error: %s%s%s: see sluicectl --help\n", what, word[0] ? ": " : "",
            word);
    return CTL_USAGE;
}

/* What a command line says. */
struct line {
    struct ctl_words words;
    bool help, version;
    bool wires;      /* has an option of attach or detach */
    const char *bad; /* an option that is none, or lacks its value */
    char *plain[1024];
};

/* The value of an option: behind "=", or the next word. */
static const char *value_of(char *arg, char **argv, int *i)
{
    char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL;

    if (equals != NULL)
        return equals + 1;
    return argv[*i + 1] != NULL ? argv[++*i] : NULL;
}

static bool is_option(const char *arg, const char *name)
{
    size_t n = strlen(name);

    return strncmp(arg, name, n) == 0 && (arg[n] == '\0' || arg[n] == '=');
}

static bool option_of_attach(struct line *l, char *arg, char **argv, int *i)
{
    const struct {
        const char *name, **value;
    } options[] = {{"--mode", &l->words.mode},
                   {"--interface", &l->words.interface},
                   {"--name", &l->words.name},
                   {"--fail", &l->words.fail}};

    for (size_t k = 0; k < sizeof options / sizeof options[0]; k++)
        if (is_option(arg, options[k].name)) {
            *options[k].value = value_of(arg, argv, i);
            l->bad = *options[k].value == NULL ? arg : l->bad;
            return true;
        }
    return false;
}

static void option(struct line *l, char **argv, int *i)
{
    char *arg = argv[*i], *end;
    const char *value;

    if (strcmp(arg, "--json") == 0) {
        l->words.json = true;
    } else if (strcmp(arg, "-f") == 0 || strcmp(arg, "--follow") == 0) {
        l->words.follow = true;
    } else if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0) {
        l->help = true;
    } else if (strcmp(arg, "--version") == 0) {
        l->version = true;
    } else if (is_option(arg, "--socket")) {
        l->words.socket = value_of(arg, argv, i);
        l->bad = l->words.socket == NULL ? arg : l->bad;
    } else if (strcmp(arg, "--all") == 0) {
        l->words.all = l->wires = true;
    } else if (option_of_attach(l, arg, argv, i)) {
        l->wires = true;
    } else if (is_option(arg, "-n") || is_option(arg, "--limit")) {
        value = value_of(arg, argv, i);
        l->words.limit = value != NULL ? strtol(value, &end, 10) : 0;
        if (value == NULL || *end != '\0' || l->words.limit <= 0)
            l->bad = arg;
    } else {
        l->bad = arg;
    }
}

static void read_line(struct line *l, int argc, char **argv)
{
    l->words.socket = SOCKET_PATH;
    l->words.words = l->plain;
    for (int i = 1; i < argc && l->words.count < 1000; i++) {
        if (argv[i][0] == '-' && argv[i][1] != '\0')
            option(l, argv, &i);
        else
            l->plain[l->words.count++] = argv[i];
    }
}

/* Takes the verb off the words. */
static const struct ctl_verb *verb_of(struct ctl_words *w)
{
    for (const struct ctl_verb *v = ctl_verbs; v->name != NULL && w->count > 0; v++) {
        int n = v->sub != NULL ? 2 : 1;

        if (strcmp(w->words[0], v->name) != 0 || w->count < n ||
            (v->sub != NULL && strcmp(w->words[1], v->sub) != 0))
            continue;
        w->words += n;
        w->count -= n;
        return v;
    }
    return NULL;
}

static enum ctl_exit run(struct line *l)
{
    const struct ctl_verb *v = verb_of(&l->words);
    struct err err = {0};
    enum ctl_exit status;

    if (l->bad != NULL)
        return usage("no option, or one without its value", l->bad);
    if (l->version) {
        printf("sluicectl %s\n", options_version_number());
        return CTL_DONE;
    }
    if (l->help) {
        if (v != NULL)
            help_verb(v);
        else
            help(stdout);
        return CTL_DONE;
    }
    if (v == NULL)
        return l->words.count > 0 ? usage("no such verb", l->words.words[0])
                                  : usage("a verb is missing", "");
    if (l->wires && v->run != attach_run && v->run != detach_run)
        return usage("takes no option of attach", v->name);
    if (l->words.count < v->least || l->words.count > v->most) {
        fprintf(stderr, "sluicectl: error: usage: sluicectl %s%s%s %s\n", v->name,
                v->sub ? " " : "", v->sub ? v->sub : "", v->synopsis);
        return CTL_USAGE;
    }
    status = v->run(&l->words, &err);
    if (status != CTL_DONE)
        fprintf(stderr, "sluicectl: error: %s%s%s\n", err.path, err.path[0] != '\0' ? ": " : "",
                err.text);
    return status;
}

int main(int argc, char **argv)
{
    struct line line = {0};

    signal(SIGPIPE, SIG_DFL); /* into head(1) */
    read_line(&line, argc, argv);
    return (int)run(&line);
}
