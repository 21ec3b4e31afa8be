/* SPDX-License-Identifier: Apache-2.0
 *
 * attachment: one container or namespace that a person has put before the daemon: what it is
 * called, where it is, its interfaces and addresses, how its packets come to us. A value; as a JSON
 * document it goes from sluicectl to the daemon and into a file that outlives both.
 */
#ifndef ATTACH_ATTACHMENT_H
#define ATTACH_ATTACHMENT_H

#include "base/err.h"
#include "base/ipaddr.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ATTACH_NAME = 64,
    ATTACH_INTERFACES = 16,
    ATTACH_ADDRESSES = 64,
    ATTACH_QUEUE_FIRST = 1000, /* the agent's are below */
    ATTACH_QUEUES = 8,         /* of one interface at most */
};

enum attach_mode {
    ATTACH_TAP,     /* looked at */
    ATTACH_PROTECT, /* through queues of the kernel: packets pass if they may */
};

struct attach_interface {
    char name[16];
    uint8_t mac[6];
    uint16_t queue; /* ATTACH_PROTECT: the first of so many queues as there are */
};

struct attachment {
    char name[ATTACH_NAME]; /* letters, digits, . _ - */
    enum attach_mode mode;
    uint16_t queues; /* ATTACH_PROTECT: of each interface, among which the kernel deals packets */
    bool closed;     /* nothing passes while no daemon runs */
    char netns[PATH_MAX];
    uint64_t inode; /* of the namespace: its file may come to name another one */
    size_t interface_count;
    struct attach_interface interfaces[ATTACH_INTERFACES];
    size_t address_count;
    struct ipaddr addresses[ATTACH_ADDRESSES];
};

/* False and err: the document is not one of ours; err.path names the place in it. */
bool attachment_read(struct attachment *, const json_t *document, struct err *);
/* The caller's. NULL: no memory. */
json_t *attachment_value(const struct attachment *);

bool attachment_name_is_good(const char *);
/* 0: there is no such namespace. */
uint64_t attachment_inode(const char *netns);
/* Is the namespace there that it was made for? */
bool attachment_is_there(const struct attachment *);
/* "tap" or "protect"; false: neither. */
const char *attach_mode_name(enum attach_mode);
bool attach_mode_read(const char *, enum attach_mode *);

#endif
