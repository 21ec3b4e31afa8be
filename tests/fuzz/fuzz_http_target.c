/* SPDX-License-Identifier: Apache-2.0
 *
 * A request target: all its views, each in memory of exactly the size it may need, and its
 * arguments.
 */
#include "fuzz_engine.h"

#include "support/http_target.h"

#include <stdlib.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool inside(struct span piece, struct span whole)
{
    return piece.n == 0 || (piece.p >= whole.p && piece.p + piece.n <= whole.p + whole.n);
}

/* Nothing is left to resolve. */
static void must_be_resolved(const struct http_target_view *view)
{
    struct span path = span_first(view->text, view->query);

    path = span_from(path, view->path);
    for (size_t i = 0; i + 1 < path.n; i++)
        must(path.p[i] != '/' || path.p[i + 1] != '/');
    must(span_index(path, '\\') == path.n);
}

static void check_view(const struct http_target *u, const struct http_target_view *view)
{
    must(view->text.n <= HTTP_TARGET_ROOM(u->raw.n));
    must(view->path <= view->query && view->query <= view->text.n);
    must_be_resolved(view);
}

typedef bool view_fn(const struct http_target *, uint8_t *out, struct http_target_view *);

static bool play_view(const struct http_target *u, view_fn *read)
{
    uint8_t *out = malloc(HTTP_TARGET_ROOM(u->raw.n));
    struct http_target_view view;
    bool is_there = read(u, out, &view);

    if (is_there)
        check_view(u, &view);
    free(out);
    return is_there;
}

static void play_arguments(struct span query)
{
    struct http_arguments args = http_arguments_of(query);
    struct http_argument arg;

    while (http_arguments_next(&args, &arg)) {
        uint8_t *out = malloc(arg.value.n);

        must(inside(arg.name, query) && inside(arg.value, query));
        must(arg.name.n <= HTTP_ARGUMENT_NAME && arg.value.n <= HTTP_ARGUMENT_VALUE);
        must(http_percent_decode(arg.value, HTTP_PLUS_BLANK, out).n <= arg.value.n);
        free(out);
    }
    must(args.count <= HTTP_ARGUMENTS_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_target u = http_target_split(span_of(data, size));
    uint8_t *out = malloc(HTTP_TARGET_ROOM(size));
    struct http_target_view view = http_target_normal(&u, out);

    must(inside(u.scheme, u.raw) && inside(u.authority, u.raw));
    must(inside(u.path, u.raw) && inside(u.query, u.raw));
    must(view.text.p == u.raw.p || view.text.p == out);
    check_view(&u, &view);
    must(!play_view(&u, http_target_cut) || u.flags & HTTP_TARGET_NUL);
    must(!play_view(&u, http_target_unicode) ||
         u.flags & (HTTP_TARGET_UNICODE | HTTP_TARGET_OVERLONG));
    must(!play_view(&u, http_target_twice) || u.flags & HTTP_TARGET_DOUBLE);
    play_arguments(u.query);
    free(out);
    return 0;
}
