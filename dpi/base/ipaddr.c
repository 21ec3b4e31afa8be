/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ipaddr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct ipaddr ipaddr_v4(const uint8_t bytes[4])
{
    struct ipaddr a = {.family = 4};

    memcpy(a.bytes, bytes, 4);
    return a;
}

struct ipaddr ipaddr_v6(const uint8_t bytes[16])
{
    struct ipaddr a = {.family = 6};

    memcpy(a.bytes, bytes, 16);
    return a;
}

/* Events are full of them, and the library prints them with printf(). */
static size_t v4_text(const uint8_t bytes[4], char *text)
{
    char *at = text;

    for (int i = 0; i < 4; i++) {
        unsigned n = bytes[i];

        if (n >= 100)
            *at++ = (char)('0' + n / 100);
        if (n >= 10)
            *at++ = (char)('0' + n / 10 % 10);
        *at++ = (char)('0' + n % 10);
        *at++ = '.';
    }
    *--at = '\0';
    return (size_t)(at - text);
}

size_t ipaddr_text(const struct ipaddr *a, char text[IPADDR_TEXT])
{
    if (a->family != 6)
        return v4_text(a->bytes, text);
    if (!inet_ntop(AF_INET6, a->bytes, text, IPADDR_TEXT))
        text[0] = '\0';
    return strlen(text);
}

bool ipaddr_parse(const char *text, struct ipaddr *a)
{
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, text, a->bytes) == 1)
        a->family = 4;
    else if (inet_pton(AF_INET6, text, a->bytes) == 1)
        a->family = 6;
    return a->family != 0;
}

bool ipaddr_equal(const struct ipaddr *a, const struct ipaddr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static uint8_t prefix_mask(uint8_t bits, size_t byte)
{
    size_t covered = bits > byte * 8 ? bits - byte * 8 : 0;

    return (uint8_t)(covered >= 8 ? 0xff : 0xff00u >> covered);
}

bool ipprefix_parse(const char *text, struct ipprefix *prefix)
{
    char addr[IPADDR_TEXT];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    char *end = NULL;

    if (n >= sizeof addr)
        return false;
    memcpy(addr, text, n);
    addr[n] = '\0';
    if (!ipaddr_parse(addr, &prefix->addr))
        return false;

    unsigned long most = prefix->addr.family == 4 ? 32 : 128;
    unsigned long bits = slash ? strtoul(slash + 1, &end, 10) : most;

    if (slash && (slash[1] < '0' || slash[1] > '9' || *end != '\0'))
        return false;
    if (bits > most)
        return false;
    prefix->bits = (uint8_t)bits;
    for (size_t i = 0; i < most / 8; i++)
        if (prefix->addr.bytes[i] & ~prefix_mask(prefix->bits, i))
            return false;
    return true;
}

bool ipprefix_has(const struct ipprefix *prefix, const struct ipaddr *a)
{
    size_t whole = prefix->bits / 8;

    if (a->family != prefix->addr.family || memcmp(a->bytes, prefix->addr.bytes, whole) != 0)
        return false;
    if (prefix->bits % 8 == 0)
        return true;
    return ((a->bytes[whole] ^ prefix->addr.bytes[whole]) & prefix_mask(prefix->bits, whole)) == 0;
}
