/* SPDX-License-Identifier: Apache-2.0
 *
 * mongo_document: what is worth telling in the documents of MongoDB's messages.
 */
#ifndef SUPPORT_MONGO_DOCUMENT_H
#define SUPPORT_MONGO_DOCUMENT_H

#include "parser/parser.h"
#include "support/bson.h"

enum { MONGO_USER_MOST = 48 };

/* What the documents of one message bring. */
struct mongo_reading {
    struct span mechanism;
    struct span user;
    struct span error_name;
    struct span script; /* what the server is to run, by its key or command */
    int64_t error;      /* 0: none */
    int64_t wire;       /* -1: not told */
    struct span version;
    bool has_ok, ok;
    bool begun; /* of the body buffer */
    bool authenticates;
};

/* The document of a command, whose first element names it. */
void mongo_command_read(struct parse *, struct mongo_reading *, struct cursor *in);
/* Documents of users: filters, updates, what is stored. */
void mongo_documents_read(struct parse *, struct mongo_reading *, struct cursor *in);
/* The document that answers a command. */
void mongo_answer_read(struct parse *, struct mongo_reading *, struct cursor *in);

/* The server said: these are the fields of it. */
void mongo_answer_report(struct parse *, const struct mongo_reading *);

#endif
