/* SPDX-License-Identifier: Apache-2.0
 *
 * http_docker: what a request asks of Docker's engine, by its path.
 *
 *     [/v1.41]/RESOURCE[/NAME][/ACTION]
 */
#ifndef SUPPORT_HTTP_DOCKER_H
#define SUPPORT_HTTP_DOCKER_H

#include "parser/parser.h"
#include "support/http_verb.h"

struct docker_request {
    struct span verb, version, resource, name;
};

/* False: it asks for nothing that Docker has. Without a version others have such paths, too. */
bool docker_read(enum http_verb, struct span target, struct docker_request *);
/* Fields of the request's transaction, and a note on what goes into a container. */
void docker_tell(struct parse *, const struct docker_request *);

#endif
