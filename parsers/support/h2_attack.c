/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_attack.h"

#define SECOND UINT64_C(1000000)

enum {
    RESETS_MOST = 100, /* in a second */
    RESETS_OF = 200,   /* requests: then more than half is too many */
    FLOOD_MOST = 1000, /* in ten seconds */
    FLOOD_SECONDS = 10,
    SHUT_SECONDS = 30,
    UNPACKED_LEAST = 64 << 10,
    UNPACKED_TIMES = 100,
};

enum note {
    NOTE_RESETS,
    NOTE_RESET_SHARE,
    NOTE_REFUSED,
    NOTE_SETTINGS,
    NOTE_PINGS,
    NOTE_PRIORITIES,
    NOTE_EMPTY,
    NOTE_BOMB,
    NOTE_SHUT,
    NOTE_EVEN,
    NOTE_REUSED,
    NOTE_NO_SETTINGS,
    NOTE_LARGE_FRAME,
    NOTE_COUNT
};

static void tell(struct parse *p, struct h2_attack *a, enum note n)
{
    static const char *const texts[] = {
        [NOTE_RESETS] = "more than 100 HTTP/2 streams taken back in a second (rapid reset)",
        [NOTE_RESET_SHARE] = "more than half of the HTTP/2 streams taken back",
        [NOTE_REFUSED] = "more than 100 HTTP/2 streams ended by the server in a second",
        [NOTE_SETTINGS] = "flood of HTTP/2 SETTINGS frames",
        [NOTE_PINGS] = "flood of HTTP/2 PING frames",
        [NOTE_PRIORITIES] = "flood of HTTP/2 PRIORITY frames",
        [NOTE_EMPTY] = "flood of empty HTTP/2 frames",
        [NOTE_BOMB] = "HTTP/2 header block unpacks more than a hundredfold",
        [NOTE_SHUT] = "HTTP/2 window shut for more than 30 seconds",
        [NOTE_EVEN] = "even number of an HTTP/2 stream of the client",
        [NOTE_REUSED] = "number of an HTTP/2 stream used again",
        [NOTE_NO_SETTINGS] = "HTTP/2 does not begin with SETTINGS",
        [NOTE_LARGE_FRAME] = "HTTP/2 frame larger than its receiver takes",
    };

    _Static_assert(NOTE_COUNT <= 16, "one bit each in h2_attack.told");
    if (a->told >> n & 1)
        return;
    a->told = (uint16_t)(a->told | 1u << n);
    if (p->http->stop_attacks && n < NOTE_NO_SETTINGS)
        parse_note_stops(p, texts[n]);
    else
        parse_note(p, texts[n]);
}

/* One more; true: too many within the time. Windows follow each other, so that an attack that
 * begins in the middle of one is seen in the next. */
static bool too_many(const struct parse *p, struct h2_rate *r, uint64_t window, uint32_t most)
{
    if (r->since == 0 || p->time_us - r->since > window) {
        r->since = p->time_us;
        r->count = 0;
    }
    return ++r->count > most;
}

static void flood(struct parse *p, struct h2_attack *a, unsigned kind)
{
    if (too_many(p, &a->floods[p->dir][kind], FLOOD_SECONDS * SECOND, FLOOD_MOST))
        tell(p, a, (enum note)(NOTE_SETTINGS + kind));
}

static void reset_frame(struct parse *p, struct h2_attack *a, enum note n)
{
    if (too_many(p, &a->resets[p->dir], SECOND, RESETS_MOST))
        tell(p, a, n);
}

/* Ends of streams that are nobody's fault are common: servers of gRPC write them behind answers. */
void h2_attack_refused(struct parse *p, struct h2_attack *a, uint32_t code)
{
    if (h2_error_blames(code))
        reset_frame(p, a, NOTE_REFUSED);
}

/* Nothing in it but padding. */
static bool is_empty(const struct h2_frame *f, uint32_t left)
{
    return (f->length == 0 || (f->type == H2_DATA && left == 0)) && !(f->flags & H2_END_STREAM);
}

void h2_attack_frame(struct parse *p, struct h2_attack *a, const struct h2_frame *f, uint32_t left)
{
    switch (f->type) {
    case H2_RST_STREAM:
        if (p->dir == DIR_CLIENT)
            reset_frame(p, a, NOTE_RESETS);
        break;
    case H2_SETTINGS:
        if (!(f->flags & H2_ACK))
            flood(p, a, 0);
        break;
    case H2_PING:
        if (!(f->flags & H2_ACK))
            flood(p, a, 1);
        break;
    case H2_PRIORITY:
    case H2_PRIORITY_UPDATE:
        flood(p, a, 2);
        break;
    case H2_DATA:
    case H2_HEADERS:
    case H2_CONTINUATION:
        if (is_empty(f, left))
            flood(p, a, 3);
        break;
    default:
        break;
    }
}

void h2_attack_reset(struct parse *p, struct h2_attack *a)
{
    a->taken_back++;
    if (a->requests >= RESETS_OF && a->taken_back > a->requests / 2)
        tell(p, a, NOTE_RESET_SHARE);
}

void h2_attack_request(struct parse *p, struct h2_attack *a, uint32_t id)
{
    a->requests++;
    if (id % 2 == 0)
        tell(p, a, NOTE_EVEN);
}

void h2_attack_reuse(struct parse *p, struct h2_attack *a)
{
    tell(p, a, NOTE_REUSED);
}

void h2_attack_no_settings(struct parse *p, struct h2_attack *a)
{
    tell(p, a, NOTE_NO_SETTINGS);
}

void h2_attack_large(struct parse *p, struct h2_attack *a)
{
    tell(p, a, NOTE_LARGE_FRAME);
}

void h2_attack_unpacked(struct parse *p, struct h2_attack *a, uint64_t wire, uint64_t bytes)
{
    if (bytes > UNPACKED_LEAST && bytes / UNPACKED_TIMES > wire)
        tell(p, a, NOTE_BOMB);
}

/* ---- windows ---- */

/* Somebody comes back; later wishes would put off what an earlier one waits for. */
static void wake(struct parse *p, struct h2_attack *a)
{
    if (a->wakes)
        return;
    a->wakes = true;
    parse_wake(p, SHUT_SECONDS + 1);
}

void h2_attack_window(struct parse *p, struct h2_attack *a, uint32_t size)
{
    a->stream_most = size;
    a->limited = true;
    if (size) {
        a->window_shut = 0;
    } else if (a->window_shut == 0) {
        a->window_shut = p->time_us;
        wake(p, a);
    }
}

static uint32_t stream_most(const struct h2_attack *a)
{
    return a->limited ? a->stream_most : H2_WINDOW_USUAL;
}

void h2_attack_sent(struct parse *p, struct h2_attack *a, struct h2_window *stream, uint32_t n)
{
    h2_window_send(&a->window, n, H2_WINDOW_USUAL, p->time_us);
    if (stream)
        h2_window_send(stream, n, stream_most(a), p->time_us);
    if (a->window.shut || (stream && stream->shut))
        wake(p, a);
}

void h2_attack_allowed(struct h2_attack *a, struct h2_window *stream, uint32_t n)
{
    a->window_shut = 0;
    if (stream)
        h2_window_allow(stream, n, stream_most(a));
    else
        h2_window_allow(&a->window, n, H2_WINDOW_USUAL);
}

static void look(struct parse *p, struct h2_attack *a, uint64_t shut)
{
    if (shut == 0 || a->blind)
        return;
    if (p->time_us - shut > SHUT_SECONDS * SECOND)
        tell(p, a, NOTE_SHUT);
    else
        wake(p, a);
}

void h2_attack_look(struct parse *p, struct h2_attack *a)
{
    look(p, a, a->window_shut);
    look(p, a, a->window.shut);
}

void h2_attack_look_stream(struct parse *p, struct h2_attack *a, const struct h2_window *stream)
{
    if (stream->debt >= stream_most(a))
        look(p, a, stream->shut);
}
