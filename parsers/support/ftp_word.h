/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp_word: commands and codes of FTP, and the addresses that its messages name.
 */
#ifndef SUPPORT_FTP_WORD_H
#define SUPPORT_FTP_WORD_H

#include "parser/parser.h"

enum ftp_word {
    FTP_NOTHING,
    FTP_USER,
    FTP_PASS, /* and others whose argument is a secret */
    FTP_AUTH,
    FTP_PORT,
    FTP_EPRT,
    FTP_PASV,
    FTP_EPSV,
    FTP_FILE,   /* works on a named file or directory, and few other protocols have it */
    FTP_OWN,    /* few other protocols have it */
    FTP_COMMON, /* others have it too */
};

/* Where a data connection goes. */
struct ftp_end {
    struct ipaddr addr; /* family 0: the message names none */
    uint16_t port;
};

enum ftp_word ftp_word(struct span word);
/* Does a server answer with this code (RFC 959 section 4.2.2, RFC 2228, RFC 2428)? */
bool ftp_code(unsigned code);
/* ... and hardly one of another protocol that greets with 220. */
bool ftp_code_own(unsigned code);
/* A greeting that names the protocol. */
bool ftp_says_so(struct span greeting);
/* "10,0,0,1,4,1" somewhere in a text, as PORT and 227 have it. */
bool ftp_end_port(struct span text, struct ftp_end *);
/* "|1|10.0.0.1|1025|", as EPRT has it and, without the first two, 229. */
bool ftp_end_extended(struct span text, struct ftp_end *);
bool ftp_probe(enum dir from, struct span first);

#endif
