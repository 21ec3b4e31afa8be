/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_api.h"

#include "support/grpc.h"
#include "support/http_consul.h"
#include "support/http_docker.h"
#include "support/http_elastic.h"
#include "support/http_etcd.h"
#include "support/http_kubernetes.h"
#include "support/http_path.h"

#include <string.h>

enum http_ask {
    ASK_NONE,
    ASK_ROOT, /* "/": some say who they are */
    ASK_KUBERNETES,
    ASK_KUBELET,
    ASK_DOCKER,
    ASK_ETCD,
    ASK_CONSUL,
    ASK_ELASTIC,
    ASK_GRPC, /* a path that would do for gRPC-Web */
};

enum { KUBELET = 10250, KUBELET_READ_ONLY = 10255, UNAUTHORIZED = 401, FORBIDDEN = 403 };

static struct span target_of(const struct http_api *a)
{
    return span_of(a->target, a->n);
}

static bool is_kubelet_port(const struct parse *p)
{
    return p->server_port == KUBELET || p->server_port == KUBELET_READ_ONLY;
}

/* ---- requests ---- */

static bool is_word(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (!(span_lower(c) >= 'a' && span_lower(c) <= 'z') && !(c >= '0' && c <= '9') &&
            c != '.' && c != '_')
            return false;
    }
    return s.n > 0;
}

/* /package.Service/Method; a service without package begins with a capital letter. */
static bool is_call(struct span target)
{
    struct span rest = target, service = path_next(&rest), method = path_next(&rest);

    return rest.n == 0 && is_word(service) && is_word(method) &&
           (span_index(service, '.') < service.n || service.p[0] <= 'Z');
}

/* Paths that many have: who answers must have shown itself. */
static enum http_ask ask_of_many(const struct http_api_line *line)
{
    struct elastic_request elastic;
    struct consul_request consul;

    if (elastic_read(line->verb, line->target, &elastic))
        return ASK_ELASTIC;
    if (consul_read(line->target, &consul))
        return ASK_CONSUL;
    if (line->over == HTTP_API_OVER_1 && line->verb == VERB_POST && is_call(line->target))
        return ASK_GRPC;
    return line->verb == VERB_GET && line->target.n == 1 ? ASK_ROOT : ASK_NONE;
}

static enum http_ask ask_of(const struct parse *p, const struct http_api_line *line, bool *sure)
{
    enum http_verb verb = line->verb;
    struct span target = line->target;
    struct kube_request kube;
    struct docker_request docker;
    enum kube_shape shape = kube_read(verb, target, &kube);

    *sure = shape == KUBE_SURELY;
    if (shape != KUBE_NOT)
        return ASK_KUBERNETES;
    *sure = true;
    if (verb == VERB_POST && etcd_call_known(target))
        return ASK_ETCD;
    *sure = is_kubelet_port(p);
    if (kubelet_read(verb, target, &kube) != KUBE_NOT)
        return ASK_KUBELET;
    if (docker_read(verb, target, &docker)) {
        *sure = docker.version.n != 0;
        return ASK_DOCKER;
    }
    *sure = false;
    return ask_of_many(line);
}

static void tell_many(struct parse *p, const struct http_api *a)
{
    struct elastic_request elastic;
    struct consul_request consul;

    if (a->ask == ASK_ELASTIC && elastic_read((enum http_verb)a->verb, target_of(a), &elastic))
        elastic_tell(p, &elastic, a->script ? ELASTIC_SCRIPT : ELASTIC_NO_SCRIPT);
    else if (a->ask == ASK_CONSUL && consul_read(target_of(a), &consul))
        consul_tell(p, &consul, a->script ? CONSUL_SCRIPT : CONSUL_NO_SCRIPT);
}

static void tell(struct parse *p, struct http_api *a)
{
    struct span target = target_of(a);
    struct kube_request kube;
    struct docker_request docker;

    if (a->told)
        return;
    a->told = true;
    if (a->ask == ASK_KUBERNETES && kube_read((enum http_verb)a->verb, target, &kube))
        kube_tell(p, &kube);
    else if (a->ask == ASK_KUBELET && kubelet_read((enum http_verb)a->verb, target, &kube))
        kube_tell(p, &kube);
    else if (a->ask == ASK_DOCKER && docker_read((enum http_verb)a->verb, target, &docker))
        docker_tell(p, &docker);
    else if (a->ask == ASK_ETCD)
        etcd_call_tell(p, target);
    else
        tell_many(p, a);
}

static bool is_elastic(enum product product)
{
    return product == PRODUCT_ELASTICSEARCH || product == PRODUCT_OPENSEARCH;
}

/* Is this program the one that was asked? */
static bool fits(const struct http_api *a, enum product product)
{
    switch ((enum http_ask)a->ask) {
    case ASK_KUBERNETES:
        return product == PRODUCT_KUBERNETES;
    case ASK_KUBELET:
        return product == PRODUCT_KUBELET;
    case ASK_DOCKER:
        return product == PRODUCT_DOCKER;
    case ASK_CONSUL:
        return product == PRODUCT_CONSUL;
    case ASK_ELASTIC:
        return is_elastic(product);
    default:
        return false;
    }
}

void http_api_request(struct parse *p, struct http_api **api, const struct http_api_line *line)
{
    struct span target = span_first(line->target, HTTP_API_TARGET);
    struct http_api *a = *api;
    bool sure;
    enum http_ask ask = ask_of(p, line, &sure);
    uint8_t known = a ? a->known : PRODUCT_UNKNOWN;

    if (a && line->over == HTTP_API_OVER_1)
        a->ask = ASK_NONE; /* what comes next answers this request */
    if (ask == ASK_NONE)
        return;
    if (a == NULL)
        a = *api = parse_alloc(p, sizeof *a);
    if (a == NULL)
        return;
    memset(a, 0, offsetof(struct http_api, target));
    a->ask = (uint8_t)ask;
    a->verb = (uint8_t)line->verb;
    a->stream = line->stream;
    a->known = known;
    a->n = (uint8_t)target.n;
    memcpy(a->target, target.p, target.n);
    if (ask == ASK_ELASTIC || ask == ASK_CONSUL)
        return; /* the body belongs to it */
    if (sure || fits(a, (enum product)known))
        tell(p, a);
}

static void grpc_web(struct parse *p, struct http_api *a)
{
    struct grpc_call call = {0};

    if (a->told)
        return;
    a->told = true;
    grpc_begin(p, &call, target_of(a));
}

void http_api_field(struct parse *p, struct http_api *a, struct span name, struct span value)
{
    if (span_equal_nocase(name, SPAN("authorization")) ||
        span_equal_nocase(name, SPAN("x-remote-user")))
        a->trusted = true;
    else if (a->ask == ASK_KUBERNETES && span_equal_nocase(name, SPAN("user-agent")) &&
             kube_agent(value))
        tell(p, a);
    else if (a->ask == ASK_GRPC && span_equal_nocase(name, SPAN("content-type")) &&
             span_starts_nocase(value, SPAN("application/grpc-web")))
        grpc_web(p, a);
}

/* ---- answers ---- */

/* Into a container goes a connection with channels: v4.channel.k8s.io. */
static bool is_stream_of_kubelet(struct span name, struct span value)
{
    struct span mark = SPAN("channel.k8s.io");

    return (span_equal_nocase(name, SPAN("x-stream-protocol-version")) ||
            span_equal_nocase(name, SPAN("sec-websocket-protocol"))) &&
           value.n > mark.n && span_equal(span_from(value, value.n - mark.n), mark);
}

void http_api_answer_field(struct parse *p, struct http_api *a, struct span name, struct span value)
{
    struct grpc_call call = {0};

    if (a->ask == ASK_GRPC && a->told && span_equal_nocase(name, SPAN("grpc-status")))
        grpc_status(p, &call, value, span_of("", 0));
    else if (a->ask == ASK_DOCKER && span_equal_nocase(name, SPAN("api-version")) &&
             span_starts(value, SPAN("1.")))
        http_api_known(p, a, PRODUCT_DOCKER);
    else if (a->ask == ASK_KUBELET && is_stream_of_kubelet(name, value))
        http_api_known(p, a, PRODUCT_KUBELET);
}

static void deny(struct parse *p, struct http_api *a)
{
    a->denied = false;
    parse_refused(p, "Kubernetes: anonymous request not permitted", path_of(target_of(a)));
}

void http_api_forget(struct http_api *a)
{
    a->ask = ASK_NONE;
    a->denied = false;
}

void http_api_known(struct parse *p, struct http_api *a, enum product product)
{
    a->known = (uint8_t)product;
    if (!fits(a, product) || p->dir == DIR_CLIENT)
        return;
    parse_product(p, product);
    tell(p, a);
    if (a->denied)
        deny(p, a);
}

/* A path that only one program has, and the answer knows it. */
static void believe(struct parse *p, struct http_api *a)
{
    if (!a->told || a->status / 100 != 2)
        return;
    if (a->ask == ASK_KUBERNETES)
        http_api_known(p, a, PRODUCT_KUBERNETES);
    else if (a->ask == ASK_KUBELET)
        http_api_known(p, a, PRODUCT_KUBELET);
    else if (a->ask == ASK_DOCKER)
        http_api_known(p, a, PRODUCT_DOCKER);
}

void http_api_answer(struct parse *p, struct http_api *a, unsigned status)
{
    a->status = (uint16_t)status;
    a->words = (struct http_words){0};
    a->values = 0;
    believe(p, a);
    if ((a->ask == ASK_ELASTIC || a->ask == ASK_CONSUL) && fits(a, (enum product)a->known))
        tell(p, a);
    if (a->ask == ASK_CONSUL && a->told && status == FORBIDDEN)
        parse_refused(p, "Consul refuses a call", path_of(target_of(a)));
    if (a->ask == ASK_ETCD && (status == UNAUTHORIZED || status == FORBIDDEN))
        parse_refused(p, "etcd: call not permitted", span_from(target_of(a), 1));
    if ((a->ask != ASK_KUBERNETES && a->ask != ASK_KUBELET) || status != FORBIDDEN || a->trusted)
        return;
    a->denied = true;
    if (fits(a, (enum product)a->known) || (a->ask == ASK_KUBELET && is_kubelet_port(p)))
        deny(p, a);
}

/* ---- bodies ---- */

static void elastic_word(struct parse *p, struct http_api *a, enum word before, enum word word)
{
    const struct http_words *w = &a->words;

    if (word == WORD_OPENSEARCH && before == WORD_DISTRIBUTION)
        a->known = PRODUCT_OPENSEARCH;
    else if (word == WORD_LUCENE && words_found(w, WORD_CLUSTER_NAME) &&
             !words_found(w, WORD_OPENSEARCH))
        a->known = PRODUCT_ELASTICSEARCH;
    else
        return;
    parse_product(p, (enum product)a->known);
}

/* What stands in the answers of their calls, whichever of the two it is. */
static void elastic_answer_word(struct parse *p, struct http_api *a, enum word word)
{
    if (word != WORD_SHARDS && word != WORD_INDEX && word != WORD_TIMED_OUT &&
        word != WORD_ROOT_CAUSE && word != WORD_CLUSTER_NAME)
        return;
    if (!a->told && !is_elastic((enum product)a->known))
        http_api_known(p, a, PRODUCT_ELASTICSEARCH);
}

static void keep_name(struct http_api *a)
{
    a->name_n = a->words.n;
    memcpy(a->name, a->words.text, a->words.n);
}

static void tell_name(struct parse *p, struct http_api *a)
{
    if (a->name_n == 0 || !is_elastic((enum product)a->known))
        return;
    parse_field(p, FIELD_HTTP_ELASTIC_CLUSTER, span_of(a->name, a->name_n));
    a->name_n = 0;
}

/* "kind" and "apiVersion" stand in every object of Kubernetes. */
static void answer_word(struct parse *p, struct http_api *a, enum word before, enum word word)
{
    const struct http_words *w = &a->words;
    bool kube = words_found(w, WORD_KIND) && words_found(w, WORD_API_VERSION);

    if (word == WORD_STATUS && before == WORD_KIND)
        kube = true;
    if (a->ask == ASK_ROOT)
        elastic_word(p, a, before, word);
    else if (a->ask == ASK_ELASTIC)
        elastic_answer_word(p, a, word);
    else if (a->ask == ASK_KUBERNETES && kube)
        http_api_known(p, a, PRODUCT_KUBERNETES);
    else if (a->ask == ASK_KUBELET && (kube || word == WORD_KUBELET_CONFIG || word == WORD_POD_REF))
        http_api_known(p, a, PRODUCT_KUBELET);
    else if (a->ask == ASK_DOCKER && word == WORD_MIN_API_VERSION)
        http_api_known(p, a, PRODUCT_DOCKER);
    else if (a->ask == ASK_DOCKER && word == WORD_ETCD_CLUSTER && words_found(w, WORD_ETCD_SERVER))
        parse_product(p, PRODUCT_ETCD);
    else if (a->ask == ASK_DOCKER && word == WORD_GIT_STATE && words_found(w, WORD_GIT_VERSION))
        parse_product(p, PRODUCT_KUBERNETES);
}

static bool is_script(enum http_ask ask, enum word word)
{
    if (ask == ASK_ELASTIC)
        return word == WORD_SCRIPT;
    return ask == ASK_CONSUL &&
           (word == WORD_SCRIPT_OF_CHECK || word == WORD_ARGS || word == WORD_SCRIPT_ARGS);
}

void http_api_body(struct parse *p, struct http_api *a, struct span piece)
{
    while (words_next(&a->words, &piece)) {
        enum word before = (enum word)a->words.last;
        enum word word = words_know(&a->words);

        if (a->ask == ASK_ETCD && !(a->values >> before & 1))
            etcd_call_value(p, target_of(a), before, span_of(a->words.text, a->words.n));
        else if (p->dir == DIR_SERVER)
            answer_word(p, a, before, word);
        else
            a->script |= is_script((enum http_ask)a->ask, word);
        if (before == WORD_CLUSTER_NAME && p->dir == DIR_SERVER && !(a->values >> before & 1))
            keep_name(a);
        tell_name(p, a);
        a->values |= 1u << before;
    }
}
