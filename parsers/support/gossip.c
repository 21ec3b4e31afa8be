/* SPDX-License-Identifier: Apache-2.0 */
#include "support/gossip.h"
#include "support/msgpack.h"

enum {
    PAIRS_MOST = 24,
    KEY_MOST = 32,
    TEXT_MOST = 512,
    META_MOST = 2048,
    TAGS_MARK = 0xff,
};

#define BIT(key) (1u << GK_##key)

/* What each type has at least. */
static const struct {
    const char *name;
    uint16_t needs; /* 0: it is no map */
} types[GOSSIP_TYPES] = {
    [GOSSIP_PING] = {"ping", BIT(SEQUENCE) | BIT(NODE)},
    [GOSSIP_INDIRECT_PING] = {"indirect-ping", BIT(SEQUENCE) | BIT(NODE) | BIT(TARGET)},
    [GOSSIP_ACK] = {"ack", BIT(SEQUENCE)},
    [GOSSIP_SUSPECT] = {"suspect", BIT(INCARNATION) | BIT(NODE) | BIT(FROM)},
    [GOSSIP_ALIVE] = {"alive", BIT(INCARNATION) | BIT(NODE) | BIT(ADDRESS)},
    [GOSSIP_DEAD] = {"dead", BIT(INCARNATION) | BIT(NODE) | BIT(FROM)},
    [GOSSIP_PUSH_PULL] = {"push-pull", BIT(NODES) | BIT(USER_STATE)},
    [GOSSIP_COMPOUND] = {"compound", 0},
    [GOSSIP_USER] = {"user", BIT(USER_LENGTH)},
    [GOSSIP_COMPRESSED] = {"compressed", 0},
    [GOSSIP_ENCRYPTED] = {"encrypted", 0},
    [GOSSIP_NACK] = {"nack", BIT(SEQUENCE)},
    [GOSSIP_CHECKSUM] = {"checksum", 0},
    [GOSSIP_ERROR] = {"error", BIT(ERROR)},
    [GOSSIP_NODE] = {"node", BIT(NODE) | BIT(ADDRESS) | BIT(INCARNATION) | BIT(STATE)},
};

static const struct {
    const char *name;
    enum gossip_key key;
} keys[] = {
    {"SeqNo", GK_SEQUENCE},          {"Node", GK_NODE},    {"Name", GK_NODE},
    {"Incarnation", GK_INCARNATION}, {"Addr", GK_ADDRESS}, {"From", GK_FROM},
    {"Target", GK_TARGET},           {"Meta", GK_META},    {"Nodes", GK_NODES},
    {"UserStateLen", GK_USER_STATE}, {"Join", GK_JOIN},    {"State", GK_STATE},
    {"UserMsgLen", GK_USER_LENGTH},  {"Error", GK_ERROR},  {"Port", GK_PORT},
};

static enum gossip_key key_of(struct span name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (span_equal(name, span_text(keys[i].name)))
            return keys[i].key;
    return GOSSIP_KEYS;
}

static void read_number(struct cursor *c, enum gossip_key key, struct gossip_map *m)
{
    uint64_t *const to[GOSSIP_KEYS] = {
        [GK_SEQUENCE] = &m->sequence,
        [GK_INCARNATION] = &m->incarnation,
        [GK_NODES] = &m->nodes,
        [GK_USER_STATE] = &m->user_state,
        [GK_USER_LENGTH] = &m->user_length,
        [GK_STATE] = &m->state,
        [GK_PORT] = &m->port,
    };

    if (to[key])
        *to[key] = mp_number(c);
}

/* Absent bytes are written as nil. */
static struct span text_or_nil(struct cursor *c)
{
    if (mp_kind_of(cur_peek(c)) != MP_NIL)
        return mp_text(c, META_MOST);
    mp_pass(c);
    return span_of("", 0);
}

static void read_value(struct cursor *c, enum gossip_key key, struct gossip_map *m)
{
    switch (key) {
    case GK_NODE:
        m->node = mp_text(c, TEXT_MOST);
        break;
    case GK_ADDRESS:
        m->address = text_or_nil(c);
        break;
    case GK_FROM:
        m->from = mp_text(c, TEXT_MOST);
        break;
    case GK_TARGET:
        m->target = text_or_nil(c);
        break;
    case GK_META:
        m->meta = text_or_nil(c);
        break;
    case GK_ERROR:
        m->error = mp_text(c, META_MOST);
        break;
    case GK_JOIN:
        m->join = mp_bool(c);
        break;
    case GOSSIP_KEYS:
        mp_pass(c);
        break;
    default:
        read_number(c, key, m);
    }
}

void gossip_map_read(struct cursor *c, enum gossip_type type, struct gossip_map *m)
{
    uint32_t pairs;

    *m = (struct gossip_map){.type = (uint8_t)type};
    pairs = mp_map(c, PAIRS_MOST);
    if (c->state == CUR_OK && types[type].needs == 0)
        cur_fail(c);
    for (uint32_t i = 0; i < pairs && c->state == CUR_OK; i++) {
        struct span name = mp_text(c, KEY_MOST);
        enum gossip_key key = key_of(name);

        if (c->state == CUR_OK && (name.n == 0 || !span_printable(name)))
            cur_fail(c);
        read_value(c, key, m);
        m->known = (uint16_t)(m->known | (key < GOSSIP_KEYS ? 1u << key : 0));
    }
    if (c->state == CUR_OK && (m->known & types[type].needs) != types[type].needs)
        cur_fail(c);
}

bool gossip_tags_read(struct span meta, struct gossip_tags *t)
{
    struct cursor c = cur_of(meta);
    uint32_t pairs;

    *t = (struct gossip_tags){.role = span_of("", 0)};
    if (cur_u8(&c) != TAGS_MARK)
        return false;
    pairs = mp_map(&c, META_MOST);
    for (uint32_t i = 0; i < pairs && c.state == CUR_OK; i++) {
        struct span name = mp_text(&c, META_MOST);
        struct span value = mp_text(&c, META_MOST);

        if (span_equal(name, SPAN("role")))
            t->role = value;
        else if (span_equal(name, SPAN("dc")))
            t->datacenter = value;
        else if (span_equal(name, SPAN("build")))
            t->build = value;
    }
    return c.state == CUR_OK;
}

void gossip_serf_read(struct cursor *c, struct gossip_serf *m)
{
    static const char *const names[] = {
        "leave",          "join",     "push-pull", "user-event",   "query",
        "query-response", "conflict", "keys",      "key-response", "relay",
    };
    uint8_t type = cur_u8(c);
    uint32_t pairs = mp_map(c, PAIRS_MOST);
    bool timed = false;

    *m = (struct gossip_serf){.node = span_of("", 0), .event = span_of("", 0)};
    if (type < sizeof names / sizeof names[0])
        m->type = names[type];
    else
        cur_fail(c);
    for (uint32_t i = 0; i < pairs && c->state == CUR_OK; i++) {
        struct span key = mp_text(c, KEY_MOST);

        if (span_equal(key, SPAN("Node")) && mp_kind_of(cur_peek(c)) == MP_TEXT)
            m->node = mp_text(c, TEXT_MOST);
        else if (span_equal(key, SPAN("Name")))
            m->event = mp_text(c, TEXT_MOST);
        else
            mp_pass(c);
        timed = timed || span_equal(key, SPAN("LTime"));
    }
    if (c->state == CUR_OK && (!timed || c->pos != c->end))
        cur_fail(c);
}

struct span gossip_label_read(struct cursor *c)
{
    struct span label;

    if (cur_peek(c) != GOSSIP_LABEL)
        return span_of("", 0);
    cur_skip(c, 1);
    label = cur_span(c, cur_u8(c));
    if (c->state == CUR_OK && (label.n == 0 || !span_printable(label)))
        cur_fail(c);
    return label;
}

/* {"Algo": 0, "Buf": bytes} */
struct span gossip_packed_read(struct cursor *c, size_t most, uint64_t *n)
{
    uint32_t pairs;
    struct mp_item item;

    cur_skip(c, 1);
    pairs = mp_map(c, 2);
    if (c->state == CUR_OK && pairs != 2)
        cur_fail(c);
    if (!span_equal(mp_text(c, KEY_MOST), SPAN("Algo")) || mp_number(c) != 0 ||
        !span_equal(mp_text(c, KEY_MOST), SPAN("Buf")))
        cur_fail(c);
    item = mp_head(c);
    if (c->state == CUR_OK && (item.kind != MP_TEXT || item.n < 2))
        cur_fail(c);
    *n = item.n > most ? item.n : 0;
    return cur_span(c, *n ? 0 : (size_t)item.n);
}

bool gossip_begins(struct span first)
{
    if (first.p[0] >= GOSSIP_NODE || types[first.p[0]].needs == 0)
        return false;
    return first.n == 1 || (first.p[1] > 0x80 && first.p[1] < 0x90);
}

const char *gossip_type_name(enum gossip_type type)
{
    return types[type].name;
}
