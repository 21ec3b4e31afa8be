/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_message: the frame of a DNS message (RFC 1035 section 4): header, questions, records. Reading
 * checks the structure of all of it and keeps nothing but positions.
 */
#ifndef SUPPORT_DNS_MESSAGE_H
#define SUPPORT_DNS_MESSAGE_H

#include "support/dns_name.h"

#define DNS_HEADER 12

enum { /* of the header's flags */
       DNS_QR = 0x8000,
       DNS_AA = 0x0400,
       DNS_TC = 0x0200,
       DNS_RD = 0x0100,
       DNS_RA = 0x0080,
       DNS_Z = 0x0040,
       DNS_AD = 0x0020,
       DNS_CD = 0x0010,
       DNS_RCODE = 0x000f,
};

enum { DNS_QUERY = 0, DNS_UPDATE = 5, DNS_STATEFUL = 6 }; /* opcodes */

enum { DNS_IN = 1, DNS_CH = 3, DNS_ANY = 255 }; /* classes; mDNS uses the highest bit as a flag */

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

struct dns_record {
    uint16_t type, class;
    uint32_t ttl;
    struct cursor rdata;
};

struct dns_message {
    struct dns_wire wire;
    uint16_t id, flags;
    uint16_t counts[DNS_SECTIONS];
    bool has_opt;
    struct span questions; /* the section as it stands */
    struct cursor records; /* from the first record on */
    struct dns_record opt; /* RFC 6891, when has_opt */
};

static inline unsigned dns_opcode(uint16_t flags)
{
    return flags >> 11 & 15;
}

/* Can the first bytes (of a header, perhaps incomplete) begin a message of this length? The
 * reserved bit must be clear; reading does not mind it, for resolvers do not either. */
bool dns_header_fits(struct span head, size_t length);

/* Reads the message that the cursor holds, up to the end of the last record; what is left belongs
 * to nobody. Pointers must not lead before `floor`. */
void dns_message_read(struct dns_message *, struct cursor *, uint16_t floor);

/* A plain question about one name, or an answer to one: what no stranger would say by chance. */
bool dns_message_plausible(const struct dns_message *);

/* What follows the owner name of a record. */
void dns_record_read(struct dns_record *, struct cursor *);

#endif
