/* SPDX-License-Identifier: Apache-2.0
 *
 * JA3 and JA3S: MD5 of "version,suites,extensions,groups,formats" in decimal, in the order of the
 * hello. JA4: a readable head, then SHA-256 of the sorted suites and of the sorted extensions with
 * the signature algorithms. Values reserved against ossification (RFC 8701) are left out.
 */
#include "support/tls_fingerprint.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <stdio.h>

enum {
    TEXT_MAX = 4096,   /* of a JA3 text that is shown; the hash is of all */
    SORTED_MAX = 1024, /* values of a list that JA4 hashes */
    COUNT_MAX = 99,
    JA4_DIGITS = 12,
    JA4_MAX = 10 + 1 + JA4_DIGITS + 1 + JA4_DIGITS,
};

enum extension {
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_FORMATS = 11,
    EXT_SIGNATURES = 13,
    EXT_ALPN = 16,
    EXT_VERSIONS = 43,
};

static bool is_grease(uint16_t v)
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static char hex_digit(unsigned v)
{
    return "0123456789abcdef"[v & 15];
}

static void hex_text(const uint8_t *bytes, size_t digits, char *text)
{
    for (size_t i = 0; i < digits; i++)
        text[i] = hex_digit(i % 2 ? bytes[i / 2] : bytes[i / 2] >> 4);
}

/* The extension of this type; empty when there is none. */
static struct cursor extension_find(struct cursor list, uint16_t wanted)
{
    while (cur_left(&list)) {
        uint16_t type = cur_be16(&list);
        struct cursor body = cur_sub(&list, cur_be16(&list));

        if (type == wanted && list.state == CUR_OK)
            return body;
    }
    return cur_of(span_of("", 0));
}

/* ---- JA3 ---- */

struct ja3 {
    struct md5_ctx md5;
    char text[TEXT_MAX];
    size_t n;
};

static void ja3_put(struct ja3 *j, const char *text, size_t n)
{
    md5_update(&j->md5, n, (const uint8_t *)text);
    if (n > sizeof j->text - j->n)
        n = sizeof j->text - j->n;
    memcpy(j->text + j->n, text, n);
    j->n += n;
}

/* `joint`: stands before it, unless it is the first of its list. */
static void ja3_number(struct ja3 *j, uint16_t value, const char *joint)
{
    char text[8];
    int n = snprintf(text, sizeof text, "%s%u", joint, value);

    ja3_put(j, text, (size_t)n);
}

enum width { BYTES = 1, WORDS = 2 };

static void ja3_list(struct ja3 *j, struct cursor list, enum width width)
{
    const char *joint = "";

    while (cur_left(&list)) {
        uint16_t value = width == BYTES ? cur_u8(&list) : cur_be16(&list);

        if (list.state != CUR_OK || (width == WORDS && is_grease(value)))
            continue;
        ja3_number(j, value, joint);
        joint = "-";
    }
}

static void ja3_extensions(struct ja3 *j, struct cursor list)
{
    const char *joint = "";

    while (cur_left(&list)) {
        uint16_t type = cur_be16(&list);

        cur_skip(&list, cur_be16(&list));
        if (list.state != CUR_OK || is_grease(type))
            continue;
        ja3_number(j, type, joint);
        joint = "-";
    }
}

static void ja3_report(struct parse *p, struct ja3 *j, enum field hash, enum field string)
{
    uint8_t digest[MD5_DIGEST_SIZE];
    char text[2 * MD5_DIGEST_SIZE];

    md5_digest(&j->md5, sizeof digest, digest);
    hex_text(digest, sizeof text, text);
    parse_field(p, hash, span_of(text, sizeof text));
    parse_field(p, string, span_of(j->text, j->n));
}

static void ja3_client(struct parse *p, const struct tls_hello *h)
{
    struct cursor groups = extension_find(h->extensions, EXT_GROUPS);
    struct cursor formats = extension_find(h->extensions, EXT_FORMATS);
    struct ja3 j;

    j.n = 0;
    md5_init(&j.md5);
    ja3_number(&j, h->legacy, "");
    ja3_put(&j, ",", 1);
    ja3_list(&j, cur_of(h->suites), WORDS);
    ja3_put(&j, ",", 1);
    ja3_extensions(&j, h->extensions);
    ja3_put(&j, ",", 1);
    ja3_list(&j, cur_sub(&groups, cur_be16(&groups)), WORDS);
    ja3_put(&j, ",", 1);
    ja3_list(&j, cur_sub(&formats, cur_u8(&formats)), BYTES);
    ja3_report(p, &j, FIELD_TLS_JA3, FIELD_TLS_JA3_STRING);
}

/* ---- JA4 ---- */

struct sorted {
    uint16_t at[SORTED_MAX];
    size_t n;
    unsigned count; /* as JA4 counts them */
};

static void sorted_add(struct sorted *s, uint16_t value)
{
    size_t low = 0, high = s->n;

    if (s->n == SORTED_MAX)
        return;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (s->at[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(s->at + low + 1, s->at + low, (s->n - low) * sizeof s->at[0]);
    s->at[low] = value;
    s->n++;
}

static void ja4_hash_value(struct sha256_ctx *sha, uint16_t value, const char *joint)
{
    uint8_t text[8];
    size_t n = strlen(joint);

    memcpy(text, joint, n);
    for (unsigned shift = 16; shift; n++) {
        shift -= 4;
        text[n] = (uint8_t)hex_digit((unsigned)value >> shift);
    }
    sha256_update(sha, n, text);
}

static void ja4_hash_sorted(struct sha256_ctx *sha, const struct sorted *s)
{
    for (size_t i = 0; i < s->n; i++)
        ja4_hash_value(sha, s->at[i], i ? "," : "");
}

/* Behind the text that is there: "_" and the beginning of the hash. */
static void ja4_part(char *text, struct sha256_ctx *sha, const struct sorted *s)
{
    uint8_t digest[SHA256_DIGEST_SIZE];

    text[0] = '_';
    memset(text + 1, '0', JA4_DIGITS);
    sha256_digest(sha, sizeof digest, digest);
    if (s->n)
        hex_text(digest, JA4_DIGITS, text + 1);
}

static void ja4_suites(const struct tls_hello *h, struct sorted *s)
{
    struct cursor list = cur_of(h->suites);

    s->n = s->count = 0;
    while (cur_left(&list)) {
        uint16_t suite = cur_be16(&list);

        if (is_grease(suite))
            continue;
        s->count++;
        sorted_add(s, suite);
    }
}

static void ja4_extensions(const struct tls_hello *h, struct sorted *s)
{
    struct cursor list = h->extensions;

    s->n = s->count = 0;
    while (cur_left(&list)) {
        uint16_t type = cur_be16(&list);

        cur_skip(&list, cur_be16(&list));
        if (list.state != CUR_OK || is_grease(type))
            continue;
        s->count++;
        if (type != EXT_SERVER_NAME && type != EXT_ALPN)
            sorted_add(s, type);
    }
}

/* The newest version that is offered. Those of DTLS count downwards. */
static uint16_t ja4_best_version(const struct tls_hello *h, enum tls_carrier carrier)
{
    struct cursor body = extension_find(h->extensions, EXT_VERSIONS);
    struct cursor list = cur_sub(&body, cur_u8(&body));
    uint16_t best = 0;

    while (cur_left(&list)) {
        uint16_t version = cur_be16(&list);
        bool newer = carrier == TLS_DATAGRAM ? version < best : version > best;

        if (!is_grease(version) && list.state == CUR_OK && (!best || newer))
            best = version;
    }
    return best ? best : h->legacy;
}

static const char *ja4_version(uint16_t version)
{
    switch (version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case 0x0002:
        return "s2";
    case 0xfeff:
        return "d1";
    case 0xfefd:
        return "d2";
    case 0xfefc:
        return "d3";
    default:
        return "00";
    }
}

static bool is_alphanumeric(uint8_t c)
{
    uint8_t lower = span_lower(c);

    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

/* First and last character of the first protocol name, or of it in hex. */
static void ja4_alpn(const struct tls_hello *h, char text[2])
{
    struct cursor list = h->alpn;
    struct span name = tls_alpn_next(&list);
    uint8_t first, last;

    memset(text, '0', 2);
    if (!name.n)
        return;
    first = name.p[0];
    last = name.p[name.n - 1];
    if (is_alphanumeric(first) && is_alphanumeric(last)) {
        text[0] = (char)first;
        text[1] = (char)last;
    } else {
        text[0] = hex_digit(first >> 4);
        text[1] = hex_digit(last);
    }
}

static void ja4_signatures(struct sha256_ctx *sha, const struct tls_hello *h)
{
    struct cursor body = extension_find(h->extensions, EXT_SIGNATURES);
    struct cursor list = cur_sub(&body, cur_be16(&body));
    const char *joint = "_";

    while (cur_left(&list)) {
        uint16_t algorithm = cur_be16(&list);

        if (list.state != CUR_OK || is_grease(algorithm))
            continue;
        ja4_hash_value(sha, algorithm, joint);
        joint = ",";
    }
}

static unsigned two_digits(unsigned count)
{
    return count < COUNT_MAX ? count : COUNT_MAX;
}

static void ja4_client(struct parse *p, const struct tls_hello *h, enum tls_carrier carrier)
{
    static const char letters[] = {[TLS_STREAM] = 't', [TLS_DATAGRAM] = 'd', [TLS_QUIC] = 'q'};
    const char *version = ja4_version(ja4_best_version(h, carrier));
    struct sorted suites, extensions;
    struct sha256_ctx sha;
    char text[JA4_MAX + 1];

    ja4_suites(h, &suites);
    ja4_extensions(h, &extensions);
    (void)snprintf(text, sizeof text, "%c%s%c%02u%02u", letters[carrier], version,
                   h->flags & HELLO_SNI ? 'd' : 'i', two_digits(suites.count),
                   two_digits(extensions.count));
    ja4_alpn(h, text + 8);
    sha256_init(&sha);
    ja4_hash_sorted(&sha, &suites);
    ja4_part(text + 10, &sha, &suites);
    ja4_hash_sorted(&sha, &extensions);
    ja4_signatures(&sha, h);
    ja4_part(text + 10 + 1 + JA4_DIGITS, &sha, &extensions);
    parse_field(p, FIELD_TLS_JA4, span_of(text, JA4_MAX));
}

/* ---- both ---- */

void tls_fingerprint_client(struct parse *p, const struct tls_hello *h, enum tls_carrier carrier)
{
    if (!p->wants_tx)
        return;
    ja3_client(p, h);
    ja4_client(p, h, carrier);
}

void tls_fingerprint_server(struct parse *p, const struct tls_hello *h)
{
    struct ja3 j;

    if (!p->wants_tx)
        return;
    j.n = 0;
    md5_init(&j.md5);
    ja3_number(&j, h->legacy, "");
    ja3_number(&j, h->cipher, ",");
    ja3_put(&j, ",", 1);
    ja3_extensions(&j, h->extensions);
    ja3_report(p, &j, FIELD_TLS_JA3S, FIELD_TLS_JA3S_STRING);
}
