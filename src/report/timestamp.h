/* SPDX-License-Identifier: Apache-2.0
 *
 * timestamp: microseconds since 1970 as text, in UTC.
 */
#ifndef REPORT_TIMESTAMP_H
#define REPORT_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#define TIMESTAMP_TEXT 33 /* with its NUL */

/* "2026-01-02T03:04:05.000006+0000"; returns its length. Beyond the year 9999: its last moment. */
size_t timestamp_text(uint64_t us, char text[TIMESTAMP_TEXT]);

#endif
