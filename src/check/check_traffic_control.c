/* SPDX-License-Identifier: Apache-2.0
 *
 * What the agent wires inline workloads with: a filter that changes an address and sends the frame
 * out of another interface.
 */
#include "check/checks.h"

#include "check/netlab.h"
#include "check/probe.h"
#include "check/program.h"

#include <string.h>
#include <unistd.h>

/* Of a service port: what the address becomes. */
static const uint8_t service_mac[6] = {0x4e, 0x65, 0x75, 0x56, 0x00, 0x01};

/* For all frames that come in on the inner cable: they go out on the outer one. */
#define FILTER_BEGIN                                                                               \
    "tc", "filter", "add", "dev", in, "parent", "ffff:", "pref", "10001", "protocol", "all",       \
        "u32", "match", "u8", "0", "0", "action"
#define FILTER_END "mirred", "egress", "mirror", "dev", out, NULL

static void tell_missing(struct netlab *lab, const char *in, const char *out,
                         struct check_result *r, const struct err *why)
{
    const char *const without[] = {FILTER_BEGIN, FILTER_END};
    bool is_other = netlab_run(lab, NETLAB_NEAR, without, NULL);

    check_refuse(r, CHECK_MISSING,
                 is_other ? "the kernel has no act_pedit (modprobe act_pedit), without which the "
                            "agent wires with NFQUEUE"
                          : "the kernel has no act_mirred or no cls_u32 (modprobe act_mirred "
                            "cls_u32), without which the agent wires with NFQUEUE",
                 why);
}

static bool filter_add(struct netlab *lab, const char *in, const char *out, struct check_result *r)
{
    const char *const qdisc[] = {"tc", "qdisc", "add", "dev", in, "ingress", NULL};
    const char *const filter[] = {FILTER_BEGIN, "pedit",      "munge", "offset", "-14",     "u16",
                                  "set",        "0x4e65",     "munge", "offset", "-12",     "u32",
                                  "set",        "0x75560001", "pipe",  "action", FILTER_END};
    struct err err = {0};

    if (!netlab_run(lab, NETLAB_NEAR, qdisc, &err)) {
        check_refuse(
            r, CHECK_MISSING,
            "the kernel has no sch_ingress (modprobe sch_ingress), without which the agent "
            "wires with NFQUEUE",
            &err);
        return false;
    }
    if (netlab_run(lab, NETLAB_NEAR, filter, &err))
        return true;
    tell_missing(lab, in, out, r, &err);
    return false;
}

/* In on the inner cable, out on the outer one. */
static void filter_works(struct netlab *lab, const int far[NETLAB_CABLES], struct check_result *r)
{
    struct probe_ends ends;
    struct probe probe;
    struct sighting seen;
    struct err err = {0};

    netlab_mac(NETLAB_INNER, NETLAB_NEAR, ends.to);
    netlab_mac(NETLAB_INNER, NETLAB_FAR, ends.from);
    probe_make(lab, &probe, &ends, 0);
    if (!probe_send(far[NETLAB_INNER], &probe, &err)) {
        check_refuse(r, CHECK_BROKEN, "nothing to be sent on", &err);
        return;
    }
    memcpy(probe.bytes, service_mac, sizeof service_mac);
    if (!probe_arrives(lab, far[NETLAB_OUTER], &probe, &seen))
        check_say(r, CHECK_BROKEN, "a filter (act_mirred) sends nothing on");
    else if (!probe_equals(&probe, &seen))
        check_say(r, CHECK_BROKEN, "a filter (act_pedit) does not change the address as told");
    else
        check_say(r, CHECK_OK,
                  "a filter changes an address and sends the frame on (act_pedit, act_mirred)");
}

void check_traffic_control(struct netlab *lab, struct check_result *r)
{
    const char *in = netlab_interface(NETLAB_INNER, NETLAB_NEAR);
    const char *const undo[] = {"tc", "qdisc", "del", "dev", in, "ingress", NULL};
    int far[NETLAB_CABLES] = {-1, -1};
    struct err err = {0};

    if (!netlab_has_cables(lab, r))
        return;
    if (!program_exists("tc")) {
        check_say(r, CHECK_UNKNOWN,
                  "not tried, there is no tc: the agent wires with it when the "
                  "kernel has act_pedit and act_mirred, else with NFQUEUE");
        return;
    }
    for (enum netlab_cable c = NETLAB_OUTER; c < NETLAB_CABLES; c++)
        far[c] = probe_socket(lab, NETLAB_FAR, netlab_interface(c, NETLAB_FAR), &err);
    if (far[NETLAB_OUTER] < 0 || far[NETLAB_INNER] < 0)
        check_refuse(r, CHECK_UNKNOWN, "not tried, there is no packet socket", &err);
    else if (filter_add(lab, in, netlab_interface(NETLAB_OUTER, NETLAB_NEAR), r))
        filter_works(lab, far, r);
    (void)netlab_run(lab, NETLAB_NEAR, undo, NULL);
    for (int i = 0; i < NETLAB_CABLES; i++)
        if (far[i] >= 0)
            close(far[i]);
}
