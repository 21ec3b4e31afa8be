/* SPDX-License-Identifier: Apache-2.0
 *
 * TFTP (RFC 1350) with options (RFC 2347 to 2349, 7440).
 *
 * The server usually answers a request from another port: that session is announced, starts with
 * a fresh state, and is the only one in which a transfer counts without its request. The request
 * is one transaction, the transfer (or its refusal) another.
 */
#include "parser/parser.h"

#define FILE_NAME   255
#define OPTION_TEXT 255
#define BLOCK_SIZE  512
#define EXPECT      30 /* seconds */

enum { READ = 1, WRITE, DATA, ACK, ERROR, OPTIONS_ACK };

extern const struct parser parser_tftp;

struct tftp_state {
    uint64_t bytes;
    uint16_t block;      /* the last that was counted */
    uint16_t block_size; /* 0: the usual */
    bool requested;
    uint8_t requester; /* enum dir */
    bool transfer;     /* its transaction is open */
    bool counted;
    uint8_t proof;
};

static const uint16_t ports[] = {69, 0};

static const char *const errors[] = {
    "not defined",      "file not found", "access violation", "disk full",      "illegal operation",
    "unknown transfer", "file exists",    "no such user",     "option refused",
};

/* The options of one message, after they were read. */
struct options {
    struct span block_size, size, window;
};

static struct span text(struct cursor *c, size_t max)
{
    struct span s = cur_until(c, 0, max);

    if (!span_printable(s))
        cur_fail(c);
    return s;
}

static void read_options(struct options *o, struct cursor *c)
{
    *o = (struct options){0};
    while (cur_left(c)) {
        struct span name = text(c, OPTION_TEXT), value = text(c, OPTION_TEXT);

        if (!name.n)
            cur_fail(c);
        if (span_equal_nocase(name, SPAN("blksize")))
            o->block_size = value;
        else if (span_equal_nocase(name, SPAN("tsize")))
            o->size = value;
        else if (span_equal_nocase(name, SPAN("windowsize")))
            o->window = value;
    }
}

/* Digits only; 0 for anything else. */
static uint64_t number(struct span s)
{
    uint64_t value = 0;

    if (s.n > 19)
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return 0;
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    return value;
}

static void report_options(struct parse *p, const struct options *o)
{
    if (o->block_size.n)
        parse_uint(p, FIELD_TFTP_BLKSIZE, number(o->block_size));
    if (o->size.n)
        parse_uint(p, FIELD_TFTP_TSIZE, number(o->size));
    if (o->window.n)
        parse_uint(p, FIELD_TFTP_WINDOWSIZE, number(o->window));
}

static void take_request(struct parse *p, unsigned opcode, struct cursor *c)
{
    struct tftp_state *s = p->state;
    struct span file = text(c, FILE_NAME);
    struct span mode = text(c, OPTION_TEXT);
    struct options options;

    read_options(&options, c);
    if (!file.n ||
        (!span_equal_nocase(mode, SPAN("octet")) && !span_equal_nocase(mode, SPAN("netascii")) &&
         !span_equal_nocase(mode, SPAN("mail"))))
        cur_fail(c);
    if (c->state != CUR_OK)
        return;
    *s = (struct tftp_state){.requested = true, .requester = (uint8_t)p->dir, .proof = s->proof};
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_TFTP_PACKET, opcode == READ ? "read" : "write");
    parse_field(p, FIELD_TFTP_FILE, file);
    parse_field(p, FIELD_TFTP_MODE, mode);
    report_options(p, &options);
    parse_tx(p, TX_DONE);
    parse_expect(p, &(struct announce){.parser = &parser_tftp,
                                       .app = APP_TFTP,
                                       .opener = DIR_CLIENT,
                                       .transport = OVER_UDP,
                                       .port = p->client_port,
                                       .port_of = DIR_CLIENT,
                                       .seconds = EXPECT});
}

/* Makes the transfer, new or begun, the transaction that this side speaks about. */
static void join_transfer(struct parse *p, const char *packet)
{
    struct tftp_state *s = p->state;

    parse_tx(p, TX_BOTH);
    if (!s->transfer)
        parse_text(p, FIELD_TFTP_PACKET, packet);
    s->transfer = true;
}

static void close_transfer(struct parse *p)
{
    struct tftp_state *s = p->state;

    if (s->bytes)
        parse_uint(p, FIELD_TFTP_BYTES, s->bytes);
    parse_tx(p, TX_DONE);
    s->transfer = false;
}

/* Is this block, counted modulo 65536, one that has not been seen? */
static bool is_new(const struct tftp_state *s, uint16_t block)
{
    return !s->counted || (uint16_t)(block - s->block - 1) < 0x7fff;
}

static void take_data(struct parse *p, uint16_t block, struct cursor *c)
{
    struct tftp_state *s = p->state;
    size_t n = cur_left(c), full;

    (void)cur_rest(c);
    if (c->state != CUR_OK || !is_new(s, block))
        return;
    s->counted = true;
    s->block = block;
    s->bytes += n;
    if (n > BLOCK_SIZE && s->block_size == 0)
        s->block_size = (uint16_t)n; /* agreed upon out of our sight */
    full = s->block_size ? s->block_size : BLOCK_SIZE;
    join_transfer(p, "data");
    if (n < full)
        close_transfer(p);
}

static void take_options(struct parse *p, struct cursor *c)
{
    struct tftp_state *s = p->state;
    struct options options;
    uint64_t size;

    read_options(&options, c);
    if (c->state != CUR_OK)
        return;
    size = number(options.block_size);
    if (size >= 8 && size <= 65464) /* RFC 2348 */
        s->block_size = (uint16_t)size;
    join_transfer(p, "data");
    report_options(p, &options);
}

static void take_error(struct parse *p, uint16_t code, struct cursor *c)
{
    struct span said = cur_rest(c);

    said = span_first(said, span_index(said, 0));
    if (c->state != CUR_OK)
        return;
    join_transfer(p, "error");
    if (said.n)
        parse_field(p, FIELD_TFTP_ERROR, said);
    else if (code < sizeof(errors) / sizeof(errors[0]))
        parse_text(p, FIELD_TFTP_ERROR, errors[code]);
    close_transfer(p);
}

/* Part of a transfer. Only the first answer to a request proves anything. */
static enum proof take_part(struct parse *p, unsigned opcode, struct cursor *c)
{
    const struct tftp_state *s = p->state;
    bool answer = s->requested && p->dir != s->requester;
    uint16_t number_or_code = opcode == OPTIONS_ACK ? 0 : cur_be16(c);

    if (!s->requested && !p->expected)
        cur_fail(c);
    switch (opcode) {
    case DATA:
        take_data(p, number_or_code, c);
        return answer && number_or_code == 1 ? PROOF_CERTAIN : PROOF_FAIR;
    case ACK:
        if (!cur_done(c))
            cur_fail(c);
        return answer && number_or_code == 0 ? PROOF_CERTAIN : PROOF_FAIR;
    case ERROR:
        take_error(p, number_or_code, c);
        break;
    case OPTIONS_ACK:
        take_options(p, c);
        break;
    default:
        cur_fail(c);
        break;
    }
    return answer ? PROOF_CERTAIN : PROOF_FAIR;
}

static enum parse_result tftp_parse(struct parse *p, struct cursor *in)
{
    struct tftp_state *s = p->state;
    unsigned opcode = cur_be16(in);
    enum proof proof = PROOF_STRONG;

    if (opcode == READ || opcode == WRITE)
        take_request(p, opcode, in);
    else
        proof = take_part(p, opcode, in);
    if (in->state != CUR_OK) /* strangers may send to the port of a transfer */
        return s->proof ? PARSE_MATCH : PARSE_REJECT;
    if (proof > s->proof)
        s->proof = (uint8_t)proof;
    parse_proof(p, s->proof);
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* An announced session comes without this test. */
static bool tftp_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    unsigned most = from == DIR_CLIENT ? WRITE : OPTIONS_ACK;
    uint16_t opcode;

    if (first.p[0] != 0)
        return false;
    opcode = cur_be16(&c);
    return c.state != CUR_OK || (opcode >= READ && opcode <= most);
}

const struct parser parser_tftp = {
    .name = "tftp",
    .evidence = "request with file and mode exact to the end; transfers announced by it",
    .app = APP_TFTP,
    .transports = OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct tftp_state),
    .max_pending = 65535,
    .probe = tftp_probe,
    .parse = tftp_parse,
};
