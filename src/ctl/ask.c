/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ask.h"

#include "base/text.h"
#include "console/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct ask {
    int fd;
    char *text;
    size_t used, room, done; /* bytes, and those of lines that were read */
};

/* The next line, without its end, borrowed; NULL: the other side has gone. */
static char *next_line(struct ask *a)
{
    for (;;) {
        char *end = memchr(a->text + a->done, '\n', a->used - a->done), *line = a->text + a->done;
        ssize_t n;

        if (end != NULL) {
            *end = '\0';
            a->done = (size_t)(end - a->text) + 1;
            return line;
        }
        memmove(a->text, a->text + a->done, a->used - a->done);
        a->used -= a->done;
        a->done = 0;
        if (a->used == a->room) {
            char *more = realloc(a->text, 2 * a->room);

            if (more == NULL)
                return NULL;
            a->text = more;
            a->room *= 2;
        }
        n = recv(a->fd, a->text + a->used, a->room - a->used, 0);
        if (n == 0 || (n < 0 && errno != EINTR))
            return NULL;
        a->used += n > 0 ? (size_t)n : 0;
    }
}

static json_t *next_value(struct ask *a)
{
    char *line = next_line(a);

    return line != NULL ? json_loads(line, 0, NULL) : NULL;
}

static bool said_no(const json_t *line, struct err *err)
{
    const json_t *e = json_object_get(line, "error");
    const char *text = json_string_value(json_object_get(e, "text"));
    const char *path = json_string_value(json_object_get(e, "path"));
    const char *hint = json_string_value(json_object_get(e, "hint"));

    if (e == NULL)
        return false;
    err_set(err, path, "%s%s%s%s", text != NULL ? text : "refused", hint ? " (" : "",
            hint ? hint : "", hint ? ")" : "");
    return true;
}

static bool is_greeted(struct ask *a, const char *path, struct err *err)
{
    json_t *hello = next_value(a);
    json_int_t protocol = json_integer_value(json_object_get(hello, "sluice"));
    const char *version = json_string_value(json_object_get(hello, "version"));
    bool ok = false;

    if (said_no(hello, err))
        ;
    else if (protocol == 0)
        err_set(err, path, "answers something else: is it sluiced's control socket?");
    else if (protocol != CONSOLE_PROTOCOL)
        err_set(err, path,
                "sluiced %s speaks version %lld of the protocol, this sluicectl %d: use "
                "the one that came with it",
                version != NULL ? version : "of an unknown version", (long long)protocol,
                CONSOLE_PROTOCOL);
    else
        ok = true;
    json_decref(hello);
    return ok;
}

static bool no_way(const char *path, int why, struct err *err)
{
    if (why == ENOENT || why == ECONNREFUSED)
        return err_set(err, path,
                       "nobody serves it: start sluiced, or give the path of its "
                       "--control-socket with --socket");
    if (why == EACCES || why == EPERM)
        return err_set(err, path, "permission denied: run as root, or as the user of sluiced");
    return err_set(err, path, "cannot be reached: %s", strerror(why));
}

struct ask *ask_open(const char *path, struct err *err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct ask *a = calloc(1, sizeof *a);

    if (a == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    a->room = 1 << 16;
    a->text = malloc(a->room);
    a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (a->text == NULL || a->fd < 0)
        err_set(err, NULL, "no memory");
    else if (!text_copy(to.sun_path, sizeof to.sun_path, path))
        err_set(err, path, "is too long for a socket");
    else if (connect(a->fd, (struct sockaddr *)&to, sizeof to) != 0)
        no_way(path, errno, err);
    else if (is_greeted(a, path, err))
        return a;
    ask_close(a);
    return NULL;
}

void ask_close(struct ask *a)
{
    if (a == NULL)
        return;
    if (a->fd >= 0)
        close(a->fd);
    free(a->text);
    free(a);
}

static bool send_line(struct ask *a, json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);
    size_t n = text != NULL ? strlen(text) : 0, done = 0;

    if (text != NULL)
        text[n++] = '\n';
    while (done < n) {
        ssize_t sent = send(a->fd, text + done, n - done, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR)
            break;
        done += sent > 0 ? (size_t)sent : 0;
    }
    free(text);
    return n > 0 && done == n;
}

/* True: more is to come. */
static bool give(const json_t *line, ask_each *each, void *arg)
{
    const json_t *part = json_object_get(line, "part"), *event = json_object_get(line, "event"),
                 *lost = json_object_get(line, "lost");

    for (size_t i = 0; i < json_array_size(part); i++)
        if (!each(arg, "part", json_array_get(part, i)))
            return false;
    if (event != NULL)
        return each(arg, "event", event);
    return lost == NULL || each(arg, "lost", lost);
}

enum ask_result ask_run(struct ask *a, json_t *request, ask_each *each, void *arg, json_t **result,
                        struct err *err)
{
    enum ask_result end = ASK_BROKEN;
    bool more = send_line(a, request);

    json_decref(request);
    *result = NULL;
    err_set(err, NULL, "sluiced has gone: see its log");
    while (more) {
        json_t *line = next_value(a);

        more = false;
        if (line == NULL)
            break;
        if (said_no(line, err)) {
            end = ASK_REFUSED;
        } else if (json_object_get(line, "result") != NULL) {
            *result = json_incref(json_object_get(line, "result"));
            end = ASK_DONE;
        } else {
            more = give(line, each, arg);
            end = more ? ASK_BROKEN : ASK_DONE;
        }
        json_decref(line);
    }
    return end;
}
