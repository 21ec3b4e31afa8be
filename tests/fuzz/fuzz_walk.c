/* SPDX-License-Identifier: Apache-2.0
 *
 * What takes bodies apart: a byte that says how, and the body, in memory of exactly its size; so is
 * the room of the walker.
 */
#include "fuzz_engine.h"

#include "support/json_walk.h"
#include "support/protobuf_strings.h"
#include "support/xml_walk.h"

#include <stdlib.h>

enum { JSON, XML, PROTOBUF, KINDS };

struct found {
    struct span within;
    unsigned pieces;
    size_t bytes;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void found(void *arg, struct span piece)
{
    struct found *f = arg;

    must(piece.n == 0 ||
         (piece.p >= f->within.p && piece.p + piece.n <= f->within.p + f->within.n));
    f->pieces++;
    f->bytes += piece.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned kind = size ? data[0] % KINDS : JSON;
    struct span text = span_from(span_of(data, size), 1);
    size_t room_n = kind == XML ? xml_walk_room(text) : text.n;
    uint8_t *room = malloc(room_n ? room_n : 1);
    struct found f = {.within = kind == PROTOBUF ? text : span_of(room, room_n)};

    if (kind == JSON)
        json_walk(text, room, found, &f);
    if (kind == XML)
        xml_walk(text, room, found, &f);
    if (kind == PROTOBUF)
        protobuf_strings(text, found, &f);
    must(kind == PROTOBUF ? f.bytes <= PROTOBUF_DEPTH * text.n : f.bytes <= room_n);
    must(f.pieces <= JSON_PIECES_MOST || kind != JSON);
    must(f.pieces <= XML_PIECES_MOST || kind != XML);
    must(f.pieces <= PROTOBUF_STRINGS_MOST || kind != PROTOBUF);
    json_begins(text);
    xml_begins(text);
    free(room);
    return 0;
}
