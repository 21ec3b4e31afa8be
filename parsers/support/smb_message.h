/* SPDX-License-Identifier: Apache-2.0
 *
 * smb_message: one message of SMB 1 ([MS-CIFS]) or SMB 2 and 3 ([MS-SMB2]): its header, and what it
 * tells about dialects, logins, shares and files.
 */
#ifndef SUPPORT_SMB_MESSAGE_H
#define SUPPORT_SMB_MESSAGE_H

#include "parser/parser.h"

enum smb_kind { SMB_1 = 0xff, SMB_2 = 0xfe, SMB_SEALED = 0xfd, SMB_PACKED = 0xfc };

enum { SMB1_HEAD = 32, SMB2_HEAD = 64, SMB_USER = 63, SMB_DIALECTS = 16 };

/* Commands of version 1 that both versions' messages are judged by. */
enum { SMB1_SETUP = 0x73, SMB1_TREE = 0x75, SMB1_CANCEL = 0xa4 };

struct smb_head {
    bool one; /* of version 1 */
    bool answer;
    uint16_t command;
    uint32_t status; /* of answers */
    uint32_t next;   /* SMB 2: where the next message of this frame begins; 0: there is none */
    uint64_t id;
    uint64_t session;
    uint32_t tree;
};

/* What outlives a message. */
struct smb_known {
    uint8_t n;
    uint8_t user[SMB_USER]; /* who has tried to log in last */
    uint8_t offered_n;
    uint8_t offered[SMB_DIALECTS]; /* dialects of version 1; places in a table */
    bool told;                     /* that version 1 is spoken */
    bool asked;                    /* what version is spoken, in version 1 */
    uint64_t asked_id;             /* of that message: 2 may answer it */
};

/* The header, behind the four bytes of the kind. */
struct smb_head smb1_head_read(struct cursor *);
struct smb_head smb2_head_read(struct cursor *);

/* For both versions: in front of a message's fields and behind them, and who NTLMSSP in it names.
 */
void smb_begin(struct parse *, const struct smb_head *);
void smb_end(struct parse *, const struct smb_head *, const struct smb_known *);
void smb_login_report(struct parse *, struct span blob, struct smb_known *);

/* Reports a whole message: header and body. */
void smb1_report(struct parse *, const struct smb_head *, struct span message, struct smb_known *);
void smb2_report(struct parse *, const struct smb_head *, struct span message, struct smb_known *);

/* Where the data of a WRITE or of the answer to a READ stand in an SMB 2 message. False: it is
 * neither, or the bytes do not say. */
struct smb_data {
    uint32_t offset, length;
};
bool smb2_data_read(const struct smb_head *, struct span message, struct smb_data *);

#endif
