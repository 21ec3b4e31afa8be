/* SPDX-License-Identifier: Apache-2.0
 *
 * x509: what a certificate says about itself (RFC 5280), as text of the event format. Spans point
 * into the certificate.
 */
#ifndef SUPPORT_X509_H
#define SUPPORT_X509_H

#include "base/cursor.h"

enum {
    X509_NAME_MAX = 1024, /* longest text of a distinguished name; longer ones are cut */
    X509_TIME_TEXT = 20,  /* "2026-01-02T03:04:05" with its NUL */
};

struct x509_time {
    uint8_t tag;
    struct span digits;
};

struct x509 {
    struct span serial;
    struct cursor issuer;
    struct cursor subject;
    struct x509_time not_before;
    struct x509_time not_after;
    struct span key_algorithm; /* object identifier */
    struct span key_curve;     /* object identifier of an elliptic one's curve */
    struct cursor key;         /* the key itself */
    struct cursor alt_names;   /* empty when there are none */
};

enum x509_alt { X509_ALT_END, X509_ALT_DNS, X509_ALT_IP, X509_ALT_URI, X509_ALT_OTHER };

bool x509_read(struct span certificate, struct x509 *);
/* "C=US, O=Foo, CN=bar", not terminated. Returns its length. */
size_t x509_name_text(struct cursor name, char text[X509_NAME_MAX]);
bool x509_time_text(const struct x509_time *, char text[X509_TIME_TEXT]);
/* The same form of a time in microseconds since 1970; two such texts compare as their times do. */
void x509_now_text(uint64_t time_us, char text[X509_TIME_TEXT]);
/* "RSA" and the like; NULL when unknown. bits: 0 when unknown. */
const char *x509_key_text(const struct x509 *, unsigned *bits);
/* The next alternative name; value is a DNS name, a URI, or 4 or 16 address bytes. */
enum x509_alt x509_alt_next(struct cursor *alt_names, struct span *value);

#endif
