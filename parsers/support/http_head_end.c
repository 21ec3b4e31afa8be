/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes behind the head of an HTTP/1 message: a body, the next message, or another protocol.
 */
#include "support/http_machine.h"
#include "support/rtsp_tunnel.h"

enum { SHADOW = 1 << 30 }; /* in the number of a message */

extern const struct parser parser_http2;

/* RTSP through HTTP: behind the head of a POST, and of the answer to a GET on another connection,
 * which stay open. */
static enum flow rtsp_switch(struct parse *p, struct http_side *s, struct cursor *in)
{
    http_message_end(p, s);
    parse_commit(p, in);
    parse_upgrade_to(p, p->dir == DIR_CLIENT ? &parser_rtsp_tunnel : &parser_rtsp);
    return FLOW_DONE;
}

static void request_client(struct parse *p, struct http *h, struct http_side *s)
{
    unsigned odd = http_client_end(p, h->client);

    if (odd & HTTP_CLIENT_MANY)
        http_note(p, s, NOTE_FORWARDED_MANY);
    if (odd & HTTP_CLIENT_INSIDE)
        http_note(p, s, NOTE_FORWARDED_INSIDE);
}

/* Does a body that all who read it find the same begin like a request? A server that answers
 * without reading it takes it for one (CL.0). What is not here yet may. */
static bool may_be_request(const struct http_side *s, enum frame frame, struct span body)
{
    body = span_first(body, s->framing.length < SIZE_MAX ? (size_t)s->framing.length : SIZE_MAX);
    return frame == FRAME_LENGTH && s->framing.length && (body.n == 0 || http_method_begins(body));
}

static void look_again(struct parse *p, struct http *h, struct http_side *s, uint64_t away,
                       const uint8_t *here)
{
    http_shadow_begin(p, &h->shadow, away, h->requests | SHADOW);
    h->shadow_at = here;
    s->watched = h->shadow != NULL;
}

static enum flow request_end(struct parse *p, struct http *h, struct http_side *s,
                             struct cursor *in)
{
    enum frame frame = framing_decide(&s->framing, DIR_CLIENT);
    uint64_t away;
    bool odd = framing_other_end(&s->framing, frame, &away) ||
               (s->flags & SIDE_BODYLESS && frame != FRAME_NONE);

    if (!(s->flags & (SIDE_HOST | SIDE_OLD)))
        http_note(p, s, NOTE_HOST_MISSING);
    if (h->client)
        request_client(p, h, s);
    http_event_end(p, h->event);
    http_event_framing(p, &s->framing, frame);
    if (s->asked == ASKED_CONNECT) {
        s->step = AT_ANSWER;
        return FLOW_ON;
    }
    if (s->flags & SIDE_BODYLESS && frame != FRAME_NONE)
        http_note(p, s, NOTE_BODY);
    h->shadow_usual = !odd;
    if (odd)
        look_again(p, h, s, away, in->pos);
    else if (may_be_request(s, frame, cur_look(in)))
        look_again(p, h, s, 0, in->pos);
    if (s->flags & SIDE_RTSP && frame == FRAME_LENGTH)
        return rtsp_switch(p, s, in);
    return http_body_begin(p, s, in, frame);
}

/* Both directions speak something else from here on. */
static enum flow answer_switch(struct parse *p, const struct http *h, struct http_side *s,
                               struct cursor *in)
{
    bool keyed = h->side[DIR_CLIENT].flags & SIDE_KEY;

    if (s->flags & SIDE_SOCKET && keyed && !(s->flags & SIDE_KEY))
        http_note(p, s, NOTE_ACCEPT);
    http_message_end(p, s);
    parse_commit(p, in);
    if (s->flags & SIDE_SOCKET)
        parse_upgrade_with(p, &parser_websocket, h->socket_agreed | WS_AGREED);
    else if (s->flags & SIDE_H2C)
        parse_upgrade_to(p, &parser_http2);
    else
        parse_upgrade(p);
    return FLOW_DONE;
}

static enum flow answer_end(struct parse *p, struct http *h, struct http_side *s, struct cursor *in)
{
    struct http_side *client = &h->side[DIR_CLIENT];
    bool success = s->status / 100 == 2;
    enum frame frame;

    if (http_product_wanted(&h->product))
        http_product_answer(p, &h->product, s->status);
    if (!(s->flags & SIDE_QUIET))
        http_event_end(p, h->event);
    if (s->status == 101 || (s->asked == ASKED_CONNECT && success))
        return answer_switch(p, h, s, in);
    if (s->flags & SIDE_QUIET)
        return http_message_end(p, s);
    if (s->flags & SIDE_RTSP && success)
        return rtsp_switch(p, s, in);
    if (client->step == AT_ANSWER && s->asked == ASKED_CONNECT)
        client->step = AT_START;
    if (s->status == 204 || s->status == 304 || s->asked == ASKED_HEAD)
        return http_message_end(p, s);
    frame = framing_decide(&s->framing, DIR_SERVER);
    http_event_framing(p, &s->framing, frame);
    return http_body_begin(p, s, in, frame);
}

enum flow http_head_end(struct parse *p, struct http *h, struct http_side *s, struct cursor *in)
{
    return p->dir == DIR_CLIENT ? request_end(p, h, s, in) : answer_end(p, h, s, in);
}
