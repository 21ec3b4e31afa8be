/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_elastic.h"

#include "support/http_path.h"

/* What may stand behind an index, or alone. */
static const char *const apis[] = {
    "_alias",
    "_aliases",
    "_analyze",
    "_async_search",
    "_bulk",
    "_cache",
    "_cat",
    "_close",
    "_cluster",
    "_count",
    "_create",
    "_data_stream",
    "_delete_by_query",
    "_doc",
    "_eql",
    "_explain",
    "_field_caps",
    "_flush",
    "_forcemerge",
    "_ilm",
    "_index_template",
    "_component_template",
    "_ingest",
    "_license",
    "_mapping",
    "_mappings",
    "_mget",
    "_ml",
    "_msearch",
    "_mtermvectors",
    "_nodes",
    "_open",
    "_opendistro",
    "_pit",
    "_plugins",
    "_rank_eval",
    "_recovery",
    "_refresh",
    "_reindex",
    "_remote",
    "_render",
    "_resolve",
    "_rollover",
    "_scripts",
    "_search",
    "_security",
    "_segments",
    "_settings",
    "_shard_stores",
    "_shrink",
    "_slm",
    "_snapshot",
    "_source",
    "_split",
    "_sql",
    "_stats",
    "_tasks",
    "_template",
    "_termvectors",
    "_transform",
    "_update",
    "_update_by_query",
    "_validate",
    "_watcher",
    "_xpack",
    NULL,
};

/* Those that are a family: the next piece says which. */
static const char *const families[] = {"_cat",      "_cluster",  "_ilm",        "_ml",
                                       "_nodes",    "_security", "_opendistro", "_plugins",
                                       "_snapshot", NULL};

/* Of one index, an alias, or several with commas; a date in angle brackets is written with '%'. */
static bool is_index(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z' && span_index(s, '%') == s.n) ||
            c == '\\' || c == '"' || c == '|' || c == '#')
            return false;
    }
    return s.n > 0 && s.p[0] != '_' && s.p[0] != '+';
}

/* All of them begin alike, and hardly anything else does. */
static bool is_api(struct span piece)
{
    return span_starts(piece, SPAN("_")) && path_is_one_of(piece, apis);
}

bool elastic_read(enum http_verb verb, struct span target, struct elastic_request *r)
{
    struct span rest = path_of(target), piece = path_next(&rest), more;

    *r = (struct elastic_request){0};
    if (!is_api(piece)) {
        r->index = piece;
        piece = path_next(&rest);
        if (!is_api(piece) || !is_index(r->index))
            return false;
    }
    r->api = piece;
    more = path_next(&rest);
    if (more.n && path_is_one_of(piece, families))
        r->api.n += 1 + more.n;
    r->stores_script =
        span_equal(piece, SPAN("_scripts")) && (verb == VERB_PUT || verb == VERB_POST);
    return verb != VERB_OTHER;
}

void elastic_tell(struct parse *p, const struct elastic_request *r, enum elastic_script script)
{
    parse_field(p, FIELD_HTTP_ELASTIC_API, r->api);
    if (r->index.n)
        parse_field(p, FIELD_HTTP_ELASTIC_INDEX, r->index);
    if (parse_addr_internal(p, DIR_CLIENT))
        return;
    if (r->stores_script)
        parse_note_value(p, "Elasticsearch script to be stored", r->api);
    else if (script == ELASTIC_SCRIPT)
        parse_note_value(p, "Elasticsearch request with a script", r->api);
}
