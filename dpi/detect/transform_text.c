/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes texts comparable: letters, blanks, comments, command lines, paths; and sums of them.
 */
#include "base/hex.h"
#include "transform_steps.h"

static bool two_at(struct span in, size_t at, const char two[2])
{
    return in.n - at >= 2 && in.p[at] == (uint8_t)two[0] && in.p[at + 1] == (uint8_t)two[1];
}

size_t step_lowercase(struct span in, uint8_t *out)
{
    for (size_t i = 0; i < in.n; i++)
        out[i] = span_lower(in.p[i]);
    return in.n;
}

size_t step_remove_nulls(struct span in, uint8_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++)
        if (in.p[i])
            out[n++] = in.p[i];
    return n;
}

size_t step_remove_whitespace(struct span in, uint8_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++)
        if (!transform_space(in.p[i]))
            out[n++] = in.p[i];
    return n;
}

size_t step_compress_whitespace(struct span in, uint8_t *out)
{
    bool run = false;
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];
        bool space = transform_space(c);

        if (!space || !run)
            out[n++] = space ? ' ' : c;
        run = space;
    }
    return n;
}

size_t step_replace_comments(struct span in, uint8_t *out)
{
    size_t at = 0, n = 0;

    while (at < in.n) {
        if (!two_at(in, at, "/*")) {
            out[n++] = in.p[at++];
            continue;
        }
        at += 2;
        while (at < in.n && !two_at(in, at, "*/"))
            at++;
        at += at < in.n ? 2 : 0;
        out[n++] = ' ';
    }
    return n;
}

size_t step_remove_comments_char(struct span in, uint8_t *out)
{
    size_t at = 0, n = 0;

    while (at < in.n) {
        if (two_at(in, at, "/*") || two_at(in, at, "*/") || two_at(in, at, "--"))
            at += 2;
        else if (in.p[at] == '#')
            at++;
        else
            out[n++] = in.p[at++];
    }
    return n;
}

/* What shells leave out and what they take for blanks. */
size_t step_cmd_line(struct span in, uint8_t *out)
{
    bool blank = false;
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];

        switch (c) {
        case '\\':
        case '"':
        case '\'':
        case '^':
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case '\v':
        case '\f':
        case ',':
        case ';':
            if (!blank)
                out[n++] = ' ';
            blank = true;
            break;
        default:
            if (blank && (c == '/' || c == '('))
                n--;
            blank = false;
            out[n++] = span_lower(c);
        }
    }
    return n;
}

enum slash { SLASH_FORWARD, SLASH_BOTH };

static bool is_slash(uint8_t c, enum slash slash)
{
    return c == '/' || (c == '\\' && slash == SLASH_BOTH);
}

/* The length of what is written without its last segment, of which a slash stays in front. `floor`:
 * what can not be taken back. */
static size_t without_last(const uint8_t *out, size_t n, size_t floor)
{
    if (n > floor)
        n--; /* its slash */
    while (n > floor && out[n - 1] != '/')
        n--;
    return n;
}

/* A path that is not absolute keeps the ".." that lead out of it. */
static size_t normalize(struct span in, uint8_t *out, enum slash slash)
{
    bool absolute = in.n && is_slash(in.p[0], slash);
    bool trailing = in.n && is_slash(in.p[in.n - 1], slash);
    size_t n = 0, floor = absolute ? 1 : 0;

    if (absolute)
        out[n++] = '/';
    for (size_t at = 0; at < in.n;) {
        struct span segment = span_first(span_from(in, at), 0);

        while (at + segment.n < in.n && !is_slash(in.p[at + segment.n], slash))
            segment.n++;
        at += segment.n + 1;
        if (segment.n == 0 || span_equal(segment, SPAN(".")))
            continue;
        if (span_equal(segment, SPAN("..")) && (absolute || n > floor)) {
            n = without_last(out, n, floor);
            continue;
        }
        if (span_equal(segment, SPAN("..")))
            floor = n + segment.n + 1;
        memmove(out + n, segment.p, segment.n);
        n += segment.n;
        if (at <= in.n)
            out[n++] = '/'; /* where that of the input was, or further in front */
    }
    if (!trailing && n > 1 && out[n - 1] == '/')
        n--;
    return n;
}

size_t step_normalize_path(struct span in, uint8_t *out)
{
    return normalize(in, out, SLASH_FORWARD);
}

size_t step_normalize_path_win(struct span in, uint8_t *out)
{
    return normalize(in, out, SLASH_BOTH);
}

size_t step_hex_encode(struct span in, uint8_t *out)
{
    for (size_t i = 0; i < in.n; i++) {
        out[2 * i] = (uint8_t) "0123456789abcdef"[in.p[i] >> 4];
        out[2 * i + 1] = (uint8_t) "0123456789abcdef"[in.p[i] & 15];
    }
    return 2 * in.n;
}

size_t step_sha1(struct span in, uint8_t *out)
{
    struct sha1_ctx sum;

    sha1_init(&sum);
    sha1_update(&sum, in.n, in.p);
    sha1_digest(&sum, SHA1_DIGEST_SIZE, out);
    return SHA1_DIGEST_SIZE;
}

size_t step_length(struct span in, uint8_t *out)
{
    uint8_t digits[LENGTH_ROOM];
    size_t first = sizeof digits, left = in.n;

    do {
        digits[--first] = (uint8_t)('0' + left % 10);
        left /= 10;
    } while (left);
    memcpy(out, digits + first, sizeof digits - first);
    return sizeof digits - first;
}
