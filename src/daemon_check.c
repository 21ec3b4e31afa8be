/* SPDX-License-Identifier: Apache-2.0
 *
 * The self-test of the service: says in the log what this system offers. Begins when the daemon is
 * ready, runs in a child; without it everything works the same.
 */
#include "daemon_state.h"

#include "base/log.h"

/* Who looks at one interface of their own sees whether that works. */
static bool is_wanted(const struct options *o)
{
    return !o->no_check && (o->interface == NULL || o->as_dp);
}

static void on_lines(void *arg)
{
    daemon_check_go_on(arg);
}

void daemon_check_init(struct daemon *d)
{
    struct err err = {0};

    if (!is_wanted(d->options))
        return;
    d->self_test = self_test_start("/proc/self/exe", &err);
    if (d->self_test == NULL) {
        log_warn("self-test: %s: %s", err.path, err.text);
        return;
    }
    d->watch_self_test = (struct watch){on_lines, d};
    /* Without a descriptor for it there is still the timer. */
    (void)daemon_watch(d, self_test_fd(d->self_test), &d->watch_self_test);
}

void daemon_check_go_on(struct daemon *d)
{
    if (d->self_test == NULL || self_test_go_on(d->self_test, daemon_now_ms()))
        return;
    self_test_free(d->self_test);
    d->self_test = NULL;
}

void daemon_check_fini(struct daemon *d)
{
    self_test_free(d->self_test);
    d->self_test = NULL;
}
