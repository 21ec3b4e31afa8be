/* SPDX-License-Identifier: Apache-2.0
 *
 * What the agent's requests do to the daemon.
 */
#include "daemon_state.h"

#include "base/log.h"

#include <strings.h>

static void on_publish(void *arg, struct snapshot *s)
{
    daemon_publish(arg, s);
}

static bool on_port_add(void *arg, const struct port_spec *spec, struct err *err)
{
    struct daemon *d = arg;

    return ports_add(d->ports, spec, err);
}

static void on_port_remove(void *arg, const struct port_spec *spec)
{
    struct daemon *d = arg;

    ports_remove(d->ports, spec);
}

static void on_clear(void *arg, uint32_t id)
{
    struct daemon *d = arg;

    answers_clear(d->answers, id, daemon_now_ms());
}

/* Categories have levels here: any but the two that are always on means "debug". */
static void on_debug(void *arg, const char *const *names, size_t count)
{
    bool more = false;

    (void)arg;
    for (size_t i = 0; i < count; i++)
        more |= strcasecmp(names[i], "init") != 0 && strcasecmp(names[i], "error") != 0;
    log_set_level(more ? LOG_DEBUG : LOG_INFO);
}

static void on_answer(void *arg, const struct peer *to, struct span bytes)
{
    struct daemon *d = arg;

    server_answer(d->server, to, bytes, daemon_now_ms());
}

static void on_ask(void *arg, const struct peer *to, enum control_question question,
                   const uint32_t *zones, size_t count)
{
    struct daemon *d = arg;

    answers_ask(d->answers, to, question, zones, count, daemon_now_ms());
}

static void on_refresh_apps(void *arg)
{
    struct daemon *d = arg;

    notify_ports(d->notify, d->snapshot);
}

const struct control_ops daemon_ops = {
    .publish = on_publish,
    .port_add = on_port_add,
    .port_remove = on_port_remove,
    .clear = on_clear,
    .debug = on_debug,
    .answer = on_answer,
    .ask = on_ask,
    .refresh_apps = on_refresh_apps,
};
