/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets of Q024 to Q049, client hellos (CHLO) of these and of Q050.
 *
 *     flags(1) [id(8)] version(4) number(1..6) hash(12) frames      up to Q043
 *     flags(1) version(4) id lengths(1) ids number(1..4) hash(12) frames      from Q044
 *     "CHLO" tags(2, LE) 0(2) {tag(4) end of its value(4, LE)} values
 */
#include "support/quic_google.h"

#include <nettle/md5.h>
#include <stdio.h>

enum {
    FLAG_VERSION = 0x01,
    FLAG_RESET = 0x02,
    FLAG_ID = 0x08,
    HASH = 12, /* what stands in the place of a tag of authentication */
    TAGS_MAX = 64,
    OFTEN_BIG = 39, /* from this version on numbers of frames are big endian */
    NAME_MAX_BYTES = 255,
};

/* 'Q', '0' and two digits; 0 when it is something else. */
static unsigned digits_of(uint32_t version)
{
    unsigned tens = (version >> 8 & 0xff) - '0', ones = (version & 0xff) - '0';

    if (version >> 16 != ('Q' << 8 | '0') || tens > 9 || ones > 9)
        return 0;
    return tens * 10 + ones;
}

/* A message at the beginning of what the first stream frame holds (stream 1). */
static struct span stream_read(struct cursor *c, unsigned digits)
{
    uint8_t type, id;
    size_t offset;

    while (cur_left(c) && cur_peek(c) == 0)
        cur_skip(c, 1); /* padding */
    type = cur_u8(c);
    id = cur_u8(c);
    offset = type >> 2 & 7;
    if (!(type & 0x80) || type & 3 || id != 1)
        return span_of("", 0);
    cur_skip(c, offset ? offset + 1 : 0);
    if (type & 0x20)
        return cur_span(c, digits >= OFTEN_BIG ? cur_be16(c) : cur_le16(c));
    return cur_rest(c);
}

static void frames_read(struct cursor *c, struct google_packet *g, unsigned digits)
{
    cur_skip(c, HASH);
    g->hello = stream_read(c, digits);
    if (c->state != CUR_OK)
        g->hello = span_of("", 0);
}

static bool old_read(struct cursor c, struct google_packet *g)
{
    uint8_t flags = cur_u8(&c);
    static const uint8_t sizes[] = {1, 2, 4, 6};
    unsigned digits;

    if (!(flags & FLAG_VERSION) || flags & (FLAG_RESET | 0xc0) || !(flags & FLAG_ID))
        return false;
    cur_skip(&c, 8);
    g->version = cur_be32(&c);
    digits = digits_of(g->version);
    if (c.state != CUR_OK || digits < 24 || digits > 43)
        return false;
    cur_skip(&c, sizes[flags >> 4 & 3]);
    if (digits < 33)
        return true; /* one more byte of flags, other frames */
    frames_read(&c, g, digits);
    return true;
}

static bool new_read(struct cursor c, struct google_packet *g)
{
    uint8_t flags = cur_u8(&c), lengths;
    unsigned digits;

    g->version = cur_be32(&c);
    digits = digits_of(g->version);
    if (!(flags & 0x80) || digits < 44 || digits > 49)
        return false;
    lengths = cur_u8(&c);
    cur_skip(&c, lengths >> 4 ? (lengths >> 4) + 3u : 0);
    cur_skip(&c, lengths & 15 ? (lengths & 15) + 3u : 0);
    cur_skip(&c, (flags & 3u) + 1);
    if (c.state != CUR_OK)
        return false;
    frames_read(&c, g, digits);
    return true;
}

bool google_packet_read(struct span datagram, struct google_packet *g)
{
    *g = (struct google_packet){.hello = span_of("", 0)};
    if (old_read(cur_of(datagram), g))
        return true;
    *g = (struct google_packet){.hello = span_of("", 0)};
    return new_read(cur_of(datagram), g);
}

/* ---- hellos ---- */

/* "46,PAD-SNI-VER": a fingerprint of the tags. */
struct cyu {
    char text[4 + TAGS_MAX * 5];
    size_t n;
};

static void cyu_add(struct cyu *cyu, struct span tag, const char *joint)
{
    size_t n = strlen(joint);

    memcpy(cyu->text + cyu->n, joint, n);
    cyu->n += n;
    for (size_t i = 0; i < tag.n; i++)
        if (tag.p[i])
            cyu->text[cyu->n++] = (char)tag.p[i];
}

static void cyu_report(struct parse *p, const struct cyu *cyu)
{
    uint8_t digest[MD5_DIGEST_SIZE];
    char text[2 * MD5_DIGEST_SIZE + 1];
    struct md5_ctx md5;

    md5_init(&md5);
    md5_update(&md5, cyu->n, (const uint8_t *)cyu->text);
    md5_digest(&md5, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    parse_text(p, FIELD_QUIC_CYU_HASH, text);
    parse_field(p, FIELD_QUIC_CYU, span_of(cyu->text, cyu->n));
}

static void value_report(struct parse *p, struct span tag, struct span value)
{
    if (span_equal(tag, SPAN("SNI\0")) && value.n && value.n <= NAME_MAX_BYTES &&
        span_printable(value)) {
        parse_field(p, FIELD_TLS_SNI, value);
        parse_host(p, value);
    }
    if (span_equal(tag, SPAN("UAID")) && value.n)
        parse_field(p, FIELD_QUIC_UA, value);
}

/* The values follow the table, each up to where the table says. */
static bool values_read(struct parse *p, struct cursor table, struct cursor *values,
                        struct cyu *cyu)
{
    uint32_t at = 0;
    const char *joint = ",";

    while (cur_left(&table)) {
        struct span tag = cur_span(&table, 4);
        uint32_t end = cur_le32(&table);
        struct span value = cur_span(values, end >= at ? end - at : SIZE_MAX);

        if (values->state != CUR_OK)
            return false;
        at = end;
        value_report(p, tag, value);
        cyu_add(cyu, tag, joint);
        joint = "-";
    }
    return true;
}

bool google_hello_report(struct parse *p, struct span message, uint32_t version)
{
    struct cursor c = cur_of(message), table;
    struct cyu cyu = {.n = 2};
    uint16_t tags;

    if (!span_equal(cur_span(&c, 4), SPAN("CHLO")))
        return false;
    tags = cur_le16(&c);
    cur_skip(&c, 2);
    table = cur_sub(&c, (size_t)tags * 8);
    if (c.state != CUR_OK || tags > TAGS_MAX)
        return false;
    cyu.text[0] = (char)(version >> 8);
    cyu.text[1] = (char)version;
    if (values_read(p, table, &c, &cyu) && p->wants_tx)
        cyu_report(p, &cyu);
    return true;
}
