/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading LDAP messages.
 */
#include "support/ldap_message.h"

enum { ID_MOST = 0x7fffffff, NAME_MOST = 127 };

static bool is_answer(uint8_t tag)
{
    static const uint8_t tags[] = {
        LDAP_BOUND,     LDAP_ENTRY,         LDAP_DONE,        0x67, 0x69, 0x6b, 0x6d, 0x6f,
        LDAP_REFERENCE, LDAP_EXTENDED_DONE, LDAP_INTERMEDIATE};

    return memchr(tags, tag, sizeof(tags)) != NULL;
}

static bool is_request(uint8_t tag)
{
    static const uint8_t tags[] = {LDAP_BIND,    LDAP_UNBIND,  LDAP_SEARCH, LDAP_MODIFY,
                                   LDAP_ADD,     LDAP_DELETE,  LDAP_RENAME, LDAP_COMPARE,
                                   LDAP_ABANDON, LDAP_EXTENDED};

    return memchr(tags, tag, sizeof(tags)) != NULL;
}

void ldap_message_begin(struct cursor *body, struct ldap_message *m)
{
    uint64_t id = der_number(body, DER_INTEGER);

    if (body->state == CUR_OK && cur_left(body) == 0)
        cur_fail(body);
    m->id = (uint32_t)id;
    m->tag = cur_peek(body);
    m->answer = is_answer(m->tag);
    if (id > ID_MOST || (!m->answer && !is_request(m->tag)))
        cur_fail(body);
}

/* ---- lists ---- */

/* Sequences of a type and values. */
static void check_attributes(struct cursor list, struct cursor *c)
{
    while (cur_left(&list)) {
        struct cursor one = der_enter(&list, DER_SEQUENCE);

        (void)der_bytes(&one, DER_OCTETS);
        (void)der_enter(&one, DER_SET);
        cur_join(&list, &one);
    }
    cur_join(c, &list);
}

static void check_changes(struct cursor list, struct cursor *c)
{
    while (cur_left(&list)) {
        struct cursor one = der_enter(&list, DER_SEQUENCE), what;

        (void)der_number(&one, DER_ENUMERATED);
        what = der_enter(&one, DER_SEQUENCE);
        (void)der_bytes(&what, DER_OCTETS);
        cur_join(&one, &what);
        cur_join(&list, &one);
    }
    cur_join(c, &list);
}

static void check_texts(struct cursor list, struct cursor *c)
{
    while (cur_left(&list))
        (void)der_bytes(&list, DER_OCTETS);
    cur_join(c, &list);
}

/* ---- operations ---- */

/* RFC 4511 section 4.2; the last three are those of Windows. */
static void read_bind(struct cursor *op, struct ldap_message *m)
{
    struct der how;

    m->number = der_number(op, DER_INTEGER);
    m->name = der_bytes(op, DER_OCTETS);
    how = der_next(op);
    m->sasl = how.tag != DER_NAMED(0);
    if (how.tag == DER_WRAPPED(3))
        m->second = der_bytes(&how.body, DER_OCTETS);
    else if (how.tag != DER_NAMED(0) && (how.tag < DER_NAMED(9) || how.tag > DER_NAMED(11)))
        cur_fail(op);
    if (m->number < 1 || m->number > NAME_MOST)
        cur_fail(op);
    cur_join(op, &how.body);
}

static void read_search(struct cursor *op, struct ldap_message *m)
{
    m->name = der_bytes(op, DER_OCTETS);
    m->number = der_number(op, DER_ENUMERATED);
    (void)der_number(op, DER_ENUMERATED);
    (void)der_number(op, DER_INTEGER);
    (void)der_number(op, DER_INTEGER);
    (void)der_bytes(op, DER_BOOLEAN);
    ldap_filter_read(op, &m->filter);
    m->list = der_enter(op, DER_SEQUENCE);
    check_texts(m->list, op);
}

static void read_result(struct cursor *op, struct ldap_message *m)
{
    m->number = der_number(op, DER_ENUMERATED);
    m->name = der_bytes(op, DER_OCTETS);
    m->second = der_bytes(op, DER_OCTETS);
    if (der_is(op, DER_WRAPPED(3))) {
        m->list = der_enter(op, DER_WRAPPED(3));
        check_texts(m->list, op);
    }
    while (cur_left(op)) {
        struct der more = der_next(op);

        if (more.tag == DER_NAMED(10) && m->second.n == 0)
            m->second = cur_rest(&more.body);
    }
}

static void read_compare(struct cursor *op, struct ldap_message *m)
{
    struct cursor claim;

    m->name = der_bytes(op, DER_OCTETS);
    claim = der_enter(op, DER_SEQUENCE);
    m->second = der_bytes(&claim, DER_OCTETS);
    (void)der_bytes(&claim, DER_OCTETS);
    cur_join(op, &claim);
}

static void read_abandon(struct cursor *op, struct ldap_message *m)
{
    if (cur_left(op) == 0 || cur_left(op) > 4)
        cur_fail(op);
    while (cur_left(op))
        m->number = m->number << 8 | cur_u8(op);
}

static void read_extended(struct cursor *op, struct ldap_message *m)
{
    while (cur_left(op)) {
        struct der part = der_next(op);

        if (part.tag == DER_NAMED(0))
            m->second = cur_rest(&part.body);
        else if (part.tag != DER_NAMED(1))
            cur_fail(op);
    }
    if (m->tag == LDAP_EXTENDED && m->second.n == 0)
        cur_fail(op);
}

static void read_op(struct cursor *op, struct ldap_message *m)
{
    switch ((enum ldap_tag)m->tag) {
    case LDAP_BIND:
        read_bind(op, m);
        break;
    case LDAP_UNBIND:
        break;
    case LDAP_SEARCH:
        read_search(op, m);
        break;
    case LDAP_ADD:
    case LDAP_ENTRY:
        m->name = der_bytes(op, DER_OCTETS);
        m->list = der_enter(op, DER_SEQUENCE);
        check_attributes(m->list, op);
        break;
    case LDAP_MODIFY:
        m->name = der_bytes(op, DER_OCTETS);
        m->list = der_enter(op, DER_SEQUENCE);
        check_changes(m->list, op);
        break;
    case LDAP_DELETE:
        m->name = cur_rest(op);
        break;
    case LDAP_RENAME:
        m->name = der_bytes(op, DER_OCTETS);
        m->second = der_bytes(op, DER_OCTETS);
        (void)der_bytes(op, DER_BOOLEAN);
        der_pass(op, DER_NAMED(0));
        break;
    case LDAP_COMPARE:
        read_compare(op, m);
        break;
    case LDAP_ABANDON:
        read_abandon(op, m);
        break;
    case LDAP_REFERENCE:
        m->list = *op;
        check_texts(m->list, op);
        (void)cur_rest(op);
        break;
    case LDAP_EXTENDED:
    case LDAP_INTERMEDIATE:
        read_extended(op, m);
        break;
    default:
        read_result(op, m);
        break;
    }
}

void ldap_message_read(struct cursor *body, struct ldap_message *m)
{
    struct cursor op = der_enter(body, m->tag);

    read_op(&op, m);
    if (!cur_done(&op))
        cur_fail(&op);
    cur_join(body, &op);
    der_pass(body, DER_WRAPPED(0)); /* controls */
    if (!cur_done(body))
        cur_fail(body);
}
