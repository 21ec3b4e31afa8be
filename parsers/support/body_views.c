/* SPDX-License-Identifier: Apache-2.0 */
#include "support/body_views.h"

#include "support/body_parts.h"
#include "support/http_detect.h"

void body_type_read(struct body_type *t, struct span value)
{
    struct span type = span_trim(span_first(value, span_index(value, ';')));

    t->kind = BODY_UNKNOWN;
    if (span_equal_nocase(type, SPAN("application/x-www-form-urlencoded")))
        t->kind = BODY_FORM;
    if (span_starts_nocase(type, SPAN("multipart/"))) {
        t->kind = BODY_PARTS;
        multipart_boundaries(value, t->boundaries, BODY_BOUNDARIES);
    }
}

static void form(struct parse *p, struct span body)
{
    uint8_t *room = parse_alloc(p, body.n);

    if (room)
        http_detect_arguments(p, BUFFER_BODY_VIEW, body, room);
    parse_free(p, room);
}

/* Once for each boundary: servers differ in which of two they take. */
static void parts(struct parse *p, const struct body_type *t, struct span body)
{
    for (unsigned i = 0; i < BODY_BOUNDARIES; i++)
        if (i == 0 || t->boundaries[i].n)
            body_parts_show(p, &t->boundaries[i], body);
}

void body_views_show(struct parse *p, const struct body_type *t, struct span body)
{
    if (body.n == 0)
        return;
    switch ((enum body_kind)t->kind) {
    case BODY_FORM:
        form(p, body);
        break;
    case BODY_PARTS:
        parts(p, t, body);
        break;
    case BODY_UNKNOWN:
        break;
    }
}
