/* SPDX-License-Identifier: Apache-2.0
 *
 * imap_line: words of IMAP lines, and the literals that interrupt them (RFC 3501 section 4.3).
 */
#ifndef SUPPORT_IMAP_LINE_H
#define SUPPORT_IMAP_LINE_H

#include "parser/parser.h"

enum imap_word {
    IMAP_NOTHING,
    IMAP_LOGIN,
    IMAP_AUTHENTICATE,
    IMAP_STARTTLS,
    IMAP_COMPRESS,
    IMAP_APPEND,
    IMAP_MAILBOX, /* its first argument is a mailbox */
    IMAP_UID,
    IMAP_OTHER,
};

enum imap_word imap_word(struct span word);
/* A tag: what a client may put in front of a command. */
bool imap_is_tag(struct span word);
/* "{12}" or "{12+}" at the end of a line: how long the literal behind it is. */
bool imap_literal(struct span line, uint64_t *n);
/* What the literal behind this line of an answer is. */
enum imap_item { IMAP_MESSAGE, IMAP_TEXT, IMAP_SECTION };
enum imap_item imap_item(struct span line);
/* "BODY[]<4096>" in front of a literal: it is a piece of that from there on. */
bool imap_origin(struct span line, uint64_t *at);
/* The next argument: a word, or a string without its quotes. */
struct span imap_argument(struct span *line);
bool imap_probe(enum dir from, struct span first);

#endif
