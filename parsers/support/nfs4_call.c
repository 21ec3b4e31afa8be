/* SPDX-License-Identifier: Apache-2.0
 *
 * Compounds of NFS 4.0 to 4.2 (RFC 7530 section 16, RFC 8881 section 18, RFC 7862): one operation
 * after the other, each with its arguments, as far as their form is known.
 */
#include "support/nfs_call.h"

enum {
    TAG_MOST = 1024,
    NAME_MOST = 255,
    HANDLE_MOST = 128,
    OWNER_MOST = 1024,
    BITMAP_MOST = 8,
    OPERATIONS_MOST = 64,
    OP_CREATE = 6,
    OP_OPEN = 18,
    OP_READ = 25,
    OP_RENAME = 29,
    OP_WRITE = 38,
    OPEN_CREATE = 1,
    CREATE_EXCLUSIVE = 2,
    CREATE_EXCLUSIVE_WITH = 3,
    CLAIM_NULL = 0,
    TYPE_BLOCK = 3,
    TYPE_CHARACTER = 4,
    TYPE_LINK = 5,
};

/* Arguments and results: w 4 bytes, d 8, s 16, n a name, h a handle, b a bitmap, a attributes (a
 * bitmap and bytes). NULL: not known, what follows cannot be found. */
struct operation {
    const char *name;
    const char *arguments;
    const char *results;
};

static const struct operation operations[] = {
    [3] = {"ACCESS", "w", "ww"},
    [4] = {"CLOSE", "ws", "s"},
    [5] = {"COMMIT", "dw", "d"},
    [OP_CREATE] = {"CREATE", NULL, NULL},
    [7] = {"DELEGPURGE", "d", ""},
    [8] = {"DELEGRETURN", "s", ""},
    [9] = {"GETATTR", "b", "a"},
    [10] = {"GETFH", "", "h"},
    [11] = {"LINK", "n", "wdd"},
    [12] = {"LOCK", NULL, NULL},
    [13] = {"LOCKT", NULL, NULL},
    [14] = {"LOCKU", "wwsdd", "s"},
    [15] = {"LOOKUP", "n", ""},
    [16] = {"LOOKUPP", "", ""},
    [17] = {"NVERIFY", "a", ""},
    [OP_OPEN] = {"OPEN", NULL, NULL},
    [19] = {"OPENATTR", "w", ""},
    [20] = {"OPEN_CONFIRM", "sw", "s"},
    [21] = {"OPEN_DOWNGRADE", "swww", "s"},
    [22] = {"PUTFH", "h", ""},
    [23] = {"PUTPUBFH", "", ""},
    [24] = {"PUTROOTFH", "", ""},
    [OP_READ] = {"READ", "sdw", NULL},
    [26] = {"READDIR", "ddwwb", NULL},
    [27] = {"READLINK", "", NULL},
    [28] = {"REMOVE", "n", "wdd"},
    [OP_RENAME] = {"RENAME", NULL, "wddwdd"},
    [30] = {"RENEW", "d", ""},
    [31] = {"RESTOREFH", "", ""},
    [32] = {"SAVEFH", "", ""},
    [33] = {"SECINFO", "n", NULL},
    [34] = {"SETATTR", "sa", "b"},
    [35] = {"SETCLIENTID", NULL, NULL},
    [36] = {"SETCLIENTID_CONFIRM", "dd", ""},
    [37] = {"VERIFY", "a", ""},
    [OP_WRITE] = {"WRITE", NULL, "wwd"},
    [39] = {"RELEASE_LOCKOWNER", NULL, ""},
    [40] = {"BACKCHANNEL_CTL", NULL, ""},
    [41] = {"BIND_CONN_TO_SESSION", "sww", "sww"},
    [42] = {"EXCHANGE_ID", NULL, NULL},
    [43] = {"CREATE_SESSION", NULL, NULL},
    [44] = {"DESTROY_SESSION", "s", ""},
    [45] = {"FREE_STATEID", "s", ""},
    [47] = {"GETDEVICEINFO", NULL, NULL},
    [49] = {"LAYOUTCOMMIT", NULL, NULL},
    [50] = {"LAYOUTGET", NULL, NULL},
    [51] = {"LAYOUTRETURN", NULL, NULL},
    [52] = {"SECINFO_NO_NAME", "w", NULL},
    [53] = {"SEQUENCE", "swwww", "swwwww"},
    [55] = {"TEST_STATEID", NULL, NULL},
    [57] = {"DESTROY_CLIENTID", "d", ""},
    [58] = {"RECLAIM_COMPLETE", "w", ""},
    [59] = {"ALLOCATE", "sdd", ""},
    [60] = {"COPY", NULL, NULL},
    [62] = {"DEALLOCATE", "sdd", ""},
    [69] = {"SEEK", "sdw", "wd"},
};

static const struct operation *operation_find(uint32_t number)
{
    bool known = number < sizeof operations / sizeof operations[0] && operations[number].name;

    return known ? &operations[number] : NULL;
}

static void skip_bitmap(struct cursor *c)
{
    uint32_t words = cur_be32(c);

    if (c->state == CUR_OK && words > BITMAP_MOST)
        cur_fail(c);
    cur_skip(c, words * (size_t)4);
}

static void skip_attributes(struct cursor *c)
{
    skip_bitmap(c);
    (void)rpc_opaque(c, UINT16_MAX);
}

static void put_name(struct parse *p, struct cursor *c, enum field f)
{
    struct span name = rpc_opaque(c, NAME_MOST);

    if (c->state == CUR_OK && name.n)
        parse_field(p, f, name);
}

/* Passes over what the letters say, and tells the names among it. */
static void pass(struct parse *p, struct cursor *c, const char *form)
{
    for (; *form && c->state == CUR_OK; form++)
        switch (*form) {
        case 'w':
            cur_skip(c, 4);
            break;
        case 'd':
            cur_skip(c, 8);
            break;
        case 's':
            cur_skip(c, 16);
            break;
        case 'n':
            put_name(p, c, FIELD_RPC_FILE);
            break;
        case 'h':
            (void)rpc_opaque(c, HANDLE_MOST);
            break;
        case 'b':
            skip_bitmap(c);
            break;
        default:
            skip_attributes(c);
            break;
        }
}

static void skip_open_how(struct cursor *c)
{
    uint32_t mode;

    if (cur_be32(c) != OPEN_CREATE)
        return;
    mode = cur_be32(c);
    if (mode == CREATE_EXCLUSIVE || mode == CREATE_EXCLUSIVE_WITH)
        cur_skip(c, 8);
    if (mode != CREATE_EXCLUSIVE)
        skip_attributes(c);
}

/* Number, access, deny, owner, how, and by what claim; the usual one is a name. True: read. */
static bool open_call(struct parse *p, struct cursor *c)
{
    cur_skip(c, 12 + 8);
    (void)rpc_opaque(c, OWNER_MOST);
    skip_open_how(c);
    if (cur_be32(c) != CLAIM_NULL || c->state != CUR_OK)
        return false;
    put_name(p, c, FIELD_RPC_FILE);
    return true;
}

static bool create_call(struct parse *p, struct cursor *c)
{
    uint32_t type = cur_be32(c);

    if (type == TYPE_LINK)
        (void)rpc_opaque(c, OWNER_MOST);
    if (type == TYPE_BLOCK || type == TYPE_CHARACTER)
        cur_skip(c, 8);
    put_name(p, c, FIELD_RPC_FILE);
    skip_attributes(c);
    return true;
}

/* True: what comes next can be found. */
static bool read_arguments(struct parse *p, uint32_t number, const struct operation *op,
                           struct cursor *c)
{
    switch (number) {
    case OP_OPEN:
        return open_call(p, c);
    case OP_CREATE:
        return create_call(p, c);
    case OP_RENAME:
        put_name(p, c, FIELD_RPC_RENAME_FROM);
        put_name(p, c, FIELD_RPC_RENAME_TO);
        return true;
    default:
        break;
    }
    if (op->arguments == NULL)
        return false;
    pass(p, c, op->arguments);
    return true;
}

uint32_t nfs4_call_report(struct parse *p, struct cursor *c)
{
    uint32_t count, minor;

    (void)rpc_opaque(c, TAG_MOST);
    minor = cur_be32(c);
    count = cur_be32(c);
    if (c->state != CUR_OK)
        return 0;
    parse_uint(p, FIELD_RPC_MINOR, minor);
    for (uint32_t i = 0; i < count && i < OPERATIONS_MOST; i++) {
        uint32_t number = cur_be32(c);
        const struct operation *op = operation_find(number);

        if (c->state != CUR_OK || op == NULL)
            return 0;
        parse_text(p, FIELD_RPC_OPERATION, op->name);
        if (number == OP_WRITE) {
            cur_skip(c, 16 + 8 + 4);
            return c->state == CUR_OK ? cur_be32(c) : 0;
        }
        if (!read_arguments(p, number, op, c) || c->state != CUR_OK)
            return 0;
    }
    return 0;
}

uint32_t nfs4_reply_report(struct parse *p, struct cursor *c)
{
    uint32_t status = cur_be32(c), count;
    const char *name = rpc_status_name(status);

    if (c->state != CUR_OK)
        return 0;
    if (name)
        parse_text(p, FIELD_RPC_STATUS, name);
    else
        parse_uint(p, FIELD_RPC_STATUS_NUMBER, status);
    (void)rpc_opaque(c, TAG_MOST);
    count = cur_be32(c);
    for (uint32_t i = 0; i < count && i < OPERATIONS_MOST; i++) {
        uint32_t number = cur_be32(c);
        const struct operation *op = operation_find(number);

        if (cur_be32(c) != 0 || c->state != CUR_OK || op == NULL)
            return 0;
        if (number == OP_READ) {
            cur_skip(c, 4);
            return c->state == CUR_OK ? cur_be32(c) : 0;
        }
        if (op->results == NULL)
            return 0;
        pass(p, c, op->results);
    }
    return 0;
}
