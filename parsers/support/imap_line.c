/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands, tags, strings and literals of IMAP.
 */
#include "support/imap_line.h"

#include "support/dialogue.h"

enum { TAG_MOST = 32, LITERAL_LOOK = 24 };

static const char *const words[] = {
    "LOGIN",       "AUTHENTICATE", "STARTTLS", "COMPRESS",  "APPEND",      "SELECT", "EXAMINE",
    "CREATE",      "DELETE",       "RENAME",   "SUBSCRIBE", "UNSUBSCRIBE", "STATUS", "GETQUOTAROOT",
    "UID",         "CAPABILITY",   "NOOP",     "LOGOUT",    "LIST",        "LSUB",   "XLIST",
    "CHECK",       "CLOSE",        "UNSELECT", "EXPUNGE",   "SEARCH",      "FETCH",  "STORE",
    "COPY",        "MOVE",         "IDLE",     "NAMESPACE", "ID",          "ENABLE", "GETQUOTA",
    "SETQUOTA",    "GETACL",       "SETACL",   "MYRIGHTS",  "SORT",        "THREAD", "GETMETADATA",
    "SETMETADATA", "NOTIFY",       NULL,
};

enum { FIRST_MAILBOX = 5, LAST_MAILBOX = 13 }; /* places in the list */

enum imap_word imap_word(struct span word)
{
    static const uint8_t first[] = {IMAP_LOGIN, IMAP_AUTHENTICATE, IMAP_STARTTLS, IMAP_COMPRESS,
                                    IMAP_APPEND};
    int i = dialogue_find(word, words);

    if (i < 0)
        return IMAP_NOTHING;
    if (i < FIRST_MAILBOX)
        return (enum imap_word)first[i];
    if (i <= LAST_MAILBOX)
        return IMAP_MAILBOX;
    return i == LAST_MAILBOX + 1 ? IMAP_UID : IMAP_OTHER;
}

static bool is_tag_byte(uint8_t c)
{
    return c > ' ' && c < 0x7f && strchr("(){%*\"\\+]", c) == NULL;
}

bool imap_is_tag(struct span word)
{
    if (word.n == 0 || word.n > TAG_MOST)
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (!is_tag_byte(word.p[i]))
            return false;
    return true;
}

bool imap_literal(struct span line, uint64_t *n)
{
    struct span tail = line.n > LITERAL_LOOK ? span_from(line, line.n - LITERAL_LOOK) : line;
    size_t open = tail.n;

    if (tail.n < 3 || tail.p[tail.n - 1] != '}')
        return false;
    while (open > 0 && tail.p[open - 1] != '{')
        open--;
    tail.n--;
    if (tail.n && tail.p[tail.n - 1] == '+')
        tail.n--;
    return open > 0 && open <= tail.n && dialogue_number(span_from(tail, open), UINT32_MAX, n);
}

struct span imap_before_literal(struct span line)
{
    size_t end = line.n;

    while (end > 0 && line.p[end - 1] != '{')
        end--;
    line = span_trim(span_first(line, end ? end - 1 : 0));
    return line.n && line.p[line.n - 1] == '~' ? span_first(line, line.n - 1) : line;
}

/* Takes "<4096>" off its end. */
static struct span origin_take(struct span *item)
{
    size_t start = item->n;
    struct span origin;

    if (item->n == 0 || item->p[item->n - 1] != '>')
        return span_of("", 0);
    while (start > 0 && item->p[start - 1] != '<')
        start--;
    origin = span_first(span_from(*item, start), item->n - start - 1);
    *item = span_first(*item, start ? start - 1 : 0);
    return origin;
}

bool imap_origin(struct span before, uint64_t *at)
{
    return dialogue_number(origin_take(&before), UINT32_MAX, at);
}

static bool ends_with(struct span s, struct span end)
{
    return s.n >= end.n && span_equal_nocase(span_from(s, s.n - end.n), end);
}

enum imap_item imap_item(struct span item)
{
    (void)origin_take(&item);
    if (ends_with(item, SPAN("RFC822")) || ends_with(item, SPAN("BODY[]")) ||
        ends_with(item, SPAN("BINARY[]")))
        return IMAP_MESSAGE;
    if (ends_with(item, SPAN("TEXT]")) || ends_with(item, SPAN("RFC822.TEXT")))
        return IMAP_TEXT;
    return IMAP_SECTION;
}

/* The end of a string, behind its first quote. */
static size_t quote_end(struct span s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != '"')
        n += s.p[n] == '\\' ? 2 : 1;
    return n < s.n ? n : s.n;
}

/* BODY[1], BINARY[2.3], and whole messages by their names. */
static bool is_part(struct span item)
{
    size_t open;

    (void)origin_take(&item);
    if (imap_item(item) != IMAP_SECTION)
        return true;
    if (!ends_with(item, SPAN("]")))
        return false;
    for (open = item.n; open > 0 && item.p[open - 1] != '[';)
        open--;
    item = span_first(item, open);
    return ends_with(item, SPAN("BODY[")) || ends_with(item, SPAN("BINARY["));
}

bool imap_string_next(struct span *line, struct imap_string *string)
{
    while (line->n) {
        size_t open = span_index(*line, '"');
        struct span rest = span_from(*line, open + 1);
        size_t end = quote_end(rest);

        *string = (struct imap_string){span_trim(span_first(*line, open)), span_first(rest, end)};
        *line = span_from(rest, end + 1);
        if (string->text.n && is_part(string->before))
            return true;
    }
    return false;
}

struct span imap_argument(struct span *line)
{
    struct span rest = span_trim(*line), text;
    size_t n;

    if (rest.n == 0 || rest.p[0] != '"')
        return dialogue_word(line);
    rest = span_from(rest, 1);
    n = quote_end(rest);
    text = span_first(rest, n);
    *line = span_from(rest, n + 1);
    return text;
}

static bool probe_client(struct span first)
{
    size_t n = 0;

    while (n < first.n && is_tag_byte(first.p[n]))
        n++;
    if (n == 0 || n > TAG_MOST)
        return false;
    if (n == first.n)
        return true;
    if (first.p[n] != ' ')
        return false;
    first = span_from(first, n + 1);
    return first.n == 0 || dialogue_begins(first, words);
}

bool imap_probe(enum dir from, struct span first)
{
    static const char *const greetings[] = {"OK", "PREAUTH", "BYE", NULL};

    if (from == DIR_CLIENT)
        return probe_client(first);
    if (first.p[0] != '*' || (first.n > 1 && first.p[1] != ' '))
        return false;
    return first.n <= 2 || dialogue_begins(span_from(first, 2), greetings);
}
