/* SPDX-License-Identifier: Apache-2.0
 *
 * A parser that understands nothing and forgets nothing.
 */
#include "sink_parser.h"

#include <assert.h>
#include <stdlib.h>

struct sink_state {
    size_t number; /* of its session, from 1; 0 = not met yet */
};

static struct {
    struct sink_session **sessions;
    size_t count;
    size_t room;
} kept;

void sink_reset(void)
{
    for (size_t i = 0; i < kept.count; i++) {
        free(kept.sessions[i]->streams[0].bytes);
        free(kept.sessions[i]->streams[1].bytes);
        free(kept.sessions[i]);
    }
    free(kept.sessions);
    memset(&kept, 0, sizeof kept);
}

size_t sink_count(void)
{
    return kept.count;
}

const struct sink_session *sink_session(size_t i)
{
    return i < kept.count ? kept.sessions[i] : NULL;
}

struct span sink_bytes(size_t session, enum dir d)
{
    const struct sink_session *s = sink_session(session);

    return s && s->streams[d].n ? span_of(s->streams[d].bytes, s->streams[d].n) : SPAN("");
}

static struct sink_stream *stream_of(struct parse *p)
{
    struct sink_state *state = p->state;
    struct sink_session *s;

    if (state->number == 0) {
        if (kept.count == kept.room) {
            kept.room = kept.room ? kept.room * 2 : 16;
            kept.sessions = realloc(kept.sessions, kept.room * sizeof *kept.sessions);
            assert(kept.sessions);
        }
        s = calloc(1, sizeof *s);
        assert(s);
        s->transport = p->transport;
        s->midstream = p->midstream;
        s->client_port = p->client_port;
        s->server_port = p->server_port;
        kept.sessions[kept.count++] = s;
        state->number = kept.count;
    }
    assert(state->number <= kept.count);
    return &kept.sessions[state->number - 1]->streams[p->dir];
}

static void stream_add(struct sink_stream *s, struct span bytes)
{
    if (bytes.n > s->room - s->n) {
        s->room = (s->n + bytes.n) * 2;
        s->bytes = realloc(s->bytes, s->room);
        assert(s->bytes);
    }
    if (bytes.n)
        memcpy(s->bytes + s->n, bytes.p, bytes.n);
    s->n += bytes.n;
}

static bool sink_probe(enum dir from, struct span first)
{
    (void)from;
    (void)first;
    return true;
}

static enum parse_result sink_parse(struct parse *p, struct cursor *in)
{
    struct sink_stream *s = stream_of(p);

    s->calls++;
    stream_add(s, cur_rest(in));
    parse_proof(p, PROOF_CERTAIN);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static void sink_gap(struct parse *p, uint64_t missing)
{
    struct sink_stream *s = stream_of(p);

    if (s->gap_count < SINK_GAPS)
        s->gaps[s->gap_count] = (struct sink_gap){.at = s->n, .missing = missing};
    s->gap_count++;
}

const struct parser sink_parser = {
    .name = "sink",
    .app = APP_NTP,
    .transports = OVER_TCP | OVER_UDP,
    .first = EITHER_FIRST,
    .state_size = sizeof(struct sink_state),
    .max_pending = 1 << 16,
    .midstream = true,
    .probe = sink_probe,
    .parse = sink_parse,
    .gap = sink_gap,
};

const struct parser *const sink_table[] = {&sink_parser, NULL};
