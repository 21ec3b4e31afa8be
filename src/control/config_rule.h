/* SPDX-License-Identifier: Apache-2.0
 *
 * config_rule: one rule of the configuration document, as it stands there.
 */
#ifndef CONTROL_CONFIG_RULE_H
#define CONTROL_CONFIG_RULE_H

#include "control/config_json.h"
#include "engine/policy.h"
#include "engine/snapshot.h"

enum { RULE_PORTS = 64, RULE_PROTOCOLS = 8, RULE_APPS = 64 };

enum peer_kind { PEER_ANY, PEER_EXTERNAL, PEER_INTERNAL, PEER_PREFIX, PEER_WORKLOAD, PEER_DOMAIN };

/* One of those that a rule names at one end. */
struct peer_term {
    enum peer_kind kind;
    struct ipprefix prefix;
    size_t workload;
    const char *domain; /* the document's */
};

struct peer_terms {
    size_t count;
    struct peer_term *list;
};

/* A rule as it stands in the document. */
struct source_rule {
    uint32_t id;
    uint8_t action; /* POLICY_ALLOW or POLICY_DENY */
    bool host;
    struct peer_terms from, to;
    size_t port_count, proto_count, app_count;
    uint16_t ports[RULE_PORTS][2];
    uint8_t protos[RULE_PROTOCOLS];
    uint32_t apps[RULE_APPS];
};

/* Into a rule of zeros, but for an id that it may keep. Its texts are the document's. On failure
 * too config_rule_fini(). The snapshot has its workloads already. */
bool config_rule_read(const struct snapshot *, const json_t *, const struct config_path *,
                      struct source_rule *, struct err *);
void config_rule_fini(struct source_rule *);

#endif
