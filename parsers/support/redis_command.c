/* SPDX-License-Identifier: Apache-2.0
 *
 * redis_command: see redis_command.h.
 */
#include "support/redis_command.h"
#include "support/resp.h"

#include <endian.h>

static const struct redis_verb verbs[] = {
#define COMMAND(name, key, act) {name, key, act},
#include "support/redis_commands.def"
#undef COMMAND
};

static const struct redis_verb verb_unknown = {"", 0, PLAIN};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]), SORT_BYTES = 16 };

static uint64_t repeated(uint8_t byte)
{
    return byte * 0x0101010101010101ULL;
}

/* Eight letters at once: those from a to z lose the bit that makes them small. */
static uint64_t upper_case(uint64_t v)
{
    uint64_t low = v & repeated(0x7f);
    uint64_t from_a = low + repeated(0x80 - 'a');
    uint64_t behind_z = low + repeated(0x7f - 'z');
    uint64_t letters = (from_a ^ behind_z) & ~v & repeated(0x80);

    return v - (letters >> 2);
}

/* Up to eight, the first in the lowest byte; reads that overlap say the same twice. */
static uint64_t letters_of(struct span s)
{
    if (s.n >= 4)
        return le32_at(s.p) | (uint64_t)le32_at(s.p + s.n - 4) << (s.n - 4) * 8;
    if (s.n == 0)
        return 0;
    return s.p[0] | (uint32_t)s.p[s.n / 2] << s.n / 2 * 8 | (uint32_t)s.p[s.n - 1] << (s.n - 1) * 8;
}

static void word_set(struct redis_word *w, struct span s)
{
    s = span_first(s, REDIS_WORD_KEPT);
    w->n = s.n;
    memset(w->text, 0, sizeof(w->text));
    for (size_t at = 0; at < s.n; at += 8) {
        uint64_t v = upper_case(letters_of(span_first(span_from(s, at), 8)));

        v = htole64(v);
        memcpy(w->text + at, &v, sizeof(v));
    }
}

struct redis_word redis_word_of(struct span s)
{
    struct redis_word w = {.n = 0};

    word_set(&w, s);
    return w;
}

bool redis_is_name(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool redis_word_is_name(const struct redis_word *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (!redis_is_name(w->text[i]))
            return false;
    return w->n > 0;
}

static uint64_t eight_letters(const void *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return be64toh(v);
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

static bool is_verb(const struct redis_verb *verb, const struct redis_word *w)
{
    return memcmp(verb->name, w->text, SORT_BYTES) == 0;
}

bool redis_word_is_verb(const struct redis_word *w)
{
    return is_verb(verb_floor(w), w);
}

static bool name_search(struct redis_command *cmd)
{
    word_set(&cmd->word, cmd->arg[0]);
    cmd->name = span_of(cmd->word.text, cmd->word.n);
    cmd->verb = verb_floor(&cmd->word);
    if (is_verb(cmd->verb, &cmd->word))
        return true;
    cmd->verb = &verb_unknown;
    return false;
}

static void name_find(struct redis_command *cmd, struct redis_recent *recent)
{
    struct span name = cmd->arg[0];
    uint64_t letters = name.n <= sizeof(letters) ? letters_of(name) : 0;
    size_t i = (letters ^ letters >> 8 ^ name.n) % 4;

    if (letters && recent->letters[i] == letters) {
        cmd->verb = &verbs[recent->place[i]];
        cmd->name = span_of(cmd->verb->name, name.n);
        return;
    }
    if (!name_search(cmd))
        return;
    recent->letters[i] = letters;
    recent->place[i] = (uint16_t)(cmd->verb - verbs);
}

/* How many of the arguments will be looked at. */
static uint32_t args_wanted(const struct redis_command *cmd)
{
    uint32_t wanted = cmd->verb->act == PLAIN ? cmd->verb->key + 1u : REDIS_ARGS_KEPT;

    return wanted < cmd->count ? wanted : cmd->count;
}

static void arg_read(struct cursor *in, struct redis_command *cmd)
{
    int64_t n = resp_head(in, '$', RESP_BULK_MAX);
    struct span *arg = &cmd->arg[cmd->kept++];

    if (n < 0)
        cur_fail(in);
    if (n > REDIS_ARG_KEPT) {
        *arg = cur_span(in, REDIS_ARG_KEPT);
        cmd->cut = (uint64_t)n - REDIS_ARG_KEPT + 2;
        return;
    }
    *arg = span_first(cur_span(in, (size_t)n + 2), (size_t)n);
}

/* The cursor is a copy of its own, so that it can stay in registers. */
void redis_array_read(struct cursor *outer, struct redis_recent *recent, struct redis_command *cmd)
{
    struct cursor in = *outer;
    uint32_t wanted = 1;
    int64_t count;

    count = resp_head(&in, '*', RESP_COUNT_MAX);
    if (count == RESP_STREAMED)
        cur_fail(&in);
    if (count <= 0)
        wanted = 0;
    else
        cmd->count = (uint32_t)count;
    while (cmd->kept < wanted && cmd->cut == 0) {
        arg_read(&in, cmd);
        if (in.state != CUR_OK)
            break;
        if (cmd->kept > 1)
            continue;
        name_find(cmd, recent);
        wanted = args_wanted(cmd);
    }
    *outer = in;
}

/* The next argument of a line: bare, or in quotes. The line is trimmed and not empty. */
static struct span token_next(struct span *line)
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

void redis_inline_read(struct cursor *in, struct redis_recent *recent, struct redis_command *cmd)
{
    struct span line = span_trim(cur_line(in, RESP_LINE_MAX));

    cmd->is_inline = true;
    while (line.n) {
        struct span token = token_next(&line);

        if (cmd->kept < REDIS_ARGS_KEPT)
            cmd->arg[cmd->kept++] = token;
        cmd->count++;
    }
    if (cmd->count)
        name_find(cmd, recent);
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
 * somebody may have forgotten the user, and not the password. So may AUTH with one word. */
struct span redis_command_user(const struct redis_command *cmd)
{
    if (cmd->verb->act == USER)
        return cmd->count == 3 && cmd->kept > 1 ? cmd->arg[1] : span_of("", 0);
    for (uint32_t i = 2; i + 1 < cmd->kept; i++)
        if (redis_arg_is(cmd, i, SPAN("AUTH")) && i + 2 < cmd->count)
            return cmd->arg[i + 1];
    return span_of("", 0);
}

static void field_user(struct parse *p, const struct redis_command *cmd)
{
    struct span user = redis_command_user(cmd);

    if (user.n)
        parse_field(p, FIELD_REDIS_USER, user);
}

/* Never a password: AUTH with one argument has no user. */
void redis_command_fields(struct parse *p, const struct redis_command *cmd)
{
    switch (cmd->verb->act) {
    case USER:
    case HELLO:
        field_user(p, cmd);
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
    for (size_t i = 0; i < sizeof(dangers) / sizeof(dangers[0]); i++) {
        const struct danger *d = &dangers[i];

        if (d->act != cmd->verb->act || (d->word && !redis_arg_is(cmd, 1, span_text(d->word))))
            continue;
        if (!d->object || names_object(cmd, d->object))
            return d->text;
    }
    return NULL;
}

bool redis_word_is_pushed(struct span word)
{
    static const char *const words[] = {
        "message",    "pmessage",    "smessage",     "subscribe",    "psubscribe",
        "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", NULL,
    };

    for (size_t i = 0; words[i]; i++)
        if (span_equal(word, span_text(words[i])))
            return true;
    return false;
}
