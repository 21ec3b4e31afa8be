/* SPDX-License-Identifier: Apache-2.0
 *
 * config_json: the checks that every part of a configuration document needs. Each says what was
 * expected, at which path. Control thread.
 */
#ifndef CONTROL_CONFIG_JSON_H
#define CONTROL_CONFIG_JSON_H

#include "base/err.h"
#include "base/ipaddr.h"

#include <jansson.h>

enum { CONFIG_PATH = 160 };

/* A place in the document: "workloads[2].mode". */
struct config_path {
    char text[CONFIG_PATH];
};

struct config_path config_path_key(const struct config_path *, const char *key);
struct config_path config_path_index(const struct config_path *, size_t index);

/* False and err unless `value` is an object with no keys but the allowed ones (NULL-terminated). */
bool config_object(const json_t *value, const struct config_path *, const char *const *allowed,
                   struct err *);
bool config_list(const json_t *value, const struct config_path *, struct err *);
bool config_uint(const json_t *value, const struct config_path *, uint64_t least, uint64_t most,
                 uint64_t *, struct err *);
bool config_bool(const json_t *value, const struct config_path *, bool *, struct err *);
/* Not empty, no control characters, at most `most` bytes. */
bool config_text(const json_t *value, const struct config_path *, size_t most, const char **,
                 struct err *);
/* One of the names (NULL-terminated), as its index. */
bool config_choice(const json_t *value, const struct config_path *, const char *const *names,
                   size_t *, struct err *);
bool config_prefix(const json_t *value, const struct config_path *, struct ipprefix *,
                   struct err *);

#endif
