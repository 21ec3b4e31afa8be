/* SPDX-License-Identifier: Apache-2.0
 *
 * request: members of the agent's requests as values. The agent is trusted but may be of any
 * version: a member of the wrong type counts as absent or zero, an element of a list that is not
 * usable is left out and counted, and nothing else happens. Control thread.
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include "base/ipaddr.h"

#include <jansson.h>

enum request_flag {
    REQUEST_FIRST = 1,
    REQUEST_LAST = 2,
};

/* NULL: absent, or no text. */
const char *request_text(const json_t *object, const char *key);
/* Absent or of another type: 0. Too wide: the low bits count. */
uint32_t request_u32(const json_t *object, const char *key);
uint16_t request_u16(const json_t *object, const char *key);
uint8_t request_u8(const json_t *object, const char *key);
/* Anything but true is false. */
bool request_bool(const json_t *object, const char *key);
/* Is there a true or a false? */
bool request_has_bool(const json_t *object, const char *key);
/* The list, or NULL: absent, null, or something else. */
json_t *request_list(const json_t *object, const char *key);

/* "2:42:ac:11:00:02" in either case. False: absent, or no MAC address. */
bool request_mac(const json_t *object, const char *key, uint8_t mac[6]);
/* The same for an element of a list. */
bool request_mac_value(const json_t *value, uint8_t mac[6]);
/* Dotted quad only. False: absent, or no such. */
bool request_ipv4(const json_t *object, const char *key, struct ipaddr *);
/* Address and mask; host bits are cleared, a mask with holes is refused. */
bool request_subnet(const json_t *object, struct ipprefix *);

#endif
