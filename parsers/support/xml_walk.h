/* SPDX-License-Identifier: Apache-2.0
 *
 * xml_walk: the text and the attributes in an XML document (XML 1.0), for people who look for
 * something in them. Reads whatever a lenient parser might, and does not judge: elements need not
 * be closed, nesting means nothing to it.
 */
#ifndef SUPPORT_XML_WALK_H
#define SUPPORT_XML_WALK_H

#include "base/span.h"

enum { XML_PIECES_MOST = 1000, XML_ENTITIES_MOST = 16 };

typedef void xml_piece_fn(void *arg, struct span piece);

/* Hands out "name=value" for each attribute, and each run of text between two tags, with CDATA
 * sections and without comments: references resolved, those to entities of the document itself as
 * well, one deep. XML_PIECES_MOST pieces, which lie in `room`, text.n bytes, until the callback
 * returns; what entities would make longer than the document is cut. */
void xml_walk(struct span text, uint8_t *room, xml_piece_fn *, void *arg);

/* Does a body look like XML (or HTML)? */
bool xml_begins(struct span text);

#endif
