/* SPDX-License-Identifier: Apache-2.0
 *
 * Who follows events or packets. It ends when the client closes.
 */
#include "console/client.h"

static void watch(struct client *c, const json_t *request, enum watch_kind kind, const char *word)
{
    struct filter filter;
    struct err err = {0};

    if (!client_filter(c, request, &filter))
        return;
    c->watch = events_watch(client_setup(c)->events, kind, &filter);
    if (c->watch < 0) {
        err_set(&err, NULL, "%d watch already, or there is no memory", EVENTS_WATCHERS);
        client_error(c, "busy", "end one of them", &err);
        return;
    }
    c->word = word;
    client_reply(c, "watching", json_true());
}

void console_watch_events(struct client *c, const json_t *request)
{
    watch(c, request, WATCH_EVENTS, "event");
}

void console_watch_packets(struct client *c, const json_t *request)
{
    watch(c, request, WATCH_PACKETS, "event");
}
