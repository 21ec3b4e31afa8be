/* SPDX-License-Identifier: Apache-2.0
 *
 * app_layer: from in-order bytes to an application, its transactions and events.
 *
 *   app_probe   who may parse: an index over leading bytes, made from the parsers' own probes
 *   app_feed    the race, buffering, commits, gaps, upgrades
 *   app_tx      transactions and their fields
 *   app_report  what a parser calls (parse_*)
 *
 * A session that carries payload has a session_app. While undecided it has several runs (one per
 * candidate), and keeps the bytes from the start; once decided, one run and what it did not commit.
 */
#ifndef APP_APP_LAYER_H
#define APP_APP_LAYER_H

#include "base/budget.h"
#include "base/slab.h"
#include "engine/event.h"
#include "engine/packet.h"
#include "engine/session.h"
#include "parser/parser.h"

struct engine;
struct snapshot;

#define APP_PARSERS     64
#define APP_RACE        12 /* most candidates tried on one session at once */
#define APP_TX_OPEN     512
#define APP_TX_BYTES    16384
#define APP_FIELD_BYTES 4096
#define APP_HOST        255
#define APP_NOTES       4

struct app_layer {
    const struct parser *parsers[APP_PARSERS];
    unsigned count;
    /* By transport (TCP, UDP), sender and first byte: who could begin so. */
    uint64_t starts[2][2][256];
    uint64_t midstream;
    struct slab apps;
    struct slab runs;
    struct budget memory;
    bool wants_tx;
};

/* A transaction under construction: a header and encoded fields in one block. */
struct tx {
    struct tx *next;
    uint64_t start_us, end_us;
    uint32_t used, room; /* of bytes[] */
    uint32_t number;
    bool answered;
    uint8_t app;
    uint8_t bytes[];
};

struct tx_list {
    struct tx *first;
    struct tx **last; /* NULL when empty */
    uint32_t count;
};

/* Bytes of one message gathered from pieces. */
struct app_hold {
    uint8_t *bytes;
    uint32_t used, room;
};

/* One parser on one session. */
struct app_run {
    const struct parser *parser;
    struct parse view; /* what the parser is given; what changes is set at each call */
    uint64_t at[2];    /* racing: committed offset in the kept bytes; may lie beyond them */
    uint32_t need[2];  /* uncommitted bytes that make another call worthwhile */
    uint8_t proof;
    uint8_t app;    /* enum app: its most exact name */
    uint8_t breaks; /* times in a row that the grammar broke */
    uint8_t dead;   /* bit per direction: not called any more */
    bool matched;
    bool upgrade;
    uint8_t note_count;
    const char *notes[APP_NOTES]; /* said before it was known to be right */
    struct app_hold hold[2];
    struct tx_list open;
    struct tx_list done;
    struct tx *current[2];
    uint32_t tx_number;
};

/* Kept bytes of one direction: of the race from its start, later what the run has not committed. */
struct app_side {
    uint8_t *bytes;
    uint32_t used, room;
    uint32_t total; /* payload bytes seen while undecided; saturates */
    bool probed;
    uint64_t skip; /* decided: bytes that need nobody */
};

struct session_app {
    uint8_t run_count; /* live ones; 1 and `decided`: the winner */
    bool decided;
    bool late;     /* the deadline has passed: application unknown so far */
    bool resync;   /* bytes were lost before the decision */
    uint8_t depth; /* labels above this run */
    uint16_t packets;
    uint64_t first_us;
    struct app_run *runs[APP_RACE];
    struct app_side side[2]; /* by enum dir */
    char *host;              /* not terminated */
    uint8_t host_len, host_room;
    struct ipaddr mesh_server; /* service mesh: the far end, which is not in the key */
    uint16_t mesh_port;
};

bool app_layer_init(struct app_layer *, const struct parser *const *, const struct snapshot *,
                    bool wants_tx);
void app_layer_fini(struct app_layer *);

/* In-order bytes of a stream. The packet is what brought them, NULL at the session's end. */
void app_feed(struct engine *, struct packet *, struct session *, enum dir, struct span);
/* A datagram. */
void app_datagram(struct engine *, struct packet *, struct session *, enum dir, struct span);
/* Bytes are lost. */
void app_gap(struct engine *, struct packet *, struct session *, enum dir, uint32_t missing);
/* Will somebody look at the next n bytes of this direction? */
bool app_wants(const struct session *, enum dir, size_t n);
/* The 10-second deadline of an undecided session that stays silent. */
void app_deadline(struct engine *, struct session *);

/* The session's app, made when it has none yet. NULL: no memory. */
struct session_app *app_of(struct engine *, struct session *);

/* The session was announced by another one: no race. */
void app_expect(struct engine *, struct session *, enum app, const struct parser *);

/* No more bytes. TELL: emit what is open; QUIET: forget it. Frees all but the names. */
enum app_close { APP_CLOSE_TELL, APP_CLOSE_QUIET };
void app_close(struct engine *, struct session *, enum app_close);
void app_free(struct engine *, struct session *);
/* The search begins anew; what has been found stays until something else is. */
void app_restart(struct engine *, struct session *);

/* ---- inside app/ ---- */

/* Behind `struct parse`: what parse_*() work on. */
struct app_call {
    struct engine *engine;
    struct packet *packet;
    struct session *session;
    struct app_run *run;
    const uint8_t *start; /* of the bytes given */
    size_t committed;
    uint64_t skip;
    bool stale; /* parse_skip was called: the cursor says nothing any more */
};

uint64_t app_candidates(const struct app_layer *, const struct session *, enum dir, struct span);

void app_tx_emit_list(struct engine *, struct packet *, struct session *, struct app_run *);

/* Emits the complete ones; mostly there are none. */
static inline void app_tx_emit_done(struct engine *e, struct packet *p, struct session *s,
                                    struct app_run *run)
{
    if (run->done.first)
        app_tx_emit_list(e, p, s, run);
}

void app_tx_close_open(struct app_run *);
void app_tx_free(struct engine *, struct app_run *);

#endif
