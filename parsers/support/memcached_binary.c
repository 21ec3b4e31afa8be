/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached_binary: see memcached_binary.h.
 */
#include "support/memcached_binary.h"
#include "support/walk.h"

enum {
    BODY_MAX = 21 << 20, /* a document of 20 MiB and what stands before it */
    KEY_MAX = 1024,
    VALUE_WINDOW = 1024, /* of values that are read */
    DATATYPE_MAX = 7,
    DATATYPE_JSON = 1,
    VBUCKETS = 1024,
    FEATURE_COLLECTIONS = 0x12,
    ANY = 255,
};

enum magic {
    REQUEST = 0x80,
    RESPONSE = 0x81,
    FLEX_REQUEST = 0x08,
    FLEX_RESPONSE = 0x18,
    SERVER_REQUEST = 0x82,
    CLIENT_RESPONSE = 0x83,
};

enum trait {
    KEYED = 1,
    KEYLESS = 2,
    SILENT = 4,
    COUCH = 8,
    SECRET = 16,
};

enum opcode {
    OP_FLUSH = 0x08,
    OP_VERSION = 0x0b,
    OP_STAT = 0x10,
    OP_FLUSHQ = 0x18,
    OP_HELLO = 0x1f,
    OP_SASL_AUTH = 0x21,
    OP_SASL_STEP = 0x22,
    OP_DCP_OPEN = 0x50,
    OP_SELECT_BUCKET = 0x89,
};

enum status {
    STATUS_OK = 0x00,
    STATUS_AUTH_ERROR = 0x20,
    STATUS_AUTH_CONTINUE = 0x21,
    STATUS_NO_ACCESS = 0x24,
};

struct operation {
    const char *name;
    uint8_t extras;
    uint8_t traits;
};

static const struct operation operations[256] = {
#define OP(code, name, extras, traits) [code] = {name, extras, traits},
#include "support/memcached_ops.def"
#undef OP
};

/* clang-format off */
static const char *const status_names[] = {
    "success", "key_not_found", "key_exists", "too_large", "invalid_arguments", "not_stored",
    "delta_bad_value", "not_my_vbucket", "no_bucket", "locked",
    [0x1f] = "auth_stale", "auth_error", "auth_continue", "range_error", "rollback", "no_access",
    "not_initialized",
    [0x81] = "unknown_command", "out_of_memory", "not_supported", "internal_error", "busy",
    "temporary_failure",
};
/* clang-format on */

struct header {
    uint8_t magic, opcode, framing, extras, datatype;
    uint16_t key, status; /* or vbucket */
    uint32_t body, opaque;
};

static bool asks(uint8_t magic)
{
    return magic == REQUEST || magic == FLEX_REQUEST || magic == SERVER_REQUEST;
}

static bool is_flexible(uint8_t magic)
{
    return magic == FLEX_REQUEST || magic == FLEX_RESPONSE;
}

/* Who says what. On a DCP connection both sides ask and answer. */
static bool magic_fits(uint8_t magic, enum dir from, bool dcp)
{
    switch (magic) {
    case REQUEST:
    case FLEX_REQUEST:
        return from == DIR_CLIENT || dcp;
    case RESPONSE:
    case FLEX_RESPONSE:
        return from == DIR_SERVER || dcp;
    case SERVER_REQUEST:
        return from == DIR_SERVER;
    case CLIENT_RESPONSE:
        return from == DIR_CLIENT;
    default:
        return false;
    }
}

static void header_read(struct cursor *in, struct header *h)
{
    uint16_t key;

    h->magic = cur_u8(in);
    h->opcode = cur_u8(in);
    key = cur_be16(in);
    h->framing = is_flexible(h->magic) ? (uint8_t)(key >> 8) : 0;
    h->key = is_flexible(h->magic) ? key & 0xff : key;
    h->extras = cur_u8(in);
    h->datatype = cur_u8(in);
    h->status = cur_be16(in);
    h->body = cur_be32(in);
    h->opaque = cur_be32(in);
    cur_skip(in, 8);
}

static bool lengths_fit(const struct header *h)
{
    return h->body <= BODY_MAX && h->key <= KEY_MAX && h->datatype <= DATATYPE_MAX &&
           (uint32_t)h->framing + h->extras + h->key <= h->body;
}

/* As exact as who does not know yet whose bytes these are has to be. */
static bool request_fits(const struct header *h)
{
    const struct operation *op = &operations[h->opcode];

    if (is_flexible(h->magic) && h->framing == 0)
        return false;
    if ((op->traits & KEYED && h->key == 0) || (op->traits & KEYLESS && h->key > 0))
        return false;
    return op->name && (op->extras == ANY || op->extras == h->extras) && h->status < VBUCKETS;
}

static bool response_fits(const struct header *h)
{
    return operations[h->opcode].name && h->status < 0x100 && h->key <= 250;
}

bool mcb_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    struct header h;

    if (!magic_fits(first.p[0], from, false) || first.p[0] >= SERVER_REQUEST)
        return false;
    if (first.n > 1 && !operations[first.p[1]].name)
        return false;
    if (first.n > 5 && first.p[5] > DATATYPE_MAX)
        return false;
    header_read(&in, &h);
    if (in.state != CUR_OK)
        return true;
    return lengths_fit(&h) && (asks(h.magic) ? request_fits(&h) : response_fits(&h));
}

/* ---- requests that wait ---- */

/* How many requests wait before the one that is answered here; all of them when none is. Some
 * clients give all requests the same number. */
static unsigned open_find(const struct mcb_state *s, const struct header *h)
{
    const struct open_calls *o = &s->open;
    unsigned n = 0;

    while (n < o->count &&
           (o->id[(o->first + n) % OPEN_CALLS] != h->opaque || open_call_op(o, n) != h->opcode))
        n++;
    return n;
}

/* ---- both ---- */

static void couchbase_see(struct parse *p, struct mcb_state *s, const struct header *h)
{
    bool is = operations[h->opcode].traits & COUCH || is_flexible(h->magic) ||
              h->magic >= SERVER_REQUEST || h->datatype & DATATYPE_JSON;

    if (!is || s->couchbase)
        return;
    s->couchbase = true;
    parse_app(p, APP_COUCHBASE);
    parse_product(p, PRODUCT_COUCHBASE);
}

static void status_report(struct parse *p, uint16_t status)
{
    const char *name =
        status < sizeof(status_names) / sizeof(status_names[0]) ? status_names[status] : NULL;
    static const char digits[] = "0123456789abcdef";
    const char text[4] = {'0', 'x', digits[status >> 4 & 15], digits[status & 15]};

    if (name)
        parse_text(p, FIELD_MEMCACHED_STATUS, name);
    else
        parse_field(p, FIELD_MEMCACHED_STATUS, span_of(text, sizeof(text)));
}

/* ---- client ---- */

/* A document's key behind the number of its collection (LEB128). */
static struct span key_of(const struct mcb_state *s, const struct header *h, struct span key)
{
    size_t n = 0;

    if (!s->collections || !(operations[h->opcode].traits & KEYED) || h->opcode == OP_DCP_OPEN ||
        operations[h->opcode].traits & SECRET)
        return key;
    while (n < key.n && key.p[n] & 0x80)
        n++;
    return span_from(key, n + 1);
}

/* {"a":"what it is","i":"which connection"}, or only what it is. */
static struct span agent_of(struct span key)
{
    static const char mark[] = "\"a\":\"";
    size_t at = 0;

    if (key.n == 0 || key.p[0] != '{')
        return key;
    while (at < key.n && !span_starts(span_from(key, at), SPAN(mark)))
        at++;
    key = span_from(key, at + sizeof(mark) - 1);
    return span_first(key, span_index(key, '"'));
}

static void login_report(struct parse *p, struct mcb_state *s, const struct header *h,
                         struct span mechanism, struct span value)
{
    if (h->opcode == OP_SASL_AUTH) {
        sasl_begin(&s->sasl, mechanism);
        s->user.n = 0;
    }
    sasl_response(&s->sasl, value, &s->user);
    parse_field(p, FIELD_MEMCACHED_MECHANISM, mechanism);
    if (s->user.n)
        parse_field(p, FIELD_MEMCACHED_USER, dialogue_kept(&s->user));
}

static void request_report(struct parse *p, struct mcb_state *s, const struct header *h,
                           struct span key, struct span value)
{
    const char *name = operations[h->opcode].name;

    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MEMCACHED_OPERATION, name ? name : "unknown");
    if (operations[h->opcode].traits & SECRET)
        login_report(p, s, h, key, value);
    else if (h->opcode == OP_HELLO)
        parse_field(p, FIELD_MEMCACHED_AGENT, agent_of(key));
    else if (h->opcode == OP_SELECT_BUCKET)
        parse_field(p, FIELD_MEMCACHED_BUCKET, key);
    else if (key.n)
        parse_field(p, FIELD_MEMCACHED_KEY, key_of(s, h, key));
    open_calls_add(p, &s->open, h->opaque, h->opcode);
}

static void request_judge(struct parse *p, struct cursor *in, const struct header *h, bool *matched)
{
    if (*matched)
        return;
    if (!request_fits(h)) {
        cur_fail(in);
        return;
    }
    parse_proof(p, PROOF_FAIR);
    *matched = true;
}

static void request_take(struct parse *p, struct mcb_state *s, const struct header *h,
                         struct span key, struct span value)
{
    request_report(p, s, h, key, value);
    if (h->opcode == OP_DCP_OPEN)
        s->dcp = true;
    if ((h->opcode == OP_FLUSH || h->opcode == OP_FLUSHQ) && !parse_addr_internal(p, DIR_CLIENT))
        parse_note(p, "memcached flush of all items");
}

/* ---- server ---- */

static void features_see(struct mcb_state *s, struct span value)
{
    struct cursor list = cur_of(value);

    while (cur_left(&list) >= 2)
        if (cur_be16(&list) == FEATURE_COLLECTIONS)
            s->collections = true;
}

static void refusal_see(struct parse *p, const struct mcb_state *s, uint16_t status)
{
    struct span who = dialogue_kept(&s->user);

    if (status == STATUS_AUTH_ERROR)
        parse_refused(
            p, s->couchbase ? "Couchbase refuses the login" : "memcached refuses the login", who);
    else if (status == STATUS_NO_ACCESS)
        parse_refused(p, "Couchbase refuses a right", who);
}

static void response_judge(struct parse *p, const struct mcb_state *s, struct cursor *in,
                           const struct header *h, bool *matched)
{
    if (!*matched && !response_fits(h)) {
        cur_fail(in);
        return;
    }
    parse_proof(p, open_find(s, h) < s->open.count ? PROOF_CERTAIN : PROOF_FAIR);
    *matched = true;
}

/* Statistics are many answers to one question; the last has no key. */
static void response_take(struct parse *p, struct mcb_state *s, const struct header *h,
                          struct span value)
{
    unsigned before = open_find(s, h);

    refusal_see(p, s, h->status);
    if (h->opcode == OP_HELLO && h->status == STATUS_OK)
        features_see(s, value);
    if (before == s->open.count || (h->opcode == OP_STAT && h->key && h->status == STATUS_OK))
        return;
    open_calls_take(p, &s->open, before);
    if (h->opcode == OP_VERSION && h->status == STATUS_OK)
        parse_field(p, FIELD_MEMCACHED_VERSION, value);
    status_report(p, h->status);
    parse_tx(p, TX_DONE);
}

/* How much of the value is read, and not only handed on. */
static size_t value_window(const struct header *h)
{
    if (h->opcode == OP_HELLO || h->opcode == OP_VERSION || operations[h->opcode].traits & SECRET)
        return VALUE_WINDOW;
    return 0;
}

uint64_t mcb_step(struct parse *p, struct mcb_state *s, struct cursor *in, bool *matched)
{
    struct header h;
    struct span key, text;
    size_t window, value;

    header_read(in, &h);
    if (in->state != CUR_OK)
        return 0;
    if (!magic_fits(h.magic, p->dir, s->dcp) || !lengths_fit(&h)) {
        cur_fail(in);
        return 0;
    }
    cur_skip(in, (size_t)h.framing + h.extras);
    key = cur_span(in, h.key);
    value = (size_t)h.body - h.framing - h.extras - h.key;
    window = value < value_window(&h) ? value : value_window(&h);
    text = cur_span(in, window);
    if (in->state != CUR_OK)
        return 0;
    if (asks(h.magic))
        request_judge(p, in, &h, matched);
    else
        response_judge(p, s, in, &h, matched);
    if (in->state != CUR_OK)
        return 0;
    couchbase_see(p, s, &h);
    if (!asks(h.magic))
        response_take(p, s, &h, text);
    else if (p->dir == DIR_CLIENT)
        request_take(p, s, &h, key, text);
    if (window || value == 0)
        return walk_pass(in, value - window);
    return walk_body(p, in, value, BUFFER_BODY, BUFFER_WHOLE);
}
