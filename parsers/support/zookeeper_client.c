/* SPDX-License-Identifier: Apache-2.0
 *
 * zookeeper_client: see zookeeper_client.h.
 */
#include "support/zookeeper_client.h"
#include "support/walk.h"

enum {
    FRAME_MAX = 1048575 + 1024,
    WINDOW = 1024, /* of a frame: what is not a value */
    TIMEOUT_MAX = 3600000,
    PASSWORD = 16,
    REPLY_HEAD = 16,
};

enum xid {
    XID_EVENT = -1,
    XID_PING = -2,
    XID_AUTH = -4,
    XID_WATCHES = -8,
    XID_FIRST = XID_WATCHES, /* no other numbers are negative */
};

enum opcode {
    OP_CREATE = 1,
    OP_GET_DATA = 4,
    OP_SET_DATA = 5,
    OP_PING = 11,
    OP_MULTI = 14,
    OP_CREATE_2 = 15,
    OP_CREATE_CONTAINER = 19,
    OP_CREATE_TTL = 21,
    OP_AUTH = 100,
    OP_LAST = 107,
    OP_CLOSE = -11,
    CLOSE_KEPT = 255, /* as it stands in the ring */
};

enum error {
    ERROR_FIRST = -127,
    ERROR_NO_AUTH = -102,
    ERROR_AUTH_FAILED = -115,
};

struct operation {
    const char *name;
    bool path; /* the first thing behind the header */
};

/* clang-format off */
static const struct operation operations[OP_LAST + 1] = {
    [1] = {"create", true}, [2] = {"delete", true}, [3] = {"exists", true},
    [4] = {"getData", true}, [5] = {"setData", true}, [6] = {"getACL", true},
    [7] = {"setACL", true}, [8] = {"getChildren", true}, [9] = {"sync", true},
    [11] = {"ping", false}, [12] = {"getChildren2", true}, [13] = {"check", true},
    [14] = {"multi", false}, [15] = {"create2", true}, [16] = {"reconfig", false},
    [17] = {"checkWatches", true}, [18] = {"removeWatches", true},
    [19] = {"createContainer", true}, [20] = {"deleteContainer", true},
    [21] = {"createTTL", true}, [22] = {"multiRead", false}, [100] = {"auth", false},
    [101] = {"setWatches", false}, [102] = {"sasl", false}, [103] = {"getEphemerals", true},
    [104] = {"getAllChildrenNumber", true}, [105] = {"setWatches2", false},
    [106] = {"addWatch", true}, [107] = {"whoAmI", false},
};
/* clang-format on */

static const struct operation op_close = {"closeSession", false};

struct error_name {
    int16_t code;
    const char *name;
};

static const struct error_name error_names[] = {
    {-1, "SystemError"},
    {-2, "RuntimeInconsistency"},
    {-3, "DataInconsistency"},
    {-4, "ConnectionLoss"},
    {-5, "MarshallingError"},
    {-6, "Unimplemented"},
    {-7, "OperationTimeout"},
    {-8, "BadArguments"},
    {-13, "NewConfigNoQuorum"},
    {-14, "ReconfigInProgress"},
    {-101, "NoNode"},
    {-102, "NoAuth"},
    {-103, "BadVersion"},
    {-108, "NoChildrenForEphemerals"},
    {-110, "NodeExists"},
    {-111, "NotEmpty"},
    {-112, "SessionExpired"},
    {-113, "InvalidCallback"},
    {-114, "InvalidACL"},
    {-115, "AuthFailed"},
    {-118, "SessionMoved"},
    {-119, "NotReadOnly"},
    {-121, "NoWatcher"},
    {-123, "ReconfigDisabled"},
    {-124, "SessionClosedRequireSaslAuth"},
    {-125, "QuotaExceeded"},
    {-127, "ThrottledOp"},
};

static const struct operation *operation_of(int32_t op)
{
    if (op == OP_CLOSE)
        return &op_close;
    return op > 0 && op <= OP_LAST && operations[op].name ? &operations[op] : NULL;
}

/* A text with its length in front; none is -1. */
static struct span read_text(struct cursor *c)
{
    uint32_t n = cur_be32(c);

    return cur_span(c, n == UINT32_MAX ? 0 : n);
}

static bool is_path(struct span s)
{
    return s.n > 0 && s.p[0] == '/' && memchr(s.p, 0, s.n) == NULL;
}

/* ---- the session's first frames ---- */

static bool is_connect(uint32_t length, enum dir from)
{
    return from == DIR_CLIENT ? length == 44 || length == 45 : length == 36 || length == 37;
}

struct opening {
    uint32_t timeout;
    uint64_t session;
    bool readonly;
};

static struct opening opening_read(struct cursor *c, enum dir from)
{
    struct opening o;

    if (cur_be32(c) != 0)
        cur_fail(c);
    if (from == DIR_CLIENT)
        cur_skip(c, 8);
    o.timeout = cur_be32(c);
    o.session = cur_be64(c);
    if (o.timeout > TIMEOUT_MAX || cur_be32(c) != PASSWORD)
        cur_fail(c);
    cur_skip(c, PASSWORD);
    o.readonly = cur_left(c) && cur_u8(c);
    return o;
}

static void opening_take(struct parse *p, struct zkc_state *s, const struct opening *o,
                         bool *matched)
{
    bool both;

    s->connected[p->dir] = true;
    both = s->connected[DIR_CLIENT] && s->connected[DIR_SERVER];
    parse_proof(p, both ? PROOF_CERTAIN : PROOF_STRONG);
    *matched = true;
    parse_tx(p, TX_BOTH);
    if (p->dir == DIR_CLIENT) {
        parse_text(p, FIELD_ZOOKEEPER_COMMAND, "connect");
        if (o->readonly)
            parse_uint(p, FIELD_ZOOKEEPER_READONLY, 1);
        return;
    }
    parse_uint(p, FIELD_ZOOKEEPER_SESSION, o->session);
    parse_uint(p, FIELD_ZOOKEEPER_TIMEOUT, o->timeout);
    parse_tx(p, TX_DONE);
}

/* True: the frame was a connect or its answer. */
static bool opening_step(struct parse *p, struct zkc_state *s, struct cursor *in, bool *matched)
{
    struct cursor at = *in;
    uint32_t length = cur_be32(&at);
    struct cursor body;
    struct opening o;

    if (s->connected[p->dir] || !is_connect(length, p->dir) || s->open.count)
        return false;
    body = cur_sub(&at, length);
    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return true;
    }
    o = opening_read(&body, p->dir);
    if (!cur_done(&body))
        return false;
    *in = at;
    opening_take(p, s, &o, matched);
    return true;
}

/* ---- requests ---- */

struct request {
    int32_t xid, op;
    struct span path;
    struct span scheme;
    struct span user;
    uint32_t value; /* bytes of a value, which stands where the cursor is */
};

/* digest: user:password. The others have no name that is not a secret. */
static struct span user_of(struct span scheme, struct span auth)
{
    size_t colon = span_index(auth, ':');

    if (!span_equal(scheme, SPAN("digest")) || colon == auth.n)
        return span_of("", 0);
    return span_first(auth, colon);
}

static bool has_value(int32_t op)
{
    return op == OP_CREATE || op == OP_CREATE_2 || op == OP_SET_DATA || op == OP_CREATE_CONTAINER ||
           op == OP_CREATE_TTL;
}

static void request_read(struct cursor *c, uint32_t left, struct request *r)
{
    const struct operation *op;

    *r = (struct request){.xid = (int32_t)cur_be32(c)};
    r->op = (int32_t)cur_be32(c);
    op = operation_of(r->op);
    if (r->xid < XID_FIRST || !op || (r->op == OP_PING && r->xid != XID_PING))
        cur_fail(c);
    if (c->state == CUR_OK && op->path)
        r->path = read_text(c);
    if (r->op == OP_AUTH) {
        cur_skip(c, 4);
        r->scheme = read_text(c);
        r->user = user_of(r->scheme, read_text(c));
    }
    if (has_value(r->op)) {
        r->value = cur_be32(c);
        if (r->value == UINT32_MAX)
            r->value = 0;
        if (r->value > left)
            cur_fail(c);
    }
    /* A ping is so short that it must be exact. */
    if (r->op == OP_PING && !cur_done(c))
        cur_fail(c);
}

static void request_report(struct parse *p, struct zkc_state *s, const struct request *r)
{
    struct span user = span_first(r->user, ZKC_USER);

    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_ZOOKEEPER_COMMAND, operation_of(r->op)->name);
    if (r->path.n)
        parse_field(p, FIELD_ZOOKEEPER_PATH, r->path);
    if (r->scheme.n)
        parse_field(p, FIELD_ZOOKEEPER_SCHEME, r->scheme);
    if (user.n) {
        parse_field(p, FIELD_ZOOKEEPER_USER, user);
        memcpy(s->user, user.p, user.n);
        s->user_n = (uint8_t)user.n;
    }
    open_calls_add(p, &s->open, (uint32_t)r->xid,
                   r->op == OP_CLOSE ? (uint8_t)CLOSE_KEPT : (uint8_t)r->op);
}

/* Without the connect, a ping and a path tell. False: they do not. */
static bool request_judge(struct parse *p, const struct request *r, bool *matched)
{
    if (*matched)
        return true;
    if (r->op != OP_PING && !is_path(r->path))
        return false;
    parse_proof(p, r->op == OP_PING ? PROOF_STRONG : PROOF_FAIR);
    *matched = true;
    return true;
}

static uint64_t request_step(struct parse *p, struct zkc_state *s, struct cursor *in, bool *matched)
{
    struct cursor at = *in;
    uint32_t length = cur_be32(&at);
    struct cursor behind = at;
    struct cursor body = cur_sub(&at, length < WINDOW ? length : WINDOW);
    struct request r;
    size_t head;

    if (behind.state == CUR_OK && (length < 8 || length > FRAME_MAX))
        cur_fail(in);
    if (at.state == CUR_SHORT)
        cur_short(in, at.need);
    if (in->state != CUR_OK)
        return 0;
    request_read(&body, length, &r);
    head = (size_t)(body.pos - behind.pos);
    if (body.state != CUR_OK || head + r.value > length || !request_judge(p, &r, matched)) {
        cur_fail(in);
        return 0;
    }
    if (r.op != OP_PING)
        request_report(p, s, &r);
    if (r.op == OP_MULTI)
        r.value = length - (uint32_t)head;
    *in = behind;
    cur_skip(in, head);
    s->rest[DIR_CLIENT] = length - (uint32_t)head - r.value;
    return r.value ? walk_body(p, in, r.value, BUFFER_BODY, BUFFER_WHOLE) : 0;
}

/* ---- replies ---- */

static const char *error_name(int32_t code)
{
    for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++)
        if (error_names[i].code == code)
            return error_names[i].name;
    return "unknown";
}

static void error_report(struct parse *p, const struct zkc_state *s, int32_t error)
{
    struct span who = span_of(s->user, s->user_n);

    if (error == ERROR_AUTH_FAILED)
        parse_refused(p, "ZooKeeper refuses the login", who);
    else if (error == ERROR_NO_AUTH)
        parse_refused(p, "ZooKeeper refuses a right", who);
    if (error)
        parse_text(p, FIELD_ZOOKEEPER_ERROR, error_name(error));
}

/* Answers a request that was seen, or stands alone as only a ping's can. False: neither. */
static bool reply_judge(struct parse *p, struct zkc_state *s, uint32_t length, int32_t xid,
                        int32_t error, bool *matched)
{
    bool known = open_calls_find(&s->open, (uint32_t)xid) < s->open.count;

    if (known)
        parse_proof(p, PROOF_CERTAIN);
    else if (!*matched && (xid != XID_PING || length != REPLY_HEAD || error))
        return false;
    else if (xid == XID_PING)
        parse_proof(p, *matched ? PROOF_CERTAIN : PROOF_STRONG);
    *matched = true;
    return true;
}

/* How long the value is that follows the header of the answer; none: 0. */
static uint32_t reply_take(struct parse *p, struct zkc_state *s, uint32_t length, int32_t xid,
                           int32_t error, struct cursor *in)
{
    unsigned n = open_calls_find(&s->open, (uint32_t)xid);
    bool data = n < s->open.count && open_call_op(&s->open, n) == OP_GET_DATA;
    uint32_t value = 0;

    if (data && error == 0 && length >= REPLY_HEAD + 4) {
        value = cur_be32(in);
        if (in->state != CUR_OK)
            return 0;
        value = value > length - REPLY_HEAD - 4 ? 0 : value;
    }
    if (n == s->open.count) {
        if (xid == XID_AUTH)
            error_report(p, s, error);
        return value;
    }
    open_calls_take(p, &s->open, n);
    error_report(p, s, error);
    parse_tx(p, TX_DONE);
    return value;
}

static uint64_t reply_step(struct parse *p, struct zkc_state *s, struct cursor *in, bool *matched)
{
    uint32_t length = cur_be32(in);
    const uint8_t *start = in->pos;
    int32_t xid = (int32_t)cur_be32(in);
    int32_t error;
    uint32_t value;

    cur_skip(in, 8);
    error = (int32_t)cur_be32(in);
    if (length < REPLY_HEAD || length > FRAME_MAX || xid < XID_FIRST)
        cur_fail(in);
    if (error > 0 || error < ERROR_FIRST - 64)
        cur_fail(in);
    if (in->state == CUR_OK && !reply_judge(p, s, length, xid, error, matched))
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    value = reply_take(p, s, length, xid, error, in);
    if (in->state != CUR_OK)
        return 0;
    s->rest[DIR_SERVER] = length - (uint32_t)(in->pos - start) - value;
    return value ? walk_body(p, in, value, BUFFER_BODY, BUFFER_WHOLE) : 0;
}

/* ---- both ---- */

uint64_t zkc_step(struct parse *p, struct zkc_state *s, struct cursor *in, bool *matched)
{
    uint32_t rest = s->rest[p->dir];

    if (rest) {
        s->rest[p->dir] = 0;
        return walk_pass(in, rest);
    }
    if (opening_step(p, s, in, matched))
        return 0;
    return p->dir == DIR_CLIENT ? request_step(p, s, in, matched) : reply_step(p, s, in, matched);
}

static bool probe_opening(struct cursor body, uint32_t length, enum dir from)
{
    if (!is_connect(length, from))
        return false;
    (void)opening_read(&body, from);
    return body.state != CUR_BAD;
}

static bool probe_frame(struct cursor *in, uint32_t length, enum dir from)
{
    int32_t xid = (int32_t)cur_be32(in);
    int32_t op = (int32_t)cur_be32(in);

    if (xid < XID_FIRST || length < (from == DIR_CLIENT ? 8 : REPLY_HEAD))
        return false;
    return from == DIR_SERVER || in->state != CUR_OK || operation_of(op);
}

bool zkc_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t length = cur_be32(&in);

    if (first.p[0] != 0 || (first.n > 1 && first.p[1] > FRAME_MAX >> 16))
        return false;
    if (in.state != CUR_OK)
        return true;
    if (length > FRAME_MAX)
        return false;
    return probe_opening(in, length, from) || probe_frame(&in, length, from);
}
