/* SPDX-License-Identifier: Apache-2.0 */
#include "attach/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ending[] = ".json";

bool record_folder(char to[PATH_MAX], const char *control_socket)
{
    const char *slash = strrchr(control_socket, '/');
    int n = snprintf(to, PATH_MAX, "%.*sattached",
                     slash != NULL ? (int)(slash - control_socket) + 1 : 0, control_socket);

    return n > 0 && n < PATH_MAX;
}

static bool path_of(char to[PATH_MAX], const char *folder, const char *name, const char *more)
{
    int n = snprintf(to, PATH_MAX, "%s/%s%s%s", folder, name, ending, more);

    return n > 0 && n < PATH_MAX;
}

static bool write_file(const char *path, const json_t *value)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool written;

    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    written = json_dumpf(value, file, JSON_INDENT(2)) == 0 && fputc('\n', file) != EOF;
    return fclose(file) == 0 && written;
}

/* Of the folder, its parent has to be there, or be made. */
static bool folder_make(const char *folder)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(folder, '/');

    if (slash != NULL && slash != folder) {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - folder), folder);
        if (mkdir(parent, 0755) != 0 && errno != EEXIST)
            return false;
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

bool record_write(const char *folder, const struct attachment *a, struct err *err)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    json_t *value = attachment_value(a);
    bool written;

    if (value == NULL)
        return err_set(err, NULL, "no memory");
    written = path_of(path, folder, a->name, "") && path_of(fresh, folder, a->name, ".new") &&
              folder_make(folder) && write_file(fresh, value) && rename(fresh, path) == 0;
    json_decref(value);
    return written ||
           err_set(err, folder, "the attachment cannot be written down: %s", strerror(errno));
}

bool record_remove(const char *folder, const char *name, struct err *err)
{
    char path[PATH_MAX];

    if (!path_of(path, folder, name, ""))
        return err_set(err, folder, "is too long");
    return unlink(path) == 0 || errno == ENOENT ||
           err_set(err, path, "cannot be removed: %s", strerror(errno));
}

static bool is_record(const char *name)
{
    size_t n = strlen(name), end = sizeof ending - 1;

    return n > end && strcmp(name + n - end, ending) == 0;
}

static bool visit_file(const char *path, record_visit *visit, void *arg)
{
    struct attachment a;
    struct err err = {0};
    json_error_t why;
    json_t *value = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    bool good = value != NULL && attachment_read(&a, value, &err);

    if (value == NULL)
        err_set(&err, path, "%s", why.text);
    json_decref(value);
    return visit(arg, good ? &a : NULL, &err);
}

void record_each(const char *folder, record_visit *visit, void *arg)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    bool go_on = true;

    while (dir != NULL && go_on && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];

        if (is_record(entry->d_name) &&
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < PATH_MAX)
            go_on = visit_file(path, visit, arg);
    }
    if (dir != NULL)
        closedir(dir);
}
