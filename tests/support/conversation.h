/* SPDX-License-Identifier: Apache-2.0
 *
 * conversation: what two sides say, as a table of turns, played through a real engine.
 *
 *     static const struct turn login[] = {
 *         CLIENT("*1\r\n$4\r\nPING\r\n"),
 *         SERVER("+PONG\r\n"),
 *         {0},
 *     };
 *
 * Over TCP the turns travel with a handshake (unless midstream) in segments; over UDP every turn is
 * a datagram. The outcome is a text of lines:
 *
 *     app redis                      label of the session, "failed" when none was found
 *     proof certain                  weak, fair, strong, certain; absent when none was found
 *     protocols http,websocket       only when there is more than one label
 *     server nginx                   the product behind it
 *     host example.org
 *     tx redis command=PING arguments=0      fields in order of report, path=value; numbers in
 *                                    decimal, addresses as text, bytes as hex, text escaped like
 *                                    C (space as it is); one space between fields
 *     note text                      or "note text: value" (refusals too)
 *     threat 2001 text
 *     buffer sql SELECT 1            of the client, then of the server; " ..." behind it: no end
 *     session tcp 10.1.1.2:41000-10.1.1.9:69 app tftp      further sessions (expectations)
 */
#ifndef TESTS_CONVERSATION_H
#define TESTS_CONVERSATION_H

#include "parser/parser.h"

struct snapshot;

enum turn_who {
    TURN_END,
    TURN_CLIENT,
    TURN_SERVER,
    TURN_CLIENT_LOST, /* n bytes of the client that the capture does not hold */
    TURN_SERVER_LOST,
    TURN_PAUSE, /* n milliseconds pass */
};

struct turn {
    enum turn_who who;
    const char *bytes;
    size_t n;
    uint16_t server_port; /* UDP: answer from, or ask, this port instead; 0 = the usual one */
};

#define CLIENT(literal)                                                                            \
    {                                                                                              \
        TURN_CLIENT, (literal), sizeof(literal) - 1, 0                                             \
    }
#define SERVER(literal)                                                                            \
    {                                                                                              \
        TURN_SERVER, (literal), sizeof(literal) - 1, 0                                             \
    }
#define CLIENT_BYTES(p, n)                                                                         \
    {                                                                                              \
        TURN_CLIENT, (const char *)(p), (n), 0                                                     \
    }
#define SERVER_BYTES(p, n)                                                                         \
    {                                                                                              \
        TURN_SERVER, (const char *)(p), (n), 0                                                     \
    }
#define SERVER_FROM(port, literal)                                                                 \
    {                                                                                              \
        TURN_SERVER, (literal), sizeof(literal) - 1, (port)                                        \
    }
#define CLIENT_TO(port, literal)                                                                   \
    {                                                                                              \
        TURN_CLIENT, (literal), sizeof(literal) - 1, (port)                                        \
    }
#define CLIENT_LOST(n)                                                                             \
    {                                                                                              \
        TURN_CLIENT_LOST, NULL, (n), 0                                                             \
    }
#define SERVER_LOST(n)                                                                             \
    {                                                                                              \
        TURN_SERVER_LOST, NULL, (n), 0                                                             \
    }
#define PAUSE(ms)                                                                                  \
    {                                                                                              \
        TURN_PAUSE, NULL, (ms), 0                                                                  \
    }

struct conversation {
    uint8_t transport; /* OVER_TCP (0 means it too) or OVER_UDP */
    uint16_t server_port;
    bool midstream; /* no handshake */
    const struct turn *turns;
    /* Lines that must be in the outcome, NULL-terminated. "!line" must not be there; a line that
     * ends with '*' needs only its beginning to be there. */
    const char *const *expect;
    bool own;           /* lines of transactions have all fields of our own object */
    const char *client; /* over TCP: its address, NULL for 10.1.1.2 */
    /* Settings other than the defaults, which must include these; may be NULL. */
    void (*adjust)(struct snapshot *);
};

void conversation_settings(struct snapshot *);

enum conversation_cut {
    CUT_WHOLE, /* one segment a turn, turns of one side that follow each other joined */
    CUT_TURNS, /* one segment a turn */
    CUT_BYTES, /* one byte a segment */
    CUT_AT,    /* as CUT_TURNS, but the byte stream of each side also split at `at` */
};

/* Plays it once with the whole registry, returns the outcome: caller frees. */
char *conversation_play(const struct conversation *, enum conversation_cut, size_t at);

/* The test: plays it whole, by turns, byte by byte and cut at every position, and fails the cmocka
 * test unless every outcome is the same and holds what is expected. Datagrams are played as they
 * are, and then every one cut short at each length, which must only not break anything. */
void conversation_check(const struct conversation *);

/* Only as it stands (for conversations whose outcome depends on segments). */
void conversation_check_once(const struct conversation *, enum conversation_cut);

#endif
