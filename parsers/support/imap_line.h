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
/* What stands in front of the literal that ends a line. */
struct span imap_before_literal(struct span line);
/* What the literal or string is that stands behind this. */
enum imap_item { IMAP_MESSAGE, IMAP_TEXT, IMAP_SECTION };
enum imap_item imap_item(struct span before);
/* "BODY[]<4096>": it is a piece of that from there on. */
bool imap_origin(struct span before, uint64_t *at);
/* The next part of a message in this line of an answer that is short enough to be a string: what
 * stands before it, and what stands in its quotes. False: there is no more. */
struct imap_string {
    struct span before, text;
};
bool imap_string_next(struct span *line, struct imap_string *);
/* The next argument: a word, or a string without its quotes. */
struct span imap_argument(struct span *line);
bool imap_probe(enum dir from, struct span first);

#endif
