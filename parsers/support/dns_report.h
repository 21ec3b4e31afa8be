/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_report: the fields of a DNS transaction.
 */
#ifndef SUPPORT_DNS_REPORT_H
#define SUPPORT_DNS_REPORT_H

#include "support/dns_message.h"

#include "parser/parser.h"

/* Of a message that was read without error, for the transaction named last in its direction. */
void dns_report(struct parse *, const struct dns_message *);

#endif
