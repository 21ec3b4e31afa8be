/* SPDX-License-Identifier: Apache-2.0
 *
 * Header lines of HTTP/1 messages (RFC 9112 section 5): fields, host, framing and their anomalies.
 */
#include "support/http_message.h"

enum {
    HOST_MAX = 255,
    NAME_LOOK = 32, /* bytes of a name that is looked through for control bytes */
    SHORTEST_FRAMING = sizeof "content-length" - 1,
};

void http_note(struct parse *p, struct http_side *s, enum http_note n)
{
    static const struct {
        const char *text;
        enum http_kind kind;
    } notes[] = {
#define NOTE(name, kind, text) {text, HTTP_##kind},
        HTTP_NOTES(NOTE)
#undef NOTE
    };
    uint64_t bit = UINT64_C(1) << n;
    enum http_kind kind = notes[n].kind;

    if (s->noted & bit)
        return;
    s->noted |= bit;
    if (n != NOTE_BLANK && n != NOTE_STRAY) /* they stand between two messages */
        http_event_note(p, notes[n].text);
    if (kind == HTTP_ODD || (kind == HTTP_REQUEST && p->dir == DIR_SERVER))
        parse_note(p, notes[n].text);
    else if (kind == HTTP_BESIDE && !p->strict_smuggling)
        parse_threat_told(p, THREAT_HTTP_SMUGGLING, notes[n].text);
    else if (kind == HTTP_NEGATIVE)
        parse_threat(p, THREAT_HTTP_LENGTH, notes[n].text);
    else if (kind == HTTP_SLOW)
        parse_threat(p, THREAT_HTTP_SLOW, notes[n].text);
    else
        parse_threat(p, THREAT_HTTP_SMUGGLING, notes[n].text);
}

void http_prove(struct parse *p, struct http *h, struct http_side *s, enum proof proof)
{
    s->flags |= SIDE_PROVED;
    if (h->side[DIR_CLIENT].flags & h->side[DIR_SERVER].flags & SIDE_PROVED)
        proof = PROOF_CERTAIN;
    if (proof <= h->proof)
        return;
    h->proof = (uint8_t)proof;
    parse_proof(p, proof);
}

uint32_t http_host_hash(struct span name)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ span_lower(name.p[i])) * 16777619u;
    return hash;
}

void http_host_found(struct parse *p, struct http_side *s, const struct http_host *host)
{
    uint8_t lower[HOST_MAX];
    struct span name = span_first(host->name, HOST_MAX);

    if (host->bad)
        http_note(p, s, NOTE_HOST_BAD);
    if (!name.n)
        return;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = span_lower(name.p[i]);
    name = span_of(lower, name.n);
    parse_field(p, FIELD_HTTP_HOST, name);
    if (host->port)
        parse_uint(p, FIELD_HTTP_PORT, host->port);
    parse_host(p, name);
}

/* Most requests of a connection are for the same host. */
static bool host_is_known(const struct parse *p, struct http *h, struct span value)
{
    if (!p->wants_tx && h->host_n && span_equal(value, span_of(h->host, h->host_n)))
        return true;
    h->host_n = value.n <= HTTP_HOST_KEPT ? (uint8_t)value.n : 0;
    if (h->host_n)
        memcpy(h->host, value.p, h->host_n);
    return false;
}

static void host_header(struct parse *p, struct http *h, struct http_side *s, struct span value)
{
    struct http_host host;

    if (s->flags & SIDE_HOST) {
        http_note(p, s, NOTE_HOST_AGAIN);
        return;
    }
    s->flags |= SIDE_HOST;
    if (!(s->flags & SIDE_TARGET) && host_is_known(p, h, value))
        return;
    http_prove(p, h, s, PROOF_STRONG);
    host = http_host_read(value);
    if (host.bad)
        h->host_n = 0; /* each request tells of it */
    if (!(s->flags & SIDE_TARGET))
        http_host_found(p, s, &host);
    else if (http_host_hash(host.name) != h->target_hash)
        http_note(p, s, NOTE_HOST_DIFFERS);
}

/* Without parameters. */
static struct span media_type(struct span value)
{
    return span_trim(span_first(value, span_index(value, ';')));
}

/* Is it an element of the list? */
static bool list_names(struct span value, struct span name)
{
    for (size_t comma; value.n; value = span_from(value, comma + 1)) {
        comma = span_index(value, ',');
        if (span_equal_nocase(span_trim(span_first(value, comma)), name))
            return true;
    }
    return false;
}

/* gRPC-Web is gRPC for applications, not on the wire; RTSP may hide in bodies. */
static void content_type(struct parse *p, struct http_side *s, enum field field, struct span value)
{
    struct span type = media_type(value);

    parse_field(p, field, type);
    http_body_type(p, &s->content, value);
    if (span_starts_nocase(type, SPAN("application/grpc-web")))
        parse_inner(p, APP_GRPC);
    if (span_equal_nocase(type, SPAN("application/x-rtsp-tunnelled")))
        s->flags |= SIDE_RTSP;
}

static uint64_t word_at(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

static uint32_t half_at(const uint8_t *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

/* The name in any case. Both have the same length, at least four, and `lower` is of letters and
 * hyphens, which one bit makes lower-case or leaves alone; the words that are compared overlap. */
static inline bool is_header(struct span name, struct span lower)
{
    const uint64_t bit = UINT64_C(0x2020202020202020);
    const uint8_t *a = name.p, *b = lower.p;
    size_t n = lower.n;

    if (n >= 8)
        return (word_at(a) | bit) == word_at(b) && (word_at(a + n - 8) | bit) == word_at(b + n - 8);
    return (half_at(a) | (uint32_t)bit) == half_at(b) &&
           (half_at(a + n - 4) | (uint32_t)bit) == half_at(b + n - 4);
}

/* Names are told apart by length and first letter: one test for a header of no interest. */
#define HEADER_KEY(length, first) ((unsigned)(length) << 8 | (first))

static void request_header(struct parse *p, struct http *h, struct http_side *s, struct span name,
                           struct span value)
{
    switch (HEADER_KEY(name.n, span_lower(name.p[0]))) {
    case HEADER_KEY(4, 'h'):
        if (is_header(name, SPAN("host")))
            host_header(p, h, s, span_trim(value));
        break;
    case HEADER_KEY(7, 'r'):
        if (is_header(name, SPAN("referer")))
            parse_field(p, FIELD_HTTP_REFERER, span_trim(value));
        break;
    case HEADER_KEY(10, 'u'):
        if (is_header(name, SPAN("user-agent")))
            parse_field(p, FIELD_HTTP_USER_AGENT, span_trim(value));
        break;
    case HEADER_KEY(12, 'c'):
        if (is_header(name, SPAN("content-type")))
            content_type(p, s, FIELD_HTTP_REQUEST_TYPE, value);
        break;
    case HEADER_KEY(17, 's'):
        if (!is_header(name, SPAN("sec-websocket-key")))
            break;
        ws_digest(h->socket_digest, span_trim(value));
        s->flags |= SIDE_KEY;
        break;
    default:
        http_client_header(p, &h->client, name, span_trim(value));
        break;
    }
}

/* An element of the answer's Upgrade tells what comes next. */
static void upgrade_header(struct parse *p, struct http_side *s, struct span value)
{
    parse_field(p, FIELD_HTTP_UPGRADE, span_trim(value));
    if (list_names(value, SPAN("websocket")))
        s->flags |= SIDE_SOCKET;
    else if (list_names(value, SPAN("h2c")))
        s->flags |= SIDE_H2C;
}

static void answer_header(struct parse *p, struct http *h, struct http_side *s, struct span name,
                          struct span value)
{
    if (s->flags & SIDE_QUIET)
        return;
    switch (HEADER_KEY(name.n, span_lower(name.p[0]))) {
    case HEADER_KEY(6, 's'):
        if (is_header(name, SPAN("server")))
            parse_field(p, FIELD_HTTP_SERVER, span_trim(value));
        break;
    case HEADER_KEY(7, 'u'):
        if (s->status == 101 && is_header(name, SPAN("upgrade")))
            upgrade_header(p, s, value);
        break;
    case HEADER_KEY(8, 'l'):
        if (s->status / 100 == 3 && is_header(name, SPAN("location")))
            parse_field(p, FIELD_HTTP_REDIRECT, span_trim(value));
        break;
    case HEADER_KEY(12, 'c'):
        if (is_header(name, SPAN("content-type")))
            content_type(p, s, FIELD_HTTP_CONTENT_TYPE, value);
        break;
    case HEADER_KEY(20, 's'):
        if (is_header(name, SPAN("sec-websocket-accept")) &&
            ws_accepts(h->socket_digest, span_trim(value)))
            s->flags |= SIDE_KEY;
        break;
    case HEADER_KEY(22, 's'):
        if (!is_header(name, SPAN("sec-websocket-protocol")))
            break;
        parse_field(p, FIELD_HTTP_SOCKET_PROTOCOL, span_trim(value));
        h->socket_agreed |= ws_agreed_protocol(span_trim(value));
        break;
    case HEADER_KEY(24, 's'):
        if (!is_header(name, SPAN("sec-websocket-extensions")))
            break;
        parse_field(p, FIELD_HTTP_SOCKET_EXTENSIONS, span_trim(value));
        h->socket_agreed |= ws_agreed_extensions(value);
        break;
    default:
        break;
    }
}

/* Also for Transfer_Encoding, as some servers read it. */
static bool names_coding(struct span name)
{
    return span_starts_nocase(name, SPAN("transfer")) &&
           span_equal_nocase(span_from(name, 9), SPAN("encoding"));
}

/* Chunks are framing; other transfer codings are undone as those of the content are. */
static void transfer_coding(struct parse *p, struct http_side *s, struct span list)
{
    struct span element;

    framing_coding(&s->framing, list);
    while (framing_next_coding(&list, &element))
        http_body_coding(p, &s->content, element);
}

enum form { FORM_PLAIN, FORM_DISGUISED }; /* of a name: as everybody reads it, or as some may */

/* True when the header says how the body is to be read. */
static bool framing_header(struct parse *p, struct http_side *s, struct span name,
                           struct span value, enum form form)
{
    switch (HEADER_KEY(name.n, span_lower(name.p[0]))) {
    case HEADER_KEY(14, 'c'):
        if (!is_header(name, SPAN("content-length")))
            return false;
        s->header = HEADER_LENGTH;
        framing_length(&s->framing, value);
        if (form == FORM_DISGUISED)
            framing_length_disguised(&s->framing);
        return true;
    case HEADER_KEY(16, 'c'):
        if (!is_header(name, SPAN("content-encoding")))
            return false;
        s->header = HEADER_CONTENT;
        http_body_coding(p, &s->content, value);
        return true;
    case HEADER_KEY(17, 't'):
        if (!names_coding(name))
            return false;
        s->header = HEADER_CODING;
        transfer_coding(p, s, value);
        if (name.p[8] != '-' || form == FORM_DISGUISED)
            framing_disguised(&s->framing);
        return true;
    default:
        return false;
    }
}

/* A name whose colon and value are on the next line. */
static void bare_name(struct http_side *s, struct span line)
{
    line = span_trim(line);
    if (span_equal_nocase(line, SPAN("transfer-encoding")))
        s->header = HEADER_CODING_BARE;
    else if (span_equal_nocase(line, SPAN("content-encoding")))
        s->header = HEADER_CONTENT_BARE;
}

/* More of the line before. Some read it as a header of its own. */
static void folded_line(struct parse *p, struct http_side *s, struct span line)
{
    struct span text = span_trim(line);
    size_t colon = span_index(text, ':');
    uint8_t header = s->header;

    http_note(p, s, NOTE_FOLDED);
    if (text.n == 0 && p->dir == DIR_SERVER)
        s->flags |= SIDE_WHITE;
    if (colon == 0 && (header == HEADER_CODING_BARE || header == HEADER_CONTENT_BARE))
        text = span_from(text, 1);
    else if (colon < text.n && colon >= 4)
        (void)framing_header(p, s, span_first(text, colon), span_from(text, colon + 1),
                             FORM_DISGUISED);
    switch ((enum header)header) {
    case HEADER_LENGTH:
        framing_length(&s->framing, text);
        framing_length_disguised(&s->framing);
        break;
    case HEADER_CODING:
    case HEADER_CODING_BARE:
        s->header = HEADER_CODING;
        transfer_coding(p, s, text);
        framing_disguised(&s->framing);
        break;
    case HEADER_CONTENT:
    case HEADER_CONTENT_BARE:
        s->header = HEADER_CONTENT;
        http_body_coding(p, &s->content, text);
        break;
    case HEADER_OTHER:
        break;
    }
}

static bool visible(uint8_t c)
{
    return c > ' ' && c < 0x7f;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(uint8_t c)
{
    return visible(c) && memchr("\"(),/:;<=>?@[\\]{}", c, 17) == NULL;
}

/* A name without the blanks and control bytes around it, which some servers overlook. */
static struct span name_clean(struct span name)
{
    while (name.n && !visible(name.p[0]))
        name = span_from(name, 1);
    while (name.n && !visible(name.p[name.n - 1]))
        name.n--;
    return name;
}

/* Longer names that begin with these letters: with control bytes inside. */
#define LENGTHS_C (1u << 14 | 1u << 12 | 7u << 16)
#define LENGTHS_H (1u << 4)
#define LENGTHS_S (1u << 17 | 1u << 20 | 1u << 22 | 1u << 24)
#define LENGTHS_T (7u << 17 | HTTP_CLIENT_LENGTHS_T)
#define LENGTHS_U (1u << 7)
#define LETTER(c) ((c) - 'a')

const uint32_t http_header_lengths[2][26] = {
    {
        [LETTER('c')] = LENGTHS_C,
        [LETTER('f')] = HTTP_CLIENT_LENGTHS_F,
        [LETTER('h')] = LENGTHS_H,
        [LETTER('s')] = LENGTHS_S,
        [LETTER('t')] = LENGTHS_T,
        [LETTER('u')] = LENGTHS_U,
        [LETTER('x')] = HTTP_CLIENT_LENGTHS_X,
    },
    {
        [LETTER('c')] = LENGTHS_C,
        [LETTER('f')] = HTTP_CLIENT_LENGTHS_F,
        [LETTER('h')] = LENGTHS_H,
        [LETTER('l')] = 1u << 8,
        [LETTER('r')] = 1u << 7,
        [LETTER('s')] = LENGTHS_S | 1u << 6,
        [LETTER('t')] = LENGTHS_T,
        [LETTER('u')] = LENGTHS_U | 1u << 10,
        [LETTER('x')] = HTTP_CLIENT_LENGTHS_X,
    },
};

/* Control bytes inside of a name, which some servers overlook. False: there are none. */
static bool name_cleared(struct span name, uint8_t clear[NAME_LOOK], struct span *cleared)
{
    size_t n = 0;

    if (name.n > NAME_LOOK)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (visible(name.p[i]))
            clear[n++] = name.p[i];
    *cleared = span_of(clear, n);
    return n < name.n;
}

bool http_header_begins(struct span first)
{
    size_t n = 0;

    if (first.n == 0 || first.p[0] == '\r' || first.p[0] == '\n' || first.p[0] == ' ' ||
        first.p[0] == '\t')
        return true;
    while (n < first.n && is_token(first.p[n]))
        n++;
    return n == first.n || (n && (first.p[n] == ':' || first.p[n] == ' ' || first.p[n] == '\t'));
}

/* True: it says how the body is to be read. */
static bool header_take(struct parse *p, struct http *h, struct http_side *s, struct span name,
                        struct span value, enum form form)
{
    if (name.n < 4)
        return false;
    if (framing_header(p, s, name, value, form))
        return true;
    if (p->dir == DIR_CLIENT)
        request_header(p, h, s, name, value);
    else
        answer_header(p, h, s, name, value);
    return false;
}

/* A name of which some servers overlook bytes counts as what is left of it, too. */
static void name_taken(struct parse *p, struct http *h, struct http_side *s, struct span name,
                       struct span value, enum form form)
{
    uint8_t clear[NAME_LOOK];

    if (header_take(p, h, s, name, value, form))
        return;
    if (name.n > SHORTEST_FRAMING && name_cleared(name, clear, &name)) {
        http_note(p, s, NOTE_NAME_BAD);
        header_take(p, h, s, name, value, FORM_DISGUISED);
    }
}

void http_header_plain(struct parse *p, struct http *h, struct http_side *s, struct span line,
                       size_t colon)
{
    s->header = HEADER_OTHER;
    name_taken(p, h, s, span_of(line.p, colon), span_of(line.p + colon + 1, line.n - colon - 1),
               FORM_PLAIN);
}

void http_header_line(struct parse *p, struct http *h, struct http_side *s, struct span line,
                      size_t colon)
{
    struct span written = span_first(line, colon);
    struct span name = name_clean(written);
    struct span value = span_from(line, colon + 1);

    if (line.p[0] == ' ' || line.p[0] == '\t') {
        folded_line(p, s, line);
        return;
    }
    s->header = HEADER_OTHER;
    if (colon == line.n) {
        http_note(p, s, NOTE_NO_COLON);
        bare_name(s, line);
        return;
    }
    if (!name.n || name.p != written.p)
        http_note(p, s, NOTE_NAME_BAD);
    else if (name.n < written.n)
        http_note(p, s, NOTE_NAME_BLANK);
    name_taken(p, h, s, name, value, name.n < written.n ? FORM_DISGUISED : FORM_PLAIN);
}

/* What has no colon may be more of the value, for those to whom a CR is a blank. */
void http_header_lines(struct parse *p, struct http *h, struct http_side *s, struct span line)
{
    const uint8_t *first = line.p;

    http_note(p, s, NOTE_CR);
    while (line.n) {
        size_t cr = span_index(line, '\r');
        struct span one = span_first(line, cr);
        size_t colon = span_index(one, ':');

        if (one.n && one.p != first && colon == one.n && s->header != HEADER_OTHER)
            folded_line(p, s, one);
        else if (one.n)
            http_header_line(p, h, s, one, colon);
        line = span_from(line, cr + 1);
    }
}

void http_framing_notes(struct parse *p, struct http_side *s)
{
    static const struct {
        uint16_t flag;
        uint8_t note;
    } table[] = {
        {FRAMING_LENGTH_AGAIN, NOTE_LENGTH_AGAIN},   {FRAMING_LENGTH_DIFFERS, NOTE_LENGTH_DIFFERS},
        {FRAMING_LENGTH_MINUS, NOTE_LENGTH_MINUS},   {FRAMING_LENGTH_BAD, NOTE_LENGTH_BAD},
        {FRAMING_CHUNKED_TWICE, NOTE_CHUNKED_TWICE}, {FRAMING_DISGUISED, NOTE_DISGUISED},
        {FRAMING_IDENTITY, NOTE_IDENTITY},
    };
    uint16_t flags = s->framing.flags;

    if (!(flags & (uint16_t)~FRAMING_LENGTH))
        return;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (flags & table[i].flag)
            http_note(p, s, (enum http_note)table[i].note);
    if (flags & FRAMING_LENGTH_EMPTY && !(flags & FRAMING_LENGTH))
        http_note(p, s, NOTE_LENGTH_BAD);
    if (flags & FRAMING_CODED && !(flags & FRAMING_CHUNKED_LAST))
        http_note(p, s, NOTE_NOT_CHUNKED);
    if (flags & FRAMING_CHUNKED && flags & FRAMING_LENGTH)
        http_note(p, s, NOTE_LENGTH_AND_CHUNKED);
    if (flags & FRAMING_CODED && s->flags & SIDE_OLD)
        http_note(p, s, NOTE_CHUNKED_OLD);
}

/* ---- what was asked and not yet answered ---- */

void http_asked_push(struct parse *p, struct http *h, struct http_side *s)
{
    unsigned at, shift;

    if (h->open == HTTP_OPEN_MAX) {
        if (h->answered)
            http_note(p, s, NOTE_QUEUE);
        h->first = (uint16_t)((h->first + 1) % HTTP_OPEN_MAX);
        h->open--;
    }
    at = (h->first + h->open) % HTTP_OPEN_MAX;
    shift = at % 4 * 2;
    h->asked[at / 4] = (uint8_t)((h->asked[at / 4] & ~(3u << shift)) | (unsigned)s->asked << shift);
    h->open++;
}

enum asked http_asked_pop(struct http *h)
{
    unsigned at = h->first;

    if (!h->open)
        return ASKED_OTHER;
    h->first = (uint16_t)((at + 1) % HTTP_OPEN_MAX);
    h->open--;
    return (enum asked)(h->asked[at / 4] >> at % 4 * 2 & 3);
}
