/* SPDX-License-Identifier: Apache-2.0
 *
 * Queues of the kernel: rules as the agent puts them in, packets that wait for a verdict.
 */
#include "check/checks.h"

#include "capture/nfqueue.h"
#include "check/queue_site.h"

#include <stdio.h>

/* ---- rules ---- */

enum { WAITING_MOST = 64 };

static bool rule_add(struct netlab *lab, const char *program, unsigned queue, struct err *err)
{
    char number[8], port[8];
    const char *const rule[] = {
        program, "-w",      "2",  "-A", "INPUT",   "-i",          "lo",   "-p",
        "udp",   "--dport", port, "-j", "NFQUEUE", "--queue-num", number, "--queue-bypass",
        NULL};

    snprintf(number, sizeof number, "%u", queue);
    snprintf(port, sizeof port, "%u", QUEUE_PORT + queue);
    return netlab_run(lab, NETLAB_NEAR, rule, err);
}

static void rules_add(struct netlab *lab, enum queue_family family, const char *program,
                      struct check_result *r)
{
    struct err err = {0};

    if (!netlab_has_loopback(lab, r))
        return;
    if (!rule_add(lab, program, QUEUE_OF_CAPTURE, &err) ||
        !rule_add(lab, program, QUEUE_BY_HAND, &err)) {
        check_refuse(r, CHECK_MISSING,
                     "the agent puts its queue rules in with it (needs the program and xt_NFQUEUE "
                     "in the kernel)",
                     &err);
        return;
    }
    lab->has_rules[family] = true;
    check_say(r, CHECK_OK, "%s puts rules in, with target NFQUEUE", program);
}

void check_iptables(struct netlab *lab, struct check_result *r)
{
    rules_add(lab, QUEUE_FOUR, "iptables", r);
}

void check_ip6tables(struct netlab *lab, struct check_result *r)
{
    rules_add(lab, QUEUE_SIX, "ip6tables", r);
}

/* ---- packets ---- */

static bool goes(struct netlab *lab, const struct queue_site *site, struct capture *queue,
                 struct probe *p, enum verdict verdict)
{
    struct sighting seen;

    return queue_site_send(site, lab, p, NULL) && probe_decide(lab, queue, p, verdict, &seen);
}

static void packets_wait(struct netlab *lab, const struct queue_site *site, struct capture *queue,
                         struct check_result *r)
{
    struct probe dropped, passed;
    struct sighting seen;

    if (!goes(lab, site, queue, &dropped, VERDICT_DROP) ||
        !goes(lab, site, queue, &passed, VERDICT_PASS))
        check_say(r, CHECK_BROKEN, "a packet does not come into its queue");
    else if (!probe_arrives(lab, site->to, &passed, &seen))
        check_say(r, CHECK_BROKEN, "a packet that was accepted does not arrive");
    else if (seen.others > 0)
        check_say(r, CHECK_BROKEN, "a packet that was dropped arrives");
    else
        check_say(r, CHECK_OK,
                  "packets wait in a queue; accepted ones arrive, dropped ones do not");
}

static void check_queue(struct netlab *lab, enum queue_family family, struct check_result *r)
{
    struct queue_site site = {.family = family, .queue = QUEUE_OF_CAPTURE};
    struct queue_settings settings = {.length = WAITING_MOST};
    struct capture *queue = NULL;
    struct err err = {0};

    if (!netlab_has_loopback(lab, r) || !queue_site_has_rules(lab, family, r))
        return;
    if (queue_site_init(&site, lab, &err))
        queue = nfqueue_open(lab->paths[NETLAB_NEAR], QUEUE_OF_CAPTURE, &settings, &err);
    if (queue != NULL)
        packets_wait(lab, &site, queue, r);
    else
        check_refuse(r, CHECK_MISSING,
                     "no queue (needs nfnetlink_queue in the kernel, CAP_NET_ADMIN, CAP_NET_RAW)",
                     &err);
    if (queue != NULL)
        capture_free(queue);
    queue_site_fini(&site);
}

void check_nfqueue_four(struct netlab *lab, struct check_result *r)
{
    check_queue(lab, QUEUE_FOUR, r);
}

void check_nfqueue_six(struct netlab *lab, struct check_result *r)
{
    check_queue(lab, QUEUE_SIX, r);
}
