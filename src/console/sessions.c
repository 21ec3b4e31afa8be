/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions and meters on the console. Only a worker may look into its own: each finds some at a
 * time, and what it found goes out before it looks on. Between two steps it does its work.
 */
#include "console/client.h"
#include "console/values.h"

#include "engine/policy.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEP_PLACES = 2048, /* of the session table, in one step */
    STEP_METERS = 256,  /* of the meter table */
    ROWS = 256,         /* found before they are sent */
    ROWS_ROOM = ROWS + 256,
    NAME_ROOM = 128,
};

/* One session as it was, or one meter. */
struct session_row {
    uint64_t id, packets[2], bytes[2], age_s, idle_s;
    struct session_end client, server;
    uint32_t hash, rule;
    uint16_t flags;
    uint8_t proto, state, verdict, action, threat;
    uint8_t tcp[2];
    enum product product;
    const char *app; /* constant; NULL: none */
    char workload[NAME_ROOM], host[NAME_ROOM];
    struct meter_view meter;
};

/* One worker's share. */
struct query_part {
    struct worker_task task; /* first */
    struct session_query *query;
    struct worker *worker;
    size_t at;
    bool begun, ended;
    size_t count, sent;
    uint64_t missed; /* that found no room at a crowded place */
    struct session_row *rows;
};

struct session_query {
    struct session_query *next;
    struct client *client; /* NULL: it has gone */
    struct filter filter;
    uint64_t only_id; /* clear: 0 = all that match */
    bool clears;
    bool meters; /* are what is listed */
    size_t limit, sent;
    size_t turn; /* list: whose rows go out */
    size_t part_count;
    struct query_part parts[];
};

/* ---- worker threads ---- */

struct finder {
    struct query_part *part;
    const struct engine *engine;
};

static void copy_text(char to[NAME_ROOM], struct span from)
{
    size_t n = from.n < NAME_ROOM - 1 ? from.n : NAME_ROOM - 1;

    for (size_t i = 0; i < n; i++) /* a peer wrote it */
        to[i] = (char)(from.p[i] >= ' ' && from.p[i] < 0x7f ? from.p[i] : '.');
    to[n] = '\0';
}

static void fill(struct session_row *r, const struct engine *e, const struct session *s)
{
    const struct workload *w = engine_workload(e, s);
    const struct session_own *own = engine_session_own(e, s);
    uint64_t now = engine_now_us(e);

    *r = (struct session_row){
        .id = s->id,
        .packets = {s->sides[s->client].packets, s->sides[1 - s->client].packets},
        .bytes = {s->sides[s->client].bytes, s->sides[1 - s->client].bytes},
        .age_s = now > s->created_us ? (now - s->created_us) / 1000000 : 0,
        .idle_s = now > s->last_us ? (now - s->last_us) / 1000000 : 0,
        .client = session_end_client(s),
        .server = session_end_server(s),
        .hash = s->node.hash,
        .flags = s->flags,
        .proto = s->key.proto,
        .state = s->state,
        .verdict = s->verdict,
        .tcp = {s->sides[s->client].state, s->sides[1 - s->client].state},
        .product = session_product(s),
        .app = s->app_id != APP_UNKNOWN       ? app_label((enum app)s->app_id)
               : s->flags & SESSION_APP_READY ? "failed"
                                              : NULL,
    };
    if (own != NULL) {
        r->rule = own->rule;
        r->action = own->action;
        r->threat = own->threat;
    }
    if (w != NULL)
        workload_text(w, r->workload, sizeof r->workload);
    copy_text(r->host, session_host(s));
}

static bool find(void *arg, const struct session *s)
{
    struct finder *f = arg;
    struct query_part *p = f->part;
    const struct session_query *q = p->query;

    if (q->only_id != 0 ? s->id != q->only_id
                        : !filter_session(&q->filter, s, engine_workload(f->engine, s)))
        return true;
    if (p->count == ROWS_ROOM) {
        p->missed++;
        return false;
    }
    fill(&p->rows[p->count++], f->engine, s);
    return p->count < ROWS;
}

static enum task_state step(struct worker_task *task, struct engine *e)
{
    struct query_part *p = (struct query_part *)task;
    struct finder f = {p, e};
    bool more;

    if (atomic_load_explicit(&task->cancel, memory_order_relaxed))
        return TASK_DONE;
    more = engine_sessions_from(e, &p->at, STEP_PLACES, find, &f);
    if (p->query->clears)
        for (size_t i = 0; i < p->count; i++)
            engine_clear_one(e, p->rows[i].hash, p->rows[i].id);
    if (!more) {
        p->ended = true;
        return TASK_DONE;
    }
    return p->count >= ROWS ? TASK_FULL : TASK_RUN;
}

_Static_assert(STEP_METERS <= ROWS_ROOM - ROWS, "a step finds no more than there is room for");

static void find_meter(void *arg, const struct meter_view *v)
{
    struct finder *f = arg;
    struct query_part *p = f->part;
    const struct workload *w = snapshot_workload(engine_snapshot(f->engine), v->zone);
    struct session_row *r = &p->rows[p->count];

    if (w == NULL)
        return;
    r->meter = *v;
    workload_text(w, r->workload, sizeof r->workload);
    p->count++;
}

static enum task_state step_meters(struct worker_task *task, struct engine *e)
{
    struct query_part *p = (struct query_part *)task;
    struct finder f = {p, e};

    if (!atomic_load_explicit(&task->cancel, memory_order_relaxed) &&
        engine_meters(e, &p->at, STEP_METERS, find_meter, &f))
        return p->count >= ROWS ? TASK_FULL : TASK_RUN;
    p->ended = true;
    return TASK_DONE;
}

/* ---- control thread: rows ---- */

static json_t *end_value(const struct session_end *end)
{
    json_t *v = json_object();

    json_object_set_new(v, "ip", address_value(&end->addr));
    put_uint(v, "port", end->port);
    return v;
}

static const char *state_name(uint8_t state)
{
    static const char *const names[] = {[SESSION_NEW] = "new",
                                        [SESSION_ESTABLISHED] = "established",
                                        [SESSION_CLOSED] = "closed",
                                        [SESSION_BYPASSED] = "bypassed"};

    return names[state];
}

static json_t *row_value(const struct session_row *r)
{
    static const char *const sides[] = {"client", "server"};
    json_t *v = json_object();
    char proto[8];

    put_uint(v, "session_id", r->id);
    if (r->workload[0] != '\0') {
        json_object_set_new(v, "workload", text_value(r->workload));
        json_object_set_new(v, "direction",
                            json_string(r->flags & SESSION_INGRESS ? "ingress" : "egress"));
    }
    json_object_set_new(v, "proto", json_string(proto_text(r->proto, proto)));
    json_object_set_new(v, "client", end_value(&r->client));
    json_object_set_new(v, "server", end_value(&r->server));
    if (r->app != NULL)
        json_object_set_new(v, "app_proto", json_string(r->app));
    if (r->product != PRODUCT_UNKNOWN)
        json_object_set_new(v, "server_product", json_string(product_name(r->product)));
    if (r->host[0] != '\0')
        json_object_set_new(v, "host", json_string(r->host));
    json_object_set_new(v, "state", json_string(state_name(r->state)));
    json_object_set_new(v, "verdict", json_string(verdict_name((enum verdict)r->verdict)));
    for (int i = 0; i < 2; i++) {
        json_t *side = json_object_get(v, sides[i]);

        put_uint(side, "packets", r->packets[i]);
        put_uint(side, "bytes", r->bytes[i]);
        if (r->proto == 6)
            put_uint(side, "tcp_state", r->tcp[i]);
    }
    put_uint(v, "age", r->age_s);
    put_uint(v, "idle", r->idle_s);
    json_object_set_new(v, "midstream", json_boolean(r->flags & SESSION_MIDSTREAM));
    put_uint(v, "policy_id", r->rule);
    json_object_set_new(v, "policy_action", json_string(action_name(r->action)));
    if (r->threat != THREAT_NONE)
        json_object_set_new(v, "threat", json_string(threat_name((enum threat)r->threat)));
    return v;
}

static json_t *meter_value(const struct session_row *r)
{
    const struct meter_view *m = &r->meter;
    json_t *v = json_object();

    json_object_set_new(v, "workload", text_value(r->workload));
    json_object_set_new(v, "meter", json_string(meter_name(m->kind)));
    if (m->peer.family != 0)
        json_object_set_new(v, "peer", address_value(&m->peer));
    json_object_set_new(v, "on", json_boolean(m->on));
    put_uint(v, "count", m->count);
    put_uint(v, "last", m->last);
    put_uint(v, "span", m->span);
    put_uint(v, "upper", m->limit.upper);
    put_uint(v, "lower", m->limit.lower);
    return v;
}

static void send_rows(struct session_query *q, struct query_part *p)
{
    json_t *part = json_array();

    for (; p->sent < p->count && q->sent < q->limit; p->sent++, q->sent++)
        json_array_append_new(part, (q->meters ? meter_value : row_value)(&p->rows[p->sent]));
    if (json_array_size(part) > 0)
        client_reply(q->client, "part", part);
    else
        json_decref(part);
    p->count = p->sent = 0;
}

/* ---- control thread: queries ---- */

static int part_state(const struct query_part *p)
{
    return atomic_load_explicit(&p->task.state, memory_order_acquire);
}

static void part_begin(struct query_part *p)
{
    p->begun = true;
    worker_post(p->worker, &p->task);
}

static void query_free(struct session_query *q)
{
    for (size_t i = 0; i < q->part_count; i++)
        free(q->parts[i].rows);
    free(q);
}

/* No worker has it any more. */
static bool is_idle(const struct session_query *q)
{
    for (size_t i = 0; i < q->part_count; i++)
        if (q->parts[i].begun && part_state(&q->parts[i]) == TASK_RUN)
            return false;
    return true;
}

static void cancel(struct session_query *q)
{
    for (size_t i = 0; i < q->part_count; i++) {
        struct query_part *p = &q->parts[i];

        if (!p->begun)
            continue;
        atomic_store_explicit(&p->task.cancel, true, memory_order_relaxed);
        if (part_state(p) == TASK_FULL)
            worker_resume(p->worker, &p->task);
    }
}

/* True: all is told. */
static bool list_go_on(struct session_query *q)
{
    while (q->turn < q->part_count && q->sent < q->limit) {
        struct query_part *p = &q->parts[q->turn];
        int state;

        if (!p->begun)
            part_begin(p);
        state = part_state(p);
        if (state == TASK_RUN || !client_has_room(q->client))
            return false;
        send_rows(q, p);
        if (state == TASK_FULL)
            worker_resume(p->worker, &p->task);
        else
            q->turn++;
    }
    return true;
}

static bool clear_go_on(struct session_query *q)
{
    bool all = true;

    for (size_t i = 0; i < q->part_count; i++) {
        struct query_part *p = &q->parts[i];
        int state;

        if (!p->begun)
            part_begin(p);
        state = part_state(p);
        all &= state == TASK_DONE;
        if (state == TASK_RUN || p->count == 0)
            continue;
        q->sent += p->count;
        p->count = 0;
        if (state == TASK_FULL)
            worker_resume(p->worker, &p->task);
    }
    return all;
}

/* True: it is over and done with. */
static bool query_go_on(struct session_query *q)
{
    uint64_t missed = 0;
    json_t *result;

    if (q->client == NULL)
        return is_idle(q);
    if (!(q->clears ? clear_go_on(q) : list_go_on(q)))
        return false;
    for (size_t i = 0; i < q->part_count; i++)
        missed += q->parts[i].missed;
    result = json_object();
    put_uint(result, q->clears ? "cleared" : "count", q->sent);
    if (missed > 0)
        put_uint(result, "missed", missed);
    client_done(q->client, result);
    q->client = NULL;
    cancel(q);
    return is_idle(q);
}

struct session_query *session_queries_go_on(struct session_query *first, uint64_t now_ms)
{
    struct session_query **place = &first;

    (void)now_ms;
    while (*place != NULL) {
        struct session_query *q = *place;

        if (!query_go_on(q)) {
            place = &q->next;
            continue;
        }
        *place = q->next;
        query_free(q);
    }
    return first;
}

void session_queries_forget(struct session_query *first, const struct client *c)
{
    for (struct session_query *q = first; q != NULL; q = q->next)
        if (q->client == c) {
            q->client = NULL;
            cancel(q);
        }
}

void session_queries_free(struct session_query *first)
{
    while (first != NULL) {
        struct session_query *next = first->next;

        query_free(first);
        first = next;
    }
}

static struct session_query *query_new(struct client *c)
{
    const struct console_setup *s = client_setup(c);
    struct session_query *q = calloc(1, sizeof *q + s->worker_count * sizeof q->parts[0]);
    bool ok = q != NULL;

    if (q == NULL)
        return NULL;
    q->client = c;
    q->limit = SIZE_MAX;
    for (; ok && q->part_count < s->worker_count; q->part_count++) {
        struct query_part *p = &q->parts[q->part_count];

        p->query = q;
        p->worker = s->workers[q->part_count];
        p->task.step = step;
        p->rows = calloc(ROWS_ROOM, sizeof *p->rows);
        ok = p->rows != NULL;
    }
    if (ok)
        return q;
    query_free(q);
    return NULL;
}

static void refuse_memory(struct client *c)
{
    struct err err = {0};

    err_set(&err, NULL, "no memory");
    client_error(c, "memory", NULL, &err);
}

static void begin(struct client *c, struct session_query *q)
{
    struct session_query **queries = console_queries(c);

    q->next = *queries;
    *queries = q;
}

/* A whole number that is not negative. False: an error was sent. */
static bool read_number(struct client *c, const json_t *request, const char *key, uint64_t *n)
{
    const json_t *value = json_object_get(request, key);
    struct err err = {0};

    if (value == NULL)
        return true;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *n = (uint64_t)json_integer_value(value);
        return true;
    }
    err_set(&err, key, "must be a whole number");
    client_error(c, "request", NULL, &err);
    return false;
}

void console_sessions(struct client *c, const json_t *request)
{
    struct session_query *q;
    struct filter filter;
    uint64_t limit = 0;

    if (!client_filter(c, request, &filter) || !read_number(c, request, "limit", &limit))
        return;
    q = query_new(c);
    if (q == NULL) {
        refuse_memory(c);
        return;
    }
    q->filter = filter;
    if (limit > 0)
        q->limit = (size_t)limit;
    begin(c, q);
}

void console_meters(struct client *c, const json_t *request)
{
    struct session_query *q = query_new(c);

    (void)request;
    if (q == NULL) {
        refuse_memory(c);
        return;
    }
    q->meters = true;
    for (size_t i = 0; i < q->part_count; i++)
        q->parts[i].task.step = step_meters;
    begin(c, q);
}

void console_clear(struct client *c, const json_t *request)
{
    struct session_query *q;
    struct filter filter;
    uint64_t id = 0;

    if (!client_filter(c, request, &filter) || !read_number(c, request, "session", &id))
        return;
    q = query_new(c);
    if (q == NULL) {
        refuse_memory(c);
        return;
    }
    q->filter = filter;
    q->only_id = id;
    q->clears = true;
    begin(c, q);
}
