/* SPDX-License-Identifier: Apache-2.0
 *
 * bencode: the encoding of BitTorrent (BEP 3): "4:spam", "i42e", "l...e", "d...e". Pure functions;
 * spans point into the text. What cannot be right is BAD.
 */
#ifndef SUPPORT_BENCODE_H
#define SUPPORT_BENCODE_H

#include "base/cursor.h"

struct span bencode_string(struct cursor *);
uint64_t bencode_number(struct cursor *); /* negative ones are zero */
/* One item of any kind, all of it. Deeper than 16 is BAD. */
struct span bencode_item(struct cursor *);
/* Goes into a dictionary or list whose letter is next; its end is met with bencode_leave(). */
bool bencode_enter(struct cursor *, uint8_t kind);
bool bencode_leave(struct cursor *);

#endif
