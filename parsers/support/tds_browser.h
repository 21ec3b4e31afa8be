/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_browser: who asks a host over UDP which instances of SQL Server it has (MC-SQLR).
 */
#ifndef SUPPORT_TDS_BROWSER_H
#define SUPPORT_TDS_BROWSER_H

#include "parser/parser.h"

bool tds_browser_probe(enum dir from, struct span datagram);
enum parse_result tds_browser_parse(struct parse *, struct cursor *);

#endif
