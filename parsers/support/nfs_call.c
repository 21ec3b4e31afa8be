/* SPDX-License-Identifier: Apache-2.0
 *
 * Port mapper, mounting, versions 2 and 3 of NFS.
 */
#include "support/nfs_call.h"

enum {
    NAME_MOST = 255,
    PATH_MOST = 1024,
    HANDLE_2 = 32,
    HANDLE_3 = 64,
    ATTRIBUTES_3 = 84,
    ADDRESS_MOST = 64,
    GETPORT = 3,
    GETADDR = 3,
    MNT = 1,
    UMNT = 3,
    ACCESS_DENIED = 13,
};

static void put(struct parse *p, const struct cursor *c, enum field f, struct span value)
{
    if (c->state == CUR_OK && value.n)
        parse_field(p, f, value);
}

/* ---- port mapper ---- */

static void put_program(struct parse *p, uint32_t number)
{
    const char *name = rpc_program_name(rpc_service_of(number));

    if (name)
        parse_text(p, FIELD_RPC_MAP_PROGRAM, name);
    else
        parse_uint(p, FIELD_RPC_MAP_NUMBER, number);
}

static void portmap_call(struct parse *p, uint32_t version, uint32_t procedure, struct cursor *c)
{
    uint32_t program, asked, transport;

    if (procedure == 0 || procedure > GETPORT)
        return;
    program = cur_be32(c);
    asked = cur_be32(c);
    if (c->state != CUR_OK)
        return;
    put_program(p, program);
    parse_uint(p, FIELD_RPC_MAP_VERSION, asked);
    if (version == 2) {
        transport = cur_be32(c);
        if (c->state == CUR_OK && (transport == 6 || transport == 17))
            parse_text(p, FIELD_RPC_MAP_TRANSPORT, transport == 6 ? "tcp" : "udp");
        return;
    }
    put(p, c, FIELD_RPC_MAP_TRANSPORT, rpc_opaque(c, ADDRESS_MOST));
}

static void portmap_reply(struct parse *p, uint32_t version, uint32_t procedure, struct cursor *c)
{
    uint32_t port;

    if (version == 2 && procedure == GETPORT) {
        port = cur_be32(c);
        if (c->state == CUR_OK)
            parse_uint(p, FIELD_RPC_MAP_PORT, port);
    } else if (version > 2 && procedure == GETADDR) {
        put(p, c, FIELD_RPC_MAP_ADDRESS, rpc_opaque(c, ADDRESS_MOST));
    }
}

/* ---- NFS 2 and 3 ---- */

static void skip_handle(struct cursor *c, uint32_t version)
{
    if (version == 2)
        cur_skip(c, HANDLE_2);
    else
        (void)rpc_opaque(c, HANDLE_3);
}

/* A directory and a name in it. */
static struct span entry(struct cursor *c, uint32_t version)
{
    skip_handle(c, version);
    return rpc_opaque(c, NAME_MOST);
}

static void put_rename(struct parse *p, struct cursor *c, uint32_t version)
{
    put(p, c, FIELD_RPC_RENAME_FROM, entry(c, version));
    put(p, c, FIELD_RPC_RENAME_TO, entry(c, version));
}

static void put_link(struct parse *p, struct cursor *c, uint32_t version)
{
    skip_handle(c, version);
    put(p, c, FIELD_RPC_FILE, entry(c, version));
}

static uint32_t data_length(struct cursor *c)
{
    uint32_t n = cur_be32(c);

    return c->state == CUR_OK ? n : 0;
}

static uint32_t nfs2_call(struct parse *p, uint32_t procedure, struct cursor *c)
{
    switch (procedure) {
    case 4:  /* LOOKUP */
    case 9:  /* CREATE */
    case 10: /* REMOVE */
    case 13: /* SYMLINK */
    case 14: /* MKDIR */
    case 15: /* RMDIR */
        put(p, c, FIELD_RPC_FILE, entry(c, 2));
        break;
    case 11: /* RENAME */
        put_rename(p, c, 2);
        break;
    case 12: /* LINK */
        put_link(p, c, 2);
        break;
    case 8: /* WRITE: handle, three offsets, data */
        cur_skip(c, HANDLE_2 + 12);
        return data_length(c);
    default:
        break;
    }
    return 0;
}

static uint32_t nfs3_call(struct parse *p, uint32_t procedure, struct cursor *c)
{
    switch (procedure) {
    case 3:  /* LOOKUP */
    case 8:  /* CREATE */
    case 9:  /* MKDIR */
    case 10: /* SYMLINK */
    case 11: /* MKNOD */
    case 12: /* REMOVE */
    case 13: /* RMDIR */
        put(p, c, FIELD_RPC_FILE, entry(c, 3));
        break;
    case 14: /* RENAME */
        put_rename(p, c, 3);
        break;
    case 15: /* LINK */
        put_link(p, c, 3);
        break;
    case 7: /* WRITE: handle, offset(8), count, how stable, data */
        skip_handle(c, 3);
        cur_skip(c, 16);
        return data_length(c);
    default:
        break;
    }
    return 0;
}

static uint32_t put_status(struct parse *p, struct cursor *c)
{
    uint32_t status = cur_be32(c);
    const char *name = rpc_status_name(status);

    if (c->state != CUR_OK)
        return UINT32_MAX;
    if (name)
        parse_text(p, FIELD_RPC_STATUS, name);
    else
        parse_uint(p, FIELD_RPC_STATUS_NUMBER, status);
    return status;
}

/* Data of a READ, behind the attributes of the file. */
static uint32_t read_data(uint32_t version, struct cursor *c)
{
    if (version == 2) {
        cur_skip(c, 68);
        return data_length(c);
    }
    if (cur_be32(c))
        cur_skip(c, ATTRIBUTES_3);
    cur_skip(c, 8);
    return data_length(c);
}

/* ---- all ---- */

uint32_t nfs_call_report(struct parse *p, const struct nfs_procedure *of, struct cursor *c)
{
    if (of->service == RPC_PORTMAP)
        portmap_call(p, of->version, of->number, c);
    if (of->service == RPC_MOUNT && (of->number == MNT || of->number == UMNT))
        put(p, c, FIELD_RPC_FILE, rpc_opaque(c, PATH_MOST));
    if (of->service != RPC_NFS || of->number == 0)
        return 0;
    if (of->version == 4)
        return nfs4_call_report(p, c);
    return of->version == 2 ? nfs2_call(p, of->number, c) : nfs3_call(p, of->number, c);
}

uint32_t nfs_reply_report(struct parse *p, const struct nfs_procedure *of, struct cursor *c)
{
    if (of->service == RPC_PORTMAP)
        portmap_reply(p, of->version, of->number, c);
    if (of->service == RPC_MOUNT && of->number == MNT && put_status(p, c) == ACCESS_DENIED)
        parse_refused(p, "NFS mount refused", span_of("", 0));
    if (of->service != RPC_NFS || of->number == 0)
        return 0;
    if (of->version == 4)
        return nfs4_reply_report(p, c);
    if (put_status(p, c) == 0 && of->number == 6)
        return read_data(of->version, c);
    return 0;
}
