/* SPDX-License-Identifier: Apache-2.0
 *
 * ipaddr: an IPv4 or IPv6 address, bytes in network order. A value.
 */
#ifndef BASE_IPADDR_H
#define BASE_IPADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipaddr {
    uint8_t bytes[16]; /* IPv4 uses the first four, the others are zero */
    uint8_t family;    /* 4 or 6; 0 = none */
};

#define IPADDR_TEXT 46 /* longest text with its NUL */

struct ipprefix {
    struct ipaddr addr; /* bits after `bits` are zero */
    uint8_t bits;
};

struct ipaddr ipaddr_v4(const uint8_t bytes[4]);
struct ipaddr ipaddr_v6(const uint8_t bytes[16]);

/* Writes text with its NUL, returns its length. */
size_t ipaddr_text(const struct ipaddr *, char text[IPADDR_TEXT]);
bool ipaddr_parse(const char *text, struct ipaddr *);
bool ipaddr_equal(const struct ipaddr *, const struct ipaddr *);

/* "10.0.0.0/8", or an address alone. Host bits are an error: they are usually a typing mistake. */
bool ipprefix_parse(const char *text, struct ipprefix *);
bool ipprefix_has(const struct ipprefix *, const struct ipaddr *);

#endif
