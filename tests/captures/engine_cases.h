/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_cases: the captures of pcaps/engine/, each a function that writes its frames down.
 */
#ifndef TESTS_ENGINE_CASES_H
#define TESTS_ENGINE_CASES_H

#include "tcp_script.h"

struct engine_case {
    const char *name;  /* of its folder */
    const char *about; /* for its README.md */
    void (*write)(struct frame_list *);
    /* Without `write`: one HTTP exchange, inside what this puts in front of it. */
    void (*carry)(struct packet_builder *);
    const char *client, *server;
};

/* Tables, each ends with a case without a name. */
extern const struct engine_case carrier_cases[]; /* tunnels, tags, link types */
extern const struct engine_case fragment_cases[];
extern const struct engine_case evasion_cases[];
extern const struct engine_case other_cases[]; /* what belongs to no application */

/* What most of them hold: one GET of http://shop.example/NAME and its answer. */
void http_exchange(struct tcp_script *, const char *name);
/* The request of it; static storage. */
struct span http_request(const char *name);
struct span http_answer(void);

#endif
