/* SPDX-License-Identifier: Apache-2.0
 *
 * redis_command: see redis_command.h.
 */
#include "support/redis_command.h"
#include "support/resp.h"

static const struct redis_verb verbs[] = {
#define COMMAND(name, key, act) {name, key, act},
#include "support/redis_commands.def"
#undef COMMAND
};

static const struct redis_verb verb_unknown = {"", 0, PLAIN};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]), SORT_BYTES = 16 };

struct redis_word redis_word_of(struct span s)
{
    struct redis_word w = {.n = s.n < REDIS_WORD_KEPT ? s.n : REDIS_WORD_KEPT};

    for (size_t i = 0; i < w.n; i++) {
        uint8_t c = s.p[i];

        w.text[i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
    }
    return w;
}

bool redis_word_is_name(const struct redis_word *w)
{
    for (size_t i = 0; i < w->n; i++) {
        uint8_t c = w->text[i];

        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return w->n > 0;
}

static uint64_t eight_letters(const void *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return __builtin_bswap64(v);
}

/* The first verb that does not stand before the word: two numbers compare like 16 letters. */
static const struct redis_verb *verb_floor(const struct redis_word *w)
{
    uint64_t high = eight_letters(w->text);
    uint64_t low = eight_letters(w->text + 8);
    size_t from = 0;
    size_t to = VERBS - 1;

    while (from < to) {
        size_t mid = (from + to) / 2;
        uint64_t key = eight_letters(verbs[mid].name);

        if (key < high || (key == high && eight_letters(verbs[mid].name + 8) < low))
            from = mid + 1;
        else
            to = mid;
    }
    return &verbs[from];
}

bool redis_word_begins_verb(const struct redis_word *w)
{
    return memcmp(verb_floor(w)->name, w->text, w->n < SORT_BYTES ? w->n : SORT_BYTES) == 0;
}

const struct redis_verb *redis_verb_find(const struct redis_word *w)
{
    const struct redis_verb *verb = verb_floor(w);

    return memcmp(verb->name, w->text, SORT_BYTES) == 0 ? verb : NULL;
}

static void command_name(struct redis_command *cmd)
{
    const struct redis_verb *verb;

    cmd->word = redis_word_of(cmd->arg[0]);
    verb = redis_verb_find(&cmd->word);
    cmd->verb = verb ? verb : &verb_unknown;
}

/* How many of the arguments will be looked at. */
static uint32_t args_wanted(const struct redis_command *cmd)
{
    uint32_t wanted = cmd->verb->act == PLAIN ? cmd->verb->key + 1u : REDIS_ARGS_KEPT;

    return wanted < cmd->count ? wanted : cmd->count;
}

static void arg_read(struct cursor *in, struct redis_command *cmd)
{
    int64_t n;

    if (cur_u8(in) != '$')
        cur_fail(in);
    n = resp_number(in, RESP_BULK_MAX);
    if (n < 0)
        cur_fail(in);
    if (n > REDIS_ARG_KEPT) {
        cmd->arg[cmd->kept++] = cur_span(in, REDIS_ARG_KEPT);
        cmd->cut = (uint64_t)n - REDIS_ARG_KEPT + 2;
        return;
    }
    cmd->arg[cmd->kept++] = cur_span(in, (size_t)n);
    cur_skip(in, 2);
}

void redis_array_read(struct cursor *in, struct redis_command *cmd)
{
    int64_t count;
    uint32_t wanted;

    cur_skip(in, 1);
    count = resp_number(in, RESP_COUNT_MAX);
    if (in->state != CUR_OK || count <= 0)
        return;
    cmd->count = (uint32_t)count;
    arg_read(in, cmd);
    command_name(cmd);
    wanted = args_wanted(cmd);
    while (cmd->kept < wanted && cmd->cut == 0 && in->state == CUR_OK)
        arg_read(in, cmd);
}

struct span redis_token(struct span *line)
{
    struct span token;
    size_t n = 0;

    if (line->p[0] == '"' || line->p[0] == '\'') {
        token = span_from(*line, 1);
        n = span_index(token, line->p[0]);
        *line = span_trim(span_from(token, n + 1));
        return span_first(token, n);
    }
    while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
        n++;
    token = span_first(*line, n);
    *line = span_trim(span_from(*line, n));
    return token;
}

void redis_inline_read(struct cursor *in, struct redis_command *cmd)
{
    struct span line = span_trim(cur_line(in, RESP_LINE_MAX));

    cmd->is_inline = true;
    while (line.n) {
        struct span token = redis_token(&line);

        if (cmd->kept < REDIS_ARGS_KEPT)
            cmd->arg[cmd->kept++] = token;
        cmd->count++;
    }
    if (cmd->count)
        command_name(cmd);
}

bool redis_arg_is(const struct redis_command *cmd, uint32_t at, struct span word)
{
    return at < cmd->kept && span_equal_nocase(cmd->arg[at], word);
}

static void field_arg(struct parse *p, enum field f, const struct redis_command *cmd, uint32_t at)
{
    if (at < cmd->kept)
        parse_field(p, f, cmd->arg[at]);
}

static void field_database(struct parse *p, const struct redis_command *cmd)
{
    struct span text = cmd->kept > 1 ? cmd->arg[1] : SPAN("");
    uint64_t value = 0;

    if (text.n == 0 || text.n > 9)
        return;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return;
        value = value * 10 + (uint64_t)(text.p[i] - '0');
    }
    parse_uint(p, FIELD_REDIS_DATABASE, value);
}

/* The user of HELLO stands behind the word AUTH, wherever that is. Without a second word behind it
 * somebody may have forgotten the user, and not the password. */
static void field_hello(struct parse *p, const struct redis_command *cmd)
{
    for (uint32_t i = 2; i < cmd->kept; i++) {
        if (redis_arg_is(cmd, i, SPAN("AUTH")) && i + 2 < cmd->count) {
            field_arg(p, FIELD_REDIS_USER, cmd, i + 1);
            return;
        }
    }
}

/* Never a password: AUTH with one argument has no user. */
void redis_command_fields(struct parse *p, const struct redis_command *cmd)
{
    switch (cmd->verb->act) {
    case USER:
        if (cmd->count == 3)
            field_arg(p, FIELD_REDIS_USER, cmd, 1);
        break;
    case HELLO:
        field_hello(p, cmd);
        break;
    case ACL:
        if (redis_arg_is(cmd, 1, SPAN("SETUSER")) || redis_arg_is(cmd, 1, SPAN("GETUSER")) ||
            redis_arg_is(cmd, 1, SPAN("DELUSER")))
            field_arg(p, FIELD_REDIS_USER, cmd, 2);
        break;
    case CLIENT:
        if (redis_arg_is(cmd, 1, SPAN("SETINFO")) && redis_arg_is(cmd, 2, SPAN("LIB-NAME")))
            field_arg(p, FIELD_REDIS_LIBRARY, cmd, 3);
        break;
    case SELECT:
        field_database(p, cmd);
        break;
    default:
        /* Keys behind a count: a count of zero means that there are none. */
        if (cmd->verb->key && !(cmd->verb->key == 3 && redis_arg_is(cmd, 2, SPAN("0"))))
            field_arg(p, FIELD_REDIS_KEY, cmd, cmd->verb->key);
        break;
    }
}

struct danger {
    uint8_t act;
    const char *word;   /* the second word of the command, NULL: any */
    const char *object; /* among the names that follow it, NULL: any */
    const char *text;
};

static const struct danger dangers[] = {
    {CONFIG, "SET", "dir", "Redis CONFIG SET of the database file"},
    {CONFIG, "SET", "dbfilename", "Redis CONFIG SET of the database file"},
    {MODULE, "LOAD", NULL, "Redis MODULE LOAD"},
    {MODULE, "LOADEX", NULL, "Redis MODULE LOAD"},
    {SCRIPT, "LOAD", NULL, "Redis SCRIPT LOAD"},
    {FUNCTION, "LOAD", NULL, "Redis FUNCTION LOAD"},
    {ACL, "SETUSER", NULL, "Redis ACL SETUSER"},
    {EVAL, NULL, NULL, "Redis EVAL"},
    {REPLICATION, NULL, NULL, "Redis REPLICAOF"},
    {DEBUG, NULL, NULL, "Redis DEBUG"},
    {FLUSH, NULL, NULL, "Redis FLUSHALL"},
    {SHUTDOWN, NULL, NULL, "Redis SHUTDOWN"},
    {MIGRATE, NULL, NULL, "Redis MIGRATE"},
};

/* CONFIG SET takes several names, each with a value. */
static bool names_object(const struct redis_command *cmd, const char *object)
{
    for (uint32_t i = 2; i < cmd->kept; i += 2)
        if (redis_arg_is(cmd, i, span_text(object)))
            return true;
    return false;
}

const char *redis_command_danger(const struct redis_command *cmd)
{
    if (cmd->verb->act == PLAIN)
        return NULL;
    for (size_t i = 0; i < sizeof(dangers) / sizeof(dangers[0]); i++) {
        const struct danger *d = &dangers[i];

        if (d->act != cmd->verb->act || (d->word && !redis_arg_is(cmd, 1, span_text(d->word))))
            continue;
        if (!d->object || names_object(cmd, d->object))
            return d->text;
    }
    return NULL;
}
