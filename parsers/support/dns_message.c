/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_message: reads and checks the structure of a DNS message without writing a single text.
 */
#include "support/dns_message.h"
#include "support/dns_text.h"

#define QUESTION_MIN 5
#define RECORD_MIN   11
#define OPCODES      0x77u /* a bit each: query, iquery, status, notify, update, stateful */

static bool opcode_fits(uint16_t flags)
{
    return OPCODES >> dns_opcode(flags) & 1;
}

static bool counts_fit(const uint16_t counts[DNS_SECTIONS], size_t length)
{
    size_t records = (size_t)counts[DNS_ANSWER] + counts[DNS_AUTHORITY] + counts[DNS_ADDITIONAL];

    return counts[DNS_QUESTION] * (size_t)QUESTION_MIN + records * RECORD_MIN <=
           length - DNS_HEADER;
}

bool dns_header_fits(struct span head, size_t length)
{
    struct cursor c = cur_of(head);
    uint16_t counts[DNS_SECTIONS], flags;

    if (length < DNS_HEADER)
        return false;
    cur_skip(&c, 2);
    flags = cur_be16(&c);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        counts[i] = cur_be16(&c);
    return opcode_fits(flags) && !(flags & DNS_Z) && counts_fit(counts, length);
}

static void check_tlvs(struct cursor *c)
{
    while (cur_left(c)) {
        cur_skip(c, 2);
        cur_skip(c, cur_be16(c));
    }
}

static void check_strings(struct cursor *c)
{
    do
        cur_skip(c, cur_u8(c));
    while (cur_left(c));
}

/* Contents in which something can be wrong; a type not listed may hold anything. */
static void check_rdata(struct dns_wire *w, uint16_t type, struct cursor *c)
{
    switch (type) {
    case DNS_A:
        cur_skip(c, 4);
        break;
    case DNS_AAAA:
        cur_skip(c, 16);
        break;
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
    case DNS_DNAME:
        dns_name_skip(w, c);
        break;
    case DNS_MX:
        cur_skip(c, 2);
        dns_name_skip(w, c);
        break;
    case DNS_SRV:
        cur_skip(c, 6);
        dns_name_skip(w, c);
        break;
    case DNS_SOA:
        dns_name_skip(w, c);
        dns_name_skip(w, c);
        cur_skip(c, 20);
        break;
    case DNS_TXT:
    case DNS_SPF:
        check_strings(c);
        break;
    case DNS_SVCB:
    case DNS_HTTPS:
        cur_skip(c, 2);
        dns_name_skip(w, c);
        check_tlvs(c);
        break;
    case DNS_RRSIG:
        cur_skip(c, 18);
        dns_name_skip(w, c);
        c->pos = c->end;
        break;
    default:
        c->pos = c->end;
        break;
    }
    if (!cur_done(c))
        cur_fail(c);
}

void dns_record_read(struct dns_record *r, struct cursor *c)
{
    const uint8_t *fixed = cur_take(c, 10);

    if (!fixed) {
        *r = (struct dns_record){0};
        return;
    }
    r->type = be16_at(fixed);
    r->class = be16_at(fixed + 2);
    r->ttl = be32_at(fixed + 4);
    r->rdata = cur_sub(c, be16_at(fixed + 8));
}

static void read_questions(struct dns_message *m, struct cursor *c)
{
    const uint8_t *start = c->pos;

    for (unsigned i = 0; i < m->counts[DNS_QUESTION] && c->state == CUR_OK; i++) {
        if (i == 0)
            dns_name_learn(&m->wire, c);
        else
            dns_name_skip(&m->wire, c);
        cur_skip(c, 4);
    }
    m->questions = span_of(start, (size_t)(c->pos - start));
}

/* RFC 6891 section 6.1: one, of the root, in the additional section (which comes last). */
static void take_opt(struct dns_message *m, struct cursor *c, const struct dns_record *r)
{
    struct cursor options = r->rdata;

    check_tlvs(&options);
    cur_join(c, &options);
    if (m->has_opt)
        cur_fail(c);
    m->has_opt = true;
    m->opt = *r;
}

static void read_records(struct dns_message *m, struct cursor *c)
{
    unsigned count =
        (unsigned)m->counts[DNS_ANSWER] + m->counts[DNS_AUTHORITY] + m->counts[DNS_ADDITIONAL];

    m->records = *c;
    for (; count && c->state == CUR_OK; count--) {
        struct dns_record r;
        struct cursor rdata;

        dns_name_skip(&m->wire, c);
        dns_record_read(&r, c);
        if (c->state != CUR_OK)
            return;
        if (r.type == DNS_OPT && count <= m->counts[DNS_ADDITIONAL]) {
            take_opt(m, c, &r);
        } else if ((r.class & 0x7fff) == DNS_IN) {
            rdata = r.rdata;
            check_rdata(&m->wire, r.type, &rdata);
            cur_join(c, &rdata);
        }
    }
}

/* RFC 8490 section 5.4: no sections, the message is a list of TLVs. */
static void read_stateful(struct dns_message *m, struct cursor *c)
{
    if (m->counts[DNS_QUESTION] + m->counts[DNS_ANSWER] + m->counts[DNS_AUTHORITY] +
        m->counts[DNS_ADDITIONAL])
        cur_fail(c);
    m->questions = span_of(c->pos, 0);
    m->records = *c;
    check_tlvs(c);
}

void dns_message_read(struct dns_message *m, struct cursor *c, uint16_t floor)
{
    struct span all = cur_look(c);
    const uint8_t *head = cur_take(c, DNS_HEADER);

    if (!head)
        return;
    m->wire = dns_wire_of(all, floor);
    m->id = be16_at(head);
    m->flags = be16_at(head + 2);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        m->counts[i] = be16_at(head + 4 + (size_t)2 * i);
    if (!opcode_fits(m->flags) || !counts_fit(m->counts, all.n)) {
        cur_fail(c);
        return;
    }
    m->has_opt = false;
    if (dns_opcode(m->flags) == DNS_STATEFUL) {
        read_stateful(m, c);
        return;
    }
    read_questions(m, c);
    read_records(m, c);
}

/* NetBIOS names are 32 letters A to P (RFC 1001 section 14.1); they look like DNS otherwise. */
static bool netbios_label(struct span label)
{
    for (size_t i = 0; i < label.n; i++)
        if (label.p[i] < 'A' || label.p[i] > 'P')
            return false;
    return label.n == 32;
}

static bool plausible_question(struct span question)
{
    struct cursor c = cur_of(question);
    bool netbios = netbios_label(span_first(span_from(question, 1), cur_peek(&c)));
    uint8_t n;
    uint16_t type, class;

    while ((n = cur_u8(&c)) != 0)
        if (n > 63 || !span_printable(cur_span(&c, n)))
            return false;
    type = cur_be16(&c);
    class = cur_be16(&c);
    if (netbios && (type == DNS_NB || type == DNS_SRV))
        return false;
    return cur_done(&c) && type != 0 && type <= DNS_CAA && type != DNS_OPT &&
           (class == DNS_IN || class == DNS_CH || class == DNS_ANY);
}

bool dns_message_plausible(const struct dns_message *m)
{
    if (dns_opcode(m->flags) != DNS_QUERY || m->counts[DNS_QUESTION] != 1)
        return false;
    if (!(m->flags & DNS_QR) &&
        (m->flags & (DNS_AA | DNS_TC | DNS_RA | DNS_RCODE) || m->counts[DNS_ANSWER] ||
         m->counts[DNS_AUTHORITY] || m->counts[DNS_ADDITIONAL] > 2))
        return false;
    return plausible_question(m->questions);
}
