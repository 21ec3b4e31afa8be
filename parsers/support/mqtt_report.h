/* SPDX-License-Identifier: Apache-2.0
 *
 * mqtt_report: what is told of a packet, under the names of the EVE format.
 */
#ifndef SUPPORT_MQTT_REPORT_H
#define SUPPORT_MQTT_REPORT_H

#include "support/mqtt_packet.h"

void mqtt_report(struct parse *, const struct mqtt_packet *);

#endif
