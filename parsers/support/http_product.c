/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_product.h"

enum { SWITCHING = 101 };

enum sign {
    SIGN_SERVER = 1 << 0,    /* it names a server */
    SIGN_KEEP_5 = 1 << 1,    /* Keep-Alive: timeout=5 */
    SIGN_WEAK_TAG = 1 << 2,  /* ETag: W/"..." */
    SIGN_WORDPRESS = 1 << 3, /* the request was for a path of WordPress */
};

/* An application is said at once; servers are counted when the answer is complete. */
static void says(struct parse *p, struct http_product *h, enum product product)
{
    if (product_is_application(product))
        parse_product(p, product);
    else
        h->server = (uint8_t)product;
}

static void found(struct parse *p, struct http_product *h, enum product product)
{
    says(p, h, product);
    if (h->api)
        http_api_known(p, h->api, product);
}

/* A name that ends, or goes on with one of these. */
static bool ends_there(struct span value, size_t n)
{
    return value.n == n || value.p[n] == '/' || value.p[n] == ' ' || value.p[n] == '(';
}

static const struct {
    const char *name;
    enum product product;
} servers[] = {
    {"Apache-Coyote", PRODUCT_TOMCAT},
    {"Apache Tomcat", PRODUCT_TOMCAT},
    {"Apache", PRODUCT_APACHE},
    {"nginx", PRODUCT_NGINX},
    {"openresty", PRODUCT_OPENRESTY},
    {"Tengine", PRODUCT_TENGINE},
    {"Jetty", PRODUCT_JETTY},
    {"Microsoft-IIS", PRODUCT_IIS},
    {"Kestrel", PRODUCT_KESTREL},
    {"gunicorn", PRODUCT_GUNICORN},
    {"uvicorn", PRODUCT_UVICORN},
    {"Werkzeug", PRODUCT_WERKZEUG},
    {"Caddy", PRODUCT_CADDY},
    {"envoy", PRODUCT_ENVOY},
    {"istio-envoy", PRODUCT_ISTIO},
    {"Traefik", PRODUCT_TRAEFIK},
    {"Cowboy", PRODUCT_COWBOY},
    {"Mongrel", PRODUCT_MONGREL},
    {"puma", PRODUCT_PUMA},
    {"Undertow", PRODUCT_UNDERTOW},
    {"Netty", PRODUCT_NETTY},
    {"lighttpd", PRODUCT_LIGHTTPD},
    {"LiteSpeed", PRODUCT_LITESPEED},
    {"CouchDB", PRODUCT_COUCHDB},
    {"Couchbase Server", PRODUCT_COUCHBASE},
    {"Docker", PRODUCT_DOCKER},
};

/* Server: a product and its version. */
static void server_header(struct parse *p, struct http_product *h, struct span value)
{
    h->signs |= SIGN_SERVER;
    if (value.n == 0)
        return;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        struct span name;

        if ((servers[i].name[0] ^ value.p[0]) & ~0x20) /* most begin with another letter */
            continue;
        name = span_text(servers[i].name);
        if (!span_starts_nocase(value, name) || !ends_there(value, name.n))
            continue;
        found(p, h, servers[i].product);
        return;
    }
}

/* X-Powered-By: says more about the program than about the server. */
static void powered_header(struct parse *p, struct http_product *h, struct span value)
{
    static const char *const node[] = {"Express", "Next.js", "Nuxt", "Koa", "Sails"};

    for (size_t i = 0; i < sizeof node / sizeof node[0]; i++)
        if (span_starts_nocase(value, span_text(node[i])))
            says(p, h, PRODUCT_NODEJS);
    if (span_starts_nocase(value, SPAN("PHP/")) && !(h->signs & SIGN_SERVER))
        says(p, h, PRODUCT_PHP);
}

static void realm_header(struct parse *p, struct span value)
{
    if (span_equal_nocase(value, SPAN("basic realm=\"ActiveMQRealm\"")))
        parse_product(p, PRODUCT_ACTIVEMQ);
    else if (span_starts_nocase(value, SPAN("basic realm=\"RabbitMQ Management")))
        parse_product(p, PRODUCT_RABBITMQ);
}

/* Headers that only one product sends. */
#define OWN(name) (name), sizeof(name) - 1

static const struct {
    const char *name;
    uint8_t n;    /* its length */
    uint8_t from; /* enum dir */
    enum product product;
} own[] = {
    {OWN("X-Elastic-Product"), DIR_SERVER, PRODUCT_ELASTICSEARCH},
    {OWN("X-OpenSearch-Version"), DIR_SERVER, PRODUCT_OPENSEARCH},
    {OWN("X-OpenSearch-Product-Origin"), DIR_SERVER, PRODUCT_OPENSEARCH},
    {OWN("Audit-Id"), DIR_SERVER, PRODUCT_KUBERNETES},
    {OWN("X-Kubernetes-Pf-Prioritylevel-Uid"), DIR_SERVER, PRODUCT_KUBERNETES},
    {OWN("X-Consul-Index"), DIR_SERVER, PRODUCT_CONSUL},
    {OWN("X-Consul-KnownLeader"), DIR_SERVER, PRODUCT_CONSUL},
    {OWN("X-Consul-LastContact"), DIR_SERVER, PRODUCT_CONSUL},
    {OWN("X-Consul-Effective-Consistency"), DIR_SERVER, PRODUCT_CONSUL},
    {OWN("X-Consul-Token"), DIR_CLIENT, PRODUCT_CONSUL},
    {OWN("X-Consul-Namespace"), DIR_CLIENT, PRODUCT_CONSUL},
    {OWN("X-Etcd-Cluster-Id"), DIR_SERVER, PRODUCT_ETCD},
    {OWN("X-Etcd-Index"), DIR_SERVER, PRODUCT_ETCD},
    {OWN("X-Raft-Index"), DIR_SERVER, PRODUCT_ETCD},
    {OWN("X-Server-From"), DIR_CLIENT, PRODUCT_ETCD},
    {OWN("X-Raft-To"), DIR_CLIENT, PRODUCT_ETCD},
    {OWN("X-Kubernetes-Pf-Flowschema-Uid"), DIR_SERVER, PRODUCT_KUBERNETES},
    {OWN("Docker-Experimental"), DIR_SERVER, PRODUCT_DOCKER},
    {OWN("X-Prometheus-Remote-Write-Version"), DIR_CLIENT, PRODUCT_PROMETHEUS},
};

static bool own_header(struct parse *p, struct http_product *h, struct span name)
{
    if (name.n < sizeof "Audit-Id" - 1) /* the shortest */
        return false;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i].n == name.n && own[i].from == p->dir &&
            span_equal_nocase(name, span_of(own[i].name, own[i].n))) {
            found(p, h, own[i].product);
            return true;
        }
    return false;
}

static uint64_t number_of(struct span text)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.n && i < 18 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        number = number * 10 + text.p[i] - '0';
    return number;
}

/* What proxies add on the way back. A server that says its own name counts more. */
static void mesh_header(struct parse *p, struct http_product *h, struct span name,
                        struct span value)
{
    bool named = h->signs & SIGN_SERVER;

    if (span_starts_nocase(name, SPAN("l5d-")) && !named)
        says(p, h, PRODUCT_LINKERD);
    if (!span_starts_nocase(name, SPAN("x-envoy-")))
        return;
    if (span_equal_nocase(name, SPAN("x-envoy-upstream-service-time")))
        parse_uint(p, FIELD_HTTP_ENVOY_TIME, number_of(value));
    if (!named)
        says(p, h,
             span_starts_nocase(name, SPAN("x-envoy-peer-metadata")) ? PRODUCT_ISTIO
                                                                     : PRODUCT_ENVOY);
}

static void answer_header(struct parse *p, struct http_product *h, struct span name,
                          struct span value)
{
    if (span_equal_nocase(name, SPAN("Server")))
        server_header(p, h, value);
    else if (span_equal_nocase(name, SPAN("X-Powered-By")))
        powered_header(p, h, value);
    else if (span_equal_nocase(name, SPAN("WWW-Authenticate")))
        realm_header(p, value);
    else if (span_equal_nocase(name, SPAN("Keep-Alive")) && span_equal(value, SPAN("timeout=5")))
        h->signs |= SIGN_KEEP_5;
    else if (span_equal_nocase(name, SPAN("ETag")) && span_starts(value, SPAN("W/\"")))
        h->signs |= SIGN_WEAK_TAG;
}

/* Link: <https://a.org/wp-json/>; rel="https://api.w.org/" */
static bool names_wordpress(struct span value)
{
    struct span mark = SPAN("rel=\"https://api.w.org/\"");

    while (value.n >= mark.n) {
        if (span_starts(value, mark))
            return true;
        value = span_from(value, 1);
        value = span_from(value, span_index(value, 'r'));
    }
    return false;
}

static void request(struct parse *p, struct http_product *h, const struct http_api_line *line)
{
    static const char *const paths[] = {"/wp-content/", "/wp-includes/", "/wp-json/",
                                        "/wp-login.php"};

    h->signs &= (uint8_t)~SIGN_WORDPRESS;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (span_starts(line->target, span_text(paths[i])))
            h->signs |= SIGN_WORDPRESS;
    if (h->open < UINT8_MAX)
        h->open++;
    if (span_starts(line->target, SPAN("/")))
        http_api_request(p, &h->api, line);
}

void http_product_request(struct parse *p, struct http_product *h, struct span method,
                          struct span target)
{
    struct http_api_line line = {
        .over = HTTP_API_OVER_1, .verb = http_verb_of(method), .target = target};

    request(p, h, &line);
}

/* Their headers are as a rule of no interest. */
static void letter_header(struct parse *p, struct http_product *h, struct span name,
                          struct span value)
{
    if (own_header(p, h, name) || p->dir == DIR_CLIENT)
        return;
    if (span_equal_nocase(name, SPAN("Link")) && names_wordpress(value))
        parse_product(p, PRODUCT_WORDPRESS);
    mesh_header(p, h, name, value);
}

static void pseudo_header(struct parse *p, struct http_product *h, struct span name,
                          struct span value)
{
    if (span_equal(name, SPAN(":status")) && p->dir == DIR_SERVER)
        h->status = (uint16_t)number_of(span_first(value, 3));
    if (span_equal(name, SPAN(":method")) && p->dir == DIR_CLIENT)
        h->verb = (uint8_t)http_verb_of(value);
    if (!span_equal(name, SPAN(":path")) || p->dir == DIR_SERVER)
        return;
    request(p, h,
            &(struct http_api_line){.over = HTTP_API_OVER_2,
                                    .verb = (enum http_verb)h->verb,
                                    .stream = h->stream,
                                    .target = value});
    h->verb = VERB_OTHER;
}

/* Does the message at hand answer the request that is remembered? HTTP/1 answers in order. */
static bool answers_api(const struct http_product *h)
{
    if (h->api == NULL)
        return false;
    return h->stream ? h->api->stream == h->stream : h->open == 1;
}

void http_product_field(struct parse *p, struct http_product *h, struct span name,
                        struct span value)
{
    switch (name.p[0] | 0x20) {
    case ':' | 0x20:
        pseudo_header(p, h, name, value);
        return;
    case 'a':
    case 'd':
    case 'l':
    case 'x':
        letter_header(p, h, name, value);
        break;
    default:
        break;
    }
    if (h->api && p->dir == DIR_CLIENT)
        http_api_field(p, h->api, name, value);
    if (p->dir == DIR_SERVER && answers_api(h))
        http_api_answer_field(p, h->api, name, value);
    if (p->dir == DIR_SERVER)
        answer_header(p, h, name, value);
}

void http_product_header(struct parse *p, struct http_product *h, struct span line, size_t colon)
{
    struct span value = span_trim(span_from(line, colon + 1 < line.n ? colon + 1 : line.n));

    http_product_field(p, h, span_first(line, colon), value);
}

static unsigned votes_for(const struct http_product *h, uint8_t server)
{
    unsigned n = 0;

    for (int i = 0; i < HTTP_ANSWERS_LOOKED_AT; i++)
        n += h->servers[i] == server;
    return n;
}

/* Told is who most of the answers come from; of two that are level the one that was there first. */
static void count_server(struct parse *p, struct http_product *h)
{
    unsigned most = 0;
    uint8_t best = 0;

    if (h->answers < HTTP_ANSWERS_LOOKED_AT)
        h->servers[h->answers++] = h->server;
    h->server = 0;
    for (int i = 0; i < HTTP_ANSWERS_LOOKED_AT; i++) {
        unsigned n = h->servers[i] ? votes_for(h, h->servers[i]) : 0;

        if (n > most) {
            most = n;
            best = h->servers[i];
        }
    }
    if (best)
        parse_product(p, (enum product)best);
}

/* A path alone is what any scanner asks for: the answer has to know it. */
void http_product_answer(struct parse *p, struct http_product *h, unsigned status)
{
    unsigned node = SIGN_KEEP_5 | SIGN_WEAK_TAG;

    if (status == 0)
        status = h->status;
    h->status = 0;
    if (status < 200 && status != SWITCHING) {
        h->server = 0;
        return;
    }
    if (h->signs & SIGN_WORDPRESS && status < 400)
        parse_product(p, PRODUCT_WORDPRESS);
    if ((h->signs & (node | SIGN_SERVER)) == node)
        says(p, h, PRODUCT_NODEJS);
    count_server(p, h);
    h->signs &= SIGN_WORDPRESS;
    if (answers_api(h))
        http_api_answer(p, h->api, status);
    else if (h->api && h->stream == 0)
        http_api_forget(h->api);
    if (h->open)
        h->open--;
}

void http_product_body(struct parse *p, struct http_product *h, struct span piece)
{
    http_api_body(p, h->api, piece);
}
