/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_header: fields of a mail header and their parameters.
 */
#ifndef SUPPORT_MAIL_HEADER_H
#define SUPPORT_MAIL_HEADER_H

#include "support/mail.h"

enum mail_encoding { MAIL_PLAIN, MAIL_BASE64, MAIL_QUOTED };

/* A field with its continuation lines: notes what it says about the part, reports it when it is the
 * message's own. */
void mail_field(struct parse *, struct mail *, struct span field);

#endif
