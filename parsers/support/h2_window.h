/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_window: how much the server may still send (RFC 9113 section 5.2), on the connection and on
 * each stream. A client that asks and then takes nothing binds what has been prepared for it.
 */
#ifndef SUPPORT_H2_WINDOW_H
#define SUPPORT_H2_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { H2_WINDOW_USUAL = 65535 };

/* Begins as zeroes. */
struct h2_window {
    int64_t debt;  /* sent, and not allowed again since */
    uint64_t shut; /* since when as much as may be is out, microseconds; 0: it is not */
};

/* `most` may be out at a time. */
void h2_window_send(struct h2_window *, uint32_t n, uint32_t most, uint64_t now);
void h2_window_allow(struct h2_window *, uint32_t n, uint32_t most);

#endif
