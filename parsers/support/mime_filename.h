/* SPDX-License-Identifier: Apache-2.0
 *
 * mime_filename: the names that Content-Disposition and Content-Type give a file.
 */
#ifndef SUPPORT_MIME_FILENAME_H
#define SUPPORT_MIME_FILENAME_H

#include "base/span.h"

enum { MIME_FILENAME_MOST = 4096 };

/* Tells all that the parameter `name` of a field says, each as long as the callback: as written;
 * what escapes and encoded words (RFC 2047) make of it when that differs; and what is written in
 * pieces or with an encoding (RFC 2231, RFC 8187). */
void mime_filenames(struct span field, struct span name, void (*tell)(void *arg, struct span),
                    void *arg);

#endif
