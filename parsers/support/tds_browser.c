/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_browser: see tds_browser.h.
 */
#include "support/tds_browser.h"

enum {
    ASK_ALL = 2,
    ASK_HOST = 3,
    ASK_INSTANCE = 4,
    ANSWER = 5,
    ASK_ADMIN = 15,
    ADMIN_VERSION = 1,
    ADMIN_ANSWER = 6,
    INSTANCE_MOST = 32,
    PORT = 1434,
};

static bool is_question(struct span d)
{
    uint8_t kind = d.n ? d.p[0] : 0;
    struct span name = span_from(d, kind == ASK_ADMIN ? 2 : 1);

    if (kind == ASK_ALL || kind == ASK_HOST)
        return d.n == 1;
    if (kind == ASK_ADMIN && d.n > 1 && d.p[1] != ADMIN_VERSION)
        return false;
    if (kind != ASK_INSTANCE && kind != ASK_ADMIN)
        return false;
    /* A name ends with a zero, or with the datagram. */
    return name.n && name.n <= INSTANCE_MOST + 1 && name.p[0] &&
           span_printable(span_first(name, span_index(name, 0))) &&
           span_index(name, 0) + 1 >= name.n;
}

static bool is_answer(struct span d)
{
    struct cursor c = cur_of(d);
    uint8_t kind = cur_u8(&c);
    uint16_t n = cur_le16(&c);

    if (c.state != CUR_OK || kind != ANSWER)
        return false;
    if (n == ADMIN_ANSWER && d.n == ADMIN_ANSWER)
        return cur_u8(&c) == ADMIN_VERSION;
    return n == cur_left(&c) && span_starts(cur_look(&c), SPAN("ServerName;"));
}

/* A single byte says too little, even on its own port. */
static void question_read(struct parse *p, struct span d)
{
    bool named = d.p[0] == ASK_INSTANCE;
    struct span name = span_from(d, d.p[0] == ASK_ADMIN ? 2 : 1);

    parse_proof(p, named && p->server_port == PORT ? PROOF_FAIR : PROOF_WEAK);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_TDS_COMMAND, "browse");
    if (d.n > 1)
        parse_field(p, FIELD_TDS_INSTANCE, span_first(name, span_index(name, 0)));
}

/* "name;value;name;value;;" for each instance; of several the first is told. */
static void answer_read(struct parse *p, struct cursor *c)
{
    static const struct {
        const char *name;
        enum field field;
    } wanted[] = {
        {"ServerName", FIELD_TDS_SERVER},
        {"InstanceName", FIELD_TDS_INSTANCE},
        {"Version", FIELD_TDS_SERVER_VERSION},
        {"tcp", FIELD_TDS_SERVER_PORT},
    };

    while (cur_left(c)) {
        struct span name = cur_until(c, ';', UINT16_MAX);
        struct span value;

        if (name.n == 0)
            return;
        value = cur_until(c, ';', UINT16_MAX);
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
            if (c->state == CUR_OK && span_equal(name, span_text(wanted[i].name)))
                parse_field(p, wanted[i].field, value);
    }
}

bool tds_browser_probe(enum dir from, struct span datagram)
{
    if (datagram.n == 1 && from == DIR_SERVER)
        return datagram.p[0] == ANSWER;
    if (datagram.n == 1)
        return datagram.p[0] == ASK_INSTANCE || datagram.p[0] == ASK_ADMIN || is_question(datagram);
    return from == DIR_CLIENT ? is_question(datagram) : is_answer(datagram);
}

enum parse_result tds_browser_parse(struct parse *p, struct cursor *in)
{
    struct span d = cur_look(in);

    if (p->dir == DIR_CLIENT ? !is_question(d) : !is_answer(d))
        return PARSE_REJECT;
    if (p->dir == DIR_CLIENT) {
        question_read(p, d);
    } else {
        parse_proof(p, PROOF_CERTAIN);
        parse_tx(p, TX_REPLY);
        cur_skip(in, 3);
        answer_read(p, in);
        parse_tx(p, TX_DONE);
    }
    in->state = CUR_OK;
    in->pos = in->end;
    parse_commit(p, in);
    return PARSE_MATCH;
}
