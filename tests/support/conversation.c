/* SPDX-License-Identifier: Apache-2.0
 *
 * Plays conversations: turns become frames, frames go through an engine, events become the lines of
 * the outcome.
 */
#include "conversation.h"

#include "engine_fixture.h"
#include "event_text.h"
#include "tcp_script.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CLIENT_ADDR "10.1.1.2"
#define SERVER_ADDR "10.1.1.9"
#define CLIENT_PORT 41000

/* A stream longer than this is not cut at every position, but at about so many. */
#define MOST_CUTS 4096

/* The other side acknowledges after so many bytes. */
#define ACK_EVERY 32768

struct play {
    const struct conversation *conversation;
    enum conversation_cut cut;
    size_t at;
    struct frame_list frames;
    struct tcp_script tcp;
    size_t said[2];   /* bytes of each stream so far */
    size_t silent[2]; /* of these, since the other side's last segment */
};

/* ---- turns to frames ---- */

static bool turn_speaks(const struct turn *t)
{
    return t->who == TURN_CLIENT || t->who == TURN_SERVER;
}

static enum dir turn_dir(const struct turn *t)
{
    return t->who == TURN_CLIENT || t->who == TURN_CLIENT_LOST ? DIR_CLIENT : DIR_SERVER;
}

static enum dir other_dir(enum dir d)
{
    return d == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
}

static size_t piece_size(const struct play *p, enum dir d, size_t left)
{
    if (p->cut == CUT_BYTES)
        return 1;
    if (p->cut == CUT_AT && p->said[d] < p->at && p->said[d] + left > p->at)
        left = p->at - p->said[d];
    return left < ACK_EVERY ? left : ACK_EVERY;
}

static void say(struct play *p, enum dir d, struct span bytes)
{
    while (bytes.n) {
        size_t n = piece_size(p, d, bytes.n);

        tcp_send(&p->tcp, d, span_first(bytes, n));
        bytes = span_from(bytes, n);
        p->said[d] += n;
        p->silent[d] += n;
        p->silent[other_dir(d)] = 0;
        if (p->silent[d] >= ACK_EVERY) {
            tcp_ack(&p->tcp, other_dir(d));
            p->silent[d] = 0;
        }
    }
}

/* The turn at `t` and, played whole, those of the same side behind it. Returns the last. */
static const struct turn *say_turns(struct play *p, const struct turn *t)
{
    uint8_t *joined = NULL;
    size_t n = 0;

    for (;; t++) {
        joined = realloc(joined, n + t->n + 1);
        assert_non_null(joined);
        memcpy(joined + n, t->bytes, t->n);
        n += t->n;
        if (p->cut != CUT_WHOLE || t[1].who != t->who)
            break;
    }
    say(p, turn_dir(t), span_of(joined, n));
    free(joined);
    return t;
}

/* The bytes reached the other side, which says so. */
static void lose(struct play *p, const struct turn *t)
{
    tcp_advance(&p->tcp, turn_dir(t), t->n);
    tcp_ack(&p->tcp, other_dir(turn_dir(t)));
}

static void write_tcp(struct play *p)
{
    p->tcp.step_us = 10;
    if (!p->conversation->midstream)
        tcp_open(&p->tcp);
    for (const struct turn *t = p->conversation->turns; t->who != TURN_END; t++) {
        if (t->who == TURN_PAUSE)
            tcp_wait(&p->tcp, t->n);
        else if (turn_speaks(t))
            t = say_turns(p, t);
        else
            lose(p, t);
    }
    tcp_close(&p->tcp, DIR_CLIENT);
}

/* `cut_turn` is cut to `cut_at` bytes; beyond the last turn: none is. */
static void write_udp(struct play *p, size_t cut_turn, size_t cut_at)
{
    const struct turn *turns = p->conversation->turns;

    for (size_t i = 0; turns[i].who != TURN_END; i++) {
        const struct turn *t = &turns[i];
        uint16_t port = t->server_port ? t->server_port : p->conversation->server_port;
        struct packet_builder b;

        if (t->who == TURN_PAUSE)
            p->tcp.time_us += t->n * 1000;
        if (!turn_speaks(t))
            continue;
        build_begin(&b);
        build_ethernet(&b);
        if (t->who == TURN_CLIENT) {
            build_ip(&b, CLIENT_ADDR, SERVER_ADDR);
            build_udp(&b, CLIENT_PORT, port);
        } else {
            build_ip(&b, SERVER_ADDR, CLIENT_ADDR);
            build_udp(&b, port, CLIENT_PORT);
        }
        build_bytes(&b, t->bytes, i == cut_turn ? cut_at : t->n);
        build_add(&b, &p->frames, p->tcp.time_us);
        p->tcp.time_us += 10;
    }
}

static void play_begin(struct play *p, const struct conversation *c, enum conversation_cut cut,
                       size_t at)
{
    *p = (struct play){.conversation = c, .cut = cut, .at = at};
    tcp_script_init(&p->tcp, &p->frames);
    p->tcp.ends[DIR_CLIENT].addr = c->client ? c->client : CLIENT_ADDR;
    p->tcp.ends[DIR_CLIENT].port = CLIENT_PORT;
    p->tcp.ends[DIR_SERVER].addr = SERVER_ADDR;
    p->tcp.ends[DIR_SERVER].port = c->server_port;
}

/* ---- events to lines ---- */

static bool over_udp(const struct conversation *c)
{
    return c->transport == OVER_UDP;
}

static const struct event_record *main_flow(const struct engine_fixture *f,
                                            const struct conversation *c)
{
    for (size_t i = 0; i < f->event_count; i++) {
        const struct event_record *e = &f->events[i];
        const struct session_record *s = &e->session;

        if (e->type == EVENT_FLOW && s->proto == (over_udp(c) ? 17 : 6) &&
            s->client.port + s->server.port == CLIENT_PORT + c->server_port)
            return e;
    }
    return NULL;
}

static void add_end(struct text *t, const struct session_end *end)
{
    char addr[IPADDR_TEXT];

    ipaddr_text(&end->addr, addr);
    text_add(t, "%s:%u", addr, end->port);
}

static void add_main(struct text *t, const struct session_record *s)
{
    static const char *const proofs[] = {"none", "weak", "fair", "strong", "certain"};

    text_add(t, "app %s\n", app_label(s->app));
    if (s->app != APP_UNKNOWN)
        text_add(t, "proof %s\n", proofs[s->proof]);
    for (size_t i = 0; s->label_count > 1 && i < s->label_count; i++)
        text_add(t, "%s%s%s", i ? "," : "protocols ", app_label(s->labels[i]),
                 i + 1 == s->label_count ? "\n" : "");
    if (s->product != PRODUCT_UNKNOWN)
        text_add(t, "server %s\n", product_name(s->product));
    if (s->host[0]) {
        text_add(t, "host ");
        text_add_escaped(t, span_text(s->host));
        text_add(t, "\n");
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct text *)a)->at, ((const struct text *)b)->at);
}

/* Sessions end in an order that says nothing: sorted. */
static void add_other_sessions(struct text *t, const struct engine_fixture *f,
                               const struct event_record *but)
{
    struct text *lines = calloc(f->event_count + 1, sizeof *lines);
    size_t n = 0;

    assert_non_null(lines);
    for (size_t i = 0; i < f->event_count; i++) {
        const struct event_record *e = &f->events[i];

        if (e->type != EVENT_FLOW || e == but)
            continue;
        text_add(&lines[n], "session %s ", e->session.proto == 17 ? "udp" : "tcp");
        add_end(&lines[n], &e->session.client);
        text_add(&lines[n], "-");
        add_end(&lines[n], &e->session.server);
        text_add(&lines[n], " app %s\n", app_label(e->session.app));
        n++;
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        text_add(t, "%s", lines[i].at);
        free(lines[i].at);
    }
    free(lines);
}

static void add_events(struct text *t, const struct engine_fixture *f, enum event_type type)
{
    for (size_t i = 0; i < f->event_count; i++) {
        const struct event_record *e = &f->events[i];

        if (e->type != type)
            continue;
        if (e->type == EVENT_TX)
            text_add(t, "tx %s\n", e->text);
        else if (e->threat == THREAT_NONE)
            text_add(t, "note %s\n", e->text);
        else
            text_add(t, "threat %u %s\n", threat_number(e->threat), e->text);
    }
}

/* What arrives in which order from the two sides depends on the cut; what one side says does not.
 */
static void add_buffers(struct text *t, const struct engine_fixture *f)
{
    for (enum dir dir = DIR_CLIENT; dir <= DIR_SERVER; dir++)
        for (size_t i = 0; i < f->buffer_count; i++) {
            const struct buffer_record *b = &f->buffers[i];

            if (b->dir != dir)
                continue;
            text_add(t, "buffer %s ", buffer_name(b->buffer));
            text_add_escaped(t, span_of(b->bytes, b->n));
            text_add(t, "%s\n", b->ended ? "" : " ...");
        }
}

static char *outcome_text(const struct engine_fixture *f, const struct conversation *c)
{
    const struct event_record *flow = main_flow(f, c);
    struct text t = {0};

    if (flow)
        add_main(&t, &flow->session);
    else
        text_add(&t, "no session\n");
    add_events(&t, f, EVENT_TX);
    add_events(&t, f, EVENT_THREAT);
    add_buffers(&t, f);
    add_other_sessions(&t, f, flow);
    return t.at;
}

/* ---- playing ---- */

/* The deadline in packets would make the outcome depend on the cut, as it is meant to. */
void conversation_settings(struct snapshot *s)
{
    s->limits.decide_packets = 1u << 30;
}

static void open_fixture(struct engine_fixture *f, const struct conversation *c)
{
    fixture_open(
        f, &(struct fixture_options){.mode = ENGINE_TAP,
                                     .wants_tx = true,
                                     .wants_buffers = true,
                                     .own = c->own,
                                     .adjust = c->adjust ? c->adjust : conversation_settings});
}

static char *play_on(struct engine_fixture *f, struct play *p)
{
    char *outcome;

    fixture_forget(f);
    fixture_feed(f, &p->frames);
    fixture_flush(f);
    outcome = outcome_text(f, p->conversation);
    frame_list_free(&p->frames);
    return outcome;
}

static char *play_cut(struct engine_fixture *f, const struct conversation *c,
                      enum conversation_cut cut, size_t at)
{
    struct play p;

    play_begin(&p, c, cut, at);
    if (over_udp(c))
        write_udp(&p, SIZE_MAX, 0);
    else
        write_tcp(&p);
    return play_on(f, &p);
}

char *conversation_play(const struct conversation *c, enum conversation_cut cut, size_t at)
{
    struct engine_fixture f;
    char *outcome;

    open_fixture(&f, c);
    outcome = play_cut(&f, c, cut, at);
    fixture_close(&f);
    return outcome;
}

/* ---- judging ---- */

static bool has_line(const char *outcome, const char *wanted)
{
    size_t n = strlen(wanted);
    bool prefix = n && wanted[n - 1] == '*';

    n -= prefix;
    for (const char *line = outcome; *line;) {
        const char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);

        if ((prefix ? length >= n : length == n) && memcmp(line, wanted, n) == 0)
            return true;
        line += length + (end != NULL);
    }
    return false;
}

static void expect_lines(const struct conversation *c, const char *outcome, const char *how)
{
    for (const char *const *e = c->expect; e && *e; e++) {
        bool unwanted = **e == '!';

        if (has_line(outcome, *e + unwanted) == unwanted)
            fail_msg("%s (%s); the outcome is:\n%s", *e, how, outcome);
    }
}

static void expect_same(const char *outcome, const char *reference, const char *how, size_t at)
{
    if (strcmp(outcome, reference) != 0)
        fail_msg("%s %zu changes the outcome from:\n%sto:\n%s", how, at, reference, outcome);
}

static size_t longest_stream(const struct conversation *c)
{
    size_t said[2] = {0, 0};

    for (const struct turn *t = c->turns; t->who != TURN_END; t++)
        if (turn_speaks(t))
            said[turn_dir(t)] += t->n;
    return said[0] > said[1] ? said[0] : said[1];
}

static void check_tcp(struct engine_fixture *f, const struct conversation *c, const char *reference)
{
    size_t longest = longest_stream(c), step = longest / MOST_CUTS + 1;
    char *outcome = play_cut(f, c, CUT_WHOLE, 0);

    expect_same(outcome, reference, "playing it whole", 0);
    free(outcome);
    outcome = play_cut(f, c, CUT_BYTES, 0);
    expect_same(outcome, reference, "playing it byte by byte", 0);
    free(outcome);
    for (size_t at = 1; at < longest; at += step) {
        outcome = play_cut(f, c, CUT_AT, at);
        expect_same(outcome, reference, "a cut at", at);
        free(outcome);
    }
}

static void check_udp(struct engine_fixture *f, const struct conversation *c)
{
    for (size_t i = 0; c->turns[i].who != TURN_END; i++) {
        if (!turn_speaks(&c->turns[i]))
            continue;
        for (size_t n = 0; n < c->turns[i].n; n++) {
            struct play p;

            play_begin(&p, c, CUT_TURNS, 0);
            write_udp(&p, i, n);
            free(play_on(f, &p));
        }
    }
}

void conversation_check(const struct conversation *c)
{
    struct engine_fixture f;
    char *reference;

    open_fixture(&f, c);
    reference = play_cut(&f, c, CUT_TURNS, 0);
    expect_lines(c, reference, "played by turns");
    if (over_udp(c))
        check_udp(&f, c);
    else
        check_tcp(&f, c, reference);
    free(reference);
    fixture_close(&f);
}

void conversation_check_once(const struct conversation *c, enum conversation_cut cut)
{
    char *outcome = conversation_play(c, cut, 0);

    expect_lines(c, outcome, "played once");
    free(outcome);
}
