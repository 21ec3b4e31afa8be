/* SPDX-License-Identifier: Apache-2.0
 *
 * A body under its type: its parts, their fields and parameters; its charset, whole and in pieces.
 *
 *   a Content-Type up to the end of the line
 *   the body
 */
#include "fuzz_engine.h"

#include "support/charset.h"
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

static void play_fields(struct span header)
{
    struct span rest = header;
    struct mime_field f;

    while (mime_field_next(&rest, &f)) {
        must(inside(f.name, header) && inside(f.value, header));
        play_params(f.value);
    }
}

static void play_parts(const struct boundary *b, struct span body)
{
    struct multipart m;
    struct multipart_part part;

    multipart_begin(&m, b, body);
    while (multipart_next(&m, &part)) {
        must(inside(part.header, body) && inside(part.contents, body));
        play_fields(part.header);
    }
    must(m.parts <= MULTIPART_PARTS);
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
    struct charset_reader c;
    uint32_t odd = 0;
    enum charset is = charset_of_type(type, &odd);

    *seen = (struct seen){.bytes = 0};
    charset_begin(&c, is, odd);
    for (; body.n; body = span_from(body, step))
        charset_feed(&c, span_first(body, step), add, seen);
    charset_end(&c, add, seen);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span type = span_first(span_of(data, size), span_index(span_of(data, size), '\n'));
    struct span body = span_from(span_of(data, size), type.n + 1);
    struct boundary boundaries[3] = {{0}};
    struct charset_reader whole, pieces;
    struct seen a, b;
    unsigned n = multipart_boundaries(type, boundaries, 2);

    play_params(type);
    for (unsigned i = 0; i <= n; i++)
        play_parts(&boundaries[i], body);
    whole = play_charset(type, body, body.n, &a);
    pieces = play_charset(type, body, PIECE, &b);
    must(whole.is == pieces.is && whole.odd == pieces.odd);
    must(a.bytes == b.bytes && a.hash == b.hash && a.bytes <= 3 * body.n);
    return 0;
}
