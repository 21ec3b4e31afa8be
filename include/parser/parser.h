/* SPDX-License-Identifier: Apache-2.0
 *
 * parser: all that a protocol file may see.
 *
 * A parser is a const record of constants and functions. The engine gives it the in-order bytes of
 * one direction (or one datagram) through a cursor; the parser reads whole messages, reports what
 * it found, commits, and returns. What it did not commit comes again, with more behind it.
 *
 * Worker thread only. Spans die with the call. A parser never allocates, reads a clock, follows a
 * pointer that is not in a span, or decides a verdict.
 */
#ifndef PARSER_PARSER_H
#define PARSER_PARSER_H

#include "base/cursor.h"
#include "base/ipaddr.h"
#include "parser/http_options.h"
#include "wire/apps.h"
#include "wire/products.h"
#include "wire/threats.h"

struct parser;

enum dir { DIR_CLIENT, DIR_SERVER }; /* who sent the bytes */

enum parse_result {
    PARSE_MORE,   /* undecided, or a message is incomplete: call again with more bytes */
    PARSE_MATCH,  /* mine; everything up to the last commit is consumed */
    PARSE_DONE,   /* mine, and there is nothing more to learn: stop calling, stop buffering */
    PARSE_REJECT, /* not mine; after a match: unreadable, the engine notes it and stops */
};

/* How sure a match is. A parser that returns PARSE_MATCH without parse_proof() is PROOF_STRONG. */
enum proof {
    PROOF_NONE,
    PROOF_WEAK,    /* a port, a name inside something else */
    PROOF_FAIR,    /* short grammar of one side, nothing contradicts */
    PROOF_STRONG,  /* long grammar of one side, read to its end */
    PROOF_CERTAIN, /* unique magic, or both sides checked against each other */
};

enum field {
#define FIELD(name, path, type) FIELD_##name,
#include "parser/fields.def"
#undef FIELD
    FIELD_COUNT
};

enum tx_step {
    TX_REQUEST, /* the client begins a transaction; its fields follow */
    TX_REPLY,   /* the server answers the oldest one without answer (or a new, unmatched one) */
    TX_BOTH,    /* the one transaction that both sides build together (a handshake) */
    TX_DONE,    /* the transaction last named in this direction is complete */
};

enum { OVER_TCP = 1, OVER_UDP = 2 };

/* What detection reads: parts of messages, freed of their framing. */
enum buffer {
#define BUFFER(name, text) BUFFER_##name,
#include "parser/buffers.def"
#undef BUFFER
    BUFFER_COUNT
};

/* A buffer may be given in pieces: NEXT is neither its first nor its last. */
enum { BUFFER_NEXT = 0, BUFFER_BEGINS = 1, BUFFER_ENDS = 2, BUFFER_WHOLE = 3 };

enum speaks { CLIENT_FIRST, SERVER_FIRST, EITHER_FIRST };

/* One call's view of the world. Made by the engine; a parser only reads the public part. */
struct parse {
    enum dir dir;           /* who sent these bytes */
    uint8_t transport;      /* OVER_TCP or OVER_UDP */
    bool midstream;         /* the start of the session was not seen */
    bool expected;          /* another session announced this one (parse_expect) */
    bool strict_smuggling;  /* setting: a length beside chunks is an attack, too */
    bool wants_tx;          /* somebody listens to transactions */
    bool wants_names;       /* somebody listens to parse_named() */
    uint32_t wants_buffers; /* a bit for each enum buffer that somebody reads */
    uint16_t client_port;
    uint16_t server_port;
    uint64_t time_us; /* of the packet */
    uint64_t agreed;  /* what the parser before it said in parse_upgrade_with() */
    const struct http_options *http;
    void *state;           /* parser.state_size bytes, zeroed at session start */
    struct app_call *call; /* the engine's own */
};

/* A message ends at the cursor's position: all before it is consumed. */
void parse_commit(struct parse *, const struct cursor *);

/* From the last commit on, n bytes of this direction need nobody: the engine drops them by count
 * without calling the parser, however they arrive, and lost ones among them do no harm. Commit
 * first; return afterwards, the cursor is stale. */
void parse_skip(struct parse *, uint64_t n);

/* Bytes of that direction which are still to be skipped or passed. */
uint64_t parse_skipping(const struct parse *, enum dir);

/* How sure the match is. Never lowers. */
void parse_proof(struct parse *, enum proof);

/* A more exact name than the parser's own: replaces it. */
void parse_app(struct parse *, enum app);

/* What is spoken inside of it (grpc in http2): one more label, unless it is there already. */
void parse_inner(struct parse *, enum app);

/* The product behind the protocol, by its own words. The last one said holds, but a server does not
 * take an application's place. */
void parse_product(struct parse *, enum product);

/* The name the client asked for (Host, SNI): lower-cased, cut at 255, kept for policy. */
void parse_host(struct parse *, struct span);

/* An address that a name stands for, as a server has answered the client's question; `name` is in
 * lower case, `ttl` in seconds. */
void parse_named(struct parse *, struct span name, const struct ipaddr *, uint32_t ttl);

/* For whom the client says that it asks (X-Forwarded-For), kept for policy when the session leads
 * into a workload. `port` and `app`, of what that one has asked: 0 and APP_UNKNOWN when not said.
 */
void parse_forwarded(struct parse *, const struct ipaddr *, uint16_t port, enum app);

/* Bytes of one message that arrives in pieces with something between (TLS handshake over records).
 * parse_hold() appends a piece to this direction's hold and returns all that is held; empty when it
 * would pass `max` or the memory budget: treat as unreadable. parse_unhold() drops the first n. */
struct span parse_hold(struct parse *, struct span piece, size_t max);
struct span parse_held(struct parse *);
void parse_unhold(struct parse *, size_t n);

/* From the last commit on both directions speak something else (STARTTLS, Upgrade, CONNECT): the
 * search starts again there; what has been found stays the outer label. Return PARSE_DONE next. */
void parse_upgrade(struct parse *);
/* The same, and what follows is known for certain (WebSocket after its handshake): no search. Its
 * parser finds `agreed`, a word between the two parsers, in struct parse. */
void parse_upgrade_with(struct parse *, const struct parser *, uint64_t agreed);

static inline void parse_upgrade_to(struct parse *p, const struct parser *parser)
{
    parse_upgrade_with(p, parser, 0);
}

/* Of datagrams: what stands behind the commit in this one, and in those to come, is a datagram of
 * another protocol, which is searched for there. The parser is called first with each of them. */
void parse_envelope(struct parse *);

/* Another session is to come between the two ends of this one. */
struct announce {
    const struct parser *parser; /* has it, matched, from its first byte on */
    enum app app;                /* its label */
    enum dir opener;             /* who of this session's ends opens it */
    uint8_t transport;           /* OVER_TCP or OVER_UDP */
    uint16_t port;               /* one end's port; the other end's may be any */
    enum dir port_of;            /* whose port that is */
    unsigned seconds;            /* how long it is waited for */
};

void parse_expect(struct parse *, const struct announce *);

/* Where this session's client or server is, for protocols whose messages name addresses. */
struct ipaddr parse_addr(const struct parse *, enum dir whose);
/* Is it in one of the networks that the configuration calls internal? */
bool parse_addr_internal(const struct parse *, enum dir whose);

/* Do these bytes come from a workload of ours? */
bool parse_from_workload(const struct parse *);

/* An anomaly without a threat number: an event, nothing else. `text` is a constant; the value that
 * decided (a name, a version; may be empty) is shown behind it, its first 63 bytes, printable. */
void parse_note_value(struct parse *, const char *text, struct span value);
/* The same, and the session ends: somebody has set that it shall. */
void parse_note_stops(struct parse *, const char *text);
/* The same about a login or a right that was refused; `who` may be empty. */
void parse_refused(struct parse *, const char *text, struct span who);

static inline void parse_note(struct parse *p, const char *text)
{
    parse_note_value(p, text, span_of("", 0));
}

/* An attack with a number: what its action says is done about the packet that shows it. `text`, a
 * constant, says how it was seen, and `value` what decided, as of a note. One that is not enabled
 * is a note. */
void parse_threat_value(struct parse *, enum threat, const char *text, struct span value);

static inline void parse_threat(struct parse *p, enum threat threat, const char *text)
{
    parse_threat_value(p, threat, text, span_of("", 0));
}

/* The same where much that is harmless looks alike: it is told, and stops nothing. */
void parse_threat_told(struct parse *, enum threat, const char *text);

/* Calls the parser's tick after so many seconds, unless another call comes first. 0: not any more.
 */
void parse_wake(struct parse *, unsigned seconds);

/* Memory for what does not fit into the state (tables, decoders): counts against the budget, is not
 * cleared, and is freed by the engine when the parser leaves the session. NULL: none left, go on
 * with less. parse_resize() keeps the contents; of NULL it allocates. `p` is the same in all calls
 * of one session, so that a library's allocator may hold it. */
void *parse_alloc(struct parse *, size_t n);
void *parse_resize(struct parse *, void *, size_t n);
void parse_free(struct parse *, void *);

/* ---- what detection reads: nothing happens unless somebody does (p->wants_buffers) ---- */

void parse_buffer_store(struct parse *, enum buffer, unsigned part, struct span);

static inline bool parse_wants(const struct parse *p, enum buffer b)
{
    return p->wants_buffers >> b & 1;
}

/* Buffers that follow in this direction are of the message, or exchange of messages, with this
 * number: what is asked and what is answered have the same one. */
void parse_message_number(struct parse *, uint64_t number);

static inline void parse_message(struct parse *p, uint64_t number)
{
    if (p->wants_buffers)
        parse_message_number(p, number);
}

/* A piece of a buffer of this direction; `part` is BUFFER_WHOLE, or BUFFER_BEGINS, _NEXT, _ENDS. */
static inline void parse_buffer(struct parse *p, enum buffer b, unsigned part, struct span piece)
{
    if (parse_wants(p, b))
        parse_buffer_store(p, b, part, piece);
}

/* As parse_skip(), but the n bytes are (a piece of) this buffer: they are handed on as they arrive,
 * without a copy and without a call. */
void parse_pass(struct parse *, uint64_t n, enum buffer, unsigned part);

/* ---- transactions: nothing happens unless somebody listens ---- */

void parse_tx_step(struct parse *, enum tx_step);
void parse_field_store(struct parse *, enum field, struct span);
void parse_uint_store(struct parse *, enum field, uint64_t);

/* Several transactions are open at once and a number tells them apart (a stream, a request id): the
 * step is about the one with this key. TX_REQUEST begins it, and ends one that had the key before;
 * TX_REPLY and TX_BOTH go on with it, or begin it when there is none; TX_DONE completes it. Fields
 * that follow in this direction are its own. A parser gives all its transactions keys, or none. */
void parse_tx_key_step(struct parse *, enum tx_step, uint64_t key);

static inline void parse_tx_key(struct parse *p, enum tx_step step, uint64_t key)
{
    if (p->wants_tx)
        parse_tx_key_step(p, step, key);
}

static inline void parse_tx(struct parse *p, enum tx_step step)
{
    if (p->wants_tx)
        parse_tx_step(p, step);
}

/* A value of the transaction last named in this direction. Long values are cut. */
static inline void parse_field(struct parse *p, enum field f, struct span value)
{
    if (p->wants_tx)
        parse_field_store(p, f, value);
}

static inline void parse_text(struct parse *p, enum field f, const char *value)
{
    if (p->wants_tx)
        parse_field_store(p, f, span_text(value));
}

static inline void parse_uint(struct parse *p, enum field f, uint64_t value)
{
    if (p->wants_tx)
        parse_uint_store(p, f, value);
}

/* The usual end of a parser: SHORT waits, BAD is not ours. */
static inline enum parse_result parse_stop(const struct cursor *c)
{
    return c->state == CUR_BAD ? PARSE_REJECT : PARSE_MORE;
}

struct parser {
    const char *name;     /* the label, and the name of its file, test and capture folder */
    const char *event;    /* event type of its transactions; NULL: the label */
    const char *evidence; /* for people: what proves it, in a few words */
    enum app app;
    uint8_t transports; /* OVER_TCP | OVER_UDP */
    enum speaks first;
    const uint16_t *ports; /* zero-terminated; they order candidates, never decide. NULL: none */
    /* Not 0: nothing in the bytes speaks for it. Tried on its own ports, and elsewhere, over these
     * transports, when nobody else is. */
    uint8_t fallback;
    size_t state_size;
    size_t max_pending; /* most bytes held for one incomplete message */
    bool midstream;     /* may join a session whose start was not seen */

    /* Could a stream (or datagram) of this sender begin with these bytes? At least one byte; when
     * too few to tell: true. No side effects: the engine also calls it to build its index. */
    bool (*probe)(enum dir from, struct span first);
    enum parse_result (*parse)(struct parse *, struct cursor *);
    /* Optional: `missing` bytes of p->dir are lost; what was not committed is gone. Without it a
     * parser is not called again for this direction. */
    void (*gap)(struct parse *, uint64_t missing);
    /* Optional: no more bytes will come. What is told belongs to p->dir: set it for each side. */
    void (*close)(struct parse *);
    /* Optional: the time that parse_wake() named has come. There are no bytes. */
    void (*tick)(struct parse *);
};

/* The list, in order of preference between equals; ends with NULL. */
extern const struct parser *const parser_registry[];

#endif
