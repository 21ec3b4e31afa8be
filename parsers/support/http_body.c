/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_body.h"

#include "support/body_views.h"
#include "support/coding.h"
#include "support/http_event.h"
#include "support/http_framing.h"
#include "support/http_mask.h"
#include "support/http_struts.h"

enum {
    UNCHUNK_LINE = 64,
    SHOWN_MOST = 1 << 10, /* of a request in its event */
};

/* Chunks that nobody has announced: some clients undo them. */
struct unchunk {
    uint8_t step; /* enum unchunk_step */
    uint8_t n;    /* bytes of line[] */
    bool begun;   /* its view has */
    uint32_t left;
    uint8_t line[UNCHUNK_LINE];
};

enum unchunk_step { UNCHUNK_SIZE, UNCHUNK_DATA, UNCHUNK_END, UNCHUNK_OVER };

struct http_body {
    struct memory_source memory;
    struct coding_stack codings;
    struct unchunk unchunk;
    uint8_t first[CODING_MAGIC]; /* held until it is known whether they are coded */
    uint8_t first_n;
    bool coded; /* the bytes go through `codings` */
    bool plain; /* they do not */
    bool begun; /* the buffer has */
    bool xml;   /* a request says so, or its body begins so */
    bool wide;  /* it is not UTF-8, but has been read as such */
    struct body_views views;
    struct http_struts struts;
    uint32_t odd; /* of the codings, told already */
    bool showing; /* its event tells how it begins */
    bool uncoded; /* bytes have gone through `codings` */
    uint64_t decoded_n;
    uint16_t shown_n;
    uint8_t *shown; /* the beginning, for its event; NULL unless somebody wants it */
};

/* ---- memory ---- */

static void *take(void *arg, size_t n)
{
    return parse_alloc(arg, n);
}

static void give(void *arg, void *memory)
{
    parse_free(arg, memory);
}

static struct http_body *body_of(struct parse *p, struct http_body **body)
{
    struct http_body *b = *body;

    if (b)
        return b;
    b = parse_alloc(p, sizeof *b);
    if (b == NULL)
        return NULL;
    memset(b, 0, sizeof *b);
    b->memory = (struct memory_source){.take = take, .give = give, .arg = p};
    coding_stack_init(&b->codings, &b->memory);
    *body = b;
    return b;
}

/* Somebody reads bodies; into requests we look ourselves. */
static bool is_read(const struct parse *p)
{
    return p->dir == DIR_CLIENT || parse_wants(p, BUFFER_BODY);
}

/* Its event tells how it begins. */
static bool is_shown(const struct parse *p)
{
    return p->dir == DIR_CLIENT && p->wants_tx && p->http->body;
}

/* RFC 9110 section 8.3.1. */
void http_body_type(struct parse *p, struct http_body **body, struct span value)
{
    struct span name;

    if (!is_read(p) || body_of(p, body) == NULL)
        return;
    name = span_trim(span_first(value, span_index(value, ';')));
    body_views_type(&(*body)->views, value);
    (*body)->xml = p->dir == DIR_CLIENT && name.n > 3 &&
                   span_equal_nocase(span_from(name, name.n - 3), SPAN("xml"));
}

void http_body_coding(struct parse *p, struct http_body **body, struct span list)
{
    struct http_body *b;

    if (!is_read(p) || (b = body_of(p, body)) == NULL)
        return;
    coding_stack_add(&b->codings, list);
    b->coded = b->codings.count > 0;
}

void http_body_open(struct parse *p, struct http_body **body, enum frame frame)
{
    if (!is_read(p) || body_of(p, body) == NULL)
        return;
    (*body)->showing = is_shown(p);
    if (frame == FRAME_CHUNKED || p->dir == DIR_CLIENT)
        (*body)->unchunk.step = UNCHUNK_OVER;
}

/* ---- chunks nobody announced ---- */

static void unchunk_over(struct parse *p, struct unchunk *u)
{
    if (u->begun)
        parse_buffer(p, BUFFER_BODY_VIEW, BUFFER_ENDS, span_of("", 0));
    u->begun = false;
    u->step = UNCHUNK_OVER;
}

static void unchunk_line(struct parse *p, struct unchunk *u, uint8_t c)
{
    struct span line = span_of(u->line, u->n);
    struct chunk chunk;

    if (c != '\n') {
        u->line[u->n++] = c;
        if (u->n == UNCHUNK_LINE || !framing_chunk_begins(span_of(u->line, u->n)))
            unchunk_over(p, u);
        return;
    }
    chunk = framing_chunk(line);
    u->n = 0;
    u->left = chunk.size;
    u->step = UNCHUNK_DATA;
    if (line.n == 0 || chunk.flags || chunk.size == 0)
        unchunk_over(p, u);
}

static void unchunk_feed(struct parse *p, struct unchunk *u, struct span piece)
{
    while (piece.n && u->step != UNCHUNK_OVER) {
        struct span data = span_first(piece, u->left);
        uint8_t c = piece.p[0];

        if (u->step == UNCHUNK_DATA) {
            parse_buffer(p, BUFFER_BODY_VIEW, u->begun ? BUFFER_NEXT : BUFFER_BEGINS, data);
            u->begun = true;
            u->left -= (uint32_t)data.n;
            piece = span_from(piece, data.n);
            if (u->left == 0)
                u->step = UNCHUNK_END;
            continue;
        }
        piece = span_from(piece, 1);
        if (u->step == UNCHUNK_SIZE)
            unchunk_line(p, u, c);
        else if (c == '\n')
            u->step = UNCHUNK_SIZE;
        else if (c != '\r')
            unchunk_over(p, u);
    }
}

/* ---- what is read ---- */

struct reading {
    struct parse *p;
    struct http_body *b;
};

unsigned http_body_part(struct http_body *b)
{
    unsigned part = b->begun ? BUFFER_NEXT : BUFFER_BEGINS;

    b->begun = true;
    return part;
}

static void show(const struct reading *r, struct span piece)
{
    struct http_body *b = r->b;

    if (b->shown == NULL)
        b->shown = parse_alloc(r->p, SHOWN_MOST);
    piece = span_first(piece, (size_t)SHOWN_MOST - b->shown_n);
    if (b->shown == NULL || piece.n == 0)
        return;
    memcpy(b->shown + b->shown_n, piece.p, piece.n);
    b->shown_n += (uint16_t)piece.n;
}

/* Some servers look for themselves what a body is. */
static void look_for_struts(const struct reading *r, struct span piece, bool first)
{
    struct http_body *b = r->b;

    if (first && r->p->dir == DIR_CLIENT && piece.n && piece.p[0] == '<')
        b->xml = true;
    if (b->xml && http_struts_feed(&b->struts, piece))
        parse_threat(r->p, THREAT_STRUTS, "a command for Struts in an XML body");
}

/* The body in UTF-8, which it is not. */
static void converted(void *arg, struct span piece)
{
    const struct reading *r = arg;
    bool first = !r->b->wide;

    if (first)
        r->b->struts = (struct http_struts){0};
    r->b->wide = true;
    look_for_struts(r, piece, first);
}

static void decoded(void *arg, struct span piece)
{
    const struct reading *r = arg;

    if (piece.n == 0)
        return;
    r->b->decoded_n += piece.n;
    if (r->b->showing)
        show(r, piece);
    body_views_feed(r->p, &r->b->views, piece, converted, arg);
    if (!r->b->wide)
        look_for_struts(r, piece, !r->b->begun);
    parse_buffer(r->p, BUFFER_BODY, http_body_part(r->b), piece);
}

/* ---- codings ---- */

static const struct {
    uint32_t flag;
    const char *text;
} notes[] = {
    {CODING_ODD_NAME, "HTTP body has another content coding than announced"},
    {CODING_ODD_UNKNOWN, "unknown HTTP content coding"},
    {CODING_ODD_LAYERS, "more than 3 HTTP content codings"},
    {CODING_ODD_PLAIN, "HTTP content coding announced and not there"},
    {CODING_ODD_SILENT, "HTTP content coding not announced"},
    {CODING_ODD_CHECKSUM, "wrong checksum or length in HTTP content coding"},
    {CODING_ODD_GARBAGE, "bytes behind the end of HTTP content coding"},
    {CODING_ODD_HEADER, "malformed header of HTTP content coding"},
    {CODING_ODD_BOMB, "decompression bomb in HTTP body"},
    {CODING_ODD_WORK, "HTTP content coding takes too much work"},
    {CODING_ODD_MEMORY, "HTTP content coding needs too much memory"},
    {CODING_ODD_GIVEN_UP, "HTTP content coding cannot be read"},
};

static void tell_odd(struct parse *p, struct http_body *b, uint32_t odd)
{
    uint32_t new = odd & ~b->odd;

    b->odd |= odd;
    if (new == 0)
        return;
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (new &notes[i].flag)
            parse_note(p, notes[i].text);
}

static void uncode(const struct reading *r, struct span piece)
{
    r->b->uncoded = true;
    tell_odd(r->p, r->b, coding_stack_feed(&r->b->codings, piece, decoded, (void *)r));
}

/* The first bytes tell whether they are coded though nobody said so. What may still come is held.
 */
static void look(const struct reading *r, struct span *piece)
{
    struct http_body *b = r->b;
    struct span first;

    while (piece->n && b->first_n < CODING_MAGIC) {
        b->first[b->first_n++] = piece->p[0];
        *piece = span_from(*piece, 1);
    }
    first = span_of(b->first, b->first_n);
    if (coding_by_magic(first) != CODING_NONE) {
        b->coded = true;
        uncode(r, first);
    } else if (first.n == CODING_MAGIC) {
        b->plain = true;
        decoded((void *)r, first);
    }
}

bool http_body_looks(const struct parse *p, const struct http_body *b)
{
    return !b->plain || body_views_looks(p, &b->views) || (b->showing && b->shown_n < SHOWN_MOST) ||
           (b->xml && b->struts.seen < HTTP_STRUTS_LOOK) || b->unchunk.step != UNCHUNK_OVER;
}

void http_body_feed(struct parse *p, struct http_body *b, struct span piece)
{
    const struct reading r = {p, b};

    unchunk_feed(p, &b->unchunk, piece);
    if (!b->coded && !b->plain)
        look(&r, &piece);
    if (b->coded)
        uncode(&r, piece);
    else if (b->plain)
        decoded((void *)&r, piece);
}

/* ---- the end ---- */

static void flush(const struct reading *r)
{
    struct http_body *b = r->b;

    if (b->coded)
        tell_odd(r->p, b, coding_stack_end(&b->codings, decoded, (void *)r));
    else if (!b->plain)
        decoded((void *)r, span_of(b->first, b->first_n));
    b->first_n = 0;
    b->coded = false;
    b->plain = true;
}

void http_body_lost(struct parse *p, struct http_body *b)
{
    flush(&(struct reading){p, b});
    unchunk_over(p, &b->unchunk);
}

/* In the event of its message. */
static void tell(struct parse *p, const struct http_body *b)
{
    uint8_t masked[SHOWN_MOST];

    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (b->odd & notes[i].flag)
            http_event_note(p, notes[i].text);
    if (b->uncoded)
        parse_uint(p,
                   p->dir == DIR_CLIENT ? FIELD_HTTP_REQUEST_DECODED : FIELD_HTTP_RESPONSE_DECODED,
                   b->decoded_n);
    if (b->shown_n == 0)
        return;
    http_mask_body(span_of(b->shown, b->shown_n), masked);
    parse_field(p, FIELD_HTTP_REQUEST_BODY, span_of(masked, b->shown_n));
}

void http_body_free(struct parse *p, struct http_body **body)
{
    struct http_body *b = *body;

    flush(&(struct reading){p, b});
    unchunk_over(p, &b->unchunk);
    if (p->wants_tx)
        tell(p, b);
    body_views_end(p, &b->views, converted, &(struct reading){p, b});
    parse_free(p, b->shown);
    coding_stack_fini(&b->codings);
    if (b->begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    parse_free(p, b);
    *body = NULL;
}
