/* SPDX-License-Identifier: Apache-2.0
 *
 * krb5_message: messages of Kerberos 5 (RFC 4120 section 5), read and told.
 */
#ifndef SUPPORT_KRB5_MESSAGE_H
#define SUPPORT_KRB5_MESSAGE_H

#include "parser/parser.h"
#include "support/der.h"

enum krb5_tag {
    KRB5_AS_REQ = 0x6a,
    KRB5_AS_REP = 0x6b,
    KRB5_TGS_REQ = 0x6c,
    KRB5_TGS_REP = 0x6d,
    KRB5_AP_REQ = 0x6e,
    KRB5_AP_REP = 0x6f,
    KRB5_ERROR = 0x7e,
};

/* RFC 4120 section 7.5.9 */
enum { KRB5_CLIENT_UNKNOWN = 6, KRB5_PREAUTH_FAILED = 24 };

enum { KRB5_NAME = 128, KRB5_ETYPES = 16 };

struct krb5_name {
    size_t n;
    uint8_t text[KRB5_NAME]; /* components with "/" between them */
};

struct krb5_message {
    uint8_t tag; /* enum krb5_tag */
    uint8_t etype_count;
    bool ticket; /* there is one */
    uint32_t error;
    int32_t etypes[KRB5_ETYPES]; /* a request's; of a reply the first, its own */
    int32_t ticket_etype;
    struct span realm;
    struct krb5_name cname, sname;
};

bool krb5_is_tag(uint8_t tag);
bool krb5_is_answer(uint8_t tag);

/* Reads one message, all that the cursor holds; anything else is BAD. */
void krb5_message_read(struct cursor *, struct krb5_message *);
void krb5_message_report(struct parse *, const struct krb5_message *);
/* A request whose every encryption type is one of the RC4 family. */
bool krb5_wants_rc4(const struct krb5_message *);

#endif
