/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_stream.h"

enum { FIRST_ROOM = 4 };

struct h2_stream *h2_stream_find(struct h2_streams *t, enum dir dir, uint32_t id)
{
    uint16_t at = t->last[dir];

    if (at >= t->used || t->ids[at] != id)
        for (at = 0; at < t->used && t->ids[at] != id; at++)
            ;
    if (at == t->used)
        return NULL;
    t->last[dir] = at;
    t->list[at].flags |= H2_USED;
    return &t->list[at];
}

static bool grow(struct parse *p, struct h2_streams *t)
{
    uint16_t room = t->room ? (uint16_t)(t->room * 2) : FIRST_ROOM;
    uint32_t *ids;
    struct h2_stream *list;

    if (room > H2_STREAMS_MOST)
        return false;
    ids = parse_resize(p, t->ids, room * sizeof *ids);
    if (ids == NULL)
        return false;
    t->ids = ids;
    list = parse_resize(p, t->list, room * sizeof *list);
    if (list == NULL)
        return false;
    t->list = list;
    t->room = room;
    return true;
}

/* The place of one that has not been used since the hand came by. */
static uint16_t give_way(struct parse *p, struct h2_streams *t)
{
    uint16_t at;

    if (t->used == H2_STREAMS_MOST && !t->forgot)
        parse_note(p, "more than 512 open HTTP/2 streams");
    t->forgot = true;
    for (;;) {
        at = t->hand;
        t->hand = (uint16_t)((at + 1) % t->used);
        if (!(t->list[at].flags & H2_USED))
            return at;
        t->list[at].flags &= (uint16_t)~H2_USED;
    }
}

struct h2_stream *h2_stream_of(struct parse *p, struct h2_streams *t, uint32_t id)
{
    struct h2_stream *s = h2_stream_find(t, p->dir, id);
    uint16_t at = t->used;

    if (s)
        return s;
    if (t->used < t->room || grow(p, t))
        t->used++;
    else if (t->used == 0)
        return NULL;
    else
        h2_stream_close(p, &t->list[at = give_way(p, t)]);
    t->ids[at] = id;
    t->list[at] = (struct h2_stream){.id = id, .flags = H2_USED};
    t->last[p->dir] = at;
    return &t->list[at];
}

void h2_stream_close(struct parse *p, struct h2_stream *s)
{
    enum dir now = p->dir;

    for (enum dir dir = DIR_CLIENT; dir <= DIR_SERVER; dir++) {
        if (s->content[dir] == NULL)
            continue;
        p->dir = dir;
        parse_message(p, s->id);
        http_body_close(p, &s->content[dir]);
    }
    p->dir = now;
}

void h2_stream_remove(struct parse *p, struct h2_streams *t, struct h2_stream *s)
{
    size_t at = (size_t)(s - t->list);

    h2_stream_close(p, s);
    t->used--;
    t->ids[at] = t->ids[t->used];
    t->list[at] = t->list[t->used];
    if (t->hand >= t->used)
        t->hand = 0;
}
