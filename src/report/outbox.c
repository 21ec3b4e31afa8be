/* SPDX-License-Identifier: Apache-2.0 */
#include "report/outbox.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct letter {
    struct letter *next;
    size_t n;
    uint8_t bytes[];
};

struct outbox {
    int fd;
    struct sockaddr_un to;
    size_t most;
    struct letter *first, **end; /* oldest first */
    struct outbox_counts counts;
};

struct outbox *outbox_new(const char *path, size_t most, struct err *err)
{
    struct outbox *o = calloc(1, sizeof *o);

    if (o == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    o->most = most;
    o->end = &o->first;
    o->to.sun_family = AF_UNIX;
    o->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!text_copy(o->to.sun_path, sizeof o->to.sun_path, path))
        err_set(err, path, "is too long for a socket: up to %zu bytes", sizeof o->to.sun_path - 1);
    else if (o->fd < 0)
        err_set(err, path, "no socket: %s", strerror(errno));
    else
        return o;
    outbox_free(o);
    return NULL;
}

static void drop_first(struct outbox *o)
{
    struct letter *gone = o->first;

    if (gone == NULL)
        return;
    o->first = gone->next;
    if (o->first == NULL)
        o->end = &o->first;
    o->counts.kept--;
    o->counts.kept_bytes -= gone->n;
    free(gone);
}

void outbox_free(struct outbox *o)
{
    if (o == NULL)
        return;
    while (o->first != NULL)
        drop_first(o);
    if (o->fd >= 0)
        close(o->fd);
    free(o);
}

/* Nobody listens, or there is no room: it can come later. */
static bool deliver(struct outbox *o, const uint8_t *bytes, size_t n, int *why)
{
    ssize_t sent = sendto(o->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (const struct sockaddr *)&o->to, sizeof o->to);

    *why = sent < 0 ? errno : 0;
    if (sent >= 0)
        o->counts.sent++;
    return sent >= 0;
}

static void keep(struct outbox *o, struct span bytes)
{
    struct letter *l = bytes.n <= o->most ? malloc(sizeof *l + bytes.n) : NULL;

    if (l == NULL) {
        o->counts.lost++;
        return;
    }
    while (o->first != NULL && o->counts.kept_bytes + bytes.n > o->most) {
        drop_first(o);
        o->counts.lost++;
    }
    l->next = NULL;
    l->n = bytes.n;
    memcpy(l->bytes, bytes.p, bytes.n);
    *o->end = l;
    o->end = &l->next;
    o->counts.kept++;
    o->counts.kept_bytes += l->n;
}

void outbox_put(struct outbox *o, struct span bytes)
{
    int why;

    if (o->first != NULL || !deliver(o, bytes.p, bytes.n, &why))
        keep(o, bytes);
}

bool outbox_go_on(struct outbox *o)
{
    int why = 0;

    while (o->first != NULL && deliver(o, o->first->bytes, o->first->n, &why))
        drop_first(o);
    return o->first != NULL && (why == EAGAIN || why == EINTR);
}

struct outbox_counts outbox_counts(const struct outbox *o)
{
    return o->counts;
}
