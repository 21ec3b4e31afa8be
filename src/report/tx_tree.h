/* SPDX-License-Identifier: Apache-2.0
 *
 * tx_tree: the fields of one transaction, which come in the order of their report, brought into
 * the shape that their paths ask for (see parser/fields.def), and written as JSON. One owner;
 * reused from transaction to transaction.
 */
#ifndef REPORT_TX_TREE_H
#define REPORT_TX_TREE_H

#include "engine/event.h"
#include "report/json_out.h"

#define TX_TREE_OWN "sluice" /* the first step of fields of our own */

struct tx_node;

struct tx_tree {
    struct tx_node *nodes; /* node 0 is the root; the others refer to each other by index */
    size_t count, room;
};

void tx_tree_fini(struct tx_tree *);

void tx_tree_reset(struct tx_tree *);
/* A field more, its value borrowed. False: no memory; the tree stays as it was. */
bool tx_tree_add(struct tx_tree *, const struct tx_field *);
/* Key and object: "dns":{...}. Without what stands below TX_TREE_OWN. */
void tx_tree_write(const struct tx_tree *, struct json_out *, const char *key);
/* That, without key and braces. */
void tx_tree_write_own(const struct tx_tree *, struct json_out *);

#endif
