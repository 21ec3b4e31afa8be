/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and numbers of the .def lists.
 */
#include "engine/counter.h"
#include "engine/event.h"
#include "engine/packet.h"
#include "engine/snapshot.h"
#include "engine/verdict.h"
#include "wire/apps.h"
#include "wire/products.h"
#include "wire/threats.h"

#include <assert.h>

const char *app_label(enum app app)
{
    static const char *const labels[] = {
        "failed",
#define APP(name, label, number) label,
#include "wire/apps.def"
#undef APP
    };

    assert(app < APP_COUNT);
    return labels[app];
}

uint16_t app_number(enum app app)
{
    static const uint16_t numbers[] = {
        0,
#define APP(name, label, number) number,
#include "wire/apps.def"
#undef APP
    };

    assert(app < APP_COUNT);
    return numbers[app];
}

const char *product_name(enum product product)
{
    static const char *const names[] = {
        "",
#define PRODUCT(name, text, number, kind) text,
#include "wire/products.def"
#undef PRODUCT
    };

    assert(product < PRODUCT_COUNT);
    return names[product];
}

bool product_is_application(enum product product)
{
    enum { SERVER, APPLICATION };
    static const uint8_t kinds[] = {
        SERVER,
#define PRODUCT(name, text, number, kind) kind,
#include "wire/products.def"
#undef PRODUCT
    };

    assert(product < PRODUCT_COUNT);
    return kinds[product] == APPLICATION;
}

uint16_t product_number(enum product product)
{
    static const uint16_t numbers[] = {
        0,
#define PRODUCT(name, text, number, kind) number,
#include "wire/products.def"
#undef PRODUCT
    };

    assert(product < PRODUCT_COUNT);
    return numbers[product];
}

const char *buffer_name(enum buffer buffer)
{
    static const char *const names[] = {
#define BUFFER(name, text) text,
#include "parser/buffers.def"
#undef BUFFER
    };

    assert(buffer < BUFFER_COUNT);
    return names[buffer];
}

struct threat_entry {
    uint16_t number;
    uint8_t severity;
    uint8_t verdict;
    bool enabled;
    const char *name;
};

static const struct threat_entry threats[] = {
    {0, 1, VERDICT_PASS, true, "note"},
#define THREAT(name, number, text, severity, action, enabled)                                      \
    {number, severity, action, enabled, text},
#include "wire/threats.def"
#undef THREAT
};

uint16_t threat_number(enum threat t)
{
    assert(t < THREAT_COUNT);
    return threats[t].number;
}

const char *threat_name(enum threat t)
{
    assert(t < THREAT_COUNT);
    return threats[t].name;
}

uint8_t threat_severity(enum threat t)
{
    assert(t < THREAT_COUNT);
    return threats[t].severity;
}

enum verdict threat_verdict(enum threat t)
{
    assert(t < THREAT_COUNT);
    return (enum verdict)threats[t].verdict;
}

bool threat_default(enum threat t)
{
    assert(t < THREAT_COUNT);
    return threats[t].enabled;
}

const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {"pass", "bypass", "hold", "drop", "reset", "block"};

    assert(v <= VERDICT_BLOCK);
    return names[v];
}

const char *reason_name(enum reason r)
{
    static const char *const names[] = {
        "none",
#define REASON(name, text) text,
#include "engine/reasons.def"
#undef REASON
    };

    assert(r < REASON_COUNT);
    return names[r];
}

struct exception_entry {
    const char *key;
    enum verdict verdict;
};

static const struct exception_entry exceptions[] = {
#define EXCEPTION(name, key, action, text) {key, action},
#include "engine/exceptions.def"
#undef EXCEPTION
};

const char *exception_key(enum exception e)
{
    assert(e < EXCEPTION_COUNT);
    return exceptions[e].key;
}

enum verdict exception_default(enum exception e)
{
    assert(e < EXCEPTION_COUNT);
    return exceptions[e].verdict;
}

static const char *const counter_names[][2] = {
#define COUNTER(name, key, text) {key, text},
#include "engine/counters.def"
#undef COUNTER
};

const char *counter_key(enum counter c)
{
    assert(c < COUNTER_COUNT);
    return counter_names[c][0];
}

const char *counter_text(enum counter c)
{
    assert(c < COUNTER_COUNT);
    return counter_names[c][1];
}

struct field_entry {
    const char *path;
    enum field_type type;
};

static const struct field_entry fields[] = {
#define FIELD(name, path, type) {path, FIELD_##type},
#include "parser/fields.def"
#undef FIELD
};

const char *field_path(enum field f)
{
    assert(f < FIELD_COUNT);
    return fields[f].path;
}

enum field_type field_kind(enum field f)
{
    assert(f < FIELD_COUNT);
    return fields[f].type;
}
