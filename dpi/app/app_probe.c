/* SPDX-License-Identifier: Apache-2.0
 *
 * Which parsers could a stream that begins like this belong to?
 */
#include "engine_state.h"

static void index_parser(struct app_layer *l, unsigned i, enum dir from, unsigned transport)
{
    const struct parser *parser = l->parsers[i];

    for (unsigned b = 0; b < 256; b++) {
        uint8_t byte = (uint8_t)b;

        if (parser->probe(from, span_of(&byte, 1)))
            app_set_add(&l->starts[transport][from][b], i);
    }
}

bool app_layer_init(struct app_layer *l, const struct parser *const *parsers,
                    const struct snapshot *snapshot, const struct engine_ops *ops)
{
    memset(l, 0, sizeof *l);
    l->wants_tx = ops->wants_tx;
    l->wants_names = ops->named != NULL;
    l->wants_buffers = ops->inspect == NULL ? 0 : ops->buffers ? ops->buffers : UINT32_MAX;
    budget_init(&l->memory, snapshot->limits.app_bytes);
    slab_init(&l->apps, sizeof(struct session_app), snapshot->limits.sessions);
    slab_init(&l->runs, sizeof(struct app_run), snapshot->limits.sessions);
    for (; *parsers; parsers++, l->count++) {
        if (l->count == APP_PARSERS)
            return false;
        l->parsers[l->count] = *parsers;
        if ((*parsers)->midstream)
            app_set_add(&l->midstream, l->count);
        if ((*parsers)->fallback)
            app_set_add(&l->fallback, l->count);
        for (enum dir from = DIR_CLIENT; from <= DIR_SERVER; from++) {
            if ((*parsers)->transports & OVER_TCP)
                index_parser(l, l->count, from, 0);
            if ((*parsers)->transports & OVER_UDP)
                index_parser(l, l->count, from, 1);
        }
    }
    return true;
}

void app_layer_fini(struct app_layer *l)
{
    slab_fini(&l->apps);
    slab_fini(&l->runs);
}

/* Was the other side silent so far because it is, and not because we did not see it? */
static bool speaks_first(const struct session *s, enum dir from)
{
    const struct session_side *other = &s->sides[from == DIR_CLIENT ? 1 - s->client : s->client];

    if (s->key.proto != 6)
        return !(s->flags & SESSION_MIDSTREAM);
    if ((s->flags & SESSION_MIDSTREAM) || (other->flags & (SIDE_GAP | SIDE_SEEN)) != SIDE_SEEN)
        return false;
    return other->next == other->isn + 1 && other->highest == other->next;
}

/* A client that speaks before a server which always greets is somebody else. The other way round
 * proves nothing: servers answer connections that stay silent (HTTP 408). */
static bool may_begin(const struct parser *parser, enum dir from)
{
    return from == DIR_SERVER || parser->first != SERVER_FIRST;
}

bool app_is_hinted(const struct parser *parser, const struct session *s)
{
    for (const uint16_t *port = parser->ports; port && *port; port++)
        if (*port == s->key.port[0] || *port == s->key.port[1])
            return true;
    return false;
}

struct app_set app_candidates(const struct app_layer *l, const struct session *s, enum dir from,
                              struct span first)
{
    struct app_set left = l->starts[s->key.proto == 17][from][first.p[0]], chosen = {0};
    bool opening = speaks_first(s, from) && !s->app->side[1 - from].probed;
    int i;

    if ((s->flags & SESSION_MIDSTREAM) || s->app->resync)
        for (unsigned w = 0; w < APP_PARSERS / 64; w++)
            left.word[w] &= l->midstream.word[w];
    while ((i = app_set_take(&left)) >= 0) {
        const struct parser *parser = l->parsers[i];

        if (opening && !may_begin(parser, from))
            continue;
        if (parser->fallback && !app_is_hinted(parser, s))
            continue;
        if (parser->probe(from, first))
            app_set_add(&chosen, (unsigned)i);
    }
    return chosen;
}

struct app_set app_fallbacks(const struct app_layer *l, const struct session *s, enum dir from,
                             struct span first)
{
    uint8_t over = s->key.proto == 17 ? OVER_UDP : OVER_TCP;
    struct app_set left = l->fallback, chosen = {0};
    int i;

    while ((i = app_set_take(&left)) >= 0)
        if ((l->parsers[i]->fallback & over) && l->parsers[i]->probe(from, first))
            app_set_add(&chosen, (unsigned)i);
    return chosen;
}
