/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands behind HTTP: servers by their header, applications by what only they say.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GET(path) CLIENT("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

static void speaks(const struct turn *turns, const char *expect)
{
    const struct conversation c = {
        .server_port = 40000, .turns = turns, .expect = LINES("app http", expect)};

    conversation_check(&c);
}

/* An answer with these headers, to a request with others. */
static void answers(const char *asked, const char *headers, const char *expect)
{
    char request[512], answer[512];
    int n = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", asked);
    int m =
        snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n%s\r\n", headers);

    speaks(TURNS(CLIENT_BYTES(request, (size_t)n), SERVER_BYTES(answer, (size_t)m)), expect);
}

static void knows_servers(void **state)
{
    static const char *const names[][2] = {
        {"Apache", "apache"},
        {"Apache/2.4.57 (Debian)", "apache"},
        {"Apache-Coyote/1.1", "tomcat"},
        {"nginx", "nginx"},
        {"nginx/1.22.1", "nginx"},
        {"openresty/1.21.4.1", "openresty"},
        {"Tengine/2.3", "tengine"},
        {"Jetty(9.4.50.v20221201)", "jetty"},
        {"Microsoft-IIS/10.0", "iis"},
        {"Kestrel", "kestrel"},
        {"gunicorn/20.1.0", "gunicorn"},
        {"uvicorn", "uvicorn"},
        {"Werkzeug/2.2.2 Python/3.11.2", "werkzeug"},
        {"Caddy", "caddy"},
        {"envoy", "envoy"},
        {"istio-envoy", "istio-envoy"},
        {"Cowboy", "cowboy"},
        {"CouchDB/3.3.1 (Erlang OTP/24)", "couchdb"},
        {"Couchbase Server", "couchbase"},
        {"Docker/24.0.7 (linux)", "docker"},
        {"lighttpd/1.4.69", "lighttpd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char header[128], expect[64];

        snprintf(header, sizeof header, "Server: %s\r\n", names[i][0]);
        snprintf(expect, sizeof expect, "server %s", names[i][1]);
        answers("", header, expect);
    }
    answers("", "Server: Apachean\r\n", "!server *");
    answers("", "Server: nginxy/1\r\n", "!server *");
}

static void knows_programs(void **state)
{
    (void)state;
    answers("", "X-Powered-By: Express\r\n", "server nodejs");
    answers("", "Keep-Alive: timeout=5\r\nETag: W/\"2-x\"\r\n", "server nodejs");
    answers("", "Server: nginx\r\nKeep-Alive: timeout=5\r\nETag: W/\"2-x\"\r\n", "server nginx");
    answers("", "X-Powered-By: PHP/8.2\r\n", "server php");
    answers("", "X-Elastic-Product: Elasticsearch\r\n", "server elasticsearch");
    answers("", "X-Consul-Index: 1\r\n", "server consul");
    answers("X-Consul-Token: x\r\n", "", "server consul");
    answers("", "X-Etcd-Index: 1\r\n", "server etcd");
    answers("X-Raft-To: 1\r\n", "", "server etcd");
    answers("", "Docker-Experimental: false\r\n", "server docker");
    answers("", "Audit-Id: 0c5\r\n", "server kubernetes");
    answers("", "X-Kubernetes-Pf-Flowschema-Uid: 1\r\n", "server kubernetes");
    answers("X-Prometheus-Remote-Write-Version: 0.1.0\r\n", "", "server prometheus");
    answers("", "WWW-Authenticate: basic realm=\"ActiveMQRealm\"\r\n", "server activemq");
    answers("", "WWW-Authenticate: Basic realm=\"RabbitMQ Management\"\r\n", "server rabbitmq");
    answers("", "Link: <https://a/wp-json/>; rel=\"https://api.w.org/\"\r\n", "server wordpress");
}

/* Proxies on the way: what they add to an answer, unless the server says its own name. */
static void knows_proxies(void **state)
{
    (void)state;
    answers("", "x-envoy-upstream-service-time: 12\r\n", "server envoy");
    answers("", "x-envoy-upstream-service-time: 12\r\n",
            "tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=a status=200 "
            "envoy.upstream_service_time=12 length=0");
    answers("", "x-envoy-peer-metadata-id: sidecar\r\n", "server istio-envoy");
    answers("", "server: istio-envoy\r\nx-envoy-upstream-service-time: 1\r\n",
            "server istio-envoy");
    answers("", "x-envoy-upstream-service-time: 1\r\nserver: istio-envoy\r\n",
            "server istio-envoy");
    answers("", "l5d-server-id: a\r\n", "server linkerd");
    answers("", "Server: nginx\r\nl5d-proxy-error: no\r\n", "server nginx");
    /* Of the client's own proxy. */
    answers("x-envoy-attempt-count: 1\r\nl5d-dst-override: a\r\n", "", "!server *");
    answers("", "X-Request-Id: 1\r\n", "!server *");
}

/* The application counts more than the server in front of it, in whatever order they show. */
static void prefers_applications(void **state)
{
    (void)state;
    answers("", "Server: nginx\r\nX-Etcd-Index: 1\r\n", "server etcd");
    answers("", "X-Etcd-Index: 1\r\nServer: nginx\r\n", "server etcd");
    speaks(TURNS(GET("/wp-login.php"),
                 SERVER("HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 0\r\n\r\n")),
           "server wordpress");
    speaks(TURNS(GET("/wp-login.php"),
                 SERVER("HTTP/1.1 404 No\r\nServer: Apache\r\nContent-Length: 0\r\n\r\n")),
           "server apache");
}

#define FROM(server) SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: " server "\r\n\r\n")

/* Behind one address several servers answer: most of the answers say which it is. */
static void believes_most_answers(void **state)
{
    (void)state;
    speaks(TURNS(GET("/1"), FROM("nginx"), GET("/2"), FROM("nginx"), GET("/3"), FROM("Apache")),
           "server nginx");
    speaks(TURNS(GET("/1"), FROM("Apache"), GET("/2"), FROM("nginx"), GET("/3"), FROM("nginx"),
                 GET("/4"), FROM("other"), GET("/5"), FROM("other"), GET("/6"), FROM("other")),
           "server nginx");
    speaks(TURNS(GET("/1"), FROM("nginx"), GET("/2"), FROM("Apache")), "server nginx");
    /* what an interim answer says is not one of them */
    speaks(TURNS(GET("/1"), SERVER("HTTP/1.1 100 Continue\r\nServer: Apache\r\n\r\n"),
                 SERVER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
           "!server *");
    /* an application counts more than all of them */
    speaks(
        TURNS(GET("/1"), FROM("CouchDB/3.3"), GET("/2"), FROM("nginx"), GET("/3"), FROM("nginx")),
        "server couchdb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_most_answers), cmocka_unit_test(knows_servers),
        cmocka_unit_test(knows_programs),        cmocka_unit_test(knows_proxies),
        cmocka_unit_test(prefers_applications),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
