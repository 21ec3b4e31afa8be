/* SPDX-License-Identifier: Apache-2.0 */
#include "console/client.h"
#include "console/values.h"
#include "control/unix_path.h"
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, EVENTS_AT_ONCE = 16 };

struct console {
    struct console_setup setup;
    struct unix_path at;
    int epoll, again; /* again: an eventfd, written when a client has more than one turn's */
    struct client *clients;
    size_t client_count;
    struct session_query *queries;
};

const struct console_setup *client_setup(const struct client *c)
{
    return &c->console->setup;
}

struct session_query **console_queries(struct client *c)
{
    return &c->console->queries;
}

/* ---- what goes out ---- */

bool client_has_room(const struct client *c)
{
    return !c->gone && c->out_used - c->out_done < CONSOLE_OUT_ENOUGH;
}

static void put(struct client *c, const char *bytes, size_t n)
{
    if (c->gone)
        return;
    if (c->out_done == c->out_used)
        c->out_done = c->out_used = 0;
    if (c->out_used + n > c->out_room) {
        size_t room = c->out_room ? c->out_room : 1 << 14;
        char *out;

        while (room < c->out_used + n)
            room *= 2;
        out = room <= 2 * (size_t)CONSOLE_OUT_MOST ? realloc(c->out, room) : NULL;
        if (out == NULL) { /* half an answer is worse than none */
            c->gone = true;
            return;
        }
        c->out = out;
        c->out_room = room;
    }
    if (c->out == NULL)
        return; /* n was 0 */
    memcpy(c->out + c->out_used, bytes, n);
    c->out_used += n;
}

static void put_json(struct client *c, json_t *line)
{
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;

    if (text != NULL) {
        put(c, text, strlen(text));
        put(c, "\n", 1);
    } else {
        c->gone = true;
    }
    free(text);
    json_decref(line);
}

void client_reply(struct client *c, const char *key, json_t *value)
{
    put_json(c, json_pack("{s:O?, s:o}", "id", c->id, key, value));
}

void client_reply_text(struct client *c, const char *key, struct span json)
{
    char *id = json_dumps(c->id, JSON_COMPACT | JSON_ENCODE_ANY);

    if (id == NULL) {
        c->gone = true;
        return;
    }
    put(c, "{\"id\":", 6);
    put(c, id, strlen(id));
    put(c, ",\"", 2);
    put(c, key, strlen(key));
    put(c, "\":", 2);
    put(c, (const char *)json.p, json.n);
    put(c, "}\n", 2);
    free(id);
}

static void request_end(struct client *c)
{
    json_decref(c->id);
    c->id = NULL;
    c->busy = false;
}

void client_done(struct client *c, json_t *result)
{
    client_reply(c, "result", result);
    request_end(c);
}

void client_error(struct client *c, const char *code, const char *hint, const struct err *err)
{
    json_t *e = json_pack("{s:s, s:o}", "code", code, "text", text_value(err->text));

    if (err->path[0] != '\0')
        json_object_set_new(e, "path", text_value(err->path));
    if (hint != NULL)
        json_object_set_new(e, "hint", json_string(hint));
    client_reply(c, "error", e);
    request_end(c);
}

bool client_filter(struct client *c, const json_t *request, struct filter *filter)
{
    const json_t *text = json_object_get(request, "filter");
    struct err err = {0};

    if (text == NULL || (json_is_string(text) && json_string_length(text) == 0))
        return filter_parse(filter, "all", &err);
    if (!json_is_string(text))
        err_set(&err, "filter", "must be a string");
    else if (filter_parse(filter, json_string_value(text), &err))
        return true;
    client_error(c, "filter", "host 10.1.1.2 and port 80, app http, workload web, ...", &err);
    return false;
}

/* ---- requests ---- */

static bool members_known(const struct console_request *r, const json_t *request, struct err *err)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)request, key, value)
    {
        bool known = strcmp(key, "id") == 0 || strcmp(key, "request") == 0;

        for (size_t i = 0; r->members[i] != NULL && !known; i++)
            known = strcmp(key, r->members[i]) == 0;
        if (!known)
            return err_set(err, NULL, "'%.64s' is no member of the request %s", key, r->name);
    }
    return true;
}

static void run(struct client *c, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "request"));
    struct err err = {0};

    c->id = json_incref(json_object_get(request, "id"));
    c->busy = true;
    if (name == NULL) {
        err_set(&err, NULL, "a request is an object with the member \"request\"");
        client_error(c, "request", "{\"id\": 1, \"request\": \"status\"}", &err);
        return;
    }
    for (const struct console_request *r = console_requests; r->name != NULL; r++) {
        if (strcmp(r->name, name) != 0)
            continue;
        if (members_known(r, request, &err))
            r->run(c, request);
        else
            client_error(c, "request", NULL, &err);
        return;
    }
    err_set(&err, NULL, "there is no request '%.64s'", name);
    client_error(c, "unknown-request", "is sluicectl newer than sluiced? Restart the daemon", &err);
}

static void line(struct client *c, const char *text, size_t n)
{
    json_error_t error;
    json_t *request = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    struct err err = {0};

    if (json_is_object(request)) {
        run(c, request);
    } else {
        err_set(&err, NULL, "a line that is no JSON object: %s", request ? "" : error.text);
        client_error(c, "json", NULL, &err);
    }
    json_decref(request);
}

/* ---- what comes in ---- */

static void lines(struct client *c)
{
    size_t done = 0;

    while (!c->busy && !c->gone) {
        char *end = memchr(c->in + done, '\n', c->in_used - done);

        if (end == NULL)
            break;
        if (end > c->in + done)
            line(c, c->in + done, (size_t)(end - c->in) - done);
        done = (size_t)(end - c->in) + 1;
    }
    if (done > 0) {
        memmove(c->in, c->in + done, c->in_used - done);
        c->in_used -= done;
    }
}

static void refuse_long(struct client *c)
{
    struct err err = {0};

    err_set(&err, NULL, "a request of more than %d bytes", CONSOLE_LINE_MOST);
    client_error(c, "too-long", NULL, &err);
    c->in_used = 0;
    c->last = true;
}

static bool in_grow(struct client *c)
{
    size_t room = c->in_room ? 2 * c->in_room : 4096;
    char *in;

    if (c->in_used < c->in_room)
        return true;
    if (c->in_room >= CONSOLE_LINE_MOST)
        return false;
    in = realloc(c->in, room);
    if (in == NULL)
        return false;
    c->in = in;
    c->in_room = room;
    return true;
}

/* Full of requests that wait for the one at hand: the rest waits in the socket. Full of one:
 * refused. */
static void make_room(struct client *c)
{
    lines(c);
    if (in_grow(c))
        eventfd_write(c->console->again, 1);
    else if (!c->busy)
        refuse_long(c);
}

static void receive(struct client *c)
{
    size_t total = 0;

    while (total < READ_BYTES && !c->gone && !c->last && !c->said_all) {
        ssize_t n;

        if (!in_grow(c)) {
            make_room(c);
            return;
        }
        n = recv(c->fd, c->in + c->in_used, c->in_room - c->in_used, 0);
        if (n < 0) {
            c->gone = errno != EAGAIN && errno != EINTR;
            break;
        }
        c->said_all = n == 0;
        c->in_used += (size_t)n;
        total += (size_t)n;
    }
    if (total >= READ_BYTES)
        eventfd_write(c->console->again, 1);
    lines(c);
}

static void send_some(struct client *c)
{
    while (c->out_done < c->out_used && !c->gone) {
        ssize_t n = send(c->fd, c->out + c->out_done, c->out_used - c->out_done, MSG_NOSIGNAL);

        if (n >= 0)
            c->out_done += (size_t)n;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            c->gone = true;
    }
    c->gone |= c->last || (c->said_all && !c->busy);
}

/* ---- who asks ---- */

static void client_free(struct client *c)
{
    if (c->watch >= 0)
        events_unwatch(c->console->setup.events, c->watch);
    session_queries_forget(c->console->queries, c);
    close(c->fd);
    json_decref(c->id);
    free(c->in);
    free(c->out);
    free(c);
}

static void greet(struct client *c)
{
    put_json(c, json_pack("{s:i, s:s}", "sluice", CONSOLE_PROTOCOL, "version",
                          options_version_number()));
}

static bool may_ask(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == 0 || who.uid == geteuid());
}

static void refuse(int fd, const char *code, const char *text)
{
    char said[256];
    int n =
        snprintf(said, sizeof said, "{\"error\":{\"code\":\"%s\",\"text\":\"%s\"}}\n", code, text);

    (void)send(fd, said, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void welcome(struct console *k, int fd)
{
    struct client *c = calloc(1, sizeof *c);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};

    if (c == NULL || epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &ev) != 0) {
        free(c);
        close(fd);
        return;
    }
    c->console = k;
    c->fd = fd;
    c->watch = -1;
    c->next = k->clients;
    k->clients = c;
    k->client_count++;
    greet(c);
}

static void take_in(struct console *k)
{
    int fd;

    while ((fd = accept4(k->at.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (!may_ask(fd))
            refuse(fd, "permission", "only root and the user that sluiced runs as may ask");
        else if (k->client_count == CONSOLE_CLIENTS)
            refuse(fd, "busy", "too many ask already: end one of them");
        else
            welcome(k, fd);
    }
}

static void let_go(struct console *k)
{
    struct client **place = &k->clients;

    while (*place != NULL) {
        struct client *c = *place;

        if (!c->gone) {
            place = &c->next;
            continue;
        }
        *place = c->next;
        k->client_count--;
        client_free(c);
    }
}

/* ---- events ---- */

/* Who does not read loses some, and is told how many as soon as it reads again. */
static void tell_lost(struct client *c)
{
    if (c->lost == c->lost_told || !client_has_room(c))
        return;
    client_reply(c, "lost", json_integer((json_int_t)(c->lost - c->lost_told)));
    c->lost_told = c->lost;
}

static void give_event(struct client *c, struct span json)
{
    if (!client_has_room(c)) {
        c->lost++;
        return;
    }
    tell_lost(c);
    client_reply_text(c, c->word, span_first(json, json.n - 1));
}

static void on_line(void *arg, unsigned places, struct span text)
{
    struct console *k = arg;

    for (struct client *c = k->clients; c != NULL; c = c->next)
        if (c->watch >= 0 && (places >> c->watch & 1))
            give_event(c, text);
}

/* ---- the whole ---- */

int console_fd(const struct console *k)
{
    return k->epoll;
}

void console_go_on(struct console *k, uint64_t now_ms)
{
    struct epoll_event ready[EVENTS_AT_ONCE];
    int n = epoll_wait(k->epoll, ready, EVENTS_AT_ONCE, 0);

    for (int i = 0; i < n; i++) {
        struct client *c = ready[i].data.ptr;
        eventfd_t times;

        if (c == NULL)
            take_in(k);
        else if (ready[i].data.ptr == k)
            (void)eventfd_read(k->again, &times);
        else if (ready[i].events & (EPOLLHUP | EPOLLERR))
            c->gone = true; /* closed: nobody would hear an answer */
        else if (ready[i].events & (EPOLLIN | EPOLLRDHUP))
            receive(c);
    }
    events_take(k->setup.events, on_line, k);
    k->queries = session_queries_go_on(k->queries, now_ms);
    for (struct client *c = k->clients; c != NULL; c = c->next) {
        if (!c->busy)
            receive(c); /* what was held back while it was */
        send_some(c);
        tell_lost(c);
    }
    let_go(k);
}

/* The folder belongs to us alone; others may look. */
static void make_folder(const char *path)
{
    char folder[sizeof((struct unix_path *)0)->path];
    char *slash;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return;
    *slash = '\0';
    (void)mkdir(folder, 0755); /* what is wrong with it shows when the socket is made */
}

static bool listen_at(struct console *k, struct err *err)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL},
                       more = {.events = EPOLLIN, .data.ptr = k};
    mode_t before;
    bool bound;

    make_folder(k->setup.path);
    before = umask(0177);
    bound = unix_path_open(&k->at, k->setup.path, SOCK_STREAM, "--control-socket", err);
    umask(before);
    if (!bound)
        return false;
    k->epoll = epoll_create1(EPOLL_CLOEXEC);
    k->again = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (listen(k->at.fd, CONSOLE_CLIENTS) != 0 || k->epoll < 0 || k->again < 0 ||
        epoll_ctl(k->epoll, EPOLL_CTL_ADD, k->at.fd, &ev) != 0 ||
        epoll_ctl(k->epoll, EPOLL_CTL_ADD, k->again, &more) != 0)
        return err_set(err, k->setup.path, "cannot be served: %s", strerror(errno));
    return true;
}

struct console *console_new(const struct console_setup *setup, struct err *err)
{
    struct console *k = calloc(1, sizeof *k);

    if (k == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    k->setup = *setup;
    k->epoll = k->again = k->at.fd = k->at.lock = -1;
    if (listen_at(k, err))
        return k;
    console_free(k);
    return NULL;
}

void console_free(struct console *k)
{
    if (k == NULL)
        return;
    session_queries_free(k->queries);
    k->queries = NULL;
    for (struct client *c = k->clients; c != NULL; c = c->next) {
        c->gone = true;
        c->watch = -1; /* nobody is left to be told */
    }
    let_go(k);
    unix_path_close(&k->at);
    if (k->again >= 0)
        close(k->again);
    if (k->epoll >= 0)
        close(k->epoll);
    free(k);
}
