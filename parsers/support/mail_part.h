/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_part: the content of one part of a message, as detection reads it, while it arrives: freed
 * of its transfer encoding in the body buffer; in UTF-8 when that differs, as a second transfer
 * encoding would have it, and what uuencode hides in it, as body views.
 */
#ifndef SUPPORT_MAIL_PART_H
#define SUPPORT_MAIL_PART_H

#include "parser/parser.h"
#include "support/charset.h"
#include "support/transfer.h"

/* Begins as zeroes. */
struct mail_part {
    struct span run; /* lines of one call that are read together */
    struct transfer first;
    struct transfer second; /* as other mail programs read the header, when there are `two` */
    struct charset_reader charset;
    bool named;  /* a transfer encoding has been */
    bool two;    /* and another one */
    bool begun;  /* the body buffer */
    bool viewed; /* the buffer of the view */
    bool in_uu;  /* between its "begin" and its "end", which have the view for them */
    bool sniffs; /* nobody has named an encoding: the lines tell */
    bool past_first;
};

/* A line with its end, or a piece of a long one. */
struct mail_line {
    struct span bytes;
    bool begins; /* a line */
};

/* One more name of a transfer encoding, as in Content-Transfer-Encoding. */
void mail_part_encoding(struct parse *, struct mail_part *, struct span name);
/* It is read as it stands, too. */
void mail_part_also_plain(struct mail_part *);
static inline bool mail_part_is_plain(const struct mail_part *m)
{
    return m->first.as == TRANSFER_PLAIN && !m->two;
}
/* One more line; its bytes are to stay until mail_part_flush(). */
void mail_part_line(struct parse *, struct mail_part *, const struct mail_line *);
/* What is held back of the bytes at hand is given. */
void mail_part_flush(struct parse *, struct mail_part *);
/* The part is over. */
void mail_part_end(struct parse *, struct mail_part *);
/* Bytes are missing. */
void mail_part_lost(struct mail_part *);

#endif
