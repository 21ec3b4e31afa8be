/* SPDX-License-Identifier: Apache-2.0
 *
 * DTLS 1.0 to 1.3 (RFC 6347, 9147), and what OpenSSL spoke before there was a standard. Handshake
 * messages come in fragments that carry their place, so those of one message may arrive in any
 * order. What is encrypted tells nothing but its header, which chains to the end of the datagram.
 */
#include "parser/parser.h"
#include "support/pieces.h"
#include "support/tls_handshake.h"
#include "support/tls_text.h"

enum {
    RECORD_MAX = 16384 + 2048,
    HANDSHAKE_MAX = 65536,
    SLOTS = 2,      /* messages of one side that are incomplete */
    DONE_MAX = 32,  /* message numbers remembered */
    SEALED_MIN = 9, /* the shortest protection: an explicit nonce or tag, and something */
    ONE_SIDED = 16, /* encrypted records of one side while the other is never seen */
    EPOCH_MAX = 64, /* renegotiations and key updates that are believed of an unknown session */
};

enum record_type { CHANGE_CIPHER = 20, ALERT, HANDSHAKE, DATA, HEARTBEAT, CONNECTION_ID };

enum side_flag {
    SIDE_CLOSED = 1 << 0, /* has changed to encryption */
    SIDE_SEALED = 1 << 1, /* `epoch` and `sequence` are those of an encrypted record */
    SIDE_NOTED = 1 << 2,
};

/* An incomplete handshake message. */
struct slot {
    struct pieces *pieces;
    uint32_t length;
    uint16_t number;
    uint8_t type;
    bool used;
};

struct side {
    struct slot slots[SLOTS];
    uint64_t sequence;
    uint32_t done; /* bit n: message n has been read */
    uint16_t epoch;
    uint8_t flags;
    uint8_t sealed;
};

struct dtls {
    struct side side[2];
    struct tls_handshake shake;
};

struct record {
    uint8_t type;
    uint16_t version;
    uint16_t epoch;
    uint64_t sequence;
    struct cursor body;
};

struct fragment {
    uint8_t type;
    uint32_t length;
    uint16_t number;
    uint32_t offset;
    struct span bytes;
};

/* ---- handshake messages ---- */

static void note_once(struct parse *p, struct side *s, const char *text)
{
    if (!(s->flags & SIDE_NOTED))
        parse_note(p, text);
    s->flags |= SIDE_NOTED;
}

static void message_whole(struct parse *p, struct dtls *d, const struct fragment *f,
                          struct span bytes)
{
    struct side *s = &d->side[p->dir];
    struct cursor body = cur_of(bytes);

    if (f->number < DONE_MAX)
        s->done |= 1u << f->number;
    if (!tls_message_read(p, &d->shake, TLS_DATAGRAM, f->type, &body))
        note_once(p, s, "malformed DTLS handshake message");
}

/* The slot of this message; of those in use the older one gives way. */
static struct slot *slot_for(struct parse *p, struct side *s, const struct fragment *f)
{
    struct slot *best = &s->slots[0];

    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *slot = &s->slots[i];

        if (slot->used && slot->number == f->number)
            return slot->length == f->length && slot->type == f->type ? slot : NULL;
        if (best->used && (!slot->used || slot->number < best->number))
            best = slot;
    }
    pieces_free(p, &best->pieces);
    *best = (struct slot){.length = f->length, .number = f->number, .type = f->type, .used = true};
    return best;
}

static void fragment_take(struct parse *p, struct dtls *d, const struct fragment *f)
{
    struct side *s = &d->side[p->dir];
    struct slot *slot;

    if (f->number < DONE_MAX && s->done >> f->number & 1)
        return; /* sent again */
    if (f->bytes.n == f->length) {
        message_whole(p, d, f, f->bytes);
        return;
    }
    slot = slot_for(p, s, f);
    if (!slot || !pieces_put(p, &slot->pieces, f->offset, f->bytes, f->length))
        return;
    if (pieces_ready(slot->pieces).n < f->length)
        return;
    message_whole(p, d, f, pieces_ready(slot->pieces));
    pieces_free(p, &slot->pieces);
    slot->used = false;
}

static bool type_known(uint8_t type)
{
    return type <= 4 || type == 8 || (type >= 11 && type <= 16) || (type >= 20 && type <= 25);
}

/* RFC 6347 section 4.2.2 */
static bool fragment_read(struct cursor *c, struct fragment *f)
{
    uint32_t n;

    f->type = cur_u8(c);
    f->length = cur_be24(c);
    f->number = cur_be16(c);
    f->offset = cur_be24(c);
    n = cur_be24(c);
    f->bytes = cur_span(c, n);
    return c->state == CUR_OK && type_known(f->type) && f->offset + n <= f->length &&
           (n || !f->length);
}

/* Every fragment must be sound before the first is believed. */
static bool fragments_sound(struct cursor body)
{
    struct fragment f;

    while (cur_left(&body))
        if (!fragment_read(&body, &f))
            return false;
    return cur_done(&body);
}

/* Who opened the session need not be who sent the first datagram that was captured. */
static void judge_role(const struct parse *p, struct dtls *d, uint8_t type)
{
    bool client = type == TLS_CLIENT_HELLO;

    if (d->shake.facts & (TLS_HELLO_OF_CLIENT | TLS_HELLO_OF_SERVER))
        return;
    if (client || type == TLS_SERVER_HELLO || type == TLS_VERIFY_REQUEST)
        d->shake.swapped = client != (p->dir == DIR_CLIENT);
}

static void handshake(struct parse *p, struct dtls *d, struct cursor body)
{
    struct fragment f;

    while (cur_left(&body) && fragment_read(&body, &f)) {
        judge_role(p, d, f.type);
        tls_prove(p, &d->shake, PROOF_FAIR);
        if (f.length > HANDSHAKE_MAX)
            note_once(p, &d->side[p->dir], "DTLS handshake message over 64 KiB");
        else
            fragment_take(p, d, &f);
    }
}

/* ---- records ---- */

static bool version_known(uint16_t version)
{
    return version == 0xfeff || version == 0xfefd || version == 0xfefc || version == 0x0100;
}

/* RFC 9147 section 4: only the lower bits of the number, perhaps a length, perhaps a connection id
 * whose length was agreed upon elsewhere: then the record is the rest. */
static void unified_read(struct cursor *in, struct record *r)
{
    uint8_t head = cur_u8(in);

    r->type = DATA;
    r->version = 0xfefc;
    r->epoch = 1;
    if (head & 0x10) {
        r->body = cur_of(cur_rest(in));
        return;
    }
    cur_skip(in, head & 0x08 ? 2 : 1);
    r->body = head & 0x04 ? cur_sub(in, cur_be16(in)) : cur_of(cur_rest(in));
}

static bool is_unified(uint8_t first)
{
    return first >> 5 == 1;
}

static void record_read(struct cursor *in, struct record *r)
{
    *r = (struct record){.type = cur_peek(in)};
    if (is_unified(r->type)) {
        unified_read(in, r);
        return;
    }
    cur_skip(in, 1);
    r->version = cur_be16(in);
    r->epoch = cur_be16(in);
    r->sequence = (uint64_t)cur_be16(in) << 32;
    r->sequence |= cur_be32(in);
    if (r->type == CONNECTION_ID)
        r->body = cur_of(cur_rest(in)); /* RFC 9146: id, then length */
    else
        r->body = cur_sub(in, cur_be16(in));
}

static bool alert_sound(struct cursor body)
{
    uint8_t level = cur_u8(&body);

    cur_skip(&body, 1);
    return cur_done(&body) && (level == 1 || level == 2);
}

/* Could this be a record of a session of which nothing is known yet? */
static bool record_sound(const struct record *r, bool known)
{
    size_t n = cur_left(&r->body);

    if (is_unified(r->type) || r->version == 0xfefc || r->type == CONNECTION_ID)
        return known;
    if (r->type < CHANGE_CIPHER || r->type > HEARTBEAT || !version_known(r->version) ||
        n > RECORD_MAX)
        return false;
    if (r->epoch)
        return n >= SEALED_MIN && (known || r->epoch <= EPOCH_MAX);
    if (r->type == HANDSHAKE)
        return n && fragments_sound(r->body);
    if (r->type == ALERT)
        return alert_sound(r->body);
    return r->type == CHANGE_CIPHER && n && cur_peek(&r->body) == 1 && n <= 3;
}

/* The datagram is records to its end. */
static bool datagram_sound(struct cursor in, bool known)
{
    struct record r;

    while (cur_left(&in)) {
        if (is_unified(cur_peek(&in)) && !known)
            return false;
        record_read(&in, &r);
        if (in.state != CUR_OK || !record_sound(&r, known))
            return false;
    }
    return true;
}

/* Headers of encrypted records are believed when a second datagram goes on where one was. */
static void sealed(struct parse *p, struct dtls *d, const struct record *r)
{
    struct side *s = &d->side[p->dir];

    if (s->flags & SIDE_SEALED && r->epoch == s->epoch && r->sequence > s->sequence)
        tls_prove(p, &d->shake, PROOF_STRONG);
    tls_prove(p, &d->shake, PROOF_FAIR);
    s->flags |= SIDE_SEALED | SIDE_CLOSED;
    s->epoch = r->epoch;
    s->sequence = r->sequence;
    if (s->sealed < UINT8_MAX)
        s->sealed++;
}

static void change_cipher(struct parse *p, struct dtls *d)
{
    struct side *s = &d->side[p->dir];

    if (tls_role(p, &d->shake) == DIR_SERVER && tls_hello_seen(&d->shake, DIR_SERVER) &&
        !(s->flags & SIDE_CLOSED) && !(d->shake.facts & (TLS_FULL | TLS_IS_13)))
        parse_uint(p, FIELD_TLS_RESUMED, 1);
    tls_prove(p, &d->shake, PROOF_WEAK);
    s->flags |= SIDE_CLOSED;
}

/* True: a fatal one, and the session ends. */
static bool alert(struct parse *p, struct dtls *d, struct cursor body)
{
    uint8_t level = cur_u8(&body);

    tls_prove(p, &d->shake, d->shake.proof >= PROOF_STRONG ? PROOF_CERTAIN : PROOF_FAIR);
    if (level == 2)
        parse_note(p, tls_alert_text(cur_u8(&body)));
    return level == 2;
}

/* Nothing but encrypted records can follow: the handshake is seen, or will never be. */
static bool is_over(const struct dtls *d)
{
    const struct side *c = &d->side[DIR_CLIENT], *s = &d->side[DIR_SERVER];

    if (d->shake.proof < PROOF_STRONG)
        return false;
    if (c->flags & s->flags & SIDE_CLOSED)
        return true;
    if (d->shake.facts & TLS_IS_13 && (c->flags | s->flags) & SIDE_CLOSED)
        return true;
    return c->sealed >= ONE_SIDED || s->sealed >= ONE_SIDED;
}

/* True: that was the last one of interest. */
static bool record_take(struct parse *p, struct dtls *d, const struct record *r)
{
    if (r->epoch)
        sealed(p, d, r);
    else if (r->type == HANDSHAKE)
        handshake(p, d, r->body);
    else if (r->type == CHANGE_CIPHER)
        change_cipher(p, d);
    else if (r->type == ALERT && alert(p, d, r->body))
        return true;
    return is_over(d);
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct dtls *d = p->state;
    struct record r;
    bool over = false;

    /* On a session that is ours other things may travel too (STUN, RTP): they are passed over. */
    if (!datagram_sound(*in, d->shake.proof != PROOF_NONE))
        return d->shake.proof ? PARSE_MATCH : PARSE_REJECT;
    while (cur_left(in) && !over) {
        record_read(in, &r);
        over = record_take(p, d, &r);
    }
    if (over && d->shake.facts & TLS_OPEN)
        parse_tx(p, TX_DONE);
    parse_commit(p, in);
    if (over)
        return PARSE_DONE;
    return d->shake.proof >= PROOF_FAIR ? PARSE_MATCH : PARSE_MORE;
}

static bool probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t type = cur_u8(&c);
    uint8_t major = cur_u8(&c);
    uint8_t minor = cur_u8(&c);

    (void)from;
    if (type < CHANGE_CIPHER || type > HEARTBEAT)
        return false;
    if (first.n > 1 && major != 0xfe && major != 1)
        return false;
    return first.n < 3 || version_known((uint16_t)(major << 8 | minor));
}

static const uint16_t ports[] = {443, 4433, 5684, 2083, 5349, 0};

const struct parser parser_dtls = {
    .name = "dtls",
    .event = "tls",
    .evidence = "records to the end of the datagram, hellos; numbers that go on in the middle",
    .app = APP_DTLS,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct dtls),
    .max_pending = 65535,
    .midstream = true,
    .probe = probe,
    .parse = parse,
};
