/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached_text: the text protocol of memcached, classic and meta commands.
 *
 *     set key 0 100 5 CR LF hello CR LF        STORED CR LF
 *     get key CR LF                            VALUE key 0 5 CR LF hello CR LF END CR LF
 *     mg key v CR LF                           VA 5 CR LF hello CR LF
 *
 * Answers come in the order of the commands; some commands may not be answered at all.
 */
#ifndef SUPPORT_MEMCACHED_TEXT_H
#define SUPPORT_MEMCACHED_TEXT_H

#include "parser/parser.h"

enum { MCT_OPEN = 64 };

struct mct_state {
    uint8_t open[MCT_OPEN]; /* a ring of what waits: what kind of command, */
    uint8_t key[MCT_OPEN];  /* and a hash of its key */
    uint8_t first, count;
    uint32_t behind; /* commands behind those, told without their answers */
    bool tail[2];    /* a value was read: CR LF ends it */
    bool asked;      /* a command was seen */
    bool unpaired;   /* bytes were lost */
    bool answering;  /* the answer of the oldest command has begun */
    bool told;       /* that statistics were asked for */
};

/* Could a stream of this sender begin so? Any number of bytes. */
bool mct_probe(enum dir, struct span first);
/* A line, or what ends a value; as a step of walk.h. */
uint64_t mct_step(struct parse *, struct mct_state *, struct cursor *, bool *matched);
/* What was asked will not be answered any more. */
void mct_forget(struct parse *, struct mct_state *);
/* Bytes of p->dir are lost. */
void mct_lost(struct parse *, struct mct_state *);

#endif
