/* SPDX-License-Identifier: Apache-2.0
 *
 * products: what may stand behind a protocol (list in products.def).
 */
#ifndef WIRE_PRODUCTS_H
#define WIRE_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

enum product {
    PRODUCT_UNKNOWN,
#define PRODUCT(name, text, number, kind) PRODUCT_##name,
#include "wire/products.def"
#undef PRODUCT
    PRODUCT_COUNT
};

/* The name people see; "" for PRODUCT_UNKNOWN. */
const char *product_name(enum product);

/* An application, and not a server that carries one. */
bool product_is_application(enum product);

/* The agent's number of it, 0 when it has none. */
uint16_t product_number(enum product);

#endif
