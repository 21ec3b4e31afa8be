/* SPDX-License-Identifier: Apache-2.0
 *
 * dialogue: protocols in which people could talk: lines of commands, lines of replies, sometimes a
 * body between them, and perhaps TLS from some line on.
 */
#ifndef SUPPORT_DIALOGUE_H
#define SUPPORT_DIALOGUE_H

#include "parser/parser.h"

/* What a step leaves to be done. */
enum dialogue_then {
    THEN_ON,      /* the next step */
    THEN_WAIT,    /* what follows is not to be read yet */
    THEN_PASS,    /* n bytes of the body buffer follow */
    THEN_SKIP,    /* n bytes that nobody needs follow */
    THEN_UPGRADE, /* something else is spoken from here on */
    THEN_DONE,    /* nothing more can be learned */
};

struct dialogue_next {
    enum dialogue_then then;
    uint64_t n;
    unsigned part; /* THEN_PASS: BUFFER_WHOLE ... */
};

/* Reads one line or piece and reports it. */
typedef struct dialogue_next dialogue_step(struct parse *, struct cursor *);

/* Steps as far as the bytes go; commits after each. */
enum parse_result dialogue_walk(struct parse *, struct cursor *, dialogue_step *,
                                const bool *matched);

/* A line without its end. Of one longer than `most` the first `most` bytes are given, the rest is
 * passed over later on: `tail` remembers that. False: no line; the cursor is SHORT, or stands
 * behind such a rest. */
bool dialogue_line(struct cursor *, size_t most, bool *tail, struct span *line);

/* The next word of a line, blanks around it consumed. Empty at the end. */
struct span dialogue_word(struct span *line);

/* A decimal number, the whole span and at most `most`. False: it is none. */
bool dialogue_number(struct span digits, uint64_t most, uint64_t *value);

/* Index of the word in a NULL-terminated list, letters compared without case; -1: not in it. */
int dialogue_find(struct span word, const char *const *words);
/* Could a first word that begins like this still become one of the list? `first` may be longer;
 * the word ends with a blank or the end of the line. */
bool dialogue_begins(struct span first, const char *const *words);

/* ---- replies with three digits (RFC 959 section 4.2, RFC 5321 section 4.2) ---- */

struct dialogue_reply {
    unsigned code;
    bool more; /* a hyphen: further lines follow */
    struct span text;
};

/* False: the line does not begin with three digits. */
bool dialogue_reply(struct span line, struct dialogue_reply *);
/* Could these be the first bytes of such a reply of this class (first digit)? */
bool dialogue_is_code(struct span first, const char *classes);

/* ---- what was asked and waits for its reply; equal questions in a row count once ---- */

enum { ASKED_RUNS = 12 };

struct dialogue_asked {
    uint16_t times[ASKED_RUNS];
    uint8_t kind[ASKED_RUNS];
    uint8_t first, runs;
    bool lost; /* too many, or bytes are missing: replies cannot be told apart any more */
};

void dialogue_ask(struct dialogue_asked *, uint8_t kind);
/* The oldest question, which is taken off; 0 when there is none. */
uint8_t dialogue_answer(struct dialogue_asked *);
uint8_t dialogue_oldest(const struct dialogue_asked *);
void dialogue_forget(struct dialogue_asked *);

/* A few bytes of text that outlive the call. */
enum { KEPT_TEXT = 63 };

struct dialogue_text {
    uint8_t n;
    uint8_t bytes[KEPT_TEXT];
};

static inline void dialogue_keep(struct dialogue_text *t, struct span s)
{
    s = span_first(s, KEPT_TEXT);
    t->n = (uint8_t)s.n;
    if (s.n)
        memcpy(t->bytes, s.p, s.n);
}

static inline struct span dialogue_kept(const struct dialogue_text *t)
{
    return span_of(t->bytes, t->n);
}

#endif
