/* SPDX-License-Identifier: Apache-2.0 */
#include "check/rtnetlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 1024,
    ANSWER_BYTES = 8192,
    OPERSTATE_UP = 6, /* IF_OPER_UP, RFC 2863; <linux/if.h> and <net/if.h> exclude each other */
};

/* A request under construction. */
struct request {
    uint8_t bytes[REQUEST_BYTES] __attribute__((aligned(8)));
    struct nlmsghdr *header;
};

static void *begin(struct request *r, uint16_t type, uint16_t flags, size_t head)
{
    memset(r, 0, sizeof *r);
    r->header = mnl_nlmsg_put_header(r->bytes);
    r->header->nlmsg_type = type;
    r->header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    r->header->nlmsg_seq = 1;
    return mnl_nlmsg_put_extra_header(r->header, head);
}

/* 0, or an errno. */
static int answer_of(const void *bytes, ssize_t n)
{
    int left = (int)n;

    for (const struct nlmsghdr *h = bytes; n > 0 && mnl_nlmsg_ok(h, left);
         h = mnl_nlmsg_next(h, &left)) {
        const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

        if (h->nlmsg_type == NLMSG_ERROR && mnl_nlmsg_get_payload_len(h) >= sizeof *e)
            return -e->error;
    }
    return EPROTO;
}

/* Sends the request and takes the answer: its length, or -1. The kernel answers within the call:
 * nothing is waited for. */
static ssize_t exchange(const struct request *r, void *answer, size_t room)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), why;
    ssize_t n = -1;

    if (fd < 0)
        return -1;
    if (send(fd, r->bytes, r->header->nlmsg_len, 0) >= 0)
        n = recv(fd, answer, room, MSG_DONTWAIT);
    why = errno;
    close(fd);
    errno = why;
    return n;
}

static bool ask(const struct request *r, const char *what, struct err *err)
{
    uint8_t answer[ANSWER_BYTES] __attribute__((aligned(8)));
    ssize_t n = exchange(r, answer, sizeof answer);
    int why = n < 0 ? errno : answer_of(answer, n);

    return why == 0 || err_set(err, what, "%s%s", strerror(why),
                               why == EPERM ? ": CAP_NET_ADMIN is needed" : "");
}

bool rtnetlink_veth_add(const struct rtnetlink_veth *v, struct err *err)
{
    struct request r;
    struct nlattr *about, *kind, *peer;

    begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(r.header, IFLA_IFNAME, v->name[0]);
    mnl_attr_put(r.header, IFLA_ADDRESS, sizeof v->mac[0], v->mac[0]);
    about = mnl_attr_nest_start(r.header, IFLA_LINKINFO);
    mnl_attr_put_strz(r.header, IFLA_INFO_KIND, "veth");
    kind = mnl_attr_nest_start(r.header, IFLA_INFO_DATA);
    peer = mnl_attr_nest_start(r.header, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(r.header, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(r.header, IFLA_IFNAME, v->name[1]);
    mnl_attr_put(r.header, IFLA_ADDRESS, sizeof v->mac[1], v->mac[1]);
    mnl_attr_put_u32(r.header, IFLA_NET_NS_FD, (uint32_t)v->other);
    mnl_attr_nest_end(r.header, peer);
    mnl_attr_nest_end(r.header, kind);
    mnl_attr_nest_end(r.header, about);
    return ask(&r, "veth", err);
}

bool rtnetlink_up(const char *interface, struct err *err)
{
    struct request r;
    struct ifinfomsg *link = begin(&r, RTM_NEWLINK, 0, sizeof *link);

    link->ifi_index = (int)if_nametoindex(interface);
    link->ifi_flags = IFF_UP;
    link->ifi_change = IFF_UP;
    if (link->ifi_index == 0)
        return err_set(err, interface, "is no interface there: %s", strerror(errno));
    return ask(&r, interface, err);
}

/* Stops there. */
static int is_operstate_up(const struct nlattr *attribute, void *nothing)
{
    (void)nothing;
    if (mnl_attr_get_type(attribute) == IFLA_OPERSTATE &&
        mnl_attr_get_u8(attribute) == OPERSTATE_UP)
        return MNL_CB_STOP;
    return MNL_CB_OK;
}

bool rtnetlink_is_up(const char *interface)
{
    uint8_t answer[ANSWER_BYTES] __attribute__((aligned(8)));
    const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
    struct request r;
    struct ifinfomsg *link = begin(&r, RTM_GETLINK, 0, sizeof *link);
    ssize_t n;

    link->ifi_index = (int)if_nametoindex(interface);
    r.header->nlmsg_flags = NLM_F_REQUEST; /* the link is the answer */
    n = exchange(&r, answer, sizeof answer);
    if (n <= 0 || !mnl_nlmsg_ok(h, (int)n) || h->nlmsg_type != RTM_NEWLINK)
        return false;
    return mnl_attr_parse(h, sizeof *link, is_operstate_up, NULL) == MNL_CB_STOP;
}

bool rtnetlink_address_add(const char *interface, uint32_t address, uint8_t prefix, struct err *err)
{
    struct request r;
    struct ifaddrmsg *a = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *a);

    a->ifa_family = AF_INET;
    a->ifa_prefixlen = prefix;
    a->ifa_index = if_nametoindex(interface);
    mnl_attr_put(r.header, IFA_LOCAL, sizeof address, &address);
    mnl_attr_put(r.header, IFA_ADDRESS, sizeof address, &address);
    return ask(&r, interface, err);
}
