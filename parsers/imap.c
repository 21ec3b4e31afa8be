/* SPDX-License-Identifier: Apache-2.0
 *
 * imap: mailboxes from afar (RFC 3501, RFC 9051). Every command is a transaction, paired with its
 * answer by the tag; messages that are appended or fetched are read as mail.
 */
#include "parser/parser.h"
#include "support/dialogue.h"
#include "support/imap_line.h"
#include "support/mail.h"
#include "support/sasl.h"

enum { LINE_MOST = 8192, TEXT_LOOK = 256, ARGUMENT_MOST = 1024, OPEN_MOST = 8 };

/* What the bytes of a literal are. */
enum literal { LITERAL_SKIP, LITERAL_MAIL, LITERAL_USER, LITERAL_MAILBOX };

/* A command without answer, by its tag. */
struct open {
    uint32_t tag;
    uint8_t word; /* enum imap_word */
};

struct imap_state {
    struct mail mail[2]; /* in a literal of that side */
    struct dialogue_text user;
    struct sasl sasl;
    struct open open[OPEN_MOST]; /* oldest first */
    uint64_t left[2];            /* of the literal that is being read */
    uint64_t next;               /* where the next piece of the message that came last begins */
    uint32_t number;             /* of that message, hashed */
    uint8_t literal[2];          /* enum literal */
    bool goes_on[2];             /* a literal stood in the line: this is the rest of it */
    bool tail[2];
    uint8_t count; /* of open[] */
    uint8_t known; /* commands of this protocol, until it is certain */
    bool matched;
    bool heard; /* the server */
    bool greeted;
    bool mail_told;
    bool appends; /* the client's last command does */
    bool piece;   /* the literal is a piece of a message */
    bool tls;     /* STARTTLS was said, not answered */
    bool injected;
};

static struct dialogue_next on(void)
{
    return (struct dialogue_next){.then = THEN_ON};
}

static void match(struct parse *p, struct imap_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* FNV-1a, only to tell a few tags apart. */
static uint32_t tag_hash(struct span tag)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < tag.n; i++)
        hash = (hash ^ tag.p[i]) * 16777619u;
    return hash;
}

/* ---- literals ---- */

static void literal_begin(struct imap_state *s, enum dir dir, uint64_t n, enum literal what)
{
    if ((what == LITERAL_USER || what == LITERAL_MAILBOX) && n > ARGUMENT_MOST)
        what = LITERAL_SKIP;
    s->left[dir] = n;
    s->literal[dir] = (uint8_t)what;
    s->goes_on[dir] = true;
}

static struct dialogue_next literal_pass(struct imap_state *s, enum dir dir)
{
    uint64_t n = s->left[dir];

    s->left[dir] = 0;
    if (n <= ARGUMENT_MOST) /* may be a password */
        return (struct dialogue_next){.then = THEN_SKIP, .n = n};
    return (struct dialogue_next){.then = THEN_PASS, .n = n, .part = BUFFER_WHOLE};
}

static void user_report(struct parse *p, struct imap_state *s)
{
    if (s->user.n)
        parse_field(p, FIELD_IMAP_USER, dialogue_kept(&s->user));
}

static struct dialogue_next literal_step(struct parse *p, struct imap_state *s, struct cursor *in)
{
    struct span text;

    if (s->literal[p->dir] == LITERAL_SKIP)
        return literal_pass(s, p->dir);
    if (s->literal[p->dir] == LITERAL_MAIL) {
        if (mail_read_counted(p, &s->mail[p->dir], in, &s->left[p->dir]) &&
            (p->dir == DIR_CLIENT || !s->piece))
            mail_end(p, &s->mail[p->dir]);
        return on();
    }
    text = cur_span(in, (size_t)s->left[p->dir]);
    if (in->state != CUR_OK)
        return on();
    s->left[p->dir] = 0;
    if (s->literal[p->dir] == LITERAL_MAILBOX) {
        parse_field(p, FIELD_IMAP_MAILBOX, text);
        return on();
    }
    dialogue_keep(&s->user, text);
    user_report(p, s);
    return on();
}

/* The rest of the client's line behind a literal: perhaps another one. */
static void rest_step(struct imap_state *s, struct span line, enum literal what)
{
    uint64_t n;

    s->goes_on[DIR_CLIENT] = false;
    if (imap_literal(line, &n))
        literal_begin(s, DIR_CLIENT, n, what);
}

/* APPEND may bring several messages, the first behind a literal with the mailbox. */
static void append_begin(struct parse *p, struct imap_state *s)
{
    if (s->left[DIR_CLIENT] && s->literal[DIR_CLIENT] == LITERAL_MAIL)
        mail_begin(p, &s->mail[DIR_CLIENT], MAIL_MESSAGE);
}

/* ---- the client ---- */

static bool has_digit(struct span tag)
{
    for (size_t i = 0; i < tag.n; i++)
        if (tag.p[i] >= '0' && tag.p[i] <= '9')
            return true;
    return false;
}

/* Without a greeting any two words may stand in front of a line: but who counts his commands? */
static void judge(struct parse *p, struct imap_state *s, struct span tag)
{
    if (!s->greeted && !has_digit(tag))
        return;
    if (s->known < UINT8_MAX)
        s->known++;
    match(p, s, s->known > 1 ? PROOF_STRONG : PROOF_FAIR);
}

static void open_drop(struct imap_state *s, uint8_t i)
{
    s->count--;
    memmove(s->open + i, s->open + i + 1, (size_t)(s->count - i) * sizeof(s->open[0]));
}

static void open_add(struct imap_state *s, uint32_t tag, enum imap_word word)
{
    if (s->count == OPEN_MOST)
        open_drop(s, 0);
    s->open[s->count++] = (struct open){.tag = tag, .word = (uint8_t)word};
}

static void take_authenticate(struct parse *p, struct imap_state *s, struct span rest)
{
    struct span mechanism = dialogue_word(&rest);

    s->user.n = 0;
    sasl_begin(&s->sasl, mechanism);
    parse_field(p, FIELD_IMAP_MECHANISM, mechanism);
    if (rest.n)
        sasl_response64(&s->sasl, rest, &s->user);
    user_report(p, s);
}

/* Arguments that are worth telling; they may be literals. */
static void take_arguments(struct parse *p, struct imap_state *s, enum imap_word word,
                           struct span rest)
{
    enum literal what = LITERAL_SKIP;
    struct span first = imap_argument(&rest);
    uint64_t n;
    bool literal = imap_literal(rest.n ? rest : first, &n);
    bool is_first = literal && rest.n == 0;

    s->appends = word == IMAP_APPEND;
    if (word == IMAP_LOGIN) {
        what = is_first ? LITERAL_USER : LITERAL_SKIP;
        if (!is_first) {
            dialogue_keep(&s->user, first);
            user_report(p, s);
        }
    } else if (word == IMAP_MAILBOX || word == IMAP_APPEND) {
        what = is_first ? LITERAL_MAILBOX : word == IMAP_APPEND ? LITERAL_MAIL : LITERAL_SKIP;
        if (!is_first)
            parse_field(p, FIELD_IMAP_MAILBOX, first);
    }
    if (!literal)
        return;
    literal_begin(s, DIR_CLIENT, n, what);
    append_begin(p, s);
}

static void take_command(struct parse *p, struct imap_state *s, struct cursor *in, struct span line)
{
    struct span tag = dialogue_word(&line), name = dialogue_word(&line), rest = line;
    enum imap_word word = imap_word(name);

    if (!imap_is_tag(tag) || (word == IMAP_NOTHING && !s->matched)) {
        if (!s->matched)
            cur_fail(in);
        return;
    }
    if (word != IMAP_NOTHING)
        judge(p, s, tag);
    parse_tx_key(p, TX_REQUEST, tag_hash(tag));
    if (word == IMAP_UID) { /* "UID FETCH" is one command */
        struct span second = dialogue_word(&rest);

        name.n = second.n ? (size_t)(second.p + second.n - name.p) : name.n;
    }
    parse_field(p, FIELD_IMAP_COMMAND, span_first(name, KEPT_TEXT));
    if (word == IMAP_AUTHENTICATE)
        take_authenticate(p, s, rest);
    else
        take_arguments(p, s, word, rest);
    s->tls = s->tls || word == IMAP_STARTTLS;
    open_add(s, tag_hash(tag), word);
}

static void take_response(struct parse *p, struct imap_state *s, struct span line)
{
    uint8_t known = s->user.n;

    sasl_response64(&s->sasl, line, &s->user);
    if (known == 0)
        user_report(p, s);
}

static struct dialogue_next client_step(struct parse *p, struct cursor *in)
{
    struct imap_state *s = p->state;
    struct span line;

    if (s->left[DIR_CLIENT])
        return literal_step(p, s, in);
    if (s->tls && cur_peek(in) < ' ' && cur_peek(in) != '\r' && cur_peek(in) != '\n')
        return (struct dialogue_next){.then = s->heard ? THEN_WAIT : THEN_UPGRADE};
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_CLIENT], &line))
        return on();
    s->injected = s->injected || s->tls;
    if (s->goes_on[DIR_CLIENT]) {
        rest_step(s, line, s->appends ? LITERAL_MAIL : LITERAL_SKIP);
        append_begin(p, s);
    } else if (s->sasl.mechanism && sasl_awaits(&s->sasl, line)) {
        take_response(p, s, line);
    } else if (line.n && !span_equal_nocase(line, SPAN("DONE"))) { /* DONE ends IDLE */
        take_command(p, s, in, line);
    }
    return on();
}

/* ---- the server ---- */

static bool says_imap(struct span line)
{
    for (size_t i = 0; i + 4 <= line.n; i++)
        if (span_starts_nocase(span_from(line, i), SPAN("IMAP")))
            return true;
    return false;
}

static void take_greeting(struct parse *p, struct imap_state *s, struct span line)
{
    s->greeted = true;
    if (says_imap(line))
        match(p, s, PROOF_FAIR);
}

/* Large messages are fetched piece by piece (RFC 3501 section 6.4.5). True: this is the next piece
 * of the message that came last. */
static bool piece_follows(struct imap_state *s, struct span before)
{
    uint64_t at, expected = s->next;
    uint32_t number = s->number;

    s->next = 0;
    s->piece = imap_origin(before, &at);
    if (!s->piece)
        return false;
    (void)dialogue_word(&before);
    s->number = tag_hash(dialogue_word(&before));
    s->next = at + s->left[DIR_SERVER];
    return at > 0 && at == expected && number == s->number;
}

static void message_begin(struct parse *p, struct imap_state *s, struct span before)
{
    static const enum mail_form forms[] = {MAIL_MESSAGE, MAIL_TEXT, MAIL_SECTION};
    struct mail *mail = &s->mail[DIR_SERVER];

    mail_begin(p, mail, forms[imap_item(before)]);
    if (s->count) /* its header belongs to the command, most likely the oldest one */
        parse_tx_key(p, TX_REPLY, s->open[0].tag);
    mail->top = mail->top && s->count && !s->mail_told;
    s->mail_told = true;
}

static void strings_read(struct parse *p, struct imap_state *s, struct span line)
{
    struct imap_string string;

    while (imap_string_next(&line, &string)) {
        struct cursor in = cur_of(string.text);
        uint64_t left = string.text.n;

        message_begin(p, s, string.before);
        (void)mail_read_counted(p, &s->mail[DIR_SERVER], &in, &left);
        mail_end(p, &s->mail[DIR_SERVER]);
    }
}

/* What a line of an answer says of messages. */
static void take_items(struct parse *p, struct imap_state *s, struct span line)
{
    struct span before = imap_before_literal(line);
    uint64_t n;

    if (!imap_literal(line, &n)) {
        strings_read(p, s, line);
        return;
    }
    strings_read(p, s, before);
    literal_begin(s, DIR_SERVER, n, LITERAL_MAIL);
    if (n && !piece_follows(s, before))
        message_begin(p, s, before);
}

/* The command with this tag, which is answered now. False: nobody has it. */
static bool take_open(struct imap_state *s, uint32_t tag, enum imap_word *word)
{
    for (uint8_t i = 0; i < s->count; i++) {
        if (s->open[i].tag != tag)
            continue;
        *word = (enum imap_word)s->open[i].word;
        open_drop(s, i);
        return true;
    }
    return false;
}

static struct dialogue_next completed(struct parse *p, struct imap_state *s, enum imap_word word,
                                      bool good)
{
    if (word == IMAP_LOGIN || word == IMAP_AUTHENTICATE) {
        s->sasl.mechanism = SASL_NONE;
        if (!good)
            parse_refused(p, "IMAP server refuses the login", dialogue_kept(&s->user));
    }
    if (word == IMAP_COMPRESS && good)
        return (struct dialogue_next){.then = THEN_DONE};
    if (word != IMAP_STARTTLS)
        return on();
    s->tls = false;
    if (!good) {
        s->injected = false;
        return on();
    }
    if (s->injected)
        parse_note(p, "IMAP commands in plain text behind STARTTLS");
    return (struct dialogue_next){.then = THEN_UPGRADE};
}

static struct dialogue_next take_answer(struct parse *p, struct imap_state *s, struct cursor *in,
                                        struct span line)
{
    static const char *const statuses[] = {"OK", "NO", "BAD", NULL};
    struct span tag = dialogue_word(&line), status = dialogue_word(&line);
    int i = dialogue_find(status, statuses);
    enum imap_word word;

    if (!imap_is_tag(tag) || i < 0) {
        if (!s->matched)
            cur_fail(in);
        return on();
    }
    s->heard = true;
    if (!take_open(s, tag_hash(tag), &word)) {
        if (s->greeted)
            match(p, s, PROOF_STRONG);
        if (s->tls)
            return completed(p, s, IMAP_STARTTLS, i == 0);
        return on();
    }
    match(p, s, PROOF_CERTAIN);
    parse_tx_key(p, TX_REPLY, tag_hash(tag));
    parse_text(p, FIELD_IMAP_STATUS, statuses[i]);
    if (i)
        parse_field(p, FIELD_IMAP_TEXT, span_first(line, TEXT_LOOK));
    parse_tx_key(p, TX_DONE, tag_hash(tag));
    s->mail_told = false;
    return completed(p, s, word, i == 0);
}

static struct dialogue_next server_step(struct parse *p, struct cursor *in)
{
    struct imap_state *s = p->state;
    struct span line;

    if (s->left[DIR_SERVER])
        return literal_step(p, s, in);
    if (!dialogue_line(in, LINE_MOST, &s->tail[DIR_SERVER], &line))
        return on();
    if (s->goes_on[DIR_SERVER]) {
        s->goes_on[DIR_SERVER] = false;
        take_items(p, s, line);
        return on();
    }
    if (!span_starts(line, SPAN("* ")))
        return line.n && line.p[0] == '+' ? on() : take_answer(p, s, in, line);
    if (!s->greeted && !s->heard && !p->midstream)
        take_greeting(p, s, line);
    take_items(p, s, line);
    return on();
}

static enum parse_result imap_parse(struct parse *p, struct cursor *in)
{
    const struct imap_state *s = p->state;

    return dialogue_walk(p, in, p->dir == DIR_CLIENT ? client_step : server_step, &s->matched);
}

static void imap_gap(struct parse *p, uint64_t missing)
{
    struct imap_state *s = p->state;

    if (s->left[p->dir] > missing) {
        s->left[p->dir] -= missing;
        if (s->literal[p->dir] == LITERAL_MAIL)
            mail_lost(&s->mail[p->dir]);
        else
            s->literal[p->dir] = LITERAL_SKIP;
        return;
    }
    s->left[p->dir] = 0;
    s->goes_on[p->dir] = false;
    s->tail[p->dir] = true;
    s->sasl.mechanism = SASL_NONE;
}

static const uint16_t imap_ports[] = {143, 993, 0};

const struct parser parser_imap = {
    .name = "imap",
    .evidence = "greeting * OK, tagged commands and answers with their tags",
    .app = APP_IMAP,
    .transports = OVER_TCP,
    .first = EITHER_FIRST, /* impatient clients do not wait for the greeting */
    .ports = imap_ports,
    .state_size = sizeof(struct imap_state),
    .max_pending = MAIL_PENDING,
    .probe = imap_probe,
    .parse = imap_parse,
    .gap = imap_gap,
};
