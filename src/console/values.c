/* SPDX-License-Identifier: Apache-2.0 */
#include "console/values.h"

#include "engine/policy.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put_uint(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

const char *mac_text(const uint8_t mac[6], char *text)
{
    snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
    return text;
}

void workload_text(const struct workload *w, char *text, size_t room)
{
    char mac[18];

    snprintf(text, room, "%s", w->name != NULL ? w->name : mac_text(w->id.mac, mac));
}

/* How many bytes the character here has; 0: it is none. */
static size_t character_length(const char *text)
{
    size_t n = strnlen(text, 4);

    for (size_t i = 1; i <= n; i++) {
        json_t *one = json_stringn(text, i);

        json_decref(one);
        if (one != NULL)
            return i;
    }
    return 0;
}

json_t *text_value(const char *text)
{
    json_t *value = json_string(text);
    char *whole = value == NULL ? strdup(text) : NULL;

    for (char *p = whole; p != NULL && *p != '\0';) {
        size_t n = character_length(p);

        if (n == 0)
            *p = '?';
        p += n > 0 ? n : 1;
    }
    if (whole != NULL)
        value = json_string(whole);
    free(whole);
    return value;
}

void put_name(json_t *object, const char *key, const struct workload *w)
{
    char text[256];

    workload_text(w, text, sizeof text);
    json_object_set_new(object, key, text_value(text));
}

json_t *address_value(const struct ipaddr *a)
{
    char text[IPADDR_TEXT];

    ipaddr_text(a, text);
    return json_string(text);
}

json_t *prefix_value(const struct ipprefix *p)
{
    char text[IPADDR_TEXT + 4];
    size_t n = ipaddr_text(&p->addr, text);

    snprintf(text + n, sizeof text - n, "/%u", p->bits);
    return json_string(text);
}

const char *mode_name(const struct workload *w)
{
    static const char *const names[] = {
        [MODE_LEARN] = "learn", [MODE_MONITOR] = "monitor", [MODE_PROTECT] = "protect"};

    if (w->agents)
        return w->tap ? "tap" : "inline";
    return names[w->mode];
}

const char *action_name(uint8_t action)
{
    static const char *const names[POLICY_ACTIONS] = {
        "open", "learn", "allow", "check-host", "check-bound", "check-app", "violate", "deny"};

    return action < POLICY_ACTIONS ? names[action] : "unknown";
}

const char *proto_text(uint8_t proto, char text[8])
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {{IPPROTO_TCP, "tcp"},      {IPPROTO_UDP, "udp"},   {IPPROTO_ICMP, "icmp"},
                 {IPPROTO_ICMPV6, "icmp6"}, {IPPROTO_SCTP, "sctp"}, {0, "any"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == proto)
            return names[i].name;
    snprintf(text, 8, "%u", proto);
    return text;
}
