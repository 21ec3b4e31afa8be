/* SPDX-License-Identifier: Apache-2.0
 *
 * sink_parser: claims every session at its first byte and keeps exactly what the engine hands on:
 * the bytes of each direction and the gaps among them. What hides from the sink hides from every
 * parser.
 *
 * A parser has no place of its own outside a session, so what is kept belongs to the process:
 * one engine at a time, on one thread.
 */
#ifndef TESTS_SINK_PARSER_H
#define TESTS_SINK_PARSER_H

#include "parser/parser.h"

#define SINK_GAPS 256

struct sink_gap {
    size_t at; /* so many bytes came before it */
    uint64_t missing;
};

struct sink_stream {
    uint8_t *bytes;
    size_t n;
    size_t room;
    size_t calls;
    size_t gap_count; /* all; the first SINK_GAPS are kept */
    struct sink_gap gaps[SINK_GAPS];
};

struct sink_session {
    uint8_t transport;
    bool midstream;
    uint16_t client_port, server_port;
    struct sink_stream streams[2]; /* by enum dir */
};

/* Forgets all sessions. */
void sink_reset(void);
/* Sessions in the order of their first bytes. */
size_t sink_count(void);
const struct sink_session *sink_session(size_t i);
/* What one direction of one session carried; empty when there is no such session. */
struct span sink_bytes(size_t session, enum dir);

extern const struct parser sink_parser;
/* The table of this one parser. */
extern const struct parser *const sink_table[];

#endif
