/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_etcd.h"

#include "support/http_path.h"

#include <nettle/base64.h>

enum { KEY_MOST = BASE64_DECODE_LENGTH(WORDS_TEXT) };

/* /v3/AREA/CALL; the beta names are of etcd 3.3 and older. */
static const char *const calls[] = {
    "kv/range",
    "kv/put",
    "kv/deleterange",
    "kv/txn",
    "kv/compaction",
    "kv/lease/revoke",
    "kv/lease/timetolive",
    "kv/lease/leases",
    "watch",
    "lease/grant",
    "lease/revoke",
    "lease/keepalive",
    "lease/timetolive",
    "lease/leases",
    "cluster/member/add",
    "cluster/member/remove",
    "cluster/member/update",
    "cluster/member/list",
    "cluster/member/promote",
    "maintenance/alarm",
    "maintenance/status",
    "maintenance/defragment",
    "maintenance/hash",
    "maintenance/snapshot",
    "maintenance/transfer-leadership",
    "auth/enable",
    "auth/disable",
    "auth/authenticate",
    "auth/user/add",
    "auth/user/get",
    "auth/user/list",
    "auth/user/delete",
    "auth/user/changepw",
    "auth/user/grant",
    "auth/user/revoke",
    "auth/role/add",
    "auth/role/get",
    "auth/role/list",
    "auth/role/delete",
    "auth/role/grant",
    "auth/role/revoke",
    "lock/lock",
    "lock/unlock",
    "election/campaign",
    "election/proclaim",
    "election/leader",
    "election/observe",
    "election/resign",
    NULL,
};

/* What is called; empty when this is no path of etcd. */
static struct span call_of(struct span target)
{
    static const char *const versions[] = {"v3", "v3beta", "v3alpha", NULL};
    struct span rest = path_of(target), version = path_next(&rest);

    return path_is_one_of(version, versions) ? span_from(rest, 1) : span_first(target, 0);
}

bool etcd_call_known(struct span target)
{
    return path_is_one_of(call_of(target), calls);
}

void etcd_call_tell(struct parse *p, struct span target)
{
    struct span call = call_of(target);

    parse_inner(p, APP_ETCD);
    parse_product(p, PRODUCT_ETCD);
    parse_proof(p, PROOF_CERTAIN);
    parse_field(p, FIELD_HTTP_ETCD_METHOD, call);
    if (span_starts(call, SPAN("auth/")))
        parse_note_value(p, "etcd accounts are being used", span_from(call, sizeof "auth/" - 1));
}

static void tell_key(struct parse *p, struct span text)
{
    struct base64_decode_ctx ctx;
    uint8_t key[KEY_MOST];
    size_t n = sizeof key;

    text.n -= text.n % 4; /* cut where it is too long */
    base64_decode_init(&ctx);
    if (base64_decode_update(&ctx, &n, key, text.n, (const char *)text.p) && n)
        parse_field(p, FIELD_HTTP_ETCD_KEY, span_of(key, n));
}

/* JSON of protocol buffers writes numbers of 64 bits as strings. */
static void tell_number(struct parse *p, enum field field, struct span text)
{
    uint64_t number = 0;

    if (text.n == 0 || text.n > 20)
        return;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return;
        number = number * 10 + text.p[i] - '0';
    }
    parse_uint(p, field, number);
}

void etcd_call_value(struct parse *p, struct span target, enum word name, struct span value)
{
    struct span call = call_of(target);
    bool asks = p->dir == DIR_CLIENT;

    if (name == WORD_KEY && asks)
        tell_key(p, value);
    else if (name == WORD_LEASE && asks)
        tell_number(p, FIELD_HTTP_ETCD_LEASE, value);
    else if (name == WORD_NAME && asks &&
             (span_starts(call, SPAN("auth/user/")) || span_equal(call, SPAN("auth/authenticate"))))
        parse_field(p, FIELD_HTTP_ETCD_USER, value);
    else if (name == WORD_CLUSTER_ID && !asks)
        tell_number(p, FIELD_HTTP_ETCD_CLUSTER, value);
    else if (name == WORD_MEMBER_ID && !asks)
        tell_number(p, FIELD_HTTP_ETCD_MEMBER, value);
}
