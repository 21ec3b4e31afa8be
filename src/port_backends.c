/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of ports, and what opens them.
 */
#include "capture/afpacket.h"
#include "capture/nfqueue.h"
#include "ports.h"

/* Rings that the processor's cache can hold cost least; what finds no room comes again. */
enum { SERVICE_BYTES = 4 << 20, PAIR_BYTES = 2 << 20 };

/* A workload's tap is one worker's; what goes to all, and by far the most comes through, is the
 * work of all. */
static bool open_tap(const struct port_spec *spec, const struct port_means *means,
                     struct port_captures *out, struct err *err)
{
    struct afpacket_place at = {spec->netns, spec->interface, means->memory};

    out->spread = spec->spread;
    out->count = spec->spread ? means->workers : 1;
    return afpacket_tap_spread(&at, out->list, out->count, err);
}

static bool open_service(const struct port_spec *spec, const struct port_means *means,
                         struct port_captures *out, struct err *err)
{
    /* All of a node goes through it. */
    struct afpacket_place at = {.interface = spec->interface,
                                .ring = SERVICE_BYTES / means->workers};

    out->spread = true;
    out->count = means->workers;
    return afpacket_service_spread(&at, out->list, out->count, err);
}

static void change_pair(struct capture *c, const struct port_spec *spec)
{
    afpacket_quarantine(c, spec->quarantine ? QUARANTINE_ON : QUARANTINE_OFF);
}

static bool open_pair(const struct port_spec *spec, const struct port_means *means,
                      struct port_captures *out, struct err *err)
{
    struct afpacket_place outer = {.interface = spec->interface, .ring = PAIR_BYTES},
                          inner = {.interface = spec->inner, .ring = PAIR_BYTES};

    (void)means;
    if (!afpacket_pair(&outer, &inner, spec->mac, out->list, err))
        return false;
    out->count = 2;
    for (size_t i = 0; i < out->count; i++)
        change_pair(out->list[i], spec);
    return true;
}

/* Several are every worker's. All of them or none: packets of one that nobody reads are lost. */
static bool open_queue(const struct port_spec *spec, const struct port_means *means,
                       struct port_captures *out, struct err *err)
{
    size_t count = spec->queue_count > 1 ? spec->queue_count : 1;

    if (count > PORT_CAPTURES)
        return err_set(err, spec->interface, "has %zu queues; allowed: up to %d", count,
                       PORT_CAPTURES);
    out->spread = count > 1;
    while (out->count < count) {
        struct capture *c =
            nfqueue_open(spec->netns, (uint16_t)(spec->queue + out->count), means->queue, err);

        if (c == NULL)
            break;
        out->list[out->count++] = c;
    }
    if (out->count == count)
        return true;
    while (out->count > 0)
        capture_free(out->list[--out->count]);
    return false;
}

const struct port_backend port_backends[] = {
    [PORT_SERVICE] = {.open = open_service},
    [PORT_TAP] = {.open = open_tap},
    [PORT_PAIR] = {.open = open_pair, .change = change_pair},
    [PORT_QUEUE] = {.open = open_queue, .configure = nfqueue_configure},
};
