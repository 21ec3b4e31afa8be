/* SPDX-License-Identifier: Apache-2.0
 *
 * syslog_message: one message of syslog, RFC 5424 or what was before it (RFC 3164), freed of its
 * framing.
 *
 *     <PRI>1 TIME HOST APP PROCID MSGID DATA TEXT          5424
 *     <PRI>Mmm dd hh:mm:ss HOST TAG[PID]: TEXT             3164
 *     <PRI>Mmm dd yyyy hh:mm:ss.fff: TAG: TEXT             and what devices make of it
 *     <PRI>2024-01-02T03:04:05.6+01:00 HOST TAG: TEXT      what rsyslog makes of it
 *     <PRI>TAG: TEXT                                       devices
 */
#ifndef SUPPORT_SYSLOG_MESSAGE_H
#define SUPPORT_SYSLOG_MESSAGE_H

#include "base/cursor.h"

enum syslog_shape { SYSLOG_DEVICE, SYSLOG_OLD, SYSLOG_NEW };

struct syslog_message {
    enum syslog_shape shape;
    uint8_t priority; /* facility * 8 + severity */
    struct span host, app, procid, msgid, text;
};

/* The message that fills the cursor; BAD when it is none. */
struct syslog_message syslog_message_read(struct cursor *);

/* "<PRI>", without leading zeros; SHORT or BAD. */
uint8_t syslog_priority_read(struct cursor *);

/* No control bytes but those of text, in its first part; a zero may end it. */
bool syslog_is_text(struct span);

#endif
