/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of ports, and what opens them.
 */
#include "capture/afpacket.h"
#include "capture/nfqueue.h"
#include "ports.h"

static bool open_tap(const struct port_spec *spec, struct capture *out[PORT_CAPTURES],
                     struct err *err)
{
    struct afpacket_place at = {spec->netns, spec->interface};

    out[0] = afpacket_tap(&at, err);
    return out[0] != NULL;
}

static bool open_service(const struct port_spec *spec, struct capture *out[PORT_CAPTURES],
                         struct err *err)
{
    struct afpacket_place at = {NULL, spec->interface};

    out[0] = afpacket_service(&at, err);
    return out[0] != NULL;
}

static void change_pair(struct capture *c, const struct port_spec *spec)
{
    afpacket_quarantine(c, spec->quarantine ? QUARANTINE_ON : QUARANTINE_OFF);
}

static bool open_pair(const struct port_spec *spec, struct capture *out[PORT_CAPTURES],
                      struct err *err)
{
    struct afpacket_place outer = {NULL, spec->interface}, inner = {NULL, spec->inner};

    if (!afpacket_pair(&outer, &inner, spec->mac, out, err))
        return false;
    for (int i = 0; i < PORT_CAPTURES; i++)
        change_pair(out[i], spec);
    return true;
}

static bool open_queue(const struct port_spec *spec, struct capture *out[PORT_CAPTURES],
                       struct err *err)
{
    out[0] = nfqueue_open(spec->netns, spec->queue, err);
    return out[0] != NULL;
}

const struct port_backend port_backends[] = {
    [PORT_SERVICE] = {.open = open_service},
    [PORT_TAP] = {.open = open_tap},
    [PORT_PAIR] = {.open = open_pair, .change = change_pair},
    [PORT_QUEUE] = {.open = open_queue},
};
