/* SPDX-License-Identifier: Apache-2.0
 *
 * mail: a message (RFC 5322, RFC 2045) on its way through SMTP, POP3, IMAP or NNTP. Its header is
 * reported, the bodies of its parts go to the body buffer, freed of base64 and quoted-printable.
 * What does not look like mail is handed on as it is.
 */
#ifndef SUPPORT_MAIL_H
#define SUPPORT_MAIL_H

#include "parser/parser.h"
#include "support/transfer.h"

enum {
    MAIL_LINE = 2048,        /* longer lines are read in pieces of this size */
    MAIL_FIELD = 4096,       /* of a header field with its continuation lines */
    MAIL_PENDING = 3 * 4096, /* what the reader may leave for later */
    MAIL_LEVELS = 3,         /* multiparts inside of each other */
    MAIL_BOUNDARY = 70,      /* RFC 2046 section 5.1.1 */
};

enum mail_form {
    MAIL_MESSAGE, /* a header, a body */
    MAIL_TEXT,    /* a body only */
};

struct mail {
    struct span run; /* lines of one call that the buffer takes together */
    struct base64 digits;
    uint8_t boundary[MAIL_LEVELS][MAIL_BOUNDARY];
    uint8_t boundary_n[MAIL_LEVELS];
    uint8_t level;    /* multiparts we are in */
    uint8_t encoding; /* of the part */
    bool in_header;
    bool top;        /* ... of the message itself */
    bool message;    /* the part is a message again */
    bool named;      /* the part's file name was told */
    bool mid_line;   /* the last piece had no line end */
    bool bare;       /* the last line ended with LF alone */
    bool begun;      /* the buffer of this part */
    bool ended_bare; /* the line that ended the message, or the one before, had LF alone */
};

void mail_begin(struct mail *, enum mail_form);

/* Reads on to the line with only a dot, which is taken too (then true). Dots in front of lines are
 * taken off. */
bool mail_read_dotted(struct parse *, struct mail *, struct cursor *);
/* Reads on through the next *left bytes. True: all of them are read. */
bool mail_read_counted(struct parse *, struct mail *, struct cursor *, uint64_t *left);
/* The message is over: the buffer ends. */
void mail_end(struct parse *, struct mail *);
/* Bytes are missing: the rest of the line means nothing. */
void mail_lost(struct mail *);

#endif
