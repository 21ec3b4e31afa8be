/* SPDX-License-Identifier: Apache-2.0
 *
 * amqp: what the three files of AMQP share: `../amqp.c` reads protocol headers, amqp_frames.c the
 * frames of 0-8 to 0-9-1, amqp_one.c those of 1.0.
 */
#ifndef SUPPORT_AMQP_H
#define SUPPORT_AMQP_H

#include "parser/parser.h"
#include "support/bodies.h"
#include "support/sasl_user.h"

enum {
    AMQP_HEAD_MOST = 12 << 10, /* of a frame is read */
    AMQP_FRAME_MOST = 16 << 20,
    AMQP_OPEN_MAX = 16,
    AMQP_WHO_MAX = 40,
};

enum amqp_mode { AMQP_UNKNOWN, AMQP_FRAMES, AMQP_ONE };

struct amqp_open {
    uint16_t channel;
    uint8_t class, method;
};

struct amqp_state {
    struct amqp_open open[AMQP_OPEN_MAX]; /* unanswered, as the engine has them, oldest first */
    uint64_t body_left[2];                /* of the content announced last */
    uint16_t body_channel[2];
    uint8_t open_count;
    uint8_t mode;      /* enum amqp_mode */
    uint8_t mechanism; /* enum sasl_kind */
    uint8_t frames;    /* whole ones seen */
    uint8_t protocol;  /* of 1.0: the client's last header, plus 1 */
    uint8_t who_len;
    char who[AMQP_WHO_MAX];
    bool matched;
    bool old;           /* 0-8: its numbers of connection.close are others */
    bool foreign;       /* 0-10: its frames are not read */
    bool login;         /* the login's transaction is open */
    bool header[2];     /* a protocol header was seen */
    bool content[2];    /* the transaction waits for the content's header */
    bool body_begun[2]; /* of the content */
    bool end[2];        /* the octet behind a frame is due */
    bool begun[2];
    bool lost[2]; /* no frame boundary known */
};

struct rest amqp_frames_step(struct parse *, struct amqp_state *, struct cursor *);
struct rest amqp_one_step(struct parse *, struct amqp_state *, struct cursor *);

/* Could a frame begin so? */
bool amqp_frames_begin(struct span first);
bool amqp_one_begins(struct span first);

/* A frame that nothing contradicts: the more of them, the better. */
void amqp_prove(struct parse *, struct amqp_state *, bool is_telling);

/* The one transaction of the login, of both sides; only while no other is open. */
bool amqp_login_begin(struct parse *, struct amqp_state *);
void amqp_login_end(struct parse *, struct amqp_state *);
void amqp_user(struct parse *, struct amqp_state *, struct span user);
void amqp_refused(struct parse *, const struct amqp_state *, const char *text);
/* What a server says about itself decides the label. */
void amqp_product(struct parse *, struct span product);

#endif
