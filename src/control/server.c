/* SPDX-License-Identifier: Apache-2.0 */
#include "control/server.h"

#include "base/log.h"
#include "control/unix_path.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 256 << 10,
    DATAGRAM_MOST = 16 << 20,
    RECEIVE_AT_ONCE = 64,
    SEND_BYTES = 4 << 20,
};

struct kept_answer {
    struct kept_answer *next;
    struct peer to;
    uint64_t until_ms;
    size_t n;
    uint8_t bytes[];
};

struct server {
    struct unix_path at;
    char *buffer;
    size_t room;
    int send_room;
    struct kept_answer *kept, **kept_end; /* oldest first */
    size_t kept_count;
    struct server_counts counts;
};

/* As much as the kernel gives: lists of sessions wait there. */
static void room_set(struct server *s)
{
    socklen_t size = sizeof s->send_room;
    int room = SEND_BYTES;

    if (setsockopt(s->at.fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(s->at.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    (void)getsockopt(s->at.fd, SOL_SOCKET, SO_SNDBUF, &s->send_room, &size);
}

struct server *server_new(const char *path, struct err *err)
{
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    s->at.fd = s->at.lock = -1;
    s->kept_end = &s->kept;
    s->room = BUFFER_BYTES;
    s->buffer = malloc(s->room);
    if (s->buffer == NULL) {
        err_set(err, NULL, "no memory");
    } else if (unix_path_open(&s->at, path, SOCK_DGRAM, "--agent-socket", err)) {
        room_set(s);
        return s;
    }
    server_free(s);
    return NULL;
}

static void kept_drop(struct server *s, struct kept_answer **place)
{
    struct kept_answer *gone = *place;

    *place = gone->next;
    if (gone->next == NULL)
        s->kept_end = place;
    s->kept_count--;
    free(gone);
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    while (s->kept != NULL)
        kept_drop(s, &s->kept);
    unix_path_close(&s->at);
    free(s->buffer);
    free(s);
}

int server_fd(const struct server *s)
{
    return s->at.fd;
}

struct server_counts server_counts(const struct server *s)
{
    return s->counts;
}

/* ---- requests ---- */

/* Room for the datagram that stands first, and a zero behind it. False: it is thrown away. */
static bool make_room(struct server *s)
{
    int next = 0;
    char *buffer;

    if (ioctl(s->at.fd, FIONREAD, &next) != 0 || next < 0 || (size_t)next < s->room)
        return true;
    if (next > DATAGRAM_MOST)
        return false;
    buffer = realloc(s->buffer, (size_t)next + 1);
    if (buffer == NULL)
        return false;
    s->buffer = buffer;
    s->room = (size_t)next + 1;
    return true;
}

/* False: none waits. */
static bool receive_one(struct server *s, struct control *c)
{
    struct peer from = {.size = sizeof from.address};
    bool fits = make_room(s);
    ssize_t n = recvfrom(s->at.fd, s->buffer, s->room - 1, MSG_TRUNC, &from.address, &from.size);

    if (n < 0)
        return errno == EINTR;
    s->counts.received++;
    if (!fits || (size_t)n >= s->room) {
        s->counts.too_long++;
        log_warn("a request of %zd bytes is too long and left out", n);
        return true;
    }
    /* An unbound sender has no address: nothing behind the family. */
    if (from.size <= offsetof(struct sockaddr_un, sun_path))
        from.size = 0;
    s->buffer[n] = '\0';
    control_datagram(c, &from, s->buffer, (size_t)n);
    return true;
}

void server_receive(struct server *s, struct control *c)
{
    for (int i = 0; i < RECEIVE_AT_ONCE && receive_one(s, c); i++)
        ;
    control_publish(c);
}

/* ---- answers ---- */

static bool same_peer(const struct peer *a, const struct peer *b)
{
    return a->size == b->size && memcmp(&a->address, &b->address, a->size) == 0;
}

static bool has_backlog(const struct server *s, const struct peer *to)
{
    for (const struct kept_answer *k = s->kept; k != NULL; k = k->next)
        if (same_peer(&k->to, to))
            return true;
    return false;
}

bool server_streams(const struct server *s, const struct peer *to)
{
    int unread = 0;

    return !has_backlog(s, to) && ioctl(s->at.fd, SIOCOUTQ, &unread) == 0 &&
           unread < s->send_room / 2;
}

enum sent { SENT, SENT_LATER, SENT_NEVER };

static enum sent send_now(const struct server *s, const struct peer *to, struct span bytes)
{
    ssize_t n = sendto(s->at.fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL,
                       (const struct sockaddr *)&to->address, to->size);

    if (n >= 0)
        return SENT;
    return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? SENT_LATER : SENT_NEVER;
}

static bool keep(struct server *s, const struct peer *to, struct span bytes, uint64_t now_ms)
{
    struct kept_answer *k;

    if (s->kept_count >= SERVER_ANSWERS_MOST)
        return false;
    k = malloc(sizeof *k + bytes.n);
    if (k == NULL)
        return false;
    *k = (struct kept_answer){.to = *to, .until_ms = now_ms + SERVER_ANSWER_MS, .n = bytes.n};
    memcpy(k->bytes, bytes.p, bytes.n);
    *s->kept_end = k;
    s->kept_end = &k->next;
    s->kept_count++;
    return true;
}

bool server_answer(struct server *s, const struct peer *to, struct span bytes, uint64_t now_ms)
{
    enum sent sent = SENT_LATER;

    if (to->size == 0)
        return false;
    if (!has_backlog(s, to))
        sent = send_now(s, to, bytes);
    if (sent == SENT_LATER && keep(s, to, bytes, now_ms))
        return true;
    if (sent == SENT)
        s->counts.answered++;
    else
        s->counts.lost++;
    return sent == SENT;
}

/* The first of each asker is tried; while it has to wait, those behind it do. */
bool server_retry(struct server *s, uint64_t now_ms)
{
    struct kept_answer **place = &s->kept;

    while (*place != NULL) {
        struct kept_answer *k = *place;
        enum sent sent = k->until_ms <= now_ms ? SENT_NEVER : SENT_LATER;
        bool waits = false;

        for (const struct kept_answer *older = s->kept; older != k && !waits; older = older->next)
            waits = same_peer(&older->to, &k->to);
        if (sent == SENT_LATER && !waits)
            sent = send_now(s, &k->to, (struct span){k->bytes, k->n});
        if (sent == SENT_LATER) {
            place = &k->next;
            continue;
        }
        s->counts.answered += sent == SENT;
        s->counts.lost += sent == SENT_NEVER;
        kept_drop(s, place);
    }
    return s->kept != NULL;
}
