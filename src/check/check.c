/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"

#include "check/checks.h"
#include "check/netlab.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { NAME_WIDTH = 18 };

/* In the order in which one thing needs another. Other programs read the names. */
static const struct check checks[] = {
    {"cap-net-raw", check_net_raw},
    {"cap-net-admin", check_net_admin},
    {"cap-sys-admin", check_sys_admin},
    {"locked-memory", check_locked_memory},
    {"namespaces", check_namespaces},
    {"cables", check_cables},
    {"processes", check_processes},
    {"tap", check_tap},
    {"tap-vlan", check_tap_vlan},
    {"tap-checksum", check_tap_checksum},
    {"tap-ring", check_ring},
    {"tap-fanout", check_fanout},
    {"inline-service", check_service},
    {"inline-pair", check_pair},
    {"inline-large", check_large},
    {"traffic-control", check_traffic_control},
    {"iptables", check_iptables},
    {"nfqueue-ipv4", check_nfqueue_four},
    {"ip6tables", check_ip6tables},
    {"nfqueue-ipv6", check_nfqueue_six},
    {"nfqueue-fail-open", check_fail_open},
    {"nfqueue-gso", check_queue_gso},
#if defined __x86_64__ || defined __i386__
    {"processor", check_processor},
#endif
};

void check_say(struct check_result *r, enum check_status status, const char *fmt, ...)
{
    va_list ap;

    r->status = status;
    va_start(ap, fmt);
    vsnprintf(r->text, sizeof r->text, fmt, ap);
    va_end(ap);
}

void check_refuse(struct check_result *r, enum check_status status, const char *what,
                  const struct err *err)
{
    check_say(r, status, "%s: %.100s%s%.250s", what, err->path, err->path[0] ? ": " : "",
              err->text);
}

static void put_line(const struct check_report *report, const char *name,
                     const struct check_result *r)
{
    static const struct {
        const char *word, *colour;
    } words[] = {
        [CHECK_OK] = {"ok", "\033[32m"},
        [CHECK_MISSING] = {"missing", "\033[31m"},
        [CHECK_BROKEN] = {"broken", "\033[1;31m"},
        [CHECK_UNKNOWN] = {"unknown", "\033[33m"},
    };
    int is_coloured = report->colour == CHECK_COLOUR;

    fprintf(report->to, "%s%-7s%s  %-*s  %s\n", is_coloured ? words[r->status].colour : "",
            words[r->status].word, is_coloured ? "\033[0m" : "", NAME_WIDTH, name, r->text);
    fflush(report->to);
}

const struct check *check_table(size_t *n)
{
    *n = sizeof checks / sizeof checks[0];
    return checks;
}

bool check_run(const struct check *table, size_t n, struct netlab *lab,
               const struct check_report *report)
{
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        struct check_result result = {.status = CHECK_BROKEN, .text = "the check says nothing"};

        table[i].run(lab, &result);
        ok &= result.status == CHECK_OK || result.status == CHECK_UNKNOWN;
        put_line(report, table[i].name, &result);
    }
    return ok && ferror(report->to) == 0;
}

bool check_all(FILE *to)
{
    const char *plain = getenv("NO_COLOR");
    struct check_report report = {to, CHECK_PLAIN};
    const struct check *table;
    struct netlab lab;
    size_t n;
    bool ok;

    if (isatty(fileno(to)) && (plain == NULL || plain[0] == '\0'))
        report.colour = CHECK_COLOUR;
    netlab_init(&lab);
    table = check_table(&n);
    ok = check_run(table, n, &lab, &report);
    netlab_fini(&lab);
    return ok;
}
