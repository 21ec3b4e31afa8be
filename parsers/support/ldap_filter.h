/* SPDX-License-Identifier: Apache-2.0
 *
 * ldap_filter: a search filter (RFC 4511 section 4.5.1.7) as text (RFC 4515).
 */
#ifndef SUPPORT_LDAP_FILTER_H
#define SUPPORT_LDAP_FILTER_H

#include "support/der.h"

enum { LDAP_FILTER_TEXT = 512 };

struct ldap_filter {
    size_t n;
    uint8_t text[LDAP_FILTER_TEXT]; /* what does not fit is left out */
};

/* Reads the next element, which must be a filter. */
void ldap_filter_read(struct cursor *, struct ldap_filter *);

#endif
