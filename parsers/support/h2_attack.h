/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_attack: what an HTTP/2 connection does that keeps the other end busy for little: streams taken
 * back at once (CVE-2023-44487), floods of small frames, windows that stay shut, header blocks that
 * unpack to a multiple. A note each, once a connection.
 */
#ifndef SUPPORT_H2_ATTACK_H
#define SUPPORT_H2_ATTACK_H

#include "parser/parser.h"
#include "support/h2_frame.h"

/* How often something happened since `since`. */
struct h2_rate {
    uint64_t since;
    uint32_t count;
};

enum { H2_FLOODS = 4 }; /* settings, pings, priorities, empty frames */

/* Of a connection; begins as zeroes. */
struct h2_attack {
    uint16_t told; /* a bit for each note */
    struct h2_rate resets[2];
    struct h2_rate floods[2][H2_FLOODS];
    uint32_t requests;    /* of the client */
    uint32_t taken_back;  /* before there was an answer */
    uint64_t window_shut; /* by the client, when; 0: it is open */
};

/* A frame of p->dir; `left`: bytes of its payload, without padding. */
void h2_attack_frame(struct parse *, struct h2_attack *, const struct h2_frame *, uint32_t left);
/* The server ends a stream. */
void h2_attack_refused(struct parse *, struct h2_attack *, uint32_t code);
/* A request of the client has been taken back, or refused by the server, before an answer. */
void h2_attack_reset(struct parse *, struct h2_attack *);
/* The client begins a stream. */
void h2_attack_request(struct parse *, struct h2_attack *, uint32_t id);
/* It uses a number again that belonged to a stream before. */
void h2_attack_reuse(struct parse *, struct h2_attack *);
/* It says something else before its settings. */
void h2_attack_no_settings(struct parse *, struct h2_attack *);
/* A frame is larger than the other side has allowed. */
void h2_attack_large(struct parse *, struct h2_attack *);
/* A block of so many bytes has become so many. */
void h2_attack_unpacked(struct parse *, struct h2_attack *, uint64_t wire, uint64_t bytes);
/* The client's settings say how large its windows are. */
void h2_attack_window(struct parse *, struct h2_attack *, uint32_t size);
/* Time has passed; `open`: streams that wait for something. */
void h2_attack_tick(struct parse *, struct h2_attack *, unsigned open);

#endif
