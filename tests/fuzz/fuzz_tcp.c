/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments of a TCP session against the sink.
 *
 *   byte 0    bit 0: wild, else honest about everything but the bytes; bit 1: a tap, see below
 *
 * Wild: 10 bytes a segment, any flags, places, options; only the general promises are checked.
 *
 * Honest: 4 bytes a step. The client sends pieces of a stream, true or false ones, some of which
 * the network loses behind us; the server acknowledges what it has. Two models of the server read
 * what passed: one prefers the first copy of a byte, one the last. Both must read what the parser
 * reads.
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "sink_parser.h"
#include "tcp_script.h"

#include <stdio.h>
#include <stdlib.h>

#define STREAM      4000u /* not more than is kept for comparison */
#define MOST_STEPS  400
#define LINUX_STEPS 200 /* not more segments than the engine keeps apart */

/* ---- wild ---- */

static void wild_segment(struct tcp_script *s, struct cursor *in)
{
    static const uint8_t data[2048];
    uint8_t how = cur_u8(in);
    enum dir from = how & 1 ? DIR_SERVER : DIR_CLIENT;
    struct tcp_segment g = {.flags = cur_u8(in)};

    g.seq_offset = (int16_t)cur_be16(in);
    g.ack_offset = (int16_t)cur_be16(in);
    g.urgent = how & 2 ? cur_u8(in) : 0;
    g.bytes = span_of(data, cur_be16(in) % sizeof data);
    g.mss = how & 4 ? (uint16_t)(cur_u8(in) * 8) : 0;
    g.checksum = how & 8 ? SUM_WRONG : SUM_RIGHT;
    g.ts_offset = how & 16 ? -5000 : 0;
    s->timestamps = how & 32;
    if (how & 64)
        g.seq_offset *= 65536;
    tcp_emit(s, from, &g);
    if (how & 128)
        tcp_advance(s, from, g.bytes.n + ((g.flags & (TCP_SYN | TCP_FIN)) != 0));
    if (g.flags & TCP_URG)
        tcp_wait(s, 700);
}

static void wild(struct cursor *in)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    while (cur_left(in) && frames.count < MOST_STEPS)
        wild_segment(&s, in);
    for (enum engine_mode mode = ENGINE_TAP; mode <= ENGINE_INLINE; mode++) {
        const struct fixture_options options = {.parsers = sink_table, .mode = mode};

        fuzz_play(fuzz_fixture(&options), &frames, mode);
    }
    frame_list_free(&frames);
}

/* ---- honest ---- */

struct receiver {
    uint8_t bytes[STREAM];
    bool have[STREAM];
    uint32_t next;
};

struct honest {
    struct engine_fixture *f;
    struct tcp_script s;
    struct frame_list frames; /* the newest one only */
    struct receiver first, last;
};

static void receive(struct receiver *r, uint32_t at, struct span bytes, bool last_wins)
{
    for (uint32_t i = 0; i < bytes.n; i++) {
        if (at + i < r->next || (r->have[at + i] && !last_wins))
            continue;
        r->bytes[at + i] = bytes.p[i];
        r->have[at + i] = true;
    }
    while (r->next < STREAM && r->have[r->next])
        r->next++;
}

/* Feeds what the script has written. True: the last frame passed. */
static bool feed(struct honest *h)
{
    bool passed;

    fixture_feed(h->f, &h->frames);
    passed = fixture_passed(h->f, h->f->frame_count - 1);
    frame_list_free(&h->frames);
    return passed;
}

static void say(struct honest *h, uint32_t at, uint32_t n, uint8_t how)
{
    uint8_t bytes[1024];

    for (uint32_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)((at + i) * 31 + ((how & 2) ? 1 : 0));
    tcp_at(&h->s, DIR_CLIENT, (int32_t)at, span_of(bytes, n));
    if (!feed(h) || (how & 4)) /* bit 2: lost on the way behind us */
        return;
    receive(&h->first, at, span_of(bytes, n), false);
    receive(&h->last, at, span_of(bytes, n), true);
}

static void acknowledge(struct honest *h, uint32_t have)
{
    tcp_emit(&h->s, DIR_SERVER, &(struct tcp_segment){.ack_offset = (int32_t)have});
    (void)feed(h);
}

static void compare(const struct receiver *r, const char *name)
{
    struct span got = sink_bytes(0, DIR_CLIENT);

    if (got.n >= r->next && (r->next == 0 || memcmp(got.p, r->bytes, r->next) == 0))
        return;
    fprintf(stderr,
            "a receiver whose %s copy wins has read %u bytes, other than the parser's %zu\n", name,
            r->next, got.n);
    abort();
}

static void begin_honest(struct honest *h, const struct fixture_options *options)
{
    memset(h, 0, sizeof *h);
    h->f = fuzz_fixture(options);
    fixture_forget(h->f);
    sink_reset();
    tcp_script_init(&h->s, &h->frames);
    tcp_open(&h->s);
    (void)feed(h);
}

static void honest(struct cursor *in)
{
    static struct honest h;
    const struct fixture_options options = {.parsers = sink_table, .mode = ENGINE_INLINE};

    begin_honest(&h, &options);
    for (int i = 0; i < MOST_STEPS && cur_left(in); i++) {
        uint8_t how = cur_u8(in);
        uint32_t at = cur_be16(in) % (STREAM - 1024), n = 1 + cur_u8(in) * (how & 8 ? 4u : 1u);

        if (how & 1)
            acknowledge(&h, h.first.next);
        else
            say(&h, how & 16 ? h.first.next % (STREAM - 1024) : at, n < 1024 ? n : 1024, how);
    }
    compare(&h.first, "first");
    compare(&h.last, "last");
    fixture_flush(h.f);
}

/* ---- as Linux queues ---- */

struct piece {
    uint32_t seq, end;
    bool lie;
};

struct queue {
    struct piece pieces[LINUX_STEPS]; /* by seq; none covers another */
    size_t count;
    uint8_t bytes[STREAM];
    uint32_t next;
};

static uint8_t said(uint32_t at, bool lie)
{
    return (uint8_t)(at * 31 + lie);
}

static void deliver(struct queue *q, const struct piece *p)
{
    for (; q->next < p->end; q->next++)
        q->bytes[q->next] = said(q->next, p->lie);
}

static void take_out(struct queue *q, size_t i)
{
    q->count--;
    memmove(&q->pieces[i], &q->pieces[i + 1], (q->count - i) * sizeof q->pieces[0]);
}

static void put_in(struct queue *q, size_t i, const struct piece *p)
{
    memmove(&q->pieces[i + 1], &q->pieces[i], (q->count - i) * sizeof q->pieces[0]);
    q->pieces[i] = *p;
    q->count++;
}

/* tcp_data_queue_ofo(): what is covered is dropped, what covers others replaces them, what overlaps
 * in part is kept beside. */
static void queue_ahead(struct queue *q, const struct piece *p)
{
    size_t i = 0;

    while (i < q->count && q->pieces[i].seq <= p->seq)
        i++;
    if (i > 0 && p->end <= q->pieces[i - 1].end)
        return;
    if (i > 0 && q->pieces[i - 1].seq == p->seq)
        take_out(q, --i);
    put_in(q, i, p);
    while (i + 1 < q->count && q->pieces[i + 1].end <= p->end)
        take_out(q, i + 1);
}

/* tcp_data_queue() and tcp_ofo_queue() */
static void queue_take(struct queue *q, const struct piece *p)
{
    if (p->end <= q->next)
        return;
    if (p->seq > q->next) {
        queue_ahead(q, p);
        return;
    }
    deliver(q, p);
    while (q->count && q->pieces[0].seq <= q->next) {
        deliver(q, &q->pieces[0]);
        take_out(q, 0);
    }
}

static void say_to_linux(struct honest *h, struct queue *q, const struct piece *p)
{
    uint8_t bytes[STREAM];

    for (uint32_t i = p->seq; i < p->end; i++)
        bytes[i - p->seq] = said(i, p->lie);
    tcp_at(&h->s, DIR_CLIENT, (int32_t)p->seq, span_of(bytes, p->end - p->seq));
    (void)feed(h);
    queue_take(q, p);
}

static void as_linux(struct cursor *in)
{
    static struct honest h;
    static struct queue q;
    const struct fixture_options options = {.parsers = sink_table, .mode = ENGINE_TAP};
    struct span got;

    memset(&q, 0, sizeof q);
    begin_honest(&h, &options);
    for (int i = 0; i < LINUX_STEPS && cur_left(in); i++) {
        uint8_t how = cur_u8(in), n = cur_u8(in);
        struct piece p = {.lie = how & 2};

        p.seq = (how & 16 ? q.next : 0) + cur_be16(in) % 1024;
        p.seq = p.seq < STREAM - 1024 ? p.seq : STREAM - 1024;
        p.end = p.seq + 1 + n;
        if (how & 1)
            acknowledge(&h, q.next);
        else
            say_to_linux(&h, &q, &p);
    }
    got = sink_bytes(0, DIR_CLIENT);
    if (got.n != q.next || (got.n && memcmp(got.p, q.bytes, got.n) != 0)) {
        fprintf(stderr, "Linux reads %u bytes, other than the parser's %zu\n", q.next, got.n);
        abort();
    }
    fixture_flush(h.f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    uint8_t how = cur_u8(&in);

    if (how & 1)
        wild(&in);
    else if (how & 2)
        as_linux(&in);
    else
        honest(&in);
    return 0;
}
