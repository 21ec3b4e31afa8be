/* SPDX-License-Identifier: Apache-2.0
 *
 * mongo_message: see mongo_message.h.
 */
#include "support/mongo_message.h"

#include "support/bson.h"

enum { NAMESPACE_MAX = 255 };

static const struct mongo_opcode opcodes[] = {
    {MONGO_REPLY, DIR_SERVER, "fiiii", NULL},
    {MONGO_UPDATE, DIR_CLIENT, "zcf", "update"},
    {MONGO_INSERT, DIR_CLIENT, "fc", "insert"},
    {MONGO_QUERY, DIR_CLIENT, "fcii", "query"},
    {MONGO_GET_MORE, DIR_CLIENT, "zciii", "getMore"},
    {MONGO_DELETE, DIR_CLIENT, "zcf", "delete"},
    {MONGO_KILL_CURSORS, DIR_CLIENT, "zi", "killCursors"},
    {MONGO_COMMAND, DIR_CLIENT, "cc", NULL},
    {MONGO_COMMAND_REPLY, DIR_SERVER, "", NULL},
};

const struct mongo_opcode *mongo_opcode_find(uint32_t number, enum dir from)
{
    for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++)
        if (opcodes[i].number == number && opcodes[i].from == from)
            return &opcodes[i];
    return NULL;
}

static bool is_opcode(uint32_t number, enum dir from)
{
    return number == MONGO_MSG || number == MONGO_COMPRESSED ||
           mongo_opcode_find(number, from) != NULL;
}

struct mongo_message mongo_head_read(enum dir from, struct cursor *in)
{
    struct mongo_message m = {.length = cur_le32(in),
                              .id = cur_le32(in),
                              .answers = cur_le32(in),
                              .opcode = cur_le32(in),
                              .silent = false};

    if (in->state != CUR_OK)
        return m;
    if (m.length < MONGO_HEAD || m.length > MONGO_MESSAGE_MAX || !is_opcode(m.opcode, from))
        cur_fail(in);
    /* Some clients say "none" with all bits. */
    if (from == DIR_CLIENT && m.answers != 0 && m.answers != UINT32_MAX)
        cur_fail(in);
    return m;
}

static struct span namespace_read(struct cursor *c)
{
    struct span name = cur_until(c, 0, NAMESPACE_MAX);

    if (c->state == CUR_OK && (name.n == 0 || name.p[0] < ' '))
        cur_fail(c);
    return name;
}

/* Up to the documents. The names found, database and collection or command. */
void mongo_layout_read(struct cursor *c, const char *layout, struct span names[2])
{
    for (unsigned n = 0; *layout; layout++) {
        if (*layout == 'c') {
            names[n++] = namespace_read(c);
        } else {
            uint32_t value = cur_le32(c);

            if ((*layout == 'z' && value) || (*layout == 'f' && value > UINT8_MAX))
                cur_fail(c);
        }
    }
}

/* ---- proof: how a message begins ---- */

static void section_test(struct cursor *c, uint32_t most)
{
    uint8_t kind = cur_u8(c);
    uint32_t size;

    if (kind == 0 && bson_test(c, most - 1) == BSON_SMALLEST)
        cur_fail(c);
    if (kind == 0)
        return;
    size = cur_le32(c);
    if (kind != 1 || size < BSON_SMALLEST || size > most)
        cur_fail(c);
    if (!span_printable(cur_until(c, 0, MONGO_SECTION_NAME)))
        cur_fail(c);
}

static void msg_test(struct cursor *c, uint32_t most)
{
    uint32_t flags = cur_le32(c);

    if ((flags & MONGO_FLAGS_REQUIRED) & ~(uint32_t)(MONGO_FLAG_CHECKSUM | MONGO_FLAG_MORE))
        cur_fail(c);
    if (most < 4 + 1 + BSON_SMALLEST)
        cur_fail(c);
    section_test(c, most - 4);
}

static void packed_test(struct cursor *c, enum dir from)
{
    uint32_t opcode = cur_le32(c);
    uint32_t size = cur_le32(c);
    uint8_t packer = cur_u8(c);

    if (opcode == MONGO_COMPRESSED || !is_opcode(opcode, from) || size > MONGO_MESSAGE_MAX ||
        packer >= MONGO_PACKED_COUNT)
        cur_fail(c);
}

/* Could this body be one of the message's? */
static void body_test(enum dir from, const struct mongo_message *m, struct cursor *c)
{
    const struct mongo_opcode *op = mongo_opcode_find(m->opcode, from);
    uint32_t most = m->length - MONGO_HEAD;
    struct span names[2];

    if (m->opcode == MONGO_MSG) {
        msg_test(c, most);
    } else if (m->opcode == MONGO_COMPRESSED) {
        packed_test(c, from);
    } else if (op) {
        mongo_layout_read(c, op->layout, names);
        if (m->opcode == MONGO_GET_MORE || m->opcode == MONGO_KILL_CURSORS ||
            (m->opcode == MONGO_REPLY && most == 20))
            return;
        (void)bson_test(c, most);
    }
}

/* The same for what is here of it. */
void mongo_message_test(enum dir from, const struct mongo_message *m, struct cursor *in)
{
    struct span here = span_first(cur_look(in), m->length - MONGO_HEAD);
    struct cursor c = cur_of(here);

    if (in->state != CUR_OK)
        return;
    body_test(from, m, &c);
    if (c.state == CUR_SHORT && here.n < m->length - MONGO_HEAD)
        cur_short(in, c.need);
    else if (c.state != CUR_OK)
        cur_fail(in);
}
