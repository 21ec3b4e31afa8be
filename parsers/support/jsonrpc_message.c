/* SPDX-License-Identifier: Apache-2.0 */
#include "support/jsonrpc_message.h"

enum { PARAMETERS_MOST = 32 };

static void member_keep(struct jsonrpc_message *m, const struct json_item *item)
{
    const struct slot {
        struct span name;
        struct json_item *item;
    } slots[] = {
        {SPAN("jsonrpc"), &m->version}, {SPAN("id"), &m->id},         {SPAN("method"), &m->method},
        {SPAN("params"), &m->params},   {SPAN("result"), &m->result}, {SPAN("error"), &m->error},
    };

    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
        if (json_says(item->key, slots[i].name)) {
            *slots[i].item = *item;
            return;
        }
    if (json_says(item->key, SPAN("worker")))
        m->worker = item->text;
    else
        m->strange = true;
}

struct jsonrpc_message jsonrpc_read(struct cursor members)
{
    struct jsonrpc_message m = {.worker = span_of(members.pos, 0)};
    struct json_item item;

    while (json_member(&members, &item))
        member_keep(&m, &item);
    return m;
}

static bool is_id(const struct json_item *id)
{
    return id->kind == '"' || id->kind == 'n' || id->kind == '-' ||
           (id->kind >= '0' && id->kind <= '9');
}

static bool is_method(const struct json_item *method)
{
    return method->kind == '"' && method->text.n && method->text.n <= JSONRPC_METHOD_MOST &&
           span_printable(method->text);
}

static bool has_version(const struct jsonrpc_message *m)
{
    return json_says(m->version.text, SPAN("2.0")) || json_says(m->version.text, SPAN("1.0"));
}

static bool has_parameters(const struct jsonrpc_message *m)
{
    return m->params.kind == '[' || m->params.kind == '{';
}

static bool is_pool_method(struct span method)
{
    return span_starts(method, SPAN("mining."));
}

static enum proof request_proof(const struct jsonrpc_message *m)
{
    if (!is_method(&m->method) || (m->params.kind && !has_parameters(m) && m->params.kind != 'n'))
        return PROOF_NONE;
    if (has_version(m) || (is_pool_method(m->method.text) && has_parameters(m)))
        return PROOF_STRONG;
    return m->id.kind && has_parameters(m) && !m->strange ? PROOF_FAIR : PROOF_NONE;
}

static enum proof answer_proof(const struct jsonrpc_message *m)
{
    if (!m->id.kind || (!m->result.kind && !m->error.kind))
        return PROOF_NONE;
    if (has_version(m))
        return PROOF_STRONG;
    if (m->strange)
        return PROOF_NONE;
    return m->result.kind && m->error.kind ? PROOF_FAIR : PROOF_WEAK;
}

enum proof jsonrpc_proof(const struct jsonrpc_message *m)
{
    if ((m->version.kind && !has_version(m)) || (m->id.kind && !is_id(&m->id)))
        return PROOF_NONE;
    return jsonrpc_is_request(m) ? request_proof(m) : answer_proof(m);
}

bool jsonrpc_refuses(const struct jsonrpc_message *m)
{
    return (m->error.kind && m->error.kind != 'n') || m->result.kind == 'f';
}

/* ---- mining ---- */

static struct cursor inside(const struct json_item *item)
{
    return cur_of(span_from(item->text, 1));
}

/* mining.authorize [user.worker, password], mining.subscribe [agent, ...] */
static struct span first_parameter(const struct jsonrpc_message *m)
{
    struct cursor in = inside(&m->params);
    struct json_item item;

    if (m->params.kind == '[' && json_element(&in, &item) && item.kind == '"')
        return item.text;
    return span_of(in.pos, 0);
}

/* "wallet.worker" */
static void user_split(struct jsonrpc_miner *miner, struct span user)
{
    size_t dot = span_index(user, '.');

    miner->user = span_first(user, dot);
    if (miner->worker.n == 0)
        miner->worker = span_from(user, dot + 1);
}

/* Stratum of Monero: login {login, pass, agent, rigid}, job {blob, job_id, target}. */
static void named_parameters(const struct jsonrpc_message *m, struct jsonrpc_miner *miner)
{
    bool is_login = json_says(m->method.text, SPAN("login"));
    bool is_job = json_says(m->method.text, SPAN("job"));
    struct span user = span_of(m->params.text.p, 0);
    struct cursor in = inside(&m->params);
    bool blob = false, target = false;
    struct json_item item;

    if (m->params.kind != '{' || (!is_login && !is_job))
        return;
    for (int i = 0; i < PARAMETERS_MOST && json_member(&in, &item); i++) {
        blob = blob || json_says(item.key, SPAN("blob"));
        target = target || json_says(item.key, SPAN("target"));
        if (item.kind != '"' || !is_login)
            continue;
        if (json_says(item.key, SPAN("login")))
            user = item.text;
        else if (json_says(item.key, SPAN("agent")))
            miner->agent = item.text;
        else if (json_says(item.key, SPAN("rigid")))
            miner->worker = item.text;
    }
    miner->mines = is_login ? user.n && miner->agent.n : blob && target;
    miner->logs_in = is_login && user.n;
    if (miner->logs_in)
        user_split(miner, user);
}

struct jsonrpc_miner jsonrpc_miner_of(const struct jsonrpc_message *m)
{
    static const char *const ethereum[] = {"eth_submitLogin", "eth_login", "eth_getWork",
                                           "eth_submitWork", "eth_submitHashrate"};
    struct span none = span_of(m->worker.p, 0);
    struct jsonrpc_miner miner = {.user = none, .agent = none, .worker = m->worker};
    struct span method = m->method.text;

    if (m->method.kind != '"')
        return miner;
    miner.mines = is_pool_method(method);
    for (size_t i = 0; i < sizeof(ethereum) / sizeof(ethereum[0]); i++)
        miner.mines = miner.mines || json_says(method, span_text(ethereum[i]));
    if (json_says(method, SPAN("mining.subscribe")))
        miner.agent = first_parameter(m);
    miner.logs_in = json_says(method, SPAN("mining.authorize")) ||
                    json_says(method, SPAN("eth_submitLogin")) ||
                    json_says(method, SPAN("eth_login"));
    if (miner.logs_in || json_says(method, SPAN("mining.submit")))
        user_split(&miner, first_parameter(m));
    named_parameters(m, &miner);
    return miner;
}
