/* SPDX-License-Identifier: Apache-2.0 */
#include "report/app_name.h"

#include "engine/verdict.h"

#include <netinet/in.h>

enum app_state app_name_state(const struct session *s)
{
    bool carries =
        s->key.proto == IPPROTO_TCP || s->key.proto == IPPROTO_UDP || s->key.proto == IPPROTO_SCTP;

    if (s->app_id != APP_UNKNOWN)
        return APP_NAMED;
    if (!carries || !(s->flags & SESSION_PAYLOAD))
        return APP_NOT_ASKED;
    if ((s->flags & SESSION_APP_READY) || s->end_reason != REASON_NONE)
        return APP_NOT_NAMED;
    return APP_UNDECIDED;
}
