/* SPDX-License-Identifier: Apache-2.0 */
#include "attach/attachment.h"

#include "base/text.h"
#include "control/config_json.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const modes[] = {[ATTACH_TAP] = "tap", [ATTACH_PROTECT] = "protect", NULL};

const char *attach_mode_name(enum attach_mode mode)
{
    return modes[mode];
}

bool attach_mode_read(const char *text, enum attach_mode *mode)
{
    for (size_t i = 0; modes[i] != NULL; i++)
        if (strcmp(modes[i], text) == 0) {
            *mode = (enum attach_mode)i;
            return true;
        }
    return false;
}

bool attachment_name_is_good(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strspn(name, allowed);

    return n > 0 && name[n] == '\0' && n < ATTACH_NAME && name[0] != '.';
}

uint64_t attachment_inode(const char *netns)
{
    struct stat st;

    return stat(netns, &st) == 0 ? st.st_ino : 0;
}

bool attachment_is_there(const struct attachment *a)
{
    return a->inode != 0 && attachment_inode(a->netns) == a->inode;
}

/* ---- reading ---- */

static bool read_text(const json_t *value, const struct config_path *path, char *to, size_t room,
                      struct err *err)
{
    const char *text;

    if (!config_text(value, path, room - 1, &text, err))
        return false;
    return text_copy(to, room, text) || err_set(err, path->text, "is too long");
}

static bool read_mac(const char *text, uint8_t mac[6])
{
    unsigned b[6];
    int end = 0;

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) !=
            6 ||
        text[end] != '\0')
        return false;
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return true;
}

static bool read_interface(const json_t *value, const struct config_path *path,
                           struct attach_interface *i, struct err *err)
{
    static const char *const keys[] = {"name", "mac", "queue", NULL};
    struct config_path name = config_path_key(path, keys[0]), mac = config_path_key(path, keys[1]),
                       queue = config_path_key(path, keys[2]);
    uint64_t number = 0;
    const char *text;

    if (!config_object(value, path, keys, err) ||
        !read_text(json_object_get(value, keys[0]), &name, i->name, sizeof i->name, err) ||
        !config_text(json_object_get(value, keys[1]), &mac, 17, &text, err))
        return false;
    if (!read_mac(text, i->mac))
        return err_set(err, mac.text, "'%s' is no MAC address", text);
    if (json_object_get(value, keys[2]) != NULL &&
        !config_uint(json_object_get(value, keys[2]), &queue, 0, UINT16_MAX, &number, err))
        return false;
    i->queue = (uint16_t)number;
    return true;
}

static bool read_interfaces(struct attachment *a, const json_t *list, struct err *err)
{
    const struct config_path path = {"interfaces"};
    size_t n = json_array_size(list);

    if (!config_list(list, &path, err))
        return false;
    if (n == 0 || n > ATTACH_INTERFACES)
        return err_set(err, path.text, "has %zu entries; allowed: 1 to %d", n, ATTACH_INTERFACES);
    for (size_t i = 0; i < n; i++) {
        struct config_path at = config_path_index(&path, i);

        if (!read_interface(json_array_get(list, i), &at, &a->interfaces[i], err))
            return false;
    }
    a->interface_count = n;
    return true;
}

static bool read_address(const json_t *value, const struct config_path *path, struct ipaddr *to,
                         struct err *err)
{
    const char *text;

    *to = (struct ipaddr){0};
    if (!config_text(value, path, INET6_ADDRSTRLEN, &text, err))
        return false;
    if (inet_pton(AF_INET, text, to->bytes) == 1)
        to->family = 4;
    else if (inet_pton(AF_INET6, text, to->bytes) == 1)
        to->family = 6;
    return to->family != 0 || err_set(err, path->text, "'%s' is no IP address", text);
}

static bool read_addresses(struct attachment *a, const json_t *list, struct err *err)
{
    const struct config_path path = {"addresses"};
    size_t n = json_array_size(list);

    if (!config_list(list, &path, err))
        return false;
    if (n > ATTACH_ADDRESSES)
        return err_set(err, path.text, "has %zu entries; allowed: up to %d", n, ATTACH_ADDRESSES);
    for (size_t i = 0; i < n; i++) {
        struct config_path at = config_path_index(&path, i);

        if (!read_address(json_array_get(list, i), &at, &a->addresses[i], err))
            return false;
    }
    a->address_count = n;
    return true;
}

bool attachment_read(struct attachment *a, const json_t *document, struct err *err)
{
    static const char *const keys[] = {"name",       "mode",      "fail",   "netns", "inode",
                                       "interfaces", "addresses", "queues", NULL};
    static const char *const fates[] = {"open", "closed", NULL};
    const struct config_path root = {""}, name = {"name"}, mode = {"mode"}, fail = {"fail"},
                             netns = {"netns"}, inode = {"inode"}, queues = {"queues"};
    uint64_t count = 1;
    size_t choice, fate;

    *a = (struct attachment){0};
    if (!config_object(document, &root, keys, err) ||
        !read_text(json_object_get(document, "name"), &name, a->name, sizeof a->name, err) ||
        !config_choice(json_object_get(document, "mode"), &mode, modes, &choice, err) ||
        !config_choice(json_object_get(document, "fail"), &fail, fates, &fate, err) ||
        !read_text(json_object_get(document, "netns"), &netns, a->netns, sizeof a->netns, err) ||
        !config_uint(json_object_get(document, "inode"), &inode, 1, UINT64_MAX >> 1, &a->inode,
                     err) ||
        !read_interfaces(a, json_object_get(document, "interfaces"), err) ||
        !read_addresses(a, json_object_get(document, "addresses"), err))
        return false;
    if (json_object_get(document, "queues") != NULL &&
        !config_uint(json_object_get(document, "queues"), &queues, 1, ATTACH_QUEUES, &count, err))
        return false;
    a->queues = (uint16_t)(choice == ATTACH_PROTECT ? count : 0);
    a->mode = (enum attach_mode)choice;
    a->closed = fate == 1;
    if (!attachment_name_is_good(a->name))
        return err_set(err, "name", "'%s' has more than letters, digits, '.', '_' and '-'",
                       a->name);
    return a->netns[0] == '/' || err_set(err, "netns", "is no absolute path");
}

/* ---- writing ---- */

static json_t *address_value(const struct ipaddr *a)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, sizeof text);
    return json_string(text);
}

json_t *attachment_value(const struct attachment *a)
{
    json_t *interfaces = json_array(), *addresses = json_array(), *v;

    for (size_t i = 0; i < a->interface_count; i++) {
        const struct attach_interface *at = &a->interfaces[i];
        char mac[18];

        snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", at->mac[0], at->mac[1],
                 at->mac[2], at->mac[3], at->mac[4], at->mac[5]);
        v = json_pack("{s:s, s:s}", "name", at->name, "mac", mac);
        if (a->mode == ATTACH_PROTECT)
            json_object_set_new(v, "queue", json_integer(at->queue));
        json_array_append_new(interfaces, v);
    }
    for (size_t i = 0; i < a->address_count; i++)
        json_array_append_new(addresses, address_value(&a->addresses[i]));
    v = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "name", a->name, "mode", modes[a->mode],
                  "fail", a->closed ? "closed" : "open", "netns", a->netns, "inode",
                  (json_int_t)a->inode, "interfaces", interfaces, "addresses", addresses);
    if (v != NULL && a->mode == ATTACH_PROTECT)
        json_object_set_new(v, "queues", json_integer(a->queues));
    return v;
}
