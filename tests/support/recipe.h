/* SPDX-License-Identifier: Apache-2.0
 *
 * recipe: what the tests of evasion recipes share. A recipe hides a request from inspection; the
 * tests play it against the sink and against the registry, as a tap and inline.
 */
#ifndef TESTS_RECIPE_H
#define TESTS_RECIPE_H

#include "engine_fixture.h"
#include "sink_parser.h"
#include "tcp_script.h"

/* The request that has to be found: HTTP, some hundred bytes. */
struct span recipe_request(void);
/* A short answer to it. */
struct span recipe_answer(void);

/* A fixture with the sink, frames played and flushed. Close with recipe_close(). */
void recipe_play(struct engine_fixture *, const struct frame_list *, enum engine_mode);
void recipe_close(struct engine_fixture *);

/* Fails the test unless the sink's session has exactly these bytes in this direction. */
void recipe_expect(size_t session, enum dir, struct span bytes);
/* ... and no gap. */
void recipe_expect_whole(size_t session, enum dir, struct span bytes);

/* The whole of a recipe: in both modes the n-th session's client has sent exactly `client`, and
 * with the real parsers the last session that carries anything is HTTP. */
void recipe_check(const struct frame_list *, size_t session, struct span client);

/* The first frame without a final verdict, or with another one than `v`, fails the test. */
void recipe_expect_verdicts(const struct engine_fixture *, size_t first, size_t count,
                            enum verdict v);

#endif
