/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/policy_app.h"

#include "engine/policy.h"
#include "wire/apps.h"

#include <string.h>

bool policy_app_parse(const char *text, uint32_t *app)
{
    if (strcmp(text, "any") == 0 || strcmp(text, "unknown") == 0) {
        *app = text[0] == 'a' ? POLICY_APP_ANY : POLICY_APP_UNKNOWN;
        return true;
    }
    for (int i = APP_UNKNOWN + 1; i < APP_COUNT; i++) {
        if (strcmp(app_label((enum app)i), text) != 0)
            continue;
        *app = app_number((enum app)i);
        if (*app == 0)
            *app = POLICY_APP_LABEL | (uint32_t)i;
        return true;
    }
    return false;
}
