/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading Kerberos messages: pvno and type are checked, names and types of encryption kept.
 */
#include "support/krb5_message.h"

enum { VERSION = 5, TICKET = 0x61 };

bool krb5_is_tag(uint8_t tag)
{
    return (tag >= KRB5_AS_REQ && tag <= KRB5_AP_REP) || tag == KRB5_ERROR;
}

bool krb5_is_answer(uint8_t tag)
{
    return tag == KRB5_AS_REP || tag == KRB5_TGS_REP || tag == KRB5_AP_REP || tag == KRB5_ERROR;
}

/* An element [n] and the number in it. */
static uint64_t read_number(struct cursor *c, unsigned n)
{
    struct cursor body = der_enter(c, (uint8_t)DER_WRAPPED(n));
    uint64_t value = der_number(&body, DER_INTEGER);

    cur_join(c, &body);
    return value;
}

static int32_t read_signed(struct cursor *c)
{
    struct span bytes = der_bytes(c, DER_INTEGER);
    uint32_t value = bytes.n && bytes.p[0] & 0x80 ? UINT32_MAX : 0;

    if (bytes.n == 0 || bytes.n > 4)
        cur_fail(c);
    for (size_t i = 0; i < bytes.n; i++)
        value = value << 8 | bytes.p[i];
    return (int32_t)value;
}

static void name_add(struct krb5_name *name, struct span part)
{
    if (name->n && name->n < KRB5_NAME)
        name->text[name->n++] = '/';
    part = span_first(part, KRB5_NAME - name->n);
    if (part.n)
        memcpy(name->text + name->n, part.p, part.n);
    name->n += part.n;
}

/* PrincipalName: a type and the components. */
static void read_name(struct cursor c, struct cursor *outer, struct krb5_name *name)
{
    struct cursor body = der_enter(&c, DER_SEQUENCE), list;

    der_pass(&body, DER_WRAPPED(0));
    list = der_enter(&body, DER_WRAPPED(1));
    cur_join(&c, &body);
    body = der_enter(&list, DER_SEQUENCE);
    cur_join(&c, &list);
    name->n = 0;
    while (cur_left(&body))
        name_add(name, der_bytes(&body, DER_GENERAL));
    cur_join(&c, &body);
    cur_join(outer, &c);
}

static struct span read_realm(struct cursor c, struct cursor *outer)
{
    struct span realm = der_bytes(&c, DER_GENERAL);

    cur_join(outer, &c);
    return realm;
}

/* EncryptedData: its type stands first. */
static int32_t read_etype(struct cursor c, struct cursor *outer)
{
    struct cursor body = der_enter(&c, DER_SEQUENCE), first = der_enter(&body, DER_WRAPPED(0));
    int32_t etype = read_signed(&first);

    cur_join(&body, &first);
    cur_join(&c, &body);
    cur_join(outer, &c);
    return etype;
}

static void read_ticket(struct cursor c, struct cursor *outer, struct krb5_message *m)
{
    struct cursor ticket = der_enter(&c, TICKET), body = der_enter(&ticket, DER_SEQUENCE);

    if (read_number(&body, 0) != VERSION)
        cur_fail(&body);
    while (cur_left(&body)) {
        struct der part = der_next(&body);

        if (part.tag == DER_WRAPPED(1) && m->realm.n == 0)
            m->realm = read_realm(part.body, &body);
        else if (part.tag == DER_WRAPPED(2))
            read_name(part.body, &body, &m->sname);
        else if (part.tag == DER_WRAPPED(3))
            m->ticket_etype = read_etype(part.body, &body);
    }
    m->ticket = true;
    cur_join(&ticket, &body);
    cur_join(&c, &ticket);
    cur_join(outer, &c);
}

static void read_etypes(struct cursor c, struct cursor *outer, struct krb5_message *m)
{
    struct cursor list = der_enter(&c, DER_SEQUENCE);

    while (cur_left(&list)) {
        int32_t etype = read_signed(&list);

        if (m->etype_count < KRB5_ETYPES)
            m->etypes[m->etype_count++] = etype;
    }
    cur_join(&c, &list);
    cur_join(outer, &c);
}

static void read_request_body(struct cursor c, struct cursor *outer, struct krb5_message *m)
{
    struct cursor body = der_enter(&c, DER_SEQUENCE);

    while (cur_left(&body)) {
        struct der part = der_next(&body);

        if (part.tag == DER_WRAPPED(1))
            read_name(part.body, &body, &m->cname);
        else if (part.tag == DER_WRAPPED(2))
            m->realm = read_realm(part.body, &body);
        else if (part.tag == DER_WRAPPED(3))
            read_name(part.body, &body, &m->sname);
        else if (part.tag == DER_WRAPPED(8))
            read_etypes(part.body, &body, m);
    }
    cur_join(&c, &body);
    cur_join(outer, &c);
}

static void request_part(struct krb5_message *m, unsigned n, struct cursor part,
                         struct cursor *body)
{
    if (n == 4)
        read_request_body(part, body, m);
}

static void reply_part(struct krb5_message *m, unsigned n, struct cursor part, struct cursor *body)
{
    switch (n) {
    case 3:
        m->realm = read_realm(part, body);
        break;
    case 4:
        read_name(part, body, &m->cname);
        break;
    case 5:
        read_ticket(part, body, m);
        break;
    case 6:
        m->etypes[0] = read_etype(part, body);
        m->etype_count = 1;
        break;
    default:
        break;
    }
}

static void error_part(struct krb5_message *m, unsigned n, struct cursor part, struct cursor *body)
{
    switch (n) {
    case 6:
        m->error = (uint32_t)der_number(&part, DER_INTEGER);
        cur_join(body, &part);
        break;
    case 8:
        read_name(part, body, &m->cname);
        break;
    case 9:
        m->realm = read_realm(part, body);
        break;
    case 10:
        read_name(part, body, &m->sname);
        break;
    default:
        break;
    }
}

static void read_part(struct krb5_message *m, unsigned n, struct cursor part, struct cursor *body)
{
    if (m->tag == KRB5_AS_REQ || m->tag == KRB5_TGS_REQ)
        request_part(m, n, part, body);
    else if (m->tag == KRB5_AS_REP || m->tag == KRB5_TGS_REP)
        reply_part(m, n, part, body);
    else if (m->tag == KRB5_ERROR)
        error_part(m, n, part, body);
    else if (m->tag == KRB5_AP_REQ && n == 3)
        read_ticket(part, body, m);
}

/* Parts are numbered and stand in order; the first two are the version and the type. */
void krb5_message_read(struct cursor *c, struct krb5_message *m)
{
    struct cursor outer, body;
    unsigned first = cur_peek(c) == KRB5_AS_REQ || cur_peek(c) == KRB5_TGS_REQ, last = first + 1;

    *m = (struct krb5_message){.tag = cur_peek(c)};
    outer = der_enter(c, m->tag);
    body = der_enter(&outer, DER_SEQUENCE);
    if (!krb5_is_tag(m->tag) || read_number(&body, first) != VERSION ||
        read_number(&body, first + 1) != (m->tag & 0x1fu))
        cur_fail(&body);
    while (cur_left(&body)) {
        struct der part = der_next(&body);
        unsigned n = part.tag & 0x1fu;

        if (part.tag != DER_WRAPPED(n) || n <= last)
            cur_fail(&body);
        read_part(m, n, part.body, &body);
        last = n;
    }
    if (last == first + 1)
        cur_fail(&body);
    cur_join(&outer, &body);
    cur_join(c, &outer);
    if (!cur_done(c) || !cur_done(&outer))
        cur_fail(c);
}
