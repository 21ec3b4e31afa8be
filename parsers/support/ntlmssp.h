/* SPDX-License-Identifier: Apache-2.0
 *
 * ntlmssp: who logs in, from the third message of NTLM ([MS-NLMP] section 2.2.1.3), wherever it
 * stands inside a security blob. Names are in UTF-16 or in the client's old alphabet.
 */
#ifndef SUPPORT_NTLMSSP_H
#define SUPPORT_NTLMSSP_H

#include "base/cursor.h"

enum { NTLMSSP_NAME = 128 }; /* bytes of UTF-8 that are kept of each name */

struct ntlmssp {
    uint8_t type; /* 1 to 3; 0: there is none in the blob */
    uint8_t user_n, domain_n, host_n;
    char user[NTLMSSP_NAME], domain[NTLMSSP_NAME], host[NTLMSSP_NAME];
};

/* Looks through the blob. */
struct ntlmssp ntlmssp_read(struct span blob);

#endif
