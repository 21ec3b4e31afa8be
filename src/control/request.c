/* SPDX-License-Identifier: Apache-2.0 */
#include "control/request.h"

#include <arpa/inet.h>
#include <string.h>

const char *request_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

uint32_t request_u32(const json_t *object, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

uint16_t request_u16(const json_t *object, const char *key)
{
    return (uint16_t)request_u32(object, key);
}

uint8_t request_u8(const json_t *object, const char *key)
{
    return (uint8_t)request_u32(object, key);
}

bool request_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

bool request_has_bool(const json_t *object, const char *key)
{
    return json_is_boolean(json_object_get(object, key));
}

json_t *request_list(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_array(value) ? value : NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool mac_parse(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++) {
        int value = hex_digit(*text), low;

        if (value < 0)
            return false;
        low = hex_digit(*++text);
        if (low >= 0) {
            value = value << 4 | low;
            text++;
        }
        mac[i] = (uint8_t)value;
        if (*text != (i < 5 ? ':' : '\0'))
            return false;
        text++;
    }
    return true;
}

bool request_mac_value(const json_t *value, uint8_t mac[6])
{
    uint8_t read[6];

    if (!json_is_string(value) || !mac_parse(json_string_value(value), read))
        return false;
    memcpy(mac, read, sizeof read);
    return true;
}

bool request_mac(const json_t *object, const char *key, uint8_t mac[6])
{
    return request_mac_value(json_object_get(object, key), mac);
}

/* inet_pton takes nothing but four decimal numbers. */
static bool quad_parse(const char *text, uint8_t bytes[4])
{
    return text != NULL && inet_pton(AF_INET, text, bytes) == 1;
}

bool request_ipv4(const json_t *object, const char *key, struct ipaddr *a)
{
    uint8_t bytes[4];

    if (!quad_parse(request_text(object, key), bytes))
        return false;
    *a = ipaddr_v4(bytes);
    return true;
}

bool request_subnet(const json_t *object, struct ipprefix *p)
{
    uint8_t addr[4], mask[4];
    uint32_t bits;

    if (!quad_parse(request_text(object, "ip"), addr) ||
        !quad_parse(request_text(object, "mask"), mask))
        return false;
    bits = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 | (uint32_t)mask[2] << 8 | mask[3];
    if ((~bits & (~bits + 1)) != 0) /* ones, then zeros */
        return false;
    for (int i = 0; i < 4; i++)
        addr[i] &= mask[i];
    *p = (struct ipprefix){.addr = ipaddr_v4(addr), .bits = (uint8_t)__builtin_popcount(bits)};
    return true;
}
