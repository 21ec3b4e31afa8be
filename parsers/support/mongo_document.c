/* SPDX-License-Identifier: Apache-2.0
 *
 * mongo_document: see mongo_document.h.
 */
#include "support/mongo_document.h"

enum { NAME_MOST = 128 };

/* Strings, one to a line; not passwords. */
static void text_out(struct parse *p, struct mongo_reading *r, const struct bson *b)
{
    unsigned part = r->begun ? BUFFER_NEXT : BUFFER_BEGINS;

    if (!p->wants_buffers || !bson_is_text(b) || b->value.n == 0 ||
        span_equal(b->name, SPAN("pwd")))
        return;
    parse_buffer(p, BUFFER_BODY, part, b->value);
    parse_buffer(p, BUFFER_BODY, BUFFER_NEXT, SPAN("\n"));
    r->begun = true;
}

/* Code that the server runs: a text where it takes one. */
static void script_look(struct mongo_reading *r, const struct bson *b)
{
    if (r->script.n || b->name.n == 0 || b->name.p[0] != '$')
        return;
    if ((span_equal(b->name, SPAN("$where")) && bson_is_text(b)) ||
        span_equal(b->name, SPAN("$function")) || span_equal(b->name, SPAN("$accumulator")))
        r->script = b->name;
}

static bool is_script_command(struct span name)
{
    return span_equal_nocase(name, SPAN("mapreduce")) || span_equal(name, SPAN("$eval")) ||
           span_equal(name, SPAN("eval"));
}

/* The client's first message of SCRAM (RFC 5802: "n,,n=user,r=...") or PLAIN (RFC 4616). */
static struct span user_of(struct span mechanism, struct span payload)
{
    if (span_equal(mechanism, SPAN("PLAIN"))) {
        payload = span_from(payload, span_index(payload, 0) + 1);
        return span_first(payload, span_index(payload, 0));
    }
    if (!span_starts(mechanism, SPAN("SCRAM-")))
        return span_of("", 0);
    payload = span_from(payload, span_index(payload, ',') + 1);
    payload = span_from(payload, span_index(payload, ',') + 1);
    if (!span_starts(payload, SPAN("n=")))
        return span_of("", 0);
    payload = span_from(payload, 2);
    return span_first(payload, span_index(payload, ','));
}

static void user_report(struct parse *p, struct mongo_reading *r, struct span user)
{
    if (user.n == 0)
        return;
    r->user = user;
    parse_field(p, FIELD_MONGODB_USER, user);
}

static void login_look(struct parse *p, struct mongo_reading *r, const struct bson *b)
{
    if (bson_is(b, "mechanism") || bson_is(b, "speculativeAuthenticate.mechanism")) {
        r->mechanism = b->value;
        parse_field(p, FIELD_MONGODB_MECHANISM, b->value);
    } else if (bson_is(b, "payload") || bson_is(b, "speculativeAuthenticate.payload")) {
        user_report(p, r, user_of(r->mechanism, b->value));
    } else if (bson_is(b, "user") || bson_is(b, "speculativeAuthenticate.user")) {
        user_report(p, r, b->value);
    } else if (bson_is(b, "speculativeAuthenticate")) {
        r->authenticates = true;
    }
}

static void client_look(struct parse *p, const struct bson *b)
{
    static const struct {
        const char *path;
        enum field field;
    } wanted[] = {
        {"client.driver.name", FIELD_MONGODB_DRIVER},
        {"client.driver.version", FIELD_MONGODB_DRIVER_VERSION},
        {"client.application.name", FIELD_MONGODB_APPLICATION},
    };

    if (b->depth != 2)
        return;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (bson_is(b, wanted[i].path))
            parse_field(p, wanted[i].field, b->value);
}

static bool is_login(struct span command)
{
    return span_equal(command, SPAN("saslStart")) || span_equal(command, SPAN("authenticate"));
}

/* Its first element: the command, and mostly the collection. */
static void command_name(struct parse *p, struct mongo_reading *r, const struct bson *b)
{
    struct span name = span_first(b->name, NAME_MOST);

    parse_field(p, FIELD_MONGODB_COMMAND, name);
    if (b->type == BSON_STRING)
        parse_field(p, FIELD_MONGODB_COLLECTION, b->value);
    r->authenticates = is_login(name);
    if (is_script_command(name))
        r->script = name;
}

static void command_element(struct parse *p, struct mongo_reading *r, const struct bson *b)
{
    if (b->depth == 0 && bson_is(b, "$db"))
        parse_field(p, FIELD_MONGODB_DATABASE, b->value);
    else if (b->depth == 0 && bson_is(b, "collection") && b->type == BSON_STRING)
        parse_field(p, FIELD_MONGODB_COLLECTION, b->value);
    client_look(p, b);
    if (b->depth < 2 && (r->authenticates || bson_is(b, "speculativeAuthenticate")))
        login_look(p, r, b);
}

/* Drivers of old wrap a command to say where it may run: {$query: {ping: 1}, $readPreference: ..}
 */
static bool is_wrapped(const struct bson *b)
{
    return b->type == BSON_DOCUMENT &&
           (span_equal(b->name, SPAN("$query")) || span_equal(b->name, SPAN("query")));
}

void mongo_command_read(struct parse *p, struct mongo_reading *r, struct cursor *in)
{
    struct bson b = bson_open(in);
    unsigned level = 0;
    bool named = false;

    while (bson_next(&b)) {
        text_out(p, r, &b);
        script_look(r, &b);
        if (!named && level == 0 && b.depth == 0 && is_wrapped(&b)) {
            level = 1;
        } else if (!named && b.depth == level) {
            command_name(p, r, &b);
            named = true;
        } else {
            command_element(p, r, &b);
        }
    }
}

void mongo_documents_read(struct parse *p, struct mongo_reading *r, struct cursor *in)
{
    while (cur_left(in)) {
        struct bson b = bson_open(in);

        while (bson_next(&b)) {
            text_out(p, r, &b);
            script_look(r, &b);
        }
    }
}

static void answer_element(struct mongo_reading *r, const struct bson *b)
{
    if (bson_is(b, "ok")) {
        r->has_ok = true;
        r->ok = bson_number(b) != 0;
    } else if (bson_is(b, "code") || bson_is(b, "writeErrors.0.code")) {
        r->error = bson_number(b);
    } else if (bson_is(b, "codeName")) {
        r->error_name = b->value;
    } else if (bson_is(b, "maxWireVersion")) {
        r->wire = bson_number(b);
    } else if (bson_is(b, "version") && b->type == BSON_STRING) {
        r->version = b->value;
    }
}

void mongo_answer_read(struct parse *p, struct mongo_reading *r, struct cursor *in)
{
    struct bson b = bson_open(in);

    while (bson_next(&b)) {
        text_out(p, r, &b);
        answer_element(r, &b);
    }
}

void mongo_answer_report(struct parse *p, const struct mongo_reading *r)
{
    if (r->wire >= 0)
        parse_uint(p, FIELD_MONGODB_WIRE, (uint64_t)r->wire);
    if (r->has_ok && r->ok && r->version.n)
        parse_field(p, FIELD_MONGODB_VERSION, r->version);
    if (r->error)
        parse_uint(p, FIELD_MONGODB_ERROR_CODE, (uint64_t)r->error);
    if (r->error_name.n)
        parse_field(p, FIELD_MONGODB_ERROR_NAME, r->error_name);
}
