/* SPDX-License-Identifier: Apache-2.0
 *
 * http_elastic: what a request asks of Elasticsearch or OpenSearch, by its path.
 *
 *     [/INDEX[,INDEX]...]/_API[/MORE]
 */
#ifndef SUPPORT_HTTP_ELASTIC_H
#define SUPPORT_HTTP_ELASTIC_H

#include "parser/parser.h"
#include "support/http_verb.h"

struct elastic_request {
    struct span index, api;
    bool stores_script;
};

/* False: it asks for nothing that they have. Others have such paths, too: CouchDB. */
bool elastic_read(enum http_verb, struct span target, struct elastic_request *);

/* Does its body carry a script, as far as that has been read? */
enum elastic_script { ELASTIC_NO_SCRIPT, ELASTIC_SCRIPT };
/* Fields of the request's transaction, and notes on scripts that come from outside. */
void elastic_tell(struct parse *, const struct elastic_request *, enum elastic_script);

#endif
