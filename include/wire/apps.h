/* SPDX-License-Identifier: Apache-2.0
 *
 * enum app: what a session can be found to speak. APP_UNKNOWN is "not decided or not identified".
 */
#ifndef WIRE_APPS_H
#define WIRE_APPS_H

#include <stdint.h>

enum app {
    APP_UNKNOWN,
#define APP(name, label, number) APP_##name,
#include "wire/apps.def"
#undef APP
    APP_COUNT
};

/* Never NULL; "failed" for APP_UNKNOWN, as the event format wants it for a session with payload. */
const char *app_label(enum app);
/* The number the agent knows, 0 when it knows none. */
uint16_t app_number(enum app);

#endif
