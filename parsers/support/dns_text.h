/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_text: the values of DNS as people write them: types, response codes, record contents.
 */
#ifndef SUPPORT_DNS_TEXT_H
#define SUPPORT_DNS_TEXT_H

#include "support/dns_name.h"

enum {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_NB = 32, /* NetBIOS; NIMLOC in DNS */
    DNS_SRV = 33,
    DNS_NAPTR = 35,
    DNS_DNAME = 39,
    DNS_OPT = 41,
    DNS_DS = 43,
    DNS_SSHFP = 44,
    DNS_RRSIG = 46,
    DNS_NSEC = 47,
    DNS_DNSKEY = 48,
    DNS_TLSA = 52,
    DNS_SVCB = 64,
    DNS_HTTPS = 65,
    DNS_SPF = 99,
    DNS_CAA = 257,
};

#define DNS_NUMBER_TEXT 16

/* "A", "TYPE4711". The text is constant or in `buffer`. */
struct span dns_type_text(uint16_t type, char buffer[DNS_NUMBER_TEXT]);
/* "NXDOMAIN", "RCODE99". */
struct span dns_rcode_text(unsigned rcode, char buffer[DNS_NUMBER_TEXT]);

struct dns_text {
    char bytes[1024];
    size_t n;
};

/* The contents of a record in the usual notation; what does not fit is left out, and a record of a
 * type without notation here is empty. MX is its host alone, as the event format has it. Addresses
 * of A and AAAA are no text: they are empty too. */
struct span dns_rdata_text(struct dns_wire *, uint16_t type, struct cursor rdata,
                           struct dns_text *);

#endif
