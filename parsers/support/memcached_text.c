/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached_text: see memcached_text.h.
 */
#include "support/memcached_text.h"
#include "support/walk.h"

enum {
    LINE_MAX = 60000, /* a get with many keys */
    KEY_MAX = 250,
    VALUE_MAX = 1 << 30, /* the server can be told to take so much */
    VALUE_WAIT = 2048,
    WORDS = 12,
};

/* How the words behind a command's name have to look. */
enum shape {
    FREE,    /* anything */
    KEYS,    /* key [key]... */
    STORE,   /* key flags time bytes [unique] [noreply], then a value */
    KEY_END, /* key [number] [noreply] */
    COUNTER, /* key number [noreply] */
    TIMED,   /* time key [key]... */
    NUMBERS, /* [number] [noreply] */
    NOTHING,
    META,       /* key flag... */
    META_STORE, /* key bytes flag..., then a value */
};

/* What answers it; also what waits in the ring. */
enum answer {
    ANSWER_NONE,
    ANSWER_VALUES,
    ANSWER_STORED,
    ANSWER_NUMBER,
    ANSWER_STATS,
    ANSWER_OK,
    ANSWER_VERSION,
    ANSWER_META,
    ANSWER_META_QUIET, /* perhaps */
    ANSWER_META_END,
    ANSWER_COUNT
};

struct command {
    char name[16];
    uint8_t shape;
    uint8_t answer;
};

static const struct command commands[] = {
    {"get", KEYS, ANSWER_VALUES},
    {"gets", KEYS, ANSWER_VALUES},
    {"set", STORE, ANSWER_STORED},
    {"add", STORE, ANSWER_STORED},
    {"replace", STORE, ANSWER_STORED},
    {"append", STORE, ANSWER_STORED},
    {"prepend", STORE, ANSWER_STORED},
    {"cas", STORE, ANSWER_STORED},
    {"delete", KEY_END, ANSWER_STORED},
    {"incr", COUNTER, ANSWER_NUMBER},
    {"decr", COUNTER, ANSWER_NUMBER},
    {"touch", COUNTER, ANSWER_STORED},
    {"gat", TIMED, ANSWER_VALUES},
    {"gats", TIMED, ANSWER_VALUES},
    {"stats", FREE, ANSWER_STATS},
    {"flush_all", NUMBERS, ANSWER_OK},
    {"version", NOTHING, ANSWER_VERSION},
    {"verbosity", NUMBERS, ANSWER_OK},
    {"quit", NOTHING, ANSWER_NONE},
    {"mg", META, ANSWER_META},
    {"ms", META_STORE, ANSWER_META},
    {"md", META, ANSWER_META},
    {"ma", META, ANSWER_META},
    {"mn", NOTHING, ANSWER_META_END},
    {"me", META, ANSWER_META},
    {"cache_memlimit", FREE, ANSWER_OK},
    {"slabs", FREE, ANSWER_OK},
    {"lru", FREE, ANSWER_OK},
    {"lru_crawler", FREE, ANSWER_OK},
    {"watch", FREE, ANSWER_OK},
    {"shutdown", FREE, ANSWER_NONE},
    {"misbehave", NOTHING, ANSWER_OK},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* What the first word of an answer's line means. */
enum trait {
    LAST = 1,    /* the answer is complete */
    VALUE = 2,   /* a value follows */
    FAILURE = 4, /* may answer anything */
};

#define TO(answer) (1u << (answer))

struct reply {
    char name[13];
    uint8_t traits;
    uint16_t to; /* bit set: kinds of commands it may answer */
};

enum { META_ANY = TO(ANSWER_META) | TO(ANSWER_META_QUIET) };

static const struct reply replies[] = {
    {"VALUE", VALUE, TO(ANSWER_VALUES)},
    {"END", LAST, TO(ANSWER_VALUES) | TO(ANSWER_STATS)},
    {"STORED", LAST, TO(ANSWER_STORED)},
    {"NOT_STORED", LAST, TO(ANSWER_STORED)},
    {"EXISTS", LAST, TO(ANSWER_STORED)},
    {"NOT_FOUND", LAST, TO(ANSWER_STORED) | TO(ANSWER_NUMBER)},
    {"DELETED", LAST, TO(ANSWER_STORED)},
    {"TOUCHED", LAST, TO(ANSWER_STORED)},
    {"OK", LAST, TO(ANSWER_OK)},
    {"RESET", LAST, TO(ANSWER_STATS)},
    {"STAT", 0, TO(ANSWER_STATS)},
    {"ITEM", 0, TO(ANSWER_STATS)},
    {"VERSION", LAST, TO(ANSWER_VERSION)},
    {"HD", LAST, META_ANY},
    {"VA", LAST | VALUE, META_ANY},
    {"EN", LAST, META_ANY},
    {"NS", LAST, META_ANY},
    {"EX", LAST, META_ANY},
    {"NF", LAST, META_ANY},
    {"ME", LAST, META_ANY},
    {"MN", LAST, TO(ANSWER_META_END)},
    {"BUSY", LAST, TO(ANSWER_OK)},
    {"BADCLASS", LAST, TO(ANSWER_OK)},
    {"ERROR", LAST | FAILURE, 0xffff},
    {"CLIENT_ERROR", LAST | FAILURE, 0xffff},
    {"SERVER_ERROR", LAST | FAILURE, 0xffff},
};

enum { REPLIES = sizeof(replies) / sizeof(replies[0]) };

static const struct reply reply_number = {"", LAST, TO(ANSWER_NUMBER)};

/* ---- lines ---- */

struct line {
    struct span word[WORDS];
    size_t words; /* may be more */
    struct span last;
};

static struct span word_next(struct span *rest)
{
    struct span word;

    while (rest->n && rest->p[0] == ' ')
        *rest = span_from(*rest, 1);
    word = span_first(*rest, span_index(*rest, ' '));
    *rest = span_from(*rest, word.n);
    return word;
}

static void line_split(struct span text, struct line *l)
{
    l->words = 0;
    l->last = span_of("", 0);
    for (struct span w = word_next(&text); w.n; w = word_next(&text)) {
        if (l->words < WORDS)
            l->word[l->words] = w;
        l->words++;
        l->last = w;
    }
}

static bool number_of(struct span s, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *value = *value * 10 + (uint64_t)(s.p[i] - '0');
    }
    return s.n > 0 && s.n <= 20;
}

static bool is_number(const struct line *l, size_t at)
{
    struct span s = at < l->words && at < WORDS ? l->word[at] : span_of("", 0);
    uint64_t value;

    return number_of(s.n && s.p[0] == '-' ? span_from(s, 1) : s, &value);
}

static bool is_key(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n <= KEY_MAX;
}

/* Words that may stand behind the others. */
static size_t words_noreply(const struct line *l)
{
    return l->words - (l->words > 1 && span_equal(l->last, SPAN("noreply")));
}

static size_t store_bytes_at(const struct command *c)
{
    return c->shape == STORE ? 4 : 2;
}

static bool shape_fits(const struct command *c, const struct line *l)
{
    size_t n = words_noreply(l);
    bool key = l->words > 1 && is_key(l->word[1]);

    switch (c->shape) {
    case FREE:
        return true;
    case NOTHING:
        return n == 1;
    case NUMBERS:
        return n == 1 || (n == 2 && is_number(l, 1));
    case KEYS:
    case META:
        return key;
    case KEY_END:
        return key && (n == 2 || (n == 3 && is_number(l, 2)));
    case COUNTER:
        return key && n == 3 && is_number(l, 2);
    case TIMED:
        return n > 2 && is_number(l, 1) && is_key(l->word[2]);
    case STORE:
        return key && (n == 5 || n == 6) && is_number(l, 2) && is_number(l, 3) && is_number(l, 4);
    default:
        return key && n > 2 && is_number(l, 2);
    }
}

static const struct command *command_find(struct span name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (span_equal(name, span_text(commands[i].name)))
            return &commands[i];
    return NULL;
}

static const struct reply *reply_find(struct span name)
{
    uint64_t value;

    if (number_of(name, &value))
        return &reply_number;
    for (size_t i = 0; i < REPLIES; i++)
        if (span_equal(name, span_text(replies[i].name)))
            return &replies[i];
    return NULL;
}

/* ---- what waits for an answer ---- */

static void open_pop(struct parse *p, struct mct_state *s)
{
    parse_tx(p, TX_DONE);
    s->first = (uint8_t)((s->first + 1) % MCT_OPEN);
    s->count--;
    s->answering = false;
}

/* The oldest will not be answered any more. */
static void open_forget(struct parse *p, struct mct_state *s)
{
    if (!s->answering)
        parse_tx(p, TX_REPLY);
    open_pop(p, s);
}

static uint8_t hash_of(struct span key)
{
    uint8_t h = 0;

    for (size_t i = 0; i < key.n; i++)
        h = (uint8_t)(h * 31 + key.p[i]);
    return h;
}

static void open_push(struct parse *p, struct mct_state *s, uint8_t answer, struct span key)
{
    unsigned at;

    if (answer == ANSWER_NONE || s->unpaired) {
        parse_tx(p, TX_DONE);
        return;
    }
    if (s->behind || s->count == MCT_OPEN) {
        parse_tx(p, TX_DONE);
        s->behind++;
        return;
    }
    at = ((unsigned)s->first + s->count++) % MCT_OPEN;
    s->open[at] = answer;
    s->key[at] = hash_of(key);
}

/* ---- client ---- */

static bool is_quiet(const struct line *l)
{
    for (size_t i = 2; i < l->words && i < WORDS; i++)
        if (l->word[i].p[0] == 'q' && l->word[i].n == 1)
            return true;
    return false;
}

static uint8_t answer_of(const struct command *c, const struct line *l)
{
    if (c->shape == META || c->shape == META_STORE)
        return is_quiet(l) ? ANSWER_META_QUIET : c->answer;
    return words_noreply(l) < l->words ? ANSWER_NONE : c->answer;
}

static void command_report(struct parse *p, struct mct_state *s, const struct command *c,
                           const struct line *l)
{
    struct span key = span_of("", 0);

    if (c->shape != FREE && c->shape != NOTHING && c->shape != NUMBERS)
        key = l->word[c->shape == TIMED ? 2 : 1];
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MEMCACHED_OPERATION, c->name);
    if (key.n)
        parse_field(p, FIELD_MEMCACHED_KEY, key);
    open_push(p, s, answer_of(c, l), key);
    if (parse_addr_internal(p, DIR_CLIENT))
        return;
    if (c->answer == ANSWER_STATS && !s->told)
        parse_note(p, "memcached statistics are asked for");
    s->told = s->told || c->answer == ANSWER_STATS;
    if (c->shape == NUMBERS && c->name[0] == 'f')
        parse_note(p, "memcached flush of all items");
}

/* What memcached does not know it answers with ERROR. */
static void other_report(struct parse *p, struct mct_state *s)
{
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MEMCACHED_OPERATION, "unknown");
    open_push(p, s, ANSWER_OK, span_of("", 0));
}

static uint64_t command_step(struct parse *p, struct mct_state *s, struct cursor *in, bool *matched)
{
    struct span text = cur_line(in, LINE_MAX);
    const struct command *c;
    struct line l;
    uint64_t n = 0;

    if (in->state != CUR_OK)
        return 0;
    line_split(text, &l);
    c = l.words ? command_find(l.word[0]) : NULL;
    if (c && !shape_fits(c, &l))
        c = NULL;
    if (!c && !*matched)
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    if (!c) {
        other_report(p, s);
        return 0;
    }
    s->asked = true;
    command_report(p, s, c, &l);
    if (c->shape != STORE && c->shape != META_STORE)
        return 0;
    if (!number_of(l.word[store_bytes_at(c)], &n) || n > VALUE_MAX)
        return 0;
    s->tail[DIR_CLIENT] = true;
    /* Nobody can wait for the end of a long value to be sure. */
    if (n > VALUE_WAIT) {
        parse_proof(p, PROOF_FAIR);
        *matched = true;
    }
    return walk_body(p, in, n, BUFFER_BODY, BUFFER_WHOLE);
}

/* ---- server ---- */

/* Is the oldest a quiet command that this line does not answer? It may name the key: k. */
static bool was_silent(const struct mct_state *s, const struct reply *r, const struct line *l)
{
    if (s->count == 0 || s->open[s->first] != ANSWER_META_QUIET || r->traits & FAILURE)
        return false;
    if (!(r->to & TO(ANSWER_META_QUIET)))
        return true;
    for (size_t i = 1; i < l->words && i < WORDS; i++)
        if (l->word[i].p[0] == 'k')
            return hash_of(span_from(l->word[i], 1)) != s->key[s->first];
    return false;
}

/* Whose answer begins with this line? Commands that nobody had to answer stand before it. */
static bool is_answer(struct parse *p, struct mct_state *s, const struct reply *r,
                      const struct line *l)
{
    while (was_silent(s, r, l))
        open_forget(p, s);
    return s->count && r->to & TO(s->open[s->first]);
}

static void reply_report(struct parse *p, struct mct_state *s, const struct reply *r,
                         const struct line *l, struct span text)
{
    if (!s->answering) {
        parse_tx(p, TX_REPLY);
        if (r != &reply_number)
            parse_text(p, FIELD_MEMCACHED_STATUS, r->name);
        if (r->to == TO(ANSWER_VERSION))
            parse_field(p, FIELD_MEMCACHED_VERSION, l->last);
    }
    s->answering = true;
    text = span_trim(span_from(text, strlen(r->name)));
    if (r->traits & FAILURE && text.n)
        parse_field(p, FIELD_MEMCACHED_ERROR, text);
    if (r->traits & LAST)
        open_pop(p, s);
}

static enum proof proof_of(const struct mct_state *s, const struct reply *r, bool answers)
{
    if (answers && r->traits & FAILURE)
        return r->name[0] == 'E' ? PROOF_FAIR : PROOF_STRONG;
    if (answers)
        return PROOF_CERTAIN;
    return !s->asked && (r->traits & VALUE || r->to == TO(ANSWER_STATS)) && !(r->traits & LAST)
               ? PROOF_FAIR
               : PROOF_NONE;
}

static bool line_fits(const struct reply *r, const struct line *l)
{
    if (r == &reply_number)
        return l->words == 1;
    if (!(r->traits & VALUE))
        return true;
    if (r->traits & LAST)
        return l->words > 1 && is_number(l, 1);
    return (l->words == 4 || l->words == 5) && is_number(l, 2) && is_number(l, 3);
}

/* Lines that are no answers: what `watch` and the dumps of keys bring. */
static void other_read(struct cursor *in, const bool *matched)
{
    if (!*matched)
        cur_fail(in);
}

static uint64_t reply_step(struct parse *p, struct mct_state *s, struct cursor *in, bool *matched)
{
    struct span text = cur_line(in, LINE_MAX);
    const struct reply *r;
    enum proof proof;
    struct line l;
    bool answers;
    uint64_t n = 0;

    if (in->state != CUR_OK)
        return 0;
    line_split(text, &l);
    r = l.words ? reply_find(l.word[0]) : NULL;
    if (!r || !line_fits(r, &l)) {
        other_read(in, matched);
        return 0;
    }
    answers = is_answer(p, s, r, &l);
    proof = proof_of(s, r, answers);
    if (s->count && !answers)
        other_read(in, matched);
    if (in->state != CUR_OK)
        return 0;
    if (proof != PROOF_NONE) {
        parse_proof(p, proof);
        *matched = true;
    }
    if (answers)
        reply_report(p, s, r, &l, text);
    else if (r->traits & LAST && s->count == 0 && s->behind)
        s->behind--;
    if (!(r->traits & VALUE))
        return 0;
    (void)number_of(l.word[r->traits & LAST ? 1 : 3], &n);
    s->tail[DIR_SERVER] = true;
    return walk_body(p, in, n < VALUE_MAX ? n : VALUE_MAX, BUFFER_BODY, BUFFER_WHOLE);
}

/* ---- both ---- */

static void tail_step(struct parse *p, struct mct_state *s, struct cursor *in, bool *matched)
{
    if (cur_u8(in) != '\r' || cur_u8(in) != '\n')
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    s->tail[p->dir] = false;
    if (*matched || p->dir != DIR_CLIENT)
        return;
    parse_proof(p, PROOF_FAIR);
    *matched = true;
}

uint64_t mct_step(struct parse *p, struct mct_state *s, struct cursor *in, bool *matched)
{
    if (s->tail[p->dir]) {
        tail_step(p, s, in, matched);
        return 0;
    }
    return p->dir == DIR_CLIENT ? command_step(p, s, in, matched) : reply_step(p, s, in, matched);
}

void mct_forget(struct parse *p, struct mct_state *s)
{
    while (s->count)
        open_forget(p, s);
}

void mct_lost(struct parse *p, struct mct_state *s)
{
    s->tail[p->dir] = false;
    s->unpaired = true;
    s->behind = 0;
    if (p->dir == DIR_SERVER)
        mct_forget(p, s);
}

/* ---- probe ---- */

static bool word_begins(enum dir from, struct span word)
{
    uint64_t value;

    if (from == DIR_SERVER && number_of(word, &value))
        return true;
    for (size_t i = 0; from == DIR_CLIENT && i < COMMANDS; i++)
        if (span_starts(span_text(commands[i].name), word))
            return true;
    for (size_t i = 0; from == DIR_SERVER && i < REPLIES; i++)
        if (span_starts(span_text(replies[i].name), word))
            return true;
    return false;
}

bool mct_probe(enum dir from, struct span first)
{
    size_t end = span_index(first, '\n');
    struct span text = span_first(first, end);
    const struct command *c;
    const struct reply *r;
    struct line l;

    if (text.n && text.p[text.n - 1] == '\r')
        text.n--;
    line_split(text, &l);
    if (l.words == 0 || text.p[0] == ' ')
        return false;
    if (l.words == 1 && end == first.n && text.p[text.n - 1] != ' ')
        return word_begins(from, l.word[0]);
    c = from == DIR_CLIENT ? command_find(l.word[0]) : NULL;
    r = from == DIR_SERVER ? reply_find(l.word[0]) : NULL;
    if (end == first.n)
        return c || r;
    return (c && shape_fits(c, &l)) || (r && line_fits(r, &l));
}
