/* SPDX-License-Identifier: Apache-2.0
 *
 * tns_call: what travels in Oracle's DATA packets: calls of the client and errors of the server.
 *
 * Old clients write numbers as they are in memory and new ones in the fewest bytes, so calls are
 * not read number by number: a text is found by its length in front of it and the word it begins
 * with.
 */
#ifndef SUPPORT_TNS_CALL_H
#define SUPPORT_TNS_CALL_H

#include "parser/parser.h"

/* A text that goes on in the next packet. */
struct tns_text {
    uint32_t left; /* of the chunk */
    uint32_t size; /* of the next one, as far as it is here */
    uint8_t size_left;
    bool chunks; /* another one may follow */
    bool wide;   /* their lengths are numbers of up to four bytes, else one byte */
    bool begun;
};

enum tns_call_kind { TNS_CALL_NONE, TNS_CALL_LOGIN, TNS_CALL_OTHER };

struct tns_call {
    enum tns_call_kind kind;
    const char *name;
};

/* Which call a payload begins with (behind the data flags). */
struct tns_call tns_call_find(struct span payload);

/* The statement of a call, if there is one, and the values behind it. */
void tns_statement_read(struct parse *, struct tns_text *, struct span payload);
/* The statement goes on here: so many bytes are still its. */
size_t tns_statement_more(struct parse *, struct tns_text *, struct span payload);
void tns_values_out(struct parse *, struct span);
bool tns_statement_goes_on(const struct tns_text *);

/* Who logs in; empty when that is not said. */
struct span tns_user_find(struct span payload);

/* The error that ends an answer: "ORA-01017: ...". Empty when there is none. */
struct span tns_error_find(struct span payload, uint32_t *code);

/* Does this answer to the negotiation of services choose encryption? */
bool tns_is_encrypted(struct span payload);

#endif
