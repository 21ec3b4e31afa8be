/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_name: reads domain names, following compression pointers within strict bounds.
 */
#include "support/dns_name.h"

#define HOPS_MAX 63

struct dns_wire dns_wire_of(struct span message, uint16_t floor)
{
    return (struct dns_wire){.message = message, .floor = floor, .follow = DNS_FOLLOW_MAX};
}

/* Labels up to the root (true) or to a pointer (false, and where it leads). */
static inline bool read_labels(struct cursor *c, size_t *octets, size_t *target)
{
    uint8_t n = cur_u8(c);

    while (n >= 1 && n <= 63) {
        cur_skip(c, n);
        *octets += n + 1u;
        if (__builtin_expect(*octets > DNS_OCTETS_MAX, 0))
            cur_fail(c);
        n = cur_u8(c);
    }
    if (n >= 0xc0) {
        *target = (size_t)(n & 0x3f) << 8 | cur_u8(c);
        return false;
    }
    if (n != 0)
        cur_fail(c); /* 01 and 10: RFC 6891 section 5 retired the one, nobody defined the other */
    return true;
}

/* Continues a name of `octets` so far, whose piece began at `limit`, at `target`. */
static void follow(struct dns_wire *w, struct cursor *c, size_t octets, size_t limit, size_t target)
{
    for (unsigned hops = 1; hops <= HOPS_MAX; hops++) {
        size_t before = octets, next = 0;
        struct cursor piece;
        bool end;

        if (target < w->floor)
            break;
        w->loops = target >= limit || hops == HOPS_MAX;
        if (target >= limit)
            break;
        if (dns_wire_spent(w))
            return;
        piece = cur_of(span_from(w->message, target));
        end = read_labels(&piece, &octets, &next);
        w->follow = (uint16_t)(w->follow - (octets - before) - 1);
        cur_join(c, &piece);
        if (end || c->state != CUR_OK) {
            w->loops = false;
            return;
        }
        limit = target;
        target = next;
    }
    cur_fail(c);
}

void dns_name_skip(struct dns_wire *w, struct cursor *c)
{
    const uint8_t *start = c->pos;
    size_t octets = 0, target = 0;

    if (read_labels(c, &octets, &target) || c->state != CUR_OK)
        return;
    if (target == w->known && target && octets + w->octets <= DNS_OCTETS_MAX)
        return;
    follow(w, c, octets, (size_t)(start - w->message.p), target);
}

void dns_name_learn(struct dns_wire *w, struct cursor *c)
{
    const uint8_t *start = c->pos;
    size_t octets = 0, target = 0;

    if (read_labels(c, &octets, &target)) {
        w->known = (uint16_t)(start - w->message.p);
        w->octets = (uint16_t)octets;
        return;
    }
    if (c->state == CUR_OK)
        follow(w, c, octets, (size_t)(start - w->message.p), target);
}

/* Writes the labels of one piece behind the n characters that are there. */
static size_t write_labels(struct cursor *c, char *text, size_t n)
{
    while (cur_peek(c) >= 1 && cur_peek(c) <= 63) {
        struct span label = cur_span(c, cur_u8(c));

        if (n)
            text[n++] = '.';
        for (size_t i = 0; i < label.n; i++) {
            if (label.p[i] == '.' || label.p[i] == '\\')
                text[n++] = '\\';
            text[n++] = (char)label.p[i];
        }
    }
    return n;
}

struct span dns_name_text(struct dns_wire *w, struct cursor *c, char text[DNS_NAME_TEXT])
{
    struct cursor at = *c;
    size_t n;

    dns_name_skip(w, c);
    if (c->state != CUR_OK || dns_wire_spent(w))
        return span_of(text, 0);
    n = write_labels(&at, text, 0);
    while (cur_peek(&at) >= 0xc0) {
        at = cur_of(span_from(w->message, cur_be16(&at) & 0x3fff));
        n = write_labels(&at, text, n);
    }
    w->follow = (uint16_t)(n < w->follow ? w->follow - n : 0);
    return span_of(text, n);
}
