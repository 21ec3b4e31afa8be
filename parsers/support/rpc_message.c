/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rpc_message.h"

enum {
    CALL = 0,
    REPLY = 1,
    RPC_VERSION = 2,
    FLAVOR_MOST = 6,
    FLAVOR_GSS_OLD = 300001,
    AUTH_BODY_MOST = 400,
    PROGRAM_FIRST = 100000,
    OUTCOME_MOST = 5,
    DENIED_MOST = 1,
};

struct procedures {
    const char *const *names;
    uint32_t count;
};

struct program {
    uint32_t number;
    uint8_t service;
    uint8_t version_least, version_most;
    uint8_t procedure_most;
};

static const struct program programs[] = {
    {100000, RPC_PORTMAP, 2, 4, 12}, {100003, RPC_NFS, 2, 4, 21},   {100004, RPC_YP, 1, 2, 11},
    {100005, RPC_MOUNT, 1, 3, 7},    {100011, RPC_QUOTAS, 1, 2, 4}, {100021, RPC_LOCKS, 1, 4, 23},
    {100024, RPC_STATUS, 1, 1, 6},   {100227, RPC_ACLS, 1, 4, 4},
};

static const struct program *program_find(uint32_t number)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (programs[i].number == number)
            return &programs[i];
    return NULL;
}

enum rpc_service rpc_service_of(uint32_t program)
{
    const struct program *p = program_find(program);

    return p ? (enum rpc_service)p->service : RPC_UNKNOWN;
}

bool rpc_call_known(const struct rpc_head *h)
{
    const struct program *p = program_find(h->program);

    return p && h->version >= p->version_least && h->version <= p->version_most &&
           h->procedure <= p->procedure_most;
}

/* ---- names ---- */

const char *rpc_program_name(enum rpc_service service)
{
    static const char *const names[RPC_SERVICES] = {
        [RPC_PORTMAP] = "portmap", [RPC_NFS] = "nfs",       [RPC_MOUNT] = "mount",
        [RPC_LOCKS] = "nlm",       [RPC_STATUS] = "status", [RPC_ACLS] = "nfs_acl",
        [RPC_QUOTAS] = "rquota",   [RPC_YP] = "ypserv",
    };

    return names[service];
}

static const char *const portmap[] = {"NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT"};
static const char *const rpcbind[] = {
    "NULL",        "SET",         "UNSET",       "GETADDR",  "DUMP",        "BCAST",   "GETTIME",
    "UADDR2TADDR", "TADDR2UADDR", "GETVERSADDR", "INDIRECT", "GETADDRLIST", "GETSTAT",
};
static const char *const nfs2[] = {
    "NULL",   "GETATTR", "SETATTR", "ROOT", "LOOKUP",  "READLINK", "READ",  "WRITECACHE", "WRITE",
    "CREATE", "REMOVE",  "RENAME",  "LINK", "SYMLINK", "MKDIR",    "RMDIR", "READDIR",    "STATFS",
};
static const char *const nfs3[] = {
    "NULL",    "GETATTR",     "SETATTR", "LOOKUP", "ACCESS",   "READLINK", "READ",   "WRITE",
    "CREATE",  "MKDIR",       "SYMLINK", "MKNOD",  "REMOVE",   "RMDIR",    "RENAME", "LINK",
    "READDIR", "READDIRPLUS", "FSSTAT",  "FSINFO", "PATHCONF", "COMMIT",
};
static const char *const nfs4[] = {"NULL", "COMPOUND"};
static const char *const mount[] = {
    "NULL", "MNT", "DUMP", "UMNT", "UMNTALL", "EXPORT", "EXPORTALL", "PATHCONF",
};
static const char *const locks[] = {
    "NULL", "TEST", "LOCK", "CANCEL", "UNLOCK", "GRANTED",
};

#define TABLE(names)                                                                               \
    (struct procedures)                                                                            \
    {                                                                                              \
        (names), sizeof(names) / sizeof((names)[0])                                                \
    }

static struct procedures procedures_of(enum rpc_service service, uint32_t version)
{
    switch (service) {
    case RPC_PORTMAP:
        return version == 2 ? TABLE(portmap) : TABLE(rpcbind);
    case RPC_NFS:
        return version == 2 ? TABLE(nfs2) : version == 3 ? TABLE(nfs3) : TABLE(nfs4);
    case RPC_MOUNT:
        return TABLE(mount);
    case RPC_LOCKS:
        return TABLE(locks);
    default:
        return (struct procedures){NULL, 0};
    }
}

const char *rpc_procedure_name(enum rpc_service service, uint32_t version, uint32_t procedure)
{
    struct procedures known = procedures_of(service, version);

    return procedure < known.count ? known.names[procedure] : NULL;
}

const char *rpc_outcome_name(const struct rpc_head *h)
{
    static const char *const accepted[] = {
        "ACCEPTED", "PROG_UNAVAIL", "PROG_MISMATCH", "PROC_UNAVAIL", "GARBAGE_ARGS", "SYSTEM_ERR",
    };
    static const char *const denied[] = {"RPC_MISMATCH", "AUTH_ERROR"};

    return h->denied ? denied[h->outcome] : accepted[h->outcome];
}

const char *rpc_status_name(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *name;
    } names[] = {
        {0, "OK"},
        {1, "ERR_PERM"},
        {2, "ERR_NOENT"},
        {5, "ERR_IO"},
        {6, "ERR_NXIO"},
        {13, "ERR_ACCESS"},
        {17, "ERR_EXIST"},
        {18, "ERR_XDEV"},
        {19, "ERR_NODEV"},
        {20, "ERR_NOTDIR"},
        {21, "ERR_ISDIR"},
        {22, "ERR_INVAL"},
        {27, "ERR_FBIG"},
        {28, "ERR_NOSPC"},
        {30, "ERR_ROFS"},
        {63, "ERR_NAMETOOLONG"},
        {66, "ERR_NOTEMPTY"},
        {69, "ERR_DQUOT"},
        {70, "ERR_STALE"},
        {10001, "ERR_BADHANDLE"},
        {10004, "ERR_NOTSUPP"},
        {10006, "ERR_SERVERFAULT"},
        {10008, "ERR_DELAY"},
        {10013, "ERR_GRACE"},
        {10016, "ERR_WRONGSEC"},
        {10021, "ERR_MINOR_VERS_MISMATCH"},
        {10022, "ERR_STALE_CLIENTID"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].status == status)
            return names[i].name;
    return NULL;
}

/* ---- heads ---- */

struct span rpc_opaque(struct cursor *c, size_t most)
{
    uint32_t n = cur_be32(c);
    struct span bytes;

    if (c->state == CUR_OK && n > most)
        cur_fail(c);
    bytes = cur_span(c, n);
    cur_skip(c, -(size_t)n & 3);
    return bytes;
}

static uint32_t read_flavor(struct cursor *c)
{
    uint32_t flavor = cur_be32(c);

    if (c->state == CUR_OK && flavor > FLAVOR_MOST && flavor != FLAVOR_GSS_OLD)
        cur_fail(c);
    return flavor;
}

static void read_call(struct cursor *c, struct rpc_head *h)
{
    if (cur_be32(c) != RPC_VERSION)
        cur_fail(c);
    h->program = cur_be32(c);
    h->version = cur_be32(c);
    h->procedure = cur_be32(c);
    if (h->program < PROGRAM_FIRST)
        cur_fail(c);
    h->flavor = read_flavor(c);
    h->credentials = rpc_opaque(c, AUTH_BODY_MOST);
    (void)read_flavor(c);
    (void)rpc_opaque(c, AUTH_BODY_MOST);
}

static void read_reply(struct cursor *c, struct rpc_head *h)
{
    uint32_t denied = cur_be32(c);

    if (denied > 1)
        cur_fail(c);
    h->denied = denied;
    if (!denied) {
        (void)read_flavor(c);
        (void)rpc_opaque(c, AUTH_BODY_MOST);
    }
    h->outcome = cur_be32(c);
    if (h->outcome > (denied ? DENIED_MOST : OUTCOME_MOST))
        cur_fail(c);
}

struct rpc_head rpc_head_read(struct cursor *c)
{
    struct rpc_head h = {.xid = cur_be32(c)};
    uint32_t type = cur_be32(c);

    h.reply = type == REPLY;
    if (type == CALL)
        read_call(c, &h);
    else if (type == REPLY)
        read_reply(c, &h);
    else
        cur_fail(c);
    return h;
}

bool rpc_head_begins(struct span first)
{
    struct cursor c = cur_of(first);

    (void)rpc_head_read(&c);
    return c.state != CUR_BAD;
}
