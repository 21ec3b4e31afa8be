/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rpc_session.h"

#include "support/nfs_call.h"

enum { MACHINE_MOST = 255 };

/* Both sides may call; their numbers are independent of each other. */
static uint64_t key_of(enum dir caller, uint32_t xid)
{
    return (uint64_t)xid << 1 | caller;
}

static void remember(struct rpc_session *s, enum dir from, const struct rpc_head *h)
{
    unsigned at = s->next++ % RPC_OPEN;

    s->open[at].xid = h->xid;
    s->open[at].service = (uint8_t)rpc_service_of(h->program);
    s->open[at].version = h->version < UINT8_MAX ? (uint8_t)h->version : UINT8_MAX;
    s->open[at].procedure = h->procedure < UINT8_MAX ? (uint8_t)h->procedure : UINT8_MAX;
    s->open[at].from = (uint8_t)from;
}

/* What a reply of this sender answers. */
static bool take(struct rpc_session *s, enum dir from, uint32_t xid, struct nfs_procedure *of)
{
    for (unsigned i = 0; i < RPC_OPEN; i++) {
        if (s->open[i].xid != xid || s->open[i].from == from || s->open[i].version == 0)
            continue;
        of->service = (enum rpc_service)s->open[i].service;
        of->version = s->open[i].version;
        of->number = s->open[i].procedure;
        s->open[i].version = 0;
        return true;
    }
    return false;
}

/* ---- calls ---- */

static void put_unix(struct parse *p, struct span credentials)
{
    struct cursor c = cur_of(credentials);
    struct span machine;
    uint32_t user, group;

    cur_skip(&c, 4);
    machine = rpc_opaque(&c, MACHINE_MOST);
    user = cur_be32(&c);
    group = cur_be32(&c);
    if (c.state != CUR_OK)
        return;
    if (machine.n)
        parse_field(p, FIELD_RPC_MACHINE, machine);
    parse_uint(p, FIELD_RPC_USER, user);
    parse_uint(p, FIELD_RPC_GROUP, group);
}

static void put_credentials(struct parse *p, const struct rpc_head *h)
{
    static const char *const names[] = {
        [RPC_AUTH_NONE] = "NULL", [RPC_AUTH_UNIX] = "UNIX",      [RPC_AUTH_SHORT] = "SHORT",
        [RPC_AUTH_DES] = "DES",   [RPC_AUTH_GSS] = "RPCSEC_GSS",
    };
    bool known = h->flavor < sizeof names / sizeof names[0] && names[h->flavor];

    parse_text(p, FIELD_RPC_AUTH, known ? names[h->flavor] : "UNKNOWN");
    if (h->flavor == RPC_AUTH_UNIX)
        put_unix(p, h->credentials);
}

static void name_session(struct parse *p, enum rpc_service service)
{
    if (service == RPC_NFS || service == RPC_MOUNT || service == RPC_ACLS)
        parse_app(p, APP_NFS);
}

static uint32_t call(struct parse *p, const struct rpc_head *h, struct cursor *rest)
{
    enum rpc_service service = rpc_service_of(h->program);
    const char *program = rpc_program_name(service);
    const char *procedure = rpc_procedure_name(service, h->version, h->procedure);
    struct nfs_procedure of = {service, h->version, h->procedure};

    name_session(p, service);
    parse_tx_key(p, TX_REQUEST, key_of(p->dir, h->xid));
    if (program)
        parse_text(p, FIELD_RPC_PROGRAM, program);
    else
        parse_uint(p, FIELD_RPC_NUMBER, h->program);
    parse_uint(p, FIELD_RPC_VERSION, h->version);
    if (procedure)
        parse_text(p, FIELD_RPC_PROCEDURE, procedure);
    else
        parse_uint(p, FIELD_RPC_PROCEDURE_NUMBER, h->procedure);
    parse_uint(p, FIELD_RPC_XID, h->xid);
    put_credentials(p, h);
    if (h->flavor == RPC_AUTH_GSS) /* the arguments may be sealed */
        return 0;
    return nfs_call_report(p, &of, rest);
}

/* ---- replies ---- */

static uint32_t reply(struct parse *p, const struct rpc_head *h, const struct nfs_procedure *of,
                      struct cursor *rest)
{
    uint64_t key = key_of(1 - p->dir, h->xid);
    uint32_t data = 0;

    parse_tx_key(p, TX_REPLY, key);
    parse_text(p, FIELD_RPC_OUTCOME, rpc_outcome_name(h));
    if (h->denied && h->outcome == 1)
        parse_refused(p, "RPC server refuses credentials", span_of("", 0));
    if (!h->denied && h->outcome == 0 && of->version)
        data = nfs_reply_report(p, of, rest);
    parse_tx_key(p, TX_DONE, key);
    return data;
}

uint32_t rpc_message(struct parse *p, struct rpc_session *s, const struct rpc_head *h,
                     struct cursor *rest)
{
    struct nfs_procedure of = {RPC_UNKNOWN, 0, 0};
    enum proof proof = PROOF_FAIR;

    if (!h->reply)
        proof = rpc_call_known(h) ? PROOF_STRONG : PROOF_FAIR;
    else if (take(s, p->dir, h->xid, &of))
        proof = PROOF_CERTAIN;
    else if (!s->called) /* a number, a one, zeros: that alone says little */
        proof = PROOF_WEAK;
    parse_proof(p, proof);
    s->matched = true;
    if (h->reply)
        return reply(p, h, &of, rest);
    s->called = true;
    remember(s, p->dir, h);
    return call(p, h, rest);
}
