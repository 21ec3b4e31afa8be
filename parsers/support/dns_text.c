/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_text: notation of DNS types, response codes and record contents (RFC 1035 section 5, RFC
 * 2782, 4034, 8659, 9460 and their like). Runs only when somebody listens.
 */
#include "support/dns_text.h"

#include <arpa/inet.h>
#include <stdio.h>

struct number_name {
    uint16_t number;
    const char *name;
};

static const struct number_name types[] = {
    {1, "A"},       {2, "NS"},        {3, "MD"},          {4, "MF"},          {5, "CNAME"},
    {6, "SOA"},     {7, "MB"},        {8, "MG"},          {9, "MR"},          {10, "NULL"},
    {11, "WKS"},    {12, "PTR"},      {13, "HINFO"},      {14, "MINFO"},      {15, "MX"},
    {16, "TXT"},    {17, "RP"},       {18, "AFSDB"},      {19, "X25"},        {20, "ISDN"},
    {21, "RT"},     {22, "NSAP"},     {23, "NSAPPTR"},    {24, "SIG"},        {25, "KEY"},
    {26, "PX"},     {27, "GPOS"},     {28, "AAAA"},       {29, "LOC"},        {30, "NXT"},
    {33, "SRV"},    {34, "ATMA"},     {35, "NAPTR"},      {36, "KX"},         {37, "CERT"},
    {38, "A6"},     {39, "DNAME"},    {41, "OPT"},        {42, "APL"},        {43, "DS"},
    {44, "SSHFP"},  {45, "IPSECKEY"}, {46, "RRSIG"},      {47, "NSEC"},       {48, "DNSKEY"},
    {49, "DHCID"},  {50, "NSEC3"},    {51, "NSEC3PARAM"}, {52, "TLSA"},       {53, "SMIMEA"},
    {55, "HIP"},    {59, "CDS"},      {60, "CDNSKEY"},    {61, "OPENPGPKEY"}, {62, "CSYNC"},
    {63, "ZONEMD"}, {64, "SVCB"},     {65, "HTTPS"},      {99, "SPF"},        {108, "EUI48"},
    {109, "EUI64"}, {249, "TKEY"},    {250, "TSIG"},      {251, "IXFR"},      {252, "AXFR"},
    {253, "MAILB"}, {254, "MAILA"},   {255, "ANY"},       {256, "URI"},       {257, "CAA"},
    {32768, "TA"},  {32769, "DLV"},
};

static const struct number_name rcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

static const char *find_name(const struct number_name *table, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].number == number)
            return table[i].name;
    return NULL;
}

static struct span named(const char *name, const char *prefix, unsigned number, char *buffer)
{
    if (name)
        return span_text(name);
    snprintf(buffer, DNS_NUMBER_TEXT, "%s%u", prefix, number);
    return span_text(buffer);
}

struct span dns_type_text(uint16_t type, char buffer[DNS_NUMBER_TEXT])
{
    const char *name = find_name(types, sizeof(types) / sizeof(types[0]), type);

    return named(name, "TYPE", type, buffer);
}

struct span dns_rcode_text(unsigned rcode, char buffer[DNS_NUMBER_TEXT])
{
    const char *name = find_name(rcodes, sizeof(rcodes) / sizeof(rcodes[0]), rcode);

    return named(name, "RCODE", rcode, buffer);
}

static void put_span(struct dns_text *t, struct span s)
{
    s = span_first(s, sizeof(t->bytes) - t->n);
    if (s.n)
        memcpy(t->bytes + t->n, s.p, s.n);
    t->n += s.n;
}

/* A constant, usually what separates two values. */
static void put(struct dns_text *t, const char *text)
{
    put_span(t, span_text(text));
}

static void put_uint(struct dns_text *t, uint32_t value)
{
    char digits[DNS_NUMBER_TEXT];

    if (t->n)
        put(t, " ");
    snprintf(digits, sizeof(digits), "%u", value);
    put(t, digits);
}

static void put_hex(struct dns_text *t, struct span s)
{
    static const char digit[] = "0123456789ABCDEF";

    put(t, " ");
    s = span_first(s, (sizeof(t->bytes) - t->n) / 2);
    for (size_t i = 0; i < s.n; i++) {
        t->bytes[t->n++] = digit[s.p[i] >> 4];
        t->bytes[t->n++] = digit[s.p[i] & 15];
    }
}

/* A name inside other values: the root is a dot. */
static void put_name(struct dns_text *t, struct dns_wire *w, struct cursor *c)
{
    char text[DNS_NAME_TEXT];
    struct span name = dns_name_text(w, c, text);

    if (t->n)
        put(t, " ");
    put_span(t, name.n ? name : SPAN("."));
}

static void put_quoted(struct dns_text *t, struct span s)
{
    put(t, " \"");
    put_span(t, s);
    put(t, "\"");
}

static void put_type(struct dns_text *t, uint16_t type)
{
    char buffer[DNS_NUMBER_TEXT];

    put_span(t, dns_type_text(type, buffer));
}

static void put_strings(struct dns_text *t, struct cursor *c)
{
    while (cur_left(c))
        put_span(t, cur_span(c, cur_u8(c)));
}

static void put_soa(struct dns_text *t, struct dns_wire *w, struct cursor *c)
{
    put_name(t, w, c);
    put_name(t, w, c);
    for (unsigned i = 0; i < 5; i++)
        put_uint(t, cur_be32(c));
}

static void put_naptr(struct dns_text *t, struct dns_wire *w, struct cursor *c)
{
    put_uint(t, cur_be16(c));
    put_uint(t, cur_be16(c));
    for (unsigned i = 0; i < 3; i++)
        put_quoted(t, cur_span(c, cur_u8(c)));
    put_name(t, w, c);
}

static void put_rrsig(struct dns_text *t, struct dns_wire *w, struct cursor *c)
{
    put_type(t, cur_be16(c));
    put_uint(t, cur_u8(c));
    put_uint(t, cur_u8(c));
    for (unsigned i = 0; i < 3; i++)
        put_uint(t, cur_be32(c));
    put_uint(t, cur_be16(c));
    put_name(t, w, c);
}

/* Three small numbers (the first of `first` octets) and a hash or key. */
static void put_digest(struct dns_text *t, struct cursor *c, unsigned first)
{
    put_uint(t, first == 2 ? cur_be16(c) : cur_u8(c));
    put_uint(t, cur_u8(c));
    put_uint(t, cur_u8(c));
    put_hex(t, cur_rest(c));
}

static void put_sshfp(struct dns_text *t, struct cursor *c)
{
    put_uint(t, cur_u8(c));
    put_uint(t, cur_u8(c));
    put_hex(t, cur_rest(c));
}

static void put_caa(struct dns_text *t, struct cursor *c)
{
    put_uint(t, cur_u8(c));
    put(t, " ");
    put_span(t, cur_span(c, cur_u8(c)));
    put_quoted(t, cur_rest(c));
}

static void put_addresses(struct dns_text *t, struct cursor *c, int family)
{
    size_t octets = family == AF_INET ? 4 : 16;
    const char *separator = "=";

    while (cur_left(c)) {
        struct span address = cur_span(c, octets);
        char text[INET6_ADDRSTRLEN];

        if (c->state != CUR_OK || !inet_ntop(family, address.p, text, sizeof(text)))
            return;
        put(t, separator);
        put(t, text);
        separator = ",";
    }
}

/* RFC 9460 section 14.3.2 */
static void put_service_param(struct dns_text *t, uint16_t key, struct cursor *c)
{
    static const char *const names[] = {"mandatory", "alpn", "no-default-alpn", "port",
                                        "ipv4hint",  "ech",  "ipv6hint"};
    const char *separator = "=";
    char text[DNS_NUMBER_TEXT];

    put(t, " ");
    if (key >= sizeof(names) / sizeof(names[0])) {
        snprintf(text, sizeof(text), "key%u", key);
        put(t, text);
        return;
    }
    put(t, names[key]);
    if (key == 4)
        put_addresses(t, c, AF_INET);
    if (key == 6)
        put_addresses(t, c, AF_INET6);
    if (key == 3) {
        snprintf(text, sizeof(text), "=%u", cur_be16(c));
        put(t, text);
    }
    while (key == 1 && cur_left(c)) {
        put(t, separator);
        put_span(t, cur_span(c, cur_u8(c)));
        separator = ",";
    }
}

static void put_service(struct dns_text *t, struct dns_wire *w, struct cursor *c)
{
    put_uint(t, cur_be16(c));
    put_name(t, w, c);
    while (cur_left(c)) {
        uint16_t key = cur_be16(c);
        struct cursor value = cur_sub(c, cur_be16(c));

        put_service_param(t, key, &value);
    }
}

struct span dns_rdata_text(struct dns_wire *w, uint16_t type, struct cursor rdata,
                           struct dns_text *t)
{
    struct cursor *c = &rdata;

    t->n = 0;
    switch (type) {
    case DNS_MX:
        cur_skip(c, 2);
        put_name(t, w, c);
        break;
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
    case DNS_DNAME:
    case DNS_NSEC:
        put_name(t, w, c);
        break;
    case DNS_TXT:
    case DNS_SPF:
        put_strings(t, c);
        break;
    case DNS_SOA:
        put_soa(t, w, c);
        break;
    case DNS_SRV:
        for (unsigned i = 0; i < 3; i++)
            put_uint(t, cur_be16(c));
        put_name(t, w, c);
        break;
    case DNS_NAPTR:
        put_naptr(t, w, c);
        break;
    case DNS_RRSIG:
        put_rrsig(t, w, c);
        break;
    case DNS_DS:
    case DNS_DNSKEY:
        put_digest(t, c, 2);
        break;
    case DNS_TLSA:
        put_digest(t, c, 1);
        break;
    case DNS_SSHFP:
        put_sshfp(t, c);
        break;
    case DNS_SVCB:
    case DNS_HTTPS:
        put_service(t, w, c);
        break;
    case DNS_CAA:
        put_caa(t, c);
        break;
    default:
        break;
    }
    return span_of(t->bytes, t->n);
}
