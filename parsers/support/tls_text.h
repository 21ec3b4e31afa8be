/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_text: numbers of TLS as the event format writes them. Constant text.
 */
#ifndef SUPPORT_TLS_TEXT_H
#define SUPPORT_TLS_TEXT_H

#include <stdint.h>

const char *tls_version_text(uint16_t version);
const char *tls_alert_text(uint8_t description); /* of a fatal one */

#endif
