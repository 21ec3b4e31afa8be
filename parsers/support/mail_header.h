/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_header: fields of a mail header and their parameters.
 */
#ifndef SUPPORT_MAIL_HEADER_H
#define SUPPORT_MAIL_HEADER_H

#include "support/mail.h"

/* A field with its continuation lines: notes what it says about the part, reports it when it is the
 * message's own. */
void mail_field(struct parse *, struct mail *, struct span field);

/* One more boundary of the multipart that the header is of. */
void mail_boundary_add(struct parse *, struct mail *, struct span boundary);

#endif
