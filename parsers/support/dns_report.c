/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_report: the fields of a DNS transaction, in the order of the event format.
 */
#include "support/dns_report.h"
#include "support/dns_text.h"

#include <stdio.h>

struct section_fields {
    enum field name, type, ttl, text, ip;
};

static const struct section_fields section_fields[DNS_SECTIONS] = {
    [DNS_ANSWER] = {FIELD_DNS_ANSWER_NAME, FIELD_DNS_ANSWER_TYPE, FIELD_DNS_ANSWER_TTL,
                    FIELD_DNS_ANSWER_TEXT, FIELD_DNS_ANSWER_IP},
    [DNS_AUTHORITY] = {FIELD_DNS_AUTHORITY_NAME, FIELD_DNS_AUTHORITY_TYPE, FIELD_DNS_AUTHORITY_TTL,
                       FIELD_DNS_AUTHORITY_TEXT, FIELD_DNS_AUTHORITY_IP},
    [DNS_ADDITIONAL] = {FIELD_DNS_ADDITIONAL_NAME, FIELD_DNS_ADDITIONAL_TYPE,
                        FIELD_DNS_ADDITIONAL_TTL, FIELD_DNS_ADDITIONAL_TEXT,
                        FIELD_DNS_ADDITIONAL_IP},
};

static void report_questions(struct parse *p, const struct dns_message *m, struct dns_wire *w)
{
    struct cursor c = cur_of(m->questions);

    while (cur_left(&c) && !dns_wire_spent(w)) {
        char name[DNS_NAME_TEXT], number[DNS_NUMBER_TEXT];

        parse_field(p, FIELD_DNS_QUERY_NAME, dns_name_text(w, &c, name));
        parse_field(p, FIELD_DNS_QUERY_TYPE, dns_type_text(cur_be16(&c), number));
        cur_skip(&c, 2);
    }
}

static void report_rdata(struct parse *p, struct dns_wire *w, const struct section_fields *f,
                         const struct dns_record *r)
{
    struct dns_text text;
    struct span value;

    if ((r->type == DNS_A || r->type == DNS_AAAA) && (r->class & 0x7fff) == DNS_IN) {
        parse_field(p, f->ip, cur_look(&r->rdata));
        return;
    }
    value = dns_rdata_text(w, r->type, r->rdata, &text);
    if (value.n)
        parse_field(p, f->text, value);
}

static void report_records(struct parse *p, const struct dns_message *m, struct dns_wire *w)
{
    struct cursor c = m->records;

    for (unsigned section = DNS_ANSWER; section < DNS_SECTIONS; section++) {
        const struct section_fields *f = &section_fields[section];

        for (unsigned i = m->counts[section]; i && !dns_wire_spent(w); i--) {
            char name[DNS_NAME_TEXT], number[DNS_NUMBER_TEXT];
            struct span owner = dns_name_text(w, &c, name);
            struct dns_record r;

            dns_record_read(&r, &c);
            if (c.state != CUR_OK || (r.type == DNS_OPT && section == DNS_ADDITIONAL))
                continue;
            parse_field(p, f->name, owner);
            parse_field(p, f->type, dns_type_text(r.type, number));
            parse_uint(p, f->ttl, r.ttl);
            report_rdata(p, w, f, &r);
        }
    }
}

/* RFC 7871 section 6: the address is cut to its prefix. */
static void report_subnet(struct parse *p, struct cursor *c)
{
    uint8_t address[16] = {0};
    uint16_t family = cur_be16(c);
    uint8_t bits = cur_u8(c);
    struct span prefix;

    cur_skip(c, 1);
    prefix = cur_rest(c);
    if (c->state != CUR_OK || (family != 1 && family != 2) || prefix.n > (family == 1 ? 4 : 16))
        return;
    if (prefix.n)
        memcpy(address, prefix.p, prefix.n);
    parse_field(p, FIELD_DNS_EDNS_SUBNET, span_of(address, family == 1 ? 4 : 16));
    parse_uint(p, FIELD_DNS_EDNS_SUBNET_BITS, bits);
}

static void report_edns(struct parse *p, const struct dns_record *opt)
{
    struct cursor c = opt->rdata;

    parse_uint(p, FIELD_DNS_EDNS_VERSION, opt->ttl >> 16 & 0xff);
    parse_uint(p, FIELD_DNS_EDNS_SIZE, opt->class);
    if (opt->ttl & 0x8000)
        parse_uint(p, FIELD_DNS_EDNS_DO, 1);
    while (cur_left(&c)) {
        uint16_t code = cur_be16(&c);
        struct cursor option = cur_sub(&c, cur_be16(&c));

        if (code == 8)
            report_subnet(p, &option);
    }
}

static void report_header(struct parse *p, const struct dns_message *m)
{
    unsigned rcode = m->flags & DNS_RCODE;
    char text[DNS_NUMBER_TEXT];

    if (m->has_opt)
        rcode |= m->opt.ttl >> 24 << 4;
    parse_text(p, FIELD_DNS_TYPE, m->flags & DNS_QR ? "response" : "request");
    parse_uint(p, FIELD_DNS_ID, m->id);
    snprintf(text, sizeof(text), "%x", m->flags);
    parse_text(p, FIELD_DNS_FLAGS, text);
    if (m->flags & DNS_QR)
        parse_uint(p, FIELD_DNS_QR, 1);
    if (m->flags & DNS_AA)
        parse_uint(p, FIELD_DNS_AA, 1);
    if (m->flags & DNS_TC)
        parse_uint(p, FIELD_DNS_TC, 1);
    if (m->flags & DNS_RD)
        parse_uint(p, FIELD_DNS_RD, 1);
    if (m->flags & DNS_RA)
        parse_uint(p, FIELD_DNS_RA, 1);
    if (m->flags & DNS_Z)
        parse_uint(p, FIELD_DNS_RESERVED, 1);
    parse_uint(p, FIELD_DNS_OPCODE, dns_opcode(m->flags));
    parse_field(p, FIELD_DNS_RCODE, dns_rcode_text(rcode, text));
}

void dns_report(struct parse *p, const struct dns_message *m)
{
    struct dns_wire wire = dns_wire_of(m->wire.message, 0);

    report_header(p, m);
    report_questions(p, m, &wire);
    report_records(p, m, &wire);
    if (m->has_opt)
        report_edns(p, &m->opt);
}
