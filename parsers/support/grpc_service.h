/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_service: programs that are known by the names of the services they offer.
 */
#ifndef SUPPORT_GRPC_SERVICE_H
#define SUPPORT_GRPC_SERVICE_H

#include "parser/parser.h"

/* `path` of the request: "/package.Service/Method". */
static inline void grpc_service_tell(struct parse *p, struct span path)
{
    static const struct {
        const char *begins;
        enum product product;
    } services[] = {
        {"/opentelemetry.proto.collector.", PRODUCT_OPENTELEMETRY},
        {"/jaeger.", PRODUCT_JAEGER},
        {"/tikvpb.", PRODUCT_TIKV},
        {"/envoy.service.", PRODUCT_XDS},
        {"/envoy.api.v2.", PRODUCT_XDS},
        {"/istio.v1.auth.", PRODUCT_ISTIOD},
        {"/io.linkerd.proxy.", PRODUCT_LINKERD},
        {"/containerd.services.", PRODUCT_CONTAINERD},
    };

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (span_starts(path, span_text(services[i].begins)))
            parse_product(p, services[i].product);
}

#endif
