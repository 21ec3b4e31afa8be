/* SPDX-License-Identifier: Apache-2.0
 *
 * mail: a message (RFC 5322, RFC 2045) on its way through SMTP, POP3, IMAP or NNTP. Its header is
 * reported; what its parts hold is given to detection part by part, and the names of files
 * (mail_part.h). What does not look like mail is handed on as it is. Lines end with CR LF, LF or
 * CR.
 */
#ifndef SUPPORT_MAIL_H
#define SUPPORT_MAIL_H

#include "parser/parser.h"
#include "support/mail_part.h"

enum {
    MAIL_LINE = 2048,        /* longer lines are read in pieces of this size */
    MAIL_FIELD = 4096,       /* of a header field with its continuation lines */
    MAIL_PENDING = 3 * 4096, /* what the reader may leave for later */
};

enum mail_form {
    MAIL_MESSAGE, /* a header, a body */
    MAIL_TEXT,    /* a body only, perhaps of parts */
    MAIL_SECTION, /* what one part holds, only */
};

struct mail_levels;

struct mail {
    struct mail_part part;
    struct mail_levels *levels; /* NULL: there has been no multipart in the session */
    uint16_t seen;              /* bytes of whole lines of a field that is not all here */
    uint8_t form;               /* enum mail_form */
    uint8_t dir;                /* enum dir: who sends it */
    bool more;                  /* for the caller to set: the counted bytes are not its last ones */
    bool in_header;
    bool top;       /* ... of the message itself */
    bool message;   /* the part is a message again */
    bool multi;     /* ... a multipart */
    bool typed;     /* ... it has been said what it is */
    bool unbounded; /* a multipart whose boundary nobody names: the first line that may be one is */
    bool named;     /* the part's file name was told */
    bool mid_line;  /* the last piece had no line end */
    bool after_cr;  /* the last line ended with CR alone */
    bool bare;      /* the last line ended with LF alone */
    bool held;      /* the parser's hold has the beginning of a line */
    bool ended_bare; /* the line that ended the message, or the one before, had LF alone */
};

/* Begins a message that p->dir sends; one that had not ended does now. Zeroes are none. */
void mail_begin(struct parse *, struct mail *, enum mail_form);

/* Reads on to the line with only a dot, which is taken too (then true). Dots in front of lines are
 * taken off. */
bool mail_read_dotted(struct parse *, struct mail *, struct cursor *);
/* Reads on through the next *left bytes. True: all of them are read. */
bool mail_read_counted(struct parse *, struct mail *, struct cursor *, uint64_t *left);
/* The message is over: the buffers end. */
void mail_end(struct parse *, struct mail *);
/* Bytes are missing: the rest of the line means nothing. */
void mail_lost(struct mail *);

#endif
