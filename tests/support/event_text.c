/* SPDX-License-Identifier: Apache-2.0
 *
 * Events as text.
 */
#include "event_text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void text_add(struct text *t, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if ((size_t)n + 1 > t->room - t->n) {
        t->room = (t->n + (size_t)n + 1) * 2;
        t->at = realloc(t->at, t->room);
        assert(t->at);
    }
    vsnprintf(t->at + t->n, t->room - t->n, fmt, again);
    va_end(again);
    t->n += (size_t)n;
}

static void add_escaped_byte(struct text *t, uint8_t c)
{
    switch (c) {
    case '\n':
        text_add(t, "\\n");
        break;
    case '\r':
        text_add(t, "\\r");
        break;
    case '\t':
        text_add(t, "\\t");
        break;
    case '\\':
        text_add(t, "\\\\");
        break;
    default:
        text_add(t, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
        break;
    }
}

void text_add_escaped(struct text *t, struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        add_escaped_byte(t, s.p[i]);
}

static uint64_t number_of(struct span value)
{
    uint64_t number = 0;

    assert(value.n == sizeof number);
    memcpy(&number, value.p, sizeof number);
    return number;
}

static void add_address(struct text *t, struct span value)
{
    char text[IPADDR_TEXT];
    struct ipaddr a;

    assert(value.n == 4 || value.n == 16);
    a = value.n == 4 ? ipaddr_v4(value.p) : ipaddr_v6(value.p);
    ipaddr_text(&a, text);
    text_add(t, "%s", text);
}

static void add_value(struct text *t, const struct tx_field *f)
{
    switch (field_kind(f->field)) {
    case FIELD_STR:
        text_add_escaped(t, f->value);
        break;
    case FIELD_UINT:
        text_add(t, "%" PRIu64, number_of(f->value));
        break;
    case FIELD_BOOL:
        text_add(t, "%s", number_of(f->value) ? "true" : "false");
        break;
    case FIELD_IP:
        add_address(t, f->value);
        break;
    case FIELD_HEX:
        for (size_t i = 0; i < f->value.n; i++)
            text_add(t, i ? ":%02x" : "%02x", f->value.p[i]);
        break;
    }
}

static bool is_aside(enum field field)
{
    struct span path = span_text(field_path(field));

    return span_starts(path, SPAN("sluice.request.")) ||
           span_starts(path, SPAN("sluice.response.")) || span_starts(path, SPAN("sluice.notes"));
}

void event_text_tx(struct text *t, const struct tx_view *tx, enum event_text_own own)
{
    struct tx_field f;
    size_t at = 0;

    text_add(t, "%s", app_label(tx->app));
    while (tx_view_next(tx, &at, &f)) {
        if (own == EVENT_TEXT_NOT_OWN && is_aside(f.field))
            continue;
        text_add(t, " %s=", field_path(f.field));
        add_value(t, &f);
    }
}
