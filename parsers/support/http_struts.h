/* SPDX-License-Identifier: Apache-2.0
 *
 * http_struts: CVE-2017-9805, a command for Struts' REST plugin in an XML body:
 *
 *     <... class="java.lang.ProcessBuilder" ...> <command> <string>/bin/sh
 *
 * in this order, whatever stands between, letters written as numeric entities included. Looked for
 * byte by byte, so that it is found however the body is cut.
 */
#ifndef SUPPORT_HTTP_STRUTS_H
#define SUPPORT_HTTP_STRUTS_H

#include "base/span.h"

enum {
    HTTP_STRUTS_LOOK = 64 << 10, /* bytes of a body */
    HTTP_STRUTS_ENTITY = 10,
};

struct http_struts {
    uint32_t seen;
    uint8_t word; /* which of the words is looked for */
    uint8_t at;   /* letters of it that have been found */
    uint8_t before;
    uint8_t entity_n;
    uint8_t entity[HTTP_STRUTS_ENTITY];
};

/* True, once: that is what it is. */
bool http_struts_feed(struct http_struts *, struct span piece);

#endif
