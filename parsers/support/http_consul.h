/* SPDX-License-Identifier: Apache-2.0
 *
 * http_consul: what a request asks of Consul's agent, by its path.
 *
 *     /v1/AREA[/MORE]...[?dc=DATACENTER]
 */
#ifndef SUPPORT_HTTP_CONSUL_H
#define SUPPORT_HTTP_CONSUL_H

#include "parser/parser.h"

struct consul_request {
    struct span call; /* kv, catalog/service, agent/check/register */
    struct span key, node, service, datacenter;
    bool registers; /* a service or a check: of the agent's own programs */
};

/* False: it asks for nothing that Consul has. Others have such paths, too. */
bool consul_read(struct span target, struct consul_request *);

/* Does its body name a program to be run, as far as that has been read? */
enum consul_check { CONSUL_NO_SCRIPT, CONSUL_SCRIPT };
/* Fields of the request's transaction, and a note on scripts that come from outside. */
void consul_tell(struct parse *, const struct consul_request *, enum consul_check);

#endif
