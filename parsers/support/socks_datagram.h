/* SPDX-License-Identifier: Apache-2.0
 *
 * socks_datagram: addresses as SOCKS 5 writes them, and the datagrams that go through a server of
 * it (RFC 1928 section 7). They prove nothing by themselves: their parser is not in the registry.
 *
 *     0 0 fragment(1) kind(1) address port(2), then the datagram itself
 */
#ifndef SUPPORT_SOCKS_DATAGRAM_H
#define SUPPORT_SOCKS_DATAGRAM_H

#include "parser/parser.h"

/* A name, or an address. */
struct socks_end {
    struct span name, addr;
    uint16_t port;
};

bool socks_is_name(struct span);
struct socks_end socks_end_read(struct cursor *);
/* As fields of the transaction at hand; a name is the host for policy, too. */
void socks_end_put(struct parse *, const struct socks_end *);

extern const struct parser parser_socks_datagram;

/* The server has said at which of its ports it waits for datagrams. */
void socks_datagrams_expect(struct parse *, uint16_t port);

#endif
