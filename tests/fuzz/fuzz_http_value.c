/* SPDX-License-Identifier: Apache-2.0
 *
 * The value of a header line: all its views, each in memory of exactly its own size; its cookies;
 * whom it names when it is a proxy's.
 */
#include "fuzz_engine.h"

#include "support/http_forwarded.h"
#include "support/http_mask.h"
#include "support/http_target.h"
#include "support/http_value.h"

#include <stdlib.h>

typedef struct span view_fn(struct span value, uint8_t *out);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool inside(struct span piece, struct span whole)
{
    return piece.n == 0 || (piece.p >= whole.p && piece.p + piece.n <= whole.p + whole.n);
}

static void play_view(struct span value, view_fn *read)
{
    uint8_t *out = malloc(value.n);
    struct span view = read(value, out);

    must(view.n <= value.n);
    must(inside(view, value) || inside(view, span_of(out, value.n)));
    free(out);
}

static struct span percent(struct span value, uint8_t *out)
{
    return http_percent_decode(value, HTTP_PLUS_KEPT, out);
}

static void play_cookies(struct span value)
{
    struct span left = value;
    struct http_cookie cookie;

    while (http_cookie_next(&left, &cookie))
        must(inside(cookie.name, value) && inside(cookie.value, value));
}

static void play_hops(enum http_forwarded_header header, struct span value)
{
    struct http_forwarded f = http_forwarded_of(header, value);
    const struct ipprefix trusted = {{{10}, 4}, 8};
    struct http_chain chain = {.count = 0}, believed = {.count = 0};
    struct http_hop hop;
    uint32_t count = 0;

    for (; http_forwarded_next(&f, &hop); count++) {
        must(inside(hop.text, value) && inside(hop.host, value));
        must((hop.kind == HOP_ADDRESS) == (hop.addr.family != 0));
    }
    http_chain_add(&chain, header, value, NULL, 0);
    http_chain_add(&believed, header, value, &trusted, 1);
    must(chain.count == count && believed.count == count);
    must((believed.kind == HOP_ADDRESS) == (believed.addr.family != 0));
}

/* No digit is left of a body, and nothing but what is printable. */
static void play_masks(struct span value)
{
    static const char *const names[] = {"Cookie", "Set-Cookie", "Authorization", "X-Token", "Host"};
    uint8_t *out = malloc(value.n);

    http_mask_body(value, out);
    for (size_t i = 0; i < value.n; i++)
        must((out[i] >= ' ' && out[i] < 0x7f && !(out[i] >= '0' && out[i] <= '9')) ||
             out[i] == '\r' || out[i] == '\n');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        http_mask_header(span_text(names[i]), value, out);
    http_mask_is_secret(value);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span value = span_of(data, size);

    play_view(value, http_value_unfold);
    play_view(value, http_value_words);
    play_view(value, http_value_extended);
    play_view(value, percent);
    play_cookies(value);
    play_hops(FORWARDED_FOR, value);
    play_hops(FORWARDED, value);
    play_masks(value);
    http_forwarded_proto(value);
    http_forwarded_port(value);
    return 0;
}
