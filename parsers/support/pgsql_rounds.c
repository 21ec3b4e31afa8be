/* SPDX-License-Identifier: Apache-2.0
 *
 * pgsql_rounds: see pgsql_rounds.h.
 */
#include "support/pgsql_rounds.h"

/* The round that the client is in; NULL when it has no place. */
static struct pgsql_round *round_last(struct pgsql_rounds *r)
{
    bool room = r->extra == 0 && !r->unpaired && r->closed < PGSQL_ROUNDS;

    return room ? &r->ring[(r->head + r->closed) % PGSQL_ROUNDS] : NULL;
}

/* The round that the server is in; NULL when that is not known. */
static struct pgsql_round *round_first(struct pgsql_rounds *r)
{
    return r->unpaired && r->closed == 0 ? NULL : &r->ring[r->head];
}

/* The engine still waits for answers, and must not take anything else for them. What the server has
 * begun to answer only its own bytes could end. */
static void rounds_forget(struct parse *p, struct pgsql_rounds *r)
{
    if (r->answered && r->open && p->dir == DIR_CLIENT)
        r->open--;
    else if (r->answered && r->open) {
        parse_tx(p, TX_DONE);
        r->open--;
    }
    for (; r->open; r->open--) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
    }
    *r = (struct pgsql_rounds){.unpaired = true};
}

/* A client that goes on has seen the end that we have not. */
static void doubt_end(struct parse *p, struct pgsql_rounds *r)
{
    if (r->doubtful)
        rounds_forget(p, r);
}

void pgsql_statement_begin(struct parse *p, struct pgsql_rounds *r)
{
    doubt_end(p, r);
    parse_tx(p, TX_REQUEST);
}

void pgsql_statement_end(struct parse *p, struct pgsql_rounds *r)
{
    struct pgsql_round *round = round_last(r);

    if (!round || r->open == PGSQL_OPEN_MAX) {
        parse_tx(p, TX_DONE);
        return;
    }
    round->open++;
    r->open++;
}

void pgsql_round_simple(struct pgsql_rounds *r)
{
    struct pgsql_round *round = round_last(r);

    if (round)
        round->simple = true;
}

void pgsql_round_close(struct parse *p, struct pgsql_rounds *r)
{
    doubt_end(p, r);
    if (round_last(r))
        r->closed++;
    else
        r->extra++;
}

static void answer_begin(struct parse *p, struct pgsql_rounds *r)
{
    if (!r->answered)
        parse_tx(p, TX_REPLY);
    r->answered = true;
}

static void answer_end(struct parse *p, struct pgsql_rounds *r, struct pgsql_round *round)
{
    parse_tx(p, TX_DONE);
    r->answered = false;
    if (round->open == 0)
        return;
    round->open--;
    r->open--;
}

void pgsql_round_parsed(struct pgsql_rounds *r)
{
    const struct pgsql_round *round = round_first(r);

    if (round && r->parsed < round->open)
        r->parsed++;
}

/* Of several results of a simple query the first is told. A result without a statement of its round
 * is one of a statement that was parsed long ago. */
void pgsql_round_result(struct parse *p, struct pgsql_rounds *r, struct span tag)
{
    struct pgsql_round *round = round_first(r);

    if (!round || round->open == 0 || (round->simple ? r->answered : r->parsed == 0))
        return;
    answer_begin(p, r);
    if (tag.n)
        parse_field(p, FIELD_PGSQL_TAG, tag);
    if (round->simple)
        return;
    answer_end(p, r, round);
    r->parsed--;
}

void pgsql_error_fields(struct parse *p, const struct pgsql_error *e)
{
    parse_field(p, FIELD_PGSQL_SEVERITY, e->severity);
    parse_field(p, FIELD_PGSQL_SQLSTATE, e->sqlstate);
    parse_field(p, FIELD_PGSQL_MESSAGE, e->message);
}

/* An error of something that is no statement of its round (an Execute of an old one) is told alone,
 * unless it could be taken for the answer to a later statement. */
void pgsql_round_error(struct parse *p, struct pgsql_rounds *r, const struct pgsql_error *e)
{
    struct pgsql_round *round = round_first(r);

    if (!round || (round->open == 0 && r->open))
        return;
    answer_begin(p, r);
    pgsql_error_fields(p, e);
    if (round->open == 0 || !round->simple)
        answer_end(p, r, round);
}

void pgsql_round_ready(struct parse *p, struct pgsql_rounds *r)
{
    struct pgsql_round *round = round_first(r);

    if (round && r->closed) {
        while (round->open) {
            answer_begin(p, r);
            answer_end(p, r, round);
        }
        round->simple = false;
        r->parsed = 0;
        r->head = (uint8_t)((r->head + 1) % PGSQL_ROUNDS);
        r->closed--;
        r->doubtful = false;
        return;
    }
    if (r->extra)
        r->extra--;
    if (r->extra == 0)
        r->unpaired = false;
}

/* Rounds that the client had closed will be answered first; the one it was in counts as closed. */
static void requests_lost(struct pgsql_rounds *r)
{
    const struct pgsql_round *round = round_last(r);

    if (round && round->open)
        r->closed++;
    r->unpaired = true;
}

void pgsql_rounds_lost(struct parse *p, struct pgsql_rounds *r)
{
    if (p->dir == DIR_CLIENT) {
        requests_lost(r);
        return;
    }
    r->parsed = r->ring[r->head].open;
    /* The end of a single round will perhaps still be seen; of several nobody knows which. */
    if (r->closed == 1 && r->open == r->parsed && r->extra == 0)
        r->doubtful = true;
    else
        rounds_forget(p, r);
}
