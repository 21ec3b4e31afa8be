/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters, from the inside of the message to text.
 */
#include "support/ldap_filter.h"

enum { DEPTH_MOST = 16 };

enum choice {
    FILTER_AND = 0xa0,
    FILTER_OR = 0xa1,
    FILTER_NOT = 0xa2,
    FILTER_EQUAL = 0xa3,
    FILTER_PARTS = 0xa4,
    FILTER_GREATER = 0xa5,
    FILTER_LESS = 0xa6,
    FILTER_PRESENT = 0x87,
    FILTER_LIKE = 0xa8,
    FILTER_RULE = 0xa9,
};

static void put(struct ldap_filter *f, struct span text)
{
    text = span_first(text, LDAP_FILTER_TEXT - f->n);
    if (text.n)
        memcpy(f->text + f->n, text.p, text.n);
    f->n += text.n;
}

static void put_text(struct ldap_filter *f, const char *text)
{
    put(f, span_text(text));
}

/* "attribute>=value" */
static void read_pair(struct cursor *c, struct ldap_filter *f, const char *between)
{
    put(f, der_bytes(c, DER_OCTETS));
    put_text(f, between);
    put(f, der_bytes(c, DER_OCTETS));
}

/* "attribute=first*any*last" */
static void read_parts(struct cursor *c, struct ldap_filter *f)
{
    struct cursor parts;
    bool open = false;

    put(f, der_bytes(c, DER_OCTETS));
    put_text(f, "=");
    parts = der_enter(c, DER_SEQUENCE);
    while (cur_left(&parts)) {
        struct der part = der_next(&parts);

        if (part.tag != DER_NAMED(0) && !open)
            put_text(f, "*");
        put(f, cur_rest(&part.body));
        open = part.tag != DER_NAMED(2);
        if (open)
            put_text(f, "*");
    }
    cur_join(c, &parts);
}

/* "attribute:dn:rule:=value", its parts tagged. */
static void read_rule(struct cursor *c, struct ldap_filter *f)
{
    struct span rule = span_of("", 0), type = rule, value = rule;
    bool names = false;

    while (cur_left(c)) {
        struct der part = der_next(c);
        struct span bytes = cur_rest(&part.body);

        if (part.tag == DER_NAMED(1))
            rule = bytes;
        else if (part.tag == DER_NAMED(2))
            type = bytes;
        else if (part.tag == DER_NAMED(3))
            value = bytes;
        else
            names = true;
    }
    put(f, type);
    if (names)
        put_text(f, ":dn");
    if (rule.n)
        put_text(f, ":");
    put(f, rule);
    put_text(f, ":=");
    put(f, value);
}

static void read_filter(struct cursor *, struct ldap_filter *, int depth);

static void read_list(struct cursor *c, struct ldap_filter *f, int depth, const char *how)
{
    put_text(f, how);
    while (cur_left(c))
        read_filter(c, f, depth + 1);
}

static void read_filter(struct cursor *c, struct ldap_filter *f, int depth)
{
    struct der e = der_next(c);

    if (depth == DEPTH_MOST)
        cur_fail(c);
    if (c->state != CUR_OK)
        return;
    put_text(f, "(");
    switch (e.tag) {
    case FILTER_AND:
        read_list(&e.body, f, depth, "&");
        break;
    case FILTER_OR:
        read_list(&e.body, f, depth, "|");
        break;
    case FILTER_NOT:
        read_list(&e.body, f, depth, "!");
        break;
    case FILTER_EQUAL:
        read_pair(&e.body, f, "=");
        break;
    case FILTER_PARTS:
        read_parts(&e.body, f);
        break;
    case FILTER_GREATER:
        read_pair(&e.body, f, ">=");
        break;
    case FILTER_LESS:
        read_pair(&e.body, f, "<=");
        break;
    case FILTER_LIKE:
        read_pair(&e.body, f, "~=");
        break;
    case FILTER_PRESENT:
        put(f, cur_rest(&e.body));
        put_text(f, "=*");
        break;
    case FILTER_RULE:
        read_rule(&e.body, f);
        break;
    default:
        cur_fail(c);
        break;
    }
    put_text(f, ")");
    cur_join(c, &e.body);
}

void ldap_filter_read(struct cursor *c, struct ldap_filter *f)
{
    f->n = 0;
    read_filter(c, f, 0);
}
