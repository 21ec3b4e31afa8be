/* SPDX-License-Identifier: Apache-2.0
 *
 * netlab: two network namespaces without a name, and two cables between them. They live as long as
 * the descriptors that hold them: nothing is left when the process is gone, however it ends.
 *
 *     far   outer0 (198.51.100.1/24) ======== outer1   near: where captures are opened
 *           inner0 ========================== inner1         lo is up
 *
 * The process's own namespace is never changed. One thread; whatever waits, waits until the lab's
 * deadline at most.
 */
#ifndef CHECK_NETLAB_H
#define CHECK_NETLAB_H

#include "base/err.h"
#include "check/check.h"

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

enum netlab_side { NETLAB_FAR, NETLAB_NEAR, NETLAB_SIDES };
enum netlab_cable { NETLAB_OUTER, NETLAB_INNER, NETLAB_CABLES };

#define NETLAB_BROADCAST "198.51.100.255" /* on the outer cable, as far sends it (RFC 5737) */

struct netlab {
    int fds[NETLAB_SIDES];
    char paths[NETLAB_SIDES][32];                  /* for netns_inside() and captures */
    bool has_namespaces, has_loopback, has_cables; /* each needs the one before */
    struct err why;                                /* the first that is not there */
    uint64_t deadline_ms;
    uint32_t probes;   /* given out so far */
    bool has_rules[2]; /* queue rules of IPv4, IPv6: see check_nfqueue.c */
};

/* Builds what can be had; the rest is told in `why`. */
void netlab_init(struct netlab *);
void netlab_fini(struct netlab *);

/* False: it is not there, and the result says that nothing was tried. */
bool netlab_has_namespaces(const struct netlab *, struct check_result *);
bool netlab_has_loopback(const struct netlab *, struct check_result *);
bool netlab_has_cables(const struct netlab *, struct check_result *);

/* Names and MAC addresses of a cable's ends. */
const char *netlab_interface(enum netlab_cable, enum netlab_side);
void netlab_mac(enum netlab_cable, enum netlab_side, uint8_t mac[6]);

/* A socket inside of a namespace, without waiting and closed on exec; -1 and err. */
struct netlab_socket {
    int family, type, protocol;
};
int netlab_socket(struct netlab *, enum netlab_side, const struct netlab_socket *, struct err *);
/* How long a wait may last from now on: a second, less when the deadline is near. */
int netlab_patience_ms(const struct netlab *);
/* Readable, within the lab's patience? */
bool netlab_wait(const struct netlab *, int fd);

/* Runs a program of PATH inside of a namespace and waits for it. True: its status is 0. Otherwise
 * err says what it has said. */
bool netlab_run(struct netlab *, enum netlab_side, const char *const argv[], struct err *);

#endif
