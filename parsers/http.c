/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.x (RFC 9110, 9112) and 0.9. Each side is its own state machine over lines and counted
 * bodies; a queue of what was asked joins them, because the method decides whether an answer has a
 * body. Every header line is consumed as it comes, so that a block fed byte by byte costs no more
 * than one line's worth of looking again.
 */
#include "parser/parser.h"
#include "support/http_machine.h"

enum {
    BLANK_LINES_MAX = 4,
    LINE_FEW = 256,
    TUNNEL_BYTES = 4096, /* sent behind CONNECT without an answer: it is somewhere else */
};

/* The line of a request, taken apart and judged. */
struct request_line {
    struct http_request text;
    bool clean; /* nothing but visible bytes in the target */
    bool cut;   /* at HTTP_LINE_MAX */
};

/* ---- headers ---- */

static enum flow step_header(struct parse *p, struct http *h, struct http_side *s,
                             struct cursor *in)
{
    size_t used;
    enum http_head head = http_head_lines(p, h, s, cur_look(in), &used);

    cur_skip(in, used);
    switch (head) {
    case HTTP_HEAD_WAITS:
        cur_short(in, 1);
        return FLOW_WAIT;
    case HTTP_HEAD_CUT:
        s->step = AT_LINE_TAIL;
        return FLOW_ON;
    case HTTP_HEAD_GOES_ON:
    case HTTP_HEAD_ENDS:
        break;
    }
    http_framing_notes(p, s);
    return http_head_end(p, h, s, in);
}

/* ---- first lines ---- */

static void message_begin(struct http_side *s)
{
    s->flags &= SIDE_STARTED | SIDE_PROVED | SIDE_EARLY;
    s->blank = 0;
    s->header = HEADER_OTHER;
    s->headers = 0;
    memset(s->again, 0, sizeof s->again);
    s->block = 0;
    s->noted = 0;
    s->body = 0;
    s->framing = (struct framing){0};
}

/* What begins at `before` cannot be a message. Before anything is proved this is not HTTP. */
static enum flow stray(struct parse *p, struct http *h, struct http_side *s, struct cursor *in,
                       const struct cursor *before)
{
    if (h->proof < PROOF_STRONG)
        return FLOW_REJECT;
    http_note(p, s, NOTE_STRAY);
    *in = *before;
    s->step = AT_LOST;
    return FLOW_ON;
}

static enum flow blank_line(struct parse *p, struct http *h, struct http_side *s)
{
    if (s->blank < UINT8_MAX)
        s->blank++;
    if (s->blank <= BLANK_LINES_MAX)
        return FLOW_ON;
    if (!h->proof)
        return FLOW_REJECT;
    http_note(p, s, NOTE_BLANK);
    return FLOW_ON;
}

/* Behind a first line: what ends those that follow? */
static void lines_end(struct parse *p, struct http_side *s, bool cr)
{
    if (!cr)
        return;
    s->flags |= SIDE_CR;
    http_note(p, s, NOTE_CR_ONLY);
}

/* How well a first line proves HTTP. */
static enum proof request_proof(const struct request_line *r, enum proof known)
{
    const struct http_request *text = &r->text;

    if (span_equal(text->method, SPAN("PRI")) && known < PROOF_STRONG)
        return PROOF_NONE; /* the preface of HTTP/2 */
    if (text->form == HTTP_VERSION_PLAIN && r->clean)
        return PROOF_STRONG;
    if (!http_method_known(text->method))
        return PROOF_NONE;
    if (text->form != HTTP_VERSION_NONE)
        return text->form == HTTP_VERSION_PLAIN ? PROOF_STRONG : PROOF_FAIR;
    if (!http_target_plain(text->target))
        return PROOF_NONE;
    if (r->cut || known >= PROOF_STRONG)
        return PROOF_FAIR;
    return r->clean && span_equal(text->method, SPAN("GET")) ? PROOF_FAIR : PROOF_NONE;
}

static void request_target(struct parse *p, struct http *h, struct http_side *s,
                           const struct http_request *r)
{
    struct http_host host;

    if (http_product_wanted(&h->product))
        http_product_request(p, &h->product, r->method, r->target);
    if (span_starts(r->target, SPAN("/")))
        return;
    host = http_host_read(http_target_authority(r));
    if (!host.name.n)
        return;
    if (host.user)
        http_note(p, s, NOTE_TARGET_USER);
    s->flags |= SIDE_TARGET;
    h->host_n = 0; /* another one has been told */
    h->target_hash = http_host_hash(host.name);
    http_host_found(p, s, &host);
}

static enum asked request_asks(const struct request_line *r)
{
    if (span_equal(r->text.method, SPAN("HEAD")))
        return ASKED_HEAD;
    if (span_equal(r->text.method, SPAN("CONNECT")))
        return ASKED_CONNECT;
    return r->text.form == HTTP_VERSION_NONE && !r->cut ? ASKED_BARE : ASKED_OTHER;
}

static void request_found(struct parse *p, struct http *h, struct http_side *s, struct span line,
                          const struct request_line *r)
{
    const struct http_request *text = &r->text;

    message_begin(s);
    http_event_begin(p, h->event);
    http_client_begin(h->client);
    parse_message(p, ++h->requests);
    http_detect_request(p, line, text->method, text->target);
    s->asked = (uint8_t)request_asks(r);
    if (span_equal(text->version, SPAN("HTTP/1.0")))
        s->flags |= SIDE_OLD;
    if (s->asked == ASKED_HEAD || span_equal(text->method, SPAN("GET")) ||
        span_equal(text->method, SPAN("DELETE")))
        s->flags |= SIDE_BODYLESS;
    if (h->side[DIR_SERVER].step == AT_LOST)
        h->open = 0; /* what was asked before is answered, or never will be for us */
    http_asked_push(p, h, s);
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_HTTP_METHOD, text->method);
    parse_field(p, FIELD_HTTP_URL, text->target);
    if (text->version.n)
        parse_field(p, FIELD_HTTP_PROTOCOL, text->version);
    request_target(p, h, s, text);
    if (r->cut)
        http_note(p, s, NOTE_LINE_LONG);
    else if (s->asked == ASKED_BARE)
        http_note(p, s, NOTE_NO_VERSION);
    else if (!span_equal(text->version, SPAN("HTTP/1.1")) && !(s->flags & SIDE_OLD))
        http_note(p, s, NOTE_VERSION);
    if (!r->clean)
        http_note(p, s, NOTE_TARGET_BYTE);
}

/* The bytes up to here are read a second time. */
static void feed_shadow(struct parse *p, struct http *h, struct http_side *s, const uint8_t *to)
{
    struct span piece = span_of(h->shadow_at, (size_t)(to - h->shadow_at));

    h->shadow_at = to;
    if (piece.n && http_shadow_feed(p, &h->shadow, piece))
        http_note(p, s, h->shadow_usual ? NOTE_INNER : NOTE_SMUGGLED);
    s->watched = h->shadow != NULL;
    parse_message(p, h->requests);
}

/* A message ends here, and another one begins. */
static void shadow_compare(struct parse *p, struct http *h, struct http_side *s,
                           const uint8_t *here)
{
    feed_shadow(p, h, s, here);
    if (h->shadow &&
        (http_shadow_agrees(h->shadow) || (h->shadow_usual && !http_shadow_has_line(h->shadow)))) {
        http_shadow_end(p, &h->shadow);
        s->watched = false;
    }
}

static enum flow step_request(struct parse *p, struct http *h, struct http_side *s,
                              struct cursor *in)
{
    struct cursor before = *in;
    struct request_line r = {0};
    bool cr;
    struct span line = http_line_first(in, &r.cut, &cr);
    enum proof proof = PROOF_NONE;

    if (h->shadow)
        shadow_compare(p, h, s, before.pos);
    if (in->state != CUR_OK)
        return http_request_begins(cur_look(&before)) ? FLOW_WAIT : stray(p, h, s, in, &before);
    if (!line.n)
        return blank_line(p, h, s);
    if (http_request_line(line, &r.text)) {
        r.clean = http_target_clean(r.text.target);
        proof = request_proof(&r, (enum proof)h->proof);
    }
    if (!proof)
        return stray(p, h, s, in, &before);
    request_found(p, h, s, line, &r);
    lines_end(p, s, cr);
    http_prove(p, h, s, proof);
    s->step = r.cut ? AT_LINE_TAIL : s->asked == ASKED_BARE ? AT_START : AT_HEADER;
    return FLOW_ON;
}

/* The oldest request without answer. */
static void answer_belongs(struct parse *p, const struct http *h)
{
    parse_message(p, h->requests - h->open + 1);
}

static void answer_found(struct parse *p, struct http *h, struct http_side *s, struct span line,
                         const struct http_status *status)
{
    bool asked = h->open, begun = s->flags & SIDE_BARE;
    bool quiet = status->code / 100 == 1 && status->code != 101 && !begun;

    message_begin(s);
    http_event_begin(p, h->event);
    if (begun)
        http_note(p, s, NOTE_PREAMBLE);
    else
        answer_belongs(p, h);
    http_detect_status(p, line);
    s->status = status->code;
    if (span_equal(status->version, SPAN("HTTP/1.0")))
        s->flags |= SIDE_OLD;
    h->answered = 1;
    if (quiet) {
        s->flags |= SIDE_QUIET;
    } else if (begun) {
        s->flags |= SIDE_OPEN;
    } else {
        s->asked = (uint8_t)http_asked_pop(h);
        http_reply_begin(p, s);
    }
    if (status->odd)
        http_note(p, s, NOTE_STATUS);
    if (quiet)
        return;
    if (!asked && !begun)
        parse_field(p, FIELD_HTTP_PROTOCOL, status->version);
    parse_uint(p, FIELD_HTTP_STATUS, status->code);
}

/* The answer does not begin with a status line: all of it is body, as in HTTP/0.9. */
static enum flow answer_bare(struct parse *p, struct http *h, struct http_side *s,
                             struct cursor *in, const struct cursor *before)
{
    bool first = !h->answered;

    if (!h->open || (h->proof < PROOF_STRONG && h->side[DIR_CLIENT].asked != ASKED_BARE))
        return stray(p, h, s, in, before);
    *in = *before;
    message_begin(s);
    answer_belongs(p, h);
    h->answered = 1;
    s->asked = (uint8_t)http_asked_pop(h);
    if (h->side[DIR_CLIENT].step == AT_ANSWER)
        h->side[DIR_CLIENT].step = AT_LOST;
    http_reply_begin(p, s);
    if (s->asked == ASKED_BARE)
        return http_body_begin(p, s, in, FRAME_TO_END);
    s->flags |= SIDE_BARE | (first ? SIDE_FIRST : 0);
    s->chunk = 0;
    s->step = AT_BARE;
    http_body_open(p, &s->content, FRAME_TO_END);
    return FLOW_ON;
}

/* All of it is body, for clients that do not insist. Where answers have gone before, something was
 * misunderstood rather. */
static enum flow bare_end(struct parse *p, struct http_side *s, struct cursor *in)
{
    http_note(p, s, NOTE_NO_STATUS);
    if (s->flags & SIDE_FIRST)
        return http_body_begin(p, s, in, FRAME_TO_END);
    s->step = AT_LOST;
    return FLOW_ON;
}

/* A line before the status line, if that is what it is. What is read counts as body until then. */
static enum flow step_bare(struct parse *p, struct http_side *s, struct cursor *in)
{
    struct span look = cur_look(in), line;
    struct cursor copy = *in;
    struct http_status status;
    bool cut;
    size_t end;

    while (!s->chunk && framing_chunk_blank(cur_peek(&copy)) && cur_left(&copy))
        cur_skip(&copy, 1);
    if (!s->chunk && http_status_begins_loosely(cur_look(&copy))) {
        in->pos = copy.pos;
        line = http_line_take(&copy, &cut);
        if (copy.state != CUR_OK) {
            cur_short(in, 1);
            return FLOW_WAIT;
        }
        if (http_status_line_loosely(line, &status)) {
            http_body_close(p, &s->content);
            s->step = AT_START;
            return FLOW_ON;
        }
    }
    end = span_index(look, '\n');
    s->chunk = end == look.n; /* the next bytes are of the same line */
    look = cur_span(in, end < look.n ? end + 1 : end);
    if (s->content)
        http_body_feed(p, s->content, look);
    if (end < look.n && ++s->headers >= HTTP_PREAMBLE_MAX)
        return bare_end(p, s, in);
    return FLOW_ON;
}

static enum flow step_status(struct parse *p, struct http *h, struct http_side *s,
                             struct cursor *in)
{
    struct cursor before = *in;
    bool strict = !h->proof, cut, cr, good;
    struct http_status status;
    struct span line = http_line_first(in, &cut, &cr);
    struct span look = cur_look(&before);

    if (in->state != CUR_OK) {
        good = strict ? http_status_begins(look) : http_status_begins_loosely(look);
        return good ? FLOW_WAIT : answer_bare(p, h, s, in, &before);
    }
    if (!line.n && !strict)
        return blank_line(p, h, s);
    good = strict ? http_status_line(line, &status) : http_status_line_loosely(line, &status);
    if (!good)
        return answer_bare(p, h, s, in, &before);
    answer_found(p, h, s, line, &status);
    lines_end(p, s, cr);
    http_prove(p, h, s, PROOF_STRONG);
    s->step = cut ? AT_LINE_TAIL : AT_HEADER;
    return FLOW_ON;
}

/* A message is believed again where a segment begins with a whole first line of it. */
static enum flow step_lost(struct parse *p, const struct http *h, struct http_side *s,
                           struct cursor *in)
{
    bool client = p->dir == DIR_CLIENT;
    struct cursor copy;
    struct http_request request;
    struct http_status status;
    struct span line;

    http_reply_end(p, s);
    while (cur_left(in) && framing_chunk_blank(cur_peek(in)))
        cur_skip(in, 1);
    copy = *in;
    line = cur_line(&copy, HTTP_LINE_MAX);
    if (copy.state == CUR_SHORT &&
        (client ? http_method_begins : http_status_begins)(cur_look(in))) {
        cur_short(in, 1);
        return FLOW_WAIT;
    }
    if (copy.state == CUR_OK && client && http_request_line(line, &request) &&
        request.form == HTTP_VERSION_PLAIN && http_target_clean(request.target))
        return http_message_end(p, s);
    if (copy.state == CUR_OK && !client && http_status_line(line, &status))
        return http_message_end(p, s);
    if (!h->proof)
        return FLOW_REJECT; /* the engine asks again at the next segment */
    line = cur_rest(in);
    http_body_open(p, &s->content, FRAME_TO_END);
    if (s->content)
        http_body_feed(p, s->content, line);
    return FLOW_ON;
}

/* Behind CONNECT: wait for the answer, unless we see nothing of the server. */
static enum flow step_answer(struct parse *p, const struct http *h, struct cursor *in)
{
    bool seen = h->answered && h->side[DIR_SERVER].step != AT_LOST;

    if (seen || cur_left(in) < TUNNEL_BYTES) {
        cur_short(in, 1);
        return FLOW_WAIT;
    }
    parse_commit(p, in);
    parse_upgrade(p);
    return FLOW_DONE;
}

static enum flow step_line_tail(struct parse *p, struct http_side *s, struct cursor *in)
{
    struct span look = cur_look(in);
    bool whole = http_line_pass(in);

    if (s->lines.more)
        http_lines_more(p, &s->lines, span_first(look, (size_t)(in->pos - look.p) - whole));
    if (whole)
        s->step = AT_HEADER;
    return FLOW_ON;
}

/* ---- the whole ---- */

static enum flow step(struct parse *p, struct http *h, struct http_side *s, struct cursor *in)
{
    switch ((enum step)s->step) {
    case AT_START:
        return p->dir == DIR_CLIENT ? step_request(p, h, s, in) : step_status(p, h, s, in);
    case AT_HEADER:
        return step_header(p, h, s, in);
    case AT_LINE_TAIL:
        return step_line_tail(p, s, in);
    case AT_BODY:
    case AT_SIZE:
    case AT_SIZE_TAIL:
    case AT_CHUNK:
    case AT_CHUNK_END:
    case AT_TRAILER:
    case AT_END:
        return http_body_step(p, s, in);
    case AT_ANSWER:
        return step_answer(p, h, in);
    case AT_BARE:
        return step_bare(p, s, in);
    case AT_LOST:
        break;
    }
    return step_lost(p, h, s, in);
}

/* More of a line whose end is still to come. A sender who takes his time must not make us look
 * through all of it each time. */
static bool still_waits(struct http_side *s, struct cursor *in)
{
    struct span look = cur_look(in), fresh = span_from(look, s->looked);
    bool waited = s->looked;

    s->looked = 0;
    if (!waited || look.n >= HTTP_LINE_MAX || span_index(fresh, '\n') < fresh.n)
        return false;
    cur_short(in, 1);
    return true;
}

/* How many bytes of a line are here, without its end. A few are looked through again: they may
 * still turn out to be something else. */
static uint32_t looked_at(const struct http_side *s, const struct cursor *in)
{
    size_t n = (size_t)(in->end - in->pos);
    bool line = s->step == AT_START || s->step == AT_HEADER || s->step == AT_TRAILER;

    return line && n > LINE_FEW && n < HTTP_LINE_MAX ? (uint32_t)n : 0;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct http *h = p->state;
    struct http_side *s = &h->side[p->dir];
    const uint8_t *start = in->pos;
    enum flow flow = FLOW_ON;

    if (!(s->flags & SIDE_STARTED) && p->midstream)
        s->step = AT_LOST;
    s->flags |= SIDE_STARTED;
    h->shadow_at = start;
    if (s->looked && still_waits(s, in))
        flow = FLOW_WAIT;
    while (flow == FLOW_ON && cur_left(in))
        flow = step(p, h, s, in);
    if (flow == FLOW_WAIT)
        s->looked = looked_at(s, in);
    if (p->dir == DIR_CLIENT && h->shadow)
        feed_shadow(p, h, s, in->pos);
    if (p->dir == DIR_CLIENT && (s->began || s->step != AT_START || in->pos < in->end))
        http_watch(p, s, (size_t)(in->end - in->pos));
    if (flow == FLOW_REJECT)
        return PARSE_REJECT;
    if (flow == FLOW_DONE)
        return PARSE_DONE;
    if (flow != FLOW_SKIP && in->pos != start)
        parse_commit(p, in);
    return h->proof ? PARSE_MATCH : PARSE_MORE;
}

static void gap(struct parse *p, uint64_t missing)
{
    struct http *h = p->state;
    struct http_side *s = &h->side[p->dir];

    s->flags |= SIDE_STARTED;
    s->looked = 0;
    if (p->dir == DIR_CLIENT)
        http_shadow_end(p, &h->shadow);
    s->watched = false;
    s->began = 0;
    if (s->content)
        http_body_lost(p, s->content);
    if ((s->step == AT_BODY || s->step == AT_CHUNK) && missing <= s->left) {
        s->left -= missing;
    } else if (s->step == AT_END) {
        s->body += missing;
    } else if (s->step != AT_END && s->step != AT_ANSWER) {
        http_body_close(p, &s->content);
        http_lines_end(p, &s->lines);
        s->step = AT_LOST;
    }
}

static void close(struct parse *p)
{
    struct http *h = p->state;

    for (p->dir = DIR_CLIENT; p->dir <= DIR_SERVER; p->dir++) {
        struct http_side *s = &h->side[p->dir];

        if (s->step == AT_BARE)
            http_note(p, s, NOTE_NO_STATUS);
        if (s->step == AT_END)
            http_endless_end(p, s);
        http_body_close(p, &s->content);
        http_lines_end(p, &s->lines);
    }
    p->dir = DIR_CLIENT;
    http_shadow_end(p, &h->shadow);
}

static void tick(struct parse *p)
{
    struct http *h = p->state;

    p->dir = DIR_CLIENT;
    http_watch_tick(p, &h->side[DIR_CLIENT]);
}

static bool probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? http_request_begins(first) : http_status_begins(first);
}

static const uint16_t ports[] = {80, 8080, 8000, 3000, 5000, 8081, 8888, 9200, 3128, 0};

const struct parser parser_http = {
    .name = "http",
    .evidence = "request line with a version and the header block; status line",
    .app = APP_HTTP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct http),
    .max_pending = HTTP_BLOCK_MAX,
    .midstream = true,
    .probe = probe,
    .parse = parse,
    .gap = gap,
    .close = close,
    .tick = tick,
};
