/* SPDX-License-Identifier: Apache-2.0
 *
 * config: the configuration document (docs/config.md), checked whole, as a snapshot. Control
 * thread. All that the snapshot refers to is heap and belongs to it: snapshot_free() releases it.
 */
#ifndef CONTROL_CONFIG_H
#define CONTROL_CONFIG_H

#include "base/err.h"
#include "engine/snapshot.h"

#include <jansson.h>

/* NULL and err: err->path is the place inside the document (or the line, when it is no JSON),
 * err->text the rule broken and what would be right. */
struct snapshot *config_load(const char *file, struct err *);
struct snapshot *config_parse(const char *text, size_t n, struct err *);
/* The document stays the caller's. */
struct snapshot *config_read(json_t *document, struct err *);

#endif
