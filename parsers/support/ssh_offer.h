/* SPDX-License-Identifier: Apache-2.0
 *
 * ssh_offer: what the two sides of SSH offer each other (RFC 4253 section 7.1), what follows from
 * it, and the server's key.
 */
#ifndef SUPPORT_SSH_OFFER_H
#define SUPPORT_SSH_OFFER_H

#include "parser/parser.h"

enum { SSH_LISTS = 10 };

/* Name lists in the order of the message: key exchange, host key, then encryption, mac,
 * compression and language, each to the server and to the client. */
struct ssh_offer {
    struct span lists[SSH_LISTS];
};

/* A copy of an offer, kept until the other one comes. */
struct ssh_kept;

/* The fingerprint of this side's offer: MD5 of "kex;encryption;mac;compression". */
void ssh_offer_report(struct parse *, const struct ssh_offer *);
/* NULL when there is no memory for it. */
struct ssh_kept *ssh_offer_keep(struct parse *, const struct ssh_offer *);
/* What the sides agree upon: the kept offer is that of the peer. Frees it. */
void ssh_offer_agree(struct parse *, const struct ssh_offer *, struct ssh_kept *);
/* The packet in which a server shows its key, behind the message number. False: it shows something
 * else. */
bool ssh_key_report(struct parse *, struct cursor packet);

#endif
