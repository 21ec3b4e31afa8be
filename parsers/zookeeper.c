/* SPDX-License-Identifier: Apache-2.0
 *
 * zookeeper: clients (zookeeper_client.h), the administrator's words of four letters, and what the
 * servers of an ensemble say to each other when they begin.
 *
 *     learner   type(4) zxid(8) len(4) data len(4)=-1|0     11 follower, 16 observer: data is
 *               server(8) version(4) [config(8)]; the leader answers 17: data is version(4)
 *     election  FFFFFFFFFFFF0000|1(8) server(8) len(4) host:port[|host:port]...
 *               before 3.5: server(8); then both send len(4)=36|40 state(4) leader(8) ...
 */
#include "parser/parser.h"
#include "support/walk.h"
#include "support/zookeeper_client.h"
#include "support/zookeeper_words.h"

enum {
    FOLLOWER = 11,
    OBSERVER = 16,
    LEADER = 17,
    LEARNER_VERSION = 0x10000,
    ELECTION_1 = 0xffff0000,
    ELECTION_2 = 0xffff0001,
    LEARNER_SURE = 16,
    ADDRESS_MAX = 1024,
    SERVERS = 256, /* numbers of servers that are usual */
    ANSWER_SURE = 24,
    VERSION_MAX = 64,
};

enum mode { MODE_NONE, MODE_CLIENT, MODE_WORD, MODE_LEARNER, MODE_ELECTION };

struct zookeeper_state {
    struct zkc_state client;
    uint8_t mode; /* enum mode */
    uint8_t word;
    bool matched;
    bool lost[2]; /* no message boundary known */
    bool voted[2];
};

static void claim(struct parse *p, struct zookeeper_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- words of four letters ---- */

static bool is_line_end(struct span s)
{
    return s.n == 0 || span_equal(s, SPAN("\n")) || span_equal(s, SPAN("\r\n")) ||
           span_equal(s, SPAN("\r"));
}

static enum parse_result word_read(struct parse *p, struct zookeeper_state *s, struct cursor *in)
{
    int word = zookeeper_word(cur_span(in, ZK_WORD));

    if (in->state != CUR_OK)
        return PARSE_MORE;
    if (word < 0 || !is_line_end(cur_look(in)))
        return PARSE_REJECT;
    cur_skip(in, cur_left(in));
    s->mode = MODE_WORD;
    s->word = (uint8_t)word;
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_ZOOKEEPER_COMMAND, zookeeper_word_text(word));
    parse_commit(p, in);
    return PARSE_MORE;
}

/* "Zookeeper version: 3.8.0-1, built on ...": up to the comma. */
static struct span version_of(struct span text)
{
    static const char head[] = "Zookeeper version: ";
    struct span version = span_first(span_from(text, sizeof(head) - 1), VERSION_MAX);

    if (!span_starts(text, SPAN(head)) || span_index(version, ',') == version.n)
        return span_of("", 0);
    return span_first(version, span_index(version, ','));
}

static enum parse_result answer_read(struct parse *p, struct zookeeper_state *s, struct cursor *in)
{
    struct span text = cur_look(in);
    enum zk_answer answer = zookeeper_word_answer(s->word, text);
    bool version = text.n && text.p[0] == 'Z';

    if (answer == ZK_ANSWER_NO)
        return PARSE_REJECT;
    if (answer == ZK_ANSWER_PERHAPS ||
        (version && version_of(text).n == 0 && text.n < ANSWER_SURE + VERSION_MAX)) {
        cur_short(in, 1);
        return PARSE_MORE;
    }
    claim(p, s, PROOF_STRONG);
    if (!parse_addr_internal(p, DIR_CLIENT))
        parse_note_value(p, "ZooKeeper four-letter word", zookeeper_word_text(s->word));
    parse_tx(p, TX_REPLY);
    if (version)
        parse_field(p, FIELD_ZOOKEEPER_VERSION, version_of(text));
    parse_tx(p, TX_DONE);
    cur_skip(in, cur_left(in));
    parse_commit(p, in);
    return PARSE_DONE;
}

/* Whoever types the word ends the line. */
static enum parse_result line_end_read(struct parse *p, struct cursor *in)
{
    return is_line_end(cur_look(in)) ? walk_over(p, in) : PARSE_REJECT;
}

/* ---- servers among themselves ---- */

static enum parse_result learner_read(struct parse *p, struct zookeeper_state *s, struct cursor *in)
{
    bool client = p->dir == DIR_CLIENT;
    uint32_t type = cur_be32(in);
    uint64_t server = 0;
    uint32_t size, rest;

    cur_skip(in, 8);
    size = cur_be32(in);
    if (client ? type != FOLLOWER && type != OBSERVER : type != LEADER)
        cur_fail(in);
    if (client ? size != 12 && size != 20 : size != 4)
        cur_fail(in);
    if (client)
        server = cur_be64(in);
    if (cur_be32(in) != LEARNER_VERSION)
        cur_fail(in);
    cur_skip(in, size == 20 ? 8 : 0);
    rest = cur_be32(in);
    if (rest != 0 && rest != UINT32_MAX)
        cur_fail(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    claim(p, s, !client && s->mode == MODE_LEARNER ? PROOF_CERTAIN : PROOF_STRONG);
    s->mode = MODE_LEARNER;
    parse_tx(p, TX_BOTH);
    if (client) {
        parse_text(p, FIELD_ZOOKEEPER_COMMAND, type == FOLLOWER ? "follower" : "observer");
        parse_uint(p, FIELD_ZOOKEEPER_SERVER, server);
    } else {
        parse_tx(p, TX_DONE);
    }
    parse_commit(p, in);
    return client ? PARSE_MATCH : PARSE_DONE;
}

static bool is_address(struct span text)
{
    return text.n > 2 && span_printable(text) && span_index(text, ':') < text.n;
}

static enum parse_result candidate_read(struct parse *p, struct zookeeper_state *s,
                                        struct cursor *in)
{
    uint32_t high = cur_be32(in);
    uint32_t low = cur_be32(in);
    uint64_t server = cur_be64(in);
    uint32_t size = cur_be32(in);
    struct span address;

    if (high != UINT32_MAX || (low != ELECTION_1 && low != ELECTION_2) || size > ADDRESS_MAX)
        cur_fail(in);
    address = cur_span(in, size);
    if (in->state == CUR_OK && !is_address(address))
        cur_fail(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    claim(p, s, PROOF_CERTAIN);
    s->mode = MODE_ELECTION;
    parse_tx(p, TX_BOTH);
    parse_text(p, FIELD_ZOOKEEPER_COMMAND, "election");
    parse_uint(p, FIELD_ZOOKEEPER_SERVER, server);
    parse_field(p, FIELD_ZOOKEEPER_ADDRESS, address);
    parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return PARSE_DONE;
}

/* len(4) state(4) leader(8) zxid(8) epoch(8) ... */
static void vote_read(struct cursor *in)
{
    uint32_t size = cur_be32(in);
    uint32_t state = cur_be32(in);
    uint64_t leader = cur_be64(in);

    if ((size != 36 && size != 40) || state > 3 || leader >= SERVERS)
        cur_fail(in);
    cur_skip(in, (size_t)size - 4 - 8);
}

static enum parse_result old_election_read(struct parse *p, struct zookeeper_state *s,
                                           struct cursor *in)
{
    if (p->dir == DIR_CLIENT && cur_be64(in) >= SERVERS)
        cur_fail(in);
    vote_read(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    s->mode = MODE_ELECTION;
    s->voted[p->dir] = true;
    claim(p, s, s->voted[0] && s->voted[1] ? PROOF_STRONG : PROOF_FAIR);
    parse_tx(p, TX_BOTH);
    if (p->dir == DIR_CLIENT)
        parse_text(p, FIELD_ZOOKEEPER_COMMAND, "election");
    else
        parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return p->dir == DIR_CLIENT ? PARSE_MATCH : PARSE_DONE;
}

/* ---- all ---- */

static bool fits(struct span first, const uint8_t *want, size_t n)
{
    return memcmp(first.p, want, first.n < n ? first.n : n) == 0;
}

static bool begins_learner(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t type = cur_be32(&in);
    uint32_t size;

    cur_skip(&in, 8);
    size = cur_be32(&in);
    if (!fits(first, (const uint8_t[]){0, 0, 0}, 3))
        return false;
    if (first.n > 3 && (from == DIR_CLIENT ? type != FOLLOWER && type != OBSERVER : type != LEADER))
        return false;
    return in.state != CUR_OK || (from == DIR_CLIENT ? size == 12 || size == 20 : size == 4);
}

static bool begins_old_election(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);

    if (!fits(first, (const uint8_t[]){0, 0, 0, 0, 0, 0, 0}, from == DIR_CLIENT ? 7 : 3))
        return false;
    if (from == DIR_CLIENT)
        cur_skip(&in, 8);
    vote_read(&in);
    return in.state != CUR_BAD;
}

static bool begins_election(struct span first)
{
    return fits(first, (const uint8_t[]){255, 255, 255, 255, 255, 255, 0}, 7) &&
           (first.n < 8 || first.p[7] < 2);
}

static enum mode mode_of(const struct parse *p, struct span first)
{
    if (first.n && first.p[0] >= 'a')
        return first.p[0] == 0xff ? MODE_ELECTION : MODE_WORD;
    if (begins_learner(p->dir, first))
        return first.n < LEARNER_SURE ? MODE_NONE : MODE_LEARNER;
    if (p->dir == DIR_CLIENT && first.n >= 4 && be32_at(first.p) == 0)
        return MODE_ELECTION;
    return MODE_CLIENT;
}

static enum parse_result other_read(struct parse *p, struct zookeeper_state *s, enum mode mode,
                                    struct cursor *in)
{
    switch (mode) {
    case MODE_WORD:
        if (p->dir == DIR_CLIENT)
            return s->mode == MODE_WORD ? line_end_read(p, in) : word_read(p, s, in);
        return s->mode == MODE_WORD ? answer_read(p, s, in) : PARSE_REJECT;
    case MODE_LEARNER:
        return learner_read(p, s, in);
    default:
        if (s->voted[p->dir])
            return walk_over(p, in);
        return cur_peek(in) == 0xff ? candidate_read(p, s, in) : old_election_read(p, s, in);
    }
}

static uint64_t zookeeper_step(struct parse *p, struct cursor *in)
{
    struct zookeeper_state *s = p->state;

    return zkc_step(p, &s->client, in, &s->matched);
}

/* Something was lost: a frame that ends where the bytes end. */
static bool is_boundary(const struct parse *p, struct cursor at)
{
    struct span first = cur_look(&at);
    uint32_t length = cur_be32(&at);

    return at.state == CUR_OK && length == cur_left(&at) && zkc_probe(p->dir, first);
}

static enum parse_result zookeeper_parse(struct parse *p, struct cursor *in)
{
    struct zookeeper_state *s = p->state;
    enum parse_result result;

    if (in->pos == in->end)
        return walk_verdict(&s->matched);
    if (s->mode != MODE_CLIENT && s->mode != MODE_NONE && s->lost[p->dir])
        return walk_over(p, in);
    if (s->mode != MODE_CLIENT && s->mode != MODE_NONE)
        return other_read(p, s, (enum mode)s->mode, in);
    if (s->mode == MODE_NONE) {
        enum mode mode = mode_of(p, cur_look(in));

        if (mode == MODE_NONE || cur_left(in) < 4) {
            cur_short(in, 1);
            return PARSE_MORE;
        }
        if (mode != MODE_CLIENT)
            return other_read(p, s, mode, in);
    }
    if (s->lost[p->dir]) {
        if (!is_boundary(p, *in))
            return walk_over(p, in);
        s->lost[p->dir] = false;
    }
    result = walk(p, in, zookeeper_step, &s->matched);
    if (s->matched)
        s->mode = MODE_CLIENT;
    return result;
}

static void zookeeper_gap(struct parse *p, uint64_t missing)
{
    struct zookeeper_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->client.rest[p->dir] = 0;
    s->client.connected[p->dir] = true;
}

static bool zookeeper_probe(enum dir from, struct span first)
{
    if (zkc_probe(from, first) || begins_learner(from, first) || begins_old_election(from, first))
        return true;
    if (from == DIR_CLIENT)
        return begins_election(first) ||
               (zookeeper_word(first) >= 0 && is_line_end(span_from(first, ZK_WORD)));
    return zookeeper_words_begin(first);
}

static const uint16_t zookeeper_ports[] = {2181, 2888, 3888, 0};

const struct parser parser_zookeeper = {
    .name = "zookeeper",
    .evidence = "connect and its answer; words of four letters; servers' first words",
    .app = APP_ZOOKEEPER,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = zookeeper_ports,
    .state_size = sizeof(struct zookeeper_state),
    .max_pending = 1 << 20,
    .midstream = true,
    .probe = zookeeper_probe,
    .parse = zookeeper_parse,
    .gap = zookeeper_gap,
};
