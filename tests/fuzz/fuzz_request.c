/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of the agent, and documents of people: whatever they say, what is configured afterwards
 * can be published and used.
 *
 *   datagrams, one a line; those that begin with '=' are configuration documents
 *
 * A request that is sent twice changes nothing the second time.
 */
#include "fuzz_engine.h"

#include "control/command.h"
#include "control/config.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_MOST = 64 };

struct bench {
    struct control control;
    struct snapshot *published;
    unsigned publications;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Everything that a worker would look at is there. */
static void look_through(const struct snapshot *s)
{
    must(s->generation > 0 && s->index != NULL && s->networks != NULL && s->names != NULL);
    for (size_t i = 0; i < s->workload_count; i++) {
        const struct workload *w = s->workloads[i];

        must(w->zone > 0 && w->zone < s->zone_count && snapshot_workload(s, w->zone) == w);
        for (size_t k = 0; w->policy != NULL && k < w->policy->rule_count; k++) {
            const struct policy_rule *r = &w->policy->rules[k];

            must(r->port <= r->port_last && r->action < POLICY_ACTIONS);
            must(r->client.first.family == r->client.last.family);
            must(r->name == NULL || strlen(r->name) <= DOMAIN_NAME_MOST);
        }
        for (size_t k = 0; w->base != NULL && k < w->base->rule_count; k++)
            must(w->base->rules[k].pattern_count <= SENSOR_PATTERNS);
    }
    must(s->names->count <= DOMAIN_NAMES_MOST);
}

static void on_publish(void *arg, struct snapshot *s)
{
    struct bench *b = arg;

    must(b->published == NULL || s->generation > b->published->generation);
    look_through(s);
    snapshot_free(b->published);
    b->published = s;
    b->publications++;
    model_reached(&b->control.model, s->generation);
}

static bool on_port_add(void *arg, const struct port_spec *p, struct err *err)
{
    (void)arg;
    (void)err;
    must(strlen(p->interface) < sizeof p->interface && strlen(p->netns) < sizeof p->netns);
    return true;
}

static void on_port_remove(void *arg, const struct port_spec *p)
{
    (void)arg;
    (void)p;
}

static void on_clear(void *arg, uint32_t id)
{
    (void)arg;
    (void)id;
}

static void on_debug(void *arg, const char *const *names, size_t count)
{
    (void)arg;
    for (size_t i = 0; i < count; i++)
        must(names[i] != NULL);
}

static void on_answer(void *arg, const struct peer *to, struct span bytes)
{
    (void)arg;
    (void)to;
    must(bytes.n >= 4 && bytes.n == ((size_t)bytes.p[2] << 8 | bytes.p[3]));
}

static void on_ask(void *arg, const struct peer *to, enum control_question q, const uint32_t *zones,
                   size_t count)
{
    (void)arg;
    (void)to;
    must(q < QUESTION_CLEAR);
    for (size_t i = 0; i < count; i++)
        must(zones[i] != 0);
}

static void on_refresh(void *arg)
{
    (void)arg;
}

static const struct control_ops ops = {
    .publish = on_publish,
    .port_add = on_port_add,
    .port_remove = on_port_remove,
    .clear = on_clear,
    .debug = on_debug,
    .answer = on_answer,
    .ask = on_ask,
    .refresh_apps = on_refresh,
};

static void datagram(struct bench *b, struct span line)
{
    struct peer from = {.size = sizeof(sa_family_t) + 2};
    char *text = malloc(line.n + 1);

    must(text != NULL);
    if (line.n > 0)
        memcpy(text, line.p, line.n);
    text[line.n] = '\0';
    control_datagram(&b->control, &from, text, line.n);
    control_publish(&b->control);
    free(text);
}

static void document(struct bench *b, struct span line)
{
    struct err err = {0};
    struct snapshot *s = config_parse((const char *)line.p, line.n, &err);

    if (s == NULL) {
        must(err.text[0] != '\0');
        return;
    }
    if (model_apply(&b->control.model, s, &err))
        control_publish(&b->control);
}

static void play(struct bench *b, struct span all)
{
    for (int i = 0; i < LINES_MOST && all.n > 0; i++) {
        const uint8_t *end = memchr(all.p, '\n', all.n);
        struct span line = span_first(all, end != NULL ? (size_t)(end - all.p) : all.n);

        if (line.n > 0 && line.p[0] == '=')
            document(b, span_from(line, 1));
        else
            datagram(b, line);
        all = span_from(all, line.n + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snapshot *first = snapshot_new();
    struct bench b = {0};

    log_set_level(LOG_ERROR);
    must(first != NULL);
    first->limits.workloads = 16;
    must(control_init(&b.control, first, &ops, &b));
    play(&b, span_of(data, size));
    control_fini(&b.control);
    snapshot_free(b.published);
    return 0;
}
