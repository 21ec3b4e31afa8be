/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verbs.h"

#include "control/config.h"
#include "ctl/attach.h"
#include "ctl/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

/* "" for what has no text. */
static const char *text_of(const json_t *v, char room[32])
{
    if (json_is_integer(v)) {
        snprintf(room, 32, "%lld", (long long)json_integer_value(v));
        return room;
    }
    if (json_is_boolean(v))
        return json_is_true(v) ? "yes" : "no";
    return json_is_string(v) ? json_string_value(v) : "";
}

/* A member by a path with dots; "" when it is not there. */
static const char *text_at(const json_t *v, const char *path, char room[32])
{
    char key[64];
    const char *dot;

    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
        v = json_object_get(v, key);
        path = dot + 1;
    }
    return text_of(json_object_get(v, path), room);
}

/* A list of texts, with commas between. */
static void list_cell(struct table_view *t, const json_t *list)
{
    char text[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list) && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? "," : "",
                              json_string_value(json_array_get(list, i)));
    table_cell(t, text);
}

static void put_json(const json_t *v)
{
    json_dumpf(v, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
    fflush(stdout);
}

/* ---- asking ---- */

/* Of a list: headings, and where in an element each column's value is. */
struct columns {
    const char *headings[TABLE_COLUMNS + 1];
    const char *paths[TABLE_COLUMNS];
};

struct showing {
    const struct ctl_words *words;
    const struct columns *columns; /* NULL: as JSON */
    struct table_view *table;
    bool (*special)(struct showing *, const char *what, const json_t *); /* NULL: rows */
    size_t shown;
};

static void show_row(const struct showing *s, const json_t *v)
{
    for (size_t i = 0; s->columns->headings[i] != NULL; i++) {
        const json_t *list = json_object_get(v, s->columns->paths[i]);
        char room[32];

        if (json_is_array(list))
            list_cell(s->table, list);
        else
            table_cell(s->table, text_at(v, s->columns->paths[i], room));
    }
    table_row_end(s->table);
}

static bool show_each(void *arg, const char *what, const json_t *v)
{
    struct showing *s = arg;

    if (s->special != NULL)
        return s->special(s, what, v);
    if (s->columns == NULL)
        put_json(v);
    else
        show_row(s, v);
    s->shown++;
    return true;
}

static enum ctl_exit ended(enum ask_result r)
{
    return r == ASK_DONE ? CTL_DONE : r == ASK_REFUSED ? CTL_REFUSED : CTL_CANNOT;
}

/* One request from the beginning to the end. *result is the caller's; NULL: there is none. */
static enum ctl_exit ask(const struct ctl_words *w, json_t *request, struct showing *s,
                         json_t **result, struct err *err)
{
    struct ask *a = ask_open(w->socket, err);
    enum ask_result r;

    *result = NULL;
    if (a == NULL) {
        json_decref(request);
        return CTL_CANNOT;
    }
    r = ask_run(a, request, show_each, s, result, err);
    ask_close(a);
    return ended(r);
}

static json_t *request_of(const char *name)
{
    return json_pack("{s:i, s:s}", "id", 1, "request", name);
}

/* The words are a filter. */
static void add_filter(json_t *request, const struct ctl_words *w)
{
    char text[2048] = "";
    size_t n = 0;

    for (int i = 0; i < w->count && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", w->words[i]);
    if (w->count > 0)
        json_object_set_new(request, "filter", json_string(text));
}

/* A list, in parts or as the result, as a table or as JSON. */
static enum ctl_exit list(const struct ctl_words *w, json_t *request, const struct columns *columns,
                          struct err *err)
{
    struct showing s = {.words = w, .columns = w->json ? NULL : columns};
    json_t *result;
    enum ctl_exit status;

    if (s.columns != NULL && (s.table = table_new(columns->headings)) == NULL) {
        json_decref(request);
        err_set(err, NULL, "no memory");
        return CTL_CANNOT;
    }
    status = ask(w, request, &s, &result, err);
    for (size_t i = 0; i < json_array_size(result); i++)
        show_each(&s, "part", json_array_get(result, i));
    table_free(s.table);
    if (json_integer_value(json_object_get(result, "missed")) > 0)
        fprintf(stderr, "sluicectl: %lld more stood where no more could be read at a time\n",
                (long long)json_integer_value(json_object_get(result, "missed")));
    json_decref(result);
    return status;
}

/* One object: its members as lines, or as JSON. */
static void show_object(const json_t *v, const char *prefix)
{
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)v, key, member)
    {
        char name[128];

        snprintf(name, sizeof name, "%s%s", prefix, key);
        if (json_is_object(member)) {
            strncat(name, ".", sizeof name - strlen(name) - 1);
            show_object(member, name);
        } else if (!json_is_array(member)) {
            char room[32];

            printf("%-32s %s\n", name, text_of(member, room));
        }
    }
}

static enum ctl_exit object(const struct ctl_words *w, json_t *request, struct err *err)
{
    struct showing s = {.words = w};
    json_t *result;
    enum ctl_exit status = ask(w, request, &s, &result, err);

    if (status == CTL_DONE && w->json)
        put_json(result);
    else if (status == CTL_DONE)
        show_object(result, "");
    json_decref(result);
    return status;
}

/* ---- verbs ---- */

static void show_table(const json_t *rows, const struct columns *columns)
{
    struct showing s = {.columns = columns, .table = table_new(columns->headings)};

    if (s.table == NULL)
        return;
    for (size_t i = 0; i < json_array_size(rows); i++)
        show_row(&s, json_array_get(rows, i));
    table_free(s.table);
}

static enum ctl_exit run_status(const struct ctl_words *w, struct err *err)
{
    static const struct columns workers = {
        {">WORKER", ">GENERATION", ">SESSIONS", ">PACKETS", ">BYTES", NULL},
        {"worker", "generation", "sessions", "packets", "bytes"}};
    static const struct columns ports = {
        {"PORT", "INTERFACE", "NAMESPACE", ">RECEIVED", ">LOST", ">SENT", ">NOT SENT", NULL},
        {"kind", "interface", "netns", "received", "lost", "sent", "not_sent"}};
    struct showing s = {.words = w};
    json_t *result;
    enum ctl_exit status = ask(w, request_of("status"), &s, &result, err);

    if (status == CTL_DONE && w->json) {
        put_json(result);
    } else if (status == CTL_DONE) {
        show_object(result, "");
        putchar('\n');
        show_table(json_object_get(result, "workers"), &workers);
        putchar('\n');
        show_table(json_object_get(result, "ports"), &ports);
    }
    json_decref(result);
    return status;
}

static enum ctl_exit run_workloads(const struct ctl_words *w, struct err *err)
{
    static const struct columns columns = {
        {"NAME", "BY", "MODE", "MACS", "PREFIXES", "INTERFACE", ">PORTS", ">RULES", ">SENSOR RULES",
         NULL},
        {"name", "by", "mode", "macs", "prefixes", "interface", "ports", "rules", "sensor_rules"}};

    return list(w, request_of("workloads"), &columns, err);
}

static enum ctl_exit run_sessions(const struct ctl_words *w, struct err *err)
{
    static const struct columns columns = {
        {"ID", "WORKLOAD", "PROTO", "CLIENT", ">PORT", "SERVER", ">PORT", "APP", ">BYTES OUT",
         ">BYTES IN", ">AGE", "STATE", NULL},
        {"session_id", "workload", "proto", "client.ip", "client.port", "server.ip", "server.port",
         "app_proto", "client.bytes", "server.bytes", "age", "state"}};
    json_t *request = request_of("sessions");

    add_filter(request, w);
    if (w->limit > 0)
        json_object_set_new(request, "limit", json_integer(w->limit));
    return list(w, request, &columns, err);
}

/* "clear 4711" is one session; "clear all" and "clear host 10.1.1.2" are those that match. */
static enum ctl_exit run_clear(const struct ctl_words *w, struct err *err)
{
    json_t *request = request_of("clear");
    char *end = NULL;
    long long id = strtoll(w->words[0], &end, 10);

    if (w->count == 1 && *end == '\0' && id > 0)
        json_object_set_new(request, "session", json_integer(id));
    else
        add_filter(request, w);
    return object(w, request, err);
}

static enum ctl_exit run_counters(const struct ctl_words *w, struct err *err)
{
    return object(w, request_of("counters"), err);
}

static enum ctl_exit run_version(const struct ctl_words *w, struct err *err)
{
    return object(w, request_of("version"), err);
}

static enum ctl_exit run_debug(const struct ctl_words *w, struct err *err)
{
    json_t *request = request_of("debug");

    if (w->count == 1)
        json_object_set_new(request, "level", json_string(w->words[0]));
    return object(w, request, err);
}

static enum ctl_exit run_meters(const struct ctl_words *w, struct err *err)
{
    static const struct columns columns = {
        {"WORKLOAD", "METER", "PEER", "ON", ">COUNT", ">LAST", ">UPPER", ">LOWER", NULL},
        {"workload", "meter", "peer", "on", "count", "last", "upper", "lower"}};

    return list(w, request_of("meters"), &columns, err);
}

static enum ctl_exit run_stats(const struct ctl_words *w, struct err *err)
{
    static const struct columns columns = {
        {"WORKLOAD", ">SESSIONS IN 1M", ">OUT 1M", ">PACKETS IN 1M", ">OUT 1M", ">BYTES IN 1M",
         ">OUT 1M", ">BYTES IN", ">OUT", NULL},
        {"workload", "ingress.1m.sessions", "egress.1m.sessions", "ingress.1m.packets",
         "egress.1m.packets", "ingress.1m.bytes", "egress.1m.bytes", "ingress.total.bytes",
         "egress.total.bytes"}};
    struct showing s = {.words = w};
    json_t *result, *rows;
    enum ctl_exit status = ask(w, request_of("stats"), &s, &result, err);

    if (status == CTL_DONE && w->json) {
        put_json(result);
    } else if (status == CTL_DONE) {
        rows = json_copy(json_object_get(result, "workloads"));
        json_object_set_new(json_object_get(result, "device"), "workload", json_string("(all)"));
        json_array_insert(rows, 0, json_object_get(result, "device"));
        show_table(rows, &columns);
        json_decref(rows);
    }
    json_decref(result);
    return status;
}

/* ---- policy and sensors ---- */

static enum ctl_exit run_policy_show(const struct ctl_words *w, struct err *err)
{
    static const struct columns all = {{"WORKLOAD", "MODE", "DEFAULT", ">RULES", ">VERSION", NULL},
                                       {"workload", "mode", "default", "rules", "version"}};
    static const struct columns one = {
        {">ID", "DIRECTION", "CLIENT", "SERVER", "NAME", "PORTS", "PROTOCOL", "ACTION", NULL},
        {"id", "direction", "client", "server", "name", "ports", "protocol", "action"}};
    json_t *request = request_of("policy");

    if (w->count == 0)
        return list(w, request, &all, err);
    json_object_set_new(request, "workload", json_string(w->words[0]));
    return list(w, request, &one, err);
}

/* Says the file in front of the place. */
static enum ctl_exit refuse_file(const char *file, struct err *err)
{
    struct err inner = *err;

    err_set(err, file, "%s%s%s", inner.path, inner.path[0] != '\0' ? ": " : "", inner.text);
    return CTL_REFUSED;
}

static enum ctl_exit run_policy_check(const struct ctl_words *w, struct err *err)
{
    struct snapshot *s = config_load(w->words[0], err);

    if (s == NULL)
        return refuse_file(w->words[0], err);
    if (!w->json)
        printf("%s: %zu workloads, no mistakes\n", w->words[0], s->workload_count);
    else
        printf("{\"workloads\":%zu}\n", s->workload_count);
    snapshot_free(s);
    return CTL_DONE;
}

static enum ctl_exit apply(const struct ctl_words *w, const char *request_name, struct err *err)
{
    json_error_t error;
    json_t *request, *document = json_load_file(w->words[0], JSON_REJECT_DUPLICATES, &error);
    enum ctl_exit status;

    if (document == NULL) {
        err_set(err, w->words[0], "line %d: %s", error.line, error.text);
        return CTL_REFUSED;
    }
    request = request_of(request_name);
    json_object_set_new(request, "document", document);
    status = object(w, request, err);
    return status == CTL_REFUSED ? refuse_file(w->words[0], err) : status;
}

static enum ctl_exit run_policy_apply(const struct ctl_words *w, struct err *err)
{
    return apply(w, "policy-apply", err);
}

static enum ctl_exit run_sensors_apply(const struct ctl_words *w, struct err *err)
{
    return apply(w, "sensors-apply", err);
}

/* One workload's: a row for each of its rules. */
static bool show_sensors(struct showing *s, const char *what, const json_t *v)
{
    const json_t *rules = json_object_get(v, "rules");
    char room[32];

    (void)what;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *r = json_array_get(rules, i);

        table_cell(s->table, text_at(v, "workload", room));
        table_cell(s->table, text_at(r, "id", room));
        table_cell(s->table, text_at(r, "kind", room));
        table_cell(s->table, text_at(r, "action", room));
        table_cell(s->table, text_at(r, "name", room));
        list_cell(s->table, json_object_get(r, "patterns"));
        table_row_end(s->table);
    }
    return true;
}

static enum ctl_exit run_sensors_show(const struct ctl_words *w, struct err *err)
{
    static const char *const headings[] = {"WORKLOAD", ">ID",      "KIND", "ACTION",
                                           "RULE",     "PATTERNS", NULL};
    struct showing s = {.words = w, .special = w->json ? NULL : show_sensors};
    json_t *request = request_of("sensors"), *result;
    enum ctl_exit status;

    if (w->count == 1)
        json_object_set_new(request, "workload", json_string(w->words[0]));
    s.table = w->json ? NULL : table_new(headings);
    status = ask(w, request, &s, &result, err);
    table_free(s.table);
    json_decref(result);
    return status;
}

/* ---- following ---- */

static void show_event(const json_t *v)
{
    char a[32], b[32], c[32];
    const char *type = text_at(v, "event_type", a), *time = text_at(v, "timestamp", a);
    const char *what = text_at(v, "app_proto", a);

    if (strcmp(type, "alert") == 0)
        what = text_at(v, "alert.signature", a);
    else if (strcmp(type, "anomaly") == 0)
        what = text_at(v, "anomaly.event", a);
    else if (strcmp(type, "trace") == 0)
        what = text_at(v, "sluice.text", a);
    printf("%.15s %-8s %s %s:%s > %s:%s %s\n", strlen(time) > 11 ? time + 11 : time, type,
           text_at(v, "proto", a), text_at(v, "src_ip", a), text_at(v, "src_port", b),
           text_at(v, "dest_ip", a), text_at(v, "dest_port", c), what);
}

static bool follow_each(struct showing *s, const char *what, const json_t *v)
{
    if (strcmp(what, "lost") == 0)
        fprintf(stderr, "sluicectl: %lld were lost: too many to follow, use a filter\n",
                (long long)json_integer_value(v));
    else if (s->words->json)
        put_json(v);
    else
        show_event(v);
    fflush(stdout);
    s->shown++;
    return s->words->limit == 0 || (long)s->shown < s->words->limit;
}

static enum ctl_exit follow(const struct ctl_words *w, const char *request_name, struct err *err)
{
    struct showing s = {.words = w, .special = follow_each};
    json_t *request = request_of(request_name), *result;
    enum ctl_exit status;

    add_filter(request, w);
    status = ask(w, request, &s, &result, err);
    json_decref(result);
    return status;
}

static enum ctl_exit run_events(const struct ctl_words *w, struct err *err)
{
    return follow(w, "events", err);
}

static enum ctl_exit run_trace(const struct ctl_words *w, struct err *err)
{
    return follow(w, "trace", err);
}

static enum ctl_exit run_attached(const struct ctl_words *w, struct err *err)
{
    static const struct columns columns = {{"NAME", "MODE", "FAIL", "NAMESPACE", NULL},
                                           {"name", "mode", "fail", "netns"}};

    return list(w, request_of("attached"), &columns, err);
}

const struct ctl_verb ctl_verbs[] = {
    {"status", NULL, "", "what the daemon is doing: workers, ports, what was lost",
     "sluicectl status", run_status, 0, 0},
    {"workloads", NULL, "", "what is protected", "sluicectl workloads --json", run_workloads, 0, 0},
    {"sessions", NULL, "[-n N] [FILTER]", "sessions that are open now",
     "sluicectl sessions workload web and app http", run_sessions, 0, 1000},
    {"clear", NULL, "ID|FILTER", "end one session, or all that match ('all')",
     "sluicectl clear host 10.1.1.2", run_clear, 1, 1000},
    {"counters", NULL, "", "everything that is counted", "sluicectl counters", run_counters, 0, 0},
    {"stats", NULL, "", "sessions, packets and bytes of workloads", "sluicectl stats", run_stats, 0,
     0},
    {"meters", NULL, "", "rates that are watched", "sluicectl meters", run_meters, 0, 0},
    {"policy", "show", "[WORKLOAD]", "the rules, in short or of one workload",
     "sluicectl policy show web", run_policy_show, 0, 1},
    {"policy", "check", "FILE", "is this configuration document right? Needs no daemon",
     "sluicectl policy check new.json", run_policy_check, 1, 1},
    {"policy", "apply", "FILE", "this document takes the place of the one before",
     "sluicectl policy apply new.json", run_policy_apply, 1, 1},
    {"sensors", "show", "[WORKLOAD]", "what is looked for in contents", "sluicectl sensors show",
     run_sensors_show, 0, 1},
    {"sensors", "apply", "FILE",
     "these sensors take the place of those before: {\"sensors\": [...]}",
     "sluicectl sensors apply dlp.json", run_sensors_apply, 1, 1},
    {"events", NULL, "[-n N] [FILTER]", "what happens, from now on, until Ctrl-C",
     "sluicectl events app dns", run_events, 0, 1000},
    {"trace", NULL, "[-n N] FILTER", "the story of each matching packet, stage by stage",
     "sluicectl trace host 10.1.1.2 and port 80", run_trace, 1, 1000},
    {"attach", NULL, "TARGET [OPTION]...", "look at a container, or stand before it",
     "sluicectl attach 4711 --name web --mode protect", attach_run, 1, 1},
    {"detach", NULL, "NAME|TARGET|--all", "let go of it, also when no daemon runs",
     "sluicectl detach web", detach_run, 0, 1},
    {"attached", NULL, "", "which containers are attached", "sluicectl attached", run_attached, 0,
     0},
    {"debug", NULL, "[LEVEL]", "how much is logged: error, warn, info, debug",
     "sluicectl debug debug", run_debug, 0, 1},
    {"version", NULL, "", "of the daemon", "sluicectl version", run_version, 0, 0},
    {0},
};
