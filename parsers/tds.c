/* SPDX-License-Identifier: Apache-2.0
 *
 * tds: SQL Server (TDS 7) and Sybase (TDS 4 and 5), and SQL Server's browser over UDP.
 *
 * Messages travel in packets of their own, those of several streams in frames of SMP around them,
 * and where both ends agree on it the login, or all, in TLS: first inside of packets, then between
 * them, where it is passed over.
 */
#include "parser/parser.h"
#include "support/open_ids.h"
#include "support/tds_answer.h"
#include "support/tds_browser.h"
#include "support/tds_request.h"
#include "support/walk.h"

enum {
    LOGIN_KEY = 1 << 16, /* requests have the number of their stream */
    HEAD = 8,
    PACKET_MAX = 32767,
    HOLD_MOST = 16 << 10,   /* of a request, before it is read */
    ANSWER_MOST = 32 << 10, /* of an answer, for a row to become whole */
    TLS_HEAD = 5,
    SMP_HEAD = 16,
    SMP_ID = 0x53,
    SMP_DATA = 8,
};

enum {
    TYPE_BATCH = 1,
    TYPE_OLD_LOGIN = 2,
    TYPE_CALL = 3,
    TYPE_ANSWER = 4,
    TYPE_ATTENTION = 6,
    TYPE_BULK = 7,
    TYPE_FEDAUTH = 8,
    TYPE_TRANSACTION = 14,
    TYPE_NORMAL = 15, /* of TDS 5 */
    TYPE_LOGIN7 = 16,
    TYPE_SSPI = 17,
    TYPE_PRELOGIN = 18,
};

enum { STATUS_END = 1, STATUS_KNOWN = 0x1f };

enum mode {
    MODE_IDLE,  /* between messages */
    MODE_HOLD,  /* what came of the message is held */
    MODE_REST,  /* its beginning was read */
    MODE_OTHER, /* of no interest */
};

struct tds_side {
    uint32_t total; /* bytes of the message so far */
    uint16_t stream;
    uint8_t mode;
    uint8_t type;
};

struct tds_state {
    struct open_ids open;
    struct tds_login login;
    struct tds_request request;
    struct tds_answer answer;
    struct tds_side side[2];
    uint16_t stream[2]; /* of the SMP frame that was last begun */
    bool matched;
    bool certain;
    bool asked;   /* the client was understood */
    bool smp;     /* streams share the connection */
    bool opening; /* the transaction of the login is open */
    bool tls;     /* was seen inside of packets */
    bool sealed;  /* all that follows is encrypted */
    bool lost[2]; /* no packet boundary known */
    bool torn[2]; /* nor where in a message the next packet stands */
};

struct packet {
    uint8_t type;
    uint8_t status;
    uint16_t length;
    uint8_t number;
};

static bool is_tls(struct span s)
{
    return s.n >= 2 && s.p[0] >= 0x14 && s.p[0] <= 0x17 && s.p[1] == 3;
}

static bool is_type(enum dir from, uint8_t type)
{
    if (from == DIR_SERVER)
        return type == TYPE_ANSWER || type == TYPE_PRELOGIN;
    return (type >= TYPE_BATCH && type <= TYPE_CALL) ||
           (type >= TYPE_ATTENTION && type <= TYPE_FEDAUTH) ||
           (type >= TYPE_TRANSACTION && type <= TYPE_PRELOGIN);
}

static struct packet head_read(enum dir from, struct cursor *c)
{
    struct packet k = {.type = cur_u8(c), .status = cur_u8(c), .length = cur_be16(c)};

    if (!is_type(from, k.type) || k.status & ~STATUS_KNOWN || k.length > PACKET_MAX)
        cur_fail(c);
    if (k.length < HEAD && c->state == CUR_OK)
        cur_fail(c);
    cur_skip(c, 2);
    k.number = cur_u8(c);
    if (cur_u8(c) != 0)
        cur_fail(c);
    return k;
}

/* ---- proof ---- */

/* Could a stream be joined here? The beginning of one is always a login. */
static bool request_test(const struct parse *p, const struct packet *k, struct span payload)
{
    size_t length = k->status & STATUS_END ? payload.n : 0;

    if (k->type == TYPE_PRELOGIN)
        return tds_prelogin_test(payload);
    if (k->type == TYPE_LOGIN7)
        return tds_login7_test(payload, length);
    if (k->type == TYPE_OLD_LOGIN)
        return tds_old_login_test(payload);
    if (!p->midstream)
        return false;
    if (k->type == TYPE_BATCH)
        return tds_batch_test(payload);
    if (k->type == TYPE_CALL)
        return tds_call_test(payload);
    if (k->type == TYPE_TRANSACTION)
        return tds_transaction_test(payload);
    return k->type == TYPE_NORMAL && tds_normal_test(payload);
}

static bool answer_test(struct span payload)
{
    return tds_prelogin_test(payload) || tds_answer_test(payload);
}

/* The server's side alone: an answer from its first token to its end. */
static void answer_judge(struct parse *p, struct tds_state *s, bool whole)
{
    if (s->matched || !whole || s->answer.raw || !s->answer.finished)
        return;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
}

static void packet_judge(struct parse *p, struct tds_state *s, const struct packet *k,
                         struct span payload, struct cursor *in)
{
    if (p->dir == DIR_CLIENT) {
        if (!s->matched && !request_test(p, k, payload))
            cur_fail(in);
        else if (!s->matched)
            parse_proof(p, PROOF_STRONG);
        s->matched = s->asked = in->state == CUR_OK;
        return;
    }
    if (s->certain || (s->matched && is_tls(payload)))
        return;
    if (s->side[DIR_SERVER].mode == MODE_IDLE && !answer_test(payload) && !s->matched) {
        cur_fail(in);
        return;
    }
    if (s->asked && answer_test(payload)) {
        s->certain = true;
        parse_proof(p, PROOF_CERTAIN);
    } else if (tds_prelogin_test(payload)) {
        parse_proof(p, PROOF_STRONG);
        s->matched = true;
    }
}

/* ---- requests ---- */

static bool is_login(uint8_t type)
{
    return type == TYPE_PRELOGIN || type == TYPE_LOGIN7 || type == TYPE_OLD_LOGIN ||
           type == TYPE_SSPI || type == TYPE_FEDAUTH;
}

static const char *command_of(uint8_t type)
{
    switch (type) {
    case TYPE_CALL:
        return "rpc";
    case TYPE_BULK:
        return "bulk";
    case TYPE_TRANSACTION:
        return "transaction";
    case TYPE_NORMAL:
        return "language";
    default:
        return "batch";
    }
}

static void login_read(struct parse *p, struct tds_state *s, uint8_t type, struct span message)
{
    s->opening = true;
    parse_tx_key(p, TX_BOTH, LOGIN_KEY);
    if (type == TYPE_PRELOGIN && is_tls(message))
        s->tls = true;
    else if (type == TYPE_PRELOGIN && tds_prelogin_test(message))
        tds_prelogin_read(p, &s->login, message);
    else if (type == TYPE_LOGIN7 && tds_login7_test(message, 0))
        tds_login7_read(p, &s->login, message);
    else if (type == TYPE_OLD_LOGIN)
        tds_old_login_read(p, &s->login, message);
}

static void message_read(struct parse *p, struct tds_state *s, uint8_t type, struct span message)
{
    struct tds_request *r = &s->request;

    switch (type) {
    case TYPE_BATCH:
        tds_batch_read(p, r, s->login.version, message);
        break;
    case TYPE_CALL:
        tds_call_read(p, r, s->login.version, message);
        break;
    case TYPE_TRANSACTION:
        tds_transaction_read(p, message);
        break;
    case TYPE_NORMAL:
        tds_normal_read(p, r, message);
        break;
    default:
        r->rest = TDS_REST_RAW;
        tds_request_more(p, r, message);
        break;
    }
}

/* The first bytes of a message, perhaps all. */
static void request_open(struct parse *p, struct tds_state *s, struct tds_side *me,
                         struct span message)
{
    me->mode = MODE_REST;
    if (is_login(me->type)) {
        login_read(p, s, me->type, message);
        return;
    }
    if (s->opening) { /* its end was not seen: encrypted, or lost */
        parse_tx_key(p, TX_DONE, LOGIN_KEY);
        s->opening = false;
    }
    parse_tx_key(p, TX_REQUEST, me->stream);
    parse_text(p, FIELD_TDS_COMMAND, command_of(me->type));
    message_read(p, s, me->type, message);
    open_ids_add(&s->open, me->stream);
}

static void request_hold(struct parse *p, struct tds_state *s, struct tds_side *me,
                         struct span payload, bool whole)
{
    struct span held;

    if (me->mode == MODE_IDLE && whole) {
        request_open(p, s, me, payload);
        return;
    }
    me->mode = MODE_HOLD;
    held = parse_hold(p, payload, HOLD_MOST + PACKET_MAX);
    if (held.n == 0 && payload.n) { /* no memory: with what there is */
        request_open(p, s, me, payload);
        parse_unhold(p, HOLD_MOST + PACKET_MAX);
        return;
    }
    if (!whole && held.n < HOLD_MOST)
        return;
    request_open(p, s, me, held);
    parse_unhold(p, held.n);
}

static void request_end(struct parse *p, struct tds_state *s, struct tds_side *me)
{
    if (me->mode != MODE_OTHER)
        tds_request_end(p, &s->request);
    *me = (struct tds_side){.mode = MODE_IDLE};
}

static void request_piece(struct parse *p, struct tds_state *s, const struct packet *k,
                          struct span payload)
{
    struct tds_side *me = &s->side[DIR_CLIENT];
    bool whole = (k->status & STATUS_END) != 0;

    if (me->mode == MODE_IDLE) {
        me->type = k->type;
        me->stream = s->stream[DIR_CLIENT];
        if (k->type == TYPE_ATTENTION)
            me->mode = MODE_OTHER;
    }
    if (me->mode == MODE_IDLE || me->mode == MODE_HOLD)
        request_hold(p, s, me, payload, whole);
    else if (me->mode == MODE_REST)
        tds_request_more(p, &s->request, payload);
    if (whole)
        request_end(p, s, me);
}

/* ---- answers ---- */

/* Whose fields follow: the login's, or those of the request that this stream waits for. */
static void answer_begin(struct parse *p, struct tds_state *s, struct tds_side *me)
{
    s->answer.key = s->opening ? LOGIN_KEY : me->stream;
    s->answer.known = s->opening || open_ids_take(&s->open, me->stream);
    if (s->answer.known)
        parse_tx_key(p, TX_REPLY, s->answer.key);
    me->mode = MODE_REST;
}

static void answer_end(struct parse *p, struct tds_state *s, struct tds_side *me)
{
    bool known = s->answer.known, over = s->answer.login || s->answer.error || !s->opening;
    uint32_t key = s->answer.key;

    tds_answer_end(p, &s->answer);
    if (known && over) {
        parse_tx_key(p, TX_DONE, key);
        s->opening = false;
    }
    *me = (struct tds_side){.mode = MODE_IDLE};
}

/* Tokens that are whole; the beginning of one waits for the next packet. */
static void answer_tokens(struct parse *p, struct tds_state *s, struct span payload, bool whole)
{
    struct span held = parse_held(p);
    size_t n;

    if (held.n) {
        held = parse_hold(p, payload, ANSWER_MOST + PACKET_MAX);
        if (held.n == 0)
            s->answer.raw = true;
    }
    n = tds_answer_read(p, &s->answer, &s->login, held.n ? held : payload, whole);
    answer_judge(p, s, whole && n == (held.n ? held.n : payload.n));
    if (held.n || s->answer.raw)
        parse_unhold(p, whole || s->answer.raw ? ANSWER_MOST + PACKET_MAX : n);
    else if (!whole)
        (void)parse_hold(p, span_from(payload, n), ANSWER_MOST + PACKET_MAX);
    if (parse_held(p).n > ANSWER_MOST) {
        s->answer.raw = true;
        parse_unhold(p, ANSWER_MOST + PACKET_MAX);
    }
}

static void answer_piece(struct parse *p, struct tds_state *s, const struct packet *k,
                         struct span payload)
{
    struct tds_side *me = &s->side[DIR_SERVER];
    bool whole = (k->status & STATUS_END) != 0;

    if (me->mode == MODE_IDLE) {
        me->stream = s->stream[DIR_SERVER];
        if (is_tls(payload)) {
            s->tls = true;
            me->mode = MODE_OTHER;
        } else if (tds_prelogin_test(payload)) {
            s->opening = true;
            parse_tx_key(p, TX_BOTH, LOGIN_KEY);
            tds_prelogin_read(p, &s->login, payload);
            me->mode = MODE_OTHER;
        } else {
            answer_begin(p, s, me);
        }
    }
    if (me->mode == MODE_REST)
        answer_tokens(p, s, payload, whole);
    if (whole && me->mode == MODE_REST)
        answer_end(p, s, me);
    else if (whole)
        me->mode = MODE_IDLE;
}

/* ---- packets ---- */

/* Streams share the connection: who broke in on a message ends it for us. */
static void stream_change(struct parse *p, struct tds_state *s)
{
    struct tds_side *me = &s->side[p->dir];

    if (me->mode == MODE_IDLE || me->stream == s->stream[p->dir])
        return;
    if (p->dir == DIR_CLIENT) {
        if (me->mode == MODE_HOLD)
            request_open(p, s, me, parse_held(p));
        parse_unhold(p, HOLD_MOST + PACKET_MAX);
        request_end(p, s, me);
    } else {
        parse_unhold(p, ANSWER_MOST + PACKET_MAX);
        if (me->mode == MODE_REST)
            answer_end(p, s, me);
        me->mode = MODE_IDLE;
    }
}

/* The rest of a message whose beginning was not read? */
static bool is_rest(struct tds_state *s, enum dir dir, const struct packet *k)
{
    bool torn = s->torn[dir];

    if (k->number <= 1 || k->status & STATUS_END)
        s->torn[dir] = false;
    return s->side[dir].mode == MODE_IDLE && k->number > 1 && (s->smp || torn);
}

static void packet_read(struct parse *p, struct tds_state *s, struct cursor *in)
{
    struct packet k = head_read(p->dir, in);
    struct cursor body = cur_sub(in, k.length > HEAD ? (size_t)k.length - HEAD : 0);
    struct span payload = cur_look(&body);

    if (in->state != CUR_OK)
        return;
    packet_judge(p, s, &k, payload, in);
    if (in->state != CUR_OK)
        return;
    stream_change(p, s);
    if (is_rest(s, p->dir, &k))
        return;
    if (p->dir == DIR_CLIENT)
        request_piece(p, s, &k, payload);
    else
        answer_piece(p, s, &k, payload);
}

/* A frame of SMP: what it holds is read next. */
static void smp_read(struct parse *p, struct tds_state *s, struct cursor *in)
{
    uint8_t flags;
    uint16_t stream;
    uint32_t length;

    cur_skip(in, 1);
    flags = cur_u8(in);
    stream = cur_le16(in);
    length = cur_le32(in);
    cur_skip(in, 8);
    if (flags == 0 || flags > SMP_DATA || flags & (flags - 1) || length < SMP_HEAD ||
        length > SMP_HEAD + PACKET_MAX || (flags != SMP_DATA && length != SMP_HEAD))
        cur_fail(in);
    if (in->state == CUR_OK && flags == SMP_DATA) {
        s->stream[p->dir] = stream;
        s->smp = true;
    }
}

static uint64_t tls_pass(struct tds_state *s, struct cursor *in)
{
    uint16_t n;

    cur_skip(in, 3);
    n = cur_be16(in);
    if (in->state == CUR_OK &&
        (s->login.encryption == TDS_ENCRYPT_ALL || s->login.encryption == TDS_ENCRYPT_REQUIRED))
        s->sealed = true;
    return walk_pass(in, n);
}

static uint64_t tds_step(struct parse *p, struct cursor *in)
{
    struct tds_state *s = p->state;

    if (cur_peek(in) == SMP_ID) {
        smp_read(p, s, in);
        return 0;
    }
    if (s->matched && cur_peek(in) >= 0x14 && cur_peek(in) <= 0x17)
        return tls_pass(s, in);
    packet_read(p, s, in);
    return 0;
}

/* After a loss: a packet begins where its head is right and another, or nothing, follows it. */
static bool is_boundary(const struct parse *p, const struct cursor *in)
{
    struct cursor at = *in;
    struct packet k;

    if (cur_peek(&at) == SMP_ID)
        cur_skip(&at, SMP_HEAD);
    k = head_read(p->dir, &at);
    if (at.state != CUR_OK)
        return false;
    cur_skip(&at, k.length - (size_t)HEAD);
    if (cur_left(&at) && cur_peek(&at) != SMP_ID)
        (void)head_read(p->dir, &at);
    return at.state != CUR_BAD;
}

static enum parse_result tds_parse(struct parse *p, struct cursor *in)
{
    struct tds_state *s = p->state;
    enum parse_result result;

    if (p->transport == OVER_UDP)
        return tds_browser_parse(p, in);
    if (s->lost[p->dir]) {
        if (!is_boundary(p, in)) {
            (void)walk_over(p, in);
            return walk_verdict(&s->matched);
        }
        s->lost[p->dir] = false;
    }
    result = walk(p, in, tds_step, &s->matched);
    return s->sealed && result == PARSE_MATCH ? PARSE_DONE : result;
}

/* What was begun ends here; numbers tell nothing about the rest of a message. */
static void tds_gap(struct parse *p, uint64_t missing)
{
    struct tds_state *s = p->state;
    struct tds_side *me = &s->side[p->dir];

    (void)missing;
    if (p->transport == OVER_UDP)
        return;
    s->lost[p->dir] = s->torn[p->dir] = true;
    if (p->dir == DIR_CLIENT) {
        request_end(p, s, me);
        return;
    }
    if (me->mode == MODE_REST)
        answer_end(p, s, me);
    me->mode = MODE_IDLE;
}

/* Over UDP one byte may be all; over TCP it is the first of eight. */
static bool stream_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);

    if (first.p[0] == SMP_ID)
        return first.n == 1 || (first.p[1] && first.p[1] <= SMP_DATA);
    (void)head_read(from, &in);
    return in.state != CUR_BAD;
}

static bool tds_probe(enum dir from, struct span first)
{
    return stream_probe(from, first) || tds_browser_probe(from, first);
}

static const uint16_t tds_ports[] = {1433, 1434, 14330, 0};

const struct parser parser_tds = {
    .name = "tds",
    .evidence = "packets with a login's tables, or with statements, and their tokens",
    .app = APP_TDS,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = tds_ports,
    .state_size = sizeof(struct tds_state),
    .max_pending = 64u << 10,
    .midstream = true,
    .probe = tds_probe,
    .parse = tds_parse,
    .gap = tds_gap,
};
