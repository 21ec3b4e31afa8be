/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_event.h"

#include "support/http_mask.h"

#include <nettle/sha2.h>

enum {
    NAME_SHOWN = 64,
    VALUE_SHOWN = 512,
    HEADERS_SHOWN = 4096, /* bytes of a message; what comes behind is left out */
    ORDER_BYTES = 6,
};

/* The header lines of one message, as far as its event shows them. */
struct shown {
    uint32_t bytes;
    bool cut; /* there are more */
};

struct http_event {
    struct shown shown[2];
    bool ordered; /* names of the request are in `order` */
    struct sha256_ctx order;
};

static struct http_event *event_of(struct parse *p, struct http_event **event)
{
    if (*event == NULL) {
        *event = parse_alloc(p, sizeof **event);
        if (*event)
            memset(*event, 0, sizeof **event);
    }
    return *event;
}

/* As JA4H has it: no cookies, no referrer, and nothing that is no header. */
static void order(struct http_event *e, struct span name)
{
    if (name.n == 0 || name.p[0] == ':' || span_equal_nocase(name, SPAN("cookie")) ||
        span_equal_nocase(name, SPAN("referer")))
        return;
    if (e->ordered)
        sha256_update(&e->order, 1, (const uint8_t *)",");
    else
        sha256_init(&e->order);
    sha256_update(&e->order, name.n, name.p);
    e->ordered = true;
}

static void show(struct parse *p, struct shown *h, struct span name, struct span value)
{
    bool request = p->dir == DIR_CLIENT;
    uint8_t masked[VALUE_SHOWN];

    name = span_first(name, NAME_SHOWN);
    value = span_first(value, VALUE_SHOWN);
    if (h->bytes + name.n + value.n > HEADERS_SHOWN) {
        if (!h->cut)
            parse_uint(p, request ? FIELD_HTTP_REQUEST_CUT : FIELD_HTTP_RESPONSE_CUT, true);
        h->cut = true;
        return;
    }
    /* Both fields have a head, too. */
    h->bytes += (uint32_t)(name.n + value.n) + 32;
    http_mask_header(name, value, masked);
    parse_field(p, request ? FIELD_HTTP_REQUEST_NAME : FIELD_HTTP_RESPONSE_NAME, name);
    parse_field(p, request ? FIELD_HTTP_REQUEST_VALUE : FIELD_HTTP_RESPONSE_VALUE,
                span_of(masked, value.n));
}

void http_event_store(struct parse *p, struct http_event **event, struct span name,
                      struct span value)
{
    bool shown = p->http->headers >> p->dir & 1;
    struct http_event *e;

    if (!shown && p->dir == DIR_SERVER)
        return;
    e = event_of(p, event);
    if (e == NULL)
        return;
    if (shown)
        show(p, &e->shown[p->dir], name, value);
    if (p->dir == DIR_CLIENT)
        order(e, name);
}

void http_event_line(struct parse *p, struct http_event **event, struct span line, size_t colon)
{
    if (line.n == 0)
        return;
    if (colon >= line.n || line.p[0] == ' ' || line.p[0] == '\t')
        http_event_header(p, event, span_of("", 0), span_trim(line));
    else
        http_event_header(p, event, span_trim(span_first(line, colon)),
                          span_trim(span_from(line, colon + 1)));
}

void http_event_finish(struct parse *p, struct http_event *e)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t text[2 * ORDER_BYTES], digest[ORDER_BYTES];

    if (p->dir == DIR_CLIENT && e->ordered) {
        sha256_digest(&e->order, ORDER_BYTES, digest);
        for (size_t i = 0; i < ORDER_BYTES; i++) {
            text[2 * i] = (uint8_t)digits[digest[i] >> 4];
            text[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
        }
        parse_field(p, FIELD_HTTP_HEADER_ORDER, span_of(text, sizeof text));
    }
    if (p->dir == DIR_CLIENT)
        e->ordered = false;
    e->shown[p->dir] = (struct shown){0};
}

void http_event_framing_store(struct parse *p, const struct framing *f, enum frame frame)
{
    static const char *const frames[] = {
        [FRAME_LENGTH] = "length", [FRAME_CHUNKED] = "chunked", [FRAME_TO_END] = "close"};
    static const struct {
        uint16_t flag;
        const char *text;
    } flags[] = {
        {FRAMING_CHUNKED, "has-chunked"},          {FRAMING_LENGTH, "has-length"},
        {FRAMING_LENGTH_AGAIN, "length-again"},    {FRAMING_LENGTH_DIFFERS, "length-differs"},
        {FRAMING_LENGTH_MINUS, "length-negative"}, {FRAMING_LENGTH_BAD, "length-invalid"},
        {FRAMING_LENGTH_EMPTY, "length-empty"},    {FRAMING_LENGTH_DISGUISED, "length-disguised"},
        {FRAMING_CHUNKED_TWICE, "chunked-twice"},  {FRAMING_DISGUISED, "coding-disguised"},
        {FRAMING_IDENTITY, "coding-identity"},
    };
    enum field field =
        p->dir == DIR_CLIENT ? FIELD_HTTP_REQUEST_FRAMING : FIELD_HTTP_RESPONSE_FRAMING;
    uint16_t usual = frame == FRAME_CHUNKED ? FRAMING_CODED | FRAMING_CHUNKED | FRAMING_CHUNKED_LAST
                     : frame == FRAME_TO_END ? 0
                                             : FRAMING_LENGTH;
    uint16_t odd = f->flags & (uint16_t)~usual;

    if (odd == 0 && frame != FRAME_CHUNKED && frame != FRAME_TO_END)
        return;
    if (frame != FRAME_NONE)
        parse_text(p, field, frames[frame]);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (odd & flags[i].flag)
            parse_text(p, field, flags[i].text);
}
