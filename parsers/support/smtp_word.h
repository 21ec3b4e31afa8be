/* SPDX-License-Identifier: Apache-2.0
 *
 * smtp_word: the words of SMTP.
 */
#ifndef SUPPORT_SMTP_WORD_H
#define SUPPORT_SMTP_WORD_H

#include "parser/parser.h"

enum smtp_word {
    SMTP_NOTHING,
    SMTP_EHLO, /* HELO, LHLO too */
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_DATA,
    SMTP_BDAT,
    SMTP_LAST, /* BDAT with LAST */
    SMTP_END,  /* the dot behind a message */
    SMTP_AUTH,
    SMTP_STARTTLS,
    SMTP_RSET,
    SMTP_QUIT,
    SMTP_OTHER,
};

/* What a command is; SMTP_NOTHING: none. */
enum smtp_word smtp_word(struct span word);
/* The path behind MAIL FROM: or RCPT TO:, without its brackets; p is NULL when it is not there. */
struct span smtp_path(struct span rest, enum smtp_word);
/* Does a server answer with this code (RFC 5321 section 4.2.3, RFC 4954)? */
bool smtp_code(unsigned code);
/* A line of the answer to EHLO that names an extension. */
bool smtp_extension(struct span text);
/* A greeting that names the protocol. */
bool smtp_says_so(struct span greeting);
bool smtp_probe(enum dir from, struct span first);

#endif
