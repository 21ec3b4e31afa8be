/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include "base/log.h"
#include "control/config.h"
#include "engine/policy.h"
#include "engine/sensor.h"

#include <string.h>

enum exit_status parts_refuse(enum exit_status status, const char *what, const struct err *err)
{
    log_error("%s%s%s%s%s", what, what[0] ? ": " : "", err->path, err->path[0] ? ": " : "",
              err->text);
    return status;
}

static enum exit_status inputs_init(struct parts *p, const struct options *o)
{
    struct err err = {0};

    for (size_t i = 0; i < o->capture_count; i++)
        if (!inputs_add(&p->inputs, o->captures[i])) {
            err_set(&err, NULL, "no memory");
            return parts_refuse(EXIT_CANNOT, o->captures[i], &err);
        }
    err_set(&err, NULL, "is one of the captures to read: write to another file");
    if (o->write != NULL && inputs_contain(&p->inputs, o->write))
        return parts_refuse(EXIT_USAGE, o->write, &err);
    if (o->json != NULL && inputs_contain(&p->inputs, o->json))
        return parts_refuse(EXIT_USAGE, o->json, &err);
    return EXIT_DONE;
}

/* What is configured and has no effect must not look as if it had one. */
static void tell_unused(const struct snapshot *s)
{
    size_t rules = 0, patterns = 0;

    for (size_t i = 0; i < s->workload_count; i++) {
        const struct workload *w = s->workloads[i];

        rules += w->policy != NULL ? w->policy->rule_count : 0;
        patterns += w->base != NULL ? w->base->rule_count : 0;
    }
    if (rules > 0)
        log_warn("\"rules\": checked and shown; this version judges no traffic by them yet");
    if (patterns > 0)
        log_warn("\"sensors\": checked and shown; this version searches nothing by them yet");
}

void parts_adjust(struct snapshot *s, const struct options *o)
{
    if (o->checksums)
        s->checksum = CHECKSUM_STRICT;
    if (o->threats & OPTIONS_TLS_1_0)
        snapshot_set_threat(s, THREAT_TLS_10);
    if (o->threats & OPTIONS_TLS_1_1)
        snapshot_set_threat(s, THREAT_TLS_11);
    s->mesh_by_pod = o->mesh;
    tell_unused(s);
}

struct snapshot *parts_snapshot(const struct options *o, enum exit_status *status)
{
    struct err err = {0};
    struct snapshot *s =
        o->config != NULL ? config_load(o->config, &err) : config_parse("{}", 2, &err);

    *status = EXIT_DONE;
    if (s == NULL) {
        *status =
            parts_refuse(o->config ? EXIT_USAGE : EXIT_CANNOT, o->config ? o->config : "", &err);
        return NULL;
    }
    parts_adjust(s, o);
    return s;
}

enum exit_status parts_init(struct parts *p, const struct options *o)
{
    bool json_to_stdout = o->json != NULL && strcmp(o->json, "-") == 0;
    struct err err = {0};
    enum exit_status status;
    size_t longest = 0;

    p->snapshot = parts_snapshot(o, &status);
    if (p->snapshot == NULL)
        return status;
    if (o->trace != NULL && !filter_parse(&p->trace.filter, o->trace, &err))
        return parts_refuse(EXIT_USAGE, "--trace", &err);
    p->trace.to = json_to_stdout ? stderr : stdout;
    status = inputs_init(p, o);
    if (status != EXIT_DONE)
        return status;
    if (o->json != NULL && (p->json = encode_json_new(o->json, &err)) == NULL)
        return parts_refuse(EXIT_CANNOT, o->json, &err);
    if (o->write != NULL && (p->write = pcapwrite_new(o->write, &err)) == NULL)
        return parts_refuse(EXIT_CANNOT, o->write, &err);
    for (size_t i = 0; i < p->inputs.count; i++)
        if (strlen(p->inputs.list[i].path) > longest)
            longest = strlen(p->inputs.list[i].path);
    table_init(&p->table, stdout, o->mode, longest);
    return EXIT_DONE;
}

void parts_fini(struct parts *p)
{
    pcapwrite_free(p->write);
    encode_json_free(p->json);
    inputs_fini(&p->inputs);
    snapshot_free(p->snapshot);
}

enum exit_status parts_finish(struct parts *p, const struct options *o)
{
    enum exit_status status = EXIT_DONE;
    struct err err = {0};

    if (p->write != NULL && pcapwrite_left_out(p->write) > 0)
        log_warn("%s: %llu frames of another link type left out, a capture has one only: replay "
                 "each input by itself",
                 o->write, (unsigned long long)pcapwrite_left_out(p->write));
    if (p->write != NULL && !pcapwrite_finish(p->write, &err))
        status = parts_refuse(EXIT_CANNOT, o->write, &err);
    if (p->json != NULL && !encode_json_finish(p->json, &err))
        status = parts_refuse(EXIT_CANNOT, o->json, &err);
    if (fflush(stdout) != 0) {
        err_set(&err, NULL, "could not be written as a whole: make room and run again");
        status = parts_refuse(EXIT_CANNOT, "standard output", &err);
    }
    return status;
}
