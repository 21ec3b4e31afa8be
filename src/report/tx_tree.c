/* SPDX-License-Identifier: Apache-2.0
 *
 * A path names few children per object, so children are looked for one after another; of a list
 * only the newest element matters. So the cost of a transaction is linear in its fields.
 */
#include "report/tx_tree.h"

#include "base/ipaddr.h"

#include <stdlib.h>

enum node_kind { NODE_OBJECT, NODE_LIST, NODE_VALUE };

enum { ROOT = 0, NONE = 0 }; /* the root is nobody's child */

struct tx_node {
    struct span name;
    struct tx_field field; /* of a value */
    uint32_t first, last, next;
    enum node_kind kind;
};

/* One step of a path: "name" or "name[]". */
struct step {
    struct span name;
    bool list;
};

void tx_tree_fini(struct tx_tree *t)
{
    free(t->nodes);
    *t = (struct tx_tree){0};
}

void tx_tree_reset(struct tx_tree *t)
{
    t->count = 0;
}

static struct step step_next(struct span *path)
{
    size_t n = span_index(*path, '.');
    struct step s = {.name = span_first(*path, n)};

    *path = span_from(*path, n + 1);
    if (s.name.n > 2 && s.name.p[s.name.n - 1] == ']') {
        s.name.n -= 2;
        s.list = true;
    }
    return s;
}

static bool reserve(struct tx_tree *t, size_t n)
{
    size_t room = t->room ? t->room : 64;
    struct tx_node *more;

    while (room - t->count < n)
        room *= 2;
    if (room == t->room)
        return true;
    more = realloc(t->nodes, room * sizeof *more);
    if (more == NULL)
        return false;
    t->nodes = more;
    t->room = room;
    return true;
}

static uint32_t child_find(const struct tx_tree *t, uint32_t parent, struct span name)
{
    uint32_t at = t->nodes[parent].first;

    while (at != NONE && !span_equal(t->nodes[at].name, name))
        at = t->nodes[at].next;
    return at;
}

static uint32_t child_add(struct tx_tree *t, uint32_t parent, struct span name, enum node_kind kind)
{
    uint32_t at = (uint32_t)t->count++;

    t->nodes[at] = (struct tx_node){.name = name, .kind = kind};
    if (t->nodes[parent].last != NONE)
        t->nodes[t->nodes[parent].last].next = at;
    else
        t->nodes[parent].first = at;
    t->nodes[parent].last = at;
    return at;
}

/* Is there already something at this path below an object? */
static bool path_taken(const struct tx_tree *t, uint32_t at, struct span path)
{
    while (path.n > 0) {
        struct step s = step_next(&path);

        at = child_find(t, at, s.name);
        if (at == NONE || s.list)
            return false;
    }
    return true;
}

static uint32_t child_enter(struct tx_tree *t, uint32_t parent, struct span name,
                            enum node_kind kind)
{
    uint32_t at = child_find(t, parent, name);

    return at != NONE ? at : child_add(t, parent, name, kind);
}

/* The object that the rest of the path goes into: the newest element, or a new one. */
static uint32_t element_enter(struct tx_tree *t, uint32_t list, struct span rest)
{
    uint32_t last = t->nodes[list].last;

    if (last != NONE && !path_taken(t, last, rest))
        return last;
    return child_add(t, list, SPAN(""), NODE_OBJECT);
}

bool tx_tree_add(struct tx_tree *t, const struct tx_field *field)
{
    struct span path = span_text(field_path(field->field));
    uint32_t at = ROOT;

    /* Every step makes at most two nodes; a path has fewer steps than letters. */
    if (!reserve(t, 2 * path.n + 1))
        return false;
    if (t->count == 0)
        t->nodes[t->count++] = (struct tx_node){.kind = NODE_OBJECT};
    while (path.n > 0) {
        struct step s = step_next(&path);

        if (s.list) {
            at = child_enter(t, at, s.name, NODE_LIST);
            at = path.n > 0 ? element_enter(t, at, path) : child_add(t, at, SPAN(""), NODE_VALUE);
        } else {
            at = child_enter(t, at, s.name, path.n > 0 ? NODE_OBJECT : NODE_VALUE);
        }
    }
    t->nodes[at].field = *field; /* said twice: the later one stands */
    return true;
}

static uint64_t value_number(struct span value)
{
    uint64_t number = 0;

    memcpy(&number, value.p, value.n < sizeof number ? value.n : sizeof number);
    return number;
}

static void write_address(struct json_out *out, struct span value)
{
    char text[IPADDR_TEXT];
    struct ipaddr a;

    if (value.n == 4)
        a = ipaddr_v4(value.p);
    else if (value.n == 16)
        a = ipaddr_v6(value.p);
    else
        return json_hex(out, value);
    json_text(out, span_of(text, ipaddr_text(&a, text)));
}

static void write_value(struct json_out *out, const struct tx_field *f)
{
    switch (field_kind(f->field)) {
    case FIELD_STR:
        return json_text(out, f->value);
    case FIELD_UINT:
        return json_uint(out, value_number(f->value));
    case FIELD_BOOL:
        return json_truth(out, value_number(f->value));
    case FIELD_IP:
        return write_address(out, f->value);
    case FIELD_HEX:
        return json_hex(out, f->value);
    }
}

/* Depth is that of the paths in fields.def. */
static void write_node(const struct tx_tree *t, struct json_out *out, uint32_t at)
{
    const struct tx_node *node = &t->nodes[at];

    if (node->kind == NODE_VALUE)
        return write_value(out, &node->field);
    json_open(out, node->kind == NODE_LIST ? '[' : '{');
    for (uint32_t child = node->first; child != NONE; child = t->nodes[child].next) {
        if (node->kind == NODE_OBJECT)
            json_key(out, t->nodes[child].name);
        write_node(t, out, child);
    }
    json_close(out, node->kind == NODE_LIST ? ']' : '}');
}

/* The children of the root: but for our own object, or of that. */
static void write_children(const struct tx_tree *t, struct json_out *out, uint32_t at)
{
    for (uint32_t child = t->nodes[at].first; child != NONE; child = t->nodes[child].next) {
        if (at == ROOT && span_equal(t->nodes[child].name, SPAN(TX_TREE_OWN)))
            continue;
        json_key(out, t->nodes[child].name);
        write_node(t, out, child);
    }
}

void tx_tree_write(const struct tx_tree *t, struct json_out *out, const char *key)
{
    json_key(out, span_text(key));
    json_open(out, '{');
    if (t->count > 0)
        write_children(t, out, ROOT);
    json_close(out, '}');
}

void tx_tree_write_own(const struct tx_tree *t, struct json_out *out)
{
    uint32_t own = t->count > 0 ? child_find(t, ROOT, SPAN(TX_TREE_OWN)) : NONE;

    if (own != NONE)
        write_children(t, out, own);
}
