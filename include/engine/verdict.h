/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict: what happens to a frame, and why. Values, any thread.
 *
 * Verdicts form one order; when several stages speak, the strongest wins. Every verdict other than
 * PASS and HOLD carries a reason.
 */
#ifndef ENGINE_VERDICT_H
#define ENGINE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

enum verdict {
    VERDICT_PASS,   /* forward */
    VERDICT_BYPASS, /* forward; the session is not inspected any more until policy changes */
    VERDICT_HOLD,   /* a fragment: keep it until its datagram is complete */
    VERDICT_DROP,   /* do not forward this frame */
    VERDICT_RESET,  /* drop, reset both ends, block the session */
    VERDICT_BLOCK,  /* drop, and drop all that follows in this session */
};

enum reason {
    REASON_NONE,
#define REASON(name, text) REASON_##name,
#include "engine/reasons.def"
#undef REASON
    REASON_COUNT
};

const char *verdict_name(enum verdict);
const char *reason_name(enum reason);

#endif
