/* SPDX-License-Identifier: Apache-2.0
 *
 * probe: frames that know each other again, sent through a packet socket at one end of a cable and
 * looked for in a capture or at another socket.
 */
#ifndef CHECK_PROBE_H
#define CHECK_PROBE_H

#include "capture/capture.h"
#include "check/netlab.h"

enum { PROBE_BYTES = 9000, PROBE_TYPE = 0x88b5 /* IEEE 802: for local experiments */ };

struct probe {
    uint32_t number; /* which one: stands in its payload */
    size_t n;
    uint8_t bytes[PROBE_BYTES];
};

/* From one MAC address to another. */
struct probe_ends {
    uint8_t to[6], from[6];
};

/* A frame of the experimental type. `tag`: of VLAN 802.1Q in front of the type; 0: none. */
void probe_make(struct netlab *, struct probe *, const struct probe_ends *, uint16_t tag);
/* Puts the mark and the number at `at`, for frames made elsewhere. */
enum { PROBE_MARK_BYTES = 16 };
void probe_mark(struct netlab *, struct probe *, uint8_t *at);

/* A packet socket bound to an interface; it does not see what is sent here. -1 and err. */
int probe_socket(struct netlab *, enum netlab_side, const char *interface, struct err *);
bool probe_send(int fd, const struct probe *, struct err *);

/* What has come. */
struct sighting {
    uint32_t n;
    uint32_t others;  /* probes that came before it, at sockets */
    uint32_t times;   /* in one batch, of captures */
    uint8_t checksum; /* enum checksum_status, of captures */
    uint8_t bytes[PROBE_BYTES + 32];
};

/* Waits until the probe is at the socket; other frames are forgotten. */
bool probe_arrives(const struct netlab *, int fd, const struct probe *, struct sighting *);
/* Has it come, among what is at the socket now? Takes all that. */
bool probe_is_there(int fd, const struct probe *);
/* Waits until the capture has received the probe, and decides it so. Other frames are dropped. */
bool probe_decide(const struct netlab *, struct capture *, const struct probe *, enum verdict,
                  struct sighting *);
/* The same bytes? */
bool probe_equals(const struct probe *, const struct sighting *);

#endif
