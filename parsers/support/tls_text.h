/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_text: numbers and names of TLS as the event format writes them. Constant text; NULL where
 * there is none for a number, unless told otherwise.
 */
#ifndef SUPPORT_TLS_TEXT_H
#define SUPPORT_TLS_TEXT_H

#include "base/span.h"

const char *tls_version_text(uint16_t version);  /* always something */
const char *tls_alert_text(uint8_t description); /* of a fatal one; always something */
const char *tls_cipher_text(uint16_t cipher);
const char *tls_group_text(uint16_t group);

/* The protocol that an ALPN name means: a number for the two below, 0 when it means none. */
unsigned tls_inner_of(struct span name);
const char *tls_inner_text(unsigned inner);
bool tls_inner_is_mesh(unsigned inner);

#endif
