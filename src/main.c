/* SPDX-License-Identifier: Apache-2.0
 *
 * sluiced: read the options, build the parts, run, take them down in reverse.
 */
#include "base/log.h"
#include "base/rcu.h"
#include "parts.h"
#include "replay.h"

#include <signal.h>

static volatile sig_atomic_t stop;

static void on_stop(int signal)
{
    (void)signal;
    stop = 1;
}

/* No SA_RESTART: a read that waits for a pipe ends. A second signal ends the process. */
static void signals_init(void)
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool fail_on_hit(unsigned set, const struct tally *t)
{
    return ((set & FAIL_ON_VIOLATION) && t->violations > 0) ||
           ((set & FAIL_ON_THREAT) && t->threats > 0) ||
           ((set & FAIL_ON_MATCH) && t->matches > 0) ||
           ((set & FAIL_ON_UNKNOWN_APP) && t->by_app[APP_UNKNOWN] > 0);
}

static enum exit_status replay(struct parts *p, const struct options *o)
{
    struct replay_setup setup = {
        .inputs = &p->inputs,
        .snapshot = p->snapshot,
        .mode = o->mode,
        .json = p->json,
        .write = p->write,
        .trace = o->trace != NULL ? &p->trace : NULL,
        .table = o->json == NULL ? &p->table : NULL,
        .stop = &stop,
    };
    struct replay_result result;
    enum exit_status status;
    struct err err = {0};

    if (!replay_run(&setup, &result, &err))
        return parts_refuse(EXIT_CANNOT, o->config ? o->config : "", &err);
    if (setup.table != NULL && result.done > 0)
        table_total(setup.table, &result.total, result.done);
    if (stop)
        log_warn("stopped in capture %zu of %zu: the results so far", result.done, p->inputs.count);
    status = parts_finish(p, o);
    if (status != EXIT_DONE)
        return status;
    if (fail_on_hit(o->fail_on, &result.total))
        return EXIT_FAIL_ON;
    return result.damaged + p->inputs.refused > 0 ? EXIT_INPUT : EXIT_DONE;
}

int main(int argc, char **argv)
{
    struct options options;
    struct parts parts = {0};
    struct err err = {0};
    enum exit_status status;

    if (!options_parse(&options, argc, argv, &err)) {
        status = parts_refuse(EXIT_USAGE, "", &err);
    } else if (options.task != TASK_REPLAY) {
        status = EXIT_DONE;
        (options.task == TASK_HELP ? options_help : options_version)(stdout);
    } else {
        log_set_level(options.log_level);
        signals_init();
        rcu_thread_enter();
        status = parts_init(&parts, &options);
        if (status == EXIT_DONE)
            status = replay(&parts, &options);
        parts_fini(&parts);
        rcu_thread_leave();
    }
    options_fini(&options);
    return (int)status;
}
