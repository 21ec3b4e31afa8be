/* SPDX-License-Identifier: Apache-2.0
 *
 * Lets everything pass that comes into a queue (NFQUEUE), and counts it: what the kernel's queue
 * costs whoever inspects. Packets come in batches and large (GSO), one message decides a batch.
 *
 *   accept QUEUE      until SIGINT or SIGTERM
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    BATCH = 32,
    SLOT_BYTES = 72 << 10,
    RECEIVE_BYTES = 32 << 20,
    QUEUE_MOST = 4096, /* packets that wait in the kernel */
    SLEEP_US = 100000,
    TURNS = 64, /* batches between two looks whether to end */
};

struct acceptor {
    struct mnl_socket *socket;
    int fd;
    uint16_t queue;
    uint32_t last_id; /* of the batch */
    uint32_t in_hand; /* not decided yet */
    uint64_t packets, bytes, verdicts;
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
    uint8_t slots[BATCH][SLOT_BYTES] __attribute__((aligned(8)));
};

static struct nlmsghdr *begin(const struct acceptor *a, uint8_t *to, uint16_t type)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(to);
    struct nfgenmsg *g;

    h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
    h->nlmsg_flags = NLM_F_REQUEST;
    g = mnl_nlmsg_put_extra_header(h, sizeof *g);
    *g = (struct nfgenmsg){.version = NFNETLINK_V0, .res_id = htons(a->queue)};
    return h;
}

static void send_out(const struct acceptor *a, const struct nlmsghdr *h)
{
    if (mnl_socket_sendto(a->socket, h, h->nlmsg_len) < 0)
        peer_die("cannot be written to", "the queue");
}

static void accept_batch(struct acceptor *a)
{
    uint8_t bytes[256] __attribute__((aligned(8)));
    struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_ACCEPT), .id = htonl(a->last_id)};
    struct nlmsghdr *h = begin(a, bytes, NFQNL_MSG_VERDICT_BATCH);

    mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
    send_out(a, h);
    a->verdicts++;
    a->in_hand = 0;
}

static int attribute(const struct nlattr *attr, void *arg)
{
    struct acceptor *a = arg;

    if (mnl_attr_get_type(attr) == NFQA_PAYLOAD) {
        a->bytes += mnl_attr_get_payload_len(attr);
    } else if (mnl_attr_get_type(attr) == NFQA_PACKET_HDR) {
        const struct nfqnl_msg_packet_hdr *head = mnl_attr_get_payload(attr);

        a->last_id = ntohl(head->packet_id);
        a->packets++;
        a->in_hand++;
    }
    return MNL_CB_OK;
}

static void configure(struct acceptor *a)
{
    static const uint32_t flags = NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN;
    uint8_t bytes[512] __attribute__((aligned(8)));
    struct nfqnl_msg_config_cmd bind_it = {.command = NFQNL_CFG_CMD_BIND};
    struct nfqnl_msg_config_params params = {.copy_range = htonl(UINT16_MAX),
                                             .copy_mode = NFQNL_COPY_PACKET};
    struct nlmsghdr *h = begin(a, bytes, NFQNL_MSG_CONFIG);

    mnl_attr_put(h, NFQA_CFG_CMD, sizeof bind_it, &bind_it);
    send_out(a, h);
    h = begin(a, bytes, NFQNL_MSG_CONFIG);
    mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof params, &params);
    mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(QUEUE_MOST));
    mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(flags));
    mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(flags));
    send_out(a, h);
}

static void open_queue(struct acceptor *a)
{
    struct timeval patience = {.tv_usec = SLEEP_US};
    int room = RECEIVE_BYTES, on = 1;

    a->socket = mnl_socket_open(NETLINK_NETFILTER);
    if (a->socket == NULL || mnl_socket_bind(a->socket, 0, MNL_SOCKET_AUTOPID) != 0)
        peer_die("cannot be had", "a queue");
    a->fd = mnl_socket_get_fd(a->socket);
    mnl_socket_setsockopt(a->socket, NETLINK_NO_ENOBUFS, &on, sizeof on);
    if (setsockopt(a->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0 ||
        setsockopt(a->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        peer_die("refused by the kernel", "an option of the queue");
    configure(a);
    for (size_t i = 0; i < BATCH; i++) {
        a->pieces[i] = (struct iovec){a->slots[i], SLOT_BYTES};
        a->messages[i].msg_hdr = (struct msghdr){.msg_iov = &a->pieces[i], .msg_iovlen = 1};
    }
}

/* False: nothing came for a while. */
static bool serve(struct acceptor *a)
{
    int n = recvmmsg(a->fd, a->messages, BATCH, MSG_WAITFORONE, NULL);

    if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
        peer_die("cannot be read", "the queue");
    for (int i = 0; i < n; i++) {
        const struct nlmsghdr *h = a->pieces[i].iov_base;

        if (mnl_nlmsg_ok(h, (int)a->messages[i].msg_len) &&
            h->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
            mnl_attr_parse(h, sizeof(struct nfgenmsg), attribute, a);
    }
    if (a->in_hand > 0)
        accept_batch(a);
    return n > 0;
}

int main(int argc, char **argv)
{
    struct acceptor *a;

    if (argc != 2) {
        fputs("usage: accept QUEUE\n", stderr);
        return 2;
    }
    a = calloc(1, sizeof *a);
    if (a == NULL)
        peer_die("no memory", "accept");
    a->queue = (uint16_t)peer_number(argv[1]);
    peer_stop_init();
    open_queue(a);
    peer_ready();
    while (!peer_stop_asked())
        for (int i = 0; i < TURNS && serve(a);)
            i++;
    printf("{\"frames\": %llu, \"bytes\": %llu, \"verdicts\": %llu, \"cpu\": %.3f}\n",
           (unsigned long long)a->packets, (unsigned long long)a->bytes,
           (unsigned long long)a->verdicts, peer_cpu());
    mnl_socket_close(a->socket);
    free(a);
    return 0;
}
