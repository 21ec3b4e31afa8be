/* SPDX-License-Identifier: Apache-2.0 */
#include "support/body_views.h"

#include "support/http_detect.h"

void body_type_read(struct body_type *t, struct span value)
{
    struct span type = span_trim(span_first(value, span_index(value, ';')));

    t->kind = BODY_UNKNOWN;
    if (span_equal_nocase(type, SPAN("application/x-www-form-urlencoded")))
        t->kind = BODY_FORM;
}

static void form(struct parse *p, struct span body)
{
    uint8_t *room = parse_alloc(p, body.n);

    if (room)
        http_detect_arguments(p, BUFFER_BODY_VIEW, body, room);
    parse_free(p, room);
}

void body_views_show(struct parse *p, const struct body_type *t, struct span body)
{
    if (body.n == 0)
        return;
    switch ((enum body_kind)t->kind) {
    case BODY_FORM:
        form(p, body);
        break;
    case BODY_UNKNOWN:
        break;
    }
}
