/* SPDX-License-Identifier: Apache-2.0
 *
 * A body under its type: its parts, their fields and parameters; its charset, whole and in pieces.
 *
 *   a Content-Type up to the end of the line
 *   the body
 */
#include "fuzz_engine.h"

#include "support/charset.h"
#include "support/mime_filename.h"
#include "support/mime_param.h"
#include "support/multipart.h"

#include <stdlib.h>

enum { JOINED = 40, PIECE = 3 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool inside(struct span piece, struct span whole)
{
    return piece.n == 0 || (piece.p >= whole.p && piece.p + piece.n <= whole.p + whole.n);
}

static void play_params(struct span value)
{
    uint8_t *room = malloc(value.n ? value.n : 1), joined[JOINED];
    struct span rest = value;
    struct mime_param param;

    must(inside(mime_value(value), value));
    while (mime_param_next(&rest, &param)) {
        must(inside(param.name, value) && inside(param.value, value));
        must(mime_param_text(&param, room, param.value.n).n <= param.value.n);
    }
    must(mime_param_joined(value, SPAN("filename"), joined, JOINED).n <= JOINED);
    free(room);
}

static void on_part(void *arg, const struct multipart_part *part)
{
    const struct span *body = arg;

    must(inside(part->head, *body) && inside(part->name, *body));
    must(part->content.n <= body->n);
    must(part->changed || inside(part->content, *body));
    play_params(part->name);
}

static void on_filename(void *arg, struct span name)
{
    (void)arg;
    must(name.n > 0 && name.n <= MIME_FILENAME_MOST);
}

static void play_parts(struct span type, struct span body)
{
    const struct multipart_sink sink = {on_part, on_filename, &body};
    uint8_t *room = malloc(2 * body.n + 1);

    multipart_walk(type, body, room, &sink);
    free(room);
}

struct seen {
    uint64_t bytes, hash;
};

static void add(void *arg, struct span piece)
{
    struct seen *seen = arg;

    must(piece.n > 0);
    seen->bytes += piece.n;
    for (size_t i = 0; i < piece.n; i++)
        seen->hash = (seen->hash ^ piece.p[i]) * UINT64_C(0x100000001b3);
}

static struct charset_reader play_charset(struct span type, struct span body, size_t step,
                                          struct seen *seen)
{
    struct charset_reader c = {.decided = false};
    enum charset is = CHARSET_AS_IS;
    struct mime_param param;

    if (mime_param_find(type, SPAN("charset"), &param))
        (void)charset_by_name(param.value, &is);
    c.is = (uint8_t)is;
    *seen = (struct seen){.bytes = 0};
    for (; body.n; body = span_from(body, step))
        charset_feed(&c, span_first(body, step), add, seen);
    charset_end(&c, add, seen);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span type = span_first(span_of(data, size), span_index(span_of(data, size), '\n'));
    struct span body = span_from(span_of(data, size), type.n + 1);
    struct charset_reader whole, pieces;
    struct seen a, b;

    play_params(type);
    play_parts(type, body);
    whole = play_charset(type, body, body.n, &a);
    pieces = play_charset(type, body, PIECE, &b);
    must(whole.is == pieces.is && whole.belied == pieces.belied);
    must(a.bytes == b.bytes && a.hash == b.hash && a.bytes <= 3 * body.n);
    return 0;
}
