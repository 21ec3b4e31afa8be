/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rtsp_tunnel.h"

#include "support/rtsp_message.h"
#include "support/transfer.h"

enum {
    DIGITS_MOST = 8192, /* of one message */
    GROUP = 4,
    ENOUGH = 16, /* bytes to tell whether it is a message */
};

struct tunnel_state {
    uint32_t seen; /* digits of the next message in which its head does not end */
};

/* One message, or a frame of media; SHORT when it is not whole. */
static struct rtsp_message read_message(struct cursor *c)
{
    struct rtsp_message m = {0};

    if (cur_peek(c) == RTSP_MEDIA) {
        cur_skip(c, 2);
        cur_skip(c, cur_be16(c));
        return m;
    }
    m = rtsp_message_read(c);
    if (m.length > DIGITS_MOST)
        cur_fail(c);
    cur_skip(c, (size_t)m.length);
    return m;
}

/* As many digits as the n bytes of a message became: each begins with a group of its own. */
static size_t digits_of(size_t n)
{
    return (n + 2) / 3 * GROUP;
}

/* Whole groups, nothing but padding behind the message in the last. */
static bool is_whole(struct span digits, size_t n)
{
    return base64_is(digits) && (n % 3 == 0 || digits.p[digits.n - 1] == '=');
}

static bool has_empty_line(struct span text)
{
    for (;;) {
        text = span_from(text, span_index(text, '\n') + 1);
        if (text.n == 0)
            return false;
        if (text.p[0] == '\n' || (text.n > 1 && text.p[0] == '\r' && text.p[1] == '\n'))
            return true;
    }
}

/* If not, nothing can be said before it does. */
static bool head_ends(struct span bytes)
{
    return bytes.n == 0 || bytes.p[0] == RTSP_MEDIA || has_empty_line(bytes);
}

/* Is there more to find out than the last time? What was looked through is not decoded again, but
 * for one group: an empty line may begin in it. */
static bool is_worthwhile(const struct tunnel_state *s, struct span digits)
{
    uint8_t bytes[BASE64_ROOM(DIGITS_MOST)];
    struct base64 b = {0};
    size_t from = s->seen - s->seen % GROUP;
    struct span fresh = span_from(digits, from > GROUP ? from - GROUP : 0);

    return s->seen == 0 || !base64_is(fresh) || digits.n == DIGITS_MOST ||
           has_empty_line(span_of(bytes, base64_decode(&b, fresh, bytes)));
}

/* Could the rest of what has been sent make it a message? */
static bool may_become(struct span digits, struct span bytes)
{
    return digits.n < DIGITS_MOST && base64_is(digits) &&
           (bytes.n < ENOUGH || bytes.p[0] == RTSP_MEDIA || rtsp_message_begins(bytes));
}

/* How many digits have to come before another look makes sense? The decoder wants n more bytes. */
static size_t digits_missing(struct span digits, size_t n)
{
    size_t want = digits_of(n);

    return want > digits.n ? want - digits.n : GROUP - digits.n % GROUP;
}

/* Somebody may only pretend: what is no RTSP is looked at by those who might know it. */
static enum parse_result leave(struct parse *p)
{
    parse_upgrade(p);
    return PARSE_DONE;
}

static enum parse_result tunnel_parse(struct parse *p, struct cursor *in)
{
    uint8_t bytes[BASE64_ROOM(DIGITS_MOST)];
    struct tunnel_state *s = p->state;

    if (p->dir == DIR_SERVER) /* the answer to the POST, should there ever be one */
        return leave(p);
    while (cur_left(in)) {
        struct base64 b = {0};
        struct span digits = span_first(cur_look(in), DIGITS_MOST);

        if (!is_worthwhile(s, digits)) {
            s->seen = (uint32_t)digits.n;
            cur_short(in, GROUP - digits.n % GROUP);
            break;
        }

        struct cursor c = cur_of(span_of(bytes, base64_decode(&b, digits, bytes)));
        struct rtsp_message m = read_message(&c);
        size_t used = (size_t)(c.pos - bytes), n = digits_of(used);

        if (c.state == CUR_SHORT || (c.state == CUR_OK && n > digits.n)) {
            struct span here = span_of(bytes, (size_t)(c.end - bytes));

            if (!may_become(digits, here))
                return leave(p);
            s->seen = head_ends(here) ? 0 : (uint32_t)digits.n;
            cur_short(in, digits_missing(digits, here.n + c.need));
            break;
        }
        if (c.state != CUR_OK || !is_whole(span_first(digits, n), used))
            return leave(p);
        s->seen = 0;
        cur_skip(in, n);
        if (m.start.line.n) {
            rtsp_message_report(p, &m);
            parse_tx_key(p, TX_DONE, rtsp_message_key(p, &m));
        }
        parse_commit(p, in);
    }
    return PARSE_MATCH;
}

static bool tunnel_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT && base64_is(first);
}

const struct parser parser_rtsp_tunnel = {
    .name = "rtsp",
    .evidence = "handed over by HTTP",
    .app = APP_RTSP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .state_size = sizeof(struct tunnel_state),
    .max_pending = DIGITS_MOST,
    .probe = tunnel_probe,
    .parse = tunnel_parse,
};
