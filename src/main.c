/* SPDX-License-Identifier: Apache-2.0
 *
 * sluiced: read the options, build the parts, run, take them down in reverse.
 */
#include "base/log.h"
#include "base/rcu.h"
#include "check/check.h"
#include "daemon.h"
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

static enum exit_status replay_all(const struct options *o)
{
    struct parts parts = {0};
    enum exit_status status;

    signals_init();
    status = parts_init(&parts, o);
    if (status == EXIT_DONE)
        status = replay(&parts, o);
    parts_fini(&parts);
    return status;
}

static enum exit_status serve(const struct options *o)
{
    struct err err = {0};
    enum exit_status status;
    struct snapshot *s = parts_snapshot(o, &status);

    if (s == NULL)
        return status;
    if (!daemon_run(o, s, &err))
        return parts_refuse(EXIT_CANNOT, "", &err);
    return EXIT_DONE;
}

static enum exit_status run(const struct options *o)
{
    enum exit_status status;

    if (o->task == TASK_HELP || o->task == TASK_VERSION) {
        (o->task == TASK_HELP ? options_help : options_version)(stdout);
        return EXIT_DONE;
    }
    if (o->task == TASK_CHECK)
        return check_all(stdout) ? EXIT_DONE : EXIT_CHECK;
    log_set_level(o->log_level);
    rcu_thread_enter();
    status = o->task == TASK_SERVE ? serve(o) : replay_all(o);
    rcu_thread_leave();
    return status;
}

/* Its supervisor knows two statuses, and shuts everything down on the first. */
static enum exit_status told_as_dp(const struct options *o, enum exit_status status)
{
    if (!o->as_dp || status == EXIT_DONE || o->task == TASK_CHECK)
        return status;
    return status == EXIT_USAGE ? EXIT_DP_USAGE : EXIT_DP_CANNOT;
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err = {0};
    enum exit_status status;

    if (!options_parse(&options, argc, argv, &err))
        status = parts_refuse(EXIT_USAGE, "", &err);
    else
        status = run(&options);
    status = told_as_dp(&options, status);
    options_fini(&options);
    return (int)status;
}
