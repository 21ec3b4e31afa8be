/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_docker.h"

#include "support/http_path.h"

/* Collections; what stands below them are names and actions. */
static const char *const collections[] = {
    "containers", "images",  "networks", "volumes", "exec",         "nodes", "services",
    "tasks",      "secrets", "configs",  "plugins", "distribution", "swarm", NULL};

static const char *const alone[] = {"_ping",  "info",  "version", "events", "auth",
                                    "commit", "build", "session", "grpc",   NULL};

static const char *const actions[] = {
    "archive", "attach",  "changes", "connect", "create",  "df",    "disable", "disconnect",
    "enable",  "exec",    "export",  "get",     "history", "init",  "join",    "kill",
    "leave",   "load",    "logs",    "pause",   "prune",   "pull",  "push",    "rename",
    "resize",  "restart", "search",  "set",     "start",   "stats", "stop",    "tag",
    "top",     "unlock",  "unpause", "update",  "upgrade", "wait",  NULL};

/* v1.41: in use are versions of two digits. */
static bool is_version(struct span s)
{
    return s.n == 5 && span_starts(s, SPAN("v1.")) && s.p[3] >= '1' && s.p[3] <= '9' &&
           s.p[4] >= '0' && s.p[4] <= '9';
}

static struct span last_of(struct span path)
{
    struct span last = path_next(&path);

    while (path.n)
        last = path_next(&path);
    return last;
}

/* Without an action the method says what is done. */
static const char *verb_of(enum http_verb verb, bool named)
{
    switch (verb) {
    case VERB_GET:
    case VERB_HEAD:
        return named ? "inspect" : "list";
    case VERB_DELETE:
        return "remove";
    case VERB_POST:
    case VERB_PUT:
        return named ? "update" : "create";
    case VERB_PATCH:
    case VERB_OTHER:
        break;
    }
    return NULL;
}

/* [/NAME][/ACTION]; names of images have slashes. */
static bool read_object(enum http_verb verb, struct span rest, struct docker_request *d)
{
    struct span last = last_of(rest);
    const char *text;

    rest = span_from(rest, rest.n ? 1 : 0);
    d->name = rest;
    if (path_is_one_of(last, actions) && verb != VERB_DELETE) {
        d->name = span_first(rest, rest.n > last.n ? rest.n - last.n - 1 : 0);
        d->verb = last;
        return true;
    }
    if (span_equal(last, SPAN("json")))
        d->name = span_first(rest, rest.n > last.n ? rest.n - last.n - 1 : 0);
    text = verb_of(verb, d->name.n > 0);
    if (text)
        d->verb = span_text(text);
    return text != NULL;
}

bool docker_read(enum http_verb verb, struct span target, struct docker_request *d)
{
    struct span rest = path_of(target), piece = path_next(&rest);

    *d = (struct docker_request){0};
    if (is_version(piece)) {
        d->version = span_from(piece, 1);
        piece = path_next(&rest);
    }
    d->resource = piece;
    if (path_is_one_of(piece, alone)) {
        d->resource = SPAN("system");
        d->verb = piece;
        return rest.n == 0;
    }
    if (span_equal(piece, SPAN("system")))
        return read_object(verb, rest, d);
    return path_is_one_of(piece, collections) && read_object(verb, rest, d);
}

void docker_tell(struct parse *p, const struct docker_request *d)
{
    parse_field(p, FIELD_HTTP_DOCKER_VERB, d->verb);
    parse_field(p, FIELD_HTTP_DOCKER_RESOURCE, d->resource);
    if (d->name.n)
        parse_field(p, FIELD_HTTP_DOCKER_NAME, d->name);
    if (d->version.n)
        parse_field(p, FIELD_HTTP_DOCKER_VERSION, d->version);
    if (span_equal(d->resource, SPAN("containers")) &&
        (span_equal(d->verb, SPAN("exec")) || span_equal(d->verb, SPAN("attach"))))
        parse_note_value(p, "Docker: into a running container", d->name);
}
