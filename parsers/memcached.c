/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached: its text and binary protocols; and Couchbase, whose protocol grew out of the binary
 * one.
 */
#include "parser/parser.h"
#include "support/memcached_binary.h"
#include "support/memcached_text.h"
#include "support/walk.h"

enum mode { MODE_NONE, MODE_TEXT, MODE_BINARY };

struct memcached_state {
    union {
        struct mct_state text;
        struct mcb_state binary;
    };
    uint8_t mode; /* enum mode */
    bool matched;
    bool lost[2]; /* no message boundary known */
};

static uint64_t memcached_step(struct parse *p, struct cursor *in)
{
    struct memcached_state *s = p->state;

    if (s->mode == MODE_BINARY)
        return mcb_step(p, &s->binary, in, &s->matched);
    return mct_step(p, &s->text, in, &s->matched);
}

static bool begins(const struct memcached_state *s, enum dir from, struct span first)
{
    return s->mode == MODE_BINARY ? mcb_probe(from, first) : mct_probe(from, first);
}

static enum parse_result memcached_parse(struct parse *p, struct cursor *in)
{
    struct memcached_state *s = p->state;

    if (in->pos == in->end)
        return walk_verdict(&s->matched);
    if (s->mode == MODE_NONE)
        s->mode = mcb_is_magic(cur_peek(in)) ? MODE_BINARY : MODE_TEXT;
    if (s->lost[p->dir]) {
        if (!begins(s, p->dir, cur_look(in)))
            return walk_over(p, in);
        s->lost[p->dir] = false;
    }
    return walk(p, in, memcached_step, &s->matched);
}

static void memcached_gap(struct parse *p, uint64_t missing)
{
    struct memcached_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    if (s->mode == MODE_TEXT)
        mct_lost(p, &s->text);
}

static bool memcached_probe(enum dir from, struct span first)
{
    return mct_probe(from, first) || mcb_probe(from, first);
}

static const uint16_t memcached_ports[] = {11211, 11210, 11207, 0};

const struct parser parser_memcached = {
    .name = "memcached",
    .evidence = "a command and the answer it may have",
    .app = APP_MEMCACHED,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = memcached_ports,
    .state_size = sizeof(struct memcached_state),
    .max_pending = 64u << 10,
    .midstream = true,
    .probe = memcached_probe,
    .parse = memcached_parse,
    .gap = memcached_gap,
};
