/* SPDX-License-Identifier: Apache-2.0
 *
 * redis_command: one command as it stands on the wire, the commands we know, and what there is to
 * tell about each.
 */
#ifndef SUPPORT_REDIS_COMMAND_H
#define SUPPORT_REDIS_COMMAND_H

#include "parser/parser.h"

enum {
    REDIS_ARGS_KEPT = 8,
    REDIS_ARG_KEPT = 4096, /* of one argument; a longer one ends what is kept */
    REDIS_WORD_KEPT = 24,
};

/* What a command means for the parser. */
enum redis_act {
    PLAIN,
    USER,
    HELLO,
    ACL,
    CLIENT,
    SELECT,
    CONFIG,
    MODULE,
    SCRIPT,
    FUNCTION,
    EVAL,
    REPLICATION,
    DEBUG,
    FLUSH,
    SHUTDOWN,
    MIGRATE,
    SUBSCRIBE,
    MONITOR,
    SYNC,
    INFO,
    QUIT,
};

struct redis_verb {
    char name[18];
    uint8_t key; /* place of the first key, 0 when none is known */
    uint8_t act;
};

/* In upper case, filled with zeros. */
struct redis_word {
    uint8_t text[REDIS_WORD_KEPT];
    size_t n;
};

/* Names that a session used last, as they were written: most use few. */
struct redis_recent {
    uint64_t letters[4];
    uint16_t place[4];
};

struct redis_command {
    struct span arg[REDIS_ARGS_KEPT]; /* the name is the first */
    uint32_t kept;
    uint32_t count;                /* as announced; 0: nothing that Redis would run */
    uint64_t cut;                  /* bytes left of the last kept argument */
    struct span name;              /* in upper case; of the verb or of the word */
    struct redis_word word;        /* only when the name was not used before */
    const struct redis_verb *verb; /* never NULL once the name is known */
    bool is_inline;
};

/* Both set word and verb, and leave what nobody will look at. */
void redis_array_read(struct cursor *, struct redis_recent *, struct redis_command *);
void redis_inline_read(struct cursor *, struct redis_recent *, struct redis_command *);

struct redis_word redis_word_of(struct span);
bool redis_is_name(uint8_t);
bool redis_word_is_name(const struct redis_word *);
bool redis_word_begins_verb(const struct redis_word *);
bool redis_word_is_verb(const struct redis_word *);

/* The first word of a message to a subscriber. */
bool redis_word_is_pushed(struct span);
bool redis_arg_is(const struct redis_command *, uint32_t at, struct span word);
/* Who logs in with it; may be empty. */
struct span redis_command_user(const struct redis_command *);
void redis_command_fields(struct parse *, const struct redis_command *);
const char *redis_command_danger(const struct redis_command *);

static inline bool redis_verb_known(const struct redis_command *cmd)
{
    return cmd->verb->name[0] != '\0';
}

#endif
