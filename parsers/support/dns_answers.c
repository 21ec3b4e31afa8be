/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dns_answers.h"

#include "base/ipaddr.h"
#include "support/dns_text.h"

enum { NO_ERROR = 0 };

/* Labels of letters, digits, hyphens and underscores, in lower case. Others are no names of hosts:
 * nobody writes a rule with them. */
static bool plain_name(struct span name, char out[DNS_NAME_TEXT])
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = span_lower(name.p[i]);

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
        out[i] = (char)c;
    }
    return name.n > 0;
}

/* From the name that was asked for to the one that has the addresses. */
struct chain {
    char name[DNS_NAME_TEXT], alias[DNS_NAME_TEXT];
    struct span asked, target;
};

/* The only question. False: it is none for an address. */
static bool question(const struct dns_message *m, struct dns_wire *w, struct chain *chain)
{
    struct cursor c = cur_of(m->questions);
    char raw[DNS_NAME_TEXT];
    uint16_t type, class;
    struct span text;

    if (m->counts[DNS_QUESTION] != 1 || (m->flags & DNS_RCODE) != NO_ERROR)
        return false;
    text = dns_name_text(w, &c, raw);
    type = cur_be16(&c);
    class = cur_be16(&c);
    if (c.state != CUR_OK || class != DNS_IN || (type != DNS_A && type != DNS_AAAA) ||
        !plain_name(text, chain->name))
        return false;
    chain->asked = chain->target = span_of(chain->name, text.n);
    return true;
}

/* What a record says of the chain's end; an alias is the next end. */
static void record(struct parse *p, const struct dns_record *r, struct dns_wire *w,
                   struct chain *chain)
{
    struct cursor rdata = r->rdata;
    struct ipaddr addr;

    if (r->class != DNS_IN)
        return;
    if (r->type == DNS_CNAME) {
        chain->target = dns_name_text(w, &rdata, chain->alias);
    } else if ((r->type == DNS_A && cur_left(&rdata) == 4) ||
               (r->type == DNS_AAAA && cur_left(&rdata) == 16)) {
        struct span bytes = cur_look(&rdata);

        addr = r->type == DNS_A ? ipaddr_v4(bytes.p) : ipaddr_v6(bytes.p);
        parse_named(p, chain->asked, &addr, r->ttl);
    }
}

void dns_answers(struct parse *p, const struct dns_message *m)
{
    struct dns_wire w = dns_wire_of(m->wire.message, 0);
    struct cursor c = m->records;
    struct chain chain;

    if (!question(m, &w, &chain))
        return;
    for (unsigned i = 0; i < m->counts[DNS_ANSWER] && i < DNS_ANSWERS_MOST; i++) {
        char owner[DNS_NAME_TEXT];
        struct dns_record r;
        struct span text = dns_name_text(&w, &c, owner);

        dns_record_read(&r, &c);
        if (c.state != CUR_OK || dns_wire_spent(&w))
            return;
        if (span_equal_nocase(text, chain.target))
            record(p, &r, &w, &chain);
    }
}
