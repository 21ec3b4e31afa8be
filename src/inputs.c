/* SPDX-License-Identifier: Apache-2.0 */
#include "inputs.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories already read: links may lead back to them. */
struct visited {
    struct {
        dev_t dev;
        ino_t ino;
    } * list;
    size_t count, room;
};

enum walk { WALK_DONE, WALK_NO_MEMORY };

static bool visited_before(const struct visited *v, const struct stat *st)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].dev == st->st_dev && v->list[i].ino == st->st_ino)
            return true;
    return false;
}

static bool visited_add(struct visited *v, const struct stat *st)
{
    if (v->count == v->room) {
        size_t room = v->room ? v->room * 2 : 64;
        void *more = realloc(v->list, room * sizeof *v->list);

        if (more == NULL)
            return false;
        v->list = more;
        v->room = room;
    }
    v->list[v->count].dev = st->st_dev;
    v->list[v->count++].ino = st->st_ino;
    return true;
}

static void refuse(struct inputs *in, const char *path, const char *why)
{
    log_error("%s: %s", path, why);
    in->refused++;
}

static enum walk append(struct inputs *in, const char *path, const struct stat *st)
{
    if (in->count == in->room) {
        size_t room = in->room ? in->room * 2 : 64;
        struct input *more = realloc(in->list, room * sizeof *more);

        if (more == NULL)
            return WALK_NO_MEMORY;
        in->list = more;
        in->room = room;
    }

    struct input *input = &in->list[in->count];

    input->path = strdup(path);
    if (input->path == NULL)
        return WALK_NO_MEMORY;
    input->size = st != NULL && S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
    in->size += input->size;
    in->count++;
    return WALK_DONE;
}

static bool named_like_capture(const char *path)
{
    static const char *const ends[] = {".pcap", ".pcapng", ".cap"};
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (n > strlen(ends[i]) && strcasecmp(path + n - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static bool begins_like_capture(const char *path)
{
    static const uint8_t magics[][4] = {
        {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1},
        {0xa1, 0xb2, 0x3c, 0x4d}, {0x34, 0xcd, 0xb2, 0xa1}, {0xa1, 0xb2, 0xcd, 0x34},
        {0x0a, 0x0d, 0x0d, 0x0a},
    };
    uint8_t first[4] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t got = fd < 0 ? -1 : read(fd, first, sizeof first);

    if (fd >= 0)
        close(fd);
    for (size_t i = 0; got == sizeof first && i < sizeof magics / sizeof magics[0]; i++)
        if (memcmp(first, magics[i], sizeof first) == 0)
            return true;
    return false;
}

static enum walk walk_directory(struct inputs *, struct visited *, const char *path);

static enum walk walk_entry(struct inputs *in, struct visited *v, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        if (named_like_capture(path))
            refuse(in, path, "cannot be followed: mend or remove this link");
        return WALK_DONE;
    }
    if (S_ISREG(st.st_mode))
        return named_like_capture(path) || begins_like_capture(path) ? append(in, path, &st)
                                                                     : WALK_DONE;
    if (!S_ISDIR(st.st_mode) || visited_before(v, &st))
        return WALK_DONE;
    return visited_add(v, &st) ? walk_directory(in, v, path) : WALK_NO_MEMORY;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static enum walk walk_directory(struct inputs *in, struct visited *v, const char *path)
{
    struct dirent **entries = NULL;
    enum walk result = WALK_DONE;
    int count = scandir(path, &entries, not_dots, by_name);
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";

    if (count < 0) {
        refuse(in, path, strerror(errno));
        return WALK_DONE;
    }
    for (int i = 0; i < count; i++) {
        char *child = NULL;

        if (result == WALK_DONE &&
            asprintf(&child, "%s%s%s", path, slash, entries[i]->d_name) < 0) {
            child = NULL;
            result = WALK_NO_MEMORY;
        }
        if (result == WALK_DONE)
            result = walk_entry(in, v, child);
        free(child);
        free(entries[i]);
    }
    free(entries);
    return result;
}

bool inputs_add(struct inputs *in, const char *path)
{
    struct visited v = {0};
    struct stat st;
    size_t before = in->count + in->refused;
    enum walk result;

    if (strcmp(path, "-") == 0)
        return append(in, path, NULL) == WALK_DONE;
    if (stat(path, &st) != 0) {
        refuse(in, path, errno == ENOENT ? "does not exist: check the path" : strerror(errno));
        return true;
    }
    if (!S_ISDIR(st.st_mode))
        return append(in, path, &st) == WALK_DONE;
    result = visited_add(&v, &st) ? walk_directory(in, &v, path) : WALK_NO_MEMORY;
    free(v.list);
    if (result == WALK_DONE && in->count + in->refused == before)
        refuse(in, path, "holds no capture: give a directory with pcap or pcapng files");
    return result == WALK_DONE;
}

void inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->count; i++)
        free(in->list[i].path);
    free(in->list);
    *in = (struct inputs){0};
}

bool inputs_contain(const struct inputs *in, const char *path)
{
    struct stat out, st;

    if (stat(path, &out) != 0 || !S_ISREG(out.st_mode))
        return false;
    for (size_t i = 0; i < in->count; i++)
        if (stat(in->list[i].path, &st) == 0 && st.st_dev == out.st_dev && st.st_ino == out.st_ino)
            return true;
    return false;
}
