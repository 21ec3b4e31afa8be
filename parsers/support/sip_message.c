/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sip_message.h"

/* Of a description: longer ones are not looked into. */
enum { BODY_MOST = 16 << 10 };

static const char *const methods[] = {
    "INVITE",    "ACK",    "BYE",     "CANCEL", "REGISTER", "OPTIONS", "PRACK",
    "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",   "REFER",    "MESSAGE", "UPDATE",
};

static bool is_target(struct span target)
{
    return span_starts_nocase(target, SPAN("sip:")) || span_starts_nocase(target, SPAN("sips:")) ||
           span_starts_nocase(target, SPAN("tel:")) || span_starts_nocase(target, SPAN("urn:"));
}

/* RFC 3261 section 7.3.3: some names have a short form. */
static bool is_named(struct span name, struct span full, uint8_t letter)
{
    return span_equal_nocase(name, full) ||
           (letter && name.n == 1 && span_lower(name.p[0]) == letter);
}

static void read_header(struct sip_message *m, const struct text_header *h)
{
    static const struct {
        const char *name;
        uint8_t letter;
        uint8_t must;
        size_t offset;
    } known[] = {
        {"Via", 'v', SIP_HAS_VIA, offsetof(struct sip_message, via)},
        {"From", 'f', SIP_HAS_FROM, offsetof(struct sip_message, from)},
        {"To", 't', SIP_HAS_TO, offsetof(struct sip_message, to)},
        {"Call-ID", 'i', SIP_HAS_CALL, offsetof(struct sip_message, call)},
        {"CSeq", 0, SIP_HAS_CSEQ, offsetof(struct sip_message, cseq)},
        {"User-Agent", 0, 0, offsetof(struct sip_message, agent)},
        {"Server", 0, 0, offsetof(struct sip_message, server)},
        {"Content-Type", 'c', 0, offsetof(struct sip_message, type)},
        {"Authorization", 0, 0, offsetof(struct sip_message, authorization)},
        {"Proxy-Authorization", 0, 0, offsetof(struct sip_message, authorization)},
    };

    if (is_named(h->name, SPAN("Content-Length"), 'l')) {
        m->length = text_number(h->value);
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct span *at = (struct span *)(void *)((char *)m + known[i].offset);

        if (!is_named(h->name, span_text(known[i].name), known[i].letter))
            continue;
        m->must |= known[i].must;
        if (at->n == 0)
            *at = h->value;
        return;
    }
}

/* By itself, or as a part beside others (RFC 5621). */
bool sip_is_description(const struct sip_message *m)
{
    return span_starts_nocase(m->type, SPAN("application/sdp")) ||
           span_starts_nocase(m->type, SPAN("multipart/"));
}

/* A datagram may go without the length of its body: all of the rest. Some cut it short. */
static void read_body(const struct parse *p, struct cursor *in, struct sip_message *m)
{
    if (p->transport == OVER_UDP) {
        m->body = span_first(cur_rest(in), m->length == UINT64_MAX ? SIZE_MAX : (size_t)m->length);
        return;
    }
    if (m->length == UINT64_MAX)
        m->length = 0;
    if (m->length > BODY_MOST || !sip_is_description(m))
        m->pass = m->length;
    else
        m->body = cur_span(in, (size_t)m->length);
}

struct sip_message sip_message_read(const struct parse *p, struct cursor *in,
                                    struct text_head *head)
{
    struct sip_message m = {.length = UINT64_MAX};

    if (p->transport == OVER_TCP && !text_head_is_whole(head, in, SPAN("SIP/")))
        return m;
    m.start = text_start_read(in, SPAN("SIP/"));
    while (in->state == CUR_OK) {
        struct text_header h = text_header_read(in);

        if (h.name.n == 0)
            break;
        read_header(&m, &h);
    }
    if (p->transport == OVER_UDP && in->state == CUR_SHORT)
        in->state = m.must == SIP_HAS_ALL ? CUR_OK : CUR_BAD; /* cut by somebody on the way */
    if (in->state == CUR_OK)
        read_body(p, in, &m);
    return m;
}

bool sip_is_about(const struct sip_message *m, struct span method)
{
    return span_equal(span_trim(span_from(m->cseq, span_index(m->cseq, ' '))), method);
}

bool sip_message_begins(struct span first)
{
    while (first.n && (first.p[0] == '\r' || first.p[0] == '\n' || first.p[0] == 0))
        first = span_from(first, 1);
    if (first.n == 0)
        return true;
    if (span_starts(SPAN("SIP/2.0 "), span_first(first, 8)))
        return true;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct span method = span_text(methods[i]);

        if (!span_starts(method, span_first(first, method.n)))
            continue;
        if (first.n <= method.n)
            return true;
        if (first.p[method.n] != ' ')
            continue;
        return first.n < method.n + 6 || is_target(span_from(first, method.n + 1));
    }
    return false;
}
