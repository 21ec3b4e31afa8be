/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_THREATS_H
#define WIRE_THREATS_H

#include <stdbool.h>
#include <stdint.h>

enum threat {
    THREAT_NONE,
#define THREAT(name, number, text, severity, action, enabled) THREAT_##name,
#include "wire/threats.def"
#undef THREAT
    THREAT_COUNT
};

uint16_t threat_number(enum threat);
const char *threat_name(enum threat);
uint8_t threat_severity(enum threat);

/* Is it more severe than the other? Anything is worse than none. */
static inline bool threat_is_worse(enum threat a, enum threat b)
{
    return a != THREAT_NONE && (b == THREAT_NONE || threat_severity(a) > threat_severity(b));
}

#endif
