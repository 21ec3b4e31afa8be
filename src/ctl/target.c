/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/target.h"

#include "base/text.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_LEAST = 12, ID_WHOLE = 64, GROUPS_BYTES = 16384 };

const struct target_places target_places = {"/proc", "/var/run/netns"};

static bool is_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static bool consists_of(const char *text, const char *letters)
{
    size_t n = strspn(text, letters);

    return n > 0 && text[n] == '\0';
}

static bool is_id(const char *text)
{
    size_t n = strlen(text);

    return n >= ID_LEAST && n <= ID_WHOLE && consists_of(text, "0123456789abcdef");
}

static bool put(char netns[PATH_MAX], const char *folder, const char *name, const char *more)
{
    int n = snprintf(netns, PATH_MAX, "%s/%s%s", folder, name, more);

    return n > 0 && n < PATH_MAX && is_there(netns);
}

/* The id stands in the path of its control group, whole: "/docker/ID", "cri-containerd-ID.scope".
 */
static bool is_in_group(const char *proc, const char *pid, const char *id)
{
    char path[PATH_MAX], text[GROUPS_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s/cgroup", proc, pid);
    FILE *file = n > 0 && n < PATH_MAX ? fopen(path, "re") : NULL;
    const char *at;
    size_t got;

    if (file == NULL)
        return false;
    got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = '\0';
    at = strstr(text, id);
    return at != NULL && at > text && !strchr("0123456789abcdef", at[-1]);
}

/* The first process of a container has the smallest number, and all share the namespace; two
 * namespaces mean two containers. */
static bool find_container(const struct target_places *places, const char *id, char netns[PATH_MAX],
                           struct err *err)
{
    DIR *dir = opendir(places->proc);
    const struct dirent *entry;
    ino_t first = 0;
    bool several = false;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        struct stat st;

        if (!consists_of(entry->d_name, "0123456789") ||
            !is_in_group(places->proc, entry->d_name, id) ||
            !put(path, places->proc, entry->d_name, "/ns/net") || stat(path, &st) != 0)
            continue;
        several |= first != 0 && st.st_ino != first;
        if (first == 0)
            (void)text_copy(netns, PATH_MAX, path);
        first = st.st_ino;
    }
    if (dir != NULL)
        closedir(dir);
    if (several)
        return err_set(err, id, "may be several containers: give more of its id");
    return first != 0 || err_set(err, id,
                                 "no process of such a container is found in %s: does it "
                                 "run, and is this /proc the host's?",
                                 places->proc);
}

bool target_find(const struct target_places *places, const char *target, char netns[PATH_MAX],
                 struct err *err)
{
    if (target[0] == '/') {
        if (is_there(target) && text_copy(netns, PATH_MAX, target))
            return true;
        return err_set(err, target, "is no file of a namespace (like /proc/PID/ns/net)");
    }
    if (strchr(target, '/') == NULL && put(netns, places->named, target, ""))
        return true;
    if (is_id(target))
        return find_container(places, target, netns, err);
    if (consists_of(target, "0123456789")) {
        if (put(netns, places->proc, target, "/ns/net"))
            return true;
        return err_set(err, target, "is no process that runs here");
    }
    return err_set(err, target,
                   "is neither a process id, nor the path or name of a namespace, nor "
                   "a container id of at least 12 digits");
}
