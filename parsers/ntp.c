/* SPDX-License-Identifier: Apache-2.0
 *
 * NTP versions 1 to 4 (RFC 5905, and 958, 1059, 1119, 1305 before it), its control messages (RFC
 * 9327) and the private ones of ntpd, which were used for the largest floods of their time.
 *
 * A time message is short: away from port 123 only an answer that repeats the time stamp of its
 * question is believed.
 */
#include "parser/parser.h"

#define NTP_PORT   123
#define UNIX_EPOCH 2208988800u /* 1970 in seconds since 1900 */
#define SENT_MAX   4
#define FLOOD      5 /* answers so many times longer than their questions */

enum { MODE_CONTROL = 6, MODE_PRIVATE = 7 };

enum { READ_VARIABLES = 2 }; /* of mode 6 */

/* ntpd's mode 7: the implementations, and the requests that list the last clients. */
enum { PRIVATE_OLD = 2, PRIVATE_NEW = 3, REQUEST_MONLIST = 20, REQUEST_MONLIST_1 = 42 };

struct ntp_state {
    uint64_t sent[2][SENT_MAX]; /* transmit time stamps, per direction */
    uint64_t control_bytes[2];  /* of modes 6 and 7 */
    uint8_t next[2];
    uint8_t proof;
    uint8_t noted; /* enum noted */
};

enum noted { NOTED_FLOOD = 1, NOTED_LIST = 2, NOTED_VARIABLES = 4 };

struct ntp_message {
    uint8_t mode, version, stratum;
    struct span reference;
    uint64_t set, originate, received, transmit;
};

static const uint16_t ports[] = {NTP_PORT, 0};

static bool home(const struct parse *p)
{
    return p->server_port == NTP_PORT || p->client_port == NTP_PORT;
}

/* A message authentication code: a lone key identifier, MD5, SHA-1, SHA-256, or that of [MS-SNTP]
 * section 2.2.4. */
static bool is_mac(size_t n)
{
    return n == 4 || n == 20 || n == 24 || n == 36 || n == 72;
}

/* RFC 7822 section 3: extension fields, then perhaps a code. */
static void read_tail(struct cursor *c)
{
    while (cur_left(c)) {
        uint16_t length;

        if (is_mac(cur_left(c))) {
            (void)cur_rest(c);
            return;
        }
        cur_skip(c, 2);
        length = cur_be16(c);
        if (length < 16 || length % 4)
            cur_fail(c);
        cur_skip(c, length - 4u);
    }
}

/* RFC 5905 section 7.3 */
static void read_time(struct ntp_message *m, struct cursor *c)
{
    m->stratum = cur_u8(c);
    cur_skip(c, 10);
    m->reference = cur_span(c, 4);
    m->set = cur_be64(c);
    m->originate = cur_be64(c);
    m->received = cur_be64(c);
    m->transmit = cur_be64(c);
    if (m->stratum > 16)
        cur_fail(c);
    read_tail(c);
}

static void note_once(struct parse *p, enum noted what, const char *text)
{
    struct ntp_state *s = p->state;

    if (!(s->noted & what))
        parse_note(p, text);
    s->noted |= (uint8_t)what;
}

/* RFC 9327 section 2 */
static void read_control(struct parse *p, struct cursor *c)
{
    uint8_t operation = cur_u8(c); /* bit 7: an answer */
    uint16_t count;

    cur_skip(c, 8);
    count = cur_be16(c);
    cur_skip(c, count);
    if (cur_left(c) >= 4)
        cur_skip(c, -count & 3u);
    if (cur_left(c) >= 4 && !is_mac(cur_left(c)))
        cur_fail(c);
    (void)cur_rest(c);
    if (c->state == CUR_OK && operation == READ_VARIABLES && !parse_addr_internal(p, DIR_CLIENT))
        note_once(p, NOTED_VARIABLES, "NTP variables are read");
}

/* ntpd's own; `first` is the byte before, its highest bit marks an answer. */
static void read_private(struct parse *p, uint8_t first, struct cursor *c)
{
    bool answer = first & 0x80;
    uint8_t implementation, request;
    size_t items;

    cur_skip(c, 1);
    implementation = cur_u8(c);
    request = cur_u8(c);
    items = cur_be16(c) & 0xfff;
    items *= cur_be16(c) & 0xfff;
    cur_skip(c, items);
    if (implementation != PRIVATE_OLD && implementation != PRIVATE_NEW)
        cur_fail(c);
    if (answer && cur_left(c))
        cur_fail(c);
    (void)cur_rest(c);
    if (c->state == CUR_OK && !answer &&
        (request == REQUEST_MONLIST || request == REQUEST_MONLIST_1))
        note_once(p, NOTED_LIST, "NTP monitor list requested");
}

/* All of the cursor, or its state says why not. */
static void read_message(struct parse *p, struct ntp_message *m, struct cursor *c)
{
    uint8_t first = cur_u8(c);

    *m = (struct ntp_message){.mode = first & 7, .version = first >> 3 & 7};
    if (m->version < 1 || m->version > 4 || m->mode < 1 || (m->mode >= MODE_CONTROL && !home(p)))
        cur_fail(c);
    else if (m->mode == MODE_CONTROL)
        read_control(p, c);
    else if (m->mode == MODE_PRIVATE)
        read_private(p, first, c);
    else
        read_time(m, c);
}

static enum dir other_side(const struct parse *p)
{
    return p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
}

/* It repeats the time stamp of something that the other side sent. */
static bool answers(const struct parse *p, const struct ntp_message *m)
{
    struct ntp_state *s = p->state;
    bool found = false;

    for (unsigned i = 0; i < SENT_MAX; i++)
        found |= m->originate && s->sent[other_side(p)][i] == m->originate;
    s->sent[p->dir][s->next[p->dir]++ % SENT_MAX] = m->transmit;
    return found;
}

static void measure(struct parse *p, size_t n)
{
    struct ntp_state *s = p->state;
    const uint64_t *bytes = s->control_bytes;

    s->control_bytes[p->dir] += n;
    if (!bytes[DIR_CLIENT] || bytes[DIR_SERVER] <= FLOOD * bytes[DIR_CLIENT])
        return;
    note_once(p, NOTED_FLOOD, "NTP answers are much longer than their requests");
}

/* Good until 2106. */
static void put_time(struct parse *p, enum field field, uint64_t stamp)
{
    if (stamp)
        parse_uint(p, field, (uint32_t)(stamp >> 32) - UNIX_EPOCH);
}

static void report(struct parse *p, const struct ntp_message *m)
{
    parse_tx(p, p->dir == DIR_CLIENT ? TX_REQUEST : TX_REPLY);
    parse_uint(p, FIELD_NTP_VERSION, m->version);
    parse_uint(p, FIELD_NTP_MODE, m->mode);
    if (m->mode < MODE_CONTROL) {
        parse_uint(p, FIELD_NTP_STRATUM, m->stratum);
        parse_field(p, FIELD_NTP_REFERENCE, m->reference);
        put_time(p, FIELD_NTP_SET, m->set);
        put_time(p, FIELD_NTP_ORIGINATE, m->originate);
        put_time(p, FIELD_NTP_RECEIVED, m->received);
        put_time(p, FIELD_NTP_TRANSMIT, m->transmit);
    }
    parse_tx(p, TX_DONE);
}

static enum parse_result ntp_parse(struct parse *p, struct cursor *in)
{
    struct ntp_state *s = p->state;
    enum proof proof = home(p) ? PROOF_STRONG : PROOF_NONE;
    struct span all = cur_look(in);
    struct ntp_message m;

    read_message(p, &m, in);
    if (in->state != CUR_OK)
        return s->proof ? PARSE_MATCH : PARSE_REJECT;
    if (m.mode >= MODE_CONTROL)
        measure(p, all.n);
    else if (answers(p, &m))
        proof = PROOF_CERTAIN;
    if (proof > s->proof)
        s->proof = (uint8_t)proof;
    parse_proof(p, s->proof);
    report(p, &m);
    parse_commit(p, in);
    return s->proof ? PARSE_MATCH : PARSE_MORE;
}

static bool ntp_probe(enum dir from, struct span first)
{
    uint8_t version = first.p[0] >> 3 & 7;

    (void)from;
    return version >= 1 && version <= 4 && first.p[0] & 7;
}

const struct parser parser_ntp = {
    .name = "ntp",
    .evidence = "version, mode, length; answer repeats the time of the question",
    .app = APP_NTP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct ntp_state),
    .max_pending = 65535,
    .probe = ntp_probe,
    .parse = ntp_parse,
};
