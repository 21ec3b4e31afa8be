/* SPDX-License-Identifier: Apache-2.0 */
#include "support/consul_rpc.h"
#include "support/msgpack.h"

enum {
    KEY_MOST = 64,
    METHOD_MOST = 128,
    TEXT_MOST = 4096,
    PAIRS_MOST = 64,
};

/* "Catalog.ListNodes": two words of letters and digits. */
static bool is_method(struct span text)
{
    size_t dot = span_index(text, '.');

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i], small = c | 0x20;

        if (c != '.' && (small < 'a' || small > 'z') && (c < '0' || c > '9'))
            return false;
    }
    return dot > 0 && dot + 1 < text.n && text.p[0] >= 'A' && text.p[0] <= 'Z';
}

void consul_call_read(struct cursor *c, struct consul_call *call)
{
    uint32_t pairs = mp_map(c, 3);
    bool numbered = false;

    *call = (struct consul_call){.answer = pairs == 3};
    for (uint32_t i = 0; i < pairs && c->state == CUR_OK; i++) {
        struct span key = mp_text(c, KEY_MOST);

        if (span_equal(key, SPAN("Seq"))) {
            call->sequence = mp_number(c);
            numbered = true;
        } else if (span_equal(key, SPAN("ServiceMethod"))) {
            call->method = mp_text(c, METHOD_MOST);
        } else if (call->answer && span_equal(key, SPAN("Error"))) {
            call->error = mp_text(c, TEXT_MOST);
        } else {
            cur_fail(c);
        }
    }
    if (c->state == CUR_OK && (!numbered || !is_method(call->method)))
        cur_fail(c);
}

static bool has(struct span text, struct span part)
{
    for (; text.n >= part.n; text = span_from(text, 1)) {
        if (span_starts(text, part))
            return true;
    }
    return false;
}

static uint64_t key_of(uint32_t stream, uint64_t sequence)
{
    return (uint64_t)stream << 32 | (uint32_t)sequence;
}

void consul_call_report(struct parse *p, uint32_t stream, const struct consul_call *call)
{
    parse_tx_key(p, call->answer ? TX_REPLY : TX_REQUEST, key_of(stream, call->sequence));
    if (!call->answer) {
        parse_text(p, FIELD_CONSUL_KIND, "call");
        parse_field(p, FIELD_CONSUL_METHOD, call->method);
        parse_uint(p, FIELD_CONSUL_SEQUENCE, call->sequence);
        return;
    }
    if (call->error.n == 0)
        return;
    parse_field(p, FIELD_CONSUL_ERROR, call->error);
    if (has(call->error, SPAN("Permission denied")) || has(call->error, SPAN("ACL not found")))
        parse_refused(p, "Consul refuses a call", call->method);
}

void consul_call_done(struct parse *p, uint32_t stream, uint64_t sequence)
{
    parse_tx_key(p, TX_DONE, key_of(stream, sequence));
}

/* Which field a key of the arguments, or of a map inside of them, is. */
static enum field field_of(struct span key, struct span inside)
{
    static const struct {
        const char *inside, *key;
        enum field field;
    } known[] = {
        {"", "Datacenter", FIELD_CONSUL_DATACENTER},  {"", "Node", FIELD_CONSUL_NODE},
        {"", "ServiceName", FIELD_CONSUL_SERVICE},    {"", "Key", FIELD_CONSUL_KEY},
        {"Service", "Service", FIELD_CONSUL_SERVICE}, {"DirEnt", "Key", FIELD_CONSUL_KEY},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_equal(key, span_text(known[i].key)) &&
            span_equal(inside, span_text(known[i].inside)))
            return known[i].field;
    return FIELD_COUNT;
}

static void pair_report(struct parse *p, struct cursor *c, struct span key, struct span inside)
{
    enum field field = field_of(key, inside);
    struct span text;

    if (mp_kind_of(cur_peek(c)) != MP_TEXT) {
        mp_pass(c);
        return;
    }
    text = mp_text(c, SIZE_MAX);
    if (c->state != CUR_OK || text.n == 0)
        return;
    if (field != FIELD_COUNT && text.n <= TEXT_MOST)
        parse_field(p, field, text);
    else if (span_equal(inside, SPAN("DirEnt")) && span_equal(key, SPAN("Value")))
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, text);
}

/* A map two levels of which are looked at. */
void consul_arguments_report(struct parse *p, struct cursor c)
{
    uint32_t pairs = mp_map(&c, PAIRS_MOST);

    for (uint32_t i = 0; i < pairs && c.state == CUR_OK; i++) {
        struct span key = mp_text(&c, KEY_MOST);
        bool entered = span_equal(key, SPAN("Service")) || span_equal(key, SPAN("DirEnt"));
        uint32_t inner = 0;

        if (!entered || mp_kind_of(cur_peek(&c)) != MP_MAP) {
            pair_report(p, &c, key, span_of("", 0));
            continue;
        }
        inner = mp_map(&c, PAIRS_MOST);
        for (uint32_t j = 0; j < inner && c.state == CUR_OK; j++)
            pair_report(p, &c, mp_text(&c, KEY_MOST), key);
    }
}

/* ---- others ---- */

void consul_raft_read(struct cursor c, struct consul_raft *r)
{
    static const char *const keys[] = {
        "Addr",   "Candidate",         "Entries",      "LastLogIndex", "LastLogTerm",
        "Leader", "LeaderCommitIndex", "PrevLogEntry", "PrevLogTerm",  "ProtocolVersion"};
    uint32_t pairs = mp_map(&c, PAIRS_MOST);

    *r = (struct consul_raft){.leader = span_of("", 0)};
    for (uint32_t i = 0; i < pairs && c.state == CUR_OK; i++) {
        struct span key = mp_text(&c, KEY_MOST);
        bool text = mp_kind_of(cur_peek(&c)) == MP_TEXT;

        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            r->known += span_equal(key, span_text(keys[k]));
        if (span_equal(key, SPAN("Term"))) {
            r->term = mp_number(&c);
            r->known += c.state == CUR_OK;
        } else if (span_equal(key, SPAN("Size"))) {
            r->size = mp_number(&c);
        } else if (span_equal(key, SPAN("Leader")) && text) {
            r->leader = mp_text(&c, KEY_MOST);
        } else {
            mp_pass(&c);
        }
    }
}

void consul_snapshot_read(struct cursor *c, struct span *datacenter, uint64_t *op)
{
    uint32_t pairs = mp_map(c, PAIRS_MOST);
    unsigned known = 0;

    for (uint32_t i = 0; i < pairs && c->state == CUR_OK; i++) {
        struct span key = mp_text(c, KEY_MOST);

        if (span_equal(key, SPAN("Datacenter"))) {
            *datacenter = mp_text(c, TEXT_MOST);
            known |= 1;
        } else if (span_equal(key, SPAN("Op"))) {
            *op = mp_number(c);
            known |= 2;
        } else {
            mp_pass(c);
        }
    }
    if (c->state == CUR_OK && known != 3)
        cur_fail(c);
}
