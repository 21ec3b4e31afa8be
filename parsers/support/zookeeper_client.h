/* SPDX-License-Identifier: Apache-2.0
 *
 * zookeeper_client: what clients and servers of ZooKeeper say to each other, frame by frame.
 *
 *     connect  len(4)=44|45  0(4) zxid(8) timeout(4) session(8) 16(4) password(16) [readonly(1)]
 *     answer   len(4)=36|37  0(4) timeout(4) session(8) 16(4) password(16) [readonly(1)]
 *     request  len(4) xid(4) operation(4) ...
 *     reply    len(4) xid(4) zxid(8) error(4) ...
 */
#ifndef SUPPORT_ZOOKEEPER_CLIENT_H
#define SUPPORT_ZOOKEEPER_CLIENT_H

#include "support/open_calls.h"

enum { ZKC_USER = 31 };

struct zkc_state {
    struct open_calls open;
    uint32_t rest[2]; /* bytes of the frame behind its value */
    bool connected[2];
    uint8_t user_n;
    uint8_t user[ZKC_USER];
};

/* Could a stream of this sender begin so? Any number of bytes. */
bool zkc_probe(enum dir, struct span first);
/* One frame; as a step of walk.h. */
uint64_t zkc_step(struct parse *, struct zkc_state *, struct cursor *, bool *matched);

#endif
