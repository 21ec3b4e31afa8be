/* SPDX-License-Identifier: Apache-2.0 */
#include "control/config_json.h"

#include <stdio.h>
#include <string.h>

struct config_path config_path_key(const struct config_path *parent, const char *key)
{
    struct config_path path;
    int n = snprintf(path.text, sizeof path.text, "%s%s%s", parent->text,
                     parent->text[0] ? "." : "", key);

    if (n < 0 || (size_t)n >= sizeof path.text)
        memcpy(path.text + sizeof path.text - 4, "...", 4);
    return path;
}

struct config_path config_path_index(const struct config_path *parent, size_t index)
{
    struct config_path path;
    int n = snprintf(path.text, sizeof path.text, "%s[%zu]", parent->text, index);

    if (n < 0 || (size_t)n >= sizeof path.text)
        memcpy(path.text + sizeof path.text - 4, "...", 4);
    return path;
}

/* "a, b, c" into `text`, cut when it is too long. */
static void list_names(const char *const *names, char *text, size_t room)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; names[i] != NULL && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", names[i]);
}

static bool name_known(const char *name, const char *const *names, size_t *index)
{
    for (*index = 0; names[*index] != NULL; ++*index)
        if (strcmp(names[*index], name) == 0)
            return true;
    return false;
}

static const char *type_name(const json_t *value)
{
    if (value == NULL)
        return "missing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "a number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

bool config_object(const json_t *value, const struct config_path *path, const char *const *allowed,
                   struct err *err)
{
    const char *key;
    json_t *member;
    size_t index;
    char names[256];

    if (!json_is_object(value))
        return err_set(err, path->text, "must be an object, not %s", type_name(value));
    json_object_foreach((json_t *)value, key, member)
    {
        struct config_path at = config_path_key(path, key);

        if (name_known(key, allowed, &index))
            continue;
        list_names(allowed, names, sizeof names);
        return err_set(err, at.text, "unknown key; allowed here: %s", names);
    }
    return true;
}

bool config_list(const json_t *value, const struct config_path *path, struct err *err)
{
    if (json_is_array(value))
        return true;
    return err_set(err, path->text, "must be a list, not %s", type_name(value));
}

bool config_uint(const json_t *value, const struct config_path *path, uint64_t least, uint64_t most,
                 uint64_t *number, struct err *err)
{
    json_int_t n = json_integer_value(value);

    if (!json_is_integer(value))
        return err_set(err, path->text, "must be a whole number, not %s", type_name(value));
    if (n < 0 || (uint64_t)n < least || (uint64_t)n > most)
        return err_set(err, path->text, "%lld is out of range; allowed: %llu to %llu", (long long)n,
                       (unsigned long long)least, (unsigned long long)most);
    *number = (uint64_t)n;
    return true;
}

bool config_bool(const json_t *value, const struct config_path *path, bool *truth, struct err *err)
{
    if (!json_is_boolean(value))
        return err_set(err, path->text, "must be true or false, not %s", type_name(value));
    *truth = json_is_true(value);
    return true;
}

bool config_text(const json_t *value, const struct config_path *path, size_t most,
                 const char **text, struct err *err)
{
    const char *s = json_string_value(value);
    size_t n = json_string_length(value);

    if (s == NULL)
        return err_set(err, path->text, "must be a string, not %s", type_name(value));
    if (n == 0 || n > most)
        return err_set(err, path->text, "has %zu bytes; allowed: 1 to %zu", n, most);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return err_set(err, path->text, "holds a control character; leave it out");
    *text = s;
    return true;
}

bool config_choice(const json_t *value, const struct config_path *path, const char *const *names,
                   size_t *index, struct err *err)
{
    const char *s = NULL;
    char list[256];

    if (!config_text(value, path, 64, &s, err))
        return false;
    if (name_known(s, names, index))
        return true;
    list_names(names, list, sizeof list);
    return err_set(err, path->text, "'%s' is none of: %s", s, list);
}

bool config_prefix(const json_t *value, const struct config_path *path, struct ipprefix *prefix,
                   struct err *err)
{
    const char *s = NULL;

    if (!config_text(value, path, IPADDR_TEXT + 4, &s, err))
        return false;
    *prefix = (struct ipprefix){0};
    if (ipprefix_parse(s, prefix))
        return true;
    return err_set(err, path->text,
                   "'%s' is no address or prefix without host bits (10.1.0.0/16, fd00:1::/32, "
                   "10.1.2.3)",
                   s);
}
