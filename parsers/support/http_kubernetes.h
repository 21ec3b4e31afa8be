/* SPDX-License-Identifier: Apache-2.0
 *
 * http_kubernetes: what a request asks of the API of Kubernetes, or of a node's kubelet, by its
 * path.
 *
 *     /api/v1/[watch/][namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]]
 *     /apis/GROUP/VERSION/[watch/][namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]]
 *     /exec/NS/POD/CONTAINER, /pods, /stats/summary, ...                 of a kubelet
 */
#ifndef SUPPORT_HTTP_KUBERNETES_H
#define SUPPORT_HTTP_KUBERNETES_H

#include "parser/parser.h"
#include "support/http_verb.h"

enum kube_shape {
    KUBE_NOT,
    KUBE_PERHAPS, /* others have such paths, too */
    KUBE_SURELY,
};

struct kube_request {
    const char *verb;
    struct span group, ns, resource, name, subresource;
};

enum kube_shape kube_read(enum http_verb, struct span target, struct kube_request *);
/* Paths of a kubelet: only on its port is one of them sure. */
enum kube_shape kubelet_read(enum http_verb, struct span target, struct kube_request *);

/* Fields of the request's transaction, and notes on what should not come from a workload. */
void kube_tell(struct parse *, const struct kube_request *);
/* A client that says so. */
bool kube_agent(struct span user_agent);

#endif
