/* SPDX-License-Identifier: Apache-2.0
 *
 * pgsql_rounds: which answer belongs to which statement.
 *
 * The server closes each round of requests (a Query, or all up to a Sync) with ReadyForQuery, also
 * after errors. So the open statements are counted per round, for some rounds ahead; statements
 * beyond that are reported without their answers until the rounds are even again.
 */
#ifndef SUPPORT_PGSQL_ROUNDS_H
#define SUPPORT_PGSQL_ROUNDS_H

#include "parser/parser.h"

enum {
    PGSQL_ROUNDS = 16,
    PGSQL_OPEN_MAX = 256, /* the engine does not keep more transactions than twice that */
};

struct pgsql_round {
    uint16_t open; /* statements without answer */
    bool simple;
};

struct pgsql_rounds {
    struct pgsql_round ring[PGSQL_ROUNDS]; /* those the client has closed, then the one it builds */
    uint32_t extra;                        /* closed rounds that found no place in the ring */
    uint16_t parsed; /* statements of the first round that wait for a result */
    uint16_t open;   /* statements without answer in all of the ring */
    uint8_t head;
    uint8_t closed;
    bool answered; /* the oldest statement has an answer already */
    bool unpaired; /* bytes were lost */
    bool doubtful; /* bytes of the only closed round were lost: perhaps its end */
};

struct pgsql_error {
    struct span severity;
    struct span sqlstate;
    struct span message;
};

/* Client: around the fields of a statement; then the end of the round. A simple query is its own
 * round, has any number of results, and no ParseComplete. */
void pgsql_statement_begin(struct parse *, struct pgsql_rounds *);
void pgsql_statement_end(struct parse *, struct pgsql_rounds *);
void pgsql_round_simple(struct pgsql_rounds *);
void pgsql_round_close(struct parse *, struct pgsql_rounds *);

/* Server. */
void pgsql_round_parsed(struct pgsql_rounds *);
void pgsql_round_result(struct parse *, struct pgsql_rounds *, struct span tag);
void pgsql_round_error(struct parse *, struct pgsql_rounds *, const struct pgsql_error *);
void pgsql_round_ready(struct parse *, struct pgsql_rounds *);

void pgsql_error_fields(struct parse *, const struct pgsql_error *);
void pgsql_rounds_lost(struct parse *, struct pgsql_rounds *);

#endif
