/* SPDX-License-Identifier: Apache-2.0
 *
 * To attach: written down, opened by the daemon, and last the rules, so that packets never go where
 * nobody takes them. To detach: the other way round, whatever of it is there.
 */
#include "ctl/attach.h"

#include "attach/record.h"
#include "base/text.h"
#include "ctl/interfaces.h"
#include "ctl/target.h"
#include "ctl/wiring.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the daemon ---- */

static bool ignore(void *arg, const char *what, const json_t *value)
{
    (void)arg;
    (void)what;
    (void)value;
    return true;
}

static enum ctl_exit tell(struct ask *a, json_t *request, struct err *err)
{
    json_t *result = NULL;
    enum ask_result r = ask_run(a, request, ignore, NULL, &result, err);

    json_decref(result);
    return r == ASK_DONE ? CTL_DONE : r == ASK_REFUSED ? CTL_REFUSED : CTL_CANNOT;
}

static json_t *detach_request(const char *name)
{
    return json_pack("{s:i, s:s, s:s}", "id", 1, "request", "detach", "name", name);
}

/* A queue for each worker, as far as there may be so many. */
static enum ctl_exit ask_workers(struct ask *a, uint16_t *count, struct err *err)
{
    json_t *result = NULL;
    enum ask_result r = ask_run(a, json_pack("{s:i, s:s}", "id", 1, "request", "status"), ignore,
                                NULL, &result, err);
    size_t n = json_array_size(json_object_get(result, "workers"));

    *count = (uint16_t)(n < 1 ? 1 : n > ATTACH_QUEUES ? ATTACH_QUEUES : n);
    json_decref(result);
    return r == ASK_DONE ? CTL_DONE : CTL_CANNOT;
}

/* ---- attach ---- */

/* What it is called unless it is told: the end of what it was found by. */
static void name_after(struct attachment *a, const char *target)
{
    char proc[64];
    int pid;

    if (sscanf(target, "/proc/%d/ns/net%n", &pid, &(int){0}) == 1)
        snprintf(proc, sizeof proc, "%d", pid);
    else
        snprintf(proc, sizeof proc, "%.12s",
                 strrchr(target, '/') != NULL ? strrchr(target, '/') + 1 : target);
    if (strchr(target, '/') == NULL && strlen(target) < ATTACH_NAME && strlen(target) < 40)
        (void)text_copy(a->name, sizeof a->name, target);
    else
        (void)text_copy(a->name, sizeof a->name, proc);
}

static bool describe(struct attachment *a, const struct ctl_words *w, struct err *err)
{
    const char *mode = w->mode != NULL ? w->mode : "tap",
               *fail = w->fail != NULL ? w->fail : "open";

    *a = (struct attachment){0};
    if (!attach_mode_read(mode, &a->mode))
        return err_set(err, "--mode", "'%s' is neither tap nor protect", mode);
    if (strcmp(fail, "open") != 0 && strcmp(fail, "closed") != 0)
        return err_set(err, "--fail", "'%s' is neither open nor closed", fail);
    a->closed = strcmp(fail, "closed") == 0;
    if (a->closed && a->mode == ATTACH_TAP)
        return err_set(err, "--fail", "says nothing about a tap: it never stops a packet");
    if (!target_find(&target_places, w->words[0], a->netns, err))
        return false;
    if (w->name != NULL && !text_copy(a->name, sizeof a->name, w->name))
        return err_set(err, "--name", "is too long");
    if (w->name == NULL)
        name_after(a, w->words[0]);
    if (!attachment_name_is_good(a->name))
        return err_set(err, "--name", "'%s' has more than letters, digits, '.', '_' and '-'",
                       a->name);
    a->inode = attachment_inode(a->netns);
    return true;
}

struct search {
    const struct attachment *wanted;
    bool found;
};

static bool is_known(void *arg, const struct attachment *a, const struct err *err)
{
    struct search *s = arg;

    (void)err;
    if (a != NULL && (strcmp(a->name, s->wanted->name) == 0 ||
                      (a->inode == s->wanted->inode && attachment_is_there(a))))
        s->found = true;
    return !s->found;
}

static void undo(struct ask *ask, const char *folder, const struct attachment *a)
{
    struct err unused;

    (void)wiring_remove(a, &unused);
    (void)tell(ask, detach_request(a->name), &unused);
    (void)record_remove(folder, a->name, &unused);
}

static enum ctl_exit make(struct ask *ask, const char *folder, const struct attachment *a,
                          struct err *err)
{
    json_t *request = json_pack("{s:i, s:s, s:o}", "id", 1, "request", "attach", "attachment",
                                attachment_value(a));
    enum ctl_exit status;

    if (!record_write(folder, a, err)) {
        json_decref(request);
        return CTL_CANNOT;
    }
    status = tell(ask, request, err);
    if (status == CTL_DONE && wiring_make(a, err))
        return CTL_DONE;
    undo(ask, folder, a);
    return status == CTL_DONE ? CTL_CANNOT : status;
}

static void show(const struct attachment *a)
{
    printf("attached: %s (%s%s)\n", a->name, attach_mode_name(a->mode),
           a->mode == ATTACH_TAP ? ""
           : a->closed           ? ", fails closed"
                                 : ", fails open");
    for (size_t i = 0; i < a->interface_count; i++)
        printf("  %s\n", a->interfaces[i].name);
}

enum ctl_exit attach_run(const struct ctl_words *w, struct err *err)
{
    struct attachment a;
    struct search known = {.wanted = &a};
    char folder[PATH_MAX];
    enum ctl_exit status;
    struct ask *ask;

    if (geteuid() != 0) {
        err_set(err, NULL, "to enter namespaces one must be root");
        return CTL_CANNOT;
    }
    if (!record_folder(folder, w->socket) || !describe(&a, w, err))
        return CTL_USAGE;
    record_each(folder, is_known, &known);
    if (known.found) {
        err_set(err, a.name, "is attached already, or its namespace is: sluicectl attached");
        return CTL_REFUSED;
    }
    if (!interfaces_read(&a, w->interface, err))
        return CTL_CANNOT;
    ask = ask_open(w->socket, err);
    if (ask == NULL)
        return CTL_CANNOT;
    status = a.mode == ATTACH_PROTECT ? ask_workers(ask, &a.queues, err) : CTL_DONE;
    if (status == CTL_DONE)
        status = make(ask, folder, &a, err);
    ask_close(ask);
    if (status == CTL_DONE)
        show(&a);
    return status;
}

/* ---- detach ---- */

struct removal {
    const struct ctl_words *words;
    const char *folder;
    uint64_t inode;  /* of the target; 0: none is found by that word */
    struct ask *ask; /* NULL: the daemon does not run */
    unsigned done, failed;
    struct err *err;
};

static bool is_meant(const struct removal *r, const struct attachment *a)
{
    return r->words->all || strcmp(a->name, r->words->words[0]) == 0 ||
           (r->inode != 0 && a->inode == r->inode);
}

/* Rules first: from then on packets go their own way. */
static bool take_away(struct removal *r, const struct attachment *a)
{
    bool there = attachment_is_there(a);

    if (there && !wiring_remove(a, r->err))
        return false;
    if (r->ask != NULL && tell(r->ask, detach_request(a->name), r->err) != CTL_DONE)
        return false;
    if (!record_remove(r->folder, a->name, r->err))
        return false;
    printf("detached: %s%s%s\n", a->name, there ? "" : " (its namespace has gone)",
           r->ask != NULL ? "" : " (no daemon runs)");
    return true;
}

static bool remove_one(void *arg, const struct attachment *a, const struct err *why)
{
    struct removal *r = arg;

    if (a == NULL) {
        fprintf(stderr, "sluicectl: warning: %s: %s: is left alone\n", why->path, why->text);
        return true;
    }
    if (!is_meant(r, a))
        return true;
    if (take_away(r, a))
        r->done++;
    else
        r->failed++;
    return r->failed == 0;
}

enum ctl_exit detach_run(const struct ctl_words *w, struct err *err)
{
    struct removal r = {.words = w, .err = err};
    char folder[PATH_MAX], netns[PATH_MAX];
    struct err unused;

    if ((w->count == 1) == w->all) {
        err_set(err, NULL, "name one, or --all");
        return CTL_USAGE;
    }
    if (geteuid() != 0) {
        err_set(err, NULL, "to enter namespaces one must be root");
        return CTL_CANNOT;
    }
    if (!record_folder(folder, w->socket))
        return CTL_USAGE;
    r.folder = folder;
    if (!w->all && target_find(&target_places, w->words[0], netns, &unused))
        r.inode = attachment_inode(netns);
    r.ask = ask_open(w->socket, &unused);
    record_each(folder, remove_one, &r);
    if (r.ask != NULL)
        ask_close(r.ask);
    if (r.failed > 0)
        return CTL_CANNOT;
    if (r.done > 0 || w->all)
        return CTL_DONE;
    err_set(err, w->words[0], "is not attached: sluicectl attached");
    return CTL_REFUSED;
}
