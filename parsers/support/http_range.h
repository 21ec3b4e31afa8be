/* SPDX-License-Identifier: Apache-2.0
 *
 * http_range: a Range header that asks for more than a client needs: a few bytes of request for as
 * many copies as it lists (CVE-2011-3192).
 */
#ifndef SUPPORT_HTTP_RANGE_H
#define SUPPORT_HTTP_RANGE_H

#include "base/span.h"

enum { HTTP_RANGES_MOST = 16 };

/* Are there more than HTTP_RANGES_MOST, or do two of them overlap (RFC 9110 section 14.2)? */
bool http_ranges_are_odd(struct span value);

#endif
