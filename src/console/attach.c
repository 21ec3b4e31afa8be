/* SPDX-License-Identifier: Apache-2.0
 *
 * Containers that people put before the daemon: attach, detach, and which there are.
 */
#include "console/client.h"

#include "attach/attached.h"

void console_attach(struct client *c, const json_t *request)
{
    struct attached *set = client_setup(c)->attached;
    struct attachment a;
    struct err err = {0};

    if (!attachment_read(&a, json_object_get(request, "attachment"), &err))
        client_error(c, "attachment", NULL, &err);
    else if (!attached_add(set, &a, &err))
        client_error(c, "refused", NULL, &err);
    else
        client_done(c, attachment_value(&a));
}

void console_detach(struct client *c, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "name"));
    bool known = name != NULL && attached_remove(client_setup(c)->attached, name);

    client_done(c, json_pack("{s:b}", "detached", known));
}

static void add(void *arg, const struct attachment *a)
{
    json_array_append_new(arg, attachment_value(a));
}

void console_attached(struct client *c, const json_t *request)
{
    json_t *list = json_array();
    size_t count;

    (void)request;
    attached_each(client_setup(c)->attached, add, list);
    count = json_array_size(list);
    client_reply(c, "part", list);
    client_done(c, json_pack("{s:I}", "count", (json_int_t)count));
}
