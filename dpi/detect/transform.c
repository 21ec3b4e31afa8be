/* SPDX-License-Identifier: Apache-2.0 */
#include "transform.h"

#include "base/byte_set.h"
#include "transform_steps.h"

enum start {
    START_FIRST,  /* the first byte that changes begins a text of its own */
    START_WHOLE,  /* it needs what stands before it */
    START_ALWAYS, /* nothing is left unchanged */
};

struct step {
    transform_step_fn *run;
    enum start start;
    uint8_t times, plus;        /* how much can come out of n bytes: times * n + plus */
    const struct byte_set *set; /* a text without these is left unchanged */
    /* So is one with them, where this is false of all. NULL: it has to be tried. */
    bool (*changes)(struct span in, size_t at);
};

static uint8_t next_byte(struct span in, size_t at)
{
    return at + 1 < in.n ? in.p[at + 1] : 0;
}

static bool blank_changes(struct span in, size_t at)
{
    return in.p[at] != ' ' || transform_space(next_byte(in, at));
}

static bool comment_opens(struct span in, size_t at)
{
    return next_byte(in, at) == '*';
}

static bool comment_char(struct span in, size_t at)
{
    uint8_t next = next_byte(in, at);

    switch (in.p[at]) {
    case '/':
        return next == '*';
    case '*':
        return next == '/';
    case '-':
        return next == '-';
    default:
        return true;
    }
}

/* What the range from A to ^ holds beside capitals and those two. */
static bool bracket(uint8_t c)
{
    return c == '[' || c == ']';
}

static bool command_changes(struct span in, size_t at)
{
    static const struct byte_set behind = {
        6, 2, {'"', '\'', ',', ';', '/', '('}, {{'\t', ' '}, {'A', '^'}}};
    uint8_t c = in.p[at];

    if (c == ' ')
        return byte_set_has(&behind, next_byte(in, at));
    return !bracket(c);
}

static bool path_changes(struct span in, size_t at)
{
    uint8_t next = next_byte(in, at);

    if (in.p[at] == '/')
        return next == '/' || next == '.';
    return in.p[at] == '\\' || at == 0;
}

static const struct byte_set capitals = {.ranges = 1, .range = {{'A', 'Z'}}};
static const struct byte_set url_signs = {.bytes = 2, .byte = {'%', '+'}};
static const struct byte_set beyond_ascii = {.ranges = 1, .range = {{0x80, 0xff}}};
static const struct byte_set ampersand = {.bytes = 1, .byte = {'&'}};
static const struct byte_set backslash = {.bytes = 1, .byte = {'\\'}};
static const struct byte_set null_byte = {.bytes = 1, .byte = {0}};
static const struct byte_set spaces = {2, 1, {' ', 0xa0}, {{'\t', '\r'}}};
static const struct byte_set slash = {.bytes = 1, .byte = {'/'}};
static const struct byte_set comment_signs = {.bytes = 4, .byte = {'/', '*', '-', '#'}};
static const struct byte_set command_signs = {
    5, 2, {' ', '"', '\'', ',', ';'}, {{'\t', '\r'}, {'A', '^'}}};
static const struct byte_set path_signs = {.bytes = 2, .byte = {'/', '.'}};
static const struct byte_set path_signs_win = {.bytes = 3, .byte = {'/', '.', '\\'}};

static const struct step steps[TRANSFORM_COUNT] = {
    [TRANSFORM_LOWERCASE] = {step_lowercase, START_FIRST, 1, 0, &capitals, NULL},
    [TRANSFORM_URL_DECODE_UNI] = {step_url_decode_uni, START_FIRST, 1, 0, &url_signs, NULL},
    [TRANSFORM_UTF8_TO_UNICODE] = {step_utf8_to_unicode, START_FIRST, UTF8_GROWTH, 0, &beyond_ascii,
                                   NULL},
    [TRANSFORM_HTML_ENTITY_DECODE] = {step_html_entity_decode, START_FIRST, 1, 0, &ampersand, NULL},
    [TRANSFORM_JS_DECODE] = {step_js_decode, START_FIRST, 1, 0, &backslash, NULL},
    [TRANSFORM_CSS_DECODE] = {step_css_decode, START_FIRST, 1, 0, &backslash, NULL},
    [TRANSFORM_ESCAPE_SEQ_DECODE] = {step_escape_seq_decode, START_FIRST, 1, 0, &backslash, NULL},
    [TRANSFORM_BASE64_DECODE] = {step_base64_decode, START_ALWAYS, 1, 0, NULL, NULL},
    [TRANSFORM_HEX_ENCODE] = {step_hex_encode, START_ALWAYS, HEX_GROWTH, 0, NULL, NULL},
    [TRANSFORM_REMOVE_NULLS] = {step_remove_nulls, START_FIRST, 1, 0, &null_byte, NULL},
    [TRANSFORM_REMOVE_WHITESPACE] = {step_remove_whitespace, START_FIRST, 1, 0, &spaces, NULL},
    [TRANSFORM_COMPRESS_WHITESPACE] = {step_compress_whitespace, START_FIRST, 1, 0, &spaces,
                                       blank_changes},
    [TRANSFORM_REPLACE_COMMENTS] = {step_replace_comments, START_FIRST, 1, 0, &slash,
                                    comment_opens},
    [TRANSFORM_REMOVE_COMMENTS_CHAR] = {step_remove_comments_char, START_FIRST, 1, 0,
                                        &comment_signs, comment_char},
    [TRANSFORM_CMD_LINE] = {step_cmd_line, START_FIRST, 1, 0, &command_signs, command_changes},
    [TRANSFORM_NORMALIZE_PATH] = {step_normalize_path, START_WHOLE, 1, 0, &path_signs,
                                  path_changes},
    [TRANSFORM_NORMALIZE_PATH_WIN] = {step_normalize_path_win, START_WHOLE, 1, 0, &path_signs_win,
                                      path_changes},
    [TRANSFORM_SHA1] = {step_sha1, START_ALWAYS, 0, SHA1_DIGEST_SIZE, NULL, NULL},
    [TRANSFORM_LENGTH] = {step_length, START_ALWAYS, 0, LENGTH_ROOM, NULL, NULL},
};

static const char *const names[TRANSFORM_COUNT] = {
#define TRANSFORM(name, text) text,
    TRANSFORMS(TRANSFORM)
#undef TRANSFORM
};

static const struct {
    const char *name;
    enum transform transform;
} british[] = {
    {"normalisePath", TRANSFORM_NORMALIZE_PATH},
    {"normalisePathWin", TRANSFORM_NORMALIZE_PATH_WIN},
};

bool transform_find(struct span name, enum transform *found)
{
    for (int i = 0; i < TRANSFORM_COUNT; i++) {
        if (!span_equal_nocase(name, span_text(names[i])))
            continue;
        *found = (enum transform)i;
        return true;
    }
    for (size_t i = 0; i < sizeof british / sizeof *british; i++) {
        if (!span_equal_nocase(name, span_text(british[i].name)))
            continue;
        *found = british[i].transform;
        return true;
    }
    return false;
}

const char *transform_name(enum transform t)
{
    return names[t];
}

size_t transform_room(enum transform t, size_t n)
{
    const struct step *step = &steps[t];

    if (step->times && n > (SIZE_MAX - step->plus) / step->times)
        return SIZE_MAX;
    return n * step->times + step->plus;
}

bool transform_in_place(enum transform t)
{
    return steps[t].times == 1 && steps[t].plus == 0;
}

/* Index of the first byte that may change, or in.n. */
static size_t first_change(const struct step *step, struct span in)
{
    size_t at = byte_set_find(step->set, in, 0);

    while (at < in.n && step->changes && !step->changes(in, at))
        at = byte_set_find(step->set, in, at + 1);
    return at;
}

struct span transform_run(enum transform t, struct span in, uint8_t *out)
{
    const struct step *step = &steps[t];
    size_t at = 0, n;

    if (step->start != START_ALWAYS) {
        at = first_change(step, in);
        if (at == in.n)
            return in;
    }
    if (step->start != START_FIRST)
        at = 0;
    if (at)
        memmove(out, in.p, at);
    n = at + step->run(span_from(in, at), out + at);
    return span_equal(span_of(out, n), in) ? in : span_of(out, n);
}

bool transform_chain_add(struct transform_chain *chain, struct span name)
{
    enum transform found;

    if (span_equal_nocase(name, SPAN("none"))) {
        memset(chain, 0, sizeof *chain);
        return true;
    }
    if (chain->steps == TRANSFORM_STEPS || !transform_find(name, &found))
        return false;
    chain->step[chain->steps++] = (uint8_t)found;
    return true;
}

bool transform_chain_equal(const struct transform_chain *a, const struct transform_chain *b)
{
    return a->steps == b->steps && memcmp(a->step, b->step, a->steps) == 0;
}

size_t transform_chain_room(const struct transform_chain *chain, size_t n)
{
    size_t most = 0;

    for (size_t i = 0; i < chain->steps; i++) {
        n = transform_room(chain->step[i], n);
        most = n > most ? n : most;
    }
    return most;
}

bool transform_chain_run(const struct transform_chain *chain, struct span in,
                         const struct transform_scratch *scratch, struct span *out)
{
    uint8_t *held = NULL; /* the buffer in which the text at hand lies */

    *out = in;
    for (size_t i = 0; i < chain->steps; i++) {
        enum transform t = chain->step[i];
        uint8_t *other = held == scratch->buffer[0] ? scratch->buffer[1] : scratch->buffer[0];
        uint8_t *to = held && transform_in_place(t) ? held : other;

        if (transform_room(t, out->n) > scratch->room)
            return false;
        *out = transform_run(t, *out, to);
        if (out->p == to)
            held = to;
    }
    return true;
}
