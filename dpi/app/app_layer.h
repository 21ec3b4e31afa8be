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
#include "detect/sqli/sqli_stream.h"
#include "engine/event.h"
#include "engine/packet.h"
#include "engine/session.h"
#include "parser/parser.h"

struct engine;
struct engine_ops;
struct snapshot;

#define APP_PARSERS     128
#define APP_RACE        16 /* most candidates tried on one session at once */
#define APP_TX_OPEN     512
#define APP_TX_KEYS     128 /* buckets of open transactions with a key */
#define APP_TX_BYTES    16384
#define APP_FIELD_BYTES 4096
#define APP_HOST        255
#define APP_NOTES       4
#define APP_NOTE_VALUE  63
#define APP_BLOCK       (16u << 20) /* most in one parse_alloc() */
#define APP_EARLY       (64u << 10) /* buffers withheld until the race is decided */

/* Parsers, by their place in the registry. */
struct app_set {
    uint64_t word[APP_PARSERS / 64];
};

static inline void app_set_add(struct app_set *s, unsigned i)
{
    s->word[i / 64] |= (uint64_t)1 << i % 64;
}

/* Takes the lowest one out; -1 when it is empty. */
static inline int app_set_take(struct app_set *s)
{
    for (unsigned w = 0; w < APP_PARSERS / 64; w++)
        if (s->word[w]) {
            unsigned i = (unsigned)__builtin_ctzll(s->word[w]);

            s->word[w] &= s->word[w] - 1;
            return (int)(w * 64 + i);
        }
    return -1;
}

struct app_layer {
    const struct parser *parsers[APP_PARSERS];
    unsigned count;
    /* By transport (TCP, UDP), sender and first byte: who could begin so. */
    struct app_set starts[2][2][256];
    struct app_set midstream;
    struct app_set fallback;
    struct slab apps;
    struct slab runs;
    struct budget memory;
    bool wants_tx, wants_names;
    uint32_t wants_buffers; /* of whom the buffers are for, outside of the engine */
};

/* A transaction under construction: a header and encoded fields in one block. */
struct tx {
    struct tx *next, **link; /* in its list */
    struct tx *chain;        /* open, with a key: of those that share a bucket */
    uint64_t key;
    uint64_t start_us, end_us;
    uint32_t used, room; /* of bytes[] */
    uint32_t number;
    bool answered;
    bool keyed;
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

/* Memory of parse_alloc(): a list, freed with the run. */
struct app_block {
    struct app_block *next, **link;
    size_t n;
    _Alignas(16) uint8_t bytes[];
};

/* Bytes to come that belong to a buffer. */
struct app_pass {
    uint64_t left;
    uint8_t buffer; /* enum buffer */
    uint8_t part;
};

/* Said before it was known to be right. */
struct app_note {
    const char *text;
    uint8_t threat; /* enum threat; 0: an anomaly without a number */
    bool refused;
    bool told;  /* a threat that stops nothing */
    bool stops; /* an anomaly that ends the session */
    uint8_t n;
    uint8_t value[APP_NOTE_VALUE];
};

/* One parser on one session. */
struct app_run {
    const struct parser *parser;
    struct parse view; /* what the parser is given; what changes is set at each call */
    uint64_t at[2];    /* racing: committed offset in the kept bytes; may lie beyond them */
    uint32_t need[2];  /* uncommitted bytes that make another call worthwhile */
    uint8_t proof;
    uint8_t app;                       /* enum app: its most exact name */
    uint8_t inner[SESSION_LABELS - 1]; /* and what is inside, until the race is decided */
    uint8_t inner_count;
    uint8_t product;
    uint8_t breaks; /* times in a row that the grammar broke */
    uint8_t dead;   /* bit per direction: not called any more */
    bool matched;
    bool upgrade;
    bool envelope;                  /* parse_envelope() was called */
    const struct parser *successor; /* upgrade: known already, or NULL */
    uint64_t agreed;                /* with it */
    struct app_note *notes;         /* APP_NOTES of them, in a block; NULL: none */
    uint8_t note_count;
    struct app_block *blocks;
    struct app_pass pass[2];
    uint64_t message[2];
    struct app_hold early; /* buffers withheld while it is not known to be right */
    uint32_t early_last;   /* where the last piece of them begins */
    struct app_hold hold[2];
    struct sqli_stream statement; /* the one that is on its way */
    struct tx_list open;
    struct tx_list done;
    struct tx *current[2];
    struct tx **keys; /* APP_TX_KEYS buckets; NULL: no transaction had a key yet */
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
    bool late;           /* the deadline has passed: application unknown so far */
    bool fallen;         /* nobody knew the first bytes: fallbacks have been tried */
    bool waiting;        /* the first bytes were too few to choose candidates by */
    bool resync;         /* bytes were lost before the decision */
    uint8_t depth;       /* of the innermost label, or of the one to come */
    uint8_t product;     /* enum product */
    bool product_counts; /* the agent is told of it instead of HTTP */
    uint16_t packets;
    uint32_t tick; /* second in which the parser wants to be called; 0: never */
    uint64_t first_us;
    struct app_run *runs[APP_RACE];
    struct app_run *envelope; /* reads what stands before the protocol in datagrams, or NULL */
    struct app_side side[2];  /* by enum dir */
    char *host;               /* not terminated */
    uint8_t host_len, host_room;
    struct session_forwarded *forwarded; /* NULL: nobody has asked for another */
    struct ipaddr mesh_server;           /* service mesh: the far end, which is not in the key */
    uint16_t mesh_port;
};

bool app_layer_init(struct app_layer *, const struct parser *const *, const struct snapshot *,
                    const struct engine_ops *);
void app_layer_fini(struct app_layer *);

/* In-order bytes of a stream. The packet is what brought them, NULL at the session's end. */
void app_feed(struct engine *, struct packet *, struct session *, enum dir, struct span);
/* A datagram. */
void app_datagram(struct engine *, struct packet *, struct session *, enum dir, struct span);
/* Bytes are lost. */
void app_gap(struct engine *, struct packet *, struct session *, enum dir, uint32_t missing);
/* True: nobody looks at the next n bytes of this direction, and they are done with. */
bool app_skips(struct session *, enum dir, size_t n);
/* The session's timer has fired: does its parser wait for that? */
void app_tick(struct engine *, struct session *);
/* The 10-second deadline of an undecided session that stays silent. */
void app_deadline(struct engine *, struct session *);

/* The session's app, made when it has none yet. NULL: no memory. */
struct session_app *app_of(struct engine *, struct session *);

/* The session was announced by another one: no race. */
void app_expect(struct engine *, struct session *, enum app, const struct parser *);

/* Bytes of a direction have come that may belong to a buffer which a run has passed. */
void app_buffer_arrived(struct engine *, struct packet *, struct session *, struct app_run *,
                        enum dir, struct span);
void app_buffer_lost(struct app_run *, enum dir, uint32_t missing);
/* The race is won: what was withheld is handed on. */
void app_buffer_release(struct engine *, struct packet *, struct session *, struct app_run *);
void app_note_tell(struct engine *, struct packet *, struct session *, const struct app_note *);

/* No more bytes. TELL: emit what is open; QUIET: forget it. Frees all but the names. */
enum app_close { APP_CLOSE_TELL, APP_CLOSE_QUIET };
void app_close(struct engine *, struct session *, enum app_close);
void app_free(struct engine *, struct session *);
/* The search begins anew; what has been found stays until something else is. */
void app_restart(struct engine *, struct session *);

/* ---- inside app/ ---- */

/* An application does not give way to the server that carries it. */
static inline void app_product_set(uint8_t *now, enum product product)
{
    if (product_is_application(product) || !product_is_application((enum product) * now))
        *now = (uint8_t)product;
}

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

/* Is a port of this session one of the parser's? */
bool app_is_hinted(const struct parser *, const struct session *);
/* Those that are tried when nobody knows the bytes. */
struct app_set app_fallbacks(const struct app_layer *, const struct session *, enum dir,
                             struct span);
struct app_set app_candidates(const struct app_layer *, const struct session *, enum dir,
                              struct span);

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
