/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that are spoken to by paths: Kubernetes, its kubelet, Docker, etcd through JSON,
 * Elasticsearch and OpenSearch by what they answer, gRPC-Web.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* One request and its answer. */
struct call {
    const char *line;    /* method and target */
    const char *asked;   /* headers, each with its end */
    const char *sent;    /* body */
    const char *status;  /* of the answer; NULL: none is seen */
    const char *headers; /* its own */
    const char *body;
    uint16_t port;
};

static size_t write_message(char *to, size_t room, const char *first, const char *headers,
                            const char *body)
{
    char length[64] = "";

    if (body)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body));
    return (size_t)snprintf(to, room, "%s\r\n%s%s\r\n%s", first, headers ? headers : "", length,
                            body ? body : "");
}

static void check(const struct call *call, const char *const *expect)
{
    char request[1024], answer[2048], first[300];
    struct turn turns[3] = {{0}};
    struct conversation c = {
        .server_port = call->port ? call->port : 40000, .turns = turns, .expect = expect};

    snprintf(first, sizeof first, "%s HTTP/1.1\r\nHost: a", call->line);
    turns[0] = (struct turn)CLIENT_BYTES(
        request, write_message(request, sizeof request, first, call->asked, call->sent));
    snprintf(first, sizeof first, "HTTP/1.1 %s", call->status ? call->status : "");
    if (call->status)
        turns[1] = (struct turn)SERVER_BYTES(answer, write_message(answer, sizeof answer, first,
                                                                   call->headers,
                                                                   call->body ? call->body : ""));
    conversation_check(&c);
}

/* ---- Elasticsearch, OpenSearch ---- */

static void knows_search_engines(void **state)
{
    static const char elastic[] =
        "{\n  \"name\" : \"n\",\n  \"cluster_name\" : \"shop\",\n  \"version\" : {\n"
        "    \"number\" : \"7.10.2\",\n    \"lucene_version\" : \"8.7.0\"\n  }\n}\n";
    static const char open[] =
        "{\n  \"name\" : \"n\",\n  \"cluster_name\" : \"shop\",\n  \"version\" : {\n"
        "    \"distribution\" : \"opensearch\",\n    \"number\" : \"2.5.0\",\n"
        "    \"lucene_version\" : \"9.4.2\"\n  }\n}\n";

    (void)state;
    check(&(struct call){.line = "GET /", .status = "200 OK", .body = elastic},
          LINES("app http", "server elasticsearch"));
    check(&(struct call){.line = "GET /", .status = "200 OK", .body = open},
          LINES("app http", "server opensearch"));
    check(&(struct call){.line = "GET /",
                         .status = "200 OK",
                         .headers = "X-OpenSearch-Version: OpenSearch/2.12.0 (opensearch)\r\n"},
          LINES("server opensearch"));
    check(&(struct call){.line = "GET /", .status = "200 OK", .body = "{\"cluster_name\":\"x\"}"},
          LINES("!server *"));
    check(&(struct call){.line = "GET /", .status = "200 OK", .body = "[\"lucene_version\"]"},
          LINES("!server *"));
    check(&(struct call){.line = "GET /",
                         .status = "200 OK",
                         .body = "{\"x\":\"distribution\\\",opensearch\"}"},
          LINES("!server *"));
    check(&(struct call){.line = "GET /other", .status = "200 OK", .body = elastic},
          LINES("!server *"));
}

static void reads_chunks(void **state)
{
    static const struct turn turns[] = {
        CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               "12\r\n{\"cluster_name\":\"s\r\n"
               "1a\r\n\",\"v\":{\"lucene_version\":\"9\r\n"
               "3\r\n\"}}\r\n0\r\n\r\n"),
        CLIENT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        SERVER("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        {0},
    };
    const struct conversation c = {
        .server_port = 40000,
        .turns = turns,
        .expect = LINES("app http", "server elasticsearch",
                        "tx http http_method=GET url=/x protocol=HTTP/1.1 hostname=a status=404 "
                        "length=0"),
    };

    (void)state;
    conversation_check(&c);
}

/* ---- etcd ---- */

static void knows_etcd(void **state)
{
    (void)state;
    check(&(struct call){.line = "POST /v3/kv/put",
                         .sent = "{\"key\":\"L3Nob3AvYQ==\",\"value\":\"aGF0\",\"lease\":\"77\"}",
                         .status = "200 OK",
                         .body = "{\"header\":{\"cluster_id\":\"11\",\"member_id\":\"12\","
                                 "\"revision\":\"2\"}}"},
          LINES("app etcd", "protocols http,etcd", "proof certain", "server etcd",
                "tx http http_method=POST url=/v3/kv/put protocol=HTTP/1.1 etcd.method=kv/put "
                "hostname=a etcd.key=/shop/a etcd.lease=77 status=200 etcd.cluster_id=11 "
                "etcd.member_id=12 length=62"));
    check(&(struct call){.line = "POST /v3/auth/authenticate",
                         .sent = "{\"name\": \"amy\", \"password\": \"secret\"}",
                         .status = "401 Unauthorized",
                         .body = "{\"error\":\"no\",\"code\":16}"},
          LINES("app etcd", "note etcd accounts are being used: authenticate",
                "note etcd: call not permitted: v3/auth/authenticate",
                "tx http http_method=POST url=/v3/auth/authenticate protocol=HTTP/1.1 "
                "etcd.method=auth/authenticate hostname=a etcd.user=amy status=401 length=24"));
    check(&(struct call){.line = "POST /v3/kv/range", .sent = "{\"key\":\"!bad\"}"},
          LINES("app etcd", "!tx http*etcd.key*"));
    check(&(struct call){.line = "GET /v3/kv/range", .status = "404 No"}, LINES("app http"));
    check(&(struct call){.line = "POST /v3/auth/tokens", .status = "201 Created"},
          LINES("app http", "!server *"));
    check(&(struct call){.line = "GET /version",
                         .status = "200 OK",
                         .body = "{\"etcdserver\":\"3.4.23\",\"etcdcluster\":\"3.4.0\"}"},
          LINES("app http", "server etcd"));
}

/* ---- Kubernetes ---- */

#define TX(url, fields) "tx http http_method=GET url=" url " protocol=HTTP/1.1 " fields

static void knows_kubernetes(void **state)
{
    (void)state;
    check(&(struct call){.line = "GET /api/v1/namespaces/shop/pods/web-0/log?follow=true",
                         .status = "200 OK"},
          LINES("app http", "server kubernetes",
                TX("/api/v1/namespaces/shop/pods/web-0/log?follow=true",
                   "kubernetes.verb=get kubernetes.resource=pods kubernetes.namespace=shop "
                   "kubernetes.name=web-0 kubernetes.subresource=log hostname=a status=200 "
                   "length=0")));
    check(&(struct call){.line = "GET /apis/apps/v1/deployments?limit=5&watch=true",
                         .status = "404 No"},
          LINES("!server *",
                TX("/apis/apps/v1/deployments?limit=5&watch=true",
                   "kubernetes.verb=watch kubernetes.group=apps kubernetes.resource=deployments "
                   "hostname=a status=404 length=0")));
    check(&(struct call){.line = "GET /api/v1/watch/namespaces/shop/configmaps"},
          LINES("!server *", TX("/api/v1/watch/namespaces/shop/configmaps",
                                "kubernetes.verb=watch kubernetes.resource=configmaps "
                                "kubernetes.namespace=shop hostname=a")));
    check(&(struct call){.line = "DELETE /apis/rbac.authorization.k8s.io/v1beta1/clusterroles/a:b",
                         .status = "200 OK"},
          LINES("server kubernetes",
                "tx http http_method=DELETE url=/apis/rbac.authorization.k8s.io/v1beta1/"
                "clusterroles/a:b protocol=HTTP/1.1 kubernetes.verb=delete "
                "kubernetes.group=rbac.authorization.k8s.io kubernetes.resource=clusterroles "
                "kubernetes.name=a:b hostname=a status=200 length=0"));
    /* Paths that others have, too: the answer has to say who it is. */
    check(&(struct call){.line = "GET /api/v1/pods", .status = "200 OK", .body = "{\"pods\":[]}"},
          LINES("!server *", TX("/api/v1/pods", "hostname=a status=200 length=11")));
    check(
        &(struct call){.line = "GET /api/v1/pods",
                       .status = "200 OK",
                       .body = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}"},
        LINES("server kubernetes", TX("/api/v1/pods", "hostname=a status=200 kubernetes.verb=list "
                                                      "kubernetes.resource=pods length=47")));
    check(
        &(struct call){
            .line = "GET /api/v1/pods", .status = "200 OK", .headers = "Audit-Id: 5b1c\r\n"},
        LINES("server kubernetes", TX("/api/v1/pods", "hostname=a status=200 kubernetes.verb=list "
                                                      "kubernetes.resource=pods length=0")));
    check(
        &(struct call){.line = "GET /api/v1/nodes",
                       .asked = "User-Agent: kubectl/v1.20.2 (linux/amd64) kubernetes/faecb19\r\n",
                       .status = "200 OK"},
        LINES("server kubernetes",
              TX("/api/v1/nodes", "hostname=a kubernetes.verb=list kubernetes.resource=nodes "
                                  "http_user_agent=kubectl/v1.20.2 (linux/amd64) "
                                  "kubernetes/faecb19 status=200 length=0")));
    check(&(struct call){.line = "GET /version",
                         .status = "200 OK",
                         .body = "{\"major\":\"1\",\"gitVersion\":\"v1.20.2\",\"gitTreeState\":"
                                 "\"clean\"}"},
          LINES("server kubernetes"));
}

static void notes_kubernetes(void **state)
{
    static const char status[] = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":403}";

    (void)state;
    check(&(struct call){.line = "POST /api/v1/namespaces/shop/pods/web-0/exec?command=sh",
                         .status = "101 Switching Protocols",
                         .headers = "Upgrade: SPDY/3.1\r\nConnection: Upgrade\r\n"},
          LINES("note Kubernetes: into a running pod: web-0"));
    check(&(struct call){.line = "GET /api/v1/namespaces/shop/secrets", .status = "200 OK"},
          LINES("note Kubernetes: secrets are being listed: shop"));
    check(&(struct call){.line = "GET /api/v1/namespaces/shop/secrets/one", .status = "200 OK"},
          LINES("server kubernetes", "!note *"));
    check(&(struct call){.line = "POST /apis/authentication.k8s.io/v1/tokenreviews",
                         .status = "201 Created"},
          LINES("note Kubernetes: a token is being reviewed"));
    check(&(struct call){.line = "GET /api/v1/secrets",
                         .status = "403 Forbidden",
                         .headers = "Audit-Id: 5b1c\r\n",
                         .body = status},
          LINES("server kubernetes", "note Kubernetes: secrets are being listed",
                "note Kubernetes: anonymous request not permitted: /api/v1/secrets"));
    check(&(struct call){.line = "GET /api/v1/nodes", .status = "403 Forbidden", .body = status},
          LINES("server kubernetes",
                "note Kubernetes: anonymous request not permitted: /api/v1/nodes"));
    check(&(struct call){.line = "GET /api/v1/nodes",
                         .asked = "Authorization: Bearer x\r\n",
                         .status = "403 Forbidden",
                         .body = status},
          LINES("server kubernetes", "!note *"));
    check(&(struct call){.line = "GET /api/v1/nodes", .status = "403 Forbidden"},
          LINES("!server *", "!note *"));
}

static void knows_kubelet(void **state)
{
    static const char pods[] = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\"}";

    (void)state;
    check(&(struct call){.line = "GET /pods", .status = "200 OK", .body = pods},
          LINES("server kubelet",
                TX("/pods", "hostname=a status=200 kubernetes.verb=get kubernetes.resource=pods "
                            "length=36")));
    check(&(struct call){.line = "POST /run/shop/web-0/nginx?cmd=id",
                         .status = "200 OK",
                         .port = 10250},
          LINES("server kubelet", "note Kubernetes: into a running pod: web-0",
                "tx http http_method=POST url=/run/shop/web-0/nginx?cmd=id protocol=HTTP/1.1 "
                "kubernetes.verb=create kubernetes.resource=pods kubernetes.namespace=shop "
                "kubernetes.name=web-0 kubernetes.subresource=run hostname=a status=200 length=0"));
    check(&(struct call){.line = "POST /run/shop/web-0/nginx?cmd=id", .status = "200 OK"},
          LINES("!server *", "!note *"));
    check(&(struct call){.line = "GET /pods", .status = "403 Forbidden", .port = 10250},
          LINES("note Kubernetes: anonymous request not permitted: /pods"));
    check(&(struct call){.line = "GET /metrics", .status = "200 OK"}, LINES("!server *"));
}

/* ---- Docker ---- */

static void knows_docker(void **state)
{
    (void)state;
    check(&(struct call){.line = "GET /v1.41/containers/json?all=1", .status = "200 OK"},
          LINES("server docker",
                TX("/v1.41/containers/json?all=1",
                   "docker.verb=list docker.resource=containers docker.version=1.41 hostname=a "
                   "status=200 length=0")));
    check(&(struct call){.line = "POST /v1.41/containers/web/exec", .status = "201 Created"},
          LINES("note Docker: into a running container: web",
                "tx http http_method=POST url=/v1.41/containers/web/exec protocol=HTTP/1.1 "
                "docker.verb=exec docker.resource=containers docker.name=web docker.version=1.41 "
                "hostname=a status=201 length=0"));
    check(&(struct call){.line = "GET /v1.41/images/shop/web:1/json"},
          LINES(TX("/v1.41/images/shop/web:1/json",
                   "docker.verb=inspect docker.resource=images docker.name=shop/web:1 "
                   "docker.version=1.41 hostname=a")));
    check(&(struct call){.line = "DELETE /v1.41/volumes/data", .status = "204 No"},
          LINES("server docker",
                "tx http http_method=DELETE url=/v1.41/volumes/data protocol=HTTP/1.1 "
                "docker.verb=remove docker.resource=volumes docker.name=data docker.version=1.41 "
                "hostname=a status=204 length=0"));
    check(&(struct call){.line = "GET /_ping",
                         .status = "200 OK",
                         .headers = "Api-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\n"},
          LINES("server docker",
                TX("/_ping", "hostname=a status=200 docker.verb=_ping docker.resource=system "
                             "server=Docker/20.10.24 (linux) length=0")));
    check(&(struct call){.line = "GET /version",
                         .status = "200 OK",
                         .body = "{\"Version\":\"20\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":"
                                 "\"1.12\"}"},
          LINES("server docker"));
    check(&(struct call){.line = "GET /containers/json", .status = "200 OK"},
          LINES("!server *", TX("/containers/json", "hostname=a status=200 length=0")));
    check(&(struct call){.line = "GET /v1.41/other", .status = "200 OK"}, LINES("!server *"));
}

/* ---- gRPC-Web ---- */

static void knows_grpc_web(void **state)
{
    (void)state;
    check(&(struct call){.line = "POST /shop.Orders/Get",
                         .asked = "Content-Type: application/grpc-web+proto\r\n",
                         .status = "200 OK",
                         .headers = "Content-Type: application/grpc-web+proto\r\n"
                                    "grpc-status: 7\r\n"},
          LINES("app grpc", "protocols http,grpc", "note gRPC call not permitted",
                "tx http http_method=POST url=/shop.Orders/Get protocol=HTTP/1.1 hostname=a "
                "sluice.grpc.service=shop.Orders sluice.grpc.method=Get "
                "request_content_type=application/grpc-web+proto status=200 "
                "http_content_type=application/grpc-web+proto sluice.grpc.status=7 length=0"));
    check(&(struct call){.line = "POST /shop.Orders/Get",
                         .asked = "Content-Type: application/json\r\n",
                         .status = "200 OK"},
          LINES("app http", "!tx http*grpc.service*"));
    check(&(struct call){.line = "POST /etcdserverpb.KV/Range",
                         .asked = "Content-Type: application/grpc-web-text\r\n"},
          LINES("server etcd", "app etcd"));
}

static void knows_services(void **state)
{
    static const char *const names[][2] = {
        {"/opentelemetry.proto.collector.trace.v1.TraceService/Export", "opentelemetry"},
        {"/jaeger.api_v2.CollectorService/PostSpans", "jaeger"},
        {"/tikvpb.Tikv/KvGet", "tikv"},
        {"/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources", "xds"},
        {"/istio.v1.auth.IstioCertificateService/CreateCertificate", "istiod"},
        {"/io.linkerd.proxy.destination.Destination/Get", "linkerd"},
        {"/containerd.services.images.v1.Images/List", "containerd"},
        {"/shop.Orders/Get", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char line[128], expect[64] = "!server *";

        snprintf(line, sizeof line, "POST %s", names[i][0]);
        if (names[i][1])
            snprintf(expect, sizeof expect, "server %s", names[i][1]);
        check(&(struct call){.line = line,
                             .asked = "Content-Type: application/grpc-web+proto\r\n",
                             .status = "200 OK"},
              LINES("app grpc", expect));
    }
}

/* ---- HTTP/2 ---- */

static void reads_http2(void **state)
{
    static const struct turn turns[] = {
        CLIENT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
               "\0\0\x16\1\5\0\0\0\1\x82\x86\4\x12/apis/apps/v1/pods"),
        SERVER("\0\0\0\4\0\0\0\0\0\0\0\1\1\5\0\0\0\1\x88"),
        {0},
    };
    const struct conversation c = {
        .server_port = 40000,
        .turns = turns,
        .expect = LINES("app http2", "server kubernetes",
                        "tx http2 stream_id=1 http_method=GET kubernetes.verb=list "
                        "kubernetes.group=apps kubernetes.resource=pods url=/apis/apps/v1/pods "
                        "status=200 length=0"),
    };

    (void)state;
    conversation_check(&c);
}

/* ---- several requests ---- */

/* The answers of pipelined requests are not taken for each other's. */
static void keeps_order(void **state)
{
    static const struct turn turns[] = {
        CLIENT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
               "GET /api/v1/nodes HTTP/1.1\r\nHost: a\r\n\r\n"),
        SERVER("HTTP/1.1 403 No\r\nAudit-Id: 1\r\nContent-Length: 0\r\n\r\n"
               "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        CLIENT("GET /api/v1/nodes HTTP/1.1\r\nHost: a\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        {0},
    };
    const struct conversation c = {
        .server_port = 40000,
        .turns = turns,
        .expect = LINES("server kubernetes", "!note *",
                        "tx http http_method=GET url=/api/v1/nodes protocol=HTTP/1.1 "
                        "kubernetes.verb=list kubernetes.resource=nodes hostname=a status=200 "
                        "length=0"),
    };

    (void)state;
    conversation_check(&c);
}

static void survives_odd_paths(void **state)
{
    static const char *const paths[] = {
        "GET //",
        "GET /api//",
        "GET /api/v1/",
        "GET /api/v1/namespaces/",
        "GET /api/v1/namespaces//pods",
        "GET /api/v1/namespaces/a/pods/b/c/d/e/f?watch",
        "GET /apis/",
        "GET /apis/./v1/",
        "GET /v1.41",
        "GET /v1.41/",
        "GET /v1.41//",
        "GET /v1.41/containers//",
        "GET /v1.41/containers/json/json",
        "PATCH /v1.41/containers/a",
        "POST /v3/",
        "POST /v3",
        "POST //",
        "POST /A/",
        "GET /exec/",
        "GET /exec/a",
        "GET /?&&&=",
    };

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        check(&(struct call){.line = paths[i], .status = "200 OK", .body = "{\"\":\"\""},
              LINES("app http"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_search_engines), cmocka_unit_test(reads_chunks),
        cmocka_unit_test(knows_etcd),           cmocka_unit_test(knows_kubernetes),
        cmocka_unit_test(notes_kubernetes),     cmocka_unit_test(knows_kubelet),
        cmocka_unit_test(knows_docker),         cmocka_unit_test(knows_grpc_web),
        cmocka_unit_test(knows_services),       cmocka_unit_test(reads_http2),
        cmocka_unit_test(keeps_order),          cmocka_unit_test(survives_odd_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
