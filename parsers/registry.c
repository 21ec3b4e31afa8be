/* SPDX-License-Identifier: Apache-2.0
 *
 * The protocols, one line each. Among candidates of equal proof the earlier line wins.
 */
#include "parser/parser.h"

#define PARSER(name) extern const struct parser parser_##name;
#include "registry.def"
#undef PARSER

const struct parser *const parser_registry[] = {
#define PARSER(name) &parser_##name,
#include "registry.def"
#undef PARSER
    NULL,
};
