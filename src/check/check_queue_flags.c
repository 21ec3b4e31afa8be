/* SPDX-License-Identifier: Apache-2.0
 *
 * What a queue is asked for beyond packets: that they pass when it is full, and that large ones
 * come in one piece. The daemon goes on without either.
 */
#include "check/checks.h"

#include "capture/nfqueue_message.h"
#include "check/queue_site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 3 }; /* into a queue that takes one */

/* Sends what is built, and waits for the kernel's word: 0, or an errno. */
static int ask(int fd, struct queue_messages *m)
{
    uint8_t answer[4096] __attribute__((aligned(8)));
    ssize_t n = send(fd, m->bytes, m->n, 0);

    m->n = 0;
    if (n >= 0)
        n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    return n < 0 ? errno : queue_answer(answer, (size_t)n);
}

/* One flag, one packet at most. */
static int ask_flag(int fd, struct queue_messages *m, uint32_t flag)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(m->bytes);
    struct nfqnl_msg_config_params params = {.copy_range = htonl(0xffff),
                                             .copy_mode = NFQNL_COPY_PACKET};
    struct nfgenmsg *g;

    h->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG;
    h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    g = mnl_nlmsg_put_extra_header(h, sizeof *g);
    *g = (struct nfgenmsg){.version = NFNETLINK_V0, .res_id = htons(m->queue)};
    mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof params, &params);
    mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(1));
    mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(flag));
    mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(flag));
    m->n = h->nlmsg_len;
    return ask(fd, m);
}

/* A queue with this flag; -1: the result says why there is none. */
static int queue_with(struct netlab *lab, uint32_t flag, const char *name, struct check_result *r)
{
    struct netlab_socket netlink = {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER};
    struct queue_messages m = {.queue = QUEUE_BY_HAND};
    struct err err = {0};
    int fd = netlab_socket(lab, NETLAB_NEAR, &netlink, &err), why;

    if (fd < 0) {
        check_refuse(r, CHECK_MISSING,
                     "no queue (needs nfnetlink_queue in the kernel, CAP_NET_ADMIN)", &err);
        return -1;
    }
    queue_bind(&m);
    why = ask(fd, &m);
    if (why != 0)
        check_say(r, CHECK_MISSING,
                  "no queue (needs nfnetlink_queue in the kernel, CAP_NET_ADMIN): %s",
                  strerror(why));
    else if ((why = ask_flag(fd, &m, flag)) != 0)
        check_say(r, CHECK_MISSING, "the kernel refuses %s (%s)", name, strerror(why));
    else
        return fd;
    close(fd);
    return -1;
}

static void overflow(struct netlab *lab, const struct queue_site *site, struct check_result *r)
{
    struct err err = {0};
    struct sighting seen;
    struct probe probe;

    for (int i = 0; i < MANY; i++)
        if (!queue_site_send(site, lab, &probe, &err)) {
            check_refuse(r, CHECK_BROKEN, "nothing to fill a queue with", &err);
            return;
        }
    if (probe_arrives(lab, site->to, &probe, &seen))
        check_say(r, CHECK_OK, "packets pass a queue that is full");
    else
        check_say(r, CHECK_BROKEN, "packets are lost when a queue is full");
}

void check_fail_open(struct netlab *lab, struct check_result *r)
{
    struct queue_site site = {.family = QUEUE_FOUR, .queue = QUEUE_BY_HAND};
    struct err err = {0};
    int fd;

    if (!netlab_has_loopback(lab, r) || !queue_site_has_rules(lab, QUEUE_FOUR, r))
        return;
    fd = queue_with(lab, NFQA_CFG_F_FAIL_OPEN, "NFQA_CFG_F_FAIL_OPEN: full queues lose packets", r);
    if (fd < 0)
        return;
    if (queue_site_init(&site, lab, &err))
        overflow(lab, &site, r);
    else
        check_refuse(r, CHECK_BROKEN, "nothing to fill a queue with", &err);
    queue_site_fini(&site);
    close(fd);
}

void check_queue_gso(struct netlab *lab, struct check_result *r)
{
    int fd;

    if (!netlab_has_loopback(lab, r))
        return;
    fd = queue_with(lab, NFQA_CFG_F_GSO, "NFQA_CFG_F_GSO: large segments are cut before they come",
                    r);
    if (fd < 0)
        return;
    check_say(r, CHECK_OK, "the kernel hands large segments over in one piece (flag accepted)");
    close(fd);
}
