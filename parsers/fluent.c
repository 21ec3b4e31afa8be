/* SPDX-License-Identifier: Apache-2.0
 *
 * Fluent Forward, by which Fluentd, Fluent Bit and their libraries hand on logs. Items of
 * MessagePack, one behind the other:
 *
 *     [tag, time, {record}, {option}]            one event; options may be missing everywhere
 *     [tag, [[time, {record}], ...], {option}]   several
 *     [tag, "packed events", {option}]           the same, packed into a text, perhaps compressed
 *     {"ack": chunk}                             the server has what the option "chunk" named
 *     ["HELO", {nonce, auth, keepalive}]         the server, when it wants a login
 *     ["PING", host, salt, digest, user, digest] and ["PONG", yes or no, reason, host, digest]
 */
#include "parser/parser.h"
#include "support/msgpack.h"
#include "support/walk.h"

enum {
    NIL = 0xc0,
    LIST_OF_6 = 0x96,
    TAG_MOST = 255,
    NAME_MOST = 255,
    REASON_MOST = 1024,
    CHUNK_MOST = 128,
    KEYS_MOST = 16,
    DIGEST = 128, /* SHA-512 in hex digits */
    EVENT_TIME = 8,
    NANOSECONDS = 1000000000,
    EARLIEST = 500000000, /* before 1986 nobody logged with it */
    CHUNKS = 8,
    WHO_MAX = 48,
    PENDING = 8 << 10,
};

enum at { AT_MESSAGE, AT_RECORDS, AT_OPTION };

struct fluent_state {
    struct mp_rest records;  /* still to come of the client */
    uint64_t chunks[CHUNKS]; /* hashes of those that wait for an answer */
    uint8_t next;            /* in chunks */
    uint8_t at;              /* enum at: the client */
    bool option;             /* follows the records */
    bool begun;              /* a piece of the records was handed on */
    bool hello, ping;
    bool login; /* a login's transaction is open */
    bool lost[2];
    bool matched;
    uint8_t who_n;
    char who[WHO_MAX];
};

enum mode { MODE_MESSAGE, MODE_FORWARD, MODE_PACKED };

struct head {
    struct span tag;
    enum mode mode;
    uint32_t n; /* events, or bytes of packed ones */
    bool compressed;
    bool empty; /* proves nothing */
    bool option;
};

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void prove(struct parse *p, struct fluent_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

static uint64_t hash_of(struct span text)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ text.p[i]) * 0x100000001b3;
    return hash;
}

/* ---- the head of a message ---- */

static bool is_tag(struct span tag)
{
    for (size_t i = 0; i < tag.n; i++)
        if (tag.p[i] <= ' ' || tag.p[i] == 0x7f)
            return false;
    return tag.n > 0;
}

/* Seconds, as a number or with nanoseconds. */
static void time_read(struct cursor *in)
{
    struct mp_item item = mp_head(in);
    uint64_t seconds = item.n, nanoseconds = 0;

    if (item.kind == MP_EXTENSION) {
        if (item.type != 0 || item.n != EVENT_TIME)
            cur_fail(in);
        seconds = cur_be32(in);
        nanoseconds = cur_be32(in);
    } else if (item.kind != MP_NUMBER) {
        cur_fail(in);
    }
    if (in->state == CUR_OK &&
        (seconds < EARLIEST || seconds > UINT32_MAX || nanoseconds >= NANOSECONDS))
        cur_fail(in);
}

/* What ailed a look ahead ails the message. */
static void look_join(struct cursor *in, const struct cursor *look)
{
    if (look->state == CUR_SHORT)
        cur_short(in, look->need);
    else if (look->state == CUR_BAD)
        cur_fail(in);
}

/* The beginning of a record: a map whose keys are names. */
static void record_look(struct cursor *look)
{
    struct mp_item map = mp_head(look);

    if (look->state != CUR_OK || (map.kind == MP_MAP && map.n == 0))
        return;
    if (map.kind != MP_MAP || !span_printable(mp_text(look, NAME_MOST)))
        cur_fail(look);
}

/* [time, {record}] */
static void entry_look(struct cursor *look)
{
    if (mp_list(look, 2) != 2)
        cur_fail(look);
    time_read(look);
    record_look(look);
}

/* The first event, or gzip's first bytes. */
static void packed_look(struct cursor *in, struct head *h)
{
    struct cursor look = cur_of(span_first(cur_look(in), h->n));

    h->empty = h->n == 0;
    if (h->empty)
        return;
    h->compressed = cur_peek(&look) == 0x1f;
    if (!h->compressed)
        entry_look(&look);
    else if (cur_be16(&look) != 0x1f8b)
        cur_fail(&look);
    if (look.state == CUR_SHORT && h->n <= cur_left(in))
        cur_fail(in);
    look_join(in, &look);
}

/* Tag, and the kind of what follows it. */
static struct mp_item tag_read(struct cursor *in, struct head *h)
{
    struct cursor look;
    struct mp_item item;

    h->tag = mp_text(in, TAG_MOST);
    if (in->state == CUR_OK && !is_tag(h->tag))
        cur_fail(in);
    look = *in;
    item = mp_head(&look);
    if (item.kind == MP_LIST || item.kind == MP_TEXT)
        *in = look;
    else
        look_join(in, &look);
    return item;
}

/* Up to the first record, which may be of any length. */
static void head_read(struct cursor *in, struct head *h)
{
    uint32_t elements = mp_list(in, 4), least = 2;
    struct mp_item item;
    struct cursor look;

    *h = (struct head){0};
    if (elements < least)
        cur_fail(in);
    item = tag_read(in, h);
    look = *in;
    h->n = (uint32_t)item.n;
    h->mode = item.kind == MP_LIST ? MODE_FORWARD : MODE_PACKED;
    if (in->state != CUR_OK)
        return;
    if (item.kind == MP_LIST) {
        h->empty = h->n == 0;
        if (!h->empty)
            entry_look(&look);
    } else if (item.kind == MP_TEXT) {
        packed_look(in, h);
    } else {
        h->mode = MODE_MESSAGE;
        h->n = 1;
        least = 3;
        time_read(in);
        look = *in;
        record_look(&look);
    }
    look_join(in, &look);
    if (in->state == CUR_OK && (elements < least || elements > least + 1))
        cur_fail(in);
    h->option = elements > least;
}

/* ---- events ---- */

static void request_end(struct parse *p, struct fluent_state *s)
{
    s->at = AT_MESSAGE;
    prove(p, s, PROOF_STRONG);
}

/* What is said behind the events. */
static void option_step(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    struct span none = span_of(in->pos, 0), chunk = none, compressed = none, key;
    bool is_nil = cur_peek(in) == NIL;
    uint64_t size = 0;

    for (uint32_t left = is_nil ? 0 : mp_map(in, KEYS_MOST); left; left--) {
        key = mp_text(in, NAME_MOST);
        if (span_equal(key, SPAN("chunk")))
            chunk = mp_text(in, CHUNK_MOST);
        else if (span_equal(key, SPAN("compressed")))
            compressed = mp_text(in, NAME_MOST);
        else if (span_equal(key, SPAN("size")))
            size = mp_number(in);
        else
            mp_pass(in);
    }
    if (is_nil)
        cur_skip(in, 1);
    if (in->state != CUR_OK)
        return;
    put(p, FIELD_FLUENT_CHUNK, chunk);
    put(p, FIELD_FLUENT_COMPRESSED, compressed);
    if (size)
        parse_uint(p, FIELD_FLUENT_SIZE, size); /* of events, some say of bytes */
    if (chunk.n) {
        s->chunks[s->next] = hash_of(chunk);
        s->next = (uint8_t)((s->next + 1) % CHUNKS);
    } else {
        parse_tx(p, TX_DONE);
    }
    request_end(p, s);
}

/* The records are over: an option follows, or the next message. */
static void records_end(struct parse *p, struct fluent_state *s)
{
    if (s->option) {
        s->at = AT_OPTION;
        return;
    }
    parse_tx(p, TX_DONE);
    request_end(p, s);
}

static void records_step(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    const uint8_t *start = in->pos;
    unsigned part = s->begun ? BUFFER_NEXT : BUFFER_BEGINS;
    bool over;

    mp_rest_pass(in, &s->records);
    if (in->state != CUR_OK)
        return;
    over = mp_rest_over(&s->records);
    parse_buffer(p, BUFFER_BODY, over ? part | BUFFER_ENDS : part,
                 span_of(start, (size_t)(in->pos - start)));
    s->begun = true;
    if (over)
        records_end(p, s);
}

/* The answer to it may not have been seen. */
static void login_end(struct parse *p, struct fluent_state *s)
{
    if (!s->login)
        return;
    parse_tx(p, TX_BOTH);
    parse_tx(p, TX_DONE);
    s->login = false;
}

static void head_tell(struct parse *p, struct fluent_state *s, const struct head *h)
{
    static const char *const modes[] = {"message", "forward", "packed"};

    login_end(p, s);
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_FLUENT_TAG, h->tag);
    parse_text(p, FIELD_FLUENT_MODE, modes[h->mode]);
    if (h->mode == MODE_FORWARD)
        parse_uint(p, FIELD_FLUENT_EVENTS, h->n);
}

/* A head by itself is a fair proof, since the rest may be long; the end of the message is more. */
static uint64_t events_step(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    struct head h;

    head_read(in, &h);
    if (in->state == CUR_OK && h.empty && !s->matched)
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    prove(p, s, PROOF_FAIR);
    head_tell(p, s, &h);
    s->option = h.option;
    s->begun = false;
    if (h.mode == MODE_MESSAGE || (h.mode == MODE_FORWARD && h.n)) {
        s->records = (struct mp_rest){.items = h.n};
        s->at = AT_RECORDS;
        return 0;
    }
    s->at = s->option ? AT_OPTION : AT_MESSAGE;
    if (!s->option)
        parse_tx(p, TX_DONE);
    if (h.compressed || h.n == 0)
        return walk_pass(in, h.n);
    return walk_body(p, in, h.n, BUFFER_BODY, BUFFER_WHOLE);
}

/* ---- logins ---- */

static void hello_read(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    bool nonce = false, auth = false, wants = false;

    for (uint32_t left = mp_map(in, KEYS_MOST); left; left--) {
        struct span key = mp_text(in, NAME_MOST);

        if (span_equal(key, SPAN("nonce"))) {
            nonce = mp_text(in, NAME_MOST).n > 0;
        } else if (span_equal(key, SPAN("auth"))) {
            wants = mp_text(in, NAME_MOST).n > 0;
            auth = true;
        } else {
            mp_pass(in);
        }
    }
    if (in->state == CUR_OK && (!nonce || !auth))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    prove(p, s, PROOF_STRONG);
    s->hello = s->login = true;
    parse_tx(p, TX_BOTH);
    parse_text(p, FIELD_FLUENT_AUTH, wants ? "user" : "shared key");
}

static bool is_digest(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'f')))
            return false;
    return text.n == DIGEST;
}

static void ping_read(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    struct span host = mp_text(in, NAME_MOST), salt = mp_text(in, NAME_MOST),
                digest = mp_text(in, DIGEST), user = mp_text(in, NAME_MOST),
                password = mp_text(in, DIGEST), who;

    if (in->state == CUR_OK && (!is_digest(digest) || salt.n == 0 || !span_printable(host) ||
                                (password.n && !is_digest(password))))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    prove(p, s, s->hello ? PROOF_CERTAIN : PROOF_STRONG);
    s->ping = s->login = true;
    parse_tx(p, TX_BOTH);
    put(p, FIELD_FLUENT_CLIENT_HOST, host);
    put(p, FIELD_FLUENT_USER, user);
    who = span_first(user.n ? user : host, WHO_MAX);
    s->who_n = (uint8_t)who.n;
    if (who.n)
        memcpy(s->who, who.p, who.n);
}

static void pong_read(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    bool yes = mp_bool(in);
    struct span reason = mp_text(in, REASON_MOST), host = mp_text(in, NAME_MOST),
                digest = mp_text(in, DIGEST);

    if (in->state == CUR_OK && digest.n && !is_digest(digest))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    prove(p, s, s->ping ? PROOF_CERTAIN : PROOF_STRONG);
    s->login = true;
    parse_tx(p, TX_BOTH);
    put(p, FIELD_FLUENT_SERVER_HOST, host);
    put(p, FIELD_FLUENT_REASON, yes ? span_of(host.p, 0) : reason);
    if (!yes)
        parse_refused(p, "Fluent Forward refuses the login", span_of(s->who, s->who_n));
    login_end(p, s);
}

static void ack_read(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    bool is_ours = false;
    struct span chunk;
    uint64_t hash;

    if (mp_map(in, 1) != 1 || !span_equal(mp_text(in, NAME_MOST), SPAN("ack")))
        cur_fail(in);
    chunk = mp_text(in, CHUNK_MOST);
    if (in->state == CUR_OK && (chunk.n == 0 || !span_printable(chunk)))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    hash = hash_of(chunk);
    for (size_t i = 0; i < CHUNKS; i++)
        is_ours = is_ours || s->chunks[i] == hash;
    prove(p, s, is_ours ? PROOF_CERTAIN : PROOF_FAIR);
    parse_tx(p, TX_REPLY);
    parse_field(p, FIELD_FLUENT_ACK, chunk);
    parse_tx(p, TX_DONE);
}

/* ---- both sides ---- */

static void server_step(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    struct span name;
    uint32_t elements;

    if (mp_kind_of(cur_peek(in)) == MP_MAP) {
        ack_read(p, s, in);
        return;
    }
    elements = mp_list(in, 5);
    name = mp_text(in, 4);
    if (in->state != CUR_OK)
        return;
    if (elements == 2 && span_equal(name, SPAN("HELO")))
        hello_read(p, s, in);
    else if (elements == 5 && span_equal(name, SPAN("PONG")))
        pong_read(p, s, in);
    else
        cur_fail(in);
}

static void ping_step(struct parse *p, struct fluent_state *s, struct cursor *in)
{
    struct span name;

    cur_skip(in, 1);
    name = mp_text(in, 4);
    if (in->state == CUR_OK && !span_equal(name, SPAN("PING")))
        cur_fail(in);
    if (in->state == CUR_OK)
        ping_read(p, s, in);
}

static uint64_t fluent_step(struct parse *p, struct cursor *in)
{
    struct fluent_state *s = p->state;

    if (p->dir == DIR_SERVER) {
        server_step(p, s, in);
        return 0;
    }
    switch ((enum at)s->at) {
    case AT_RECORDS:
        records_step(p, s, in);
        return 0;
    case AT_OPTION:
        option_step(p, s, in);
        return 0;
    case AT_MESSAGE:
        break;
    }
    if (cur_peek(in) != LIST_OF_6)
        return events_step(p, s, in);
    ping_step(p, s, in);
    return 0;
}

/* Something was lost: a whole head is one. */
static bool is_boundary(const struct parse *p, struct cursor in)
{
    struct head h;

    if (p->dir == DIR_SERVER)
        return mp_map(&in, 1) == 1 && span_equal(mp_text(&in, 3), SPAN("ack"));
    head_read(&in, &h);
    return in.state == CUR_OK && !h.empty;
}

static enum parse_result fluent_parse(struct parse *p, struct cursor *in)
{
    struct fluent_state *s = p->state;

    if (s->lost[p->dir] && !is_boundary(p, *in)) {
        (void)walk_over(p, in);
        return walk_verdict(&s->matched);
    }
    s->lost[p->dir] = false;
    return walk(p, in, fluent_step, &s->matched);
}

static void fluent_gap(struct parse *p, uint64_t missing)
{
    struct fluent_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    if (p->dir == DIR_CLIENT)
        s->at = AT_MESSAGE;
}

static bool client_probe(struct cursor in)
{
    struct head h;

    if (cur_peek(&in) == LIST_OF_6) {
        cur_skip(&in, 1);
        return cur_left(&in) == 0 || span_starts(SPAN("\xa4PING"), span_first(cur_look(&in), 5));
    }
    head_read(&in, &h);
    return in.state != CUR_BAD;
}

static bool fluent_probe(enum dir from, struct span first)
{
    static const struct span words[] = {
        {(const uint8_t *)"\x92\xa4HELO", 6},
        {(const uint8_t *)"\x95\xa4PONG", 6},
        {(const uint8_t *)"\x81\xa3"
                          "ack",
         5},
    };

    if (from == DIR_CLIENT)
        return client_probe(cur_of(first));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (span_starts(words[i], span_first(first, words[i].n)))
            return true;
    return false;
}

static const uint16_t fluent_ports[] = {24224, 24284, 0};

const struct parser parser_fluent = {
    .name = "fluent",
    .evidence =
        "a tag, a time and a record, read to their end; HELO, PING and PONG; the chunk's ack",
    .app = APP_FLUENT,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = fluent_ports,
    .state_size = sizeof(struct fluent_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = fluent_probe,
    .parse = fluent_parse,
    .gap = fluent_gap,
};
