/* SPDX-License-Identifier: Apache-2.0
 *
 * The outline of X.509 certificates: names, serial number, validity, alternative names.
 */
#include "support/x509.h"

#include "support/der.h"
#include "support/utf8.h"

#include <stdio.h>

struct text {
    char *at;
    size_t n;
};

static void text_add(struct text *t, struct span more)
{
    more = span_first(more, X509_NAME_MAX - t->n);
    if (more.n)
        memcpy(t->at + t->n, more.p, more.n);
    t->n += more.n;
}

static void text_add_char(struct text *t, uint32_t c)
{
    uint8_t bytes[UTF8_ROOM];

    text_add(t, span_of(bytes, utf8_put(bytes, c)));
}

static void text_add_number(struct text *t, uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);

    text_add(t, span_of(digits, (size_t)n));
}

/* ---- names ---- */

struct attribute {
    uint8_t oid[10];
    uint8_t length;
    const char *name;
};

static const struct attribute attributes[] = {
    {{0x55, 0x04, 0x03}, 3, "CN"},
    {{0x55, 0x04, 0x04}, 3, "SN"},
    {{0x55, 0x04, 0x05}, 3, "serialNumber"},
    {{0x55, 0x04, 0x06}, 3, "C"},
    {{0x55, 0x04, 0x07}, 3, "L"},
    {{0x55, 0x04, 0x08}, 3, "ST"},
    {{0x55, 0x04, 0x09}, 3, "street"},
    {{0x55, 0x04, 0x0a}, 3, "O"},
    {{0x55, 0x04, 0x0b}, 3, "OU"},
    {{0x55, 0x04, 0x0c}, 3, "title"},
    {{0x55, 0x04, 0x0d}, 3, "description"},
    {{0x55, 0x04, 0x0f}, 3, "businessCategory"},
    {{0x55, 0x04, 0x11}, 3, "postalCode"},
    {{0x55, 0x04, 0x2a}, 3, "GN"},
    {{0x55, 0x04, 0x61}, 3, "organizationIdentifier"},
    {{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01}, 9, "emailAddress"},
    {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01}, 10, "UID"},
    {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19}, 10, "DC"},
};

static void text_add_dotted(struct text *t, struct span oid)
{
    uint64_t arc = 0;
    bool first = true;

    for (size_t i = 0; i < oid.n; i++) {
        arc = arc << 7 | (oid.p[i] & 0x7f);
        if (oid.p[i] & 0x80)
            continue;
        if (first) {
            text_add_number(t, arc < 80 ? arc / 40 : 2);
            arc = arc < 80 ? arc % 40 : arc - 80;
        }
        text_add(t, SPAN("."));
        text_add_number(t, arc);
        first = false;
        arc = 0;
    }
}

static void text_add_attribute(struct text *t, struct span oid)
{
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if (!span_equal(oid, span_of(attributes[i].oid, attributes[i].length)))
            continue;
        text_add(t, span_text(attributes[i].name));
        return;
    }
    text_add_dotted(t, oid);
}

static void text_add_string(struct text *t, struct der *value)
{
    if (value->tag != DER_BMP && value->tag != DER_UNIVERSAL) {
        text_add(t, cur_rest(&value->body));
        return;
    }
    while (cur_left(&value->body)) {
        uint32_t c = value->tag == DER_BMP ? cur_be16(&value->body) : cur_be32(&value->body);

        if (c < 0x110000)
            text_add_char(t, c);
    }
}

size_t x509_name_text(struct cursor name, char text[X509_NAME_MAX])
{
    struct text t = {.at = text, .n = 0};

    while (cur_left(&name)) {
        struct cursor set = der_enter(&name, DER_SET);
        const char *joint = t.n ? ", " : "";

        while (cur_left(&set)) {
            struct cursor pair = der_enter(&set, DER_SEQUENCE);
            struct cursor oid = der_enter(&pair, DER_OID);
            struct der value = der_next(&pair);

            if (pair.state != CUR_OK)
                return t.n;
            text_add(&t, span_text(joint));
            text_add_attribute(&t, cur_rest(&oid));
            text_add(&t, SPAN("="));
            text_add_string(&t, &value);
            joint = " + ";
        }
    }
    return t.n;
}

/* ---- times ---- */

bool x509_time_text(const struct x509_time *time, char text[X509_TIME_TEXT])
{
    /* Where each digit of YYYYMMDDHHMMSS goes. */
    static const uint8_t places[14] = {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
    size_t year = time->tag == DER_UTC_TIME ? 2 : 0;

    memcpy(text, "2000-00-00T00:00:00", X509_TIME_TEXT);
    if (time->digits.n < 14 - year)
        return false;
    for (size_t i = year; i < 14; i++) {
        uint8_t c = time->digits.p[i - year];

        if (c < '0' || c > '9')
            return false;
        text[places[i]] = (char)c;
    }
    /* Two-digit years: 50 and above are of the last century (RFC 5280 section 4.1.2.5.1). */
    if (year && text[2] >= '5')
        memcpy(text, "19", 2);
    return true;
}

static struct x509_time time_read(struct cursor *c)
{
    struct der element = der_next(c);

    if (element.tag != DER_UTC_TIME && element.tag != DER_TIME)
        cur_fail(c);
    return (struct x509_time){.tag = element.tag, .digits = cur_rest(&element.body)};
}

/* The day's date in the Gregorian calendar, counted in years that begin with March. */
void x509_now_text(uint64_t time_us, char text[X509_TIME_TEXT])
{
    unsigned seconds = (unsigned)(time_us / 1000000 % 86400);
    unsigned days = (unsigned)(time_us / 86400000000 % 2932897) + 719468; /* since 0000-03-01 */
    unsigned era = days / 146097;
    unsigned of_era = days % 146097;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153;
    unsigned day = of_year - (153 * month + 2) / 5 + 1;

    year += era * 400 + (month >= 10);
    month = month < 10 ? month + 3 : month - 9;
    (void)snprintf(text, X509_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u", year % 10000, month % 100,
                   day % 100, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/* ---- keys ---- */

struct key_kind {
    uint8_t oid[9];
    uint8_t length;
    uint16_t bits; /* 0: the key's own */
    const char *name;
};

static const struct key_kind algorithms[] = {
    {{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}, 9, 0, "RSA"},
    {{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}, 9, 0, "RSA-PSS"},
    {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}, 7, 0, "EC"},
    {{0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01}, 7, 0, "DSA"},
    {{0x2b, 0x65, 0x70}, 3, 256, "Ed25519"},
    {{0x2b, 0x65, 0x71}, 3, 456, "Ed448"},
    {{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11}, 9, 0, "ML-DSA-44"},
    {{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12}, 9, 0, "ML-DSA-65"},
    {{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13}, 9, 0, "ML-DSA-87"},
};

static const struct key_kind curves[] = {
    {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01}, 8, 192, ""},
    {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 8, 256, ""},
    {{0x2b, 0x81, 0x04, 0x00, 0x0a}, 5, 256, ""},
    {{0x2b, 0x81, 0x04, 0x00, 0x21}, 5, 224, ""},
    {{0x2b, 0x81, 0x04, 0x00, 0x22}, 5, 384, ""},
    {{0x2b, 0x81, 0x04, 0x00, 0x23}, 5, 521, ""},
};

static const struct key_kind *kind_find(const struct key_kind *list, size_t n, struct span oid)
{
    for (size_t i = 0; i < n; i++)
        if (span_equal(oid, span_of(list[i].oid, list[i].length)))
            return &list[i];
    return NULL;
}

/* An RSA key is a sequence that begins with the modulus. */
static unsigned modulus_bits(struct cursor key)
{
    struct cursor pair = der_enter(&key, DER_SEQUENCE);
    struct cursor modulus = der_enter(&pair, DER_INTEGER);
    unsigned bits;

    while (cur_left(&modulus) && cur_peek(&modulus) == 0)
        cur_skip(&modulus, 1);
    bits = (unsigned)cur_left(&modulus) * 8;
    for (unsigned top = 0x80; bits && top && !(cur_peek(&modulus) & top); top >>= 1)
        bits--;
    return bits;
}

const char *x509_key_text(const struct x509 *x, unsigned *bits)
{
    const struct key_kind *kind =
        kind_find(algorithms, sizeof algorithms / sizeof algorithms[0], x->key_algorithm);
    const struct key_kind *curve =
        kind_find(curves, sizeof curves / sizeof curves[0], x->key_curve);

    *bits = 0;
    if (!kind)
        return NULL;
    if (kind->bits)
        *bits = kind->bits;
    else if (curve)
        *bits = curve->bits;
    else if (kind->name[0] == 'R')
        *bits = modulus_bits(x->key);
    return kind->name;
}

/* ---- the certificate ---- */

static void key_read(struct cursor *c, struct x509 *x)
{
    struct cursor all = der_enter(c, DER_SEQUENCE);
    struct cursor algorithm = der_enter(&all, DER_SEQUENCE);
    struct cursor oid = der_enter(&algorithm, DER_OID);

    x->key_algorithm = cur_rest(&oid);
    if (cur_left(&algorithm) && cur_peek(&algorithm) == DER_OID) {
        oid = der_enter(&algorithm, DER_OID);
        x->key_curve = cur_rest(&oid);
    }
    x->key = der_enter(&all, DER_BITS);
    cur_skip(&x->key, 1); /* bits that its last byte lacks */
}

static void extensions_read(struct cursor *list, struct x509 *x)
{
    while (cur_left(list)) {
        struct cursor extension = der_enter(list, DER_SEQUENCE);
        struct cursor oid = der_enter(&extension, DER_OID);
        struct cursor value;

        der_pass(&extension, DER_BOOLEAN);
        value = der_enter(&extension, DER_OCTETS);
        if (extension.state == CUR_OK && span_equal(cur_rest(&oid), SPAN("\x55\x1d\x11")))
            x->alt_names = der_enter(&value, DER_SEQUENCE);
    }
}

bool x509_read(struct span certificate, struct x509 *x)
{
    struct cursor all = cur_of(certificate);
    struct cursor signed_part = der_enter(&all, DER_SEQUENCE);
    struct cursor body = der_enter(&signed_part, DER_SEQUENCE);
    struct cursor serial, validity, wrapped, list;

    *x = (struct x509){0};
    der_pass(&body, DER_WRAPPED(0)); /* version */
    serial = der_enter(&body, DER_INTEGER);
    x->serial = cur_rest(&serial);
    (void)der_enter(&body, DER_SEQUENCE); /* signature algorithm */
    x->issuer = der_enter(&body, DER_SEQUENCE);
    validity = der_enter(&body, DER_SEQUENCE);
    x->not_before = time_read(&validity);
    x->not_after = time_read(&validity);
    x->subject = der_enter(&body, DER_SEQUENCE);
    cur_join(&body, &validity);
    key_read(&body, x);
    if (body.state != CUR_OK)
        return false;
    der_pass(&body, DER_NAMED(1)); /* unique identifiers */
    der_pass(&body, DER_NAMED(2));
    if (!cur_left(&body))
        return true;
    wrapped = der_enter(&body, DER_WRAPPED(3));
    list = der_enter(&wrapped, DER_SEQUENCE);
    extensions_read(&list, x);
    return true;
}

enum x509_alt x509_alt_next(struct cursor *alt_names, struct span *value)
{
    struct der name;

    if (!cur_left(alt_names))
        return X509_ALT_END;
    name = der_next(alt_names);
    *value = cur_rest(&name.body);
    if (alt_names->state != CUR_OK)
        return X509_ALT_END;
    if (name.tag == DER_NAMED(2))
        return X509_ALT_DNS;
    if (name.tag == DER_NAMED(6))
        return X509_ALT_URI;
    return name.tag == DER_NAMED(7) && (value->n == 4 || value->n == 16) ? X509_ALT_IP
                                                                         : X509_ALT_OTHER;
}
