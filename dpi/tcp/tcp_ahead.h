/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_ahead: the bytes of one side that wait behind missing ones. For tcp_reasm.c.
 */
#ifndef TCP_TCP_AHEAD_H
#define TCP_TCP_AHEAD_H

#include "tcp/tcp_reasm.h"

/* Takes in what is not there yet, and what this segment wins. False: no room for its first byte. */
bool tcp_ahead_insert(struct engine *, struct session_side *, uint32_t seq, struct span);
/* Does the part of the segment that is there say the same? */
bool tcp_ahead_agrees(const struct tcp_ahead *, uint32_t seq, struct span);
/* Index of the first interval that ends behind `seq`; count when there is none. */
unsigned tcp_ahead_at(const struct tcp_ahead *, uint32_t seq);
/* How far bytes reach without a hole from `seq`; `seq` when it is not there itself. */
uint32_t tcp_ahead_end(const struct tcp_ahead *, uint32_t seq);
/* The longest run of bytes from `seq` (which is there) to `end` that lies in one page. */
struct span tcp_ahead_run(const struct tcp_ahead *, uint32_t seq, uint32_t end);
/* Forgets everything before `seq`; frees it when nothing is left. */
void tcp_ahead_trim(struct engine *, struct session_side *, uint32_t seq);
void tcp_ahead_free(struct engine *, struct session_side *);
struct tcp_ahead *tcp_ahead_of(struct engine *, struct session_side *);

struct tcp_kept *tcp_kept_of(struct engine *, struct session_side *);
/* Frees it when it holds nothing. */
void tcp_kept_release(struct engine *, struct session_side *);
bool tcp_pool_full(const struct tcp_reasm_pool *);

#endif
