/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql_session: what is remembered of a session of MySQL, and its beginning: greeting, login, and
 * what follows that up to the server's decision.
 */
#ifndef SUPPORT_MYSQL_SESSION_H
#define SUPPORT_MYSQL_SESSION_H

#include "support/mysql_frames.h"
#include "support/mysql_packet.h"

enum {
    MYSQL_GREETING_MAX = 1024,
    MYSQL_LOGIN_MAX = 128 << 10,
    MYSQL_RESPONSE_MAX = 1024, /* of a packet that is not rows */
    PLUGIN_KEPT = 48,
    USER_KEPT = 32,
};

enum phase {
    PHASE_GREETING,
    PHASE_LOGIN, /* and what follows it, up to the server's decision */
    PHASE_COMMAND,
};

struct mysql_state {
    uint64_t rows; /* bit n: the response to the n-th open command tells affected rows */
    uint32_t caps; /* of the server, then of both */
    uint8_t phase;
    uint8_t open;   /* commands without response */
    uint8_t expect; /* number of the next response's first packet, when fresh */
    uint8_t last;   /* number of the server's last packet */
    uint8_t plugin_n;
    uint8_t user_n;
    char plugin[PLUGIN_KEPT];
    char user[USER_KEPT];
    struct mysql_frames frames;
    bool matched;
    bool greeted;
    bool proxied;   /* a balancer has said whom it speaks for */
    bool login;     /* of the client was seen */
    bool fresh;     /* nothing was open before the open command */
    bool continued; /* the next packet of the client belongs to the command before */
    bool statement; /* which is one */
    bool file;      /* the client sends a file, up to an empty packet */
    bool changing;  /* change_user: the response may be more of authentication */
    bool replica;
    bool compressed;
    bool deaf; /* nothing more can be found */
    bool unpaired;
    bool lost[2]; /* no message boundary known */
};

/* The first packet of the server. */
void mysql_greeting_step(struct parse *, struct mysql_state *, struct cursor *, uint32_t size);
/* The first packet of the client. MATCH: go on behind it. */
enum parse_result mysql_login_step(struct parse *, struct mysql_state *, struct cursor *);
/* The server decides, or asks for more. */
void mysql_auth_step(struct parse *, struct mysql_state *, struct cursor *body);
/* It was decided; `e` says that it was refused. */
void mysql_login_end(struct parse *, struct mysql_state *, const struct mysql_error *e);

void mysql_user_keep(struct mysql_state *, struct span name);
void mysql_login_refused(struct parse *, const struct mysql_state *, uint16_t code);

#endif
