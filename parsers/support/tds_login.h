/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_login: how a connection begins: PRELOGIN (MS-TDS 2.2.6.5), LOGIN7 (2.2.6.4) and the login of
 * TDS 4 and 5.
 */
#ifndef SUPPORT_TDS_LOGIN_H
#define SUPPORT_TDS_LOGIN_H

#include "support/tds_text.h"

enum { TDS_USER_MOST = 40 };

/* What the rest of the connection has to know. */
struct tds_login {
    char user[TDS_USER_MOST];
    uint8_t user_n;
    uint8_t version;    /* 0: not known; 0x42, 0x50, TDS_70 .. TDS_74 */
    uint8_t encryption; /* of the server's PRELOGIN, and one more; 0: not known */
};

enum {
    TDS_ENCRYPT_LOGIN = 0 + 1,
    TDS_ENCRYPT_ALL = 1 + 1,
    TDS_ENCRYPT_NOT = 2 + 1,
    TDS_ENCRYPT_REQUIRED = 3 + 1,
};

/* A whole table of options, in which each lies inside the message. */
bool tds_prelogin_test(struct span message);
void tds_prelogin_read(struct parse *, struct tds_login *, struct span message);

/* The beginning of a message of `length` bytes, more than which may be missing when it is 0. */
bool tds_login7_test(struct span message, size_t length);
void tds_login7_read(struct parse *, struct tds_login *, struct span message);

bool tds_old_login_test(struct span message);
void tds_old_login_read(struct parse *, struct tds_login *, struct span message);

#endif
