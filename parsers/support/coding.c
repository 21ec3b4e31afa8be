/* SPDX-License-Identifier: Apache-2.0
 *
 * The stack of layers. The innermost layer that has something to do goes first: so what a layer
 * hands on, in memory of its own, is used up before it is called again.
 */
#include "support/coding.h"

#include "support/coding_choice.h"

enum state {
    LAYER_START, /* holds the first bytes until they tell what follows */
    LAYER_RUN,
    LAYER_AFTER, /* behind the end: another one, or garbage */
    LAYER_PLAIN, /* nothing to undo: the next layer gets it */
    LAYER_RAW,   /* given up: past the other layers */
};

/* Of a layer with a decoder. */
struct coding_work {
    struct coding_room room;
    void *state;     /* of the decoder, NULL when it has ended */
    bool whole;      /* all bytes so far are in head */
    uint32_t head_n; /* bytes */
    uint32_t made_n; /* bytes of output, kept until they are enough to believe in */
    uint8_t head[CODING_HEAD];
    uint8_t piece[CODING_PIECE];
};

enum { INPUT_WEIGHT = 4, IDLE_MOST = 3, PROOF = 128 };

void coding_stack_init(struct coding_stack *s, const struct memory_source *memory)
{
    *s = (struct coding_stack){.memory = memory};
}

static void add_name(struct coding_stack *s, enum coding coding)
{
    if (coding == CODING_NONE)
        return;
    if (coding == CODING_UNKNOWN)
        s->odd |= CODING_ODD_UNKNOWN;
    if (s->count == CODING_LAYERS) {
        s->odd |= CODING_ODD_LAYERS;
        memmove(s->names, s->names + 1, (CODING_LAYERS - 1) * sizeof *s->names);
        s->count--;
    }
    s->names[s->count++] = coding;
}

void coding_stack_add(struct coding_stack *s, struct span value)
{
    while (value.n) {
        size_t comma = span_index(value, ',');

        add_name(s, coding_by_name(span_first(value, comma)));
        value = span_from(value, comma + 1);
    }
}

/* The last one applied is undone first; behind them something may hide that nobody named. */
static void begin_stack(struct coding_stack *s)
{
    if (s->began)
        return;
    s->began = true;
    for (unsigned i = 0; i < s->count; i++)
        s->layers[i].named = s->names[s->count - 1 - i];
    if (s->count < CODING_LAYERS)
        s->count++;
}

/* ---- output of a layer ---- */

static bool was_named(const struct coding_layer *l)
{
    return l->named != CODING_NONE && l->named != CODING_UNKNOWN;
}

/* What the name and the bytes together say. */
static uint32_t odd_name(enum coding named, const struct coding_decoder *d)
{
    if (named == CODING_NONE)
        return CODING_ODD_SILENT;
    if (named == CODING_UNKNOWN)
        return 0;
    if (named == d->coding)
        return d == &coding_raw_deflate ? CODING_ODD_RAW_DEFLATE : 0;
    if (named == CODING_GZIP && d == &coding_zlib)
        return CODING_ODD_ZLIB_AS_GZIP;
    if (named == CODING_DEFLATE && d == &coding_gzip)
        return CODING_ODD_GZIP_AS_DEFLATE;
    return CODING_ODD_NAME;
}

static void prove(struct coding_stack *s, struct coding_layer *l)
{
    if (!l->proven)
        l->tells |= odd_name(l->named, l->tries[0]);
    l->proven = true;
    s->odd |= l->tells;
    l->tells = 0;
}

/* Bytes that begin like this by chance yield little. */
static bool is_certain(const struct coding_layer *l)
{
    const struct coding_decoder *d = l->tries[0];

    return !d->guess && (d->coding == l->named || d->strong);
}

static void hand_on(struct coding_stack *s, const struct coding_layer *l, struct span bytes)
{
    size_t next = (size_t)(l - s->layers) + 1;

    if (bytes.n == 0)
        return;
    if (next < s->count)
        s->layers[next].in = bytes;
    else
        s->out(s->arg, bytes);
}

/* The output kept so far. */
static void release(struct coding_stack *s, struct coding_layer *l)
{
    struct span made = span_of(l->work->piece, l->work->made_n);

    l->work->made_n = 0;
    hand_on(s, l, made);
}

/* ---- decoders of a layer ---- */

static void end_decoder(struct coding_stack *s, struct coding_layer *l)
{
    if (l->work == NULL || l->work->state == NULL)
        return;
    l->tries[0]->end(l->work->state);
    s->memory->give(s->memory->arg, l->work->state);
    l->work->state = NULL;
}

static void drop_work(struct coding_stack *s, struct coding_layer *l)
{
    end_decoder(s, l);
    if (l->work)
        s->memory->give(s->memory->arg, l->work);
    l->work = NULL;
}

static bool begin_decoder(struct coding_stack *s, struct coding_layer *l)
{
    const struct coding_decoder *d = l->tries[0];
    struct coding_work *w = l->work;
    void *state = s->memory->take(s->memory->arg, d->size);

    if (state == NULL)
        return false;
    memset(state, 0, d->size);
    w->room = (struct coding_room){.from = s->memory, .most = d->most};
    if (!d->begin(state, &w->room)) {
        s->memory->give(s->memory->arg, state);
        return false;
    }
    s->work += w->room.taken;
    w->state = state;
    l->state = LAYER_RUN;
    l->idle = 0;
    l->more = false;
    return true;
}

static struct span head_of(const struct coding_layer *l)
{
    return span_of(l->work->head, l->work->head_n);
}

/* Where the bytes are that are next. */
static struct span *source_of(struct coding_layer *l)
{
    return l->replay.n ? &l->replay : &l->in;
}

/* Of what is read a second time, nothing is recorded. */
static void record(struct coding_layer *l, const struct span *source, size_t n)
{
    struct coding_work *w = l->work;

    if (w == NULL || source == &l->replay || !w->whole)
        return;
    if (n > CODING_HEAD - w->head_n) {
        w->whole = false;
        return;
    }
    memcpy(w->head + w->head_n, source->p, n);
    w->head_n += (uint32_t)n;
}

/* Its bytes go on as they are, from the first one if it is still there. */
static void stop(struct coding_stack *s, struct coding_layer *l, enum state state)
{
    end_decoder(s, l);
    if (l->work && l->work->whole)
        l->replay = head_of(l);
    else if (l->work)
        release(s, l);
    l->state = (uint8_t)state;
    l->more = false;
}

static void give_up(struct coding_stack *s, struct coding_layer *l, uint32_t why)
{
    s->odd |= why | CODING_ODD_GIVEN_UP;
    stop(s, l, LAYER_RAW);
}

static void start_try(struct coding_stack *s, struct coding_layer *l)
{
    l->replay = head_of(l);
    l->work->made_n = 0;
    l->taken = 0;
    l->made = 0;
    if (!begin_decoder(s, l))
        give_up(s, l, CODING_ODD_MEMORY);
}

/* The decoder cannot go on with these bytes. */
static void fail(struct coding_stack *s, struct coding_layer *l)
{
    bool memory = l->work->room.refused || l->tells & CODING_ODD_MEMORY;

    if (memory || l->proven) {
        give_up(s, l, memory ? CODING_ODD_MEMORY : 0);
        return;
    }
    if (l->tries[1] && l->work->whole) {
        end_decoder(s, l);
        l->tries[0] = l->tries[1];
        l->tries[1] = NULL;
        l->tells = 0;
        start_try(s, l);
        return;
    }
    if (was_named(l) && !l->tries[0]->guess) {
        give_up(s, l, 0);
        return;
    }
    if (was_named(l))
        s->odd |= CODING_ODD_PLAIN;
    stop(s, l, LAYER_PLAIN);
}

/* ---- steps ---- */

/* The first bytes are here, or all there will be. */
static void decide(struct coding_stack *s, struct coding_layer *l)
{
    struct span first = span_of(l->first, l->first_n);

    l->replay = first;
    coding_choose(l->named, first, l->tries);
    if (l->tries[0] == NULL) {
        if (was_named(l))
            s->odd |= CODING_ODD_PLAIN;
        l->state = LAYER_PLAIN;
        return;
    }
    l->work = s->memory->take(s->memory->arg, sizeof *l->work);
    if (l->work == NULL) {
        give_up(s, l, CODING_ODD_MEMORY);
        return;
    }
    memset(l->work, 0, offsetof(struct coding_work, head));
    l->work->whole = true;
    memcpy(l->work->head, first.p, first.n);
    l->work->head_n = (uint32_t)first.n;
    start_try(s, l);
}

static void hold_byte(struct coding_layer *l)
{
    struct span *source = source_of(l);

    record(l, source, 1);
    l->first[l->first_n++] = source->p[0];
    *source = span_from(*source, 1);
}

static void step_start(struct coding_stack *s, struct coding_layer *l)
{
    hold_byte(l);
    if (!coding_open(l->named, span_of(l->first, l->first_n)))
        decide(s, l);
}

/* Not another one: what was held goes out as it is, and all that follows. */
static void end_after(struct coding_stack *s, struct coding_layer *l)
{
    s->odd |= CODING_ODD_GARBAGE;
    l->state = LAYER_RAW;
    s->out(s->arg, span_of(l->first, l->first_n));
}

/* The bytes that told it are too few for any output. */
static void begin_member(struct coding_stack *s, struct coding_layer *l)
{
    struct coding_io io = {.in = span_of(l->first, l->first_n), .out = l->work->piece};

    s->odd |= CODING_ODD_MEMBERS;
    io.left = CODING_PIECE;
    if (!begin_decoder(s, l))
        give_up(s, l, CODING_ODD_MEMORY);
    else if (l->tries[0]->run(l->work->state, &io) != CODING_ON)
        fail(s, l);
}

static void step_after(struct coding_stack *s, struct coding_layer *l)
{
    enum coding_match match;

    hold_byte(l);
    match = coding_begins(l->tries[0], span_of(l->first, l->first_n));
    if (match == CODING_NO || l->tries[0] == &coding_zlib)
        end_after(s, l);
    else if (match == CODING_YES)
        begin_member(s, l);
}

/* Too much for what came in, or all that the stack may do is done. */
static uint32_t limits(const struct coding_stack *s, const struct coding_layer *l)
{
    uint64_t came = s->fed - s->layers[0].in.n;

    if (l->made > CODING_RATIO_FROM &&
        (l->made / CODING_RATIO > l->taken || l->made / CODING_RATIO > came))
        return CODING_ODD_BOMB;
    return s->work > CODING_WORK ? CODING_ODD_WORK : 0;
}

static void account(struct coding_stack *s, struct coding_layer *l, size_t taken, size_t made)
{
    l->taken += taken;
    l->made += made;
    s->work += INPUT_WEIGHT * (uint64_t)taken + l->tries[0]->weight * (uint64_t)made;
    l->idle = taken || made ? 0 : (uint8_t)(l->idle + 1);
}

static void step_run(struct coding_stack *s, struct coding_layer *l)
{
    struct coding_work *w = l->work;
    struct span *source = source_of(l), had = *source;
    struct coding_io io = {
        .in = had, .out = w->piece + w->made_n, .left = CODING_PIECE - w->made_n};
    uint64_t room_taken = w->room.taken;
    enum coding_step step = l->tries[0]->run(w->state, &io);
    size_t taken = had.n - io.in.n, made = CODING_PIECE - w->made_n - io.left;
    uint32_t off;

    record(l, source, taken);
    *source = io.in;
    l->more = io.left == 0;
    l->tells |= io.odd;
    s->work += w->room.taken - room_taken;
    account(s, l, taken, made);
    w->made_n += (uint32_t)made;
    if (step == CODING_OVER || w->made_n >= PROOF || (made && is_certain(l)))
        prove(s, l);
    if (l->proven)
        release(s, l);
    off = limits(s, l);
    if (step == CODING_OVER) {
        end_decoder(s, l);
        l->state = LAYER_AFTER;
        l->more = false;
        l->first_n = 0;
    } else if (step == CODING_BAD || (l->idle > IDLE_MOST && source->n)) {
        fail(s, l);
    } else if (off) {
        give_up(s, l, off);
    }
}

/* What was kept for reading it again is no longer needed once it was. */
static void step_past(struct coding_stack *s, struct coding_layer *l)
{
    struct span *source = source_of(l), bytes = *source;

    *source = span_from(bytes, bytes.n);
    if (source == &l->in)
        drop_work(s, l);
    if (l->state == LAYER_PLAIN)
        hand_on(s, l, bytes);
    else
        s->out(s->arg, bytes);
}

static void step(struct coding_stack *s, struct coding_layer *l)
{
    switch ((enum state)l->state) {
    case LAYER_START:
        step_start(s, l);
        return;
    case LAYER_RUN:
        step_run(s, l);
        return;
    case LAYER_AFTER:
        step_after(s, l);
        return;
    case LAYER_PLAIN:
    case LAYER_RAW:
        break;
    }
    step_past(s, l);
}

/* The innermost one with something to do, or NULL. */
static struct coding_layer *next_layer(struct coding_stack *s)
{
    for (unsigned i = s->count; i-- > 0;) {
        struct coding_layer *l = &s->layers[i];

        if (l->in.n || l->replay.n || l->more)
            return l;
    }
    return NULL;
}

static void pump(struct coding_stack *s)
{
    struct coding_layer *l;

    while ((l = next_layer(s)))
        step(s, l);
}

uint32_t coding_stack_feed(struct coding_stack *s, struct span piece, out_fn *out, void *arg)
{
    begin_stack(s);
    s->out = out;
    s->arg = arg;
    s->fed += piece.n;
    s->layers[0].in = piece;
    pump(s);
    return s->odd;
}

/* What yielded too little to be believed in comes out as it is, too; if nobody announced it, only
 * so. */
static void finish_run(struct coding_stack *s, struct coding_layer *l)
{
    bool named = was_named(l), endless = l->tries[0]->endless;

    if (!endless && (l->proven || named))
        s->odd |= CODING_ODD_TRUNCATED;
    if (l->proven)
        return;
    if (l->work->made_n && (named || endless)) {
        prove(s, l);
        release(s, l);
        if (endless)
            return;
    }
    stop(s, l, named && !l->tries[0]->guess ? LAYER_RAW : LAYER_PLAIN);
}

static void finish(struct coding_stack *s, struct coding_layer *l)
{
    switch ((enum state)l->state) {
    case LAYER_START:
        if (l->first_n)
            decide(s, l);
        return;
    case LAYER_AFTER:
        if (l->first_n)
            end_after(s, l);
        return;
    case LAYER_RUN:
        break;
    case LAYER_PLAIN:
    case LAYER_RAW:
        return;
    }
    finish_run(s, l);
}

/* A layer may begin only now, with what it had held: then it ends too. */
uint32_t coding_stack_end(struct coding_stack *s, out_fn *out, void *arg)
{
    begin_stack(s);
    s->out = out;
    s->arg = arg;
    for (unsigned i = 0; i < s->count; i++) {
        struct coding_layer *l = &s->layers[i];
        bool held = l->state == LAYER_START;

        finish(s, l);
        pump(s);
        if (held && l->state == LAYER_RUN) {
            finish(s, l);
            pump(s);
        }
    }
    return s->odd;
}

void coding_stack_fini(struct coding_stack *s)
{
    for (unsigned i = 0; i < s->count; i++)
        drop_work(s, &s->layers[i]);
}
