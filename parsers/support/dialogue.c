/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines, words, replies and what waits for them.
 */
#include "support/dialogue.h"

static enum parse_result verdict(const bool *matched)
{
    return *matched ? PARSE_MATCH : PARSE_MORE;
}

enum parse_result dialogue_walk(struct parse *p, struct cursor *in, dialogue_step *step,
                                const bool *matched)
{
    while (in->pos < in->end) {
        struct dialogue_next next = step(p, in);

        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        switch (next.then) {
        case THEN_ON:
            break;
        case THEN_WAIT:
            return verdict(matched);
        case THEN_PASS:
            parse_pass(p, next.n, BUFFER_BODY, next.part);
            return verdict(matched);
        case THEN_SKIP:
            parse_skip(p, next.n);
            return verdict(matched);
        case THEN_UPGRADE:
            parse_upgrade(p);
            return PARSE_DONE;
        case THEN_DONE:
            return PARSE_DONE;
        }
    }
    return in->state == CUR_BAD ? PARSE_REJECT : verdict(matched);
}

bool dialogue_line(struct cursor *in, size_t most, bool *tail, struct span *line)
{
    struct span look = cur_look(in);
    size_t room = most + 2, at;

    if (*tail) {
        at = span_index(look, '\n');
        *tail = at == look.n;
        cur_skip(in, *tail ? look.n : at + 1);
        return false;
    }
    at = span_index(span_first(look, room), '\n');
    if (at == look.n && look.n < room) {
        cur_short(in, 1);
        return false;
    }
    if (at == room) {
        *line = cur_span(in, most);
        *tail = true;
        return true;
    }
    *line = cur_span(in, at);
    cur_skip(in, 1);
    while (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    *line = span_first(*line, most);
    return true;
}

struct span dialogue_word(struct span *line)
{
    struct span rest = span_trim(*line), word;
    size_t n = 0;

    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
        n++;
    word = span_first(rest, n);
    *line = span_trim(span_from(rest, n));
    return word;
}

bool dialogue_number(struct span digits, uint64_t most, uint64_t *value)
{
    uint64_t v = 0;

    if (digits.n == 0)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
        v = v * 10 + (unsigned)(digits.p[i] - '0');
        if (v > most)
            return false;
    }
    *value = v;
    return true;
}

int dialogue_find(struct span word, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (span_equal_nocase(word, span_text(words[i])))
            return i;
    return -1;
}

bool dialogue_begins(struct span first, const char *const *words)
{
    size_t n = 0;

    while (n < first.n && first.p[n] > ' ')
        n++;
    if (n < first.n)
        return dialogue_find(span_first(first, n), words) >= 0;
    for (int i = 0; words[i]; i++)
        if (span_starts_nocase(span_text(words[i]), first))
            return true;
    return false;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool dialogue_reply(struct span line, struct dialogue_reply *r)
{
    if (line.n < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) || !is_digit(line.p[2]))
        return false;
    if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
        return false;
    r->code = (line.p[0] - '0') * 100u + (line.p[1] - '0') * 10u + (line.p[2] - '0');
    r->more = line.n > 3 && line.p[3] == '-';
    r->text = span_trim(span_from(line, 4));
    return true;
}

bool dialogue_is_code(struct span first, const char *classes)
{
    if (strchr(classes, first.p[0]) == NULL || first.p[0] == 0)
        return false;
    for (size_t i = 1; i < 3 && i < first.n; i++)
        if (!is_digit(first.p[i]))
            return false;
    return first.n < 4 || first.p[3] == ' ' || first.p[3] == '-' || first.p[3] == '\r' ||
           first.p[3] == '\n';
}

void dialogue_forget(struct dialogue_asked *a)
{
    a->runs = 0;
    a->lost = true;
}

void dialogue_ask(struct dialogue_asked *a, uint8_t kind)
{
    unsigned next = ((unsigned)a->first + a->runs) % ASKED_RUNS;
    unsigned last = (next + ASKED_RUNS - 1) % ASKED_RUNS;

    if (a->lost)
        return;
    if (a->runs && a->kind[last] == kind && a->times[last] < UINT16_MAX) {
        a->times[last]++;
        return;
    }
    if (a->runs == ASKED_RUNS) {
        dialogue_forget(a);
        return;
    }
    a->kind[next] = kind;
    a->times[next] = 1;
    a->runs++;
}

uint8_t dialogue_oldest(const struct dialogue_asked *a)
{
    return a->runs ? a->kind[a->first] : 0;
}

uint8_t dialogue_answer(struct dialogue_asked *a)
{
    uint8_t kind = dialogue_oldest(a);

    if (a->runs && --a->times[a->first] == 0) {
        a->first = (uint8_t)((a->first + 1) % ASKED_RUNS);
        a->runs--;
    }
    return kind;
}
