/* SPDX-License-Identifier: Apache-2.0
 *
 * ldap_message: messages of LDAP (RFC 4511 section 4), read and told.
 */
#ifndef SUPPORT_LDAP_MESSAGE_H
#define SUPPORT_LDAP_MESSAGE_H

#include "parser/parser.h"
#include "support/ldap_filter.h"

enum ldap_tag {
    LDAP_BIND = 0x60,
    LDAP_BOUND = 0x61,
    LDAP_UNBIND = 0x42,
    LDAP_SEARCH = 0x63,
    LDAP_ENTRY = 0x64,
    LDAP_DONE = 0x65,
    LDAP_MODIFY = 0x66,
    LDAP_ADD = 0x68,
    LDAP_DELETE = 0x4a,
    LDAP_RENAME = 0x6c,
    LDAP_COMPARE = 0x6e,
    LDAP_ABANDON = 0x50,
    LDAP_REFERENCE = 0x73,
    LDAP_EXTENDED = 0x77,
    LDAP_EXTENDED_DONE = 0x78,
    LDAP_INTERMEDIATE = 0x79,
};

/* RFC 4511 appendix A */
enum ldap_code {
    LDAP_SUCCESS = 0,
    LDAP_CODE_REFERRAL = 10,
    LDAP_IN_PROGRESS = 14,
    LDAP_BAD_CREDENTIALS = 49,
    LDAP_NO_RIGHTS = 50,
};

struct ldap_message {
    uint32_t id;
    uint8_t tag;        /* enum ldap_tag */
    bool answer;        /* the server's */
    bool cut;           /* too long: only the two above are known */
    uint8_t sasl;       /* bind: not with a password */
    uint64_t number;    /* version, scope, result code, id to abandon */
    struct span name;   /* of the entry, of who binds, of the base */
    struct span second; /* mechanism, new name, attribute, text of a result, extension */
    struct cursor list; /* attributes, changes, referrals */
    struct ldap_filter filter;
};

/* Id and operation from the first bytes of a message whose length was read. BAD: not LDAP. */
void ldap_message_begin(struct cursor *body, struct ldap_message *);
/* What follows them, to the end of the message. */
void ldap_message_read(struct cursor *body, struct ldap_message *);

/* Fields of the transaction. */
void ldap_request_report(struct parse *, const struct ldap_message *);
void ldap_answer_report(struct parse *, const struct ldap_message *);
/* An attribute of an entry that makes a Java client load a class; empty: none. */
struct span ldap_java(const struct ldap_message *);

#endif
